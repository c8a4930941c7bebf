//! `seac fmt`

use super::{counted, inputs, show_inputs, verdict};
use crate::exit::{Exit, Failure, bug};
use crate::generated::args::Global;
use crate::generated::fmt::Args;
use crate::terminal;
use seac_syntax::diagnostic::has_errors;
use seac_syntax::sea::diff::diff;
use seac_syntax::{Diagnostic, sea};
use seac_workspace::inputs::{Input, Inputs, write};
use seac_workspace::models::STDIN_SOURCE;
use similar::TextDiff;
use std::path::Path;

/// Runs it.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let inputs = inputs(global, &args.paths)?;
    let mut findings = inputs.refused.clone();
    let (mut changed, mut patch) = (0, String::new());
    for input in &inputs.files {
        let source = inputs.sources.get(input.file);
        match sea::format(input.file, &source.text) {
            Err(found) => findings.extend(found),
            Ok(text) => {
                trust(input, &source.text, &text)?;
                let same = text == source.text;
                changed += usize::from(!same);
                if args.diff && !same {
                    patch.push_str(&unified(&source.path, &source.text, &text));
                } else if args.check && !same {
                    patch.push_str(&format!("{}\n", source.path));
                } else if !args.check && !args.diff {
                    put(input, &text, same)?;
                }
            }
        }
    }
    terminal::print(&patch);
    Ok(finish(&inputs, &findings, changed, args))
}

/// Formatting never changes a model. Should it do so all the same, by a mistake of ours, nothing is written.
fn trust(input: &Input, before: &str, after: &str) -> Result<(), Failure> {
    let (old, _) = sea::parse(input.file, before);
    let (new, findings) = sea::parse(input.file, after);
    let comments = old.comments.len() == new.comments.len();
    if !has_errors(&findings) && comments && diff(&[(String::new(), &old)], &[(String::new(), &new)]).is_empty() {
        return Ok(());
    }
    let path = input.path.as_deref().map_or(STDIN_SOURCE.into(), Path::to_string_lossy);
    Err(bug(&format!("formatting {path} would change what it means; it is left as it is")))
}

/// Standard input is always answered, a file is written only if it changes.
fn put(input: &Input, text: &str, same: bool) -> Result<(), Failure> {
    match &input.path {
        None => terminal::data(text.as_bytes()),
        Some(path) if !same => {
            write(path, text).map_err(|error| Failure::outside(format!("cannot write {}", path.display()), &error))?;
        }
        Some(_) => {}
    }
    Ok(())
}

fn finish(inputs: &Inputs, findings: &[Diagnostic], changed: usize, args: &Args) -> Exit {
    show_inputs(inputs, findings);
    let count = counted(inputs.files.len(), "file");
    if args.check || args.diff {
        terminal::status("Checked", &format!("{count}, {changed} to be formatted"));
    } else {
        terminal::status("Formatted", &format!("{count}, {changed} changed"));
    }
    if (args.check || args.diff) && changed > 0 { Exit::Findings } else { verdict(findings) }
}

fn unified(path: &str, old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new).unified_diff().header(&format!("a/{path}"), &format!("b/{path}")).to_string()
}
