//! One open PostgreSQL transaction.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use deadpool_postgres::ClientWrapper;
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use super::errors::{Failure, translate};
use super::value::{Bound, Found};
use crate::canonical::Digest;
use crate::store::{Dialect, Row, StoreError, Tx, Value, refuse_control};

/// Counts when a statement begins and when it ends: odd while one runs.
#[derive(Clone, Default)]
pub(super) struct Activity(Arc<AtomicU64>);

impl Activity {
    fn begin(&self) -> Running {
        self.0.fetch_add(1, Ordering::AcqRel);
        Running(self.clone())
    }

    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

struct Running(Activity);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::AcqRel);
    }
}

pub(super) struct PgTx<'c> {
    client: &'c ClientWrapper,
    activity: Activity,
    /// The first failed statement: PostgreSQL takes no other one after it.
    pub(super) failed: Option<Failure>,
    /// True once a statement was sent that may change something.
    pub(super) wrote: bool,
    /// The head of the ledger, as far as this transaction knows it.
    pub(super) head: Option<(u64, Digest)>,
}

impl<'c> PgTx<'c> {
    pub(super) fn new(client: &'c ClientWrapper, activity: Activity) -> Self {
        Self { client, activity, failed: None, wrote: false, head: None }
    }

    fn ready(&self, sql: &str) -> Result<Running, Failure> {
        self.may_run(sql)?;
        Ok(self.activity.begin())
    }

    fn may_run(&self, sql: &str) -> Result<(), Failure> {
        match &self.failed {
            Some(failed) => Err(failed.clone()),
            None => refuse_control(sql).map_err(Failure::last),
        }
    }

    fn note<T>(&mut self, result: Result<T, Failure>) -> Result<T, StoreError> {
        result.map_err(|failure| {
            let error = failure.error.clone();
            self.failed.get_or_insert(failure);
            error
        })
    }

    async fn prepare(&self, sql: &str, values: &[Value]) -> Result<Statement, Failure> {
        let statement = self.client.prepare_cached(sql).await.map_err(|e| translate(&e))?;
        let wanted = statement.params().len();
        if wanted > values.len() {
            return Err(Failure::last(StoreError::Misuse(format!("parameter {} has no value", values.len() + 1))));
        }
        Ok(statement)
    }

    async fn execute_now(&self, sql: &str, values: &[Value]) -> Result<u64, Failure> {
        let _running = self.ready(sql)?;
        let statement = self.prepare(sql, values).await?;
        let bound = bound(&statement, values);
        let changed = self.client.execute(&statement, &parameters(&bound)).await;
        changed.map_err(|e| self.translate(&e))
    }

    async fn query_now(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, Failure> {
        let _running = self.ready(sql)?;
        let statement = self.prepare(sql, values).await?;
        let columns: Arc<[String]> = statement.columns().iter().map(|column| column.name().to_owned()).collect();
        let bound = bound(&statement, values);
        let rows = self.client.query(&statement, &parameters(&bound)).await.map_err(|e| self.translate(&e))?;
        rows.iter().map(|row| read(row, &columns).map_err(Failure::last)).collect()
    }

    /// All statements are sent before the first answer is waited for.
    async fn execute_all_now(&self, statements: &[(&str, Vec<Value>)]) -> Result<Vec<u64>, Failure> {
        let mut prepared = Vec::with_capacity(statements.len());
        let _running = self.activity.begin();
        for (sql, values) in statements {
            self.may_run(sql)?;
            let statement = self.prepare(sql, values).await?;
            prepared.push((statement, values));
        }
        let sent = prepared.iter().map(|(statement, values)| async move {
            let bound = bound(statement, values);
            self.client.execute(statement, &parameters(&bound)).await
        });
        // The first to be polled is the first to be sent, and the first error is the one that says why.
        let changed = futures_util::future::join_all(sent).await;
        changed.into_iter().map(|changed| changed.map_err(|e| self.translate(&e))).collect()
    }

    async fn script_now(&self, sql: &str) -> Result<(), Failure> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        let _running = self.activity.begin();
        // Changing a large table takes longer than any request may.
        let patient = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0";
        self.client.batch_execute(patient).await.map_err(|e| translate(&e))?;
        self.client.batch_execute(sql).await.map_err(|e| translate(&e))?;
        // What is prepared may speak of tables as they were.
        self.client.statement_cache.clear();
        Ok(())
    }

    fn translate(&self, error: &tokio_postgres::Error) -> Failure {
        let failure = translate(error);
        if failure.again {
            self.client.statement_cache.clear();
        }
        failure
    }
}

fn bound<'v>(statement: &Statement, values: &'v [Value]) -> Vec<Bound<'v>> {
    values.iter().take(statement.params().len()).map(Bound).collect()
}

fn parameters<'b>(bound: &'b [Bound<'b>]) -> Vec<&'b (dyn ToSql + Sync)> {
    bound.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn read(row: &tokio_postgres::Row, columns: &Arc<[String]>) -> Result<Row, StoreError> {
    let mut values = Vec::with_capacity(columns.len());
    for (index, column) in columns.iter().enumerate() {
        let found: Found = row.try_get(index).map_err(|error| {
            let reason = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            StoreError::Value { column: column.clone(), reason }
        })?;
        values.push(found.0);
    }
    Ok(Row::new(Arc::clone(columns), values))
}

#[async_trait]
impl Tx for PgTx<'_> {
    async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        self.wrote = true;
        let result = self.execute_now(sql, values).await;
        self.note(result)
    }

    async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        // Any other query may write, too: INSERT … RETURNING.
        self.wrote |= !sql.starts_with("SELECT");
        let result = self.query_now(sql, values).await;
        self.note(result)
    }

    async fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        self.wrote = true;
        let result = self.script_now(sql).await;
        self.note(result)
    }

    async fn execute_all(&mut self, statements: &[(&str, Vec<Value>)]) -> Result<Vec<u64>, StoreError> {
        self.wrote = true;
        let result = self.execute_all_now(statements).await;
        self.note(result)
    }

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn ledger_head(&mut self) -> &mut Option<(u64, Digest)> {
        &mut self.head
    }
}
