//! Outbound ports over HTTP: JSON out and in, problem details (RFC 9457) as declared failures, attempts with an end.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answer::{self, Failed};
use super::{Destination, Outgoing};
use crate::http::Reply;
use crate::operation::{FailureKind, OperationKind, OperationSpec, Rejection};
use crate::trace;
use crate::validate::Validate;

/// No answer may be larger: what is answered goes into the ledger.
const ANSWER_BYTES: usize = 1024 * 1024;

/// An outbound port that is answered over HTTP.
#[derive(Debug, Clone, Copy)]
pub struct HttpAdapter {
    /// Context and port, as in the configuration: `billing.payments`.
    pub port: &'static str,
    /// How long one attempt may take, the answer included.
    pub timeout: Duration,
    /// How long to wait before each further attempt; none if there is to be only one.
    pub backoff: &'static [Duration],
}

impl HttpAdapter {
    /// Asks the destination to carry out an operation: commands by `POST`, queries by `GET`. Attempts without an answer are
    /// repeated, which the contract of every operation allows: it has a key, or doing it twice is doing it once.
    ///
    /// # Errors
    /// A declared failure of the operation, or its dependency failure if there is no answer that its contract knows.
    pub async fn call<I: Serialize, O: DeserializeOwned + Validate>(
        &self,
        spec: &OperationSpec,
        path: &str,
        input: &I,
        outgoing: &Outgoing<'_>,
    ) -> Result<O, Rejection> {
        let Some(destination) = outgoing.services.destinations.get(self.port) else {
            tracing::error!(port = self.port, "the port has no address");
            return Err(unanswered(spec));
        };
        let input = serde_json::to_value(input).map_err(|e| Rejection::internal(e.to_string()))?;
        let mut pauses = self.backoff.iter();
        loop {
            let request = request(destination, spec.kind, path, &input, outgoing)?;
            let failed = match tokio::time::timeout(self.timeout, attempt(outgoing, request)).await {
                Ok(Ok(reply)) => match answer::read(spec, reply.status, &reply.body) {
                    Ok(answer) => return answer,
                    Err(failed) => failed,
                },
                Ok(Err(failed)) => failed,
                Err(_) => Failed::passing(format!("no answer within {:?}", self.timeout)),
            };
            tracing::warn!(port = self.port, path, reason = failed.reason, "an outbound call failed");
            match pauses.next().filter(|_| failed.passes) {
                Some(pause) => tokio::time::sleep(*pause).await,
                None => return Err(unanswered(spec)),
            }
        }
    }
}

/// Nothing is known of what was done elsewhere.
fn unanswered(spec: &OperationSpec) -> Rejection {
    let code = spec.code_for(FailureKind::Dependency);
    Rejection::dependency(code, spec.meaning_of(code, FailureKind::Dependency))
}

async fn attempt(outgoing: &Outgoing<'_>, request: Request<Body>) -> Result<Reply, Failed> {
    outgoing.services.destinations.caller().send(request, ANSWER_BYTES).await.map_err(Failed::passing)
}

fn request(
    destination: &Destination,
    kind: OperationKind,
    path: &str,
    input: &serde_json::Value,
    outgoing: &Outgoing<'_>,
) -> Result<Request<Body>, Rejection> {
    let url = format!("{}/{path}", destination.url.trim_end_matches('/'));
    let request = match kind {
        OperationKind::Command => Request::post(url).header(header::CONTENT_TYPE, "application/json"),
        OperationKind::Query => Request::get(format!("{url}?{}", query(input))),
    };
    let mut request = request
        .header(header::ACCEPT, "application/json, application/problem+json")
        .header("x-correlation-id", outgoing.correlation_id);
    if let Some(span) = trace::current() {
        request = request.header(trace::HEADER, span.header());
    }
    if let Some(key) = &outgoing.key {
        // Keys are texts of callers: what a header cannot carry is sent as its digest.
        let plain = key.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        let key = if plain { key.clone() } else { crate::canonical::Digest::of(key.as_bytes()).to_hex() };
        request = request.header("idempotency-key", key);
    }
    if let Some(secret) = &destination.token {
        let token = secret.text().map_err(|error| {
            tracing::error!(%error, "the token of an outbound port cannot be read");
            Rejection::dependency("unavailable", "a service that this needs cannot be called")
        })?;
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let body = match kind {
        OperationKind::Command => Body::from(input.to_string()),
        OperationKind::Query => Body::empty(),
    };
    request.body(body).map_err(|e| Rejection::internal(e.to_string()))
}

/// The query string that [`crate::http`] reads as this input: lists repeat a name, dots name members.
fn query(input: &serde_json::Value) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    pairs("", input, &mut |name, value| {
        text.append_pair(name, value);
    });
    text.finish()
}

fn pairs(name: &str, value: &serde_json::Value, add: &mut impl FnMut(&str, &str)) {
    use serde_json::Value;
    match value {
        Value::Null => {}
        Value::String(text) => add(name, text),
        Value::Bool(_) | Value::Number(_) => add(name, &value.to_string()),
        Value::Array(items) => items.iter().for_each(|item| pairs(name, item, add)),
        Value::Object(members) => {
            for (member, value) in members {
                let name = if name.is_empty() { member.clone() } else { format!("{name}.{member}") };
                pairs(&name, value, add);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_as_what_was_asked() {
        let asked =
            serde_json::json!({ "a": "x y&z", "b": [1, 2], "c": { "amount": "1.5", "unit": "EUR" }, "d": null });
        assert_eq!(query(&asked), "a=x+y%26z&b=1&b=2&c.amount=1.5&c.unit=EUR");
    }
}
