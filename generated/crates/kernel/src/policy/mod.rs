//! The policy gate: three-valued logic over facts, verdicts, and the decision that goes into the ledger.
//!
//! A policy that cannot be decided names the facts that were missing and denies: *only a clear pass allows*.

mod decision;
mod fact;
mod truth;

use crate::validate::Violations;

pub use decision::{Decision, DecisionOutcome, Reason, Verdict};
pub use fact::{CheckedAdd, CheckedDiv, CheckedMul, CheckedSub, Fact};
pub use truth::Truth;

/// A state in JSON, as a question about it would describe it.
///
/// # Errors
/// When it has no such form, which is a fault of the specification.
pub fn described_as<S: serde::Serialize>(state: &S) -> Result<serde_json::Value, crate::operation::Rejection> {
    serde_json::to_value(state).map_err(|error| crate::operation::Rejection::internal(error.to_string()))
}

/// A state as somebody describes it in JSON.
///
/// # Errors
/// When it is no such state.
pub fn described<S: serde::de::DeserializeOwned>(state: Option<&serde_json::Value>) -> Result<Option<S>, Violations> {
    state.map(|state| crate::operation::evaluate::of_json(state, "/state")).transpose()
}
