//! What a format leaves out because nothing that it carries names it.

use super::fidelity::ALL;
use super::{Kind, Page};
use seac_model::{Context, TypeId};
use std::collections::BTreeSet;

/// Notes every type of a context, with its fields, that is not among `reached`.
pub fn unreached(slug: &str, context: &Context, reached: &BTreeSet<TypeId>, why: &str, page: &mut Page) {
    let named: [(Kind, Vec<&String>); 5] = [
        (Kind::Enum, context.enums.keys().collect()),
        (Kind::ValueObject, context.value_objects.keys().collect()),
        (Kind::Record, context.records.keys().collect()),
        (Kind::Entity, context.entities.keys().collect()),
        (Kind::Event, context.events.keys().collect()),
    ];
    let all = named.into_iter().flat_map(|(kind, names)| names.into_iter().map(move |name| (kind, name)));
    for (kind, name) in all.filter(|(_, name)| !reached.contains(&TypeId::new(slug, name.as_str()))) {
        page.losses.add(kind, format!("{slug}.{name}"), ALL, why);
    }
    for (_, holder, field) in super::element::fields(context) {
        if !reached.contains(&TypeId::new(slug, holder)) {
            page.losses.add(Kind::Field, format!("{slug}.{holder}.{}", field.name), ALL, why);
        }
    }
}
