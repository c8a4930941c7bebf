//! The models of the reference compiler's repositories, where a corpus is at hand.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a test may look at the disk")]

use seac_syntax::diagnostic::has_errors;
use seac_syntax::{Diagnostic, SourceFile, Sources, sea};
use std::path::PathBuf;

/// The folder with `sea/verdicts.tsv`, from `SEAC_CORPUS` or beside the repository.
fn corpus() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("SEAC_CORPUS").map_or_else(beside, PathBuf::from);
    if folder.join("sea/verdicts.tsv").is_file() {
        return Some(folder);
    }
    println!("SKIPPED: no corpus at {}; set SEAC_CORPUS to run this test", folder.display());
    None
}

fn first_error(text: &str, diagnostics: &[Diagnostic]) -> String {
    let Some(first) = diagnostics.iter().find(|d| d.severity == seac_syntax::Severity::Error) else {
        return String::new();
    };
    let place = SourceFile::new("", text).position(first.primary.span.start);
    format!("{}:{} {} {}", place.line, place.column, first.code.name(), first.message)
}

/// Models the reference accepts and we refuse, on purpose.
const REFUSED: &[(&str, &str)] = &[
    ("probe/deep_not_1000.sea", "nesting is limited to 128 levels"),
    ("probe/deep_paren_200.sea", "nesting is limited to 128 levels"),
    ("probe/deep_paren_500.sea", "nesting is limited to 128 levels"),
];

#[test]
fn what_the_reference_parses_parses_here() {
    let Some(corpus) = corpus() else { return };
    let table = std::fs::read_to_string(corpus.join("sea/verdicts.tsv")).unwrap();
    let (mut accepted, mut refused, mut lenient, mut wrong) = (0, 0, 0, Vec::new());
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let bytes = std::fs::read(corpus.join("sea").join(columns[0])).unwrap();
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let file = Sources::default().add(columns[0], "");
        let (_, diagnostics) = sea::parse(file, &text);
        let fails = has_errors(&diagnostics);
        let excused = REFUSED.iter().any(|(path, _)| *path == columns[0]);
        match (columns[3], fails) {
            ("ok", true) if !excused => wrong.push(format!("{}: {}", columns[0], first_error(&text, &diagnostics))),
            ("ok", true) => refused += 1,
            ("ok", false) => accepted += 1,
            (_, false) => {
                lenient += 1;
                println!("accepted: {}: {}", columns[0], columns.get(5).unwrap_or(&""));
            }
            (_, true) => {
                println!(
                    "refused: {}: {} | {}",
                    columns[0],
                    first_error(&text, &diagnostics),
                    columns.get(5).unwrap_or(&"")
                );
            }
        }
    }
    println!("{accepted} accepted, {refused} refused on purpose, {lenient} accepted where the reference refuses");
    assert!(wrong.is_empty(), "{} models the reference parses:\n{}", wrong.len(), wrong.join("\n"));
}
