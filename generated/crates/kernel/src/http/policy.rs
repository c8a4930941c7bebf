//! `/policy/authority/evaluate`: what would be decided about a call that somebody describes. Nothing is carried out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::guard::{self, Guarded};
use super::middleware::read_body;
use super::router::{Route, correlation_id};
use super::{Front, Problem, json_response};
use crate::auth::{Identity, IdentityKind};
use crate::operation::FailureKind;
use crate::operation::evaluate::{Described, Undecided, of_json};
use crate::types::Timestamp;
use crate::validate::Violations;

const PATH: &str = "/policy/authority/evaluate";

pub(super) fn routes() -> Vec<Route> {
    vec![Route { method: "POST", path: PATH.to_owned(), name: "policy".to_owned() }]
}

/// The operations there are, by qualified name.
type Operations = BTreeMap<String, Arc<dyn Endpoint>>;

pub(super) fn mount(router: Router, front: &Front, operations: Operations) -> Router {
    let (front, operations) = (front.clone(), Arc::new(operations));
    let handler = move |request: Request| {
        let (front, operations) = (front.clone(), Arc::clone(&operations));
        async move {
            let id = correlation_id(&request);
            evaluate(&front, &operations, request, &id).await.unwrap_or_else(|problem| problem.response(&id))
        }
    };
    router.route(PATH, post(handler))
}

/// A call as it is described. Without a subject, nobody in particular calls; without a state, the one that is there now is
/// decided on; without a time, it is now.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    operation: String,
    #[serde(default)]
    subject: Option<Subject>,
    input: Value,
    #[serde(default)]
    state: Option<Value>,
    #[serde(default)]
    at: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    id: String,
    #[serde(default)]
    issuer: String,
    #[serde(default)]
    kind: IdentityKind,
    #[serde(default)]
    owner: Option<String>,
    #[serde(default)]
    roles: BTreeSet<String>,
}

impl Subject {
    fn identity(self) -> Identity {
        let Self { id, issuer, kind, owner, roles } = self;
        Identity { issuer, kind, owner, roles, subject: id }
    }
}

async fn evaluate(
    front: &Front,
    operations: &Operations,
    request: Request,
    correlation_id: &str,
) -> Result<Response, Box<Problem>> {
    let (head, body) = request.into_parts();
    let guarded = Guarded {
        operation: "kernel.EvaluatePolicy",
        roles: &front.evaluators,
        code: "not_an_evaluator",
        title: "the caller may not ask what would be decided",
    };
    guard::admit(front, &head.headers, &guarded).await?;
    let body = read_body(front, &head.headers, body).await?;
    let body: Value = serde_json::from_slice(&body).map_err(|error| {
        Problem::new(400, "kernel", "malformed_body", "the body is not JSON").detail(error.to_string())
    })?;
    let asked: Asked = of_json(&body, "").map_err(|violations| invalid(&violations))?;
    let Some(operation) = operations.get(&asked.operation) else {
        return Err(Problem::new(404, "kernel", "no_such_operation", "nobody can call this operation").into());
    };
    let described = Described {
        identity: asked.subject.map_or_else(Identity::anonymous, Subject::identity),
        input: asked.input,
        state: asked.state,
        at: asked.at.unwrap_or_else(|| front.services.clock.now()),
        correlation_id: correlation_id.to_owned(),
    };
    let evaluated = operation.evaluate(front, described).await.map_err(|undecided| match undecided {
        Undecided::Shape(violations) => invalid(&violations),
        Undecided::Failed(rejection) if rejection.kind == FailureKind::Dependency => {
            Problem::new(503, "kernel", &rejection.code, FailureKind::Dependency.default_meaning()).into()
        }
        Undecided::Failed(rejection) => {
            tracing::error!(%rejection, "a decision failed");
            Problem::new(500, "kernel", "internal_error", FailureKind::Internal.default_meaning()).into()
        }
    })?;
    let answer = json!({
        "operation": asked.operation,
        "decision": evaluated.decision,
        "violations": evaluated.violations,
    });
    Ok(json_response(200, &answer))
}

fn invalid(violations: &Violations) -> Box<Problem> {
    let problem = Problem::new(422, "kernel", "invalid_description", "this describes no call");
    let told = violations.iter();
    told.fold(problem, |problem, v| problem.error(v.pointer.clone(), v.rule, v.message.clone())).into()
}
