//! The declarations of a domain.

use super::{Extractor, kind};
use crate::object::spelt_literal;
use crate::subject::Subject;
use seac_syntax::sea::ast::{
    Annotation, DeclarationKind as D, Entity, Environment, Flow, Instance, Mapping, MappingRule, Policy, Relation,
    UnitDecl,
};
use seac_syntax::sea::print;
use seac_syntax::{Span, Text};

/// What a declaration is called.
pub fn subject(declared: &D) -> Subject {
    let one = |word: &str, name: &Text| Subject::whole(kind(word), vec![name.clone()]);
    match declared {
        D::Dimension(name) => one("Dimension", &name.value),
        D::Unit(unit) => one("Unit", &unit.name.value),
        D::Entity(entity) => one("Entity", &entity.name.value),
        D::Resource(resource) => one("Resource", &resource.name.value),
        D::Flow(flow) => {
            let names = [&flow.resource, &flow.from, &flow.to].map(|name| name.value.clone());
            Subject::whole(kind("Flow"), names.to_vec())
        }
        D::Pattern(pattern) => one("Pattern", &pattern.name.value),
        D::Role(role) => one("Role", &role.name.value),
        D::RoleBinding(binding) => {
            let names = vec![binding.role.value.clone(), binding.entity.value.clone()];
            Subject::whole(kind("role_binding"), names)
        }
        D::Relation(relation) => one("Relation", &relation.name.value),
        D::Instance(instance) => one("Instance", &instance.id.value),
        D::Policy(policy) => one("Policy", &policy.name.value),
        D::ConceptChange(change) => one("ConceptChange", &change.name.value),
        D::Metric(metric) => one("Metric", &metric.name.value),
        D::Mapping(mapping) => one("Mapping", &mapping.name.value),
        D::Projection(mapping) => one("Projection", &mapping.name.value),
        D::Record(record) => one("record", &record.name.value),
        D::Enum(declared) => one("enum", &declared.name.value),
        D::Operation(operation) => one("operation", &operation.name.value),
        D::Environment(environment) => one(&environment.keyword.value, &environment.name.value),
    }
}

impl Extractor {
    /// What a declaration says of its subject.
    pub(super) fn content(&mut self, subject: &Subject, declared: &D, span: Span) {
        match declared {
            D::Dimension(_) | D::RoleBinding(_) => {}
            D::Unit(unit) => self.unit(subject, unit),
            D::Entity(entity) => self.entity(subject, entity),
            D::Resource(resource) => {
                self.maybe(subject, "unit", resource.unit.as_ref());
                self.maybe(subject, "domain", resource.domain.as_ref());
                self.annotations(subject, &resource.annotations);
            }
            D::Flow(flow) => self.flow(subject, flow),
            D::Pattern(pattern) => self.text(subject, "regex", &pattern.regex),
            D::Role(role) => {
                self.maybe(subject, "domain", role.domain.as_ref());
                self.annotations(subject, &role.annotations);
            }
            D::Relation(relation) => self.relation(subject, relation),
            D::Instance(instance) => self.instance(subject, instance),
            D::Policy(policy) => self.policy(subject, policy),
            D::ConceptChange(change) => self.annotations(subject, &change.annotations),
            D::Metric(metric) => {
                let text = print::expression(&metric.expression);
                self.spelt(subject, "expression", text, metric.expression.span);
                self.annotations(subject, &metric.annotations);
            }
            D::Mapping(mapping) | D::Projection(mapping) => self.mapping(subject, mapping),
            D::Record(record) => self.fields(subject, &record.fields, record.name.span),
            D::Enum(declared) => self.members(subject, declared),
            D::Operation(operation) => self.operation(subject, operation, span),
            D::Environment(environment) => self.environment(subject, environment),
        }
    }

    fn unit(&mut self, subject: &Subject, unit: &UnitDecl) {
        self.text(subject, "dimension", &unit.dimension);
        self.text(subject, "factor", &unit.factor);
        self.text(subject, "base", &unit.base);
        self.maybe(subject, "offset", unit.offset.as_ref());
    }

    fn entity(&mut self, subject: &Subject, entity: &Entity) {
        self.maybe(subject, "version", entity.version.as_deref());
        if let Some((name, version)) = entity.replaces.as_deref() {
            self.text(subject, "replaces", name);
            self.maybe(subject, "replaced version", version.as_ref());
        }
        self.list(subject, "changes", &entity.changes, entity.name.span);
        self.maybe(subject, "domain", entity.domain.as_deref());
        self.annotations(subject, &entity.annotations);
        if let Some(fields) = &entity.fields {
            self.flag(subject, "typed", fields.is_empty().then_some(entity.name.span));
            self.fields(subject, fields, entity.name.span);
        }
    }

    fn flow(&mut self, subject: &Subject, flow: &Flow) {
        if let Some(quantity) = &flow.quantity {
            self.spelt(subject, "quantity", spelt_literal(quantity), quantity.span);
        }
        self.annotations(subject, &flow.annotations);
    }

    fn relation(&mut self, subject: &Subject, relation: &Relation) {
        self.text(subject, "subject", &relation.subject);
        self.text(subject, "predicate", &relation.predicate);
        self.text(subject, "object", &relation.object);
        self.maybe(subject, "via", relation.via.as_ref());
    }

    fn instance(&mut self, subject: &Subject, instance: &Instance) {
        self.text(subject, "of", &instance.entity);
        for (name, value) in &instance.fields {
            let part = self.part(subject, "value", vec![name.value.clone()]);
            self.spelt(&part, "is", print::expression(value), value.span);
        }
        let names = instance.fields.iter().map(|(name, _)| name.value.clone()).collect();
        self.order(subject, "value order", names, instance.id.span);
    }

    fn policy(&mut self, subject: &Subject, policy: &Policy) {
        if let Some(kind) = &policy.kind {
            self.spelt(subject, "kind", format!("{:?}", kind.value), kind.span);
        }
        if let Some(modality) = &policy.modality {
            self.spelt(subject, "modality", format!("{:?}", modality.value), modality.span);
        }
        self.maybe(subject, "priority", policy.priority.as_ref());
        self.maybe(subject, "rationale", policy.rationale.as_ref());
        // A tag is there or is not.
        let mut tags = policy.tags.clone();
        tags.sort_by(|a, b| a.value.cmp(&b.value));
        tags.dedup_by(|a, b| a.value == b.value);
        tags.iter().for_each(|tag| self.text(subject, "tag", tag));
        self.maybe(subject, "version", policy.version.as_ref());
        self.annotations(subject, &policy.annotations);
        self.spelt(subject, "expression", print::expression(&policy.expression), policy.expression.span);
    }

    fn mapping(&mut self, subject: &Subject, mapping: &Mapping) {
        self.text(subject, "for", &mapping.target);
        for rule in &mapping.rules {
            let part = self.part(subject, "rule", vec![rule.kind.value.clone(), rule.name.value.clone()]);
            self.flag(&part, "declared", Some(rule.span));
            self.maybe(&part, "to", rule.target.as_ref());
            self.annotations(&part, &entries(rule));
        }
        let names = mapping.rules.iter().map(|rule| rule_name(&rule.kind.value, &rule.name.value)).collect();
        self.order(subject, "rule order", names, mapping.name.span);
    }

    fn environment(&mut self, subject: &Subject, environment: &Environment) {
        environment.clauses.iter().for_each(|(word, name)| self.text(subject, &word.value, name));
        self.annotations(subject, &environment.annotations);
    }
}

/// How a rule is called where rules have an order.
pub fn rule_name(kind: &str, name: &str) -> Text {
    format!("{kind} {}", crate::subject::quoted(name)).into()
}

/// The entries of a rule as annotations.
fn entries(rule: &MappingRule) -> Vec<Annotation> {
    let entry = |(key, value): &(seac_syntax::sea::ast::Ident, seac_syntax::sea::ast::Value)| Annotation {
        span: value.span,
        key: key.clone(),
        values: vec![value.clone()],
    };
    rule.fields.iter().map(entry).collect()
}
