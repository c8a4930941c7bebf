//! What deliveries leave behind, in one transaction.

use std::sync::Arc;

use futures_util::FutureExt as _;

use super::intake::Fate;
use super::poll::Advance;
use crate::canonical::Digest;
use crate::ledger::{self, Appended, LedgerError, NewEntry, Prepared};
use crate::services::Services;
use crate::store::{SqlValue, StoreError, Tx, Value};
use crate::types::Timestamp;

/// An event as it goes into the ledger.
#[derive(Clone)]
pub(super) struct Taken {
    pub(super) entry: NewEntry,
    pub(super) fate: Fate,
    pub(super) quarantined: Option<Quarantined>,
}

impl Taken {
    pub(super) fn new(entry: NewEntry, fate: Fate) -> Self {
        Self { entry, fate, quarantined: None }
    }
}

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

/// Appends one entry.
pub(super) async fn append(services: &Services, taken: Taken) -> Result<(), LedgerError> {
    append_all(services, &Arc::from([taken]), None).await.map(drop)
}

/// Appends the entries, keeps what is quarantined and new, and moves the position of a poller: all of it or nothing.
pub(super) async fn append_all(
    services: &Services,
    taken: &Arc<[Taken]>,
    advance: Option<Advance>,
) -> Result<Vec<Appended>, LedgerError> {
    let (blobs, taken) = (Arc::clone(&services.blobs), Arc::clone(taken));
    let mut prepared = Vec::with_capacity(taken.len());
    for taken in taken.iter() {
        prepared.push(ledger::prepare(&*blobs, taken.entry.clone()).await?);
    }
    let prepared: Arc<[Prepared]> = prepared.into();
    services
        .store
        .transact(move |tx| {
            let (blobs, taken, advance) = (Arc::clone(&blobs), Arc::clone(&taken), advance.clone());
            let prepared = Arc::clone(&prepared);
            async move {
                let mut all = Vec::with_capacity(taken.len());
                for (taken, entry) in taken.iter().zip(prepared.iter()) {
                    let appended = ledger::append_prepared(tx, entry).await?;
                    if let (Appended::New(_), Some(row)) = (appended, taken.quarantined.clone()) {
                        quarantine(tx, row).await?;
                    }
                    all.push(appended);
                }
                if let Some(advance) = advance {
                    advance.apply(tx, &*blobs, &taken, &all).await?;
                }
                Ok(all)
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
