//! AsyncAPI 3.0: the events of a context, who publishes them, and who acts on them.

use super::fidelity::ALL;
use super::reach::unreached;
use super::{Kind, Options, Page};
use crate::json_types::JsonTypes;
use crate::scope::Scope;
use crate::{EmitError, sorted};
use seac_model::{Event, Model, Step, TypeId};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A document for each context that publishes or consumes events.
pub fn project(model: &Model, options: &Options, page: &mut Page) -> Result<(), EmitError> {
    for (slug, context) in options.contexts(model) {
        let scope = Scope::new(model, slug, context);
        let mut document = Document::new(&scope);
        context.events.iter().for_each(|(name, event)| document.published(name, event));
        for (name, consumer) in &context.consumers {
            match scope.event(&consumer.event) {
                Some(event) => document.consumed(name, &consumer.event, event, &consumer.runs),
                None => {
                    page.losses.add(Kind::Consumer, format!("{slug}.{name}"), ALL, "Its event is not in the model.")
                }
            }
        }
        unreached(slug, context, &document.types.reached(), "No event names it.", page);
        let publishers = document.publishers.clone();
        for name in context.operations.keys().filter(|name| !publishers.contains(*name)) {
            page.losses.add(
                Kind::Operation,
                format!("{slug}.{name}"),
                ALL,
                "It neither publishes nor consumes events.",
            );
        }
        if document.channels.is_empty() {
            page.losses.add(Kind::Context, slug.as_str(), ALL, "It has no events and consumes none.");
            continue;
        }
        let origins = sorted(context.events.values().map(|event| &event.origin));
        page.file(slug, format!("{:#}\n", document.finish()), origins)?;
    }
    Ok(())
}

struct Document<'a> {
    scope: &'a Scope<'a>,
    types: JsonTypes<'a>,
    channels: Map<String, Value>,
    operations: Map<String, Value>,
    messages: Map<String, Value>,
    /// Operations that are named.
    publishers: BTreeSet<String>,
}

impl<'a> Document<'a> {
    fn new(scope: &'a Scope<'a>) -> Self {
        let types = JsonTypes::new(scope, "#/components/schemas/", true);
        let (channels, operations, messages, publishers) = Default::default();
        Self { scope, types, channels, operations, messages, publishers }
    }

    /// The channel and the message of an event; gives the key of the channel.
    fn channel(&mut self, id: &TypeId, event: &Event) -> String {
        let payload = self.types.reference(id);
        let key = payload["$ref"].as_str().and_then(|path| path.rsplit('/').next()).unwrap_or_default().to_owned();
        let mut message = json!({
            "name": id.name,
            "title": id.to_string(),
            "contentType": "application/json",
            "payload": payload,
        });
        let reference = json!({ "$ref": format!("#/components/messages/{key}") });
        let mut channel = json!({ "address": event.subject, "messages": { key.as_str(): reference } });
        if let Some(doc) = &event.doc {
            message["description"] = json!(doc);
            channel["description"] = json!(doc);
        }
        self.messages.insert(key.clone(), message);
        self.channels.insert(key.clone(), channel);
        key
    }

    fn published(&mut self, name: &str, event: &Event) {
        let id = TypeId::new(self.scope.slug, name);
        let channel = self.channel(&id, event);
        let publishes = |step: &Step| matches!(step, Step::Publish { event, .. } if *event == id);
        let operations = self.scope.context.operations.iter();
        let by: Vec<&str> = operations
            .filter(|(_, operation)| operation.steps.iter().any(publishes))
            .map(|(name, _)| name.as_str())
            .collect();
        let summary = match by.as_slice() {
            [] => "No operation publishes it.".to_owned(),
            by => format!("Published by {}.", by.join(", ")),
        };
        self.publishers.extend(by.into_iter().map(str::to_owned));
        let operation = self.operation("send", &channel, &summary);
        self.operations.insert(format!("publish-{channel}"), operation);
    }

    fn consumed(&mut self, name: &str, id: &TypeId, event: &Event, runs: &str) {
        let channel = self.channel(id, event);
        let operation = self.operation("receive", &channel, &format!("{name} runs {runs}."));
        self.publishers.insert(runs.to_owned());
        self.operations.insert(key(name), operation);
    }

    fn operation(&self, action: &str, channel: &str, summary: &str) -> Value {
        json!({
            "action": action,
            "channel": { "$ref": format!("#/channels/{channel}") },
            "summary": summary,
            "messages": [{ "$ref": format!("#/channels/{channel}/messages/{channel}") }],
        })
    }

    fn finish(self) -> Value {
        let context = self.scope.context;
        let mut info = json!({ "title": context.title, "version": context.version });
        if let Some(owner) = &context.owner {
            info["contact"] = json!({ "name": owner });
        }
        json!({
            "asyncapi": "3.0.0",
            "id": format!("urn:seac:{}", self.scope.slug),
            "info": info,
            "defaultContentType": "application/json",
            "channels": self.channels,
            "operations": self.operations,
            "components": { "messages": self.messages, "schemas": self.types.done },
        })
    }
}

/// A name in the characters that keys may have.
fn key(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' }).collect()
}
