//! The facets of records, enums, fields and operations.

use super::Class;
use super::concept::{Concept, Rule};
use super::normal;
use crate::sea::ast::*;
use crate::sea::print;
use crate::source::{Span, Spanned};

pub(super) fn record(record: &Record, span: Span) -> Concept {
    let mut concept = Concept::new("record", record.name.value.as_str(), span, Rule::PART);
    fields(&mut concept, &record.fields);
    concept
}

/// Fields by name; what is built on them may not fit a new field that is required, or another type.
pub(super) fn fields(concept: &mut Concept, fields: &[Field]) {
    for field in fields {
        let path = format!("field {}", field.name.value);
        let may_be_absent = field.optional.is_some() || field.default.is_some();
        let added = if may_be_absent { Class::Additive } else { Class::Breaking };
        let rule = Rule::new(added, Class::Breaking, Class::Breaking);
        concept.facet(format!("{path} type"), print::type_expr(&field.ty), field.ty.span, rule);
        concept.flag(format!("{path} key"), field.key, Rule::BREAKING);
        concept.flag(format!("{path} optional"), field.optional, rule);
        if let Some(docs) = &field.docs {
            concept.word(format!("{path} doc"), docs, Rule::DEFINITIONAL);
        }
        if let Some(default) = &field.default {
            let text = normal::literal(default);
            concept.facet(format!("{path} default"), text, default.span, Rule::DEFINITIONAL);
        }
        for constraint in &field.constraints {
            let rule = Rule::new(Class::Breaking, Class::Definitional, Class::Breaking);
            let path = format!("{path} {}", constraint.name.value);
            concept.facet(path, normal::literal(&constraint.value), constraint.value.span, rule);
        }
    }
}

pub(super) fn enumeration(declared: &Enum, span: Span) -> Concept {
    let mut concept = Concept::new("enum", declared.name.value.as_str(), span, Rule::PART);
    for member in &declared.members {
        let path = format!("member {}", member.name.value);
        if let Some(docs) = &member.docs {
            concept.word(format!("{path} doc"), docs, Rule::DEFINITIONAL);
        }
        concept.word(path, &member.wire, Rule::PART);
    }
    concept
}

pub(super) fn operation(operation: &Operation, span: Span) -> Concept {
    let mut concept = Concept::new("operation", operation.name.value.as_str(), span, Rule::PART);
    operation.clauses.iter().for_each(|one| clause(&mut concept, one));
    concept
}

fn clause(concept: &mut Concept, clause: &Clause) {
    match &clause.kind {
        ClauseKind::Intent(text) => concept.word("intent", text, Rule::DEFINITIONAL),
        ClauseKind::Direction(word) => concept.word("direction", word, Rule::BREAKING),
        ClauseKind::Actor(role) => concept.word("actor", role, Rule::GOVERNANCE),
        ClauseKind::Access { mode, bindings } => {
            concept.word("access", mode, Rule::GOVERNANCE);
            for binding in bindings {
                let path = format!("policy {} at {}", binding.policy.value, binding.at.value);
                concept.facet(path, binding.fails_with.value.as_str(), binding.span, Rule::GOVERNANCE);
            }
        }
        ClauseKind::Input(record) => concept.word("input", record, Rule::BREAKING),
        ClauseKind::Output(record) => concept.word("output", record, Rule::BREAKING),
        ClauseKind::State(entity) => concept.word("state", entity, Rule::BREAKING),
        ClauseKind::Effect { verb, entity } => {
            concept.facet(format!("effect {}", entity.value), verb.value.as_str(), clause.span, Rule::BREAKING);
        }
        ClauseKind::Transaction(word) => concept.word("transaction", word, Rule::BREAKING),
        ClauseKind::Failure { code, kinds, meaning } => {
            let mut words: Vec<&str> = kinds.iter().map(Spanned::as_str).collect();
            words.sort_unstable();
            concept.facet(format!("failure {}", code.value), words.join(", "), clause.span, Rule::PART);
            concept.word(format!("failure {} meaning", code.value), meaning, Rule::DEFINITIONAL);
        }
        ClauseKind::Emits(event) => {
            concept.facet(format!("emits {}", event.value), "yes", clause.span, Rule::PART);
        }
        ClauseKind::Idempotency { mode, key, reason } => {
            let key = key.as_ref().map_or(String::new(), |key| format!(" {}", key.value));
            concept.facet("idempotency", format!("{}{key}", mode.value), clause.span, Rule::BREAKING);
            if let Some(reason) = reason {
                concept.word("idempotency reason", reason, Rule::DEFINITIONAL);
            }
        }
        ClauseKind::Concurrency { mode, field } => {
            let field = field.as_ref().map_or(String::new(), |field| format!(" {}", field.value));
            concept.facet("concurrency", format!("{}{field}", mode.value), clause.span, Rule::BREAKING);
        }
        ClauseKind::Evidence(word) => concept.word("evidence", word, Rule::GOVERNANCE),
        ClauseKind::Lifecycle(word) => concept.word("lifecycle", word, Rule::BREAKING),
    }
}
