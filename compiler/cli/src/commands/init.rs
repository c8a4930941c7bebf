//! `seac init`

use crate::exit::{Exit, Failure};
use crate::generated::args::Global;
use crate::generated::init::Args;
use crate::terminal;
use seac_workspace::{LoadError, Workspace, scaffold};
use std::path::Path;

/// Runs it: in the workspace around, or where there is none yet, here.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let here = global.root.as_deref().unwrap_or(Path::new("."));
    let root = match (Workspace::open(here), &global.root) {
        (Ok(workspace), None) => workspace.root,
        (Err(LoadError::Read { path, source }), _) => {
            return Err(Failure::outside(format!("cannot read {}", path.display()), &source));
        }
        _ => here.to_path_buf(),
    };
    let path = scaffold::design(&root, &args.context)?;
    terminal::status("Created", &root.join(path).display().to_string());
    terminal::note("\nNext:\n  seac check");
    Ok(Exit::Clean)
}
