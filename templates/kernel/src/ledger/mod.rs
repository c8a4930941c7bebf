//! The evidence ledger: append-only, gap-free, hash-chained.
//!
//! Each entry has canonical bytes (RFC 8785) that include the hash of the entry before it; its leaf hash is RFC 6962's
//! `SHA-256(0x00 || canonical bytes)`. Whoever changes a stored value, drops an entry or swaps two is found by [`verify`].
//! What a local chain cannot show is the loss of its *whole* tail together with the head row; that takes a witness
//! elsewhere, so the honest label is *tamper-evident locally*.

mod append;
mod entry;
mod read;
mod verify;

use crate::blob::BlobError;
use crate::canonical::CanonicalError;
use crate::store::{Migration, StoreError};

pub use append::{Appended, NewEntry, append};
pub use entry::{Entry, Location, Outcome, Payload, Subject};
pub use read::{Filter, get, head, list, payload};
pub use verify::{Fault, Report, verify};

/// Payloads up to this many bytes of canonical JSON are kept in the row; longer ones become blobs.
pub const INLINE_LIMIT: usize = 64 * 1024;

/// The ledger's own schema; the guards in it are compared with the database by [`verify`].
pub(crate) const SCHEMA: Migration = Migration {
    context: "kernel",
    number: 1,
    name: "ledger",
    sql: include_str!("../../migrations/sqlite/0001_ledger.sql"),
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
}
