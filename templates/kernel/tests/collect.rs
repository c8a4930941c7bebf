//! Orphans are collected; what anything refers to, and what is young, is not.
#![cfg(feature = "embedded")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[cfg(feature = "production")]
#[path = "servers/postgres.rs"]
#[allow(dead_code, reason = "every test binary uses another part of it")]
mod postgres;
mod toy;

use std::time::Duration;

use kernel::blob::{collect, let_go};
use kernel::config::Config;
use kernel::ledger::{self, LedgerError, NewEntry, Redacted};
use kernel::prelude::*;
use kernel::serde_json::json;
use toy::{Seen, cell, order, post, token};

async fn collects(config: &Config) {
    const GRACE: Duration = Duration::from_millis(100);
    let node = cell(Seen::default()).open(config).await.unwrap();
    let buyer = token(&node, "alice", &["orders.Buyer"]);
    // In a payload of the ledger; as a payload of the ledger; and of an order that is refused.
    let mut attached = order("r1", "AB-1", "1");
    attached["attachment"] = "ZXZpZGVuY2U=".into();
    assert_eq!(post(&node, "/orders/place-order", &buyer, &attached).await.status, 200);
    let services = node.services();
    let mut refused = order("r2", "AB-1", "1");
    refused["attachment"] = "b3JwaGFu".into();
    assert_eq!(post(&node, "/orders/place-order", &buyer, &refused).await.code(), "number_taken");
    let (kept, orphan) = (Digest::of(b"evidence"), Digest::of(b"orphan"));
    for digest in [&kept, &orphan] {
        assert_eq!(services.blobs.exists(digest).await, Ok(true));
    }
    let hour = Duration::from_secs(3600);
    let young = collect(&services.store, &*services.blobs, hour).await.unwrap();
    assert_eq!((young.found, young.removed), (2, 0));
    tokio::time::sleep(GRACE * 2).await;
    let old = collect(&services.store, &*services.blobs, GRACE).await.unwrap();
    assert_eq!((old.found, old.removed), (2, 1));
    assert_eq!((services.blobs.exists(&kept).await, services.blobs.exists(&orphan).await), (Ok(true), Ok(false)));
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orphans_are_collected_beside_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    collects(&toy::config(dir.path())).await;
}

#[cfg(feature = "production")]
#[tokio::test(flavor = "multi_thread")]
async fn orphans_are_collected_beside_postgres() {
    let (server, dir) = (postgres::Postgres::start(), tempfile::tempdir().unwrap());
    collects(&toy::on_postgres(dir.path(), &server.database("cell"))).await;
}

/// An entry whose payload is too long for its row; always the same.
fn long(id: u64) -> NewEntry {
    NewEntry {
        source: "scanner".to_owned(),
        source_event_id: Some(id.to_string()),
        event_type: "scanned".to_owned(),
        actor: "scanner".to_owned(),
        subject: Subject::new("host", 1),
        action: "scan".to_owned(),
        outcome: Outcome::Success,
        occurred_at: Timestamp::at_micros(0),
        recorded_at: Timestamp::at_micros(0),
        context: "evidence".to_owned(),
        controls: Vec::new(),
        correlation_id: None,
        parser: None,
        payload: json!({"found": "x".repeat(70_000)}),
    }
}

async fn append_long(services: &Services, id: u64) -> u64 {
    let blobs = services.blobs.clone();
    let appended = services.store.transact(move |tx| {
        let blobs = blobs.clone();
        Box::pin(async move { ledger::append(tx, &*blobs, long(id)).await })
    });
    appended.await.map_err(|error: LedgerError| error).unwrap().sequence()
}

async fn redact(services: &Services, sequence: u64) -> Redacted {
    let blobs = services.blobs.clone();
    let redacted = services.store.transact(move |tx| {
        let blobs = blobs.clone();
        Box::pin(
            async move { ledger::redact(tx, &*blobs, sequence, ("ada", "asked for"), Timestamp::at_micros(1)).await },
        )
    });
    redacted.await.map_err(|error: LedgerError| error).unwrap()
}

/// Whether an entry shows its payload.
async fn shows(services: &Services, sequence: u64) -> bool {
    let entry = services.store.read(move |tx| Box::pin(async move { ledger::get(tx, sequence).await })).await;
    let entry = entry.map_err(|error: StoreError| error).unwrap().unwrap();
    ledger::body(&*services.blobs, &entry).await.unwrap().is_some()
}

/// How many payloads the verification finds redacted; nothing may be wrong.
async fn redacted(services: &Services) -> u64 {
    let report = ledger::verify(&services.store, services.blobs.clone()).await.unwrap();
    assert_eq!(report.fault, None);
    report.redacted
}

async fn redacts(config: &Config) {
    let node = cell(Seen::default()).open(config).await.unwrap();
    let services = node.services();
    let (one, two) = (append_long(services, 1).await, append_long(services, 2).await);
    let bytes = json!({"found": "x".repeat(70_000)}).to_string();
    let digest = Digest::of(bytes.as_bytes());
    let there = || async { services.blobs.exists(&digest).await.unwrap() };
    let let_go = || async { let_go(&services.store, &*services.blobs, digest).await.unwrap() };
    // The other entry needs the blob; this one does not show it any more.
    assert!(matches!(redact(services, one).await, Redacted::Now { blob: Some(blob), .. } if blob == digest));
    assert!(!let_go().await && there().await);
    assert_eq!((shows(services, one).await, shows(services, two).await), (false, true));
    assert_eq!(redacted(services).await, 1);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(collect(&services.store, &*services.blobs, Duration::ZERO).await.unwrap().removed, 0);
    // As if cut off before the blob is let go of: it is let go of the next time.
    redact(services, two).await;
    assert!(there().await);
    assert_eq!(redacted(services).await, 2);
    assert_eq!(redact(services, one).await, Redacted::Before { blob: Some(digest) });
    assert!(let_go().await && !there().await);
    assert_eq!((redacted(services).await, shows(services, two).await), (2, false));
    // The same bytes come again, as the payload of an entry that nobody redacted, and go with it.
    let three = append_long(services, 3).await;
    assert_eq!((shows(services, two).await, shows(services, three).await), (false, true));
    redact(services, three).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(collect(&services.store, &*services.blobs, Duration::ZERO).await.unwrap().removed, 1);
    // A blob that is gone without a word is still missed.
    append_long(services, 4).await;
    services.blobs.remove(&digest, Duration::ZERO).await.unwrap();
    let report = ledger::verify(&services.store, services.blobs.clone()).await.unwrap();
    assert!(report.fault.is_some_and(|fault| fault.reason.contains("does not exist")));
    node.shutdown().await;
}

#[tokio::test]
async fn a_redacted_blob_goes_once_no_other_entry_has_it() {
    let dir = tempfile::tempdir().unwrap();
    redacts(&toy::config(dir.path())).await;
}

#[cfg(feature = "production")]
#[tokio::test]
async fn a_redacted_blob_goes_once_no_other_entry_has_it_on_postgres() {
    let server = postgres::Postgres::start();
    let dir = tempfile::tempdir().unwrap();
    redacts(&toy::on_postgres(dir.path(), &server.database("redacted"))).await;
}
