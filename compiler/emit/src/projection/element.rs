//! Everything a model holds, as a list: what a format has to carry or to name as lost.

use super::{Kind, Options};
use seac_model::{Context, Field, Model, Ty};
use std::collections::BTreeSet;

/// An element of a model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Element {
    /// Its id: `orders`, `orders.Order`, `orders.Order.total`.
    pub id: String,
    /// What kind of element it is.
    pub kind: Kind,
    /// Its own name.
    pub name: String,
}

/// All elements of what is projected of a model, sorted by id; of its units those that are declared or in use.
pub fn elements(model: &Model, options: &Options) -> Vec<Element> {
    let mut found = List(Vec::new());
    for (slug, context) in options.contexts(model) {
        found.add(Kind::Context, slug.clone(), slug);
        found.context(slug, context);
    }
    for unit in units(model, options) {
        found.add(Kind::Unit, format!("unit {unit}"), unit);
    }
    for id in model.notes.keys() {
        found.add(Kind::Note, id.clone(), id);
    }
    found.0.sort();
    found.0
}

/// The symbols of units that fields have, with the bases they are multiples of, sorted, and those no model has by itself.
pub fn units<'m>(model: &'m Model, options: &Options) -> BTreeSet<&'m str> {
    let mut used: BTreeSet<&str> = BTreeSet::new();
    for (_, context) in options.contexts(model) {
        for (.., field) in fields(context) {
            let mut ty = &field.ty;
            while let Ty::List(inner) = ty {
                ty = inner;
            }
            if let Ty::Quantity(unit) = ty {
                used.insert(unit);
            }
        }
    }
    let bases: Vec<&str> = used.iter().filter_map(|unit| Some(model.units.get(*unit)?.base.as_str())).collect();
    used.extend(bases);
    let declared = model.units.keys().map(String::as_str).filter(|symbol| !seac_model::Unit::is_builtin(symbol));
    used.extend(declared);
    used
}

/// Every field of a context: of what kind of holder, its name, and the field.
pub fn fields(context: &Context) -> impl Iterator<Item = (Kind, &str, &Field)> {
    let entities = context.entities.iter().map(|(name, entity)| (Kind::Entity, name, &entity.fields));
    let records = context.records.iter().map(|(name, record)| (Kind::Record, name, &record.fields));
    let events = context.events.iter().map(|(name, event)| (Kind::Event, name, &event.payload));
    let holders = entities.chain(records).chain(events);
    holders.flat_map(|(kind, name, fields)| fields.iter().map(move |field| (kind, name.as_str(), field)))
}

/// The kind of a declaration that no service is made from.
pub fn kind_of(element: &seac_model::Element) -> Kind {
    if element.is_remark() {
        return Kind::Remark;
    }
    match element.keyword.as_str() {
        "Dimension" => Kind::Dimension,
        "Resource" => Kind::Resource,
        "Pattern" => Kind::Pattern,
        "role_binding" => Kind::RoleBinding,
        "Relation" => Kind::Relation,
        "Instance" => Kind::Instance,
        "Metric" => Kind::Metric,
        "ConceptChange" => Kind::ConceptChange,
        "Mapping" => Kind::Mapping,
        "Projection" => Kind::Projection,
        _ => Kind::Environment,
    }
}

/// The id of a declaration that no service is made from: its name may be that of something else.
pub fn id_of(slug: &str, element: &seac_model::Element) -> String {
    format!("{slug}.{} {}", element.keyword, element.name)
}

struct List(Vec<Element>);

impl List {
    fn add(&mut self, kind: Kind, id: String, name: &str) {
        self.0.push(Element { id, kind, name: name.to_owned() });
    }

    fn all<'a>(&mut self, kind: Kind, slug: &str, names: impl IntoIterator<Item = &'a String>) {
        for name in names {
            self.add(kind, format!("{slug}.{name}"), name);
        }
    }

    fn context(&mut self, slug: &str, context: &Context) {
        self.all(Kind::Enum, slug, context.enums.keys());
        self.all(Kind::ValueObject, slug, context.value_objects.keys());
        self.all(Kind::Record, slug, context.records.keys());
        self.all(Kind::Entity, slug, context.entities.keys());
        self.all(Kind::Role, slug, context.roles.keys());
        self.all(Kind::Policy, slug, context.policies.keys());
        self.all(Kind::Event, slug, context.events.keys());
        self.all(Kind::Operation, slug, context.operations.keys());
        self.all(Kind::InboundPort, slug, context.inbound_ports.keys());
        self.all(Kind::OutboundPort, slug, context.outbound_ports.keys());
        self.all(Kind::Adapter, slug, context.adapters.keys());
        self.all(Kind::Consumer, slug, context.consumers.keys());
        self.all(Kind::Connector, slug, context.connectors.keys());
        self.all(Kind::Invariant, slug, context.invariants.keys());
        for name in context.flows.keys() {
            self.add(Kind::Flow, format!("{slug}.flow {name}"), name);
        }
        for (_, holder, field) in fields(context) {
            self.add(Kind::Field, format!("{slug}.{holder}.{}", field.name), &field.name);
        }
        for grant in &context.grants {
            self.add(Kind::Grant, format!("{slug}.grant {} {}", grant.role, grant.operation), &grant.role.name);
        }
        if !context.evolution.is_empty() {
            self.add(Kind::Evolution, format!("{slug}.evolution"), slug);
        }
        for element in &context.elements {
            self.add(kind_of(element), id_of(slug, element), &element.name);
        }
    }
}
