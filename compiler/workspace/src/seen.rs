//! Files that need not be read again, in a process that looks at the same output again and again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

/// Files that this process has read, with what the system said of them before: if it still says the same, they need not be
/// read again. A file that changed shortly before it was read is left out, since it could change again unnoticed within one
/// tick of the file system's clock.
#[derive(Debug, Default)]
pub struct Seen(Mutex<BTreeMap<PathBuf, (Stamp, String)>>);

/// What the system says of a file, as far as no program can turn it back.
/// Inode, size, and the time of the last change in seconds and nanoseconds.
type Stamp = (u64, u64, i64, i64);

/// How long a file must have been left alone, in seconds.
const SETTLED: i64 = 2;

impl Seen {
    /// Whether the file at `path` was read as bytes of this digest, and is as it was then.
    pub(crate) fn is_same(&self, path: &Path, sha256: &str) -> bool {
        // The system is asked before the lock is taken: files are looked at side by side.
        let (Some(stamp), Ok(seen)) = (stamp(path), self.0.lock()) else { return false };
        seen.get(path).is_some_and(|(then, read)| read == sha256 && *then == stamp)
    }

    /// Keeps that the file at `path` was just read as bytes of this digest.
    pub(crate) fn add(&self, path: PathBuf, sha256: &str) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|now| i64::try_from(now.as_secs()).ok());
        let (Some(stamp), Some(now), Ok(mut seen)) = (stamp(&path), now, self.0.lock()) else { return };
        if stamp.2 + SETTLED <= now {
            seen.insert(path, (stamp, sha256.to_owned()));
        }
    }
}

#[cfg(unix)]
fn stamp(path: &Path) -> Option<Stamp> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::symlink_metadata(path).ok()?;
    metadata.is_file().then(|| (metadata.ino(), metadata.len(), metadata.ctime(), metadata.ctime_nsec()))
}

/// Where nothing is known that cannot be turned back, files are read.
#[cfg(not(unix))]
fn stamp(_: &Path) -> Option<Stamp> {
    None
}
