//! What is a difference between two models, and how much it weighs.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{meaning, models};
use proptest::prelude::*;
use seac_syntax::diagnostic::has_errors;
use seac_syntax::sea::ast::SeaFile;
use seac_syntax::sea::diff::{Change, Class, diff};
use seac_syntax::{FileId, sea};

fn parse(text: &str) -> Option<SeaFile> {
    let (tree, diagnostics) = sea::parse(FileId(0), text);
    (!has_errors(&diagnostics)).then_some(tree)
}

fn changes(before: &SeaFile, after: &SeaFile) -> Vec<Change> {
    diff(&[(String::new(), before)], &[(String::new(), after)])
}

fn between(before: &str, after: &str) -> Vec<String> {
    let text = |change: &Change| {
        let side = |side: &Option<seac_syntax::sea::diff::Side>| side.as_ref().map_or("-".into(), |s| s.text.clone());
        let (before, after) = (side(&change.before), side(&change.after));
        format!("{} | {} {} | {} | {before} => {after}", change.class, change.kind, change.name, change.facet)
    };
    changes(&parse(before).unwrap(), &parse(after).unwrap()).iter().map(text).collect()
}

fn class(before: &str, after: &str) -> Option<Class> {
    changes(&parse(before).unwrap(), &parse(after).unwrap()).iter().map(|change| change.class).max()
}

#[test]
fn the_look_is_no_difference() {
    let before =
        "Entity \"A\" Resource \"R\" Policy p as: a = 1 and b = 2\nFlow \"R\" from \"A\" to \"A\" @tx quantity 1_0";
    let after = "// said\nresource \"R\" units\nflow \"R\" @tx from \"A\" to \"\\u{41}\" quantity 10\n
        POLICY p as: ((a = 1.0) AND b = 2)\nentity \"A\"";
    assert_eq!(between(before, after), [""; 0]);
}

#[test]
fn another_spelling_is_no_difference() {
    let policy = |expression: &str| format!("Policy p as: {expression}");
    for (before, after) in [
        ("(a) and b", "a and b"),
        ("(a and b) and c", "a and (b and c)"),
        ("a or (b or (c or d))", "((a or b) or c) or d"),
        ("(1 + 2) - a = 3", "1 + 2 - a = 3"),
        ("(a * b) / c = 3", "a * b / c = 3"),
        ("-(5) = a", "-5 = a"),
        ("-(-5 \"kg\") = a", "5 \"kg\" = a"),
        ("a = \"2026-01-01T00:00:00Z\"", "a = \"2026-01-01T00:00:00+00:00\""),
        ("a = \"2026-01-01T01:30:00.50+01:30\"", "a = \"2026-01-01T00:00:00.5Z\""),
        ("a during interval(\"09:00\", \"24:00\")", "a during interval(\"09:00:00\", \"24:00\")"),
        ("count(f in flows over last 24 \"hours\": f) = 1", "count(f in flows over last 1 \"d\": f) = 1"),
        ("forall f in flows: ((f.a and (f.b and f.c)))", "forall f in flows: (f.a and f.b and f.c)"),
    ] {
        assert_eq!(between(&policy(before), &policy(after)), [""; 0], "{before} / {after}");
    }
    for (before, after) in [
        ("Policy p as: a", "Policy p per Constraint Obligation priority 0 as: a"),
        ("Policy p @tags [\"a\", \"b\"] as: a", "Policy p @tags [\"b\", \"a\", \"b\"] as: a"),
        ("Metric \"m\" as: count(flows) @window 24 \"hours\"", "Metric \"m\" as: count(flows) @window 1 \"day\""),
        (
            "Flow \"R\" @timestamp \"2026-01-01T00:00:00Z\" from \"A\" to \"B\"",
            "Flow \"R\" @timestamp \"2026-01-01T02:00:00+02:00\" from \"A\" to \"B\"",
        ),
        (
            "record R { a: timestamp default \"2026-01-01T00:00:00Z\" }",
            "record R { a: timestamp default \"2026-01-01T00:00:00+00:00\" }",
        ),
    ] {
        assert_eq!(between(before, after), [""; 0], "{before} / {after}");
    }
}

#[test]
fn expressions_units_modalities_and_thresholds_are_always_differences() {
    for (before, after) in [
        ("Policy p as: a = 1", "Policy p as: a = 2"),
        ("Policy p as: a = 1", "Policy p as: a != 1"),
        ("Policy p as: a = -1", "Policy p as: a = 1"),
        ("Policy p as: a = 1 \"USD\"", "Policy p as: a = 1 \"EUR\""),
        ("Policy p as: not a", "Policy p as: a"),
        ("Policy p as: (a or b) and c", "Policy p as: a or b and c"),
        ("Policy p as: a - (b - c) = 1", "Policy p as: a - b - c = 1"),
        ("Policy p as: a / (b * c) = 1", "Policy p as: a / b * c = 1"),
        ("Policy p as: a = \"2025-01-01T00:00:00Z\"", "Policy p as: a = \"2025-01-01T00:00:00+01:00\""),
        (
            "Policy p as: count(f in flows over last 24 \"hours\": f) = 1",
            "Policy p as: count(f in flows over last 23 \"hours\": f) = 1",
        ),
        ("Policy p as: count(f in flows over last 24 \"hours\": f) = 1", "Policy p as: count(f in flows: f) = 1"),
        ("Policy p as: \"2025-01-01T00:00:00Z\" = a", "Policy p as: \"\"\"2025-01-01T00:00:00Z\"\"\" = a"),
        ("Policy p per Constraint Obligation priority 1 as: a", "Policy p per Constraint Prohibition priority 1 as: a"),
        ("Policy p per Constraint Obligation priority 1 as: a", "Policy p per Constraint Obligation priority 2 as: a"),
        ("Metric \"m\" as: count(flows) @threshold 1", "Metric \"m\" as: count(flows) @threshold 2"),
        ("Metric \"m\" as: count(flows)", "Metric \"m\" as: count(flows) @severity \"error\""),
    ] {
        assert_eq!(class(before, after), Some(Class::GovernanceCritical), "{before} / {after}");
    }
    for (before, after) in [
        ("Resource \"R\" kg", "Resource \"R\" g"),
        ("Resource \"R\"", "Resource \"R\" g"),
        ("Unit \"a\" of \"M\" factor 1 base \"b\"", "Unit \"a\" of \"M\" factor 2 base \"b\""),
        ("record R { a: int }", "record R { a: string }"),
        ("record R { a: int }", "record R { a: int b: int }"),
        ("record R { a: int (max 5) }", "record R { a: int (max 4) }"),
        ("@namespace \"a\" Entity \"A\"", "@namespace \"b\" Entity \"A\""),
    ] {
        assert_eq!(class(before, after), Some(Class::Breaking), "{before} / {after}");
    }
}

#[test]
fn lighter_classes() {
    assert_eq!(class("", "Entity \"A\""), Some(Class::Additive));
    assert_eq!(class("record R { }", "record R { a: int optional }"), Some(Class::Additive));
    assert_eq!(class("Entity \"A\"", "/// Said.\nEntity \"A\""), Some(Class::Definitional));
    assert_eq!(class("Entity \"A\"", "Entity \"A\" Entity \"B\" @replaces \"A\""), Some(Class::Deprecating));
    assert_eq!(class("", "Policy p as: a"), Some(Class::GovernanceCritical));
}

#[test]
fn flows_that_look_alike_are_told_apart_by_what_they_say() {
    let before = "Flow \"R\" from \"A\" to \"B\" quantity 1\nFlow \"R\" from \"A\" to \"B\" quantity 2";
    let after = "Flow \"R\" from \"A\" to \"B\" quantity 3\nFlow \"R\" from \"A\" to \"B\" quantity 1";
    insta::assert_snapshot!(between(before, after).join("\n"), @r#"definitional | Flow "R" from "A" to "B" | quantity | 2 => 3"#);
}

#[test]
fn a_change_shows_both_sides() {
    let before = include_str!("fixtures/everything.sea");
    let after = before
        .replace("priority 5", "priority 6")
        .replace("silver = \"SILVER\"", "bronze = \"BRONZE\"")
        .replace("total: quantity<USD> (exclusive_min 0)", "total: quantity<EUR>")
        .replace("actor anonymous", "actor Buyer");
    insta::assert_snapshot!(between(before, &after).join("\n"));
}

/// Another token of the same kind, so that the text often stays a model.
fn other(token: &str) -> Option<&'static str> {
    Some(match token.chars().next()? {
        '0'..='9' => "4711",
        '"' => "\"other\"",
        '=' => "!=",
        '+' => "-",
        '<' => ">=",
        'a' => "or",
        c if c.is_alphabetic() => "other",
        _ => return None,
    })
}

proptest! {
    #![proptest_config(common::cases(400))]

    #[test]
    fn formatting_is_no_difference(text in models::model()) {
        let Some(before) = parse(&text) else { return Ok(()) };
        let formatted = sea::format(FileId(0), &text).unwrap();
        prop_assert_eq!(changes(&before, &parse(&formatted).unwrap()), []);
    }

    #[test]
    fn another_meaning_is_a_difference(text in models::model(), at in any::<prop::sample::Index>()) {
        let Some(before) = parse(&text) else { return Ok(()) };
        let mut tokens: Vec<&str> = text.split(' ').collect();
        let at = at.index(tokens.len());
        let Some(replacement) = other(tokens[at]) else { return Ok(()) };
        tokens[at] = replacement;
        let Some(after) = parse(&tokens.join(" ")) else { return Ok(()) };
        let mut trees = [before.clone(), after.clone()];
        for tree in &mut trees {
            tree.comments.clear();
        }
        let same = trees.clone().map(meaning);
        if same[0] != same[1] {
            prop_assert!(!changes(&before, &after).is_empty(), "{}\n---\n{}", text, tokens.join(" "));
        }
    }
}
