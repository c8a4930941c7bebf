//! Appending.

use super::entry::columns;
use super::{Entry, INLINE_LIMIT, LedgerError, Location, Outcome, Payload, Subject};
use crate::blob::BlobStore;
use crate::canonical::{self, Digest};
use crate::store::{Dialect, SqlValue as _, StoreError, Tx, Value};
use crate::types::{Timestamp, Uuid};

/// What is to be recorded. Sequence, hashes and the entry's id come from the ledger.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// Who observed it: an operation or a connector.
    pub source: String,
    /// The source's id for it, unique within the source; `None` for the entry's own id.
    pub source_event_id: Option<String>,
    /// What kind of event.
    pub event_type: String,
    /// Who did it.
    pub actor: String,
    /// What it is about.
    pub subject: Subject,
    /// What was done.
    pub action: String,
    /// How it ended.
    pub outcome: Outcome,
    /// When it happened, by the source's clock.
    pub occurred_at: Timestamp,
    /// When it is recorded, by ours.
    pub recorded_at: Timestamp,
    /// The bounded context.
    pub context: String,
    /// Controls it speaks to; sorted and made unique on the way in.
    pub controls: Vec<String>,
    /// Ties it to a request.
    pub correlation_id: Option<String>,
    /// Which parser made it, for connectors.
    pub parser: Option<String>,
    /// Whatever else is known.
    pub payload: serde_json::Value,
}

impl NewEntry {
    /// What the ledger records of itself: the operator did something to it, and it succeeded.
    pub(crate) fn of_ledger(event_type: &str, action: &str, subject: Subject, now: Timestamp) -> Self {
        Self {
            source: "kernel.ledger".to_owned(),
            source_event_id: None,
            event_type: event_type.to_owned(),
            actor: "operator".to_owned(),
            subject,
            action: action.to_owned(),
            outcome: Outcome::Success,
            occurred_at: now,
            recorded_at: now,
            context: "kernel".to_owned(),
            controls: Vec::new(),
            correlation_id: None,
            parser: None,
            payload: serde_json::Value::Null,
        }
    }
}

/// Where an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is new, at this sequence.
    New(u64),
    /// The source had already reported this event; it is at this sequence.
    Duplicate(u64),
}

impl Appended {
    /// The sequence, new or old.
    pub fn sequence(self) -> u64 {
        match self {
            Self::New(sequence) | Self::Duplicate(sequence) => sequence,
        }
    }

    /// True when the event was already there.
    pub fn is_duplicate(self) -> bool {
        matches!(self, Self::Duplicate(_))
    }
}

/// Appends one entry in the caller's transaction. The head row is locked from here to the commit, which makes sequences
/// gap-free and the chain linear. A second event with the same source and source event id changes nothing.
///
/// # Errors
/// When the store fails, or a large payload cannot be stored as a blob.
pub async fn append(tx: &mut dyn Tx, blobs: &dyn BlobStore, new: NewEntry) -> Result<Appended, LedgerError> {
    append_prepared(tx, &prepare(blobs, new).await?).await
}

/// As [`append`], of an entry that was prepared before the transaction began.
///
/// # Errors
/// When the store fails.
pub async fn append_prepared(tx: &mut dyn Tx, entry: &Prepared) -> Result<Appended, LedgerError> {
    let (last, previous) = lock_head(tx).await?;
    let sequence = last + 1;
    let (leaf, values) = entry.seal(sequence, previous)?;
    let inserted = match tx.dialect() {
        Dialect::Sqlite => insert(tx, entry, sequence, leaf, &values).await?,
        Dialect::Postgres => insert_at_once(tx, entry, sequence, leaf, values).await?,
    };
    if !inserted {
        return duplicate(tx, entry).await;
    }
    *tx.ledger_head() = Some((sequence, leaf));
    Ok(Appended::New(sequence))
}

/// An entry that lacks only what its place in the ledger gives it.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// The columns in the order of [`Entry::COLUMNS`].
    values: Vec<Value>,
    controls: Vec<String>,
    /// The canonical form before the previous hash, between it and the sequence, and after that.
    canonical: [Vec<u8>; 3],
}

// Places in [`Entry::COLUMNS`].
const SOURCE: usize = 2;
const SOURCE_EVENT_ID: usize = 3;
const PREVIOUS_HASH: usize = 20;
const LEAF_HASH: usize = 21;

/// Does all that can be done for an entry before it has a place: what is left for the transaction is one hash. A payload
/// that is too large for the row is stored, and durable, when this returns.
///
/// # Errors
/// When a large payload cannot be stored as a blob, or the entry is too long.
pub async fn prepare(blobs: &dyn BlobStore, new: NewEntry) -> Result<Prepared, LedgerError> {
    let event_id = Uuid::now_v7();
    let mut controls = new.controls;
    controls.sort();
    controls.dedup();
    let entry = Entry {
        sequence: 0,
        event_id,
        source: new.source,
        source_event_id: new.source_event_id.unwrap_or_else(|| event_id.to_string()),
        event_type: new.event_type,
        actor: new.actor,
        subject: new.subject,
        action: new.action,
        outcome: new.outcome,
        occurred_at: new.occurred_at,
        recorded_at: new.recorded_at,
        context: new.context,
        controls,
        correlation_id: new.correlation_id,
        parser: new.parser,
        payload: store_payload(blobs, &new.payload).await?,
        previous_hash: Digest::ZERO,
        leaf_hash: Digest::ZERO,
    };
    let canonical = entry.canonical_parts()?;
    if canonical.iter().map(Vec::len).sum::<usize>() + PLACE > evidence_log::tile::ENTRY_LIMIT {
        return Err(evidence_log::LogError::Malformed("an entry has at most 65535 bytes beside its payload").into());
    }
    Ok(Prepared { values: entry.values()?, controls: entry.controls, canonical })
}

/// The most bytes that a previous hash and a sequence take.
const PLACE: usize = 64 + 20;

impl Prepared {
    /// Leaf hash and columns at a place.
    fn seal(&self, sequence: u64, previous: Digest) -> Result<(Digest, Vec<Value>), LedgerError> {
        let [before, between, after] = &self.canonical;
        let (previous, number) = (previous.to_hex(), sequence.to_string());
        let leaf = Digest::leaf(&[before, previous.as_bytes(), between, number.as_bytes(), after].concat());
        let mut values = self.values.clone();
        let places =
            [(0, sequence_value(sequence)), (PREVIOUS_HASH, Value::Text(previous)), (LEAF_HASH, leaf.to_value())];
        for (column, value) in places {
            *values.get_mut(column).ok_or_else(|| StoreError::Misuse("an entry lacks a column".to_owned()))? = value;
        }
        Ok((leaf, values))
    }
}

fn sequence_value(sequence: u64) -> Value {
    sequence.to_value()
}

async fn lock_head(tx: &mut dyn Tx) -> Result<(u64, Digest), LedgerError> {
    if let Some(known) = *tx.ledger_head() {
        return Ok(known);
    }
    let sql = match tx.dialect() {
        Dialect::Sqlite => "SELECT sequence, leaf_hash FROM ledger_head WHERE id = 1",
        Dialect::Postgres => "SELECT sequence, leaf_hash FROM ledger_head WHERE id = 1 FOR UPDATE",
    };
    let row = tx.query_opt(sql, &[]).await?;
    let row = row.ok_or_else(|| StoreError::Corrupt("the ledger has lost its head row".to_owned()))?;
    Ok((row.at(0)?, row.at(1)?))
}

/// The blob is durable before the entry that refers to it: a crash leaves at most a blob that nothing refers to.
async fn store_payload(blobs: &dyn BlobStore, payload: &serde_json::Value) -> Result<Payload, LedgerError> {
    let body = canonical::value_to_string(payload)?;
    let size = body.len() as u64;
    if body.len() > INLINE_LIMIT {
        let digest = blobs.put(body.as_bytes()).await?;
        return Ok(Payload { digest, size, location: Location::Blob, inline: None, withheld: false });
    }
    let digest = Digest::of(body.as_bytes());
    Ok(Payload { digest, size, location: Location::Inline, inline: Some(body), withheld: false })
}

/// An entry; none if its source has reported the event before.
macro_rules! insert_entry {
    ($or:literal) => {
        concat!(
            "INSERT ",
            $or,
            "INTO ledger_entries (",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22) \
             ON CONFLICT (source, source_event_id) DO NOTHING"
        )
    };
}

/// One statement after the other; false if the source had already reported the event.
///
/// `OR FAIL`: each changes one row, so that there is nothing to take back when it fails half-way, and SQLite need not keep
/// every page as it was before.
async fn insert(
    tx: &mut dyn Tx,
    entry: &Prepared,
    sequence: u64,
    leaf: Digest,
    values: &[Value],
) -> Result<bool, LedgerError> {
    if tx.execute(insert_entry!("OR FAIL "), values).await? == 0 {
        return Ok(false);
    }
    crate::fault::point("ledger.inserted");
    for control in &entry.controls {
        let values = [Value::Text(control.clone()), sequence_value(sequence)];
        tx.execute("INSERT OR FAIL INTO ledger_controls (control, sequence) VALUES ($1, $2)", &values).await?;
    }
    let values = [sequence_value(sequence), leaf.to_value()];
    tx.execute("UPDATE OR FAIL ledger_head SET sequence = $1, leaf_hash = $2 WHERE id = 1", &values).await?;
    Ok(true)
}

/// All statements in one go; false if the source had already reported the event, and then none of them has done anything.
async fn insert_at_once(
    tx: &mut dyn Tx,
    entry: &Prepared,
    sequence: u64,
    leaf: Digest,
    values: Vec<Value>,
) -> Result<bool, LedgerError> {
    const CONTROL: &str = "INSERT INTO ledger_controls (control, sequence) SELECT $1, $2 \
        WHERE EXISTS (SELECT 1 FROM ledger_entries WHERE sequence = $2)";
    const HEAD: &str = "UPDATE ledger_head SET sequence = $1, leaf_hash = $2 \
        WHERE id = 1 AND EXISTS (SELECT 1 FROM ledger_entries WHERE sequence = $1)";
    let mut statements = vec![(insert_entry!(""), values)];
    let control = |control: &String| (CONTROL, vec![Value::Text(control.clone()), sequence_value(sequence)]);
    statements.extend(entry.controls.iter().map(control));
    statements.push((HEAD, vec![sequence_value(sequence), leaf.to_value()]));
    let changed = tx.execute_all(&statements).await?;
    crate::fault::point("ledger.inserted");
    Ok(changed.first() == Some(&1))
}

async fn duplicate(tx: &mut dyn Tx, entry: &Prepared) -> Result<Appended, LedgerError> {
    let values = [entry.values[SOURCE].clone(), entry.values[SOURCE_EVENT_ID].clone()];
    let sql = "SELECT sequence FROM ledger_entries WHERE source = $1 AND source_event_id = $2";
    let row = tx.query_opt(sql, &values).await?;
    let row =
        row.ok_or_else(|| StoreError::Corrupt("a source event is in the index but not in the ledger".to_owned()))?;
    Ok(Appended::Duplicate(row.at(0)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_the_columns() {
        let column = |place: usize| Entry::COLUMNS.split(", ").nth(place);
        let named = [(SOURCE, "source"), (SOURCE_EVENT_ID, "source_event_id"), (PREVIOUS_HASH, "previous_hash")];
        for (place, name) in named.into_iter().chain([(0, "sequence"), (LEAF_HASH, "leaf_hash")]) {
            assert_eq!(column(place), Some(name));
        }
    }
}
