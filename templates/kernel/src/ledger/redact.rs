//! Redaction: the payload goes, the entry and its leaf stay, and another entry says who dropped it and why.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Fault, LedgerError, Location, NewEntry, Subject, append, get};
use crate::blob::BlobStore;
use crate::store::{SqlValue, StoreError, Tx, Value};
use crate::types::Timestamp;

/// The type of the entry that says so, and of what it is about.
const TYPE: &str = "ledger.redacted";
const SUBJECT: &str = "ledger_entry";

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redacted {
    /// The payload is gone; the entry at this sequence says so.
    Now(u64),
    /// It had gone before.
    Before,
    /// There is no such entry.
    NoEntry,
    /// The payload is a blob, which other entries may have too: it stays.
    InBlob,
}

/// Drops the payload of an entry, in one transaction with the entry about it.
///
/// # Errors
/// When the store fails.
pub async fn redact(
    tx: &mut dyn Tx,
    blobs: &dyn BlobStore,
    sequence: u64,
    (actor, reason): (&str, &str),
    now: Timestamp,
) -> Result<Redacted, LedgerError> {
    let Some(entry) = get(tx, sequence).await? else { return Ok(Redacted::NoEntry) };
    match (entry.payload.location, &entry.payload.inline) {
        (Location::Blob, _) => return Ok(Redacted::InBlob),
        (Location::Inline, None) => return Ok(Redacted::Before),
        (Location::Inline, Some(_)) => {}
    }
    let new = NewEntry {
        actor: actor.to_owned(),
        payload: json!({"payload_digest": entry.payload.digest, "reason": reason}),
        ..NewEntry::of_ledger(TYPE, "ledger.redact", Subject::new(SUBJECT, sequence), now)
    };
    let recorded = append(tx, blobs, new).await?.sequence();
    let values = [sequence.to_value(), recorded.to_value()];
    tx.execute("INSERT INTO ledger_redactions (sequence, entry) VALUES ($1, $2)", &values).await?;
    tx.execute("UPDATE ledger_entries SET payload = NULL WHERE sequence = $1", &[sequence.to_value()]).await?;
    Ok(Redacted::Now(recorded))
}

/// Entries recorded before a time whose payload is still there, for retention; at most so many. What the ledger says about
/// itself is kept.
///
/// # Errors
/// When the store fails.
pub async fn redactable(tx: &mut dyn Tx, before: Timestamp, limit: u64) -> Result<Vec<u64>, StoreError> {
    let sql = "SELECT sequence FROM ledger_entries WHERE recorded_at < $1 AND payload IS NOT NULL AND source <> $2 \
        ORDER BY sequence LIMIT $3";
    let values = [before.to_value(), Value::Text("kernel.ledger".to_owned()), limit.to_value()];
    tx.query(sql, &values).await?.iter().map(|row| row.at(0)).collect()
}

/// The entries whose payload may be missing, or the first that is said to be one without an entry about it.
pub(super) async fn redactions(tx: &mut dyn Tx) -> Result<Result<BTreeSet<u64>, Fault>, StoreError> {
    let sql = "SELECT r.sequence, e.sequence FROM ledger_redactions r LEFT JOIN ledger_entries e ON e.sequence = r.entry \
        AND e.type = $1 AND e.subject_type = $2 AND e.subject_id = CAST(r.sequence AS TEXT) ORDER BY r.sequence";
    let mut redacted = BTreeSet::new();
    for row in tx.query(sql, &[Value::Text(TYPE.to_owned()), Value::Text(SUBJECT.to_owned())]).await? {
        let sequence = row.at(0)?;
        if row.at::<Option<u64>>(1)?.is_none() {
            let reason = "it is said to be redacted, but no entry says so".to_owned();
            return Ok(Err(Fault { sequence: Some(sequence), reason }));
        }
        redacted.insert(sequence);
    }
    Ok(Ok(redacted))
}
