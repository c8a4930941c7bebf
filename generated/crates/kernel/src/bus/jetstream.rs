//! A bus on NATS JetStream: transport only. What has arrived is kept in the database before it is acknowledged, and from
//! there on everything is as on the bus inside the process: inbox, retries, dead letters.
//!
//! Stream and consumers are made when the cell starts, and again whenever the broker says that it does not have them: a broker
//! that was replaced by an empty one costs time, not events.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::stream::{Config as StreamConfig, DiscardPolicy, StorageType};
use async_nats::jetstream::{self, Context, Message};
use async_nats::{ConnectOptions, HeaderMap};
use async_trait::async_trait;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::in_process::store;
use super::{Bus, BusError, Consumer, worker};
use crate::config::{Broker, Login};
use crate::event::Event;
use crate::services::Services;
use crate::store::{SqlValue, Value};

/// How long to wait for an acknowledgement of the broker.
const PATIENCE: Duration = Duration::from_secs(5);
/// After a failure.
const PAUSE: Duration = Duration::from_millis(500);
/// For how long the broker remembers the ids of what it was given, so that it takes nothing twice. Shorter than the time after
/// which an event counts as lost ([`super::log`]): what is published again then must not be taken for what was lost.
const MEMORY: Duration = Duration::from_secs(30);
/// How many messages are stored in one transaction.
const BATCH: usize = 64;

/// The subjects of one cell.
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

/// The stream of one cell, and how much it may hold.
///
/// Where it is full the oldest events go, also those that nobody has fetched: the ledger's database has them all, and those
/// that a consumer of this cell is owed are found missing and published again. To refuse new ones instead would let one
/// consumer that stands still hold up all others.
#[derive(Debug, Clone)]
struct Stream {
    context: Context,
    names: Names,
    max_age: Duration,
    max_bytes: i64,
}

impl Stream {
    /// Makes the stream where it is missing, and gives it its limits where it has others.
    async fn get(&self) -> Result<jetstream::stream::Stream, BusError> {
        let config = StreamConfig {
            name: self.names.stream(),
            subjects: self.names.subjects(),
            storage: StorageType::File,
            duplicate_window: MEMORY.min(self.max_age),
            discard: DiscardPolicy::Old,
            max_age: self.max_age,
            max_bytes: self.max_bytes,
            ..StreamConfig::default()
        };
        let stream = self.context.get_or_create_stream(config.clone()).await.map_err(|e| BusError(e.to_string()))?;
        let found = &stream.cached_info().config;
        let limited = StreamConfig {
            duplicate_window: config.duplicate_window,
            discard: config.discard,
            max_age: config.max_age,
            max_bytes: config.max_bytes,
            ..found.clone()
        };
        if *found != limited {
            self.context.update_stream(limited).await.map_err(|e| BusError(e.to_string()))?;
        }
        Ok(stream)
    }
}

/// Delivers through a broker.
pub struct JetStream {
    services: Services,
    subscriptions: Vec<(Arc<Consumer>, Arc<Notify>)>,
    stream: Stream,
}

impl JetStream {
    /// A bus over a broker. One that cannot be reached yet is waited for in the background: events wait in the outbox.
    ///
    /// # Errors
    /// When the configuration leads nowhere.
    pub async fn connect(broker: &Broker, services: Services, consumers: Vec<Consumer>) -> Result<Self, BusError> {
        let client = options(broker)?.retry_on_initial_connect().connect(&broker.url).await;
        let mut context = jetstream::new(client.map_err(|e| BusError(e.to_string()))?);
        context.set_timeout(PATIENCE);
        let subscriptions = consumers.into_iter().map(|c| (Arc::new(c), Arc::default())).collect();
        let max_bytes = i64::try_from(broker.max_bytes).unwrap_or(i64::MAX);
        let stream = Stream { context, names: Names::of(&broker.cell), max_age: broker.max_age, max_bytes };
        Ok(Self { services, subscriptions, stream })
    }

    /// Looks whether a broker lets this cell in and has JetStream; what it says, in words. Changes nothing there.
    ///
    /// # Errors
    /// When it does not answer, or not as it should.
    pub(crate) async fn examine(broker: &Broker) -> Result<String, BusError> {
        let client = options(broker)?.connect(&broker.url).await.map_err(|e| BusError(e.to_string()))?;
        let mut context = jetstream::new(client);
        context.set_timeout(PATIENCE);
        let account = context.query_account().await.map_err(|e| BusError(e.to_string()))?;
        Ok(format!("JetStream with {} streams", account.streams))
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
                stream: self.stream.clone(),
            };
            tasks.push(tokio::spawn(receiver.run(stop.clone())));
        }
        tasks
    }
}

/// How to come to a broker.
fn options(broker: &Broker) -> Result<ConnectOptions, BusError> {
    let options = ConnectOptions::new().name("cell").ping_interval(Duration::from_secs(5));
    let options = match &broker.login {
        None => options,
        Some(Login::Credentials(secret)) => {
            // The end of the last line is no part of a secret, but one of such a file.
            let text = secret.text().map_err(BusError)? + "\n";
            options.credentials(&text).map_err(|e| BusError(format!("{secret}: {e}")))?
        }
        Some(Login::Password(user, secret)) => {
            options.user_and_password(user.clone(), secret.text().map_err(BusError)?)
        }
    };
    Ok(match &broker.tls_ca {
        Some(ca) => options.add_root_certificates(ca.clone()).require_tls(true),
        None => options,
    })
}

#[async_trait]
impl Bus for JetStream {
    async fn publish(&self, events: &[Event]) -> Result<(), BusError> {
        self.stream.get().await?;
        let mut acknowledgements = Vec::with_capacity(events.len());
        for event in events {
            let payload = serde_json::to_vec(event).map_err(|e| BusError(e.to_string()))?;
            let mut headers = HeaderMap::new();
            headers.insert("Nats-Msg-Id", event.id.as_str());
            headers.insert("Content-Type", "application/cloudevents+json");
            let subject = self.stream.names.subject(&event.event_type);
            let sent = self.stream.context.publish_with_headers(subject, headers, payload.into()).await;
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
    stream: Stream,
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
            filter_subject: self.stream.names.subject(&self.consumer.event_type),
            ack_policy: AckPolicy::Explicit,
            ack_wait: Duration::from_secs(30),
            ..pull::Config::default()
        };
        let stream = self.stream.get().await?;
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
                format!("{}:{sequence}", self.stream.names.stream())
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
