//! What a compiler generates into itself: tables beside the code that uses them, checked in, replaced as a whole.
//!
//! Unlike the output folder these files have no manifest: whoever builds the compiler has them in version control.

use crate::load::LoadError;
use crate::{Workspace, disk};
use seac_emit::FileSet;
use std::collections::BTreeSet;
use std::path::Path;
use std::{fs, io};

/// Paths relative to the root that are not as the specs ask, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// Missing, or with another content.
    pub stale: Vec<String>,
    /// In a `gen` folder and no longer asked for.
    pub left_over: Vec<String>,
}

impl Drift {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.stale.is_empty() && self.left_over.is_empty()
    }
}

/// Compares what is asked for with what is there.
///
/// # Errors
/// If the file system fails.
pub fn compare(workspace: &Workspace, files: &FileSet) -> Result<Drift, LoadError> {
    let mut drift = Drift::default();
    let mut folders: BTreeSet<&str> = BTreeSet::new();
    for (path, file) in files.iter() {
        let full = workspace.root.join(path);
        if !full.is_file() || *disk::read(&full)? != *file.bytes {
            drift.stale.push(path.to_owned());
        }
        folders.extend(path.rsplit_once('/').map(|(folder, _)| folder).filter(|folder| folder.ends_with("/gen")));
    }
    for folder in folders {
        let names = names(&workspace.root.join(folder))?;
        let paths = names.into_iter().map(|name| format!("{folder}/{name}"));
        drift.left_over.extend(paths.filter(|path| files.get(path).is_none()));
    }
    drift.left_over.sort();
    Ok(drift)
}

fn names(folder: &Path) -> Result<Vec<String>, LoadError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let failed = |source| LoadError::Read { path: folder.to_path_buf(), source };
    let entries: Result<Vec<_>, io::Error> = fs::read_dir(folder).map_err(failed)?.collect();
    Ok(entries.map_err(failed)?.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

/// Makes everything as the specs ask.
///
/// # Errors
/// If the file system fails.
pub fn write(workspace: &Workspace, files: &FileSet, drift: &Drift) -> io::Result<()> {
    for path in &drift.stale {
        let full = workspace.root.join(path);
        fs::create_dir_all(full.parent().unwrap_or(&workspace.root))?;
        fs::write(full, files.get(path).map(|file| &*file.bytes).unwrap_or_default())?;
    }
    drift.left_over.iter().try_for_each(|path| fs::remove_file(workspace.root.join(path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use seac_emit::{OutputFile, Zone};

    #[test]
    fn what_differs_is_written_and_what_is_left_over_goes() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(dir.path().join("specs")).expect("specs");
        let workspace = Workspace::at(dir.path()).expect("a workspace");
        let mut files = FileSet::default();
        for path in ["a/src/gen/x.rs", "docs/y.md"] {
            let (bytes, template) = (b"new".to_vec(), String::new());
            let file =
                OutputFile { bytes: bytes.into(), zone: Zone::Gen, template, origins: Vec::new(), regions: Vec::new() };
            files.insert(path, file).expect("free");
        }
        let drift = compare(&workspace, &files).expect("compared");
        assert_eq!(drift.stale, ["a/src/gen/x.rs", "docs/y.md"]);
        write(&workspace, &files, &drift).expect("written");
        assert!(compare(&workspace, &files).expect("compared").is_empty());
        fs::write(dir.path().join("a/src/gen/old.rs"), "").expect("written");
        fs::write(dir.path().join("docs/mine.md"), "").expect("written");
        fs::write(dir.path().join("docs/y.md"), "edited").expect("written");
        let drift = compare(&workspace, &files).expect("compared");
        assert_eq!(
            (drift.stale.as_slice(), drift.left_over.as_slice()),
            (&["docs/y.md".to_owned()][..], &["a/src/gen/old.rs".to_owned()][..])
        );
        write(&workspace, &files, &drift).expect("written");
        assert!(compare(&workspace, &files).expect("compared").is_empty() && dir.path().join("docs/mine.md").is_file());
    }
}
