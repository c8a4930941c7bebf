//! A Protobuf file as a tree: what [`super::print`] writes down.
//!
//! References name where a type lives, not how it is written: that depends on the layout of files, which is decided later.

use seac_model::Origin;
use std::collections::BTreeSet;

/// One `.proto` file.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path, relative to the root of imports.
    pub path: String,
    /// Its package.
    pub package: String,
    /// What stands above `syntax`, line by line.
    pub header: Vec<String>,
    /// Files it needs, sorted.
    pub imports: Vec<String>,
    /// Options of the file.
    pub options: Vec<(String, Value)>,
    /// Messages, enums, services, in order.
    pub items: Vec<Item>,
}

/// A declaration of a file.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "named after the words of the format")]
pub enum Item {
    Message(Message),
    Enum(Enum),
    Service(Service),
}

impl Item {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Message(message) => &message.name,
            Self::Enum(found) => &found.name,
            Self::Service(service) => &service.name,
        }
    }
}

/// A message.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// Its name.
    pub name: String,
    /// Names that it had before.
    pub formerly: BTreeSet<String>,
    /// What is said about it; lines.
    pub doc: String,
    /// Options of the message.
    pub options: Vec<(String, Value)>,
    /// Its fields.
    pub fields: Vec<Field>,
    /// What no field may have again.
    pub reserved: Reserved,
    /// Whether it is what an operation takes or answers with.
    pub is_part: bool,
    /// Where it comes from.
    pub origin: Origin,
}

/// Numbers and names that were in use once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reserved {
    /// Sorted.
    pub numbers: Vec<u32>,
    /// Sorted.
    pub names: Vec<String>,
}

/// A field of a message.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its number.
    pub number: u32,
    /// How often it is there.
    pub label: Label,
    /// Its type.
    pub ty: Type,
    /// What is said about it; lines.
    pub doc: String,
    /// Options of the field.
    pub options: Vec<(String, Value)>,
    /// The unit of the amounts in it.
    pub unit: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
}

/// How often a field is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// Once; of scalars, the zero value counts as absent.
    Plain,
    /// Once or not at all, which can be told from the zero value.
    Optional,
    /// Any number of times.
    Repeated,
}

/// The type of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// A built-in type.
    Scalar(&'static str),
    /// A declared one.
    Named(Reference),
}

/// A declared type, by the place where it lives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Where.
    pub home: Home,
    /// Its name there.
    pub name: String,
}

/// Where a declared type lives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Home {
    /// Among the types of a context.
    Context(String),
    /// Among those that contexts share.
    Shared,
    /// `google.protobuf`, in this file.
    Google(&'static str),
}

/// An enum.
#[derive(Clone, Debug)]
pub struct Enum {
    /// Its name.
    pub name: String,
    /// Names that it had before.
    pub formerly: BTreeSet<String>,
    /// What is said about it; lines.
    pub doc: String,
    /// Its values without the one for zero, which the printer adds.
    pub values: Vec<EnumValue>,
    /// What no value may have again.
    pub reserved: Reserved,
    /// Where it comes from.
    pub origin: Origin,
}

/// One of its values.
#[derive(Clone, Debug)]
pub struct EnumValue {
    /// Its name, without the prefix that all values of the enum have.
    pub name: String,
    /// Its number.
    pub number: u32,
    /// What is said about it; lines.
    pub doc: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// A service.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// What is said about it; lines.
    pub doc: String,
    /// Its methods.
    pub methods: Vec<Method>,
    /// Where it comes from.
    pub origin: Origin,
}

/// A method of a service.
#[derive(Clone, Debug)]
pub struct Method {
    /// Its name.
    pub name: String,
    /// What is said about it; lines.
    pub doc: String,
    /// What it takes.
    pub input: Reference,
    /// What it answers with.
    pub output: Reference,
    /// Whether the caller sends many of what it takes.
    pub client_streaming: bool,
    /// Whether it answers with many.
    pub server_streaming: bool,
    /// Options of the method.
    pub options: Vec<(String, Value)>,
    /// Where it comes from.
    pub origin: Origin,
}

/// The value of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A word of an enum.
    Word(&'static str),
    /// A text.
    Text(String),
    /// Fields by name.
    Message(Vec<(&'static str, Value)>),
    /// Several values.
    List(Vec<Value>),
}
