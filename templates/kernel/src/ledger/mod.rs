//! The evidence ledger: append-only, gap-free, hash-chained.
//!
//! Each entry has canonical bytes (RFC 8785) that include the hash of the entry before it; its leaf hash is RFC 6962's
//! `SHA-256(0x00 || canonical bytes)`. Whoever changes a stored value, drops an entry or swaps two is found by [`verify`].
//! Over the leaf hashes stands a Merkle tree whose root is signed from time to time ([`Notary`]), so that a receipt proves an
//! entry to somebody who has the log's public key and nothing else. What a local chain cannot show is the loss of its *whole*
//! tail together with the head row; that takes a witness elsewhere, so until one has cosigned a checkpoint the honest label is
//! *tamper-evident locally*.

mod append;
mod entry;
mod keys;
mod notary;
mod read;
mod receipt;
mod redact;
mod sweep;
pub mod tiles;
mod tree_check;
mod turns;
mod verify;
mod witness;

use std::sync::Arc;

use crate::blob::BlobError;
use crate::canonical::CanonicalError;
use crate::store::{Migration, StoreError};

pub use append::{Appended, NewEntry, Prepared, append, append_prepared, prepare};
pub use entry::{Entry, Location, Outcome, Payload, Subject};
pub use keys::{FILE as KEY_FILE, KeyError, KeyPlace, verifier_keys};
pub(crate) use keys::{adopt, prepare_next, read_or_create, rotate};
pub(crate) use notary::checkpoint;
pub use notary::{Notary, SignedCheckpoint, at, covering, label, latest};
pub use read::{Filter, body, get, head, list, payload};
pub use receipt::{consistency, receipt};
pub use redact::{Redacted, redact, redactable};
pub(crate) use turns::append_turn;
pub use verify::{Fault, Report, verify};
pub use witness::{Answer as WitnessAnswer, Asked, Witness, WitnessClient, WitnessError};

/// Payloads up to this many bytes of canonical JSON are kept in the row; longer ones become blobs.
pub const INLINE_LIMIT: usize = 64 * 1024;

/// The ledger's own schema; the guards in it are compared with the database by [`verify`].
pub(crate) const SCHEMA: Migration = Migration {
    context: "kernel",
    number: 1,
    name: "ledger",
    sqlite: include_str!("../../migrations/sqlite/0001_ledger.sql"),
    postgres: include_str!("../../migrations/postgres/0001_ledger.sql"),
    checks: &[],
    released: true,
};

/// The transparency log over it: tiles, checkpoints, keys, cosignatures.
pub(crate) const LOG_SCHEMA: Migration = Migration {
    context: "kernel",
    number: 3,
    name: "log",
    sqlite: include_str!("../../migrations/sqlite/0003_log.sql"),
    postgres: include_str!("../../migrations/postgres/0003_log.sql"),
    checks: &[],
    released: true,
};

/// What lets a payload go, and only where an entry says so.
pub(crate) const REDACTION_SCHEMA: Migration = Migration {
    context: "kernel",
    number: 4,
    name: "redaction",
    sqlite: include_str!("../../migrations/sqlite/0004_redaction.sql"),
    postgres: include_str!("../../migrations/postgres/0004_redaction.sql"),
    checks: &[],
    released: true,
};

/// The guards of appending, which refuse one row without copies of the pages they look at.
pub(crate) const GUARD_SCHEMA: Migration = Migration {
    context: "kernel",
    number: 5,
    name: "guards",
    sqlite: include_str!("../../migrations/sqlite/0005_guards.sql"),
    postgres: include_str!("../../migrations/postgres/0005_guards.sql"),
    checks: &[],
    released: true,
};

/// What can go wrong with the ledger.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A payload could not be stored or read.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// A payload has no JSON form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// An entry is too long for the log, or something that was signed has not the right form.
    #[error(transparent)]
    Log(#[from] evidence_log::LogError),
    /// There is no key to sign with.
    #[error(transparent)]
    Key(#[from] Arc<KeyError>),
    /// The tree is not a continuation of the one that was signed.
    #[error(
        "the ledger is not a continuation of its checkpoint of {size} entries: nothing is signed until `node verify` passes"
    )]
    Forked {
        /// The size that was signed.
        size: u64,
    },
}

impl From<KeyError> for LedgerError {
    fn from(error: KeyError) -> Self {
        Self::Key(Arc::new(error))
    }
}
