//! Redaction: the payload goes, the entry and its leaf stay, and another entry says who dropped it and why.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Fault, LedgerError, Location, NewEntry, Subject, append, get};
use crate::blob::BlobStore;
use crate::canonical::Digest;
use crate::store::{SqlValue, StoreError, Tx, Value};
use crate::types::Timestamp;

/// The type of the entry that says so, and of what it is about.
const TYPE: &str = "ledger.redacted";
const SUBJECT: &str = "ledger_entry";

/// What came of it. A payload that was a blob is to be let go of ([`crate::blob::let_go`]) once this is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redacted {
    /// The payload is gone; an entry says so.
    Now {
        /// Its sequence.
        entry: u64,
        /// The blob that the payload was.
        blob: Option<Digest>,
    },
    /// It had gone before.
    Before {
        /// The blob that it was, which a crash may have left there.
        blob: Option<Digest>,
    },
    /// There is no such entry.
    NoEntry,
}

/// Drops the payload of an entry, in one transaction with the entry about it. If it is a blob, the entry does not show it
/// any more; whether others still have it is found out when it is let go of.
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
    let blob = (entry.payload.location == Location::Blob).then_some(entry.payload.digest);
    if entry.payload.withheld || blob.is_none() && entry.payload.inline.is_none() {
        return Ok(Redacted::Before { blob });
    }
    let new = NewEntry {
        actor: actor.to_owned(),
        payload: json!({"payload_digest": entry.payload.digest, "reason": reason}),
        ..NewEntry::of_ledger(TYPE, "ledger.redact", Subject::new(SUBJECT, sequence), now)
    };
    let recorded = append(tx, blobs, new).await?.sequence();
    let values = [sequence.to_value(), recorded.to_value()];
    tx.execute("INSERT INTO ledger_redactions (sequence, entry) VALUES ($1, $2)", &values).await?;
    if blob.is_none() {
        tx.execute("UPDATE ledger_entries SET payload = NULL WHERE sequence = $1", &[sequence.to_value()]).await?;
    }
    Ok(Redacted::Now { entry: recorded, blob })
}

/// Entries recorded before a time whose payload is still there, for retention; at most so many. What the ledger says about
/// itself is kept.
///
/// # Errors
/// When the store fails.
pub async fn redactable(tx: &mut dyn Tx, before: Timestamp, limit: u64) -> Result<Vec<u64>, StoreError> {
    let sql = "SELECT sequence FROM ledger_entries WHERE recorded_at < $1 AND source <> $2 AND (payload IS NOT NULL OR \
        payload_location = 'blob' AND NOT EXISTS (SELECT 1 FROM ledger_redactions r WHERE r.sequence = ledger_entries.sequence)) \
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
