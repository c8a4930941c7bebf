//! Witnesses: this cell as one, and the ones that this cell's ledger asks. <https://c2sp.org/tlog-witness>

use std::sync::Arc;

use async_trait::async_trait;
use evidence_log::checkpoint::Checkpoint;
use evidence_log::merkle;
use evidence_log::note::{Note, Signature, SignerKey, VerifierKey};
use evidence_log::witness::{AddCheckpoint, Refusal, decide};
use futures_util::FutureExt as _;

use super::{LedgerError, SignedCheckpoint, notary, tiles};
use crate::canonical::Digest;
use crate::clock::Clock;
use crate::store::{Dialect, SqlValue, Store, StoreError, Tx, Value};

/// Cosigns checkpoints of logs it knows, each of which must be a continuation of the one before.
pub struct Witness {
    store: Store,
    clock: Arc<dyn Clock>,
    key: SignerKey,
    logs: Arc<[VerifierKey]>,
}

/// Why nothing was cosigned.
#[derive(Debug)]
pub enum WitnessError {
    /// The protocol forbids it.
    Refused(Refusal),
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for WitnessError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Witness {
    /// A witness with a key of its own, for the logs whose keys these are.
    pub fn new(store: Store, clock: Arc<dyn Clock>, key: SignerKey, logs: Vec<VerifierKey>) -> Self {
        Self { store, clock, key, logs: logs.into() }
    }

    /// What others check its cosignatures with.
    pub fn verifier(&self) -> &VerifierKey {
        self.key.verifier()
    }

    /// The logs it knows.
    pub fn logs(&self) -> &[VerifierKey] {
        &self.logs
    }

    /// Decides on a request and remembers the checkpoint before the cosignature is given out: look and memory are one
    /// transaction, so that no two requests are decided on the same past.
    ///
    /// # Errors
    /// What the protocol forbids, and when the store fails.
    pub async fn add_checkpoint(&self, request: AddCheckpoint) -> Result<Signature, WitnessError> {
        let (request, logs, key) = (Arc::new(request), Arc::clone(&self.logs), self.key.clone());
        let time = u64::try_from(self.clock.now().micros() / 1_000_000).unwrap_or(0);
        self.store
            .transact(move |tx| {
                let (request, logs, key) = (Arc::clone(&request), Arc::clone(&logs), key.clone());
                async move { cosign(tx, &request, &logs, &key, time).await }.boxed()
            })
            .await
    }

    /// The last checkpoint of the log whose origin has this SHA-256 hash, in hexadecimal digits.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn last(&self, origin_hash: &str) -> Result<Option<String>, StoreError> {
        let hash = |log: &&VerifierKey| Digest::of(log.name().as_bytes()).to_hex() == origin_hash;
        let Some(origin) = self.logs.iter().find(hash).map(|log| log.name().to_owned()) else { return Ok(None) };
        self.store
            .read(move |tx| {
                let origin = Value::Text(origin.clone());
                async move {
                    let row =
                        tx.query_opt("SELECT checkpoint FROM witnessed_logs WHERE origin = $1", &[origin]).await?;
                    row.map(|row| row.at(0)).transpose()
                }
                .boxed()
            })
            .await
    }
}

async fn cosign(
    tx: &mut dyn Tx,
    request: &AddCheckpoint,
    logs: &[VerifierKey],
    key: &SignerKey,
    time: u64,
) -> Result<Signature, WitnessError> {
    // The origin is not yet proved; it only says where to look.
    let claimed = request.checkpoint.lines().next().unwrap_or_default().to_owned();
    let lock = if tx.dialect() == Dialect::Postgres { " FOR UPDATE" } else { "" };
    let sql = format!("SELECT size, root FROM witnessed_logs WHERE origin = $1{lock}");
    let seen = match tx.query_opt(&sql, &[Value::Text(claimed)]).await? {
        Some(row) => Some((row.at::<u64>(0)?, *row.at::<Digest>(1)?.as_bytes())),
        None => None,
    };
    let checkpoint = decide(request, logs, seen).map_err(WitnessError::Refused)?;
    let signature = key.sign(&checkpoint.to_string(), time);
    remember(tx, &checkpoint, request, logs, &signature).await?;
    Ok(signature)
}

/// Keeps the checkpoint with the log's own signatures and ours; others are not ours to vouch for.
async fn remember(
    tx: &mut dyn Tx,
    checkpoint: &Checkpoint,
    request: &AddCheckpoint,
    logs: &[VerifierKey],
    signature: &Signature,
) -> Result<(), StoreError> {
    let known =
        |line: &&Signature| logs.iter().any(|log| (log.name(), log.key_id()) == (line.name.as_str(), line.key_id));
    let note: Result<Note, _> = request.checkpoint.parse();
    let lines: Vec<Signature> =
        note.map(|note| note.signatures.iter().filter(known).cloned().collect()).unwrap_or_default();
    let signatures = lines.into_iter().chain([signature.clone()]).collect();
    let kept = Note { text: checkpoint.to_string(), signatures };
    let sql = "INSERT INTO witnessed_logs (origin, size, root, checkpoint) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (origin) DO UPDATE SET size = $2, root = $3, checkpoint = $4";
    let values = [
        Value::Text(checkpoint.origin.clone()),
        checkpoint.size.to_value(),
        Digest::from_bytes(checkpoint.root).to_value(),
        Value::Text(kept.to_string()),
    ];
    tx.execute(sql, &values).await.map(drop)
}

/// What a witness answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// Port: sends a request to a witness.
#[async_trait]
pub trait WitnessClient: Send + Sync {
    /// The answer to `POST add-checkpoint`, or why there was none.
    async fn add_checkpoint(&self, request: String) -> Result<Answer, String>;
}

/// A witness that the ledger asks.
pub struct Asked {
    /// Its key.
    pub key: VerifierKey,
    /// The way to it.
    pub client: Box<dyn WitnessClient>,
}

impl Asked {
    /// Asks for a cosignature of a checkpoint and keeps it; nothing is asked twice.
    ///
    /// # Errors
    /// When the witness cannot be reached or refuses, in words for the log.
    pub(super) async fn ask(&self, store: &Store, checkpoint: &SignedCheckpoint) -> Result<(), String> {
        let name = self.key.to_string();
        let seen = store.read(move |tx| last_size(tx, name.clone()).boxed()).await.map_err(text)?;
        if seen == checkpoint.size {
            return Ok(());
        }
        let mut answer = self.send(store, checkpoint, seen).await?;
        if answer.status == 409
            && let Ok(size) = answer.body.trim().parse()
        {
            if size > checkpoint.size {
                return Err(format!("it has seen {size} entries of this ledger, which has {}", checkpoint.size));
            }
            answer = self.send(store, checkpoint, size).await?;
        }
        if answer.status != 200 {
            return Err(format!("it does not cosign: {} {}", answer.status, answer.body.trim()));
        }
        let signature = self.own_signature(checkpoint, &answer.body).ok_or("its answer has no signature of its key")?;
        let (name, size) = (self.key.to_string(), checkpoint.size);
        store
            .transact(move |tx| {
                let (name, signature) = (name.clone(), signature.clone());
                async move { notary::add_cosignature(tx, size, &name, &signature).await }.boxed()
            })
            .await
            .map_err(|error: StoreError| error.to_string())
    }

    async fn send(&self, store: &Store, checkpoint: &SignedCheckpoint, old: u64) -> Result<Answer, String> {
        let size = checkpoint.size;
        let proof = store.read(move |tx| proof(tx, old, size).boxed()).await.map_err(text)?;
        let request = AddCheckpoint { old, proof, checkpoint: checkpoint.note.clone() };
        self.client.add_checkpoint(request.to_string()).await
    }

    fn own_signature(&self, checkpoint: &SignedCheckpoint, body: &str) -> Option<Signature> {
        let note: Note = checkpoint.note.parse().ok()?;
        let lines = body.lines().filter_map(|line| line.parse().ok());
        lines.into_iter().find(|line: &Signature| {
            let note = Note { text: note.text.clone(), signatures: vec![line.clone()] };
            note.signed_by(std::slice::from_ref(&self.key)).is_ok_and(|signed| !signed.is_empty())
        })
    }
}

fn text(error: LedgerError) -> String {
    error.to_string()
}

async fn last_size(tx: &mut dyn Tx, witness: String) -> Result<u64, LedgerError> {
    let sql = "SELECT coalesce(max(size), 0) FROM ledger_cosignatures WHERE witness = $1";
    Ok(tx.query_opt(sql, &[Value::Text(witness)]).await?.map_or(Ok(0), |row| row.at(0))?)
}

async fn proof(tx: &mut dyn Tx, old: u64, size: u64) -> Result<Vec<evidence_log::Hash>, LedgerError> {
    let ranges = merkle::consistency(old, size).unwrap_or_default();
    Ok(tiles::proof(tx, &ranges, size).await?)
}
