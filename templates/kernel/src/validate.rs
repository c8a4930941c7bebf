//! Field constraints from the specification, checked all at once.

use std::fmt::Display;
use std::sync::OnceLock;

use serde::Serialize;

use crate::types::Bytes;

/// One broken constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Where, as a JSON pointer (RFC 6901) into the input.
    pub pointer: String,
    /// Which rule: `min_length`, `pattern`, …
    pub rule: &'static str,
    /// What is expected, for a person. Never contains the offending value.
    pub message: String,
}

/// All broken constraints of one value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Violations(Vec<Violation>);

/// A value that knows its constraints.
pub trait Validate {
    /// Adds every broken constraint to `out`.
    fn validate(&self, out: &mut Violations);
}

impl<T: Validate> Validate for Option<T> {
    fn validate(&self, out: &mut Violations) {
        if let Some(value) = self {
            value.validate(out);
        }
    }
}

impl Validate for () {
    fn validate(&self, _: &mut Violations) {}
}

impl Violations {
    /// No violations yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// True when nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The violations in the order they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Violation> {
        self.0.iter()
    }

    /// Adds a violation in words of the caller's own.
    pub fn push(&mut self, pointer: impl Into<String>, rule: &'static str, message: impl Into<String>) {
        self.0.push(Violation { pointer: pointer.into(), rule, message: message.into() });
    }

    /// Validates a value that sits at `pointer`, for instance `/lines/3`.
    pub fn nested<T: Validate + ?Sized>(&mut self, pointer: impl Display, value: &T) {
        let mut inner = Self::new();
        value.validate(&mut inner);
        for mut violation in inner.0 {
            violation.pointer = format!("{pointer}{}", violation.pointer);
            self.0.push(violation);
        }
    }

    /// Validates every item of a list that sits at `pointer`.
    pub fn each<T: Validate>(&mut self, pointer: impl Display, items: &[T]) {
        for (index, item) in items.iter().enumerate() {
            self.nested(format_args!("{pointer}/{index}"), item);
        }
    }

    /// At least `min` Unicode scalar values.
    pub fn min_length(&mut self, pointer: impl Into<String>, text: &str, min: usize) {
        if text.chars().count() < min {
            self.push(pointer, "min_length", format!("must have at least {min} characters"));
        }
    }

    /// At most `max` Unicode scalar values.
    pub fn max_length(&mut self, pointer: impl Into<String>, text: &str, max: usize) {
        if text.chars().count() > max {
            self.push(pointer, "max_length", format!("must have at most {max} characters"));
        }
    }

    /// At least `min` bytes.
    pub fn min_bytes(&mut self, pointer: impl Into<String>, bytes: &Bytes, min: usize) {
        if bytes.len() < min {
            self.push(pointer, "min_length", format!("must have at least {min} bytes"));
        }
    }

    /// At most `max` bytes.
    pub fn max_bytes(&mut self, pointer: impl Into<String>, bytes: &Bytes, max: usize) {
        if bytes.len() > max {
            self.push(pointer, "max_length", format!("must have at most {max} bytes"));
        }
    }

    /// At least `min` items.
    pub fn min_items<T>(&mut self, pointer: impl Into<String>, items: &[T], min: usize) {
        if items.len() < min {
            self.push(pointer, "min_items", format!("must have at least {min} items"));
        }
    }

    /// At most `max` items.
    pub fn max_items<T>(&mut self, pointer: impl Into<String>, items: &[T], max: usize) {
        if items.len() > max {
            self.push(pointer, "max_items", format!("must have at most {max} items"));
        }
    }

    /// Not below `min`. A value that cannot be compared breaks the rule.
    pub fn min<T: PartialOrd + Display>(&mut self, pointer: impl Into<String>, value: &T, min: &T) {
        if !matches!(value.partial_cmp(min), Some(order) if order.is_ge()) {
            self.push(pointer, "min", format!("must be at least {min}"));
        }
    }

    /// Not above `max`. A value that cannot be compared breaks the rule.
    pub fn max<T: PartialOrd + Display>(&mut self, pointer: impl Into<String>, value: &T, max: &T) {
        if !matches!(value.partial_cmp(max), Some(order) if order.is_le()) {
            self.push(pointer, "max", format!("must be at most {max}"));
        }
    }

    /// Above `min`. A value that cannot be compared breaks the rule.
    pub fn exclusive_min<T: PartialOrd + Display>(&mut self, pointer: impl Into<String>, value: &T, min: &T) {
        if !matches!(value.partial_cmp(min), Some(order) if order.is_gt()) {
            self.push(pointer, "exclusive_min", format!("must be greater than {min}"));
        }
    }

    /// Below `max`. A value that cannot be compared breaks the rule.
    pub fn exclusive_max<T: PartialOrd + Display>(&mut self, pointer: impl Into<String>, value: &T, max: &T) {
        if !matches!(value.partial_cmp(max), Some(order) if order.is_lt()) {
            self.push(pointer, "exclusive_max", format!("must be less than {max}"));
        }
    }

    /// Matches the pattern somewhere; anchors are the pattern's own.
    pub fn pattern(&mut self, pointer: impl Into<String>, text: &str, pattern: &'static Pattern) {
        if !pattern.is_match(text) {
            self.push(pointer, "pattern", format!("must match {}", pattern.source()));
        }
    }
}

impl<'a> IntoIterator for &'a Violations {
    type Item = &'a Violation;
    type IntoIter = std::slice::Iter<'a, Violation>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A regular expression that is compiled once and matches in linear time: `static SKU: Pattern = Pattern::new("^[A-Z]+$");`
#[derive(Debug)]
pub struct Pattern {
    source: &'static str,
    compiled: OnceLock<Option<regex::Regex>>,
}

impl Pattern {
    /// A pattern from its source. The compiler has already checked that it parses.
    pub const fn new(source: &'static str) -> Self {
        Self { source, compiled: OnceLock::new() }
    }

    /// The source text.
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// True when the text matches. A source that does not parse matches nothing: fail closed.
    pub fn is_match(&self, text: &str) -> bool {
        self.compiled
            .get_or_init(|| regex::Regex::new(self.source).ok())
            .as_ref()
            .is_some_and(|regex| regex.is_match(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static SKU: Pattern = Pattern::new("^[A-Z]{3}$");
    static BROKEN: Pattern = Pattern::new("(");

    struct Line(String);
    impl Validate for Line {
        fn validate(&self, out: &mut Violations) {
            out.pattern("/sku", &self.0, &SKU);
        }
    }

    #[test]
    fn all_violations_come_with_their_pointer() {
        let mut out = Violations::new();
        out.min_length("/name", "é", 2);
        out.max_length("/name", "éé", 2);
        out.min_bytes("/data", &Bytes::from("é".as_bytes().to_vec()), 2);
        out.max_bytes("/data", &Bytes::from("é".as_bytes().to_vec()), 1);
        out.each("/lines", &[Line("ABC".into()), Line("abc".into())]);
        out.exclusive_min("/n", &1, &1);
        out.min("/f", &f64::NAN, &1.0);
        let found: Vec<_> = out.iter().map(|v| (v.pointer.as_str(), v.rule)).collect();
        assert_eq!(
            found,
            [
                ("/name", "min_length"),
                ("/data", "max_length"),
                ("/lines/1/sku", "pattern"),
                ("/n", "exclusive_min"),
                ("/f", "min")
            ]
        );
    }

    #[test]
    fn a_pattern_that_does_not_parse_matches_nothing() {
        assert!(!BROKEN.is_match("("));
    }
}
