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
use std::time::Duration;

use async_trait::async_trait;
use deadpool_postgres::{ClientWrapper, Object, Pool};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::{Backend, Job, Store, StoreError};
use crate::config::Database;
use connect::{Server, take};
use errors::{Failure, translate};
use run::{Ended, RETRIES, back_off, run_job};
use writer::Queued;

/// How a store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many transactions may wait for the writer before callers are held back.
    pub queue: usize,
    /// How many transactions share one commit at most.
    pub batch: usize,
    /// How long a caller is held back before it is told [`StoreError::Overloaded`].
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { queue: 1024, batch: 256, patience: Duration::from_secs(5) }
    }
}

struct Postgres {
    queue: Mutex<Option<mpsc::Sender<Queued>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    readers: Pool,
    /// As many as there are readers: whoever has them all knows that nobody reads.
    permits: Arc<Semaphore>,
    connections: u32,
    read_only: bool,
    patience: Duration,
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
    let (sender, receiver) = mpsc::channel(options.queue.max(1));
    let writer = tokio::spawn(writer::run(writers, receiver, options.batch.max(1)));
    let store = Postgres::new(&server, database, options)?;
    *store.queue.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
    *store.writer.lock().unwrap_or_else(PoisonError::into_inner) = Some(writer);
    Ok(Store::new(Arc::new(Postgres { read_only: false, ..store })))
}

/// Opens a store for reading. Writing fails with [`StoreError::ReadOnly`].
///
/// # Errors
/// As [`open`].
pub async fn open_read_only(database: &Database) -> Result<Store, StoreError> {
    let server = Server::new(database)?;
    let store = Postgres::new(&server, database, &Options::default())?;
    server.examine(&store.readers).await?;
    Ok(Store::new(Arc::new(store)))
}

impl Postgres {
    fn new(server: &Server, database: &Database, options: &Options) -> Result<Self, StoreError> {
        let connections = database.connections.max(1);
        Ok(Self {
            queue: Mutex::new(None),
            writer: Mutex::new(None),
            readers: server.pool(connections)?,
            permits: Arc::new(Semaphore::new(connections)),
            connections: u32::try_from(connections).unwrap_or(u32::MAX),
            read_only: true,
            patience: options.patience,
        })
    }

    fn sender(&self) -> Option<mpsc::Sender<Queued>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Backend for Postgres {
    async fn write(&self, job: Job) -> Result<(), StoreError> {
        let Some(sender) = self.sender() else {
            return Err(if self.read_only { StoreError::ReadOnly } else { StoreError::Closed });
        };
        let (done, result) = oneshot::channel();
        match sender.send_timeout(Queued { job, done }, self.patience).await {
            Ok(()) => result.await.unwrap_or(Err(StoreError::Closed)),
            Err(mpsc::error::SendTimeoutError::Timeout(_)) => Err(StoreError::Overloaded),
            Err(mpsc::error::SendTimeoutError::Closed(_)) => Err(StoreError::Closed),
        }
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
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
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
    let ended = run_job(&client, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", job).await;
    if end(&client).await.is_err() {
        drop(Object::take(client));
    }
    ended.map(|Ended { own, .. }| own)
}

async fn end(client: &ClientWrapper) -> Result<(), Failure> {
    client.batch_execute("ROLLBACK").await.map_err(|e| translate(&e))
}
