//! What an operation may reach besides its transaction.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::blob::BlobStore;
use crate::clock::Clock;
use crate::outbound::Destinations;
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
    /// Where outbound ports lead to.
    pub destinations: Destinations,
    /// Rung after a commit that published events.
    pub(crate) outbox_bell: Arc<Notify>,
}

impl Services {
    /// Services over given ports.
    pub fn new(store: Store, blobs: Arc<dyn BlobStore>, clock: Arc<dyn Clock>, model_hash: &str) -> Self {
        let destinations = Destinations::default();
        Self { store, blobs, clock, model_hash: model_hash.into(), destinations, outbox_bell: Arc::default() }
    }

    /// The same, with outbound ports that lead there.
    #[must_use]
    pub fn leading_to(self, destinations: Destinations) -> Self {
        Self { destinations, ..self }
    }
}
