//! What becomes of projections on disk: files below one folder, written whole or not at all, and nothing outside of it.

use crate::path;
use seac_emit::FileSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Why files could not be written. None of them was then.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A file would leave the folder, or no file system could hold it under its name.
    #[error("{path} cannot be written: {reason}")]
    Path {
        /// The path below the folder.
        path: String,
        /// Why.
        reason: String,
    },
    /// The file system failed.
    #[error("cannot write {path}")]
    Io {
        /// What was to be written.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Writes `files` below `folder`, each as a whole. They are staged beside their places first: what fails then leaves
/// everything as it was. Other files of the folder are left alone.
///
/// # Errors
/// See [`WriteError`].
pub fn write(folder: &Path, files: &FileSet) -> Result<(), WriteError> {
    let paths: Vec<&str> = files.iter().map(|(path, _)| path).collect();
    for path in &paths {
        path::confined(path).map_err(|wrong| refused(path, wrong.to_string()))?;
    }
    if let Some((path, other)) = path::collisions(paths).first() {
        return Err(refused(path, format!("on some systems it is {other}")));
    }
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| WriteError::Io { path, source }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let root = folder.canonicalize().map_err(failed(folder))?;
    let mut staged = Staged(Vec::new());
    for (path, file) in files.iter() {
        let target = place(&root, path)?;
        staged.add(target, &file.bytes)?;
    }
    staged.put()
}

/// Writes one file, wherever it is.
///
/// # Errors
/// See [`WriteError`].
pub fn write_one(target: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let mut staged = Staged(Vec::new());
    // A link stays a link.
    let target = target.canonicalize().unwrap_or_else(|_| target.to_path_buf());
    staged.add(target, bytes)?;
    staged.put()
}

fn refused(path: &str, reason: String) -> WriteError {
    WriteError::Path { path: path.to_owned(), reason }
}

/// The place of a file, whose folder is there afterwards and inside of `root`, links resolved.
fn place(root: &Path, path: &str) -> Result<PathBuf, WriteError> {
    let target = root.join(path);
    let parent = target.parent().unwrap_or(root);
    let failed = |source| WriteError::Io { path: target.clone(), source };
    // The folders that are there are looked at before any is made, so that none is made elsewhere.
    let there = parent.ancestors().find(|folder| folder.exists()).unwrap_or(root);
    if !there.canonicalize().map_err(failed)?.starts_with(root) {
        return Err(refused(path, "a link leads out of the folder".to_owned()));
    }
    fs::create_dir_all(parent).map_err(failed)?;
    if fs::symlink_metadata(&target).is_ok_and(|found| !found.is_file()) {
        return Err(refused(path, "what stands there is no file".to_owned()));
    }
    Ok(target)
}

/// Files beside their places; those that were not put there are removed.
struct Staged(Vec<(PathBuf, PathBuf)>);

impl Staged {
    fn add(&mut self, target: PathBuf, bytes: &[u8]) -> Result<(), WriteError> {
        let mut name = target.file_name().unwrap_or_default().to_os_string();
        name.push(path::STAGED);
        let staged = target.with_file_name(name);
        let written = stage(&staged, &target, bytes);
        self.0.push((staged, target.clone()));
        written.map_err(|source| WriteError::Io { path: target, source })
    }

    fn put(mut self) -> Result<(), WriteError> {
        while let Some((staged, target)) = self.0.pop() {
            fs::rename(&staged, &target).map_err(|source| WriteError::Io { path: target, source })?;
        }
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        for (staged, _) in &self.0 {
            let _ = fs::remove_file(staged);
        }
    }
}

fn stage(staged: &Path, target: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    // What a killed run has left is in nobody's way.
    if fs::symlink_metadata(staged).is_ok() {
        fs::remove_file(staged)?;
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(staged)?;
    file.write_all(bytes)?;
    if let Ok(found) = fs::metadata(target) {
        file.set_permissions(found.permissions())?;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use seac_emit::{OutputFile, Zone};

    fn files(paths: &[&str]) -> FileSet {
        let mut files = FileSet::default();
        for path in paths {
            let bytes = path.as_bytes().into();
            let (template, origins, regions) = Default::default();
            files.insert(*path, OutputFile { bytes, zone: Zone::Gen, template, origins, regions }).expect("free");
        }
        files
    }

    #[test]
    fn files_are_written_below_the_folder_and_others_stay() {
        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("out");
        write(&out, &files(&["a.txt", "b/c.txt"])).expect("written");
        fs::write(out.join("mine"), "mine").expect("written");
        write(&out, &files(&["a.txt"])).expect("written");
        assert_eq!(fs::read_to_string(out.join("b/c.txt")).expect("there"), "b/c.txt");
        assert_eq!(fs::read_dir(&out).expect("a folder").count(), 3);
    }

    #[test]
    fn nothing_is_written_if_one_file_cannot_be() {
        let dir = tempfile::tempdir().expect("a folder");
        let out = dir.path().join("out");
        for wrong in ["../x", "/x", "a/../../x", "con.txt"] {
            assert!(matches!(write(&out, &files(&["a.txt", wrong])), Err(WriteError::Path { .. })), "{wrong}");
            assert!(!out.join("a.txt").exists());
        }
        fs::create_dir_all(out.join("b.txt")).expect("a folder");
        assert!(write(&out, &files(&["a.txt", "b.txt"])).is_err());
        assert_eq!(fs::read_dir(&out).expect("a folder").count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_is_not_followed() {
        let dir = tempfile::tempdir().expect("a folder");
        let (out, other) = (dir.path().join("out"), dir.path().join("other"));
        fs::create_dir_all(&out).expect("a folder");
        fs::create_dir_all(&other).expect("a folder");
        std::os::unix::fs::symlink(&other, out.join("b")).expect("a link");
        assert!(write(&out, &files(&["b/c.txt"])).is_err());
        assert_eq!(fs::read_dir(&other).expect("a folder").count(), 0);
    }
}
