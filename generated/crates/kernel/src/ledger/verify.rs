//! Verification: every hash is computed again from the stored values.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::FutureExt as _;

use super::redact::redactions;
use super::sweep::sweep;
use super::tree_check::TreeCheck;
use super::{Entry, GUARD_SCHEMA, LOG_SCHEMA, LedgerError, Location, REDACTION_SCHEMA, SCHEMA};
use crate::blob::{BlobError, BlobStore};
use crate::canonical::Digest;
use crate::store::{Dialect, SqlValue, Store, StoreError, Tx, Value};

const BATCH: i64 = 512;

/// What is wrong, and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The first bad sequence; `None` when the fault belongs to no single entry.
    pub sequence: Option<u64>,
    /// Why.
    pub reason: String,
}

/// The result of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many entries were found good, from the first on.
    pub entries: u64,
    /// How many of the payloads were redacted.
    pub redacted: u64,
    /// The leaf hash of the last good entry.
    pub head: Digest,
    /// What is wrong; `None` when the ledger verifies.
    pub fault: Option<Fault>,
}

impl Report {
    /// True when nothing is wrong.
    pub fn is_good(&self) -> bool {
        self.fault.is_none()
    }
}

/// Verifies the whole ledger as it stands at the beginning, never holding more than a few thousand entries.
///
/// Checked: sequences without gaps, previous links, every leaf hash from the columns, every payload against its digest,
/// blobs, the index of controls, the head row, every tile and checkpoint of the tree, signatures and cosignatures, the guards
/// in the schema, and the database's own structure.
///
/// # Errors
/// When the ledger cannot be read at all. Damage that can be located is not an error but a [`Fault`].
pub async fn verify(store: &Store, blobs: Arc<dyn BlobStore>) -> Result<Report, LedgerError> {
    // Both at once, on connections of their own: the look at the values and the database's at its own structure.
    let (report, structure) = futures_util::future::join(values(store, blobs), store.integrity()).await;
    let report = report?;
    if report.fault.is_some() {
        return Ok(report);
    }
    let fault = match structure {
        Ok(problems) => problems.first().map(|problem| structural(problem)),
        Err(StoreError::Corrupt(reason)) => Some(Fault { sequence: None, reason }),
        Err(error) => return Err(error.into()),
    };
    Ok(Report { fault, ..report })
}

/// The quick pass, and where it does not find everything in order, the walk that says what is wrong.
async fn values(store: &Store, blobs: Arc<dyn BlobStore>) -> Result<Report, LedgerError> {
    match sweep(store, Arc::clone(&blobs)).await {
        Ok(Some(report)) => return Ok(report),
        Ok(None) | Err(LedgerError::Store(StoreError::Corrupt(_) | StoreError::Value { .. })) => {}
        Err(error) => return Err(error),
    }
    let walking = store.read(move |tx| {
        let blobs = Arc::clone(&blobs);
        async move { walk(tx, &*blobs).await }.boxed()
    });
    walking.await
}

/// `row 7 missing from index ledger_entries_by_type` tells the entry.
fn structural(problem: &str) -> Fault {
    let row = problem.strip_prefix("row ").and_then(|rest| rest.split_once(' '));
    let sequence = match row {
        Some((number, rest)) if rest.contains("ledger_entries") => number.parse().ok(),
        _ => None,
    };
    Fault { sequence, reason: format!("database structure: {problem}") }
}

struct Walk {
    expected: u64,
    previous: Digest,
    tree: TreeCheck,
    redacted: BTreeSet<u64>,
}

impl Walk {
    fn report(&self, fault: Option<Fault>) -> Report {
        let redacted = self.redacted.range(..self.expected).count() as u64;
        Report { entries: self.expected - 1, redacted, head: self.previous, fault }
    }

    fn bad(&self, reason: impl Into<String>) -> Report {
        self.report(Some(Fault { sequence: Some(self.expected), reason: reason.into() }))
    }
}

async fn walk(tx: &mut dyn Tx, blobs: &dyn BlobStore) -> Result<Report, LedgerError> {
    let (redacted, unsaid) = match redactions(tx).await? {
        Ok(redacted) => (redacted, None),
        Err(fault) => (BTreeSet::new(), Some(fault)),
    };
    let tree = TreeCheck::begin(tx).await?;
    let mut walk = Walk { expected: 1, previous: Digest::ZERO, tree, redacted };
    if unsaid.is_some() {
        return Ok(walk.report(unsaid));
    }
    // From below the first possible sequence, so that an entry smuggled in before it is seen too.
    let mut after = i64::MIN;
    let mut limit = BATCH;
    loop {
        let batch = match read_batch(tx, after, limit).await {
            Ok(batch) => batch,
            // Something in this batch cannot be read: go on one by one, to say which.
            Err(_) if limit > 1 => {
                limit = 1;
                continue;
            }
            Err(error @ (StoreError::Corrupt(_) | StoreError::Value { .. })) => return Ok(walk.bad(error.to_string())),
            Err(error) => return Err(error.into()),
        };
        if batch.is_empty() {
            break;
        }
        for (entry, controls) in &batch {
            if let Some(reason) = check(&walk, entry, controls, blobs).await? {
                return Ok(walk.bad(reason));
            }
            walk.previous = entry.leaf_hash;
            walk.expected += 1;
            if let Some(fault) = walk.tree.push(tx, *entry.leaf_hash.as_bytes()).await? {
                return Ok(walk.report(Some(fault)));
            }
        }
        after = i64::try_from(walk.expected - 1).unwrap_or(i64::MAX);
    }
    match finish(tx, &mut walk).await {
        Ok(None) => Ok(walk.report(None)),
        Ok(Some(fault)) => Ok(walk.report(Some(fault))),
        Err(error @ (StoreError::Corrupt(_) | StoreError::Value { .. })) => Ok(walk.bad(error.to_string())),
        Err(error) => Err(error.into()),
    }
}

async fn read_batch(tx: &mut dyn Tx, after: i64, limit: i64) -> Result<Vec<(Entry, Vec<String>)>, StoreError> {
    const SQL: &str = "SELECT sequence, event_id, source, source_event_id, type, actor, subject_type, subject_id, action, \
        outcome, occurred_at, recorded_at, context, controls, correlation_id, parser, payload_digest, payload_location, \
        payload_size, payload, previous_hash, leaf_hash FROM ledger_entries WHERE sequence > $1 ORDER BY sequence LIMIT $2";
    let rows = tx.query(SQL, &[Value::Int(after), Value::Int(limit)]).await?;
    let mut batch = Vec::with_capacity(rows.len());
    for row in &rows {
        batch.push((Entry::from_row(row)?, Vec::new()));
    }
    let Some((last, _)) = batch.last() else { return Ok(batch) };
    let range = [Value::Int(after), last.sequence.to_value()];
    let sql = "SELECT sequence, control FROM ledger_controls WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence, control";
    for row in tx.query(sql, &range).await? {
        let (sequence, control): (i64, String) = (row.at(0)?, row.at(1)?);
        let found =
            batch.binary_search_by_key(&sequence, |(entry, _)| i64::try_from(entry.sequence).unwrap_or(i64::MAX));
        match found {
            Ok(index) => batch[index].1.push(control),
            Err(_) => {
                return Err(StoreError::Corrupt(format!("the index of controls has an entry {sequence} too many")));
            }
        }
    }
    Ok(batch)
}

/// Why an entry is bad, or nothing.
async fn check(
    walk: &Walk,
    entry: &Entry,
    controls: &[String],
    blobs: &dyn BlobStore,
) -> Result<Option<String>, LedgerError> {
    if entry.sequence != walk.expected {
        return Ok(Some(format!("missing; the next entry is {}", entry.sequence)));
    }
    if entry.previous_hash != walk.previous {
        return Ok(Some("does not follow from the entry before it (previous hash differs)".to_owned()));
    }
    if entry.compute_leaf_hash()? != entry.leaf_hash {
        return Ok(Some("its values do not give its leaf hash".to_owned()));
    }
    if entry.controls != controls {
        return Ok(Some("the index of controls differs from the entry".to_owned()));
    }
    check_payload(entry, walk.redacted.contains(&entry.sequence), blobs).await
}

async fn check_payload(entry: &Entry, redacted: bool, blobs: &dyn BlobStore) -> Result<Option<String>, LedgerError> {
    let payload = &entry.payload;
    match (payload.location, &payload.inline) {
        (Location::Inline, Some(body)) => {
            let same = Digest::of(body.as_bytes()) == payload.digest && body.len() as u64 == payload.size;
            Ok((!same).then(|| "its payload does not match its digest".to_owned()))
        }
        (Location::Inline, None) if redacted => Ok(None),
        (Location::Inline, None) => Ok(Some("its payload is missing".to_owned())),
        (Location::Blob, None) if redacted => Ok(None),
        (Location::Blob, Some(_)) => Ok(Some("it has a payload in the row and in a blob".to_owned())),
        (Location::Blob, None) => match blobs.get(&payload.digest).await {
            Ok(body) if body.len() as u64 == payload.size => Ok(None),
            Ok(_) => Ok(Some("its blob has another size".to_owned())),
            Err(error @ (BlobError::NotFound(_) | BlobError::Corrupt(_))) => Ok(Some(error.to_string())),
            Err(error) => Err(error.into()),
        },
    }
}

/// After the last entry: nothing beyond it, the head row agrees, the guards stand.
async fn finish(tx: &mut dyn Tx, walk: &mut Walk) -> Result<Option<Fault>, StoreError> {
    let last = walk.expected - 1;
    let (sequence, hash) = super::head(tx).await?;
    let at = |sequence, reason: String| Ok(Some(Fault { sequence: Some(sequence), reason }));
    if sequence > last {
        return at(walk.expected, format!("missing; the head row says there are {sequence} entries"));
    }
    if sequence < last || hash != walk.previous {
        return at(
            sequence + 1,
            format!("the head row stands at {sequence} with another hash than the last entry, {last}"),
        );
    }
    let sql = "SELECT count(*) FROM ledger_controls WHERE sequence < 1 OR sequence > $1";
    let extra: u64 = match tx.query_opt(sql, &[last.to_value()]).await? {
        Some(row) => row.at(0)?,
        None => 0,
    };
    if extra > 0 {
        return at(walk.expected, "the index of controls speaks of entries that do not exist".to_owned());
    }
    if let Some(fault) = walk.tree.finish(tx).await? {
        return Ok(Some(fault));
    }
    Ok(guards(tx).await?.map(|reason| Fault { sequence: None, reason }))
}

/// The triggers, tables and indexes of the ledger must be the ones its migration made.
pub(super) async fn guards(tx: &mut dyn Tx) -> Result<Option<String>, StoreError> {
    if tx.dialect() != Dialect::Sqlite {
        // Part of [`Store::integrity`] there.
        return Ok(None);
    }
    let sql =
        "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name LIKE '%ledger%' OR tbl_name LIKE '%ledger%'";
    let mut missing = expected_objects();
    for row in tx.query(sql, &[]).await? {
        let found = Object { kind: row.at(0)?, name: row.at(1)?, table: row.at(2)?, sql: row.at(3)? };
        match missing.iter().position(|wanted| *wanted == found) {
            Some(index) => drop(missing.swap_remove(index)),
            None => {
                return Ok(Some(format!("the {} {} in the schema is not the ledger's own", found.kind, found.name)));
            }
        }
    }
    Ok(missing.first().map(|wanted| format!("the {} {} has been removed from the schema", wanted.kind, wanted.name)))
}

/// A row of SQLite's schema table.
#[derive(PartialEq, Eq)]
struct Object {
    kind: String,
    name: String,
    table: String,
    sql: Option<String>,
}

/// How many indexes without a statement of their own stand behind PRIMARY KEY and UNIQUE.
const UNIQUE: [(&str, usize); 4] =
    [("ledger_entries", 2), ("ledger_tiles", 1), ("ledger_keys", 1), ("ledger_cosignatures", 1)];

fn indexes_of(table: &str, indexes: usize) -> impl Iterator<Item = Object> {
    (1..=indexes).map(move |number| Object {
        kind: "index".to_owned(),
        name: format!("sqlite_autoindex_{table}_{number}"),
        table: table.to_owned(),
        sql: None,
    })
}

fn expected_objects() -> Vec<Object> {
    let mut objects: Vec<Object> = UNIQUE.iter().flat_map(|(table, indexes)| indexes_of(table, *indexes)).collect();
    for statement in [SCHEMA, LOG_SCHEMA, REDACTION_SCHEMA, GUARD_SCHEMA]
        .iter()
        .map(|migration| migration.sqlite)
        .flat_map(|sql| sql.split("\nCREATE ").skip(1))
    {
        let mut words = statement.split_whitespace();
        let kind = words.next().unwrap_or_default().to_lowercase();
        let name = words.next().unwrap_or_default().to_owned();
        let table =
            if kind == "table" { Some(name.clone()) } else { words.skip_while(|w| *w != "ON").nth(1).map(Into::into) };
        let end = if kind == "trigger" { "; END;" } else { ";" };
        let sql = statement.split_once(end).map(|(sql, _)| format!("CREATE {sql}{}", &end[..end.len() - 1]));
        let table = table.unwrap_or_default();
        if table.contains("ledger") || name.contains("ledger") {
            // A trigger that a later migration puts in the place of an earlier one.
            objects.retain(|object| object.name != name);
            objects.push(Object { kind, name, table, sql });
        }
    }
    objects
}
