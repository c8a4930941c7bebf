//! A model in its canonical JSON as claims: what SEA says of it, context by context. What SEA cannot say is found by
//! comparing: the drafts are analysed, and what their model does not have is lost.

mod compare;
mod element;
mod operation;
mod types;

use super::tree::{entries, get, items, text, text_of, texts};
use super::{Imported, Proposals};
use crate::subject::{Subject, is_word};
use seac_syntax::yaml::Node;
use seac_syntax::{SourceFile, Span};
use std::collections::{BTreeMap, BTreeSet};

/// A draft for each context of a model, and what of the model is not in them.
pub fn drafts(source: &SourceFile, model: &Node) -> Imported {
    let contexts: BTreeMap<&str, &Node> =
        entries(get(model, "contexts")).iter().map(|entry| (&*entry.key.value, &entry.value)).collect();
    let exported = exported(&contexts);
    let mut imported = Imported::default();
    for (slug, node) in &contexts {
        let exported = exported.get(slug).cloned().unwrap_or_default();
        let mut context = Context { proposals: Proposals::new(source), slug, node, contexts: &contexts, exported };
        context.head();
        context.units(model);
        context.types();
        context.governance();
        context.elements();
        context.operations();
        context.flows();
        context.proposals.draft(&file_name(slug), &mut imported);
    }
    imported.lost = compare::lost(&imported.drafts, model);
    imported
}

/// The file of a context, without its extension. Files are sorted as their contexts are, numbers behind names among them.
pub fn file_name(slug: &str) -> String {
    slug.replace('-', "_")
}

/// By context, what others import of it.
fn exported<'m>(contexts: &BTreeMap<&'m str, &'m Node>) -> BTreeMap<&'m str, BTreeSet<&'m str>> {
    let mut exported: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for node in contexts.values() {
        for (used, names) in imports(node, contexts) {
            exported.entry(used).or_default().extend(names);
        }
    }
    exported
}

/// What a context names of each context that it uses.
fn imports<'m>(node: &'m Node, contexts: &BTreeMap<&'m str, &'m Node>) -> BTreeMap<&'m str, BTreeSet<&'m str>> {
    let own = declared(node);
    let mut all = Vec::new();
    texts(node, &mut all);
    let is_part = |c: char| c == '_' || c.is_alphanumeric();
    let words: BTreeSet<&str> = all.iter().flat_map(|text| text.split(move |c| !is_part(c))).collect();
    let uses = items(get(node, "uses")).iter().filter_map(text);
    let named = uses.filter_map(|used| {
        let (used, other) = contexts.get_key_value(used)?;
        let names = declared(other).into_iter();
        Some((*used, names.filter(|name| !own.contains(name) && words.contains(name)).collect()))
    });
    named.collect()
}

/// What a context declares under names that can be imported.
fn declared(node: &Node) -> BTreeSet<&str> {
    let members = ["entities", "roles", "enums", "records", "events", "policies", "operations"];
    let maps = members.iter().flat_map(|member| entries(get(node, member)));
    let maps = maps.map(|entry| entry.key.value.as_str());
    let elements = items(get(node, "elements")).iter().filter_map(|element| text_of(element, "name"));
    maps.chain(elements).filter(|name| is_word(name) && !name.contains('.')).collect()
}

/// A context on its way to claims.
struct Context<'a, 'm> {
    proposals: Proposals<'a>,
    slug: &'m str,
    node: &'m Node,
    contexts: &'a BTreeMap<&'m str, &'m Node>,
    exported: BTreeSet<&'m str>,
}

impl Context<'_, '_> {
    fn head(&mut self) {
        let model = super::declaration_alone("model");
        for key in ["namespace", "version", "owner"] {
            if let Some(node) = get(self.node, key)
                && let Some(value) = text(node).filter(|value| key != "version" || *value != "0.0.0")
            {
                self.proposals.text(&model, key, value, node.span);
            }
        }
        let span = get(self.node, "uses").map_or(self.node.span, |node| node.span);
        for (used, names) in imports(self.node, self.contexts) {
            let import = super::declaration("import", &format!("./{}.sea", file_name(used)));
            if names.is_empty() {
                self.proposals.text(&import, "declared", "true", span);
            }
            names.into_iter().for_each(|name| self.proposals.text(&import, "imports", name, span));
        }
    }

    /// A declaration, exported if others import it.
    fn declare(&mut self, kind: &str, name: &str, span: Span) -> Subject {
        let subject = self.proposals.declare(kind, name, span);
        if self.exported.contains(name) {
            self.proposals.text(&subject, "exported", "true", span);
        }
        subject
    }

    fn doc(&mut self, subject: &Subject, node: &Node) {
        if let Some(doc) = get(node, "doc") {
            self.proposals.doc(subject, text(doc).unwrap_or_default(), doc.span);
        }
    }

    /// A member that is said as it stands.
    fn member(&mut self, subject: &Subject, predicate: &str, node: &Node, key: &str) {
        if let Some(member) = get(node, key)
            && let Some(value) = text(member)
        {
            self.proposals.text(subject, predicate, value, member.span);
        }
    }

    /// Units are those of a whole model: each context declares those that it speaks of.
    fn units(&mut self, model: &Node) {
        let mut all = Vec::new();
        texts(self.node, &mut all);
        for unit in entries(get(model, "units")) {
            let symbol = unit.key.value.as_str();
            let spoken_of = self.contexts.len() < 2 || all.iter().any(|text| text.contains(symbol));
            if seac_model::Unit::is_builtin(symbol) || !spoken_of {
                continue;
            }
            let subject = self.declare("Unit", symbol, unit.value.span);
            for key in ["dimension", "factor", "base", "offset"] {
                self.member(&subject, key, &unit.value, key);
            }
        }
    }

    fn governance(&mut self) {
        for role in entries(get(self.node, "roles")) {
            let subject = self.declare("Role", &role.key.value, role.value.span);
            self.doc(&subject, &role.value);
        }
        for policy in entries(get(self.node, "policies")) {
            let node = &policy.value;
            let subject = self.declare("Policy", &policy.key.value, node.span);
            self.doc(&subject, node);
            for key in ["kind", "modality"] {
                if let Some(word) = text_of(node, key) {
                    self.proposals.text(&subject, key, capital(word), node.span);
                }
            }
            for key in ["priority", "rationale", "expression"] {
                self.member(&subject, key, node, key);
            }
            for tag in items(get(node, "tags")) {
                self.proposals.text(&subject, "tag", text(tag).unwrap_or_default(), tag.span);
            }
        }
    }
}

/// A word of the model as SEA writes it.
pub fn capital(word: &str) -> String {
    let mut word = word.to_owned();
    word.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
    word
}

/// The name of a concept without its context.
fn name_in(id: &str) -> &str {
    id.split_once('.').map_or(id, |(_, name)| name)
}
