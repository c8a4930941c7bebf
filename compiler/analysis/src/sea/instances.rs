//! Instances: each field against its entity, keys unique, references to what is there. One pass each.

use super::environment::{Derivations, ModelEnvironment};
use super::names::{Kind, Names};
use super::world::World;
use crate::expr::check::{Checker, Memos};
use crate::expr::{Const, NodeKind, Type};
use crate::report;
use seac_model::{TypeId, is_uuid};
use seac_syntax::sea::ast::{self, ExprKind};
use seac_syntax::{Diagnostic, Span};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

#[allow(clippy::disallowed_types, reason = "looked up by key only, so that its order cannot show")]
type Index<K, V> = std::collections::HashMap<K, V>;

/// Reads the fields of every instance into the world.
pub fn read<'a>(world: &mut World<'a>, names: &Names<'a>, out: &mut Vec<Diagnostic>) {
    for instance in &world.instances {
        for (name, _) in &instance.decl.fields {
            world.keys.intern(Cow::Borrowed(name.value.as_str()));
            if let (Some(entity), "name" | "id" | "entity") = (instance.entity, name.value.as_str()) {
                world.shadowed.insert((entity, name.value.as_str()));
            }
        }
    }
    let (mut notes, derivations) = (Vec::new(), Derivations::default());
    let base = world.notes.len();
    let mut ranges: Vec<Range<u32>> = Vec::with_capacity(world.instances.len());
    for index in 0..world.instances.len() {
        let start = place(base + notes.len());
        fields(world, names, index, &derivations, &mut notes, out);
        ranges.push(start..place(base + notes.len()));
    }
    world.notes.extend(notes);
    for (instance, range) in world.instances.iter_mut().zip(ranges) {
        instance.notes = range;
    }
    let keys = unique_keys(world, out);
    references(world, names, &keys, out);
}

fn place(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The fields of one instance, typed.
fn fields<'a>(
    world: &World<'a>,
    names: &Names<'a>,
    index: usize,
    derivations: &Derivations<'a>,
    notes: &mut Vec<(u32, Const<'a>)>,
    out: &mut Vec<Diagnostic>,
) {
    let instance = &world.instances[index];
    let declared = instance.entity.and_then(|entity| world.fields.get(&entity));
    let environment = ModelEnvironment::new(world, names, instance.module, derivations);
    let mut given: BTreeMap<&str, Span> = BTreeMap::new();
    for (name, expr) in &instance.decl.fields {
        if let Some(first) = given.get(name.value.as_str()) {
            out.push(report::declared_twice("field", &name.value, name.span, "field", *first));
            continue;
        }
        given.insert(&name.value, name.span);
        let field = declared.and_then(|declared| declared.get(&name.value));
        if let (Some(declared), None) = (declared, field) {
            let known = declared.fields.iter().map(|field| field.name);
            out.push(report::instance_field_unknown(name.span, &name.value, &instance.decl.entity.value, known));
            continue;
        }
        let ty = field.map_or(Type::Any, |field| field.ty.clone());
        let Some(value) = constant(&environment, expr, &ty, out) else { continue };
        if let Some(field) = field {
            for reason in field.checks.iter().filter_map(|check| check.fails(&value)) {
                out.push(report::instance_field_value(expr.span, field.name, &reason, field.span));
            }
        }
        if let Some(key) = world.keys.find(&name.value) {
            notes.push((key, value));
        }
    }
    for field in declared.iter().flat_map(|declared| &declared.fields) {
        if given.contains_key(field.name) {
            continue;
        }
        if field.required {
            out.push(report::instance_field_missing(instance.span, instance.name, field.name, field.span));
        } else if let Some(default) = field.default {
            let mut memos = Memos::default();
            let mut ignored = Vec::new();
            let node = Checker::new(&environment, 0, &mut memos, &mut ignored).literal(default, &field.ty);
            if let NodeKind::Const(value) = node.kind {
                notes.push((field.key, value));
            }
        }
    }
}

/// The value of a field. A bare word is a text where no type is declared.
fn constant<'a>(
    environment: &ModelEnvironment<'_, 'a>,
    expr: &'a ast::Expr,
    ty: &Type,
    out: &mut Vec<Diagnostic>,
) -> Option<Const<'a>> {
    if let (ExprKind::Path(path), Type::Any) = (&expr.kind, ty)
        && let [word] = path.as_slice()
    {
        return Some(Const::Text(Cow::Borrowed(&word.value)));
    }
    let mut memos = Memos::default();
    let node = Checker::new(environment, 0, &mut memos, out).value(expr, ty);
    let is_reference = matches!(node.kind, NodeKind::Const(Const::Instance(_))) && matches!(ty, Type::Ref(_));
    match node.kind {
        NodeKind::Const(Const::Text(text)) if *ty == Type::Uuid && !is_uuid(&text) => {
            out.push(report::mismatch(expr.span, "uuid", "another text"));
            None
        }
        // A uuid is a number; letters are one way to write it.
        NodeKind::Const(Const::Text(text)) if *ty == Type::Uuid => Some(Const::Text(lower(text))),
        NodeKind::Const(value) if is_reference || ty.is_open() || fits(&node.ty, ty) => Some(value),
        NodeKind::Const(_) => {
            out.push(report::mismatch(expr.span, &ty.spell(), &node.ty.spell()));
            None
        }
        NodeKind::Error => None,
        _ => {
            out.push(report::not_constant(expr.span));
            None
        }
    }
}

fn lower(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) { Cow::Owned(text.to_ascii_lowercase()) } else { text }
}

fn fits(found: &Type, expected: &Type) -> bool {
    match (found, expected) {
        (Type::List(found), Type::List(expected)) => found.is_open() || fits(found, expected),
        (Type::Text, Type::Value(_)) => true,
        (Type::Int, Type::Decimal) => true,
        _ => expected.is_open() || found == expected,
    }
}

/// Instances by entity and key.
type ByKey = Index<(u32, String), u32>;

fn unique_keys(world: &World<'_>, out: &mut Vec<Diagnostic>) -> ByKey {
    let mut keys = ByKey::with_capacity(world.instances.len());
    for (index, instance) in (0u32..).zip(&world.instances) {
        let Some(entity) = instance.entity else { continue };
        let declared = world.fields.get(&entity);
        let Some(key) = declared.and_then(|declared| declared.fields.iter().find(|field| field.is_key)) else {
            continue;
        };
        let notes = &world.notes[instance.notes.start as usize..instance.notes.end as usize];
        let Some((_, Const::Text(text))) = notes.iter().find(|(name, _)| *name == key.key) else { continue };
        match keys.get(&(entity, text.to_string())) {
            Some(first) => {
                let first = &world.instances[*first as usize];
                out.push(report::instance_key(instance.span, text, (first.name, first.span)));
            }
            None => {
                keys.insert((entity, text.to_string()), index);
            }
        }
    }
    keys
}

/// Turns keys in `ref` fields into the instances they name.
fn references(world: &mut World<'_>, names: &Names<'_>, keys: &ByKey, out: &mut Vec<Diagnostic>) {
    let mut targets: BTreeMap<TypeId, Option<u32>> = BTreeMap::new();
    for index in 0..world.instances.len() {
        let instance = &world.instances[index];
        let Some(declared) = instance.entity.and_then(|entity| world.fields.get(&entity)) else { continue };
        let (decl, range) = (instance.decl, instance.notes.clone());
        for at in range {
            let (key, value) = &world.notes[at as usize];
            let Some(field) = declared.by_key(*key) else { continue };
            let target = match &field.ty {
                Type::Ref(id) => id,
                Type::List(inner) => match inner.as_ref() {
                    Type::Ref(id) => id,
                    _ => continue,
                },
                _ => continue,
            };
            let find = || names.qualified(Kind::Entity, &target.context, &target.name).map(|symbol| symbol.index);
            // Most values need no second look.
            if !refers(value) {
                continue;
            }
            let Some(entity) = *targets.entry(target.clone()).or_insert_with(find) else { continue };
            let is_uuid = world.key_field(entity).is_some_and(|key| key.ty == Type::Uuid);
            let key = |text: &str| if is_uuid { text.to_ascii_lowercase() } else { text.to_owned() };
            let find = |text: &str| keys.get(&(entity, key(text))).copied();
            let resolved = resolve(value, entity, &world.instances, &find, &mut |text| {
                let written = decl.fields.iter().find(|(name, _)| name.value == field.name);
                let span = written.map_or(decl.id.span, |(_, expr)| expr.span);
                out.push(report::dangling(span, field.name, text, &target.name));
            });
            world.notes[at as usize].1 = resolved;
        }
    }
}

/// Whether a value may be a reference.
fn refers(value: &Const<'_>) -> bool {
    matches!(value, Const::Text(_) | Const::Instance(_) | Const::List(_))
}

fn resolve<'a>(
    value: &Const<'a>,
    entity: u32,
    instances: &[super::world::Instance<'_>],
    find: &impl Fn(&str) -> Option<u32>,
    dangling: &mut impl FnMut(&str),
) -> Const<'a> {
    match value {
        Const::Text(text) => match find(text) {
            Some(index) => Const::Instance(index),
            None => {
                dangling(text);
                value.clone()
            }
        },
        Const::Instance(index) if instances[*index as usize].entity != Some(entity) => {
            dangling(&format!("@{}", instances[*index as usize].name));
            value.clone()
        }
        Const::List(items) => {
            Const::List(items.iter().map(|item| resolve(item, entity, instances, find, dangling)).collect())
        }
        other => other.clone(),
    }
}
