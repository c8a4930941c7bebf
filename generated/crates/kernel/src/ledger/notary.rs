//! Checkpoints: the tree grows in the background, and its root is signed from time to time.

use std::sync::Arc;
use std::time::Duration;

use evidence_log::checkpoint::Checkpoint;
use evidence_log::note::{Note, Signature, SignerKey};
use futures_util::FutureExt as _;
use tokio::sync::{Mutex, watch};

use super::{Asked, LedgerError, head, tiles};
use crate::canonical::Digest;
use crate::clock::Clock;
use crate::fault;
use crate::store::{Row, SqlValue, Store, StoreError, Tx, Value};

/// A checkpoint as it is kept, with the witnesses' signatures under the log's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    /// How many entries it speaks for.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Digest,
    /// The signed note.
    pub note: String,
    /// How many witnesses have cosigned it.
    pub witnesses: u64,
}

/// How far the ledger's word goes, in the words that people are shown.
pub fn label(witnesses: u64) -> &'static str {
    if witnesses == 0 { "tamper-evident locally" } else { "witnessed" }
}

/// The newest checkpoint; `None` if nothing has been signed yet.
///
/// # Errors
/// When the store fails or the row is damaged.
pub async fn latest(tx: &mut dyn Tx) -> Result<Option<SignedCheckpoint>, StoreError> {
    let sql = "SELECT size, root, note FROM ledger_checkpoints ORDER BY size DESC LIMIT 1";
    let row = tx.query_opt(sql, &[]).await?;
    with_cosignatures(tx, row).await
}

/// The checkpoint for a receipt of an entry: the newest that a witness has cosigned if it speaks for the entry, else the
/// newest.
///
/// # Errors
/// As [`latest`].
pub async fn covering(tx: &mut dyn Tx, sequence: u64) -> Result<Option<SignedCheckpoint>, StoreError> {
    let sql = "SELECT size, root, note FROM ledger_checkpoints WHERE size >= $1 \
        AND size = (SELECT max(size) FROM ledger_cosignatures)";
    let row = tx.query_opt(sql, &[sequence.to_value()]).await?;
    if row.is_some() {
        return with_cosignatures(tx, row).await;
    }
    Ok(latest(tx).await?.filter(|checkpoint| checkpoint.size >= sequence))
}

/// The checkpoint of a size.
///
/// # Errors
/// As [`latest`].
pub async fn at(tx: &mut dyn Tx, size: u64) -> Result<Option<SignedCheckpoint>, StoreError> {
    let row =
        tx.query_opt("SELECT size, root, note FROM ledger_checkpoints WHERE size = $1", &[size.to_value()]).await?;
    with_cosignatures(tx, row).await
}

async fn with_cosignatures(tx: &mut dyn Tx, row: Option<Row>) -> Result<Option<SignedCheckpoint>, StoreError> {
    let Some(row) = row else { return Ok(None) };
    let (size, root, mut note): (u64, Digest, String) = (row.at(0)?, row.at(1)?, row.at(2)?);
    let sql = "SELECT signature FROM ledger_cosignatures WHERE size = $1 ORDER BY witness";
    let rows = tx.query(sql, &[size.to_value()]).await?;
    for row in &rows {
        note.push_str(&format!("{}\n", row.at::<String>(0)?));
    }
    Ok(Some(SignedCheckpoint { size, root, note, witnesses: rows.len() as u64 }))
}

/// Keeps what witnesses have said about a checkpoint.
pub(super) async fn add_cosignature(
    tx: &mut dyn Tx,
    size: u64,
    witness: &str,
    signature: &Signature,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO ledger_cosignatures (size, witness, signature) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    let values = [size.to_value(), Value::Text(witness.to_owned()), Value::Text(signature.to_string())];
    tx.execute(sql, &values).await.map(drop)
}

/// Whoever holds the log's key. There is one for each ledger.
pub struct Notary {
    store: Store,
    clock: Arc<dyn Clock>,
    key: SignerKey,
    witnesses: Vec<Asked>,
    /// One checkpoint at a time.
    busy: Mutex<()>,
}

impl Notary {
    /// A notary with the key in force, and the witnesses it asks.
    pub fn new(store: Store, clock: Arc<dyn Clock>, key: SignerKey, witnesses: Vec<Asked>) -> Self {
        Self { store, clock, key, witnesses, busy: Mutex::new(()) }
    }

    /// The key in force.
    pub fn key(&self) -> &SignerKey {
        &self.key
    }

    /// Brings the tree up to the head and signs its root, if there is anything new; the newest checkpoint.
    ///
    /// # Errors
    /// When the store fails, and when the tree no longer is a continuation of what was signed: then nothing is signed.
    pub async fn checkpoint(&self) -> Result<Option<SignedCheckpoint>, LedgerError> {
        let _one = self.busy.lock().await;
        checkpoint(&self.store, &*self.clock, &[&self.key]).await
    }

    /// Signs every so often, until told to stop.
    pub(crate) async fn run(self: Arc<Self>, every: Duration, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            self.sign_and_ask().await;
        }
    }

    /// Signs what is new and asks the witnesses; what does not work is said in the log and tried again the next time.
    pub(crate) async fn sign_and_ask(&self) {
        match self.checkpoint().await {
            Ok(Some(checkpoint)) => self.ask_witnesses(&checkpoint).await,
            Ok(None) => {}
            Err(error) => tracing::error!(%error, "no checkpoint was signed"),
        }
    }
}

impl Notary {
    /// Each that has not cosigned this checkpoint yet; who does not answer is asked again the next time.
    async fn ask_witnesses(&self, checkpoint: &SignedCheckpoint) {
        for witness in &self.witnesses {
            if let Err(reason) = witness.ask(&self.store, checkpoint).await {
                tracing::warn!(
                    witness = witness.key.name(),
                    size = checkpoint.size,
                    reason,
                    "a witness did not cosign"
                );
            }
        }
    }
}

/// As [`Notary::checkpoint`], signed with several keys: the old and the new one when the key changes.
pub(crate) async fn checkpoint(
    store: &Store,
    clock: &dyn Clock,
    keys: &[&SignerKey],
) -> Result<Option<SignedCheckpoint>, LedgerError> {
    let (size, last) = store.read(|tx| state(tx).boxed()).await.map_err(|error: StoreError| error)?;
    let signed = last.as_ref().map_or(0, |checkpoint| checkpoint.size);
    if size == signed {
        return Ok(last);
    }
    tiles::grow(store, size).await?;
    fault::point("checkpoint.grown");
    let check = last.map(|checkpoint| (checkpoint.size, checkpoint.root));
    let root = store.read(move |tx| root_of(tx, size, check).boxed()).await?;
    let Some(origin) = keys.first().map(|key| key.verifier().name()) else { return Ok(None) };
    let note = Checkpoint::new(origin, size, root).sign(keys.iter().copied());
    fault::point("checkpoint.signed");
    let now = clock.now();
    let stored = store
        .transact(move |tx| {
            let note = note.clone();
            async move {
                let sql = "INSERT INTO ledger_checkpoints (size, root, note, signed_at) VALUES ($1, $2, $3, $4)";
                let root = Digest::from_bytes(root);
                tx.execute(sql, &[size.to_value(), root.to_value(), note_value(&note), now.to_value()]).await?;
                latest(tx).await
            }
            .boxed()
        })
        .await
        .map_err(|error: StoreError| error)?;
    fault::point("checkpoint.stored");
    Ok(stored)
}

/// How many entries there are, and what was signed last.
async fn state(tx: &mut dyn Tx) -> Result<(u64, Option<SignedCheckpoint>), StoreError> {
    Ok((head(tx).await?.0, latest(tx).await?))
}

fn note_value(note: &Note) -> Value {
    Value::Text(note.to_string())
}

/// The root to sign. What was signed before must be the beginning of the same tree: a key that signs two histories is worth
/// nothing.
async fn root_of(tx: &mut dyn Tx, size: u64, signed: Option<(u64, Digest)>) -> Result<[u8; 32], LedgerError> {
    if let Some((size, root)) = signed
        && tiles::root(tx, size).await? != *root.as_bytes()
    {
        return Err(LedgerError::Forked { size });
    }
    Ok(tiles::root(tx, size).await?)
}
