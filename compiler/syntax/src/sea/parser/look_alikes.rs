//! Names that are equal under NFC, but are other bytes: nobody can see that they are two.

use super::super::ast::{DeclarationKind as D, SeaFile};
use super::{Kind, Parser, words};
use crate::report;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};
use unicode_normalization::{UnicodeNormalization, is_nfc};

impl Parser<'_> {
    /// Warns once for each spelling of a name that is not the first one.
    pub(super) fn warn_of_look_alikes(&mut self, tree: &SeaFile) {
        if self.text.is_ascii() {
            return;
        }
        // By composed form: the spellings, with the first place of each.
        let mut names: BTreeMap<String, BTreeMap<&str, Span>> = BTreeMap::new();
        for token in &self.tokens {
            let text = self.text_of(*token);
            if !text.is_ascii() && matches!(token.kind, Kind::Ident | Kind::Str) {
                names.entry(text.nfc().collect()).or_default().entry(text).or_insert_with(|| self.span_of(*token));
            }
        }
        names.retain(|_, spellings| spellings.len() > 1);
        if names.is_empty() {
            return;
        }
        let clashing = declared_alike(tree);
        for (normal, spellings) in names {
            let taken = spellings.keys().any(|text| clashing.contains(&written_name(text)));
            let best = spellings.iter().min_by_key(|(text, span)| (!is_nfc(text), **span)).map(|(_, span)| *span);
            for (text, span) in &spellings {
                if let Some(best) = best.filter(|best| best != span) {
                    let normal = (!taken).then(|| normal.clone());
                    self.diagnostics.push(report::unnormalised_name(*span, best, text, normal));
                }
            }
        }
    }
}

/// The name that a token stands for.
fn written_name(token: &str) -> String {
    if token.starts_with('"') { words::string_value(token).to_string() } else { token.to_owned() }
}

/// Names that are declared, as things of one kind, beside others that look the same: written alike, they would be one.
fn declared_alike(tree: &SeaFile) -> BTreeSet<String> {
    let mut places: BTreeMap<(String, String), BTreeSet<&str>> = BTreeMap::new();
    for (place, name) in declared(tree) {
        places.entry((place, name.nfc().collect())).or_default().insert(name);
    }
    let several = places.into_values().filter(|spellings| spellings.len() > 1);
    several.flatten().map(str::to_owned).collect()
}

/// Every name that is declared, with what it has to differ in.
fn declared(tree: &SeaFile) -> Vec<(String, &str)> {
    let mut names: Vec<(String, &str)> = Vec::new();
    for declaration in &tree.declarations {
        let (kind, name) = match &declaration.kind {
            D::Dimension(name) => ("dimension", name.as_ref()),
            D::Unit(unit) => ("unit", &unit.name),
            D::Entity(entity) => ("entity", &entity.name),
            D::Resource(resource) => ("resource", &resource.name),
            D::Pattern(pattern) => ("pattern", &pattern.name),
            D::Role(role) => ("role", &role.name),
            D::Relation(relation) => ("relation", &relation.name),
            D::Instance(instance) => ("instance", &instance.id),
            D::Policy(policy) => ("policy", &policy.name),
            D::ConceptChange(change) => ("change", &change.name),
            D::Metric(metric) => ("metric", &metric.name),
            D::Mapping(mapping) => ("mapping", &mapping.name),
            D::Projection(mapping) => ("projection", &mapping.name),
            D::Record(record) => ("record", &record.name),
            D::Enum(declared) => ("enum", &declared.name),
            D::Operation(operation) => ("operation", &operation.name),
            D::Environment(environment) => (environment.keyword.as_str(), &environment.name),
            D::Flow(_) | D::RoleBinding(_) => continue,
        };
        let inside = format!("{kind} {}", name.value);
        match &declaration.kind {
            D::Entity(entity) => {
                names.extend(entity.fields.iter().flatten().map(|field| (inside.clone(), field.name.as_str())));
            }
            D::Record(record) => names.extend(record.fields.iter().map(|field| (inside.clone(), field.name.as_str()))),
            D::Enum(declared) => {
                names.extend(declared.members.iter().map(|member| (inside.clone(), member.name.as_str())));
            }
            _ => {}
        }
        names.push((kind.to_owned(), name.as_str()));
    }
    names
}
