//! OpenAPI 3.1: the HTTP surface of a context, made from its contract.

use crate::json_types::{JsonTypes, described, object};
use crate::scope::Scope;
use crate::version;
use seac_model::{Context, Effect, FailureKind, Http, Idempotency, Method, Operation, TypeId};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A way in which operations are refused, whatever they declare.
struct Refusal {
    /// Its name among the shared responses.
    name: &'static str,
    status: u16,
    meaning: &'static str,
    /// Whether only what has a body is refused so.
    of_body: bool,
}

impl Refusal {
    const fn new(name: &'static str, status: u16, meaning: &'static str) -> Self {
        Self { name, status, meaning, of_body: false }
    }

    const fn of_body(self) -> Self {
        Self { of_body: true, ..self }
    }
}

const EVERYWHERE: &[Refusal] = &[
    Refusal::new("MalformedBody", 400, "`malformed_body`: the request is not JSON").of_body(),
    Refusal::new("Unauthenticated", 401, "`unauthenticated`: the token is missing or not valid"),
    Refusal::new("RequestTimeout", 408, "`request_timeout`: the body did not arrive in time").of_body(),
    Refusal::new("BodyTooLarge", 413, "`body_too_large`: the body is larger than this cell accepts").of_body(),
    Refusal::new("UnsupportedMediaType", 415, "`unsupported_media_type`: the body is not sent as JSON").of_body(),
    Refusal::new("TooManyRequests", 429, "`too_many_requests`: from this address, or of this caller; try again later"),
    Refusal::new("Unavailable", 503, "`unavailable` or `store_unavailable`: nothing was done; try again"),
];
/// How a list refuses `after`.
const INVALID_CURSOR: &str = "`invalid_cursor`: `after` was not given out for this question";
const CORRELATION: &str = "X-Correlation-Id";
const REPLAYED: &str = "Idempotency-Replayed";
const SEQUENCE: &str = "Ledger-Sequence";
const VERSION: &str = "ETag";
const RETRY: &str = "Retry-After";
/// What all texts have in common, and no schema says.
const ABOUT: &str = "Texts must not contain the character U+0000. Decimal numbers have at most 28 digits.";

/// Whether a context has a document: it exposes something.
pub fn is_wanted(context: &Context) -> bool {
    context.operations.values().any(|operation| operation.http.is_some())
}

/// The document of a context; none if it exposes nothing.
pub fn emit(scope: &Scope<'_>) -> Option<Value> {
    document(scope).map(|(document, _)| document)
}

/// As [`emit`], with the types that it names.
pub fn document(scope: &Scope<'_>) -> Option<(Value, BTreeSet<TypeId>)> {
    let Scope { slug, context, .. } = *scope;
    let exposed: Vec<(&String, &Operation, &Http)> = context
        .operations
        .iter()
        .filter_map(|(name, operation)| operation.http.as_ref().map(|http| (name, operation, http)))
        .collect();
    if exposed.is_empty() {
        return None;
    }
    let mut schemas = Schemas { scope, types: JsonTypes::new(scope, "#/components/schemas/", true) };
    let mut paths = Map::new();
    for (name, operation, http) in exposed {
        let method = if http.method == Method::Get { "get" } else { "post" };
        paths.insert(http.path.clone(), object([(method, schemas.operation(slug, name, operation))]));
    }
    let reached = schemas.types.reached();
    schemas.types.done.insert("Problem".to_owned(), problem());
    let components = object([
        ("schemas", schemas.types.done.into_iter().collect()),
        ("headers", headers()),
        ("responses", refusals()),
        ("securitySchemes", json!({ "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } })),
    ]);
    let document = object([
        ("openapi", json!("3.1.0")),
        ("info", json!({ "title": context.title, "version": context.version, "description": ABOUT })),
        ("paths", Value::Object(paths)),
        ("components", components),
    ]);
    Some((document, reached))
}

/// The document as text, as it is written to disk.
pub fn text(document: &Value) -> String {
    format!("{document:#}\n")
}

struct Schemas<'a> {
    scope: &'a Scope<'a>,
    types: JsonTypes<'a>,
}

impl Schemas<'_> {
    fn operation(&mut self, slug: &str, name: &str, operation: &Operation) -> Value {
        let mut value = Map::new();
        value.insert("operationId".to_owned(), json!(format!("{slug}.{name}")));
        if let Some(intent) = &operation.intent {
            value.insert("summary".to_owned(), json!(intent));
        }
        value.insert("tags".to_owned(), json!([operation.http.as_ref().map(|http| http.port.clone())]));
        if !operation.roles.is_empty() {
            let roles: Vec<String> = operation.roles.iter().map(TypeId::to_string).collect();
            value.insert("security".to_owned(), json!([{ "bearer": [] }]));
            value.insert("description".to_owned(), json!(format!("Callers hold one of: {}.", roles.join(", "))));
        }
        let asks = operation.http.as_ref().is_some_and(|http| http.method == Method::Get);
        let condition = version::field(self.scope, operation).map(|field| condition(asks, field));
        match asks {
            true => {
                let own = self.parameters(operation);
                value.insert("parameters".to_owned(), own.into_iter().chain(condition).collect());
            }
            false => {
                if let Some(condition) = condition {
                    value.insert("parameters".to_owned(), json!([condition]));
                }
                let schema = self.types.reference(&operation.input);
                let body = object([("required", json!(true)), ("content", as_json(schema))]);
                value.insert("requestBody".to_owned(), body);
            }
        }
        value.insert("responses".to_owned(), self.responses(operation));
        Value::Object(value)
    }

    fn parameters(&mut self, operation: &Operation) -> Vec<Value> {
        let fields = self.scope.record(&operation.input).map(|record| &record.fields);
        fields
            .into_iter()
            .flatten()
            .map(|field| {
                let parameter = object([
                    ("name", json!(field.name)),
                    ("in", json!("query")),
                    ("required", json!(!field.optional && field.default.is_none())),
                    ("schema", self.types.field(field)),
                ]);
                described(parameter, field.doc.as_deref())
            })
            .collect()
    }

    fn takes(&self, operation: &Operation, field: &str) -> bool {
        self.scope.record(&operation.input).is_some_and(|input| input.fields.iter().any(|known| known.name == field))
    }

    fn responses(&mut self, operation: &Operation) -> Value {
        let schema = self.types.reference(&operation.output);
        let mut headers = Map::new();
        headers.insert(CORRELATION.to_owned(), shared("headers", CORRELATION));
        if let Idempotency::KeyedBy { .. } = &operation.idempotency {
            headers.insert(REPLAYED.to_owned(), shared("headers", REPLAYED));
        }
        let asks = operation.http.as_ref().is_some_and(|http| http.method == Method::Get);
        if !asks {
            headers.insert(SEQUENCE.to_owned(), shared("headers", SEQUENCE));
        }
        let versioned = version::field(self.scope, operation).is_some();
        let mut responses = Map::new();
        if asks && versioned {
            headers.insert(VERSION.to_owned(), shared("headers", VERSION));
            let headers =
                object([(VERSION, shared("headers", VERSION)), (CORRELATION, shared("headers", CORRELATION))]);
            let same = [("description", json!("The version that the caller has")), ("headers", headers)];
            responses.insert("304".to_owned(), object(same));
        }
        let done = [("description", json!("Done")), ("headers", Value::Object(headers)), ("content", as_json(schema))];
        responses.insert("200".to_owned(), object(done));
        let mut by_status: BTreeMap<u16, BTreeSet<String>> = BTreeMap::new();
        for (code, failure) in &operation.failures.declared {
            for kind in &failure.kinds {
                let line = format!("`{code}`: {}", failure.meaning);
                if versioned && !asks && *kind == FailureKind::ConcurrencyConflict {
                    by_status.entry(412).or_default().insert(format!("{line}, if `If-Match` was sent"));
                }
                by_status.entry(status(*kind)).or_default().insert(line);
            }
        }
        if matches!(operation.effect, Effect::ListsEntities { .. }) && self.takes(operation, "after") {
            by_status.entry(400).or_default().insert(INVALID_CURSOR.to_owned());
        }
        let possible = || EVERYWHERE.iter().filter(|refusal| !(asks && refusal.of_body));
        for refusal in possible() {
            by_status.entry(refusal.status).or_default().insert(refusal.meaning.to_owned());
        }
        for (status, lines) in by_status {
            let response = match possible().find(|refusal| refusal.status == status && lines.len() == 1) {
                Some(common) => shared("responses", common.name),
                None => refusal(&lines.into_iter().collect::<Vec<_>>().join("; ")),
            };
            responses.insert(status.to_string(), response);
        }
        Value::Object(responses)
    }
}

/// The header by which a caller says which version it knows.
fn condition(asks: bool, field: &str) -> Value {
    let (name, says) = match asks {
        true => ("If-None-Match", "Versions that the caller has: `304` if one of them is still there.".to_owned()),
        false => ("If-Match", format!("The version that was seen, which `{field}` in the body names, too.")),
    };
    let mut schema = json!({ "type": "string" });
    if !asks {
        schema["pattern"] = json!(r#"^(\*|"-?[0-9]{1,18}")$"#);
    }
    json!({ "name": name, "in": "header", "required": false, "description": says, "schema": schema })
}

/// The content of a body whose schema is this.
fn as_json(schema: Value) -> Value {
    object([("application/json", object([("schema", schema)]))])
}

/// What stands among the components once for all operations.
fn shared(kind: &str, name: &str) -> Value {
    object([("$ref", Value::from(format!("#/components/{kind}/{name}")))])
}

fn headers() -> Value {
    json!({
        CORRELATION: { "description": "Names the call in logs and in the ledger", "schema": { "type": "string" } },
        REPLAYED: {
            "description": "`true` if this is the answer to an earlier call with the same key",
            "schema": { "type": "string" },
        },
        RETRY: {
            "description": "After how many seconds to come back",
            "schema": { "type": "integer", "minimum": 1 },
        },
        VERSION: { "description": "The version, in quotes", "schema": { "type": "string" } },
        SEQUENCE: {
            "description": "Where the call stands in the ledger; absent from the answer to a repeated call",
            "schema": { "type": "integer", "format": "int64", "minimum": 1 },
        },
    })
}

fn refusals() -> Value {
    let answer = |it: &Refusal| {
        let mut answer = refusal(it.meaning);
        if it.status == 429 {
            answer["headers"] = object([(RETRY, shared("headers", RETRY))]);
        }
        answer
    };
    EVERYWHERE.iter().map(|it| (it.name, answer(it))).collect()
}

fn refusal(description: &str) -> Value {
    let content = json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
    json!({ "description": description, "content": content })
}

/// The status that a kind of failure is answered with; the kernel keeps the same table.
fn status(kind: FailureKind) -> u16 {
    match kind {
        FailureKind::InputValidation => 422,
        FailureKind::Policy => 403,
        FailureKind::MissingState => 404,
        FailureKind::IdempotencyConflict | FailureKind::ConcurrencyConflict => 409,
        FailureKind::Dependency => 503,
    }
}

/// RFC 9457, with the members every answer of the kernel has.
fn problem() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457 problem details",
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "code": { "type": "string", "description": "The declared failure" },
            "correlation_id": { "type": "string" },
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "pointer": { "type": "string" },
                        "rule": { "type": "string" },
                        "message": { "type": "string" },
                    },
                },
            },
        },
        "required": ["type", "title", "status", "code"],
    })
}
