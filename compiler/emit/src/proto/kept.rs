//! The trees of what was released: as much of them as the lock keeps.

use super::Options;
use super::items::{DECIMAL, QUANTITY};
use super::shape::{request_key, response_key};
use super::tree::{self, Enum, EnumValue, Field, Home, Item, Label, Message, Method, Reference, Service, Type, Value};
use super::wire::{self, Reserved, Wire};
use std::collections::{BTreeMap, BTreeSet};

/// The items of a context.
pub fn items(wires: &BTreeMap<String, Wire>, slug: &str, options: &Options) -> Vec<Item> {
    let Some(wire) = wires.get(slug) else { return Vec::new() };
    let messages = wire.messages.iter().filter(|(_, message)| !message.removed).map(|(key, message)| {
        Item::Message(Message {
            name: message.name.clone(),
            formerly: message.formerly.clone(),
            fields: message.fields.values().map(|field| self::field(wires, field)).collect(),
            reserved: reserved(&message.reserved),
            is_part: key.ends_with(".request") || key.ends_with(".response"),
            ..Message::default()
        })
    });
    let enums = wire.enums.values().filter(|found| !found.removed).map(|found| {
        let value = |slot: &wire::Slot| EnumValue {
            name: slot.name.clone(),
            number: slot.number,
            doc: String::new(),
            origin: Default::default(),
        };
        Item::Enum(Enum {
            name: found.name.clone(),
            formerly: found.formerly.clone(),
            doc: String::new(),
            values: found.values.values().map(value).collect(),
            reserved: reserved(&found.reserved),
            origin: Default::default(),
        })
    });
    let service = wire.service.iter().filter(|_| options.services).map(|service| {
        let methods = service.methods.iter().filter_map(|(key, method)| self::method(wire, slug, key, method));
        Item::Service(Service {
            name: service.name.clone(),
            doc: String::new(),
            methods: methods.collect(),
            origin: Default::default(),
        })
    });
    // In the order of the files, because names are given in it.
    service.chain(messages).chain(enums).collect()
}

fn method(wire: &Wire, slug: &str, key: &str, method: &wire::Method) -> Option<Method> {
    let message = |key: String| {
        let name = wire.messages.get(&key)?.name.clone();
        Some(Reference { home: Home::Context(slug.to_owned()), name })
    };
    let level = if method.idempotency == "NO_SIDE_EFFECTS" { "NO_SIDE_EFFECTS" } else { "IDEMPOTENT" };
    Some(Method {
        name: method.name.clone(),
        doc: String::new(),
        input: message(request_key(key))?,
        output: message(response_key(key))?,
        client_streaming: method.client_streaming,
        server_streaming: method.server_streaming,
        options: vec![("idempotency_level".to_owned(), Value::Word(level))],
        origin: Default::default(),
    })
}

fn field(wires: &BTreeMap<String, Wire>, field: &wire::Field) -> Field {
    let label = match field.label.as_str() {
        "repeated" => Label::Repeated,
        "optional" => Label::Optional,
        _ => Label::Plain,
    };
    let unit = field.ty.strip_prefix("quantity<").and_then(|rest| rest.strip_suffix('>'));
    Field {
        name: field.name.clone(),
        number: field.number,
        label,
        ty: ty(wires, &field.ty),
        doc: String::new(),
        options: Vec::new(),
        unit: unit.map(str::to_owned),
        origin: Default::default(),
    }
}

/// The type that a text of the lock means: the other way of [`wire`]'s.
fn ty(wires: &BTreeMap<String, Wire>, text: &str) -> Type {
    let named = |home, name: &str| Type::Named(Reference { home, name: name.to_owned() });
    let declared = |id: &str, is_enum: bool| {
        let (slug, key) = id.split_once('.')?;
        let wire = wires.get(slug)?;
        let name = if is_enum { &wire.enums.get(key)?.name } else { &wire.messages.get(key)?.name };
        Some(named(Home::Context(slug.to_owned()), name))
    };
    match text {
        "int64" => Type::Scalar("int64"),
        "bool" => Type::Scalar("bool"),
        "bytes" => Type::Scalar("bytes"),
        "decimal" => named(Home::Shared, DECIMAL),
        "timestamp" => named(Home::Google("google/protobuf/timestamp.proto"), "Timestamp"),
        "json" => named(Home::Google("google/protobuf/struct.proto"), "Value"),
        text if text.starts_with("quantity<") => named(Home::Shared, QUANTITY),
        text => {
            let message = text.strip_prefix("message ").and_then(|id| declared(id, false));
            let found = message.or_else(|| text.strip_prefix("enum ").and_then(|id| declared(id, true)));
            found.unwrap_or(Type::Scalar("string"))
        }
    }
}

fn reserved(gone: &BTreeSet<Reserved>) -> tree::Reserved {
    super::items::reserved(gone)
}
