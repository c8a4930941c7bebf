//! PostgreSQL: one writer per node with group commit, readers beside it, nodes that share a database in turns.
//!
//! A commit returns after the server has flushed its log (`synchronous_commit=on`), and to its standbys where it has some.

mod connect;
mod errors;
mod integrity;
mod run;
mod tx;
mod value;
mod writer;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use deadpool_postgres::{ClientWrapper, Object, Pool};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

pub use super::queue::Options;
use super::queue::Queue;
use super::{Backend, Job, Store, StoreError};
use crate::config::Database;
use connect::{Server, take};
use errors::{Failure, translate};
use run::{Ended, RETRIES, back_off, run_job};

struct Postgres {
    queue: Queue,
    writer: Mutex<Option<JoinHandle<()>>>,
    readers: Pool,
    /// As many as there are readers: whoever has them all knows that nobody reads.
    permits: Arc<Semaphore>,
    connections: u32,
}

/// Opens the store of a database that exists. Several nodes may have it open.
///
/// # Errors
/// [`StoreError::Connect`] when the configuration is wrong or the server is not fit for it, [`StoreError::Io`] when it
/// cannot be reached.
pub async fn open(database: &Database, options: &Options) -> Result<Store, StoreError> {
    let server = Server::new(database)?;
    let writers = server.pool(1)?;
    server.examine(&writers).await?;
    let (queue, receiver) = Queue::open(options);
    let writer = tokio::spawn(writer::run(writers, receiver, options.batch.max(1), options.batches.clone()));
    Ok(Store::new(Arc::new(Postgres::new(&server, database, queue, Some(writer))?)))
}

/// Opens a store for reading. Writing fails with [`StoreError::ReadOnly`].
///
/// # Errors
/// As [`open`].
pub async fn open_read_only(database: &Database) -> Result<Store, StoreError> {
    let server = Server::new(database)?;
    let store = Postgres::new(&server, database, Queue::read_only(), None)?;
    server.examine(&store.readers).await?;
    Ok(Store::new(Arc::new(store)))
}

impl Postgres {
    fn new(
        server: &Server,
        database: &Database,
        queue: Queue,
        writer: Option<JoinHandle<()>>,
    ) -> Result<Self, StoreError> {
        let connections = database.connections.max(1);
        Ok(Self {
            queue,
            writer: Mutex::new(writer),
            readers: server.pool(connections)?,
            permits: Arc::new(Semaphore::new(connections)),
            connections: u32::try_from(connections).unwrap_or(u32::MAX),
        })
    }
}

#[async_trait]
impl Backend for Postgres {
    async fn write(&self, job: Job) -> Result<(), StoreError> {
        self.queue.write(job).await
    }

    async fn read(&self, job: Job) -> Result<(), StoreError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let pool = self.readers.clone();
        // In a task of its own: whoever stops waiting leaves no transaction open.
        let reading = tokio::spawn(async move {
            let result = read(&pool, job).await;
            drop(permit);
            result
        });
        reading.await.unwrap_or(Err(StoreError::Panicked))
    }

    async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        let client = take(&self.readers).await.map_err(|failure| failure.error)?;
        integrity::problems(&client).await
    }

    async fn close(&self) {
        let all = self.permits.acquire_many(self.connections).await;
        self.permits.close();
        drop(all);
        self.readers.close();
        self.queue.close();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            // It finishes what is queued.
            let _ = writer.await;
        }
    }
}

/// Runs a job in one snapshot, again where that may help.
async fn read(pool: &Pool, mut job: Job) -> Result<(), StoreError> {
    let mut attempt = 0;
    loop {
        match snapshot(pool, &mut job).await {
            Ok(own) => return own,
            Err(Failure { again: true, .. }) if attempt < RETRIES => {
                tokio::time::sleep(back_off(attempt)).await;
                attempt += 1;
            }
            Err(Failure { error, .. }) => return Err(error),
        }
    }
}

async fn snapshot(pool: &Pool, job: &mut Job) -> Result<Result<(), StoreError>, Failure> {
    let client = take(pool).await?;
    let ended = run_job(&client, Some("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"), job, &mut None).await;
    if end(&client).await.is_err() {
        drop(Object::take(client));
    }
    ended.map(|Ended { own, .. }| own)
}

async fn end(client: &ClientWrapper) -> Result<(), Failure> {
    client.batch_execute("ROLLBACK").await.map_err(|e| translate(&e))
}
