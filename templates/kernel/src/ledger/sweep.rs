//! The quick pass of verification: several ranges at once, and no more made of a row than its canonical bytes.
//!
//! It only ever says that everything fits. Where anything does not, the walk in [`super::verify`] looks again and says what.

use std::collections::BTreeSet;
use std::sync::Arc;

use evidence_log::Hash;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use tokio::sync::Mutex;

use super::redact::redactions;
use super::tree_check::TreeCheck;
use super::verify::guards;
use super::{LedgerError, Location, Outcome, Report, head};
use crate::blob::BlobStore;
use crate::canonical::Digest;
use crate::store::{Row, SqlValue, Store, StoreError, Tx, Value};

/// Entries in a range, and how many of them are read at a time.
const RANGE: u64 = 8192;
const PAGE: u64 = 1024;

/// Ranges that are looked at side by side; one more connection is busy with the database's own structure.
const SIDE_BY_SIDE: usize = 3;

/// The report, if everything fits.
pub(super) async fn sweep(store: &Store, blobs: Arc<dyn BlobStore>) -> Result<Option<Report>, LedgerError> {
    let Some(Beginning { entries, last, tree, redacted }) = store.read(|tx| begin(tx).boxed()).await? else {
        return Ok(None);
    };
    let (tree, redacted) = (Arc::new(Mutex::new(tree)), Arc::new(redacted));
    let ranges = (0..entries.div_ceil(RANGE)).map(|range| {
        let (store, blobs, redacted) = (store.clone(), Arc::clone(&blobs), Arc::clone(&redacted));
        let (after, until) = (range * RANGE, entries.min((range + 1) * RANGE));
        async move {
            store
                .read(move |tx| -> BoxFuture<'_, Result<Option<Checked>, LedgerError>> {
                    let (blobs, redacted) = (Arc::clone(&blobs), Arc::clone(&redacted));
                    async move { check_range(tx, (after, until), &*blobs, &redacted).await }.boxed()
                })
                .await
        }
    });
    let mut ranges = stream::iter(ranges).buffered(SIDE_BY_SIDE);
    let mut previous = Digest::ZERO;
    while let Some(range) = ranges.next().await {
        let Some(Checked { first_previous, leaves }) = range? else { return Ok(None) };
        if first_previous != previous {
            return Ok(None);
        }
        previous = leaves.last().map_or(previous, |leaf| Digest::from_bytes(*leaf));
        if !grow(store, &tree, leaves).await? {
            return Ok(None);
        }
    }
    let whole = store.read(move |tx| {
        let tree = Arc::clone(&tree);
        async move { tree.lock().await.finish(tx).await }.boxed()
    });
    let fits = whole.await?.is_none() && previous == last;
    let redacted = redacted.len() as u64;
    Ok(fits.then_some(Report { entries, redacted, head: last, fault: None }))
}

/// What is known before any entry is read.
struct Beginning {
    entries: u64,
    last: Digest,
    tree: TreeCheck,
    redacted: BTreeSet<u64>,
}

/// Head and tree, if nothing stands outside and the guards do.
async fn begin(tx: &mut dyn Tx) -> Result<Option<Beginning>, LedgerError> {
    let (entries, last) = head(tx).await?;
    for table in ["ledger_entries", "ledger_controls"] {
        let sql = format!("SELECT count(*) FROM {table} WHERE sequence < 1 OR sequence > $1");
        let outside: u64 = tx.query_opt(&sql, &[entries.to_value()]).await?.map_or(Ok(0), |row| row.at(0))?;
        if outside > 0 {
            return Ok(None);
        }
    }
    match (guards(tx).await?, redactions(tx).await?) {
        (None, Ok(redacted)) => {
            let tree = TreeCheck::begin(tx).await?;
            Ok(Some(Beginning { entries, last, tree, redacted }))
        }
        _ => Ok(None),
    }
}

async fn grow(store: &Store, tree: &Arc<Mutex<TreeCheck>>, leaves: Vec<Hash>) -> Result<bool, LedgerError> {
    let (tree, leaves) = (Arc::clone(tree), Arc::new(leaves));
    let work = crate::store::job(move |tx| {
        let (tree, leaves) = (Arc::clone(&tree), Arc::clone(&leaves));
        async move {
            let mut tree = tree.lock().await;
            for leaf in leaves.iter() {
                if tree.push(tx, *leaf).await?.is_some() {
                    return Ok::<_, LedgerError>(false);
                }
            }
            Ok(true)
        }
        .boxed()
    });
    store.read(work).await
}

/// A range in which everything fits.
struct Checked {
    /// What its first entry says the one before it is.
    first_previous: Digest,
    leaves: Vec<Hash>,
}

async fn check_range(
    tx: &mut dyn Tx,
    (mut after, until): (u64, u64),
    blobs: &dyn BlobStore,
    redacted: &BTreeSet<u64>,
) -> Result<Option<Checked>, LedgerError> {
    let mut checked = Checked { first_previous: Digest::ZERO, leaves: Vec::with_capacity((until - after) as usize) };
    let mut bytes = Vec::new();
    while after < until {
        let rows = tx.query(SQL, &[after.to_value(), until.min(after + PAGE).to_value()]).await?;
        let mut controls = read_controls(tx, after, until.min(after + PAGE)).await?.into_iter().peekable();
        for row in &rows {
            after += 1;
            let mut own = Vec::new();
            while let Some((_, control)) = controls.next_if(|(sequence, _)| *sequence == after) {
                own.push(control);
            }
            let Some(leaf) = check_row(row, after, &own, checked.leaves.last(), &mut bytes) else { return Ok(None) };
            if checked.leaves.is_empty() {
                checked.first_previous = row.at(PREVIOUS)?;
            }
            checked.leaves.push(leaf);
            if !check_payload(row, redacted.contains(&after), blobs).await? {
                return Ok(None);
            }
        }
        if rows.is_empty() || controls.peek().is_some() {
            return Ok(None);
        }
    }
    Ok(Some(checked))
}

async fn read_controls(tx: &mut dyn Tx, after: u64, until: u64) -> Result<Vec<(u64, String)>, StoreError> {
    let sql = "SELECT sequence, control FROM ledger_controls WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence, control";
    let rows = tx.query(sql, &[after.to_value(), until.to_value()]).await?;
    rows.iter().map(|row| Ok((row.at(0)?, row.at(1)?))).collect()
}

/// The columns in the order of the canonical form, then the payload and the leaf hash.
const SQL: &str = "SELECT action, actor, context, controls, correlation_id, event_id, occurred_at, outcome, parser, \
    payload_digest, payload_location, payload_size, previous_hash, recorded_at, sequence, source, source_event_id, \
    subject_id, subject_type, type, payload, leaf_hash FROM ledger_entries WHERE sequence > $1 AND sequence <= $2 \
    ORDER BY sequence";
const CONTROLS: usize = 3;
const OUTCOME: usize = 7;
const PAYLOAD_DIGEST: usize = 9;
const LOCATION: usize = 10;
const PAYLOAD_SIZE: usize = 11;
const PREVIOUS: usize = 12;
const SEQUENCE: usize = 14;
const PAYLOAD: usize = 20;
const LEAF: usize = 21;

/// What stands before each value in the canonical form of an entry.
const BEFORE: [&str; 20] = [
    "{\"action\":",
    ",\"actor\":",
    ",\"context\":",
    ",\"controls\":",
    ",\"correlation_id\":",
    ",\"event_id\":",
    ",\"occurred_at\":",
    ",\"outcome\":",
    ",\"parser\":",
    ",\"payload_digest\":",
    ",\"payload_location\":",
    ",\"payload_size\":",
    ",\"previous_hash\":",
    ",\"recorded_at\":",
    ",\"sequence\":",
    ",\"source\":",
    ",\"source_event_id\":",
    ",\"subject\":{\"id\":",
    ",\"type\":",
    "},\"type\":",
];

/// The leaf hash of a row that fits between its neighbours.
fn check_row(
    row: &Row,
    sequence: u64,
    controls: &[String],
    previous: Option<&Hash>,
    bytes: &mut Vec<u8>,
) -> Option<Hash> {
    let leaf: Digest = row.at(LEAF).ok()?;
    let before: Digest = row.at(PREVIOUS).ok()?;
    let fits = row.at::<u64>(SEQUENCE).ok()? == sequence
        && previous.is_none_or(|previous| previous == before.as_bytes())
        && row.at::<Outcome>(OUTCOME).is_ok()
        && *row.value(CONTROLS).ok()? == Value::Text(serde_json::to_string(controls).ok()?);
    bytes.clear();
    for (index, before) in BEFORE.iter().enumerate() {
        bytes.extend_from_slice(before.as_bytes());
        match row.value(index).ok()? {
            // The list is compared as it stands.
            Value::Text(list) if index == CONTROLS => bytes.extend_from_slice(list.as_bytes()),
            Value::Text(text) => serde_json::to_writer(&mut *bytes, text).ok()?,
            Value::Int(number) => serde_json::to_writer(&mut *bytes, number).ok()?,
            Value::Null => bytes.extend_from_slice(b"null"),
            Value::Bool(_) | Value::Bytes(_) => return None,
        }
    }
    bytes.extend_from_slice(b",\"v\":1}");
    (fits && Digest::leaf(bytes) == leaf).then_some(*leaf.as_bytes())
}

async fn check_payload(row: &Row, redacted: bool, blobs: &dyn BlobStore) -> Result<bool, LedgerError> {
    let (digest, size): (Digest, u64) = (row.at(PAYLOAD_DIGEST)?, row.at(PAYLOAD_SIZE)?);
    Ok(match (row.at(LOCATION)?, row.value(PAYLOAD)?) {
        (Location::Inline, Value::Text(body)) => body.len() as u64 == size && Digest::of(body.as_bytes()) == digest,
        (Location::Inline, Value::Null) => redacted,
        // Others may still have the blob, and answer for it then.
        (Location::Blob, Value::Null) if redacted => true,
        (Location::Blob, Value::Null) => blobs.get(&digest).await.is_ok_and(|body| body.len() as u64 == size),
        _ => false,
    })
}
