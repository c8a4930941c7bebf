//! What is read from the store when somebody asks.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use super::process::Process;
use super::{Declaring, OfConnector, OfConsumer, OfReadModel, Real, advance, set};
use crate::connector::{Standing, standings};
use crate::outbox;
use crate::read_model;
use crate::services::Services;
use crate::store::{StoreError, Tx};
use crate::types::Timestamp;

/// Metrics whose values are looked up.
pub(super) struct Sampled {
    up: Gauge,
    entries: Counter,
    checkpoint_entries: Gauge,
    checkpoint_age: Real,
    outbox: Gauge,
    outbox_lag: Real,
    deliveries: Family<OfConsumer, Gauge>,
    dead: Family<OfConsumer, Gauge>,
    quarantined: Family<OfConnector, Gauge>,
    position: Family<OfConnector, Real>,
    covered: Family<OfConnector, Real>,
    gap: Family<OfConnector, Gauge>,
    follows: Family<OfReadModel, Gauge>,
    behind: Family<OfReadModel, Gauge>,
    memory: Gauge,
    files: Gauge,
    started: Real,
}

/// What the store says.
struct Found {
    entries: u64,
    checkpoint: Option<(u64, Timestamp)>,
    outbox: u64,
    oldest: Option<Timestamp>,
    deliveries: Vec<(String, u64)>,
    dead: Vec<(String, u64)>,
    quarantined: Vec<(String, u64)>,
    connectors: Vec<Standing>,
    read_models: Vec<read_model::Standing>,
}

/// The exposition. What the store cannot say is missing from it, and `cell_store_up` is 0 then.
pub(crate) async fn expose(services: &Services) -> Result<String, fmt::Error> {
    let (metrics, now) = (&services.metrics, services.clock.now());
    let followed: Arc<[_]> = services.followed.all().into();
    let looking = services.store.read(move |tx| {
        let followed = Arc::clone(&followed);
        async move { look(tx, &followed).await }.boxed()
    });
    let found = looking.await;
    let found = found.inspect_err(|error: &StoreError| tracing::warn!(%error, "metrics are not complete"));
    metrics.sampled.take(found.ok(), now);
    metrics.text()
}

async fn look(tx: &mut dyn Tx, followed: &[(read_model::Declared, bool)]) -> Result<Found, StoreError> {
    let oldest = "SELECT published_at FROM event_log \
        WHERE event_id = (SELECT event_id FROM outbox ORDER BY position LIMIT 1)";
    let newest = "SELECT size, signed_at FROM ledger_checkpoints ORDER BY size DESC LIMIT 1";
    let checkpoint = tx.query_opt(newest, &[]).await?;
    Ok(Found {
        entries: outbox::count(tx, "SELECT sequence FROM ledger_head WHERE id = 1").await?,
        checkpoint: checkpoint.map(|row| Ok::<_, StoreError>((row.at(0)?, row.at(1)?))).transpose()?,
        outbox: outbox::depth(tx).await?,
        oldest: tx.query_opt(oldest, &[]).await?.map(|row| row.at(0)).transpose()?,
        deliveries: counts(tx, "SELECT durable, count(*) FROM deliveries GROUP BY durable").await?,
        dead: counts(tx, "SELECT durable, count(*) FROM dead_letters GROUP BY durable").await?,
        quarantined: counts(tx, "SELECT connector, count(*) FROM quarantine GROUP BY connector").await?,
        connectors: standings(tx).await?,
        read_models: read_model::standings(tx, followed).await?,
    })
}

async fn counts(tx: &mut dyn Tx, sql: &str) -> Result<Vec<(String, u64)>, StoreError> {
    tx.query(sql, &[]).await?.iter().map(|row| Ok((row.at(0)?, row.at(1)?))).collect()
}

/// Gauges hold whole numbers up to 2^63.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Seconds since 1970.
fn epoch(moment: Timestamp) -> f64 {
    Duration::from_micros(u64::try_from(moment.micros()).unwrap_or(0)).as_secs_f64()
}

impl Sampled {
    pub(super) fn declared(all: &mut Declaring) -> Self {
        Self {
            up: all.add("cell_store_up", Gauge::default()),
            entries: all.add("cell_ledger_entries", Counter::default()),
            checkpoint_entries: all.add("cell_ledger_checkpoint_entries", Gauge::default()),
            checkpoint_age: all.add("cell_ledger_checkpoint_age_seconds", Real::default()),
            outbox: all.add("cell_outbox_events", Gauge::default()),
            outbox_lag: all.add("cell_outbox_lag_seconds", Real::default()),
            deliveries: all.add("cell_deliveries", Family::default()),
            dead: all.add("cell_dead_letters", Family::default()),
            quarantined: all.add("cell_quarantined", Family::default()),
            position: all.add("cell_connector_position_seconds", Family::default()),
            covered: all.add("cell_connector_covered_seconds", Family::default()),
            gap: all.add("cell_connector_gap_events", Family::default()),
            follows: all.add("cell_read_model_follows", Family::default()),
            behind: all.add("cell_read_model_behind_events", Family::default()),
            memory: all.add("process_resident_memory_bytes", Gauge::default()),
            files: all.add("process_open_fds", Gauge::default()),
            started: all.add("process_start_time_seconds", Real::default()),
        }
    }

    fn take(&self, found: Option<Found>, now: Timestamp) {
        self.up.set(i64::from(found.is_some()));
        // What was is not what is: a number that cannot be had must not look as if it could.
        for family in [&self.deliveries, &self.dead] {
            family.clear();
        }
        self.quarantined.clear();
        self.position.clear();
        self.covered.clear();
        self.gap.clear();
        self.follows.clear();
        self.behind.clear();
        if let Some(found) = found {
            self.ledger(&found, now);
            self.messages(&found, now);
            self.connectors(&found);
            self.read_models(&found);
        }
        let process = Process::look();
        self.memory.set(whole(process.resident_bytes.unwrap_or(0)));
        self.files.set(whole(process.open_files.unwrap_or(0)));
        set(&self.started, process.started.unwrap_or(0.0));
    }

    fn ledger(&self, found: &Found, now: Timestamp) {
        advance(&self.entries, found.entries);
        let (size, signed) = found.checkpoint.unwrap_or((0, now));
        self.checkpoint_entries.set(whole(size));
        set(&self.checkpoint_age, now.since(signed).as_secs_f64());
    }

    fn messages(&self, found: &Found, now: Timestamp) {
        self.outbox.set(whole(found.outbox));
        set(&self.outbox_lag, found.oldest.map_or(0.0, |oldest| now.since(oldest).as_secs_f64()));
        for (family, counts) in [(&self.deliveries, &found.deliveries), (&self.dead, &found.dead)] {
            for (consumer, count) in counts {
                family.get_or_create(&OfConsumer { consumer: consumer.clone() }).set(whole(*count));
            }
        }
    }

    fn read_models(&self, found: &Found) {
        for read_model::Standing { name, follows, behind } in &found.read_models {
            let labels = OfReadModel { read_model: name };
            self.follows.get_or_create(&labels).set(i64::from(*follows));
            self.behind.get_or_create(&labels).set(whole(*behind));
        }
    }

    fn connectors(&self, found: &Found) {
        let of = |connector: &str| OfConnector { connector: connector.to_owned() };
        for (connector, count) in &found.quarantined {
            self.quarantined.get_or_create(&of(connector)).set(whole(*count));
        }
        for standing in &found.connectors {
            let labels = of(&standing.connector);
            self.gap.get_or_create(&labels).set(whole(standing.gap));
            if let Some(since) = standing.since {
                set(&self.position.get_or_create(&labels), epoch(since));
            }
            if let Some(covered) = standing.covered {
                set(&self.covered.get_or_create(&labels), epoch(covered));
            }
        }
    }
}
