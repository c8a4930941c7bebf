//! The policy gate: three-valued logic over facts, verdicts, and the decision that goes into the ledger.
//!
//! A policy that cannot be decided names the facts that were missing and denies: *only a clear pass allows*.

mod decision;
mod fact;
mod truth;

pub use decision::{Decision, DecisionOutcome, Reason, Verdict};
pub use fact::{CheckedAdd, CheckedDiv, CheckedMul, CheckedSub, Fact};
pub use truth::Truth;
