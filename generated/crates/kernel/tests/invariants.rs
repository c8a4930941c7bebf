//! Invariants are looked at again and again, and what is found is told.
#![cfg(feature = "embedded")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[cfg(feature = "production")]
#[path = "servers/postgres.rs"]
#[allow(dead_code, reason = "every test binary uses another part of it")]
mod postgres;
mod toy;

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;

use futures_util::FutureExt as _;
use kernel::cell::Node;
use kernel::config::Config;
use kernel::invariant::{Invariant, Probe, Severity};
use kernel::ledger::Outcome;
use kernel::prelude::*;
use kernel::store::Dialect;
use tower::ServiceExt as _;
use toy::{Seen, config, entries, eventually, get, module, order, post, token};

const LEDGER: Invariant = Invariant {
    id: "INV-TOY-001",
    statement: "The ledger verifies.",
    severity: Severity::Critical,
    probe: Probe::LedgerVerify,
    every: Duration::from_millis(20),
};

async fn statements(node: &Node, sql: String) {
    let done = node.services().store.transact(move |tx| {
        let sql = sql.clone();
        async move { tx.script(&sql).await }.boxed()
    });
    done.await.map_err(|e: StoreError| e).unwrap();
}

/// What monitoring is told of the invariant.
async fn gauge(node: &Node) -> Option<String> {
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let answer = node.monitoring().oneshot(request).await.unwrap();
    let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("cell_invariant_holds"));
    lines.find_map(|line| line.strip_prefix("{context=\"orders\",invariant=\"INV-TOY-001\"} ").map(str::to_owned))
}

/// What the ledger has of the invariant, in order.
async fn told(node: &Node) -> Vec<(String, Outcome)> {
    let mut told = entries(node).await;
    told.retain(|entry| entry.subject.kind == "invariant" && entry.subject.id == "INV-TOY-001");
    told.into_iter().map(|entry| (entry.event_type, entry.outcome)).collect()
}

fn watched() -> Cell {
    Cell::new("model-hash").module(module(Seen::default()).invariant(LEDGER))
}

async fn is_told_when_it_breaks_and_when_it_is_mended(config: &Config, dialect: Dialect) {
    let node = watched().open(config).await.unwrap();
    let buyer = token(&node, "alice", &["orders.Buyer"]);
    assert_eq!(post(&node, "/orders/place-order", &buyer, &order("r", "AB-1", "1")).await.status, 200);
    eventually(async || get(&node, "/ready", "").await.body["invariants"]["INV-TOY-001"] == "holds").await;
    assert_eq!((gauge(&node).await.as_deref(), told(&node).await), (Some("1"), Vec::new()));
    // Somebody with the right to do so takes the guards away and rewrites history.
    let (down, up) = match dialect {
        Dialect::Sqlite => ("DROP TRIGGER ledger_entries_no_update".to_owned(), guard()),
        Dialect::Postgres => {
            let switch = |to: &str| format!("ALTER TABLE ledger_entries {to} TRIGGER ledger_entries_no_update");
            (switch("DISABLE"), switch("ENABLE"))
        }
    };
    let actor = |name: &str| format!("UPDATE ledger_entries SET actor = '{name}' WHERE sequence = 1;");
    statements(&node, format!("{down}; {}", actor("mallory"))).await;
    eventually(async || get(&node, "/ready", "").await.status == 503).await;
    let violated = [("invariant.violated".to_owned(), Outcome::Failure)];
    eventually(async || told(&node).await == violated).await;
    assert_eq!(gauge(&node).await.as_deref(), Some("0"));
    tokio::time::sleep(5 * LEDGER.every).await;
    assert_eq!(told(&node).await, violated, "once, however often it is looked at");
    // Nor does a node that begins anew tell it again.
    node.shutdown().await;
    let node = watched().open(config).await.unwrap();
    eventually(async || get(&node, "/ready", "").await.status == 503).await;
    assert_eq!(told(&node).await, violated);
    // It is mended while no node looks: the next one tells.
    statements(&node, format!("{} {up}", actor("alice"))).await;
    node.shutdown().await;
    let node = watched().open(config).await.unwrap();
    let restored = [("invariant.restored".to_owned(), Outcome::Success)];
    let both = [violated, restored].concat();
    eventually(async || told(&node).await == both).await;
    eventually(async || get(&node, "/ready", "").await.status == 200).await;
    assert_eq!(gauge(&node).await.as_deref(), Some("1"));
    node.shutdown().await;
}

/// The guard that was taken away, as the migration has it.
fn guard() -> String {
    let script = include_str!("../migrations/sqlite/0004_redaction.sql");
    let (_, guard) = script.split_once("CREATE TRIGGER ledger_entries_no_update").unwrap();
    let (guard, _) = guard.split_once("END;").unwrap();
    format!("CREATE TRIGGER ledger_entries_no_update{guard}END;")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_hold_is_told_once_and_so_is_that_it_holds_again() {
    let dir = tempfile::tempdir().unwrap();
    is_told_when_it_breaks_and_when_it_is_mended(&config(dir.path()), Dialect::Sqlite).await;
}

#[cfg(feature = "production")]
#[tokio::test(flavor = "multi_thread")]
async fn so_it_is_on_postgres() {
    let (server, dir) = (postgres::Postgres::start(), tempfile::tempdir().unwrap());
    let config = toy::on_postgres(dir.path(), &server.database("cell"));
    is_told_when_it_breaks_and_when_it_is_mended(&config, Dialect::Postgres).await;
}
