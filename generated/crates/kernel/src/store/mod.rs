//! The store port: transactions over SQL that SQLite and Postgres both understand.
//!
//! Statements use `$1 … $n` and are always bound, never assembled from values. [`Store::transact`] returns only after the
//! commit is durable; what a job returned with `Err` is rolled back alone.

mod check;
mod error;
pub(crate) mod lock;
mod migrate;
#[cfg(feature = "production")]
pub mod postgres;
#[cfg(any(feature = "embedded", feature = "production"))]
mod queue;
#[cfg(feature = "embedded")]
pub mod sqlite;
mod value;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures_util::future::BoxFuture;

use crate::canonical::Digest;

pub use check::{TableCheck, holds};
pub use error::StoreError;
pub use migrate::{Migration, Planned, apply as migrate, plan, state};
pub use value::{Json, Row, SqlValue, Value, ValueError};

/// Which flavour of SQL a transaction speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite 3.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// One open transaction.
///
/// After a statement that failed the job can only end: whatever it returns, it is rolled back.
#[async_trait]
pub trait Tx: Send {
    /// Runs a statement; returns how many rows it changed.
    async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError>;

    /// Runs a query; returns all its rows.
    async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError>;

    /// Runs several statements without values: migrations only.
    async fn script(&mut self, sql: &str) -> Result<(), StoreError>;

    /// Runs statements of which none needs to know how another one went; returns how many rows each changed. Where the
    /// database is another process they go to it all at once.
    async fn execute_all(&mut self, statements: &[(&str, Vec<Value>)]) -> Result<Vec<u64>, StoreError> {
        let mut changed = Vec::with_capacity(statements.len());
        for (sql, values) in statements {
            changed.push(self.execute(sql, values).await?);
        }
        Ok(changed)
    }

    /// Which SQL this transaction speaks.
    fn dialect(&self) -> Dialect;

    /// Last sequence and leaf hash of the ledger, if a job of this transaction has left word of them. Whoever moves the
    /// head says so here; what is rolled back is forgotten.
    fn ledger_head(&mut self) -> &mut Option<(u64, Digest)>;
}

impl dyn Tx + '_ {
    /// The only row of a query, or `None`. More than one is an error.
    ///
    /// # Errors
    /// When the query fails or finds several rows.
    pub async fn query_opt(&mut self, sql: &str, values: &[Value]) -> Result<Option<Row>, StoreError> {
        let mut rows = self.query(sql, values).await?;
        match rows.len() {
            0 | 1 => Ok(rows.pop()),
            n => Err(StoreError::Misuse(format!("expected at most one row, found {n}"))),
        }
    }
}

/// The work of one transaction, free of its result type. `Err` means: roll back.
pub type Job = Box<dyn for<'t> FnMut(&'t mut dyn Tx) -> BoxFuture<'t, Result<(), RolledBack>> + Send>;

/// The job asked to be rolled back; the reason has been kept by whoever wrapped it.
#[derive(Debug, Clone, Copy)]
pub struct RolledBack;

/// Transactions begin and end in one place only: jobs may not.
pub(crate) fn refuse_control(sql: &str) -> Result<(), StoreError> {
    const CONTROL: [&str; 16] = [
        "abort",
        "attach",
        "begin",
        "commit",
        "copy",
        "detach",
        "discard",
        "end",
        "pragma",
        "prepare",
        "release",
        "reset",
        "rollback",
        "savepoint",
        "start",
        "vacuum",
    ];
    let word = sql.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
    match CONTROL.iter().any(|control| word.eq_ignore_ascii_case(control)) {
        true => Err(StoreError::Misuse(format!("{word} is not for jobs"))),
        false => Ok(()),
    }
}

/// Tells the compiler that a closure kept in a variable is meant for [`Store::transact`] or [`Store::read`].
pub(crate) fn job<T, E, F>(work: F) -> F
where
    F: for<'t> FnMut(&'t mut dyn Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
{
    work
}

/// What a database adapter provides. Emitted code does not see it.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Runs a job in a transaction that writes. Returns after the commit is durable, or after the job rolled back.
    async fn write(&self, job: Job) -> Result<(), StoreError>;

    /// Runs a job in a transaction that reads one consistent snapshot. Writing fails.
    async fn read(&self, job: Job) -> Result<(), StoreError>;

    /// Problems the database finds in its own files and in the ledger's guards; empty when there are none.
    async fn integrity(&self) -> Result<Vec<String>, StoreError>;

    /// Waits for running work, then closes. Later calls fail with [`StoreError::Closed`].
    async fn close(&self);
}

/// A handle on the database; cheap to clone.
#[derive(Clone)]
pub struct Store {
    backend: Arc<dyn Backend>,
}

impl Store {
    /// A store over an adapter.
    pub fn new(backend: Arc<dyn Backend>) -> Self {
        Self { backend }
    }

    /// Runs `work` in one transaction. `Ok` is returned only once it is on disk; `Err` leaves nothing behind.
    ///
    /// An adapter may run `work` again, when the database asks for it (serialisation failures) or because a neighbour in its
    /// batch has failed, so it is `FnMut`: what it does outside of the transaction may be done twice. It must not wait for
    /// anything but its own statements and blobs, and must not call `transact` itself.
    ///
    /// # Errors
    /// Whatever `work` returns, and store errors converted into `E`.
    pub async fn transact<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t> FnMut(&'t mut dyn Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let slot = Slot::default();
        let done = self.backend.write(slot.wrap(work)).await;
        slot.take(done)
    }

    /// Runs `work` in one read-only snapshot.
    ///
    /// # Errors
    /// Whatever `work` returns, and store errors converted into `E`.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t> FnMut(&'t mut dyn Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let slot = Slot::default();
        let done = self.backend.read(slot.wrap(work)).await;
        slot.take(done)
    }

    /// Problems the database finds in its own files; empty when there are none.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        self.backend.integrity().await
    }

    /// Waits for running work, then closes.
    pub async fn close(&self) {
        self.backend.close().await;
    }
}

/// Where a job leaves its result until the commit has decided whether it counts.
struct Slot<T, E>(Arc<Mutex<Option<Result<T, E>>>>);

impl<T, E> Default for Slot<T, E> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }
}

impl<T: Send + 'static, E: From<StoreError> + Send + 'static> Slot<T, E> {
    fn wrap<F>(&self, mut work: F) -> Job
    where
        F: for<'t> FnMut(&'t mut dyn Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    {
        let slot = Arc::clone(&self.0);
        Box::new(move |tx| {
            let slot = Arc::clone(&slot);
            let running = work(tx);
            Box::pin(async move {
                let result = running.await;
                let verdict = if result.is_ok() { Ok(()) } else { Err(RolledBack) };
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                verdict
            })
        })
    }

    fn take(&self, done: Result<(), StoreError>) -> Result<T, E> {
        done?;
        let result = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        result.unwrap_or_else(|| Err(StoreError::Closed.into()))
    }
}
