//! SDS YAML: the typed syntax tree and the lowering from YAML to it.

pub mod ast;
