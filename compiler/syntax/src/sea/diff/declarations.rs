//! The facets of the declarations of a domain.

use super::Class;
use super::concept::{Concept, Rule};
use super::{normal, value};
use crate::sea::ast::*;
use crate::source::Span;

/// A concept others build on.
const CONCEPT: Rule = Rule::PART;
/// A concept that says who may do what or what has to hold.
const RULE: Rule = Rule::GOVERNANCE;

pub(super) fn concept(kind: &DeclarationKind, span: Span) -> Concept {
    match kind {
        DeclarationKind::Dimension(name) => Concept::new("Dimension", name.value.as_str(), span, CONCEPT),
        DeclarationKind::Unit(unit) => unit_facets(unit, span),
        DeclarationKind::Entity(entity) => entity_facets(entity, span),
        DeclarationKind::Resource(resource) => {
            let mut concept = Concept::new("Resource", resource.name.value.as_str(), span, CONCEPT);
            // No unit is the unit `units`.
            match &resource.unit {
                Some(unit) => concept.word("unit", unit, Rule::BREAKING),
                None => concept.facet("unit", "units", resource.name.span, Rule::BREAKING),
            }
            domain(&mut concept, resource.domain.as_ref());
            concept.annotations(&resource.annotations, |_| Rule::DEFINITIONAL);
            concept
        }
        DeclarationKind::Flow(flow) => flow_facets(flow, flow_name(flow), span),
        DeclarationKind::Pattern(pattern) => {
            let mut concept = Concept::new("Pattern", pattern.name.value.as_str(), span, CONCEPT);
            concept.word("regex", &pattern.regex, Rule::BREAKING);
            concept
        }
        DeclarationKind::Role(role) => {
            let rule = Rule::new(Class::Additive, Class::GovernanceCritical, Class::GovernanceCritical);
            let mut concept = Concept::new("Role", role.name.value.as_str(), span, rule);
            domain(&mut concept, role.domain.as_ref());
            concept.annotations(&role.annotations, |_| Rule::GOVERNANCE);
            concept
        }
        DeclarationKind::RoleBinding(binding) => {
            let name = format!("{} for {}", value::quoted(&binding.role.value), value::quoted(&binding.entity.value));
            Concept::new("role_binding", name, span, RULE)
        }
        DeclarationKind::Relation(relation) => relation_facets(relation, span),
        DeclarationKind::Instance(instance) => {
            let mut concept = Concept::new("Instance", instance.id.value.as_str(), span, CONCEPT);
            concept.word("of", &instance.entity, Rule::BREAKING);
            for (name, value) in &instance.fields {
                let text = normal::expression(value);
                concept.facet(format!("field {}", name.value), text, value.span, Rule::DEFINITIONAL);
            }
            concept
        }
        DeclarationKind::Policy(policy) => policy_facets(policy, span),
        DeclarationKind::ConceptChange(change) => {
            let mut concept = Concept::new("ConceptChange", change.name.value.as_str(), span, Rule::DEPRECATING);
            concept.annotations(&change.annotations, |_| Rule::DEPRECATING);
            concept
        }
        DeclarationKind::Metric(metric) => {
            let mut concept = Concept::new("Metric", metric.name.value.as_str(), span, RULE);
            let text = normal::expression(&metric.expression);
            concept.facet("expression", text, metric.expression.span, RULE);
            concept.annotations(&metric.annotations, |_| RULE);
            concept
        }
        DeclarationKind::Mapping(mapping) => mapping_facets("Mapping", mapping, span),
        DeclarationKind::Projection(mapping) => mapping_facets("Projection", mapping, span),
        DeclarationKind::Record(record) => super::application::record(record, span),
        DeclarationKind::Enum(declared) => super::application::enumeration(declared, span),
        DeclarationKind::Operation(operation) => super::application::operation(operation, span),
        DeclarationKind::Environment(environment) => environment_facets(environment, span),
    }
}

/// `in domain` is part of what a concept is called.
fn domain(concept: &mut Concept, domain: Option<&Ident>) {
    if let Some(domain) = domain {
        concept.word("domain", domain, Rule::BREAKING);
    }
}

fn unit_facets(unit: &UnitDecl, span: Span) -> Concept {
    let mut concept = Concept::new("Unit", unit.name.value.as_str(), span, CONCEPT);
    concept.word("dimension", &unit.dimension, Rule::BREAKING);
    concept.word("factor", &unit.factor, Rule::BREAKING);
    concept.word("base", &unit.base, Rule::BREAKING);
    if let Some(offset) = &unit.offset {
        concept.word("offset", offset, Rule::BREAKING);
    }
    concept
}

fn entity_facets(entity: &Entity, span: Span) -> Concept {
    let added = if entity.replaces.is_some() { Class::Deprecating } else { Class::Additive };
    let rule = Rule::new(added, Class::Breaking, Class::Breaking);
    let mut concept = Concept::new("Entity", entity.name.value.as_str(), span, rule);
    if let Some(version) = &entity.version {
        concept.word("version", version, Rule::DEFINITIONAL);
    }
    if let Some((name, version)) = entity.replaces.as_deref() {
        let version = version.as_ref().map_or(String::new(), |version| format!(" v{}", version.value));
        concept.facet("@replaces", format!("{}{version}", value::quoted(&name.value)), name.span, Rule::DEPRECATING);
    }
    if let Some(first) = entity.changes.first() {
        concept.facet("@changes", value::names(&entity.changes), first.span, Rule::DEFINITIONAL);
    }
    domain(&mut concept, entity.domain.as_deref());
    concept.annotations(&entity.annotations, |_| Rule::DEFINITIONAL);
    if let Some(fields) = &entity.fields {
        concept.flag("typed", Some(entity.name.span), Rule::BREAKING);
        super::application::fields(&mut concept, fields);
    }
    concept
}

/// The resource and the ends of a flow, and what it stands for.
fn flow_name(flow: &Flow) -> String {
    let kind = flow.annotations.iter().find(|annotation| annotation.key.value == "cqrs").and_then(cqrs_kind);
    let kind = kind.map_or(String::new(), |kind| format!(" as {kind}"));
    let [resource, from, to] = [&flow.resource, &flow.from, &flow.to].map(|name| value::quoted(&name.value));
    format!("{resource} from {from} to {to}{kind}")
}

/// What is said of a flow, under a name.
pub(super) fn flow_facets(flow: &Flow, name: String, span: Span) -> Concept {
    let mut concept = Concept::new("Flow", name, span, CONCEPT);
    if let Some(quantity) = &flow.quantity {
        concept.facet("quantity", normal::literal(quantity), quantity.span, Rule::DEFINITIONAL);
    }
    concept.annotations(&flow.annotations, |_| Rule::BREAKING);
    concept
}

/// `command` in `@cqrs { "kind": "command" }`.
fn cqrs_kind(annotation: &Annotation) -> Option<String> {
    let ValueKind::Object(entries) = &annotation.values.first()?.kind else { return None };
    entries.iter().find(|(key, _)| key.value == "kind").map(|(_, kind)| value::value(kind))
}

fn relation_facets(relation: &Relation, span: Span) -> Concept {
    let mut concept = Concept::new("Relation", relation.name.value.as_str(), span, CONCEPT);
    concept.word("subject", &relation.subject, Rule::BREAKING);
    concept.word("predicate", &relation.predicate, Rule::BREAKING);
    concept.word("object", &relation.object, Rule::BREAKING);
    if let Some(via) = &relation.via {
        concept.word("via", via, Rule::BREAKING);
    }
    concept
}

fn policy_facets(policy: &Policy, span: Span) -> Concept {
    let mut concept = Concept::new("Policy", policy.name.value.as_str(), span, RULE);
    // What is not written is what it would mean if it were.
    let (kind, place) = policy.kind.as_ref().map_or((PolicyKind::Constraint, span), |kind| (kind.value, kind.span));
    concept.facet("kind", format!("{kind:?}"), place, RULE);
    let modality = policy.modality.as_ref();
    let (modality, place) = modality.map_or((Modality::Obligation, span), |written| (written.value, written.span));
    concept.facet("modality", format!("{modality:?}"), place, RULE);
    let (priority, place) = policy.priority.as_ref().map_or(("0", span), |number| (number.value.as_str(), number.span));
    concept.facet("priority", priority, place, RULE);
    if let Some(rationale) = &policy.rationale {
        concept.word("@rationale", rationale, Rule::DEFINITIONAL);
    }
    if let Some(first) = policy.tags.first() {
        // A tag is there or is not; their order says nothing.
        let mut tags = policy.tags.clone();
        tags.sort_by(|a, b| a.value.cmp(&b.value));
        tags.dedup_by(|a, b| a.value == b.value);
        concept.facet("@tags", value::names(&tags), first.span, Rule::DEFINITIONAL);
    }
    if let Some(version) = &policy.version {
        concept.word("version", version, Rule::DEFINITIONAL);
    }
    concept.annotations(&policy.annotations, |_| RULE);
    concept.facet("expression", normal::expression(&policy.expression), policy.expression.span, RULE);
    concept
}

fn mapping_facets(kind: &'static str, mapping: &Mapping, span: Span) -> Concept {
    let mut concept = Concept::new(kind, mapping.name.value.as_str(), span, Rule::PART);
    concept.word("for", &mapping.target, Rule::BREAKING);
    for rule in &mapping.rules {
        let path = format!("{} {}", rule.kind.value, value::quoted(&rule.name.value));
        if let Some(target) = &rule.target {
            concept.word(format!("{path} ->"), target, Rule::PART);
        }
        concept.flag(path.clone(), Some(rule.span), Rule::PART);
        for (key, entry) in &rule.fields {
            let text = value::value(entry);
            concept.facet(format!("{path} field {}", key.value), text, entry.span, Rule::DEFINITIONAL);
        }
    }
    concept
}

fn environment_facets(environment: &Environment, span: Span) -> Concept {
    let guarded = matches!(environment.keyword.value.as_str(), "Credential" | "NetworkFlow" | "Endpoint" | "Mount");
    let rule = if guarded { RULE } else { Rule::DEFINITIONAL };
    let whole = if guarded { RULE } else { CONCEPT };
    // The keyword is one of the language's table.
    let kind = crate::sea::words::canonical(crate::sea::words::DECLARATIONS, &environment.keyword.value);
    let mut concept = Concept::new(kind.unwrap_or("environment"), environment.name.value.as_str(), span, whole);
    for (word, name) in &environment.clauses {
        concept.word(word.value.as_str(), name, rule);
    }
    concept.annotations(&environment.annotations, |_| rule);
    concept
}
