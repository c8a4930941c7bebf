//! `seac blame`: from a generated line to the spec it was made from.

use super::{manifest, workspace};
use crate::exit::{Exit, Failure};
use crate::generated::args::Global;
use crate::generated::blame::Args;
use crate::terminal;
use seac_workspace::{Workspace, digest, load, provenance};
use std::fmt::Write as _;

/// Runs it.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let workspace = workspace(global, args.place.file.parent().filter(|folder| folder.is_dir()))?;
    let manifest = manifest(&workspace)?;
    let path = args.place.below(&workspace.output())?;
    let Some(blame) = provenance::blame(&manifest, &path, args.place.line) else {
        let message = format!("{path} is not among the generated files");
        return Err(Failure::new(Exit::Usage, message).with_help("files beside `gen/` folders are your own"));
    };
    warn_if_edited(&workspace, &path, &blame.output.sha256);
    let sources = load::load(&workspace)?.sources;
    let mut out = format!("{path} is made by {}\n", blame.output.template);
    for origin in blame.origins {
        let text = sources.iter().find(|(_, file)| *file.path == *origin.file).map(|(_, file)| file.text.as_str());
        let line = text.and_then(|text| text.lines().nth(origin.line.saturating_sub(1) as usize)).unwrap_or("");
        let place = format!("{}:{}", origin.file, origin.line);
        writeln!(out, "  {place:<44} {}", line.trim())
            .map_err(|_| Failure::new(Exit::Bug, "cannot write to memory"))?;
    }
    terminal::print(&out);
    Ok(Exit::Clean)
}

/// After an edit the lines on disk are not those that were generated.
fn warn_if_edited(workspace: &Workspace, path: &str, generated: &str) {
    let bytes = std::fs::read(workspace.output().join(path)).unwrap_or_default();
    if digest::sha256(&bytes) != generated {
        terminal::note(&format!("{path} was changed since it was generated: lines may have moved"));
    }
}
