//! Whether the rows of read models are the same when they are made anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures_util::FutureExt as _;

use super::{Bench, expect};
use crate::auth::Identity;
use crate::canonical::Digest;
use crate::cell::Module;
use crate::event::Event;
use crate::operation::{Origin, Rejection, UnitOfWork};
use crate::policy::Decision;
use crate::read_model::{self, Declared, ReadModel, ReadModelError, Shared};
use crate::services::Services;
use crate::store::{StoreError, Tx, Value};

/// Rounds of publishing, dying, following and making anew.
const ROUNDS: u64 = 24;

/// Publishes such events in an order that is the same each time, lets every read model of the context follow, die in the
/// middle of that, see events delivered again, and be made anew: its rows stay the same. Each event is told by its type and
/// its payload as JSON.
///
/// # Panics
/// When they do not, or when events leave no trace at all.
pub fn made_anew(module: Module, events: &[(&str, &str)]) {
    let models = module.read_models().to_vec();
    let bench = Bench::open(module);
    let services = bench.node.services().clone();
    for model in models {
        bench.runtime.block_on(one(&services, model, events));
    }
}

async fn one(services: &Services, model: Shared, events: &[(&str, &str)]) {
    let (name, mut seen, mut chance) = (model.declared().name, 0, Chance(1));
    expect(read_model::register(services, &[Arc::clone(&model)]).await, name);
    for _ in 0..ROUNDS {
        for _ in 0..chance.below(5) {
            let place = usize::try_from(chance.below(events.len() as u64)).unwrap_or_default();
            if let Some((event_type, payload)) = events.get(place) {
                expect(publish(services, event_type, payload).await, event_type);
            }
        }
        let mortal: Shared = Arc::new(Mortal { model: Arc::clone(&model), left: AtomicU64::new(chance.below(4)) });
        let before = rows(services, &model).await;
        match chance.below(3) {
            // Whoever dies leaves everything as it was: what it has done or nothing.
            0 if follow(services, &mortal).await.is_err() => assert_eq!(rows(services, &model).await, before, "{name}"),
            1 if read_model::rebuild(services, &mortal).await.is_err() => {
                assert_eq!(rows(services, &model).await, before, "{name}");
            }
            _ => drop(expect(again(services).await, name)),
        }
        expect(follow(services, &model).await, name);
        let kept = rows(services, &model).await;
        expect(read_model::rebuild(services, &model).await, name);
        assert_eq!(rows(services, &model).await, kept, "{name} is not what it was when it is made anew");
        seen = seen.max(kept.len());
    }
    assert!(seen > 0, "none of the events puts a row into {name}");
}

/// Numbers that are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }
}

/// A read model that dies after so many events.
struct Mortal {
    model: Shared,
    left: AtomicU64,
}

#[async_trait]
impl ReadModel for Mortal {
    fn declared(&self) -> Declared {
        self.model.declared()
    }

    async fn apply(&self, tx: &mut dyn Tx, generation: i64, event: &Event) -> Result<(), ReadModelError> {
        self.model.apply(tx, generation, event).await?;
        match self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
            Ok(_) => Ok(()),
            Err(_) => Err(StoreError::Misuse("it dies".to_owned()).into()),
        }
    }
}

async fn follow(services: &Services, model: &Shared) -> Result<(), ReadModelError> {
    while read_model::catch_up(services, model).await? {}
    Ok(())
}

async fn publish(services: &Services, event_type: &str, payload: &str) -> Result<(), Rejection> {
    let payload: serde_json::Value = expect(serde_json::from_str(payload), payload);
    let event = Event::new(event_type, "test", &payload)?;
    let (own, services) = (services.clone(), services.clone());
    let published = own.store.transact(move |tx| {
        let (services, event) = (services.clone(), event.clone());
        async move {
            let text = || "test".to_owned();
            let origin = Origin {
                context: text(),
                operation: text(),
                flow: String::new(),
                actor: text(),
                correlation_id: text(),
                causation_id: text(),
                traceparent: None,
            };
            let decision = Decision::new("test", Digest::of(b""), Identity::service("test").digest());
            UnitOfWork::new(tx, &services, &origin, decision).publish(event).await
        }
        .boxed()
    });
    published.await
}

/// What was published goes out once more, as after a loss on the way.
async fn again(services: &Services) -> Result<u64, StoreError> {
    let sql =
        "INSERT INTO outbox (event_id, event) SELECT event_id, event FROM event_log WHERE TRUE ON CONFLICT DO NOTHING";
    services.store.transact(move |tx| async move { tx.execute(sql, &[]).await }.boxed()).await
}

/// The rows that are read, in no order that means anything, without the number of their generation.
async fn rows(services: &Services, model: &Shared) -> Vec<Vec<Value>> {
    let Declared { name, table, .. } = model.declared();
    let read = services.store.read(move |tx| {
        async move {
            let current = "SELECT generation FROM read_models WHERE name = $1";
            let sql = format!("SELECT * FROM {table} WHERE \"_generation\" = ({current})");
            tx.query(&sql, &[Value::Text(name.to_owned())]).await
        }
        .boxed()
    });
    let rows = expect(read.await.map_err(|error: StoreError| error), name);
    let mut rows: Vec<Vec<Value>> = rows.iter().map(|row| row.without("_generation")).collect();
    rows.sort_by_cached_key(|row| format!("{row:?}"));
    rows
}
