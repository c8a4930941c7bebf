//! The tools of the lowering: reading a YAML mapping by a table of its keys, and the scalars with a syntax of their own.

use super::ast::{Duration, Scalar, ScalarKind, SecretRef, Text};
use super::shape::Shape;
use crate::diagnostic::Diagnostic;
use crate::report;
use crate::sea::{self, ast::Expr, ast::TypeExpr};
use crate::source::{FileId, Span, Spanned};
use crate::yaml::{Entry, Node, NodeKind, ScalarValue, Style};

/// Collects what is wrong while the tree is read.
pub(super) struct Reader<'t> {
    file: FileId,
    text: &'t str,
    pub diagnostics: Vec<Diagnostic>,
}

/// A mapping whose keys were checked against its shape.
#[derive(Clone, Copy)]
pub(super) struct Map<'n> {
    pub span: Span,
    pub entries: &'n [Entry],
}

impl<'n> Map<'n> {
    /// The value of a key, if it was written.
    pub fn get(self, key: &str) -> Option<&'n Node> {
        self.entries.iter().find(|entry| entry.key.value == key).map(|entry| &entry.value)
    }
}

impl<'t> Reader<'t> {
    pub fn new(file: FileId, text: &'t str) -> Self {
        Self { file, text, diagnostics: Vec::new() }
    }

    pub fn wrong_type<T>(&mut self, node: &Node, expected: &str) -> Option<T> {
        if node.kind != NodeKind::Unusable && node.complete {
            self.diagnostics.push(report::wrong_type(node.span, expected, node));
        }
        None
    }

    // Collections.

    /// The entries of a mapping with free keys.
    pub fn entries<'n>(&mut self, node: &'n Node, what: &str) -> &'n [Entry] {
        match &node.kind {
            NodeKind::Mapping(entries) => entries,
            _ => {
                let _reported: Option<()> = self.wrong_type(node, what);
                &[]
            }
        }
    }

    /// A mapping of this shape: reports other shapes, unknown keys and missing ones.
    pub fn map<'n>(&mut self, node: &'n Node, shape: &Shape) -> Option<Map<'n>> {
        let NodeKind::Mapping(entries) = &node.kind else {
            return self.wrong_type(node, &format!("a mapping for {}", shape.what));
        };
        let map = Map { span: node.span, entries };
        let mut missing: Vec<&str> = shape.required().collect();
        missing.retain(|key| map.get(key).is_none());
        for entry in entries.iter().filter(|entry| !shape.known().any(|key| *key == *entry.key.value)) {
            // Suggestions are costly, and nobody sees them beyond the limit.
            if self.diagnostics.len() > sea::MAX_FINDINGS {
                break;
            }
            let known: Vec<&str> = shape.known().collect();
            let finding = report::unknown_key(&entry.key, shape.what, &known);
            // A slip of the pen is not a missing key as well.
            let meant = finding.fixes.iter().flat_map(|fix| &fix.edits).map(|edit| edit.replacement.as_str());
            meant.for_each(|meant| missing.retain(|key| *key != meant));
            self.diagnostics.push(finding);
        }
        if !missing.is_empty() && node.complete {
            self.diagnostics.push(report::missing_keys(node.span, entries, &missing, shape.what));
        }
        Some(map)
    }

    /// The mapping below a key.
    pub fn submap<'n>(&mut self, map: Map<'n>, key: &str, shape: &Shape) -> Option<Map<'n>> {
        self.map(map.get(key)?, shape)
    }

    /// The items of the list below a key, those that can be read.
    pub fn list<'n, T>(
        &mut self,
        map: Map<'n>,
        key: &str,
        mut item: impl FnMut(&mut Self, &'n Node) -> Option<T>,
    ) -> Vec<T> {
        let Some(node) = map.get(key) else { return Vec::new() };
        match &node.kind {
            NodeKind::Sequence(items) => items.iter().filter_map(|node| item(self, node)).collect(),
            _ => {
                let _reported: Option<()> = self.wrong_type(node, "a list");
                Vec::new()
            }
        }
    }

    // Scalars.

    /// A string; numbers and words like `true` must be quoted to be one.
    pub fn string(&mut self, node: &Node) -> Option<Text> {
        match &node.kind {
            NodeKind::Scalar(scalar) if scalar.value == ScalarValue::String => {
                Some(Spanned::new(scalar.text.as_str().into(), node.span))
            }
            NodeKind::Scalar(scalar) if scalar.value != ScalarValue::Null => {
                self.diagnostics.push(report::unquoted(node.span, &scalar.text, node));
                None
            }
            _ => self.wrong_type(node, "a string"),
        }
    }

    pub fn text(&mut self, map: Map<'_>, key: &str) -> Option<Text> {
        self.string(map.get(key)?)
    }

    pub fn texts(&mut self, map: Map<'_>, key: &str) -> Vec<Text> {
        self.list(map, key, Self::string)
    }

    pub fn scalar(&mut self, node: &Node) -> Option<Scalar> {
        let NodeKind::Scalar(scalar) = &node.kind else { return self.wrong_type(node, "a single value") };
        let kind = match &scalar.value {
            ScalarValue::Null => ScalarKind::Null,
            ScalarValue::Bool(value) => ScalarKind::Bool(*value),
            ScalarValue::Number(number) => ScalarKind::Number(number.clone()),
            ScalarValue::String => ScalarKind::String(scalar.text.clone()),
        };
        Some(Scalar { span: node.span, kind })
    }

    pub fn flag(&mut self, map: Map<'_>, key: &str) -> bool {
        let Some(node) = map.get(key) else { return false };
        match self.scalar(node) {
            Some(Scalar { kind: ScalarKind::Bool(value), .. }) => value,
            Some(_) => self.wrong_type(node, "`true` or `false`").unwrap_or(false),
            None => false,
        }
    }

    /// A whole number that is not negative.
    pub fn count(&mut self, map: Map<'_>, key: &str) -> Option<Spanned<u64>> {
        let node = map.get(key)?;
        let number = match &node.kind {
            NodeKind::Scalar(scalar) => match &scalar.value {
                ScalarValue::Number(number) => number.parse().ok(),
                _ => None,
            },
            _ => None,
        };
        match number {
            Some(number) => Some(Spanned::new(number, node.span)),
            None => self.wrong_type(node, "a whole number from 0"),
        }
    }

    pub fn duration(&mut self, node: &Node) -> Option<Duration> {
        let NodeKind::Scalar(scalar) = &node.kind else { return self.wrong_type(node, "a duration") };
        match milliseconds(&scalar.text) {
            Some(value) => Some(Spanned::new(value, node.span)),
            None => {
                self.diagnostics.push(report::malformed_duration(node.span, &scalar.text));
                None
            }
        }
    }

    pub fn duration_at(&mut self, map: Map<'_>, key: &str) -> Option<Duration> {
        self.duration(map.get(key)?)
    }

    /// A JSON pointer.
    pub fn pointer(&mut self, node: &Node) -> Option<Text> {
        let text = self.string(node)?;
        if is_pointer(&text.value) {
            return Some(text);
        }
        self.diagnostics.push(report::malformed_pointer(&text));
        None
    }

    pub fn header(&mut self, map: Map<'_>, key: &str) -> Option<Text> {
        let text = self.text(map, key)?;
        let name = text.value.strip_prefix("header:").filter(|name| is_header_name(name));
        match name {
            Some(name) => Some(Spanned::new(name.into(), text.span)),
            None => {
                self.diagnostics.push(report::malformed_header_ref(&text));
                None
            }
        }
    }

    pub fn secret(&mut self, map: Map<'_>, key: &str) -> Option<SecretRef> {
        let node = map.get(key)?;
        let NodeKind::Scalar(scalar) = &node.kind else { return self.wrong_type(node, "a reference to a secret") };
        let reference = scalar.text.split_once(':').filter(|(scheme, name)| match *scheme {
            "env" => is_environment_name(name),
            "file" => !name.trim().is_empty(),
            _ => false,
        });
        match reference {
            Some((scheme, name)) => {
                Some(SecretRef { span: node.span, scheme: scheme.to_owned(), name: name.to_owned() })
            }
            None => {
                self.diagnostics.push(report::not_a_secret_ref(node.span));
                None
            }
        }
    }

    // SEA inside YAML.

    /// A type, and whether a `?` behind it makes it optional.
    pub fn type_expr(&mut self, node: &Node) -> Option<(TypeExpr, bool)> {
        let text = self.string(node)?;
        let written = text.value.trim_end();
        let (written, optional) = match written.strip_suffix('?') {
            Some(rest) => (rest, true),
            None => (written, false),
        };
        let (base, exact) = self.content_start(node, &text.value);
        let (ty, diagnostics) = sea::parse_type(self.file, written, base);
        self.embedded(diagnostics, node.span, exact);
        ty.map(|ty| (ty, optional))
    }

    /// An expression of SEA. Numbers and truth values of YAML are those of SEA, so they need no quotes.
    pub fn expression(&mut self, node: &Node) -> Option<Expr> {
        let text = match &node.kind {
            NodeKind::Scalar(scalar) => match &scalar.value {
                ScalarValue::Number(number) => Spanned::new(number.as_str().into(), node.span),
                ScalarValue::Bool(value) => Spanned::new(value.to_string().into(), node.span),
                _ => self.string(node)?,
            },
            _ => self.string(node)?,
        };
        let (base, exact) = self.content_start(node, &text.value);
        let (expr, diagnostics) = sea::parse_expression(self.file, &text.value, base);
        self.embedded(diagnostics, node.span, exact);
        Some(expr)
    }

    /// Where the characters of a scalar begin, and whether they stand there just as they are: not so if the scalar
    /// has escapes, is folded or is indented.
    fn content_start(&self, node: &Node, content: &str) -> (usize, bool) {
        let quoted = matches!(&node.kind, NodeKind::Scalar(scalar) if scalar.style == Style::Quoted);
        let start = node.span.start as usize + usize::from(quoted);
        let exact = self.text.get(start..).is_some_and(|rest| rest.starts_with(content));
        (start, exact)
    }

    /// Findings in embedded text keep their place if it is known; else they point at the whole value.
    fn embedded(&mut self, diagnostics: Vec<Diagnostic>, whole: Span, exact: bool) {
        self.diagnostics.extend(diagnostics.into_iter().map(|mut finding| {
            if !exact {
                finding.primary.span = whole;
                finding.secondary.clear();
                finding.fixes.retain(|fix| fix.edits.is_empty());
            }
            finding
        }));
    }
}

/// `250ms`, `5s`, `2m`, `12h`, `30d` in milliseconds.
fn milliseconds(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let factor: u64 = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    text[..digits].parse::<u64>().ok()?.checked_mul(factor)
}

/// RFC 6901: empty, or `/` in front of each token; `~` only as `~0` and `~1`.
pub(super) fn is_pointer(text: &str) -> bool {
    let escapes_are_known = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    (text.is_empty() || text.starts_with('/')) && escapes_are_known
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn is_environment_name(name: &str) -> bool {
    let starts_well = name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic());
    starts_well && name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_one_unit_and_do_not_overflow() {
        assert_eq!(milliseconds("250ms"), Some(250));
        assert_eq!(milliseconds("2m"), Some(120_000));
        assert_eq!(milliseconds("30d"), Some(2_592_000_000));
        for text in
            ["", "5", "s", "5 s", "-5s", "1.5s", "5S", "1m30s", "99999999999999999999s", "18446744073709551615d"]
        {
            assert_eq!(milliseconds(text), None, "{text}");
        }
    }

    #[test]
    fn pointers_begin_with_a_slash_and_escape_with_tilde_zero_and_one() {
        assert!(["", "/", "/a/0/b", "/a~1b/~0"].into_iter().all(is_pointer));
        assert!(!["a", "a/b", "/a~2", "/a~"].into_iter().any(is_pointer));
    }
}
