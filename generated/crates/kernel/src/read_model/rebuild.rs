//! Making a read model anew, while the old one is read and kept.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::{Declared, ReadModelError, Shared, State, advance};
use crate::services::Services;
use crate::store::{SqlValue, Tx, Value};

/// Events of one transaction.
const BATCH: usize = 500;

/// What a rebuild has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// The generation that is read from now on.
    pub generation: i64,
    /// Transactions it took; the last one has switched.
    pub steps: u64,
    /// The position in the log that it was made from.
    pub position: i64,
    /// How many events of the log it is made of.
    pub events: u64,
}

/// Makes the rows of a new generation from the whole log, and has them read instead of the old ones, at once. One that was
/// interrupted leaves rows that nobody reads; the next one removes them.
///
/// # Errors
/// When the store fails, an event cannot be followed, or another rebuild overtakes this one; what is read stays as it is then.
pub async fn rebuild(services: &Services, model: &Shared) -> Result<Rebuilt, ReadModelError> {
    let generation = within(services, model, |tx, model| begin(tx, model).boxed()).await?;
    let mut steps = 1;
    loop {
        let done = within(services, model, move |tx, model| step(tx, model, generation).boxed()).await?;
        steps += 1;
        if let Some((position, events)) = done {
            within(services, model, |tx, model| sweep(tx, model).boxed()).await?;
            return Ok(Rebuilt { generation, steps, position, events });
        }
    }
}

async fn within<T: Send + 'static>(
    services: &Services,
    model: &Shared,
    work: impl for<'t> Fn(&'t mut dyn Tx, &'t Shared) -> BoxFuture<'t, Result<T, ReadModelError>>
    + Send
    + Sync
    + Clone
    + 'static,
) -> Result<T, ReadModelError> {
    let model = Arc::clone(model);
    let done = services.store.transact(move |tx| {
        let (model, work) = (Arc::clone(&model), work.clone());
        async move { work(tx, &model).await }.boxed()
    });
    done.await
}

/// Takes the number of a generation, and what an earlier rebuild has left.
async fn begin(tx: &mut dyn Tx, model: &Shared) -> Result<i64, ReadModelError> {
    let Declared { name, .. } = model.declared();
    let state = State::of(tx, name).await?.ok_or(ReadModelError::Unknown(name))?;
    let generation = state.next.map_or(state.generation, |(next, _)| next.max(state.generation)).saturating_add(1);
    let sql = "UPDATE read_models SET next_generation = $1, next_position = 0 WHERE name = $2";
    tx.execute(sql, &[generation.to_value(), text(name)]).await?;
    sweep(tx, model).await?;
    Ok(generation)
}

/// Applies the next events to the new generation; switches to it once there are no more, which nobody can add to meanwhile:
/// one transaction writes at a time.
async fn step(tx: &mut dyn Tx, model: &Shared, generation: i64) -> Result<Option<(i64, u64)>, ReadModelError> {
    let Declared { name, digest, events, .. } = model.declared();
    let state = State::of(tx, name).await?.ok_or(ReadModelError::Unknown(name))?;
    let Some((_, position)) = state.next.filter(|(next, _)| *next == generation) else {
        return Err(ReadModelError::Overtaken(name));
    };
    let (reached, more) = advance(tx, &**model, generation, position, BATCH).await?;
    crate::fault::point("read_model.rebuilding");
    if more {
        let sql = "UPDATE read_models SET next_position = $1 WHERE name = $2";
        tx.execute(sql, &[reached.to_value(), text(name)]).await?;
        return Ok(None);
    }
    let sql = "UPDATE read_models SET digest = $1, generation = $2, position = $3, next_generation = NULL, \
        next_position = NULL WHERE name = $4";
    tx.execute(sql, &[text(digest), generation.to_value(), reached.to_value(), text(name)]).await?;
    let mut count = 0;
    for event in events {
        let sql = "SELECT count(*) FROM event_log WHERE type = $1 AND position <= $2";
        let row = tx.query_opt(sql, &[text(event), reached.to_value()]).await?;
        count += row.map_or(Ok(0), |row| row.at::<u64>(0))?;
    }
    Ok(Some((reached, count)))
}

/// Removes the rows of all generations but the one that is read and the one that is being made.
async fn sweep(tx: &mut dyn Tx, model: &Shared) -> Result<(), ReadModelError> {
    let Declared { name, table, .. } = model.declared();
    let sql = format!(
        "DELETE FROM {table} WHERE \"_generation\" NOT IN (SELECT generation FROM read_models WHERE name = $1 \
         UNION ALL SELECT next_generation FROM read_models WHERE name = $1 AND next_generation IS NOT NULL)"
    );
    tx.execute(&sql, &[text(name)]).await?;
    Ok(())
}

fn text(text: &str) -> Value {
    text.to_owned().to_value()
}
