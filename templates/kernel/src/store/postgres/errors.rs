//! What PostgreSQL says, as the store's errors.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use crate::store::StoreError;

/// An error, and whether the same transaction may well succeed the next time.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) error: StoreError,
    pub(super) again: bool,
}

impl Failure {
    pub(super) fn last(error: StoreError) -> Self {
        Self { error, again: false }
    }
}

/// Messages of the server tell names, never values; details may tell values and are left out.
pub(super) fn translate(error: &Error) -> Failure {
    match error.as_db_error() {
        Some(said) => from_server(said),
        None if error.is_closed() || is_io(error) => Failure { error: StoreError::Io(chain(error)), again: true },
        None => Failure::last(StoreError::Misuse(chain(error))),
    }
}

fn from_server(said: &DbError) -> Failure {
    let text = || said.message().to_owned();
    let again = |error| Failure { error, again: true };
    let error = match said.code() {
        &SqlState::UNIQUE_VIOLATION => unique(said),
        &SqlState::RAISE_EXCEPTION | &SqlState::INSUFFICIENT_PRIVILEGE => StoreError::Refused(text()),
        &SqlState::READ_ONLY_SQL_TRANSACTION => StoreError::ReadOnly,
        &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED => return again(StoreError::Busy),
        // A statement that was prepared before a migration changed its table.
        &SqlState::FEATURE_NOT_SUPPORTED if text().contains("cached plan") => return again(StoreError::Busy),
        &SqlState::LOCK_NOT_AVAILABLE | &SqlState::QUERY_CANCELED | &SqlState::TOO_MANY_CONNECTIONS => StoreError::Busy,
        &SqlState::DISK_FULL => StoreError::Full,
        &SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED => StoreError::Corrupt(text()),
        &SqlState::CHARACTER_NOT_IN_REPERTOIRE | &SqlState::UNTRANSLATABLE_CHARACTER => {
            StoreError::Constraint("a text holds a character that PostgreSQL does not keep (U+0000)".to_owned())
        }
        &SqlState::INVALID_PASSWORD
        | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION
        | &SqlState::INVALID_CATALOG_NAME => StoreError::Connect(text()),
        code => match code.code().get(..2).unwrap_or_default() {
            "23" => StoreError::Constraint(text()),
            // Connection exceptions, and a server that stops or starts.
            "08" | "57" => return again(StoreError::Io(text())),
            "53" | "58" => StoreError::Io(text()),
            _ => StoreError::Misuse(text()),
        },
    };
    Failure::last(error)
}

/// The detail begins with the columns: `Key (source, source_event_id)=(…) already exists.`
fn unique(said: &DbError) -> StoreError {
    let named = said.detail().and_then(|detail| detail.split_once(")=("));
    let named = named.and_then(|(head, _)| head.split_once('(')).map(|(_, names)| names);
    let columns = match named {
        Some(names) => names.split(", ").map(|name| name.trim_matches('"').replace("\"\"", "\"")).collect(),
        None => said.constraint().map(str::to_owned).into_iter().collect(),
    };
    StoreError::Unique { table: said.table().unwrap_or_default().to_owned(), columns }
}

fn is_io(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(at) = cause {
        if at.is::<std::io::Error>() {
            return true;
        }
        cause = at.source();
    }
    false
}

/// The error and its causes in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(at) = cause {
        let more = at.to_string();
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = at.source();
    }
    text
}
