//! Read models: tables that are made of events, and of nothing else.
//!
//! A read model follows the [event log](crate::bus::log), which has every event once, in the order of the commits. Rows and
//! the position that was reached change in one transaction, so each event has its effect exactly once, whatever is delivered
//! twice and wherever a node dies. The log is kept, so the table can be made anew ([`rebuild`]): into another *generation* of
//! rows, beside the one that is read, until it has caught up and takes its place in one transaction.

mod follow;
mod rebuild;
mod standing;
mod sum;

use std::sync::Arc;

use async_trait::async_trait;
use serde::de::DeserializeOwned;

use crate::canonical::CanonicalError;
use crate::event::Event;
use crate::store::{Migration, Row, SqlValue, StoreError, Tx};

pub(crate) use follow::follow;
pub use follow::{behind, catch_up, register};
pub use rebuild::{Rebuilt, rebuild};
pub(crate) use standing::{Followed, Standing, standings};
pub use sum::Sum;

pub(crate) const SCHEMA: Migration = Migration {
    context: "kernel.read_model",
    number: 1,
    name: "read_models",
    sqlite: include_str!("../../migrations/sqlite/read_model_0001_read_models.sql"),
    postgres: include_str!("../../migrations/postgres/read_model_0001_read_models.sql"),
    checks: &[],
    released: true,
};

/// The first generation: what is read of a table that nobody has registered yet.
pub const FIRST: i64 = 1;

/// What a read model is called and made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declared {
    /// Its qualified name, such as `orders.OrderBoard`.
    pub name: &'static str,
    /// Its table in SQL, quoted; the column `_generation` is part of the key.
    pub table: &'static str,
    /// Digest of how rows are made. With another one they are made anew.
    pub digest: &'static str,
    /// Types of the events that it is made of.
    pub events: &'static [&'static str],
}

/// A table that is made of events.
#[async_trait]
pub trait ReadModel: Send + Sync + 'static {
    /// What it is called and made of.
    fn declared(&self) -> Declared;

    /// Does to the rows of a generation what the event says. Nothing but rows and event may decide what that is.
    ///
    /// # Errors
    /// When the store fails, or rows cannot follow: then the read model stands still until that is mended.
    async fn apply(&self, tx: &mut dyn Tx, generation: i64, event: &Event) -> Result<(), ReadModelError>;
}

/// A read model of any type.
pub type Shared = Arc<dyn ReadModel>;

/// Why a read model does not follow.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadModelError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An event is not what it was when it was published.
    #[error("event {id}: {error}")]
    Event {
        /// The event.
        id: String,
        /// What is wrong with it.
        error: CanonicalError,
    },
    /// A sum is larger than its type can be.
    #[error("`{0}` would be larger than its type can be")]
    Overflow(&'static str),
    /// Another rebuild of the same read model has begun meanwhile.
    #[error("another rebuild of {0} has begun")]
    Overtaken(&'static str),
    /// It is not registered.
    #[error("{0} is not registered")]
    Unknown(&'static str),
}

/// The payload of an event, as its type.
///
/// # Errors
/// When it is something else.
pub fn told<T: DeserializeOwned>(event: &Event) -> Result<T, ReadModelError> {
    event.payload().map_err(|error| ReadModelError::Event { id: event.id.clone(), error })
}

/// The sum, for the column of this name.
///
/// # Errors
/// When its type has no such value.
pub fn plus<T: Sum>(sum: T, more: T, column: &'static str) -> Result<T, ReadModelError> {
    sum.plus(more).ok_or(ReadModelError::Overflow(column))
}

/// How far a read model is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    digest: String,
    generation: i64,
    position: i64,
    /// The generation that is being made, and how far that is.
    next: Option<(i64, i64)>,
}

impl State {
    async fn of(tx: &mut dyn Tx, name: &'static str) -> Result<Option<Self>, ReadModelError> {
        let sql =
            "SELECT digest, generation, position, next_generation, next_position FROM read_models WHERE name = $1";
        let row = tx.query_opt(sql, &[name.to_owned().to_value()]).await?;
        Ok(row.as_ref().map(Self::read).transpose()?)
    }

    fn read(row: &Row) -> Result<Self, StoreError> {
        let next: (Option<i64>, Option<i64>) = (row.at(3)?, row.at(4)?);
        Ok(Self { digest: row.at(0)?, generation: row.at(1)?, position: row.at(2)?, next: next.0.zip(next.1) })
    }
}

/// Applies the events behind a position, `most` of them; returns the position of the last one and whether there may be more.
async fn advance(
    tx: &mut dyn Tx,
    model: &dyn ReadModel,
    generation: i64,
    position: i64,
    most: usize,
) -> Result<(i64, bool), ReadModelError> {
    let events = model.declared().events;
    let places: Vec<String> = (0..events.len()).map(|place| format!("${}", place + 3)).collect();
    // No read model is made of no events, but `IN ()` would be no SQL.
    let types = if places.is_empty() { "NULL".to_owned() } else { places.join(", ") };
    let sql = format!(
        "SELECT position, event FROM event_log WHERE position > $1 AND type IN ({types}) ORDER BY position LIMIT $2"
    );
    let mut values = vec![position.to_value(), u64::try_from(most).unwrap_or(u64::MAX).to_value()];
    values.extend(events.iter().map(|name| (*name).to_owned().to_value()));
    let rows = tx.query(&sql, &values).await?;
    let mut reached = position;
    for row in &rows {
        let (at, text): (i64, String) = (row.at(0)?, row.at(1)?);
        let event: Event = serde_json::from_str(&text)
            .map_err(|error| ReadModelError::Event { id: format!("at position {at}"), error: error.into() })?;
        model.apply(tx, generation, &event).await?;
        reached = at;
    }
    Ok((reached, rows.len() >= most))
}
