//! Readers beside the writer: each read sees one consistent snapshot.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::errors::translate;
use super::executor::block_on;
use super::tx::SqliteTx;
use super::writer::PATIENCE;
use super::{Access, connect};
use crate::store::{Job, StoreError};

const CONNECTIONS: usize = 4;

pub(super) struct Readers {
    file: PathBuf,
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
    /// How long a statement may take.
    limit: Option<Duration>,
}

impl Readers {
    pub(super) fn new(file: PathBuf, limit: Option<Duration>) -> Self {
        Self { file, idle: Arc::default(), permits: Arc::new(Semaphore::new(CONNECTIONS)), limit }
    }

    /// Waits for running reads, then closes every connection: the last one to close moves the log into the database.
    pub(super) async fn close(&self) {
        // A read whose caller has gone still runs, and gives its connection back before its permit. Closed already: no matter.
        let all = self.permits.acquire_many(u32::try_from(CONNECTIONS).unwrap_or(u32::MAX)).await;
        self.permits.close();
        drop(all);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) async fn read(&self, job: Job) -> Result<(), StoreError> {
        let limit = self.limit;
        self.with(move |connection| snapshot(connection, job, limit)).await
    }

    pub(super) async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        self.with(integrity).await
    }

    async fn with<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
        T: Send + 'static,
    {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let (idle, file) = (Arc::clone(&self.idle), self.file.clone());
        let running = tokio::task::spawn_blocking(move || {
            let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut connection = kept.map_or_else(|| connect(&file, Access::Read), Ok)?;
            let result = work(&mut connection);
            if connection.is_autocommit() {
                idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            }
            drop(permit);
            result
        });
        running.await.unwrap_or(Err(StoreError::Panicked))
    }
}

fn snapshot(connection: &mut Connection, mut job: Job, limit: Option<Duration>) -> Result<(), StoreError> {
    let mut tx = SqliteTx::new(connection, limit)?;
    tx.begin()?;
    let outcome = catch_unwind(AssertUnwindSafe(|| block_on(job(&mut tx), PATIENCE)));
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK").map_err(|e| translate(&e))?;
    }
    match outcome {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(StoreError::Stalled),
        Err(_) => Err(StoreError::Panicked),
    }
}

/// SQLite's own check of every page, every row's types and every index against its table.
fn integrity(connection: &mut Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare("PRAGMA integrity_check(20)").map_err(|e| translate(&e))?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0)).map_err(|e| translate(&e))?;
    let lines: Result<Vec<_>, _> = lines.collect();
    let lines = lines.map_err(|e| translate(&e))?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}
