//! The writer: takes waiting jobs, runs them one after the other, commits them together, then tells them.
//!
//! Guarantees: jobs run in the order they came; a job that fails is rolled back alone; nobody hears of success *or* refusal
//! before the commit, because a refusal may rest on what a neighbour in the batch has written. Nodes that share a database
//! write in turns: each batch holds an advisory lock, so that what a job reads nobody changes under its hands, and positions
//! grow in the order of commits.
//!
//! Most jobs go well, and a savepoint for each is a transaction of its own to the server. So there is none, until a job fails
//! that has written, or a statement fails: then the whole batch is rolled back and run again, with savepoints.

use deadpool_postgres::{ClientWrapper, Object, Pool};
use tokio::sync::mpsc;

use super::connect::take;
use super::errors::{Failure, translate};
use super::run::{RETRIES, back_off, run_job};
use crate::fault;
use crate::metrics::Batches;
use crate::store::StoreError;
use crate::store::queue::Queued;

const BEGIN: &str = "BEGIN; SELECT pg_advisory_xact_lock(24236, hashtext(current_schema()))";
const BEGIN_APART: &str = "BEGIN; SELECT pg_advisory_xact_lock(24236, hashtext(current_schema())); SAVEPOINT job";

/// Runs until the queue is closed and empty.
pub(super) async fn run(pool: Pool, mut queue: mpsc::Receiver<Queued>, limit: usize, batches: Batches) {
    let mut way = Way::Together;
    while let Some(first) = queue.recv().await {
        let mut batch = Batch { jobs: vec![first], limit, way };
        let results = batch.run(&pool, &mut queue).await;
        way = batch.way;
        match results {
            Ok(results) => {
                batches.committed(results.len());
                for (Queued { done, .. }, result) in batch.jobs.into_iter().zip(results) {
                    let _ = done.send(result);
                }
            }
            Err(cause) => give_up(batch.jobs, &cause),
        }
    }
}

/// The whole batch is lost; everybody in it hears why.
fn give_up(jobs: Vec<Queued>, cause: &StoreError) {
    tracing::error!(error = %cause, jobs = jobs.len(), "a batch was rolled back");
    for Queued { done, .. } in jobs {
        let _ = done.send(Err(StoreError::BatchLost(Box::new(cause.clone()))));
    }
}

/// How the jobs of a batch are kept apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Not at all.
    Together,
    /// By savepoints.
    Apart,
}

struct Batch {
    jobs: Vec<Queued>,
    limit: usize,
    /// How this batch is run; afterwards, how the next one should be.
    way: Way,
}

impl Batch {
    /// The result of each job, once they are durable. Tries again for as long as that may help.
    async fn run(
        &mut self,
        pool: &Pool,
        queue: &mut mpsc::Receiver<Queued>,
    ) -> Result<Vec<Result<(), StoreError>>, StoreError> {
        let mut attempt = 0;
        loop {
            match self.attempt(pool, queue).await {
                Ok(results) => return Ok(results),
                Err(Failure { error, again }) if again && attempt < RETRIES => {
                    tracing::warn!(%error, attempt, "a batch is tried again");
                    tokio::time::sleep(back_off(attempt)).await;
                    attempt += 1;
                }
                Err(Failure { error, .. }) => return Err(error),
            }
        }
    }

    async fn attempt(
        &mut self,
        pool: &Pool,
        queue: &mut mpsc::Receiver<Queued>,
    ) -> Result<Vec<Result<(), StoreError>>, Failure> {
        let client = take(pool).await?;
        loop {
            let mut results = Vec::new();
            let worked = match self.work(&client, queue, &mut results).await {
                Ok(Some(end)) => commit(&client, end).await.map(|()| Some(results)),
                Ok(None) => Ok(None),
                Err(failure) => Err(failure),
            };
            if let Ok(Some(results)) = worked {
                return Ok(results);
            }
            if let Err(broken) = client.batch_execute("ROLLBACK").await {
                // Nobody knows what state it is in.
                drop(Object::take(client));
                return Err(worked.err().unwrap_or_else(|| translate(&broken)));
            }
            worked?;
        }
    }

    /// Runs the jobs, and those that come meanwhile; returns the statements that end the transaction, or nothing if
    /// everything must be done again with savepoints.
    async fn work(
        &mut self,
        client: &ClientWrapper,
        queue: &mut mpsc::Receiver<Queued>,
        results: &mut Vec<Result<(), StoreError>>,
    ) -> Result<Option<&'static str>, Failure> {
        let apart = self.way == Way::Apart;
        let (mut next_way, mut head) = (Way::Together, None);
        let mut between = Some(if apart { BEGIN_APART } else { BEGIN });
        loop {
            let Some(Queued { job, .. }) = self.jobs.get_mut(results.len()) else { return Ok(Some("COMMIT")) };
            let ended = run_job(client, between, job, &mut head).await?;
            if ended.undo {
                next_way = Way::Apart;
                if !apart {
                    self.way = Way::Apart;
                    return Ok(None);
                }
            }
            results.push(ended.own);
            between = match (apart, ended.keep) {
                (false, _) => None,
                (true, true) => Some("RELEASE job; SAVEPOINT job"),
                (true, false) => Some("ROLLBACK TO job"),
            };
            if results.len() < self.jobs.len() {
                continue;
            }
            let next = if results.len() < self.limit { queue.try_recv().ok() } else { None };
            if let Some(next) = next {
                self.jobs.push(next);
                continue;
            }
            self.way = next_way;
            return Ok(Some(match between {
                None => "COMMIT",
                // To commit what has failed is to roll it back without a word; to release a savepoint of it is an error.
                Some(_) if ended.keep => "RELEASE job; COMMIT",
                Some(_) => "ROLLBACK TO job; COMMIT",
            }));
        }
    }
}

/// A connection that breaks here leaves the outcome open, so that there is no other attempt.
async fn commit(client: &ClientWrapper, end: &str) -> Result<(), Failure> {
    fault::point("store.before_commit");
    let committed = client.batch_execute(end).await.map_err(|error| {
        let failure = translate(&error);
        let known = matches!(failure.error, StoreError::Busy);
        Failure { again: failure.again && known, ..failure }
    });
    fault::point("store.after_commit");
    committed
}
