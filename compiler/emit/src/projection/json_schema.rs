//! JSON Schema 2020-12: the types of a context, and those of others that they name.

use super::element::fields;
use super::{Kind, Options, Page};
use crate::json_types::JsonTypes;
use crate::scope::Scope;
use crate::{EmitError, origin};
use seac_model::{Constraint, Context, Model, Ty, TypeId};
use serde_json::{Value, json};

/// A file for each context.
pub fn project(model: &Model, options: &Options, page: &mut Page) -> Result<(), EmitError> {
    for (slug, context) in options.contexts(model) {
        let scope = Scope::new(model, slug, context);
        let document = document(&scope, options);
        losses(slug, context, page);
        page.file(slug, format!("{document:#}\n"), vec![origin(&context.origin)])?;
    }
    Ok(())
}

fn document(scope: &Scope<'_>, options: &Options) -> Value {
    let Scope { slug, context, .. } = *scope;
    let mut types = JsonTypes::new(scope, "#/$defs/", options.flag("closed"));
    for name in named(context) {
        types.reference(&TypeId::new(slug, name));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("{}{slug}", options.text("base")),
        "title": context.title,
        "$comment": format!("{} {}", context.namespace, context.version),
        "$defs": types.done,
    })
}

/// The names of all types of a context that have values.
fn named(context: &Context) -> impl Iterator<Item = &String> {
    let entities = context.entities.iter().filter(|(_, entity)| !entity.fields.is_empty()).map(|(name, _)| name);
    let types = context.enums.keys().chain(context.value_objects.keys()).chain(context.records.keys());
    types.chain(entities).chain(context.events.keys())
}

fn losses(slug: &str, context: &Context, page: &mut Page) {
    for (name, _) in context.entities.iter().filter(|(_, entity)| entity.fields.is_empty()) {
        page.losses.add(Kind::Entity, format!("{slug}.{name}"), "all", "It has no fields, and so no values.");
    }
    for (_, holder, field) in fields(context) {
        let id = format!("{slug}.{holder}.{}", field.name);
        let in_text = matches!(field.ty, Ty::Decimal | Ty::Quantity(_));
        let is_limit = |constraint: &Constraint| {
            use Constraint::{ExclusiveMax, ExclusiveMin, Max, Min};
            matches!(constraint, Min(_) | Max(_) | ExclusiveMin(_) | ExclusiveMax(_))
        };
        if in_text && field.constraints.iter().any(is_limit) {
            let why = "Exact decimals are texts in JSON, and JSON Schema compares numbers alone.";
            page.losses.add(Kind::Field, id.as_str(), "limits", why);
        }
        if field.unique {
            let why = "A schema describes one value; it cannot compare several.";
            page.losses.add(Kind::Field, id.as_str(), "unique", why);
        }
        if let Ty::Ref(entity) = &field.ty {
            let why = format!("A key is a text; that it names a `{entity}` is not said.");
            page.losses.add(Kind::Field, id, "ref", why);
        }
    }
}
