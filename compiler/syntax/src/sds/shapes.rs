//! The table of keys, group by group: the reader reads by it, the JSON Schema is made from it.

use super::shape::{Shape, Ty, may, must};
use super::words;

macro_rules! shapes {
    ($($name:ident: $what:literal = [$($key:expr),* $(,)?];)*) => {
        $(#[doc = $what] pub static $name: Shape = Shape { name: stringify!($name), what: $what, keys: &[$($key),*] };)*
    };
}

use Ty::{
    Count, Duration, Either, Expression, Extract, Flag, Free, Header, List, Map, OneKey, Pointer, Scalar, Secret, Text,
    Type, Word,
};

const TEXTS: Ty = List(&Text);
const TEXT_OR_TEXTS: Ty = Either(&Text, &List(&Text));
const FIELDS: Ty = Free(&Either(&Type, &Map(&FIELD)));

shapes! {
    FILE: "a specification" = [
        must("sdsId", Text, "`SDS-###`; no other design has it."),
        may("title", Text, "What people call the context."),
        must("boundedContext", Text, "The slug of the context, equal to its folder; the namespace is `system.<slug>`."),
        may("version", Text, "The version of this design.").or("\"0.0.0\""),
        may("owner", Text, "Who answers for it."),
        must("satisfiesPrds", TEXTS, "Ids of the requirements this design answers."),
        must("satisfiesAdrs", TEXTS, "Ids of the decisions it follows."),
        may("uses", TEXTS, "Contexts whose exported concepts may be named here, as `context.Name`."),
        may("domain", Map(&DOMAIN), "Types that the SEA model does not declare."),
        may("cqrs", Map(&CQRS), "Commands, queries and events that the SEA model does not declare."),
        may("useCases", List(&Map(&USE_CASE)), "What operations do, step by step."),
        may("ports", Map(&PORTS), "What callers see, and what the context needs from elsewhere."),
        may("adapters", List(&Map(&ADAPTER)), "What answers the outbound ports; exactly one each."),
        may("uow", Map(&UOW), "The unit of work."),
        may("messageBus", Map(&MESSAGE_BUS), "Where events go, and what reacts to them."),
        may("connectors", List(&Map(&CONNECTOR)), "Where evidence comes from, and how it is read."),
        may("semanticRefs", List(&Map(&SEMANTIC_REF)), "What elements mean in vocabularies of others."),
        may("invariants", List(&Map(&INVARIANT)), "What must always hold, and what people do when it does not."),
        may("access", Map(&ACCESS), "Who may do what besides the actors of operations."),
        may("behavior", Map(&BEHAVIOR), "What is expected to follow what."),
        may("reasoning", Map(&REASONING), "Rules that derive facts, and their limits."),
        may("evolution", Map(&EVOLUTION), "How what was released becomes what is declared now."),
    ];
    DOMAIN: "the domain" = [
        may("entities", List(&Map(&ENTITY)), "Things with identity and state."),
        may("valueObjects", List(&Map(&VALUE_OBJECT)), "Strings of a certain form, records and enums."),
    ];
    ENTITY: "an entity" = [
        must("name", Text, "Its name, unique in the context."),
        must("key", Text, "The field that tells one from another: a required `uuid` or `string`."),
        must("fields", FIELDS, "Its state: a type by name, or more about the field."),
        may("doc", Text, "What it is; travels into everything that is generated."),
    ];
    VALUE_OBJECT: "a value object" = [
        must("name", Text, "Its name, unique in the context."),
        may("base", Type, "The type it wraps.").or("\"string\""),
        may("pattern", Text, "A linear-time regular expression that its text matches."),
        may("fields", FIELDS, "Makes it a record."),
        may("members", Either(&List(&Text), &Free(&Text)), "Makes it an enum: names, or names with their text on the wire."),
        may("doc", Text, "What it is."),
    ];
    FIELD: "a field" = [
        must("type", Type, "`string int decimal bool timestamp uuid bytes json`, `quantity<Unit>`, `ref<Entity>`, `list<T>` or a declared type."),
        may("optional", Flag, "Whether it may be absent; a `?` behind the type says the same.").or("false"),
        may("unique", Flag, "Whether no two entities have the same value.").or("false"),
        may("default", Scalar, "Taken if none is given."),
        may("doc", Text, "What it is."),
        may("minLength", Scalar, "Fewest characters."),
        may("maxLength", Scalar, "Most characters."),
        may("minItems", Scalar, "Fewest items."),
        may("maxItems", Scalar, "Most items."),
        may("min", Scalar, "Smallest value."),
        may("max", Scalar, "Largest value."),
        may("exclusiveMin", Scalar, "Every value is larger."),
        may("exclusiveMax", Scalar, "Every value is smaller."),
        may("pattern", Scalar, "A linear-time regular expression, searched for anywhere in the text."),
    ];
    CQRS: "cqrs" = [
        may("commands", List(&Map(&COMMAND)), "Operations that change state."),
        may("events", List(&Map(&EVENT)), "What can have happened."),
        may("queries", List(&Map(&QUERY)), "Operations that do not."),
    ];
    COMMAND: "a command" = [
        must("name", Text, "Its name, unique in the context."),
        may("doc", Text, "What it is for."),
        may("actor", Text, "The role that may call it; `anonymous` is anybody."),
        may("input", FIELDS, "What it takes."),
        may("output", FIELDS, "What it answers with."),
        may("effect", Map(&EFFECT), "What it does to state."),
        may("policies", List(&Map(&POLICY_BINDING)), "What governs it."),
        may("failures", List(&Map(&FAILURE)), "How it can fail; every path has one code."),
        may("idempotency", Either(&Word(&["inherent"]), &Map(&IDEMPOTENCY)), "How a repeated call is recognised."),
        may("concurrency", Either(&Word(&["readSnapshot"]), &OneKey(&CONCURRENCY)), "How a concurrent call is recognised."),
        may("emits", TEXTS, "Events it publishes."),
    ];
    QUERY: "a query" = [
        must("name", Text, "Its name, unique in the context."),
        may("doc", Text, "What it is for."),
        may("actor", Text, "The role that may call it; `anonymous` is anybody."),
        may("input", FIELDS, "What it takes; fields named like those of the rows are filters."),
        may("output", FIELDS, "What it answers with; one list holds the rows."),
        may("effect", Map(&EFFECT), "What it reads, if it reads one entity."),
        may("policies", List(&Map(&POLICY_BINDING)), "What governs it."),
        may("failures", List(&Map(&FAILURE)), "How it can fail; every path has one code."),
        may("idempotency", Either(&Word(&["inherent"]), &Map(&IDEMPOTENCY)), "How a repeated call is recognised."),
        may("concurrency", Either(&Word(&["readSnapshot"]), &OneKey(&CONCURRENCY)), "How a concurrent call is recognised."),
        may("readModel", Text, "What it lists: an entity, or `Ledger`."),
        may("page", Map(&PAGE), "How much it answers at once."),
    ];
    EFFECT: "an effect" = [
        may("creates", TEXT_OR_TEXTS, "The entity it makes."),
        may("mutates", TEXT_OR_TEXTS, "The entity it changes; the input names its key."),
        may("reads", TEXT_OR_TEXTS, "The entity it reads; the input names its key."),
    ];
    POLICY_BINDING: "a policy binding" = [
        must("policy", Text, "The policy."),
        must("at", Word(words::STAGES), "When it is decided."),
        must("failsWith", Text, "The declared failure that answers a violation."),
    ];
    FAILURE: "a failure" = [
        must("code", Text, "What callers see."),
        must("for", List(&Word(words::FAILURE_KINDS)), "The kinds of failure it stands for."),
        must("meaning", Text, "What it tells the caller."),
    ];
    IDEMPOTENCY: "idempotency" = [
        may("keyedBy", TEXT_OR_TEXTS, "Fields of the input that a repeated call has in common."),
        may("notApplicable", Text, "Why a repetition needs no recognition."),
        may("expiresAfter", Duration, "For how long the answer is kept; for ever if not written."),
    ];
    CONCURRENCY: "concurrency" = [
        may("uniqueKey", Text, "No two entities hold the same value of this field."),
        may("optimisticVersion", Text, "The field with the version that the caller has seen."),
    ];
    PAGE: "a page" = [must("limit", Count, "Most rows in one answer.")];
    EVENT: "an event" = [
        must("name", Text, "Its name, unique in the context."),
        may("doc", Text, "What has happened."),
        may("payload", FIELDS, "What it tells."),
        may("outbox", Map(&OUTBOX), "How it reaches the bus."),
    ];
    OUTBOX: "an outbox" = [
        must("mode", Word(words::OUTBOX_MODES), "`required`: it is written in the transaction that publishes."),
    ];
    USE_CASE: "a use case" = [
        must("handles", Text, "The operation."),
        must("steps", List(&Either(&Word(BARE_STEPS), &OneKey(&STEP))), "In order; `authorize` and `validate` come first."),
    ];
    STEP: "a step with one key" = [
        may("storeBlob", Map(&STORE_BLOB), "Stores bytes of the input by their digest, before the transaction."),
        may("persist", Either(&Text, &Map(&PERSIST)), "Writes the entity of the effect."),
        may("appendEvidence", Map(&APPEND_EVIDENCE), "Appends the entry of this operation to the ledger."),
        may("publish", Text, "Puts an event into the outbox."),
        may("call", Map(&CALL), "Leaves for a port."),
    ];
    PERSIST: "persist" = [
        must("entity", Text, "The entity of the effect."),
        may("set", Free(&Expression), "Values of fields that nothing else gives."),
    ];
    STORE_BLOB: "storeBlob" = [
        must("from", Text, "The field of the input with the bytes."),
        must("into", Text, "The port."),
        must("digest", Text, "The name under which the digest is known afterwards."),
    ];
    APPEND_EVIDENCE: "appendEvidence" = [
        must("type", Text, "The type of the entry."),
        may("subject", Text, "The field with the id of what it was done to."),
    ];
    CALL: "call" = [
        must("port", Text, "The port."),
        must("method", Text, "Its method."),
        may("when", Expression, "Only if this holds."),
    ];
    PORTS: "ports" = [
        may("inbound", List(&Map(&INBOUND)), "What callers use."),
        may("outbound", List(&Map(&OUTBOUND)), "What the context needs from elsewhere."),
    ];
    INBOUND: "an inbound port" = [
        must("name", Text, "Its name."),
        must("operations", TEXTS, "What it exposes."),
        may("http", Map(&HTTP), "How it is reached over HTTP."),
    ];
    HTTP: "http" = [must("base", Text, "The path in front of those of the operations.")];
    OUTBOUND: "an outbound port" = [
        must("name", Text, "Its name."),
        may("for", Text, "The entity that a repository keeps."),
        may("kind", Word(words::PORT_KINDS), "What is behind it; a repository, if there is `for`."),
    ];
    ADAPTER: "an adapter" = [
        must("name", Text, "Its name."),
        must("implements", Text, "The outbound port it answers."),
        must("kind", Word(words::ADAPTER_KINDS), "With what: a table, or content-addressed objects."),
    ];
    UOW: "a unit of work" = [
        may("boundary", Word(words::BOUNDARIES), "What is one transaction.").or("\"command\""),
        may("includes", List(&Word(words::INCLUDES)), "What it spans."),
        may("isolation", Word(words::ISOLATIONS), "How units are kept apart.").or("\"serializable\""),
    ];
    MESSAGE_BUS: "a message bus" = [
        may("stream", Text, "The stream of this context."),
        may("routes", List(&Map(&ROUTE)), "Where each event is published."),
        may("retry", Map(&RETRY), "How often a consumer is tried again."),
        may("deadLetter", Text, "The subject for what could not be consumed."),
        may("outbox", Map(&OUTBOX), "How events reach the bus."),
        may("consumers", List(&Map(&CONSUMER)), "What reacts to events."),
    ];
    ROUTE: "a route" = [
        must("event", Text, "The event."),
        must("subject", Text, "Where it is published; no other event has the same."),
        may("external", Flag, "It is meant for consumers that no spec of ours describes.").or("false"),
    ];
    RETRY: "a retry" = [
        must("max", Count, "How often, after the first time."),
        must("backoff", List(&Duration), "How long to wait each time; the last one repeats."),
    ];
    CONSUMER: "a consumer" = [
        must("event", Text, "The event; `context.Event` for one of another context."),
        must("runs", Text, "The operation it runs."),
        must("durable", Text, "The name under which the bus remembers what it has seen."),
    ];
    CONNECTOR: "a connector" = [
        must("name", Text, "Its name."),
        must("transport", Map(&TRANSPORT), "How deliveries arrive."),
        may("redact", List(&Pointer), "What must not be kept; `*` stands for every item of a list."),
        must("parse", List(&Map(&PARSE_CASE)), "How a delivery is read: the first case that applies."),
        may("otherwise", Word(words::OTHERWISE), "What becomes of the others.").or("\"unclassified\""),
    ];
    TRANSPORT: "a transport" = [must("webhook", Map(&WEBHOOK), "Deliveries pushed over HTTP.")];
    WEBHOOK: "a webhook" = [
        must("path", Text, "The path it listens on."),
        may("verify", Map(&VERIFY), "How a delivery proves where it comes from."),
        may("deliveryId", Header, "The header with the id of the delivery."),
        may("eventType", Header, "The header with the type of the event."),
    ];
    VERIFY: "a verification" = [must("hmacSha256", Map(&HMAC), "HMAC-SHA256 over the raw body.")];
    HMAC: "hmacSha256" = [
        must("header", Text, "The header with the signature."),
        may("prefix", Text, "What stands in front of its hex digits.").or("\"\""),
        must("secret", Secret, "Where the secret is found; never the secret itself."),
    ];
    PARSE_CASE: "a case" = [
        may("when", Free(&Scalar), "`eventType` or JSON pointers, and what they must equal."),
        must("event", Map(&PARSED_EVENT), "What it becomes."),
    ];
    PARSED_EVENT: "an event" = [
        must("type", Text, "The type of the evidence."),
        may("occurredAt", Extract, "When it happened; when it arrived, if not written."),
        may("actor", Map(&REFERENCE), "Who did it."),
        may("subject", Map(&REFERENCE), "What it was done to."),
        may("outcome", Extract, "How it ended."),
        may("controls", TEXTS, "The controls it speaks to."),
        may("attributes", Free(&Extract), "What else is kept."),
    ];
    REFERENCE: "a reference" = [
        must("id", Extract, "Its id there."),
        may("type", Text, "What kind of thing it is."),
        may("display", Extract, "How people call it."),
    ];
    EXTRACT: "a function" = [
        may("const", Scalar, "This value."),
        may("coalesce", List(&Extract), "The first that is there."),
        may("map", Map(&EXTRACT_MAP), "By a table."),
        may("join", List(&Extract), "Parts, with the text of `with` between them."),
        may("with", Text, "What stands between the parts of `join`."),
    ];
    EXTRACT_MAP: "map" = [
        must("from", Extract, "What is looked up."),
        must("cases", Free(&Text), "The table."),
        may("default", Text, "For everything else."),
    ];
    SEMANTIC_REF: "a semantic reference" = [
        must("element", Text, "An element of this context."),
        must("concept", Text, "The concept it stands for."),
    ];
    INVARIANT: "an invariant" = [
        must("id", Text, "`INV-…`, unique."),
        must("statement", Text, "What holds, in words."),
        must("severity", Word(words::SEVERITIES), "How bad it is if it does not."),
        may("check", Map(&CHECK), "What checks it."),
        may("runbook", Map(&RUNBOOK), "What people do when it does not hold."),
    ];
    CHECK: "a check" = [
        must("probe", Text, "What is run."),
        may("every", Duration, "How often."),
    ];
    RUNBOOK: "a runbook" = [
        may("blastRadius", Text, "What is affected."),
        may("contain", TEXTS, "How to keep it from growing."),
        may("preserve", TEXTS, "What to save before it is lost."),
        may("diagnose", TEXTS, "How to find the cause."),
        may("recover", Map(&RECOVER), "How to come back."),
        may("verify", TEXTS, "How to know that it holds again."),
    ];
    RECOVER: "recover" = [
        must("steps", TEXTS, "In order."),
        may("approver", Text, "The role that has to agree."),
    ];
    ACCESS: "access" = [
        may("grants", List(&Map(&GRANT)), "Further operations a role may call."),
        may("separationOfDuties", List(&Map(&SEPARATION)), "Operations that one person may not both call."),
    ];
    GRANT: "a grant" = [
        must("role", Text, "The role."),
        must("may", TEXTS, "The operations."),
    ];
    SEPARATION: "a separation of duties" = [
        must("rule", Text, "In words."),
        must("between", TEXTS, "The operations."),
    ];
    BEHAVIOR: "behavior" = [may("expectations", List(&Map(&EXPECTATION)), "What follows what.")];
    EXPECTATION: "an expectation" = [
        must("flow", Text, "The flow that is observed."),
        must("then", Text, "The flow that has to follow."),
        may("within", Duration, "How soon, at the latest."),
    ];
    EVOLUTION: "evolution" = [
        may("renames", Free(&Text), "The new name of an `Entity` or an `Entity.field`, by the one it was released with."),
        may("backfill", Free(&Scalar), "What an `Entity.field` is where what is kept has no value for it."),
        may("accepts", List(&Map(&ACCEPTED)), "What may be lost or broken."),
        may("splits", List(&Map(&SPLIT)), "Entities that were part of another one."),
    ];
    ACCEPTED: "an accepted change" = [
        must("change", Text, "The `Entity`, `Entity.field` or event that is gone or has changed."),
        must("reason", Text, "Why that is right, for those who ask later."),
    ];
    SPLIT: "a split" = [
        must("from", Text, "The entity it was part of."),
        must("into", Text, "The entity it is now."),
        must("fields", Free(&Text), "For each of its fields, the field it was."),
    ];
    REASONING: "reasoning" = [
        may("rules", TEXTS, "The rules."),
        may("limits", Map(&LIMITS), "When to stop."),
    ];
    LIMITS: "limits" = [
        may("rounds", Count, "Most rounds."),
        may("triples", Count, "Most facts."),
        may("time", Duration, "Longest time."),
    ];
}

/// Steps without arguments.
pub(super) const BARE_STEPS: &[&str] = &["authorize", "validate"];

/// Every step there is.
pub(super) fn steps() -> Vec<&'static str> {
    BARE_STEPS.iter().copied().chain(STEP.known()).collect()
}
