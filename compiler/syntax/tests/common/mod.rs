//! Findings as text, for snapshots.
#![allow(dead_code, missing_docs)]

use seac_syntax::{Applicability, Diagnostic, SourceFile, Span};
use std::fmt::Write;

/// The texts, each with its findings.
pub fn snapshot(cases: &[&str], read: impl Fn(&str) -> Vec<Diagnostic>) -> String {
    let mut out = String::new();
    for text in cases {
        let _ = writeln!(out, "{}\n{}", text.trim_end(), render(text, &read(text)));
    }
    out
}

/// One finding per paragraph: code, place, message, what the place says, and what would mend it.
pub fn render(text: &str, diagnostics: &[Diagnostic]) -> String {
    let file = SourceFile::new("", text);
    let place = |span: Span| {
        let (start, end) = (file.position(span.start), file.position(span.end));
        format!("{}:{}-{}:{}", start.line, start.column, end.line, end.column)
    };
    let mut out = String::new();
    for d in diagnostics {
        let _ = writeln!(out, "  {} {} {}", d.code.name(), place(d.primary.span), d.message);
        let _ = writeln!(out, "    = {:?}: {}", &text[d.primary.span.range()], d.primary.text);
        for label in &d.secondary {
            let _ = writeln!(out, "    + {} {:?}: {}", place(label.span), &text[label.span.range()], label.text);
        }
        for fix in &d.fixes {
            let sure = if fix.applicability == Applicability::MachineApplicable { "fix" } else { "help" };
            let edits: Vec<&str> = fix.edits.iter().map(|edit| edit.replacement.as_str()).collect();
            let _ = writeln!(out, "    {sure}: {} {edits:?}", fix.title);
        }
    }
    out
}
