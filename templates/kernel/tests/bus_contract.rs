//! What every bus keeps to: one suite, run on the one inside the process and, where it is built in, on NATS JetStream.
#![cfg(feature = "embedded")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[cfg(feature = "production")]
#[path = "servers/nats.rs"]
mod nats;
#[cfg(feature = "production")]
#[path = "servers/postgres.rs"]
#[allow(dead_code, reason = "every test binary uses another part of it")]
mod postgres;
mod toy;

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt as _;
use kernel::bus::log;
use kernel::cell::Node;
use kernel::config::Config;
use kernel::prelude::*;
use toy::{Seen, cell, count, entries, order, post, token};

async fn place(node: &Node, number: &str) {
    let buyer = token(node, "alice", &["orders.Buyer"]);
    let answer = post(node, "/orders/place-order", &buyer, &order(number, number, "1")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// Waits until as many events have come to the consumer, and nothing waits.
async fn seen(node: &Node, number: u64) {
    let waiting = "(SELECT event_id FROM outbox UNION ALL SELECT event_id FROM deliveries) AS waiting";
    for _ in 0..600 {
        if count(node, "inbox").await + count(node, "dead_letters").await >= number && count(node, waiting).await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let counts = [count(node, "inbox").await, count(node, "outbox").await, count(node, "deliveries").await];
    panic!("inbox, outbox, deliveries: {counts:?}, wanted {number}");
}

/// Puts everything that was ever published into the outbox again, newest first.
async fn publish_everything_again(node: &Node) {
    let sql = "INSERT INTO outbox (event_id, event) SELECT event_id, event FROM event_log ORDER BY position DESC";
    let put = node.services().store.transact(move |tx| async move { tx.execute(sql, &[]).await }.boxed());
    put.await.map_err(|e: StoreError| e).unwrap();
}

fn owed() -> [(String, String); 1] {
    [("orders-seen".to_owned(), "orders.OrderPlaced".to_owned())]
}

async fn keeps_contract(config: &Config) {
    let handler = Seen::default();
    let node = cell(handler.clone()).open(config).await.unwrap();
    // A consumer that fails for a while sees each event once all the same.
    handler.failures.store(3, Ordering::SeqCst);
    for n in 0..20 {
        place(&node, &format!("AB-{n}")).await;
    }
    seen(&node, 20).await;
    assert_eq!((count(&node, "orders_seen").await, count(&node, "dead_letters").await), (20, 0));
    // Twice, and in another order: no effect twice.
    node.shutdown().await;
    let node = cell(handler.clone()).open(config).await.unwrap();
    publish_everything_again(&node).await;
    place(&node, "AB-20").await;
    seen(&node, 21).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    seen(&node, 21).await;
    assert_eq!((count(&node, "orders_seen").await, count(&node, "dead_letters").await), (21, 0));
    // One that gives up leaves a dead letter, evidence, and an event about it.
    handler.poison.store(1, Ordering::SeqCst);
    place(&node, "AB-21").await;
    seen(&node, 22).await;
    handler.poison.store(0, Ordering::SeqCst);
    assert_eq!((count(&node, "orders_seen").await, count(&node, "dead_letters").await), (21, 1));
    let dead = entries(&node).await.into_iter().filter(|entry| entry.event_type == "event.dead_lettered").count();
    let told = count(&node, "event_log WHERE type = 'dead_letter.orders-seen'").await;
    assert_eq!((dead, told), (1, 1));
    // What was given up is not tried again unasked.
    publish_everything_again(&node).await;
    place(&node, "AB-22").await;
    seen(&node, 23).await;
    assert_eq!((count(&node, "orders_seen").await, count(&node, "dead_letters").await), (22, 1));
    // Nothing is owed.
    let services = node.services();
    assert_eq!(log::reconcile(services, &owed(), Duration::ZERO).await, Ok(0));
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bus_inside_the_process_keeps_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    keeps_contract(&toy::config(dir.path())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_lost_is_published_again_and_replayed_on_demand() {
    let dir = tempfile::tempdir().unwrap();
    finds_and_replays(&toy::config(dir.path())).await;
}

async fn finds_and_replays(config: &Config) {
    let node = cell(Seen::default()).open(config).await.unwrap();
    place(&node, "AB-1").await;
    place(&node, "AB-2").await;
    seen(&node, 2).await;
    let services = node.services();
    // As if one of them had never come.
    let forget = "DELETE FROM inbox WHERE event_id = (SELECT min(event_id) FROM inbox)";
    let forgetting = services.store.transact(move |tx| async move { tx.execute(forget, &[]).await }.boxed());
    assert_eq!(forgetting.await.map_err(|e: StoreError| e).unwrap(), 1);
    assert_eq!(log::reconcile(services, &owed(), Duration::from_secs(3600)).await, Ok(0), "it may be on its way");
    assert_eq!(log::reconcile(services, &owed(), Duration::ZERO).await, Ok(1));
    seen(&node, 2).await;
    assert_eq!(count(&node, "orders_seen").await, 3);
    let long_ago = Timestamp::at_micros(0);
    for (again, events, number, effects) in [(false, 2, "AB-3", 4), (true, 3, "AB-4", 8)] {
        let replayed = log::replay(services, "orders-seen", "orders.OrderPlaced", long_ago, again).await;
        assert_eq!(replayed, Ok(events));
        // Another event wakes the worker.
        place(&node, number).await;
        seen(&node, events + 1).await;
        assert_eq!(count(&node, "orders_seen").await, effects);
    }
    node.shutdown().await;
}

#[cfg(feature = "production")]
mod on_jetstream {
    use super::*;
    use kernel::config::Layers;
    use nats::Nats;

    fn config(dir: &std::path::Path, url: &str) -> Config {
        let flags = vec![("bus.url".to_owned(), url.to_owned()), ("bus.cell".to_owned(), "north".to_owned())];
        let loaded = Config::load(&Layers { flags, ..Layers::default() }).unwrap();
        Config { broker: loaded.broker, ..toy::config(dir) }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn jetstream_keeps_the_contract() {
        let (server, dir) = (Nats::start(), tempfile::tempdir().unwrap());
        keeps_contract(&config(dir.path(), &server.url())).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn both_keep_the_contract_on_postgres() {
        let (broker, server) = (Nats::start(), super::postgres::Postgres::start());
        let dir = tempfile::tempdir().unwrap();
        let here = |name: &str| toy::on_postgres(&dir.path().join(name), &server.database(name));
        finds_and_replays(&here("replays")).await;
        keeps_contract(&here("alone")).await;
        let broker = config(dir.path(), &broker.url()).broker;
        keeps_contract(&Config { broker, ..here("broker") }).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_envelope_tells_where_it_comes_from_and_what_is_none_is_a_dead_letter() {
        let (server, dir) = (Nats::start(), tempfile::tempdir().unwrap());
        let node = cell(Seen::default()).open(&config(dir.path(), &server.url())).await.unwrap();
        let client = async_nats::connect(server.url()).await.unwrap();
        let mut wire = client.subscribe(">").await.unwrap();
        client.flush().await.unwrap();
        place(&node, "AB-1").await;
        seen(&node, 1).await;
        let message = arriving(&mut wire, "evt.north.orders.OrderPlaced").await;
        let event: Event = kernel::serde_json::from_slice(&message.payload).unwrap();
        assert_eq!((event.source.as_str(), event.modelhash.as_str()), ("/orders", "model-hash"));
        let id = message.headers.unwrap().get("Nats-Msg-Id").unwrap().to_string();
        assert_eq!((id, event.correlationid.is_empty()), (event.id, false));
        client.publish("evt.north.orders.OrderPlaced", "no event \0".into()).await.unwrap();
        client.flush().await.unwrap();
        seen(&node, 2).await;
        assert_eq!((count(&node, "orders_seen").await, count(&node, "dead_letters").await), (1, 1));
        let letter: Event =
            kernel::serde_json::from_slice(&arriving(&mut wire, "dead.north.orders-seen").await.payload).unwrap();
        assert_eq!(letter.event_type, "dead_letter.orders-seen");
        assert_eq!(letter.data["event"], "no event \u{fffd}");
        node.shutdown().await;
    }

    /// The next message on a subject.
    async fn arriving(wire: &mut async_nats::Subscriber, subject: &str) -> async_nats::Message {
        let next = async {
            loop {
                let message = futures_util::StreamExt::next(wire).await.unwrap();
                if message.subject.as_str() == subject {
                    return message;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), next).await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_broker_that_is_destroyed_under_load_and_replaced_costs_time_and_nothing_else() {
        let (mut server, dir) = (Nats::start(), tempfile::tempdir().unwrap());
        let node = cell(Seen::default()).open(&config(dir.path(), &server.url())).await.unwrap();
        let load = async {
            for n in 0..150 {
                place(&node, &format!("AB-{n}")).await;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let harm = async {
            for _ in 0..2 {
                tokio::time::sleep(Duration::from_millis(300)).await;
                server.destroy();
                tokio::time::sleep(Duration::from_millis(300)).await;
                server.again();
            }
        };
        tokio::join!(load, harm);
        // What the broker had acknowledged and then lost is found missing.
        eventually_for(Duration::from_secs(60), async || {
            log::reconcile(node.services(), &owed(), Duration::from_secs(2)).await.unwrap();
            count(&node, "inbox").await == 150
        })
        .await;
        seen(&node, 150).await;
        assert_eq!((count(&node, "orders_seen").await, count(&node, "dead_letters").await), (150, 0));
        node.shutdown().await;
    }

    async fn eventually_for<F: AsyncFn() -> bool>(patience: Duration, condition: F) {
        let end = std::time::Instant::now() + patience;
        while !condition().await {
            assert!(std::time::Instant::now() < end, "it did not happen in time");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}
