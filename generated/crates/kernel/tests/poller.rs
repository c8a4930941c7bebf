//! Pollers: every event once, in spite of limits, failures and crashes, and a record of what was asked and received.
#![cfg(feature = "embedded")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[cfg(feature = "production")]
#[path = "servers/postgres.rs"]
#[allow(dead_code, reason = "every test binary uses another part of it")]
mod postgres;
#[path = "servers/source.rs"]
mod source;
mod toy;

use std::path::Path;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use kernel::cell::Node;
use kernel::config::Config;
use kernel::connector::{
    Challenge, Detail, Format, Next, Poll, PollAuth, SecretRef, Since, Spot, Verify, Webhook, extract,
};
use kernel::ledger::{self, Entry, Outcome};
use kernel::prelude::*;
use kernel::serde_json::{self, Value as Json, json};
use source::{Api, Instead, Source};
use toy::{config, entries, eventually, send};

const TOKEN: &str = "a-token-that-nobody-may-see";

fn parse(delivery: &Delivery) -> Parsed {
    match delivery.event_type.as_str() {
        "user.session.start" | "push" => Parsed::Event(Box::new(EvidenceEvent {
            event_type: "seen".to_owned(),
            occurred_at: delivery.received_at,
            actor: None,
            subject: Subject::new("event", &delivery.delivery_id),
            action: None,
            outcome: Outcome::Success,
            controls: Vec::new(),
            attributes: extract::attributes([("mail", extract::pointer(&delivery.body, "/actor/alternateId"))]),
        })),
        _ => Parsed::Unclassified,
    }
}

fn kept(dir: &Path, name: &str, text: &str) -> SecretRef {
    let path = dir.join(name);
    std::fs::write(&path, format!("{text}\n")).unwrap();
    SecretRef::File(Box::leak(path.display().to_string().into_boxed_str()))
}

fn connector(webhook: Option<Webhook>, poll: Poll) -> Connector {
    Connector {
        name: "source",
        context: "evidence",
        webhook,
        poll: Some(poll),
        redact: &["/actor/alternateId", "/pusher/email"],
        parser: "evidence/source@1.0.0",
        parse,
    }
}

fn okta(dir: &Path, source: &Source) -> Connector {
    let poll = Poll {
        address: kept(dir, "address", &format!("http://{}", source.address)),
        path: "/api/v1/logs",
        query: &[("limit", "2"), ("sortOrder", "ASCENDING")],
        auth: Some(PollAuth { header: "Authorization", prefix: "SSWS ", secret: kept(dir, "token", TOKEN) }),
        every: Duration::from_millis(50),
        timeout: Duration::from_millis(500),
        newest_first: false,
        items: "",
        delivery_id: "/uuid",
        event_type: "/eventType",
        time: Some("/published"),
        next: Some(Next::Link),
        since: Some(Since {
            parameter: Some("since"),
            lookback: Duration::from_secs(50 * 365 * 24 * 3600),
            overlap: Duration::ZERO,
        }),
        total: None,
        detail: None,
    };
    let webhook = Webhook {
        path: "/ingest/source",
        verify: Verify::SharedToken { header: "Authorization", prefix: "", secret: kept(dir, "hook", "hook-secret") },
        format: Format::Declared {
            items: Some("/data/events"),
            delivery_id: Spot::Pointer("/uuid"),
            event_type: Spot::Pointer("/eventType"),
        },
        challenge: Some(Challenge { header: "X-Okta-Verification-Challenge", member: "verification" }),
    };
    connector(Some(webhook), poll)
}

fn github(dir: &Path, source: &Source) -> Connector {
    let Connector { webhook, poll, .. } = okta(dir, source);
    let poll = Poll {
        address: kept(dir, "hook-address", &format!("http://{}/hook", source.address)),
        path: "/deliveries",
        query: &[("per_page", "2")],
        newest_first: true,
        delivery_id: "/guid",
        event_type: "/event",
        time: Some("/delivered_at"),
        since: Some(Since {
            parameter: None,
            lookback: Duration::from_secs(50 * 365 * 24 * 3600),
            overlap: Duration::from_secs(60),
        }),
        detail: Some(Detail { by: "/id", body: "/request/payload" }),
        ..poll.unwrap()
    };
    let webhook = Webhook {
        format: Format::Declared {
            items: None,
            delivery_id: Spot::Header("X-GitHub-Delivery"),
            event_type: Spot::Header("X-GitHub-Event"),
        },
        challenge: None,
        ..webhook.unwrap()
    };
    connector(Some(webhook), poll)
}

async fn open(config: &Config, connector: &Connector) -> Node {
    let module = Module::new("evidence").connector(connector.clone());
    Cell::new("m").module(module).open(config).await.unwrap()
}

fn ids(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| format!("event-{number}")).collect()
}

async fn of_type(node: &Node, event_type: &str) -> Vec<Entry> {
    entries(node).await.into_iter().filter(|entry| entry.event_type == event_type).collect()
}

/// The ids of the evidence, in the order of the ledger.
async fn seen(node: &Node) -> Vec<String> {
    of_type(node, "seen").await.into_iter().map(|entry| entry.source_event_id).collect()
}

async fn settled(node: &Node, wanted: usize) {
    eventually(async || seen(node).await.len() >= wanted).await;
}

/// What the rounds put on record.
async fn reports(node: &Node) -> Vec<(Outcome, Json)> {
    let mut reports = Vec::new();
    for entry in of_type(node, "connector.reconciled").await {
        let payload = ledger::payload(&*node.services().blobs, &entry).await.unwrap();
        reports.push((entry.outcome, payload));
    }
    reports
}

fn sum(reports: &[(Outcome, Json)], member: &str) -> u64 {
    reports.iter().map(|(_, report)| report[member].as_u64().unwrap()).sum()
}

async fn resumes_exactly(config: &Config, dir: &Path) {
    let source = Source::start(Api::Okta).await;
    source.happen(ids(0..5));
    let connector = okta(dir, &source);
    let node = open(config, &connector).await;
    settled(&node, 5).await;
    // What happens before a round has come to its end belongs to it.
    eventually(async || !reports(&node).await.is_empty()).await;
    source.happen(ids(5..8));
    settled(&node, 8).await;
    // It breaks in the middle of a round, after a page that is in the ledger.
    {
        let mut script = source.script();
        script.instead.push_back(Instead::With(Vec::new()));
        script.broken = Some(500);
        script.happen(ids(8..12));
    }
    settled(&node, 10).await;
    node.shutdown().await;

    source.script().broken = None;
    let before = source.script().asked.len();
    let node = open(config, &connector).await;
    settled(&node, 12).await;
    assert_eq!(source.script().asked[before], "/api/v1/logs?limit=2&after=10", "it goes on where it was");
    assert_eq!(seen(&node).await, ids(0..12), "each one once, in order");
    let asked = source.script().asked.clone();
    assert!(asked[0].starts_with("/api/v1/logs?limit=2&sortOrder=ASCENDING&since=19"), "{}", asked[0]);
    assert!(asked[0].ends_with("Z") && asked.iter().skip(1).all(|asked| asked.contains("after=")), "{asked:?}");
    let wanted = format!("SSWS {TOKEN}");
    assert!(source.script().authorization.iter().all(|given| *given == wanted));

    eventually(async || sum(&reports(&node).await, "received") == 12).await;
    let reports = reports(&node).await;
    assert!(reports.iter().all(|(outcome, _)| *outcome == Outcome::Success), "{reports:?}");
    assert_eq!((sum(&reports, "expected"), sum(&reports, "recorded"), sum(&reports, "gap")), (12, 12, 0));
    let (_, last) = reports.last().unwrap();
    assert!(last["query"].as_str().unwrap().contains("after="), "{last}");
    assert!(last["cursor"].as_str().unwrap().ends_with("after=12"), "{last}");
    assert!(last["collector"].as_str().unwrap().starts_with("kernel/"));
    let windows: Vec<_> =
        reports.iter().map(|(_, report)| (&report["window"]["from"], &report["window"]["to"])).collect();
    assert!(windows.windows(2).all(|pair| pair[0].1 == pair[1].0), "windows have no holes: {windows:?}");
    let everything =
        serde_json::to_string(&entries(&node).await.iter().map(|e| e.to_json().unwrap()).collect::<Vec<_>>());
    let everything = everything.unwrap();
    assert!(!everything.contains(TOKEN) && !everything.contains("acme.io"), "{everything}");
    node.shutdown().await;
}

#[tokio::test]
async fn a_poller_goes_on_exactly_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    resumes_exactly(&config(dir.path()), dir.path()).await;
}

#[cfg(feature = "production")]
#[tokio::test(flavor = "multi_thread")]
async fn a_poller_goes_on_exactly_where_it_was_on_postgres() {
    let server = postgres::Postgres::start();
    let (dir, url) = (tempfile::tempdir().unwrap(), server.database("cell"));
    resumes_exactly(&toy::on_postgres(dir.path(), &url), dir.path()).await;
}

async fn reconciles(config: &Config, dir: &Path) {
    let source = Source::start(Api::GitHub).await;
    source.happen(ids(0..5));
    source.script().vanished = ids(3..4);
    let connector = github(dir, &source);
    let module = |connector: Connector| Module::new("evidence").connector(connector);
    // Two come by webhook before the poller is there.
    let pushed = Connector { poll: None, ..connector.clone() };
    let node = Cell::new("m").module(module(pushed)).open(config).await.unwrap();
    for id in ["event-1", "event-4"] {
        assert_eq!(push(&node, id).await, "recorded");
    }
    node.shutdown().await;

    let node = Cell::new("m").module(module(connector)).open(config).await.unwrap();
    settled(&node, 4).await;
    eventually(async || !reports(&node).await.is_empty()).await;
    let mut found = seen(&node).await;
    found.sort();
    assert_eq!(found, ["event-0", "event-1", "event-2", "event-4"]);
    let (outcome, report) = reports(&node).await.remove(0);
    assert_eq!(outcome, Outcome::Failure, "one could not be had");
    let numbers =
        ["expected", "received", "recorded", "duplicates", "gap", "pages"].map(|name| report[name].as_u64().unwrap());
    assert_eq!(numbers, [5, 4, 2, 2, 1, 3], "{report}");
    assert_eq!(report["missing"], json!(["event-3"]));
    let details =
        source.script().asked.iter().filter(|asked| asked.contains("/deliveries/")).cloned().collect::<Vec<_>>();
    assert_eq!(&details[..3], ["/hook/deliveries/1003", "/hook/deliveries/1002", "/hook/deliveries/1000"]);
    let entry = of_type(&node, "seen").await.pop().unwrap();
    assert_eq!(entry.source, "evidence.source");
    let payload = ledger::payload(&*node.services().blobs, &entry).await.unwrap();
    assert_eq!(payload["body"]["pusher"]["email"], "[redacted]");
    // GitHub delivers one of them again after all.
    assert_eq!(push(&node, "event-2").await, "duplicate");
    // Later rounds stop at what was seen.
    source.happen(ids(5..6));
    settled(&node, 5).await;
    eventually(async || reports(&node).await.len() > 1).await;
    let later = reports(&node).await;
    assert!(later[1..].iter().all(|(_, report)| report["expected"].as_u64().unwrap() <= 3), "{later:?}");
    // Nothing new, and the gap is on record: nothing is said.
    let asked = source.script().asked.len();
    eventually(async || source.script().asked.len() > asked + 6).await;
    assert_eq!(reports(&node).await.len(), later.len());
    node.shutdown().await;
}

async fn push(node: &Node, id: &str) -> String {
    let request = Request::post("/ingest/source").header("X-GitHub-Delivery", id).header("X-GitHub-Event", "push");
    let request = request.header("Authorization", "hook-secret").body(Body::from("{}")).unwrap();
    send(node, request).await.body["status"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn deliveries_that_were_missed_are_found_and_fetched() {
    let dir = tempfile::tempdir().unwrap();
    reconciles(&config(dir.path()), dir.path()).await;
}

#[cfg(feature = "production")]
#[tokio::test(flavor = "multi_thread")]
async fn deliveries_that_were_missed_are_found_and_fetched_on_postgres() {
    let server = postgres::Postgres::start();
    let (dir, url) = (tempfile::tempdir().unwrap(), server.database("cell"));
    reconciles(&toy::on_postgres(dir.path(), &url), dir.path()).await;
}

#[tokio::test]
async fn limits_errors_and_silence_are_waited_out() {
    let dir = tempfile::tempdir().unwrap();
    let source = Source::start(Api::Okta).await;
    source.happen(ids(0..3));
    let soon = (std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()).to_string();
    let none_left = vec![("x-rate-limit-remaining", "0".to_owned()), ("x-rate-limit-reset", soon)];
    source.script().instead.extend([
        Instead::Status(429, vec![("retry-after", "1".to_owned())]),
        Instead::Status(503, vec![("retry-after", "0".to_owned())]),
        Instead::Silence(Duration::from_secs(1)),
        Instead::With(none_left),
    ]);
    let started = Instant::now();
    let node = open(&config(dir.path()), &okta(dir.path(), &source)).await;
    for _ in 0..30 {
        if seen(&node).await.len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(seen(&node).await, ids(0..3));
    // One second for the limit, half a second of silence and four of back-off, one until the reset.
    assert!(started.elapsed() > Duration::from_secs(6), "{:?}", started.elapsed());
    eventually(async || !reports(&node).await.is_empty()).await;
    let (outcome, report) = reports(&node).await.remove(0);
    assert_eq!((outcome, report["failed_attempts"].as_u64()), (Outcome::Success, Some(3)), "{report}");
    assert_eq!(of_type(&node, "connector.unreachable").await.len(), 0);
    node.shutdown().await;
}

#[tokio::test]
async fn a_source_that_lets_nobody_in_is_on_record_once() {
    let dir = tempfile::tempdir().unwrap();
    let source = Source::start(Api::Okta).await;
    source.script().broken = Some(401);
    let connector = okta(dir.path(), &source);
    let node = open(&config(dir.path()), &connector).await;
    eventually(async || !of_type(&node, "connector.unreachable").await.is_empty()).await;
    node.shutdown().await;
    let node = open(&config(dir.path()), &connector).await;
    let before = source.script().asked.len();
    eventually(async || source.script().asked.len() > before).await;
    let outages = of_type(&node, "connector.unreachable").await;
    assert_eq!((outages.len(), outages[0].outcome), (1, Outcome::Failure));
    let payload = ledger::payload(&*node.services().blobs, &outages[0]).await.unwrap();
    assert_eq!(payload["reason"], "the source answered with status 401");
    node.shutdown().await;
}

#[tokio::test]
async fn a_cursor_that_is_not_known_any_more_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let source = Source::start(Api::Okta).await;
    source.happen(ids(0..3));
    let node = open(&config(dir.path()), &okta(dir.path(), &source)).await;
    settled(&node, 3).await;
    eventually(async || !reports(&node).await.is_empty()).await;
    {
        let mut script = source.script();
        script.instead.push_back(Instead::Status(400, Vec::new()));
    }
    source.happen(ids(3..5));
    settled(&node, 5).await;
    assert_eq!(seen(&node).await, ids(0..5));
    let again = source.script().asked.iter().filter(|asked| asked.contains("since=")).cloned().collect::<Vec<_>>();
    assert_eq!(again.len(), 2, "{again:?}");
    assert!(again[1].contains("since=2026-11-22T10%3A02%3A00.000Z"), "from the newest that was seen: {again:?}");
    eventually(async || sum(&reports(&node).await, "restarts") == 1).await;
    node.shutdown().await;
}

#[tokio::test]
async fn a_token_is_not_carried_to_another_place() {
    let dir = tempfile::tempdir().unwrap();
    let (source, thief) = (Source::start(Api::Okta).await, Source::start(Api::Okta).await);
    source.happen(ids(0..5));
    source.script().elsewhere = Some(format!("http://{}", thief.address));
    let node = open(&config(dir.path()), &okta(dir.path(), &source)).await;
    eventually(async || source.script().asked.len() > 1).await;
    assert_eq!(thief.script().asked.len(), 0);
    assert_eq!(seen(&node).await.len(), 0, "a page that is not as it should be is not believed");
    node.shutdown().await;
}

#[tokio::test]
async fn a_cursor_in_the_answer_leads_on_and_a_total_that_is_not_reached_is_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let source = Source::start(Api::Cursor).await;
    source.happen(ids(0..5));
    source.script().surplus = 2;
    let poll = Poll {
        query: &[],
        items: "/data/items",
        time: None,
        since: None,
        next: Some(Next::Cursor { at: "/meta/next", parameter: "cursor" }),
        total: Some(Spot::Header("X-Total")),
        every: Duration::from_secs(3600),
        auth: None,
        ..okta(dir.path(), &source).poll.unwrap()
    };
    let node = open(&config(dir.path()), &connector(None, poll)).await;
    settled(&node, 5).await;
    eventually(async || !reports(&node).await.is_empty()).await;
    let (outcome, report) = reports(&node).await.remove(0);
    let numbers = ["expected", "received", "gap", "pages"].map(|name| report[name].as_u64().unwrap());
    assert_eq!((outcome, numbers), (Outcome::Failure, [7, 5, 2, 3]), "{report}");
    let asked = source.script().asked.clone();
    assert_eq!(asked, ["/api/v1/logs", "/api/v1/logs?cursor=2", "/api/v1/logs?cursor=4"]);
    node.shutdown().await;
}

#[tokio::test]
async fn an_event_that_comes_by_hook_and_by_log_is_one_piece_of_evidence() {
    let dir = tempfile::tempdir().unwrap();
    let source = Source::start(Api::Okta).await;
    source.happen(ids(0..3));
    let events = source.script().items.clone();
    let node = open(&config(dir.path()), &okta(dir.path(), &source)).await;
    settled(&node, 3).await;
    let mut hooked = events[1..].to_vec();
    hooked.push(json!({"uuid": "event-new", "eventType": "user.session.start"}));
    hooked.push(json!({"uuid": "event-odd", "eventType": "something.else"}));
    hooked.push(json!({"eventType": "user.session.start"}));
    let answer = hook(&node, "hook-secret", &json!({"data": {"events": hooked}})).await;
    let said: Vec<_> = answer.body["events"].as_array().unwrap().iter().map(|event| event["status"].clone()).collect();
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(said, ["duplicate", "duplicate", "recorded", "unclassified", "quarantined"]);
    assert_eq!(seen(&node).await, ["event-0", "event-1", "event-2", "event-new"]);

    let body = json!({"data": {"events": []}});
    assert_eq!(hook(&node, "other", &body).await.status, 401);
    assert_eq!(hook(&node, "hook-secret", &body).await.body, json!({"events": []}));
    let odd = hook(&node, "hook-secret", &json!({"data": {"mail": "jack@acme.io"}})).await;
    assert_eq!(odd.body["events"][0]["status"], "quarantined");
    let node_has = of_type(&node, "connector.quarantined").await.len();
    assert_eq!(node_has, 2);

    let asked = Request::get("/ingest/source").header("x-okta-verification-challenge", "k1\"x").body(Body::empty());
    let answer = send(&node, asked.unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.body), (200, json!({"verification": "k1\"x"})));
    let answer = send(&node, Request::get("/ingest/source").body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (400, "no_challenge"));
    node.shutdown().await;
}

async fn hook(node: &Node, secret: &str, body: &Json) -> toy::Answer {
    let request = Request::post("/ingest/source").header("Authorization", secret);
    send(node, request.body(Body::from(body.to_string())).unwrap()).await
}
