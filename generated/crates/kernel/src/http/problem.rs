//! Problem details (RFC 9457).

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

/// An error on the wire. Members as RFC 9457 has them; `code`, `correlation_id` and `errors` are extensions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
    code: String,
    correlation_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ProblemError>,
}

impl Problem {
    /// A problem of type `urn:problem:<context>:<code>`.
    pub fn new(status: u16, context: &str, code: &str, title: &str) -> Self {
        Self {
            kind: format!("urn:problem:{context}:{code}"),
            title: title.to_owned(),
            status,
            detail: String::new(),
            code: code.to_owned(),
            correlation_id: String::new(),
            errors: Vec::new(),
        }
    }

    /// What happened here.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
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
    pub fn response(mut self, correlation_id: &str) -> Response {
        self.correlation_id = correlation_id.to_owned();
        let mut response = body_response(self.status, "application/problem+json", serde_json::to_vec(&self));
        if self.status == 401 {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
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
