//! For programs: an array of findings, with lines and columns (from 1, columns in Unicode scalar values) and byte offsets.

use super::Report;
use seac_syntax::{Applicability, Code, Diagnostic, Edit, Fix, Label, Severity, Span};
use serde::Serialize;

#[derive(Serialize)]
struct Finding<'a> {
    code: Code,
    severity: Severity,
    message: &'a str,
    primary: Place<'a>,
    secondary: Vec<Place<'a>>,
    why: Option<&'a str>,
    fixes: Vec<Change<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    #[serde(flatten)]
    range: Range,
    label: &'a str,
}

#[derive(Serialize)]
struct Range {
    path: String,
    start: Point,
    end: Point,
}

#[derive(Serialize)]
struct Point {
    line: u32,
    column: u32,
    offset: u32,
}

#[derive(Serialize)]
struct Change<'a> {
    title: &'a str,
    applicability: Applicability,
    edits: Vec<Replacement<'a>>,
}

#[derive(Serialize)]
struct Replacement<'a> {
    #[serde(flatten)]
    range: Range,
    replacement: &'a str,
}

/// The findings as indented JSON.
pub fn render(report: &Report<'_>) -> String {
    let findings: Vec<Finding<'_>> = report.diagnostics.iter().map(|d| finding(report, d)).collect();
    let text = serde_json::to_string_pretty(&findings).expect("strings and numbers always serialise");
    format!("{text}\n")
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
