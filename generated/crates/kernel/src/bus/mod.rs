//! The bus port, and consumers.

mod in_process;
#[cfg(feature = "production")]
mod jetstream;
pub mod log;
mod runs;
mod worker;

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::canonical::CanonicalError;
use crate::event::Event;
use crate::operation::{Operation, Origin, Rejection, UnitOfWork};
use crate::services::Services;

pub use in_process::InProcessBus;
#[cfg(feature = "production")]
pub use jetstream::JetStream;

/// What the type of an event about a dead letter begins with; the consumer's durable name follows.
pub const DEAD_LETTER: &str = "dead_letter.";

/// The bus did not take the events.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the bus is not available: {0}")]
pub struct BusError(pub String);

/// Port: carries events to whoever subscribed.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Publishes events in order. `Ok` is the acknowledgement: the bus will deliver every one of them, at least once.
    async fn publish(&self, events: &[Event]) -> Result<(), BusError>;
}

/// What a handler has made ready for an event.
pub type Prepared = Box<dyn Any + Send + Sync>;

/// What a consumer does with an event.
#[async_trait]
pub trait EventHandler: Send + Sync + 'static {
    /// Whether anything is done in [`EventHandler::prepare`].
    fn prepares(&self) -> bool {
        false
    }

    /// Work outside the transaction, before it: storing blobs, calling others. It is repeated whenever the event is.
    async fn prepare(&self, _event: &Event, _origin: &Origin, _services: &Services) -> Result<Prepared, Rejection> {
        Ok(Box::new(()))
    }

    /// Acts on the event, in the transaction that also notes it as consumed: effectively once.
    ///
    /// A refusal that may pass ([`Rejection::is_transient`], or a bug) is tried again later; any other one goes to the dead
    /// letters at once.
    async fn handle(&self, event: &Event, prepared: &Prepared, uow: &mut UnitOfWork<'_>) -> Result<(), Rejection>;
}

/// A durable subscription to one type of event.
#[derive(Clone)]
pub struct Consumer {
    pub(crate) durable: String,
    pub(crate) event_type: String,
    pub(crate) context: String,
    pub(crate) handler: Arc<dyn EventHandler>,
    pub(crate) retries: u32,
    pub(crate) backoff: Vec<Duration>,
}

impl Consumer {
    /// A consumer with a durable name, unique in the cell. Retries five times after 1 s, 5 s, 30 s, 2 min, 2 min.
    pub fn new(durable: &str, event_type: &str, handler: impl EventHandler) -> Self {
        Self {
            durable: durable.to_owned(),
            event_type: event_type.to_owned(),
            context: String::new(),
            handler: Arc::new(handler),
            retries: 5,
            backoff: [1, 5, 30, 120].map(Duration::from_secs).to_vec(),
        }
    }

    /// A consumer that runs an operation, with the input that `input` makes of the event.
    ///
    /// The cell acts with the operation's roles; constraints and policies are asked as always. [`Operation::prepare`] happens before the consumer's transaction.
    pub fn runs<O: Operation>(
        durable: &str,
        event_type: &str,
        operation: O,
        input: fn(&Event) -> Result<O::Input, CanonicalError>,
    ) -> Self {
        Self::new(durable, event_type, runs::Runs { operation, input })
    }

    /// How often to try again, and how long to wait each time; the last pause is used from there on.
    #[must_use]
    pub fn retry(mut self, retries: u32, backoff: &[Duration]) -> Self {
        self.retries = retries;
        self.backoff = backoff.to_vec();
        self
    }

    pub(crate) fn pause(&self, failures: u32) -> Duration {
        let index = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
        self.backoff.get(index).or(self.backoff.last()).copied().unwrap_or(Duration::from_secs(1))
    }
}
