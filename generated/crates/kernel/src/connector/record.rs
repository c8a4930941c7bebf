//! What a delivery leaves behind, in one transaction.

use std::sync::Arc;

use futures_util::FutureExt as _;

use crate::canonical::Digest;
use crate::ledger::{self, Appended, LedgerError, NewEntry};
use crate::services::Services;
use crate::store::{SqlValue, StoreError, Tx, Value};
use crate::types::Timestamp;

/// A delivery nobody could read, kept for people to look at.
#[derive(Clone)]
pub(super) struct Quarantined {
    pub(super) connector: String,
    pub(super) delivery_id: String,
    pub(super) event_type: String,
    pub(super) reason: String,
    pub(super) body_sha256: Digest,
    pub(super) body: Vec<u8>,
    pub(super) received_at: Timestamp,
}

/// Appends the entry and, if it is new, keeps the quarantined delivery with it.
pub(super) async fn append(
    services: &Services,
    entry: NewEntry,
    quarantined: Option<Quarantined>,
) -> Result<Appended, LedgerError> {
    let blobs = Arc::clone(&services.blobs);
    services
        .store
        .transact(move |tx| {
            let (blobs, entry, quarantined) = (Arc::clone(&blobs), entry.clone(), quarantined.clone());
            async move {
                let appended = ledger::append(tx, &*blobs, entry).await?;
                if let (Appended::New(_), Some(row)) = (appended, quarantined) {
                    quarantine(tx, row).await?;
                }
                Ok(appended)
            }
            .boxed()
        })
        .await
}

async fn quarantine(tx: &mut dyn Tx, row: Quarantined) -> Result<(), StoreError> {
    let values = [
        Value::Text(row.connector),
        Value::Text(row.delivery_id),
        Value::Text(row.event_type),
        Value::Text(row.reason),
        row.body_sha256.to_value(),
        Value::Bytes(row.body),
        row.received_at.to_value(),
    ];
    let sql = "INSERT INTO quarantine (connector, delivery_id, event_type, reason, body_sha256, body, received_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (connector, delivery_id) DO NOTHING";
    tx.execute(sql, &values).await.map(drop)
}
