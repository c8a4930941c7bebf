//! Appending.

use super::{Entry, INLINE_LIMIT, LedgerError, Location, Outcome, Payload, Subject};
use crate::blob::BlobStore;
use crate::canonical::{self, Digest};
use crate::store::{Dialect, StoreError, Tx, Value};
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
    let (sequence, previous_hash) = lock_head(tx).await?;
    let entry = seal(blobs, new, sequence + 1, previous_hash).await?;
    if insert(tx, &entry).await? == 0 {
        return duplicate(tx, &entry).await;
    }
    crate::fault::point("ledger.inserted");
    for control in &entry.controls {
        let values = [Value::Text(control.clone()), sequence_value(entry.sequence)];
        tx.execute("INSERT INTO ledger_controls (control, sequence) VALUES ($1, $2)", &values).await?;
    }
    let values = [sequence_value(entry.sequence), Value::Text(entry.leaf_hash.to_hex())];
    tx.execute("UPDATE ledger_head SET sequence = $1, leaf_hash = $2 WHERE id = 1", &values).await?;
    Ok(Appended::New(entry.sequence))
}

fn sequence_value(sequence: u64) -> Value {
    crate::store::SqlValue::to_value(&sequence)
}

async fn lock_head(tx: &mut dyn Tx) -> Result<(u64, Digest), LedgerError> {
    let sql = match tx.dialect() {
        Dialect::Sqlite => "SELECT sequence, leaf_hash FROM ledger_head WHERE id = 1",
        Dialect::Postgres => "SELECT sequence, leaf_hash FROM ledger_head WHERE id = 1 FOR UPDATE",
    };
    let row = tx.query_opt(sql, &[]).await?;
    let row = row.ok_or_else(|| StoreError::Corrupt("the ledger has lost its head row".to_owned()))?;
    Ok((row.at(0)?, row.at(1)?))
}

async fn seal(
    blobs: &dyn BlobStore,
    new: NewEntry,
    sequence: u64,
    previous_hash: Digest,
) -> Result<Entry, LedgerError> {
    let event_id = Uuid::now_v7();
    let mut controls = new.controls;
    controls.sort();
    controls.dedup();
    let mut entry = Entry {
        sequence,
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
        previous_hash,
        leaf_hash: Digest::ZERO,
    };
    let bytes = entry.canonical_bytes()?;
    if bytes.len() > evidence_log::tile::ENTRY_LIMIT {
        return Err(evidence_log::LogError::Malformed("an entry has at most 65535 bytes beside its payload").into());
    }
    entry.leaf_hash = Digest::leaf(&bytes);
    Ok(entry)
}

/// The blob is durable before the entry that refers to it: a crash leaves at most a blob that nothing refers to.
async fn store_payload(blobs: &dyn BlobStore, payload: &serde_json::Value) -> Result<Payload, LedgerError> {
    let body = canonical::to_string(payload)?;
    let size = body.len() as u64;
    if body.len() > INLINE_LIMIT {
        let digest = blobs.put(body.as_bytes()).await?;
        return Ok(Payload { digest, size, location: Location::Blob, inline: None, withheld: false });
    }
    let digest = Digest::of(body.as_bytes());
    Ok(Payload { digest, size, location: Location::Inline, inline: Some(body), withheld: false })
}

async fn insert(tx: &mut dyn Tx, entry: &Entry) -> Result<u64, LedgerError> {
    const SQL: &str = "INSERT INTO ledger_entries (sequence, event_id, source, source_event_id, type, actor, subject_type, \
        subject_id, action, outcome, occurred_at, recorded_at, context, controls, correlation_id, parser, payload_digest, \
        payload_location, payload_size, payload, previous_hash, leaf_hash) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22) \
        ON CONFLICT (source, source_event_id) DO NOTHING";
    Ok(tx.execute(SQL, &entry.values()?).await?)
}

async fn duplicate(tx: &mut dyn Tx, entry: &Entry) -> Result<Appended, LedgerError> {
    let values = [Value::Text(entry.source.clone()), Value::Text(entry.source_event_id.clone())];
    let sql = "SELECT sequence FROM ledger_entries WHERE source = $1 AND source_event_id = $2";
    let row = tx.query_opt(sql, &values).await?;
    let row =
        row.ok_or_else(|| StoreError::Corrupt("a source event is in the index but not in the ledger".to_owned()))?;
    Ok(Appended::Duplicate(row.at(0)?))
}
