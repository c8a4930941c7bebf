//! `seac diff`

use super::{read_inputs, show_inputs};
use crate::exit::{Exit, Failure};
use crate::render::changes;
use crate::terminal;
use seac_syntax::diagnostic::has_errors;
use seac_syntax::sea::ast::SeaFile;
use seac_syntax::sea::diff::{Class, diff};
use seac_syntax::{Diagnostic, sea};
use seac_workspace::inputs::Inputs;
use std::path::{Path, PathBuf};
use std::slice;

/// Arguments of `diff`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Comments, order, spelling and layout are no differences. Exit codes: 0 no difference at or \
                        above `--fail-on`, 1 there is one or a model has errors.")]
pub struct Args {
    /// The model before: a file, a folder, or `-` for standard input
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// The model after
    #[arg(value_name = "AFTER")]
    after: PathBuf,
    /// How to print the differences
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    /// The lightest class of difference that exits with 1
    #[arg(long, value_name = "CLASS", default_value = "additive")]
    fail_on: Level,
}

/// The formats.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// Text, lines that go and lines that come
    Human,
    /// One JSON document
    Json,
}

/// The classes, lightest first.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Level {
    /// Any difference
    Additive,
    /// A concept says something else
    Definitional,
    /// A concept is on its way out
    Deprecating,
    /// What is built on a concept may no longer fit
    Breaking,
    /// Who may do what, what must hold, what is watched
    GovernanceCritical,
}

impl From<Level> for Class {
    fn from(level: Level) -> Self {
        match level {
            Level::Additive => Self::Additive,
            Level::Definitional => Self::Definitional,
            Level::Deprecating => Self::Deprecating,
            Level::Breaking => Self::Breaking,
            Level::GovernanceCritical => Self::GovernanceCritical,
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
