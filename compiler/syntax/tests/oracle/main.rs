//! The hand-written parser and a pest grammar of the same language answer alike: on a model with everything in it, on
//! that model with tokens removed, doubled and swapped, and on the corpus where there is one.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use pest::Parser;
use proptest::prelude::*;
use seac_syntax::{Code, FileId, sea};

mod grammar {
    #![allow(missing_docs)]
    #[derive(pest_derive::Parser)]
    #[grammar = "../tests/oracle/sea.pest"]
    pub struct Grammar;
}
use grammar::{Grammar, Rule};

const MODEL: &str = include_str!("../fixtures/everything.sea");

/// What the parser finds beyond the grammar: limits, times in the calendar, scalar values.
fn accepts(text: &str) -> Option<bool> {
    let (_, diagnostics) = sea::parse(FileId(0), text);
    let beyond = |code: Code| matches!(code, Code::SeaNesting | Code::SeaTime);
    if diagnostics.iter().any(|d| beyond(d.code)) { None } else { Some(diagnostics.is_empty()) }
}

fn agree(text: &str) -> Result<(), String> {
    let Some(ours) = accepts(text) else { return Ok(()) };
    match Grammar::parse(Rule::file, text) {
        Ok(_) if !ours => Err(format!("only the oracle accepts\n{text}\n{:?}", sea::parse(FileId(0), text).1.first())),
        Err(error) if ours => Err(format!("only the parser accepts\n{text}\n{error}")),
        _ => Ok(()),
    }
}

#[test]
fn both_accept_the_model_with_everything() {
    assert_eq!(accepts(MODEL), Some(true));
    agree(MODEL).unwrap();
}

/// The declarations of the model, one by one: mutations are then local and cheap.
fn declarations() -> Vec<&'static str> {
    let (tree, _) = sea::parse(FileId(0), MODEL);
    tree.declarations.iter().map(|declaration| &MODEL[declaration.span.range()]).collect()
}

/// Words, strings, numbers and signs, roughly.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let mut token = String::from(c);
        if c == '"' {
            while let Some(next) = chars.next() {
                token.push(next);
                if next == '\\' {
                    token.extend(chars.next());
                } else if next == '"' {
                    break;
                }
            }
        } else if c.is_alphanumeric() || c == '_' {
            while let Some(next) = chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
                token.push(next);
            }
        }
        match tokens.last_mut() {
            // White space stays with the token in front of it, so that what is not edited stays as it was.
            Some(last) if token.trim().is_empty() => last.push_str(&token),
            _ => tokens.push(token),
        }
    }
    tokens
}

fn mutated() -> impl Strategy<Value = String> {
    let declarations = declarations();
    let all: Vec<String> = declarations.iter().flat_map(|text| tokens(text)).collect();
    let pick = prop::sample::select(declarations);
    let edit = (any::<prop::sample::Index>(), 0..4_u8, prop::sample::select(all));
    (pick, prop::collection::vec(edit, 1..4)).prop_map(|(text, edits)| {
        let mut tokens = tokens(text);
        for (at, what, token) in edits {
            if tokens.is_empty() {
                break;
            }
            let at = at.index(tokens.len());
            match what {
                0 => drop(tokens.remove(at)),
                1 => tokens.insert(at, format!(" {token} ")),
                2 => tokens[at] = format!(" {token} "),
                _ => {
                    let other = (at + 1) % tokens.len();
                    tokens.swap(at, other);
                }
            }
        }
        tokens.concat()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_agree_on_mutated_declarations(text in mutated()) {
        if let Err(why) = agree(&text) {
            return Err(TestCaseError::fail(why));
        }
    }
}

#[test]
fn both_agree_on_the_corpus() {
    let beside = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let corpus = std::env::var_os("SEAC_CORPUS").map_or(beside, Into::into);
    let Ok(table) = std::fs::read_to_string(corpus.join("sea/verdicts.tsv")) else {
        return println!("SKIPPED: no corpus at {}; set SEAC_CORPUS to run this test", corpus.display());
    };
    let mut wrong = Vec::new();
    for path in table.lines().skip(1).filter_map(|line| line.split('\t').next()) {
        let bytes = std::fs::read(corpus.join("sea").join(path)).unwrap();
        if let Err(why) = String::from_utf8(bytes).map_or(Ok(()), |text| agree(&text)) {
            wrong.push(format!("{path}: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
