//! Which contexts a run is about.

use std::collections::BTreeSet;

/// Everything that the model asks for, or the files of some contexts alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection(Option<BTreeSet<String>>);

impl Selection {
    /// The files of these contexts, and nothing that contexts share.
    pub fn of(contexts: impl IntoIterator<Item = String>) -> Self {
        Self(Some(contexts.into_iter().collect()))
    }

    /// Whether nothing is left out.
    pub fn is_whole(&self) -> bool {
        self.0.is_none()
    }

    /// Whether a context is asked for.
    pub fn has_context(&self, slug: &str) -> bool {
        self.0.as_ref().is_none_or(|contexts| contexts.contains(slug))
    }

    /// Whether the file at `path`, relative to the output folder, is asked for.
    pub fn has_path(&self, path: &str) -> bool {
        self.is_whole() || context_of(path).is_some_and(|slug| self.has_context(slug))
    }
}

/// The folder of a context in the output, if `path` is in one. Also true for files that are no longer generated, so that
/// a run over one context can remove what it has left behind.
fn context_of(path: &str) -> Option<&str> {
    let (folder, rest) = path.split_once('/')?;
    match folder {
        "crates" | "migrations" => rest.split_once('/').map(|(slug, _)| slug),
        "openapi" => rest.strip_suffix(".json"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_has_its_crate_its_migrations_and_its_interface() {
        let shop = Selection::of(["shop".to_owned()]);
        for path in ["crates/shop/src/gen/old.rs", "migrations/shop/sqlite/0001.sql", "openapi/shop.json"] {
            assert!(shop.has_path(path), "{path}");
        }
        for path in ["Cargo.lock", "crates/node/src/main.rs", "crates/shopping/Cargo.toml", "openapi/shop", "shop"] {
            assert!(!shop.has_path(path) && Selection::default().has_path(path), "{path}");
        }
    }
}
