//! Findings as text, for snapshots.
#![allow(dead_code, missing_docs)]

pub mod models;

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

/// The tree without places, in the order in which meaning does not see a difference: clauses of operations sorted.
pub fn meaning(mut tree: seac_syntax::sea::ast::SeaFile) -> serde_json::Value {
    use seac_syntax::sea::ast::DeclarationKind;
    for declaration in &mut tree.declarations {
        if let DeclarationKind::Operation(operation) = &mut declaration.kind {
            operation.clauses.sort_by_key(|clause| clause.kind.rank());
        }
    }
    tree.comments.sort_by(|a, b| a.value.cmp(&b.value));
    without_places(serde_json::to_value(tree).expect("trees serialise"))
}

fn without_places(tree: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match tree {
        Value::Object(map) if map.contains_key("start") && map.contains_key("end") => Value::Bool(true),
        Value::Object(map) => Value::Object(
            map.into_iter().filter(|(key, _)| key != "span").map(|(key, value)| (key, without_places(value))).collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_places).collect()),
        other => other,
    }
}

/// A generated file of the repository is what it would be today. With `INSTA_UPDATE=always` it is written anew.
#[allow(clippy::disallowed_methods, reason = "a test may look at the disk")]
pub fn checked_in(path: &str, text: &str) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(&file, text).expect("a writable repository");
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(found == text, "{path} is out of date; run the tests with INSTA_UPDATE=always");
}

/// As many random cases as `SEAC_CASES` says, or `few`.
#[allow(clippy::disallowed_methods, reason = "a test may look at the environment")]
pub fn cases(few: u32) -> proptest::test_runner::Config {
    let cases = std::env::var("SEAC_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(few);
    proptest::test_runner::Config { cases, failure_persistence: None, ..Default::default() }
}
