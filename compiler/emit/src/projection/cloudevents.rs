//! CloudEvents: a catalogue of the types of event a context publishes, in the form of the registry for messages (xRegistry).

use super::fidelity::ALL;
use super::reach::unreached;
use super::{Kind, Options, Page};
use crate::json_types::JsonTypes;
use crate::scope::Scope;
use crate::{EmitError, sorted};
use seac_model::{Event, Model, TypeId};
use serde_json::{Map, Value, json};

/// A catalogue for each context that has events.
pub fn project(model: &Model, options: &Options, page: &mut Page) -> Result<(), EmitError> {
    for (slug, context) in options.contexts(model) {
        let scope = Scope::new(model, slug, context);
        let mut types = JsonTypes::new(&scope, "#/$defs/", true);
        for name in context.events.keys() {
            types.reference(&TypeId::new(slug, name));
        }
        unreached(slug, context, &types.reached(), "No event names it.", page);
        if context.events.is_empty() {
            page.losses.add(Kind::Context, slug.as_str(), ALL, "It has no events.");
            continue;
        }
        let mut messages = Map::new();
        for (name, event) in &context.events {
            messages.insert(name.clone(), message(&scope, name, event, options));
        }
        let group = json!({
            "messagegroupid": slug,
            "name": context.title,
            "envelope": "CloudEvents/1.0",
            "messages": messages,
        });
        let document =
            json!({ "specversion": "1.0-rc2", "registryid": slug, "messagegroups": { slug.as_str(): group } });
        let origins = sorted(context.events.values().map(|event| &event.origin));
        page.file(slug, format!("{document:#}\n"), origins)?;
    }
    Ok(())
}

fn message(scope: &Scope<'_>, name: &str, event: &Event, options: &Options) -> Value {
    let mut types = JsonTypes::new(scope, "#/$defs/", true);
    let id = TypeId::new(scope.slug, name);
    let mut schema = types.reference(&id);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["$defs"] = json!(types.done);
    let prefix = options.text("prefix");
    let fixed = |value: String| json!({ "type": "string", "value": value, "required": true });
    let mut message = json!({
        "messageid": name,
        "envelope": "CloudEvents/1.0",
        "envelopemetadata": {
            "id": { "type": "string", "required": true },
            "source": { "type": "uritemplate", "value": format!("urn:seac:{}", scope.slug), "required": true },
            "type": fixed(format!("{prefix}{}.{name}", scope.context.namespace)),
            "subject": fixed(event.subject.clone()),
            "time": { "type": "timestamp", "required": true },
            "datacontenttype": fixed("application/json".to_owned()),
        },
        "dataschemaformat": "JSONSchema/2020-12",
        "dataschema": schema,
    });
    if let Some(doc) = &event.doc {
        message["description"] = json!(doc);
    }
    message
}
