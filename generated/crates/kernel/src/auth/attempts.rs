//! Attempts of which nobody knows how many there will be: counted by the minute, so that a flood of them leaves one entry.
//!
//! Each is on disk before it is answered, in a row that all of its kind share. Once the minute is over, the rows become an
//! entry of the ledger, in one transaction; what a node that has died left behind does so when the next one starts.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use serde_json::json;
use tokio::sync::watch;

use crate::http::By;
use crate::ledger::{self, LedgerError, NewEntry, Outcome, Subject};
use crate::services::Services;
use crate::store::{SqlValue, StoreError, Tx, Value};
use crate::types::Timestamp;

const MINUTE: i64 = 60_000_000;
/// How often minutes are looked for that are over.
const PAUSE: Duration = Duration::from_secs(5);
/// How many rows one entry speaks for.
const ROWS: u64 = 500;

/// How many refusals in nobody's name are recorded one by one in each minute; the others are counted.
pub(crate) struct Attempts {
    limit: u64,
    minute: AtomicI64,
    recorded: AtomicU64,
    /// Requests that were one too many, since they were last written down.
    turned_away: Mutex<BTreeMap<&'static str, u64>>,
}

impl Default for Attempts {
    fn default() -> Self {
        Self::new(60)
    }
}

impl Attempts {
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, minute: AtomicI64::new(0), recorded: AtomicU64::new(0), turned_away: Mutex::default() }
    }

    /// Whether one more may have an entry of its own.
    pub(crate) fn admits(&self, now: Timestamp) -> bool {
        let minute = now.micros().div_euclid(MINUTE);
        if self.minute.swap(minute, Ordering::AcqRel) != minute {
            self.recorded.store(0, Ordering::Release);
        }
        self.recorded.fetch_add(1, Ordering::AcqRel) < self.limit
    }

    /// Counts a request that was one too many. Writing it down at once would be work, which the limit is to spare.
    pub(crate) fn turned_away(&self, by: By) {
        self.add(by.as_str(), 1);
    }

    fn add(&self, by: &'static str, times: u64) {
        *self.turned_away.lock().unwrap_or_else(PoisonError::into_inner).entry(by).or_default() += times;
    }
}

/// What was attempted by requests that were one too many; their actor is whose limit it was.
const TAKE_REQUEST: &str = "kernel.TakeRequest";

/// The code of an attempt that succeeded.
pub(crate) const ALLOWED: &str = "allowed";

/// Counts an attempt. It is on disk when this returns.
///
/// # Errors
/// When the store fails: then there is no evidence, and the attempt must not succeed.
pub(crate) async fn count(services: &Services, operation: &str, actor: &str, code: &str) -> Result<(), StoreError> {
    count_all(services, operation, actor, code, 1).await
}

/// Writes down how many requests were too many since this was last done; what cannot be written waits for the next time.
async fn write_turned_away(services: &Services) -> Result<(), StoreError> {
    let attempts = &services.attempts;
    let counted = std::mem::take(&mut *attempts.turned_away.lock().unwrap_or_else(PoisonError::into_inner));
    let mut outcome = Ok(());
    for (by, times) in counted {
        let written = count_all(services, TAKE_REQUEST, by, "too_many_requests", times).await;
        if written.is_err() {
            attempts.add(by, times);
            outcome = written;
        }
    }
    outcome
}

async fn count_all(
    services: &Services,
    operation: &str,
    actor: &str,
    code: &str,
    times: u64,
) -> Result<(), StoreError> {
    let now = services.clock.now();
    let minute = Timestamp::at_micros(now.micros() - now.micros().rem_euclid(MINUTE));
    let values: Arc<[Value]> = Arc::new([
        minute.to_value(),
        Value::Text(operation.to_owned()),
        Value::Text(actor.to_owned()),
        Value::Text(code.to_owned()),
        times.to_value(),
    ]);
    let sql = "INSERT INTO attempts (minute, operation, actor, code, times) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (minute, operation, actor, code) DO UPDATE SET times = attempts.times + $5";
    let work = services.store.transact(move |tx| {
        let values = Arc::clone(&values);
        async move { tx.execute(sql, &values).await.map(drop) }.boxed()
    });
    work.await
}

/// Makes entries of what was counted before this moment; returns how many.
pub(crate) async fn seal(services: &Services, before: Timestamp) -> Result<u64, LedgerError> {
    let mut sealed = 0;
    loop {
        let (blobs, now) = (Arc::clone(&services.blobs), services.clock.now());
        let work = services.store.transact(move |tx| {
            let blobs = Arc::clone(&blobs);
            async move {
                let Some(entry) = take(tx, before, now).await? else { return Ok::<_, LedgerError>(false) };
                ledger::append(tx, &*blobs, entry).await.map(|_| true)
            }
            .boxed()
        });
        if !work.await? {
            return Ok(sealed);
        }
        sealed += 1;
    }
}

/// The entry about the first minute there is, whose rows are gone then.
async fn take(tx: &mut dyn Tx, before: Timestamp, now: Timestamp) -> Result<Option<NewEntry>, StoreError> {
    let sql = "SELECT minute, operation, actor, code, times FROM attempts \
        WHERE minute = (SELECT min(minute) FROM attempts) AND minute < $1 ORDER BY operation, actor, code LIMIT $2";
    let rows = tx.query(sql, &[before.to_value(), ROWS.to_value()]).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let minute: Timestamp = first.get("minute")?;
    let (mut attempts, mut refused) = (Vec::new(), 0);
    for row in &rows {
        let (operation, actor): (String, String) = (row.get("operation")?, row.get("actor")?);
        let (code, times): (String, u64) = (row.get("code")?, row.get("times")?);
        let key = [minute.to_value(), operation.to_value(), actor.to_value(), code.to_value()];
        let sql = "DELETE FROM attempts WHERE minute = $1 AND operation = $2 AND actor = $3 AND code = $4";
        tx.execute(sql, &key).await?;
        refused += if code == ALLOWED { 0 } else { times };
        attempts.push(json!({"actor": actor, "code": code, "operation": operation, "times": times}));
    }
    Ok(Some(NewEntry {
        source: "kernel.access".to_owned(),
        outcome: if refused > 0 { Outcome::Denied } else { Outcome::Success },
        occurred_at: minute,
        payload: json!({"attempts": attempts, "refused": refused}),
        ..NewEntry::of_ledger("access.counted", "access", Subject::new("minute", minute), now)
    }))
}

/// Makes entries of every minute that is over, and at the end of what there is.
pub(crate) async fn watch(services: Services, mut stop: watch::Receiver<bool>) {
    loop {
        let stopped = *stop.borrow();
        let now = services.clock.now();
        let before = if stopped { now.saturating_add(PAUSE) } else { Timestamp::at_micros(now.micros() - MINUTE) };
        if let Err(error) = write_turned_away(&services).await {
            tracing::warn!(%error, "requests that were too many are not written down yet");
        }
        if let Err(error) = seal(&services, before).await {
            tracing::warn!(%error, "counted attempts are not in the ledger yet");
        }
        if stopped {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}
