//! What two versions of an interface are compared as, wherever they come from: names in full, fields by number.

use super::layout::Layout;
use super::tree::{self, File, Item, Type};
use seac_model::Origin;
use std::collections::{BTreeMap, BTreeSet};

/// Messages, enums and services by their full names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// Messages.
    pub messages: BTreeMap<String, Message>,
    /// Enums.
    pub enums: BTreeMap<String, Enum>,
    /// Services.
    pub services: BTreeMap<String, Service>,
    /// Options of files that show in code, by package; none if they are not known.
    pub options: BTreeMap<String, BTreeMap<String, String>>,
}

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Full names that it had before.
    pub formerly: BTreeSet<String>,
    /// Fields by number.
    pub fields: BTreeMap<u32, Field>,
    /// What is reserved.
    pub reserved: Reserved,
    /// Where it is declared in the specs.
    pub origin: Origin,
}

/// Numbers and names that nothing may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reserved {
    /// Ranges, both ends included.
    pub numbers: Vec<(i64, i64)>,
    /// Names.
    pub names: BTreeSet<String>,
}

impl Reserved {
    /// Whether a number is reserved.
    pub fn has(&self, number: i64) -> bool {
        self.numbers.iter().any(|(from, to)| (*from..=*to).contains(&number))
    }
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its name in JSON.
    pub json: String,
    /// How often it is there.
    pub presence: Presence,
    /// Its type.
    pub ty: FieldType,
    /// The `oneof` it is part of.
    pub oneof: Option<String>,
    /// The unit of the amounts in it, as far as it is known.
    pub unit: Option<String>,
    /// Where it is declared in the specs.
    pub origin: Origin,
}

/// How often a field is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "named after the words of the format")]
pub enum Presence {
    Implicit,
    Explicit,
    Required,
    Repeated,
}

/// The type of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// A built-in type.
    Scalar(&'static str),
    /// An enum, by its full name.
    Enum(String),
    /// A message, by its full name.
    Message(String),
}

impl std::fmt::Display for FieldType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Scalar(name) => f.write_str(name),
            Self::Enum(name) | Self::Message(name) => f.write_str(name),
        }
    }
}

/// An enum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enum {
    /// Full names that it had before.
    pub formerly: BTreeSet<String>,
    /// Names by number; several if they are aliases.
    pub values: BTreeMap<i32, BTreeSet<String>>,
    /// What is reserved.
    pub reserved: Reserved,
    /// Where it is declared in the specs.
    pub origin: Origin,
}

/// A service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Methods by name.
    pub methods: BTreeMap<String, Method>,
    /// Where it is declared in the specs.
    pub origin: Origin,
}

/// A method.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Method {
    /// What it takes.
    pub input: String,
    /// What it answers with.
    pub output: String,
    /// Whether the caller sends many of what it takes.
    pub client_streaming: bool,
    /// Whether it answers with many.
    pub server_streaming: bool,
    /// `NO_SIDE_EFFECTS`, `IDEMPOTENT`, or empty.
    pub idempotency: String,
    /// Where it is declared in the specs.
    pub origin: Origin,
}

impl Schema {
    /// Of trees.
    pub fn of(files: &[File], layout: &Layout) -> Self {
        let mut schema = Self::default();
        let enums: BTreeSet<String> = files
            .iter()
            .flat_map(|file| file.items.iter().map(move |item| (file, item)))
            .filter(|(_, item)| matches!(item, Item::Enum(_)))
            .map(|(file, item)| format!("{}.{}", file.package, item.name()))
            .collect();
        let read = Read { layout, enums };
        for file in files {
            for item in &file.items {
                let name = format!("{}.{}", file.package, item.name());
                match item {
                    Item::Message(message) => {
                        drop(schema.messages.insert(name, read.message(&file.package, message)));
                    }
                    Item::Enum(found) => drop(schema.enums.insert(name, enumeration(&file.package, found))),
                    Item::Service(service) => drop(schema.services.insert(name, read.service(service))),
                }
            }
            let options = file.options.iter().map(|(name, value)| (name.clone(), super::print::bare(value)));
            schema.options.entry(file.package.clone()).or_default().extend(options);
        }
        schema
    }
}

struct Read<'a> {
    layout: &'a Layout,
    enums: BTreeSet<String>,
}

impl Read<'_> {
    fn full(&self, reference: &tree::Reference) -> String {
        let (package, name) = self.layout.locate(reference);
        format!("{package}.{name}")
    }

    fn message(&self, package: &str, message: &tree::Message) -> Message {
        let formerly = message.formerly.iter().map(|name| format!("{package}.{name}")).collect();
        let fields = message.fields.iter().map(|field| (field.number, self.field(field))).collect();
        let names = message.reserved.names.iter().cloned().collect();
        Message { formerly, fields, reserved: reserved(&message.reserved, names), origin: message.origin.clone() }
    }

    fn field(&self, field: &tree::Field) -> Field {
        let ty = match &field.ty {
            Type::Scalar(name) => FieldType::Scalar(name),
            Type::Named(reference) => {
                let full = self.full(reference);
                if self.enums.contains(&full) { FieldType::Enum(full) } else { FieldType::Message(full) }
            }
        };
        let presence = match (field.label, &ty) {
            (tree::Label::Repeated, _) => Presence::Repeated,
            (tree::Label::Optional, _) | (_, FieldType::Message(_)) => Presence::Explicit,
            _ => Presence::Implicit,
        };
        Field {
            name: field.name.clone(),
            json: json_name(&field.name),
            presence,
            ty,
            oneof: None,
            unit: field.unit.clone(),
            origin: field.origin.clone(),
        }
    }

    fn service(&self, service: &tree::Service) -> Service {
        let methods = service.methods.iter().map(|method| {
            let level = method.options.iter().find(|(name, _)| name == "idempotency_level");
            let read = Method {
                input: self.full(&method.input),
                output: self.full(&method.output),
                client_streaming: method.client_streaming,
                server_streaming: method.server_streaming,
                idempotency: level.map(|(_, value)| super::print::bare(value)).unwrap_or_default(),
                origin: method.origin.clone(),
            };
            (method.name.clone(), read)
        });
        Service { methods: methods.collect(), origin: service.origin.clone() }
    }
}

fn enumeration(package: &str, found: &tree::Enum) -> Enum {
    let formerly = found.formerly.iter().map(|name| format!("{package}.{name}")).collect();
    let prefix = super::names::upper(&found.name);
    let mut values = BTreeMap::from([(0, BTreeSet::from([format!("{prefix}_UNSPECIFIED")]))]);
    for value in &found.values {
        let number = i32::try_from(value.number).unwrap_or(i32::MAX);
        values.insert(number, BTreeSet::from([format!("{prefix}_{}", value.name)]));
    }
    let names = found.reserved.names.iter().map(|name| format!("{prefix}_{name}")).collect();
    Enum { formerly, values, reserved: reserved(&found.reserved, names), origin: found.origin.clone() }
}

fn reserved(reserved: &tree::Reserved, names: BTreeSet<String>) -> Reserved {
    Reserved {
        numbers: reserved.numbers.iter().map(|number| (i64::from(*number), i64::from(*number))).collect(),
        names,
    }
}

/// The name of a field in JSON, where nothing else is said: `order_id` as `orderId`.
pub fn json_name(name: &str) -> String {
    let mut json = String::with_capacity(name.len());
    let mut capital = false;
    for letter in name.chars() {
        match letter {
            '_' => capital = true,
            letter if capital => {
                json.push(letter.to_ascii_uppercase());
                capital = false;
            }
            letter => json.push(letter),
        }
    }
    json
}
