//! What of a context becomes messages and enums: which ones there are, before anything is known about names and numbers.

use super::names;
use seac_model::{Context, Field, Model, Operation, Origin, Record, Ty, TypeId};
use std::collections::BTreeSet;

impl Shape<'_> {
    /// A name for it, if something else has the first one.
    pub fn otherwise(&self) -> String {
        let word = if self.behind.starts_with("Rpc") { &self.behind[3..] } else { "" };
        format!("{}{}", self.name.strip_suffix(word).unwrap_or(&self.name), self.behind)
    }
}

/// What a context brings.
pub struct Shapes<'a> {
    /// Messages, in the order in which they are written.
    pub messages: Vec<Shape<'a>>,
    /// Enums, likewise.
    pub enums: Vec<EnumShape>,
}

/// A message.
pub struct Shape<'a> {
    /// The type, or the operation and its part: `Order`, `place_order.request`.
    pub key: String,
    /// A name for it.
    pub name: String,
    /// What makes another one, if something else has it.
    pub behind: &'static str,
    /// What is said about it.
    pub doc: Option<&'a str>,
    /// What it is, for those who have only its text before them.
    pub kind: Kind<'a>,
    /// In order of declaration.
    pub fields: &'a [Field],
    /// Where it is declared.
    pub origin: &'a Origin,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "named after the words of the language")]
pub enum Kind<'a> {
    Entity,
    Record,
    Event,
    Request(&'a str),
    Response(&'a str),
}

/// An enum.
pub struct EnumShape {
    /// The type, or the operation: `OrderStatus`, `place_order.failure`.
    pub key: String,
    /// A name for it.
    pub name: String,
    /// In order of declaration.
    pub members: Vec<String>,
}

/// What a context brings. Records that are only what operations take or answer with become requests and responses.
pub fn of<'a>(model: &'a Model, uses: &Uses, slug: &str, context: &'a Context) -> Shapes<'a> {
    let mut messages = Vec::new();
    for (name, operation) in &context.operations {
        messages.extend(part(model, name, operation, &operation.input, Kind::Request(name)));
        messages.extend(part(model, name, operation, &operation.output, Kind::Response(name)));
    }
    for (name, entity) in &context.entities {
        messages.push(typed(name, entity.doc.as_deref(), Kind::Entity, &entity.fields, &entity.origin));
    }
    for (name, record) in context.records.iter().filter(|(name, _)| !context.events.contains_key(*name)) {
        let id = TypeId::new(slug, name);
        if !uses.is_only_part(&id) {
            messages.push(typed(name, record.doc.as_deref(), Kind::Record, &record.fields, &record.origin));
        }
    }
    for (name, event) in &context.events {
        messages.push(typed(name, event.doc.as_deref(), Kind::Event, &event.payload, &event.origin));
    }
    let declared = context.enums.iter().map(|(name, found)| EnumShape {
        key: name.clone(),
        name: names::pascal(name),
        members: found.members.iter().map(|member| member.name.clone()).collect(),
    });
    let failures = context.operations.iter().filter(|(_, operation)| !operation.failures.declared.is_empty());
    let failures = failures.map(|(name, operation)| EnumShape {
        key: failure_key(name),
        name: format!("{}Failure", names::pascal(name)),
        members: operation.failures.declared.keys().cloned().collect(),
    });
    Shapes { messages, enums: declared.chain(failures).collect() }
}

/// Whether the caller of an operation sends many, and whether it answers with many: the annotations of its flow say so.
pub fn streams(context: &Context, operation: &Operation) -> (bool, bool) {
    let flow = operation.flow.as_ref().and_then(|name| context.flows.get(name));
    let says = |key| {
        flow.and_then(|flow| flow.annotations.get(key)).is_some_and(|value| matches!(value.as_str(), "" | "true"))
    };
    let both = says("@bidirectional");
    (both || says("@client_streaming"), both || says("@streaming"))
}

/// The key of the enum of an operation's failures.
pub fn failure_key(operation: &str) -> String {
    format!("{operation}.failure")
}

/// The key of the message that an operation takes.
pub fn request_key(operation: &str) -> String {
    format!("{operation}.request")
}

/// The key of the message that an operation answers with.
pub fn response_key(operation: &str) -> String {
    format!("{operation}.response")
}

fn typed<'a>(name: &str, doc: Option<&'a str>, kind: Kind<'a>, fields: &'a [Field], origin: &'a Origin) -> Shape<'a> {
    let behind = match kind {
        Kind::Event => "Event",
        Kind::Record => "Record",
        _ => "Entity",
    };
    Shape { key: name.to_owned(), name: names::pascal(name), behind, doc, kind, fields, origin }
}

fn part<'a>(
    model: &'a Model,
    name: &'a str,
    operation: &'a Operation,
    record: &TypeId,
    kind: Kind<'a>,
) -> Option<Shape<'a>> {
    let record: &Record = model.record(record)?;
    let (key, word, behind) = match kind {
        Kind::Request(_) => (request_key(name), "Request", "RpcRequest"),
        _ => (response_key(name), "Response", "RpcResponse"),
    };
    let name = names::pascal(name) + word;
    let (doc, fields, origin) = (record.doc.as_deref(), record.fields.as_slice(), &operation.origin);
    Some(Shape { key, name, behind, doc, kind, fields, origin })
}

/// What the types of a model are used for.
pub struct Uses {
    /// Records that operations take or answer with.
    parts: BTreeSet<TypeId>,
    /// Types that fields hold.
    held: BTreeSet<TypeId>,
}

impl Uses {
    /// Of a whole model.
    pub fn of(model: &Model) -> Self {
        let (mut parts, mut held) = (BTreeSet::new(), BTreeSet::new());
        for context in model.contexts.values() {
            for operation in context.operations.values() {
                parts.extend([operation.input.clone(), operation.output.clone()]);
            }
            let entities = context.entities.values().flat_map(|entity| &entity.fields);
            let records = context.records.values().flat_map(|record| &record.fields);
            let events = context.events.values().flat_map(|event| &event.payload);
            held.extend(entities.chain(records).chain(events).filter_map(|field| held_type(&field.ty)).cloned());
        }
        Self { parts, held }
    }

    /// Whether a record is only what operations take or answer with, so that it has no name of its own.
    pub fn is_only_part(&self, record: &TypeId) -> bool {
        self.parts.contains(record) && !self.held.contains(record)
    }
}

/// The declared message or enum that values of a type are or hold.
pub fn held_type(ty: &Ty) -> Option<&TypeId> {
    match ty {
        Ty::List(inner) => held_type(inner),
        Ty::Record(id) | Ty::Entity(id) | Ty::Enum(id) => Some(id),
        _ => None,
    }
}

/// Whether a field that is absent must be told from one that has the zero value of its type. Messages can be absent anyway.
pub fn has_presence(field: &Field) -> bool {
    let is_scalar = matches!(
        field.ty,
        Ty::String | Ty::Int | Ty::Bool | Ty::Uuid | Ty::Bytes | Ty::Ref(_) | Ty::Value(_) | Ty::Enum(_)
    );
    is_scalar && (field.optional || field.default.is_some())
}
