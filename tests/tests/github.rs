//! Deliveries of GitHub, as GitHub sends them, become evidence: once, redacted, and only with a true signature.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use seac_tests::database::Database;
use seac_tests::files;
use seac_tests::node::{Node, Place, node_command};
use seac_tests::orders::evidence;
use seac_tests::webhook::{SECRET, signature};
use serde_json::{Value, json};

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/github").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn facts(name: &str) -> Value {
    let all: Value = serde_json::from_slice(&fixture("expected-facts.json")).expect("JSON");
    assert!(all[name].is_object(), "no facts about {name}");
    all[name].clone()
}

fn node() -> (Place, Node) {
    let place = Place::new();
    let node = place.start();
    (place, node)
}

/// Sends a fixture and returns its entry.
#[track_caller]
fn recorded(place: &Place, node: &Node, event: &str, name: &str) -> Value {
    let answer = node.delivery(event, name, &fixture(name)).send().with(200);
    assert_eq!(answer["status"], "recorded", "{answer}");
    let entry = only(place, name);
    assert_eq!(entry["sequence"], answer["sequence"]);
    entry
}

/// The one entry of the delivery with this id.
#[track_caller]
fn only(place: &Place, delivery: &str) -> Value {
    let ledger = place.ledger();
    let found: Vec<_> = ledger.iter().filter(|entry| entry["source_event_id"] == delivery).collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["source"], "evidence.github");
    found[0].clone()
}

/// Every value of a member called `email`, at any depth.
fn emails(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Object(members) => {
            let own = members.get("email").and_then(Value::as_str).map(str::to_owned);
            members.values().flat_map(emails).chain(own).collect()
        }
        Value::Array(items) => items.iter().flat_map(emails).collect(),
        _ => BTreeSet::new(),
    }
}

/// Asserts that none of these texts is in any table or any file of the node.
#[track_caller]
fn kept_nowhere(place: &Place, texts: &BTreeSet<String>) {
    assert!(!texts.is_empty(), "there is something to look for");
    let database = Database::read(&place.database());
    for table in database.column("SELECT name FROM sqlite_schema WHERE type = 'table'") {
        for row in database.rows(&format!("SELECT * FROM \"{table}\"")) {
            let found = texts.iter().find(|text| row.iter().any(|value| value.contains(text.as_str())));
            assert_eq!(found, None, "in a row of {table}");
        }
    }
    for (path, bytes) in files::tree(&place.data()) {
        let found = texts.iter().find(|text| !files::occurrences(&bytes, text.as_bytes()).is_empty());
        assert_eq!(found, None, "in {path}");
    }
}

// covers: SDS-003/github/push
#[test]
fn a_push_becomes_one_evidence_event_with_its_facts() {
    let (place, node) = node();
    for name in ["push.json", "push.tag-deleted.json"] {
        let (facts, entry) = (facts(name), recorded(&place, &node, "push", name));
        assert_eq!((&entry["type"], &entry["outcome"]), (&json!("scm.push"), &json!("success")));
        assert_eq!(entry["subject"], json!({"type": "repository", "id": facts["repository"]}));
        assert_eq!(entry["controls"], json!(["CM-3"]));
        let payload = &entry["payload"];
        assert_eq!(payload["actor"]["display"], facts["sender"]);
        assert_eq!(entry["actor"], payload["actor"]["id"]);
        for fact in ["ref", "before", "after", "forced", "created", "deleted"] {
            assert_eq!(payload["attributes"][fact], facts[fact], "{fact} of {name}");
        }
    }
    place.verifies();
}

// covers: SDS-003/github/pull_request
#[test]
fn a_pull_request_becomes_one_evidence_event_with_its_facts() {
    let (place, node) = node();
    let name = "pull_request.opened.json";
    let (facts, entry) = (facts(name), recorded(&place, &node, "pull_request", name));
    assert_eq!((&entry["type"], &entry["action"]), (&json!("scm.pull_request"), &facts["action"]));
    let subject = format!("{}#{}", facts["repository"].as_str().expect("a text"), facts["number"]);
    assert_eq!(entry["subject"], json!({"type": "pull_request", "id": subject}));
    assert_eq!(entry["controls"], json!(["CM-3", "CM-5"]));
    assert_eq!(entry["occurred_at"], "2019-05-15T15:20:33.000000Z");
    let attributes = &entry["payload"]["attributes"];
    for (attribute, fact) in
        [("action", "action"), ("state", "state"), ("merged", "merged"), ("head_sha", "head_sha"), ("base", "base_ref")]
    {
        assert_eq!(attributes[attribute], facts[fact], "{attribute}");
    }
    assert_eq!(entry["payload"]["actor"]["display"], facts["sender"]);
}

// covers: SDS-003/github/workflow_run
#[test]
fn a_workflow_run_becomes_one_evidence_event_whose_outcome_is_known_when_it_is_completed() {
    let (place, node) = node();
    let name = "workflow_run.completed.json";
    let (facts, entry) = (facts(name), recorded(&place, &node, "workflow_run", name));
    assert_eq!((&entry["type"], &entry["outcome"]), (&json!("ci.workflow_run"), &facts["conclusion"]));
    assert_eq!(entry["subject"], json!({"type": "workflow_run", "id": facts["id"].to_string()}));
    assert_eq!(entry["controls"], json!(["CM-3", "SA-11"]));
    for fact in ["repository", "name", "conclusion", "head_sha"] {
        assert_eq!(entry["payload"]["attributes"][fact], facts[fact], "{fact}");
    }
    let mut failed: Value = serde_json::from_slice(&fixture(name)).expect("JSON");
    failed["workflow_run"]["conclusion"] = json!("timed_out");
    node.delivery("workflow_run", "failed", failed.to_string().as_bytes()).send().with(200);
    assert_eq!(only(&place, "failed")["outcome"], "failure");
    let requested =
        node.delivery("workflow_run", "requested", &fixture("workflow_run.requested.json")).send().with(200);
    assert_eq!(requested["status"], "recorded");
    assert_eq!(only(&place, "requested")["outcome"], "unknown");
}

#[test]
fn a_delivery_that_is_sent_twice_is_one_evidence_event() {
    let (place, node) = node();
    let entry = recorded(&place, &node, "push", "push.json");
    let before = place.ledger();
    let again = node.delivery("push", "push.json", &fixture("push.json")).send().with(200);
    assert_eq!(again, json!({"sequence": entry["sequence"], "status": "duplicate"}));
    // The id decides, as GitHub's redeliveries have the same one.
    let again = node.delivery("push", "push.json", &fixture("push.tag-deleted.json")).send().with(200);
    assert_eq!(again["status"], "duplicate");
    assert_eq!(place.ledger(), before);
    let other = node.delivery("push", "another-id", &fixture("push.json")).send().with(200);
    assert_eq!(other["status"], "recorded");
}

#[test]
fn a_wrong_signature_is_refused_is_evidence_and_does_not_use_up_the_delivery() {
    let (place, node) = node();
    let body = fixture("push.json");
    let (wrong, right) = (signature("another secret", &body), signature(SECRET, &body));
    let malformed = [right.replace("sha256=", "sha1="), right[..right.len() - 2].to_owned(), String::new()];
    for signature in [&wrong].into_iter().chain(&malformed) {
        node.delivery_signed("push", "d-1", &body, signature).send().problem(401, "signature_rejected");
    }
    // The right signature of another body.
    node.delivery_signed("push", "d-1", &fixture("push.tag-deleted.json"), &right)
        .send()
        .problem(401, "signature_rejected");
    let ledger = place.ledger();
    let rejected: Vec<_> = ledger.iter().filter(|entry| entry["type"] == "connector.rejected").collect();
    assert_eq!(rejected.len(), 5, "one for each attempt: {ledger:#?}");
    assert_eq!(rejected.len(), ledger.len(), "nothing else was recorded: {ledger:#?}");
    for entry in rejected {
        assert_eq!((&entry["outcome"], &entry["context"]), (&json!("denied"), &json!("evidence")));
        assert!(entry["payload"]["body"].is_null(), "what nobody vouches for is not kept");
    }
    assert_eq!(recorded_as(&node, "d-1", &body), "recorded");
    only(&place, "d-1");
    place.verifies();
}

#[test]
fn nobody_takes_a_delivery_away_by_claiming_it_first() {
    let (place, node) = node();
    let carl = place.token("carl", &["evidence.Collector"]);
    node.collect(&carl, &evidence("github", "d-1", b"not what GitHub sends")).send().with(200);
    assert_eq!(recorded_as(&node, "d-1", &fixture("push.json")), "recorded");
    let sources: Vec<_> = place.ledger().into_iter().map(|entry| entry["source"].clone()).collect();
    assert_eq!(sources, ["evidence.CollectEvidence/github", "evidence.github"]);
    place.verifies();
}

fn recorded_as(node: &Node, id: &str, body: &[u8]) -> String {
    let answer = node.delivery("push", id, body).send().with(200);
    answer["status"].as_str().expect("a status").to_owned()
}

#[test]
fn a_body_that_is_no_json_lands_in_quarantine_as_it_came() {
    let (place, node) = node();
    let body = b"{\"ref\": \"refs/heads/main\"";
    let answer = node.delivery("push", "cut-off", body).send().with(202);
    assert_eq!(answer["status"], "quarantined");
    let entry = only(&place, "cut-off");
    assert_eq!((&entry["type"], &entry["outcome"]), (&json!("connector.quarantined"), &json!("rejected")));
    let reason = entry["payload"]["reason"].as_str().expect("a reason");
    assert!(reason.starts_with("not JSON: "), "{reason}");
    let row = Database::read(&place.database()).rows("SELECT connector, delivery_id, reason, body FROM quarantine");
    assert_eq!(row, [["evidence.github", "cut-off", reason, std::str::from_utf8(body).expect("UTF-8")]]);
    assert_eq!(node.delivery("push", "cut-off", body).send().with(200)["status"], "duplicate");
}

#[test]
fn a_delivery_without_what_the_mapping_needs_is_quarantined_with_the_reason() {
    let (place, node) = node();
    let mut body: Value = serde_json::from_slice(&fixture("push.json")).expect("JSON");
    body["repository"]["full_name"] = Value::Null;
    let answer = node.delivery("push", "nameless", body.to_string().as_bytes()).send().with(202);
    assert_eq!(answer["status"], "quarantined");
    assert_eq!(only(&place, "nameless")["payload"]["reason"], "scm.push: no subject");
    kept_nowhere(&place, &emails(&body));
}

#[test]
fn an_event_of_an_unknown_type_is_kept_unclassified() {
    let (place, node) = node();
    let answer = node.delivery("mystery", "issue", &fixture("issues.opened.json")).send().with(200);
    assert_eq!(answer["status"], "unclassified");
    let entry = only(&place, "issue");
    assert_eq!((&entry["type"], &entry["payload"]["event_type"]), (&json!("unclassified"), &json!("mystery")));
    assert_eq!(entry["payload"]["body"]["action"], "opened");
}

#[test]
fn redacted_addresses_are_kept_nowhere() {
    let (place, node) = node();
    let mut texts = BTreeSet::new();
    for (event, name) in [("push", "push.json"), ("workflow_run", "workflow_run.completed.json")] {
        let body = fixture(name);
        let found = emails(&serde_json::from_slice(&body).expect("JSON"));
        assert!(!found.is_empty(), "{name} has addresses");
        texts.extend(found);
        assert_eq!(node.delivery(event, name, &body).send().with(200)["status"], "recorded");
        assert_eq!(node.delivery("mystery", &format!("{name} again").replace(' ', "-"), &body).send().status, 200);
    }
    kept_nowhere(&place, &texts);
    assert!(node.stop().success());
    kept_nowhere(&place, &texts);
    let entry = only(&place, "push.json");
    assert_eq!(entry["payload"]["body"]["pusher"]["email"], "[redacted]");
}

#[test]
fn a_delivery_without_a_usable_id_is_quarantined_and_redacted() {
    let (place, node) = node();
    let body = fixture("push.json");
    for id in ["", "two words", &"x".repeat(256)] {
        let answer = node.delivery("push", id, &body).send();
        assert_eq!(answer.json()["status"], if id.is_empty() { "quarantined" } else { "duplicate" }, "{answer}");
    }
    let database = Database::read(&place.database());
    assert_eq!(database.value("SELECT reason FROM quarantine"), "no usable X-GitHub-Delivery header");
    kept_nowhere(&place, &emails(&serde_json::from_slice(&body).expect("JSON")));
}

#[test]
fn a_connector_without_a_secret_takes_nothing() {
    let place = Place::new();
    let mut command = node_command();
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(place.data());
    let node = Node::spawn(command.env_remove("GITHUB_WEBHOOK_SECRET"), place.beside("log"));
    let body = fixture("push.json");
    for signature in [signature("", &body), signature(SECRET, &body)] {
        node.delivery_signed("push", "d-1", &body, &signature).send().problem(503, "connector_not_configured");
    }
    assert_eq!(place.ledger(), Vec::<Value>::new());
}

#[test]
fn a_large_delivery_is_kept_as_a_blob_that_the_ledger_answers_for() {
    let (place, node) = node();
    let mut body: Value = serde_json::from_slice(&fixture("push.json")).expect("JSON");
    body["padding"] = json!("x".repeat(100_000));
    assert_eq!(recorded_as(&node, "large", body.to_string().as_bytes()), "recorded");
    let entry = only(&place, "large");
    assert_eq!((&entry["payload_location"], &entry["payload"]), (&json!("blob"), &Value::Null));
    assert!(node.stop().success());
    place.verifies();
    let digest = entry["payload_digest"].as_str().expect("a digest");
    let blob = place.blob(digest);
    let mut bytes = fs::read(&blob).expect("the blob is there");
    *bytes.last_mut().expect("bytes") ^= 1;
    fs::write(&blob, bytes).expect("written");
    let damaged = place.node(&["verify"]).with(1);
    assert_eq!(damaged.stdout, format!("first bad sequence: {}: blob {digest} is damaged\n", entry["sequence"]));
    fs::remove_file(&blob).expect("removed");
    let missing = place.node(&["verify"]).with(1);
    assert_eq!(missing.stdout, format!("first bad sequence: {}: blob {digest} does not exist\n", entry["sequence"]));
}
