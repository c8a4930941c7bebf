//! Modules that are at hand already: the texts of a run, found by their paths.

use super::modules::{ModuleError, Modules, builtin};
use seac_syntax::{FileId, Sources};

/// Texts of a run that grows: built-in modules are added when they are first imported.
#[derive(Debug, Default)]
pub struct Memory {
    /// The texts.
    pub sources: Sources,
}

impl Modules for Memory {
    fn load(&mut self, from: FileId, specifier: &str) -> Result<Vec<FileId>, ModuleError> {
        if let Some((path, text)) = builtin(specifier)
            && find(&self.sources, &path).is_none()
        {
            self.sources.add(path, text);
        }
        lookup(&self.sources, from, specifier)
    }

    fn sources(&self) -> &Sources {
        &self.sources
    }

    fn namespace(&self, _file: FileId) -> Option<String> {
        None
    }
}

/// Texts of a run that is complete.
#[derive(Debug)]
pub struct Given<'s>(pub &'s Sources);

impl Modules for Given<'_> {
    fn load(&mut self, from: FileId, specifier: &str) -> Result<Vec<FileId>, ModuleError> {
        lookup(self.0, from, specifier)
    }

    fn sources(&self) -> &Sources {
        self.0
    }

    fn namespace(&self, _file: FileId) -> Option<String> {
        None
    }
}

fn lookup(sources: &Sources, from: FileId, specifier: &str) -> Result<Vec<FileId>, ModuleError> {
    let path = match builtin(specifier) {
        Some((path, _)) => path,
        None if specifier.starts_with("./") || specifier.starts_with("../") => {
            let path = relative(&sources.get(from).path, specifier);
            path.ok_or_else(|| ModuleError::Outside("the root".to_owned()))?
        }
        None => return Err(ModuleError::NotFound("not in the registry".to_owned())),
    };
    find(sources, &path).map(|file| vec![file]).ok_or_else(|| ModuleError::NotFound(format!("no file {path}")))
}

fn find(sources: &Sources, path: &str) -> Option<FileId> {
    sources.iter().find(|(_, file)| *file.path == *path).map(|(id, _)| id)
}

/// The path that `specifier` means in the file `from`; none if it leads out of the root.
pub fn relative(from: &str, specifier: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in specifier.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}
