//! `seac model`

use super::{show, verdict, workspace};
use crate::exit::{Exit, Failure};
use crate::generated::args::Global;
use crate::generated::model::{Args, Format};
use crate::terminal;
use seac_workspace::compile;

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
