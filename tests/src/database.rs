//! A look into the database behind the node's back, and hands in it.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

/// A connection of our own.
pub struct Database(Connection);

impl Database {
    /// Opens it for reading; a node may be running.
    #[track_caller]
    pub fn read(file: &Path) -> Self {
        // Reading a write-ahead log needs its shared memory, which is a file that is written.
        Self::open(file).also("PRAGMA query_only = ON")
    }

    /// Opens it for writing.
    #[track_caller]
    pub fn write(file: &Path) -> Self {
        Self::open(file)
    }

    #[track_caller]
    fn open(file: &Path) -> Self {
        let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE).expect("it opens");
        connection.busy_timeout(crate::PATIENCE).expect("a time limit");
        Self(connection)
    }

    fn also(self, pragma: &str) -> Self {
        self.0.execute_batch(pragma).expect("a pragma");
        self
    }

    /// Runs statements.
    ///
    /// # Errors
    /// The database's own words.
    pub fn execute(&self, sql: &str) -> Result<(), String> {
        self.0.execute_batch(sql).map_err(|error| error.to_string())
    }

    /// The rows of a query, each value as text; `NULL` is `NULL`.
    #[track_caller]
    pub fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        self.try_rows(sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// As [`Database::rows`], for a database that may be damaged.
    ///
    /// # Errors
    /// The database's own words.
    pub fn try_rows(&self, sql: &str) -> Result<Vec<Vec<String>>, String> {
        let read = || {
            let mut statement = self.0.prepare(sql)?;
            let columns = statement.column_count();
            let rows = statement.query_map([], |row| (0..columns).map(|i| row.get_ref(i).map(text)).collect())?;
            rows.collect::<Result<_, rusqlite::Error>>()
        };
        read().map_err(|error| error.to_string())
    }

    /// The only column of a query.
    #[track_caller]
    pub fn column(&self, sql: &str) -> Vec<String> {
        self.rows(sql).into_iter().flatten().collect()
    }

    /// The only value of a query.
    #[track_caller]
    pub fn value(&self, sql: &str) -> String {
        let mut values = self.column(sql);
        assert_eq!(values.len(), 1, "{sql}: {values:?}");
        values.remove(0)
    }

    /// Runs statements with the ledger's guards out of the way, and puts the guards back: what somebody would do who owns
    /// the file and knows the schema.
    #[track_caller]
    pub fn tamper(&self, sql: &str) {
        let guards = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name LIKE 'ledger%'";
        let guards = self.rows(guards);
        assert!(!guards.is_empty(), "the ledger has guards");
        let drop: String = guards.iter().map(|guard| format!("DROP TRIGGER {};", guard[0])).collect();
        let restore: String = guards.iter().map(|guard| format!("{};", guard[1])).collect();
        self.execute(&format!("BEGIN; {drop} {sql}; {restore} COMMIT;")).expect("tampering works");
    }
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}
