//! Where the workspace is.

use crate::config::{self, Config};
use crate::load::LoadError;
use seac_syntax::{Diagnostic, Sources};
use std::path::{Path, PathBuf};

/// The folder whose children are the bounded contexts.
pub const SPECS: &str = "specs";

/// A workspace on disk: its root folder and what `seac.toml` says.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The folder that contains `specs/`, absolute, symlinks resolved.
    pub root: PathBuf,
    /// The settings; the defaults where `seac.toml` is absent or wrong.
    pub config: Config,
    /// The text of `seac.toml`, if there is one.
    pub config_text: Option<String>,
}

impl Workspace {
    /// The workspace `start` lies in: the nearest folder, going up from there, that contains `specs/`.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub fn open(start: &Path) -> Result<Self, LoadError> {
        let from = canonical(start)?;
        let root = from.ancestors().find(|folder| folder.join(SPECS).is_dir());
        let root = root.ok_or_else(|| LoadError::NoSpecs { start: from.clone() })?;
        Self::read(root.to_path_buf())
    }

    /// The workspace whose root is exactly `root`.
    ///
    /// # Errors
    /// If `specs/` is not in it, or it cannot be read.
    pub fn at(root: &Path) -> Result<Self, LoadError> {
        let root = canonical(root)?;
        if !root.join(SPECS).is_dir() {
            return Err(LoadError::NotARoot { root });
        }
        Self::read(root)
    }

    fn read(root: PathBuf) -> Result<Self, LoadError> {
        let config_text = config::read(&root)?;
        let (config, _) = config::parse(config_text.as_deref(), &mut Sources::default());
        Ok(Self { root, config, config_text })
    }

    /// What is wrong with `seac.toml`; its text is added to `sources`.
    pub fn config_findings(&self, sources: &mut Sources) -> Vec<Diagnostic> {
        config::parse(self.config_text.as_deref(), sources).1
    }

    /// The folder that `seac generate` fills.
    pub fn output(&self) -> PathBuf {
        self.root.join(&self.config.output)
    }

    /// The folder for locks, journals and data of local runs; never checked in.
    pub fn state(&self) -> PathBuf {
        self.root.join(".seac")
    }
}

fn canonical(path: &Path) -> Result<PathBuf, LoadError> {
    path.canonicalize().map_err(|source| LoadError::Read { path: path.to_path_buf(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_found_from_anywhere_below_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let deep = dir.path().join("specs/orders/adr");
        std::fs::create_dir_all(&deep).expect("folders");
        let root = dir.path().canonicalize().expect("a path");
        assert_eq!(Workspace::open(&deep).expect("a workspace").root, root);
        assert_eq!(Workspace::at(dir.path()).expect("a workspace").root, root);
    }

    #[test]
    fn a_folder_without_specs_is_no_root() {
        let dir = tempfile::tempdir().expect("a folder");
        assert!(matches!(Workspace::at(dir.path()), Err(LoadError::NotARoot { .. })));
        assert!(matches!(Workspace::at(&dir.path().join("nowhere")), Err(LoadError::Read { .. })));
    }
}
