//! Service tokens over HTTP, for callers with one of the configured roles: issue, list, take back.

use std::time::Duration;

use axum::Router;
use axum::extract::{Path as Segments, Request};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

use super::guard::{self, Guarded};
use super::middleware::read_body;
use super::router::{Route, correlation_id};
use super::{Front, Problem, json_response};
use crate::auth::service::{self, ServiceTokenError, Wanted};

const PATH: &str = "/auth/service-tokens";
const REVOKE: &str = "/auth/service-tokens/{name}/revoke";

pub(super) fn routes() -> Vec<Route> {
    [("POST", PATH), ("GET", PATH), ("POST", REVOKE)]
        .map(|(method, path)| Route { method, path: path.to_owned(), name: "service tokens".to_owned() })
        .to_vec()
}

pub(super) fn mount(router: Router, front: &Front) -> Router {
    let (to_issue, to_list, to_revoke) = (front.clone(), front.clone(), front.clone());
    let issue = post(move |request: Request| respond(to_issue, request, issue));
    let list = get(move |request: Request| respond(to_list, request, |front, _, _| list(front)));
    let revoke = post(move |Segments(name): Segments<String>, request: Request| {
        respond(to_revoke, request, move |front, _, actor| revoke(front, name, actor))
    });
    router.route(PATH, issue.merge(list)).route(REVOKE, revoke)
}

type Answer = Result<Response, Box<Problem>>;

async fn respond<F>(front: Front, request: Request, answer: impl FnOnce(Front, Request, String) -> F) -> Response
where
    F: Future<Output = Answer>,
{
    let id = correlation_id(&request);
    let guarded = Guarded {
        operation: "kernel.ServiceTokens",
        roles: &front.administrators,
        code: "not_an_administrator",
        title: "the caller may not look after service tokens",
    };
    let answered = match guard::admit(&front, request.headers(), &guarded).await {
        Ok(identity) => answer(front.clone(), request, identity.qualified()).await,
        Err(problem) => Err(problem),
    };
    answered.unwrap_or_else(|problem| problem.response(&id))
}

/// What is sent to get a token.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    name: String,
    owner: String,
    roles: Vec<String>,
    ttl_seconds: u64,
}

async fn issue(front: Front, request: Request, actor: String) -> Answer {
    let (head, body) = request.into_parts();
    let body = read_body(&front, &head.headers, body).await?;
    let asked: Asked = serde_json::from_slice(&body).map_err(|error| invalid(error.to_string()))?;
    if let Some(unknown) = asked.roles.iter().find(|role| !front.roles.contains(role.as_str())) {
        return Err(invalid(format!("nobody declares the role {unknown}")));
    }
    if asked.owner.split_once('|').is_none_or(|(_, subject)| subject.is_empty()) || asked.ttl_seconds == 0 {
        return Err(invalid("expected an owner as issuer|subject, and a time above 0"));
    }
    let wanted = Wanted {
        name: asked.name,
        owner: asked.owner,
        roles: asked.roles,
        ttl: Duration::from_secs(asked.ttl_seconds),
    };
    let token = service::issue(&front.services, wanted, &actor).await.map_err(|error| problem(&error))?;
    Ok(json_response(200, &json!({"token": token})))
}

async fn list(front: Front) -> Answer {
    let tokens = service::list(&front.services.store).await.map_err(|error| problem(&error.into()))?;
    Ok(json_response(200, &json!({"tokens": tokens})))
}

async fn revoke(front: Front, name: String, actor: String) -> Answer {
    service::revoke(&front.services, &name, &actor).await.map_err(|error| problem(&error))?;
    Ok(json_response(200, &json!({"revoked": name})))
}

fn invalid(detail: impl Into<String>) -> Box<Problem> {
    Problem::new(422, "kernel", "invalid_token_request", "this is no token that can be issued").detail(detail).into()
}

fn problem(error: &ServiceTokenError) -> Box<Problem> {
    match error {
        ServiceTokenError::Name => invalid(error.to_string()),
        ServiceTokenError::Taken => {
            Problem::new(409, "kernel", "token_exists", "there is, or was, a token with this name").into()
        }
        ServiceTokenError::Unknown => {
            Problem::new(404, "kernel", "no_such_token", "there is no token with this name").into()
        }
        ServiceTokenError::Ledger(error) => {
            tracing::error!(%error, "service tokens cannot be looked after");
            Problem::new(503, "kernel", "ledger_unavailable", "the ledger is not available; try again later").into()
        }
    }
}
