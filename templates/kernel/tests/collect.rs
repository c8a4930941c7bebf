//! Orphans are collected; what anything refers to, and what is young, is not.
#![cfg(feature = "embedded")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[cfg(feature = "production")]
#[path = "servers/postgres.rs"]
#[allow(dead_code, reason = "every test binary uses another part of it")]
mod postgres;
mod toy;

use std::time::Duration;

use kernel::blob::collect;
use kernel::config::Config;
use kernel::prelude::*;
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
