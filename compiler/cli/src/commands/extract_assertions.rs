//! `seac extract-assertions`

use super::{counted, read_inputs, show_inputs, verdict};
use crate::exit::{Exit, Failure};
use crate::generated::extract_assertions::{Args, Format};
use crate::terminal;
use seac_assertions::Assertion;
use seac_assertions::extract::extract;
use seac_assertions::read::Syntax;
use seac_assertions::write;
use seac_syntax::diagnostic::{self, has_errors};
use seac_syntax::sea;
use seac_workspace::emit_sea::put;

/// Runs it.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let inputs = read_inputs(&args.models)?;
    let mut findings = inputs.refused.clone();
    let mut assertions = Vec::new();
    for input in &inputs.files {
        let source = inputs.sources.get(input.file);
        let (tree, found) = sea::parse(input.file, &source.text);
        findings.extend(found);
        assertions.extend(extract(&tree).into_iter().map(|extracted| {
            let line = source.position(extracted.span.start).line;
            let source = Some(format!("{}:{line}", source.path));
            Assertion { source, ..Assertion::accepted(extracted.claim, extracted.span) }
        }));
    }
    diagnostic::sort(&mut findings);
    show_inputs(&inputs, &findings);
    if has_errors(&findings) {
        return Ok(verdict(&findings));
    }
    assertions.sort_by(|a, b| a.claim.cmp(&b.claim));
    let text = write::write(&assertions, args.format.into());
    match &args.out {
        None => terminal::print(&text),
        Some(path) => {
            put(path, &text).map_err(|error| Failure::outside(format!("cannot write {}", path.display()), &error))?;
            terminal::status("Wrote", &format!("{} to {}", counted(assertions.len(), "assertion"), path.display()));
        }
    }
    Ok(Exit::Clean)
}

impl From<Format> for Syntax {
    fn from(format: Format) -> Self {
        match format {
            Format::Json => Self::Json,
            Format::Yaml => Self::Yaml,
            Format::Csv => Self::Csv,
        }
    }
}
