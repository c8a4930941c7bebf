//! Commands and queries as operations, clause by clause, with the records they take and answer with.

use super::declaration::record;
use super::{Written, quoted};
use seac_syntax::sds::ast::{Idempotency, Operation, Text};
use std::fmt::Write as _;

/// A command: it changes state.
pub fn command(command: &Operation) -> Written {
    if verb(command)? == "reads" {
        return Err("in SEA an operation that only reads is a query");
    }
    operation(command)
}

/// A query: it reads one entity.
pub fn query(query: &Operation) -> Written {
    if query.read_model.is_some() || query.page.is_some() {
        return Err("SEA has no words for read models");
    }
    if verb(query)? != "reads" {
        return Err("in SEA an operation that changes state is a command");
    }
    operation(query)
}

/// What it does to its state: the first of its effects, which the others belong to.
fn verb(operation: &Operation) -> Result<&str, &'static str> {
    operation.effects.first().map(|(verb, _)| verb.value.as_str()).ok_or("an operation of SEA has an effect")
}

fn operation(written: &Operation) -> Written {
    let verb = verb(written)?;
    let state = written.effects.first().map_or("", |(_, entity)| entity.value.as_str());
    let name = &written.name.value;
    let intent = written.doc.as_ref().map(|doc| doc.value.trim()).filter(|doc| !doc.is_empty());
    let intent = intent.ok_or("an operation of SEA says its intent: add `doc`")?;
    if written.failures.is_empty() {
        return Err("an operation of SEA says how it fails: add `failures`");
    }
    let actor = written.actor.as_ref().map_or("anonymous", |actor| &actor.value);
    let transaction = if verb == "reads" { "read_only" } else { "single_aggregate" };
    let mut clauses = vec![
        format!("intent {}", quoted(intent)),
        "direction inbound".to_owned(),
        format!("actor {actor}"),
        access(written, actor)?,
        format!("input {name}Input"),
        format!("output {name}Output"),
        format!("state {state}"),
    ];
    clauses.extend(written.effects.iter().map(|(verb, entity)| format!("effect {} {}", verb.value, entity.value)));
    clauses.push(format!("transaction {transaction}"));
    clauses.extend(written.failures.iter().map(|failure| {
        format!("failure {} for {} {}", failure.code.value, joined(&failure.kinds), quoted(&failure.meaning.value))
    }));
    clauses.extend(written.emits.iter().map(|event| format!("emits {}", event.value)));
    clauses.push(format!("idempotency {}", idempotency(written.idempotency.as_ref(), verb)?));
    clauses.push(format!("concurrency {}", concurrency(written, verb)?));
    clauses.extend(["evidence operation_trace".to_owned(), "lifecycle synchronous_request_response".to_owned()]);
    let mut text = String::new();
    for (fields, suffix) in [(&written.input, "Input"), (&written.output, "Output")] {
        let _ = writeln!(text, "export {}", record(&format!("{name}{suffix}"), fields)?);
    }
    let _ = writeln!(text, "export operation {name} {{\n{}\n}}", clauses.join("\n"));
    Ok(text)
}

fn access(written: &Operation, actor: &str) -> Written {
    if written.policies.is_empty() {
        return Ok("access public".to_owned());
    }
    if actor == "anonymous" {
        return Err("in SEA only operations of a role are governed by policies: add `actor`");
    }
    let bindings: Vec<String> = written
        .policies
        .iter()
        .map(|bound| format!("{} at {} fails with {}", bound.policy.value, bound.at.value, bound.fails_with.value))
        .collect();
    Ok(format!("access policy_governed by {}", bindings.join(", ")))
}

fn idempotency(written: Option<&Idempotency>, verb: &str) -> Written {
    let Some(written) = written else { return Ok("inherent".to_owned()) };
    match (written.mode.value.as_str(), written.arguments.as_slice()) {
        ("inherent", _) => Ok("inherent".to_owned()),
        ("keyedBy", [field]) if written.expires_after.is_none() => Ok(format!("keyed_by {}", field.value)),
        ("keyedBy", [_]) => Err("keys of SEA are kept for ever: `expiresAfter` has no words there"),
        ("keyedBy", _) => Err("a key of SEA is one field"),
        (_, [why]) if verb == "reads" => Ok(format!("not_applicable(read_only, {})", quoted(&why.value))),
        _ => Err("in SEA idempotency is only not applicable to what reads"),
    }
}

fn concurrency(written: &Operation, verb: &str) -> Written {
    match &written.concurrency {
        Some((mode, Some(field))) if mode.value == "uniqueKey" => Ok(format!("unique_key {}", field.value)),
        Some((_, Some(field))) => Ok(format!("optimistic_version {}", field.value)),
        None if verb != "reads" => Err("an operation of SEA says how concurrent calls are told: add `concurrency`"),
        _ => Ok("read_snapshot".to_owned()),
    }
}

fn joined(words: &[Text]) -> String {
    words.iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(", ")
}
