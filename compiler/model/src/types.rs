//! Types: what values there are.

use crate::{Origin, TypedExpr};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// A declared concept, named by its context and its own name; written `context.Name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId {
    /// Slug of the bounded context.
    pub context: String,
    /// Name within it.
    pub name: String,
}

impl TypeId {
    /// `context.name`.
    pub fn new(context: impl Into<String>, name: impl Into<String>) -> Self {
        Self { context: context.into(), name: name.into() }
    }
}

impl std::fmt::Display for TypeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.context, self.name)
    }
}

impl Serialize for TypeId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for TypeId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TypeId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[^.]+\\..+$", "description": "A declared concept: `context.Name`." })
    }
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ty {
    /// Unicode text.
    String,
    /// 64-bit signed integer.
    Int,
    /// Exact decimal, 28 significant digits.
    Decimal,
    /// Truth value.
    Bool,
    /// Instant, microseconds, UTC.
    Timestamp,
    /// RFC 9562 UUID.
    Uuid,
    /// Bytes; base64 on the wire.
    Bytes,
    /// Any JSON value.
    Json,
    /// Decimal amount of the unit with this symbol.
    Quantity(String),
    /// Key of an entity.
    Ref(TypeId),
    /// Values of one type.
    List(Box<Ty>),
    /// One of the members of an enum.
    Enum(TypeId),
    /// A record by value.
    Record(TypeId),
    /// An entity by value.
    Entity(TypeId),
    /// A string of a certain form.
    Value(TypeId),
}

/// As it is written in specs.
impl std::fmt::Display for Ty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::String => f.write_str("string"),
            Self::Int => f.write_str("int"),
            Self::Decimal => f.write_str("decimal"),
            Self::Bool => f.write_str("bool"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Uuid => f.write_str("uuid"),
            Self::Bytes => f.write_str("bytes"),
            Self::Json => f.write_str("json"),
            Self::Quantity(unit) => write!(f, "quantity<{unit}>"),
            Self::Ref(id) => write!(f, "ref<{}>", id.name),
            Self::List(inner) => write!(f, "list<{inner}>"),
            Self::Enum(id) | Self::Record(id) | Self::Entity(id) | Self::Value(id) => f.write_str(&id.name),
        }
    }
}

/// A unit of measure.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct Unit {
    /// Dimension, e.g. `Currency`.
    pub dimension: String,
    /// Exact decimal: how many of `base` one of it is.
    pub factor: String,
    /// Symbol of the base unit of the dimension.
    pub base: String,
    /// Exact decimal: added after scaling, for units with a zero point of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<String>,
}

/// The units every model has: symbol, dimension, factor, base.
const BUILTIN_UNITS: &[(&str, &str, &str, &str)] = &[
    ("kg", "Mass", "1", "kg"),
    ("g", "Mass", "0.001", "kg"),
    ("lb", "Mass", "0.45359237", "kg"),
    ("m", "Length", "1", "m"),
    ("cm", "Length", "0.01", "m"),
    ("in", "Length", "0.0254", "m"),
    ("L", "Volume", "1", "L"),
    ("mL", "Volume", "0.001", "L"),
    ("USD", "Currency", "1", "USD"),
    ("EUR", "Currency", "1", "EUR"),
    ("GBP", "Currency", "1", "GBP"),
    ("s", "Time", "1", "s"),
    ("min", "Time", "60", "s"),
    ("h", "Time", "3600", "s"),
    ("ms", "Time", "0.001", "s"),
    ("us", "Time", "0.000001", "s"),
    ("ns", "Time", "0.000000001", "s"),
    ("units", "Count", "1", "units"),
    ("items", "Count", "1", "units"),
    ("percent", "Count", "0.01", "units"),
];

impl Unit {
    /// The units that every model has, by symbol.
    pub fn builtin() -> BTreeMap<String, Self> {
        let all = BUILTIN_UNITS.iter().map(|(symbol, dimension, factor, base)| {
            let [dimension, factor, base] = [dimension, factor, base].map(|text| (*text).to_owned());
            ((*symbol).to_owned(), Self { dimension, factor, base, offset: None })
        });
        all.collect()
    }

    /// Whether every model has a unit with this symbol.
    pub fn is_builtin(symbol: &str) -> bool {
        BUILTIN_UNITS.iter().any(|(known, ..)| *known == symbol)
    }
}

/// One field of an entity or a record.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// From doc comments.
    pub doc: Option<String>,
    /// Its type.
    pub ty: Ty,
    /// May it be absent?
    pub optional: bool,
    /// Is no value held by two entities?
    pub unique: bool,
    /// What its values must satisfy, sorted.
    pub constraints: Vec<Constraint>,
    /// Taken if none is given.
    pub default: Option<Box<TypedExpr>>,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

impl Field {
    /// Whether what stands here can stand in `other`, which has its name: what may be absent does not give what must be
    /// there.
    pub fn gives(&self, other: &Self) -> bool {
        self.name == other.name && self.ty == other.ty && (other.optional || !self.optional)
    }
}

/// A constraint on the value of a field; numbers are exact decimals.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "named after the words of the language")]
pub enum Constraint {
    MinLength(u64),
    MaxLength(u64),
    MinItems(u64),
    MaxItems(u64),
    Min(String),
    Max(String),
    ExclusiveMin(String),
    ExclusiveMax(String),
    /// A linear-time regular expression, searched for anywhere in the text.
    Pattern(String),
}

/// A thing with identity and, if it has fields, state.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Entity {
    /// From doc comments.
    pub doc: Option<String>,
    /// Name of the key field; empty for an entity without a body, which only takes part in flows.
    pub key: String,
    /// In the order in which they were declared: it shows in the emitted types.
    pub fields: Vec<Field>,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

impl Entity {
    /// The key field of an entity with a body.
    pub fn key_field(&self) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == self.key)
    }
}

/// A value made of named fields.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Record {
    /// From doc comments.
    pub doc: Option<String>,
    /// In the order in which they were declared.
    pub fields: Vec<Field>,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

/// A closed set of names.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Enum {
    /// From doc comments.
    pub doc: Option<String>,
    /// In the order in which they were declared.
    pub members: Vec<EnumMember>,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct EnumMember {
    /// Its name in specs.
    pub name: String,
    /// Its text on the wire and in stores.
    pub wire: String,
    /// From doc comments.
    pub doc: Option<String>,
}

/// A string that must have a certain form.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct ValueObject {
    /// From doc comments.
    pub doc: Option<String>,
    /// Constraints on the text, sorted.
    pub constraints: Vec<Constraint>,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

/// A policy as declared. What it means for an operation stands, typed, in the operation's bindings.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Policy {
    /// From doc comments.
    pub doc: Option<String>,
    /// What it is for.
    pub kind: PolicyKind,
    /// What it demands.
    pub modality: Modality,
    /// Higher first.
    pub priority: String,
    /// Why it exists.
    pub rationale: Option<String>,
    /// Sorted.
    pub tags: Vec<String>,
    /// The expression in canonical words.
    pub expression: String,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

/// What a policy is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "named after the words of the language")]
pub enum PolicyKind {
    Constraint,
    Derivation,
    Obligation,
}

/// What a policy demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Modality {
    /// Its expression must hold.
    Obligation,
    /// Its expression must not hold.
    Prohibition,
    /// Grants; never violates.
    Permission,
}

/// Whether a text is written as RFC 9562 writes a UUID.
pub fn is_uuid(text: &str) -> bool {
    let groups = [8, 4, 4, 4, 12];
    let is_group = |(text, length): (&str, usize)| text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
    text.split('-').count() == groups.len() && text.split('-').zip(groups).all(is_group)
}
