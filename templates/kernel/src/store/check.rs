//! Whether what is kept is what the specification asks for today.

use super::{Row, StoreError, Tx, Value};
use crate::validate::{Validate, Violations};

/// How many rows are looked at in one go.
const PAGE: i64 = 500;

/// A table whose rows can be checked.
#[derive(Debug, Clone, Copy)]
pub struct TableCheck {
    /// Its name, quoted.
    pub table: &'static str,
    /// The column that identifies a row, quoted.
    pub key: &'static str,
    /// The columns that `holds` needs, quoted.
    pub columns: &'static str,
    /// Whether a row is sound, or why not.
    pub holds: fn(&Row) -> Result<(), String>,
}

impl TableCheck {
    /// The first row that is not sound, and why. Values do not show: they may be confidential.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn first_fault(&self, tx: &mut dyn Tx) -> Result<Option<String>, StoreError> {
        let Self { table, key, columns, .. } = self;
        let mut after: Option<Value> = None;
        loop {
            let condition = if after.is_some() { format!("WHERE {key} > $1 ") } else { String::new() };
            let sql = format!("SELECT {key}, {columns} FROM {table} {condition}ORDER BY {key} LIMIT {PAGE}");
            let values: Vec<Value> = after.iter().cloned().collect();
            let rows = tx.query(&sql, &values).await?;
            for row in &rows {
                if let Err(reason) = (self.holds)(row) {
                    return Ok(Some(format!("a row of {table} is not what is asked for now: {reason}")));
                }
            }
            match rows.last() {
                Some(last) if rows.len() as i64 == PAGE => after = Some(last.value(0)?.clone()),
                _ => return Ok(None),
            }
        }
    }
}

/// Whether what was read from a row satisfies its constraints.
///
/// # Errors
/// The first thing that is wrong, without the offending value.
pub fn holds<T: Validate>(read: Result<T, StoreError>) -> Result<(), String> {
    let mut violations = Violations::new();
    read.map_err(|error| error.to_string())?.validate(&mut violations);
    match violations.iter().next() {
        None => Ok(()),
        Some(violation) => Err(format!("{}: {}", violation.pointer, violation.message)),
    }
}
