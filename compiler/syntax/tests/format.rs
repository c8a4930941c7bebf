//! The formatter changes the look of a model and nothing else.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a test may look at the disk")]

mod common;

use common::{meaning, models};
use proptest::prelude::*;
use seac_syntax::diagnostic::has_errors;
use seac_syntax::{FileId, sea};
use std::path::PathBuf;

const FILE: FileId = FileId(0);

fn parse(text: &str) -> Option<sea::ast::SeaFile> {
    let (tree, diagnostics) = sea::parse(FILE, text);
    (!has_errors(&diagnostics)).then_some(tree)
}

/// What is wrong with how this model is formatted; `Ok(false)` if it is no model.
fn check(text: &str) -> Result<bool, String> {
    let Some(tree) = parse(text) else { return Ok(false) };
    let once = sea::format(FILE, text).map_err(|findings| format!("refused: {findings:?}"))?;
    let Some(again) = parse(&once) else {
        return Err(format!("no model any more: {:?}\n{once}", sea::parse(FILE, &once).1));
    };
    let (before, after) = (meaning(tree), meaning(again));
    if before != after {
        return Err(format!("another model:\n{before}\n{after}\n{once}"));
    }
    let twice = sea::format(FILE, &once).unwrap();
    if once != twice {
        return Err(format!("not the same the second time:\n{once}\n--- again\n{twice}"));
    }
    Ok(true)
}

#[test]
fn every_construct_in_its_canonical_form() {
    let text = include_str!("fixtures/everything.sea");
    check(text).unwrap();
    insta::assert_snapshot!(sea::format(FILE, text).unwrap());
}

#[test]
fn comments_stay_with_what_they_are_about() {
    let text = include_str!("fixtures/comments.sea");
    check(text).unwrap();
    insta::assert_snapshot!(sea::format(FILE, text).unwrap());
}

#[test]
fn long_lines_break_at_sensible_places() {
    let text = include_str!("fixtures/long.sea");
    check(text).unwrap();
    insta::assert_snapshot!(sea::format(FILE, text).unwrap());
}

#[test]
fn a_text_with_mistakes_is_not_touched() {
    let findings = sea::format(FILE, "Entity \"A\"\nEntity\n").unwrap_err();
    assert_eq!(findings.len(), 1);
}

#[test]
fn nothing_stays_nothing_and_a_file_ends_with_one_line_end() {
    assert_eq!(sea::format(FILE, "").unwrap(), "");
    assert_eq!(sea::format(FILE, "\u{feff} \r\n\n").unwrap(), "");
    assert_eq!(sea::format(FILE, "\n\n// said\n\n\n").unwrap(), "// said\n");
    assert_eq!(sea::format(FILE, "entity\t\"A\"").unwrap(), "Entity \"A\"\n");
}

#[test]
fn the_corpus_keeps_its_meaning() {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let corpus = std::env::var_os("SEAC_CORPUS").map_or_else(beside, PathBuf::from).join("sea");
    let Ok(table) = std::fs::read_to_string(corpus.join("verdicts.tsv")) else {
        return println!("SKIPPED: no corpus at {}; set SEAC_CORPUS to run this test", corpus.display());
    };
    let (mut models, mut wrong) = (0, Vec::new());
    for path in table.lines().skip(1).filter_map(|line| line.split('\t').next()) {
        let Ok(text) = std::fs::read_to_string(corpus.join(path)) else { continue };
        match check(&text) {
            Ok(model) => models += usize::from(model),
            Err(why) => wrong.push(format!("{path}: {why}")),
        }
    }
    println!("{models} models formatted");
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

/// With the binary of the reference compiler in `SEAC_REFERENCE`: what it read before, it reads after.
#[test]
fn the_reference_reads_what_is_formatted() {
    let (Some(reference), Some(corpus)) = (std::env::var_os("SEAC_REFERENCE"), std::env::var_os("SEAC_CORPUS")) else {
        return println!("SKIPPED: set SEAC_REFERENCE and SEAC_CORPUS to run this test");
    };
    let corpus = PathBuf::from(corpus).join("sea");
    let file = std::env::temp_dir().join(format!("seac-format-{}.sea", std::process::id()));
    let parse = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let output = std::process::Command::new(&reference).arg("parse").arg(&file).output().unwrap();
        (output.status.success(), output.stdout)
    };
    let table = std::fs::read_to_string(corpus.join("verdicts.tsv")).unwrap();
    let mut models = 0;
    for path in table.lines().skip(1).filter_map(|line| line.split('\t').next()) {
        let Ok(text) = std::fs::read_to_string(corpus.join(path)) else { continue };
        let Ok(formatted) = sea::format(FILE, &text) else { continue };
        let before = parse(&text);
        models += usize::from(before.0);
        assert!(!before.0 || before == parse(&formatted), "{path}:\n{formatted}");
    }
    println!("{models} models read before and after");
    std::fs::remove_file(file).unwrap();
}

#[test]
fn random_models_keep_their_meaning() {
    let mut runner = proptest::test_runner::TestRunner::new(common::cases(600));
    let (models, all) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    runner
        .run(&models::model(), |text| {
            all.set(all.get() + 1);
            match check(&text) {
                Ok(model) => models.set(models.get() + u32::from(model)),
                Err(why) => return Err(TestCaseError::fail(format!("{text}\n==>\n{why}"))),
            }
            Ok(())
        })
        .unwrap_or_else(|why| panic!("{why}"));
    println!("{} of {} texts were models", models.get(), all.get());
    assert!(models.get() * 4 > all.get(), "the strategy makes too few models");
}
