//! What expressions evaluate to.

use crate::expr::time::Instant;
use crate::expr::{Accessor, Const, Node, NodeKind, UnitId};
use crate::sea::world::{Element, ElementKind, World};
use rust_decimal::Decimal;
use seac_syntax::sea::print;

/// A value, or what is missing to have one.
#[derive(Clone, Copy, Debug)]
pub enum Value<'n> {
    Unknown(Cause<'n>),
    Bool(bool),
    Number(Decimal),
    Quantity(Decimal, UnitId),
    Text(&'n str),
    Time(Instant),
    Interval(u32, u32),
    Member(&'n str),
    Element(Element),
    List(&'n [Const<'n>]),
}

/// Why something is unknown: the expression that has no value, and for which element.
#[derive(Clone, Copy, Debug)]
pub struct Cause<'n> {
    pub node: &'n Node<'n>,
    pub element: Option<Element>,
    pub why: Why,
}

/// Reasons to have no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The element does not say.
    Missing,
    /// It says something of another type than is needed.
    WrongType,
    /// The result cannot be kept exactly.
    Inexact,
    DivisionByZero,
    /// The least, greatest or average of nothing.
    Empty,
    /// No clock was given.
    NoClock,
    /// Too many elements were looked at.
    Limit,
}

impl<'n> Value<'n> {
    /// The value of a constant.
    pub fn of(constant: &'n Const<'n>) -> Self {
        match constant {
            Const::Bool(value) => Self::Bool(*value),
            Const::Number(value) => Self::Number(*value),
            Const::Quantity(value, unit) => Self::Quantity(*value, *unit),
            Const::Text(text) => Self::Text(text),
            Const::Time(moment, _) => Self::Time(*moment),
            Const::Interval(from, to) => Self::Interval(*from, *to),
            Const::Member(name) => Self::Member(name),
            Const::List(items) => Self::List(items),
            Const::Instance(index) => Self::Element(Element::new(ElementKind::Instance, *index)),
        }
    }

    /// As it is written in the language.
    pub fn show(&self, world: &World<'_>) -> String {
        let quoted = |text: &str| {
            let mut out = String::new();
            print::string(&mut out, text);
            out
        };
        match self {
            Self::Unknown(_) => "unknown".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Number(value) => value.normalize().to_string(),
            Self::Quantity(value, unit) => format!("{} \"{}\"", value.normalize(), world.units.info(*unit).symbol),
            Self::Text(text) => quoted(text),
            Self::Time(moment) => format!("\"{moment}\""),
            Self::Interval(from, to) => {
                let clock =
                    |second: &u32| format!("\"{:02}:{:02}:{:02}\"", second / 3600, second / 60 % 60, second % 60);
                format!("interval({}, {})", clock(from), clock(to))
            }
            Self::Member(name) => (*name).to_owned(),
            Self::Element(element) => world.label(*element),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(|item| Value::of(item).show(world)).collect();
                format!("[{}]", items.join(", "))
            }
        }
    }
}

impl Cause<'_> {
    /// The missing fact, in words.
    pub fn describe(&self, world: &World<'_>) -> String {
        let of = self.element.map_or_else(String::new, |element| format!(" of {}", world.label(element)));
        let what = match &self.node.kind {
            NodeKind::Member(_, accessor, written) => format!("`{}`{of}", member_name(*accessor, written, world)),
            NodeKind::Aggregate(_) => "this aggregate".to_owned(),
            _ => format!("this{of}"),
        };
        match self.why {
            Why::Missing => format!("{what} is not given"),
            Why::WrongType => format!("{what} is of another type than is needed here"),
            Why::Inexact => format!("{what} cannot be kept exactly"),
            Why::DivisionByZero => "nothing can be divided by zero".to_owned(),
            Why::Empty => "there is nothing to take the least, greatest or average of".to_owned(),
            Why::NoClock => "no time was given to look back from".to_owned(),
            Why::Limit => "too many elements would have to be looked at".to_owned(),
        }
    }

    /// What to write so that the fact is there, and where.
    pub fn remedy(&self, world: &World<'_>) -> Option<String> {
        let (Some(element), NodeKind::Member(_, accessor, written)) = (self.element, &self.node.kind) else {
            return None;
        };
        if self.why != Why::Missing {
            return None;
        }
        let name = member_name(*accessor, written, world);
        let wanted = match accessor {
            Accessor::Field(_) => format!("`{name}: …`"),
            Accessor::Annotation(_) => format!("`@{name} …`"),
            Accessor::Quantity => "`quantity …`".to_owned(),
            Accessor::Version => "a version (`v1.0.0`)".to_owned(),
            Accessor::Via => "`via: flow \"…\"`".to_owned(),
            _ => return None,
        };
        Some(format!("add {wanted} where {} is declared", world.label(element)))
    }
}

fn member_name<'n>(accessor: Accessor, written: &'n str, world: &'n World<'_>) -> &'n str {
    match accessor {
        Accessor::Name => "name",
        Accessor::Namespace => "namespace",
        Accessor::Version => "version",
        Accessor::Unit => "unit",
        Accessor::Resource => "resource",
        Accessor::From => "from",
        Accessor::To => "to",
        Accessor::Quantity => "quantity",
        Accessor::Subject => "subject",
        Accessor::Predicate => "predicate",
        Accessor::Object => "object",
        Accessor::Via => "via",
        Accessor::Entity => "entity",
        Accessor::Annotation(key) | Accessor::Field(key) => {
            world.keys.names.get(key as usize).map_or(written, AsRef::as_ref)
        }
    }
}
