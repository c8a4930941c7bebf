//! The types expressions have while they are checked: those of the Model, and those of a model's own elements.

use seac_model::{Ty, TypeId};

/// The type of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// A finding says already what is wrong; nothing more is said about it.
    Error,
    /// Known only when it is evaluated: a field that no entity declares.
    Any,
    Bool,
    Int,
    Decimal,
    Text,
    Time,
    Interval,
    Uuid,
    Bytes,
    Json,
    /// An amount of something.
    Quantity(Measure),
    Enum(TypeId),
    /// A text of a certain form.
    Value(TypeId),
    /// The key of an entity.
    Ref(TypeId),
    Record(TypeId),
    Entity(TypeId),
    List(Box<Type>),
    /// An element of the model itself.
    Element(Shape),
}

/// What an amount is an amount of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Always this unit.
    Unit(String),
    /// Units of this dimension.
    Dimension(String),
    /// Units of several dimensions: which, depends on the element.
    Mixed,
}

/// Kinds of element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    Flow,
    Entity,
    Resource,
    Relation,
    Role,
    /// What stands at the end of a flow: an entity or a role.
    Party,
    /// An instance, of the entity with this index if all are of one.
    Instance(Option<u32>),
}

impl Shape {
    /// As messages call it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Entity => "entity",
            Self::Resource => "resource",
            Self::Relation => "relation",
            Self::Role => "role",
            Self::Party => "entity or role",
            Self::Instance(_) => "instance",
        }
    }
}

impl Type {
    /// Whether nothing can be said against it: unknown until evaluation, or reported already.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Any | Self::Error)
    }

    /// Texts of all kinds compare as text.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::Value(_))
    }

    /// Whether it has items.
    pub fn is_list(&self) -> bool {
        matches!(self, Self::List(_))
    }

    /// Numbers without a unit.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Decimal)
    }

    /// Whether arithmetic makes sense with it.
    pub fn is_numeric(&self) -> bool {
        matches!(self, Self::Int | Self::Decimal | Self::Quantity(_)) || self.is_open()
    }

    /// The type as the Model knows it, if it does.
    pub fn to_model(&self) -> Option<Ty> {
        Some(match self {
            Self::Bool => Ty::Bool,
            Self::Int => Ty::Int,
            Self::Decimal => Ty::Decimal,
            Self::Text => Ty::String,
            Self::Time => Ty::Timestamp,
            Self::Uuid => Ty::Uuid,
            Self::Bytes => Ty::Bytes,
            Self::Json => Ty::Json,
            Self::Quantity(Measure::Unit(unit)) => Ty::Quantity(unit.clone()),
            Self::Enum(id) => Ty::Enum(id.clone()),
            Self::Value(id) => Ty::Value(id.clone()),
            Self::Ref(id) => Ty::Ref(id.clone()),
            Self::Record(id) => Ty::Record(id.clone()),
            Self::Entity(id) => Ty::Entity(id.clone()),
            Self::List(inner) => Ty::List(Box::new(inner.to_model()?)),
            Self::Error | Self::Any | Self::Interval | Self::Quantity(_) | Self::Element(_) => return None,
        })
    }

    /// As it is written in specs, or called in messages.
    pub fn spell(&self) -> String {
        match self {
            Self::Error | Self::Any => "something".to_owned(),
            Self::Interval => "interval".to_owned(),
            Self::Quantity(Measure::Dimension(dimension)) => format!("a quantity of {dimension}"),
            Self::Quantity(Measure::Mixed) => "a quantity".to_owned(),
            Self::Element(shape) => shape.word().to_owned(),
            Self::List(inner) => format!("list<{}>", inner.spell()),
            other => other.to_model().map_or_else(String::new, |ty| ty.to_string()),
        }
    }
}

impl From<&Ty> for Type {
    fn from(ty: &Ty) -> Self {
        match ty {
            Ty::String => Self::Text,
            Ty::Int => Self::Int,
            Ty::Decimal => Self::Decimal,
            Ty::Bool => Self::Bool,
            Ty::Timestamp => Self::Time,
            Ty::Uuid => Self::Uuid,
            Ty::Bytes => Self::Bytes,
            Ty::Json => Self::Json,
            Ty::Quantity(unit) => Self::Quantity(Measure::Unit(unit.clone())),
            Ty::Ref(id) => Self::Ref(id.clone()),
            Ty::List(inner) => Self::List(Box::new(Self::from(inner.as_ref()))),
            Ty::Enum(id) => Self::Enum(id.clone()),
            Ty::Record(id) => Self::Record(id.clone()),
            Ty::Entity(id) => Self::Entity(id.clone()),
            Ty::Value(id) => Self::Value(id.clone()),
        }
    }
}
