//! YAML with spans: a tree over the events of `saphyr-parser`, in which every key and value knows its bytes.
//!
//! Only what a specification needs is allowed: one document, plain keys, no aliases, no tags. What is refused is
//! reported and leaves an [`NodeKind::Unusable`] behind, so that nothing else is said about it. After a syntax error
//! the tree holds what stood in front of it.

mod build;
mod places;
mod scalar;

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span, Spanned};
use crate::text::Text;

pub use scalar::{ScalarValue, typed};

/// How deep mappings and sequences may be nested.
pub const MAX_DEPTH: usize = 64;
/// How many nodes a text may have.
pub const MAX_NODES: usize = 1_000_000;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its bytes, quotes and brackets included.
    pub span: Span,
    /// What it is.
    pub kind: NodeKind,
    /// False if a syntax error cut it off: then what is missing in it need not be missing in the text.
    pub complete: bool,
}

/// The kinds of value.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// A scalar.
    Scalar(Scalar),
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping, in the order of writing; every key once.
    Mapping(Vec<Entry>),
    /// Something that was reported already.
    Unusable,
}

/// A scalar with the type the core schema of YAML 1.2 gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// Null, bool, number or string.
    pub value: ScalarValue,
    /// The characters, escapes resolved.
    pub text: String,
    /// How it was written.
    pub style: Style,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes; the only style that can be something else than a string.
    Plain,
    /// In `'` or `"`.
    Quoted,
    /// Behind `|` or `>`.
    Block,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key, as text.
    pub key: Spanned<Text>,
    /// The value.
    pub value: Node,
}

impl Node {
    /// What it is, in words, for messages.
    pub fn description(&self) -> &'static str {
        match &self.kind {
            NodeKind::Sequence(_) => "a list",
            NodeKind::Mapping(_) => "a mapping",
            NodeKind::Unusable => "something else",
            NodeKind::Scalar(scalar) => match scalar.value {
                ScalarValue::Null => "nothing",
                ScalarValue::Bool(_) => "a boolean",
                ScalarValue::Number(_) => "a number",
                ScalarValue::String => "a string",
            },
        }
    }
}

/// Reads one YAML document, which stands `base` bytes behind the beginning of `file`. None if there is none.
pub fn parse(file: FileId, text: &str, base: usize) -> (Option<Node>, Vec<Diagnostic>) {
    build::tree(file, text, base)
}
