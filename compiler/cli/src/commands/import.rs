//! `seac import`

use super::{read_inputs, show_inputs, verdict};
use crate::exit::{Exit, Failure, bug};
use crate::generated::import::{Args, As, Format};
use crate::terminal;
use seac_assertions::Subject;
use seac_assertions::emit::{Extras, emit};
use seac_assertions::import::{Imported, json_schema};
use seac_assertions::read::Syntax;
use seac_assertions::select::{Wanted, select};
use seac_assertions::write;
use seac_workspace::emit_sea::put;
use std::collections::BTreeSet;
use std::slice;

/// Runs it.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let inputs = read_inputs(slice::from_ref(&args.input))?;
    let Some(input) = inputs.files.first() else {
        show_inputs(&inputs, &inputs.refused);
        return Ok(verdict(&inputs.refused));
    };
    let source = inputs.sources.get(input.file);
    let name = args.input.file_stem().map_or("Imported".into(), |name| name.to_string_lossy());
    let Format::Jsonschema = args.format;
    let imported = match json_schema::import(input.file, source, name.split('.').next().unwrap_or_default()) {
        Ok(imported) => imported,
        Err(findings) => {
            show_inputs(&inputs, &findings);
            return Ok(verdict(&findings));
        }
    };
    let text = match args.r#as {
        As::Assertions => write::write(&imported.assertions, Syntax::Yaml),
        As::Sea => draft(&imported, &source.path)?,
    };
    for lost in &imported.lost {
        let line = source.position(lost.span.start).line;
        terminal::note(&format!("{}:{line}: lost: {}", source.path, lost.what));
    }
    match &args.out {
        None => terminal::print(&text),
        Some(path) => {
            put(path, &text).map_err(|error| Failure::outside(format!("cannot write {}", path.display()), &error))?;
        }
    }
    Ok(Exit::Clean)
}

/// The model that the proposals would make.
fn draft(imported: &Imported, path: &str) -> Result<String, Failure> {
    let (selection, _) = select(&imported.assertions, &Wanted { proposals: true, ..Wanted::default() });
    let origins = |subject: &Subject| {
        let of = imported.assertions.iter().filter(|assertion| assertion.claim.subject == *subject);
        let sources: BTreeSet<String> = of.filter_map(|assertion| assertion.source.clone()).take(1).collect();
        sources.into_iter().map(|source| format!("from {source}")).collect()
    };
    let title = format!("Proposed by `seac import` from {path}.");
    let extras = Extras { title: Some(&title), origins: Some(&origins) };
    let emitted = emit(&selection.claims, extras).map_err(|_| bug("what is proposed is whole"))?;
    Ok(emitted.text)
}
