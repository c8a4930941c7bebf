//! A data directory belongs to one node at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use super::StoreError;

/// Held while the node runs; the operating system lets go of it even when the process is killed.
pub(crate) struct DirLock(#[allow(dead_code, reason = "held, not read")] File);

impl DirLock {
    /// Makes the directory if there is none.
    pub(crate) fn acquire(data_dir: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(data_dir).map_err(|e| StoreError::Io(format!("{}: {e}", data_dir.display())))?;
        let path = data_dir.join("cell.lock");
        let io = |e: std::io::Error| StoreError::Io(format!("{}: {e}", path.display()));
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: path.display().to_string() }),
            Err(TryLockError::Error(e)) => Err(io(e)),
        }
    }
}
