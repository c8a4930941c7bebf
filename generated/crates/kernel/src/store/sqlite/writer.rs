//! The writer: takes waiting jobs, runs them one after the other, commits them together, then tells them.
//!
//! Guarantees: jobs run in the order they came; a job that fails is rolled back alone; nobody hears of success *or* refusal
//! before the commit, because a refusal may rest on what a neighbour in the batch has written.
//!
//! Most jobs go well, and a savepoint for each has SQLite copy every page that the job touches. So there is none, until a job
//! fails that has written: then the whole batch is rolled back and run again, with savepoints.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::mpsc;

use super::errors::translate;
use super::executor::block_on;
use super::tx::SqliteTx;
use crate::canonical::Digest;
use crate::fault;
use crate::metrics::Batches;
use crate::store::lock::DirLock;
use crate::store::queue::Queued;
use crate::store::{Job, StoreError};

/// How long one job may wait for something that is not a statement, such as a blob on another machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
const BEGIN: &str = "BEGIN IMMEDIATE";

/// What one transaction may take.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// So many jobs.
    pub(super) batch: usize,
    /// So much time for a statement; as much as it likes, if there is none.
    pub(super) statement: Option<Duration>,
}

pub(super) fn run(
    mut connection: Connection,
    mut queue: mpsc::Receiver<Queued>,
    limits: Limits,
    lock: DirLock,
    batches: &Batches,
) {
    let mut way = Way::Together;
    while let Some(first) = queue.blocking_recv() {
        if let Err(error) = control(&connection, BEGIN) {
            let _ = first.done.send(Err(error));
            continue;
        }
        let mut jobs = vec![first];
        let committed = match run_batch(&mut connection, &mut jobs, &mut queue, limits, &mut way) {
            Ok(results) => {
                fault::point("store.after_commit");
                tell(jobs, results)
            }
            Err(cause) => give_up(&connection, jobs, &cause),
        };
        batches.committed(committed);
    }
    // Closing the last connection moves the log into the database; only then may another node have the directory.
    if let Err((_, error)) = connection.close() {
        tracing::error!(%error, "the database did not close cleanly");
    }
    drop(lock);
}

/// How the jobs of a batch are kept apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Not at all.
    Together,
    /// By savepoints.
    Apart,
}

/// Runs the jobs in the transaction that is open, and those that come meanwhile; their results, once they are durable.
/// After a batch in which a job failed that had written, the next one begins with savepoints.
fn run_batch(
    connection: &mut Connection,
    jobs: &mut Vec<Queued>,
    queue: &mut mpsc::Receiver<Queued>,
    limits: Limits,
    way: &mut Way,
) -> Result<Vec<Result<(), StoreError>>, StoreError> {
    let mut results = Vec::with_capacity(jobs.len());
    let (mut next_way, mut head) = (Way::Together, None);
    while let Some(Queued { job, .. }) = jobs.get_mut(results.len()) {
        let ended = run_job(connection, job, (*way, limits.statement), &mut head)?;
        if ended.undo {
            next_way = Way::Apart;
            if *way == Way::Together {
                control(connection, "ROLLBACK")?;
                control(connection, BEGIN)?;
                *way = Way::Apart;
                results.clear();
                head = None;
                continue;
            }
        }
        results.push(ended.own);
        if results.len() == jobs.len() && jobs.len() < limits.batch {
            jobs.extend(queue.try_recv().ok());
        }
    }
    fault::point("store.before_commit");
    control(connection, "COMMIT")?;
    *way = next_way;
    Ok(results)
}

/// Returns how many jobs there were.
fn tell(jobs: Vec<Queued>, results: Vec<Result<(), StoreError>>) -> usize {
    let count = jobs.len();
    for (Queued { done, .. }, result) in jobs.into_iter().zip(results) {
        let _ = done.send(result);
    }
    count
}

/// The whole batch is lost; everybody in it hears why. Returns how many jobs were committed: none.
fn give_up(connection: &Connection, jobs: Vec<Queued>, cause: &StoreError) -> usize {
    tracing::error!(error = %cause, jobs = jobs.len(), "a batch was rolled back");
    if !connection.is_autocommit()
        && let Err(error) = control(connection, "ROLLBACK")
    {
        tracing::error!(%error, "the rollback failed");
    }
    for Queued { done, .. } in jobs {
        let _ = done.send(Err(StoreError::BatchLost(Box::new(cause.clone()))));
    }
    0
}

/// How a job ended.
struct Ended {
    /// It failed and has written: what it did must not stay.
    undo: bool,
    /// What to tell the caller; a job that asked to be rolled back has told its caller itself.
    own: Result<(), StoreError>,
}

/// Runs one job. An error means that the whole transaction is gone.
fn run_job(
    connection: &mut Connection,
    job: &mut Job,
    (way, limit): (Way, Option<Duration>),
    head: &mut Option<(u64, Digest)>,
) -> Result<Ended, StoreError> {
    if way == Way::Apart {
        control(connection, "SAVEPOINT job")?;
    }
    let mut tx = SqliteTx::new(connection, limit)?;
    tx.head = *head;
    let outcome = catch_unwind(AssertUnwindSafe(|| block_on(job(&mut tx), PATIENCE)));
    let (last_error, wrote, reached) = (tx.last_error.take(), tx.wrote, tx.head);
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
    if way == Way::Apart {
        if !keep {
            control(connection, "ROLLBACK TO job")?;
        }
        control(connection, "RELEASE job")?;
    }
    *head = if keep { reached } else { *head };
    Ok(Ended { undo: !keep && wrote, own })
}

fn control(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(|e| translate(&e))?;
    statement.raw_execute().map(drop).map_err(|e| translate(&e))
}
