//! The keys of the format, group by group. `!` marks the required ones.

use super::reader::Shape;

macro_rules! shapes {
    ($($name:ident: $what:literal = $($key:literal)*;)*) => {
        $(pub(super) const $name: Shape = Shape { what: $what, keys: &[$($key),*] };)*
    };
}

shapes! {
    FILE: "a specification" = "!sdsId" "title" "!boundedContext" "version" "owner" "!satisfiesPrds" "!satisfiesAdrs"
        "uses" "domain" "cqrs" "useCases" "ports" "adapters" "uow" "messageBus" "connectors" "semanticRefs"
        "invariants" "access" "behavior" "reasoning";
    DOMAIN: "the domain" = "entities" "valueObjects";
    ENTITY: "an entity" = "!name" "!key" "!fields" "doc";
    VALUE_OBJECT: "a value object" = "!name" "base" "pattern" "fields" "members" "doc";
    FIELD: "a field" = "!type" "optional" "unique" "default" "doc" "minLength" "maxLength" "minItems" "maxItems" "min"
        "max" "exclusiveMin" "exclusiveMax" "pattern";
    CQRS: "cqrs" = "commands" "events" "queries";
    COMMAND: "a command" = "!name" "doc" "actor" "input" "output" "effect" "policies" "failures" "idempotency"
        "concurrency" "emits";
    QUERY: "a query" = "!name" "doc" "actor" "input" "output" "effect" "policies" "failures" "idempotency"
        "concurrency" "readModel" "page";
    EFFECT: "an effect" = "creates" "mutates" "reads";
    POLICY_BINDING: "a policy binding" = "!policy" "!at" "!failsWith";
    FAILURE: "a failure" = "!code" "!for" "!meaning";
    IDEMPOTENCY: "idempotency" = "keyedBy" "notApplicable" "expiresAfter";
    CONCURRENCY: "concurrency" = "uniqueKey" "optimisticVersion";
    PAGE: "a page" = "!limit";
    EVENT: "an event" = "!name" "doc" "payload" "outbox";
    OUTBOX: "an outbox" = "!mode";
    USE_CASE: "a use case" = "!handles" "!steps";
    PERSIST: "persist" = "!entity" "set";
    STORE_BLOB: "storeBlob" = "!from" "!into" "!digest";
    APPEND_EVIDENCE: "appendEvidence" = "!type" "subject";
    CALL: "call" = "!port" "!method" "when";
    PORTS: "ports" = "inbound" "outbound";
    INBOUND: "an inbound port" = "!name" "!operations" "http";
    HTTP: "http" = "!base";
    OUTBOUND: "an outbound port" = "!name" "for" "kind";
    ADAPTER: "an adapter" = "!name" "!implements" "!kind";
    UOW: "a unit of work" = "boundary" "includes" "isolation";
    MESSAGE_BUS: "a message bus" = "stream" "routes" "retry" "deadLetter" "outbox" "consumers";
    ROUTE: "a route" = "!event" "!subject" "external";
    RETRY: "a retry" = "!max" "!backoff";
    CONSUMER: "a consumer" = "!event" "!runs" "!durable";
    CONNECTOR: "a connector" = "!name" "!transport" "redact" "!parse" "otherwise";
    TRANSPORT: "a transport" = "!webhook";
    WEBHOOK: "a webhook" = "!path" "verify" "deliveryId" "eventType";
    VERIFY: "a verification" = "!hmacSha256";
    HMAC: "hmacSha256" = "!header" "prefix" "!secret";
    PARSE_CASE: "a case" = "when" "!event";
    PARSED_EVENT: "an event" = "!type" "occurredAt" "actor" "subject" "outcome" "controls" "attributes";
    REFERENCE: "a reference" = "!id" "type" "display";
    EXTRACT: "a function" = "const" "coalesce" "map" "join" "with";
    EXTRACT_MAP: "map" = "!from" "!cases" "default";
    SEMANTIC_REF: "a semantic reference" = "!element" "!concept";
    INVARIANT: "an invariant" = "!id" "!statement" "!severity" "check" "runbook";
    CHECK: "a check" = "!probe" "every";
    RUNBOOK: "a runbook" = "blastRadius" "contain" "preserve" "diagnose" "recover" "verify";
    RECOVER: "recover" = "!steps" "approver";
    ACCESS: "access" = "grants" "separationOfDuties";
    GRANT: "a grant" = "!role" "!may";
    SEPARATION: "a separation of duties" = "!rule" "!between";
    BEHAVIOR: "behavior" = "expectations";
    EXPECTATION: "an expectation" = "!flow" "!then" "within";
    REASONING: "reasoning" = "rules" "limits";
    LIMITS: "limits" = "rounds" "triples" "time";
}
