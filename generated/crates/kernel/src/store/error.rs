//! What can go wrong with a store, as types a caller can act on.

/// A store error. Cloneable, because one failed commit is everybody's error in its batch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A unique key is taken.
    #[error("a row with the same {} exists in {table}", columns.join(", "))]
    Unique {
        /// The table.
        table: String,
        /// The key's columns, in order.
        columns: Vec<String>,
    },
    /// Another constraint was broken: a foreign key, a check, a missing value.
    #[error("constraint failed: {0}")]
    Constraint(String),
    /// A trigger refused, for instance an update of the ledger.
    #[error("refused by the database: {0}")]
    Refused(String),
    /// The database server does not let this node in, or is not fit for it.
    #[error("cannot use the database: {0}")]
    Connect(String),
    /// Somebody else holds the database.
    #[error("the database is busy")]
    Busy,
    /// Too much work is waiting; try again later.
    #[error("the store's queue is full")]
    Overloaded,
    /// No space left.
    #[error("the disk or the database is full")]
    Full,
    /// Reading or writing the files failed.
    #[error("input/output error: {0}")]
    Io(String),
    /// The files are damaged or are not a database.
    #[error("the database is corrupt: {0}")]
    Corrupt(String),
    /// A write where only reading is allowed.
    #[error("the database is read-only")]
    ReadOnly,
    /// Another node has this data directory open.
    #[error("{path} is in use by another node: stop it, or give this one a data_dir of its own")]
    Locked {
        /// The lock file.
        path: String,
    },
    /// A migration is missing, changed, or failed.
    #[error("migration {context} {number:04}: {reason}")]
    Migration {
        /// The context it belongs to.
        context: String,
        /// Its number within the context.
        number: u32,
        /// What is wrong.
        reason: String,
    },
    /// A stored value is not what its column should hold.
    #[error("column {column}: {reason}")]
    Value {
        /// The column.
        column: String,
        /// What is wrong.
        reason: String,
    },
    /// A job waited for something outside the store for too long and was rolled back.
    #[error("a transaction waited for something outside the store and was rolled back")]
    Stalled,
    /// A job panicked and was rolled back.
    #[error("a transaction panicked and was rolled back")]
    Panicked,
    /// The database gave up the whole batch, so this job was rolled back with it.
    #[error("rolled back with its batch: {0}")]
    BatchLost(Box<StoreError>),
    /// The store has been closed.
    #[error("the store is closed")]
    Closed,
    /// A statement that cannot run: a bug in the caller.
    #[error("statement error: {0}")]
    Misuse(String),
}

impl StoreError {
    /// True when trying again later may help; false for damage and bugs.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Busy | Self::Overloaded | Self::Full | Self::Io(_) | Self::Stalled | Self::Closed => true,
            Self::BatchLost(cause) => cause.is_transient(),
            _ => false,
        }
    }
}
