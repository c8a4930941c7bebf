//! The kept tree beside the one that the entries make: tiles, checkpoints, signatures.

use std::collections::VecDeque;

use evidence_log::Hash;
use evidence_log::checkpoint;
use evidence_log::merkle::Frontier;
use evidence_log::note::{Note, Signature, VerifierKey};
use evidence_log::tile::{TileId, WIDTH, perfect_root};

use super::{Fault, tiles, verifier_keys};
use crate::canonical::Digest;
use crate::store::{SqlValue, StoreError, Tx, Value};

/// How many checkpoints are read at a time.
const PAGE: usize = 256;

/// Grows a tree from the leaves and compares on the way.
pub(super) struct TreeCheck {
    tree: Frontier,
    /// Hashes of each level that no full tile has taken up yet.
    open: Vec<Vec<Hash>>,
    /// How many tiles of each level are kept.
    kept: Vec<u64>,
    keys: Vec<VerifierKey>,
    /// Checkpoints that come next, and whether there may be more.
    next: VecDeque<(u64, Digest, String)>,
    more: bool,
    seen: u64,
    /// The newest one when the check began.
    newest: u64,
}

impl TreeCheck {
    pub(super) async fn begin(tx: &mut dyn Tx) -> Result<Self, StoreError> {
        let mut kept = Vec::new();
        for row in tx.query("SELECT max(tile) + 1 FROM ledger_tiles GROUP BY level ORDER BY level", &[]).await? {
            kept.push(row.at(0)?);
        }
        let keys = verifier_keys(tx).await?;
        let newest = tx.query("SELECT coalesce(max(size), 0) FROM ledger_checkpoints", &[]).await?;
        let newest = newest.first().map_or(Ok(0), |row| row.at(0))?;
        let (tree, next) = (Frontier::default(), VecDeque::new());
        Ok(Self { tree, open: Vec::new(), kept, keys, next, more: true, seen: 0, newest })
    }

    /// Takes the next leaf; what is wrong with the tree up to it.
    pub(super) async fn push(&mut self, tx: &mut dyn Tx, leaf: Hash) -> Result<Option<Fault>, StoreError> {
        self.tree.push(leaf);
        let mut hash = leaf;
        for level in 0.. {
            if self.open.len() == level {
                self.open.push(Vec::new());
            }
            self.open[level].push(hash);
            if (self.open[level].len() as u64) < WIDTH {
                break;
            }
            let hashes = std::mem::take(&mut self.open[level]);
            if let Some(fault) = self.compare(tx, level, &hashes).await? {
                return Ok(Some(fault));
            }
            hash = perfect_root(&hashes).unwrap_or_default();
        }
        self.checkpoint(tx).await
    }

    /// A full tile and the one that is kept.
    async fn compare(&self, tx: &mut dyn Tx, level: usize, hashes: &[Hash]) -> Result<Option<Fault>, StoreError> {
        let level = u8::try_from(level).unwrap_or(u8::MAX);
        let below = 1u64.checked_shl(8 * u32::from(level)).unwrap_or(u64::MAX);
        let index = self.tree.size() / (below * WIDTH) - 1;
        if index >= self.kept.get(usize::from(level)).copied().unwrap_or(0) {
            return Ok(None);
        }
        let kept = tiles::tile(tx, TileId { level, index }, WIDTH).await?.unwrap_or_default();
        let differs = hashes.iter().enumerate().find(|(at, hash)| kept.get(*at) != Some(hash));
        let first = index * WIDTH * below + 1;
        if let Some((at, _)) = differs {
            let reason = format!("tile {level}/{index} of the tree has another hash for it");
            return Ok(Some(Fault { sequence: Some(first + at as u64 * below), reason }));
        }
        let sql = "SELECT root FROM ledger_tiles WHERE level = $1 AND tile = $2";
        let row = tx.query_opt(sql, &[u64::from(level).to_value(), index.to_value()]).await?;
        let root: Option<Digest> = row.map(|row| row.at(0)).transpose()?;
        let same = root.map(|root| *root.as_bytes()) == perfect_root(hashes);
        let reason = format!("tile {level}/{index} of the tree has another root");
        Ok((!same).then_some(Fault { sequence: Some(first), reason }))
    }

    /// Compares with the checkpoint of this size, if there is one.
    async fn checkpoint(&mut self, tx: &mut dyn Tx) -> Result<Option<Fault>, StoreError> {
        let size = self.tree.size();
        if self.next.is_empty() && self.more {
            self.read_checkpoints(tx).await?;
        }
        if self.next.front().is_none_or(|(next, ..)| *next > size) {
            return Ok(None);
        }
        let Some((_, root, note)) = self.next.pop_front() else { return Ok(None) };
        self.seen = size;
        let fault = |reason: String| Ok(Some(Fault { sequence: Some(size), reason }));
        if *root.as_bytes() != self.tree.root() {
            return fault(format!(
                "the checkpoint of {size} entries has another root: one of them is not what was signed"
            ));
        }
        let opened = match checkpoint::open(&note, &self.keys) {
            Ok(opened) => opened.checkpoint,
            Err(error) => return fault(format!("the checkpoint of {size} entries: {error}")),
        };
        if (opened.size, opened.root) != (size, *root.as_bytes()) {
            return fault(format!("the checkpoint of {size} entries was signed for another tree"));
        }
        self.cosignatures(tx, size, &note).await
    }

    /// What witnesses have said about a checkpoint.
    async fn cosignatures(&self, tx: &mut dyn Tx, size: u64, note: &str) -> Result<Option<Fault>, StoreError> {
        let sql = "SELECT witness, signature FROM ledger_cosignatures WHERE size = $1 ORDER BY witness";
        for row in tx.query(sql, &[size.to_value()]).await? {
            let (witness, line): (String, String) = (row.at(0)?, row.at(1)?);
            let verified = (|| {
                let keys = [witness.parse::<VerifierKey>().ok()?];
                let mut note: Note = note.parse().ok()?;
                note.signatures = vec![line.parse::<Signature>().ok()?];
                note.signed_by(&keys).ok().filter(|signed| !signed.is_empty()).map(drop)
            })();
            if verified.is_none() {
                let reason =
                    format!("the signature of {witness} under the checkpoint of {size} entries does not verify");
                return Ok(Some(Fault { sequence: Some(size), reason }));
            }
        }
        Ok(None)
    }

    async fn read_checkpoints(&mut self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let sql =
            "SELECT size, root, note FROM ledger_checkpoints WHERE size > $1 AND size <= $2 ORDER BY size LIMIT $3";
        let rows = tx.query(sql, &[self.seen.to_value(), self.newest.to_value(), Value::Int(PAGE as i64)]).await?;
        self.more = rows.len() == PAGE;
        for row in &rows {
            self.next.push_back((row.at(0)?, row.at(1)?, row.at(2)?));
        }
        Ok(())
    }

    /// After the last leaf: no tile and no checkpoint speaks of more, and none is missing.
    pub(super) async fn finish(&mut self, tx: &mut dyn Tx) -> Result<Option<Fault>, StoreError> {
        let size = self.tree.size();
        if self.next.is_empty() && self.more {
            self.read_checkpoints(tx).await?;
        }
        let fault = |sequence, reason: String| Ok(Some(Fault { sequence: Some(sequence), reason }));
        if let Some((signed, ..)) = self.next.front() {
            return fault(size + 1, format!("missing; a checkpoint of {signed} entries was signed"));
        }
        for (level, kept) in (0u32..).zip(&self.kept) {
            let full = size.checked_shr(8 * (level + 1)).unwrap_or(0);
            if *kept > full {
                return fault(size + 1, format!("the tree has tiles of level {level} for entries that do not exist"));
            }
        }
        let rows = tx.query(
            "SELECT count(*) FROM ledger_cosignatures WHERE size NOT IN (SELECT size FROM ledger_checkpoints)",
            &[],
        );
        let strays: u64 = rows.await?.first().map_or(Ok(0), |row| row.at(0))?;
        match self.missing_tile() {
            Some(sequence) => fault(sequence, "a tile of the tree is missing".to_owned()),
            None if strays > 0 => fault(size, "there are cosignatures of checkpoints that do not exist".to_owned()),
            None => Ok(None),
        }
    }

    /// The first entry of a full tile that should be kept, because a checkpoint stands on it.
    fn missing_tile(&self) -> Option<u64> {
        (0u32..8).find_map(|level| {
            let full = self.seen.checked_shr(8 * (level + 1)).unwrap_or(0);
            let kept = self.kept.get(level as usize).copied().unwrap_or(0);
            (kept < full).then(|| (kept << (8 * (level + 1))) + 1)
        })
    }
}
