//! Makes a [`Plan`] so: all of it or nothing, files that are already right untouched, the manifest last.
//!
//! New bytes are staged beside their targets and made durable before the first target changes; the changes themselves
//! are renames, written down in a [journal](journal) beforehand. A failure puts everything back; after a crash the next
//! run does ([`recover`]).

pub mod journal;
pub mod ops;

#[cfg(test)]
mod tests;

use crate::digest::sha256;
use crate::discover::Workspace;
use crate::manifest;
use crate::reconcile::{Action, Plan};
use journal::{Journal, Write};
use ops::{Failed, Ops, Real};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

const JOURNAL: &str = "journal.json";
const DONE: &str = "journal.done";

/// Why a plan could not be applied. Unless it says otherwise, the output folder is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// A finding blocks the plan; the caller should have stopped.
    #[error("the plan has findings that block it")]
    Blocked,
    /// A file or folder is read-only.
    #[error("{path} is read-only; nothing was changed")]
    ReadOnly {
        /// The file or folder.
        path: PathBuf,
    },
    /// A step failed and what came before was undone.
    #[error("cannot write {path}; nothing was changed")]
    Undone {
        /// What was to be written, or removed.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A step failed, and undoing failed too; the next run tries again.
    #[error("cannot write {path}, and not everything could be put back ({undo}); the next run tries again")]
    Torn {
        /// What was to be written, or removed.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
        /// What it says about undoing.
        undo: io::Error,
    },
    /// What a killed run left behind could not be undone.
    #[error("an earlier run was interrupted, and what it began cannot be undone; see {journal}")]
    Recovery {
        /// The journal of that run.
        journal: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Applies `plan` to the output folder of `workspace`; the caller holds the [lock](crate::lock).
///
/// # Errors
/// See [`ApplyError`].
pub fn apply(workspace: &Workspace, plan: &Plan) -> Result<(), ApplyError> {
    Change::new(&Real, workspace).apply(plan)
}

/// Undoes, or finishes, what a killed run has begun; says whether there was anything to do.
///
/// # Errors
/// If that fails.
pub fn recover(workspace: &Workspace) -> Result<bool, ApplyError> {
    Change::new(&Real, workspace).recover()
}

/// One change of an output folder.
struct Change<'a, O> {
    ops: &'a O,
    root: &'a Path,
    output: PathBuf,
    prefix: &'a str,
    state: PathBuf,
}

impl<'a, O: Ops> Change<'a, O> {
    fn new(ops: &'a O, workspace: &'a Workspace) -> Self {
        let (output, state) = (workspace.output(), workspace.state());
        Self { ops, root: &workspace.root, output, prefix: &workspace.config.output, state }
    }

    fn apply(&self, plan: &Plan) -> Result<(), ApplyError> {
        if plan.blocked() {
            return Err(ApplyError::Blocked);
        }
        if !plan.changes() {
            return Ok(());
        }
        let (journal, bytes) = self.journal(plan);
        self.preflight(&journal)?;
        if let Err((path, source)) = self.carry_out(&journal, &bytes) {
            return Err(match self.undo(&journal) {
                Ok(()) => ApplyError::Undone { path, source },
                Err(undo) => ApplyError::Torn { path, source, undo },
            });
        }
        self.finish(&journal);
        Ok(())
    }

    /// The changes of `plan` and the bytes of its writes, in the same order.
    fn journal<'p>(&self, plan: &'p Plan) -> (Journal, Vec<&'p [u8]>) {
        let mut journal = Journal::default();
        let mut contents = Vec::new();
        let known = plan.left.iter().flat_map(|manifest| &manifest.outputs);
        let known: BTreeMap<&str, &str> = known.map(|output| (output.path.as_str(), output.sha256.as_str())).collect();
        let mut write = |path: &str, replaces: bool, bytes: &'p [u8]| {
            let sha256 = known.get(path).map_or_else(|| sha256(bytes), ToString::to_string);
            journal.writes.push(Write { path: format!("{}/{path}", self.prefix), replaces, sha256 });
            contents.push(bytes);
        };
        for step in &plan.steps {
            match &step.action {
                Action::Create(bytes) => write(&step.path, false, bytes),
                Action::Replace(bytes) => write(&step.path, true, bytes),
                Action::Remove => journal.removes.push(format!("{}/{}", self.prefix, step.path)),
                Action::Unchanged | Action::Keep | Action::Refuse => {}
            }
        }
        if let Some(bytes) = &plan.manifest {
            write(manifest::FILE, self.output.join(manifest::FILE).exists(), bytes);
        }
        journal.folders = self.missing_folders(&journal);
        (journal, contents)
    }

    fn missing_folders(&self, journal: &Journal) -> Vec<String> {
        let all = journal.writes.iter().flat_map(|write| {
            let path = write.path.as_str();
            path.match_indices('/').map(move |(end, _)| &path[..end])
        });
        let sorted: BTreeSet<&str> = all.filter(|folder| !self.root.join(folder).exists()).collect();
        sorted.into_iter().map(str::to_string).collect()
    }

    /// Finds what cannot be written before anything is.
    fn preflight(&self, journal: &Journal) -> Result<(), ApplyError> {
        let targets = journal.writes.iter().map(|write| &write.path).chain(&journal.removes);
        for target in targets.map(|path| self.root.join(path)) {
            let existing = target.ancestors().filter(|path| fs::symlink_metadata(path).is_ok()).take(2);
            let existing: Vec<&Path> = existing.collect();
            let folder = existing.iter().copied().find(|path| path.is_dir());
            let file = existing.first().copied().filter(|path| path.is_file());
            for path in [file, folder].into_iter().flatten() {
                if fs::metadata(path).is_ok_and(|metadata| metadata.permissions().readonly()) {
                    return Err(ApplyError::ReadOnly { path: path.to_path_buf() });
                }
            }
        }
        Ok(())
    }

    /// Everything up to the moment from which the change counts as made.
    fn carry_out(&self, journal: &Journal, contents: &[&[u8]]) -> Result<(), Failed> {
        self.begin(journal)?;
        self.stage(journal, contents)?;
        let touched: Vec<PathBuf> = journal.touched(self.root).into_iter().collect();
        let staged = journal.write_places(self.root).map(|(_, places)| places.staged);
        self.ops.sync(&staged.chain(touched.iter().cloned()).collect::<Vec<_>>())?;
        for places in journal.remove_places(self.root) {
            at(&places.target, self.ops.rename(&places.target, &places.backup))?;
        }
        for (write, places) in journal.write_places(self.root) {
            if write.replaces {
                at(&places.target, self.ops.link(&places.target, &places.backup))?;
            }
            at(&places.target, self.ops.rename(&places.staged, &places.target))?;
        }
        self.ops.sync(&touched)?;
        let done = self.state.join(DONE);
        at(&done, self.ops.rename(&self.state.join(JOURNAL), &done))
    }

    fn begin(&self, journal: &Journal) -> Result<(), Failed> {
        let path = self.state.join(JOURNAL);
        let new = self.state.join(format!("{JOURNAL}{}", crate::path::STAGED));
        at(&self.state, fs::create_dir_all(&self.state))?;
        let text = serde_json::to_vec(journal).map_err(|error| (path.clone(), error.into()))?;
        let _ = fs::remove_file(&new);
        at(&path, self.ops.write(&new, &text, &path))?;
        self.ops.sync(std::slice::from_ref(&new))?;
        at(&path, self.ops.rename(&new, &path))?;
        self.ops.sync(std::slice::from_ref(&self.state))
    }

    fn stage(&self, journal: &Journal, contents: &[&[u8]]) -> Result<(), Failed> {
        for folder in journal.folders.iter().map(|folder| self.root.join(folder)) {
            at(&folder, self.ops.create_dir(&folder))?;
        }
        for ((_, places), bytes) in journal.write_places(self.root).zip(contents) {
            at(&places.target, self.ops.write(&places.staged, bytes, &places.target))?;
        }
        Ok(())
    }

    fn undo(&self, journal: &Journal) -> io::Result<()> {
        journal.undo(self.ops, self.root)?;
        let journal = self.state.join(JOURNAL);
        if journal.exists() { self.ops.remove_file(&journal) } else { Ok(()) }
    }

    fn finish(&self, journal: &Journal) {
        journal.clean(self.ops, self.root, &self.output);
        let _ = self.ops.remove_file(&self.state.join(DONE));
    }

    fn recover(&self) -> Result<bool, ApplyError> {
        let done = self.read(DONE)?;
        if let Some(journal) = &done {
            self.finish(journal);
        }
        let begun = self.read(JOURNAL)?;
        if let Some(journal) = &begun {
            let path = self.state.join(JOURNAL);
            self.undo(journal).map_err(|source| ApplyError::Recovery { journal: path, source })?;
        }
        Ok(done.is_some() || begun.is_some())
    }

    fn read(&self, name: &str) -> Result<Option<Journal>, ApplyError> {
        let path = self.state.join(name);
        let failed = |source| ApplyError::Recovery { journal: path.clone(), source };
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(failed(source)),
        };
        let journal: Journal = serde_json::from_slice(&bytes).map_err(|error| failed(error.into()))?;
        if !journal.is_confined() {
            return Err(failed(io::Error::other("it names a path outside the workspace")));
        }
        Ok(Some(journal))
    }
}

fn at(path: &Path, result: io::Result<()>) -> Result<(), Failed> {
    result.map_err(|error| (path.to_path_buf(), error))
}
