//! Specs in: which files belong to a workspace, read once, in one order.

use crate::digest::sha256;
use crate::discover::{SPECS, Workspace};
use crate::{disk, history, package, report};
use rayon::prelude::*;
use seac_syntax::{Diagnostic, Sources};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The largest spec that is read.
pub const MAX_FILE_BYTES: u64 = 8 << 20;
/// The most bytes of specs that are read.
pub const MAX_TOTAL_BYTES: u64 = 256 << 20;

/// Why a workspace could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// No folder upwards contains `specs/`.
    #[error("no `specs` folder in {start} or in any folder above it")]
    NoSpecs {
        /// Where the search began.
        start: PathBuf,
    },
    /// The folder given as root has no `specs/`.
    #[error("{root} has no `specs` folder")]
    NotARoot {
        /// The folder.
        root: PathBuf,
    },
    /// The file system failed.
    #[error("cannot read {path}")]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Texts read from disk, and what was wrong with the files themselves.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// Specs, notes and the packages they use, sorted by path.
    pub sources: Sources,
    /// The SHA-256 of each of them.
    pub digests: Vec<String>,
    /// Files that could not be taken. With an error among them the sources are not complete enough to analyse.
    pub findings: Vec<Refusal>,
    /// Texts in the place of templates, with their paths, sorted.
    pub templates: Vec<(String, String)>,
}

/// A file that belongs to the specs by its place but cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Path relative to the root.
    pub path: String,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with a spec file before a word of it is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// No `specs/<context>/<context>.sds.yaml` or `.sea` anywhere.
    NoSpecs,
    /// Not UTF-8; the text up to the first wrong byte.
    Encoding {
        /// What could be read.
        valid: String,
    },
    /// The name is not UTF-8.
    Name,
    /// Larger than is read.
    TooLarge {
        /// Its size in bytes.
        bytes: u64,
        /// The limit that is passed.
        limit: u64,
    },
    /// A symlink to something outside the root, or to nothing.
    Symlink,
    /// Looks like a spec and is not read because of its name or place.
    Ignored {
        /// Where a spec would have to stand.
        expected: String,
    },
}

/// Reads the specs of a workspace and adds the packages they use.
///
/// # Errors
/// If the file system fails; files that a user has to mend are [`Refusal`]s.
pub fn load(workspace: &Workspace) -> Result<Loaded, LoadError> {
    let mut reader = Reader { root: &workspace.root, texts: Vec::new(), refused: Vec::new(), total: 0 };
    reader.specs()?;
    let Reader { mut texts, mut refused, .. } = reader;
    if texts.is_empty() && refused.is_empty() {
        refused.push(Refusal { path: SPECS.into(), problem: Problem::NoSpecs });
    }
    texts.extend(package::used_by(&texts));
    texts.extend(imported(&texts));
    texts.sort();
    let digests = texts.par_iter().map(|(_, text)| sha256(text.as_bytes())).collect();
    let mut sources = Sources::default();
    for (path, text) in texts {
        sources.add(path, text);
    }
    let mut reader = Reader { root: &workspace.root, texts: Vec::new(), refused, total: 0 };
    if let Some(folder) = workspace.config.templates.as_deref() {
        let path = workspace.root.join(folder);
        match disk::is_outside(&workspace.root, &path) {
            true => reader.refuse(folder.into(), Problem::Symlink),
            false if path.is_dir() => reader.templates(folder)?,
            false => {}
        }
    }
    let Reader { texts: mut templates, refused: findings, .. } = reader;
    templates.sort();
    Ok(Loaded { sources, digests, findings, templates })
}

/// The built-in modules that some model imports.
fn imported(texts: &[(String, String)]) -> Vec<(String, String)> {
    let models = || texts.iter().filter(|(path, _)| path.ends_with(".sea"));
    let specifiers = ["std:core", "std:http", "std:aws", "std"];
    let used = specifiers.iter().filter(|name| models().any(|(_, text)| text.contains(&format!("\"{name}\""))));
    let mut modules: Vec<_> =
        used.filter_map(|name| seac_analysis::sea::builtin(name)).map(|(path, text)| (path, text.to_owned())).collect();
    modules.dedup();
    modules
}

impl Loaded {
    /// Whether every spec could be read.
    pub fn is_whole(&self) -> bool {
        self.findings.iter().all(|refusal| matches!(refusal.problem, Problem::Ignored { .. }))
    }

    /// The findings as diagnostics; what could be read of the refused files is added to the sources.
    pub fn report(&mut self) -> Vec<Diagnostic> {
        self.findings.iter().map(|refusal| report::refusal(&mut self.sources, refusal)).collect()
    }
}

struct Reader<'a> {
    root: &'a Path,
    texts: Vec<(String, String)>,
    refused: Vec<Refusal>,
    total: u64,
}

impl Reader<'_> {
    fn specs(&mut self) -> Result<(), LoadError> {
        for name in self.names(SPECS)? {
            let path = format!("{SPECS}/{name}");
            match self.kind(&path)? {
                Some(Kind::Folder) => self.context(&path, &name)?,
                Some(Kind::File) => {
                    if let Some(stem) = name.strip_suffix(".sds.yaml").or_else(|| name.strip_suffix(".sea")) {
                        self.refuse(path, Problem::Ignored { expected: format!("{SPECS}/{stem}/{name}") });
                    }
                }
                None => {}
            }
        }
        Ok(())
    }

    fn templates(&mut self, folder: &str) -> Result<(), LoadError> {
        for name in self.names(folder)? {
            let path = format!("{folder}/{name}");
            match self.kind(&path)? {
                Some(Kind::Folder) => self.templates(&path)?,
                Some(Kind::File) => self.file(path)?,
                None => {}
            }
        }
        Ok(())
    }

    fn context(&mut self, folder: &str, context: &str) -> Result<(), LoadError> {
        for name in self.names(folder)? {
            let path = format!("{folder}/{name}");
            if name.ends_with(".sds.yaml") || name.ends_with(".sea") || name == format!("{context}{}", history::SUFFIX)
            {
                self.file(path)?;
            } else if name.ends_with(".sds.yml") || name == "sds.yaml" || name == format!("{context}.yaml") {
                self.refuse(path, Problem::Ignored { expected: format!("{folder}/{context}.sds.yaml") });
            } else if matches!(name.as_str(), "adr" | "prd") && self.kind(&path)? == Some(Kind::Folder) {
                for note in self.names(&path)?.into_iter().filter(|note| note.ends_with(".md")) {
                    self.file(format!("{path}/{note}"))?;
                }
            }
        }
        Ok(())
    }

    /// The names in a folder, sorted; hidden ones are left out.
    fn names(&mut self, folder: &str) -> Result<Vec<String>, LoadError> {
        let path = self.root.join(folder);
        let failed = |source| LoadError::Read { path: path.clone(), source };
        let mut names = Vec::new();
        for entry in fs::read_dir(&path).map_err(failed)? {
            match entry.map_err(failed)?.file_name().into_string() {
                Ok(name) if name.starts_with('.') => {}
                Ok(name) => names.push(name),
                Err(name) => self.refuse(format!("{folder}/{}", name.to_string_lossy()), Problem::Name),
            }
        }
        names.sort();
        Ok(names)
    }

    /// What stands at `path`, symlinks followed; a link that leaves the root is refused.
    fn kind(&mut self, path: &str) -> Result<Option<Kind>, LoadError> {
        let full = self.root.join(path);
        let failed = |source| LoadError::Read { path: full.clone(), source };
        let mut metadata = fs::symlink_metadata(&full).map_err(failed)?;
        if metadata.is_symlink() {
            match full.canonicalize() {
                Ok(target) if target.starts_with(self.root) => metadata = fs::metadata(&full).map_err(failed)?,
                _ => {
                    self.refuse(path.into(), Problem::Symlink);
                    return Ok(None);
                }
            }
        }
        Ok(if metadata.is_dir() {
            Some(Kind::Folder)
        } else if metadata.is_file() {
            Some(Kind::File)
        } else {
            None
        })
    }

    fn file(&mut self, path: String) -> Result<(), LoadError> {
        if self.kind(&path)? != Some(Kind::File) {
            return Ok(());
        }
        let full = self.root.join(&path);
        let failed = |source| LoadError::Read { path: full.clone(), source };
        let bytes = fs::metadata(&full).map_err(failed)?.len();
        self.total += bytes;
        for (bytes, limit) in [(bytes, MAX_FILE_BYTES), (self.total, MAX_TOTAL_BYTES)] {
            if bytes > limit {
                self.refuse(path, Problem::TooLarge { bytes, limit });
                return Ok(());
            }
        }
        match String::from_utf8(fs::read(&full).map_err(failed)?) {
            Ok(text) => self.texts.push((path, text)),
            Err(error) => {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let valid = String::from_utf8_lossy(valid).into_owned();
                self.refuse(path, Problem::Encoding { valid });
            }
        }
        Ok(())
    }

    fn refuse(&mut self, path: String, problem: Problem) {
        self.refused.push(Refusal { path, problem });
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Workspace) {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir(dir.path().join(SPECS)).expect("specs");
        for (path, bytes) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(path, bytes).expect("a file");
        }
        let workspace = Workspace::at(dir.path()).expect("a workspace");
        (dir, workspace)
    }

    fn paths(loaded: &Loaded) -> Vec<&str> {
        loaded.sources.iter().map(|(_, file)| &*file.path).collect()
    }

    #[test]
    fn specs_and_notes_are_read_in_order_and_nothing_else() {
        let (_dir, workspace) = workspace(&[
            ("specs/b/b.sea", b"x"),
            ("specs/a/prd/two.md", b"x"),
            ("specs/a/adr/one.md", b"x"),
            ("specs/a/adr/one.txt", b"x"),
            ("specs/a/a.sds.yaml", b"x"),
            ("specs/a/a.lock.json", b"{}"),
            ("specs/a/b.lock.json", b"{}"),
            ("specs/a/.a.sea", b"x"),
            ("README.md", b"x"),
        ]);
        let loaded = load(&workspace).expect("loaded");
        let expected =
            ["specs/a/a.lock.json", "specs/a/a.sds.yaml", "specs/a/adr/one.md", "specs/a/prd/two.md", "specs/b/b.sea"];
        assert_eq!(paths(&loaded), expected);
        assert_eq!(loaded.findings, []);
    }

    #[test]
    fn files_that_cannot_be_used_are_named_with_the_reason() {
        let (_dir, workspace) = workspace(&[
            ("specs/a/a.sea", b"ab\xffc"),
            ("specs/a/a.sds.yml", b"x"),
            ("specs/c.sea", b"x"),
            ("specs/b/b.sea", &vec![b' '; 1 + (8 << 20)]),
        ]);
        let loaded = load(&workspace).expect("loaded");
        let mut found = loaded.findings.iter().map(|r| (r.path.as_str(), &r.problem)).collect::<Vec<_>>();
        found.sort_by_key(|(path, _)| *path);
        let ignored = |expected: &str| Problem::Ignored { expected: expected.into() };
        assert_eq!(
            found,
            [
                ("specs/a/a.sds.yml", &ignored("specs/a/a.sds.yaml")),
                ("specs/a/a.sea", &Problem::Encoding { valid: "ab".into() }),
                ("specs/b/b.sea", &Problem::TooLarge { bytes: (8 << 20) + 1, limit: MAX_FILE_BYTES }),
                ("specs/c.sea", &ignored("specs/c/c.sea")),
            ]
        );
    }

    #[test]
    fn an_empty_specs_folder_is_reported() {
        let (_dir, workspace) = workspace(&[]);
        let found = load(&workspace).expect("loaded").findings;
        assert_eq!(found, [Refusal { path: "specs".into(), problem: Problem::NoSpecs }]);
    }

    #[cfg(unix)]
    #[test]
    fn symlinks_may_not_leave_the_root() {
        use std::os::unix::fs::symlink;
        let outside = tempfile::tempdir().expect("a folder");
        fs::write(outside.path().join("x.sea"), "x").expect("a file");
        let (dir, workspace) = workspace(&[("specs/a/a.sea", b"x"), ("shared/s.sea", b"x")]);
        let specs = dir.path().join(SPECS);
        symlink(outside.path(), specs.join("b")).expect("a link");
        symlink(outside.path().join("x.sea"), specs.join("a/x.sea")).expect("a link");
        symlink("../../shared/s.sea", specs.join("a/s.sea")).expect("a link");
        let loaded = load(&workspace).expect("loaded");
        assert_eq!(paths(&loaded), ["specs/a/a.sea", "specs/a/s.sea"]);
        let refused = loaded.findings.iter().map(|r| (r.path.as_str(), &r.problem)).collect::<Vec<_>>();
        assert_eq!(refused, [("specs/a/x.sea", &Problem::Symlink), ("specs/b", &Problem::Symlink)]);
    }
}
