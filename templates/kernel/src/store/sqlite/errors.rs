//! SQLite's result codes as the store's errors.

use rusqlite::ffi;

use crate::store::StoreError;

pub(super) fn translate(error: &rusqlite::Error) -> StoreError {
    match error {
        rusqlite::Error::SqliteFailure(failure, message) => from_code(*failure, message.as_deref()),
        rusqlite::Error::SqlInputError { error, msg, .. } => from_code(*error, Some(msg)),
        other => StoreError::Misuse(other.to_string()),
    }
}

fn from_code(failure: ffi::Error, message: Option<&str>) -> StoreError {
    let text = || message.map_or_else(|| failure.to_string(), str::to_owned);
    match failure.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            return unique(&text());
        }
        ffi::SQLITE_CONSTRAINT_TRIGGER => return StoreError::Refused(text()),
        _ => {}
    }
    match failure.extended_code & 0xff {
        ffi::SQLITE_CONSTRAINT => StoreError::Constraint(text()),
        // Interrupted because it took too long.
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED | ffi::SQLITE_INTERRUPT => StoreError::Busy,
        ffi::SQLITE_FULL => StoreError::Full,
        ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB | ffi::SQLITE_FORMAT => StoreError::Corrupt(text()),
        ffi::SQLITE_IOERR | ffi::SQLITE_CANTOPEN | ffi::SQLITE_PERM | ffi::SQLITE_NOMEM | ffi::SQLITE_PROTOCOL => {
            StoreError::Io(text())
        }
        ffi::SQLITE_READONLY => StoreError::ReadOnly,
        _ => StoreError::Misuse(text()),
    }
}

/// `UNIQUE constraint failed: orders.id, orders.line` names the columns; an index over expressions only its own name.
fn unique(message: &str) -> StoreError {
    let names = message.rsplit_once(": ").map_or("", |(_, names)| names);
    let mut table = String::new();
    let mut columns = Vec::new();
    for name in names.split(", ") {
        match name.split_once('.') {
            Some((of, column)) => {
                table = of.to_owned();
                columns.push(column.to_owned());
            }
            None => columns.push(name.to_owned()),
        }
    }
    StoreError::Unique { table, columns }
}
