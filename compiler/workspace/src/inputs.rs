//! Files named on the command line: single files, folders, standard input. They need no workspace.

use crate::load::{LoadError, Problem, Refusal};
use crate::models::{STDIN, STDIN_SOURCE};
use crate::report;
use seac_syntax::{Diagnostic, FileId, Sources, sea};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// One text to work on.
#[derive(Clone, Debug)]
pub struct Input {
    /// Where it is written back to; `None` for standard input.
    pub path: Option<PathBuf>,
    /// Its id among the sources.
    pub file: FileId,
}

/// The texts that were asked for.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Their texts, with paths as they were given.
    pub sources: Sources,
    /// Those that could be read, in the order of the command line, the files of a folder sorted.
    pub files: Vec<Input>,
    /// Those that could not.
    pub refused: Vec<Diagnostic>,
}

/// One byte more than is read of any file would be refused by the parser as well.
fn limit() -> u64 {
    sea::MAX_BYTES as u64
}

impl Inputs {
    /// Reads `paths` as well; `-` is standard input, a folder stands for all `.sea` files in it and below.
    ///
    /// # Errors
    /// If the file system fails, or there is no such file.
    pub fn and(mut self, paths: &[PathBuf]) -> Result<Self, LoadError> {
        let before = self.files.len();
        for path in paths {
            if path.as_os_str() == STDIN {
                let mut bytes = Vec::new();
                let failed = |source| LoadError::Read { path: STDIN.into(), source };
                io::stdin().lock().take(limit() + 1).read_to_end(&mut bytes).map_err(failed)?;
                self.add(None, STDIN_SOURCE, bytes);
            } else if path.is_dir() {
                let mut found = Vec::new();
                models_in(path, &mut found)?;
                found.iter().try_for_each(|path| self.open(path, before))?;
            } else {
                self.open(path, before)?;
            }
        }
        Ok(self)
    }

    /// Reads a file unless it is there from `before` on: a folder and a file in it may both be named.
    fn open(&mut self, path: &Path, before: usize) -> Result<(), LoadError> {
        if self.files[before..].iter().any(|input| input.path.as_deref() == Some(path)) {
            return Ok(());
        }
        let failed = |source| LoadError::Read { path: path.to_path_buf(), source };
        let mut bytes = Vec::new();
        fs::File::open(path).map_err(failed)?.take(limit() + 1).read_to_end(&mut bytes).map_err(failed)?;
        self.add(Some(path.to_path_buf()), &path.to_string_lossy(), bytes);
        Ok(())
    }

    fn add(&mut self, path: Option<PathBuf>, name: &str, bytes: Vec<u8>) {
        let size = bytes.len() as u64;
        let problem = match String::from_utf8(bytes) {
            _ if size > limit() => Problem::TooLarge { bytes: size, limit: limit() },
            Ok(text) => {
                let file = self.sources.add(name, text);
                return self.files.push(Input { path, file });
            }
            Err(error) => {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                Problem::Encoding { valid: String::from_utf8_lossy(valid).into_owned() }
            }
        };
        let refusal = Refusal { path: name.to_owned(), problem };
        self.refused.push(report::refusal(&mut self.sources, &refusal));
    }
}

/// The bytes of a file, which need not be a text; none of standard input and of folders. One byte more than the limit is
/// read at most.
///
/// # Errors
/// If the file system fails, or there is no such file.
pub fn bytes(path: &Path) -> Result<Option<Vec<u8>>, LoadError> {
    if path.as_os_str() == STDIN || path.is_dir() {
        return Ok(None);
    }
    let failed = |source| LoadError::Read { path: path.to_path_buf(), source };
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(failed)?.take(limit() + 1).read_to_end(&mut bytes).map_err(failed)?;
    Ok(Some(bytes))
}

/// Hidden folders, links and build output (marked by `CACHEDIR.TAG`) are passed by.
fn models_in(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), LoadError> {
    let failed = |source| LoadError::Read { path: folder.to_path_buf(), source };
    let mut entries = fs::read_dir(folder).map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type().map_err(failed)?;
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if kind.is_dir() && !hidden && !path.join("CACHEDIR.TAG").exists() {
            models_in(&path, found)?;
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "sea") {
            found.push(path);
        }
    }
    Ok(())
}

/// Replaces the text of a file as a whole: whoever reads it sees the old text or the new one. Its permissions stay; a
/// link stays a link.
///
/// # Errors
/// If the file system fails.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let target = path.canonicalize()?;
    let mut name = target.file_name().unwrap_or_default().to_os_string();
    name.push(".seac-new");
    let staged = target.with_file_name(name);
    let written = stage(&staged, &target, text).and_then(|()| fs::rename(&staged, &target));
    if written.is_err() {
        let _ = fs::remove_file(&staged);
    }
    written
}

fn stage(staged: &Path, target: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(staged)?;
    file.write_all(text.as_bytes())?;
    file.set_permissions(fs::metadata(target)?.permissions())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_read_in_order_and_files_once() {
        let dir = tempfile::tempdir().expect("a folder");
        for path in ["b/x.sea", "a/y.sea", "a/.hidden/z.sea", "a/notes.md", "a.sea"] {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(path, "Entity \"A\"").expect("a file");
        }
        fs::write(dir.path().join("b/latin.sea"), b"\xe4").expect("a file");
        let inputs = Inputs::default().and(&[dir.path().to_path_buf(), dir.path().join("a.sea")]).expect("readable");
        let paths = inputs.files.iter().filter_map(|input| input.path.as_ref());
        let names: Vec<_> = paths.map(|path| path.strip_prefix(dir.path()).expect("inside")).collect();
        assert_eq!(names, ["a/y.sea", "a.sea", "b/x.sea"].map(Path::new));
        assert_eq!(inputs.refused.len(), 1);
        assert!(Inputs::default().and(&[dir.path().join("nowhere.sea")]).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_replaced_whole_and_keeps_its_permissions() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tempfile::tempdir().expect("a folder");
        let (file, link) = (dir.path().join("a.sea"), dir.path().join("link.sea"));
        fs::write(&file, "old").expect("a file");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("permissions");
        symlink("a.sea", &link).expect("a link");
        write(&link, "new").expect("written");
        assert_eq!(fs::read_to_string(&file).expect("a text"), "new");
        assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 2);
    }
}
