//! Fields: types, and constraints and defaults that fit them.

use serde_json::{Map, Value, json};

use super::names::Names;
use crate::random::Random;

/// What a field holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Text,
    Int,
    Decimal,
    Bool,
    Time,
    Uuid,
    Bytes,
    Json,
    /// An amount in this unit.
    Quantity(String),
    /// One of these members.
    Enum(String, Vec<String>),
    /// A reference, a text of some form, or a record: nothing is computed from it. Keyed by it can be: whether it is a scalar.
    Other(String, bool),
    List(Box<Kind>),
}

impl Kind {
    /// As the format writes it.
    pub fn written(&self) -> String {
        match self {
            Self::Text => "string".to_owned(),
            Self::Int => "int".to_owned(),
            Self::Decimal => "decimal".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Time => "timestamp".to_owned(),
            Self::Uuid => "uuid".to_owned(),
            Self::Bytes => "bytes".to_owned(),
            Self::Json => "json".to_owned(),
            Self::Quantity(unit) => format!("quantity<{unit}>"),
            Self::Enum(name, _) | Self::Other(name, _) => name.clone(),
            Self::List(item) => format!("list<{}>", item.written()),
        }
    }

    /// Whether calls can be told apart by it.
    pub fn is_key(&self) -> bool {
        matches!(self, Self::Text | Self::Int | Self::Uuid | Self::Other(_, true))
    }
}

/// A field of an entity, a record, an input, an output or an event.
#[derive(Debug, Clone)]
pub struct Field {
    pub name: String,
    pub kind: Kind,
    pub optional: bool,
    pub unique: bool,
    pub default: Option<Value>,
    pub constraints: Vec<(&'static str, Value)>,
    pub doc: Option<&'static str>,
}

impl Field {
    /// A required field.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        let name = name.into();
        Self { name, kind, optional: false, unique: false, default: None, constraints: Vec::new(), doc: None }
    }

    /// The same field where it is given or shown: not unique, without a default.
    pub fn elsewhere(&self) -> Self {
        Self { unique: false, default: None, ..self.clone() }
    }

    /// Whether an entity can be made without it.
    pub fn may_be_left_out(&self) -> bool {
        self.optional || self.default.is_some()
    }

    fn value(&self) -> Value {
        let plain = self.constraints.is_empty() && self.default.is_none() && !self.unique && self.doc.is_none();
        if plain {
            return format!("{}{}", self.kind.written(), if self.optional { "?" } else { "" }).into();
        }
        let mut value = json!({ "type": self.kind.written(), "optional": self.optional });
        value["unique"] = self.unique.into();
        self.constraints.iter().for_each(|(name, bound)| value[name] = bound.clone());
        self.default.iter().for_each(|default| value["default"] = default.clone());
        self.doc.iter().for_each(|doc| value["doc"] = (*doc).into());
        value
    }
}

/// Fields as the format writes them.
pub fn written(fields: &[Field]) -> Value {
    Value::Object(fields.iter().map(|field| (field.name.clone(), field.value())).collect::<Map<_, _>>())
}

/// Texts of documentation that would end a comment, a string or a template.
pub const DOCS: &[&str] = &[
    "Plain.",
    "Ends a comment */ and a string \"# and a template {{ x }} {% raw %}.",
    "Two lines:\nthe `second` <one> & [a link].",
    "  begins oddly, caf\u{e9} \u{1f4a1} \\ -- not SQL; $1 ?1 :x @y",
    "A list:\n- one\n  - two\n\n    code",
    "'; DROP TABLE x; --",
];

/// A random field of one of these kinds, with what fits it.
pub fn field(names: &mut Names, kinds: &[Kind], random: &mut Random) -> Field {
    let mut field = Field::new(names.of_field(random), random.pick(kinds).clone());
    if random.chance(20) {
        field.kind = list_of(field.kind);
    }
    if random.chance(60) {
        field.constraints = constraints(&field.kind, random);
    }
    if random.chance(40) {
        field.default = default(&field, random);
    }
    field.optional = random.chance(35);
    field.doc = random.chance(25).then(|| *random.pick(DOCS));
    field
}

fn list_of(kind: Kind) -> Kind {
    match kind {
        Kind::List(_) | Kind::Json => kind,
        item => Kind::List(Box::new(item)),
    }
}

fn constraints(kind: &Kind, random: &mut Random) -> Vec<(&'static str, Value)> {
    let all: Vec<(&'static str, Value)> = match kind {
        Kind::Text if random.chance(40) => vec![("pattern", (*random.pick(PATTERNS)).into())],
        Kind::Text | Kind::Bytes => {
            vec![("minLength", random.below(3).into()), ("maxLength", json!(3 + random.below(300)))]
        }
        Kind::List(_) => vec![("minItems", random.below(3).into()), ("maxItems", json!(3 + random.below(30)))],
        Kind::Int => {
            let (least, most) = if random.chance(30) { (i64::MIN, i64::MAX) } else { (-3, 700) };
            vec![
                (*random.pick(&["min", "exclusiveMin"]), least.into()),
                (*random.pick(&["max", "exclusiveMax"]), most.into()),
            ]
        }
        Kind::Decimal | Kind::Quantity(_) => vec![
            (
                *random.pick(&["min", "exclusiveMin"]),
                number(random.pick::<&str>(&["-3", "0", "-0.5", "-9999999999999999"])),
            ),
            (
                *random.pick(&["max", "exclusiveMax"]),
                number(random.pick::<&str>(&["1000000", "99.25", "9999999999.5"])),
            ),
        ],
        _ => Vec::new(),
    };
    all.into_iter().filter(|_| random.chance(70)).collect()
}

const PATTERNS: &[&str] = &["^[A-Z]{3}$", "^\"#*\\\\$", "\\d+'", "^(?:a|b){1,3}\u{e9}?$", "."];

fn number(text: &str) -> Value {
    serde_json::from_str(text).expect("a number")
}

/// A value that all constraints allow that are made here.
fn default(field: &Field, random: &mut Random) -> Option<Value> {
    let patterned = field.constraints.iter().any(|(name, _)| *name == "pattern");
    match &field.kind {
        Kind::Text if !patterned => Some((*random.pick(&["a\"b", "\\d{}", "it's", "$1 {x}"])).to_owned().into()),
        Kind::Int => Some((1 + random.below(600)).into()),
        Kind::Decimal | Kind::Quantity(_) => Some(number(random.pick::<&str>(&["1.5", "12", "0.25"]))),
        Kind::Bool => Some(random.chance(50).into()),
        Kind::Time => Some("2026-01-01T01:00:00.5+01:00".into()),
        Kind::Uuid => Some("0190a5d4-7c1e-7000-8000-000000000001".into()),
        Kind::Enum(_, members) => Some(random.pick(members).clone().into()),
        _ => None,
    }
}
