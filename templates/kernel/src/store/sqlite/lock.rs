//! A data directory belongs to one node at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::store::StoreError;

/// Held while the node runs; the operating system lets go of it even when the process is killed.
pub(super) struct DirLock(#[allow(dead_code, reason = "held, not read")] File);

impl DirLock {
    pub(super) fn acquire(data_dir: &Path) -> Result<Self, StoreError> {
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
