//! What stands in the output folder before anything is changed.

use crate::load::LoadError;
use crate::manifest::{self, Manifest};
use crate::path;
use rayon::prelude::*;
use seac_emit::{FileSet, OutputFile};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

/// The output folder as reconciliation needs to know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// What stands at the paths that are generated now or were the last time; nothing where nothing stands.
    pub entries: BTreeMap<String, OnDisk>,
    /// Every file below a folder named `gen`, whoever made it.
    pub in_gen: BTreeSet<String>,
    /// The bytes of the last run's manifest.
    pub manifest: Option<Vec<u8>>,
    /// Whether the output folder itself, by a symlink, lies outside the workspace.
    pub outside: bool,
}

/// What can stand at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnDisk {
    /// An ordinary file with these bytes.
    File(Arc<[u8]>),
    /// A folder.
    Folder,
    /// A symlink.
    Link,
    /// A socket, a pipe, a device.
    Special,
    /// Nothing, and nothing can: this file stands where a folder has to be.
    BehindFile(String),
    /// The way to it is a symlink that leaves the output folder.
    Outside(String),
}

impl OnDisk {
    /// What stands there, kept in memory once if it is as it shall be.
    fn shared_with(self, wanted: Option<&OutputFile>) -> Self {
        match (self, wanted) {
            (Self::File(bytes), Some(wanted)) if bytes == wanted.bytes => Self::File(wanted.bytes.clone()),
            (other, _) => other,
        }
    }
}

/// Reads what is in `output` at the paths of `files` and `old`, and lists what is in its `gen` folders.
///
/// # Errors
/// If the file system fails.
pub fn snapshot(output: &Path, files: &FileSet, old: Option<&Manifest>) -> Result<Disk, LoadError> {
    let mut disk = Disk { manifest: read_manifest(output)?, ..Disk::default() };
    let Some(root) = real(output)? else { return Ok(disk) };
    let before = old.into_iter().flat_map(|manifest| &manifest.outputs).map(|output| output.path.as_str());
    let paths: BTreeSet<&str> = files.iter().map(|(path, _)| path).chain(before).collect();
    let found: Result<Vec<_>, LoadError> = paths
        .into_par_iter()
        .filter(|path| path::confined(path).is_ok())
        .map(|path| {
            let found = look(&root, path)?.map(|found| found.shared_with(files.get(path)));
            Ok(found.map(|found| (path.to_string(), found)))
        })
        .collect();
    disk.entries = found?.into_iter().flatten().collect();
    list_gen(&root, "", &mut disk.in_gen)?;
    Ok(disk)
}

/// The bytes of the manifest in `output`, if there is one.
///
/// # Errors
/// If it is there and cannot be read.
pub fn read_manifest(output: &Path) -> Result<Option<Vec<u8>>, LoadError> {
    let path = output.join(manifest::FILE);
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if absent(&error) => Ok(None),
        Err(source) => Err(LoadError::Read { path, source }),
    }
}

/// The bytes of a file.
///
/// # Errors
/// If it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    fs::read(path).map_err(|source| LoadError::Read { path: path.to_path_buf(), source })
}

/// Whether `output`, as far as it exists, lies outside `root`.
pub fn is_outside(root: &Path, output: &Path) -> bool {
    let existing = output.ancestors().find(|path| fs::symlink_metadata(path).is_ok()).unwrap_or(root);
    !existing.canonicalize().is_ok_and(|real| real.starts_with(root))
}

pub(crate) fn real(output: &Path) -> Result<Option<PathBuf>, LoadError> {
    match output.canonicalize() {
        Ok(root) => Ok(Some(root)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(LoadError::Read { path: output.to_path_buf(), source }),
    }
}

fn absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

pub(crate) fn look(root: &Path, path: &str) -> Result<Option<OnDisk>, LoadError> {
    for (end, _) in path.match_indices('/') {
        let folder = root.join(&path[..end]);
        let Some(metadata) = lstat(&folder)? else { return Ok(None) };
        if metadata.is_symlink() && !folder.canonicalize().is_ok_and(|target| target.starts_with(root)) {
            return Ok(Some(OnDisk::Outside(path[..end].to_string())));
        }
        if !folder.is_dir() {
            return Ok(Some(OnDisk::BehindFile(path[..end].to_string())));
        }
    }
    let full = root.join(path);
    let Some(metadata) = lstat(&full)? else { return Ok(None) };
    Ok(Some(if metadata.is_symlink() {
        OnDisk::Link
    } else if metadata.is_dir() {
        OnDisk::Folder
    } else if metadata.is_file() {
        OnDisk::File(read(&full)?.into())
    } else {
        OnDisk::Special
    }))
}

fn lstat(path: &Path) -> Result<Option<fs::Metadata>, LoadError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if absent(&error) => Ok(None),
        Err(source) => Err(LoadError::Read { path: path.to_path_buf(), source }),
    }
}

/// Collects files below `gen` folders. Build output (marked by `CACHEDIR.TAG`), hidden folders and links are passed by.
pub(crate) fn list_gen(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) -> Result<(), LoadError> {
    let failed = |source| LoadError::Read { path: folder.to_path_buf(), source };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        let is_folder = entry.file_type().map_err(failed)?.is_dir();
        if !is_folder && path::in_gen(&path) && !ours(&name) {
            found.insert(path);
        } else if is_folder && !name.starts_with('.') && !entry.path().join("CACHEDIR.TAG").exists() {
            list_gen(&entry.path(), &path, found)?;
        }
    }
    Ok(())
}

/// Leftovers of a run that was killed; the next run removes them.
fn ours(name: &str) -> bool {
    name.ends_with(path::STAGED) || name.ends_with(path::BACKUP)
}

#[cfg(test)]
mod tests {
    use super::*;
    use seac_emit::{OutputFile, Zone};

    fn files(paths: &[&str]) -> FileSet {
        let mut files = FileSet::default();
        for path in paths {
            let file = OutputFile {
                bytes: [].into(),
                zone: Zone::Gen,
                template: String::new(),
                origins: vec![],
                regions: vec![],
            };
            files.insert(*path, file).expect("free");
        }
        files
    }

    #[test]
    fn it_sees_what_stands_at_the_paths_and_in_gen_folders_only() {
        let dir = tempfile::tempdir().expect("a folder");
        for path in ["a/gen/x.rs", "a/gen/deep/y.rs", "a/mine.rs", "target/debug/gen/z.rs", ".git/gen/z", "b/c/d"] {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(path, "text").expect("a file");
        }
        fs::write(dir.path().join("target/CACHEDIR.TAG"), "").expect("a file");
        let wanted = files(&["a/gen/x.rs", "a/mine.rs/x", "b/c", "../escape", "new/x"]);
        let disk = snapshot(dir.path(), &wanted, None).expect("readable");
        let entries: Vec<_> = disk.entries.into_iter().collect();
        assert_eq!(
            entries,
            [
                ("a/gen/x.rs".to_string(), OnDisk::File((*b"text").into())),
                ("a/mine.rs/x".to_string(), OnDisk::BehindFile("a/mine.rs".into())),
                ("b/c".to_string(), OnDisk::Folder),
            ]
        );
        assert_eq!(disk.in_gen, ["a/gen/deep/y.rs", "a/gen/x.rs"].map(String::from).into());
    }

    #[test]
    fn no_output_folder_is_an_empty_one() {
        let dir = tempfile::tempdir().expect("a folder");
        assert_eq!(snapshot(&dir.path().join("generated"), &files(&["a"]), None).expect("readable"), Disk::default());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_told_from_files_and_ways_out_are_found() {
        use std::os::unix::fs::symlink;
        let (dir, outside) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        fs::create_dir(dir.path().join("real")).expect("a folder");
        symlink(outside.path(), dir.path().join("out")).expect("a link");
        symlink("real", dir.path().join("in")).expect("a link");
        symlink("nowhere", dir.path().join("dangling")).expect("a link");
        let root = dir.path().canonicalize().expect("a path");
        assert!(is_outside(&root, &root.join("out/generated")) && is_outside(&root, &root.join("dangling")));
        assert!(!is_outside(&root, &root.join("in/generated")) && !is_outside(&root, &root.join("new/generated")));
        let wanted = files(&["out/x", "in/x", "dangling", "dangling/x"]);
        let disk = snapshot(dir.path(), &wanted, None).expect("readable");
        let entries: Vec<_> = disk.entries.iter().map(|(path, found)| (path.as_str(), found)).collect();
        let outside = |link: &str| OnDisk::Outside(link.into());
        assert_eq!(
            entries,
            [("dangling", &OnDisk::Link), ("dangling/x", &outside("dangling")), ("out/x", &outside("out"))]
        );
    }
}
