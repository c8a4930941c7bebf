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
use seac_syntax::sea::ast::DeclarationKind;
use std::collections::{BTreeMap, BTreeSet};

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
        replaced(input, context);
    }
}

/// Adds what the models of a context say about it: an entity `@replaces` another one, which is no longer declared. Of
/// several that replace the same one, none is it under another name.
pub fn replaced(input: &ContextInput, context: &mut Context) {
    let mut by_old: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for declaration in input.sea.iter().flat_map(|file| &file.declarations) {
        let DeclarationKind::Entity(entity) = &declaration.kind else { continue };
        let Some((old, _)) = entity.replaces.as_deref() else { continue };
        by_old.entry(old.value.to_string()).or_default().push(entity.name.value.to_string());
    }
    let said: BTreeSet<String> = context.evolution.renames.values().cloned().collect();
    for (old, new) in by_old {
        if let [new] = new.as_slice()
            && !context.entities.contains_key(&old)
            && context.entities.contains_key(new)
            && !said.contains(new)
        {
            context.evolution.renames.entry(old).or_insert_with(|| new.clone());
        }
    }
}

/// The new name is declared, the old one is not, and both name the same kind of thing.
fn renamed(context: &Context, from: &Text, to: &Text, out: &mut Vec<Diagnostic>) -> bool {
    let types = types_of(context);
    let declared = |element: &str| match element.split_once('.') {
        Some((name, part)) => types.get(name).is_some_and(|parts| parts.contains(&part)),
        None => types.contains_key(element),
    };
    if declared(&from.value) {
        out.push(report::still_declared(from.span, &from.value));
        return false;
    }
    let has_parts = to.value.contains('.');
    if from.value.contains('.') != has_parts {
        out.push(report::renamed_across(to.span, &from.value, &to.value));
        return false;
    }
    if declared(&to.value) {
        return true;
    }
    let parts = types.iter().flat_map(|(name, parts)| parts.iter().map(move |part| format!("{name}.{part}")));
    let (what, all): (_, Vec<String>) = match has_parts {
        true => ("field", parts.collect()),
        false => ("entity", types.keys().map(|name| (*name).to_owned()).collect()),
    };
    out.push(report::unknown(what, &to.value, to.span, all.iter().map(String::as_str)));
    false
}

/// Everything that can be renamed: types, each with its fields or members.
fn types_of(context: &Context) -> BTreeMap<&str, BTreeSet<&str>> {
    fn names(fields: &[Field]) -> Vec<&str> {
        fields.iter().map(|field| field.name.as_str()).collect()
    }
    let mut types: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut add = |name, parts: Vec<_>| types.entry(name).or_default().extend(parts);
    context.entities.iter().for_each(|(name, entity)| add(name.as_str(), names(&entity.fields)));
    context.records.iter().for_each(|(name, record)| add(name, names(&record.fields)));
    context.events.iter().for_each(|(name, event)| add(name, names(&event.payload)));
    context.enums.iter().for_each(|(name, found)| add(name, found.members.iter().map(|m| m.name.as_str()).collect()));
    types
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
