//! `seac watch`: generates whenever a spec is saved.

use super::{generate, workspace};
use crate::exit::{Exit, Failure};
use crate::generated::args::Global;
use crate::generated::watch::Args;
use crate::terminal;
use crate::timings::Timings;
use notify_debouncer_full::notify::{self, EventKind, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, DebouncedEvent, new_debouncer};
use seac_workspace::Session;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

/// Runs it.
pub fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let workspace = workspace(global, None)?;
    let root = workspace.root.clone();
    let (sender, saves) = mpsc::channel::<DebounceEventResult>();
    let cannot =
        |error: notify::Error| Failure::new(Exit::Outside, format!("cannot watch {}: {error}", root.display()));
    let quiet = Duration::from_millis(args.quiet_for);
    // How often it is looked whether it is quiet: what it adds to the wait is small beside it.
    let mut debouncer = new_debouncer(quiet, Some(quiet / 10), sender).map_err(cannot)?;
    debouncer.watch(root.join("specs"), RecursiveMode::Recursive).map_err(cannot)?;
    debouncer.watch(&root, RecursiveMode::NonRecursive).map_err(cannot)?;
    let templates =
        workspace.config.templates.as_ref().map(|folder| root.join(folder)).filter(|folder| folder.is_dir());
    if let Some(folder) = &templates {
        debouncer.watch(folder, RecursiveMode::Recursive).map_err(cannot)?;
    }
    let mut session = Session::default();
    once(global, &mut session);
    terminal::status("Watching", &format!("{}, end with ^C", root.join("specs").display()));
    for saved in saves {
        match saved {
            Ok(events) if events.iter().any(|event| is_about_specs(&root, templates.as_deref(), event)) => {
                once(global, &mut session);
            }
            Ok(_) => {}
            Err(errors) => errors.iter().for_each(|error| terminal::note(&format!("while watching: {error}"))),
        }
    }
    Ok(Exit::Clean)
}

/// One run of `generate`; whatever comes of it, the watch goes on.
fn once(global: &Global, session: &mut Session) {
    let outcome = workspace(global, None).and_then(|workspace| {
        generate::generate(workspace, &generate::Args::default(), Some(session), &mut Timings::start())
    });
    match outcome {
        Ok(outcome) => outcome.leave_to(session),
        Err(failure) => terminal::failure(&failure),
    }
}

/// Reads do not count, nor do changes of what `seac` itself writes.
fn is_about_specs(root: &Path, templates: Option<&Path>, event: &DebouncedEvent) -> bool {
    let ours = |path: &Path| {
        path.starts_with(root.join("specs"))
            || path == root.join("seac.toml")
            || templates.is_some_and(|folder| path.starts_with(folder))
    };
    !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(|path| ours(path))
}
