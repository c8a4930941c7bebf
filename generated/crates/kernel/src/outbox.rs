//! The outbox: events leave in the transaction that caused them, and the relay hands them to the bus afterwards.
//!
//! A row is removed only after the bus has acknowledged it. A crash between the two means that an event is published twice,
//! never that one is lost; consumers are idempotent by event id.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::FutureExt as _;
use tokio::sync::watch;

use crate::bus::{Bus, BusError, log};
use crate::canonical::CanonicalError;
use crate::event::Event;
use crate::ledger::LedgerError;
use crate::services::Services;
use crate::store::{SqlValue, StoreError, Tx, Value};
use crate::trace::{self, Context};

const BATCH: i64 = 128;
/// After a failure, and as a safety net in case a bell was missed.
const PAUSE: Duration = Duration::from_secs(1);
const IDLE: Duration = Duration::from_secs(30);

/// Puts an event into the outbox and into the log, in the caller's transaction.
pub(crate) async fn put(tx: &mut dyn Tx, event: &Event) -> Result<(), LedgerError> {
    let text = serde_json::to_string(event).map_err(CanonicalError::from)?;
    log::note(tx, event, &text).await?;
    let values = [Value::Text(event.id.clone()), Value::Text(text)];
    tx.execute("INSERT INTO outbox (event_id, event) VALUES ($1, $2)", &values).await?;
    Ok(())
}

/// How many events wait to be published.
///
/// # Errors
/// When the store fails.
pub async fn depth(tx: &mut dyn Tx) -> Result<u64, StoreError> {
    count(tx, "SELECT count(*) FROM outbox").await
}

pub(crate) async fn count(tx: &mut dyn Tx, sql: &str) -> Result<u64, StoreError> {
    tx.query_opt(sql, &[]).await?.map_or(Ok(0), |row| row.at(0))
}

/// What can go wrong between outbox and bus.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutboxError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An event has no JSON form, or a stored one is damaged.
    #[error(transparent)]
    Event(#[from] CanonicalError),
    /// The bus did not acknowledge.
    #[error(transparent)]
    Bus(#[from] BusError),
}

/// Runs until told to stop: publishes what is waiting, then sleeps until a commit rings the bell.
pub(crate) async fn relay(services: Services, bus: Arc<dyn Bus>, mut stop: watch::Receiver<bool>) {
    loop {
        let pause = match drain(&services, &*bus).await {
            Ok(()) => IDLE,
            Err(error) => {
                tracing::warn!(%error, "events wait in the outbox");
                PAUSE
            }
        };
        tokio::select! {
            () = services.outbox_bell.notified() => {}
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Publishes everything that waits, in order.
///
/// # Errors
/// When bus or store fail; what was not acknowledged stays.
pub async fn drain(services: &Services, bus: &dyn Bus) -> Result<(), OutboxError> {
    loop {
        let rows = services.store.read(|tx| waiting(tx).boxed()).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let mut events = Vec::with_capacity(rows.len());
        for (_, text) in &rows {
            events.push(serde_json::from_str::<Event>(text).map_err(CanonicalError::from)?);
        }
        let begun = SystemTime::now();
        let published = bus.publish(&events).await;
        for event in &events {
            let context = Context::caused_by(event.traceparent.as_deref());
            services.tracer.take(trace::of_event(event, None, (context, begun), published.is_err()));
        }
        published?;
        crate::fault::point("outbox.published");
        let done: Arc<[i64]> = rows.into_iter().map(|(position, _)| position).collect();
        services.store.transact(move |tx| remove(tx, Arc::clone(&done)).boxed()).await?;
    }
}

async fn waiting(tx: &mut dyn Tx) -> Result<Vec<(i64, String)>, StoreError> {
    let sql = "SELECT position, event FROM outbox ORDER BY position LIMIT $1";
    let rows = tx.query(sql, &[Value::Int(BATCH)]).await?;
    rows.iter().map(|row| Ok((row.at(0)?, row.at(1)?))).collect()
}

async fn remove(tx: &mut dyn Tx, positions: Arc<[i64]>) -> Result<(), StoreError> {
    for position in positions.iter() {
        tx.execute("DELETE FROM outbox WHERE position = $1", &[position.to_value()]).await?;
    }
    Ok(())
}
