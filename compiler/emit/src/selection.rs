//! Which contexts a run is about.

use std::collections::BTreeSet;

/// Everything that the model asks for, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// The files of these contexts, and nothing that contexts share.
    Only(BTreeSet<String>),
    /// Everything but the files of these contexts.
    AllBut(BTreeSet<String>),
}

impl Default for Selection {
    fn default() -> Self {
        Self::AllBut(BTreeSet::new())
    }
}

impl Selection {
    /// Whether nothing is left out.
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::AllBut(contexts) if contexts.is_empty())
    }

    /// Whether what contexts share is asked for.
    pub fn has_shared(&self) -> bool {
        matches!(self, Self::AllBut(_))
    }

    /// Whether a context is asked for.
    pub fn has_context(&self, slug: &str) -> bool {
        match self {
            Self::Only(contexts) => contexts.contains(slug),
            Self::AllBut(contexts) => !contexts.contains(slug),
        }
    }

    /// Whether the file at `path`, relative to the output folder, is asked for.
    pub fn has_path(&self, path: &str) -> bool {
        context_of(path).map_or(self.has_shared(), |slug| self.has_context(slug))
    }
}

/// The folder of a context in the output (the shared crates count as contexts that nobody names), if `path` is in one. Also true for files that are no longer generated, so that
/// a run over one context can remove what it has left behind.
fn context_of(path: &str) -> Option<&str> {
    let (folder, rest) = path.split_once('/')?;
    match folder {
        "crates" | "migrations" | "runbooks" => rest.split_once('/').map(|(slug, _)| slug),
        "docs" => rest.strip_prefix("access/")?.strip_suffix(".md"),
        "openapi" => rest.strip_suffix(".json"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_has_its_crate_its_migrations_and_its_interface() {
        let named = || BTreeSet::from(["shop".to_owned()]);
        let (shop, others) = (Selection::Only(named()), Selection::AllBut(named()));
        for path in [
            "crates/shop/src/gen/old.rs",
            "docs/access/shop.md",
            "migrations/shop/sqlite/0001.sql",
            "openapi/shop.json",
            "runbooks/shop/INV-1.md",
        ] {
            assert!(shop.has_path(path) && !others.has_path(path), "{path}");
        }
        for path in ["Cargo.lock", "crates/node/src/main.rs", "crates/shopping/Cargo.toml", "openapi/shop", "shop"] {
            assert!(!shop.has_path(path) && others.has_path(path) && Selection::default().has_path(path), "{path}");
        }
    }
}
