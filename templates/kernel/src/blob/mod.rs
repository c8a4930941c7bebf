//! Content-addressed bytes.

mod collect;
mod fs;
#[cfg(feature = "production")]
mod s3;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use sha2::{Digest as _, Sha256};

use crate::canonical::Digest;
use crate::types::Timestamp;

pub use collect::{CollectError, Collected, collect, let_go};
pub use fs::FsBlobs;
#[cfg(feature = "production")]
pub use s3::S3Blobs;

/// What can go wrong with blobs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// There is no such blob.
    #[error("blob {0} does not exist")]
    NotFound(Digest),
    /// The stored bytes do not have the digest they are stored under.
    #[error("blob {0} is damaged")]
    Corrupt(Digest),
    /// No space left.
    #[error("no space left for blobs")]
    Full,
    /// Reading or writing failed.
    #[error("blob store: {0}")]
    Io(String),
    /// The configuration does not lead to a blob store.
    #[error("blob store: {0}")]
    Config(String),
}

/// Bytes that come piece by piece.
pub type Pieces<'a> = BoxStream<'a, Result<Bytes, BlobError>>;

/// A blob that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Its digest.
    pub digest: Digest,
    /// When it was stored, the last time: storing the same bytes again counts.
    pub at: Timestamp,
}

/// Where bytes are kept under their own SHA-256 digest. Names are digests only, so no name leads anywhere else.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Stores bytes; returns once they are durable. Storing the same bytes again mends a damaged copy.
    async fn put(&self, bytes: &[u8]) -> Result<Digest, BlobError>;

    /// Stores bytes that come piece by piece, as [`BlobStore::put`], without holding them all. An error among the pieces
    /// leaves nothing behind.
    async fn put_stream(&self, pieces: Pieces<'_>) -> Result<Digest, BlobError>;

    /// The bytes, verified against the digest.
    async fn get(&self, digest: &Digest) -> Result<Vec<u8>, BlobError>;

    /// The bytes, piece by piece. Whether they are the right ones is known at the end: the last piece of a damaged blob is
    /// [`BlobError::Corrupt`].
    async fn get_stream(&self, digest: &Digest) -> Result<Pieces<'static>, BlobError>;

    /// Whether there is such a blob. Says nothing about its condition.
    async fn exists(&self, digest: &Digest) -> Result<bool, BlobError>;

    /// All blobs, in no order.
    async fn list(&self) -> Result<Vec<Stored>, BlobError>;

    /// Removes a blob that was not stored again within `grace`. True if it is gone.
    async fn remove(&self, digest: &Digest, grace: Duration) -> Result<bool, BlobError>;
}

/// Lets pieces through and says at their end whether they were the right ones.
fn verified(pieces: Pieces<'static>, digest: Digest) -> Pieces<'static> {
    let state = (pieces, Some(Hasher::default()));
    let checked = futures_util::stream::unfold(state, move |(mut pieces, hasher)| async move {
        let mut hasher = hasher?;
        match pieces.next().await {
            Some(Ok(piece)) => {
                hasher.update(&piece);
                Some((Ok(piece), (pieces, Some(hasher))))
            }
            Some(Err(error)) => Some((Err(error), (pieces, None))),
            None if hasher.finish() == digest => None,
            None => Some((Err(BlobError::Corrupt(digest)), (pieces, None))),
        }
    });
    checked.boxed()
}

/// A digest of bytes that come one after the other.
#[derive(Default)]
struct Hasher(Sha256);

impl Hasher {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(self) -> Digest {
        Digest::from_bytes(self.0.finalize().into())
    }
}

/// `ab/cd/<64 hexadecimal digits>`.
fn path_of(digest: &Digest) -> String {
    let hex = digest.to_hex();
    format!("{}/{}/{hex}", &hex[..2], &hex[2..4])
}

/// The digest whose path this is.
fn digest_of(path: &str) -> Option<Digest> {
    let hex = path.rsplit('/').next()?;
    let digest: Digest = hex.parse().ok()?;
    (path_of(&digest) == path).then_some(digest)
}

/// Whether something stored at a moment may be stored by a command that still runs.
fn is_young(at: Timestamp, grace: Duration) -> bool {
    at.saturating_add(grace) >= Timestamp::now()
}
