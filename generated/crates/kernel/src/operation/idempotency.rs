//! The same call twice has one effect and one answer.

use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;

use super::{FailureKind, OperationSpec, Rejection};
use crate::canonical::Digest;
use crate::services::Services;
use crate::store::{SqlValue, StoreError, Tx, Value};
use crate::types::Timestamp;

/// A key and what it stands for.
pub(super) struct Key {
    pub(super) key: String,
    pub(super) caller: String,
    pub(super) input_digest: Digest,
}

/// The stored answer, if this very call was made before.
///
/// A stored answer goes only to the caller it was made for: the same key with another input *or* from another caller is the
/// declared conflict, never a look at somebody else's result.
pub(super) async fn look_up(
    tx: &mut dyn Tx,
    spec: &OperationSpec,
    key: &Key,
    now: Timestamp,
) -> Result<Option<serde_json::Value>, Rejection> {
    let values = [Value::Text(spec.qualified()), key.key.to_value()];
    let sql =
        "SELECT caller, input_digest, output, expires_at FROM idempotency_records WHERE operation = $1 AND key = $2";
    let Some(row) = tx.query_opt(sql, &values).await? else { return Ok(None) };
    if row.get::<Option<Timestamp>>("expires_at")?.is_some_and(|expires_at| expires_at <= now) {
        tx.execute("DELETE FROM idempotency_records WHERE operation = $1 AND key = $2", &values).await?;
        return Ok(None);
    }
    let code = spec.code_for(FailureKind::IdempotencyConflict);
    if row.get::<Digest>("input_digest")? != key.input_digest {
        return Err(Rejection::idempotency(code, "the idempotency key was used with another input"));
    }
    if row.get::<String>("caller")? != key.caller {
        return Err(Rejection::idempotency(code, "the idempotency key was used by another caller"));
    }
    let output: String = row.get("output")?;
    let output = serde_json::from_str(&output);
    output.map(Some).map_err(|e| StoreError::Corrupt(format!("a stored answer is not JSON: {e}")).into())
}

/// Keeps the answer for the next time.
pub(super) async fn record(
    tx: &mut dyn Tx,
    spec: &OperationSpec,
    key: &Key,
    output: &serde_json::Value,
    now: Timestamp,
) -> Result<(), Rejection> {
    let values = [
        Value::Text(spec.qualified()),
        key.key.to_value(),
        key.caller.to_value(),
        key.input_digest.to_value(),
        Value::Text(output.to_string()),
        now.to_value(),
        spec.idempotency_ttl.map(|ttl| now.saturating_add(ttl)).to_value(),
    ];
    let sql = "INSERT INTO idempotency_records (operation, key, caller, input_digest, output, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    tx.execute(sql, &values).await?;
    Ok(())
}

/// How many records one transaction forgets, so that no caller waits for long.
const BATCH: u64 = 500;
const PAUSE: Duration = Duration::from_secs(60);

/// Forgets answers whose time is over; returns how many there were.
///
/// # Errors
/// When the store fails.
pub async fn forget_expired(services: &Services) -> Result<u64, StoreError> {
    let now = services.clock.now();
    let mut forgotten = 0;
    loop {
        let removed = services.store.transact(move |tx| remove_expired(tx, now).boxed()).await?;
        forgotten += removed;
        if removed < BATCH {
            return Ok(forgotten);
        }
    }
}

async fn remove_expired(tx: &mut dyn Tx, now: Timestamp) -> Result<u64, StoreError> {
    let sql = "DELETE FROM idempotency_records WHERE (operation, key) IN \
        (SELECT operation, key FROM idempotency_records WHERE expires_at <= $1 LIMIT $2)";
    tx.execute(sql, &[now.to_value(), BATCH.to_value()]).await
}

/// Forgets what is over, again and again, until told to stop.
pub(crate) async fn sweep(services: Services, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = forget_expired(&services).await {
            tracing::warn!(%error, "expired answers are still kept");
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}
