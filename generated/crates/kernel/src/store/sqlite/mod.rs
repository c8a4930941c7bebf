//! SQLite: one file per cell, one dedicated writer thread with group commit, readers beside it.
//!
//! The journal is a write-ahead log with `synchronous=FULL`: a commit returns after the log has been flushed to disk.

mod errors;
mod executor;
mod patience;
mod reader;
mod tx;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OpenFlags};

use super::lock::DirLock;
pub use super::queue::Options;
use super::queue::Queue;
use super::{Backend, Job, Store, StoreError};
use errors::translate;
use reader::Readers;

/// The database's file name inside the data directory.
pub const FILE: &str = "cell.db";

struct Sqlite {
    queue: Queue,
    thread: Mutex<Option<JoinHandle<()>>>,
    readers: Readers,
}

/// Opens (or creates) the store of a data directory for this process alone.
///
/// # Errors
/// [`StoreError::Locked`] when another node has it open; otherwise what the file system or SQLite says.
pub fn open(data_dir: &Path, options: &Options) -> Result<Store, StoreError> {
    let lock = DirLock::acquire(data_dir)?;
    let file = data_dir.join(FILE);
    let connection = connect(&file, Access::Create)?;
    let (queue, receiver) = Queue::open(options);
    let (batches, limit) = (options.batches.clone(), Some(options.statement_timeout));
    let limits = writer::Limits { batch: options.batch.max(1), statement: limit };
    let thread = std::thread::Builder::new()
        .name("store-writer".to_owned())
        .spawn(move || writer::run(connection, receiver, limits, lock, &batches))
        .map_err(|e| StoreError::Io(e.to_string()))?;
    Ok(Store::new(Arc::new(Sqlite { queue, thread: Mutex::new(Some(thread)), readers: Readers::new(file, limit) })))
}

/// Opens an existing store for reading, beside a node that may be running. Writing fails with [`StoreError::ReadOnly`].
///
/// # Errors
/// When there is no database, or it cannot be read.
pub fn open_read_only(data_dir: &Path) -> Result<Store, StoreError> {
    let file = data_dir.join(FILE);
    drop(connect(&file, Access::Read)?);
    Ok(Store::new(Arc::new(Sqlite {
        queue: Queue::read_only(),
        thread: Mutex::new(None),
        // Nobody waits for whoever looks at it from the side.
        readers: Readers::new(file, None),
    })))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Create,
    Read,
}

fn connect(file: &PathBuf, access: Access) -> Result<Connection, StoreError> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if access == Access::Create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let named = |e: rusqlite::Error| match translate(&e) {
        StoreError::Corrupt(reason) => StoreError::Corrupt(format!("{}: {reason}", file.display())),
        StoreError::Io(reason) => StoreError::Io(format!("{}: {reason}", file.display())),
        other => other,
    };
    let connection = Connection::open_with_flags(file, flags).map_err(named)?;
    connection.busy_timeout(Duration::from_secs(5)).map_err(named)?;
    connection.set_prepared_statement_cache_capacity(256);
    if access == Access::Create {
        let mode: String = connection.query_row("PRAGMA journal_mode=WAL", [], |row| row.get(0)).map_err(named)?;
        if mode != "wal" {
            return Err(StoreError::Io(format!("{}: no write-ahead log possible here", file.display())));
        }
    }
    // `secure_delete` overwrites what is redacted. `recursive_triggers` makes REPLACE fire the DELETE triggers that guard the ledger.
    let pragmas = "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;
        PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON;";
    connection.execute_batch(pragmas).map_err(named)?;
    if access == Access::Read {
        connection.execute_batch("PRAGMA query_only=ON;").map_err(named)?;
    }
    // Reads the header and the schema, so that a damaged file is reported here and not somewhere later.
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(named)?;
    Ok(connection)
}

#[async_trait]
impl Backend for Sqlite {
    async fn write(&self, job: Job) -> Result<(), StoreError> {
        self.queue.write(job).await
    }

    async fn read(&self, job: Job) -> Result<(), StoreError> {
        self.readers.read(job).await
    }

    async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        self.readers.integrity().await
    }

    async fn close(&self) {
        // Readers first: the last connection to close moves the log into the database, and two that close at the same time
        // would each leave it to the other.
        self.readers.close().await;
        self.queue.close();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // The writer finishes what is queued, checkpoints and lets go of the lock.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}
