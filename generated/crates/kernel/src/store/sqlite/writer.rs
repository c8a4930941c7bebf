//! The writer: takes waiting jobs, runs them in one transaction, commits them together, then tells them.
//!
//! Guarantees: jobs run one after the other in the order they came; a job that fails is rolled back alone (the batch
//! is run again for it if need be); nobody hears of
//! success *or* refusal before the commit, because a refusal may rest on what a neighbour in the batch has written.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::errors::translate;
use super::executor::block_on;
use super::lock::DirLock;
use super::tx::SqliteTx;
use crate::fault;
use crate::store::{Job, StoreError};

/// How long one job may wait for something that is not a statement, such as a blob on another machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

pub(super) struct Queued {
    pub(super) job: Job,
    pub(super) done: oneshot::Sender<Result<(), StoreError>>,
}

pub(super) fn run(mut connection: Connection, mut queue: mpsc::Receiver<Queued>, batch: usize, lock: DirLock) {
    while let Some(first) = queue.blocking_recv() {
        run_batch(&mut connection, first, &mut queue, batch);
    }
    // Closing the last connection moves the log into the database; only then may another node have the directory.
    if let Err((_, error)) = connection.close() {
        tracing::error!(%error, "the database did not close cleanly");
    }
    drop(lock);
}

fn run_batch(connection: &mut Connection, first: Queued, queue: &mut mpsc::Receiver<Queued>, limit: usize) {
    let mut batch = vec![first];
    let mut result =
        attempt(
            connection,
            &mut batch,
            Isolation::Shared,
            |taken| {
                if taken < limit { queue.try_recv().ok() } else { None }
            },
        );
    if matches!(result, Ok(None)) {
        result = attempt(connection, &mut batch, Isolation::Each, |_| None);
    }
    match result {
        Ok(outcomes) => {
            for (queued, outcome) in batch.into_iter().zip(outcomes.into_iter().flatten()) {
                let _ = queued.done.send(outcome);
            }
        }
        Err(cause) => give_up(connection, batch, &cause),
    }
}

/// How jobs of a batch are kept apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Isolation {
    /// Not at all: the common case, in which every job that changes anything succeeds.
    Shared,
    /// Each in a savepoint, which costs a copy of every page it touches.
    Each,
}

/// Runs a batch in one transaction, as long as there are more jobs, and commits it: what became of each job. `None` if one
/// has changed something and then failed without a savepoint to go back to; nothing is left of the batch then, and it is
/// run again with savepoints. The error means that the whole transaction is gone.
fn attempt(
    connection: &mut Connection,
    batch: &mut Vec<Queued>,
    isolation: Isolation,
    mut more: impl FnMut(usize) -> Option<Queued>,
) -> Result<Option<Vec<Result<(), StoreError>>>, StoreError> {
    control(connection, "BEGIN IMMEDIATE")?;
    let mut outcomes = Vec::new();
    loop {
        match batch.get_mut(outcomes.len()) {
            Some(queued) => match run_job(connection, &mut queued.job, isolation)? {
                Some(outcome) => outcomes.push(outcome),
                None => {
                    control(connection, "ROLLBACK")?;
                    return Ok(None);
                }
            },
            None => match more(batch.len()) {
                Some(queued) => batch.push(queued),
                None => break,
            },
        }
    }
    fault::point("store.before_commit");
    control(connection, "COMMIT")?;
    fault::point("store.after_commit");
    Ok(Some(outcomes))
}

/// The whole batch is lost; everybody in it hears why.
fn give_up(connection: &mut Connection, batch: Vec<Queued>, cause: &StoreError) {
    tracing::error!(error = %cause, jobs = batch.len(), "a batch was rolled back");
    if !connection.is_autocommit()
        && let Err(error) = control(connection, "ROLLBACK")
    {
        tracing::error!(%error, "the rollback failed");
    }
    for queued in batch {
        let _ = queued.done.send(Err(StoreError::BatchLost(Box::new(cause.clone()))));
    }
}

/// Runs one job; `None` if it has to be undone and cannot be undone alone. The error means that the whole transaction is
/// gone, the inner one is the job's own.
fn run_job(
    connection: &mut Connection,
    job: &mut Job,
    isolation: Isolation,
) -> Result<Option<Result<(), StoreError>>, StoreError> {
    let before = connection.total_changes();
    if isolation == Isolation::Each {
        control(connection, "SAVEPOINT job")?;
    }
    let mut tx = SqliteTx::new(connection);
    let outcome = catch_unwind(AssertUnwindSafe(|| block_on(job(&mut tx), PATIENCE)));
    let (last_error, schema_touched) = (tx.last_error.take(), tx.schema_touched);
    if connection.is_autocommit() {
        // Disk full, I/O errors and the like make SQLite roll back everything at once.
        return Err(last_error.unwrap_or_else(|| StoreError::Misuse("a job ended its transaction".to_owned())));
    }
    let (keep, own) = match outcome {
        Ok(Some(Ok(()))) => (true, Ok(())),
        Ok(Some(Err(_))) => (false, Ok(())),
        Ok(None) => (false, Err(StoreError::Stalled)),
        Err(_) => (false, Err(StoreError::Panicked)),
    };
    match isolation {
        Isolation::Each => {
            if !keep {
                control(connection, "ROLLBACK TO job")?;
            }
            control(connection, "RELEASE job")?;
        }
        Isolation::Shared if !keep && (schema_touched || connection.total_changes() != before) => return Ok(None),
        Isolation::Shared => {}
    }
    Ok(Some(own))
}

fn control(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(|e| translate(&e))?;
    statement.raw_execute().map(drop).map_err(|e| translate(&e))
}
