//! The table of codes keeps its promises: failing examples fail with their code, mended ones do not.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use seac_syntax::{Code, Diagnostic, FileId, frontmatter, sds, sea};

fn read(code: Code, text: &str) -> Vec<Diagnostic> {
    match &code.name()[..3] {
        "SEA" => {
            let (tree, mut found) = sea::parse(FileId(0), text);
            // Extensions are wrong in the dialect of the reference only.
            if code == Code::SeaExtension {
                found.extend(sea::dialect::extensions(&tree));
            }
            found
        }
        "SDS" => sds::parse(FileId(0), text).1,
        _ => frontmatter::parse(FileId(0), text).1,
    }
}

/// The codes of this crate: those below 100.
fn ours() -> impl Iterator<Item = Code> {
    let ours = |code: &Code| match code.name() {
        name if name.starts_with("SEA0") || name.starts_with("SDS0") => true,
        name => name.starts_with("NOTE0"),
    };
    Code::ALL.iter().copied().filter(ours)
}

/// The examples that are too large to print.
fn failing(code: Code) -> String {
    match code {
        Code::SeaTooLarge => " ".repeat(sea::MAX_BYTES + 1),
        Code::SeaTooManyFindings => "Entity x\n".repeat(sea::MAX_FINDINGS + 1),
        _ => code.info().failing.to_owned(),
    }
}

#[test]
fn every_failing_example_has_its_code_and_no_other() {
    for code in ours() {
        let mut found: Vec<Code> = read(code, &failing(code)).iter().map(|d| d.code).collect();
        if code == Code::SeaTooManyFindings {
            found.retain(|found| *found != Code::SeaSyntax);
        }
        assert_eq!(found, [code], "{}", code.name());
    }
}

#[test]
fn every_mended_example_is_clean() {
    for code in ours() {
        assert_eq!(read(code, code.info().mended), [], "{}", code.name());
    }
}

#[test]
fn names_are_unique() {
    let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Code::ALL.len());
}

#[test]
fn messages_of_the_failing_examples() {
    let small = ours().filter(|code| ![Code::SeaTooLarge, Code::SeaTooManyFindings].contains(code));
    let messages: Vec<String> = small
        .map(|code| {
            let text = failing(code);
            format!("{}: {}\n{}", code.name(), code.info().title, common::render(&text, &read(code, &text)))
        })
        .collect();
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn a_long_mended_example_is_shown_as_a_change() {
    let long = Code::OperationClause.info();
    assert!(long.mended_shown().contains("-     actor Customer\n"), "{}", long.mended_shown());
    assert!(long.mended_shown().lines().count() < 8);
    assert_eq!(Code::SeaTime.info().mended_shown(), Code::SeaTime.info().mended);
}
