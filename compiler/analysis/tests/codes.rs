//! The codes of the analysis keep their promises: failing examples fail with their code, mended ones do not.
#![allow(clippy::unwrap_used, missing_docs)]

use seac_analysis::sea::{Memory, Options, analyse};
use seac_syntax::diagnostic::has_errors;
use seac_syntax::{Code, Diagnostic, Sources};
use std::fmt::Write;

/// The codes whose examples are models that stand alone.
fn ours() -> impl Iterator<Item = Code> {
    let ours = |code: &Code| {
        let info = code.info();
        let number: u32 = info.name.strip_prefix("SEA").and_then(|digits| digits.parse().ok()).unwrap_or(0);
        let whole = !info.failing.starts_with("--- ") && *code != Code::OperationAccess;
        whole && (matches!(number, 104..=199 | 207..=299 | 308..=399) || number >= 400)
    };
    Code::ALL.iter().copied().filter(ours)
}

fn findings(text: &str) -> (Sources, Vec<Diagnostic>) {
    let mut memory = Memory::default();
    let file = memory.sources.add("self.sea", text);
    let analysis = analyse(&[file], &mut memory, &Options::default());
    (memory.sources, analysis.diagnostics)
}

#[test]
fn every_failing_example_has_its_code() {
    for code in ours() {
        let (_, mut found) = findings(code.info().failing);
        assert!(found.iter().any(|finding| finding.code == code), "{}: {found:#?}", code.name());
        // Of two demands that contradict each other one is violated.
        found.retain(|finding| !(code == Code::Contradictory && finding.code == Code::PolicyViolated));
        assert!(found.iter().all(|finding| finding.code == code || !has_errors(&found)), "{}: {found:#?}", code.name());
    }
}

#[test]
fn every_mended_example_is_clean() {
    for code in ours() {
        let (_, found) = findings(code.info().mended);
        assert!(!has_errors(&found) && found.iter().all(|finding| finding.code != code), "{}: {found:#?}", code.name());
    }
}

#[test]
fn messages_of_the_failing_examples() {
    let mut text = String::new();
    for code in ours() {
        let (sources, found) = findings(code.info().failing);
        for finding in &found {
            let place = |span: seac_syntax::Span| {
                let place = sources.get(span.file).position(span.start);
                format!("{}:{}", place.line, place.column)
            };
            let (primary, code) = (&finding.primary, finding.code.name());
            writeln!(text, "{code} {} {} [{}]", place(primary.span), finding.message, primary.text).unwrap();
            for label in &finding.secondary {
                writeln!(text, "    {} [{}]", place(label.span), label.text).unwrap();
            }
            for fix in &finding.fixes {
                writeln!(text, "    help: {}", fix.title).unwrap();
            }
        }
    }
    insta::assert_snapshot!(text);
}
