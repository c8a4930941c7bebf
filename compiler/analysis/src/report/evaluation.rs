//! The words of findings about policies and metrics.

use seac_syntax::{Code, Diagnostic, Severity, Span};

/// What is told about a violated policy.
pub struct Violation<'a> {
    pub name: &'a str,
    pub span: Span,
    pub prohibits: bool,
    pub rationale: Option<&'a str>,
    /// Parts of the expression, and what they come to.
    pub values: &'a [(Span, String)],
    /// Offending elements that are shown.
    pub offenders: &'a [(String, Span)],
    /// How many there are.
    pub count: usize,
    /// The smallest binding, in words.
    pub witness: Option<String>,
}

/// How many offending elements a finding shows.
const SHOWN: usize = 3;

pub fn policy_violated(violation: &Violation<'_>) -> Diagnostic {
    let what = if violation.prohibits { "holds, and must not" } else { "does not hold" };
    let message = format!("the policy `{}` {what}", violation.name);
    let label = violation.witness.clone().map_or_else(|| "violated".to_owned(), |w| format!("violated with {w}"));
    let mut finding = Diagnostic::new(Code::PolicyViolated, message, violation.span, label);
    for (span, text) in violation.values.iter().take(SHOWN + 1) {
        finding = finding.with_secondary(*span, text.clone());
    }
    for (place, (label, span)) in violation.offenders.iter().take(SHOWN).enumerate() {
        let more = violation.count.saturating_sub(SHOWN);
        let text = if place + 1 == SHOWN && more > 0 { format!("{label}, and {more} more") } else { label.clone() };
        finding = finding.with_secondary(*span, text);
    }
    match violation.rationale {
        Some(rationale) => finding.with_why(rationale),
        None => finding,
    }
}

/// A missing fact: which, where the expression asks for it, the element that does not say, and how it could.
pub struct MissingFact {
    pub words: String,
    pub asked: Span,
    pub element: Option<(String, Span)>,
    pub remedy: Option<String>,
}

/// A policy without a result.
pub fn policy_unknown(name: &str, span: Span, fact: MissingFact) -> Diagnostic {
    let message = format!("the policy `{name}` cannot be decided: {}", fact.words);
    let mut finding = Diagnostic::new(Code::PolicyUnknown, message, span, "neither true nor false")
        .with_secondary(fact.asked, "asked for here");
    if let Some((label, span)) = fact.element {
        finding = finding.with_secondary(span, label);
    }
    match fact.remedy {
        Some(remedy) => finding.with_help(remedy),
        None => finding,
    }
}

pub fn no_clock(name: &str, span: Span, asked: Span) -> Diagnostic {
    let message = format!("`{name}` is not decided without a clock");
    Diagnostic::new(Code::NoClock, message, span, "looks back from now")
        .with_secondary(asked, "needs the time")
        .with_help("give the moment to look back from: `--at 2025-12-31T23:59:59Z`")
}

pub fn evaluation_limit(name: &str, span: Span, limit: u64) -> Diagnostic {
    let message = format!("`{name}` looks at more than {limit} elements");
    Diagnostic::new(Code::EvaluationLimit, message, span, "given up")
        .with_why("a quantifier inside a quantifier looks at as many elements as the product of the two")
        .with_help("ask the inner question over a smaller collection")
}

pub fn derivation_cycle(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::DerivationCycle, format!("the derivation `{name}` depends on itself"), span, "in a circle")
}

pub fn metric_threshold(
    name: &str,
    span: Span,
    value: &str,
    threshold: (&str, Span),
    severity: Severity,
) -> Diagnostic {
    let message = format!("the metric `{name}` is {value}, beyond its threshold of {}", threshold.0);
    let mut finding = Diagnostic::new(Code::MetricThreshold, message, span, format!("is {value}"))
        .with_secondary(threshold.1, "the threshold");
    finding.severity = severity;
    finding
}

pub fn constant_policy(name: &str, span: Span, value: bool) -> Diagnostic {
    let message = format!("the policy `{name}` is always {value}");
    Diagnostic::new(Code::ConstantPolicy, message, span, "depends on nothing in the model")
}

pub fn contradictory(name: &str, span: Span, other: (&str, Span)) -> Diagnostic {
    let message = format!("`{name}` and `{}` cannot both be satisfied", other.0);
    Diagnostic::new(Code::Contradictory, message, span, "demands the opposite").with_secondary(other.1, "of this")
}

pub fn empty_range(span: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::Contradictory, "these two conditions exclude each other", span, "cannot hold as well")
        .with_secondary(first, "if this holds")
}

pub fn unreachable(span: Span, value: bool, decides: bool) -> Diagnostic {
    let (message, label) = if decides {
        (format!("this is always {value}, and decides the whole"), "everything beside it never matters")
    } else {
        (format!("this is always {value}, and decides nothing"), "can be left out")
    };
    Diagnostic::new(Code::Unreachable, message, span, label)
}

pub fn shadowed_policy(name: &str, span: Span, other: (&str, Span)) -> Diagnostic {
    let message = format!("`{name}` says what `{}` says already", other.0);
    Diagnostic::new(Code::Shadowed, message, span, "never decides anything").with_secondary(other.1, "comes first")
}

pub fn priority_tie(name: &str, span: Span, other: (&str, Span), priority: &str) -> Diagnostic {
    let message = format!("`{name}` and `{}` both have priority {priority}", other.0);
    Diagnostic::new(Code::PriorityTie, message, span, "which comes first?").with_secondary(other.1, "the other")
}
