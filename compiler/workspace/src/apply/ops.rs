//! The few things applying does to the file system, behind a trait so that tests can make each of them fail.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// From so many paths on, whole disks are asked to make durable what they hold: one request instead of thousands.
const MANY: usize = 32;

/// A step that failed: at which path, and what the system says.
pub type Failed = (PathBuf, io::Error);

/// Changes to the file system. Every method is one step that can fail.
pub trait Ops {
    /// Makes one folder; its parent exists.
    ///
    /// # Errors
    /// What the system says; likewise below.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Writes a new file, with the permissions of `like` if that exists.
    #[allow(missing_docs, clippy::missing_errors_doc)]
    fn write(&self, path: &Path, bytes: &[u8], like: &Path) -> io::Result<()>;
    /// A second name for a file.
    #[allow(clippy::missing_errors_doc)]
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Moves a file to its place, replacing what is there, as one step.
    #[allow(clippy::missing_errors_doc)]
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    #[allow(clippy::missing_errors_doc)]
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes an empty folder.
    #[allow(clippy::missing_errors_doc)]
    fn remove_dir(&self, path: &Path) -> io::Result<()>;
    /// Makes the bytes of files durable, and the names in folders.
    #[allow(clippy::missing_errors_doc)]
    fn sync(&self, paths: &[PathBuf]) -> Result<(), Failed>;
}

/// The real file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Real;

impl Ops for Real {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn write(&self, path: &Path, bytes: &[u8], like: &Path) -> io::Result<()> {
        let mut file = File::options().write(true).create_new(true).open(path)?;
        file.write_all(bytes)?;
        if let Ok(metadata) = fs::symlink_metadata(like)
            && metadata.is_file()
        {
            file.set_permissions(metadata.permissions())?;
        }
        Ok(())
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        // Some file systems have no hard links.
        fs::hard_link(from, to).or_else(|_| fs::copy(from, to).map(drop))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn sync(&self, paths: &[PathBuf]) -> Result<(), Failed> {
        if paths.len() >= MANY && sync_disks(paths).is_ok() {
            return Ok(());
        }
        paths.iter().try_for_each(|path| sync_one(path).map_err(|error| (path.clone(), error)))
    }
}

fn sync_one(path: &Path) -> io::Result<()> {
    match path.is_dir() {
        // Names in folders are durable by themselves elsewhere.
        true if cfg!(not(unix)) => Ok(()),
        true => File::open(path)?.sync_all(),
        false => File::options().write(true).open(path)?.sync_all(),
    }
}

/// Makes everything durable on all the disks that hold one of the paths.
#[cfg(target_os = "linux")]
fn sync_disks(paths: &[PathBuf]) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let mut disks = std::collections::BTreeSet::new();
    for path in paths {
        if disks.insert(fs::metadata(path)?.dev()) {
            rustix::fs::syncfs(File::open(path)?)?;
        }
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn sync_disks(_paths: &[PathBuf]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
