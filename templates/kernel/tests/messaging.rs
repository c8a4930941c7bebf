//! Outbox, bus, inbox, dead letters.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod toy;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::FutureExt as _;
use kernel::bus::{Bus, BusError};
use kernel::outbox;
use kernel::prelude::*;
use toy::{Seen, cell, config, count, entries, eventually, order, post, token};

const PLACE: &str = "/orders/place-order";

async fn place(node: &kernel::cell::Node, number: &str) {
    let buyer = token(node, "alice", &["orders.Buyer"]);
    let answer = post(node, PLACE, &buyer, &order(number, number, "1")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

async fn settled(node: &kernel::cell::Node) {
    // In one look: what is consumed may put something into the outbox.
    let waiting = "(SELECT event_id FROM outbox UNION ALL SELECT event_id FROM deliveries) AS waiting";
    eventually(async || count(node, waiting).await == 0).await;
}

#[tokio::test]
async fn events_arrive_once_and_leave_the_outbox() {
    let dir = tempfile::tempdir().unwrap();
    let node = cell(Seen::default()).open(&config(dir.path())).await.unwrap();
    for n in 0..20 {
        place(&node, &format!("AB-{n}")).await;
    }
    settled(&node).await;
    assert_eq!((count(&node, "orders_seen").await, count(&node, "inbox").await), (20, 20));
    node.shutdown().await;
}

#[tokio::test]
async fn a_failing_consumer_is_tried_again_without_repeating_its_effect() {
    let dir = tempfile::tempdir().unwrap();
    let seen = Seen::default();
    seen.failures.store(3, Ordering::SeqCst);
    let node = cell(seen).open(&config(dir.path())).await.unwrap();
    place(&node, "AB-1").await;
    settled(&node).await;
    assert_eq!((count(&node, "orders_seen").await, count(&node, "dead_letters").await), (1, 0));
    node.shutdown().await;
}

#[tokio::test]
async fn what_cannot_be_consumed_becomes_a_dead_letter_and_evidence() {
    let dir = tempfile::tempdir().unwrap();
    let seen = Seen::default();
    let node = cell(seen.clone()).open(&config(dir.path())).await.unwrap();
    seen.failures.store(1000, Ordering::SeqCst);
    place(&node, "AB-1").await;
    settled(&node).await;
    seen.failures.store(0, Ordering::SeqCst);
    seen.poison.store(1, Ordering::SeqCst);
    place(&node, "AB-2").await;
    settled(&node).await;
    seen.poison.store(0, Ordering::SeqCst);
    place(&node, "AB-3").await;
    settled(&node).await;
    assert_eq!((count(&node, "orders_seen").await, count(&node, "dead_letters").await), (1, 2));
    let all = entries(&node).await;
    let dead: Vec<_> = all.iter().filter(|entry| entry.event_type == "event.dead_lettered").collect();
    assert_eq!(dead.len(), 2);
    // Three retries as declared, so four attempts.
    assert!(dead[0].payload.inline.as_deref().unwrap().contains("\"attempts\":4"));
    assert!(dead[1].payload.inline.as_deref().unwrap().contains("\"attempts\":1"));
    assert_eq!(dead[0].correlation_id, all[0].correlation_id);
    node.shutdown().await;
}

/// A bus that is down, or takes events without passing them on.
struct Fake {
    up: bool,
}

#[async_trait]
impl Bus for Fake {
    async fn publish(&self, _: &[Event]) -> Result<(), BusError> {
        if self.up { Ok(()) } else { Err(BusError("down".to_owned())) }
    }
}

#[tokio::test]
async fn the_outbox_survives_a_restart_and_keeps_what_is_not_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let seen = Seen::default();
    let node = cell(seen.clone()).open(&config(dir.path())).await.unwrap();
    place(&node, "AB-1").await;
    settled(&node).await;
    // As after a crash between commit and relay: an event is in the outbox and nobody rings.
    let event = Event::new("orders.OrderPlaced", "1", &1).unwrap();
    let text = kernel::serde_json::to_string(&event).unwrap();
    let values = [Value::Text(event.id.clone()), Value::Text(text)];
    let put = node.services().store.transact(move |tx| {
        let values = values.clone();
        async move { tx.execute("INSERT INTO outbox (event_id, event) VALUES ($1, $2)", &values).await }.boxed()
    });
    put.await.map_err(|e: StoreError| e).unwrap();
    assert!(outbox::drain(node.services(), &Fake { up: false }).await.is_err());
    assert_eq!(count(&node, "outbox").await, 1);
    node.shutdown().await;
    let node = cell(seen).open(&config(dir.path())).await.unwrap();
    settled(&node).await;
    assert_eq!(count(&node, "orders_seen").await, 2);
    node.shutdown().await;
}

#[tokio::test]
async fn an_event_published_twice_has_one_effect() {
    let dir = tempfile::tempdir().unwrap();
    let node = cell(Seen::default()).open(&config(dir.path())).await.unwrap();
    let event = Event::new("orders.OrderPlaced", "1", &1).unwrap();
    let text: Arc<str> = kernel::serde_json::to_string(&event).unwrap().into();
    for round in 1..=3 {
        let values =
            [Value::Text("orders-seen".to_owned()), Value::Text(event.id.clone()), Value::Text(text.to_string())];
        let put = node.services().store.transact(move |tx| {
            let values = values.clone();
            let sql = "INSERT INTO deliveries (durable, event_id, event, due_at) VALUES ($1, $2, $3, '2000')";
            async move { tx.execute(sql, &values).await }.boxed()
        });
        put.await.map_err(|e: StoreError| e).unwrap();
        // Another event wakes the worker.
        place(&node, &format!("AB-{round}")).await;
        settled(&node).await;
    }
    assert_eq!(count(&node, "orders_seen").await, 1 + 3);
    assert!(outbox::drain(node.services(), &Fake { up: true }).await.is_ok());
    node.shutdown().await;
}

/// Places a follow-up order for every order of a certain number.
#[tokio::test]
async fn an_operation_runs_on_an_event() {
    let dir = tempfile::tempdir().unwrap();
    let follow_up = Consumer::runs("orders-follow-up", "orders.OrderPlaced", toy::PlaceOrder, |event| {
        let data: kernel::serde_json::Value = event.payload()?;
        let number = data["number"].as_str().unwrap_or_default();
        let next = if number == "AB-1" { "AB-2" } else { "" };
        Ok(kernel::serde_json::from_value(order(number, next, "1"))?)
    });
    let module = toy::module(Seen::default()).consumer(follow_up);
    let node = Cell::new("m").module(module).open(&config(dir.path())).await.unwrap();
    place(&node, "AB-1").await;
    settled(&node).await;
    let all = entries(&node).await;
    let types: Vec<_> = all.iter().map(|entry| (entry.event_type.as_str(), entry.actor.as_str())).collect();
    // The follow-up's own event has no valid follow-up: constraints hold for events, too.
    let service = "service:orders-follow-up";
    assert_eq!(types, [("orders.placed", "alice"), ("orders.placed", service), ("event.dead_lettered", service)]);
    assert!(all.iter().all(|entry| entry.correlation_id == all[0].correlation_id));
    assert_eq!((count(&node, "orders_order").await, count(&node, "dead_letters").await), (2, 1));
    node.shutdown().await;
}
