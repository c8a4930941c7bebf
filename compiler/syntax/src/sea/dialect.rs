//! What the reference compiler would not read, or would read without its meaning: our extensions of the language.

use super::ast::*;
use super::walk;
use crate::diagnostic::{Diagnostic, sort};
use crate::report;

/// Annotations with a meaning here.
const TYPED: &[&str] = &["cqrs", "tx", "outbox", "read_model", "idempotency"];

/// One finding per use of an extension.
pub fn extensions(tree: &SeaFile) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for declaration in &tree.declarations {
        if let Some(docs) = &declaration.docs {
            found.push(report::doc_comment(docs.span));
        }
        of_declaration(&declaration.kind, &mut found);
        walk::expressions(&declaration.kind, &mut |expr| of_expression(expr, &mut found));
    }
    sort(&mut found);
    found
}

fn of_declaration(kind: &DeclarationKind, found: &mut Vec<Diagnostic>) {
    match kind {
        DeclarationKind::Unit(unit) => {
            found.extend(unit.offset.as_ref().map(|offset| report::unit_offset(offset.span)))
        }
        DeclarationKind::Flow(flow) => of_flow(flow, found),
        DeclarationKind::Entity(entity) => entity.fields.iter().flatten().for_each(|field| of_field(field, found)),
        DeclarationKind::Record(record) => record.fields.iter().for_each(|field| of_field(field, found)),
        DeclarationKind::Operation(operation) => of_operation(operation, found),
        _ => {}
    }
}

fn of_flow(flow: &Flow, found: &mut Vec<Diagnostic>) {
    for annotation in &flow.annotations {
        if annotation.span.start > flow.to.span.start {
            found.push(report::late_annotation(annotation.span, flow.to.span));
        } else if TYPED.contains(&annotation.key.value.as_str()) {
            found.push(report::typed_annotation(&annotation.key));
        }
    }
}

fn of_field(field: &Field, found: &mut Vec<Diagnostic>) {
    if let Some(docs) = &field.docs {
        found.push(report::doc_comment(docs.span));
    }
    let mut ty = &field.ty;
    while let TypeExprKind::List(inner) = &ty.kind {
        ty = inner;
    }
    if let TypeExprKind::Named(name) = &ty.kind
        && matches!(name.value.as_str(), "bytes" | "json")
    {
        found.push(report::extended_type(name));
    }
}

fn of_operation(operation: &Operation, found: &mut Vec<Diagnostic>) {
    let mut effects = 0;
    for clause in &operation.clauses {
        match &clause.kind {
            ClauseKind::Emits(_) => found.push(report::emits(clause.span)),
            ClauseKind::Direction(word) if word.value != "inbound" => found.push(report::direction(word)),
            ClauseKind::Effect { .. } => {
                effects += 1;
                if effects > 1 {
                    found.push(report::second_effect(clause.span));
                }
            }
            ClauseKind::Access { bindings, .. } => {
                let late = bindings.iter().filter(|binding| binding.at.value != "precondition");
                found.extend(late.map(|binding| report::late_policy(&binding.at)));
            }
            ClauseKind::Failure { kinds, .. } => {
                let ours = kinds.iter().filter(|kind| kind.value == "dependency");
                found.extend(ours.map(report::failure_kind));
            }
            _ => {}
        }
    }
}

fn of_expression(expr: &Expr, found: &mut Vec<Diagnostic>) {
    let members = match &expr.kind {
        ExprKind::Path(path) => path.len() - 1,
        ExprKind::Instance { members, .. } => members.len(),
        _ => 0,
    };
    if members > 1 {
        found.push(report::long_path(expr.span));
    }
}
