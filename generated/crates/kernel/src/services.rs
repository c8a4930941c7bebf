//! What an operation may reach besides its transaction.

use std::sync::Arc;

use tokio::sync::{Notify, watch};

use crate::auth::attempts::Attempts;
use crate::blob::BlobStore;
use crate::clock::Clock;
use crate::metrics::{self, Metrics};
use crate::outbound::Destinations;
use crate::read_model::Followed;
use crate::store::Store;
use crate::trace::Tracer;

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
    /// What monitoring reads.
    pub(crate) metrics: metrics::Shared,
    /// Where spans go.
    pub(crate) tracer: Tracer,
    /// Rung after a commit that published events.
    pub(crate) outbox_bell: Arc<Notify>,
    /// Changes with every commit that published events.
    log_bell: watch::Sender<()>,
    /// What is known of read models.
    pub(crate) followed: Followed,
    /// How many refusals in nobody's name are recorded one by one.
    pub(crate) attempts: Arc<Attempts>,
}

impl Services {
    /// Services over given ports.
    pub fn new(store: Store, blobs: Arc<dyn BlobStore>, clock: Arc<dyn Clock>, model_hash: &str) -> Self {
        let metrics = Arc::new(Metrics::new(model_hash));
        let (model_hash, log_bell) = (model_hash.into(), watch::Sender::new(()));
        let tracer = Tracer::off(Arc::clone(&metrics));
        let (destinations, outbox_bell, followed, attempts) = Default::default();
        Self {
            store,
            blobs,
            clock,
            model_hash,
            destinations,
            metrics,
            tracer,
            outbox_bell,
            log_bell,
            followed,
            attempts,
        }
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

    /// The same, counted there.
    pub(crate) fn counted_by(self, metrics: metrics::Shared) -> Self {
        Self { metrics, ..self }
    }

    /// The same, with spans that go there.
    pub(crate) fn traced_by(self, tracer: Tracer) -> Self {
        Self { tracer, ..self }
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
