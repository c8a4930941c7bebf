//! Webhooks: believed only when signed, stored only redacted, counted only once.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod toy;

use axum::body::Body;
use axum::http::Request;
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::canonical::Digest;
use kernel::cell::Node;
use kernel::connector::{Actor, Format, SecretRef, Spot, Verify, Webhook, extract};
use kernel::ledger::{self, Entry, Outcome};
use kernel::prelude::*;
use kernel::serde_json::{self, Value as Json, json};
use toy::{Answer, config, count, entries, send};

const SECRET: &[u8] = b"It's a Secret to Everybody";

fn parse(delivery: &Delivery) -> Parsed {
    match delivery.event_type.as_str() {
        "push" => Parsed::from_result(push(delivery)),
        "explode" => panic!("parsers should not, but may"),
        _ => Parsed::Unclassified,
    }
}

/// As the compiler emits it from a mapping.
fn push(delivery: &Delivery) -> Result<EvidenceEvent, String> {
    use extract::{attributes, coalesce, pointer, text, time};
    let body = &delivery.body;
    Ok(EvidenceEvent {
        event_type: "scm.push".to_owned(),
        occurred_at: time(coalesce([pointer(body, "/head_commit/timestamp"), pointer(body, "/repository/pushed_at")]))
            .ok_or("no time at /head_commit/timestamp or /repository/pushed_at")?,
        actor: text(pointer(body, "/sender/id")).map(|id| Actor {
            id,
            kind: "user".to_owned(),
            display: text(pointer(body, "/sender/login")),
        }),
        subject: Subject::new(
            "repository",
            text(pointer(body, "/repository/full_name")).ok_or("no /repository/full_name")?,
        ),
        action: None,
        outcome: Outcome::Success,
        controls: vec!["CM-3".to_owned()],
        attributes: attributes([("ref", pointer(body, "/ref")), ("mail", pointer(body, "/pusher/email"))]),
    })
}

async fn open(dir: &std::path::Path, secret: bool) -> Node {
    let path = dir.join("webhook.secret");
    if secret {
        std::fs::write(&path, [SECRET, b"\n"].concat()).unwrap();
    }
    let connector = Connector {
        name: "github",
        context: "evidence",
        webhook: Some(Webhook {
            path: "/ingest/github",
            verify: Verify::HmacSha256 {
                header: "X-Hub-Signature-256",
                prefix: "sha256=",
                secret: SecretRef::File(Box::leak(path.display().to_string().into_boxed_str())),
            },
            format: Format::Declared {
                items: None,
                delivery_id: Spot::Header("X-GitHub-Delivery"),
                event_type: Spot::Header("X-GitHub-Event"),
            },
            challenge: None,
        }),
        poll: None,
        redact: &["/pusher/email", "/commits/*/author/email"],
        parser: "evidence.github/1",
        parse,
    };
    Cell::new("m").module(Module::new("evidence").connector(connector)).open(&config(dir)).await.unwrap()
}

fn sign(body: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET).unwrap();
    mac.update(body);
    let digits: Vec<String> = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={}", digits.concat())
}

async fn deliver(node: &Node, id: &str, event: &str, signature: Option<&str>, body: &[u8]) -> Answer {
    let mut request = Request::post("/ingest/github").header("X-GitHub-Event", event);
    if !id.is_empty() {
        request = request.header("X-GitHub-Delivery", id);
    }
    if let Some(signature) = signature {
        request = request.header("X-Hub-Signature-256", signature);
    }
    send(node, request.body(Body::from(body.to_vec())).unwrap()).await
}

async fn signed(node: &Node, id: &str, event: &str, body: &[u8]) -> Answer {
    deliver(node, id, event, Some(&sign(body)), body).await
}

fn push_body() -> Vec<u8> {
    let body = json!({
        "ref": "refs/heads/main",
        "head_commit": {"timestamp": "2026-11-22T10:30:00+01:00"},
        "sender": {"id": 9_007_199_254_740_993_u64, "login": "octocat"},
        "pusher": {"email": "octocat@example.org"},
        "commits": [{"author": {"email": "a@example.org"}}],
        "repository": {"full_name": "octo/cat"}
    });
    serde_json::to_vec_pretty(&body).unwrap()
}

async fn last(node: &Node) -> (Entry, Json) {
    let entry = entries(node).await.pop().unwrap();
    let payload = ledger::payload(&*node.services().blobs, &entry).await.unwrap();
    (entry, payload)
}

#[tokio::test]
async fn a_signed_delivery_becomes_one_redacted_entry() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path(), true).await;
    let body = push_body();
    let answer = signed(&node, "d-1", "push", &body).await;
    assert_eq!((answer.status.as_u16(), &answer.body), (200, &json!({"sequence": 1, "status": "recorded"})));
    let (entry, payload) = last(&node).await;
    assert_eq!((entry.source.as_str(), entry.source_event_id.as_str()), ("evidence.github", "d-1"));
    assert_eq!((entry.event_type.as_str(), entry.actor.as_str()), ("scm.push", "9007199254740993"));
    assert_eq!(entry.occurred_at.to_string(), "2026-11-22T09:30:00.000000Z");
    assert_eq!(
        (entry.subject.clone(), entry.parser.as_deref()),
        (Subject::new("repository", "octo/cat"), Some("evidence.github/1"))
    );
    assert_eq!(entry.controls, ["CM-3"]);
    assert_eq!(payload["body_sha256"], Digest::of(&body).to_hex());
    assert_eq!(payload["attributes"], json!({"ref": "refs/heads/main", "mail": "[redacted]"}));
    assert!(!payload.to_string().contains("example.org"), "{payload}");
    let again = signed(&node, "d-1", "push", &body).await;
    assert_eq!((again.status.as_u16(), &again.body), (200, &json!({"sequence": 1, "status": "duplicate"})));
    assert_eq!(entries(&node).await.len(), 1);
    node.shutdown().await;
}

#[tokio::test]
async fn nothing_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path(), true).await;
    let answer = signed(&node, "d-1", "star", b"{\"action\":\"created\"}").await;
    assert_eq!(answer.body["status"], "unclassified");
    let (entry, payload) = last(&node).await;
    assert_eq!((entry.event_type.as_str(), entry.source_event_id.as_str()), ("unclassified", "d-1"));
    assert_eq!((&payload["event_type"], &payload["body"]["action"]), (&json!("star"), &json!("created")));

    let cases: [(&str, &str, &[u8], &str); 4] = [
        ("d-2", "push", b"not json \xff", "not JSON"),
        ("d-3", "push", br#"{"pusher":{"email":"octocat@example.org"}}"#, "no time"),
        ("d-4", "explode", b"{}", "the parser failed"),
        ("", "push", b"{}", "no usable X-GitHub-Delivery header"),
    ];
    for (index, (id, event, body, reason)) in cases.into_iter().enumerate() {
        let answer = signed(&node, id, event, body).await;
        assert_eq!((answer.status.as_u16(), &answer.body["status"]), (202, &json!("quarantined")), "{id}");
        let (entry, payload) = last(&node).await;
        assert_eq!((entry.event_type.as_str(), entry.outcome), ("connector.quarantined", Outcome::Rejected));
        assert!(payload["reason"].as_str().unwrap().contains(reason), "{payload}");
        assert_eq!(count(&node, "quarantine").await, index as u64 + 1);
    }
    let kept = node
        .services()
        .store
        .read(|tx| Box::pin(async move { tx.query("SELECT body FROM quarantine ORDER BY id", &[]).await }));
    let kept: Vec<Bytes> =
        kept.await.map_err(|e: StoreError| e).unwrap().iter().map(|row| row.at(0).unwrap()).collect();
    assert_eq!(kept[0].as_slice(), b"not json \xff");
    assert_eq!(kept[1].as_slice(), br#"{"pusher":{"email":"[redacted]"}}"#);
    let again = signed(&node, "d-2", "push", b"not json \xff").await;
    assert_eq!((again.status.as_u16(), &again.body["status"]), (200, &json!("duplicate")));
    node.shutdown().await;
}

#[tokio::test]
async fn a_forger_is_recorded_and_cannot_use_up_a_delivery_id() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path(), true).await;
    let body = push_body();
    let good = sign(&body);
    let forged = [None, Some("sha256=00"), Some(&good[7..]), Some("sha1=abc"), Some("")];
    let mut other = body.clone();
    other[5] ^= 1;
    for signature in forged {
        let answer = deliver(&node, "d-1", "push", signature, &body).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, "signature_rejected"), "{signature:?}");
    }
    assert_eq!(deliver(&node, "d-1", "push", Some(&good), &other).await.status, 401);
    let all = entries(&node).await;
    assert_eq!(all.len(), forged.len() + 1, "each attempt is on record");
    for entry in &all {
        assert_eq!((entry.source.as_str(), entry.event_type.as_str()), ("evidence.github", "connector.rejected"));
        assert_eq!((entry.source_event_id.clone(), entry.outcome), (entry.event_id.to_string(), Outcome::Denied));
        assert!(!entry.payload.inline.as_deref().unwrap().contains("octocat"));
    }
    assert_eq!(all[0].subject.id, format!("sha256:{}", Digest::of(&body)));
    assert_eq!(signed(&node, "d-1", "push", &body).await.body["status"], "recorded");
    // Upper-case digits are the same signature.
    let upper = format!("sha256={}", good[7..].to_uppercase());
    assert_eq!(deliver(&node, "d-2", "push", Some(&upper), &body).await.status, 200);
    node.shutdown().await;
}

#[tokio::test]
async fn without_a_secret_the_connector_says_so_and_the_cell_is_ready() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path(), false).await;
    let answer = signed(&node, "d-1", "push", b"{}").await;
    assert_eq!((answer.status.as_u16(), answer.code()), (503, "connector_not_configured"));
    assert_eq!(toy::get(&node, "/ready", "").await.status, 200);
    // It is read when it is needed, so it can be brought later and changed.
    std::fs::write(dir.path().join("webhook.secret"), SECRET).unwrap();
    assert_eq!(signed(&node, "d-1", "push", &push_body()).await.status, 200);
    node.shutdown().await;
}
