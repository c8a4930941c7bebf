//! The pipeline through the real router and real files.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod toy;

use axum::body::Body;
use axum::http::Request;
use kernel::ledger::{self, Outcome};
use kernel::prelude::*;
use kernel::serde_json::{Value, json};
use toy::{count, entries, get, open, order, post, send, token};

const PLACE: &str = "/orders/place-order";

#[tokio::test]
async fn a_command_leaves_state_evidence_and_decision() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path()).await;
    let buyer = token(&node, "alice", &["orders.Buyer"]);
    let mut body = order("r1", "AB-1", "12.50");
    body["attachment"] = json!("aGVsbG8=");
    let answer = post(&node, PLACE, &buyer, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("ledger-sequence"), "1");
    assert_eq!(answer.body["sequence"], 1);

    let found = get(&node, "/orders/read-order?number=AB-1", &buyer).await;
    assert_eq!(found.body["amount"], json!({"amount": "12.5", "unit": "USD"}));

    let entry = &entries(&node).await[0];
    assert_eq!((entry.event_type.as_str(), entry.outcome), ("orders.placed", Outcome::Success));
    assert_eq!((entry.actor.as_str(), entry.action.as_str()), ("alice", "orders.PlaceOrder"));
    assert_eq!(entry.controls, ["AC-6", "CM-3"]);
    assert_eq!(entry.correlation_id.as_deref(), Some(answer.header("x-correlation-id")));
    let payload = ledger::payload(&*node.services().blobs, entry).await.unwrap();
    assert_eq!(payload["decision"]["outcome"], "allow");
    let asked: Vec<_> = payload["decision"]["reasons"].as_array().unwrap().iter().map(|r| &r["policy"]).collect();
    assert_eq!(asked, ["role", "orders.limit", "orders.note", "orders.trusted"]);
    assert_eq!((&payload["model"], &payload["flow"]), (&json!("model-hash"), &json!("flow:orders:place")));
    let digest: Digest = payload["data"]["attachment"].as_str().unwrap().parse().unwrap();
    assert_eq!(node.services().blobs.get(&digest).await.unwrap(), b"hello");
    node.shutdown().await;
}

#[tokio::test]
async fn the_same_call_twice_has_one_effect_and_one_answer() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path()).await;
    let (alice, bob) = (token(&node, "alice", &["orders.Buyer"]), token(&node, "bob", &["orders.Buyer"]));
    let first = post(&node, PLACE, &alice, &order("r1", "AB-1", "12.50")).await;
    // The same value in another spelling is the same input.
    let again = post(&node, PLACE, &alice, &order("r1", "AB-1", "12.5")).await;
    assert_eq!(again.body, first.body);
    assert_eq!((again.header("idempotency-replayed"), first.header("idempotency-replayed")), ("true", ""));
    assert_eq!(entries(&node).await.len(), 1);
    let other = post(&node, PLACE, &alice, &order("r1", "AB-2", "12.50")).await;
    assert_eq!((other.status.as_u16(), other.code()), (409, "other_input"));
    let stranger = post(&node, PLACE, &bob, &order("r1", "AB-1", "12.50")).await;
    assert_eq!((stranger.status.as_u16(), stranger.code()), (409, "other_input"));
    assert_eq!(count(&node, "orders_order").await, 1);
    node.shutdown().await;
}

#[tokio::test]
async fn a_stored_answer_is_only_for_callers_who_may_still_ask() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path()).await;
    let of = |roles: &[&str]| token(&node, "alice", roles);
    let body = order("r1", "AB-1", "1");
    let first = post(&node, PLACE, &of(&["orders.Buyer"]), &body).await;
    let denied = post(&node, PLACE, &of(&["orders.Auditor"]), &body).await;
    assert_eq!((denied.status.as_u16(), denied.code()), (403, "not_a_buyer"), "{}", denied.body);
    let again = post(&node, PLACE, &of(&["orders.Auditor", "orders.Buyer"]), &body).await;
    assert_eq!((&again.body, again.header("idempotency-replayed")), (&first.body, "true"));
    assert_eq!(count(&node, "orders_order").await, 1);
    node.shutdown().await;
}

#[tokio::test]
async fn answers_whose_time_is_over_are_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path()).await;
    let now = node.services().clock.now();
    let hour = std::time::Duration::from_secs(3600);
    let insert = move |number: i64, expires_at: Option<Timestamp>| {
        let values = [number.to_string().to_value(), now.to_value(), expires_at.to_value()];
        let sql = "INSERT INTO idempotency_records (operation, key, caller, input_digest, output, created_at, expires_at) \
            VALUES ('orders.PlaceOrder', $1, 'x', 'x', '{}', $2, $3)";
        (sql, values)
    };
    let over = (0..1200).map(|number| insert(number, Some(now)));
    let rows: Vec<_> = over.chain([insert(2000, Some(now.saturating_add(hour))), insert(2001, None)]).collect();
    let rows = std::sync::Arc::new(rows);
    let written = node.services().store.transact(move |tx| {
        let rows = std::sync::Arc::clone(&rows);
        Box::pin(async move {
            for (sql, values) in rows.iter() {
                tx.execute(sql, values).await?;
            }
            Ok::<_, StoreError>(())
        })
    });
    written.await.unwrap();
    // The node does so by itself, too: whoever comes first.
    kernel::operation::forget_expired(node.services()).await.unwrap();
    assert_eq!(count(&node, "idempotency_records").await, 2);
    assert_eq!(kernel::operation::forget_expired(node.services()).await.unwrap(), 0);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_with_one_key_at_the_same_time_have_one_effect() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path()).await;
    toy::race(&[&node]).await;
    node.shutdown().await;
}

#[tokio::test]
async fn every_refusal_is_recorded_with_its_code() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path()).await;
    let buyer = token(&node, "alice", &["orders.Buyer"]);
    let mallory = token(&node, "mallory", &["orders.Buyer"]);
    let auditor = token(&node, "carol", &["orders.Auditor"]);
    post(&node, PLACE, &buyer, &order("r0", "AB-1", "1")).await;
    let cases = [
        (&auditor, order("r1", "AB-2", "1"), 403, "not_a_buyer", Outcome::Denied),
        (&buyer, order("r2", "ab", "0"), 422, "invalid_order", Outcome::Rejected),
        (&buyer, order("r3", "AB-3", "10000.01"), 403, "limit_exceeded", Outcome::Denied),
        (&buyer, order("r4", "AB-4", "5000"), 403, "note_required", Outcome::Denied),
        (&mallory, order("r5", "AB-5", "1"), 403, "not_a_buyer", Outcome::Denied),
        (&buyer, order("r6", "AB-1", "1"), 409, "number_taken", Outcome::Rejected),
        (&buyer, order("r0", "AB-6", "1"), 409, "other_input", Outcome::Rejected),
    ];
    for (index, (token, body, status, code, outcome)) in cases.into_iter().enumerate() {
        let answer = post(&node, PLACE, token, &body).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{}", answer.body);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(answer.body["type"], format!("urn:problem:orders:{code}"));
        assert_eq!(answer.body["correlation_id"], answer.header("x-correlation-id"));
        let all = entries(&node).await;
        assert_eq!(all.len(), index + 2);
        let entry = all.last().unwrap();
        assert_eq!((entry.outcome, entry.action.as_str()), (outcome, "orders.PlaceOrder"));
        let payload = ledger::payload(&*node.services().blobs, entry).await.unwrap();
        assert_eq!(payload["code"], code);
        assert_eq!(payload["decision"]["outcome"] == "deny", outcome == Outcome::Denied);
    }
    let missing = get(&node, "/orders/read-order?number=XX-9", &auditor).await;
    assert_eq!((missing.status.as_u16(), missing.code()), (404, "no_such_order"));
    assert_eq!(missing.body["title"], "there is no such order");
    assert_eq!(entries(&node).await.last().unwrap().action, "orders.ReadOrder");
    assert_eq!(count(&node, "orders_order").await, 1);
    let report = ledger::verify(&node.services().store, node.services().blobs.clone()).await.unwrap();
    assert!(report.is_good(), "{report:?}");
    node.shutdown().await;
}

#[tokio::test]
async fn an_undecidable_policy_denies_and_names_the_missing_fact() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path()).await;
    let buyer = token(&node, "alice", &["orders.Buyer"]);
    let answer = post(&node, PLACE, &buyer, &order("r1", "AB-1", "5000")).await;
    assert_eq!(answer.code(), "note_required");
    assert!(answer.body["detail"].as_str().unwrap().contains("input.note"), "{}", answer.body);
    let mut body = order("r1", "AB-1", "5000");
    body["note"] = json!("approved by carol");
    // A refused call does not use up its idempotency key.
    assert_eq!(post(&node, PLACE, &buyer, &body).await.status, 200);
    node.shutdown().await;
}

#[tokio::test]
async fn violations_come_all_at_once_with_pointers() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path()).await;
    let buyer = token(&node, "alice", &["orders.Buyer"]);
    let answer = post(&node, PLACE, &buyer, &order("", "ab", "0")).await;
    let errors: Vec<_> =
        answer.body["errors"].as_array().unwrap().iter().map(|e| (&e["pointer"], &e["rule"])).collect();
    let text = |a: &'static str| Value::from(a);
    assert_eq!(
        errors,
        [
            (&text("/request_id"), &text("min_length")),
            (&text("/number"), &text("pattern")),
            (&text("/amount/amount"), &text("exclusive_min"))
        ]
    );
    node.shutdown().await;
}

#[tokio::test]
async fn operations_that_break_the_rules_leave_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path()).await;
    for how in ["forget", "panic", "panic early", "rewrite"] {
        let answer = post(&node, "/orders/misbehave", "", &json!({"how": how})).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (500, "internal_error"), "{how}: {}", answer.body);
        assert!(!answer.body.to_string().contains("secret") && answer.body.get("detail").is_none());
    }
    assert_eq!((count(&node, "orders_order").await, entries(&node).await.len()), (0, 0));
    // An event that is in the ledger already is not this operation's evidence.
    let answer = post(&node, "/orders/misbehave", "", &json!({"how": "duplicate"})).await;
    assert_eq!(answer.status, 200);
    let answer = post(&node, "/orders/misbehave", "", &json!({"how": "only duplicate"})).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (409, "idempotency_conflict"), "{}", answer.body);
    node.shutdown().await;
}

#[tokio::test]
async fn callers_must_be_known_where_a_role_is_needed() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path()).await;
    let body = order("r1", "AB-1", "1");
    let answer = post(&node, PLACE, "", &body).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code(), answer.header("www-authenticate")),
        (401, "unauthenticated", "Bearer")
    );
    assert_eq!(post(&node, PLACE, "not.a.token", &body).await.status, 401);
    let basic = Request::post(PLACE).header("authorization", "Basic eDp5").body(Body::from(body.to_string())).unwrap();
    assert_eq!(send(&node, basic).await.status, 401);
    // A bad token is an error even where none is needed.
    assert_eq!(post(&node, "/orders/misbehave", "bad", &json!({"how": ""})).await.status, 401);
    let entries = entries(&node).await;
    assert_eq!(entries.len(), 4, "each is on record, in nobody's name");
    for entry in entries {
        assert_eq!((entry.event_type.as_str(), entry.actor.as_str()), ("operation.denied", "anonymous"));
        let payload = ledger::payload(&*node.services().blobs, &entry).await.unwrap();
        assert_eq!((&payload["code"], &payload["decision"]["outcome"]), (&json!("unauthenticated"), &json!("deny")));
        assert_eq!(payload["decision"]["reasons"][0]["policy"], "authentication");
        assert!(!payload.to_string().contains("not.a.token"), "no token goes into the ledger");
    }
    node.shutdown().await;
}

#[tokio::test]
async fn what_a_caller_says_about_a_source_is_kept_apart_from_what_others_observe() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path()).await;
    assert_eq!(post(&node, "/orders/misbehave", "", &json!({"how": "duplicate"})).await.status, 200);
    let entry = &entries(&node).await[0];
    assert_eq!((entry.source.as_str(), entry.source_event_id.as_str()), ("orders.Misbehave/elsewhere", "1"));
    node.shutdown().await;
}
