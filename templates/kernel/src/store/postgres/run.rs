//! Runs one job inside an open transaction: bounded in time, panics caught.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

use deadpool_postgres::ClientWrapper;
use futures_util::FutureExt as _;
use tokio::time::timeout;

use super::errors::{Failure, translate};
use super::tx::{Activity, PgTx};
use crate::canonical::Digest;
use crate::store::{Job, StoreError};

/// How long one job may wait for something that is not a statement, such as a blob on another machine.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a transaction is tried again that the database gave up for no fault of its own.
pub(super) const RETRIES: u32 = 5;

/// Longer each time, and never the same for two that met.
pub(super) fn back_off(attempt: u32) -> Duration {
    let ceiling = 5_u64 << attempt.min(8);
    let dice = u64::from(uuid::Uuid::new_v4().as_bytes()[0]);
    Duration::from_millis(ceiling / 2 + ceiling * dice / 512)
}

/// How a job ended.
pub(super) struct Ended {
    /// Whether what it did stays.
    pub(super) keep: bool,
    /// It failed, and may have left something in the transaction or broken it.
    pub(super) undo: bool,
    /// What to tell the caller; a job that asked to be rolled back has told its caller itself.
    pub(super) own: Result<(), StoreError>,
}

/// Runs a job. `first` goes to the server just ahead of the job's own first statement, without waiting for its answer.
/// `head` is what the jobs of a transaction know of the ledger's head.
///
/// An error means that the whole transaction is gone.
pub(super) async fn run_job(
    client: &ClientWrapper,
    first: Option<&str>,
    job: &mut Job,
    head: &mut Option<(u64, Digest)>,
) -> Result<Ended, Failure> {
    let activity = Activity::default();
    let mut tx = PgTx::new(client, activity.clone());
    tx.head = *head;
    let work = async {
        let running = AssertUnwindSafe(async { job(&mut tx).await }).catch_unwind();
        bounded(running, &activity).await
    };
    // The first to be polled is the first to be sent.
    let control = async {
        match first {
            Some(first) => client.batch_execute(first).await,
            None => Ok(()),
        }
    };
    let (control, outcome) = futures_util::future::join(control, work).await;
    control.map_err(|e| translate(&e))?;
    let (failed, wrote, reached) = (tx.failed.take(), tx.wrote, tx.head);
    if let Some(failure) = failed.as_ref().filter(|failure| failure.again) {
        return Err(failure.clone());
    }
    let undo = wrote || failed.is_some();
    let own = match (outcome, failed) {
        (Some(Ok(Ok(()))), None) => {
            *head = reached;
            return Ok(Ended { keep: true, undo: false, own: Ok(()) });
        }
        // It went on as if nothing had happened; the database has not.
        (Some(Ok(Ok(()))), Some(failure)) => Err(failure.error),
        (Some(Ok(Err(_))), _) => Ok(()),
        (Some(Err(_)), _) => Err(StoreError::Panicked),
        (None, _) => Err(StoreError::Stalled),
    };
    Ok(Ended { keep: false, undo, own })
}

/// Drives a job; `None` when it waited for too long for something that is not a statement. Those have a limit of their own.
async fn bounded<F: Future>(job: F, activity: &Activity) -> Option<F::Output> {
    let mut job = pin!(job);
    let mut seen = activity.count();
    loop {
        if let Ok(output) = timeout(PATIENCE, &mut job).await {
            return Some(output);
        }
        let now = activity.count();
        if now == seen && now.is_multiple_of(2) {
            return None;
        }
        seen = now;
    }
}
