//! The writer: takes waiting jobs, runs each in a savepoint of its own, commits them together, then tells them.
//!
//! Guarantees: jobs run one after the other in the order they came; a job that fails is rolled back alone; nobody hears of
//! success *or* refusal before the commit, because a refusal may rest on what a neighbour in the batch has written.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::errors::translate;
use super::executor::block_on;
use super::tx::SqliteTx;
use crate::fault;
use crate::metrics::Batches;
use crate::store::lock::DirLock;
use crate::store::queue::Queued;
use crate::store::{Job, StoreError};

/// How long one job may wait for something that is not a statement, such as a blob on another machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

type Waiting = Vec<(oneshot::Sender<Result<(), StoreError>>, Result<(), StoreError>)>;

pub(super) fn run(
    mut connection: Connection,
    mut queue: mpsc::Receiver<Queued>,
    (batch, limit): (usize, Option<Duration>),
    lock: DirLock,
    batches: &Batches,
) {
    while let Some(first) = queue.blocking_recv() {
        batches.committed(run_batch(&mut connection, first, &mut queue, (batch, limit)));
    }
    // Closing the last connection moves the log into the database; only then may another node have the directory.
    if let Err((_, error)) = connection.close() {
        tracing::error!(%error, "the database did not close cleanly");
    }
    drop(lock);
}

/// Returns how many jobs the commit was for; 0 if there was none.
fn run_batch(
    connection: &mut Connection,
    first: Queued,
    queue: &mut mpsc::Receiver<Queued>,
    (batch, limit): (usize, Option<Duration>),
) -> usize {
    if let Err(error) = control(connection, "BEGIN IMMEDIATE") {
        let _ = first.done.send(Err(error));
        return 0;
    }
    let mut waiting: Waiting = Vec::new();
    let mut next = Some(first);
    while let Some(Queued { job, done }) = next {
        match run_job(connection, job, limit) {
            Ok(own) => waiting.push((done, own)),
            Err(cause) => {
                waiting.push((done, Ok(())));
                give_up(connection, waiting, cause);
                return 0;
            }
        }
        next = if waiting.len() < batch { queue.try_recv().ok() } else { None };
    }
    fault::point("store.before_commit");
    match control(connection, "COMMIT") {
        Ok(()) => {
            fault::point("store.after_commit");
            let jobs = waiting.len();
            for (done, result) in waiting {
                let _ = done.send(result);
            }
            jobs
        }
        Err(cause) => {
            give_up(connection, waiting, cause);
            0
        }
    }
}

/// The whole batch is lost; everybody in it hears why.
fn give_up(connection: &mut Connection, waiting: Waiting, cause: StoreError) {
    tracing::error!(error = %cause, jobs = waiting.len(), "a batch was rolled back");
    if !connection.is_autocommit()
        && let Err(error) = control(connection, "ROLLBACK")
    {
        tracing::error!(%error, "the rollback failed");
    }
    for (done, _) in waiting {
        let _ = done.send(Err(StoreError::BatchLost(Box::new(cause.clone()))));
    }
}

/// Runs one job. The outer error means that the whole transaction is gone, the inner one is the job's own.
fn run_job(
    connection: &mut Connection,
    mut job: Job,
    limit: Option<Duration>,
) -> Result<Result<(), StoreError>, StoreError> {
    control(connection, "SAVEPOINT job")?;
    let mut tx = SqliteTx::new(connection, limit)?;
    let outcome = catch_unwind(AssertUnwindSafe(|| block_on(job(&mut tx), PATIENCE)));
    let last_error = tx.last_error.take();
    if connection.is_autocommit() {
        // Disk full, I/O errors and the like make SQLite roll back everything at once.
        return Err(last_error.unwrap_or_else(|| StoreError::Misuse("a job ended its transaction".to_owned())));
    }
    let (keep, own) = match (outcome, last_error) {
        (Ok(Some(Ok(()))), None) => (true, Ok(())),
        (Ok(Some(Ok(()))), Some(error)) => (false, Err(error)),
        (Ok(Some(Err(_))), _) => (false, Ok(())),
        (Ok(None), _) => (false, Err(StoreError::Stalled)),
        (Err(_), _) => (false, Err(StoreError::Panicked)),
    };
    if !keep {
        control(connection, "ROLLBACK TO job")?;
    }
    control(connection, "RELEASE job")?;
    Ok(own)
}

fn control(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(|e| translate(&e))?;
    statement.raw_execute().map(drop).map_err(|e| translate(&e))
}
