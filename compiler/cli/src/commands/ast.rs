//! `seac ast`

use super::{inputs, show_inputs, verdict};
use crate::args::Global;
use crate::exit::{Exit, Failure};
use crate::terminal;
use seac_syntax::sea::json::{self, schema};
use seac_syntax::{diagnostic, sea};
use std::path::PathBuf;

/// Arguments of `ast`.
#[derive(Debug, clap::Args)]
#[command(after_help = "The trees of all files are one document. What could not be read is missing in it; the \
                        findings go to stderr and the exit code is 1.")]
pub struct Args {
    /// In which form
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    format: Format,
    /// Files, folders, or `-` for standard input [default: the specs of the workspace]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// The forms.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// One JSON document
    Json,
    /// The JSON Schema of that document; nothing is read
    Schema,
}

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
