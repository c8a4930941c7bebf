//! The log of events: what was published and to whom it still has to come.
//!
//! Outbox and broker forget an event once it is on its way. The log does not, so that whatever a broker loses is published
//! again ([`reconcile`]) and a consumer can be given events anew ([`replay`]). The inbox keeps effects from being repeated.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;

use super::Consumer;
use crate::event::Event;
use crate::services::Services;
use crate::store::{Migration, Row, SqlValue, StoreError, Tx, Value};
use crate::types::Timestamp;

/// How long an event may be on its way before it counts as lost.
const LOST_AFTER: Duration = Duration::from_secs(60);
/// How often that is looked at.
const PERIOD: Duration = Duration::from_secs(60);
/// How many are published again in one go.
const BATCH: i64 = 500;

pub(crate) const SCHEMA: Migration = Migration {
    context: "kernel.bus",
    number: 1,
    name: "event_log",
    sqlite: include_str!("../../migrations/sqlite/bus_0001_event_log.sql"),
    postgres: include_str!("../../migrations/postgres/bus_0001_event_log.sql"),
    checks: &[],
    released: true,
};

/// Notes a published event, in the transaction that publishes it.
pub(crate) async fn note(tx: &mut dyn Tx, event: &Event, text: &str) -> Result<(), StoreError> {
    let values =
        [event.id.to_value(), event.event_type.to_value(), Value::Text(text.to_owned()), event.time.to_value()];
    let sql = "INSERT INTO event_log (event_id, type, event, published_at) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, &values).await.map(drop)
}

/// Notes consumers that are new: they are owed what is published from now on.
pub(crate) async fn register(services: &Services, consumers: &[Consumer]) -> Result<(), StoreError> {
    let durables: Arc<[String]> = consumers.iter().map(|consumer| consumer.durable.clone()).collect();
    let sql = "INSERT INTO consumers (durable, since) SELECT $1, COALESCE(max(position), 0) FROM event_log WHERE TRUE \
        ON CONFLICT (durable) DO NOTHING";
    services
        .store
        .transact(move |tx| {
            let durables = Arc::clone(&durables);
            async move {
                for durable in durables.iter() {
                    tx.execute(sql, &[durable.to_value()]).await?;
                }
                Ok(())
            }
            .boxed()
        })
        .await
}

/// Looks for lost events now and then, until told to stop.
pub(crate) async fn watch(services: Services, consumers: Vec<(String, String)>, mut stop: watch::Receiver<bool>) {
    loop {
        match reconcile(&services, &consumers, LOST_AFTER).await {
            Ok(0) => {}
            Ok(count) => tracing::warn!(count, "events were lost on their way and are published again"),
            Err(error) => tracing::warn!(%error, "nobody knows whether events were lost"),
        }
        tokio::select! {
            () = tokio::time::sleep(PERIOD) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Publishes again what was published longer than `lost_after` ago and has not come to a consumer: durable name and type of
/// event. Returns how many events.
///
/// # Errors
/// When the store fails.
pub async fn reconcile(
    services: &Services,
    consumers: &[(String, String)],
    lost_after: Duration,
) -> Result<u64, StoreError> {
    let before = Timestamp::at_micros(
        services.clock.now().micros().saturating_sub(i64::try_from(lost_after.as_micros()).unwrap_or(i64::MAX)),
    );
    let mut count = 0;
    for (durable, event_type) in consumers {
        let (durable, event_type) = (durable.clone(), event_type.clone());
        let again = services.store.transact(move |tx| {
            let values = [durable.to_value(), event_type.to_value(), before.to_value()];
            async move { publish_again(tx, values).await }.boxed()
        });
        count += again.await?;
    }
    if count > 0 {
        services.ring();
    }
    Ok(count)
}

/// Events owed to consumer `$1`, of type `$2`, published before `$3`, that it has neither consumed nor given up.
const OWED: &str = "FROM event_log e JOIN consumers c ON c.durable = $1 WHERE e.position > c.since AND e.type = $2 \
    AND e.published_at < $3 AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.durable = $1 AND i.event_id = e.event_id) \
    AND NOT EXISTS (SELECT 1 FROM dead_letters d WHERE d.durable = $1 AND d.event_id = e.event_id)";

async fn publish_again(tx: &mut dyn Tx, values: [Value; 3]) -> Result<u64, StoreError> {
    let sql = format!(
        "INSERT INTO outbox (event_id, event) SELECT e.event_id, e.event {OWED} \
         AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.durable = $1 AND d.event_id = e.event_id) \
         AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.event_id = e.event_id) ORDER BY e.position LIMIT {BATCH}"
    );
    let again = tx.execute(&sql, &values).await?;
    let owed: Option<Row> = tx.query_opt(&format!("SELECT min(e.position) {OWED}"), &values).await?;
    if owed.map_or(Ok(None), |row| row.at::<Option<i64>>(0))?.is_none() {
        // Nothing is owed up to here, so that nobody need look there again.
        let [durable, _, before] = values;
        let sql = "UPDATE consumers SET since = (SELECT COALESCE(max(position), since) FROM event_log WHERE published_at < $2) \
            WHERE durable = $1";
        tx.execute(sql, &[durable, before]).await?;
    }
    Ok(again)
}

/// Gives a consumer the events of its type that were published since a moment, as if they had just arrived. Those that it has
/// consumed have no effect again, unless `again`.
///
/// # Errors
/// When the store fails.
pub async fn replay(
    services: &Services,
    durable: &str,
    event_type: &str,
    since: Timestamp,
    again: bool,
) -> Result<u64, StoreError> {
    let [durable, event_type] = [durable, event_type].map(|text| Value::Text(text.to_owned()));
    let values = [durable, event_type, since.to_value(), services.clock.now().to_value()];
    let replaying = services.store.transact(move |tx| {
        let values = values.clone();
        async move {
            if again {
                for table in ["inbox", "dead_letters"] {
                    let sql = format!(
                        "DELETE FROM {table} WHERE durable = $1 AND event_id IN \
                         (SELECT event_id FROM event_log WHERE type = $2 AND published_at >= $3)"
                    );
                    tx.execute(&sql, &values[..3]).await?;
                }
            }
            let sql = "INSERT INTO deliveries (durable, event_id, event, due_at) \
                SELECT $1, event_id, event, $4 FROM event_log WHERE type = $2 AND published_at >= $3 ORDER BY position \
                ON CONFLICT (durable, event_id) DO NOTHING";
            tx.execute(sql, &values).await
        }
        .boxed()
    });
    replaying.await
}
