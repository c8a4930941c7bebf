//! What is on this machine: the data directory, room on its disk, files that hold secrets.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::config::{Config, Secret};
use crate::secret_file;
use crate::types::Uuid;

/// How much has to fit on the disk, in bytes: far more than the largest transaction.
const ROOM: usize = 16 << 20;

/// The directory is there, and nobody else can change what is in it.
pub(super) fn rights(data_dir: &Path) -> Result<String, String> {
    let named = |reason: String| format!("{}: {reason}", data_dir.display());
    let metadata = fs::metadata(data_dir).map_err(|e| named(e.to_string()))?;
    if !metadata.is_dir() {
        return Err(named("this is no directory".to_owned()));
    }
    if others_can_write(&metadata) {
        return Err(named("other users can write here: take the right from them (chmod go-w)".to_owned()));
    }
    Ok(data_dir.display().to_string())
}

#[cfg(unix)]
fn others_can_write(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o022 != 0
}

#[cfg(not(unix))]
fn others_can_write(_: &fs::Metadata) -> bool {
    false
}

/// Writes a file of that size and removes it: quotas and rights count as well as the disk.
pub(super) fn room(data_dir: &Path) -> Result<String, String> {
    let path = data_dir.join(format!("doctor.{}", Uuid::new_v4()));
    let written = File::options().write(true).create_new(true).open(&path).and_then(|mut file| {
        let zeros = vec![0; 1 << 16];
        (0..ROOM / zeros.len()).try_for_each(|_| file.write_all(&zeros))?;
        file.sync_all()
    });
    let removed = if path.exists() { fs::remove_file(&path) } else { Ok(()) };
    match written.and(removed) {
        Ok(()) => Ok(format!("{} MiB can be written", ROOM >> 20)),
        Err(error) => Err(format!("{} MiB cannot be written: {error}", ROOM >> 20)),
    }
}

/// Every secret is where the configuration says, and for nobody to read who should not. Files that a cell makes for itself are
/// for their owner only.
pub(super) fn secrets(config: &Config) -> Result<String, String> {
    let own = own_files(&config.data_dir);
    let named = config.secrets();
    let made = own.iter().filter_map(|path| secret_file::read(path).err().map(|error| error.to_string()));
    let wrong: Vec<String> = made.chain(named.iter().filter_map(|(key, secret)| given(key, secret).err())).collect();
    match wrong.is_empty() {
        true => Ok(format!("{} of the cell's own, {} named by the configuration", own.len(), named.len())),
        false => Err(wrong.join("; ")),
    }
}

/// The keys in the data directory.
fn own_files(data_dir: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(data_dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let key = |path: &PathBuf| path.to_str().is_some_and(|it| it.ends_with(".key") || it.ends_with(".key.next"));
    let mut files: Vec<PathBuf> = files.filter(key).collect();
    files.sort();
    files
}

/// What somebody else has put there may be for a group as well: that is how secrets of services are handed out.
fn given(key: &str, secret: &Secret) -> Result<(), String> {
    if let Secret::File(path) = secret
        && fs::metadata(path).is_ok_and(|metadata| everybody_can_read(&metadata))
    {
        return Err(format!("{key}: everybody can read {} (chmod o=)", path.display()));
    }
    secret.text().map(drop).map_err(|error| format!("{key}: {error}"))
}

#[cfg(unix)]
fn everybody_can_read(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o007 != 0
}

#[cfg(not(unix))]
fn everybody_can_read(_: &fs::Metadata) -> bool {
    false
}
