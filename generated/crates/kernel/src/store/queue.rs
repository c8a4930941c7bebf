//! The line that transactions stand in before the one writer of a store.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::{Job, StoreError};
use crate::metrics::Batches;

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many transactions may wait for the writer before callers are held back.
    pub queue: usize,
    /// How many transactions share one commit at most.
    pub batch: usize,
    /// How long a caller is held back before it is told [`StoreError::Overloaded`].
    pub patience: Duration,
    /// How long a statement may take. A server is told by [`crate::config::Database`].
    pub statement_timeout: Duration,
    /// Where commits are counted.
    pub batches: Batches,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue: 1024,
            batch: 256,
            patience: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
            batches: Batches::default(),
        }
    }
}

/// A transaction that waits, and where its caller waits for the end of it.
pub(super) struct Queued {
    pub(super) job: Job,
    pub(super) done: oneshot::Sender<Result<(), StoreError>>,
}

/// The end of the line at which callers stand.
pub(super) struct Queue {
    /// Gone once the line is closed.
    sender: Mutex<Option<mpsc::Sender<Queued>>>,
    patience: Duration,
    /// What callers are told when nobody can stand in line.
    refusal: StoreError,
}

impl Queue {
    /// A line, and the end at which the writer takes from it.
    pub(super) fn open(options: &Options) -> (Self, mpsc::Receiver<Queued>) {
        let (sender, receiver) = mpsc::channel(options.queue.max(1));
        let sender = Mutex::new(Some(sender));
        (Self { sender, patience: options.patience, refusal: StoreError::Closed }, receiver)
    }

    /// The line of a store that nobody writes to.
    pub(super) fn read_only() -> Self {
        Self { sender: Mutex::new(None), patience: Duration::ZERO, refusal: StoreError::ReadOnly }
    }

    /// Waits until the writer has carried out the job, or for as long as callers have patience.
    pub(super) async fn write(&self, job: Job) -> Result<(), StoreError> {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(sender) = sender else { return Err(self.refusal.clone()) };
        let (done, result) = oneshot::channel();
        match sender.send_timeout(Queued { job, done }, self.patience).await {
            Ok(()) => result.await.unwrap_or(Err(StoreError::Closed)),
            Err(mpsc::error::SendTimeoutError::Timeout(_)) => Err(StoreError::Overloaded),
            Err(mpsc::error::SendTimeoutError::Closed(_)) => Err(StoreError::Closed),
        }
    }

    /// Lets nobody stand in line any more. The writer finishes what is in it.
    pub(super) fn close(&self) {
        drop(self.sender.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}
