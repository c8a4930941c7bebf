//! What a run is about to change, written down first, so that a run that fails or is killed can be undone.
//!
//! While `journal.json` exists, the change is not made: undo it. Once it is renamed to `journal.done`, the change is
//! made and only the backups are left to be removed.

use super::ops::Ops;
use crate::digest::sha256;
use crate::path;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The changes of one run. All paths are relative to the workspace root.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    /// Folders that are made, parents first.
    pub folders: Vec<String>,
    /// Files that are written; the manifest last.
    pub writes: Vec<Write>,
    /// Files that are removed.
    pub removes: Vec<String>,
}

/// One file that is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// Where.
    pub path: String,
    /// Whether something is there now.
    pub replaces: bool,
    /// Of the new bytes.
    pub sha256: String,
}

/// Where the working files of one change are.
pub struct Places {
    /// The file itself.
    pub target: PathBuf,
    /// The new bytes before they are renamed to the target.
    pub staged: PathBuf,
    /// The old file until the change is made.
    pub backup: PathBuf,
}

impl Journal {
    /// The places of every write, in order.
    pub fn write_places<'a>(&'a self, root: &'a Path) -> impl DoubleEndedIterator<Item = (&'a Write, Places)> {
        self.writes.iter().enumerate().map(|(i, write)| (write, places(root, &write.path, i)))
    }

    /// The places of every removal, in order.
    pub fn remove_places<'a>(&'a self, root: &'a Path) -> impl DoubleEndedIterator<Item = Places> {
        let first = self.writes.len();
        self.removes.iter().enumerate().map(move |(i, path)| places(root, path, first + i))
    }

    /// The folders in which names change.
    pub fn touched(&self, root: &Path) -> BTreeSet<PathBuf> {
        let paths = self.writes.iter().map(|write| &write.path).chain(&self.removes);
        paths.filter_map(|path| root.join(path).parent().map(Path::to_path_buf)).collect()
    }

    /// Puts everything back as it was, as far as the change got.
    ///
    /// # Errors
    /// The first thing that could not be put back; the rest has been tried.
    pub fn undo(&self, ops: &impl Ops, root: &Path) -> io::Result<()> {
        let mut result = Ok(());
        let mut note = |outcome: io::Result<()>| {
            if result.is_ok() {
                result = outcome;
            }
        };
        for (write, places) in self.write_places(root).rev() {
            note(undo_write(ops, write, &places));
        }
        for places in self.remove_places(root).rev() {
            note(if_there(&places.backup, |backup| ops.rename(backup, &places.target)));
        }
        for folder in self.folders.iter().rev() {
            // Not empty: someone else has put something there.
            let _ = ops.remove_dir(&root.join(folder));
        }
        result
    }

    /// Removes what only undoing would need, and the folders that have become empty. What cannot be removed stays.
    pub fn clean(&self, ops: &impl Ops, root: &Path, output: &Path) {
        for (_, places) in self.write_places(root) {
            let _ = if_there(&places.backup, |backup| ops.remove_file(backup));
        }
        for places in self.remove_places(root) {
            let _ = if_there(&places.backup, |backup| ops.remove_file(backup));
        }
        for path in &self.removes {
            let target = root.join(path);
            let inside = target.ancestors().skip(1).take_while(|folder| *folder != output);
            for folder in inside {
                if ops.remove_dir(folder).is_err() {
                    break;
                }
            }
        }
    }

    /// Whether every path stays below the root.
    pub fn is_confined(&self) -> bool {
        let writes = self.writes.iter().map(|write| &write.path);
        writes.chain(&self.removes).chain(&self.folders).all(|path| path::confined(path).is_ok())
    }
}

fn undo_write(ops: &impl Ops, write: &Write, places: &Places) -> io::Result<()> {
    if write.replaces {
        if_there(&places.backup, |backup| ops.rename(backup, &places.target))?;
        // Renaming between two names of one file does nothing: the backup may still be there.
        if_there(&places.backup, |backup| ops.remove_file(backup))?;
    } else if fs::read(&places.target).is_ok_and(|bytes| sha256(&bytes) == write.sha256) {
        ops.remove_file(&places.target)?;
    }
    if_there(&places.staged, |staged| ops.remove_file(staged))
}

fn if_there(path: &Path, act: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok() { act(path) } else { Ok(()) }
}

fn places(root: &Path, path: &str, number: usize) -> Places {
    let target = root.join(path);
    let beside = |suffix: &str| target.with_file_name(format!(".{number}{suffix}"));
    Places { staged: beside(path::STAGED), backup: beside(path::BACKUP), target: target.clone() }
}
