//! From a request to an operation and back.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use async_trait::async_trait;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use super::{Front, Problem, condition, from_query, integers, json_response, rate};
use crate::auth::{Identity, Unproven};
use crate::canonical::Digest;
use crate::operation::evaluate::{self, Described, Evaluated, Undecided};
use crate::operation::pipeline::{self, Done};
use crate::operation::{Call, FailureKind, Operation, OperationKind, OperationSpec, Rejection};
use crate::trace;
use crate::validate::Violations;

/// The undecoded input: a JSON body or a query string.
pub(crate) struct RawCall<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) query: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) correlation_id: &'a str,
}

/// An operation of any type.
#[async_trait]
pub(crate) trait Endpoint: Send + Sync {
    fn spec(&self) -> OperationSpec;
    async fn call(&self, front: &Front, raw: RawCall<'_>) -> Response;
    async fn evaluate(&self, front: &Front, described: Described) -> Result<Evaluated, Undecided>;
}

pub(crate) struct Mounted<O>(Arc<O>);

impl<O> Mounted<O> {
    pub(crate) fn new(operation: O) -> Self {
        Self(Arc::new(operation))
    }
}

#[async_trait]
impl<O: Operation> Endpoint for Mounted<O> {
    fn spec(&self) -> OperationSpec {
        O::SPEC
    }

    async fn call(&self, front: &Front, raw: RawCall<'_>) -> Response {
        let correlation_id = raw.correlation_id.to_owned();
        let (metrics, begun) = (&front.services.metrics, Instant::now());
        let (context, since) = (trace::Context::of(raw.headers), SystemTime::now());
        let ended = |status, outcome: &str| {
            let model = &front.services.model_hash;
            let span = trace::of_call(&O::SPEC, (context, since), model, &correlation_id, (status, outcome));
            front.services.tracer.take(span);
        };
        match trace::within(context, self.answer(front, &raw)).await {
            Ok(done) => {
                metrics.done(&O::SPEC, done.replayed, begun.elapsed());
                ended(200, "success");
                success(&O::SPEC, &done, raw.headers)
            }
            Err(problem) => {
                metrics.refused(&O::SPEC, problem.status(), problem.code(), begun.elapsed());
                ended(problem.status(), problem.code());
                problem.response(&correlation_id)
            }
        }
    }

    async fn evaluate(&self, front: &Front, described: Described) -> Result<Evaluated, Undecided> {
        evaluate::evaluate(&self.0, &front.services, &front.bundle, described).await
    }
}

impl<O: Operation> Mounted<O> {
    async fn answer(&self, front: &Front, raw: &RawCall<'_>) -> Result<Done, Box<Problem>> {
        let spec = O::SPEC;
        let written = match spec.kind {
            OperationKind::Command => {
                check_json(&spec, raw.headers, raw.body)?;
                Written::Body(raw.body)
            }
            OperationKind::Query => Written::Query(raw.query),
        };
        let (services, bundle) = (&front.services, &*front.bundle);
        let (correlation_id, received_at) = (raw.correlation_id.to_owned(), services.clock.now());
        let caller = authenticate(front, &spec, raw.headers).await;
        if let Ok(identity) = &caller {
            rate::of_caller(front, identity)?;
        }
        let result = match (caller, written.decode()) {
            (Ok(identity), Ok(input)) if condition::holds(&spec, raw.headers, &input) => {
                let call = Call { input, identity, correlation_id, received_at };
                pipeline::run(Arc::clone(&self.0), services, bundle, call).await
            }
            (Ok(identity), decoded) => {
                let call = Call { input: written.digest(), identity, correlation_id, received_at };
                let reason = match decoded {
                    Ok(_) => condition::contradicted(&spec),
                    Err(violations) => Rejection::input(spec.code_for(FailureKind::InputValidation), violations),
                };
                Err(pipeline::refuse(&spec, services, bundle, call, reason).await)
            }
            (Err(unproven), _) => {
                let identity = Identity::anonymous();
                let call = Call { input: written.digest(), identity, correlation_id, received_at };
                Err(pipeline::refuse_caller(&spec, services, bundle, call, unproven).await)
            }
        };
        result.map_err(|rejection| {
            let problem = Problem::of(&spec, &rejection);
            let conditional = rejection.stale && raw.headers.contains_key(header::IF_MATCH);
            Box::new(if conditional { problem.of_condition() } else { problem })
        })
    }
}

/// The input as it was sent: known to be JSON or a query string, not yet known to be what the operation takes.
enum Written<'a> {
    Body(&'a [u8]),
    Query(&'a str),
}

impl Written<'_> {
    /// The typed input, or what is wrong with its shape.
    fn decode<T: DeserializeOwned>(&self) -> Result<T, Violations> {
        let wrong = |pointer: String, message: String| {
            let mut violations = Violations::new();
            violations.push(pointer, "shape", message);
            violations
        };
        match self {
            // From the bytes, not from a parsed value: that would have lost a repeated key without a word.
            Self::Body(bytes) if has_nul(bytes) => Err(wrong(String::new(), NO_NUL.to_owned())),
            Self::Query(query) if query.contains("%00") => Err(wrong(String::new(), NO_NUL.to_owned())),
            Self::Body(bytes) => {
                let plain = integers::plain(bytes);
                serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(&plain))
                    .map_err(|error| wrong(json_pointer(error.path()), error.into_inner().to_string()))
            }
            Self::Query(query) => from_query(query).map_err(|error| wrong(error.pointer, error.message)),
        }
    }

    /// What the decision says the input was.
    fn digest(&self) -> Digest {
        match self {
            Self::Body(bytes) => Digest::of(bytes),
            Self::Query(query) => Digest::of(query.as_bytes()),
        }
    }
}

/// PostgreSQL keeps no such text, and what one store takes all stores take.
const NO_NUL: &str = "a text must not contain the character U+0000";

/// Whether a JSON text spells the character: an escape after an even number of backslashes.
fn has_nul(json: &[u8]) -> bool {
    let escapes = json.windows(6).enumerate().filter(|(_, part)| *part == b"\\u0000");
    let mut before = escapes.map(|(at, _)| json[..at].iter().rev().take_while(|byte| **byte == b'\\').count());
    before.any(|backslashes| backslashes % 2 == 0)
}

fn success(spec: &OperationSpec, done: &Done, headers: &HeaderMap) -> Response {
    let mut response = json_response(200, &done.output);
    if let Some(tag) = condition::tag(spec, &done.output) {
        response = condition::conditional(response, headers, &tag);
    }
    if done.replayed {
        response.headers_mut().insert("Idempotency-Replayed", HeaderValue::from_static("true"));
    }
    if let Some(sequence) = done.sequence {
        response.headers_mut().insert("Ledger-Sequence", HeaderValue::from(sequence));
    }
    response
}

/// Whoever the token proves, or why it does not. Nobody without a token, if the operation is for everybody.
async fn authenticate(front: &Front, spec: &OperationSpec, headers: &HeaderMap) -> Result<Identity, Unproven> {
    match bearer(front, headers).await? {
        Some(identity) => Ok(identity),
        None if spec.roles.is_empty() => Ok(Identity::anonymous()),
        None => Err(Unproven::NO_TOKEN),
    }
}

/// Whoever the token proves, if there is one; or why it does not.
pub(super) async fn bearer(front: &Front, headers: &HeaderMap) -> Result<Option<Identity>, Unproven> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = given.next() else { return Ok(None) };
    let token = value.to_str().ok().and_then(|text| text.split_once(' '));
    let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let (Some(token), None) = (token, given.next()) else {
        return Err(Unproven::MALFORMED);
    };
    front.verifier.verify(token).await.map(Some).map_err(|error| {
        tracing::info!(%error, "a token was refused");
        Unproven::of(&error)
    })
}

/// The body is JSON, of whatever shape.
fn check_json(spec: &OperationSpec, headers: &HeaderMap, body: &[u8]) -> Result<(), Box<Problem>> {
    if !is_json(headers) {
        let title = "the request body must be JSON";
        let problem = Problem::new(415, spec.context, "unsupported_media_type", title);
        return Err(problem.detail("send Content-Type: application/json").into());
    }
    serde_json::from_slice::<serde::de::IgnoredAny>(body).map(drop).map_err(|error| {
        Problem::new(400, spec.context, "malformed_body", "the request body is not JSON")
            .detail(error.to_string())
            .error(String::new(), "syntax", error.to_string())
            .into()
    })
}

/// `application/json` or `application/…+json`, with any parameters; nothing at all is taken for JSON, too.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return true };
    let media_type = value.to_str().unwrap_or("").split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    media_type == "application/json" || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

/// serde's path as a JSON pointer (RFC 6901).
pub(crate) fn json_pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::has_nul;

    #[test]
    fn only_an_escape_that_is_one_spells_the_character() {
        // After one, two and three backslashes.
        for (json, expected) in
            [(r#""a\u0000b""#, true), (r#""a\\u0000b""#, false), (r#""a\\\u0000b""#, true), (r#""u0000""#, false)]
        {
            assert_eq!(has_nul(json.as_bytes()), expected, "{json}");
        }
    }
}
