//! Routes of the cell itself that are for callers with certain roles: every attempt is counted, whatever came of it.

use axum::http::HeaderMap;

use super::endpoint::bearer;
use super::{Front, Problem, rate};
use crate::auth::{Identity, Unproven, attempts};

/// What is guarded, and what is said to those who may not.
pub(super) struct Guarded<'a> {
    pub(super) operation: &'static str,
    /// Roles, any of which is enough.
    pub(super) roles: &'a [String],
    pub(super) code: &'static str,
    pub(super) title: &'static str,
}

/// The caller, if it has one of the roles. The attempt is on disk before anybody hears what came of it, unless there
/// are too many.
pub(super) async fn admit(front: &Front, headers: &HeaderMap, guarded: &Guarded<'_>) -> Result<Identity, Box<Problem>> {
    let proven = bearer(front, headers).await.and_then(|it| it.ok_or(Unproven::NO_TOKEN));
    if let Ok(identity) = &proven {
        rate::of_caller(front, identity)?;
    }
    let (actor, code, result) = match proven {
        Ok(identity) if guarded.roles.iter().any(|role| identity.has_role(role)) => {
            (identity.qualified(), attempts::ALLOWED, Ok(identity))
        }
        Ok(identity) => {
            let detail = match guarded.roles {
                [] => "the configuration gives nobody this right".to_owned(),
                roles => format!("this needs one of the roles {}", roles.join(", ")),
            };
            let problem = Problem::new(403, "kernel", guarded.code, guarded.title).detail(detail);
            (identity.qualified(), guarded.code, Err(problem))
        }
        Err(unproven) => {
            let problem = Problem::new(unproven.kind.status(), "kernel", unproven.code(), unproven.reason);
            ("anonymous".to_owned(), unproven.code(), Err(problem))
        }
    };
    if let Err(error) = attempts::count(&front.services, guarded.operation, &actor, code).await {
        tracing::error!(%error, "an attempt could not be counted");
        let title = "the ledger is not available; try again later";
        return Err(Problem::new(503, "kernel", "ledger_unavailable", title).into());
    }
    result.map_err(Box::new)
}
