//! Models with something wrong in them: every word of the suite's models taken out, doubled, or swapped for another.
//! Whatever comes of it, nothing panics, and every span lies in its text.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a test may look at the disk")]

use seac_analysis::sea::{Clock, Memory, Options, analyse};
use std::path::Path;

fn check(text: &str) {
    let mut memory = Memory::default();
    let file = memory.sources.add("main.sea", text);
    let options = Options { now: Clock::parse("2025-01-02T00:00:00Z"), max_steps: 10_000, ..Options::default() };
    let analysis = analyse(&[file], &mut memory, &options);
    for finding in &analysis.diagnostics {
        for label in std::iter::once(&finding.primary).chain(&finding.secondary) {
            let source = memory.sources.get(label.span.file);
            assert!(source.text.get(label.span.range()).is_some(), "{}: {:?}\n{text}", finding.message, label.span);
        }
    }
}

#[test]
fn nothing_that_is_wrong_in_a_model_makes_the_analysis_panic() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/semantics");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "sea"));
    paths.sort();
    for path in paths {
        let text = std::fs::read_to_string(path).unwrap();
        let words: Vec<&str> = text.split_inclusive([' ', '\n', '(', '.']).collect();
        for at in 1..words.len() {
            let other = words[(at * 7 + 3) % words.len()];
            for middle in ["", &words[at].repeat(2), other] {
                let mutated = [&words[..at].concat(), middle, &words[at + 1..].concat()].concat();
                check(&mutated);
            }
        }
    }
}
