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
    use base64::Engine as _;
    use kernel::config::Layers;
    use kernel::serde_json::json;
    use nats::Nats;

    fn config(dir: &std::path::Path, url: &str) -> Config {
        config_with(dir, url, &[])
    }

    fn config_with(dir: &std::path::Path, url: &str, more: &[(&str, &str)]) -> Config {
        let flags = [&[("bus.url", url), ("bus.cell", "north")], more].concat();
        let flags = flags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
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

    /// A file in a folder, with this in it.
    fn file(dir: &std::path::Path, name: &str, text: &str) -> String {
        let path = dir.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// An authority of the test's own and a certificate of it for this machine: the files of the authority's certificate, of
    /// the server's, and of its key.
    fn certificates(dir: &std::path::Path, name: &str) -> [String; 3] {
        let at = |what: &str| dir.join(format!("{name}-{what}")).display().to_string();
        let [ca, ca_key, request, certificate, key] = ["ca.pem", "ca.key", "csr", "pem", "key"].map(at);
        let extensions =
            file(dir, &format!("{name}-ext"), "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n");
        let run = |args: &[&str]| {
            let done = std::process::Command::new("openssl").args(args).output().expect("openssl: Debian's package");
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        };
        let new = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        let authority = ["-x509", "-subj", "/CN=authority", "-days", "2", "-keyout", &ca_key, "-out", &ca];
        run(&[&new[..], &authority, &["-addext", "keyUsage=critical,keyCertSign"]].concat());
        run(&[&new[..], &["-subj", "/CN=broker", "-keyout", &key, "-out", &request]].concat());
        let sign = ["x509", "-req", "-in", &request, "-CA", &ca, "-CAkey", &ca_key, "-CAcreateserial", "-days", "2"];
        run(&[&sign[..], &["-extfile", &extensions, "-out", &certificate]].concat());
        [ca, certificate, key]
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_broker_that_demands_tls_and_a_password_gets_both_or_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let [ca, certificate, key] = certificates(dir.path(), "broker");
        let [stranger, ..] = certificates(dir.path(), "stranger");
        let server = Nats::start_with(&format!(
            "tls {{ cert_file: \"{certificate}\", key_file: \"{key}\" }}
             authorization {{ users: [ {{ user: cell, password: \"s3cret of many signs\" }} ] }}"
        ));
        let right = format!("file:{}", file(dir.path(), "password", "s3cret of many signs\n"));
        let wrong = format!("file:{}", file(dir.path(), "wrong", "guessed\n"));
        let with = |ca: &str, password: &str| {
            let login = [("bus.user", "cell"), ("bus.password", password), ("bus.tls_ca", ca)];
            config_with(&dir.path().join("waiting"), &server.url(), &login)
        };
        // Neither a broker that a stranger vouches for nor one that the cell may not enter is given anything.
        for (n, config) in [with(&stranger, &right), with(&ca, &wrong)].iter().enumerate() {
            let node = cell(Seen::default()).open(config).await.unwrap();
            place(&node, &format!("AB-{n}")).await;
            tokio::time::sleep(Duration::from_millis(500)).await;
            assert_eq!((count(&node, "outbox").await, count(&node, "inbox").await), (n as u64 + 1, 0));
            node.shutdown().await;
        }
        let node = cell(Seen::default()).open(&with(&ca, &right)).await.unwrap();
        seen(&node, 2).await;
        node.shutdown().await;
        keeps_contract(&Config { data_dir: dir.path().join("new"), ..with(&ca, &right) }).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_credentials_file_opens_the_door_of_a_broker_with_operators() {
        let dir = tempfile::tempdir().unwrap();
        let (server, credentials) = operated();
        let server = Nats::start_with(&server);
        let with = |text: &str, name: &str| {
            let reference = format!("file:{}", file(dir.path(), name, text));
            config_with(&dir.path().join(name).with_extension("d"), &server.url(), &[("bus.credentials", &reference)])
        };
        let (_, of_a_stranger) = operated();
        let node = cell(Seen::default()).open(&with(&of_a_stranger, "stranger")).await.unwrap();
        place(&node, "AB-0").await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!((count(&node, "outbox").await, count(&node, "inbox").await), (1, 0));
        node.shutdown().await;
        keeps_contract(&with(&credentials, "ours")).await;
    }

    /// The configuration of a server that an operator of the test's own vouches for, with one account, and the credentials
    /// of a user of that: what `nsc` makes.
    fn operated() -> (String, String) {
        let [operator, user] = [nkeys::KeyPair::new_operator(), nkeys::KeyPair::new_user()];
        let [system, account] = [nkeys::KeyPair::new_account(), nkeys::KeyPair::new_account()];
        let limits = json!({"subs": -1, "data": -1, "payload": -1, "conn": -1, "leaf": -1, "imports": -1, "exports": -1,
            "wildcards": true, "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1});
        let of_operator = json!({"type": "operator", "version": 2, "system_account": system.public_key()});
        let of_account = json!({"type": "account", "version": 2, "limits": limits});
        let of_system = json!({"type": "account", "version": 2, "limits": {"subs": -1, "data": -1, "payload": -1,
            "conn": -1, "leaf": -1, "imports": -1, "exports": -1, "wildcards": true}});
        let of_user = json!({"type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1});
        let config = format!(
            "operator: {}\nsystem_account: {}\nresolver: MEMORY\nresolver_preload {{ {}: {}, {}: {} }}\n",
            jwt(&operator, &operator, &of_operator),
            system.public_key(),
            system.public_key(),
            jwt(&operator, &system, &of_system),
            account.public_key(),
            jwt(&operator, &account, &of_account),
        );
        let credentials = format!(
            "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\n\
             -----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
            jwt(&account, &user, &of_user),
            user.seed().unwrap(),
        );
        (config, credentials)
    }

    /// What `issuer` says of `subject`, signed.
    fn jwt(issuer: &nkeys::KeyPair, subject: &nkeys::KeyPair, nats: &kernel::serde_json::Value) -> String {
        let encode = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
        let claims = json!({"jti": subject.public_key(), "iat": 1_700_000_000, "iss": issuer.public_key(),
            "name": "test", "sub": subject.public_key(), "nats": nats});
        let signed = [json!({"typ": "JWT", "alg": "ed25519-nkey"}), claims].map(|it| encode(it.to_string().as_bytes()));
        let signed = signed.join(".");
        let signature = encode(&issuer.sign(signed.as_bytes()).unwrap());
        format!("{signed}.{signature}")
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_stream_has_limits_and_what_they_cost_is_time() {
        let (mut server, dir) = (Nats::start(), tempfile::tempdir().unwrap());
        // One that was made before there were any.
        let context = async_nats::jetstream::new(async_nats::connect(server.url()).await.unwrap());
        let stream = async_nats::jetstream::stream::Config {
            name: "EVENTS_north".to_owned(),
            subjects: vec!["evt.north.>".to_owned(), "dead.north.>".to_owned()],
            ..Default::default()
        };
        context.create_stream(stream).await.unwrap();
        // A few events fill it.
        let limits = [("bus.max_bytes", "3000"), ("bus.max_age_seconds", "2")];
        let node = cell(Seen::default()).open(&config_with(dir.path(), &server.url(), &limits)).await.unwrap();
        place(&node, "AB-0").await;
        seen(&node, 1).await;
        let found = context.get_stream("EVENTS_north").await.unwrap().cached_info().config.clone();
        assert_eq!((found.max_bytes, found.max_age), (3000, Duration::from_secs(2)));
        assert_eq!(found.discard, async_nats::jetstream::stream::DiscardPolicy::Old);
        // A broker that comes back is given more at once than it keeps.
        server.destroy();
        for n in 1..40 {
            place(&node, &format!("AB-{n}")).await;
        }
        server.again();
        eventually_for(Duration::from_secs(60), async || {
            log::reconcile(node.services(), &owed(), Duration::from_secs(1)).await.unwrap();
            count(&node, "inbox").await == 40
        })
        .await;
        seen(&node, 40).await;
        assert_eq!((count(&node, "orders_seen").await, count(&node, "dead_letters").await), (40, 0));
        let mut stream = context.get_stream("EVENTS_north").await.unwrap();
        assert!(stream.info().await.unwrap().state.bytes <= 3000);
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
