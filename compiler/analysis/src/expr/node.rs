//! Typed expressions: every name resolved, every literal read.

use super::time::Instant;
use super::ty::Type;
use super::units::UnitId;
use rust_decimal::Decimal;
use seac_model::{Fact, ProductOp, SumOp, TypeId};
use seac_syntax::Span;
use seac_syntax::sea::ast::{AggregateFunction, CompareOp, Quantifier};
use std::borrow::Cow;

/// A part of an expression. Texts are borrowed from the syntax tree.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    /// Type of its value.
    pub ty: Type,
    /// Where it is written.
    pub span: Span,
    /// What it computes.
    pub kind: NodeKind<'a>,
}

/// What an expression computes.
#[derive(Clone, Debug)]
pub enum NodeKind<'a> {
    /// Something a finding was made about.
    Error,
    Const(Const<'a>),
    /// Something only known when an operation runs.
    Fact(Fact),
    /// The element a variable is bound to.
    Variable(u32),
    /// A member, how it is read, and what it is called where that does not say it.
    Member(Box<Node<'a>>, Accessor, &'a str),
    And(Vec<Node<'a>>),
    Or(Vec<Node<'a>>),
    Not(Box<Node<'a>>),
    Compare(CompareOp, Box<Node<'a>>, Box<Node<'a>>),
    /// A text and an expression that was compiled from a literal; the index is into the environment's.
    Matches(Box<Node<'a>>, Cow<'a, str>),
    Sum(Box<Node<'a>>, Vec<(SumOp, Node<'a>)>),
    Product(Box<Node<'a>>, Vec<(ProductOp, Node<'a>)>),
    Negate(Box<Node<'a>>),
    Convert(Box<Node<'a>>, UnitId),
    HasRole(Box<Node<'a>>, RoleRef),
    /// `role<R>` as a value.
    Role(RoleRef),
    Aggregate(Box<Aggregate<'a>>),
    Quantified {
        quantifier: Quantifier,
        /// Of the variable.
        name: &'a str,
        slot: u32,
        source: Source,
        body: Box<Node<'a>>,
        memo: Option<u32>,
    },
    GroupBy {
        /// Of the element while the key is computed.
        slot: u32,
        /// Of the group while the body is.
        group: u32,
        source: Source,
        filter: Option<Box<Node<'a>>>,
        key: Box<Node<'a>>,
        body: Box<Node<'a>>,
        memo: Option<u32>,
    },
    /// What the derivation with this index computes.
    Derived(u32),
}

/// A role as an environment knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleRef {
    /// Of an operation's caller.
    Type(TypeId),
    /// By index into the model's roles.
    Index(u32),
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Const<'a> {
    Bool(bool),
    Number(Decimal),
    Quantity(Decimal, UnitId),
    Text(Cow<'a, str>),
    /// The moment, and how it was written.
    Time(Instant, Cow<'a, str>),
    /// Seconds of a day, from the first to before the second.
    Interval(u32, u32),
    /// Member of the enum that the type names.
    Member(Cow<'a, str>),
    List(Vec<Const<'a>>),
    /// An instance, by index.
    Instance(u32),
}

/// How a member is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Accessor {
    Name,
    Namespace,
    Version,
    Unit,
    Resource,
    From,
    To,
    Quantity,
    Subject,
    Predicate,
    Object,
    Via,
    /// The entity of an instance.
    Entity,
    /// `@key` of an element, by index of the key.
    Annotation(u32),
    /// Field of an instance, by index of its name.
    Field(u32),
}

/// What is ranged over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Flows,
    Entities,
    Resources,
    Relations,
    /// All, or those of one entity.
    Instances(Option<u32>),
    /// The group that is bound to this slot.
    Group(u32),
}

/// `sum(v in C over last N where e: proj)`.
#[derive(Clone, Debug)]
pub struct Aggregate<'a> {
    pub function: AggregateFunction,
    pub slot: u32,
    pub source: Source,
    /// Only elements with a time (read by the node) within so many seconds before now.
    pub window: Option<(i64, Node<'a>)>,
    pub filter: Option<Node<'a>>,
    /// Absent where elements are counted.
    pub projection: Option<Node<'a>>,
    /// The unit of an empty sum.
    pub unit: Option<UnitId>,
    /// Where the value is kept if it is the same in every round of every loop around it.
    pub memo: Option<u32>,
}

impl<'a> Node<'a> {
    /// A part of a type.
    pub fn new(ty: Type, span: Span, kind: NodeKind<'a>) -> Self {
        Self { ty, span, kind }
    }

    /// Stands where a finding was made.
    pub fn error(span: Span) -> Self {
        Self::new(Type::Error, span, NodeKind::Error)
    }

    /// A truth value.
    pub fn bool(span: Span, kind: NodeKind<'a>) -> Self {
        Self::new(Type::Bool, span, kind)
    }

    /// The parts it is made of, in the order in which they are written.
    pub fn children(&self) -> Vec<&Node<'a>> {
        match &self.kind {
            NodeKind::Error
            | NodeKind::Const(_)
            | NodeKind::Fact(_)
            | NodeKind::Variable(_)
            | NodeKind::Derived(_)
            | NodeKind::Role(_) => Vec::new(),
            NodeKind::Member(inner, ..)
            | NodeKind::Not(inner)
            | NodeKind::Matches(inner, _)
            | NodeKind::Negate(inner)
            | NodeKind::Convert(inner, _)
            | NodeKind::HasRole(inner, _) => vec![inner],
            NodeKind::And(parts) | NodeKind::Or(parts) => parts.iter().collect(),
            NodeKind::Compare(_, left, right) => vec![left, right],
            NodeKind::Sum(first, rest) => std::iter::once(&**first).chain(rest.iter().map(|(_, part)| part)).collect(),
            NodeKind::Product(first, rest) => {
                std::iter::once(&**first).chain(rest.iter().map(|(_, part)| part)).collect()
            }
            NodeKind::Aggregate(aggregate) => {
                let window = aggregate.window.iter().map(|(_, time)| time);
                window.chain(&aggregate.filter).chain(&aggregate.projection).collect()
            }
            NodeKind::Quantified { body, .. } => vec![body],
            NodeKind::GroupBy { filter, key, body, .. } => {
                filter.iter().map(|filter| &**filter).chain([&**key, &**body]).collect()
            }
        }
    }

    /// Whether a finding was made about any part of it.
    pub fn has_error(&self) -> bool {
        matches!(self.kind, NodeKind::Error) || self.children().into_iter().any(Node::has_error)
    }
}
