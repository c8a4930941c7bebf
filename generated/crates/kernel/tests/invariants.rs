//! Invariants are looked at again and again, and what is found is told.
#![cfg(feature = "embedded")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod toy;

use std::time::Duration;

use futures_util::FutureExt as _;
use kernel::cell::Node;
use kernel::invariant::{Invariant, Probe, Severity};
use kernel::prelude::*;
use toy::{Seen, config, entries, eventually, get, module, order, post, token};

const LEDGER: Invariant = Invariant {
    id: "INV-TOY-001",
    statement: "The ledger verifies.",
    severity: Severity::Critical,
    probe: Probe::LedgerVerify,
    every: Duration::from_millis(20),
};

async fn statements(node: &Node, sql: &'static [&'static str]) {
    let done = node.services().store.transact(move |tx| {
        async move {
            for statement in sql {
                tx.script(statement).await?;
            }
            Ok::<(), StoreError>(())
        }
        .boxed()
    });
    done.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_does_not_verify_is_told_once_and_the_node_is_not_ready() {
    let dir = tempfile::tempdir().unwrap();
    let node = Cell::new("model-hash")
        .module(module(Seen::default()).invariant(LEDGER))
        .open(&config(dir.path()))
        .await
        .unwrap();
    let buyer = token(&node, "alice", &["orders.Buyer"]);
    assert_eq!(post(&node, "/orders/place-order", &buyer, &order("r", "AB-1", "1")).await.status, 200);
    eventually(async || get(&node, "/ready", "").await.body["invariants"]["INV-TOY-001"] == "holds").await;
    // Somebody with the right to do so takes the guards away and rewrites history.
    statements(
        &node,
        &["DROP TRIGGER ledger_entries_no_update", "UPDATE ledger_entries SET actor = 'mallory' WHERE sequence = 1"],
    )
    .await;
    eventually(async || get(&node, "/ready", "").await.status == 503).await;
    let told = entries(&node).await;
    let violated: Vec<_> = told.iter().filter(|entry| entry.event_type == "invariant.violated").collect();
    assert_eq!(violated.len(), 1, "once, however often it is looked at");
    assert_eq!(violated[0].subject.id, "INV-TOY-001");
    node.shutdown().await;
}
