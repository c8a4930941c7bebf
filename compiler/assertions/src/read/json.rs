//! JSON (RFC 8259) with places. Numbers stay texts.

use super::text_node;
use crate::report;
use seac_syntax::yaml::{Entry, Node, NodeKind, Scalar, ScalarValue, Style, typed};
use seac_syntax::{Diagnostic, FileId, Span, Spanned};

/// How deep values may be nested.
const MAX_DEPTH: usize = 256;

/// Reads one value; nothing if there is none, or a mistake, which is reported.
pub fn parse(file: FileId, text: &str) -> (Option<Node>, Vec<Diagnostic>) {
    let mut parser = Parser { file, text, at: 0, depth: 0, findings: Vec::new() };
    parser.skip();
    if parser.at == text.len() {
        return (None, parser.findings);
    }
    let root = parser.value().and_then(|root| {
        parser.skip();
        if parser.at < text.len() { parser.fail("the end was expected here") } else { Ok(root) }
    });
    (root.ok(), parser.findings)
}

/// A mistake was reported.
struct Stop;

struct Parser<'t> {
    file: FileId,
    text: &'t str,
    at: usize,
    depth: usize,
    findings: Vec<Diagnostic>,
}

impl Parser<'_> {
    fn skip(&mut self) {
        let rest = &self.text[self.at..];
        // A byte-order mark is no character of the text.
        let rest = if self.at == 0 { rest.trim_start_matches('\u{feff}') } else { rest };
        self.at = self.text.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn span(&self, start: usize) -> Span {
        Span::new(self.file, start, self.at)
    }

    fn fail<T>(&mut self, why: &str) -> Result<T, Stop> {
        let length = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        self.findings.push(report::unreadable(Span::new(self.file, self.at, self.at + length), "JSON", why));
        Err(Stop)
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.skip();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self) -> Result<Node, Stop> {
        self.skip();
        let start = self.at;
        match self.peek() {
            Some(b'"') => {
                let text = self.string()?;
                Ok(text_node(self.span(start), text))
            }
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            _ => self.scalar(),
        }
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Result<NodeKind, Stop>) -> Result<Node, Stop> {
        if self.depth >= MAX_DEPTH {
            return self.fail("it is nested too deep");
        }
        self.depth += 1;
        let start = self.at;
        self.at += 1;
        let kind = read(self)?;
        self.depth -= 1;
        Ok(Node { span: self.span(start), kind, complete: true })
    }

    fn object(&mut self) -> Result<NodeKind, Stop> {
        let mut entries: Vec<Entry> = Vec::new();
        if self.eat(b'}') {
            return Ok(NodeKind::Mapping(entries));
        }
        loop {
            self.skip();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return self.fail("a key in quotes was expected here");
            }
            let key = self.string()?;
            let key = Spanned::new(key.into(), self.span(start));
            if entries.iter().any(|entry| entry.key.value == key.value) {
                self.at = start;
                return self.fail("this key was there before");
            }
            if !self.eat(b':') {
                return self.fail("`:` was expected here");
            }
            let value = self.value()?;
            entries.push(Entry { key, value });
            if self.eat(b'}') {
                return Ok(NodeKind::Mapping(entries));
            }
            if !self.eat(b',') {
                return self.fail("`,` or `}` was expected here");
            }
        }
    }

    fn array(&mut self) -> Result<NodeKind, Stop> {
        let mut items = Vec::new();
        if self.eat(b']') {
            return Ok(NodeKind::Sequence(items));
        }
        loop {
            items.push(self.value()?);
            if self.eat(b']') {
                return Ok(NodeKind::Sequence(items));
            }
            if !self.eat(b',') {
                return self.fail("`,` or `]` was expected here");
            }
        }
    }

    /// The escapes are read by the library that everybody reads JSON with.
    fn string(&mut self) -> Result<String, Stop> {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut end = start + 1;
        while let Some(byte) = bytes.get(end).filter(|byte| **byte != b'"') {
            end += if *byte == b'\\' { 2 } else { 1 };
        }
        let Some(literal) = self.text.get(start..=end) else { return self.fail("this text has no end") };
        if !literal.contains(['\\', '\n']) && !literal.bytes().any(|byte| byte < b' ') {
            self.at = end + 1;
            return Ok(literal[1..literal.len() - 1].to_owned());
        }
        match serde_json::from_str(literal) {
            Ok(text) => {
                self.at = end + 1;
                Ok(text)
            }
            Err(_) => self.fail("this text has an escape that JSON does not know, or a character that needs one"),
        }
    }

    fn scalar(&mut self) -> Result<Node, Stop> {
        let start = self.at;
        let rest = &self.text[start..];
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))).unwrap_or(rest.len());
        let word = &rest[..end];
        if serde_json::from_str::<serde_json::Value>(word).is_err() {
            return self.fail("a value was expected here");
        }
        self.at = start + end;
        let value = match typed(word) {
            // An exponent too large for a number of ours.
            ScalarValue::String => return self.fail("this number is beyond all bounds"),
            value => value,
        };
        let scalar = Scalar { value, text: word.to_owned(), style: Style::Plain };
        Ok(Node { span: self.span(start), kind: NodeKind::Scalar(scalar), complete: true })
    }
}
