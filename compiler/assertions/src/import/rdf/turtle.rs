//! RDF 1.1 Turtle with places. Names are compared and never followed, so that a relative IRI stays as it is written,
//! behind `@base` if there is one.

mod value;

use super::graph::{Graph, Term, TermKind};
use super::{MAX_DEPTH, NIL, TYPE, XSD};
use crate::report;
use seac_syntax::{Diagnostic, FileId, Span};
use std::collections::BTreeMap;

/// Reads a document.
///
/// # Errors
/// The first mistake.
pub fn parse(file: FileId, text: &str) -> Result<Graph, Vec<Diagnostic>> {
    let (prefixes, base) = (BTreeMap::new(), String::new());
    let mut parser = Parser { file, text, at: 0, depth: 0, prefixes, base, graph: Graph::default(), findings: vec![] };
    match parser.document() {
        Ok(()) => Ok(parser.graph),
        Err(Stop) => Err(parser.findings),
    }
}

/// A mistake was reported.
struct Stop;

type Read<T> = Result<T, Stop>;

struct Parser<'t> {
    file: FileId,
    text: &'t str,
    at: usize,
    depth: usize,
    prefixes: BTreeMap<&'t str, String>,
    base: String,
    graph: Graph,
    findings: Vec<Diagnostic>,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn span(&self, start: usize) -> Span {
        Span::new(self.file, start, self.at)
    }

    fn fail<T>(&mut self, why: &str) -> Read<T> {
        let length = self.peek().map_or(0, char::len_utf8);
        let span = Span::new(self.file, self.at, self.at + length);
        self.findings.push(report::unreadable(span, "Turtle", why));
        Err(Stop)
    }

    /// White space and comments.
    fn skip(&mut self) {
        // A byte-order mark is no character of the text.
        let rest = if self.at == 0 { self.text.trim_start_matches('\u{feff}') } else { self.rest() };
        let mut rest = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        while rest.starts_with('#') {
            rest = rest.find(['\n', '\r']).map_or("", |end| &rest[end..]);
            rest = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        }
        self.at = self.text.len() - rest.len();
    }

    fn eat(&mut self, mark: &str) -> bool {
        self.skip();
        let found = self.rest().starts_with(mark);
        self.at += if found { mark.len() } else { 0 };
        found
    }

    fn expect(&mut self, mark: &str) -> Read<()> {
        if self.eat(mark) { Ok(()) } else { self.fail(&format!("`{mark}` was expected here")) }
    }

    /// A keyword of SPARQL, in letters of any size, with white space behind it.
    fn keyword(&mut self, word: &str) -> bool {
        let found = self.rest().get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
        let found = found && self.rest()[word.len()..].starts_with(|c: char| c.is_whitespace() || c == '<');
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn document(&mut self) -> Read<()> {
        loop {
            self.skip();
            if self.at == self.text.len() {
                return Ok(());
            }
            if self.eat("@prefix") {
                self.prefix()?;
                self.expect(".")?;
            } else if self.eat("@base") {
                self.base()?;
                self.expect(".")?;
            } else if self.keyword("prefix") {
                self.prefix()?;
            } else if self.keyword("base") {
                self.base()?;
            } else {
                self.triples()?;
                self.expect(".")?;
            }
        }
    }

    fn prefix(&mut self) -> Read<()> {
        self.skip();
        let end = self.rest().find(|c: char| !is_name(c) && c != '.').unwrap_or(self.rest().len());
        let prefix = &self.rest()[..end];
        self.at += end;
        self.expect(":")?;
        self.skip();
        let iri = self.iri_in_brackets()?;
        self.prefixes.insert(prefix, iri);
        Ok(())
    }

    fn base(&mut self) -> Read<()> {
        self.skip();
        self.base = self.iri_in_brackets()?;
        Ok(())
    }

    fn triples(&mut self) -> Read<()> {
        let start = self.at;
        let open = self.rest().starts_with('[');
        let subject = self.object()?;
        let span = self.span(start);
        let subject = match subject.kind {
            TermKind::Thing(name) => name,
            TermKind::List(items) => self.cells(items, span),
            TermKind::Value(_) => {
                self.at = start;
                return self.fail("a value has no properties");
            }
        };
        self.skip();
        if open && self.peek() == Some('.') { Ok(()) } else { self.properties(&subject, span) }
    }

    /// A collection as a subject: its cells in single triples.
    fn cells(&mut self, items: Vec<Term>, span: Span) -> String {
        let cells: Vec<String> = items.iter().map(|_| self.graph.blank()).collect();
        for (place, item) in items.into_iter().enumerate() {
            let rest = cells.get(place + 1).map_or(NIL, String::as_str);
            self.graph.say(&cells[place], span, super::FIRST.to_owned(), item);
            self.graph.say(&cells[place], span, super::REST.to_owned(), Term::thing(rest, span));
        }
        cells.into_iter().next().unwrap_or_else(|| NIL.to_owned())
    }

    /// `property object, object; property …`
    fn properties(&mut self, subject: &str, span: Span) -> Read<()> {
        loop {
            self.skip();
            let property = self.property()?;
            loop {
                self.skip();
                let object = self.object()?;
                self.graph.say(subject, span, property.clone(), object);
                if !self.eat(",") {
                    break;
                }
            }
            if !self.eat(";") {
                return Ok(());
            }
            while self.eat(";") {}
            self.skip();
            if matches!(self.peek(), Some('.' | ']') | None) {
                return Ok(());
            }
        }
    }

    fn property(&mut self) -> Read<String> {
        let rest = self.rest();
        if rest.starts_with('a') && rest[1..].starts_with(|c: char| c.is_whitespace() || "<[(\"'".contains(c)) {
            self.at += 1;
            return Ok(TYPE.to_owned());
        }
        match self.peek() {
            Some('<') => self.iri_in_brackets(),
            Some(c) if is_name(c) || c == ':' => self.prefixed(),
            _ => self.fail("a property was expected here"),
        }
    }

    fn object(&mut self) -> Read<Term> {
        let start = self.at;
        let rest = self.rest();
        let thing = match self.peek() {
            Some('<') => self.iri_in_brackets()?,
            Some('_') if rest.starts_with("_:") => self.label()?,
            Some('[') => return self.nested(Self::brackets),
            Some('(') => return self.nested(Self::collection),
            Some('"' | '\'') => return self.literal(),
            Some('+' | '-' | '.' | '0'..='9') => return self.number(),
            Some(c) if is_name(c) || c == ':' => {
                if let Some(word) = ["true", "false"].into_iter().find(|word| self.is_word(word)) {
                    self.at += word.len();
                    return Ok(Term::literal(word.to_owned(), &format!("{XSD}boolean"), self.span(start)));
                }
                self.prefixed()?
            }
            _ => return self.fail("a thing or a value was expected here"),
        };
        Ok(Term::thing(thing, self.span(start)))
    }

    fn is_word(&self, word: &str) -> bool {
        self.rest().strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| is_name(c) || c == ':'))
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Read<TermKind>) -> Read<Term> {
        if self.depth >= MAX_DEPTH {
            return self.fail("it is nested too deep");
        }
        self.depth += 1;
        let start = self.at;
        self.at += 1;
        let kind = read(self)?;
        self.depth -= 1;
        Ok(Term { span: self.span(start), kind })
    }

    fn brackets(&mut self) -> Read<TermKind> {
        let name = self.graph.blank();
        let span = self.span(self.at - 1);
        if !self.eat("]") {
            self.properties(&name, span)?;
            self.expect("]")?;
        }
        Ok(TermKind::Thing(name))
    }

    fn collection(&mut self) -> Read<TermKind> {
        let mut items = Vec::new();
        while !self.eat(")") {
            items.push(self.object()?);
        }
        Ok(TermKind::List(items))
    }

    fn label(&mut self) -> Read<String> {
        let end = self.rest()[2..].find(|c: char| !is_name(c) && c != '.').unwrap_or(self.rest().len() - 2);
        let label = self.rest()[..2 + end].trim_end_matches('.');
        if label.len() == 2 {
            return self.fail("a label was expected behind `_:`");
        }
        self.at += label.len();
        Ok(label.to_owned())
    }

    fn iri_in_brackets(&mut self) -> Read<String> {
        if self.peek() != Some('<') {
            return self.fail("an IRI in `<` and `>` was expected here");
        }
        self.at += 1;
        let mut iri = String::new();
        loop {
            match self.peek() {
                Some('>') => break,
                Some('\\') => iri.push(self.escape(false)?),
                Some(c) if c <= ' ' || "<\"{}|^`".contains(c) => return self.fail("this cannot stand in an IRI"),
                Some(c) => {
                    iri.push(c);
                    self.at += c.len_utf8();
                }
                None => return self.fail("this IRI has no end"),
            }
        }
        self.at += 1;
        Ok(if has_scheme(&iri) { iri } else { format!("{}{iri}", self.base) })
    }

    fn prefixed(&mut self) -> Read<String> {
        let start = self.at;
        let end = self.rest().find(|c: char| !is_name(c) && c != '.').unwrap_or(self.rest().len());
        let prefix = &self.rest()[..end];
        if !self.rest()[end..].starts_with(':') {
            return self.fail("this is no word of Turtle, and there is no `:` behind it");
        }
        let Some(mut iri) = self.prefixes.get(prefix).cloned() else {
            return self.fail(&format!("the prefix `{prefix}` is not declared"));
        };
        self.at += end + 1;
        loop {
            let rest = self.rest();
            let end = rest.find(|c: char| !is_name(c) && !".:%".contains(c)).unwrap_or(rest.len());
            let mut part = &rest[..end];
            let escaped =
                rest[end..].starts_with('\\') && rest[end + 1..].starts_with(|c: char| c.is_ascii_punctuation());
            if !escaped {
                // A full stop at the end is that of the statement.
                part = part.trim_end_matches('.');
            }
            iri.push_str(part);
            self.at += part.len();
            if !escaped {
                break;
            }
            iri.push_str(&rest[end + 1..end + 2]);
            self.at += 2;
        }
        debug_assert!(self.at > start);
        Ok(iri)
    }
}

/// Letters that names may have, full stops aside.
fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '\u{b7}') || (!c.is_ascii() && !c.is_whitespace())
}

fn has_scheme(iri: &str) -> bool {
    iri.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}
