//! A witness over HTTP: <https://c2sp.org/tlog-witness>.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::from_fn;
use axum::response::Response;
use axum::routing::{get, post};
use evidence_log::witness::Refusal;
use serde_json::json;

use super::middleware::surround;
use super::{client, json_response};
use crate::ledger::{Witness, WitnessAnswer, WitnessClient, WitnessError};

/// The longest request taken: 63 hashes and a note with 64 signatures fit in several times over.
const LIMIT: usize = 64 * 1024;
const TEXT: &str = "text/plain; charset=utf-8";

/// The routes of a witness.
pub(crate) fn router(witness: Arc<Witness>) -> Router {
    let (index, add, last) = (Arc::clone(&witness), Arc::clone(&witness), witness);
    Router::new()
        .route("/", get(move || async move { about(&index) }))
        .route("/add-checkpoint", post(move |body: Body| async move { add_checkpoint(&add, body).await }))
        .route(
            "/{origin_hash}/checkpoint",
            get(move |Path(hash): Path<String>| async move { newest(&last, &hash).await }),
        )
        .layer(from_fn(surround))
}

fn about(witness: &Witness) -> Response {
    let logs: Vec<String> = witness.logs().iter().map(ToString::to_string).collect();
    json_response(200, &json!({"witness": witness.verifier().to_string(), "logs": logs}))
}

async fn add_checkpoint(witness: &Witness, body: Body) -> Response {
    let body = axum::body::to_bytes(body, LIMIT).await.map(|body| body.to_vec()).unwrap_or_default();
    let request = match std::str::from_utf8(&body).ok().map(str::parse) {
        Some(Ok(request)) => request,
        Some(Err(error)) => return refused(&Refusal::Malformed(error)),
        None => return text(400, TEXT, "the request is no text\n".to_owned()),
    };
    match witness.add_checkpoint(request).await {
        Ok(signature) => text(200, TEXT, format!("{signature}\n")),
        Err(WitnessError::Refused(refusal)) => {
            tracing::warn!(?refusal, "a checkpoint was not cosigned");
            refused(&refusal)
        }
        Err(WitnessError::Store(error)) => {
            tracing::error!(%error, "a checkpoint could not be cosigned");
            text(503, TEXT, "the witness is not available; try again later\n".to_owned())
        }
    }
}

fn refused(refusal: &Refusal) -> Response {
    match refusal {
        Refusal::Malformed(error) => text(400, TEXT, format!("{error}\n")),
        Refusal::NotSigned(error) => text(403, TEXT, format!("{error}\n")),
        Refusal::UnknownLog => text(404, TEXT, "this log is not known here\n".to_owned()),
        Refusal::OtherSize(size) => text(409, "text/x.tlog.size", format!("{size}\n")),
        Refusal::Inconsistent(error) => text(422, TEXT, format!("{error}\n")),
    }
}

async fn newest(witness: &Witness, hash: &str) -> Response {
    match witness.last(hash).await {
        Ok(Some(checkpoint)) => text(200, TEXT, checkpoint),
        Ok(None) => text(404, TEXT, "nothing of such a log was cosigned here\n".to_owned()),
        Err(error) => {
            tracing::error!(%error, "the store of the witness failed");
            text(503, TEXT, "the witness is not available; try again later\n".to_owned())
        }
    }
}

fn text(status: u16, media_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// A witness behind an address.
pub(crate) struct HttpWitness(pub(crate) String);

#[async_trait]
impl WitnessClient for HttpWitness {
    async fn add_checkpoint(&self, request: String) -> Result<WitnessAnswer, String> {
        let url = format!("{}/add-checkpoint", self.0.trim_end_matches('/'));
        let reply = client::send(&url, Some(request), None).await?;
        Ok(WitnessAnswer { status: reply.status, body: String::from_utf8_lossy(&reply.body).into_owned() })
    }
}
