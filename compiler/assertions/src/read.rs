//! Sets of assertions as texts: JSON, YAML and CSV, all read into one tree with places.

mod csv;
mod fields;
pub(crate) mod json;

use crate::assertion::Assertion;
use crate::report;
use seac_syntax::diagnostic::{self, has_errors};
use seac_syntax::yaml::{self, Node};
use seac_syntax::{Diagnostic, FileId, Span, sea};

/// The version of the format that is read and written.
pub const FORMAT: u32 = 1;
/// After so many findings in one file the rest is left out.
pub const MAX_FINDINGS: usize = sea::MAX_FINDINGS;

/// How a set is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// A JSON document.
    Json,
    /// A YAML document.
    Yaml,
    /// A table with a line of headings.
    Csv,
}

impl Syntax {
    /// By the name of the file; by how the text begins, if the name does not say.
    pub fn of(path: &str, text: &str) -> Self {
        let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension.to_ascii_lowercase().as_str() {
            "json" => Self::Json,
            "yaml" | "yml" => Self::Yaml,
            "csv" => Self::Csv,
            _ if text.trim_start().starts_with(['{', '[']) => Self::Json,
            _ if text.lines().next().is_some_and(|line| line.contains("subject") && line.contains(',')) => Self::Csv,
            _ => Self::Yaml,
        }
    }
}

/// Reads a set. What could not be read is missing and named by a diagnostic.
pub fn read(file: FileId, text: &str, syntax: Syntax) -> (Vec<Assertion>, Vec<Diagnostic>) {
    if text.len() > sea::MAX_BYTES {
        return (Vec::new(), vec![report::too_large(Span::new(file, 0, 0), text.len(), sea::MAX_BYTES)]);
    }
    let (root, mut findings) = match syntax {
        Syntax::Json => json::parse(file, text),
        Syntax::Csv => csv::parse(file, text),
        Syntax::Yaml => {
            let (root, findings) = yaml::parse(file, text, 0);
            (root, findings.into_iter().map(report::unreadable_yaml).collect())
        }
    };
    let mut assertions = Vec::new();
    match root {
        Some(root) => {
            let mut reader = fields::Reader::new(&mut findings);
            assertions = reader.document(&root, syntax);
        }
        None if !has_errors(&findings) => findings.push(report::empty(Span::new(file, 0, 0))),
        None => {}
    }
    diagnostic::sort(&mut findings);
    findings.truncate(MAX_FINDINGS);
    (assertions, findings)
}

/// A value that is a text.
fn text_node(span: Span, text: String) -> Node {
    let scalar = yaml::Scalar { value: yaml::ScalarValue::String, text, style: yaml::Style::Quoted };
    Node { span, kind: yaml::NodeKind::Scalar(scalar), complete: true }
}
