//! What surrounds every request: correlation, panics, the body limit.

use std::panic::AssertUnwindSafe;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::{FutureExt as _, StreamExt as _};

use super::{Front, Problem};
use crate::metrics;
use crate::types::Uuid;

pub(super) static CORRELATION: HeaderName = HeaderName::from_static("x-correlation-id");

/// The id that ties a request to everything it causes.
#[derive(Debug, Clone)]
pub(super) struct CorrelationId(pub(super) String);

impl CorrelationId {
    /// The caller's, if it is a sane one, else a new one.
    fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(&CORRELATION).and_then(|value| value.to_str().ok()).filter(|text| sane(text));
        Self(given.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned))
    }
}

/// Short and of harmless characters: it goes into logs, headers and the ledger.
fn sane(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b))
}

/// Gives every request its correlation id, and every response too; a panic becomes a problem without internals.
pub(super) async fn surround(mut request: Request, next: Next) -> Response {
    let id = CorrelationId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let mut response = match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!(correlation_id = id.0, "a request panicked");
            Problem::new(500, "kernel", "internal_error", "something went wrong on our side").response(&id.0)
        }
    };
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(CORRELATION.clone(), value);
    }
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Counts requests and answers.
pub(super) async fn count(metrics: metrics::Shared, request: Request, next: Next) -> Response {
    let in_flight = metrics.request();
    let response = next.run(request).await;
    drop(in_flight);
    metrics.answered(response.status().as_u16());
    response
}

/// The whole body, if it is neither too long nor too slow.
pub(super) async fn read_body(front: &Front, headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Problem> {
    let limit = front.body_bytes;
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    match tokio::time::timeout(front.patience, collect(body, limit)).await {
        Ok(result) => result,
        Err(_) => Err(Problem::new(408, "kernel", "request_timeout", "the request body did not arrive in time")),
    }
}

async fn collect(body: Body, limit: usize) -> Result<Vec<u8>, Problem> {
    let mut chunks = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::new(400, "kernel", "unreadable_body", "the request body broke off"))?;
        if chunk.len() > limit - bytes.len() {
            return Err(too_large(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn too_large(limit: usize) -> Problem {
    Problem::new(413, "kernel", "body_too_large", "the request body is too large")
        .detail(format!("at most {limit} bytes are taken"))
}
