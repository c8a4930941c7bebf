//! `seac ast`

use super::{inputs, show_inputs, verdict};
use crate::exit::{Exit, Failure};
use crate::generated::args::Global;
use crate::generated::ast::{Args, Format};
use crate::terminal;
use seac_syntax::sea::json::{self, schema};
use seac_syntax::{diagnostic, sea};

/// Runs it.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    if let Format::Schema = args.format {
        terminal::print(&pretty(&schema()));
        return Ok(Exit::Clean);
    }
    let inputs = inputs(global, &args.paths)?;
    let mut findings = inputs.refused.clone();
    let files = inputs.files.iter().map(|input| {
        let source = inputs.sources.get(input.file);
        let (tree, found) = sea::parse(input.file, &source.text);
        findings.extend(found);
        (source, tree)
    });
    terminal::stream(|out| json::write(out, files));
    diagnostic::sort(&mut findings);
    show_inputs(&inputs, &findings);
    Ok(verdict(&findings))
}

fn pretty(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string_pretty(value).expect("strings and numbers always serialise");
    format!("{text}\n")
}
