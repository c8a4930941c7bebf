//! Following the log, batch by batch.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;
use tracing::Instrument as _;

use super::{Declared, FIRST, ReadModelError, Shared, State, advance, rebuild, standing};
use crate::services::Services;
use crate::store::{SqlValue, Tx};

/// Events of one transaction: others want to write, too.
const BATCH: usize = 100;
/// After a failure.
const PAUSE: Duration = Duration::from_secs(5);
/// What another node over the same database publishes is seen after this time.
const IDLE: Duration = Duration::from_secs(1);

/// Notes read models that are new: they begin with the first event of the log.
///
/// # Errors
/// When the store fails.
pub async fn register(services: &Services, models: &[Shared]) -> Result<(), ReadModelError> {
    let declared: Arc<[Declared]> = models.iter().map(|model| model.declared()).collect();
    let sql = "INSERT INTO read_models (name, digest, generation, position) VALUES ($1, $2, $3, 0) \
        ON CONFLICT (name) DO NOTHING";
    let registered = services.store.transact(move |tx| {
        let declared = Arc::clone(&declared);
        async move {
            for Declared { name, digest, .. } in declared.iter() {
                tx.execute(sql, &[(*name).to_owned().to_value(), (*digest).to_owned().to_value(), FIRST.to_value()])
                    .await?;
            }
            Ok(())
        }
        .boxed()
    });
    registered.await
}

/// Runs until told to stop: applies what was published, then sleeps until more is.
pub(crate) async fn follow(services: Services, model: Shared, mut stop: watch::Receiver<bool>) {
    let name = model.declared().name;
    let span = tracing::info_span!("read_model", operation = name, model = &*services.model_hash);
    let mut published = services.published();
    async {
        loop {
            published.mark_unchanged();
            let came = keep_up(&services, &model, &stop).await;
            standing::tell(&services, model.declared(), came.as_ref().copied()).await;
            let pause = match came {
                Ok(()) => IDLE,
                Err(error) => {
                    tracing::error!(%error, "the read model stands still");
                    PAUSE
                }
            };
            tokio::select! {
                _ = published.changed(), if pause == IDLE => {}
                () = tokio::time::sleep(pause) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }
    .instrument(span)
    .await;
}

/// Up to the end of the log. Rows that were made in another way than today's are made anew first.
async fn keep_up(services: &Services, model: &Shared, stop: &watch::Receiver<bool>) -> Result<(), ReadModelError> {
    if is_outdated(services, model).await? {
        let rebuilt = rebuild(services, model).await?;
        tracing::info!(events = rebuilt.events, "rows are made in another way now, and were made anew");
    }
    while !*stop.borrow() && catch_up(services, model).await? {}
    Ok(())
}

async fn is_outdated(services: &Services, model: &Shared) -> Result<bool, ReadModelError> {
    let Declared { name, digest, .. } = model.declared();
    let state = services.store.read(move |tx| State::of(tx, name).boxed()).await?;
    Ok(state.ok_or(ReadModelError::Unknown(name))?.digest != digest)
}

/// Applies the next events in one transaction with the position; returns whether there may be more.
///
/// # Errors
/// When the store fails or an event cannot be followed; nothing has changed then.
pub async fn catch_up(services: &Services, model: &Shared) -> Result<bool, ReadModelError> {
    let model = Arc::clone(model);
    let caught_up = services.store.transact(move |tx| {
        let model = Arc::clone(&model);
        async move { step(tx, &model).await }.boxed()
    });
    caught_up.await
}

async fn step(tx: &mut dyn Tx, model: &Shared) -> Result<bool, ReadModelError> {
    let Declared { name, digest, .. } = model.declared();
    let state = State::of(tx, name).await?.ok_or(ReadModelError::Unknown(name))?;
    if state.digest != digest {
        // Another build works on this database: its rows are none of ours.
        return Ok(false);
    }
    let (reached, more) = advance(tx, &**model, state.generation, state.position, BATCH).await?;
    if reached > state.position {
        let sql = "UPDATE read_models SET position = $1 WHERE name = $2";
        tx.execute(sql, &[reached.to_value(), name.to_owned().to_value()]).await?;
        crate::fault::point("read_model.applied");
    }
    Ok(more)
}

/// How many events a read model has still to follow.
///
/// # Errors
/// When the store fails.
pub async fn behind(tx: &mut dyn Tx, declared: Declared) -> Result<u64, ReadModelError> {
    let state = State::of(tx, declared.name).await?.ok_or(ReadModelError::Unknown(declared.name))?;
    let mut count = 0;
    for event in declared.events {
        let sql = "SELECT count(*) FROM event_log WHERE type = $1 AND position > $2";
        let row = tx.query_opt(sql, &[(*event).to_owned().to_value(), state.position.to_value()]).await?;
        count += row.map_or(Ok(0), |row| row.at::<u64>(0))?;
    }
    Ok(count)
}
