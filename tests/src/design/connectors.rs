//! Connectors: how deliveries from outside become evidence.

use serde_json::{Value, json};

use super::context::Context;
use super::names::Names;
use crate::random::Random;

/// Adds a connector: a webhook, a poller, or both.
pub fn add(context: &mut Context, random: &mut Random) {
    let mut names = Names::default();
    let name = names.of_field(random);
    let cases: Vec<Value> = (0..1 + random.below(4)).map(|number| case(number, random)).collect();
    let mut transport = json!({});
    if random.chance(70) {
        transport["webhook"] = webhook(&context.slug, random);
    }
    if transport["webhook"].is_null() || random.chance(40) {
        transport["poll"] = poll(random);
    }
    let connector = json!({
        "name": name,
        "transport": transport,
        "redact": ["/pusher/email", "/commits/*/author/e~1m~0ail", "/\"{}"],
        "parse": cases,
        "otherwise": "unclassified",
        // What nobody maps is unclassified whatever it says; what is no JSON is malformed.
        "examples": [
            { "name": "it's \"other\" {}", "eventType": "of no case", "body": "{\"a\": \"\\u00e9'#\"}", "becomes": "unclassified" },
            { "name": "torn", "eventType": "any", "body": "{", "becomes": "quarantined" },
        ],
    });
    context.push("/connectors", connector);
}

fn secret(random: &mut Random) -> Value {
    (*random.pick(&["env:A_SECRET", "file:secrets/a b.txt"])).into()
}

fn webhook(slug: &str, random: &mut Random) -> Value {
    let verify = match random.below(2) {
        0 => json!({ "hmacSha256": { "header": "X-Signature", "prefix": "sha256=\"", "secret": secret(random) } }),
        _ => json!({ "token": { "header": "Authorization", "prefix": "Bearer \"", "secret": secret(random) } }),
    };
    let mut webhook = json!({ "path": format!("/ingest/{slug}"), "verify": verify });
    if random.chance(30) {
        webhook["envelope"] = "cloudEvents".into();
    } else {
        webhook["deliveryId"] = (*random.pick(&["header:X-Delivery", "/id~1\"{}"])).into();
        webhook["eventType"] = (*random.pick(&["header:X-Event", "/type"])).into();
        if random.chance(30) {
            webhook["items"] = "/data/\"events\"".into();
        }
    }
    if random.chance(30) {
        webhook["challenge"] = json!({ "header": "X-Challenge", "member": "a \"member\"" });
    }
    webhook
}

fn poll(random: &mut Random) -> Value {
    let mut poll = json!({
        "address": secret(random), "path": "/api/\"v1\"", "query": { "limit": 100, "all": true, "sort": "a&b" },
        "auth": { "header": "Authorization", "prefix": "SSWS ", "secret": secret(random) },
        "every": "5m", "deliveryId": "/uuid", "eventType": "/type", "time": "/at",
    });
    if random.chance(50) {
        poll["next"] = random.pick(&[json!("link"), json!({ "at": "/meta/next", "parameter": "cur\"sor" })]).clone();
    }
    if random.chance(50) {
        poll["order"] = "newestFirst".into();
        poll["since"] = json!({ "lookback": "3d", "overlap": "10m" });
        poll["detail"] = json!({ "by": "/id", "body": "/request/payload" });
    }
    if random.chance(30) {
        poll["total"] = (*random.pick(&["header:X-Total", "/total"])).into();
        poll["items"] = "/data/items".into();
    }
    poll
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
