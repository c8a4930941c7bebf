//! For programs: an array of findings, with lines and columns (from 1, columns in Unicode scalar values) and byte offsets.

use super::Report;
use schemars::{JsonSchema, Schema, schema_for};
use seac_syntax::{Applicability, Code, Diagnostic, Edit, Fix, Label, Severity, Span};
use serde::Serialize;

/// One finding.
#[derive(Serialize, JsonSchema)]
pub struct Finding<'a> {
    /// Which rule it comes from.
    code: Code,
    /// How much it weighs.
    severity: Severity,
    /// What is wrong, as a sentence without a full stop.
    message: &'a str,
    /// The place that has to change.
    primary: Place<'a>,
    /// Other places that explain it.
    secondary: Vec<Place<'a>>,
    /// Why it matters, where the message does not already say so.
    why: Option<&'a str>,
    /// How to mend it, best first.
    fixes: Vec<Change<'a>>,
}

/// A place with what to say about it.
#[derive(Serialize, JsonSchema)]
struct Place<'a> {
    #[serde(flatten)]
    range: Range,
    /// What stands there, in a few words.
    label: &'a str,
}

/// Part of a text.
#[derive(Serialize, JsonSchema)]
struct Range {
    /// The file, relative to where seac was called, or `seac:/…` for an embedded package.
    path: String,
    /// Where it begins.
    start: Point,
    /// Behind its last character.
    end: Point,
}

/// A place between two characters.
#[derive(Serialize, JsonSchema)]
struct Point {
    /// From 1.
    line: u32,
    /// From 1, in Unicode scalar values.
    column: u32,
    /// In bytes, from 0.
    offset: u32,
}

/// A change that would mend the finding.
#[derive(Serialize, JsonSchema)]
struct Change<'a> {
    /// What it does.
    title: &'a str,
    /// May a tool apply it?
    applicability: Applicability,
    /// The change; empty where only a person can make it.
    edits: Vec<Replacement<'a>>,
}

/// One replaced part of a text.
#[derive(Serialize, JsonSchema)]
struct Replacement<'a> {
    #[serde(flatten)]
    range: Range,
    /// What comes in its place.
    replacement: &'a str,
}

/// The JSON Schema of what [`render`] gives.
pub fn schema() -> Schema {
    schema_for!(Vec<Finding<'static>>)
}

/// The findings as indented JSON.
pub fn render(report: &Report<'_>) -> String {
    let text = serde_json::to_string_pretty(&findings(report)).expect("strings and numbers always serialise");
    format!("{text}\n")
}

/// The findings, to be part of something larger.
pub fn findings<'a>(report: &Report<'a>) -> Vec<Finding<'a>> {
    report.diagnostics.iter().map(|diagnostic| finding(report, diagnostic)).collect()
}

fn finding<'a>(report: &Report<'_>, diagnostic: &'a Diagnostic) -> Finding<'a> {
    Finding {
        code: diagnostic.code,
        severity: diagnostic.severity,
        message: &diagnostic.message,
        primary: place(report, &diagnostic.primary),
        secondary: diagnostic.secondary.iter().map(|label| place(report, label)).collect(),
        why: diagnostic.why.as_deref(),
        fixes: diagnostic.fixes.iter().map(|fix| change(report, fix)).collect(),
    }
}

fn place<'a>(report: &Report<'_>, label: &'a Label) -> Place<'a> {
    Place { range: range(report, label.span), label: &label.text }
}

fn change<'a>(report: &Report<'_>, fix: &'a Fix) -> Change<'a> {
    let edit = |edit: &'a Edit| Replacement { range: range(report, edit.span), replacement: &edit.replacement };
    Change { title: &fix.title, applicability: fix.applicability, edits: fix.edits.iter().map(edit).collect() }
}

fn range(report: &Report<'_>, span: Span) -> Range {
    let (start, end) = report.positions(span);
    let point = |at: seac_syntax::Position, offset| Point { line: at.line, column: at.column, offset };
    Range { path: report.path(span.file), start: point(start, span.start), end: point(end, span.end) }
}
