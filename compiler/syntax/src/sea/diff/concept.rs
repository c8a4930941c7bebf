//! Declarations taken apart.

use super::{Change, Class, Side};
use crate::sea::ast::{Declaration, ImportItems, SeaFile};
use crate::source::{Span, Spanned};
use crate::text::Text;
use std::collections::BTreeMap;

/// What a concept is recognised by on both sides.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Identity {
    pub kind: &'static str,
    pub name: String,
}

/// How much it weighs that something is added, removed or changed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub added: Class,
    pub removed: Class,
    pub changed: Class,
}

impl Rule {
    pub const fn new(added: Class, removed: Class, changed: Class) -> Self {
        Self { added, removed, changed }
    }

    /// The same whatever happens.
    pub const fn any(class: Class) -> Self {
        Self::new(class, class, class)
    }

    /// A new part harms nobody; without it, or with another one, what is built on it may not fit.
    pub const PART: Self = Self::new(Class::Additive, Class::Breaking, Class::Breaking);
    pub const BREAKING: Self = Self::any(Class::Breaking);
    pub const DEFINITIONAL: Self = Self::any(Class::Definitional);
    pub const GOVERNANCE: Self = Self::any(Class::GovernanceCritical);
    pub const DEPRECATING: Self = Self::any(Class::Deprecating);
}

/// A part of a concept.
#[derive(Clone, Debug)]
pub(super) struct Facet {
    pub text: String,
    pub span: Span,
    pub rule: Rule,
}

impl Facet {
    pub fn side(&self) -> Side {
        Side { text: self.text.clone(), span: self.span }
    }
}

/// A declaration, an import, or the header of a file.
#[derive(Clone, Debug)]
pub(super) struct Concept {
    pub identity: Identity,
    pub span: Span,
    /// For the whole.
    pub rule: Rule,
    /// By path: `field total type`, `expression`.
    pub facets: BTreeMap<String, Facet>,
    /// How often each path was used.
    seen: BTreeMap<String, usize>,
}

impl Concept {
    pub fn new(kind: &'static str, name: impl Into<String>, span: Span, rule: Rule) -> Self {
        Self {
            identity: Identity { kind, name: name.into() },
            span,
            rule,
            facets: BTreeMap::new(),
            seen: BTreeMap::new(),
        }
    }

    /// Adds a facet; one that is there already gets a number, so that nothing is overwritten.
    pub fn facet(&mut self, path: impl Into<String>, text: impl Into<String>, span: Span, rule: Rule) {
        let mut path = path.into();
        let seen = self.seen.entry(path.clone()).or_insert(0);
        *seen += 1;
        if *seen > 1 {
            path = format!("{path} #{seen}");
        }
        self.facets.insert(path, Facet { text: text.into(), span, rule });
    }

    /// A facet that is a name, a word or a number.
    pub fn word(&mut self, path: impl Into<String>, word: &Spanned<Text>, rule: Rule) {
        self.facet(path, word.value.as_str(), word.span, rule);
    }

    /// A facet whose presence is all it says.
    pub fn flag(&mut self, path: impl Into<String>, span: Option<Span>, rule: Rule) {
        if let Some(span) = span {
            self.facet(path, "yes", span, rule);
        }
    }

    /// What the concept says, wherever it stands.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.facets.iter().map(|(path, facet)| (path.as_str(), facet.text.as_str()))
    }

    /// The concept as a whole, new or gone.
    pub fn whole(&self, class: Class, added: bool) -> Change {
        let texts: Vec<String> = self.facets.iter().map(|(path, facet)| format!("{path}: {}", facet.text)).collect();
        let side = Some(Side { text: texts.join("; "), span: self.span });
        let (before, after) = if added { (None, side) } else { (side, None) };
        let Identity { kind, name } = self.identity.clone();
        Change { class, kind, name, facet: String::new(), before, after }
    }
}

/// Everything a file says.
pub(super) fn of_file(name: &str, tree: &SeaFile) -> Vec<Concept> {
    let mut concepts = Vec::new();
    for item in &tree.header {
        let key = item.key.value.as_str();
        let rule = match key {
            "namespace" => Rule::BREAKING,
            "profile" => Rule::GOVERNANCE,
            _ => Rule::DEFINITIONAL,
        };
        let name = if name.is_empty() { format!("@{key}") } else { format!("@{key} of {name}") };
        let mut concept = Concept::new("header", name, item.span, rule);
        concept.word("value", &item.value, rule);
        concepts.push(concept);
    }
    for import in &tree.imports {
        let mut concept = Concept::new("import", import.from.value.as_str(), import.span, Rule::PART);
        match &import.items {
            ImportItems::Wildcard(alias) => concept.word("all", alias, Rule::PART),
            ImportItems::Named(names) => {
                for (name, alias) in names {
                    concept.word(format!("name {}", name.value), alias.as_ref().unwrap_or(name), Rule::PART);
                }
            }
        }
        concepts.push(concept);
    }
    concepts.extend(tree.declarations.iter().map(of_declaration));
    concepts
}

/// What one declaration says.
pub(super) fn of_declaration(declaration: &Declaration) -> Concept {
    let mut concept = super::declarations::concept(&declaration.kind, declaration.span);
    concept.flag("exported", declaration.exported, Rule::new(Class::Additive, Class::Breaking, Class::Breaking));
    if let Some(docs) = &declaration.docs {
        concept.word("doc", docs, Rule::DEFINITIONAL);
    }
    concept
}
