//! Read models: whatever is delivered twice, interrupted or made anew, the rows are what the events say.
#![cfg(feature = "embedded")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[cfg(feature = "production")]
#[path = "servers/postgres.rs"]
#[allow(dead_code, reason = "every test binary uses another part of it")]
mod postgres;
mod toy;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::FutureExt as _;
use kernel::cell::Node;
use kernel::operation::Origin;
use kernel::policy::Decision;
use kernel::prelude::*;
use kernel::read_model::{self, Declared, ReadModel, ReadModelError, Shared, Sum};
use kernel::serde_json::json;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;

/// Orders and their sum, by name: as the compiler emits it. It can be told to fail after so many events.
struct Tally {
    left: Arc<AtomicI64>,
    digest: &'static str,
}

const NEVER: i64 = i64::MAX;

#[async_trait]
impl ReadModel for Tally {
    fn declared(&self) -> Declared {
        Declared {
            name: "toy.Tally",
            table: "\"toy_tally\"",
            digest: self.digest,
            events: &["toy.Added", "toy.Set", "toy.Removed"],
        }
    }

    async fn apply(&self, tx: &mut dyn Tx, generation: i64, event: &Event) -> Result<(), ReadModelError> {
        if self.left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            return Err(ReadModelError::Overflow("on purpose"));
        }
        let name = event.subject.clone();
        let key = [generation.to_value(), name.to_value()];
        if event.event_type == "toy.Removed" {
            tx.execute("DELETE FROM toy_tally WHERE _generation = $1 AND name = $2", &key).await?;
            return Ok(());
        }
        let found =
            tx.query_opt("SELECT count, total FROM toy_tally WHERE _generation = $1 AND name = $2", &key).await?;
        let (mut count, mut total) = match found {
            Some(row) => (row.get::<i64>("count")?, row.get::<Decimal>("total")?),
            None => (0, Decimal::ZERO),
        };
        let amount: Decimal = event.data["amount"].as_str().unwrap().parse().unwrap();
        if event.event_type == "toy.Set" {
            total = amount;
        } else {
            count = count.plus(1).ok_or(ReadModelError::Overflow("count"))?;
            total = total.plus(amount).ok_or(ReadModelError::Overflow("total"))?;
        }
        let sql = "INSERT INTO toy_tally (_generation, name, count, total) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (_generation, name) DO UPDATE SET count = $3, total = $4";
        tx.execute(sql, &[generation.to_value(), name.to_value(), count.to_value(), total.to_value()]).await?;
        Ok(())
    }
}

const MIGRATIONS: &[Migration] = &[Migration {
    context: "toy",
    number: 1,
    name: "tally",
    sqlite: "CREATE TABLE toy_tally (_generation INTEGER NOT NULL, name TEXT NOT NULL, count INTEGER NOT NULL, total TEXT NOT NULL, PRIMARY KEY (_generation, name)) STRICT;",
    postgres: "CREATE TABLE toy_tally (_generation BIGINT NOT NULL, name TEXT NOT NULL, count BIGINT NOT NULL, total TEXT NOT NULL, PRIMARY KEY (_generation, name));",
    checks: &[],
    released: true,
}];

/// Something that happens.
#[derive(Debug, Clone)]
enum Step {
    /// Events are published: type, name and amount.
    Publish(Vec<(u8, u8, i64)>),
    /// The read model follows, and dies in the middle of it after so many events.
    Die(i64),
    /// It follows.
    Follow,
    /// It is made anew, and dies in the middle of it after so many events.
    DieRebuilding(i64),
    /// It is made anew.
    Rebuild,
    /// What was published goes out again.
    Repeat,
    /// The node ends and begins again.
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let event = (0..4u8, 0..3u8, -500..500i64);
    let step = prop_oneof![
        4 => prop::collection::vec(event, 0..8).prop_map(Step::Publish),
        2 => (0..6i64).prop_map(Step::Die),
        2 => Just(Step::Follow),
        1 => (0..6i64).prop_map(Step::DieRebuilding),
        1 => Just(Step::Rebuild),
        1 => Just(Step::Repeat),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..14)
}

fn type_of(number: u8) -> &'static str {
    ["toy.Added", "toy.Set", "toy.Removed", "toy.Other"][usize::from(number)]
}

async fn publish(services: &Services, events: &[(u8, u8, i64)]) {
    let events: Vec<Event> = events
        .iter()
        .map(|(kind, name, amount)| {
            Event::new(type_of(*kind), name, &json!({"amount": Decimal::new(i128::from(*amount), 2).to_string()}))
                .unwrap()
        })
        .collect();
    let (services, own) = (services.clone(), services.clone());
    let published = own.store.transact(move |tx| {
        let (services, events) = (services.clone(), events.clone());
        async move {
            let origin = Origin {
                context: "toy".to_owned(),
                operation: "toy.Test".to_owned(),
                flow: String::new(),
                actor: "test".to_owned(),
                correlation_id: "test".to_owned(),
                causation_id: "test".to_owned(),
                traceparent: None,
            };
            let decision = Decision::new("test", Digest::of(b""), Digest::of(b""));
            let mut uow = UnitOfWork::new(tx, &services, &origin, decision);
            for event in events {
                uow.publish(event).await?;
            }
            Ok::<(), Rejection>(())
        }
        .boxed()
    });
    published.await.unwrap();
}

type Rows = BTreeMap<String, (i64, String)>;

/// What is read of the table, and how many rows there are besides.
async fn rows(services: &Services) -> (Rows, u64) {
    let read = services.store.read(|tx| {
        async move {
            let current = "(SELECT generation FROM read_models WHERE name = 'toy.Tally')";
            let sql = format!("SELECT name, count, total FROM toy_tally WHERE _generation = {current}");
            let found = tx.query(&sql, &[]).await?;
            let read = |row: &Row| Ok((row.get("name")?, (row.get("count")?, row.get("total")?)));
            let rows: Rows = found.iter().map(read).collect::<Result<_, StoreError>>()?;
            let sql = format!("SELECT count(*) FROM toy_tally WHERE _generation <> {current}");
            let others = tx.query_opt(&sql, &[]).await?.unwrap().at(0)?;
            Ok::<_, StoreError>((rows, others))
        }
        .boxed()
    });
    read.await.unwrap()
}

/// What the events say.
fn expected(events: &[(u8, u8, i64)]) -> Rows {
    let mut rows: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for (kind, name, amount) in events {
        let name = name.to_string();
        match type_of(*kind) {
            "toy.Added" => {
                let row = rows.entry(name).or_default();
                *row = (row.0 + 1, row.1 + amount);
            }
            "toy.Set" => rows.entry(name).or_default().1 = *amount,
            "toy.Removed" => drop(rows.remove(&name)),
            _ => {}
        }
    }
    let text = |cents: i64| Decimal::new(i128::from(cents), 2).to_string();
    rows.into_iter().map(|(name, (count, cents))| (name, (count, text(cents)))).collect()
}

fn cell() -> Cell {
    Cell::new("model-hash").module(Module::new("toy").migrations(MIGRATIONS))
}

async fn follow(services: &Services, model: &Shared) -> Result<(), ReadModelError> {
    while read_model::catch_up(services, model).await? {}
    Ok(())
}

async fn statement(services: &Services, sql: &'static str) {
    let done = services.store.transact(move |tx| async move { tx.execute(sql, &[]).await }.boxed());
    let done: Result<u64, StoreError> = done.await;
    done.unwrap();
}

async fn live(mut node: Node, config: &kernel::config::Config, steps: Vec<Step>) -> Node {
    let left = Arc::new(AtomicI64::new(NEVER));
    let model: Shared = Arc::new(Tally { left: Arc::clone(&left), digest: "1" });
    for table in ["DELETE FROM toy_tally", "DELETE FROM read_models", "DELETE FROM event_log", "DELETE FROM outbox"] {
        statement(node.services(), table).await;
    }
    read_model::register(node.services(), &[Arc::clone(&model)]).await.unwrap();
    let mut log = Vec::new();
    let mut followed = 0;
    for step in steps {
        let services = node.services().clone();
        match step {
            Step::Publish(events) => {
                publish(&services, &events).await;
                log.extend(events);
            }
            Step::Follow => {
                follow(&services, &model).await.unwrap();
                followed = log.len();
            }
            Step::Rebuild => {
                let rebuilt = read_model::rebuild(&services, &model).await.unwrap();
                let own = log.iter().filter(|(kind, ..)| *kind < 3).count();
                assert_eq!(rebuilt.events, own as u64);
                followed = log.len();
            }
            Step::Die(after) | Step::DieRebuilding(after) => {
                left.store(after, Ordering::SeqCst);
                let died = match step {
                    Step::Die(_) => follow(&services, &model).await.is_err(),
                    _ => read_model::rebuild(&services, &model).await.is_err(),
                };
                left.store(NEVER, Ordering::SeqCst);
                if !died {
                    followed = log.len();
                }
            }
            Step::Repeat => {
                statement(&services, "INSERT INTO outbox (event_id, event) SELECT event_id, event FROM event_log WHERE TRUE ON CONFLICT DO NOTHING")
                    .await;
            }
            Step::Restart => {
                node.shutdown().await;
                node = cell().open(config).await.unwrap();
                read_model::register(node.services(), &[Arc::clone(&model)]).await.unwrap();
            }
        }
        // A batch is followed whole or not at all, and nobody sees what is being made.
        assert_eq!(rows(node.services()).await.0, expected(&log[..followed]));
    }
    follow(node.services(), &model).await.unwrap();
    let kept = rows(node.services()).await.0;
    assert_eq!(kept, expected(&log));
    read_model::rebuild(node.services(), &model).await.unwrap();
    assert_eq!(rows(node.services()).await, (kept, 0));
    node
}

fn rows_are_what_events_say(config: &kernel::config::Config, cases: u32) {
    let runtime = Runtime::new().unwrap();
    let mut node = Some(runtime.block_on(cell().open(config)).unwrap());
    let mut runner =
        TestRunner::new(Config { cases, failure_persistence: None, max_shrink_iters: 0, ..Config::default() });
    let cell = std::cell::RefCell::new(node.take());
    let ran = runner.run(&steps(), |steps| {
        let node = cell.borrow_mut().take().expect("a node");
        *cell.borrow_mut() = Some(runtime.block_on(live(node, config, steps)));
        Ok(())
    });
    ran.unwrap();
    runtime.block_on(cell.take().expect("a node").shutdown());
}

#[test]
fn rebuilt_rows_are_the_kept_ones_on_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    rows_are_what_events_say(&toy::config(dir.path()), 40);
}

#[cfg(feature = "production")]
#[test]
fn rebuilt_rows_are_the_kept_ones_on_postgres() {
    let server = postgres::Postgres::start();
    let dir = tempfile::tempdir().unwrap();
    rows_are_what_events_say(&toy::on_postgres(dir.path(), &server.database("read_models")), 25);
}

/// Readers see the old rows until the new ones are whole, however many transactions that takes.
#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_of_many_events_switches_at_once_and_a_new_digest_asks_for_one() {
    let dir = tempfile::tempdir().unwrap();
    let model = |digest| Tally { left: Arc::new(AtomicI64::new(NEVER)), digest };
    let with = |digest| {
        let module = Module::new("toy").migrations(MIGRATIONS).read_model(model(digest));
        Cell::new("model-hash").module(module)
    };
    let node = with("1").open(&toy::config(dir.path())).await.unwrap();
    let events: Vec<(u8, u8, i64)> = (0..1200).map(|n| (0, 0, n)).collect();
    for part in events.chunks(300) {
        publish(node.services(), part).await;
    }
    let whole = expected(&events);
    toy::eventually(async || rows(node.services()).await.0 == whole).await;
    let shared: Shared = Arc::new(model("1"));
    let services = node.services().clone();
    let rebuilding = tokio::spawn(async move { read_model::rebuild(&services, &shared).await });
    while !rebuilding.is_finished() {
        assert_eq!(rows(node.services()).await.0, whole);
    }
    let rebuilt = rebuilding.await.unwrap().unwrap();
    assert_eq!((rebuilt.generation, rebuilt.events), (2, 1200));
    assert!(rebuilt.steps > 3, "{rebuilt:?}");
    node.shutdown().await;
    // Another way of making rows: they are made anew when the node starts.
    let node = with("2").open(&toy::config(dir.path())).await.unwrap();
    toy::eventually(async || toy::count(&node, "read_models WHERE digest = '2' AND generation = 3").await == 1).await;
    assert_eq!(rows(node.services()).await.0, whole);
    node.shutdown().await;
}
