//! Requests with conditions (RFC 9110, section 13): versions as strong entity tags.
//!
//! `"7"` stands for version 7. Queries show it and answer 304 to a caller that has it; commands that name the version that
//! was seen take it in `If-Match`, too, and answer 412 if it has moved on. Operations without versions ignore conditions.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;

use crate::operation::{FailureKind, OperationKind, OperationSpec, Rejection};

/// The tag of what a query shows.
pub(super) fn tag(spec: &OperationSpec, output: &Value) -> Option<String> {
    let field = spec.version.filter(|_| spec.kind == OperationKind::Query)?;
    Some(format!("\"{}\"", output.get(field)?.as_i64()?))
}

/// The answer with its tag; without a body if the caller has this version.
pub(super) fn conditional(mut response: Response, headers: &HeaderMap, tag: &str) -> Response {
    if given(headers, &header::IF_NONE_MATCH).is_some_and(|tags| tags.iter().any(|it| weakly(it, tag))) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(header::CONTENT_TYPE);
    }
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    // To be kept by the caller alone, and asked for again each time: rights may have changed.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    response
}

/// Whether the version that a command's input names is one of those in `If-Match`, if there is one.
pub(super) fn holds(spec: &OperationSpec, headers: &HeaderMap, input: &impl Serialize) -> bool {
    let Some(field) = spec.version.filter(|_| spec.kind == OperationKind::Command) else { return true };
    let Some(tags) = given(headers, &header::IF_MATCH) else { return true };
    let named = serde_json::to_value(input).ok().and_then(|input| Some(format!("\"{}\"", input.get(field)?.as_i64()?)));
    // Whatever is there, there is something: the operation itself refuses if not.
    tags.iter().any(|tag| *tag == "*" || named.as_deref() == Some(tag))
}

/// The refusal of a command whose input names another version than `If-Match`.
pub(super) fn contradicted(spec: &OperationSpec) -> Rejection {
    let code = spec.code_for(FailureKind::ConcurrencyConflict);
    Rejection::stale(code, "If-Match names another version than the request itself")
}

/// The tags of a header, if it is there. What is no text matches nothing.
fn given<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Vec<&'a str>> {
    headers.contains_key(name).then(|| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        // Tags of ours have no commas.
        values.flat_map(|value| value.split(',')).map(str::trim).collect()
    })
}

/// Whether a tag is this one, or would be if it were strong: `If-None-Match` compares so.
fn weakly(given: &str, tag: &str) -> bool {
    given == "*" || given.strip_prefix("W/").unwrap_or(given) == tag
}
