//! OpenTelemetry: a registry of semantic conventions with the attributes, events, spans and metrics of every context.

use super::fidelity::ALL;
use super::{Kind, Options, Page};
use crate::{EmitError, names, origin};
use seac_model::{Context, Direction, Field, Model, Ty, TypeId};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A file for each context, and the manifest of the registry.
pub fn project(model: &Model, options: &Options, page: &mut Page) -> Result<(), EmitError> {
    for (slug, context) in options.contexts(model) {
        let mut registry = Registry { model, slug, attributes: BTreeMap::new(), keys: BTreeMap::new() };
        let document = registry.document(context, page);
        page.file(&format!("registry/{slug}"), yaml(&document), vec![origin(&context.origin)])?;
    }
    let manifest =
        json!({ "description": "Written by seac from the specs.", "schema_url": options.text("schema-url") });
    page.file("registry/manifest", yaml(&manifest), Vec::new())
}

struct Registry<'a> {
    model: &'a Model,
    slug: &'a str,
    /// Definitions by key.
    attributes: BTreeMap<String, Value>,
    /// The holder and field that a key was given to.
    keys: BTreeMap<String, (String, String)>,
}

impl Registry<'_> {
    fn document(&mut self, context: &Context, page: &mut Page) -> Value {
        let slug = self.slug;
        let events: Vec<Value> = context
            .events
            .iter()
            .map(|(name, event)| {
                let attributes = self.references(name, &event.payload);
                json!({
                    "name": format!("{}.{}", word(slug), word(name)),
                    "brief": brief(event.doc.as_ref(), name),
                    "stability": "development",
                    "attributes": attributes,
                })
            })
            .collect();
        let spans: Vec<Value> = context
            .operations
            .iter()
            .map(|(name, operation)| {
                let fields =
                    self.model.record(&operation.input).map(|record| record.fields.clone()).unwrap_or_default();
                let kind = match operation.direction {
                    Direction::Inbound => "server",
                    Direction::Outbound => "client",
                    Direction::Internal => "internal",
                };
                json!({
                    "type": format!("{}.{}", word(slug), word(name)),
                    "kind": kind,
                    "name": { "note": format!("The span is called {slug}.{name}.") },
                    "brief": brief(operation.intent.as_ref(), name),
                    "stability": "development",
                    "attributes": self.references(&operation.input.name, &fields),
                })
            })
            .collect();
        let entities: Vec<Value> = context
            .entities
            .iter()
            .filter_map(|(name, entity)| {
                let key = entity.key_field()?;
                let identity = self.references(name, std::slice::from_ref(key));
                Some(json!({
                    "type": format!("{}.{}", word(slug), word(name)),
                    "brief": brief(entity.doc.as_ref(), name),
                    "stability": "development",
                    "identity": identity.iter().map(|reference| json!({ "ref": reference["ref"] })).collect::<Vec<_>>(),
                }))
            })
            .collect();
        let metrics: Vec<Value> =
            context.elements.iter().filter(|element| element.keyword == "Metric").map(metric(slug)).collect();
        self.losses(context, page);
        json!({
            "file_format": "definition/2",
            "attributes": self.attributes.values().collect::<Vec<_>>(),
            "entities": entities,
            "events": events,
            "metrics": metrics,
            "spans": spans,
        })
    }

    /// References to the attributes of fields, which are defined afterwards.
    fn references(&mut self, holder: &str, fields: &[Field]) -> Vec<Value> {
        fields
            .iter()
            .map(|field| {
                let key = self.attribute(holder, field);
                let level = if field.optional { "recommended" } else { "required" };
                json!({ "ref": key, "requirement_level": level })
            })
            .collect()
    }

    fn attribute(&mut self, holder: &str, field: &Field) -> String {
        let plain = format!("{}.{}.{}", word(self.slug), word(holder), word(&field.name));
        let owner = (holder.to_owned(), field.name.clone());
        let numbered = (2_u32..).map(|number| format!("{plain}_{number}"));
        let mut names = std::iter::once(plain.clone()).chain(numbered);
        let key = names.find(|key| self.keys.get(key).is_none_or(|known| *known == owner)).unwrap_or_default();
        self.keys.insert(key.clone(), owner);
        let definition = json!({
            "key": key,
            "type": self.ty(&field.ty),
            "brief": brief(field.doc.as_ref(), &format!("{holder}.{}", field.name)),
            "stability": "development",
        });
        self.attributes.insert(key.clone(), definition);
        key
    }

    fn ty(&self, ty: &Ty) -> Value {
        match ty {
            Ty::Int => json!("int"),
            Ty::Bool => json!("boolean"),
            Ty::List(inner) => match **inner {
                Ty::Int => json!("int[]"),
                Ty::Bool => json!("boolean[]"),
                _ => json!("string[]"),
            },
            Ty::Enum(id) => self.members(id).map_or_else(|| json!("string"), |members| json!({ "members": members })),
            // A decimal is no double; records and quantities are their JSON.
            _ => json!("string"),
        }
    }

    fn members(&self, id: &TypeId) -> Option<Vec<Value>> {
        let declared = self.model.enumeration(id)?;
        let member = |member: &seac_model::EnumMember| {
            let doc = brief(member.doc.as_ref(), &member.name);
            json!({ "id": word(&member.name), "value": member.wire, "brief": doc, "stability": "development" })
        };
        Some(declared.members.iter().map(member).collect())
    }

    fn losses(&self, context: &Context, page: &mut Page) {
        let known: BTreeSet<(&str, &str)> =
            self.keys.values().map(|(holder, field)| (holder.as_str(), field.as_str())).collect();
        let defined = |holder: &str, field: &str| known.contains(&(holder, field));
        let why = "Neither an event nor a call says it.";
        let mut holders: BTreeMap<(Kind, &str), bool> = BTreeMap::new();
        for (kind, holder, field) in super::element::fields(context) {
            let said = defined(holder, &field.name);
            *holders.entry((kind, holder)).or_default() |= said;
            if !said {
                page.losses.add(Kind::Field, format!("{}.{holder}.{}", self.slug, field.name), ALL, why);
            }
        }
        for (name, _) in context.entities.iter().filter(|(_, entity)| entity.key_field().is_none()) {
            page.losses.add(Kind::Entity, format!("{}.{name}", self.slug), ALL, "It has no key to be known by.");
        }
        let said = |name: &str| holders.get(&(Kind::Record, name)).copied().unwrap_or_default();
        for name in context.records.keys().filter(|name| !said(name)) {
            page.losses.add(Kind::Record, format!("{}.{name}", self.slug), ALL, why);
        }
        let attributes = serde_json::Value::from_iter(self.attributes.values().cloned()).to_string();
        for (name, declared) in &context.enums {
            if !declared.members.iter().all(|member| attributes.contains(&json!(member.wire).to_string())) {
                page.losses.add(Kind::Enum, format!("{}.{name}", self.slug), ALL, why);
            }
        }
    }
}

fn metric(slug: &str) -> impl Fn(&seac_model::Element) -> Value {
    move |element| {
        let unit = element.facets.get("@unit").map(|unit| unit.trim_matches('"').to_owned());
        json!({
            "name": format!("{}.{}", word(slug), word(&element.name)),
            "instrument": "gauge",
            "unit": unit.unwrap_or_else(|| "1".to_owned()),
            "brief": brief(element.doc.as_ref(), &element.name),
            "note": element.facets.get("expression").cloned().unwrap_or_default(),
            "stability": "development",
        })
    }
}

fn brief(doc: Option<&String>, name: &str) -> String {
    doc.cloned().unwrap_or_else(|| name.to_owned())
}

/// A name as a part of an attribute's: small letters, digits and `_`, a letter first.
fn word(name: &str) -> String {
    let plain: String = names::snake_text(name)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .collect();
    if plain.starts_with(|c: char| c.is_ascii_lowercase()) { plain } else { format!("n{plain}") }
}

/// A value as YAML: objects and lists in blocks, texts as JSON writes them, which YAML reads.
fn yaml(value: &Value) -> String {
    let mut text = String::new();
    block(&mut text, value, 0);
    text
}

fn block(text: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                text.push_str(&format!("{indent}{key}:"));
                inner(text, value, depth);
            }
        }
        Value::Array(items) => {
            for item in items {
                let mut inside = String::new();
                block(&mut inside, item, depth + 1);
                // The first line of the item stands behind the dash.
                text.push_str(&format!("{indent}- {}", inside.trim_start()));
            }
        }
        scalar => text.push_str(&format!("{indent}{scalar}\n")),
    }
}

fn inner(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            text.push('\n');
            block(text, value, depth + 1);
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            block(text, value, depth + 1);
        }
        scalar => text.push_str(&format!(" {scalar}\n")),
    }
}
