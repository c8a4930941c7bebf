//! Typed expressions: what a policy or an assignment computes, with every name resolved.

use crate::{Ty, TypeId};
use schemars::JsonSchema;
use serde::Serialize;

/// An expression and the type it has.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct TypedExpr {
    /// Type of its value.
    pub ty: Ty,
    /// What it computes.
    pub kind: TypedExprKind,
}

/// What an expression computes.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TypedExprKind {
    /// A constant.
    Literal(Literal),
    /// Something only known when the operation runs.
    Fact(Fact),
    /// All of them; at least two.
    And(Vec<TypedExpr>),
    /// Any of them; at least two.
    Or(Vec<TypedExpr>),
    /// The opposite.
    Not(Box<TypedExpr>),
    /// Comparison of two values of one type.
    Compare(CompareOp, Box<TypedExpr>, Box<TypedExpr>),
    /// `first + a - b …`, left to right.
    Sum(Box<TypedExpr>, Vec<(SumOp, TypedExpr)>),
    /// `first * a / b …`, left to right.
    Product(Box<TypedExpr>, Vec<(ProductOp, TypedExpr)>),
    /// `-x`.
    Negate(Box<TypedExpr>),
    /// Does the caller hold this role?
    HasRole(TypeId),
}

/// A constant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Literal {
    /// Truth value.
    Bool(bool),
    /// Integer or exact decimal, by the type of the expression.
    Number(String),
    /// Text.
    Text(String),
    /// Amount of the unit that the type of the expression names.
    Quantity(String),
    /// RFC 3339, UTC.
    Time(String),
    /// Member of the enum that the type names.
    Member(String),
}

/// Where a fact comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Field of the input.
    Input {
        /// Its name.
        field: String,
        /// May it be absent?
        optional: bool,
    },
    /// Field of the entity before the effect.
    State {
        /// Its name.
        field: String,
        /// May it be absent?
        optional: bool,
    },
    /// The caller's subject.
    ActorId,
    /// The time at which the operation is decided.
    Now,
}

/// Comparison operators over typed operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "named after the operators")]
pub enum CompareOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Contains,
    StartsWith,
    EndsWith,
    /// The right side is a literal regular expression.
    Matches,
}

/// `+`, `-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "named after the operators")]
pub enum SumOp {
    Add,
    Subtract,
}

/// `*`, `/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "named after the operators")]
pub enum ProductOp {
    Multiply,
    Divide,
}

impl TypedExpr {
    /// Whether its value depends on the entity's state.
    pub fn reads_state(&self) -> bool {
        let mut found = false;
        self.visit(&mut |expr| found |= matches!(expr.kind, TypedExprKind::Fact(Fact::State { .. })));
        found
    }

    /// Calls `f` for this expression and every part of it.
    pub fn visit(&self, f: &mut impl FnMut(&TypedExpr)) {
        f(self);
        match &self.kind {
            TypedExprKind::Literal(_) | TypedExprKind::Fact(_) | TypedExprKind::HasRole(_) => {}
            TypedExprKind::And(parts) | TypedExprKind::Or(parts) => parts.iter().for_each(|part| part.visit(f)),
            TypedExprKind::Not(inner) | TypedExprKind::Negate(inner) => inner.visit(f),
            TypedExprKind::Compare(_, left, right) => {
                left.visit(f);
                right.visit(f);
            }
            TypedExprKind::Sum(first, rest) => {
                first.visit(f);
                rest.iter().for_each(|(_, part)| part.visit(f));
            }
            TypedExprKind::Product(first, rest) => {
                first.visit(f);
                rest.iter().for_each(|(_, part)| part.visit(f));
            }
        }
    }
}
