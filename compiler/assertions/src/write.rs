//! Sets of assertions as texts.

use crate::assertion::{Assertion, Object};
use crate::read::{FORMAT, Syntax};
use crate::schema::{Document, confidence};
use seac_syntax::yaml::{ScalarValue, typed};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The set in this syntax.
pub fn write(assertions: &[Assertion], syntax: Syntax) -> String {
    match syntax {
        Syntax::Json => {
            let text = serde_json::to_string_pretty(&Document::of(assertions)).expect("texts always serialise");
            format!("{text}\n")
        }
        Syntax::Yaml => yaml(assertions),
        Syntax::Csv => csv(assertions),
    }
}

fn yaml(assertions: &[Assertion]) -> String {
    if assertions.is_empty() {
        return format!("format: {FORMAT}\nassertions: []\n");
    }
    let mut text = format!("format: {FORMAT}\nassertions:\n");
    for assertion in assertions {
        let Assertion { claim, .. } = assertion;
        let object = match &claim.object {
            Object::Text(text) => scalar(text),
            Object::List(list) => format!("[{}]", list.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")),
        };
        let mut lines = vec![
            ("subject", scalar(&claim.subject.to_string())),
            ("predicate", scalar(&claim.predicate)),
            ("object", object),
        ];
        if !assertion.qualifiers.is_empty() {
            let pairs = assertion.qualifiers.iter().map(|(name, text)| format!("{}: {}", quoted(name), quoted(text)));
            lines.push(("qualifiers", format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))));
        }
        let rest = about(assertion).into_iter().filter(|(key, _)| !matches!(*key, "from" | "until"));
        lines.extend(rest.map(|(key, text)| (key, if key == "confidence" { quoted(&text) } else { scalar(&text) })));
        let days = about(assertion).into_iter().filter(|(key, _)| matches!(*key, "from" | "until"));
        let days: Vec<String> = days.map(|(key, day)| format!("{key}: {day}")).collect();
        if !days.is_empty() {
            lines.push(("validity", format!("{{ {} }}", days.join(", "))));
        }
        for (index, (key, value)) in lines.iter().enumerate() {
            let _ = writeln!(text, "  {} {key}: {value}", if index == 0 { "-" } else { " " });
        }
    }
    text
}

/// What is known about a claim, as texts.
fn about(assertion: &Assertion) -> Vec<(&'static str, String)> {
    let day = |day: &Option<crate::date::Day>| day.as_ref().map(ToString::to_string);
    let all = [
        ("id", Some(assertion.id.clone())),
        ("source", assertion.source.clone()),
        ("confidence", assertion.confidence.map(confidence)),
        ("status", Some(assertion.status.word().to_owned())),
        ("successor", assertion.successor.clone()),
        ("from", day(&assertion.from)),
        ("until", day(&assertion.until)),
    ];
    all.into_iter().filter_map(|(key, text)| Some((key, text?))).collect()
}

/// A text, in quotes only where it needs them.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_ \"<>./()=".contains(c);
    let safe = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(plain)
        && !text.ends_with(' ')
        && typed(text) == ScalarValue::String;
    let id = text.strip_prefix("sha256:").is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if safe || id { text.to_owned() } else { quoted(text) }
}

/// In double quotes, with escapes that JSON and YAML both know.
fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        // YAML takes these for the ends of lines, or for nothing.
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') {
            let _ = write!(out, "\\u{:04x}", c as u32);
        } else {
            out.push(c);
        }
    }
    out
}

fn csv(assertions: &[Assertion]) -> String {
    let qualifiers: BTreeSet<&String> = assertions.iter().flat_map(|assertion| assertion.qualifiers.keys()).collect();
    let rest = ["id", "source", "confidence", "status", "successor", "from", "until"];
    let heads = ["subject", "predicate", "object"].into_iter().map(str::to_owned);
    let heads = heads.chain(qualifiers.iter().map(|name| format!("qualifiers.{name}")));
    let heads: Vec<String> = heads.chain(rest.iter().map(ToString::to_string)).map(|head| cell(&head)).collect();
    let mut text = heads.join(",") + "\n";
    for assertion in assertions {
        let object = match &assertion.claim.object {
            Object::Text(text) if text.is_empty() => "\"\"".to_owned(),
            Object::Text(text) => cell(text),
            Object::List(_) => cell(&assertion.claim.object.json().to_string()),
        };
        let mut cells = vec![cell(&assertion.claim.subject.to_string()), cell(&assertion.claim.predicate), object];
        cells.extend(
            qualifiers.iter().map(|name| assertion.qualifiers.get(*name).map_or(String::new(), |text| cell(text))),
        );
        let about = about(assertion);
        let known =
            |key: &str| about.iter().find(|(known, _)| *known == key).map_or(String::new(), |(_, text)| cell(text));
        cells.extend(rest.iter().map(|key| known(key)));
        text.push_str(&(cells.join(",") + "\n"));
    }
    text
}

fn cell(text: &str) -> String {
    let plain = !text.contains([',', '"', '\n', '\r']) && text.trim() == text && !text.is_empty();
    if plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}
