//! `seac diff`

use super::{read_inputs, show_inputs};
use crate::exit::{Exit, Failure};
use crate::generated::diff::{Args, FailOn, Format};
use crate::render::changes;
use crate::terminal;
use seac_syntax::diagnostic::has_errors;
use seac_syntax::sea::ast::SeaFile;
use seac_syntax::sea::diff::{Class, diff};
use seac_syntax::{Diagnostic, sea};
use seac_workspace::inputs::Inputs;
use std::path::{Path, PathBuf};
use std::slice;

impl From<FailOn> for Class {
    fn from(level: FailOn) -> Self {
        match level {
            FailOn::Additive => Self::Additive,
            FailOn::Definitional => Self::Definitional,
            FailOn::Deprecating => Self::Deprecating,
            FailOn::Breaking => Self::Breaking,
            FailOn::GovernanceCritical => Self::GovernanceCritical,
        }
    }
}

/// Runs it.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let inputs = read_inputs(slice::from_ref(&args.before))?;
    let count = inputs.files.len();
    let inputs = inputs.and(slice::from_ref(&args.after)).map_err(super::unreadable)?;
    let mut findings = inputs.refused.clone();
    let trees = trees(&inputs, &mut findings);
    if has_errors(&findings) {
        show_inputs(&inputs, &findings);
        return Ok(Exit::Findings);
    }
    let (before, after) = trees.split_at(count);
    let changes = diff(&named(&inputs, 0, before, &args.before), &named(&inputs, count, after, &args.after));
    match args.format {
        Format::Human => terminal::print(&changes::human(&inputs.sources, &changes)),
        Format::Json => terminal::print(&changes::json(&inputs.sources, &changes)),
    }
    let heaviest = changes.iter().map(|change| change.class).max();
    Ok(if heaviest >= Some(args.fail_on.into()) { Exit::Findings } else { Exit::Clean })
}

fn trees(inputs: &Inputs, findings: &mut Vec<Diagnostic>) -> Vec<SeaFile> {
    let parse = |input: &seac_workspace::inputs::Input| {
        let (tree, found) = sea::parse(input.file, &inputs.sources.get(input.file).text);
        findings.extend(found);
        tree
    };
    inputs.files.iter().map(parse).collect()
}

/// The trees with the names that tell the files of a folder apart.
fn named<'t>(inputs: &Inputs, skip: usize, trees: &'t [SeaFile], root: &Path) -> Vec<(String, &'t SeaFile)> {
    let name = |path: &Option<PathBuf>| {
        let below = path.as_ref().and_then(|path| path.strip_prefix(root).ok());
        below.map_or(String::new(), |below| below.to_string_lossy().replace('\\', "/"))
    };
    inputs.files.iter().skip(skip).zip(trees).map(|(input, tree)| (name(&input.path), tree)).collect()
}
