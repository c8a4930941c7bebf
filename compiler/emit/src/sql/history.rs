//! What was released of a context: the history that its next migration builds on.
//!
//! It stands next to the specs as `<context>.lock.json`, is written by `seac generate --release` alone, and is reviewed
//! like a spec. Output is a function of specs, lock and compiler.

use super::schema::Schema;
use crate::proto::Wire;
use seac_model::Context;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the format this compiler writes.
pub const FORMAT: u32 = 2;

/// The oldest version that it reads: without numbers of what goes over the wire.
const OLDEST: u32 = 1;

/// The histories of several contexts, by slug.
pub type Histories = BTreeMap<String, History>;

/// What was released of a context.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// [`FORMAT`].
    pub format: u32,
    /// The slug of the context.
    pub context: String,
    /// The migrations that were released, first to last. Databases keep their digests, so their text is kept here.
    pub migrations: Vec<Migration>,
    /// The tables they lead to.
    pub tables: Schema,
    /// The events that were released, by name.
    pub events: BTreeMap<String, Event>,
    /// The numbers and names of what goes over the wire.
    #[serde(default, skip_serializing_if = "Wire::is_empty")]
    pub wire: Wire,
}

/// A migration that was released.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Migration {
    /// A few words, as in its file's name.
    pub name: String,
    /// What it does on each engine, line by line, by the name of the engine's folder.
    pub apply: BTreeMap<String, Vec<String>>,
    /// What undoes it, for development.
    pub revert: BTreeMap<String, Vec<String>>,
    /// Tables whose rows have to satisfy more than before.
    pub checks: Vec<String>,
}

/// The payload of an event that was released.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// How often it was released with another payload.
    pub version: u32,
    /// Its fields.
    pub fields: BTreeMap<String, EventField>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventField {
    /// Its type in the words of the specs.
    pub ty: String,
    /// Is it always there?
    pub required: bool,
}

impl History {
    /// Of a context that was never released.
    pub fn empty(slug: &str) -> Self {
        Self {
            format: FORMAT,
            context: slug.to_owned(),
            migrations: Vec::new(),
            tables: Schema::new(),
            events: BTreeMap::new(),
            wire: Wire::default(),
        }
    }

    /// Reads a lock file.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str, slug: &str) -> Result<Self, String> {
        let history: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if !(OLDEST..=FORMAT).contains(&history.format) {
            return Err(format!("it has format {}, this seac knows {OLDEST} to {FORMAT}", history.format));
        }
        if history.context != slug {
            return Err(format!("it is the history of `{}`", history.context));
        }
        Ok(history)
    }

    /// Its text: JSON for reviews, one member a line, in a fixed order.
    pub fn to_text(&self) -> String {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        text + "\n"
    }

    /// What consumers of the released events would no longer understand, as event and change.
    pub fn broken_events(&self, context: &Context) -> Vec<(String, String)> {
        let now = events(context);
        let mut broken = Vec::new();
        for (name, event) in &self.events {
            match now.get(name) {
                None => broken.push((name.clone(), "it is gone".to_owned())),
                Some(now) => broken.extend(breaks(event, now).into_iter().map(|change| (name.clone(), change))),
            }
        }
        broken
    }

    /// The events as they would be released now.
    pub fn next_events(&self, context: &Context) -> BTreeMap<String, Event> {
        let mut next = events(context);
        for (name, event) in &mut next {
            if let Some(before) = self.events.get(name) {
                event.version = before.version + u32::from(before.fields != event.fields);
            }
        }
        next
    }
}

fn events(context: &Context) -> BTreeMap<String, Event> {
    let fields = |event: &seac_model::Event| {
        let field = |field: &seac_model::Field| {
            (field.name.clone(), EventField { ty: field.ty.to_string(), required: !field.optional })
        };
        event.payload.iter().map(field).collect()
    };
    context.events.iter().map(|(name, event)| (name.clone(), Event { version: 1, fields: fields(event) })).collect()
}

/// New fields do no harm; a consumer that reads an old one does not find what it was promised.
fn breaks(before: &Event, now: &Event) -> Vec<String> {
    let change = |(name, old): (&String, &EventField)| match now.fields.get(name) {
        None => Some(format!("`{name}` is gone")),
        Some(new) if new.ty != old.ty => Some(format!("`{name}` was {} and is {}", old.ty, new.ty)),
        Some(new) if old.required && !new.required => Some(format!("`{name}` may be missing")),
        Some(_) => None,
    };
    before.fields.iter().filter_map(change).collect()
}
