//! Connectors: how deliveries from outside become evidence.

use serde_json::{Value, json};

use super::context::Context;
use super::names::Names;
use crate::random::Random;

/// Adds a connector that reads webhooks.
pub fn add(context: &mut Context, random: &mut Random) {
    let mut names = Names::default();
    let name = names.of_field(random);
    let cases: Vec<Value> = (0..1 + random.below(4)).map(|number| case(number, random)).collect();
    let secret = random.pick(&["env:A_SECRET", "file:secrets/a b.txt"]);
    let connector = json!({
        "name": name,
        "transport": { "webhook": {
            "path": format!("/ingest/{}", context.slug),
            "verify": { "hmacSha256": { "header": "X-Signature", "prefix": "sha256=\"", "secret": secret } },
            "deliveryId": "header:X-Delivery", "eventType": "header:X-Event",
        } },
        "redact": ["/pusher/email", "/commits/*/author/e~1m~0ail", "/\"{}"],
        "parse": cases,
        "otherwise": "unclassified",
    });
    context.push("/connectors", connector);
}

fn case(number: u64, random: &mut Random) -> Value {
    let mut names = Names::default();
    let attributes: serde_json::Map<String, Value> =
        (0..random.below(5)).map(|_| (names.of_field(random), extract(2, random))).collect();
    let mut when = json!({ "eventType": format!("push \"{number}\"") });
    if random.chance(40) {
        when["/action"] = random.pick(&[json!("completed"), json!(true), json!(3), json!(0.5)]).clone();
    }
    let mut event = json!({
        "type": format!("type.{number}"),
        "actor": { "id": extract(1, random), "type": "user" },
        "subject": { "id": extract(2, random), "type": "it\"em", "display": extract(1, random) },
        "outcome": extract(1, random),
        "controls": ["CM-3", "SA-11"],
        "attributes": attributes,
    });
    if random.chance(60) {
        event["occurredAt"] = extract(1, random);
    }
    json!({ "when": when, "event": event })
}

fn extract(depth: u64, random: &mut Random) -> Value {
    let kinds = if depth == 0 { 2 } else { 5 };
    let inner = |random: &mut Random| extract(depth.saturating_sub(1), random);
    match random.below(kinds) {
        0 => (*random.pick(&["/a/b", "/type/self", "/x~1y/0", "/\"{}"])).into(),
        1 => json!({ "const": random.pick(&["success", "it's \"{x}\""]) }),
        2 => json!({ "coalesce": [inner(random), inner(random)] }),
        3 => json!({ "join": [inner(random), inner(random)], "with": "#\"" }),
        _ => {
            json!({ "map": { "from": inner(random), "cases": { "a\"": "success", "b": "failure" }, "default": "failure" } })
        }
    }
}
