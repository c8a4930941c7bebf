//! What changed between two models, on meaning: order, comments, spelling and layout are no differences.
//!
//! Each declaration is taken apart into facets (its type, its unit, its expression, one per field …), each with a
//! canonical text and a rule that says how much a change of it weighs. A facet that is new, gone or another text is a
//! change.

mod application;
mod concept;
mod declarations;
mod normal;
mod value;

use super::ast::{Declaration, Flow, SeaFile};
use crate::source::Span;
use concept::{Concept, Facet, Identity};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// How much a change weighs, lightest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Something new that nothing depended on.
    Additive,
    /// The words or details of a concept; what is built on it still fits.
    Definitional,
    /// A concept is on its way out.
    Deprecating,
    /// What is built on the concept may no longer fit.
    Breaking,
    /// Who may do what, what must hold, what is watched: somebody answers for it.
    GovernanceCritical,
}

impl Class {
    /// Every class, lightest first.
    pub const ALL: [Self; 5] =
        [Self::Additive, Self::Definitional, Self::Deprecating, Self::Breaking, Self::GovernanceCritical];
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Additive => "additive",
            Self::Definitional => "definitional",
            Self::Deprecating => "deprecating",
            Self::Breaking => "breaking",
            Self::GovernanceCritical => "governance-critical",
        })
    }
}

/// One side of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// In canonical form.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// How much it weighs.
    pub class: Class,
    /// The kind of the declaration: `Policy`, `Entity`, `import` …
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Which part of it; empty for the declaration as a whole.
    pub facet: String,
    /// What it was; `None` if it is new.
    pub before: Option<Side>,
    /// What it is; `None` if it is gone.
    pub after: Option<Side>,
}

/// One of the two models: its files, each with the name that tells it from the others, empty if there is one only.
pub type Model<'a> = [(String, &'a SeaFile)];

/// All differences, ordered by kind, name and facet.
pub fn diff(before: &Model<'_>, after: &Model<'_>) -> Vec<Change> {
    let (mut before, mut after) = (concepts(before), concepts(after));
    let identities: Vec<Identity> = before.keys().chain(after.keys()).cloned().collect();
    let mut changes = Vec::new();
    for identity in identities {
        let (old, new) = (before.remove(&identity), after.remove(&identity));
        compare_all(old.unwrap_or_default(), new.unwrap_or_default(), &mut changes);
    }
    changes.sort_by(|a, b| (a.kind, &a.name, &a.facet, place(a)).cmp(&(b.kind, &b.name, &b.facet, place(b))));
    changes
}

/// A declaration taken apart: what it is, and canonical texts by what they are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facets {
    /// `Policy`, `Entity`, … as the language writes it.
    pub keyword: &'static str,
    /// Its name.
    pub name: String,
    /// What it says: its type, its unit, its expression, one per field …
    pub facets: BTreeMap<String, String>,
}

/// Takes a declaration apart.
pub fn facets(declaration: &Declaration) -> Facets {
    let concept = concept::of_declaration(declaration);
    let facets = concept.facets.into_iter().map(|(path, facet)| (path, facet.text)).collect();
    Facets { keyword: concept.identity.kind, name: concept.identity.name, facets }
}

/// A flow taken apart: how much moves, and its annotations by their keys, the `@` included.
pub fn of_flow(flow: &Flow) -> (Option<String>, BTreeMap<String, String>) {
    if flow.annotations.is_empty() {
        return (flow.quantity.as_ref().map(|quantity| normal::literal(quantity)), BTreeMap::new());
    }
    let mut concept = declarations::flow_facets(flow, String::new(), flow.resource.span);
    let quantity = concept.facets.remove("quantity").map(|facet| facet.text);
    (quantity, concept.facets.into_iter().map(|(path, facet)| (path, facet.text)).collect())
}

fn place(change: &Change) -> Option<Span> {
    change.after.as_ref().or(change.before.as_ref()).map(|side| side.span)
}

fn concepts(model: &Model<'_>) -> BTreeMap<Identity, Vec<Concept>> {
    let mut concepts: BTreeMap<Identity, Vec<Concept>> = BTreeMap::new();
    for (name, tree) in model {
        for concept in concept::of_file(name, tree) {
            concepts.entry(concept.identity.clone()).or_default().push(concept);
        }
    }
    concepts
}

/// Several flows, or mistakes, may have one identity. What is the same on both sides is no change; the others are
/// compared in the order of their content, so that the order of the text does not matter.
fn compare_all(mut old: Vec<Concept>, mut new: Vec<Concept>, changes: &mut Vec<Change>) {
    old.sort_by(|a, b| a.texts().cmp(b.texts()));
    new.sort_by(|a, b| a.texts().cmp(b.texts()));
    if old.len() > 1 || new.len() > 1 {
        drop_equal(&mut old, &mut new);
    }
    let (mut old, mut new) = (old.into_iter(), new.into_iter());
    loop {
        match (old.next(), new.next()) {
            (None, None) => return,
            (Some(old), Some(new)) => compare(&old, &new, changes),
            (Some(old), None) => changes.push(old.whole(old.rule.removed, false)),
            (None, Some(new)) => changes.push(new.whole(new.rule.added, true)),
        }
    }
}

/// Takes out what stands on both sides; both are sorted.
fn drop_equal(old: &mut Vec<Concept>, new: &mut Vec<Concept>) {
    let mut rest_old = Vec::new();
    let mut rest_new = Vec::new();
    let (mut left, mut right) = (old.drain(..).peekable(), new.drain(..).peekable());
    loop {
        match (left.peek(), right.peek()) {
            (Some(a), Some(b)) => match a.texts().cmp(b.texts()) {
                std::cmp::Ordering::Less => rest_old.extend(left.next()),
                std::cmp::Ordering::Greater => rest_new.extend(right.next()),
                std::cmp::Ordering::Equal => drop((left.next(), right.next())),
            },
            (None, None) => break,
            _ => {
                rest_old.extend(left.next());
                rest_new.extend(right.next());
            }
        }
    }
    drop((left, right));
    (*old, *new) = (rest_old, rest_new);
}

fn compare(old: &Concept, new: &Concept, changes: &mut Vec<Change>) {
    let mut paths: Vec<&String> = old.facets.keys().chain(new.facets.keys()).collect();
    paths.sort();
    paths.dedup();
    for path in paths {
        let (before, after) = (old.facets.get(path), new.facets.get(path));
        let class = match (before, after) {
            (Some(before), Some(after)) if before.text == after.text => continue,
            (Some(before), Some(after)) => before.rule.changed.max(after.rule.changed),
            (Some(before), None) => before.rule.removed,
            (None, Some(after)) => after.rule.added,
            (None, None) => continue,
        };
        changes.push(Change {
            class,
            kind: new.identity.kind,
            name: new.identity.name.clone(),
            facet: path.clone(),
            before: before.map(Facet::side),
            after: after.map(Facet::side),
        });
    }
}
