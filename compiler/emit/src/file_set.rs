//! The result of emission: files in memory, each with the story of where it came from.

use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who owns a file once it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Zone {
    /// The compiler: replaced on every run, never edited by hand.
    Gen,
    /// The user: scaffolded once, never touched again.
    Ext,
}

/// A spec line that a file was made from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The spec, relative to the workspace root.
    pub file: Arc<str>,
    /// The first line of the spec node, from 1.
    pub line: u32,
}

/// Lines of a file, and the spec node they were made from. Regions nest: the innermost tells most.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Region {
    /// First line, from 1.
    pub start: u32,
    /// Last line.
    pub end: u32,
    /// Where it comes from.
    pub origin: Origin,
}

/// One file to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// Its content.
    pub bytes: Arc<[u8]>,
    /// Whose it is.
    pub zone: Zone,
    /// The template or emitter module that made it, e.g. `kernel/src/ledger.rs` or `emit::rust::types`.
    pub template: String,
    /// The spec nodes it was made from, sorted, without repetition.
    pub origins: Vec<Origin>,
    /// Which lines were made from which of them, sorted; files that are made as one have none.
    pub regions: Vec<Region>,
}

/// Files by path. A path is relative to the output folder, with `/` between the parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSet {
    files: BTreeMap<String, OutputFile>,
}

/// Two producers of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// The path both want.
    pub path: String,
    /// The templates that made it, first and second.
    pub templates: [String; 2],
}

impl FileSet {
    /// Adds a file.
    ///
    /// # Errors
    /// If the path is taken; the first file stays.
    pub fn insert(&mut self, path: impl Into<String>, file: OutputFile) -> Result<(), Clash> {
        let path = path.into();
        if let Some(first) = self.files.get(&path) {
            return Err(Clash { path, templates: [first.template.clone(), file.template] });
        }
        self.files.insert(path, file);
        Ok(())
    }

    /// The file at `path`.
    pub fn get(&self, path: &str) -> Option<&OutputFile> {
        self.files.get(path)
    }

    /// All files, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &OutputFile)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}
