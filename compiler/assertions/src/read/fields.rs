//! The tree of a set, read field by field.

use super::{FORMAT, Syntax};
use crate::assertion::{Assertion, Claim, Object, Places, Qualifiers, Status};
use crate::date::Day;
use crate::object;
use crate::report;
use crate::subject::Subject;
use seac_syntax::yaml::{Entry, Node, NodeKind, Scalar, ScalarValue};
use seac_syntax::{Diagnostic, Span, Text};

/// The keys of an assertion.
const KEYS: [&str; 10] =
    ["id", "subject", "predicate", "object", "qualifiers", "source", "confidence", "status", "successor", "validity"];
/// The columns that CSV has in the place of `validity`.
const DAYS: [&str; 2] = ["from", "until"];
/// What stands in front of the name of a qualifier, in CSV.
const QUALIFIERS: &str = "qualifiers.";

/// Reads a tree and gathers what is wrong with it.
pub struct Reader<'f> {
    findings: &'f mut Vec<Diagnostic>,
    syntax: Syntax,
}

/// The entries of one assertion.
type Entries<'n> = &'n [Entry];

fn entry<'n>(entries: Entries<'n>, key: &str) -> Option<&'n Node> {
    entries.iter().find(|entry| entry.key.value == key).map(|entry| &entry.value)
}

impl<'f> Reader<'f> {
    pub fn new(findings: &'f mut Vec<Diagnostic>) -> Self {
        Self { findings, syntax: Syntax::Json }
    }

    /// A whole document.
    pub fn document(&mut self, root: &Node, syntax: Syntax) -> Vec<Assertion> {
        self.syntax = syntax;
        let items = match &root.kind {
            NodeKind::Sequence(items) if syntax == Syntax::Csv => items,
            NodeKind::Mapping(entries) => {
                self.keys(entries, &["format", "assertions"]);
                self.format(root, entry(entries, "format"));
                match entry(entries, "assertions").map(|node| &node.kind) {
                    Some(NodeKind::Sequence(items)) => items,
                    _ => return self.wrong(root.span.at_start(), "a list `assertions`"),
                }
            }
            NodeKind::Unusable => return Vec::new(),
            _ => return self.wrong(root.span, "`format` and `assertions`"),
        };
        items.iter().filter_map(|item| self.assertion(item)).collect()
    }

    fn wrong<T: Default>(&mut self, span: Span, wanted: &str) -> T {
        self.findings.push(report::expected(span, wanted));
        T::default()
    }

    fn format(&mut self, root: &Node, node: Option<&Node>) {
        let right = node.is_some_and(|node| scalar(node).is_some_and(|scalar| scalar.text == FORMAT.to_string()));
        if !right {
            self.wrong(node.map_or(root.span.at_start(), |node| node.span), &format!("`format: {FORMAT}`"))
        }
    }

    fn keys(&mut self, entries: Entries<'_>, known: &[&str]) {
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.value.as_str())) {
            self.findings.push(report::unknown_key(&entry.key, known));
        }
    }

    fn assertion(&mut self, node: &Node) -> Option<Assertion> {
        let entries = match &node.kind {
            NodeKind::Mapping(entries) => entries.as_slice(),
            NodeKind::Unusable => return None,
            _ => return self.wrong(node.span, "an assertion: `subject`, `predicate` and `object`"),
        };
        let csv = self.syntax == Syntax::Csv;
        if csv {
            let known: Vec<&str> =
                KEYS.iter().filter(|key| !matches!(**key, "qualifiers" | "validity")).copied().collect();
            let other: Vec<Entry> =
                entries.iter().filter(|entry| !entry.key.value.starts_with(QUALIFIERS)).cloned().collect();
            self.keys(&other, &[known.as_slice(), &DAYS].concat());
        } else {
            self.keys(entries, &KEYS);
        }
        let (claim, mut places) = self.claim(node, entries)?;
        let qualifiers = self.qualifiers(entries);
        let id = claim.id(&qualifiers);
        self.check_id(entry(entries, "id"), &id);
        let status = self.status(entry(entries, "status"));
        let successor = entry(entries, "successor");
        places.successor = successor.map_or(node.span, |node| node.span);
        let validity = if csv { entries } else { self.mapping(entry(entries, "validity"), &DAYS) };
        Some(Assertion {
            id,
            claim,
            qualifiers,
            source: self.optional(entry(entries, "source")),
            confidence: self.confidence(entry(entries, "confidence")),
            status: status?,
            successor: self.optional(successor),
            from: self.day(entry(validity, "from")),
            until: self.day(entry(validity, "until")),
            places,
        })
    }

    fn claim(&mut self, node: &Node, entries: Entries<'_>) -> Option<(Claim, Places)> {
        let missing = ["subject", "predicate", "object"].into_iter().filter(|key| entry(entries, key).is_none());
        let missing: Vec<&str> = missing.collect();
        // An annotation without a value is an empty cell of a table.
        let flag = entry(entries, "predicate").and_then(scalar).is_some_and(|scalar| scalar.text.starts_with('@'));
        if !(missing.is_empty() || missing == ["object"] && flag) {
            self.findings.push(report::missing_keys(node.span, &missing));
            return None;
        }
        let (subject, predicate) = (entry(entries, "subject")?, entry(entries, "predicate")?);
        let object = entry(entries, "object");
        let places = Places {
            whole: node.span,
            subject: subject.span,
            predicate: predicate.span,
            object: object.map_or(node.span, |object| object.span),
            successor: node.span,
        };
        let parsed = match Subject::parse(&self.text(subject)?) {
            Ok(parsed) => parsed,
            Err(why) => {
                self.findings.push(report::subject(subject.span, &why));
                return None;
            }
        };
        let name = self.text(predicate)?;
        let kind = parsed.item().kind;
        let Some(known) = kind.predicate(&name) else {
            self.findings.push(report::predicate(predicate.span, &name, kind));
            return None;
        };
        let written = match object {
            Some(object) => self.object(object, known.ty == crate::vocabulary::Ty::List)?,
            None => Object::Text(Text::default()),
        };
        match object::canonical(known.ty, name.trim_start_matches('@'), written) {
            Ok(object) => Some((Claim { subject: parsed, predicate: name.into(), object }, places)),
            Err(wanted) => {
                self.findings.push(report::object(places.object, &name, wanted));
                None
            }
        }
    }

    fn object(&mut self, node: &Node, list: bool) -> Option<Object> {
        match &node.kind {
            NodeKind::Sequence(items) => {
                Some(Object::List(items.iter().map(|item| self.text(item).map(Text::from)).collect::<Option<_>>()?))
            }
            // A cell of a table.
            NodeKind::Scalar(scalar) if list && self.syntax == Syntax::Csv => {
                let texts: Option<Vec<String>> = serde_json::from_str(&scalar.text).ok();
                let texts = texts.map(|texts| Object::List(texts.into_iter().map(Text::from).collect()));
                texts.or_else(|| self.wrong(node.span, "a list as JSON (`[\"a\", \"b\"]`)"))
            }
            _ => self.text(node).map(|text| Object::Text(text.into())),
        }
    }

    /// A text; numbers and truth values stand for what is written.
    fn text(&mut self, node: &Node) -> Option<String> {
        match scalar(node) {
            Some(scalar) => Some(scalar.text.clone()),
            None if node.kind == NodeKind::Unusable => None,
            None => self.wrong(node.span, "a text"),
        }
    }

    fn optional(&mut self, node: Option<&Node>) -> Option<String> {
        self.text(node?)
    }

    fn mapping<'n>(&mut self, node: Option<&'n Node>, known: &[&str]) -> Entries<'n> {
        match node.map(|node| &node.kind) {
            Some(NodeKind::Mapping(entries)) => {
                self.keys(entries, known);
                entries
            }
            Some(NodeKind::Unusable) | None => &[],
            Some(_) => {
                let span = node.map(|node| node.span);
                span.into_iter().for_each(|span| self.wrong(span, "a mapping"));
                &[]
            }
        }
    }

    fn qualifiers(&mut self, entries: Entries<'_>) -> Qualifiers {
        let mut qualifiers = Qualifiers::new();
        if self.syntax == Syntax::Csv {
            for entry in entries {
                if let (Some(name), Some(text)) = (entry.key.value.strip_prefix(QUALIFIERS), scalar(&entry.value)) {
                    qualifiers.insert(name.to_owned(), text.text.clone());
                }
            }
            return qualifiers;
        }
        let Some(node) = entry(entries, "qualifiers") else { return qualifiers };
        let NodeKind::Mapping(entries) = &node.kind else { return self.wrong(node.span, "names with texts") };
        for entry in entries {
            if let Some(text) = self.text(&entry.value) {
                qualifiers.insert(entry.key.value.to_string(), text);
            }
        }
        qualifiers
    }

    fn check_id(&mut self, node: Option<&Node>, id: &str) {
        if let Some(stated) = node.and_then(|node| self.text(node))
            && stated != id
        {
            let span = node.map(|node| node.span);
            self.findings.extend(span.map(|span| report::id(span, id, self.syntax)));
        }
    }

    fn status(&mut self, node: Option<&Node>) -> Option<Status> {
        let Some(node) = node else { return Some(Status::default()) };
        let text = self.text(node)?;
        let status = Status::from_word(&text);
        if status.is_none() {
            self.findings.push(report::status(node.span, &text));
        }
        status
    }

    fn day(&mut self, node: Option<&Node>) -> Option<Day> {
        let text = self.optional(node)?;
        let day = Day::parse(&text);
        day.or_else(|| self.wrong(node?.span, "a day (`2026-03-02`)"))
    }

    /// With a point, a part of one; without, per mille.
    fn confidence(&mut self, node: Option<&Node>) -> Option<u16> {
        let text = self.optional(node)?;
        let is_number = self.syntax != Syntax::Csv
            && node.and_then(scalar).is_some_and(|scalar| matches!(scalar.value, ScalarValue::Number(_)));
        let digits = |text: &str| !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        let per_mille = match text.split_once('.') {
            Some((whole, part)) if !is_number && digits(whole) && digits(part) && part.len() <= 3 => {
                format!("{whole}{part:0<3}").parse().ok()
            }
            None if digits(&text) && (is_number || self.syntax == Syntax::Csv) => text.parse().ok(),
            _ => None,
        };
        let per_mille = per_mille.filter(|per_mille: &u16| *per_mille <= 1000);
        per_mille.or_else(|| self.wrong(node?.span, "a text from \"0.0\" to \"1.0\", or a whole number per mille"))
    }
}

fn scalar(node: &Node) -> Option<&Scalar> {
    match &node.kind {
        NodeKind::Scalar(scalar) if scalar.value != ScalarValue::Null => Some(scalar),
        _ => None,
    }
}
