//! Annotations that say nothing: misspelt, given twice, out of place, or called like a member that a flow has anyway.

use super::modules::Graph;
use crate::flows::{cqrs_of, member};
use crate::report;
use seac_syntax::sea::ast::{Annotation, DeclarationKind as D, Flow, ValueKind};
use seac_syntax::{Diagnostic, Span};
use std::collections::BTreeMap;

const POLICY: &[&str] = &["rationale", "tags"];
const METRIC: &[&str] = &["refresh_interval", "unit", "threshold", "severity", "target", "window"];
const CHANGE: &[&str] = &["from_version", "to_version", "migration_policy", "breaking_change"];
const ENTITY: &[&str] = &["replaces", "changes"];
const HEADER: &[&str] = &["namespace", "version", "owner", "profile"];
/// What says that one side of a call sends many messages, or both.
const STREAMS: &[&str] = &["streaming", "client_streaming", "bidirectional"];
/// What a flow has without annotations.
const FLOW: &[&str] = &["resource", "from", "from_entity", "to", "to_entity", "quantity"];

/// Which annotations a declaration may have.
#[derive(Clone, Copy)]
enum Known {
    /// These.
    Only(&'static [&'static str]),
    /// Any; one that is nearly one of these is misspelt.
    Any(&'static [&'static str]),
}

/// Looks at the annotations of all declarations and at the heads of all files.
pub fn check(graph: &Graph<'_>, closure: &[usize], out: &mut Vec<Diagnostic>) {
    for module in closure.iter().map(|at| &graph.modules[*at]).filter(|module| module.stand_in.is_none()) {
        let mut seen = BTreeMap::new();
        for item in &module.tree.header {
            twice(&mut seen, &item.key.value, item.key.span, out);
        }
        for declaration in &module.tree.declarations {
            match &declaration.kind {
                D::Policy(policy) => {
                    let given = policy.rationale.as_ref().map(|text| ("rationale", text.span));
                    of("a policy", Known::Only(POLICY), given, &policy.annotations, out);
                }
                D::Metric(metric) => of("a metric", Known::Only(METRIC), None, &metric.annotations, out),
                D::ConceptChange(change) => {
                    of("a concept change", Known::Only(CHANGE), None, &change.annotations, out);
                    change.annotations.iter().for_each(|annotation| change_value(annotation, out));
                }
                D::Entity(entity) => {
                    let given = entity.replaces.as_ref().map(|replaced| ("replaces", replaced.0.span));
                    of("an entity", Known::Any(ENTITY), given, &entity.annotations, out);
                }
                D::Resource(resource) => of("a resource", Known::Any(&[]), None, &resource.annotations, out),
                D::Role(role) => of("a role", Known::Any(&[]), None, &role.annotations, out),
                D::Flow(flow) => {
                    of("a flow", Known::Any(&[]), None, &flow.annotations, out);
                    for annotation in &flow.annotations {
                        if FLOW.contains(&annotation.key.value.as_str()) {
                            out.push(report::annotation_hidden(annotation.key.span, &annotation.key.value));
                        }
                    }
                    streams(flow, out);
                }
                _ => {}
            }
        }
    }
}

/// What streams is a call, and it does or it does not.
fn streams(flow: &Flow, out: &mut Vec<Diagnostic>) {
    let kind = cqrs_of(flow).and_then(|cqrs| member(cqrs, "kind")).map(|value| &value.kind);
    let is_call = matches!(kind, Some(ValueKind::String(kind)) if matches!(kind.as_str(), "command" | "query"));
    for annotation in flow.annotations.iter().filter(|annotation| STREAMS.contains(&annotation.key.value.as_str())) {
        let values: Vec<&ValueKind> = annotation.values.iter().map(|value| &value.kind).collect();
        if !matches!(values.as_slice(), [] | [ValueKind::Bool(_)]) {
            out.push(report::streams_otherwise(annotation.span, &annotation.key.value));
        } else if !is_call {
            out.push(report::streams_nothing(annotation.span, &annotation.key.value));
        }
    }
}

/// Versions are versions, what breaks is told by `true` or `false`, and a policy of migration is a word.
fn change_value(annotation: &Annotation, out: &mut Vec<Diagnostic>) {
    let value = annotation.values.first().map(|value| &value.kind);
    let is_version = |word: &str| word.starts_with(['v', 'V']) && word.contains('.');
    let wanted = match annotation.key.value.to_ascii_lowercase().as_str() {
        "from_version" | "to_version" => match value {
            Some(ValueKind::Word(word)) if is_version(word) => return,
            _ => "a version (`v1.0.0`)",
        },
        "breaking_change" => match value {
            Some(ValueKind::Bool(_)) => return,
            _ => "`true` or `false`",
        },
        "migration_policy" => match value {
            Some(ValueKind::Word(_)) => return,
            _ => "a word",
        },
        _ => return,
    };
    out.push(report::change_annotation(annotation.span, &annotation.key.value, wanted));
}

fn of<'a>(
    what: &str,
    known: Known,
    given: Option<(&'a str, Span)>,
    annotations: &'a [Annotation],
    out: &mut Vec<Diagnostic>,
) {
    let mut seen: BTreeMap<String, Span> = given.map(|(key, span)| (key.to_owned(), span)).into_iter().collect();
    for Annotation { key, .. } in annotations {
        let folded = key.value.to_ascii_lowercase();
        let (closed, table) = match known {
            Known::Only(table) => (true, table),
            Known::Any(table) => (false, table),
        };
        if !table.contains(&folded.as_str()) {
            if HEADER.contains(&folded.as_str()) && (closed || matches!(folded.as_str(), "namespace" | "profile")) {
                out.push(report::annotation_of_the_file(key.span, &key.value));
                continue;
            }
            let nearest = seac_syntax::diagnostic::nearest(&folded, table.iter().copied());
            if closed || nearest.is_some() {
                out.push(report::annotation_unknown(key.span, what, &key.value, table));
                continue;
            }
        }
        // Where annotations are free, case tells two apart.
        let seen_as = if closed { folded } else { key.value.to_string() };
        twice(&mut seen, &seen_as, key.span, out);
    }
}

fn twice(seen: &mut BTreeMap<String, Span>, key: &str, span: Span, out: &mut Vec<Diagnostic>) {
    match seen.get(key) {
        Some(first) => out.push(report::annotation_twice(span, key, *first)),
        None => {
            seen.insert(key.to_owned(), span);
        }
    }
}
