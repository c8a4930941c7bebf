//! SDS YAML: the typed syntax tree and the lowering from YAML to it.

pub mod ast;
mod connectors;
pub mod metamodel;
mod operations;
mod reader;
pub mod schema;
pub mod shape;
mod structure;
mod types;

pub use crate::generated::{shapes, words};

use crate::diagnostic::{self, Diagnostic};
use crate::report;
use crate::sea::MAX_FINDINGS;
use crate::source::{FileId, Span};
use crate::yaml;
use ast::SdsFile;
use reader::Reader;

/// Reads a `.sds.yaml` file. What could not be read is missing in the tree and named by a diagnostic.
pub fn parse(file: FileId, text: &str) -> (SdsFile, Vec<Diagnostic>) {
    let (root, mut diagnostics) = yaml::parse(file, text, 0);
    let mut reader = Reader::new(file, text);
    let whole = Span::new(file, 0, text.len());
    let missing = yaml::Node {
        span: whole.at_start(),
        kind: yaml::NodeKind::Mapping(Vec::new()),
        complete: diagnostics.is_empty(),
    };
    let tree = reader.file(root.as_ref().unwrap_or(&missing), whole);
    diagnostics.append(&mut reader.diagnostics);
    diagnostic::sort(&mut diagnostics);
    if diagnostics.len() > MAX_FINDINGS {
        diagnostics.truncate(MAX_FINDINGS);
        diagnostics.push(report::too_many_sds_findings(whole.at_end(), MAX_FINDINGS));
    }
    (tree, diagnostics)
}
