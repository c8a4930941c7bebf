//! Secrets that a cell makes for itself: one file each, readable by its owner only.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::types::Uuid;

/// Why a secret cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretFileError {
    /// Others can read it, so it is no secret.
    #[error("{} must be readable by its owner only (mode 0600)", .0.display())]
    Exposed(PathBuf),
    /// The file system failed.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
}

impl SecretFileError {
    fn io(path: &Path) -> impl Fn(std::io::Error) -> Self {
        move |error| Self::Io { path: path.to_owned(), error }
    }
}

/// The text of a secret, if there is one.
pub(crate) fn read(path: &Path) -> Result<Option<String>, SecretFileError> {
    match fs::metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(SecretFileError::io(path)(e)),
        Ok(metadata) => check_mode(path, &metadata)?,
    }
    let text = fs::read_to_string(path).map_err(SecretFileError::io(path))?;
    Ok(Some(text.trim_end().to_owned()))
}

/// Writes a secret unless there is one, and returns the one that is there then. It is written whole under another name and
/// then linked, so that two processes starting together agree.
pub(crate) fn read_or_create(path: &Path, text: &str) -> Result<String, SecretFileError> {
    let temporary = write_aside(path, text)?;
    let linked = match fs::hard_link(&temporary, path) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    };
    let _ = fs::remove_file(&temporary);
    linked.map_err(SecretFileError::io(path))?;
    sync_folder(path)?;
    read(path)?.ok_or_else(|| SecretFileError::io(path)(ErrorKind::NotFound.into()))
}

/// Writes a secret in the place of any that is there.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), SecretFileError> {
    let temporary = write_aside(path, text)?;
    fs::rename(&temporary, path).map_err(SecretFileError::io(path))?;
    sync_folder(path)
}

/// Removes a secret that has been replaced.
pub(crate) fn remove(path: &Path) -> Result<(), SecretFileError> {
    fs::remove_file(path).map_err(SecretFileError::io(path))
}

/// 32 random bytes: a hash over 488 bits from the system's generator.
pub(crate) fn seed() -> [u8; 32] {
    let bits: Vec<u8> = (0..4).flat_map(|_| Uuid::new_v4().into_bytes()).collect();
    *crate::canonical::Digest::of(&bits).as_bytes()
}

fn write_aside(path: &Path, text: &str) -> Result<PathBuf, SecretFileError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(SecretFileError::io(folder))?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", Uuid::new_v4()));
    let temporary = folder.join(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary).map_err(SecretFileError::io(&temporary))?;
    let written = file.write_all(format!("{text}\n").as_bytes()).and_then(|()| file.sync_all());
    written.map_err(SecretFileError::io(&temporary))?;
    Ok(temporary)
}

fn sync_folder(path: &Path) -> Result<(), SecretFileError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(SecretFileError::io(folder))
}

#[cfg(unix)]
fn check_mode(path: &Path, metadata: &fs::Metadata) -> Result<(), SecretFileError> {
    use std::os::unix::fs::PermissionsExt as _;
    if metadata.permissions().mode() & 0o077 == 0 { Ok(()) } else { Err(SecretFileError::Exposed(path.to_owned())) }
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: &fs::Metadata) -> Result<(), SecretFileError> {
    Ok(())
}
