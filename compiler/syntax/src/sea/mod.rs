//! SEA-DSL: lexer, parser with recovery, syntax tree.

pub mod ast;
pub mod dialect;
pub mod diff;
mod format;
pub mod json;
mod lexer;
mod parser;
pub mod print;
pub mod time;
pub mod walk;
pub(crate) mod words;

use crate::diagnostic::Diagnostic;
use crate::source::FileId;
use ast::{Expr, SeaFile, TypeExpr};

pub use format::{WIDTH, format};
pub use parser::{MAX_BYTES, MAX_FINDINGS, MAX_NESTING};
pub use words::{CLAUSES, COLLECTIONS, CONSTRAINTS, DECLARATIONS, TARGETS, normalise_number};

/// Reads a `.sea` file. What could not be read is missing in the tree and named by a diagnostic.
pub fn parse(file: FileId, text: &str) -> (SeaFile, Vec<Diagnostic>) {
    parser::file(file, text)
}

/// Reads an expression that stands inside another text, `base_offset` bytes behind its beginning. If it cannot be
/// read, the result is [`ast::ExprKind::Missing`].
pub fn parse_expression(file: FileId, text: &str, base_offset: usize) -> (Expr, Vec<Diagnostic>) {
    parser::expression(file, text, base_offset)
}

/// Reads a type that stands inside another text, `base_offset` bytes behind its beginning.
pub fn parse_type(file: FileId, text: &str, base_offset: usize) -> (Option<TypeExpr>, Vec<Diagnostic>) {
    parser::type_expr(file, text, base_offset)
}
