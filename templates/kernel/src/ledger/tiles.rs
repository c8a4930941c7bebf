//! The tree over the ledger: full tiles are kept, what is narrower is read from the entries or the tiles below.

use std::collections::BTreeSet;
use std::ops::Range;

use evidence_log::Hash;
use evidence_log::tile::{self, TileId, Tiles, WIDTH};

use super::{Entry, LedgerError};
use crate::canonical::Digest;
use crate::store::{SqlValue, Store, StoreError, Tx, Value};

/// How many new tiles are read and written at a time.
const BATCH: u64 = 64;

/// Adds the full tiles of a tree of `size` that are not there yet.
pub(crate) async fn grow(store: &Store, size: u64) -> Result<(), LedgerError> {
    let mut level = 0;
    let full = |level| TileId { level, index: 0 }.width(size) == WIDTH;
    while full(level) {
        loop {
            let new = store.read(move |tx| Box::pin(async move { next(tx, level, size).await })).await?;
            let Some(_) = new.first() else { break };
            store
                .transact(move |tx| {
                    let new = new.clone();
                    Box::pin(async move { insert(tx, level, &new).await })
                })
                .await?;
            crate::fault::point("checkpoint.tile");
        }
        level += 1;
    }
    Ok(())
}

/// The next full tiles of a level, by index.
async fn next(tx: &mut dyn Tx, level: u8, size: u64) -> Result<Vec<(u64, Vec<Hash>)>, LedgerError> {
    let sql = "SELECT coalesce(max(tile) + 1, 0) FROM ledger_tiles WHERE level = $1";
    let row = tx.query_opt(sql, &[u64::from(level).to_value()]).await?;
    let first: u64 = row.map_or(Ok(0), |row| row.at(0))?;
    let full = (first..first + BATCH).take_while(|index| TileId { level, index: *index }.width(size) == WIDTH).count();
    let hashes = hashes(tx, level, first * WIDTH..(first + full as u64) * WIDTH).await?;
    Ok((first..).zip(hashes.chunks_exact(WIDTH as usize).map(<[Hash]>::to_vec)).collect())
}

async fn insert(tx: &mut dyn Tx, level: u8, tiles: &[(u64, Vec<Hash>)]) -> Result<(), LedgerError> {
    for (index, hashes) in tiles {
        let root = tile::perfect_root(hashes).unwrap_or_default();
        let values = [
            u64::from(level).to_value(),
            index.to_value(),
            Digest::from_bytes(root).to_value(),
            Value::Bytes(tile::encode_tile(hashes)),
        ];
        tx.execute("INSERT INTO ledger_tiles (level, tile, root, hashes) VALUES ($1, $2, $3, $4)", &values).await?;
    }
    Ok(())
}

/// The hashes of a level at some places: leaf hashes, or roots of the tiles below.
async fn hashes(tx: &mut dyn Tx, level: u8, places: Range<u64>) -> Result<Vec<Hash>, StoreError> {
    let rows = match level.checked_sub(1) {
        None => {
            let sql = "SELECT leaf_hash FROM ledger_entries WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence";
            tx.query(sql, &[places.start.to_value(), places.end.to_value()]).await?
        }
        Some(below) => {
            let sql = "SELECT root FROM ledger_tiles WHERE level = $1 AND tile >= $2 AND tile < $3 ORDER BY tile";
            tx.query(sql, &[u64::from(below).to_value(), places.start.to_value(), places.end.to_value()]).await?
        }
    };
    if rows.len() as u64 != places.end - places.start {
        return Err(StoreError::Corrupt(format!("the tree lacks hashes of level {level} in {places:?}")));
    }
    rows.iter().map(|row| row.at::<Digest>(0).map(|digest| *digest.as_bytes())).collect()
}

/// A tile as wide as asked for; `None` if it is not there.
///
/// # Errors
/// When the store fails or a tile is damaged.
pub async fn tile(tx: &mut dyn Tx, id: TileId, width: u64) -> Result<Option<Vec<Hash>>, StoreError> {
    if width < WIDTH {
        let first = id.index * WIDTH;
        return hashes(tx, id.level, first..first + width).await.map(Some);
    }
    let sql = "SELECT hashes FROM ledger_tiles WHERE level = $1 AND tile = $2";
    let Some(row) = tx.query_opt(sql, &[u64::from(id.level).to_value(), id.index.to_value()]).await? else {
        return Ok(None);
    };
    match row.value(0)? {
        Value::Bytes(bytes) => {
            tile::decode_tile(bytes).map(Some).map_err(|e| StoreError::Corrupt(format!("tile {id:?}: {e}")))
        }
        _ => Err(StoreError::Corrupt(format!("tile {id:?} is no bytes"))),
    }
}

/// The hashes of ranges of leaves, as the tree of `size` has them: a proof.
///
/// # Errors
/// When the store fails, or a tile is missing or damaged.
pub async fn proof(tx: &mut dyn Tx, ranges: &[Range<u64>], size: u64) -> Result<Vec<Hash>, StoreError> {
    let tiles = load(tx, tile::needed(ranges), size).await?;
    tiles.proof(ranges).ok_or_else(|| StoreError::Corrupt(format!("the tiles do not have {ranges:?}")))
}

/// The root of the tree over the first entries.
///
/// # Errors
/// As [`proof`].
pub async fn root(tx: &mut dyn Tx, size: u64) -> Result<Hash, StoreError> {
    let whole = 0..size;
    if size == 0 {
        return Ok(evidence_log::merkle::empty_root());
    }
    Ok(proof(tx, std::slice::from_ref(&whole), size).await?.first().copied().unwrap_or_default())
}

async fn load(tx: &mut dyn Tx, needed: BTreeSet<TileId>, size: u64) -> Result<Tiles, StoreError> {
    let mut tiles = Tiles::default();
    for id in needed {
        let found = tile(tx, id, id.width(size)).await?;
        let hashes = found.ok_or_else(|| StoreError::Corrupt(format!("tile {id:?} is missing")))?;
        tiles.insert(id, hashes);
    }
    Ok(tiles)
}

/// A bundle of entries, as wide as asked for.
///
/// # Errors
/// When the store fails or an entry is damaged or missing.
pub async fn bundle(tx: &mut dyn Tx, index: u64, width: u64) -> Result<Vec<u8>, LedgerError> {
    let first = index * WIDTH;
    let sql = format!(
        "SELECT {} FROM ledger_entries WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence",
        Entry::COLUMNS
    );
    let rows = tx.query(&sql, &[first.to_value(), (first + width).to_value()]).await?;
    if rows.len() as u64 != width {
        return Err(StoreError::Corrupt(format!("the ledger lacks entries behind {first}")).into());
    }
    let mut bytes = Vec::new();
    for row in &rows {
        tile::push_entry(&mut bytes, &Entry::from_row(row)?.canonical_bytes()?)?;
    }
    Ok(bytes)
}
