//! What an analysis gives: results as data, ready to be shown by whoever asked.

use seac_syntax::sea::ast::{Modality, PolicyKind};
use seac_syntax::{Diagnostic, FileId, Severity, Span};

/// Results and findings of an analysis.
#[derive(Clone, Debug, Default)]
pub struct SeaAnalysis {
    /// One per model, in the order of the files that were given.
    pub models: Vec<ModelResult>,
    /// What is wrong, in the order in which it is shown.
    pub diagnostics: Vec<Diagnostic>,
}

/// What one model comes to.
#[derive(Clone, Debug, Default)]
pub struct ModelResult {
    /// The files it was started with.
    pub modules: Vec<FileId>,
    /// Its policies, by namespace and name, without those that govern operations.
    pub policies: Vec<PolicyResult>,
    /// Its metrics, by namespace and name.
    pub metrics: Vec<MetricResult>,
}

/// How a policy was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// An obligation that holds, or a prohibition that does not.
    Satisfied,
    /// The opposite.
    Violated,
    /// A permission that grants.
    Granted,
    /// A permission that does not.
    NotGranted,
    /// A derivation with a value.
    Computed,
    /// A fact is missing.
    Unknown,
    /// It has errors, or the model has, or it takes too long.
    NotEvaluated,
}

/// One policy.
#[derive(Clone, Debug)]
pub struct PolicyResult {
    /// Its name.
    pub name: String,
    /// Where it belongs.
    pub namespace: String,
    /// Its name in the text.
    pub span: Span,
    /// What it is for.
    pub kind: PolicyKind,
    /// What it demands.
    pub modality: Modality,
    /// Higher first.
    pub priority: String,
    /// How it was decided.
    pub verdict: Verdict,
    /// The value of its expression, as the language writes it.
    pub value: Option<String>,
    /// Elements that break it, by name; at most a hundred.
    pub offenders: Vec<Offender>,
    /// How many there are.
    pub offender_count: usize,
    /// The smallest binding of variables that breaks it.
    pub witness: Vec<Binding>,
    /// Values of parts of its expression under that binding.
    pub values: Vec<Note>,
    /// The fact without which it cannot be decided.
    pub missing: Option<Note>,
}

/// An element of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offender {
    /// How people call it.
    pub label: String,
    /// Where it is declared.
    pub span: Span,
}

/// A variable and the element it is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The variable.
    pub variable: String,
    /// The element.
    pub element: Offender,
}

/// Something about a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The place.
    pub span: Span,
    /// What is said about it.
    pub text: String,
}

/// One metric.
#[derive(Clone, Debug)]
pub struct MetricResult {
    /// Its name.
    pub name: String,
    /// Where it belongs.
    pub namespace: String,
    /// Its name in the text.
    pub span: Span,
    /// Its value, as the language writes it.
    pub value: Option<String>,
    /// Why it has none.
    pub missing: Option<Note>,
    /// The value from which on it deserves attention.
    pub threshold: Option<String>,
    /// How much attention.
    pub severity: Option<Severity>,
    /// Is it beyond its threshold?
    pub breached: bool,
}
