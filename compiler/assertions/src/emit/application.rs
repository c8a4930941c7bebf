//! The application contract as text, before layout.

use super::docs;
use super::facts::{Declared, Facts};
use crate::subject::{Item, quoted};
use seac_syntax::sea::{CLAUSES, CONSTRAINTS};
use std::fmt::Write as _;

/// The body of an entity or a record.
pub fn fields(declared: &Declared<'_>) -> String {
    let mut text = String::from("{\n");
    for (item, facts) in declared.parts("field") {
        field(&mut text, item, facts);
    }
    text + "}"
}

fn field(text: &mut String, item: &Item, facts: &Facts<'_>) {
    docs(text, facts);
    if facts.has("key") {
        text.push_str("key ");
    }
    let _ = write!(text, "{}: {}", item.name(), facts.required("type"));
    if facts.has("optional") {
        text.push_str(" optional");
    }
    let constraints = CONSTRAINTS.iter().filter_map(|name| Some(format!("{name} {}", facts.text(name)?)));
    let constraints: Vec<String> = constraints.collect();
    if !constraints.is_empty() {
        let _ = write!(text, " ({})", constraints.join(", "));
    }
    if let Some(default) = facts.text("default") {
        let _ = write!(text, " default {default}");
    }
    text.push('\n');
}

/// An enum.
pub fn enumeration(head: String, declared: &Declared<'_>) -> String {
    let mut text = head + " {\n";
    for (index, (item, facts)) in declared.parts("member").into_iter().enumerate() {
        text.push_str(if index > 0 { ",\n" } else { "" });
        docs(&mut text, facts);
        let _ = write!(text, "{} = {}", item.name(), quoted(facts.required("wire")));
    }
    text + "\n}"
}

/// An operation, clause by clause in their order.
pub fn operation(head: String, declared: &Declared<'_>) -> String {
    let mut text = head + " {\n";
    for word in CLAUSES {
        for clause in clauses(word, declared) {
            let _ = writeln!(text, "{word} {clause}");
        }
    }
    text + "}"
}

/// What stands behind the word of a clause, as often as it stands there.
fn clauses(word: &str, declared: &Declared<'_>) -> Vec<String> {
    let facts = &declared.facts;
    match word {
        "intent" => facts.text(word).map(quoted).into_iter().collect(),
        "access" => access(facts).into_iter().collect(),
        "failure" => declared.parts("failure").into_iter().map(|(item, facts)| failure(item, facts)).collect(),
        _ => facts.many(word).into_iter().map(str::to_owned).collect(),
    }
}

/// Who is governed by policies is `policy_governed`.
fn access(facts: &Facts<'_>) -> Option<String> {
    let bindings = facts.many("governed by");
    match (facts.text("access"), bindings.is_empty()) {
        (None, true) => None,
        (Some(mode), true) => Some(mode.to_owned()),
        (mode, false) => Some(format!("{} by {}", mode.unwrap_or("policy_governed"), bindings.join(", "))),
    }
}

fn failure(item: &Item, facts: &Facts<'_>) -> String {
    let kinds: Vec<&str> = facts.list("for").iter().map(|kind| kind.as_str()).collect();
    format!("{} for {} {}", item.name(), kinds.join(", "), quoted(facts.required("meaning")))
}
