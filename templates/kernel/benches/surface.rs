//! From a socket to durable evidence: commands and signed webhooks, beside a bare axum handler that does the same writes by
//! hand, with group commit, in the same run. Clients, server and writer share the machine.
//!
//! `cargo bench --package kernel --bench surface`; seconds for each figure after `--`.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark")]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::connector::{Connector, Format, SecretRef, Spot, Verify, Webhook, extract};
use kernel::ledger::{self, Outcome};
use kernel::prelude::*;
use kernel::serde_json::{self, json};
use rusqlite::Connection;
use subtle::ConstantTimeEq as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

mod memory;
mod raw;
#[path = "../tests/toy/mod.rs"]
mod toy;

use memory::memory;

const SECRET: &[u8] = b"It's a Secret to Everybody";

fn sign(body: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET).unwrap();
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn parse(delivery: &Delivery) -> Parsed {
    use extract::{pointer, text, time};
    let event = || {
        Some(EvidenceEvent {
            event_type: "scm.push".to_owned(),
            occurred_at: time(pointer(&delivery.body, "/head_commit/timestamp"))?,
            actor: None,
            subject: Subject::new("repository", text(pointer(&delivery.body, "/repository/full_name"))?),
            action: None,
            outcome: Outcome::Success,
            controls: vec!["CM-3".to_owned()],
            attributes: extract::attributes([("ref", pointer(&delivery.body, "/ref"))]),
        })
    };
    Parsed::from_result(event().ok_or("incomplete".to_owned()))
}

/// The orders of the tests, without a consumer, and a webhook.
async fn node(dir: &Path) -> kernel::cell::Node {
    let path = dir.join("webhook.secret");
    std::fs::write(&path, SECRET).unwrap();
    let connector = Connector {
        name: "github",
        context: "orders",
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
        redact: &["/pusher/email"],
        parser: "orders.github/1",
        parse,
    };
    let orders = Module::new("orders")
        .migrations(toy::MIGRATIONS)
        .roles(&["orders.Buyer", "orders.Auditor"])
        .command("/orders/place-order", toy::PlaceOrder)
        .connector(connector);
    Cell::new("model-hash").module(orders).open(&toy::config(dir)).await.unwrap()
}

/// What the hand-written handlers work with.
#[derive(Clone)]
struct Hand {
    writer: raw::Writer,
    /// As long as the payload of the node's own entry.
    payload: Arc<str>,
}

fn by_hand(dir: &Path, payload: usize) -> Router {
    let connection = raw::open(dir);
    connection.execute_batch(include_str!("../migrations/sqlite/0002_runtime.sql")).unwrap();
    connection.execute_batch(toy::MIGRATIONS[0].sqlite).unwrap();
    let hand = Hand { writer: raw::Writer::start(connection), payload: "x".repeat(payload).into() };
    Router::new()
        .route("/orders/place-order", post(place_order))
        .route("/ingest/github", post(webhook))
        .with_state(hand)
}

/// Order, entry, event, and the answer under its key.
async fn place_order(State(hand): State<Hand>, body: Bytes) -> Result<String, StatusCode> {
    let order: toy::PlaceOrderInput = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let id = Uuid::now_v7().to_string();
    let answer = json!({"id": id, "sequence": 1}).to_string();
    let said = answer.clone();
    let work = move |connection: &Connection| {
        let execute = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
            connection.prepare_cached(sql).unwrap().execute(values).unwrap();
        };
        let amount = order.amount.amount().to_string();
        execute("INSERT INTO orders_order (id, number, amount) VALUES (?1, ?2, ?3)", &[&id, &order.number, &amount]);
        raw::insert(connection, &hand.payload);
        let event = json!({"id": id, "number": order.number, "type": "orders.OrderPlaced"}).to_string();
        execute("INSERT INTO outbox (event_id, event) VALUES (?1, ?2)", &[&id, &event]);
        let now = Timestamp::now().to_string();
        let sql = "INSERT INTO idempotency_records (operation, key, caller, input_digest, output, created_at)
            VALUES ('orders.PlaceOrder', ?1, 'alice', ?2, ?3, ?4)";
        execute(sql, &[&order.request_id, &"0".repeat(64), &said, &now]);
    };
    hand.writer.write(work).await;
    Ok(answer)
}

async fn webhook(State(hand): State<Hand>, headers: HeaderMap, body: Bytes) -> Result<&'static str, StatusCode> {
    let said = headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let wanted = format!("sha256={}", hex(&sign(&body)));
    if !bool::from(wanted.as_bytes().ct_eq(said.as_bytes())) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    serde_json::from_slice::<serde_json::Value>(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    hand.writer.write(move |connection| raw::insert(connection, std::str::from_utf8(&body).unwrap_or_default())).await;
    Ok("{\"status\":\"recorded\"}")
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

static NUMBER: AtomicU64 = AtomicU64::new(0);

fn command(token: &str) -> Vec<u8> {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let body = toy::order(&format!("request {number}"), &format!("AB-{number}"), "1").to_string();
    format!(
        "POST /orders/place-order HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nauthorization: Bearer {token}\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn delivery() -> Vec<u8> {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let commits: Vec<_> =
        (0..3).map(|n| json!({"id": format!("{n:040}"), "message": "Change a line or two"})).collect();
    let body =
        json!({"ref": "refs/heads/main", "head_commit": {"timestamp": "2026-11-22T10:30:00Z"}, "commits": commits,
        "pusher": {"email": "a@example.org"}, "repository": {"full_name": "octo/cat"}, "sender": {"login": "octocat"}})
        .to_string();
    format!(
        "POST /ingest/github HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-github-event: push\r\n\
         x-github-delivery: d-{number}\r\nx-hub-signature-256: sha256={}\r\ncontent-length: {}\r\n\r\n{body}",
        hex(&sign(body.as_bytes())),
        body.len()
    )
    .into_bytes()
}

/// Sends a request and reads the whole answer, which must be a good one.
async fn call(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) {
    stream.write_all(request).await.unwrap();
    buffer.clear();
    loop {
        assert!(stream.read_buf(buffer).await.unwrap() > 0, "the server has hung up");
        let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&buffer[..end]).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if buffer.len() >= end + 4 + length.unwrap_or(0) {
            assert!(head.starts_with("HTTP/1.1 200"), "{}", String::from_utf8_lossy(buffer));
            return;
        }
    }
}

struct Figure {
    per_second: f64,
    half: Duration,
    most: Duration,
}

async fn load<R>(address: SocketAddr, clients: usize, time: Duration, request: R) -> Figure
where
    R: Fn() -> Vec<u8> + Clone + Send + 'static,
{
    let start = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            let request = request.clone();
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let (mut buffer, mut times) = (Vec::new(), Vec::new());
                while start.elapsed() < time {
                    let request = request();
                    let sent = Instant::now();
                    call(&mut stream, &request, &mut buffer).await;
                    times.push(sent.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    let per_second = times.len() as f64 / start.elapsed().as_secs_f64();
    times.sort();
    Figure { per_second, half: times[times.len() / 2], most: times[times.len() * 99 / 100] }
}

fn print(what: &str, clients: usize, node: &Figure, hand: &Figure) {
    println!(
        "{what}, {clients} clients: node {:.0}/s (median {:?}, p99 {:?}), by hand {:.0}/s (median {:?}, p99 {:?}), ratio {:.2}",
        node.per_second,
        node.half,
        node.most,
        hand.per_second,
        hand.half,
        hand.most,
        node.per_second / hand.per_second
    );
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let time = Duration::from_secs(arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(4));
    let (own, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let node = node(own.path()).await;
    println!("memory of an idle node: {} MB", memory());
    let address = serve(node.router()).await;
    let (token, order) = (toy::token(&node, "alice", &["orders.Buyer"]), toy::order("first", "AB-99999999999", "1"));
    assert_eq!(toy::post(&node, "/orders/place-order", &token, &order).await.status, StatusCode::OK);
    let size = toy::entries(&node).await[0].payload.size as usize;
    let hand = serve(by_hand(other.path(), size)).await;
    for clients in [1, 64, 256] {
        let token = toy::token(&node, "alice", &["orders.Buyer"]);
        let request = move || command(&token);
        let ours = load(address, clients, time, request.clone()).await;
        print("command", clients, &ours, &load(hand, clients, time, request).await);
    }
    for clients in [1, 64, 256] {
        let ours = load(address, clients, time, delivery).await;
        print("webhook", clients, &ours, &load(hand, clients, time, delivery).await);
    }
    println!("memory after it, both servers and all clients in one process: {} MB", memory());
    let verified = ledger::verify(&node.services().store, Arc::clone(&node.services().blobs)).await.unwrap();
    assert!(verified.is_good(), "{verified:?}");
    node.shutdown().await;
}
