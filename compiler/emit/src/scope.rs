//! What the files of one context may look at, and the key under which they are known.

use crate::sql::History;
use crate::templates::Shadows;
use crate::{Histories, services};
use seac_model::{Context, Entity, Enum, Event, Fingerprints, Model, Record, TypeId, Unit, fingerprint, hex};
use std::collections::{BTreeMap, BTreeSet};

/// One context, and those it reaches by `uses`. Its files are made from a scope and can show nothing else, so that they
/// need not be made again while the scope is what it was: see [`keys`].
pub struct Scope<'a> {
    /// The context's name.
    pub slug: &'a str,
    /// The context.
    pub context: &'a Context,
    model: &'a Model,
    reach: BTreeSet<&'a str>,
}

impl<'a> Scope<'a> {
    /// The scope of a context of `model`.
    pub fn new(model: &'a Model, slug: &'a str, context: &'a Context) -> Self {
        let mut reach = BTreeSet::from([slug]);
        let mut open = vec![context];
        while let Some(context) = open.pop() {
            for used in &context.uses {
                if let Some(context) = model.contexts.get(used).filter(|_| reach.insert(used)) {
                    open.push(context);
                }
            }
        }
        Self { slug, context, model, reach }
    }

    /// The contexts whose crates this one depends on: those it uses itself.
    pub fn used(&self) -> impl Iterator<Item = &'a String> {
        let model = self.model;
        self.context.uses.iter().filter(|used| model.contexts.contains_key(*used))
    }

    /// A context that is reached.
    pub fn context(&self, slug: &str) -> Option<&'a Context> {
        self.reach.contains(slug).then(|| self.model.contexts.get(slug)).flatten()
    }

    /// The entity with this id.
    pub fn entity(&self, id: &TypeId) -> Option<&'a Entity> {
        self.context(&id.context)?.entities.get(&id.name)
    }

    /// The record with this id.
    pub fn record(&self, id: &TypeId) -> Option<&'a Record> {
        self.context(&id.context)?.records.get(&id.name)
    }

    /// The event with this id.
    pub fn event(&self, id: &TypeId) -> Option<&'a Event> {
        self.context(&id.context)?.events.get(&id.name)
    }

    /// The enum with this id.
    pub fn enumeration(&self, id: &TypeId) -> Option<&'a Enum> {
        self.context(&id.context)?.enums.get(&id.name)
    }

    /// The unit with this symbol.
    pub fn unit(&self, symbol: &str) -> Option<&'a Unit> {
        self.model.units.get(symbol)
    }
}

/// The key of every context that files are made for: a SHA-256 of all that its files can show, the lines of the specs
/// among it. One `seac` makes the same files from the same key. Keys are for one machine: they depend on its word size.
///
/// `prints` are the [`seac_model::fingerprints`] of the model.
pub fn keys(
    model: &Model,
    prints: &Fingerprints,
    histories: &Histories,
    shadows: &Shadows,
) -> BTreeMap<String, String> {
    let shared = fingerprint(&(&model.units, shadows));
    let key = |slug: &str, context| {
        let reach = Scope::new(model, slug, context).reach;
        let reached: Vec<_> = reach.iter().map(|slug| (slug, prints.get(*slug))).collect();
        let history: Option<&History> = histories.get(slug);
        hex(&fingerprint(&(slug, reached, history, shared)))
    };
    services(model).map(|(slug, context)| (slug.clone(), key(slug, context))).collect()
}
