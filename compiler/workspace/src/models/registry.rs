//! `.sea-registry.toml`: which files belong to which namespace.

use super::{REGISTRY, collect};
use crate::load::LoadError;
use seac_syntax::{Diagnostic, Sources, Span};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// What the file says.
#[derive(Clone, Debug, Deserialize)]
pub struct Registry {
    #[serde(default)]
    namespaces: Vec<Namespace>,
}

#[derive(Clone, Debug, Deserialize)]
struct Namespace {
    namespace: String,
    #[serde(default)]
    patterns: Vec<String>,
}

impl Registry {
    /// Reads the registry of a root, if it has one; a text that cannot be used is a finding.
    pub fn read(root: &Path, sources: &mut Sources, findings: &mut Vec<Diagnostic>) -> Result<Option<Self>, LoadError> {
        let path = root.join(REGISTRY);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(LoadError::Read { path, source }),
        };
        match toml::from_str(&text) {
            Ok(registry) => Ok(Some(registry)),
            Err(error) => {
                let range = error.span().unwrap_or(0..0);
                let id = sources.add(REGISTRY, text);
                findings.push(crate::report::registry(Span::new(id, range.start, range.end), error.message()));
                Ok(None)
            }
        }
    }

    /// The namespace of a file: the pattern with the longest literal beginning wins, then the first.
    pub fn namespace(&self, path: &str) -> Option<&str> {
        let mut best: Option<(usize, &str)> = None;
        for entry in &self.namespaces {
            for pattern in entry.patterns.iter().filter(|pattern| matches(pattern, path)) {
                let literal = pattern.find(['*', '?', '[']).unwrap_or(pattern.len());
                if best.is_none_or(|(known, _)| literal > known) {
                    best = Some((literal, &entry.namespace));
                }
            }
        }
        best.map(|(_, namespace)| namespace)
    }

    /// The files below `root` that belong to a namespace.
    pub fn files(&self, namespace: &str, root: &Path) -> Vec<PathBuf> {
        let mut files = Vec::new();
        if !self.namespaces.iter().any(|entry| entry.namespace == namespace) || collect(root, &mut files).is_err() {
            return Vec::new();
        }
        let belongs = |file: &PathBuf| {
            let shown = file.strip_prefix(root).unwrap_or(file);
            let parts: Vec<_> = shown.components().map(|part| part.as_os_str().to_string_lossy()).collect();
            self.namespace(&parts.join("/")) == Some(namespace)
        };
        files.retain(belongs);
        files
    }
}

/// Whether a path fits a pattern: `*` and `?` stay within a part of it, `**` is any number of parts.
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    fits(&pattern, &path, |part| *part == "**", |part, name| part_fits(part, name))
}

fn part_fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    fits(&pattern, &name, |letter| *letter == '*', |letter, other| *letter == '?' || letter == other)
}

/// Matches item by item; `any` items stand for any number of the other side's. Takes at most the product of the two
/// lengths.
fn fits<T>(pattern: &[T], items: &[T], any: impl Fn(&T) -> bool, one: impl Fn(&T, &T) -> bool) -> bool {
    // `reached[i]`: the pattern so far fits the first `i` items.
    let mut reached = vec![false; items.len() + 1];
    reached[0] = true;
    for part in pattern {
        if any(part) {
            for at in 1..reached.len() {
                reached[at] |= reached[at - 1];
            }
        } else {
            for at in (1..reached.len()).rev() {
                reached[at] = reached[at - 1] && one(part, &items[at - 1]);
            }
            reached[0] = false;
        }
    }
    reached[items.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_paths() {
        assert!(matches("finance/**/*.sea", "finance/a/b/c.sea"));
        assert!(matches("finance/**/*.sea", "finance/c.sea"));
        assert!(!matches("finance/*.sea", "finance/a/c.sea"));
        assert!(matches("m?.sea", "m1.sea") && !matches("m?.sea", "m12.sea"));
    }

    #[test]
    fn the_longest_literal_beginning_wins() {
        let text = "[[namespaces]]\nnamespace = \"a\"\npatterns = [\"x/**\"]\n\
                    [[namespaces]]\nnamespace = \"b\"\npatterns = [\"x/y/**\"]";
        let registry: Registry = toml::from_str(text).expect("a registry");
        assert_eq!(registry.namespace("x/1.sea"), Some("a"));
        assert_eq!(registry.namespace("x/y/1.sea"), Some("b"));
        assert_eq!(registry.namespace("z.sea"), None);
    }
}
