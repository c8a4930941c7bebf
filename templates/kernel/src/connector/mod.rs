//! Connectors: deliveries in, evidence out. Transport here, parsing in pure functions that the compiler emits.

mod declared;
mod example;
pub mod extract;
mod intake;
mod poll;
mod receive;
mod record;
mod redact;
mod unpack;
mod verify;

use serde_json::{Map, Value};

use crate::ledger::{Outcome, Subject};
use crate::types::Timestamp;

pub use declared::{Challenge, Detail, Format, Next, Poll, PollAuth, Since, Spot, Webhook};
pub use example::Example;
pub(crate) use poll::{SCHEMA, Standing, run as poll, standings};
pub(crate) use receive::{challenged, receive};
pub use redact::redact;
pub use verify::{SecretRef, Verify, WebhookSignatureError};

/// A source of evidence, as a constant in emitted code.
#[derive(Debug, Clone)]
pub struct Connector {
    /// Its name within the context.
    pub name: &'static str,
    /// The bounded context it belongs to.
    pub context: &'static str,
    /// Deliveries that are pushed.
    pub webhook: Option<Webhook>,
    /// What is asked for. What comes both ways is one piece of evidence: it has one id.
    pub poll: Option<Poll>,
    /// JSON pointers of members that must not be stored; `*` stands for every item or member.
    pub redact: &'static [&'static str],
    /// Id and version of the parser, kept in each entry.
    pub parser: &'static str,
    /// The parser: pure, and blind to what is redacted.
    pub parse: fn(&Delivery) -> Parsed,
}

impl Connector {
    /// Its name among all contexts; the `source` of its entries.
    pub fn qualified(&self) -> String {
        format!("{}.{}", self.context, self.name)
    }
}

/// One delivery, verified and redacted.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The delivery's id.
    pub delivery_id: String,
    /// The event's type; empty if the header is missing.
    pub event_type: String,
    /// The body, redacted.
    pub body: Value,
    /// When it came in.
    pub received_at: Timestamp,
}

/// What a parser makes of a delivery.
#[derive(Debug, Clone)]
pub enum Parsed {
    /// It is evidence.
    Event(Box<EvidenceEvent>),
    /// It is well-formed, but the specification does not say what it means. Kept as it is.
    Unclassified,
    /// It is not what it should be. Goes to quarantine.
    Malformed(String),
}

impl Parsed {
    /// The outcome of a parser's `Result`: an error is a malformed delivery.
    pub fn from_result(result: Result<EvidenceEvent, String>) -> Self {
        match result {
            Ok(event) => Self::Event(Box::new(event)),
            Err(reason) => Self::Malformed(reason),
        }
    }
}

/// Who did it, by the source's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The source's id.
    pub id: String,
    /// What kind: `user`, `app`, …
    pub kind: String,
    /// A name for people.
    pub display: Option<String>,
}

/// Evidence as a parser reads it.
#[derive(Debug, Clone)]
pub struct EvidenceEvent {
    /// What kind of event, for instance `scm.push`.
    pub event_type: String,
    /// When it happened, by the source's clock.
    pub occurred_at: Timestamp,
    /// Who did it, if the source says.
    pub actor: Option<Actor>,
    /// What it is about.
    pub subject: Subject,
    /// What was done; `None` for the event type.
    pub action: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// Controls it speaks to.
    pub controls: Vec<String>,
    /// Whatever else the mapping picks out.
    pub attributes: Map<String, Value>,
}
