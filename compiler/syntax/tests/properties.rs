//! No text may make a reader panic or hang, or give a span that is not in it.
#![allow(clippy::unwrap_used, missing_docs)]

use proptest::prelude::*;
use seac_syntax::{Diagnostic, FileId, frontmatter, sds, sea};

const MODEL: &str = include_str!("fixtures/everything.sea");
const SKETCH: &str = include_str!("fixtures/evidence.sds.yaml");

/// Every place of a finding is a range of characters of the text.
fn check(text: &str, diagnostics: &[Diagnostic]) {
    for finding in diagnostics {
        let labels = std::iter::once(&finding.primary).chain(&finding.secondary);
        let edits = finding.fixes.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span);
        for span in labels.map(|label| label.span).chain(edits) {
            assert!(text.get(span.range()).is_some(), "{span:?} {finding:?}");
        }
    }
}

fn read_all(text: &str) {
    check(text, &sea::parse(FileId(0), text).1);
    check(text, &sds::parse(FileId(0), text).1);
    check(text, &frontmatter::parse(FileId(0), text).1);
    check(text, &sea::parse_expression(FileId(0), text, 0).1);
    check(text, &sea::parse_type(FileId(0), text, 0).1);
}

/// Every span in a serialised tree is a range of characters of the text.
fn check_spans(text: &str, tree: &serde_json::Value) {
    if let (Some(start), Some(end)) = (tree["start"].as_u64(), tree["end"].as_u64()) {
        assert!(text.get(start as usize..end as usize).is_some(), "{start}..{end}");
    }
    match tree {
        serde_json::Value::Object(map) => map.values().for_each(|value| check_spans(text, value)),
        serde_json::Value::Array(items) => items.iter().for_each(|value| check_spans(text, value)),
        _ => {}
    }
}

/// A text with a piece of it replaced, doubled or removed.
fn mutated(text: &'static str) -> impl Strategy<Value = String> {
    let scraps = prop_oneof![
        Just(String::new()),
        "[\\PC]{0,3}",
        Just("\"".to_owned()),
        Just("{".to_owned()),
        Just("}\n".to_owned()),
        Just(")".to_owned()),
        Just("\"\"\"".to_owned()),
        Just("\n  - ".to_owned()),
        Just(": ".to_owned()),
        Just("é".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("not -(".to_owned()),
    ];
    (any::<prop::sample::Index>(), 0..40_usize, scraps, any::<bool>()).prop_map(move |(at, length, scrap, double)| {
        let floor = |mut at: usize| {
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = floor(at.index(text.len()));
        let end = floor((start + length).min(text.len()));
        let kept = if double { &text[start..end] } else { "" };
        format!("{}{kept}{scrap}{kept}{}", &text[..start], &text[end..])
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_without_panic(text in "\\PC{0,200}") {
        read_all(&text);
    }

    #[test]
    fn any_run_of_tokens_is_read_without_panic(
        tokens in prop::collection::vec(prop::sample::select(vec![
            "Entity", "\"A\"", "Policy", "p", "as", ":", "(", ")", "{", "}", "[", "]", "not", "-", "1", "and", "=", "in", "forall",
            "count", "group_by", "role", "<", ">", "@", "@x", ".", ",", "\n", "->", "record", "enum", "operation", "export",
            "import", "from", "Mapping", "for", "Flow", "to", "quantity", "where", "over", "last", "list", "v1.0.0", "//", "///",
            "interval", "\"2025-02-30T00:00:00Z\"", "per", "key", "access", "failure", "idempotency", "?", "- ", ": ", "#", "|", "&a", "*a",
        ]), 0..60),
    ) {
        read_all(&tokens.join(" "));
    }

    #[test]
    fn mutations_of_a_model_are_read_without_panic(text in mutated(MODEL)) {
        read_all(&text);
        check_spans(&text, &serde_json::to_value(sea::parse(FileId(0), &text).0).unwrap());
    }

    #[test]
    fn mutations_of_a_specification_are_read_without_panic(text in mutated(SKETCH)) {
        check(&text, &sds::parse(FileId(0), &text).1);
        let note = format!("---\n{text}");
        check(&note, &frontmatter::parse(FileId(0), &note).1);
    }

    #[test]
    fn normalising_a_number_keeps_its_value_and_happens_once(
        negative in any::<bool>(), whole in "[0-9]{1,30}", fraction in "[0-9]{0,30}", zeros in 0..5_usize,
    ) {
        let sign = if negative { "-" } else { "" };
        let point = if fraction.is_empty() && zeros == 0 { "" } else { "." };
        let once = sea::normalise_number(&format!("{sign}{whole}{point}{fraction}{}", "0".repeat(zeros)));
        prop_assert_eq!(&sea::normalise_number(&once), &once);
        prop_assert_eq!(&sea::normalise_number(&format!("{sign}0{whole}{point}{fraction}")), &once);
        let grouped: Vec<String> = whole.chars().map(String::from).collect();
        prop_assert_eq!(&sea::normalise_number(&format!("{sign}{}{point}{fraction}", grouped.join("_"))), &once);
        let digits = |text: &str| text.chars().filter(|c| ('1'..='9').contains(c)).collect::<String>();
        prop_assert_eq!(digits(&once), digits(&format!("{whole}{fraction}")));
    }
}

#[test]
fn the_models_that_are_mutated_are_valid() {
    assert_eq!(sea::parse(FileId(0), MODEL).1, []);
    assert_eq!(sds::parse(FileId(0), SKETCH).1, []);
}
