//! Diagnostics are data: what is wrong, where, why it matters and the smallest change that mends it.
//!
//! Nothing outside the constructor modules (`report.rs` of each crate) builds message texts. Every code stands once in
//! the table in [`codes`], with its long explanation for `seac explain`.

pub mod codes;
pub mod explain;
pub mod fix;

use crate::source::Span;
use schemars::JsonSchema;
use serde::Serialize;

pub use codes::{Code, CodeInfo};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The specs have no meaning we could emit.
    Error,
    /// They do, but probably not the one that is wanted.
    Warning,
    /// Worth knowing.
    Info,
}

/// A span with what to say about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What stands there, in a few words; no full stop.
    pub text: String,
}

/// Whether a tool may apply a fix unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Applicability {
    /// Surely what is meant: `--fix` applies it.
    MachineApplicable,
    /// A guess: shown, applied only on request.
    MaybeIncorrect,
}

/// Replaces the text of `span`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// What goes.
    pub span: Span,
    /// What comes.
    pub replacement: String,
}

/// A change that would mend the finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fix {
    /// What it does, as an imperative sentence without a full stop.
    pub title: String,
    /// The change; empty where only a person can make it.
    pub edits: Vec<Edit>,
    /// May a tool apply it?
    pub applicability: Applicability,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Which rule it comes from.
    pub code: Code,
    /// How much it weighs; starts as the code's own severity, profiles may raise it.
    pub severity: Severity,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// The place that has to change.
    pub primary: Label,
    /// Other places that explain it.
    pub secondary: Vec<Label>,
    /// Why it matters, where the message does not already say so.
    pub why: Option<String>,
    /// How to mend it, best first.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// A finding with the severity of its code; labels, reason and fixes are added with the methods below.
    pub fn new(code: Code, message: impl Into<String>, span: Span, label: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            primary: Label { span, text: label.into() },
            secondary: Vec::new(),
            why: None,
            fixes: Vec::new(),
        }
    }

    /// Adds a place that explains the finding.
    pub fn with_secondary(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Says why it matters.
    pub fn with_why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Advice that only a person can follow.
    pub fn with_help(mut self, title: impl Into<String>) -> Self {
        self.fixes.push(Fix { title: title.into(), edits: Vec::new(), applicability: Applicability::MaybeIncorrect });
        self
    }

    /// A change a tool can make.
    pub fn with_fix(
        self,
        title: impl Into<String>,
        span: Span,
        replacement: impl Into<String>,
        applicability: Applicability,
    ) -> Self {
        self.with_edits(title, vec![Edit { span, replacement: replacement.into() }], applicability)
    }

    /// A change in several places that a tool can make.
    pub fn with_edits(mut self, title: impl Into<String>, edits: Vec<Edit>, applicability: Applicability) -> Self {
        self.fixes.push(Fix { title: title.into(), edits, applicability });
        self
    }

    /// Offers the known name nearest to `written`, if one is near enough to be a slip of the pen.
    pub fn with_suggestion<'a>(self, written: &str, span: Span, known: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(written, known) {
            Some(name) => self.with_fix(format!("write `{name}`"), span, name, Applicability::MaybeIncorrect),
            None => self,
        }
    }
}

/// Sorts findings by place, then code: the order in which they are shown, whatever stage found them. What could not be
/// read comes first, since others may follow from it.
pub fn sort(diagnostics: &mut [Diagnostic]) {
    fn key(finding: &Diagnostic) -> (bool, Span, Code, &str) {
        (!finding.code.leaves_unread(), finding.primary.span, finding.code, &finding.message)
    }
    diagnostics.sort_by(|a, b| key(a).cmp(&key(b)));
}

/// Whether any finding is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}

/// The known name with the smallest edit distance to `written`, if at most a third of its letters differ.
///
/// Ties go to the name that comes first in byte order, so that the answer does not depend on the order of `known`.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = written.chars().count();
    let limit = (length / 3).max(1);
    known
        .into_iter()
        // The distance is never smaller than the difference in length; a word of a megabyte is not compared.
        .filter(|name| name.chars().count().abs_diff(length) <= limit)
        .map(|name| (edit_distance(&written.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}

/// Optimal string alignment distance: insertions, deletions, substitutions, and swaps of neighbours.
fn edit_distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut before = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let substitution = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = substitution.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                let swapped: &Vec<usize> = &before;
                row[j] = row[j].min(swapped[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_finds_its_name_and_a_stranger_finds_none() {
        let known = ["boundedContext", "useCases", "ports"];
        assert_eq!(nearest("useCase", known), Some("useCases"));
        assert_eq!(nearest("prots", known), Some("ports"));
        assert_eq!(nearest("quantum", known), None);
    }
}
