//! `evolution`: how what was released becomes what is declared now.
//!
//! What was released is not known here. Names that are declared now are checked; names of the past are taken as they are,
//! and mean nothing once what they speak of has been released.

use crate::expr::{self, Members};
use crate::load::ContextInput;
use crate::report;
use crate::types::{self, Shared};
use seac_model::{Context, Evolution, Field, Model, Split, TypeId, TypedExprKind};
use seac_syntax::Diagnostic;
use seac_syntax::sds::ast::{self as sds, Scalar, Text};
use std::collections::BTreeMap;

/// Adds what the SDS says about it to its context.
pub fn declare(input: &ContextInput, shared: &Shared, model: &mut Model, out: &mut Vec<Diagnostic>) {
    let Some(context) = model.contexts.get(&input.slug) else { return };
    let written = &input.sds.evolution;
    let mut evolution = Evolution::default();
    for (from, to) in &written.renames {
        if renamed(context, from, to, out) {
            evolution.renames.insert(from.value.to_string(), to.value.to_string());
        }
    }
    for (element, value) in &written.backfill {
        if let Some(stored) = backfill(model, context, &shared.members, element, value, out) {
            evolution.backfill.insert(element.value.to_string(), stored);
        }
    }
    let accepted = written.accepts.iter().map(|(change, reason)| (change.value.to_string(), reason.value.to_string()));
    evolution.accepted = accepted.collect();
    evolution.splits = written.splits.iter().filter_map(|split| self::split(context, split, out)).collect();
    evolution.splits.sort_by(|a, b| a.into.cmp(&b.into));
    if let Some(context) = model.contexts.get_mut(&input.slug) {
        context.evolution = evolution;
    }
}

/// The new name is declared, the old one is not, and both name the same kind of thing.
fn renamed(context: &Context, from: &Text, to: &Text, out: &mut Vec<Diagnostic>) -> bool {
    if declared(context, &from.value) {
        out.push(report::still_declared(from.span, &from.value));
        return false;
    }
    if from.value.contains('.') != to.value.contains('.') {
        out.push(report::renamed_across(to.span, &from.value, &to.value));
        return false;
    }
    known(context, to, out)
}

fn declared(context: &Context, element: &str) -> bool {
    match element.split_once('.') {
        Some(_) => field(context, element).is_some(),
        None => context.entities.contains_key(element),
    }
}

fn field<'a>(context: &'a Context, element: &str) -> Option<&'a Field> {
    let (entity, name) = element.split_once('.')?;
    context.entities.get(entity)?.fields.iter().find(|field| field.name == name)
}

/// Whether an entity or a field of one is declared; a finding if not.
fn known(context: &Context, element: &Text, out: &mut Vec<Diagnostic>) -> bool {
    if declared(context, &element.value) {
        return true;
    }
    let fields = |(name, entity): (&String, &seac_model::Entity)| -> Vec<String> {
        entity.fields.iter().map(|field| format!("{name}.{}", field.name)).collect()
    };
    let all: Vec<String> = match element.value.contains('.') {
        true => context.entities.iter().flat_map(fields).collect(),
        false => context.entities.keys().cloned().collect(),
    };
    let what = if element.value.contains('.') { "field" } else { "entity" };
    out.push(report::unknown(what, &element.value, element.span, all.iter().map(String::as_str)));
    false
}

/// The value as it is stored.
fn backfill(
    model: &Model,
    context: &Context,
    members: &BTreeMap<TypeId, Members>,
    element: &Text,
    value: &Scalar,
    out: &mut Vec<Diagnostic>,
) -> Option<String> {
    if !known(context, element, out) {
        return None;
    }
    let field = field(context, &element.value)?;
    let literal = types::literal(value)?;
    match expr::literal_as(&literal, value.span, &field.ty, &model.units, members) {
        Ok(typed) => match &typed.kind {
            TypedExprKind::Literal(literal) => Some(context.stored(&field.ty, literal)),
            _ => None,
        },
        Err(diagnostic) => {
            out.push(*diagnostic);
            None
        }
    }
}

fn split(context: &Context, written: &sds::Split, out: &mut Vec<Diagnostic>) -> Option<Split> {
    if !known(context, &written.into, out) {
        return None;
    }
    let mut fields = BTreeMap::new();
    for (name, from) in &written.fields {
        let element = Text::new(format!("{}.{}", written.into.value, name.value).into(), name.span);
        if known(context, &element, out) {
            fields.insert(name.value.to_string(), from.value.to_string());
        }
    }
    Some(Split { from: written.from.value.to_string(), into: written.into.value.to_string(), fields })
}
