//! Expressions: one type checker for both places where they stand.
//!
//! [`check`] types a tree against an [`Environment`], which says what names mean: the facts of one operation
//! ([`facts`]) or the whole model (`crate::sea`). The result is a tree of [`Node`]s; [`lower`] translates it for the
//! Model where an operation needs it, `crate::eval` evaluates it where the whole model is at hand.

mod arithmetic;
pub mod check;
mod collect;
mod compare;
mod facts;
mod literal;
mod lower;
pub mod node;
pub mod number;
pub mod time;
pub mod ty;
pub mod units;

pub use arithmetic::{common, measure_word};
pub use check::{Environment, Resolved};
pub use facts::{Facts, Members, Place, assignable, literal_as};
pub use node::{Accessor, Aggregate, Const, Node, NodeKind, Source};
pub use ty::{Measure, Shape, Type};
pub use units::{UnitId, Units};

/// The expression in canonical words: two policies mean the same to the reader if their texts are equal.
pub fn canonical_text(expr: &seac_syntax::sea::ast::Expr) -> String {
    seac_syntax::sea::print::expression(expr)
}
