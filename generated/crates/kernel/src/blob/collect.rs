//! Blobs that nothing refers to: what a command stored that was refused afterwards, or was cut off by a crash.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::FutureExt as _;

use super::{BlobError, BlobStore, is_young};
use crate::canonical::Digest;
use crate::store::{Dialect, Store, StoreError, Tx, Value};

/// What a collection came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Collected {
    /// How many blobs there were.
    pub found: u64,
    /// How many of them were removed: old enough, and mentioned nowhere.
    pub removed: u64,
}

/// Why a collection ended early.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CollectError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The blobs failed.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

/// Removes blobs whose digest no text in the database contains (apart from entries that were redacted), unless they were stored within `grace`.
///
/// A command stores a blob first and commits what refers to it afterwards, so `grace` must be longer than any command takes.
/// Blobs are listed first and looked for in the database then; each is looked at once more when it is removed, so that one
/// that is stored again meanwhile stays.
///
/// # Errors
/// When database or blobs fail; what was removed until then was an orphan.
pub async fn collect(store: &Store, blobs: &dyn BlobStore, grace: Duration) -> Result<Collected, CollectError> {
    let all = blobs.list().await?;
    let old: BTreeSet<Digest> = all.iter().filter(|blob| !is_young(blob.at, grace)).map(|blob| blob.digest).collect();
    let mut collected = Collected { found: all.len() as u64, removed: 0 };
    if old.is_empty() {
        return Ok(collected);
    }
    for digest in store.read(move |tx| orphans(tx, old.clone()).boxed()).await? {
        if blobs.remove(&digest, grace).await? {
            tracing::info!(%digest, "an orphan was removed");
            collected.removed += 1;
        }
    }
    Ok(collected)
}

/// Removes a blob that was the payload of an entry and is redacted, unless something else still refers to it; true if it is
/// gone. Only for a node that is stopped: whoever stores the same bytes at this moment would lose them.
///
/// # Errors
/// When database or blobs fail; collecting orphans removes it later.
pub async fn let_go(store: &Store, blobs: &dyn BlobStore, digest: Digest) -> Result<bool, CollectError> {
    let free = store.read(move |tx| orphans(tx, BTreeSet::from([digest])).boxed()).await?;
    Ok(!free.is_empty() && blobs.remove(&digest, Duration::ZERO).await?)
}

/// What of a table does not count: entries whose payload was redacted, and the entries that say so.
fn but_for(table: &str) -> &'static str {
    match table {
        "\"ledger_entries\"" => {
            " AND NOT (type = 'ledger.redacted' AND source = 'kernel.ledger') \
             AND NOT EXISTS (SELECT 1 FROM ledger_redactions r WHERE r.sequence = ledger_entries.sequence)"
        }
        _ => "",
    }
}

/// Which of these no text contains. Most are found where they stand alone; only for the others everything is read.
async fn orphans(tx: &mut dyn Tx, mut digests: BTreeSet<Digest>) -> Result<Vec<Digest>, StoreError> {
    let columns = text_columns(tx).await?;
    for (table, names) in &columns {
        for name in names {
            let sql = format!("SELECT 1 FROM {table} WHERE {name} = $1{} LIMIT 1", but_for(table));
            keep_missing(tx, &sql, &mut digests, |hex| hex).await?;
        }
    }
    for (table, names) in &columns {
        let conditions: Vec<String> = names.iter().map(|name| format!("{name} LIKE $1")).collect();
        let sql = format!("SELECT 1 FROM {table} WHERE ({}){} LIMIT 1", conditions.join(" OR "), but_for(table));
        keep_missing(tx, &sql, &mut digests, |hex| format!("%{hex}%")).await?;
    }
    Ok(digests.into_iter().collect())
}

async fn keep_missing(
    tx: &mut dyn Tx,
    sql: &str,
    digests: &mut BTreeSet<Digest>,
    pattern: fn(String) -> String,
) -> Result<(), StoreError> {
    for digest in digests.clone() {
        if !tx.query(sql, &[Value::Text(pattern(digest.to_hex()))]).await?.is_empty() {
            digests.remove(&digest);
        }
    }
    Ok(())
}

/// The text columns of every table, quoted.
async fn text_columns(tx: &mut dyn Tx) -> Result<Vec<(String, Vec<String>)>, StoreError> {
    let sql = match tx.dialect() {
        Dialect::Sqlite => {
            "SELECT m.name, p.name FROM sqlite_schema m, pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND p.type = 'TEXT' ORDER BY 1, 2"
        }
        Dialect::Postgres => {
            // Not from the information schema: that keeps silent about tables one may not read.
            "SELECT c.relname::text, a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
             JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') \
             AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'text'::regtype ORDER BY 1, 2"
        }
    };
    let mut tables: Vec<(String, Vec<String>)> = Vec::new();
    for row in tx.query(sql, &[]).await? {
        let (table, column) = (quoted(&row.at::<String>(0)?), quoted(&row.at::<String>(1)?));
        match tables.last_mut() {
            Some((last, columns)) if *last == table => columns.push(column),
            _ => tables.push((table, vec![column])),
        }
    }
    Ok(tables)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
