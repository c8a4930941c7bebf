//! Mappings and projections: what they are for is known, and what they speak of exists.

use super::modules::Graph;
use super::names::{Kind, Names};
use crate::report;
use seac_syntax::sea::ast::{DeclarationKind as D, Mapping, MappingRule};
use seac_syntax::sea::{DECLARATIONS, TARGETS};
use seac_syntax::{Diagnostic, Severity};

/// Looks at all mappings and projections of a model.
pub fn check(graph: &Graph<'_>, closure: &[usize], names: &Names<'_>, out: &mut Vec<Diagnostic>) {
    for at in closure {
        for declaration in &graph.modules[*at].tree.declarations {
            if let D::Mapping(mapping) | D::Projection(mapping) = &declaration.kind {
                of(mapping, *at, names, out);
            }
        }
    }
}

fn of(mapping: &Mapping, module: usize, names: &Names<'_>, out: &mut Vec<Diagnostic>) {
    let target = &mapping.target;
    if !TARGETS.contains(&target.value.as_str()) {
        out.push(report::word(target.span, &target.value, TARGETS));
    }
    for rule in &mapping.rules {
        match kind(rule) {
            Some(kind) => exists(rule, kind, module, names, out),
            None => out.push(report::mapping_rule(rule.kind.span, &rule.kind.value, DECLARATIONS)),
        }
    }
}

/// The kind of what a rule speaks of; a flow goes by its resource.
fn kind(rule: &MappingRule) -> Option<Kind> {
    if rule.kind.value == "Flow" {
        return Some(Kind::Resource);
    }
    let plain = |word: &str| word.replace([' ', '_'], "").to_lowercase();
    Kind::all().find(|kind| plain(kind.word()) == plain(&rule.kind.value))
}

/// The reference reads rules about nothing; so do we, but not without a word.
fn exists(rule: &MappingRule, kind: Kind, module: usize, names: &Names<'_>, out: &mut Vec<Diagnostic>) {
    let mut found = Vec::new();
    names.resolve(module, kind, &rule.name.value, rule.name.span, &mut found);
    out.extend(found.into_iter().map(|finding| Diagnostic { severity: Severity::Warning, ..finding }));
}
