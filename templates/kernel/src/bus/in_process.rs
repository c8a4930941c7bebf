//! A bus inside the process. Its memory is the database, so it forgets nothing in a crash.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::{Bus, BusError, Consumer, worker};
use crate::event::Event;
use crate::services::Services;
use crate::store::{SqlValue, StoreError, Tx, Value};

/// Delivers to the consumers of this cell.
pub struct InProcessBus {
    services: Services,
    subscriptions: Vec<(Arc<Consumer>, Arc<Notify>)>,
}

impl InProcessBus {
    /// A bus for these consumers.
    pub fn new(services: Services, consumers: Vec<Consumer>) -> Self {
        let subscriptions = consumers.into_iter().map(|c| (Arc::new(c), Arc::default())).collect();
        Self { services, subscriptions }
    }

    /// Starts one worker per consumer; they stop when `stop` becomes true.
    pub fn start(&self, stop: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
        let start = |(consumer, bell): &(Arc<Consumer>, Arc<Notify>)| {
            let (consumer, bell) = (Arc::clone(consumer), Arc::clone(bell));
            tokio::spawn(worker::run(self.services.clone(), consumer, bell, stop.clone()))
        };
        self.subscriptions.iter().map(start).collect()
    }
}

#[async_trait]
impl Bus for InProcessBus {
    async fn publish(&self, events: &[Event]) -> Result<(), BusError> {
        let mut deliveries = Vec::new();
        for event in events {
            let text = serde_json::to_string(event).map_err(|e| BusError(e.to_string()))?;
            for (consumer, _) in self.subscriptions.iter().filter(|(c, _)| c.event_type == event.event_type) {
                deliveries.push([
                    Value::Text(consumer.durable.clone()),
                    Value::Text(event.id.clone()),
                    Value::Text(text.clone()),
                    self.services.clock.now().to_value(),
                ]);
            }
        }
        if deliveries.is_empty() {
            return Ok(());
        }
        let deliveries: Arc<[_]> = deliveries.into();
        let stored = self.services.store.transact(move |tx| store(tx, Arc::clone(&deliveries)).boxed()).await;
        stored.map_err(|e: StoreError| BusError(e.to_string()))?;
        for (_, bell) in &self.subscriptions {
            bell.notify_one();
        }
        Ok(())
    }
}

pub(super) async fn store(tx: &mut dyn Tx, deliveries: Arc<[[Value; 4]]>) -> Result<(), StoreError> {
    let sql = "INSERT INTO deliveries (durable, event_id, event, due_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (durable, event_id) DO NOTHING";
    for delivery in deliveries.iter() {
        tx.execute(sql, delivery).await?;
    }
    Ok(())
}
