//! One open SQLite transaction.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::types::{Null, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ToSql};

use super::errors::translate;
use super::patience::Patience;
use crate::canonical::Digest;
use crate::store::{Dialect, Row, StoreError, Tx, Value, refuse_control};

pub(super) struct SqliteTx<'c> {
    connection: &'c mut Connection,
    patience: Patience,
    /// The last error, for the case that SQLite ended the transaction because of it.
    pub(super) last_error: Option<StoreError>,
    /// True once a statement has run that may have changed something.
    pub(super) wrote: bool,
    /// The head of the ledger, as far as this transaction knows it.
    pub(super) head: Option<(u64, Digest)>,
}

impl<'c> SqliteTx<'c> {
    /// A transaction whose statements may take so long each.
    pub(super) fn new(connection: &'c mut Connection, limit: Option<Duration>) -> Result<Self, StoreError> {
        let patience = Patience::over(connection, limit)?;
        Ok(Self { connection, patience, last_error: None, wrote: false, head: None })
    }

    /// Begins a transaction, if the connection has none.
    pub(super) fn begin(&self) -> Result<(), StoreError> {
        self.connection.execute_batch("BEGIN").map_err(|e| translate(&e))
    }

    fn note<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &result {
            self.last_error = Some(error.clone());
        }
        result
    }

    fn execute_now(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        self.wrote = true;
        let mut statement = self.prepare(sql, values)?;
        let _running = self.patience.running();
        let changed = statement.raw_execute().map_err(|e| translate(&e))?;
        Ok(changed as u64)
    }

    fn query_now(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        // A query may write, too: INSERT … RETURNING.
        let mut wrote = self.wrote;
        let found = self.rows(sql, values, &mut wrote);
        self.wrote = wrote;
        found
    }

    fn rows(&self, sql: &str, values: &[Value], wrote: &mut bool) -> Result<Vec<Row>, StoreError> {
        let mut statement = self.prepare(sql, values)?;
        *wrote |= !statement.readonly();
        let columns: Arc<[String]> = statement.column_names().map(str::to_owned).collect();
        let mut found = Vec::new();
        let _running = self.patience.running();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(|e| translate(&e))? {
            let mut values = Vec::with_capacity(columns.len());
            for index in 0..columns.len() {
                let value = row.get_ref(index).map_err(|e| translate(&e))?;
                values.push(owned(value, &columns[index])?);
            }
            found.push(Row::new(Arc::clone(&columns), values));
        }
        Ok(found)
    }

    fn prepare(&self, sql: &str, values: &[Value]) -> Result<CachedStatement<'_>, StoreError> {
        refuse_control(sql)?;
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| translate(&e))?;
        bind(&mut statement, values)?;
        Ok(statement)
    }
}

/// `$3` is a *name* to SQLite, numbered by first appearance, so parameters are bound by what their name says.
fn bind(statement: &mut CachedStatement<'_>, values: &[Value]) -> Result<(), StoreError> {
    for index in 1..=statement.parameter_count() {
        let number = statement.parameter_name(index).and_then(number);
        let value = number.and_then(|number| values.get(number.checked_sub(1)?));
        let value = value.ok_or_else(|| StoreError::Misuse(format!("parameter {index} has no value")))?;
        statement.raw_bind_parameter(index, Bound(value)).map_err(|e| translate(&e))?;
    }
    Ok(())
}

/// The number in `$12`. By hand: this is done for each parameter of each statement.
fn number(name: &str) -> Option<usize> {
    let digits = name.as_bytes().strip_prefix(b"$")?;
    digits.iter().try_fold(0_usize, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number.checked_mul(10)?.checked_add(usize::from(digit))
    })
}

struct Bound<'v>(&'v Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Null => ToSqlOutput::from(Null),
            Value::Bool(flag) => ToSqlOutput::from(*flag),
            Value::Int(number) => ToSqlOutput::from(*number),
            Value::Text(text) => ToSqlOutput::from(text.as_str()),
            Value::Bytes(bytes) => ToSqlOutput::from(bytes.as_slice()),
        })
    }
}

fn owned(value: ValueRef<'_>, column: &str) -> Result<Value, StoreError> {
    let wrong = |reason: &str| StoreError::Value { column: column.to_owned(), reason: reason.to_owned() };
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Int(number)),
        ValueRef::Real(_) => Err(wrong("a floating-point number, which no column may hold")),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Value::Text(text.to_owned())),
            Err(_) => Err(wrong("text that is not UTF-8")),
        },
        ValueRef::Blob(bytes) => Ok(Value::Bytes(bytes.to_vec())),
    }
}

#[async_trait]
impl Tx for SqliteTx<'_> {
    async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        let result = self.execute_now(sql, values);
        self.note(result)
    }

    async fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let result = self.query_now(sql, values);
        self.note(result)
    }

    async fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        self.wrote = true;
        let result = self.connection.execute_batch(sql).map_err(|e| translate(&e));
        self.note(result)
    }

    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn ledger_head(&mut self) -> &mut Option<(u64, Digest)> {
        &mut self.head
    }
}
