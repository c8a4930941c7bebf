//! One file per command: arguments in, calls to the library, an exit code out.

pub mod ast;
pub mod blame;
pub mod check;
pub mod completions;
pub mod diff;
pub mod emit_sea;
pub mod eval;
pub mod explain;
pub mod extract_assertions;
pub mod fmt;
pub mod gap_report;
pub mod generate;
pub mod import;
pub mod init;
pub mod model;
pub mod models;
pub mod new;
pub mod place;
pub mod project;
pub mod run;
pub mod schema;
pub mod templates;
pub mod trace;
pub mod verify;
pub mod watch;

use crate::exit::{Exit, Failure};
use crate::generated::args::Global;
use crate::render::{Report, human};
use crate::terminal;
use seac_syntax::{Code, Diagnostic, Severity};
use seac_workspace::inputs::Inputs;
use seac_workspace::{Compilation, LoadError, Manifest, Workspace, disk};
use std::env;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The workspace a command works in: `--root`, or the one around `start`.
fn workspace(global: &Global, start: Option<&Path>) -> Result<Workspace, Failure> {
    let start = global.root.as_deref().or(start).unwrap_or(Path::new("."));
    if !start.exists() {
        return Err(Failure::new(Exit::Usage, format!("{} does not exist", start.display())));
    }
    Ok(if global.root.is_some() { Workspace::at(start)? } else { Workspace::open(start)? })
}

/// What the last `generate` wrote down about itself.
fn manifest(workspace: &Workspace) -> Result<Manifest, Failure> {
    let nothing = || Failure::new(Exit::Usage, "nothing was generated here").with_help("run `seac generate` first");
    let bytes = disk::read_manifest(&workspace.output())?.ok_or_else(nothing)?;
    Manifest::parse(&bytes).map_err(|reason| Failure::new(Exit::Findings, format!("MANIFEST.json: {reason}")))
}

/// The texts named on the command line; without names, the specs of the workspace.
fn inputs(global: &Global, paths: &[PathBuf]) -> Result<Inputs, Failure> {
    let specs;
    let paths = if paths.is_empty() {
        let root = workspace(global, None)?.root;
        let here = env::current_dir().and_then(|here| here.canonicalize()).ok();
        let below = here.and_then(|here| root.strip_prefix(here).ok().map(Path::to_path_buf));
        specs = [below.unwrap_or(root).join("specs")];
        &specs
    } else {
        paths
    };
    read_inputs(paths)
}

fn read_inputs(paths: &[PathBuf]) -> Result<Inputs, Failure> {
    Inputs::default().and(paths).map_err(unreadable)
}

/// A file that is not there was named wrongly.
fn unreadable(error: LoadError) -> Failure {
    match error {
        LoadError::Read { path, source } => {
            let failure = Failure::outside(format!("cannot read {}", path.display()), &source);
            if source.kind() == ErrorKind::NotFound { Failure { exit: Exit::Usage, ..failure } } else { failure }
        }
        other => other.into(),
    }
}

/// Shows findings about texts named on the command line.
fn show_inputs(inputs: &Inputs, diagnostics: &[Diagnostic]) {
    let report = Report { sources: &inputs.sources, diagnostics, prefix: "" };
    terminal::findings(&human::render(&report, terminal::view()));
}

/// The way from the current folder down to the workspace, empty or ending with `/`: what paths are shown with.
fn prefix(workspace: &Workspace) -> String {
    let here = env::current_dir().and_then(|here| here.canonicalize()).ok();
    let below = here.and_then(|here| workspace.root.strip_prefix(here).ok().map(Path::to_path_buf));
    let parts = below.iter().flat_map(|below| below.components());
    parts.map(|part| format!("{}/", part.as_os_str().to_string_lossy())).collect()
}

/// Shows findings as text on stderr.
fn show(workspace: &Workspace, compilation: &Compilation, diagnostics: &[Diagnostic]) {
    let report = Report { sources: &compilation.sources, diagnostics, prefix: &prefix(workspace) };
    terminal::findings(&human::render(&report, terminal::view()));
}

/// What findings mean for the exit code.
fn verdict(diagnostics: &[Diagnostic]) -> Exit {
    let mut errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).peekable();
    if errors.peek().is_none() {
        Exit::Clean
    } else if errors.all(|d| d.code == Code::GenConfig) {
        Exit::Usage
    } else {
        Exit::Findings
    }
}

/// `1 file`, `2 files`.
fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
