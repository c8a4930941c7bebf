//! The type checker: a walk over the tree that never stops at a mistake, so that one run shows all of them.

use super::node::{Accessor, Node, NodeKind, RoleRef, Source};
use super::ty::{Shape, Type};
use super::units::Units;
use super::{canonical_text, number};
use crate::report;
use rust_decimal::Decimal;
use seac_model::TypeId;
use seac_syntax::sea::ast::{self, Collection, Expr, ExprKind, Ident, Literal, LiteralKind};
use seac_syntax::{Diagnostic, Span};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What names mean where an expression stands.
pub trait Environment<'a> {
    /// The units in use.
    fn units(&self) -> &Units;
    /// What a path begins with, if it is not a variable.
    fn root(&self, path: &'a [Ident], span: Span) -> Resolved<'a>;
    /// A member of a value; `resource` is known where a condition says which flows are meant.
    fn member(&self, of: &Type, name: &Ident, resource: Option<&str>) -> Result<(Type, Accessor), Box<Diagnostic>>;
    /// How many of these names, at least two, are the path of one member of a value (`cqrs.kind` of a flow), or would be
    /// if the last of them were not misspelt.
    fn nested(&self, _of: &Type, _names: &[Ident]) -> Option<usize> {
        None
    }
    /// `@id`.
    fn instance(&self, id: &Ident) -> Result<Node<'a>, Box<Diagnostic>>;
    /// `flows`, `entity_instances of "T"`, …
    fn collection(&self, collection: &Collection) -> Result<(Source, Shape), Box<Diagnostic>>;
    /// The member by which elements of this shape are placed in time.
    fn time(&self, shape: &Shape, span: Span) -> Result<Accessor, Box<Diagnostic>>;
    /// Members of an enum: name and wire text.
    fn members(&self, id: &TypeId) -> Vec<(String, String)>;
    /// A role by name.
    fn role(&self, name: &str, span: Span) -> Result<RoleRef, Box<Diagnostic>>;
    /// The expression of a declared pattern.
    fn pattern(&self, name: &str) -> Option<Cow<'a, str>>;
    /// The declared name of the element of this shape that is called so here; where there is none, a comparison with
    /// the name is never true.
    fn declared(&self, shape: &Shape, name: &str) -> Option<Cow<'a, str>>;
    /// A word that means nothing here.
    fn unknown(&self, word: &str, span: Span) -> Box<Diagnostic>;
}

/// What an environment knows about a path.
pub enum Resolved<'a> {
    /// A value, and how many words of the path name it.
    Node(Node<'a>, usize),
    /// Nothing; perhaps it is the member of an enum.
    Word,
    /// A mistake.
    Failed(Box<Diagnostic>),
}

/// A part of an expression: typed, or a literal that still adopts the type of what it is compared with.
pub(super) enum Part<'a> {
    Node(Node<'a>),
    /// A number without a unit.
    Number(Decimal, Span),
    /// Arithmetic of nothing but such numbers.
    Computed(Decimal, Span),
    Literal(&'a Literal),
    /// A bare word that names nothing: perhaps the member of an enum.
    Word(&'a str, Span),
}

/// Places for values that are the same wherever they stand, by scope and canonical text.
#[derive(Debug, Default)]
pub struct Memos {
    places: BTreeMap<(u32, String), u32>,
}

impl Memos {
    /// How many places there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    fn place(&mut self, scope: u32, text: String) -> u32 {
        let next = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        *self.places.entry((scope, text)).or_insert(next)
    }
}

pub(super) struct Binding<'a> {
    pub name: &'a str,
    pub slot: u32,
    pub shape: Shape,
    pub is_group: bool,
}

/// Types expressions; findings are collected.
pub struct Checker<'e, 'a> {
    pub(super) env: &'e dyn Environment<'a>,
    pub(super) out: &'e mut Vec<Diagnostic>,
    pub(super) variables: Vec<Binding<'a>>,
    /// Outermost variable used since the last collection was entered; tells what is the same in every round.
    pub(super) outermost: usize,
    /// Whether an amount is put where it stays, in the unit of that place.
    pub(super) stores: bool,
    /// Which flows a variable stands for, where a condition says so.
    pub(super) resources: Vec<(u32, &'a str)>,
    memos: &'e mut Memos,
    /// Names mean the same in expressions of one scope.
    scope: u32,
    /// How many seconds back aggregates look that do not say it themselves, and where that is written.
    pub(super) window: Option<(i64, Span)>,
}

impl<'e, 'a> Checker<'e, 'a> {
    /// A checker for the expressions of one scope.
    pub fn new(env: &'e dyn Environment<'a>, scope: u32, memos: &'e mut Memos, out: &'e mut Vec<Diagnostic>) -> Self {
        Self {
            env,
            out,
            variables: Vec::new(),
            stores: false,
            outermost: usize::MAX,
            resources: Vec::new(),
            memos,
            scope,
            window: None,
        }
    }

    /// Lets aggregates over what may have a time (flows, instances) look back so many seconds, unless they say it
    /// themselves.
    pub fn within(self, window: Option<(i64, Span)>) -> Self {
        Self { window, ..self }
    }

    /// Types an expression that must be a truth value.
    pub fn condition(&mut self, expr: &'a Expr) -> Node<'a> {
        let node = self.typed(expr);
        if node.ty == Type::Bool || node.ty.is_open() {
            return node;
        }
        self.fail(report::mismatch(expr.span, "bool", &node.ty.spell()), expr.span)
    }

    /// Types an expression by itself.
    pub fn typed(&mut self, expr: &'a Expr) -> Node<'a> {
        let part = self.part(expr);
        self.close(part, None)
    }

    /// Types an expression whose value is put where `expected` belongs; literals adopt that type.
    pub fn value(&mut self, expr: &'a Expr, expected: &Type) -> Node<'a> {
        let part = self.part(expr);
        self.store(part, expected)
    }

    /// Types a literal that is put where `expected` belongs.
    pub fn literal(&mut self, literal: &'a Literal, expected: &Type) -> Node<'a> {
        let part = self.literal_part(literal);
        self.store(part, expected)
    }

    /// As [`Checker::close`]; an amount is told in the unit of what holds it, rounded if that cannot hold it exactly.
    fn store(&mut self, part: Part<'a>, expected: &Type) -> Node<'a> {
        let outside = std::mem::replace(&mut self.stores, true);
        let node = self.close(part, Some(expected));
        self.stores = outside;
        node
    }

    pub(super) fn fail(&mut self, finding: impl Into<Box<Diagnostic>>, span: Span) -> Node<'a> {
        self.out.push(*finding.into());
        Node::error(span)
    }

    pub(super) fn part(&mut self, expr: &'a Expr) -> Part<'a> {
        let node = match &expr.kind {
            ExprKind::Literal(literal) => return self.literal_part(literal),
            ExprKind::Path(path) => return self.path(path, expr.span),
            ExprKind::Sum { first, rest } => return self.sum(first, rest, expr.span),
            ExprKind::Product { first, rest } => return self.product(first, rest, expr.span),
            ExprKind::Negate(inner) => return self.negate(inner, expr.span),
            ExprKind::Or(parts) => self.any(parts, expr.span),
            ExprKind::And(parts) => self.all(parts, expr.span),
            ExprKind::Not(inner) => self.not(inner, expr.span),
            ExprKind::Compare { op, left, right } => self.compare(op, left, right, expr.span),
            ExprKind::Cast { expr: inner, unit } => self.cast(inner, unit, expr.span),
            ExprKind::Instance { id, members } => self.instance(id, members, expr.span),
            ExprKind::Role(name) => self.role(name, expr.span),
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate, expr),
            ExprKind::Quantified { quantifier, variable, collection, body } => {
                self.quantified(quantifier.value, variable, collection, body, expr)
            }
            ExprKind::GroupBy { variable, collection, filter, key, body } => {
                self.group_by(variable, collection, filter.as_deref(), key, body, expr)
            }
            ExprKind::Missing => Node::error(expr.span),
        };
        Part::Node(node)
    }

    fn literal_part(&mut self, literal: &'a Literal) -> Part<'a> {
        let LiteralKind::Number(text) = &literal.kind else { return Part::Literal(literal) };
        match number::parse(text) {
            Some(value) => Part::Number(value, literal.span),
            None => Part::Node(self.fail(report::too_many_digits(literal.span), literal.span)),
        }
    }

    /// What stands behind `f.resource != "X" or` matters for flows of X only.
    fn any(&mut self, parts: &'a [Expr], span: Span) -> Node<'a> {
        let known = self.resources.len();
        let mut nodes = Vec::with_capacity(parts.len());
        for part in parts {
            nodes.push(self.condition(part));
            self.narrow_by(part, ast::CompareOp::Ne);
        }
        self.resources.truncate(known);
        Node::bool(span, NodeKind::Or(nodes))
    }

    /// What a condition says about the resource of a flow holds for the conditions behind it.
    fn all(&mut self, parts: &'a [Expr], span: Span) -> Node<'a> {
        let known = self.resources.len();
        let mut nodes = Vec::with_capacity(parts.len());
        for part in parts {
            nodes.push(self.condition(part));
            self.narrow(part);
        }
        self.resources.truncate(known);
        Node::bool(span, NodeKind::And(nodes))
    }

    fn not(&mut self, inner: &'a Expr, span: Span) -> Node<'a> {
        let inner = self.condition(inner);
        Node::bool(span, NodeKind::Not(Box::new(inner)))
    }

    pub(super) fn instance(&mut self, id: &Ident, members: &'a [Ident], span: Span) -> Node<'a> {
        match self.env.instance(id) {
            Ok(node) => self.members(node, members, span),
            Err(finding) => self.fail(finding, span),
        }
    }

    /// A role as a value: compared with another one, it is the same or not.
    fn role(&mut self, name: &Ident, span: Span) -> Node<'a> {
        match self.env.role(&name.value, name.span) {
            Ok(role) => Node::new(Type::Element(Shape::Role), span, NodeKind::Role(role)),
            Err(finding) => self.fail(finding, span),
        }
    }

    fn path(&mut self, path: &'a [Ident], span: Span) -> Part<'a> {
        let first = &path[0];
        if let Some(at) = self.variables.iter().rposition(|variable| *variable.name == *first.value) {
            self.outermost = self.outermost.min(at);
            let variable = &self.variables[at];
            if variable.is_group {
                return Part::Node(self.fail(report::group_alone(span, &first.value), span));
            }
            let kind = NodeKind::Variable(variable.slot);
            let node = Node::new(Type::Element(variable.shape.clone()), first.span, kind);
            return Part::Node(self.members(node, &path[1..], span));
        }
        match self.env.root(path, span) {
            Resolved::Node(node, read) => Part::Node(self.members(node, &path[read..], span)),
            Resolved::Failed(finding) => Part::Node(self.fail(finding, span)),
            Resolved::Word if path.len() == 1 => Part::Word(&first.value, span),
            Resolved::Word => {
                let finding = self.env.unknown(&first.value, first.span);
                Part::Node(self.fail(finding, span))
            }
        }
    }

    pub(super) fn members(&mut self, mut node: Node<'a>, names: &'a [Ident], span: Span) -> Node<'a> {
        let mut rest = names;
        while let [first, behind @ ..] = rest {
            if node.ty == Type::Error {
                return node;
            }
            let resource = match node.kind {
                NodeKind::Variable(slot) => self.resource_of(slot),
                _ => None,
            };
            let (name, behind) = match self.env.nested(&node.ty, rest) {
                Some(read) => (Cow::Owned(joined(&rest[..read])), &rest[read..]),
                None => (Cow::Borrowed(first), behind),
            };
            match self.env.member(&node.ty, &name, resource) {
                Ok((ty, accessor)) => {
                    node = Node::new(ty, span, NodeKind::Member(Box::new(node), accessor, &first.value));
                }
                Err(finding) => return self.fail(finding, span),
            }
            rest = behind;
        }
        node
    }

    pub(super) fn resource_of(&self, slot: u32) -> Option<&'a str> {
        self.resources.iter().rev().find(|(known, _)| *known == slot).map(|(_, name)| *name)
    }

    /// Notes what `v.resource = "X"` (alone or in a conjunction) says about a variable.
    pub(super) fn narrow(&mut self, expr: &'a Expr) {
        if let ExprKind::And(parts) = &expr.kind {
            parts.iter().for_each(|part| self.narrow(part));
            return;
        }
        self.narrow_by(expr, ast::CompareOp::Eq);
    }

    fn narrow_by(&mut self, expr: &'a Expr, wanted: ast::CompareOp) {
        let ExprKind::Compare { op, left, right } = &expr.kind else { return };
        let (ExprKind::Path(path), ExprKind::Literal(literal)) = (&left.kind, &right.kind) else { return };
        let ([variable, member], LiteralKind::String(name)) = (path.as_slice(), &literal.kind) else { return };
        if op.value != wanted {
            return;
        }
        let bound = self.variables.iter().rev().find(|known| *known.name == *variable.value);
        if let Some(bound) = bound.filter(|bound| bound.shape == Shape::Flow && member.value == "resource") {
            self.resources.push((bound.slot, name));
        }
    }

    /// A place to keep a value that depends on no variable outside it.
    pub(super) fn memo(&mut self, expr: &'a Expr, depth: usize, outside: usize) -> Option<u32> {
        let closed = self.outermost >= depth;
        self.outermost = self.outermost.min(outside);
        closed.then(|| {
            let text = canonical_text(expr);
            // In another window the same words mean something else.
            let text = self.window.map_or_else(|| text.clone(), |(seconds, _)| format!("{text} within {seconds} s"));
            self.memos.place(self.scope, text)
        })
    }

    pub(super) fn close(&mut self, part: Part<'a>, expected: Option<&Type>) -> Node<'a> {
        match (part, expected) {
            (Part::Node(node), _) => node,
            (Part::Number(value, span), Some(ty)) => self.adopt_number(value, span, ty),
            (Part::Computed(value, span), Some(Type::Quantity(measure))) => {
                self.fail(report::computed_without_unit(span, value, measure), span)
            }
            (Part::Computed(value, span), Some(ty)) => self.adopt_number(value, span, ty),
            (Part::Number(value, span) | Part::Computed(value, span), None) => super::literal::own_number(value, span),
            (Part::Literal(literal), Some(ty)) => self.adopt(literal, ty),
            (Part::Literal(literal), None) => self.own_type(literal),
            (Part::Word(word, span), Some(Type::Enum(id))) => self.enum_member(id, word, span),
            (Part::Word(word, span), _) => {
                let finding = self.env.unknown(word, span);
                self.fail(finding, span)
            }
        }
    }

    pub(super) fn enum_member(&mut self, id: &TypeId, word: &str, span: Span) -> Node<'a> {
        let members = self.env.members(id);
        match members.iter().find(|(name, wire)| name == word || wire == word) {
            Some((name, _)) => {
                let member = super::Const::Member(Cow::Owned(name.clone()));
                Node::new(Type::Enum(id.clone()), span, NodeKind::Const(member))
            }
            None => {
                let what = format!("member of {}", id.name);
                let known = members.iter().map(|(name, _)| name.as_str());
                let finding = report::unknown(&what, word, span, known);
                self.fail(finding, span)
            }
        }
    }
}

/// Several names as one, with dots between them.
fn joined(names: &[Ident]) -> Ident {
    let words: Vec<&str> = names.iter().map(|name| name.value.as_str()).collect();
    let span = names.iter().skip(1).fold(names[0].span, |span, name| span.to(name.span));
    Ident::new(words.join(".").into(), span)
}
