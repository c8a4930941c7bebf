#![allow(missing_docs, reason = "fields are named after the keys of the format; the shapes stand on the types")]

//! The syntax tree of one `.sds.yaml` file: typed, with the span of every key and value, nothing resolved.

use super::metamodel::Metamodel;
use crate::sea::ast::{Expr, TypeExpr};
use crate::source::{Span, Spanned};
use serde::Serialize;

/// A scalar read as text.
pub type Text = Spanned<crate::text::Text>;

/// A whole file. Groups that were not written are empty.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SdsFile {
    pub span: Span,
    pub sds_id: Option<Text>,
    pub title: Option<Text>,
    pub bounded_context: Option<Text>,
    pub version: Option<Text>,
    pub owner: Option<Text>,
    pub satisfies_prds: Vec<Text>,
    pub satisfies_adrs: Vec<Text>,
    pub uses: Vec<Text>,
    pub entities: Vec<Entity>,
    pub value_objects: Vec<ValueObject>,
    pub commands: Vec<Operation>,
    pub queries: Vec<Operation>,
    pub events: Vec<Event>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub read_models: Vec<ReadModel>,
    pub use_cases: Vec<UseCase>,
    pub inbound_ports: Vec<InboundPort>,
    pub outbound_ports: Vec<OutboundPort>,
    pub adapters: Vec<Adapter>,
    pub uow: Option<Uow>,
    pub message_bus: Option<MessageBus>,
    pub connectors: Vec<Connector>,
    pub semantic_refs: Vec<SemanticRef>,
    pub invariants: Vec<Invariant>,
    pub grants: Vec<Grant>,
    pub separation_of_duties: Vec<SeparationOfDuties>,
    pub expectations: Vec<Expectation>,
    pub reasoning: Option<Reasoning>,
    pub evolution: Evolution,
    pub metamodel: Option<Box<Metamodel>>,
}

impl SdsFile {
    /// A file in which nothing was written.
    pub fn empty(span: Span) -> Self {
        Self {
            span,
            sds_id: None,
            title: None,
            bounded_context: None,
            version: None,
            owner: None,
            satisfies_prds: Vec::new(),
            satisfies_adrs: Vec::new(),
            uses: Vec::new(),
            entities: Vec::new(),
            value_objects: Vec::new(),
            commands: Vec::new(),
            queries: Vec::new(),
            events: Vec::new(),
            read_models: Vec::new(),
            use_cases: Vec::new(),
            inbound_ports: Vec::new(),
            outbound_ports: Vec::new(),
            adapters: Vec::new(),
            uow: None,
            message_bus: None,
            connectors: Vec::new(),
            semantic_refs: Vec::new(),
            invariants: Vec::new(),
            grants: Vec::new(),
            separation_of_duties: Vec::new(),
            expectations: Vec::new(),
            reasoning: None,
            evolution: Evolution::default(),
            metamodel: None,
        }
    }
}

/// `evolution`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Evolution {
    /// Old name and new name.
    pub renames: Vec<(Text, Text)>,
    /// Field and value.
    pub backfill: Vec<(Text, Scalar)>,
    /// Element and reason.
    pub accepts: Vec<(Text, Text)>,
    pub splits: Vec<Split>,
}

/// `evolution.splits[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Split {
    pub span: Span,
    pub from: Text,
    pub into: Text,
    /// Its field, and the field it was.
    pub fields: Vec<(Text, Text)>,
}

/// `domain.entities[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entity {
    pub span: Span,
    pub name: Text,
    pub key: Option<Text>,
    pub fields: Vec<Field>,
    pub doc: Option<Text>,
}

/// `domain.valueObjects[]`: a string with a pattern, or a record with fields, or an enum with members.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueObject {
    pub span: Span,
    pub name: Text,
    pub pattern: Option<Text>,
    pub fields: Vec<Field>,
    /// `members: [name, …]` or `members: { name: wire, … }`.
    pub members: Vec<(Text, Text)>,
    pub doc: Option<Text>,
}

/// A field: `name: type` or `name: { type: …, optional: …, … }`. A type that ends in `?` is optional too.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Field {
    pub span: Span,
    pub name: Text,
    pub ty: TypeExpr,
    pub optional: bool,
    pub unique: bool,
    /// `minLength`, `maxLength`, `minItems`, `maxItems`, `min`, `max`, `exclusiveMin`, `exclusiveMax`, `pattern`.
    pub constraints: Vec<(Text, Scalar)>,
    pub default: Option<Scalar>,
    pub doc: Option<Text>,
}

/// A typed scalar.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scalar {
    pub span: Span,
    pub kind: ScalarKind,
}

/// The kinds of scalar.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum ScalarKind {
    Null,
    Bool(bool),
    /// Exact decimal in canonical form, see [`crate::sea::ast::Number`].
    Number(String),
    String(String),
}

/// `cqrs.commands[]` and `cqrs.queries[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Operation {
    pub span: Span,
    pub name: Text,
    pub doc: Option<Text>,
    /// None where `actor` was not written.
    pub actor: Option<Text>,
    pub input: Vec<Field>,
    pub output: Vec<Field>,
    /// `creates`, `mutates`, `reads` and the entity.
    pub effects: Vec<(Text, Text)>,
    pub policies: Vec<PolicyBinding>,
    pub failures: Vec<Failure>,
    pub idempotency: Option<Idempotency>,
    pub concurrency: Option<(Text, Option<Text>)>,
    pub emits: Vec<Text>,
    pub read_model: Option<Text>,
    pub page: Option<Page>,
}

/// `{ policy, at, failsWith }`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicyBinding {
    pub span: Span,
    pub policy: Text,
    pub at: Text,
    pub fails_with: Text,
}

/// `{ code, for: […], meaning }`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failure {
    pub span: Span,
    pub code: Text,
    pub kinds: Vec<Text>,
    pub meaning: Text,
}

/// `{ keyedBy: field }` or `{ keyedBy: [a, b] }`, `inherent`, or `{ notApplicable: why }`; `expiresAfter` with the first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Idempotency {
    pub span: Span,
    /// `keyedBy`, `inherent` or `notApplicable`.
    pub mode: Text,
    /// The fields of the key, or the reason.
    pub arguments: Vec<Text>,
    pub expires_after: Option<Duration>,
}

/// `{ limit: 200, sort: [placed_at], order: -placed_at }`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Page {
    pub span: Span,
    pub limit: Spanned<u64>,
    /// Fields that callers may sort by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sort: Vec<Text>,
    /// A field, `-` before it for falling values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Text>,
}

/// `cqrs.readModels[]`: a table like that of an entity, made of events.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReadModel {
    pub entity: Entity,
    pub from: Vec<Fold>,
}

/// What an event does to a row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fold {
    pub span: Span,
    pub event: Text,
    /// The field of the event with the key of the row.
    pub by: Option<Text>,
    pub insert: Option<Vec<(Text, Expr)>>,
    pub set: Option<Vec<(Text, Expr)>>,
    pub add: Option<Vec<(Text, Expr)>>,
    pub remove: bool,
}

/// `cqrs.events[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    pub span: Span,
    pub name: Text,
    pub doc: Option<Text>,
    pub payload: Vec<Field>,
    /// `outbox: { mode: required }`.
    pub outbox: Option<Text>,
}

/// `useCases[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UseCase {
    pub span: Span,
    pub handles: Text,
    pub steps: Vec<Step>,
}

/// One step of a use case.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    pub span: Span,
    pub kind: StepKind,
}

/// The closed vocabulary of steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum StepKind {
    Authorize,
    Validate,
    StoreBlob {
        from: Text,
        into: Text,
        digest: Text,
    },
    /// `persist: Entity` or `persist: { entity: Entity, set: { field: expression } }`.
    Persist {
        entity: Text,
        set: Vec<(Text, Expr)>,
    },
    AppendEvidence {
        ty: Text,
        subject: Option<Text>,
    },
    Publish(Text),
    Call {
        port: Text,
        method: Text,
        when: Option<Expr>,
    },
}

/// `ports.inbound[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InboundPort {
    pub span: Span,
    pub name: Text,
    pub operations: Vec<Text>,
    /// `http: { base: /x }`.
    pub http_base: Option<Text>,
}

/// `ports.outbound[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutboundPort {
    pub span: Span,
    pub name: Text,
    /// The entity of a repository.
    pub for_entity: Option<Text>,
    /// What a service carries out.
    pub operations: Vec<Text>,
    /// `repository` (the default with `for`), `blobStore`, `service` (the default with `operations`).
    pub kind: Option<Text>,
}

/// `adapters[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Adapter {
    pub span: Span,
    pub name: Text,
    pub implements: Text,
    /// `sql`, `objectStore`, `http`, `custom`.
    pub kind: Text,
    /// How a service is called.
    pub http: Option<HttpCall>,
}

/// `adapters[].http`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HttpCall {
    pub span: Span,
    /// Milliseconds.
    pub timeout: Option<Spanned<u64>>,
    pub retry: Option<Retry>,
}

/// `uow`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Uow {
    pub span: Span,
    pub boundary: Option<Text>,
    pub includes: Vec<Text>,
    pub isolation: Option<Text>,
}

/// `messageBus`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MessageBus {
    pub span: Span,
    pub stream: Option<Text>,
    pub routes: Vec<Route>,
    pub retry: Option<Retry>,
    pub dead_letter: Option<Text>,
    pub outbox: Option<Text>,
    pub consumers: Vec<Consumer>,
}

/// `{ event, subject }`, and `external: true` if nobody in these specs consumes it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Route {
    pub span: Span,
    pub event: Text,
    pub subject: Text,
    pub external: bool,
}

/// `{ max, backoff: [1s, 5s] }`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Retry {
    pub span: Span,
    pub max: Spanned<u64>,
    pub backoff: Vec<Duration>,
}

/// A length of time in milliseconds, written as `250ms`, `5s`, `2m`, `12h`, `30d`.
pub type Duration = Spanned<u64>;

/// `{ event, runs, durable }`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Consumer {
    pub span: Span,
    pub event: Text,
    pub runs: Text,
    pub durable: Text,
}

/// `connectors[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Connector {
    pub span: Span,
    pub name: Text,
    pub webhook: Option<Webhook>,
    pub poll: Option<Poll>,
    /// JSON pointers.
    pub redact: Vec<Text>,
    pub cases: Vec<ParseCase>,
    /// `unclassified` is the only word so far.
    pub otherwise: Option<Text>,
    pub examples: Vec<ConnectorExample>,
}

/// `transport.webhook`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Webhook {
    pub span: Span,
    pub path: Text,
    pub verify: Option<Verify>,
    pub envelope: Option<Text>,
    /// A JSON pointer.
    pub items: Option<Text>,
    pub delivery_id: Option<Spot>,
    pub event_type: Option<Spot>,
    /// Header and member.
    pub challenge: Option<(Text, Text)>,
}

/// `verify: { hmacSha256: … }` or `verify: { token: … }`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Verify {
    /// HMAC-SHA256 over the body.
    Hmac(HeaderSecret),
    /// The header is the secret.
    Token(HeaderSecret),
}

/// `{ header, prefix, secret }`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HeaderSecret {
    pub span: Span,
    pub header: Text,
    pub prefix: Option<Text>,
    pub secret: SecretRef,
}

/// `header:X-GitHub-Event` or `/json/pointer`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Spot {
    /// The header's name.
    Header(Text),
    /// A JSON pointer.
    Pointer(Text),
}

/// `transport.poll`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Poll {
    pub span: Span,
    pub address: SecretRef,
    pub path: Option<Text>,
    pub query: Vec<(Text, Scalar)>,
    pub auth: Option<HeaderSecret>,
    pub every: Duration,
    pub timeout: Option<Duration>,
    pub order: Option<Text>,
    /// JSON pointers.
    pub items: Option<Text>,
    pub delivery_id: Text,
    pub event_type: Text,
    pub time: Option<Text>,
    pub next: Option<PollNext>,
    pub since: Option<PollSince>,
    pub total: Option<Spot>,
    /// `by` and `body`.
    pub detail: Option<(Text, Option<Text>)>,
}

/// How the next page is found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum PollNext {
    /// `next: link`.
    Word(Text),
    /// `next: { at, parameter }`.
    Cursor(Text, Text),
}

/// `{ parameter, lookback, overlap }`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PollSince {
    pub span: Span,
    pub parameter: Option<Text>,
    pub lookback: Duration,
    pub overlap: Option<Duration>,
}

/// `examples[]` of a connector.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConnectorExample {
    pub span: Span,
    pub name: Text,
    pub event_type: Text,
    pub body: Text,
    pub becomes: Text,
    pub subject: Option<Text>,
    pub actor: Option<Text>,
    pub outcome: Option<Text>,
    pub occurred_at: Option<Text>,
    pub reason: Option<Text>,
}

/// `env:NAME` or `file:path`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SecretRef {
    pub span: Span,
    /// `env` or `file`.
    pub scheme: String,
    /// What stands behind the colon.
    pub name: String,
}

/// One case of a parser.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParseCase {
    pub span: Span,
    /// `eventType` or a JSON pointer, and the scalar it must equal.
    pub when: Vec<(Text, Scalar)>,
    pub ty: Text,
    pub occurred_at: Option<Extract>,
    pub actor: Option<Reference>,
    pub subject: Option<Reference>,
    pub outcome: Option<Extract>,
    pub controls: Vec<Text>,
    pub attributes: Vec<(Text, Extract)>,
}

/// `{ id, type, display }`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reference {
    pub span: Span,
    pub id: Extract,
    pub ty: Option<Text>,
    pub display: Option<Extract>,
}

/// How a value is taken from the body.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Extract {
    pub span: Span,
    pub kind: ExtractKind,
}

/// The closed set of functions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum ExtractKind {
    /// A bare `/json/pointer`.
    Pointer(String),
    /// `{ const: x }`.
    Const(Scalar),
    /// `{ coalesce: [a, b] }`: the first that is there.
    Coalesce(Vec<Extract>),
    /// `{ map: { from: /p, cases: { a: x, b: y }, default: z } }`.
    Map { from: Box<Extract>, cases: Vec<(Text, Text)>, default: Option<Text> },
    /// `{ join: [a, b], with: "/" }`.
    Join { parts: Vec<Extract>, with: Text },
}

/// `semanticRefs[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SemanticRef {
    pub span: Span,
    pub element: Text,
    pub concept: Text,
}

/// `invariants[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Invariant {
    pub span: Span,
    pub id: Text,
    pub statement: Text,
    pub severity: Text,
    /// `check: { probe, every }`.
    pub probe: Option<Text>,
    pub every: Option<Duration>,
    pub runbook: Option<Runbook>,
}

/// `runbook` of an invariant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Runbook {
    pub span: Span,
    pub blast_radius: Option<Text>,
    pub contain: Vec<Text>,
    pub preserve: Vec<Text>,
    pub diagnose: Vec<Text>,
    pub recover: Vec<Text>,
    pub approver: Option<Text>,
    pub verify: Vec<Text>,
}

/// `access.grants[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Grant {
    pub span: Span,
    pub role: Text,
    pub may: Vec<Text>,
}

/// `access.separationOfDuties[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeparationOfDuties {
    pub span: Span,
    pub rule: Text,
    pub between: Vec<Text>,
    pub fails_with: Option<Text>,
}

/// `behavior.expectations[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Expectation {
    pub span: Span,
    pub flow: Text,
    pub then: Text,
    pub within: Option<Duration>,
}

/// `reasoning`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reasoning {
    pub span: Span,
    pub rules: Vec<Text>,
    pub rounds: Option<Spanned<u64>>,
    pub triples: Option<Spanned<u64>>,
    pub time: Option<Duration>,
}
