//! Declarations as text, before layout.

use super::application::{enumeration, fields, operation};
use super::facts::{Declared, Facts};
use crate::subject::{Item, quoted};
use std::fmt::Write as _;

/// A declaration without doc comment and `export`.
pub fn body(declared: &Declared<'_>) -> String {
    let facts = &declared.facts;
    // As the subject is written, without the number.
    let head = Item { ordinal: 1, ..declared.subject.whole.clone() }.to_string();
    match declared.subject.whole.kind.name {
        "Unit" => unit(head, facts),
        "Pattern" => format!("{head} matches {}", quoted(facts.required("regex"))),
        "enum" => enumeration(head, declared),
        "Role" => annotated(head + &domain(facts), facts),
        "Resource" => {
            let unit = facts.text("unit").map(|unit| format!(" {unit}")).unwrap_or_default();
            annotated(head + &unit + &domain(facts), facts)
        }
        "Entity" => entity(head, declared),
        "record" => format!("{head} {}", fields(declared)),
        "Relation" => relation(head, facts),
        "Flow" => flow(declared),
        "Instance" => instance(head, declared),
        "Policy" => policy(head, facts),
        "Metric" => annotated(format!("{head} as: {}", facts.required("expression")), facts),
        "operation" => operation(head, declared),
        "Mapping" | "Projection" => mapping(head, declared),
        "Dimension" | "role_binding" => head,
        // Environments and changes of concepts.
        _ => {
            let clauses = ["version", "from", "to"].into_iter().filter_map(|word| Some((word, facts.text(word)?)));
            annotated(clauses.fold(head, |head, (word, text)| format!("{head} {word} {}", quoted(text))), facts)
        }
    }
}

/// With its annotations behind it.
fn annotated(mut text: String, facts: &Facts<'_>) -> String {
    for (key, values) in facts.annotations() {
        let _ = write!(text, " {key} {values}");
    }
    text
}

fn domain(facts: &Facts<'_>) -> String {
    facts.text("domain").map(|domain| format!(" in {domain}")).unwrap_or_default()
}

fn unit(head: String, facts: &Facts<'_>) -> String {
    let (dimension, base) = (quoted(facts.required("dimension")), quoted(facts.required("base")));
    let offset = facts.text("offset").map(|offset| format!(" offset {offset}")).unwrap_or_default();
    format!("{head} of {dimension} factor {} base {base}{offset}", facts.required("factor"))
}

fn entity(mut text: String, declared: &Declared<'_>) -> String {
    let facts = &declared.facts;
    if let Some(version) = facts.text("version") {
        let _ = write!(text, " v{version}");
    }
    // A body behind a bare annotation would be its value: bare ones come first, and before all that has a value.
    let is_bare = |values: &str| values.rsplit(' ').next().is_none_or(|last| last.is_empty() || last.starts_with('@'));
    let (bare, rest): (Vec<_>, Vec<_>) = facts.annotations().partition(|(_, values)| is_bare(values));
    let mut behind = String::new();
    for (key, values) in &rest {
        let _ = write!(behind, " {key} {values}");
    }
    if let Some(name) = facts.text("replaces") {
        let _ = write!(behind, " @replaces {}", quoted(name));
        if let Some(version) = facts.text("replaced version") {
            let _ = write!(behind, " v{version}");
        }
    }
    let has_body = facts.has("typed") || !declared.parts("field").is_empty();
    let domain = domain(facts);
    // No changes say nothing; they keep bare annotation and body apart, if nothing else does.
    let is_apart = bare.is_empty() || !behind.is_empty() || !domain.is_empty();
    if facts.has("changes") || has_body && !is_apart {
        let _ = write!(behind, " @changes {}", names(facts.list("changes").iter().map(|text| text.as_str())));
    }
    for (key, values) in bare {
        let _ = write!(text, " {key} {values}");
    }
    text += &behind;
    text += &domain;
    if has_body { format!("{text} {}", fields(declared)) } else { text }
}

/// `["a", "b"]`.
fn names<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", texts.map(quoted).collect::<Vec<_>>().join(", "))
}

fn relation(head: String, facts: &Facts<'_>) -> String {
    let [subject, predicate, object] = ["subject", "predicate", "object"].map(|word| quoted(facts.required(word)));
    let via = facts.text("via").map(|via| format!(" via: flow {}", quoted(via))).unwrap_or_default();
    format!("{head} subject: {subject} predicate: {predicate} object: {object}{via}")
}

/// Annotations stand in front of the ends.
fn flow(declared: &Declared<'_>) -> String {
    let [resource, from, to] = declared.subject.whole.names.as_slice() else { return String::new() };
    let head = annotated(format!("Flow {}", quoted(resource)), &declared.facts);
    let quantity = declared.facts.text("quantity").map(|text| format!(" quantity {text}")).unwrap_or_default();
    format!("{head} from {} to {}{quantity}", quoted(from), quoted(to))
}

fn instance(head: String, declared: &Declared<'_>) -> String {
    let head = format!("{head} of {}", quoted(declared.facts.required("of")));
    let value = |(item, facts): (&Item, &Facts<'_>)| format!("{}: {}", item.name(), facts.required("is"));
    let values: Vec<String> = declared.parts("value").into_iter().map(value).collect();
    if values.is_empty() { head } else { format!("{head} {{ {} }}", values.join(", ")) }
}

fn policy(mut text: String, facts: &Facts<'_>) -> String {
    let [kind, modality, priority] = ["kind", "modality", "priority"].map(|word| facts.text(word));
    if kind.or(modality).or(priority).is_some() {
        let (kind, modality) = (kind.unwrap_or("Constraint"), modality.unwrap_or("Obligation"));
        let _ = write!(text, " per {kind} {modality} priority {}", priority.unwrap_or("0"));
    }
    if let Some(rationale) = facts.text("rationale") {
        let _ = write!(text, " @rationale {}", quoted(rationale));
    }
    let tags = facts.many("tag");
    if !tags.is_empty() {
        let _ = write!(text, " @tags {}", names(tags.into_iter()));
    }
    // In front of annotations, which a version could be the value of.
    if let Some(version) = facts.text("version") {
        let _ = write!(text, " v{version}");
    }
    let text = annotated(text, facts);
    format!("{text} as: {}", facts.required("expression"))
}

fn mapping(head: String, declared: &Declared<'_>) -> String {
    let mut text = format!("{head} for {} {{\n", declared.facts.required("for"));
    for (item, facts) in declared.parts("rule") {
        let [kind, name] = item.names.as_slice() else { continue };
        let to = facts.text("to").map(|to| format!(" -> {to}")).unwrap_or_default();
        let entry = |(key, value): (&str, &str)| format!("{}: {value}", key.trim_start_matches('@'));
        let entries: Vec<String> = facts.annotations().map(entry).collect();
        let _ = writeln!(text, "{kind} {}{to} {{ {} }}", quoted(name), entries.join(", "));
    }
    text + "}"
}
