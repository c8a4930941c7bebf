//! Comparisons: which two types can be compared how.

use super::arithmetic::common;
use super::check::{Checker, Part};
use super::node::{Accessor, Const, Node, NodeKind};
use super::ty::{Measure, Shape, Type};
use crate::report;
use seac_syntax::sea::ast::{CompareOp, Expr, ExprKind, LiteralKind};
use seac_syntax::{Span, Spanned};
use std::borrow::Cow;

impl<'a> Checker<'_, 'a> {
    pub(super) fn compare(&mut self, op: &Spanned<CompareOp>, left: &'a Expr, right: &'a Expr, span: Span) -> Node<'a> {
        match op.value {
            CompareOp::HasRole => {
                let node = self.typed(left);
                return self.has_role(node, left.span, right, span);
            }
            CompareOp::Matches => return self.matches(left, right, span),
            _ => {}
        }
        let (l, r) = match (self.part(left), self.part(right)) {
            (Part::Node(l), _) if is_role_of_caller(op.value, &l, right) => {
                return self.role_of_caller(op.value, l, (left.span, right), span);
            }
            (_, Part::Node(r)) if is_role_of_caller(op.value, &r, left) => {
                return self.role_of_caller(op.value, r, (right.span, left), span);
            }
            (Part::Node(l), open) => {
                let r = self.close(open, Some(&right_of(op.value, &l.ty, right)));
                (l, r)
            }
            (open, Part::Node(r)) => (self.close(open, Some(&left_of(op.value, &r.ty, left))), r),
            (l, r) => self.two_literals(op.value, l, r, right),
        };
        if l.ty == Type::Error || r.ty == Type::Error {
            return Node::error(span);
        }
        if !self.comparable(op.value, &l, &r) {
            let mixed = |node: &Node<'a>| node.ty == Type::Quantity(Measure::Mixed);
            if let Some(node) = [&l, &r].into_iter().find(|node| mixed(node)) {
                return self.fail(report::mixed_amounts(node.span), span);
            }
            let finding = report::not_comparable(op.span, (left.span, &l.ty.spell()), (right.span, &r.ty.spell()));
            return self.fail(finding, span);
        }
        Node::bool(span, NodeKind::Compare(op.value, Box::new(l), Box::new(r)))
    }

    /// A bare number still adopts the unit of a literal amount.
    fn two_literals(&mut self, op: CompareOp, left: Part<'a>, right: Part<'a>, expr: &Expr) -> (Node<'a>, Node<'a>) {
        let moment = matches!(op, CompareOp::Before | CompareOp::After | CompareOp::During).then_some(Type::Time);
        if moment.is_none() && matches!(left, Part::Number(..) | Part::Computed(..)) {
            let right = self.close(right, None);
            return (self.close(left, Some(&right.ty)), right);
        }
        let left = self.close(left, moment.as_ref());
        let right = self.close(right, Some(&right_of(op, &left.ty, expr)));
        (left, right)
    }

    fn comparable(&self, op: CompareOp, left: &Node<'a>, right: &Node<'a>) -> bool {
        let (l, r) = (&left.ty, &right.ty);
        if l.is_open() || r.is_open() {
            return true;
        }
        match op {
            CompareOp::Eq | CompareOp::Ne => self.equatable(left, right),
            CompareOp::Lt | CompareOp::Le | CompareOp::Gt | CompareOp::Ge => {
                matches!(l, Type::Int | Type::Decimal | Type::Quantity(_) | Type::Time | Type::Text)
                    && self.equatable(left, right)
            }
            CompareOp::Before | CompareOp::After => *l == Type::Time && *r == Type::Time,
            CompareOp::During => *l == Type::Time && *r == Type::Interval,
            CompareOp::Contains => match (l, r) {
                (Type::List(items), Type::List(part)) => self.same_kind(items, part),
                (Type::List(items), r) => self.same_kind(items, r),
                _ => named(l) && named(r),
            },
            CompareOp::StartsWith | CompareOp::EndsWith => named(l) && named(r),
            CompareOp::Matches | CompareOp::HasRole => true,
        }
    }

    fn equatable(&self, left: &Node<'a>, right: &Node<'a>) -> bool {
        let literal = |node: &Node<'a>| matches!(node.kind, NodeKind::Const(Const::Number(_)));
        match (&left.ty, &right.ty) {
            (Type::Quantity(_), Type::Quantity(_)) if literal(left) || literal(right) => true,
            (Type::List(left), Type::List(right)) => self.same_kind(left, right),
            (l, r) => self.same_kind(l, r),
        }
    }

    /// Whether values of the two types can be the same.
    fn same_kind(&self, left: &Type, right: &Type) -> bool {
        match (left, right) {
            (l, r) if l.is_open() || r.is_open() => true,
            (Type::List(_) | Type::Record(_) | Type::Entity(_) | Type::Json | Type::Bytes | Type::Interval, _) => false,
            (Type::Quantity(a), Type::Quantity(b)) => common(self.env.units(), a, b).is_some(),
            (l, r) if l.is_number() && r.is_number() => true,
            (l, r) if named(l) && named(r) => true,
            (Type::Ref(_), Type::Element(Shape::Instance(_))) | (Type::Element(Shape::Instance(_)), Type::Ref(_)) => {
                true
            }
            (l, r) => l == r,
        }
    }

    /// The right side is needed before anything is evaluated, so that it can be checked and compiled once.
    fn matches(&mut self, left: &'a Expr, right: &'a Expr, span: Span) -> Node<'a> {
        let node = self.typed(left);
        let text = match &right.kind {
            ExprKind::Literal(literal) => match &literal.kind {
                LiteralKind::String(text) => Some(text),
                _ => None,
            },
            _ => None,
        };
        let Some(text) = text else {
            let finding = report::mismatch(right.span, "a literal regular expression", "something else");
            return self.fail(finding, span);
        };
        let regex = match self.env.pattern(text) {
            // A pattern is checked where it is declared.
            Some(regex) => regex,
            None => {
                if let Err(reason) = crate::types::regex(text) {
                    return self.fail(report::bad_regex(right.span, &reason), span);
                }
                Cow::Borrowed(text.as_str())
            }
        };
        if !(named(&node.ty) || node.ty.is_open()) {
            return self.fail(report::mismatch(left.span, "string", &node.ty.spell()), span);
        }
        Node::bool(span, NodeKind::Matches(Box::new(node), regex))
    }

    /// `actor = role<R>`: the caller may have several roles, and this one is among them or not.
    fn role_of_caller(&mut self, op: CompareOp, actor: Node<'a>, role: (Span, &'a Expr), span: Span) -> Node<'a> {
        let asked = self.has_role(actor, role.0, role.1, span);
        match op {
            CompareOp::Ne if asked.ty == Type::Bool => Node::bool(span, NodeKind::Not(Box::new(asked))),
            _ => asked,
        }
    }

    fn has_role(&mut self, node: Node<'a>, bearer: Span, right: &'a Expr, span: Span) -> Node<'a> {
        // The name of an element stands for the element: nothing else about a name could have a role.
        let node = match node.kind {
            NodeKind::Member(inner, Accessor::Name, _) => *inner,
            kind => Node { kind, ..node },
        };
        let role = match &right.kind {
            ExprKind::Role(name) => self.env.role(&name.value, name.span),
            ExprKind::Literal(literal) => match &literal.kind {
                LiteralKind::String(name) => self.env.role(name, literal.span),
                _ => Err(report::mismatch(right.span, "a role", "another literal").into()),
            },
            _ => Err(report::mismatch(right.span, "a role", "an expression").into()),
        };
        let has_roles = matches!(node.ty, Type::Element(Shape::Entity | Shape::Party | Shape::Role));
        if !has_roles && !node.ty.is_open() && !is_caller(&node) {
            return self.fail(report::mismatch(bearer, "`actor` or an entity", &node.ty.spell()), span);
        }
        match role {
            Ok(role) => Node::bool(span, NodeKind::HasRole(Box::new(node), role)),
            Err(finding) => self.fail(finding, span),
        }
    }
}

/// What has a text to compare: texts, and elements by their name.
fn named(ty: &Type) -> bool {
    ty.is_text() || matches!(ty, Type::Element(shape) if !matches!(shape, Shape::Flow | Shape::Instance(_)))
}

/// Whether a value is the caller of an operation, or what the caller's roles are.
fn is_caller(node: &Node<'_>) -> bool {
    matches!(node.kind, NodeKind::Fact(seac_model::Fact::ActorId))
}

/// `actor = role<R>`, `actor.role = role<R>`, `actor.role = "R"`.
fn is_role_of_caller(op: CompareOp, node: &Node<'_>, other: &Expr) -> bool {
    let names_role = match &other.kind {
        ExprKind::Role(_) => true,
        ExprKind::Literal(_) => node.ty == Type::Element(Shape::Role),
        _ => false,
    };
    matches!(op, CompareOp::Eq | CompareOp::Ne) && is_caller(node) && names_role
}

/// The type that a literal on the right of a value adopts: what a list contains is one of its items, or several.
fn right_of(op: CompareOp, ty: &Type, literal: &Expr) -> Type {
    match (op, ty) {
        (CompareOp::Contains, Type::List(inner)) if !is_array(literal) => (**inner).clone(),
        _ => beside(op, ty),
    }
}

/// The type that a literal on the left of a value adopts: `["a", "b"] contains x` is a list of what x is.
fn left_of(op: CompareOp, ty: &Type, literal: &Expr) -> Type {
    match (op, ty) {
        (CompareOp::Contains, Type::List(_)) => ty.clone(),
        (CompareOp::Contains, _) if is_array(literal) => Type::List(Box::new(ty.clone())),
        _ => beside(op, ty),
    }
}

fn is_array(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Literal(literal) if matches!(literal.kind, LiteralKind::Array(_)))
}

fn beside(op: CompareOp, ty: &Type) -> Type {
    match (op, ty) {
        (CompareOp::Before | CompareOp::After, Type::Time) => Type::Time,
        (CompareOp::During, _) => Type::Any,
        (CompareOp::Contains | CompareOp::StartsWith | CompareOp::EndsWith, Type::Element(_)) => Type::Text,
        _ => ty.clone(),
    }
}
