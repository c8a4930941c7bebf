//! `seac model`

use super::{show, verdict, workspace};
use crate::args::Global;
use crate::exit::{Exit, Failure};
use crate::terminal;
use seac_workspace::compile;

/// Arguments of `model`.
#[derive(Debug, clap::Args)]
#[command(after_help = "The JSON is canonical (RFC 8785); its SHA-256 is the model digest in the manifest.")]
pub struct Args {
    /// In which form
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    format: Format,
}

/// The forms.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    /// Canonical JSON
    Json,
}

/// Runs it.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let workspace = workspace(global, None)?;
    let compilation = compile(&workspace)?;
    show(&workspace, &compilation, &compilation.diagnostics);
    if compilation.has_errors() {
        return Ok(verdict(&compilation.diagnostics));
    }
    let Format::Json = args.format;
    let mut bytes = compilation.model.canonical_json();
    // In a pipe the bytes are those that are hashed.
    if terminal::stdout_is_terminal() {
        bytes.push(b'\n');
    }
    terminal::data(&bytes);
    Ok(Exit::Clean)
}
