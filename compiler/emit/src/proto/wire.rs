//! What goes over the wire of a context: the numbers and names of messages, fields and values. Once released they never mean
//! anything else; the lock file keeps them.

use super::names::{self, Names};
use super::numbering::{Numbered, Numbering, reserve, slots};
use super::shape::{self, Shape, Shapes};
use seac_model::{Context, Idempotency, OperationKind, Ty};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// The numbers and names of a context, by the names of the specs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wire {
    /// Messages, by type, or by operation and part: `Order`, `place_order.request`.
    pub messages: BTreeMap<String, Message>,
    /// Enums, by type, or by operation: `OrderStatus`, `place_order.failure`.
    pub enums: BTreeMap<String, Enum>,
    /// The service, if the context has operations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
}

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Its name in Protobuf.
    pub name: String,
    /// Names that it had before.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub formerly: BTreeSet<String>,
    /// Whether the specs have it no more.
    #[serde(default, skip_serializing_if = "is_false")]
    pub removed: bool,
    /// Its fields.
    pub fields: BTreeMap<String, Field>,
    /// What no field may have again.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub reserved: BTreeSet<Reserved>,
}

/// A field of a message.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name in Protobuf.
    pub name: String,
    /// Its number.
    pub number: u32,
    /// `optional`, `repeated`, or nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// What it holds: a type of Protobuf, `decimal`, `quantity<USD>`, `message orders.Order`, `enum orders.OrderStatus`.
    pub ty: String,
}

/// An enum.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enum {
    /// Its name in Protobuf.
    pub name: String,
    /// Names that it had before.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub formerly: BTreeSet<String>,
    /// Whether the specs have it no more.
    #[serde(default, skip_serializing_if = "is_false")]
    pub removed: bool,
    /// Its values, without the one for zero.
    pub values: BTreeMap<String, Slot>,
    /// What no value may have again.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub reserved: BTreeSet<Reserved>,
}

/// A name with its number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// The name in Protobuf, without the prefix that all values of an enum have.
    pub name: String,
    /// The number.
    pub number: u32,
}

/// A name that was in use, and its number unless that is in use still.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reserved {
    /// The number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// The name in Protobuf.
    pub name: String,
}

/// The service of a context.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Its name in Protobuf.
    pub name: String,
    /// Its methods, by operation.
    pub methods: BTreeMap<String, Method>,
}

/// A method.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// Its name in Protobuf.
    pub name: String,
    /// `NO_SIDE_EFFECTS` or `IDEMPOTENT`.
    pub idempotency: String,
    /// Whether the caller sends many of what it takes.
    #[serde(default, skip_serializing_if = "is_false")]
    pub client_streaming: bool,
    /// Whether it answers with many.
    #[serde(default, skip_serializing_if = "is_false")]
    pub server_streaming: bool,
}

/// A name that was released, given up, and is wanted again: what is under way would be misread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reused {
    /// Type, or operation and part.
    pub owner: String,
    /// The field or member.
    pub name: String,
}

impl Reused {
    /// It as one element of the specs.
    pub fn element(&self) -> String {
        format!("{}.{}", self.owner, self.name)
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Wire {
    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.enums.is_empty() && self.service.is_none()
    }
}

/// The numbers and names of a context after what was released before: that keeps its own, and what is new comes behind it in
/// the order of declaration.
pub fn assign(shapes: &Shapes<'_>, slug: &str, context: &Context, before: &Wire) -> (Wire, Vec<Reused>) {
    let old_names = context.evolution.renames.iter().map(|(old, new)| (new.as_str(), old.as_str())).collect();
    let (types, values, reused) = Default::default();
    let mut assign = Assign { context, before, old_names, types, values, reused };
    assign.take_released();
    let mut wire = Wire::default();
    for enumeration in &shapes.enums {
        wire.enums.insert(enumeration.key.clone(), assign.enumeration(enumeration));
    }
    wire.messages = shapes.messages.iter().map(|shape| (shape.key.clone(), assign.message(shape))).collect();
    wire.service = assign.service(slug);
    assign.keep_removed(&mut wire);
    (wire, assign.reused)
}

struct Assign<'a> {
    context: &'a Context,
    before: &'a Wire,
    /// The names that elements were released with, by those that they have now.
    old_names: BTreeMap<&'a str, &'a str>,
    /// Names of messages, enums and the service.
    types: Names,
    /// Whole names of the values of enums: they share the scope of their enum.
    values: BTreeSet<String>,
    reused: Vec<Reused>,
}

impl<'a> Assign<'a> {
    /// What was released has its name before anything new asks for one.
    fn take_released(&mut self) {
        let Wire { messages, enums, service } = self.before;
        for message in messages.values() {
            self.types.take(&message.name);
            message.formerly.iter().for_each(|name| _ = self.types.take(name));
        }
        for found in enums.values() {
            self.types.take(&found.name);
            found.formerly.iter().for_each(|name| _ = self.types.take(name));
            self.values.extend(found.values.values().map(|value| whole(&found.name, &value.name)));
        }
        if let Some(service) = service {
            self.types.take(&service.name);
        }
    }

    fn message(&mut self, shape: &Shape<'_>) -> Message {
        let same = self.before.messages.get(&shape.key);
        let renamed = self.old_name(&shape.key).and_then(|old| self.before.messages.get(old));
        let before = same.or(renamed);
        let name = match same {
            Some(same) => same.name.clone(),
            None => self.types.first_free(shape.name.clone(), || Some(shape.otherwise()), ""),
        };
        let formerly = self.formerly(&shape.key, &name, before.map(|before| (&before.name, &before.formerly)));
        let nothing = (BTreeMap::new(), BTreeSet::new());
        let (fields, reserved) = before.map_or((&nothing.0, &nothing.1), |m| (&m.fields, &m.reserved));
        let released = fields.iter().map(|(key, field)| (key.as_str(), (field.name.as_str(), field.number))).collect();
        let wanted = shape.fields.iter().map(|field| (field.name.as_str(), names::snake(&field.name))).collect();
        let mut taken = Names::default();
        let numbering = Numbering { released, reserved, wanted, old_names: self.old_parts(&shape.key) };
        let Numbered { slots, reserved, reused } = slots(numbering, &mut |name| taken.take(name));
        let by_name = |(key, slot): (&str, Slot)| {
            let field = shape.fields.iter().find(|field| field.name == key)?;
            let (label, ty) = wire_type(field);
            Some((key.to_owned(), Field { name: slot.name, number: slot.number, label, ty }))
        };
        let fields = slots.into_iter().filter_map(by_name).collect();
        self.reuse(&shape.key, reused);
        Message { name, formerly, removed: false, fields, reserved }
    }

    fn enumeration(&mut self, shape: &shape::EnumShape) -> Enum {
        let same = self.before.enums.get(&shape.key);
        let renamed = self.old_name(&shape.key).and_then(|old| self.before.enums.get(old));
        let before = same.or(renamed);
        let name = match same {
            Some(same) => same.name.clone(),
            None => self.types.first_free(shape.name.clone(), || None, ""),
        };
        let formerly = self.formerly(&shape.key, &name, before.map(|before| (&before.name, &before.formerly)));
        let nothing = Enum::default();
        let before = before.unwrap_or(&nothing);
        let released = before.values.iter().map(|(key, slot)| (key.as_str(), (slot.name.as_str(), slot.number)));
        let wanted = shape.members.iter().map(|member| (member.as_str(), names::upper(member)));
        let numbering = Numbering {
            released: released.collect(),
            reserved: &before.reserved,
            wanted: wanted.collect(),
            old_names: self.old_parts(&shape.key),
        };
        let mut taken = Names::default();
        taken.take("UNSPECIFIED");
        let values = &mut self.values;
        let Numbered { slots, reserved, reused } = slots(numbering, &mut |value| {
            let whole = whole(&name, value);
            let released = before.values.values().any(|slot| slot.name == *value);
            taken.is_free(value) && (released || !values.contains(&whole)) && {
                values.insert(whole);
                taken.take(value)
            }
        });
        let values = slots.into_iter().map(|(key, slot)| (key.to_owned(), slot)).collect();
        self.reuse(&shape.key, reused);
        Enum { name, formerly, removed: false, values, reserved }
    }

    /// The name that a type was released with, if it has another one now.
    fn old_name(&self, key: &str) -> Option<&'a str> {
        self.old_names.get(key).copied()
    }

    /// The same of the fields or members of a type.
    fn old_parts(&self, key: &str) -> BTreeMap<&'a str, &'a str> {
        if self.old_names.is_empty() {
            return BTreeMap::new();
        }
        let begin = format!("{key}.");
        let renamed = self.old_names.range::<str, _>((Bound::Included(begin.as_str()), Bound::Unbounded));
        renamed.map_while(|(new, old)| Some((new.strip_prefix(&begin)?, old.rsplit_once('.')?.1))).collect()
    }

    /// The names that a type had, besides the one that it has.
    fn formerly(&self, key: &str, name: &str, before: Option<(&String, &BTreeSet<String>)>) -> BTreeSet<String> {
        let mut formerly = before.map(|(_, formerly)| formerly.clone()).unwrap_or_default();
        // What was never released may have been published all the same.
        let published = || self.old_name(key).map(names::pascal);
        formerly.extend(before.map(|(name, _)| name.clone()).or_else(published));
        formerly.remove(name);
        formerly
    }

    fn reuse(&mut self, owner: &str, names: Vec<String>) {
        self.reused.extend(names.into_iter().map(|name| Reused { owner: owner.to_owned(), name }));
    }

    fn service(&mut self, slug: &str) -> Option<Service> {
        if self.context.operations.is_empty() {
            return None;
        }
        let before = self.before.service.as_ref();
        let name = match before {
            Some(before) => before.name.clone(),
            None => {
                let base = names::pascal(slug);
                self.types.first_free(format!("{base}Service"), || Some(format!("{base}ApiService")), "")
            }
        };
        let mut taken = Names::default();
        let released: BTreeMap<&String, &String> =
            before.iter().flat_map(|before| &before.methods).map(|(key, method)| (key, &method.name)).collect();
        for name in released.values() {
            taken.take(name);
        }
        let method = |(key, operation): (&String, &seac_model::Operation)| {
            let name = match released.get(key) {
                Some(name) => (*name).clone(),
                None => taken.first_free(names::pascal(key), || None, ""),
            };
            let idempotency = match (operation.kind, &operation.idempotency) {
                (OperationKind::Query, _) => "NO_SIDE_EFFECTS",
                (OperationKind::Command, Idempotency::KeyedBy { .. } | Idempotency::Inherent) => "IDEMPOTENT",
            };
            let (client_streaming, server_streaming) = shape::streams(self.context, operation);
            (key.clone(), Method { name, idempotency: idempotency.to_owned(), client_streaming, server_streaming })
        };
        Some(Service { name, methods: self.context.operations.iter().map(method).collect() })
    }

    /// What the specs have no more stays known, so that its names and numbers are not given to something else.
    fn keep_removed(&self, wire: &mut Wire) {
        let types = wire.messages.keys().chain(wire.enums.keys());
        let renamed: BTreeSet<&str> = types.filter_map(|key| self.old_name(key)).collect();
        for (key, message) in self.before.messages.iter().filter(|(key, _)| !renamed.contains(key.as_str())) {
            wire.messages.entry(key.clone()).or_insert_with(|| {
                let gone = message.fields.values().map(|field| reserve(&field.name, field.number));
                let reserved = message.reserved.iter().cloned().chain(gone).collect();
                let (name, formerly) = (message.name.clone(), message.formerly.clone());
                Message { name, formerly, removed: true, fields: BTreeMap::new(), reserved }
            });
        }
        for (key, found) in self.before.enums.iter().filter(|(key, _)| !renamed.contains(key.as_str())) {
            wire.enums.entry(key.clone()).or_insert_with(|| {
                let gone = found.values.values().map(|slot| reserve(&slot.name, slot.number));
                let reserved = found.reserved.iter().cloned().chain(gone).collect();
                let (name, formerly) = (found.name.clone(), found.formerly.clone());
                Enum { name, formerly, removed: true, values: BTreeMap::new(), reserved }
            });
        }
    }
}

fn whole(enumeration: &str, value: &str) -> String {
    format!("{}_{value}", names::upper(enumeration))
}

/// The label and the type of a field, in the words of the lock.
fn wire_type(field: &seac_model::Field) -> (String, String) {
    match &field.ty {
        Ty::List(inner) => ("repeated".to_owned(), type_text(inner)),
        ty if shape::has_presence(field) => ("optional".to_owned(), type_text(ty)),
        ty => (String::new(), type_text(ty)),
    }
}

fn type_text(ty: &Ty) -> String {
    match ty {
        Ty::String | Ty::Uuid | Ty::Ref(_) | Ty::Value(_) => "string".to_owned(),
        Ty::Int => "int64".to_owned(),
        Ty::Bool => "bool".to_owned(),
        Ty::Bytes => "bytes".to_owned(),
        Ty::Decimal => "decimal".to_owned(),
        Ty::Timestamp => "timestamp".to_owned(),
        Ty::Json => "json".to_owned(),
        Ty::Quantity(unit) => format!("quantity<{unit}>"),
        Ty::Enum(id) => format!("enum {id}"),
        Ty::Record(id) | Ty::Entity(id) => format!("message {id}"),
        // Lists are not nested.
        Ty::List(inner) => type_text(inner),
    }
}
