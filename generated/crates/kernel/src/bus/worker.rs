//! One worker per consumer: takes due deliveries in order, runs the handler together with the inbox row, retries, gives up.
//!
//! A delivery that waits for its next attempt does not hold up the ones behind it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::FutureExt as _;
use tokio::sync::{Notify, watch};
use tracing::Instrument as _;

use super::{Consumer, DEAD_LETTER, Prepared};
use crate::auth::Identity;
use crate::canonical::Digest;
use crate::event::Event;
use crate::ledger::{self, LedgerError, NewEntry, Outcome, Subject};
use crate::metrics;
use crate::operation::{FailureKind, Origin, Rejection, UnitOfWork};
use crate::outbox;
use crate::policy::Decision;
use crate::services::Services;
use crate::store::{SqlValue, StoreError, Tx, Value};
use crate::trace::{self, Context};
use crate::types::{Timestamp, Uuid};

const PAUSE: Duration = Duration::from_secs(1);
const IDLE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
struct Delivery {
    position: i64,
    text: String,
    attempts: u32,
}

pub(super) async fn run(
    services: Services,
    consumer: Arc<Consumer>,
    bell: Arc<Notify>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let pause = match work(&services, &consumer, &stop).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::warn!(%error, durable = consumer.durable, "deliveries wait");
                PAUSE
            }
        };
        tokio::select! {
            () = bell.notified() => {}
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// Works off everything that is due; returns how long to sleep until the next thing is.
async fn work(
    services: &Services,
    consumer: &Arc<Consumer>,
    stop: &watch::Receiver<bool>,
) -> Result<Duration, LedgerError> {
    loop {
        let now = services.clock.now();
        let durable = consumer.durable.clone();
        let due = services.store.read(move |tx| due(tx, durable.clone(), now).boxed()).await?;
        if due.is_empty() {
            let durable = consumer.durable.clone();
            let next = services.store.read(move |tx| next(tx, durable.clone()).boxed()).await?;
            return Ok(next.map_or(IDLE, |next| next.since(now).clamp(Duration::from_millis(1), IDLE)));
        }
        for delivery in due {
            if *stop.borrow() {
                return Ok(IDLE);
            }
            deliver(services, consumer, delivery).await?;
        }
    }
}

async fn due(tx: &mut dyn Tx, durable: String, now: Timestamp) -> Result<Vec<Delivery>, StoreError> {
    let sql = "SELECT position, event, attempts FROM deliveries WHERE durable = $1 AND due_at <= $2 ORDER BY position LIMIT 64";
    let rows = tx.query(sql, &[Value::Text(durable), now.to_value()]).await?;
    let read = |row: &crate::store::Row| {
        let attempts = u32::try_from(row.at::<u64>(2)?).unwrap_or(u32::MAX);
        Ok(Delivery { position: row.at(0)?, text: row.at(1)?, attempts })
    };
    rows.iter().map(read).collect()
}

async fn next(tx: &mut dyn Tx, durable: String) -> Result<Option<Timestamp>, StoreError> {
    let row = tx.query_opt("SELECT min(due_at) FROM deliveries WHERE durable = $1", &[Value::Text(durable)]).await?;
    row.map_or(Ok(None), |row| row.at(0))
}

async fn deliver(services: &Services, consumer: &Arc<Consumer>, delivery: Delivery) -> Result<(), LedgerError> {
    let event: Event = match serde_json::from_str(&delivery.text) {
        Ok(event) => event,
        Err(error) => {
            let rejection = Rejection::new(FailureKind::InputValidation, "unreadable_event", error.to_string());
            return fail(services, consumer, delivery, None, rejection).await;
        }
    };
    let span = tracing::info_span!(
        "consumer",
        operation = %consumer.durable,
        model = &*services.model_hash,
        correlation_id = event.correlationid,
        event_id = event.id,
    );
    let (context, begun) = (Context::caused_by(event.traceparent.as_deref()), SystemTime::now());
    async {
        let consumed = trace::within(context, consume(services, consumer, &event, delivery.position)).await;
        let traced = trace::of_event(&event, Some(&consumer.durable), (context, begun), consumed.is_err());
        services.tracer.take(traced);
        match consumed {
            Ok(()) => {
                services.metrics.delivered(&consumer.durable, metrics::Delivery::Consumed);
                Ok(())
            }
            Err(rejection) => {
                tracing::warn!(error = %rejection, attempt = delivery.attempts + 1, "the event was not consumed");
                fail(services, consumer, delivery, Some(event), rejection).await
            }
        }
    }
    .instrument(span)
    .await
}

/// Inbox row, effect and the end of the delivery in one transaction; before it, what is prepared for that.
async fn consume(services: &Services, consumer: &Arc<Consumer>, event: &Event, position: i64) -> Result<(), Rejection> {
    let origin = origin(consumer, event);
    // What was consumed has been prepared then: others are not called for it again.
    let prepared = match consumer.handler.prepares() && is_settled(services, consumer, event).await? {
        true => Box::new(()),
        false => prepare(services, consumer, event, &origin).await?,
    };
    let work = Arc::new(Work { event: event.clone(), origin, prepared, position });
    let (consumer, own) = (Arc::clone(consumer), services.clone());
    let published = services
        .store
        .transact(move |tx| {
            let (consumer, work, services) = (Arc::clone(&consumer), Arc::clone(&work), own.clone());
            async move { inside(tx, &services, &consumer, &work).await }.boxed()
        })
        .await?;
    if published {
        services.ring();
    }
    Ok(())
}

/// What others have written may panic; the next attempt, and the next event, have their turn all the same.
async fn prepare(
    services: &Services,
    consumer: &Consumer,
    event: &Event,
    origin: &Origin,
) -> Result<Prepared, Rejection> {
    let preparing = AssertUnwindSafe(consumer.handler.prepare(event, origin, services)).catch_unwind().await;
    preparing.unwrap_or_else(|_| Err(Rejection::internal("a handler panicked while it prepared for an event")))
}

/// What one delivery needs inside its transaction.
struct Work {
    event: Event,
    origin: Origin,
    prepared: Prepared,
    position: i64,
}

/// Whether there is nothing to do for the event any more: it was consumed, or given up.
async fn is_settled(services: &Services, consumer: &Consumer, event: &Event) -> Result<bool, StoreError> {
    let values = [consumer.durable.to_value(), event.id.to_value()];
    // What was given up is not asked for again either.
    let sql = "SELECT 1 FROM inbox WHERE durable = $1 AND event_id = $2 \
        UNION ALL SELECT 1 FROM dead_letters WHERE durable = $1 AND event_id = $2 LIMIT 1";
    services
        .store
        .read(move |tx| {
            let values = values.clone();
            async move { Ok(tx.query_opt(sql, &values).await?.is_some()) }.boxed()
        })
        .await
}

async fn inside(tx: &mut dyn Tx, services: &Services, consumer: &Consumer, work: &Work) -> Result<bool, Rejection> {
    let Work { event, origin, prepared, position } = work;
    let values = [consumer.durable.to_value(), event.id.to_value(), services.clock.now().to_value()];
    // What was given up stays given up: it may be published again for the sake of another consumer.
    let sql = "INSERT INTO inbox (durable, event_id, consumed_at) SELECT $1, $2, $3 \
        WHERE NOT EXISTS (SELECT 1 FROM dead_letters WHERE durable = $1 AND event_id = $2) ON CONFLICT DO NOTHING";
    let mut published = false;
    if tx.execute(sql, &values).await? == 1 {
        let input = Digest::of(event.data.to_string().as_bytes());
        let decision = Decision::new(&services.model_hash, input, Identity::service(&consumer.durable).digest());
        let mut uow = UnitOfWork::new(tx, services, origin, decision);
        consumer.handler.handle(event, prepared, &mut uow).await?;
        published = uow.has_published();
        uow.tx().execute("DELETE FROM deliveries WHERE position = $1", &[position.to_value()]).await?;
        return Ok(published);
    }
    tx.execute("DELETE FROM deliveries WHERE position = $1", &[position.to_value()]).await?;
    Ok(published)
}

fn origin(consumer: &Consumer, event: &Event) -> Origin {
    Origin {
        context: consumer.context.clone(),
        operation: consumer.durable.clone(),
        flow: event.event_type.clone(),
        actor: Identity::service(&consumer.durable).subject,
        correlation_id: event.correlationid.clone(),
        causation_id: event.id.clone(),
        traceparent: trace::current().map(|span| span.header()),
    }
}

/// Notes the failure: another attempt later, or the dead letters and an entry in the ledger.
async fn fail(
    services: &Services,
    consumer: &Arc<Consumer>,
    delivery: Delivery,
    event: Option<Event>,
    rejection: Rejection,
) -> Result<(), LedgerError> {
    let failures = delivery.attempts.saturating_add(1);
    let curable = rejection.is_transient() || rejection.kind == FailureKind::Internal;
    let now = services.clock.now();
    let reason = rejection.to_string();
    if curable && failures <= consumer.retries {
        services.metrics.delivered(&consumer.durable, metrics::Delivery::Postponed);
        let values = [
            u64::from(failures).to_value(),
            now.saturating_add(consumer.pause(failures)).to_value(),
            reason.to_value(),
            delivery.position.to_value(),
        ];
        return services
            .store
            .transact(move |tx| postpone(tx, values.clone()).boxed())
            .await
            .map_err(LedgerError::from);
    }
    services.metrics.delivered(&consumer.durable, metrics::Delivery::Dead);
    tracing::error!(durable = consumer.durable, reason, "the event goes to the dead letters");
    let id = event.as_ref().map_or_else(|| format!("position:{}", delivery.position), |event| event.id.clone());
    let entry = dead_entry(services, consumer, &id, event.as_ref(), failures, &reason);
    let letter = dead_letter(services, consumer, &id, &delivery.text, event.as_ref(), &entry);
    let values = [
        consumer.durable.to_value(),
        id.to_value(),
        delivery.text.to_value(),
        u64::from(failures).to_value(),
        reason.to_value(),
        now.to_value(),
        delivery.position.to_value(),
    ];
    let blobs = Arc::clone(&services.blobs);
    services
        .store
        .transact(move |tx| {
            let (blobs, values, entry, letter) = (Arc::clone(&blobs), values.clone(), entry.clone(), letter.clone());
            async move {
                bury(tx, &values).await?;
                outbox::put(tx, &letter).await?;
                ledger::append(tx, &*blobs, entry).await.map(drop)
            }
            .boxed()
        })
        .await?;
    services.ring();
    Ok(())
}

/// What tells others about a dead letter: the event as it came, why it is dead, and where.
fn dead_letter(
    services: &Services,
    consumer: &Consumer,
    id: &str,
    text: &str,
    event: Option<&Event>,
    entry: &NewEntry,
) -> Event {
    let original = serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::String(text.to_owned()));
    Event {
        specversion: "1.0".to_owned(),
        id: Uuid::now_v7().to_string(),
        source: format!("/{}", consumer.context),
        event_type: format!("{DEAD_LETTER}{}", consumer.durable),
        subject: id.to_owned(),
        time: entry.recorded_at,
        datacontenttype: "application/json".to_owned(),
        data: serde_json::json!({"event": original, "why": entry.payload}),
        correlationid: event.map(|event| event.correlationid.clone()).unwrap_or_default(),
        causationid: id.to_owned(),
        modelhash: services.model_hash.to_string(),
        traceparent: event.and_then(|event| event.traceparent.clone()),
    }
}

async fn postpone(tx: &mut dyn Tx, values: [Value; 4]) -> Result<(), StoreError> {
    let sql = "UPDATE deliveries SET attempts = $1, due_at = $2, last_error = $3 WHERE position = $4";
    tx.execute(sql, &values).await.map(drop)
}

async fn bury(tx: &mut dyn Tx, values: &[Value; 7]) -> Result<(), StoreError> {
    let sql = "INSERT INTO dead_letters (durable, event_id, event, attempts, reason, dead_at) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (durable, event_id) DO NOTHING";
    tx.execute(sql, &values[..6]).await?;
    tx.execute("DELETE FROM deliveries WHERE position = $1", &values[6..]).await.map(drop)
}

fn dead_entry(
    services: &Services,
    consumer: &Consumer,
    id: &str,
    event: Option<&Event>,
    attempts: u32,
    reason: &str,
) -> NewEntry {
    let now = services.clock.now();
    NewEntry {
        source: format!("{}.dead_letters", consumer.durable),
        source_event_id: Some(id.to_owned()),
        event_type: "event.dead_lettered".to_owned(),
        actor: Identity::service(&consumer.durable).subject,
        subject: Subject::new("event", id),
        action: consumer.durable.clone(),
        outcome: Outcome::Failure,
        occurred_at: now,
        recorded_at: now,
        context: consumer.context.clone(),
        controls: Vec::new(),
        correlation_id: event.map(|event| event.correlationid.clone()),
        parser: None,
        payload: serde_json::json!({
            "attempts": attempts,
            "event_type": consumer.event_type,
            "model": &*services.model_hash,
            "reason": reason,
        }),
    }
}
