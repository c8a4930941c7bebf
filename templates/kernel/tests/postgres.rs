//! What only a database on a server can do: be out of reach, refuse, go away, and be shared.
#![cfg(feature = "production")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[path = "servers/postgres.rs"]
mod server;
mod toy;

use std::path::Path;
use std::sync::Arc;

use kernel::blob::{BlobStore, FsBlobs};
use kernel::cell::Node;
use kernel::config::{Database, Secret, Url};
use kernel::ledger;
use kernel::store::postgres;
use server::Postgres;
use toy::{Seen, cell, count, entries, eventually, get, on_postgres, order, post, token};

const PLACE: &str = "/orders/place-order";

async fn open(dir: &Path, url: &str) -> Node {
    cell(Seen::default()).open(&on_postgres(dir, url)).await.unwrap()
}

async fn place(node: &Node, request: &str, number: &str) -> toy::Answer {
    let buyer = token(node, "alice", &["orders.Buyer"]);
    post(node, PLACE, &buyer, &order(request, number, "1")).await
}

async fn settled(node: &Node) {
    // In one look: what is consumed may put something into the outbox.
    let waiting = "(SELECT event_id FROM outbox UNION ALL SELECT event_id FROM deliveries) AS waiting";
    eventually(async || count(node, waiting).await == 0).await;
}

async fn verified(node: &Node, dir: &Path) -> ledger::Report {
    let blobs: Arc<dyn BlobStore> = Arc::new(FsBlobs::at(dir.join("blobs")));
    ledger::verify(&node.services().store, blobs).await.unwrap()
}

#[tokio::test]
async fn a_server_that_will_not_do_is_named_with_the_reason_and_no_secret() {
    let server = Postgres::start();
    let dir = tempfile::tempdir().unwrap();
    let good = server.database("good");
    server.run("postgres", "ALTER ROLE postgres PASSWORD 'right'").unwrap();
    let latin = "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'";
    server.run("postgres", latin).unwrap();
    let port = server.port();
    let password = dir.path().join("password");
    let database = |url: String| {
        let config = on_postgres(dir.path(), &url);
        Database { password: Some(Secret::File(password.clone())), ..config.database.unwrap() }
    };
    std::fs::write(&password, "hunter2\n").unwrap();
    for (url, parts) in [
        ("postgres://postgres@127.0.0.1:1/good".to_owned(), ["database good at 127.0.0.1:1", "refused"]),
        (
            format!("postgres://postgres@127.0.0.1:{port}/good"),
            ["cannot use the database", "password authentication failed"],
        ),
        (good.replace("/good?", "/absent?"), ["database absent", "does not exist"]),
        (good.replace("/good?", "/latin?"), ["database latin", "ENCODING 'UTF8'"]),
    ] {
        let Err(error) = postgres::open(&database(url), &Default::default()).await else { panic!("opened") };
        let text = error.to_string();
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
    std::fs::write(&password, "right\n").unwrap();
    let url = format!("postgres://postgres@127.0.0.1:{port}/good");
    postgres::open(&database(url.clone()), &Default::default()).await.unwrap().close().await;
    // The whole address as a secret.
    let secret = dir.path().join("url");
    std::fs::write(&secret, url.replace("postgres@", "postgres:right@")).unwrap();
    let config = Database { url: Url::Secret(Secret::File(secret)), password: None, ..database(url) };
    postgres::open(&config, &Default::default()).await.unwrap().close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_does_on_postgres_what_it_does_on_sqlite() {
    let server = Postgres::start();
    let (dir, url) = (tempfile::tempdir().unwrap(), server.database("cell"));
    let node = open(dir.path(), &url).await;
    let placed = place(&node, "r1", "AB-1").await;
    assert_eq!(placed.status, 200, "{}", placed.body);
    let again = place(&node, "r1", "AB-1").await;
    assert_eq!((&again.body, again.header("idempotency-replayed")), (&placed.body, "true"));
    assert_eq!(place(&node, "r1", "AB-2").await.code(), "other_input");
    assert_eq!(place(&node, "r2", "AB-1").await.code(), "number_taken");
    assert_eq!(place(&node, "r3", "no number").await.code(), "invalid_order");
    let buyer = token(&node, "alice", &["orders.Buyer"]);
    assert_eq!(get(&node, "/orders/read-order?number=AB-1", &buyer).await.body["number"], "AB-1");
    assert_eq!(get(&node, "/orders/read-order?number=AB-9", &buyer).await.code(), "no_such_order");
    for how in ["panic", "rewrite", "forget"] {
        let body = kernel::serde_json::json!({"how": how});
        assert_eq!(post(&node, "/orders/misbehave", &buyer, &body).await.status, 500, "{how}");
    }
    settled(&node).await;
    assert_eq!((count(&node, "orders_order").await, count(&node, "orders_seen").await), (1, 1));
    assert_eq!(get(&node, "/ready", "").await.status, 200);
    let report = verified(&node, dir.path()).await;
    assert!(report.is_good() && report.entries >= 5, "{report:?}");
    node.shutdown().await;
    let node = open(dir.path(), &url).await;
    assert_eq!(entries(&node).await.len() as u64, report.entries);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guards_that_were_taken_away_or_changed_are_missed() {
    let server = Postgres::start();
    let (dir, url) = (tempfile::tempdir().unwrap(), server.database("cell"));
    let node = open(dir.path(), &url).await;
    place(&node, "r1", "AB-1").await;
    // The superuser has every right, but triggers hold for him, too.
    let refused = server.run("cell", "TRUNCATE ledger_entries").unwrap_err();
    assert!(refused.contains("the ledger is append-only"), "{refused}");
    let noop =
        "CREATE OR REPLACE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'";
    let tampered = "ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_no_update; \
        UPDATE ledger_entries SET actor = 'mallory' WHERE sequence = 1; \
        ALTER TABLE ledger_entries ENABLE TRIGGER ledger_entries_no_update";
    for (sql, part) in [
        ("ALTER TABLE ledger_head DISABLE TRIGGER ledger_head_forward", "trigger ledger_head_forward"),
        (
            "ALTER TABLE ledger_head ENABLE TRIGGER ledger_head_forward; DROP TRIGGER ledger_entries_no_truncate ON ledger_entries",
            "trigger ledger_entries_no_truncate",
        ),
        (
            "CREATE TRIGGER ledger_entries_no_truncate BEFORE TRUNCATE ON ledger_entries FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()",
            "",
        ),
        (noop, "function ledger_append_only"),
        (tampered, "its values do not give its leaf hash"),
    ] {
        server.run("cell", sql).unwrap();
        let fault = verified(&node, dir.path()).await.fault.map_or(String::new(), |fault| fault.reason);
        assert!(fault.contains(part) && part.is_empty() == fault.is_empty(), "{sql}: {fault}");
    }
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_break_lose_nothing_that_was_acknowledged() {
    let server = Postgres::start();
    let (dir, url) = (tempfile::tempdir().unwrap(), server.database("cell"));
    let node = Arc::new(open(dir.path(), &url).await);
    let clients = (0..8).map(|client| {
        let node = Arc::clone(&node);
        tokio::spawn(async move {
            let mut acknowledged = Vec::new();
            for n in 0..40 {
                let number = format!("AB-{client}{n:03}");
                if place(&node, &number, &number).await.status == 200 {
                    acknowledged.push(number);
                }
            }
            acknowledged
        })
    });
    let clients: Vec<_> = clients.collect();
    let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'cell'";
    for _ in 0..5 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        server.run("cell", kill).unwrap();
    }
    let mut acknowledged = Vec::new();
    for client in clients {
        acknowledged.extend(client.await.unwrap());
    }
    assert!(acknowledged.len() > 200, "{}", acknowledged.len());
    let kept = server.run("cell", "SELECT number FROM orders_order").unwrap();
    let kept: Vec<_> = kept.lines().collect();
    assert!(acknowledged.iter().all(|number| kept.contains(&number.as_str())));
    settled(&node).await;
    // Each order has its entry and its event, once.
    assert_eq!(count(&node, "orders_seen").await, kept.len() as u64);
    let placed = entries(&node).await.iter().filter(|entry| entry.event_type == "orders.placed").count();
    assert_eq!(placed, kept.len());
    assert!(verified(&node, dir.path()).await.is_good());
    Arc::into_inner(node).unwrap().shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_share_a_database_append_in_turns() {
    let server = Postgres::start();
    let url = server.database("cell");
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    // They sign with one key.
    open(dirs[0].path(), &server.database("keys")).await.shutdown().await;
    for dir in &dirs[1..] {
        std::fs::copy(dirs[0].path().join(ledger::KEY_FILE), dir.path().join(ledger::KEY_FILE)).unwrap();
    }
    // All of them find an empty database and want to migrate it.
    let opening = dirs.iter().map(|dir| open(dir.path(), &url));
    let nodes = Arc::new(futures_util::future::join_all(opening).await);
    let clients = (0..12usize).map(|client| {
        let nodes = Arc::clone(&nodes);
        tokio::spawn(async move {
            for n in 0..10 {
                // Every number is wanted by two clients, and one of them gets it.
                let number = format!("AB-{}{n:03}", client / 2);
                let answer = place(&nodes[client % 3], &format!("{client} {n}"), &number).await;
                assert!(answer.status == 200 || answer.code() == "number_taken", "{}", answer.body);
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
    settled(&nodes[0]).await;
    assert_eq!((count(&nodes[0], "orders_order").await, count(&nodes[1], "orders_seen").await), (60, 60));
    let report = verified(&nodes[2], dirs[2].path()).await;
    assert!(report.is_good() && report.entries == 120, "{report:?}");
    for node in Arc::into_inner(nodes).unwrap() {
        node.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_with_one_key_at_the_same_time_have_one_effect() {
    let server = Postgres::start();
    let url = server.database("cell");
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    open(dirs[0].path(), &server.database("keys")).await.shutdown().await;
    std::fs::copy(dirs[0].path().join(ledger::KEY_FILE), dirs[1].path().join(ledger::KEY_FILE)).unwrap();
    let nodes = [open(dirs[0].path(), &url).await, open(dirs[1].path(), &url).await];
    toy::race(&[&nodes[0]]).await;
    toy::race(&[&nodes[0], &nodes[1]]).await;
    assert!(verified(&nodes[0], dirs[0].path()).await.is_good());
    for node in nodes {
        node.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_needs_no_more_rights_than_the_documentation_gives_it() {
    let server = Postgres::start();
    let (dir, url) = (tempfile::tempdir().unwrap(), server.database("cell"));
    open(dir.path(), &url).await.shutdown().await;
    for sql in [
        "CREATE ROLE cell LOGIN",
        "GRANT USAGE ON SCHEMA public TO cell",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO cell",
        "REVOKE UPDATE, DELETE ON ledger_entries, ledger_controls, ledger_tiles, ledger_checkpoints, ledger_keys, ledger_cosignatures FROM cell",
        "REVOKE DELETE ON ledger_head FROM cell",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO cell",
    ] {
        server.run("cell", sql).unwrap();
    }
    let node = open(dir.path(), &url.replace("user=postgres", "user=cell")).await;
    assert_eq!(place(&node, "r1", "AB-1").await.status, 200);
    settled(&node).await;
    assert!(verified(&node, dir.path()).await.is_good());
    node.shutdown().await;
}
