//! What would be decided about a call, without carrying it out.

use std::sync::Arc;

use futures_util::FutureExt as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Call, Operation, Rejection, pipeline};
use crate::auth::Identity;
use crate::canonical;
use crate::http::json_pointer;
use crate::policy::{Decision, Truth, Verdict};
use crate::services::Services;
use crate::store::StoreError;
use crate::types::Timestamp;
use crate::validate::{Validate, Violations};

/// A call as somebody describes it.
pub(crate) struct Described {
    pub(crate) identity: Identity,
    pub(crate) input: Value,
    /// The state to decide on; without it, the one that is there now.
    pub(crate) state: Option<Value>,
    pub(crate) at: Timestamp,
    pub(crate) correlation_id: String,
}

/// The decision, and what is wrong with the input besides.
pub(crate) struct Evaluated {
    pub(crate) decision: Decision,
    pub(crate) violations: Violations,
}

/// Why there is no decision.
pub(crate) enum Undecided {
    /// The description is none of a call of this operation.
    Shape(Violations),
    /// The state cannot be looked at.
    Failed(Rejection),
}

impl From<Violations> for Undecided {
    fn from(violations: Violations) -> Self {
        Self::Shape(violations)
    }
}

/// Asks whoever would be asked: roles first, then every policy, also behind one that denies. Nothing is changed, and no port is
/// called.
pub(crate) async fn evaluate<O: Operation>(
    operation: &Arc<O>,
    services: &Services,
    bundle: &str,
    described: Described,
) -> Result<Evaluated, Undecided> {
    let Described { identity, input, state, at, correlation_id } = described;
    let spec = O::SPEC;
    let input: O::Input = of_json(&input, "/input")?;
    let digest = canonical::digest(&input).map_err(|error| Undecided::Failed(error.into()))?;
    let mut decision = Decision::new(bundle, digest, identity.digest());
    if !spec.roles.is_empty() && identity.is_anonymous() {
        decision.record(&Verdict::obligation(
            "authentication",
            "unauthenticated",
            Truth::False,
            "the caller proves who it is",
        ));
    }
    // A refusal is a reason among others here.
    let _ = pipeline::authorize(&spec, &identity, &mut decision);
    let mut violations = Violations::new();
    input.validate(&mut violations);
    let call = Arc::new(Call { input, identity, correlation_id, received_at: at });
    let state = match state {
        Some(state) => Some(state),
        None => found(operation, services, &call).await.map_err(Undecided::Failed)?,
    };
    for verdict in operation.policies(&call, state.as_ref())? {
        decision.record(&verdict);
    }
    Ok(Evaluated { decision, violations })
}

/// The state in a snapshot of its own.
async fn found<O: Operation>(
    operation: &Arc<O>,
    services: &Services,
    call: &Arc<Call<O::Input>>,
) -> Result<Option<Value>, Rejection> {
    let (operation, call) = (Arc::clone(operation), Arc::clone(call));
    let work = services.store.read(move |tx| {
        let (operation, call) = (Arc::clone(&operation), Arc::clone(&call));
        async move { operation.state(&call, tx).await }.boxed()
    });
    work.await
}

/// A part of a description as what it describes.
pub(crate) fn of_json<T: DeserializeOwned>(value: &Value, at: &str) -> Result<T, Violations> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let mut violations = Violations::new();
        violations.push(format!("{at}{}", json_pointer(error.path())), "shape", error.into_inner().to_string());
        violations
    })
}

impl From<StoreError> for Undecided {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}
