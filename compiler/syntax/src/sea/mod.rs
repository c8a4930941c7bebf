//! SEA-DSL: grammar, syntax tree, parser with recovery.

pub mod ast;
