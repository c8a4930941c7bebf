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
            CompareOp::HasRole => return self.has_role(left, right, span),
            CompareOp::Matches => return self.matches(left, right, span),
            _ => {}
        }
        let (left_part, right_part) = (self.part(left), self.part(right));
        let (l, r) = match (left_part, right_part) {
            (Part::Node(l), open) => {
                let r = self.close(open, Some(&beside(op.value, &l.ty)));
                (l, r)
            }
            (open, Part::Node(r)) => (self.close(open, Some(&beside(op.value, &r.ty))), r),
            (l, r) => self.two_literals(l, r),
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
    fn two_literals(&mut self, left: Part<'a>, right: Part<'a>) -> (Node<'a>, Node<'a>) {
        if matches!(left, Part::Number(..)) {
            let right = self.close(right, None);
            return (self.close(left, Some(&right.ty)), right);
        }
        let left = self.close(left, None);
        let right = self.close(right, Some(&left.ty));
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
            CompareOp::Contains => match l {
                Type::List(inner) => **inner == *r || inner.is_open() || (inner.is_number() && r.is_number()),
                _ => named(l) && named(r),
            },
            CompareOp::StartsWith | CompareOp::EndsWith => named(l) && named(r),
            CompareOp::Matches | CompareOp::HasRole => true,
        }
    }

    fn equatable(&self, left: &Node<'a>, right: &Node<'a>) -> bool {
        let literal = |node: &Node<'a>| matches!(node.kind, NodeKind::Const(Const::Number(_)));
        match (&left.ty, &right.ty) {
            (Type::List(_) | Type::Record(_) | Type::Entity(_) | Type::Json | Type::Bytes | Type::Interval, _) => false,
            (Type::Quantity(a), Type::Quantity(b)) => {
                common(self.env.units(), a, b).is_some() || literal(left) || literal(right)
            }
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

    fn has_role(&mut self, left: &'a Expr, right: &'a Expr, span: Span) -> Node<'a> {
        let node = self.typed(left);
        // The name of an element stands for the element: nothing else about a name could have a role.
        let node = match node.kind {
            NodeKind::Member(inner, Accessor::Name) => *inner,
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
        let bearer = matches!(node.ty, Type::Element(Shape::Entity | Shape::Party | Shape::Role));
        if !bearer && !node.ty.is_open() && !matches!(node.kind, NodeKind::Fact(seac_model::Fact::ActorId)) {
            return self.fail(report::mismatch(left.span, "`actor` or an entity", &node.ty.spell()), span);
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

/// The type that a literal on the other side adopts: for lists, that of their items.
fn beside(op: CompareOp, ty: &Type) -> Type {
    match (op, ty) {
        (CompareOp::Contains, Type::List(inner)) => (**inner).clone(),
        (CompareOp::During, _) => Type::Any,
        (CompareOp::Contains | CompareOp::StartsWith | CompareOp::EndsWith, Type::Element(_)) => Type::Text,
        _ => ty.clone(),
    }
}
