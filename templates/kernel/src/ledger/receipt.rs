//! Proofs over the ledger for somebody outside.

use evidence_log::merkle;
use evidence_log::receipt::Receipt;

use super::{LedgerError, covering, get, tiles};
use crate::store::{StoreError, Tx};

/// The receipt of an entry, against a checkpoint that speaks for it; `None` if there is no such entry, or no checkpoint has
/// come so far yet. It carries the entry's canonical bytes, so that it proves itself.
///
/// # Errors
/// When the store fails or something in it is damaged.
pub async fn receipt(tx: &mut dyn Tx, sequence: u64) -> Result<Option<Receipt>, LedgerError> {
    let Some(entry) = get(tx, sequence).await? else { return Ok(None) };
    let Some(checkpoint) = covering(tx, sequence).await? else { return Ok(None) };
    let index = sequence - 1;
    let ranges = merkle::inclusion(index, checkpoint.size)
        .ok_or_else(|| StoreError::Corrupt("a checkpoint that is too small".to_owned()))?;
    let proof = tiles::proof(tx, &ranges, checkpoint.size).await?;
    Ok(Some(Receipt { extra: Some(entry.canonical_bytes()?), index, proof, checkpoint: checkpoint.note }))
}

/// The hashes that show that the first `old` entries are the beginning of the first `new` ones; `None` if `new` is below
/// `old` or beyond the newest checkpoint.
///
/// # Errors
/// When the store fails or something in it is damaged.
pub async fn consistency(tx: &mut dyn Tx, old: u64, new: u64) -> Result<Option<Vec<evidence_log::Hash>>, LedgerError> {
    let signed = super::latest(tx).await?.map_or(0, |checkpoint| checkpoint.size);
    match merkle::consistency(old, new) {
        Some(ranges) if new <= signed => Ok(Some(tiles::proof(tx, &ranges, new).await?)),
        _ => Ok(None),
    }
}
