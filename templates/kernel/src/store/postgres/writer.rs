//! The writer: takes waiting jobs, runs each in a savepoint of its own, commits them together, then tells them.
//!
//! Guarantees: jobs run one after the other in the order they came; a job that fails is rolled back alone; nobody hears of
//! success *or* refusal before the commit, because a refusal may rest on what a neighbour in the batch has written. Nodes
//! that share a database write in turns: each batch holds an advisory lock, so that what a job reads nobody changes under
//! its hands, and positions grow in the order of commits.

use deadpool_postgres::{ClientWrapper, Object, Pool};
use tokio::sync::mpsc;

use super::connect::take;
use super::errors::{Failure, translate};
use super::run::{RETRIES, back_off, run_job};
use crate::fault;
use crate::metrics::Batches;
use crate::store::StoreError;
use crate::store::queue::Queued;

const BEGIN: &str = "BEGIN; SELECT pg_advisory_xact_lock(24236, hashtext(current_schema())); SAVEPOINT job";

/// Runs until the queue is closed and empty.
pub(super) async fn run(pool: Pool, mut queue: mpsc::Receiver<Queued>, limit: usize, batches: Batches) {
    while let Some(first) = queue.recv().await {
        let mut batch = Batch { jobs: vec![first], limit };
        let results = batch.run(&pool, &mut queue).await;
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

struct Batch {
    jobs: Vec<Queued>,
    limit: usize,
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
        let mut results = Vec::new();
        let worked = match self.work(&client, queue, &mut results).await {
            Ok(end) => commit(&client, end).await,
            Err(failure) => Err(failure),
        };
        if worked.is_err() && client.batch_execute("ROLLBACK").await.is_err() {
            // Nobody knows what state it is in.
            drop(Object::take(client));
        }
        worked.map(|()| results)
    }

    /// Runs the jobs, and those that come meanwhile; returns the statements that end the transaction.
    async fn work(
        &mut self,
        client: &ClientWrapper,
        queue: &mut mpsc::Receiver<Queued>,
        results: &mut Vec<Result<(), StoreError>>,
    ) -> Result<&'static str, Failure> {
        let mut between = BEGIN;
        loop {
            let Some(Queued { job, .. }) = self.jobs.get_mut(results.len()) else { return Ok("COMMIT") };
            let ended = run_job(client, between, job).await?;
            results.push(ended.own);
            between = if ended.keep { "RELEASE job; SAVEPOINT job" } else { "ROLLBACK TO job" };
            if results.len() < self.jobs.len() {
                continue;
            }
            let next = if results.len() < self.limit { queue.try_recv().ok() } else { None };
            match next {
                Some(next) => self.jobs.push(next),
                // To commit what has failed is to roll it back without a word; to release a savepoint of it is an error.
                None if ended.keep => return Ok("RELEASE job; COMMIT"),
                None => return Ok("ROLLBACK TO job; COMMIT"),
            }
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
