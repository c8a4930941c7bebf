//! Operations that others carry out, and those who ask them.

use serde_json::{Value, json};

use super::context::Context;
use super::fields::{Field, Kind};
use super::names::Names;
use crate::random::Random;

/// Kinds that both languages write in the same way everywhere.
fn kinds() -> [Kind; 6] {
    [Kind::Text, Kind::Int, Kind::Bool, Kind::Uuid, Kind::Time, Kind::Quantity("EUR".to_owned())]
}

/// An outbound query with this input, and the step that asks it: what it answers has names of its own.
pub fn question(context: &mut Context, input: &Field, names: &mut Names, random: &mut Random) -> (Value, Vec<Field>) {
    let fields = (0..1 + random.below(3)).map(|_| Field {
        optional: random.chance(30),
        ..Field::new(names.of_field(random), random.pick(&kinds()).clone())
    });
    let answer: Vec<Field> = fields.collect();
    let (port, operation) = operation(context, input, &answer, None, random);
    (json!({ "call": { "port": port, "method": operation } }), answer)
}

/// An outbound command that is run on an event, and announces what was answered.
pub fn reaction(context: &mut Context, event: &str, input: &Field, durable: &mut Names, random: &mut Random) {
    let mut names = Names::default();
    assert!(names.take(&input.name), "it is the first");
    let answer = vec![input.clone(), Field::new(names.of_field(random), random.pick(&kinds()).clone())];
    let announced = random.chance(50).then(|| context.names.of_type(random));
    let (_, operation) = operation(context, input, &answer, announced, random);
    let consumer = json!({ "event": event, "runs": operation, "durable": durable.of_field(random) });
    context.push("/messageBus/consumers", consumer);
}

/// Port and name of an operation that others carry out: a query, or a command if it announces something or may.
fn operation(
    context: &mut Context,
    input: &Field,
    answer: &[Field],
    announced: Option<String>,
    random: &mut Random,
) -> (String, String) {
    let [operation, takes, gives, state, port, adapter] = [(); 6].map(|()| context.names.of_type(random));
    let queries = answer.iter().all(|field| field.name != input.name);
    let kind = if queries { "query" } else { "command" };
    let line = |field: &Field| {
        format!("    {}: {}{}\n", field.name, field.kind.written(), if field.optional { " optional" } else { "" })
    };
    let (key, key_kind) = (&input.name, input.kind.written());
    let mut sea = format!("Entity \"{state}\" {{\n    key {key}: {key_kind}\n}}\n");
    sea += &format!("record {takes} {{\n{}}}\n", line(input));
    sea += &format!("record {gives} {{\n{}}}\n", answer.iter().map(line).collect::<String>());
    let mut emits = String::new();
    if let Some(event) = &announced {
        sea += &format!("record {event} {{\n{}}}\n", answer.iter().map(line).collect::<String>());
        emits = format!("    emits {event}\n");
        let subject = format!("{}.{}", context.slug, event.to_lowercase());
        context.push("/messageBus/routes", json!({ "event": event, "subject": subject, "external": true }));
        context.flows.push(("event", event.clone()));
    }
    let (effect, transaction, concurrency) = match queries {
        true => ("reads", "read_only", "read_snapshot".to_owned()),
        false => ("creates", "single_aggregate", format!("unique_key {key}")),
    };
    let idempotency = match queries || random.chance(40) {
        true => "inherent".to_owned(),
        false => format!("keyed_by {key}"),
    };
    sea += &format!(
        "operation {operation} {{\n    intent \"Do it \\\"there\\\"\"\n    direction outbound\n    actor anonymous\n    \
         access public\n    input {takes}\n    output {gives}\n    state {state}\n    effect {effect} {state}\n    \
         transaction {transaction}\n    failure wrong for input_validation \"wrong\"\n    \
         failure missing for missing_state \"missing\"\n    failure taken for concurrency_conflict \"taken\"\n    \
         failure other for idempotency_conflict \"other\"\n    failure down for dependency \"down\"\n{emits}    \
         idempotency {idempotency}\n    concurrency {concurrency}\n    evidence operation_trace\n    \
         lifecycle synchronous_request_response\n}}\n"
    );
    context.sea += &sea;
    context.flows.push((kind, operation.clone()));
    context.push("/ports/outbound", json!({ "name": port, "operations": [operation] }));
    let adapter = match random.below(3) {
        0 => json!({ "name": adapter, "implements": port, "kind": "custom" }),
        1 => json!({ "name": adapter, "implements": port, "kind": "http" }),
        _ => {
            let http = json!({ "timeout": "250ms", "retry": { "max": random.below(4), "backoff": ["5ms", "1s"] } });
            json!({ "name": adapter, "implements": port, "kind": "http", "http": http })
        }
    };
    context.push("/adapters", adapter);
    (port, operation)
}
