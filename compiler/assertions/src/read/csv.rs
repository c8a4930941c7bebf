//! CSV (RFC 4180) with places: the first line names the columns, every other one is an assertion.

use super::text_node;
use crate::report;
use seac_syntax::yaml::{Entry, Node, NodeKind};
use seac_syntax::{Diagnostic, FileId, Span, Spanned, Text};

/// A cell and its place.
struct Cell {
    text: String,
    span: Span,
    /// In quotes, an empty cell is an empty text; without them, it is nothing.
    quoted: bool,
}

/// The rows as a list of mappings. Empty cells without quotes say nothing.
pub fn parse(file: FileId, text: &str) -> (Option<Node>, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let mut rows = Rows { file, text, at: text.len() - text.trim_start_matches('\u{feff}').len() };
    let Some(Ok(heads)) = rows.next() else { return (None, findings) };
    let mut items = Vec::new();
    for row in rows {
        match row {
            Ok(cells) if cells.len() > heads.len() => {
                let extra = &cells[heads.len()];
                findings.push(report::unreadable(extra.span, "CSV", "the table has no column for this cell"));
            }
            Ok(cells) => items.extend(item(&heads, cells)),
            Err(finding) => {
                findings.push(*finding);
                break;
            }
        }
    }
    let whole = Span::new(file, 0, text.len());
    (Some(Node { span: whole, kind: NodeKind::Sequence(items), complete: true }), findings)
}

/// One row; none if all its cells are empty.
fn item(heads: &[Cell], cells: Vec<Cell>) -> Option<Node> {
    let span = cells.first()?.span.to(cells.last()?.span);
    let filled = heads.iter().zip(cells).filter(|(_, cell)| cell.quoted || !cell.text.is_empty());
    let entry = |(head, cell): (&Cell, Cell)| Entry {
        // The head stands far away: what is wrong with a key is shown where its value stands.
        key: Spanned::new(Text::from(head.text.trim()), cell.span),
        value: text_node(cell.span, cell.text),
    };
    let entries: Vec<Entry> = filled.map(entry).collect();
    (!entries.is_empty()).then_some(Node { span, kind: NodeKind::Mapping(entries), complete: true })
}

struct Rows<'t> {
    file: FileId,
    text: &'t str,
    at: usize,
}

impl Iterator for Rows<'_> {
    type Item = Result<Vec<Cell>, Box<Diagnostic>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.text.len() {
            return None;
        }
        let mut cells = Vec::new();
        loop {
            match self.cell() {
                Ok(cell) => cells.push(cell),
                Err(finding) => return Some(Err(finding)),
            }
            let rest = &self.text[self.at..];
            let (comma, end) = (rest.starts_with(','), ["\r\n", "\n", "\r"].iter().find(|end| rest.starts_with(**end)));
            self.at += end.map_or(usize::from(comma), |end| end.len());
            if !comma {
                return Some(Ok(cells));
            }
        }
    }
}

impl Rows<'_> {
    fn cell(&mut self) -> Result<Cell, Box<Diagnostic>> {
        let rest = &self.text[self.at..];
        let start = self.at;
        if !rest.starts_with('"') {
            let length = rest.find([',', '\n', '\r']).unwrap_or(rest.len());
            self.at += length;
            return Ok(Cell {
                text: rest[..length].to_owned(),
                span: Span::new(self.file, start, self.at),
                quoted: false,
            });
        }
        let mut text = String::new();
        let mut inner = &rest[1..];
        loop {
            let Some(quote) = inner.find('"') else {
                let span = Span::new(self.file, start, start + 1);
                return Err(Box::new(report::unreadable(span, "CSV", "this cell has no end: a quote is missing")));
            };
            text.push_str(&inner[..quote]);
            inner = &inner[quote + 1..];
            match inner.strip_prefix('"') {
                Some(after) => {
                    text.push('"');
                    inner = after;
                }
                None => break,
            }
        }
        self.at = self.text.len() - inner.len();
        if !inner.is_empty() && !inner.starts_with([',', '\n', '\r']) {
            let span = Span::new(self.file, self.at, self.at);
            let why = "`,` or the end of the line was expected behind the quote";
            return Err(Box::new(report::unreadable(span, "CSV", why)));
        }
        Ok(Cell { text, span: Span::new(self.file, start, self.at), quoted: true })
    }
}
