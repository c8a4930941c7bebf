//! The few things applying does to the file system, behind a trait so that tests can make each of them fail.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Changes to the file system. Every method is one step that can fail.
pub trait Ops {
    /// Makes one folder; its parent exists.
    ///
    /// # Errors
    /// What the system says; likewise below.
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Writes a new file durably, with the permissions of `like` if that exists.
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
    /// Makes the names in a folder durable.
    #[allow(clippy::missing_errors_doc)]
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
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
        file.sync_all()
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

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }
}
