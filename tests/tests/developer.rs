//! The developer corpus: what GitHub, GitLab, Okta, Jenkins, Tekton and CDEvents really send goes in at the front door of a
//! node, and the evidence says what the payload says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use seac_tests::http::{Answer, Call};
use seac_tests::node::{Node, Place};
use seac_tests::webhook::SECRET;
use serde_json::{Value, json};

fn corpus(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/developer").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn node() -> (Place, Node) {
    let place = Place::new();
    let node = place.start();
    (place, node)
}

/// What became of each, in the order in which it came.
fn entries(place: &Place) -> Vec<Value> {
    place.ledger()
}

fn text<'v>(value: &'v Value, what: &str) -> &'v str {
    value.as_str().unwrap_or_else(|| panic!("{what} is no text: {value}"))
}

/// The outcome that a conclusion is.
fn outcome(conclusion: &Value) -> &'static str {
    match conclusion.as_str() {
        None => "unknown",
        Some("success" | "neutral" | "skipped") => "success",
        Some(_) => "failure",
    }
}

// covers: SDS-003/github/ping, SDS-003/github/pull_request_review, SDS-003/github/issues, SDS-003/github/release
// covers: SDS-003/github/status, SDS-003/github/check_run, SDS-003/github/check_suite, SDS-003/github/workflow_job
// covers: SDS-003/github/deployment, SDS-003/github/deployment_status
#[test]
fn every_event_family_of_github_says_what_its_payload_says() {
    let (place, node) = node();
    let corpus = corpus("github.jsonl");
    for delivery in &corpus {
        let (name, event) = (text(&delivery["name"], "name"), text(&delivery["event"], "event"));
        let answer = node.delivery(event, name, delivery["body"].to_string().as_bytes()).send().with(200);
        assert_eq!(answer["status"], "recorded", "{name}: {answer}");
    }
    let entries = entries(&place);
    assert_eq!(entries.len(), corpus.len());
    let mut families = BTreeSet::new();
    for (delivery, entry) in corpus.iter().zip(&entries) {
        let (name, facts) = (text(&delivery["name"], "name"), &delivery["facts"]);
        let event = text(&delivery["event"], "event");
        families.insert(event);
        assert_eq!(entry["source_event_id"], name);
        let payload = &entry["payload"];
        // What is large is a blob, and looked at by the digest.
        if entry["payload_location"] == "blob" {
            continue;
        }
        let attributes = &payload["attributes"];
        assert_eq!(payload["actor"]["display"], facts["sender"], "{name}");
        for (fact, value) in facts.as_object().expect("facts") {
            let own = attributes.get(fact).filter(|_| !(event == "pull_request_review" && fact == "state"));
            // An empty name is no fact of the payload, but of its being shortened.
            if let Some(own) = own.filter(|_| !value.is_null()) {
                assert_eq!(own, value, "{fact} of {name}");
            }
        }
        let repository = facts["repository"].as_str().unwrap_or_default();
        let told = format!("{} {}", entry["subject"]["id"], attributes["repository"]);
        assert!(told.contains(repository), "{name}: {told}");
        if facts.get("conclusion").is_some() || event == "workflow_job" || event == "workflow_run" {
            assert_eq!(entry["outcome"], outcome(&facts["conclusion"]), "{name}");
        }
    }
    assert_eq!(families.len(), 13, "{families:?}");
    place.verifies();
}

fn posted(node: &Node, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let call = node.post(path).header("Content-Type", "application/json");
    let call = headers.iter().fold(call, |call: Call, (name, value)| call.header(name, *value));
    call.body(body.to_string()).send()
}

// covers: SDS-003/gitlab/push, SDS-003/gitlab/tag_push, SDS-003/gitlab/merge_request, SDS-003/gitlab/pipeline
// covers: SDS-003/gitlab/build, SDS-003/gitlab/deployment, SDS-003/gitlab/release
#[test]
fn deliveries_of_gitlab_say_what_their_payload_says() {
    let (place, node) = node();
    let corpus = corpus("gitlab.jsonl");
    for delivery in &corpus {
        let name = text(&delivery["name"], "name");
        let headers = [("X-Gitlab-Token", SECRET), ("Idempotency-Key", name)];
        let answer = posted(&node, "/ingest/gitlab", &headers, &delivery["body"]).with(200);
        assert_eq!(answer["status"], "recorded", "{name}: {answer}");
    }
    for (delivery, entry) in corpus.iter().zip(entries(&place)) {
        let (name, facts) = (text(&delivery["name"], "name"), &delivery["facts"]);
        let (payload, attributes) = (&entry["payload"], &entry["payload"]["attributes"]);
        if let Some(user) = facts["user"].as_str() {
            assert_eq!(payload["actor"]["display"], user, "{name}");
        }
        for fact in ["ref", "status", "action", "state"] {
            if let (Some(own), Some(value)) = (attributes.get(fact), facts.get(fact)) {
                assert_eq!(own, value, "{fact} of {name}");
            }
        }
        let status = facts["status"].as_str();
        let ended = ["pipeline", "build", "deployment"].contains(&text(&delivery["event"], "event"));
        if let Some(status) = status.filter(|_| ended) {
            let wanted = if status == "success" { "success" } else { "unknown" };
            assert_eq!(entry["outcome"], wanted, "{name}");
        }
        if let Some(project) = facts["project"].as_str() {
            let told = format!("{} {}", entry["subject"]["id"], attributes["project"]);
            assert!(told.contains(project), "{name}: {told}");
        }
        assert!(!entry.to_string().contains("@example.com\""), "{name} keeps an address");
    }
    let headers = [("X-Gitlab-Token", "not the token"), ("Idempotency-Key", "forged")];
    posted(&node, "/ingest/gitlab", &headers, &corpus[0]["body"]).problem(401, "signature_rejected");
    place.verifies();
}

// covers: SDS-003/ci/ci.job, SDS-003/ci/ci.taskrun, SDS-003/ci/ci.pipelinerun_event, SDS-003/ci/ci.taskrun_event
// covers: SDS-003/ci/ci.build, SDS-003/ci/ci.artifact, SDS-003/ci/scm.change
#[test]
fn cloudevents_of_jenkins_tekton_and_cdevents_are_read_in_binary_and_structured_mode() {
    let (place, node) = node();
    let (corpus, bearer) = (corpus("ci.jsonl"), format!("Bearer {SECRET}"));
    for event in &corpus {
        let name = text(&event["name"], "name");
        let own: Vec<(&str, &str)> = event["headers"]
            .as_object()
            .expect("headers")
            .iter()
            .map(|(name, value)| (name.as_str(), text(value, name)))
            .collect();
        let headers = [&own[..], &[("Authorization", bearer.as_str())]].concat();
        let answer = posted(&node, "/ingest/ci", &headers, &event["body"]).with(200);
        assert_eq!(answer["events"][0]["status"], "recorded", "{name}: {answer}");
        // The same event in structured mode is the same event.
        let mut structured = json!({"datacontenttype": "application/json", "data": event["body"]});
        for (name, value) in
            own.iter().filter_map(|(name, value)| Some((name.to_lowercase().strip_prefix("ce-")?.to_owned(), value)))
        {
            structured[name] = json!(value);
        }
        let call = node.post("/ingest/ci").header("Content-Type", "application/cloudevents+json");
        let again = call.header("Authorization", bearer.as_str()).body(structured.to_string()).send().with(200);
        assert_eq!(again["events"][0]["status"], "duplicate", "{name}: {again}");
    }
    let entries = entries(&place);
    assert_eq!(entries.len(), corpus.len());
    for (event, entry) in corpus.iter().zip(&entries) {
        let (name, body) = (text(&event["name"], "name"), &event["body"]);
        let wanted = match name.split('-').next() {
            Some("cdevents") => body["subject"]["id"].clone(),
            Some("jenkins") => json!(format!("{}#{}", text(&body["name"], "name"), body["build"]["number"])),
            _ => json!("default/curl-run-6gplk"),
        };
        assert_eq!(entry["subject"]["id"], wanted, "{name}");
        if let Some(outcome) = body["subject"]["content"]["outcome"].as_str() {
            assert_eq!(entry["outcome"], outcome, "{name}");
        }
    }
    assert_eq!(entries[1]["outcome"], "success", "the second of Jenkins is a build that was completed");
    posted(&node, "/ingest/ci", &[("Authorization", SECRET)], &json!({})).problem(401, "signature_rejected");
    place.verifies();
}

// covers: SDS-003/okta/idp.system, SDS-003/okta/idp.session
#[test]
fn an_event_hook_of_okta_is_verified_and_its_events_are_read_one_by_one() {
    let (place, node) = node();
    let asked = node.get("/ingest/okta").header("X-Okta-Verification-Challenge", "one-time").send();
    assert_eq!(asked.with(200), json!({"verification": "one-time"}));
    let events: Vec<Value> = corpus("okta.jsonl").into_iter().map(|event| event["body"].clone()).collect();
    let hook = json!({"eventType": "com.okta.event_hook", "data": {"events": events}});
    let answer = posted(&node, "/ingest/okta", &[("Authorization", SECRET)], &hook).with(200);
    let said: Vec<&str> =
        answer["events"].as_array().expect("events").iter().map(|event| text(&event["status"], "status")).collect();
    let (recorded, duplicate, unclassified) = ("recorded", "duplicate", "unclassified");
    // Three of them have one id. Those in another spelling have no type that Okta has, one of them not even an id.
    assert_eq!(
        said,
        [
            recorded,
            duplicate,
            duplicate,
            unclassified,
            duplicate,
            recorded,
            recorded,
            duplicate,
            unclassified,
            unclassified,
            "quarantined",
            unclassified
        ]
    );
    let entries = entries(&place);
    let types: Vec<&str> =
        entries.iter().map(|entry| text(&entry["type"], "type")).filter(|ty| ty.starts_with("idp.")).collect();
    assert_eq!(types, ["idp.privilege", "idp.system", "idp.session"]);
    assert_eq!(entries[0]["occurred_at"], "2020-11-25T21:27:03.496000Z");
    assert_eq!(entries[0]["payload"]["body"]["actor"]["alternateId"], "[redacted]");
    posted(&node, "/ingest/okta", &[("Authorization", "Bearer no")], &hook).problem(401, "signature_rejected");
    place.verifies();
}
