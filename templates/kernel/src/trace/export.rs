//! Sending spans away, beside the calls.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use tokio::sync::{mpsc, watch};

use super::{Fate, Span, wire};
use crate::http::Caller;
use crate::metrics;

/// Most spans in one request.
const BATCH: usize = 512;
/// How long spans are gathered before they are sent.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a collector may take. A slow one costs spans, never calls.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest answer taken.
const ANSWER_BYTES: usize = 64 * 1024;

/// Sends what comes until told to stop, and then what is left.
pub(crate) async fn run(
    url: String,
    mut spans: mpsc::Receiver<Span>,
    (metrics, model): (metrics::Shared, Arc<str>),
    mut stop: watch::Receiver<bool>,
) {
    let caller = Caller::default();
    let mut batch = Vec::with_capacity(BATCH);
    let mut stopped = false;
    while !stopped {
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            _ = stop.wait_for(|stop| *stop) => stopped = true,
        }
        while let Ok(span) = spans.try_recv() {
            batch.push(span);
            if batch.len() == BATCH {
                deliver(&caller, &url, &mut batch, &metrics, &model).await;
            }
        }
        deliver(&caller, &url, &mut batch, &metrics, &model).await;
    }
}

/// Sends a batch once. What the collector does not take is gone: spans are no evidence.
async fn deliver(caller: &Caller, url: &str, batch: &mut Vec<Span>, metrics: &metrics::Shared, model: &str) {
    if batch.is_empty() {
        return;
    }
    let count = batch.len() as u64;
    let fate = match send(caller, url, wire::request(batch, model)).await {
        Ok(()) => Fate::Exported,
        Err(reason) => {
            tracing::warn!(reason, spans = count, "the collector did not take spans");
            Fate::Dropped
        }
    };
    metrics.traced(fate, count);
    batch.clear();
}

async fn send(caller: &Caller, url: &str, body: Vec<u8>) -> Result<(), String> {
    let request = Request::post(url)
        .header(header::CONTENT_TYPE, "application/x-protobuf")
        .body(Body::from(body))
        .map_err(|error| error.to_string())?;
    match tokio::time::timeout(PATIENCE, caller.send(request, ANSWER_BYTES)).await {
        Ok(Ok(reply)) if reply.status.is_success() => Ok(()),
        Ok(Ok(reply)) => Err(format!("status {}", reply.status)),
        Ok(Err(reason)) => Err(reason),
        Err(_) => Err(format!("no answer within {PATIENCE:?}")),
    }
}
