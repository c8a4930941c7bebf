//! The messages, enums and the service of one context as a tree.

use super::shape::{self, EnumShape, Kind, Shape, Shapes};
use super::tree::{
    Enum, EnumValue, Field, Home, Item, Label, Message, Method, Reference, Reserved, Service, Type, Value,
};
use super::wire::{self, Wire};
use super::{Note, Options, governance, rules};
use seac_model::{Context, Failure, FailureKind, Literal, Model, Operation, Origin, Ty, TypeId, TypedExprKind};
use std::collections::{BTreeMap, BTreeSet};

/// Name of the message for exact numbers, where nothing else has it.
pub const DECIMAL: &str = "Decimal";

/// Name of the message for amounts of a unit, likewise.
pub const QUANTITY: &str = "Quantity";

/// What all contexts are looked at with.
pub struct World<'a> {
    /// The model.
    pub model: &'a Model,
    /// Names and numbers of all contexts.
    pub wires: &'a BTreeMap<String, Wire>,
    /// What is asked for.
    pub options: &'a Options,
}

/// The items of a context, in the order in which they are written, and what they do not say.
pub fn of(world: &World<'_>, slug: &str, context: &Context, shapes: &Shapes<'_>) -> (Vec<Item>, Vec<Note>) {
    let nothing = Wire::default();
    let wire = world.wires.get(slug).unwrap_or(&nothing);
    let mut items = Items { world, slug, context, wire, notes: Vec::new() };
    let mut made = Vec::with_capacity(shapes.messages.len() + shapes.enums.len() + 1);
    if world.options.services {
        made.extend(items.service().map(Item::Service));
    }
    made.extend(shapes.messages.iter().filter_map(|shape| items.message(shape)).map(Item::Message));
    made.extend(shapes.enums.iter().filter_map(|shape| items.enumeration(shape)).map(Item::Enum));
    (made, items.notes)
}

struct Items<'a> {
    world: &'a World<'a>,
    slug: &'a str,
    context: &'a Context,
    wire: &'a Wire,
    notes: Vec<Note>,
}

impl Items<'_> {
    fn note(&mut self, element: String, origin: &Origin, what: &str) {
        self.notes.push(Note { context: self.slug.to_owned(), element, what: what.to_owned(), origin: origin.clone() });
    }

    fn message(&mut self, shape: &Shape<'_>) -> Option<Message> {
        let wire = self.wire.messages.get(&shape.key)?;
        let mut fields: Vec<Field> = Vec::with_capacity(shape.fields.len());
        for field in shape.fields {
            fields.extend(wire.fields.get(&field.name).map(|slot| self.field(shape, field, slot)));
        }
        fields.sort_by_key(|field| field.number);
        let mut doc = Doc::new(shape.doc);
        match shape.kind {
            Kind::Request(operation) => doc.line(&format!("What `{operation}` takes.")),
            Kind::Response(operation) => doc.line(&format!("What `{operation}` answers with.")),
            Kind::Event if shape.doc.is_none() => doc.line(&format!("The event `{}`.", shape.key)),
            Kind::Entity if shape.doc.is_none() => doc.line(&format!("The entity `{}`.", shape.key)),
            Kind::Record if shape.doc.is_none() => doc.line(&format!("The record `{}`.", shape.key)),
            _ => {}
        }
        if shape.kind == Kind::Entity && self.world.options.governance {
            governance::entity(self.context, &shape.key, &mut doc);
        }
        Some(Message {
            name: wire.name.clone(),
            formerly: wire.formerly.clone(),
            doc: doc.0,
            options: Vec::new(),
            fields,
            reserved: reserved(&wire.reserved),
            is_part: matches!(shape.kind, Kind::Request(_) | Kind::Response(_)),
            origin: shape.origin.clone(),
        })
    }

    fn field(&mut self, shape: &Shape<'_>, field: &seac_model::Field, slot: &wire::Field) -> Field {
        let element = || format!("{}.{}", shape.key, field.name);
        let mut doc = Doc::new(field.doc.as_deref());
        let (label, inner) = match &field.ty {
            Ty::List(inner) => (Label::Repeated, &**inner),
            ty if shape::has_presence(field) => (Label::Optional, ty),
            ty => (Label::Plain, ty),
        };
        self.told_by_type(inner, &mut doc);
        let rules = rules::of(self.world.model, field);
        for rule in &rules.in_words {
            doc.line(rule);
            self.note(element(), &field.origin, &format!("only a comment says: {rule}"));
        }
        if let Some(default) = &field.default {
            let text = match &default.kind {
                TypedExprKind::Literal(literal) => format!("Default: {}.", literal_text(literal)),
                _ => "Has a default.".to_owned(),
            };
            doc.line(&text);
        }
        if field.unique {
            doc.line("No two have the same.");
            self.note(element(), &field.origin, "only a comment says that no two have the same value");
        }
        if label == Label::Repeated && field.optional {
            doc.line("Empty if there is none.");
            self.note(element(), &field.origin, "a list that is absent is an empty one");
        }
        let options = rules.value.filter(|_| self.world.options.rules).map(|value| (rules::OPTION.to_owned(), value));
        Field {
            name: slot.name.clone(),
            number: slot.number,
            label,
            ty: self.ty(inner),
            doc: doc.0,
            options: options.into_iter().collect(),
            unit: if let Ty::Quantity(unit) = inner { Some(unit.clone()) } else { None },
            origin: field.origin.clone(),
        }
    }

    /// What is said of a value by its type and cannot be seen in the type it becomes.
    fn told_by_type(&self, ty: &Ty, doc: &mut Doc) {
        match ty {
            Ty::Quantity(unit) => match self.world.model.units.get(unit) {
                Some(declared) => doc.line(&format!("In {unit} ({}).", declared.dimension)),
                None => doc.line(&format!("In {unit}.")),
            },
            Ty::Ref(id) => doc.line(&format!("Key of {}.", self.named(id))),
            Ty::Value(id) => {
                let declared = self.world.model.contexts.get(&id.context);
                let object = declared.and_then(|context| context.value_objects.get(&id.name));
                match object.and_then(|object| object.doc.as_deref()) {
                    Some(said) => doc.line(&format!("{}: {said}", self.named(id))),
                    None => doc.line(&format!("{}.", self.named(id))),
                }
            }
            _ => {}
        }
    }

    fn named(&self, id: &TypeId) -> String {
        if id.context == self.slug { id.name.clone() } else { id.to_string() }
    }

    fn ty(&self, ty: &Ty) -> Type {
        let google = |file, name: &str| Type::Named(Reference { home: Home::Google(file), name: name.to_owned() });
        let shared = |name: &str| Type::Named(Reference { home: Home::Shared, name: name.to_owned() });
        match ty {
            Ty::String | Ty::Uuid | Ty::Ref(_) | Ty::Value(_) => Type::Scalar("string"),
            Ty::Int => Type::Scalar("int64"),
            Ty::Bool => Type::Scalar("bool"),
            Ty::Bytes => Type::Scalar("bytes"),
            Ty::Timestamp => google("google/protobuf/timestamp.proto", "Timestamp"),
            Ty::Json => google("google/protobuf/struct.proto", "Value"),
            Ty::Decimal => shared(DECIMAL),
            Ty::Quantity(_) => shared(QUANTITY),
            Ty::Enum(id) => self.declared(id, |wire| wire.enums.get(&id.name).map(|found| &found.name)),
            Ty::Record(id) | Ty::Entity(id) => {
                self.declared(id, |wire| wire.messages.get(&id.name).map(|found| &found.name))
            }
            Ty::List(inner) => self.ty(inner),
        }
    }

    fn declared<'w>(&'w self, id: &TypeId, name: impl FnOnce(&'w Wire) -> Option<&'w String>) -> Type {
        match self.world.wires.get(&id.context).and_then(name) {
            Some(name) => Type::Named(Reference { home: Home::Context(id.context.clone()), name: name.clone() }),
            // What could not be resolved is reported elsewhere.
            None => Type::Scalar("string"),
        }
    }

    fn enumeration(&mut self, shape: &EnumShape) -> Option<Enum> {
        let wire = self.wire.enums.get(&shape.key)?;
        let (doc, origin) = match self.context.enums.get(&shape.key) {
            Some(declared) => (Doc::new(declared.doc.as_deref()), declared.origin.clone()),
            None => {
                let operation = shape.key.strip_suffix(".failure").unwrap_or(&shape.key);
                let origin = self.context.operations.get(operation).map(|operation| operation.origin.clone());
                (Doc(format!("How `{operation}` fails.")), origin.unwrap_or_default())
            }
        };
        let value = |member: &String| {
            let slot = wire.values.get(member)?;
            let (doc, origin) = self.member(&shape.key, member, &origin);
            Some(EnumValue { name: slot.name.clone(), number: slot.number, doc, origin })
        };
        let mut values: Vec<EnumValue> = shape.members.iter().filter_map(value).collect();
        values.sort_by_key(|value| value.number);
        let (name, formerly, reserved) = (wire.name.clone(), wire.formerly.clone(), reserved(&wire.reserved));
        Some(Enum { name, formerly, doc: doc.0, values, reserved, origin })
    }

    /// What is said about a member of an enum, or a failure of an operation, and where.
    fn member(&self, key: &str, name: &str, of_enum: &Origin) -> (String, Origin) {
        if let Some(declared) = self.context.enums.get(key) {
            let member = declared.members.iter().find(|member| member.name == name);
            let mut doc = Doc::new(member.and_then(|member| member.doc.as_deref()));
            if let Some(member) = member.filter(|member| member.wire != member.name) {
                doc.line(&format!("Elsewhere: {:?}.", member.wire));
            }
            return (doc.0, of_enum.clone());
        }
        let operation = self.context.operations.get(key.strip_suffix(".failure").unwrap_or(key));
        match operation.and_then(|operation| operation.failures.declared.get(name)) {
            Some(failure) => (failure_text(name, failure), failure.origin.clone()),
            None => (String::new(), of_enum.clone()),
        }
    }

    fn service(&mut self) -> Option<Service> {
        let wire = self.wire.service.as_ref()?;
        let mut methods = Vec::new();
        for (name, operation) in &self.context.operations {
            methods.extend(wire.methods.get(name).and_then(|slot| self.method(name, operation, slot)));
        }
        let title = &self.context.title;
        let doc = if title.is_empty() { self.slug.to_owned() } else { title.clone() };
        Some(Service { name: wire.name.clone(), doc, methods, origin: self.context.origin.clone() })
    }

    fn method(&mut self, name: &str, operation: &Operation, slot: &wire::Method) -> Option<Method> {
        let message = |key: String| {
            let name = self.wire.messages.get(&key)?.name.clone();
            Some(Reference { home: Home::Context(self.slug.to_owned()), name })
        };
        let (input, output) = (message(shape::request_key(name))?, message(shape::response_key(name))?);
        let mut doc = Doc::new(operation.intent.as_deref());
        if !operation.failures.declared.is_empty() {
            doc.line("");
            doc.line("Fails with:");
            for (code, failure) in &operation.failures.declared {
                doc.line(&format!("- {}", failure_text(code, failure)));
            }
        }
        if self.world.options.governance {
            governance::operation(operation, &mut doc);
        }
        let level = match slot.idempotency.as_str() {
            "NO_SIDE_EFFECTS" => Value::Word("NO_SIDE_EFFECTS"),
            _ => Value::Word("IDEMPOTENT"),
        };
        Some(Method {
            name: slot.name.clone(),
            doc: doc.0,
            input,
            output,
            client_streaming: slot.client_streaming,
            server_streaming: slot.server_streaming,
            options: vec![("idempotency_level".to_owned(), level)],
            origin: operation.origin.clone(),
        })
    }
}

/// A comment that grows line by line.
pub struct Doc(pub String);

impl Doc {
    fn new(text: Option<&str>) -> Self {
        Self(text.unwrap_or_default().trim().to_owned())
    }

    /// Adds a line.
    pub fn line(&mut self, text: &str) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(text);
    }
}

/// What was given up, as the tree has it.
pub fn reserved(gone: &BTreeSet<wire::Reserved>) -> Reserved {
    let mut numbers: Vec<u32> = gone.iter().filter_map(|gone| gone.number).collect();
    numbers.sort_unstable();
    let mut names: Vec<String> = gone.iter().map(|gone| gone.name.clone()).collect();
    names.sort();
    names.dedup();
    Reserved { numbers, names }
}

fn literal_text(literal: &Literal) -> String {
    match literal {
        Literal::Bool(value) => value.to_string(),
        Literal::Text(text) => format!("{text:?}"),
        Literal::Number(text) | Literal::Quantity(text) | Literal::Time(text) | Literal::Member(text) => text.clone(),
    }
}

/// `order_limit_exceeded`: the order is too large (policy)
fn failure_text(code: &str, failure: &Failure) -> String {
    let kinds: Vec<&str> = failure.kinds.iter().map(|kind| kind_text(*kind)).collect();
    format!("`{code}` ({}): {}", kinds.join(", "), failure.meaning)
}

fn kind_text(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::InputValidation => "input_validation",
        FailureKind::Policy => "policy",
        FailureKind::MissingState => "missing_state",
        FailureKind::IdempotencyConflict => "idempotency_conflict",
        FailureKind::ConcurrencyConflict => "concurrency_conflict",
        FailureKind::Dependency => "dependency",
    }
}
