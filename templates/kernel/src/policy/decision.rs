//! Verdicts of single policies and the decision made from them.

use serde::{Deserialize, Serialize};

use super::Truth;
use crate::canonical::Digest;

/// What one policy says about one call.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The policy's qualified name.
    pub policy: &'static str,
    /// The failure code that a denial carries.
    pub code: &'static str,
    /// Whether the policy is satisfied. For a prohibition this is the negation of its condition.
    pub truth: Truth,
    /// Why the policy exists, in the specification's words.
    pub rationale: &'static str,
}

impl Verdict {
    /// The condition must hold.
    pub fn obligation(policy: &'static str, code: &'static str, condition: Truth, rationale: &'static str) -> Self {
        Self { policy, code, truth: condition, rationale }
    }

    /// The condition must not hold.
    pub fn prohibition(policy: &'static str, code: &'static str, condition: Truth, rationale: &'static str) -> Self {
        Self { policy, code, truth: condition.not(), rationale }
    }

    /// The condition grants what is otherwise denied.
    pub fn permission(policy: &'static str, code: &'static str, condition: Truth, rationale: &'static str) -> Self {
        Self { policy, code, truth: condition, rationale }
    }

    /// What a policy says that looks at a state; unknown where there is none.
    pub fn on_state<S>(
        state: Option<&S>,
        (policy, code, rationale): (&'static str, &'static str, &'static str),
        decide: impl FnOnce(&S) -> Self,
    ) -> Self {
        let unknown = || Self { policy, code, truth: Truth::missing("state"), rationale };
        state.map_or_else(unknown, decide)
    }

    /// Only a clear pass allows: false and unknown do not.
    pub fn passes(&self) -> bool {
        self.truth.is_true()
    }
}

/// Allow or deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DecisionOutcome {
    /// Every policy clearly passed.
    Allow,
    /// At least one did not.
    Deny,
}

/// One policy's part in a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The policy's qualified name.
    pub policy: String,
    /// The failure code bound to it.
    pub code: String,
    /// `true`, `false` or `unknown`: whether the policy is satisfied.
    pub truth: String,
    /// Facts that were missing, if it could not be decided.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Why the policy exists.
    pub rationale: String,
}

impl From<&Verdict> for Reason {
    fn from(verdict: &Verdict) -> Self {
        Self {
            policy: verdict.policy.to_owned(),
            code: verdict.code.to_owned(),
            truth: verdict.truth.as_str().to_owned(),
            missing: verdict.truth.missing_facts(),
            rationale: verdict.rationale.to_owned(),
        }
    }
}

/// The decision about one call, as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Allow or deny.
    pub outcome: DecisionOutcome,
    /// Every policy that was asked, in order.
    pub reasons: Vec<Reason>,
    /// Which policies were in force.
    pub bundle_digest: String,
    /// SHA-256 of the canonical input.
    pub input_digest: Digest,
    /// SHA-256 of the canonical identity.
    pub identity_digest: Digest,
}

impl Decision {
    /// A decision with no policy asked yet. It allows until one does not clearly pass.
    pub fn new(bundle_digest: &str, input_digest: Digest, identity_digest: Digest) -> Self {
        Self {
            outcome: DecisionOutcome::Allow,
            reasons: Vec::new(),
            bundle_digest: bundle_digest.to_owned(),
            input_digest,
            identity_digest,
        }
    }

    /// Takes a verdict in; returns whether it passes. One that does not turns the decision into a denial for good.
    pub fn record(&mut self, verdict: &Verdict) -> bool {
        self.reasons.push(Reason::from(verdict));
        if !verdict.passes() {
            self.outcome = DecisionOutcome::Deny;
        }
        verdict.passes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_pass_allows() {
        let unknown = || Truth::missing("input.limit");
        for (verdict, passes) in [
            (Verdict::obligation("p", "c", Truth::True, ""), true),
            (Verdict::obligation("p", "c", Truth::False, ""), false),
            (Verdict::obligation("p", "c", unknown(), ""), false),
            (Verdict::prohibition("p", "c", Truth::False, ""), true),
            (Verdict::prohibition("p", "c", Truth::True, ""), false),
            (Verdict::prohibition("p", "c", unknown(), ""), false),
            (Verdict::permission("p", "c", Truth::True, ""), true),
            (Verdict::permission("p", "c", unknown(), ""), false),
        ] {
            assert_eq!(verdict.passes(), passes, "{verdict:?}");
        }
    }

    #[test]
    fn a_denial_is_for_good() {
        let mut decision = Decision::new("b", Digest::ZERO, Digest::ZERO);
        assert!(!decision.record(&Verdict::obligation("p", "c", Truth::False, "")));
        assert!(decision.record(&Verdict::obligation("q", "c", Truth::True, "")));
        assert_eq!(decision.outcome, DecisionOutcome::Deny);
    }
}
