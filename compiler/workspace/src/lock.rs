//! One run at a time in one workspace.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Why the lock could not be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run has it.
    #[error("another run of seac is writing in this workspace (it holds {path})")]
    Held {
        /// The lock file.
        path: PathBuf,
    },
    /// The file system failed.
    #[error("cannot lock {path}")]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The lock; it is given back when this value is dropped, also by a crash.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Takes the lock in `state`, the workspace's `.seac` folder, without waiting.
///
/// # Errors
/// If another run has it, or the folder cannot be written.
pub fn acquire(state: &Path) -> Result<Lock, LockError> {
    let path = state.join("lock");
    let failed = |source| LockError::Io { path: path.clone(), source };
    fs::create_dir_all(state).map_err(failed)?;
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(LockError::Held { path }),
        Err(TryLockError::Error(source)) => Err(LockError::Io { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_run_is_told_and_the_third_gets_in() {
        let dir = tempfile::tempdir().expect("a folder");
        let first = acquire(&dir.path().join(".seac")).expect("free");
        assert!(matches!(acquire(&dir.path().join(".seac")), Err(LockError::Held { .. })));
        drop(first);
        acquire(&dir.path().join(".seac")).expect("free again");
    }
}
