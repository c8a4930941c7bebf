//! The front matter of ADR and PRD notes: the YAML between two lines of `---` at the head of a Markdown file.

use crate::diagnostic::{self, Diagnostic};
use crate::report;
use crate::source::{FileId, Span, Spanned};
use crate::text::Text;
use crate::yaml::{self, Entry, Node, NodeKind, ScalarValue};
use serde::Serialize;

/// What a note says about itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Note {
    /// `id: ADR-001`.
    pub id: Spanned<Text>,
    /// `title: …`.
    pub title: Option<Spanned<Text>>,
    /// `status: accepted`.
    pub status: Option<Spanned<Text>>,
    /// `satisfies: ADR-001` or `satisfies: [ADR-001, ADR-002]`.
    pub satisfies: Vec<Spanned<Text>>,
    /// The front matter with its two lines of dashes.
    pub span: Span,
}

/// Reads the front matter of a Markdown text. Keys that are not ours are left alone: notes carry dates and tags.
pub fn parse(file: FileId, text: &str) -> (Option<Note>, Vec<Diagnostic>) {
    let Some(block) = block(text) else {
        return (None, vec![report::no_front_matter(Span::new(file, 0, 0))]);
    };
    let span = Span::new(file, block.start, block.end);
    let (root, mut diagnostics) = yaml::parse(file, &text[block.yaml.clone()], block.yaml.start);
    let entries: &[Entry] = match root.as_ref().map(|root| &root.kind) {
        Some(NodeKind::Mapping(entries)) => entries,
        _ => &[],
    };
    let mut text_of = |key: &str| {
        let value = &entries.iter().find(|entry| entry.key.value == key)?.value;
        string(value, &mut diagnostics)
    };
    let (id, title, status) = (text_of("id"), text_of("title"), text_of("status"));
    let satisfies = entries.iter().find(|entry| entry.key.value == "satisfies");
    let satisfies = satisfies.map(|entry| strings(&entry.value, &mut diagnostics)).unwrap_or_default();
    if id.is_none() && diagnostics.is_empty() {
        diagnostics.push(report::note_without_id(span));
    }
    diagnostic::sort(&mut diagnostics);
    (id.map(|id| Note { id, title, status, satisfies, span }), diagnostics)
}

struct Block {
    start: usize,
    yaml: std::ops::Range<usize>,
    end: usize,
}

/// The lines between the first line, which must be `---`, and the next one like it.
fn block(text: &str) -> Option<Block> {
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut lines = text[start..].split_inclusive('\n');
    let first = lines.next().filter(|line| line.trim_end() == "---")?;
    let content = start + first.len();
    let mut at = content;
    for line in lines {
        if line.trim_end() == "---" {
            return Some(Block { start, yaml: content..at, end: at + line.trim_end().len() });
        }
        at += line.len();
    }
    None
}

fn strings(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Vec<Spanned<Text>> {
    match &node.kind {
        NodeKind::Sequence(items) => items.iter().filter_map(|item| string(item, diagnostics)).collect(),
        _ => string(node, diagnostics).into_iter().collect(),
    }
}

fn string(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Spanned<Text>> {
    match &node.kind {
        NodeKind::Scalar(scalar) if scalar.value == ScalarValue::String => {
            Some(Spanned::new(scalar.text.as_str().into(), node.span))
        }
        NodeKind::Unusable => None,
        _ if !node.complete => None,
        _ => {
            diagnostics.push(report::note_value(node.span, node));
            None
        }
    }
}
