//! `seac trace`: from a spec line to everything that was made from it.

use super::{manifest, workspace};
use crate::exit::{Exit, Failure};
use crate::generated::args::Global;
use crate::generated::trace::Args;
use crate::terminal;
use seac_workspace::provenance;

/// Runs it.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let workspace = workspace(global, None)?;
    let manifest = manifest(&workspace)?;
    let Some(line) = args.place.line else {
        return Err(Failure::new(Exit::Usage, "which line?").with_help("write it behind the file: FILE:LINE"));
    };
    // Packages are inside of seac and have no place on disk.
    let written = args.place.file.to_string_lossy();
    let file = if written.starts_with("seac:") { written.into_owned() } else { args.place.below(&workspace.root)? };
    let Some(node) = provenance::node(&manifest, &file, line) else {
        return Err(Failure::new(Exit::Usage, format!("nothing was made from {file}:{line}")));
    };
    let mut out = format!("{}:{}\n", node.file, node.line);
    for product in provenance::trace(&manifest, node) {
        out += &match product.lines {
            Some((start, end)) => format!("  {}:{start}-{end}\n", product.path),
            None => format!("  {}\n", product.path),
        };
    }
    terminal::print(&out);
    Ok(Exit::Clean)
}
