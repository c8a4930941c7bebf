//! Entries that take turns: that something does not hold, and that it does again.

use std::sync::Arc;

use futures_util::FutureExt as _;

use super::{Appended, LedgerError, NewEntry, append};
use crate::services::Services;
use crate::store::{SqlValue, Tx};

/// Appends an entry of one of two types, the bad news or the good, unless it says what its source has said last of the same
/// subject; where nothing was said, all was well. The ledger remembers, so that restarts and other nodes change nothing.
///
/// # Errors
/// When the ledger cannot be read or appended to.
pub(crate) async fn append_turn(
    services: &Services,
    entry: NewEntry,
    [bad, good]: [&'static str; 2],
) -> Result<Option<Appended>, LedgerError> {
    let blobs = Arc::clone(&services.blobs);
    let appended = services.store.transact(move |tx| {
        let (blobs, entry) = (Arc::clone(&blobs), entry.clone());
        async move {
            let last = last(tx, &entry, [bad, good]).await?;
            match last.as_deref().unwrap_or(good) == entry.event_type {
                true => Ok(None),
                false => append(tx, &*blobs, entry).await.map(Some),
            }
        }
        .boxed()
    });
    appended.await
}

async fn last(tx: &mut dyn Tx, entry: &NewEntry, types: [&'static str; 2]) -> Result<Option<String>, LedgerError> {
    let sql = "SELECT type FROM ledger_entries WHERE subject_type = $1 AND subject_id = $2 AND source = $3 \
        AND type IN ($4, $5) ORDER BY sequence DESC LIMIT 1";
    let [bad, good] = types.map(|it| it.to_owned().to_value());
    let values = [entry.subject.kind.to_value(), entry.subject.id.to_value(), entry.source.to_value(), bad, good];
    Ok(tx.query_opt(sql, &values).await?.map(|row| row.at(0)).transpose()?)
}
