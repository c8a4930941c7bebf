//! Bounded contexts and what they own besides types and operations.

use crate::metamodel::Metamodel;
use crate::{
    Element, Entity, Enum, Field, Link, Literal, Operation, Origin, Policy, Record, Ty, TypeId, ValueObject,
    ValueSource,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// A bounded context.
#[derive(Clone, Debug, Default, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Context {
    /// `SDS-###`.
    pub sds_id: String,
    /// Its heading.
    pub title: String,
    /// `system.<slug>`.
    pub namespace: String,
    /// Version of the spec.
    pub version: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Requirements it answers and decisions it follows, sorted.
    pub satisfies: Vec<Link>,
    /// Contexts whose concepts it names, sorted.
    pub uses: Vec<String>,
    /// Enums by name.
    pub enums: BTreeMap<String, Enum>,
    /// Value objects by name.
    pub value_objects: BTreeMap<String, ValueObject>,
    /// Records by name, inputs and outputs of operations included.
    pub records: BTreeMap<String, Record>,
    /// Entities by name.
    pub entities: BTreeMap<String, Entity>,
    /// Roles by name.
    pub roles: BTreeMap<String, Role>,
    /// Policies by name.
    pub policies: BTreeMap<String, Policy>,
    /// Events by name.
    pub events: BTreeMap<String, Event>,
    /// Entities that are tables made of events, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub read_models: BTreeMap<String, ReadModel>,
    /// Operations by name.
    pub operations: BTreeMap<String, Operation>,
    /// Flows by resource, the ends behind it where a resource moves in several; every operation and event has one.
    pub flows: BTreeMap<String, Flow>,
    /// What it declares that no service is made from, sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub elements: Vec<Element>,
    /// What callers see.
    pub inbound_ports: BTreeMap<String, InboundPort>,
    /// What it needs from elsewhere.
    pub outbound_ports: BTreeMap<String, OutboundPort>,
    /// What answers those needs.
    pub adapters: BTreeMap<String, Adapter>,
    /// Reactions to events, by durable name.
    pub consumers: BTreeMap<String, Consumer>,
    /// How often a consumer is tried again, and after how many milliseconds each time.
    pub retry_backoff: Vec<u64>,
    /// Sources of evidence, by name.
    pub connectors: BTreeMap<String, Connector>,
    /// What must always hold, by id.
    pub invariants: BTreeMap<String, Invariant>,
    /// Further operations a role may call.
    pub grants: Vec<Grant>,
    /// How what was released becomes what is declared now.
    #[serde(skip_serializing_if = "Evolution::is_empty")]
    pub evolution: Evolution,
    /// What a compiler is made from; a context that has it is no service.
    #[serde(skip)]
    pub metamodel: Option<Box<Metamodel>>,
    /// Where the context is declared.
    #[serde(skip)]
    pub origin: Origin,
}

/// A role callers can hold.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Role {
    /// From doc comments.
    pub doc: Option<String>,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

/// Something that has happened.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Event {
    /// From doc comments.
    pub doc: Option<String>,
    /// In the order in which they were declared.
    pub payload: Vec<Field>,
    /// Where it is published.
    pub subject: String,
    /// It is meant for consumers that no spec of ours describes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub external: bool,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

/// How the table of an entity is made of events.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct ReadModel {
    /// What each event does, in the order in which they are written.
    pub from: Vec<Fold>,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

/// What an event does to one row.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Fold {
    /// The event.
    pub event: TypeId,
    /// What happens to the row.
    pub kind: FoldKind,
    /// The field of the event with its key.
    pub by: String,
    /// Where columns get their values from.
    pub set: BTreeMap<String, ValueSource>,
    /// What is added to columns.
    pub add: BTreeMap<String, ValueSource>,
    /// Whether a row that is not there is made: every column that is not set has a default or may be absent.
    pub begins: bool,
}

/// What can happen to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FoldKind {
    /// It is there from now on, in place of one with its key.
    Insert,
    /// Some of its columns change.
    Change,
    /// It is gone.
    Remove,
}

/// What moves between whom.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Flow {
    /// Stable id, a function of namespace, resource, ends, kind and, among equal ones, number.
    pub concept_id: String,
    /// What moves.
    pub resource: String,
    /// Command, query or event; none for a flow that is only described.
    pub kind: Option<FlowKind>,
    /// The operation or event it stands for.
    pub element: Option<String>,
    /// Entity or role at its start.
    pub from: String,
    /// Entity or role at its end.
    pub to: String,
    /// How much of it, as a literal of SEA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    /// What else is said of it, by name: canonical texts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

/// What a flow stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "named after the words of the language")]
pub enum FlowKind {
    Command,
    Query,
    Event,
}

/// A port that callers use.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct InboundPort {
    /// Operations it exposes, sorted.
    pub operations: Vec<String>,
    /// Path under which it does so over HTTP.
    pub http_base: Option<String>,
}

/// A port to elsewhere.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct OutboundPort {
    /// What kind of thing is behind it.
    pub kind: PortKind,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

/// Kinds of outbound port.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum PortKind {
    /// Keeps the entities of one type.
    Repository {
        /// Their type.
        entity: TypeId,
    },
    /// Keeps bytes by their digest.
    BlobStore,
    /// Carries out operations.
    Service {
        /// The outbound operations, sorted.
        operations: Vec<String>,
    },
}

/// What answers an outbound port.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Adapter {
    /// The port.
    pub implements: String,
    /// With what.
    pub kind: AdapterKind,
    /// How a service is called over HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpCall>,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

/// Kinds of adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdapterKind {
    /// A table.
    Sql,
    /// Content-addressed objects.
    ObjectStore,
    /// Calls over HTTP.
    Http,
    /// Code of the user's own.
    Custom,
}

/// How a service is called over HTTP; where it is, the configuration says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct HttpCall {
    /// Milliseconds that one attempt may take.
    pub timeout: u64,
    /// Milliseconds before each further attempt.
    pub backoff: Vec<u64>,
}

/// A reaction to an event.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Consumer {
    /// The event.
    pub event: TypeId,
    /// The operation it runs, in the consumer's own context.
    pub runs: String,
    /// Where each field of that operation's input comes from in the payload, by name.
    pub input_from: BTreeMap<String, String>,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

/// A source of evidence.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Connector {
    /// Deliveries that are pushed.
    pub webhook: Option<Webhook>,
    /// What is asked for.
    pub poll: Option<Poll>,
    /// JSON pointers to what must not be kept, sorted.
    pub redact: Vec<String>,
    /// How a delivery is read: the first case that applies.
    pub cases: Vec<Case>,
    /// Deliveries and what becomes of them.
    pub examples: Vec<ConnectorExample>,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

/// Deliveries pushed over HTTP.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Webhook {
    /// Path it listens on.
    pub path: String,
    /// How a delivery proves where it comes from.
    pub verify: Verify,
    /// How events are told apart.
    pub format: Format,
    /// How the question is answered whether this is the right place.
    pub challenge: Option<Challenge>,
}

/// How a delivery proves where it comes from.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verify {
    /// HMAC-SHA256 over the raw body, in hexadecimal.
    Hmac(HeaderSecret),
    /// The header is the secret.
    Token(HeaderSecret),
}

/// A header with a secret, or with what proves that it is known.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct HeaderSecret {
    /// The header.
    pub header: String,
    /// What stands in front.
    pub prefix: String,
    /// Where the secret is found.
    pub secret: Secret,
}

/// How the events of a delivery are told apart.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// As declared.
    Declared {
        /// The list of events, if a delivery carries several.
        items: Option<String>,
        /// Where the id is.
        delivery_id: Spot,
        /// Where the type is.
        event_type: Spot,
    },
    /// CloudEvents 1.0 in binary, structured or batched mode.
    CloudEvents,
}

/// A place in a message.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Spot {
    /// A header.
    Header(String),
    /// A JSON pointer into the body.
    Pointer(String),
}

/// A `GET` with a text that is to be sent back.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Challenge {
    /// The header with the text.
    pub header: String,
    /// The member of the answer.
    pub member: String,
}

/// A source that is asked.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Poll {
    /// Where its address is found.
    pub address: Secret,
    /// What is added to the address.
    pub path: String,
    /// Parameters of the first request of a round, in order.
    pub query: Vec<(String, String)>,
    /// The header that lets this in.
    pub auth: Option<HeaderSecret>,
    /// Milliseconds between rounds.
    pub every: u64,
    /// Milliseconds that an answer may take.
    pub timeout: u64,
    /// Whether the newest item comes first.
    pub newest_first: bool,
    /// JSON pointer to the list in an answer; empty for the answer itself.
    pub items: String,
    /// JSON pointer to the id of an item.
    pub delivery_id: String,
    /// JSON pointer to the type of an item.
    pub event_type: String,
    /// JSON pointer to the time of an item.
    pub time: Option<String>,
    /// How the next page is found.
    pub next: Option<PollNext>,
    /// How far back it is asked.
    pub since: Option<PollSince>,
    /// Where an answer says how many items there are.
    pub total: Option<Spot>,
    /// How the delivery itself is fetched.
    pub detail: Option<PollDetail>,
}

/// How the next page is found.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PollNext {
    /// `Link: <…>; rel="next"`.
    Link,
    /// By a text of the answer.
    Cursor {
        /// JSON pointer to it.
        at: String,
        /// The parameter it is sent back in.
        parameter: String,
    },
}

/// How far back a source is asked.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct PollSince {
    /// The parameter with the time.
    pub parameter: Option<String>,
    /// Milliseconds that the first round goes back.
    pub lookback: u64,
    /// Milliseconds that later rounds go back behind the newest item.
    pub overlap: u64,
}

/// How the delivery behind a summary is fetched.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct PollDetail {
    /// JSON pointer to what is added to the path.
    pub by: String,
    /// JSON pointer to the delivery in the answer; empty for the answer itself.
    pub body: String,
}

/// A delivery and what becomes of it.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct ConnectorExample {
    /// What it shows.
    pub name: String,
    /// The type of the event.
    pub event_type: String,
    /// The delivery as JSON.
    pub body: String,
    /// The type of the evidence, `unclassified` or `quarantined`.
    pub becomes: String,
    /// The id of the subject.
    pub subject: Option<String>,
    /// The id of the actor.
    pub actor: Option<String>,
    /// How it ended.
    pub outcome: Option<String>,
    /// When it happened.
    pub occurred_at: Option<String>,
    /// Why it is quarantined.
    pub reason: Option<String>,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

/// A reference to a secret, never the secret.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Secret {
    /// Environment variable.
    Env(String),
    /// File.
    File(String),
}

/// One case of a connector's parser.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Case {
    /// All must hold.
    pub when: Vec<Guard>,
    /// Type of the evidence.
    pub evidence: String,
    /// When it happened.
    pub occurred_at: Option<Extract>,
    /// Who did it.
    pub actor: Option<Reference>,
    /// What it was done to.
    pub subject: Option<Reference>,
    /// How it ended.
    pub outcome: Option<Extract>,
    /// Controls it speaks to, sorted.
    pub controls: Vec<String>,
    /// What else is kept, by name.
    pub attributes: BTreeMap<String, Extract>,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

/// A condition on a delivery.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    /// The event type is this.
    EventType(String),
    /// The event type begins with this.
    EventTypes(String),
    /// The value at the pointer is this.
    Equals(String, Literal),
}

/// Somebody or something outside.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Reference {
    /// Kind of thing.
    pub ty: String,
    /// Its id there.
    pub id: Extract,
    /// How people call it.
    pub display: Option<Extract>,
}

/// How a value is taken from a delivery.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Extract {
    /// What stands at the JSON pointer.
    Pointer(String),
    /// This.
    Const(Literal),
    /// The first that is there.
    Coalesce(Vec<Extract>),
    /// By table.
    Map {
        /// What is looked up.
        from: Box<Extract>,
        /// The table.
        cases: BTreeMap<String, String>,
        /// For everything else.
        default: Option<String>,
    },
    /// Parts with a text between them.
    Join {
        /// The parts.
        parts: Vec<Extract>,
        /// The text.
        with: String,
    },
}

/// What must always hold.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Invariant {
    /// In words.
    pub statement: String,
    /// `critical`, `high`, `medium`, `low`.
    pub severity: String,
    /// What checks it.
    pub probe: Option<String>,
    /// How often, in milliseconds.
    pub every: Option<u64>,
    /// What people do when it does not hold.
    pub runbook: Option<Runbook>,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

/// What people do when an invariant does not hold. What was not written is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct Runbook {
    /// What is affected.
    pub blast_radius: Option<String>,
    /// How to keep it from growing.
    pub contain: Vec<String>,
    /// What to save before it is lost.
    pub preserve: Vec<String>,
    /// How to find the cause.
    pub diagnose: Vec<String>,
    /// How to come back.
    pub recover: Vec<String>,
    /// Who has to agree to that.
    pub approver: Option<TypeId>,
    /// How to know that it holds again.
    pub verify: Vec<String>,
}

impl Runbook {
    /// The keys of the SDS that were left out; none if the runbook can be followed to its end.
    pub fn missing(&self) -> Vec<&'static str> {
        let parts = [
            ("blastRadius", self.blast_radius.is_none()),
            ("contain", self.contain.is_empty()),
            ("preserve", self.preserve.is_empty()),
            ("diagnose", self.diagnose.is_empty()),
            ("recover.steps", self.recover.is_empty()),
            ("recover.approver", self.approver.is_none()),
            ("verify", self.verify.is_empty()),
        ];
        parts.into_iter().filter_map(|(key, absent)| absent.then_some(key)).collect()
    }
}

/// What a role may do besides being the actor of an operation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
pub struct Grant {
    /// Who.
    pub role: TypeId,
    /// Which operation.
    pub operation: TypeId,
}

impl Context {
    /// A constant of a type as databases keep it: the text that values of the type have there.
    pub fn stored(&self, ty: &Ty, literal: &Literal) -> String {
        match literal {
            Literal::Bool(value) => value.to_string(),
            Literal::Member(member) => self.wire(ty, member).unwrap_or(member).to_owned(),
            Literal::Number(text) | Literal::Quantity(text) => match text.split_once('.') {
                // Decimals have one text: without zeros behind the last digit.
                Some((whole, fraction)) => match fraction.trim_end_matches('0') {
                    "" => whole.to_owned(),
                    fraction => format!("{whole}.{fraction}"),
                },
                None => text.clone(),
            },
            // Times have fixed width: microseconds, what is finer is cut off.
            Literal::Time(text) => {
                let text = text.trim_end_matches('Z');
                let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
                format!("{seconds}.{fraction:0<6.6}Z")
            }
            Literal::Text(text) => text.clone(),
        }
    }

    fn wire(&self, ty: &Ty, member: &str) -> Option<&str> {
        let Ty::Enum(id) = ty else { return None };
        let declared = self.enums.get(&id.name)?.members.iter().find(|declared| declared.name == member)?;
        Some(&declared.wire)
    }
}

/// How what was released becomes what is declared now, as far as only people can know. Elements are `Entity`,
/// `Entity.field` or `Event`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct Evolution {
    /// Elements that have a new name, by the one they had.
    pub renames: BTreeMap<String, String>,
    /// What stands in fields that what is kept has no value for, as it is stored.
    pub backfill: BTreeMap<String, String>,
    /// Elements that may be lost or broken, and why.
    pub accepted: BTreeMap<String, String>,
    /// Entities that were part of another one, by name of the new one.
    pub splits: Vec<Split>,
}

impl Evolution {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.renames.is_empty() && self.backfill.is_empty() && self.accepted.is_empty() && self.splits.is_empty()
    }
}

/// An entity that was part of another one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct Split {
    /// What it was part of.
    pub from: String,
    /// Its name.
    pub into: String,
    /// Which field of the other becomes which of its own, by the latter.
    pub fields: BTreeMap<String, String>,
}
