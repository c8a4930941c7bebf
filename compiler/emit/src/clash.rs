//! Names that are two in the specs and one in what is emitted.
//!
//! Emitted names have the style of their place: `OrderLine` and `order_line` are one type, `Self` and `self` one field, the
//! entities `a_b` of `c` and `b` of `c_a` may be one table. What would not compile, or would silently share a table, is found
//! here and told in the words of the specs.

use crate::{names, runbooks};
use rayon::prelude::*;
use seac_model::{Context, Field, Model, Origin};
use std::collections::BTreeMap;

/// Two names that become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameClash {
    /// What both become.
    pub becomes: String,
    /// What they become, in words: `a type`, `a field`, …
    pub what: &'static str,
    /// The name that came first, and where.
    pub first: (String, Origin),
    /// The other.
    pub second: (String, Origin),
}

/// The clashes of a model: between contexts, and in those that `among` names.
pub fn clashes(model: &Model, among: impl Fn(&str) -> bool + Sync) -> Vec<NameClash> {
    let mut found = Vec::new();
    let mut tables = Space::new("a table");
    let mut crates = Space::new("a crate");
    for (slug, context) in &model.contexts {
        crates.add(names::crate_ident(slug).to_string(), slug, &context.origin);
        for (name, entity) in context.entities.iter().filter(|(_, entity)| !entity.key.is_empty()) {
            tables.add(names::table_name(slug, name), name, &entity.origin);
        }
    }
    let contexts = model.contexts.par_iter().filter(|(slug, _)| among(slug)).map(|(_, context)| in_context(context));
    let contexts = contexts.collect::<Vec<_>>();
    found.extend(contexts.into_iter().flatten());
    [crates.found, tables.found, found].concat()
}

fn in_context(context: &Context) -> Vec<NameClash> {
    let mut found = types(context);
    found.extend(functions(context));
    found.extend(documents(context));
    for entity in context.entities.values() {
        found.extend(fields(&entity.fields));
    }
    for record in context.records.values() {
        found.extend(fields(&record.fields));
    }
    for event in context.events.values() {
        found.extend(fields(&event.payload));
    }
    for declared in context.enums.values() {
        let mut members = Space::new("a variant");
        for member in &declared.members {
            members.add(names::variant(&member.name).to_string(), &member.name, &declared.origin);
        }
        found.extend(members.found);
    }
    found
}

/// Types, operations, ports and adapters meet in the modules that use them.
fn types(context: &Context) -> Vec<NameClash> {
    let mut space = Space::new("a type");
    let mut add = |name: &String, origin: &Origin| space.add(names::pascal(name).to_string(), name, origin);
    context.enums.iter().for_each(|(name, declared)| add(name, &declared.origin));
    context.value_objects.iter().for_each(|(name, declared)| add(name, &declared.origin));
    context.records.iter().for_each(|(name, declared)| add(name, &declared.origin));
    // Entities without a body are only the ends of flows.
    let kept = context.entities.iter().filter(|(_, entity)| !entity.key.is_empty());
    kept.for_each(|(name, declared)| add(name, &declared.origin));
    let own_events = context.events.iter().filter(|(name, _)| !context.records.contains_key(*name));
    own_events.for_each(|(name, declared)| add(name, &declared.origin));
    context.operations.iter().for_each(|(name, declared)| add(name, &declared.origin));
    context.outbound_ports.iter().for_each(|(name, declared)| add(name, &declared.origin));
    context.adapters.iter().for_each(|(name, declared)| add(name, &declared.origin));
    space.found
}

/// Policies, connectors and consumers, each among themselves.
fn functions(context: &Context) -> Vec<NameClash> {
    let mut found = Vec::new();
    let mut among = |what: &'static str, names: Vec<(&String, &Origin)>| {
        let mut space = Space::new(what);
        names.into_iter().for_each(|(name, origin)| space.add(names::snake(name).to_string(), name, origin));
        found.extend(space.found);
    };
    among("a function", context.policies.iter().map(|(name, policy)| (name, &policy.origin)).collect());
    among("a module", context.connectors.iter().map(|(name, connector)| (name, &connector.origin)).collect());
    among("a function", context.consumers.iter().map(|(name, consumer)| (name, &consumer.origin)).collect());
    found
}

/// The files of runbooks; some systems tell no capitals apart.
fn documents(context: &Context) -> Vec<NameClash> {
    let mut space = Space::new("a runbook");
    let written = context.invariants.iter().filter(|(_, invariant)| invariant.runbook.is_some());
    written.for_each(|(id, invariant)| space.add(runbooks::file(id).to_lowercase(), id, &invariant.origin));
    space.found
}

fn fields(fields: &[Field]) -> Vec<NameClash> {
    let mut space = Space::new("a field");
    for field in fields {
        space.add(names::snake(&field.name).to_string(), &field.name, &field.origin);
    }
    space.found
}

/// Names that have to differ.
struct Space {
    what: &'static str,
    taken: BTreeMap<String, (String, Origin)>,
    found: Vec<NameClash>,
}

impl Space {
    fn new(what: &'static str) -> Self {
        Self { what, taken: BTreeMap::new(), found: Vec::new() }
    }

    fn add(&mut self, becomes: String, name: &str, origin: &Origin) {
        let this = (name.to_owned(), origin.clone());
        match self.taken.get(&becomes) {
            None => drop(self.taken.insert(becomes, this)),
            Some(first) => self.found.push(NameClash { becomes, what: self.what, first: first.clone(), second: this }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seac_model::{Invariant, Runbook};

    fn invariant(runbook: Option<Runbook>) -> Invariant {
        let (statement, severity) = ("It holds.".to_owned(), "low".to_owned());
        Invariant { statement, severity, probe: None, every: None, runbook, origin: Origin::default() }
    }

    #[test]
    fn runbooks_of_one_name_are_told_of_and_invariants_without_one_are_not() {
        let ids = [("INV 1", true), ("INV/1", false), ("INV_2", true), ("inv_1", true)];
        let invariants = ids.map(|(id, told)| (id.to_owned(), invariant(told.then(Runbook::default)))).into();
        let context = Context { invariants, ..Context::default() };
        let model = Model { contexts: [("shop".to_owned(), context)].into(), ..Model::default() };
        let found = clashes(&model, |_| true);
        let told = found.iter().map(|clash| (clash.becomes.as_str(), clash.first.0.as_str(), clash.second.0.as_str()));
        assert_eq!(told.collect::<Vec<_>>(), [("inv_1.md", "INV 1", "inv_1")]);
    }
}
