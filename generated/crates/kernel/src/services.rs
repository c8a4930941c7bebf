//! What an operation may reach besides its transaction.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::blob::BlobStore;
use crate::clock::Clock;
use crate::store::Store;

/// The ports of a cell; cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// The database.
    pub store: Store,
    /// Content-addressed bytes.
    pub blobs: Arc<dyn BlobStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The model this cell was built from.
    pub model_hash: Arc<str>,
    /// Rung after a commit that published events.
    pub(crate) outbox_bell: Arc<Notify>,
}

impl Services {
    /// Services over given ports.
    pub fn new(store: Store, blobs: Arc<dyn BlobStore>, clock: Arc<dyn Clock>, model_hash: &str) -> Self {
        Self { store, blobs, clock, model_hash: model_hash.into(), outbox_bell: Arc::default() }
    }
}
