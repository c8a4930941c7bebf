//! `seac templates`: texts of a workspace in the place of templates.

use super::{prefix, workspace};
use crate::exit::{Exit, Failure};
use crate::generated::args::Global;
use crate::generated::templates::{Action, Args};
use crate::terminal;
use seac_emit::templates::{SHADOWABLE, embedded};
use seac_syntax::diagnostic::nearest;
use seac_workspace::{Workspace, disk, templates};
use similar::TextDiff;
use std::fs;
use std::path::PathBuf;

/// Runs it.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let workspace = workspace(global, None)?;
    match &args.action {
        Action::List(_) => list(&workspace),
        Action::Eject(args) => eject(&workspace, &args.names, args.force),
        Action::Diff(args) => diff(&workspace, &args.names),
    }
}

fn list(workspace: &Workspace) -> Result<Exit, Failure> {
    let width = SHADOWABLE.iter().map(|(name, ..)| name.len()).max().unwrap_or_default();
    for (name, makes, _) in SHADOWABLE {
        let state = match shadow(workspace, name)? {
            None => String::new(),
            Some((path, text)) if templates::is_behind(&text, known(name)?) => {
                format!("  shadowed by {path}, which fell behind")
            }
            Some((path, _)) => format!("  shadowed by {path}"),
        };
        terminal::print(format!("{name:<width$}  {makes:<34}{state}").trim_end());
        terminal::print("\n");
    }
    Ok(Exit::Clean)
}

fn eject(workspace: &Workspace, names: &[String], force: bool) -> Result<Exit, Failure> {
    let Some(folder) = &workspace.config.templates else {
        return Err(Failure::new(Exit::Usage, "`seac.toml` names no folder for templates")
            .with_help("write `templates = \"templates\"` below `[generate]` there"));
    };
    if disk::is_outside(&workspace.root, &workspace.root.join(folder)) {
        return Err(Failure::new(Exit::Usage, format!("{folder} is a link to something outside the workspace")));
    }
    // All names are looked at before anything is written.
    for name in names {
        known(name)?;
        if let Some((path, _)) = shadow(workspace, name)?.filter(|_| !force) {
            return Err(Failure::new(Exit::Usage, format!("{path} is there already"))
                .with_help("see `seac templates diff`, or replace it with `--force`"));
        }
    }
    for name in names {
        let path = workspace.root.join(folder).join(name);
        let failed = |error| Failure::outside(format!("cannot write {}", path.display()), &error);
        fs::create_dir_all(path.parent().unwrap_or(&workspace.root)).map_err(failed)?;
        fs::write(&path, templates::copy(name, known(name)?)).map_err(failed)?;
        terminal::status("Ejected", &format!("{}{folder}/{name}", prefix(workspace)));
    }
    Ok(Exit::Clean)
}

fn diff(workspace: &Workspace, names: &[String]) -> Result<Exit, Failure> {
    let all = || SHADOWABLE.iter().map(|(name, ..)| (*name).to_owned()).collect();
    let names: Vec<String> = if names.is_empty() { all() } else { names.to_vec() };
    let mut exit = Exit::Clean;
    for name in &names {
        let ours = known(name)?;
        let Some((path, text)) = shadow(workspace, name)? else { continue };
        let theirs = templates::content(&text);
        if theirs != ours {
            let diff = TextDiff::from_lines(ours, theirs);
            terminal::print(&diff.unified_diff().header(&format!("seac:/templates/{name}"), &path).to_string());
            exit = Exit::Findings;
        }
    }
    Ok(exit)
}

/// The template of this name.
fn known(name: &str) -> Result<&'static str, Failure> {
    embedded(name).ok_or_else(|| {
        let failure = Failure::new(Exit::Usage, format!("there is no template `{name}`"));
        match nearest(name, SHADOWABLE.iter().map(|(name, ..)| *name)) {
            Some(near) => failure.with_help(format!("did you mean `{near}`?")),
            None => failure.with_help("`seac templates list` names all"),
        }
    })
}

/// What the workspace has in the place of a template, and where.
fn shadow(workspace: &Workspace, name: &str) -> Result<Option<(String, String)>, Failure> {
    let Some(folder) = &workspace.config.templates else { return Ok(None) };
    let path: PathBuf = workspace.root.join(folder).join(name);
    if !path.is_file() {
        return Ok(None);
    }
    let text = fs::read_to_string(&path);
    let text = text.map_err(|error| Failure::outside(format!("cannot read {}", path.display()), &error))?;
    Ok(Some((format!("{}{folder}/{name}", prefix(workspace)), text)))
}
