//! Problem details (RFC 9457).

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

use crate::operation::{FailureKind, OperationSpec, Rejection};
use crate::validate::Violations;

/// One entry of a problem's `errors`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProblemError {
    /// Where, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// Which rule is broken.
    pub rule: String,
    /// What is expected.
    pub message: String,
}

/// An error on the way to the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: u16,
    context: &'static str,
    title: &'static str,
    code: String,
    detail: String,
    errors: Vec<ProblemError>,
    /// After how many seconds to come back.
    retry_after: Option<u64>,
}

/// Members as RFC 9457 has them; `code`, `correlation_id` and `errors` are extensions.
#[derive(Serialize)]
struct Wire<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
    code: &'a str,
    correlation_id: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ProblemError],
}

impl Problem {
    /// A problem of type `urn:problem:<context>:<code>`.
    pub fn new(status: u16, context: &'static str, code: &str, title: &'static str) -> Self {
        Self {
            status,
            context,
            title,
            code: code.to_owned(),
            detail: String::new(),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// The same as the answer to a request with a condition that does not hold.
    pub(crate) fn of_condition(self) -> Self {
        Self { status: 412, ..self }
    }

    /// The HTTP status.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// The declared failure.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// What happened here.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// When to come back, in whole seconds and not too early.
    #[must_use]
    pub(crate) fn retry_after(self, wait: Duration) -> Self {
        let begun = u64::from(wait.subsec_nanos() > 0);
        Self { retry_after: Some((wait.as_secs() + begun).max(1)), ..self }
    }

    /// One place in the input that is wrong.
    #[must_use]
    pub fn error(mut self, pointer: String, rule: &str, message: String) -> Self {
        self.errors.push(ProblemError { pointer, rule: rule.to_owned(), message });
        self
    }

    /// The problem for a refused call. Details of bugs stay in the log.
    pub(crate) fn of(spec: &OperationSpec, rejection: &Rejection) -> Self {
        let title = spec.meaning_of(&rejection.code, rejection.kind);
        let mut problem = Self::new(rejection.kind.status(), spec.context, &rejection.code, title);
        if rejection.kind != FailureKind::Internal {
            problem.detail = rejection.detail.clone();
            problem.errors = errors(&rejection.violations);
        }
        problem
    }

    /// The response.
    pub fn response(self, correlation_id: &str) -> Response {
        let wire = Wire {
            kind: format!("urn:problem:{}:{}", self.context, self.code),
            title: self.title,
            status: self.status,
            detail: &self.detail,
            code: &self.code,
            correlation_id,
            errors: &self.errors,
        };
        let mut response = body_response(self.status, "application/problem+json", serde_json::to_vec(&wire));
        if self.status == 401 {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

fn errors(violations: &Violations) -> Vec<ProblemError> {
    let error = |v: &crate::validate::Violation| ProblemError {
        pointer: v.pointer.clone(),
        rule: v.rule.to_owned(),
        message: v.message.clone(),
    };
    violations.iter().map(error).collect()
}

/// A JSON response.
pub(crate) fn json_response<T: Serialize>(status: u16, body: &T) -> Response {
    body_response(status, "application/json", serde_json::to_vec(body))
}

fn body_response(status: u16, media_type: &'static str, body: serde_json::Result<Vec<u8>>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (status, body) = body.map_or((StatusCode::INTERNAL_SERVER_ERROR, Vec::new()), |body| (status, body));
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
