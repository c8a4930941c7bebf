//! All routes of a cell.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use serde::Serialize;

use super::endpoint::{Endpoint, RawCall};
use super::middleware::{CorrelationId, count, read_body, surround};
use super::rate::{self, By};
use super::{Front, Problem, log, policy, system, tokens};
use crate::connector::{self, Connector, Webhook};
use crate::operation::OperationKind;

/// What is to be served.
pub(crate) struct Parts {
    pub(crate) operations: Vec<(String, Arc<dyn Endpoint>)>,
    pub(crate) connectors: Vec<Arc<Connector>>,
    /// Context and OpenAPI document.
    pub(crate) documents: Vec<(String, &'static str)>,
}

/// A route in the index.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) name: String,
}

/// A route that cannot be mounted.
#[derive(Debug, thiserror::Error)]
#[error("route {method} {path}: {reason}")]
pub(crate) struct RouteError {
    method: &'static str,
    path: String,
    reason: &'static str,
}

/// The router over all of it.
pub(crate) fn build(front: &Front, parts: Parts) -> Result<Router, RouteError> {
    let mut routes = [system::routes(), log::routes(), policy::routes(), tokens::routes()].concat();
    let mut router = Router::new();
    let (mut operations, mut webhooks) = (BTreeMap::new(), BTreeSet::new());
    for (path, endpoint) in parts.operations {
        let spec = endpoint.spec();
        operations.insert(spec.qualified(), Arc::clone(&endpoint));
        let (method, handler) = operation(front, spec.kind, endpoint);
        routes.push(Route { method, path: path.clone(), name: spec.qualified() });
        check(&routes)?;
        router = router.route(&path, handler);
    }
    for connector in parts.connectors {
        let Some(webhook) = connector.webhook.clone() else { continue };
        let methods = if webhook.challenge.is_some() { &["POST", "GET"][..] } else { &["POST"] };
        for method in methods {
            let (path, name) = (webhook.path.to_owned(), format!("connector {}", connector.name));
            routes.push(Route { method, path, name });
            check(&routes)?;
        }
        webhooks.insert(webhook.path);
        router = router.route(webhook.path, receiver(front, connector, webhook));
    }
    let router = log::mount(system::mount(router, front, &routes, &parts.documents), front);
    let router = tokens::mount(policy::mount(router, front, operations), front)
        .fallback(|request: Request| async move { no_route(&request) })
        .method_not_allowed_fallback(|request: Request| async move { no_method(&request) });
    let metrics = Arc::clone(&front.services.metrics);
    let counted = from_fn(move |request, next| count(Arc::clone(&metrics), request, next));
    let front = front.clone();
    let limited = from_fn(move |request: Request, next: Next| {
        let (front, by) = (front.clone(), counted_by(request.uri().path(), &webhooks));
        async move {
            match by {
                Some(by) => rate::limit(front, by, request, next).await,
                None => next.run(request).await,
            }
        }
    });
    Ok(router.layer(limited).layer(from_fn(surround)).layer(counted))
}

/// Which limit a request falls under. What looks after the node must hear from it in any case.
fn counted_by(path: &str, webhooks: &BTreeSet<&str>) -> Option<By> {
    match path {
        "/health" | "/ready" => None,
        path if webhooks.contains(path) => Some(By::Webhook),
        _ => Some(By::Address),
    }
}

/// The last route must be new and plain: axum panics on what it cannot mount, so it is not asked.
fn check(routes: &[Route]) -> Result<(), RouteError> {
    let Some((last, before)) = routes.split_last() else { return Ok(()) };
    let refuse = |reason| Err(RouteError { method: last.method, path: last.path.clone(), reason });
    let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
    if !last.path.starts_with('/') || !last.path.chars().all(plain) {
        return refuse("a path begins with / and has letters, digits and -._~ only");
    }
    let taken: BTreeSet<_> = before.iter().map(|route| (route.method, route.path.as_str())).collect();
    if taken.contains(&(last.method, last.path.as_str())) { refuse("it is there already") } else { Ok(()) }
}

fn operation(front: &Front, kind: OperationKind, endpoint: Arc<dyn Endpoint>) -> (&'static str, MethodRouter) {
    let front = front.clone();
    let handler = move |request: Request| {
        let (front, endpoint) = (front.clone(), Arc::clone(&endpoint));
        call(front, endpoint, request)
    };
    match kind {
        OperationKind::Command => ("POST", post(handler)),
        OperationKind::Query => ("GET", get(handler)),
    }
}

async fn call(front: Front, endpoint: Arc<dyn Endpoint>, request: Request) -> Response {
    let id = correlation_id(&request);
    let (head, body) = request.into_parts();
    let body = match endpoint.spec().kind {
        OperationKind::Command => read_body(&front, &head.headers, body).await,
        OperationKind::Query => Ok(Vec::new()),
    };
    let body = match body {
        Ok(body) => body,
        Err(problem) => return problem.response(&id),
    };
    to_the_end(async move {
        let query = head.uri.query().unwrap_or("");
        endpoint.call(&front, RawCall { headers: &head.headers, query, body: &body, correlation_id: &id }).await
    })
    .await
}

/// Carries on when the caller hangs up: otherwise a caller could leave before its refusal is recorded.
async fn to_the_end(work: impl Future<Output = Response> + Send + 'static) -> Response {
    match tokio::spawn(work).await {
        Ok(response) => response,
        // Caught again by the middleware, which answers without internals.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

fn receiver(front: &Front, connector: Arc<Connector>, webhook: Webhook) -> MethodRouter {
    let front = front.clone();
    let challenge = webhook.challenge.map(|challenge| {
        let connector = Arc::clone(&connector);
        get(move |request: Request| async move {
            connector::challenged(&connector, challenge, &correlation_id(&request), request.headers())
        })
    });
    let receiver = post(move |request: Request| {
        let (front, connector, webhook) = (front.clone(), Arc::clone(&connector), webhook.clone());
        async move {
            let id = correlation_id(&request);
            let (head, body) = request.into_parts();
            match read_body(&front, &head.headers, body).await {
                Ok(body) => {
                    let received = async move {
                        let (services, headers) = (&front.services, &head.headers);
                        connector::receive(&connector, &webhook, services, &id, headers, &body).await
                    };
                    to_the_end(received).await
                }
                Err(problem) => problem.response(&id),
            }
        }
    });
    challenge.unwrap_or_default().merge(receiver)
}

pub(super) fn correlation_id(request: &Request) -> String {
    request.extensions().get::<CorrelationId>().map_or_else(String::new, |id| id.0.clone())
}

fn no_route(request: &Request) -> Response {
    Problem::new(404, "kernel", "no_such_route", "there is nothing here").response(&correlation_id(request))
}

fn no_method(request: &Request) -> Response {
    let title = "this method is not allowed here";
    Problem::new(405, "kernel", "method_not_allowed", title).response(&correlation_id(request))
}
