//! What was released, as the lock files next to the specs keep it.

use crate::apply::ops::{Ops as _, Real};
use crate::discover::SPECS;
use crate::{Compilation, Workspace, package, report};
use seac_emit::proto::{self, Wire};
use seac_emit::{Histories, History};
use seac_model::Model;
use seac_syntax::{Diagnostic, Sources};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// How the name of a lock file ends, behind the slug of its context.
pub const SUFFIX: &str = ".lock.json";

/// The context whose lock file `path` is.
fn context_of(path: &str) -> Option<&str> {
    let path = path.strip_prefix(package::PREFIX).or_else(|| path.strip_prefix("specs/"))?;
    let (folder, name) = path.split_once('/')?;
    (name.strip_suffix(SUFFIX) == Some(folder)).then_some(folder)
}

/// The histories among the sources, and what is wrong with them.
pub fn read(sources: &Sources) -> (Histories, Vec<Diagnostic>) {
    let (mut histories, mut found) = (Histories::new(), Vec::new());
    for (id, file) in sources.iter() {
        let Some(slug) = context_of(&file.path) else { continue };
        match History::parse(&file.text, slug) {
            Ok(history) => drop(histories.insert(slug.to_owned(), history)),
            Err(reason) => found.push(report::lock(id, &file.path, &reason)),
        }
    }
    (histories, found)
}

/// What the specs ask for that cannot be done to what was released, or not unless they say so.
pub fn obstacles(sources: &Sources, model: &Model, histories: &Histories) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (slug, history) in histories {
        let Some(context) = model.contexts.get(slug) else { continue };
        let migrations = seac_emit::migrations(slug, context, history);
        found.extend(migrations.obstacles.iter().map(|obstacle| report::obstacle(sources, context, obstacle)));
    }
    let released = wires(histories);
    if released.values().all(Wire::is_empty) {
        return found;
    }
    for (slug, reused) in proto::wires(model, &released).1 {
        let Some(context) = model.contexts.get(&slug) else { continue };
        if !context.evolution.accepted.contains_key(&reused.element()) {
            found.push(report::wire_reused(sources, context, &reused));
        }
    }
    found
}

/// What was released of what goes over the wire.
pub fn wires(histories: &Histories) -> BTreeMap<String, Wire> {
    histories.iter().map(|(slug, history)| (slug.clone(), history.wire.clone())).collect()
}

/// A lock file that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {path}")]
pub struct ReleaseError {
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

/// Writes the history of every context of the workspace's own that has something new to release; returns the paths.
///
/// # Errors
/// If a file cannot be written; those before it are.
pub fn release(workspace: &Workspace, compilation: &Compilation) -> Result<Vec<String>, ReleaseError> {
    let mut written = Vec::new();
    let (mut wires, _) = proto::wires(&compilation.model, &wires(&compilation.histories));
    let own = |slug: &&String| workspace.root.join(SPECS).join(slug).is_dir();
    for slug in compilation.model.contexts.keys().filter(own) {
        let (context, empty) = (&compilation.model.contexts[slug], History::empty(slug));
        let before = compilation.histories.get(slug).unwrap_or(&empty);
        let after = seac_emit::release(slug, context, before, wires.remove(slug).unwrap_or_default());
        if after != *before {
            let path = format!("{SPECS}/{slug}/{slug}{SUFFIX}");
            replace(&workspace.root.join(&path), after.to_text().as_bytes())?;
            written.push(path);
        }
    }
    Ok(written)
}

/// The new bytes, or the old ones: never half of them.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), ReleaseError> {
    let beside = path.with_extension("json.new");
    let sync = |path: &Path| Real.sync(&[path.to_owned()]).map_err(|(_, error)| error);
    let steps = || {
        if beside.exists() {
            Real.remove_file(&beside)?;
        }
        Real.write(&beside, bytes, path)?;
        sync(&beside)?;
        Real.rename(&beside, path)?;
        path.parent().map_or(Ok(()), sync)
    };
    steps().map_err(|source| ReleaseError { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_is_one_by_its_place_and_name() {
        assert_eq!(context_of("specs/orders/orders.lock.json"), Some("orders"));
        assert_eq!(context_of("seac:/specs/evidence/evidence.lock.json"), Some("evidence"));
        for other in [
            "specs/orders/other.lock.json",
            "specs/orders.lock.json",
            "orders/orders.lock.json",
            "specs/a/b/b.lock.json",
        ] {
            assert_eq!(context_of(other), None, "{other}");
        }
    }
}
