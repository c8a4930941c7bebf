//! What an operation may reach besides its transaction.

use std::sync::Arc;

use tokio::sync::{Notify, watch};

use crate::auth::attempts::Attempts;
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
    /// Changes with every commit that published events.
    log_bell: watch::Sender<()>,
    /// How many refusals in nobody's name are recorded one by one.
    pub(crate) attempts: Arc<Attempts>,
}

impl Services {
    /// Services over given ports.
    pub fn new(store: Store, blobs: Arc<dyn BlobStore>, clock: Arc<dyn Clock>, model_hash: &str) -> Self {
        let destinations = Destinations::default();
        let (model_hash, log_bell) = (model_hash.into(), watch::Sender::new(()));
        let (outbox_bell, attempts) = (Arc::default(), Arc::default());
        Self { store, blobs, clock, model_hash, destinations, outbox_bell, log_bell, attempts }
    }

    /// Tells relay and read models that there are new events.
    pub(crate) fn ring(&self) {
        self.outbox_bell.notify_one();
        self.log_bell.send_replace(());
    }

    /// Changes whenever there are new events.
    pub(crate) fn published(&self) -> watch::Receiver<()> {
        self.log_bell.subscribe()
    }

    /// The same, with outbound ports that lead there.
    #[must_use]
    pub fn leading_to(self, destinations: Destinations) -> Self {
        Self { destinations, ..self }
    }

    /// The same, where so many refusals in nobody's name are recorded one by one in each minute, and the others counted.
    #[must_use]
    pub(crate) fn recording(self, refusals: u64) -> Self {
        Self { attempts: Arc::new(Attempts::new(refusals)), ..self }
    }
}
