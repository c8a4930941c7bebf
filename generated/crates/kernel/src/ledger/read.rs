//! Reading.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Entry, LedgerError, Location, Outcome};
use crate::blob::{BlobError, BlobStore};
use crate::canonical::{CanonicalError, Digest};
use crate::store::{SqlValue, StoreError, Tx, Value};
use crate::types::Timestamp;

/// The most entries one call returns.
const PAGE: u64 = 1000;

/// Which entries to list; every condition given must hold. Entries come in order of sequence.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Only entries after this sequence.
    pub after: u64,
    /// At most so many; 0 means 100, and no call returns more than 1000.
    pub limit: u64,
    /// Only this type.
    pub event_type: Option<String>,
    /// Only this source.
    pub source: Option<String>,
    /// Only this actor.
    pub actor: Option<String>,
    /// Only this action.
    pub action: Option<String>,
    /// Only subjects of this kind.
    pub subject_type: Option<String>,
    /// Only subjects with this id.
    pub subject_id: Option<String>,
    /// Only this outcome.
    pub outcome: Option<Outcome>,
    /// Only entries that speak to this control.
    pub control: Option<String>,
    /// Only entries of this request.
    pub correlation_id: Option<String>,
    /// Only entries whose payload has this digest.
    pub digest: Option<Digest>,
    /// Only entries recorded at this time or later.
    pub from: Option<Timestamp>,
    /// Only entries recorded before this time.
    pub until: Option<Timestamp>,
}

impl Filter {
    /// How many entries come at a time.
    pub fn page(&self) -> u64 {
        if self.limit == 0 { 100 } else { self.limit.min(PAGE) }
    }
}

/// The entry at a sequence.
///
/// # Errors
/// When the store fails or the row is damaged.
pub async fn get(tx: &mut dyn Tx, sequence: u64) -> Result<Option<Entry>, StoreError> {
    let sql = format!("SELECT {} FROM ledger_entries WHERE sequence = $1", Entry::COLUMNS);
    let row = tx.query_opt(&sql, &[sequence.to_value()]).await?;
    let mut entry = row.as_ref().map(Entry::from_row).transpose()?;
    withhold(tx, entry.as_mut_slice()).await?;
    Ok(entry)
}

/// The last sequence and its leaf hash; 0 and zero for an empty ledger.
///
/// # Errors
/// When the store fails or the head row is damaged.
pub async fn head(tx: &mut dyn Tx) -> Result<(u64, Digest), StoreError> {
    let row = tx.query_opt("SELECT sequence, leaf_hash FROM ledger_head WHERE id = 1", &[]).await?;
    let row = row.ok_or_else(|| StoreError::Corrupt("the ledger has lost its head row".to_owned()))?;
    Ok((row.at(0)?, row.at(1)?))
}

/// Entries that match a filter, in order.
///
/// # Errors
/// When the store fails or a row is damaged.
pub async fn list(tx: &mut dyn Tx, filter: &Filter) -> Result<Vec<Entry>, StoreError> {
    let mut sql = format!("SELECT {} FROM ledger_entries WHERE sequence > $1", Entry::COLUMNS);
    let mut values = vec![filter.after.to_value()];
    let conditions = [
        ("type = ", filter.event_type.to_value()),
        ("source = ", filter.source.to_value()),
        ("actor = ", filter.actor.to_value()),
        ("action = ", filter.action.to_value()),
        ("subject_type = ", filter.subject_type.to_value()),
        ("subject_id = ", filter.subject_id.to_value()),
        ("outcome = ", filter.outcome.to_value()),
        ("correlation_id = ", filter.correlation_id.to_value()),
        ("payload_digest = ", filter.digest.to_value()),
        ("recorded_at >= ", filter.from.to_value()),
        ("recorded_at < ", filter.until.to_value()),
    ];
    for (condition, value) in conditions {
        if value != Value::Null {
            values.push(value);
            sql.push_str(&format!(" AND {condition}${}", values.len()));
        }
    }
    if let Some(control) = &filter.control {
        values.push(control.to_value());
        sql.push_str(&format!(
            " AND sequence IN (SELECT sequence FROM ledger_controls WHERE control = ${})",
            values.len()
        ));
    }
    values.push(filter.page().to_value());
    sql.push_str(&format!(" ORDER BY sequence LIMIT ${}", values.len()));
    let entries: Result<Vec<_>, StoreError> = tx.query(&sql, &values).await?.iter().map(Entry::from_row).collect();
    let mut entries = entries?;
    withhold(tx, &mut entries).await?;
    Ok(entries)
}

/// Marks those whose payload is a blob and was redacted: the blob may still be there, for others.
async fn withhold(tx: &mut dyn Tx, entries: &mut [Entry]) -> Result<(), StoreError> {
    let in_blob = |entry: &&Entry| entry.payload.location == Location::Blob;
    let (Some(first), Some(last)) = (entries.iter().find(in_blob), entries.iter().rfind(in_blob)) else {
        return Ok(());
    };
    let sql = "SELECT sequence FROM ledger_redactions WHERE sequence >= $1 AND sequence <= $2";
    let rows = tx.query(sql, &[first.sequence.to_value(), last.sequence.to_value()]).await?;
    let redacted: BTreeSet<u64> = rows.iter().map(|row| row.at(0)).collect::<Result<_, _>>()?;
    for entry in entries {
        entry.payload.withheld = entry.payload.location == Location::Blob && redacted.contains(&entry.sequence);
    }
    Ok(())
}

/// An entry's payload, wherever it is.
///
/// # Errors
/// When a blob is missing or damaged, or the payload is not JSON.
pub async fn payload(blobs: &dyn BlobStore, entry: &Entry) -> Result<serde_json::Value, LedgerError> {
    match body(blobs, entry).await? {
        Some(text) => serde_json::from_str(&text).map_err(|e| CanonicalError::from(e).into()),
        None => Ok(serde_json::Value::Null),
    }
}

/// The text of an entry's payload, wherever it is; `None` if it was redacted.
///
/// # Errors
/// When a blob is missing or damaged.
pub async fn body(blobs: &dyn BlobStore, entry: &Entry) -> Result<Option<String>, LedgerError> {
    match entry.payload.location {
        Location::Inline => Ok(entry.payload.inline.clone()),
        Location::Blob if entry.payload.withheld => Ok(None),
        Location::Blob => {
            let bytes = blobs.get(&entry.payload.digest).await?;
            let text = String::from_utf8(bytes).map_err(|_| BlobError::Corrupt(entry.payload.digest))?;
            Ok(Some(text))
        }
    }
}
