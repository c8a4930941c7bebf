//! Routes every cell has: index, health, readiness, OpenAPI.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::get;
use futures_util::FutureExt as _;
use serde_json::{Value, json};

use super::router::Route;
use super::{Front, Problem, json_response};
use crate::metrics;
use crate::outbox;
use crate::services::Services;
use crate::store::{SqlValue, StoreError, Tx};
use crate::types::Timestamp;

pub(super) fn routes() -> Vec<Route> {
    ["/", "/health", "/ready", "/openapi.json"]
        .map(|path| Route { method: "GET", path: path.to_owned(), name: "cell".to_owned() })
        .to_vec()
}

pub(super) fn mount(router: Router, front: &Front, routes: &[Route], documents: &[(String, &'static str)]) -> Router {
    let index = Arc::new(json!({"model": &*front.services.model_hash, "routes": routes}));
    let openapi = Arc::new(merge(documents));
    let front = front.clone();
    router
        .route("/", get(move || async move { json_response(200, &*index) }))
        .route("/health", get(|| async { json_response(200, &json!({"status": "up"})) }))
        .route("/ready", get(move || async move { ready(&front).await }))
        .route("/openapi.json", get(move || async move { json_response(200, &*openapi) }))
}

/// The routes of the listener for monitoring.
pub(crate) fn monitoring(services: Services) -> Router {
    Router::new().route("/metrics", get(move || async move { expose(&services).await }))
}

async fn expose(services: &Services) -> Response {
    const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match metrics::expose(services).await {
        Ok(text) => {
            let mut response = Response::new(Body::from(text));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(OPEN_METRICS));
            response
        }
        Err(error) => {
            tracing::error!(%error, "metrics cannot be written");
            Problem::new(500, "kernel", "internal_error", "something went wrong on our side").response("")
        }
    }
}

/// Ready means: the node stays, writing works, and nothing critical is known not to hold. Depths are told so that a growing
/// backlog is seen. A read model that stands still is named, and the node is ready all the same: commands do their work, and
/// another node over the same database would stand still as well.
async fn ready(front: &Front) -> Response {
    if front.leaving.is_announced() {
        return json_response(503, &json!({"status": "not ready", "reason": "the node is stopping"}));
    }
    let now = front.services.clock.now();
    match front.services.store.transact(move |tx| probe(tx, now).boxed()).await {
        Ok((outbox, deliveries, dead_letters)) => {
            let depths = json!({"outbox": outbox, "deliveries": deliveries, "dead_letters": dead_letters});
            let invariants = front.standings.all();
            if front.standings.is_critical() {
                let reason = "something critical does not hold";
                return json_response(503, &json!({"status": "not ready", "reason": reason, "invariants": invariants}));
            }
            let mut ready = json!({"status": "ready", "depths": depths});
            if !invariants.is_empty() {
                ready["invariants"] = json!(invariants);
            }
            let still = front.services.followed.still();
            if !still.is_empty() {
                ready["read_models"] =
                    json!(still.keys().map(|name| (*name, "stands still")).collect::<BTreeMap<_, _>>());
            }
            json_response(200, &ready)
        }
        Err(error) => {
            tracing::warn!(%error, "not ready");
            json_response(503, &json!({"status": "not ready", "reason": "the store is not writable"}))
        }
    }
}

async fn probe(tx: &mut dyn Tx, now: Timestamp) -> Result<(u64, u64, u64), StoreError> {
    let sql = "INSERT INTO kernel_probe (id, probed_at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET probed_at = $1";
    tx.execute(sql, &[now.to_value()]).await?;
    let deliveries = outbox::count(tx, "SELECT count(*) FROM deliveries").await?;
    let dead_letters = outbox::count(tx, "SELECT count(*) FROM dead_letters").await?;
    Ok((outbox::depth(tx).await?, deliveries, dead_letters))
}

/// One document for the whole cell: the contexts' paths and components side by side.
fn merge(documents: &[(String, &'static str)]) -> Value {
    let mut merged = json!({"openapi": "3.1.0", "info": {"title": "cell", "version": "0"}, "paths": {}});
    for (index, (context, text)) in documents.iter().enumerate() {
        match serde_json::from_str::<Value>(text) {
            Ok(document) if index == 0 => merged = document,
            Ok(document) => merge_into(&mut merged, document),
            Err(error) => tracing::error!(%error, context, "the OpenAPI document is not JSON"),
        }
    }
    merged
}

/// Objects grow together, lists are joined; where both have a plain value, the first one stays.
fn merge_into(target: &mut Value, other: Value) {
    match (target, other) {
        (Value::Object(target), Value::Object(other)) => {
            for (key, value) in other {
                match target.get_mut(&key) {
                    Some(existing) => merge_into(existing, value),
                    None => {
                        target.insert(key, value);
                    }
                }
            }
        }
        (Value::Array(target), Value::Array(other)) => {
            let new: Vec<_> = other.into_iter().filter(|item| !target.contains(item)).collect();
            target.extend(new);
        }
        _ => {}
    }
}
