//! A bus on NATS JetStream: transport only. What has arrived is kept in the database before it is acknowledged, and from
//! there on everything is as on the bus inside the process: inbox, retries, dead letters.
//!
//! Stream and consumers are made when the cell starts, and again whenever the broker says that it does not have them: a broker
//! that was replaced by an empty one costs time, not events.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::stream::{Config as StreamConfig, StorageType};
use async_nats::jetstream::{self, Context, Message};
use async_nats::{ConnectOptions, HeaderMap};
use async_trait::async_trait;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::in_process::store;
use super::{Bus, BusError, Consumer, worker};
use crate::config::Broker;
use crate::event::Event;
use crate::services::Services;
use crate::store::{SqlValue, Value};

/// How long to wait for an acknowledgement of the broker.
const PATIENCE: Duration = Duration::from_secs(5);
/// After a failure.
const PAUSE: Duration = Duration::from_millis(500);
/// For how long the broker remembers the ids of what it was given, so that it takes nothing twice.
const MEMORY: Duration = Duration::from_secs(120);
/// How many messages are stored in one transaction.
const BATCH: usize = 64;

/// Where events go: the subjects of one cell.
#[derive(Debug, Clone)]
pub(super) struct Names {
    cell: String,
}

impl Names {
    pub(super) fn of(cell: &str) -> Self {
        Self { cell: cell.to_owned() }
    }

    fn stream(&self) -> String {
        format!("EVENTS_{}", self.cell)
    }

    fn subjects(&self) -> Vec<String> {
        vec![format!("evt.{}.>", self.cell), format!("dead.{}.>", self.cell)]
    }

    /// `orders.OrderPlaced` goes to `evt.<cell>.orders.OrderPlaced`, a dead letter of `orders-seen` to `dead.<cell>.orders-seen`.
    pub(super) fn subject(&self, event_type: &str) -> String {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let token: String = event_type.chars().map(|c| if fits(c) { c } else { '_' }).collect();
        match token.strip_prefix(super::DEAD_LETTER) {
            Some(durable) => format!("dead.{}.{durable}", self.cell),
            None => format!("evt.{}.{token}", self.cell),
        }
    }
}

/// Delivers through a broker.
pub struct JetStream {
    services: Services,
    subscriptions: Vec<(Arc<Consumer>, Arc<Notify>)>,
    context: Context,
    names: Names,
}

impl JetStream {
    /// A bus over a broker. One that cannot be reached yet is waited for in the background: events wait in the outbox.
    ///
    /// # Errors
    /// When the configuration leads nowhere.
    pub async fn connect(broker: &Broker, services: Services, consumers: Vec<Consumer>) -> Result<Self, BusError> {
        let mut options =
            ConnectOptions::new().name("cell").ping_interval(Duration::from_secs(5)).retry_on_initial_connect();
        if let Some(credentials) = &broker.credentials {
            let text = credentials.text().map_err(BusError)?;
            options = options.credentials(&text).map_err(|e| BusError(format!("{credentials}: {e}")))?;
        }
        if let Some(ca) = &broker.tls_ca {
            options = options.add_root_certificates(ca.clone()).require_tls(true);
        }
        let client = options.connect(&broker.url).await.map_err(|e| BusError(e.to_string()))?;
        let mut context = jetstream::new(client);
        context.set_timeout(PATIENCE);
        let subscriptions = consumers.into_iter().map(|c| (Arc::new(c), Arc::default())).collect();
        Ok(Self { services, subscriptions, context, names: Names::of(&broker.cell) })
    }

    /// Starts a worker and a receiver per consumer; they stop when `stop` becomes true.
    pub fn start(&self, stop: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
        let mut tasks = Vec::new();
        for (consumer, bell) in &self.subscriptions {
            let working = worker::run(self.services.clone(), Arc::clone(consumer), Arc::clone(bell), stop.clone());
            tasks.push(tokio::spawn(working));
            let receiver = Receiver {
                services: self.services.clone(),
                consumer: Arc::clone(consumer),
                bell: Arc::clone(bell),
                context: self.context.clone(),
                names: self.names.clone(),
            };
            tasks.push(tokio::spawn(receiver.run(stop.clone())));
        }
        tasks
    }
}

async fn stream(context: &Context, names: &Names) -> Result<jetstream::stream::Stream, BusError> {
    let config = StreamConfig {
        name: names.stream(),
        subjects: names.subjects(),
        storage: StorageType::File,
        duplicate_window: MEMORY,
        ..StreamConfig::default()
    };
    context.get_or_create_stream(config).await.map_err(|e| BusError(e.to_string()))
}

#[async_trait]
impl Bus for JetStream {
    async fn publish(&self, events: &[Event]) -> Result<(), BusError> {
        stream(&self.context, &self.names).await?;
        let mut acknowledgements = Vec::with_capacity(events.len());
        for event in events {
            let payload = serde_json::to_vec(event).map_err(|e| BusError(e.to_string()))?;
            let mut headers = HeaderMap::new();
            headers.insert("Nats-Msg-Id", event.id.as_str());
            headers.insert("Content-Type", "application/cloudevents+json");
            let subject = self.names.subject(&event.event_type);
            let sent = self.context.publish_with_headers(subject, headers, payload.into()).await;
            acknowledgements.push(sent.map_err(|e| BusError(e.to_string()))?);
        }
        for acknowledgement in acknowledgements {
            let answer = tokio::time::timeout(PATIENCE, acknowledgement.into_future()).await;
            answer
                .map_err(|_| BusError("no acknowledgement in time".to_owned()))?
                .map_err(|e| BusError(e.to_string()))?;
        }
        Ok(())
    }
}

/// Brings what arrives for one consumer into the database.
struct Receiver {
    services: Services,
    consumer: Arc<Consumer>,
    bell: Arc<Notify>,
    context: Context,
    names: Names,
}

impl Receiver {
    async fn run(self, mut stop: watch::Receiver<bool>) {
        loop {
            let result = tokio::select! {
                result = self.receive() => result,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            if let Err(error) = result {
                tracing::warn!(%error, durable = self.consumer.durable, "the broker delivers nothing");
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Runs until something goes wrong.
    async fn receive(&self) -> Result<(), BusError> {
        let consumer = self.consumer().await?;
        loop {
            let wanted = consumer.batch().max_messages(BATCH).expires(Duration::from_secs(2)).messages().await;
            let mut arriving = wanted.map_err(|e| BusError(e.to_string()))?;
            let mut messages = Vec::new();
            let mut broken = None;
            while let Some(message) = arriving.next().await {
                match message {
                    Ok(message) => messages.push(message),
                    Err(error) => {
                        broken = Some(BusError(error.to_string()));
                        break;
                    }
                }
            }
            let idle = messages.is_empty();
            self.keep(messages).await?;
            if let Some(error) = broken {
                return Err(error);
            }
            if idle {
                // A broker that has forgotten the consumer says nothing at all.
                consumer.get_info().await.map_err(|e| BusError(e.to_string()))?;
            }
        }
    }

    async fn consumer(&self) -> Result<PullConsumer, BusError> {
        let config = pull::Config {
            durable_name: Some(self.consumer.durable.clone()),
            filter_subject: self.names.subject(&self.consumer.event_type),
            ack_policy: AckPolicy::Explicit,
            ack_wait: Duration::from_secs(30),
            ..pull::Config::default()
        };
        let stream = stream(&self.context, &self.names).await?;
        let made = stream.get_or_create_consumer(&self.consumer.durable, config).await;
        made.map_err(|e| BusError(e.to_string()))
    }

    /// Durable first, acknowledged then. What is delivered twice is one row; what was consumed already, the inbox knows.
    async fn keep(&self, messages: Vec<Message>) -> Result<(), BusError> {
        if messages.is_empty() {
            return Ok(());
        }
        let deliveries: Arc<[_]> = messages.iter().map(|message| self.delivery(message)).collect();
        let stored = self.services.store.transact(move |tx| store(tx, Arc::clone(&deliveries)).boxed()).await;
        stored.map_err(|e: crate::store::StoreError| BusError(e.to_string()))?;
        self.bell.notify_one();
        for message in messages {
            message.ack().await.map_err(|e| BusError(e.to_string()))?;
        }
        Ok(())
    }

    /// What is no event keeps its place in the stream as its id, and ends among the dead letters.
    fn delivery(&self, message: &Message) -> [Value; 4] {
        let text = String::from_utf8_lossy(&message.payload).replace('\0', "\u{fffd}");
        let id = match serde_json::from_str::<Event>(&text) {
            Ok(event) => event.id,
            Err(_) => {
                let sequence = message.info().map_or(0, |info| info.stream_sequence);
                format!("{}:{sequence}", self.names.stream())
            }
        };
        let due = self.services.clock.now();
        [Value::Text(self.consumer.durable.clone()), Value::Text(id), Value::Text(text), due.to_value()]
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn a_subject_is_made_of_the_cell_and_the_type_and_of_nothing_else() {
        let names = Names::of("north");
        assert_eq!(names.subject("orders.OrderPlaced"), "evt.north.orders.OrderPlaced");
        assert_eq!(names.subject("dead_letter.orders-seen"), "dead.north.orders-seen");
        assert_eq!(names.subject("a b.>*"), "evt.north.a_b.__");
    }
}
