//! A call that is refused, and why.

use std::borrow::Cow;

use super::FailureKind;
use crate::blob::BlobError;
use crate::canonical::CanonicalError;
use crate::ledger::LedgerError;
use crate::store::StoreError;
use crate::validate::Violations;

/// Why a call is refused. Code and detail go to the caller, so they must not carry secrets or internals.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Rejection {
    /// Which of the closed set of kinds; decides the status.
    pub kind: FailureKind,
    /// The declared code.
    pub code: Cow<'static, str>,
    /// What happened here, for a person. For [`FailureKind::Internal`] it goes to the log only.
    pub detail: String,
    /// Broken constraints, for [`FailureKind::InputValidation`].
    pub violations: Violations,
    /// What the caller has seen is no longer so: with `If-Match`, the condition does not hold.
    pub stale: bool,
}

impl Rejection {
    /// A refusal of a kind with a declared code.
    pub fn new(kind: FailureKind, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self { kind, code: code.into(), detail: detail.into(), violations: Violations::new(), stale: false }
    }

    /// The input breaks constraints.
    pub fn input(code: impl Into<Cow<'static, str>>, violations: Violations) -> Self {
        let detail = match violations.iter().count() {
            1 => "one constraint is broken".to_owned(),
            n => format!("{n} constraints are broken"),
        };
        Self { violations, ..Self::new(FailureKind::InputValidation, code, detail) }
    }

    /// One field of the input cannot be what it says, for a reason that only shows in the light of other values.
    pub fn field(code: impl Into<Cow<'static, str>>, pointer: &str, rule: &'static str, message: &'static str) -> Self {
        let mut violations = Violations::new();
        violations.push(pointer, rule, message);
        Self::input(code, violations)
    }

    /// A policy does not clearly pass.
    pub fn policy(code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self::new(FailureKind::Policy, code, detail)
    }

    /// What the operation works on does not exist.
    pub fn missing(code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self::new(FailureKind::MissingState, code, detail)
    }

    /// A unique key is taken or a version has moved on.
    pub fn concurrency(code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self::new(FailureKind::ConcurrencyConflict, code, detail)
    }

    /// The version has moved on since the caller saw it.
    pub fn stale(code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self { stale: true, ..Self::concurrency(code, detail) }
    }

    /// The idempotency key was used with another input.
    pub fn idempotency(code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self::new(FailureKind::IdempotencyConflict, code, detail)
    }

    /// Something this operation needs is not available.
    pub fn dependency(code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self::new(FailureKind::Dependency, code, detail)
    }

    /// A bug; the detail goes to the log only.
    pub fn internal(detail: impl Into<String>) -> Self {
        Self::new(FailureKind::Internal, FailureKind::Internal.default_code(), detail)
    }

    /// A store error where a taken unique key is the declared conflict; anything else as [`From<StoreError>`] has it.
    ///
    /// `repository.insert(..).await.map_err(|e| Rejection::unique(e, "order_exists", "an order with this number exists"))?`
    pub fn unique(error: StoreError, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        match error {
            StoreError::Unique { .. } => Self::concurrency(code, detail),
            other => other.into(),
        }
    }

    /// A blob store that is not available, under its declared code; anything else as [`From<BlobError>`] has it.
    pub fn blob(error: BlobError, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        match Self::from(error) {
            rejection if rejection.kind == FailureKind::Dependency => Self::dependency(code, detail),
            other => other,
        }
    }

    /// What the refusal of a called operation means to the caller of this one: the same failure if this one declares it,
    /// its dependency failure otherwise.
    #[must_use]
    pub fn through(self, spec: &super::OperationSpec) -> Self {
        match spec.failures.iter().find(|failure| failure.code == self.code) {
            Some(failure) => {
                Self::new(failure.kinds.first().copied().unwrap_or(self.kind), failure.code, failure.meaning)
            }
            None => {
                let code = spec.code_for(FailureKind::Dependency);
                Self::dependency(code, spec.meaning_of(code, FailureKind::Dependency))
            }
        }
    }

    /// True for refusals that trying again may cure.
    pub fn is_transient(&self) -> bool {
        matches!(self.kind, FailureKind::Dependency | FailureKind::ConcurrencyConflict | FailureKind::MissingState)
    }
}

impl From<StoreError> for Rejection {
    fn from(error: StoreError) -> Self {
        if error.is_transient() {
            tracing::warn!(%error, "the store is not available");
            return Self::dependency("store_unavailable", "the store is not available; try again later");
        }
        Self::internal(error.to_string())
    }
}

impl From<BlobError> for Rejection {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Full | BlobError::Io(_) => {
                tracing::warn!(%error, "the blob store is not available");
                Self::dependency("blobs_unavailable", "the blob store is not available; try again later")
            }
            other => Self::internal(other.to_string()),
        }
    }
}

impl From<CanonicalError> for Rejection {
    fn from(error: CanonicalError) -> Self {
        Self::internal(error.to_string())
    }
}

impl From<LedgerError> for Rejection {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Store(error) => error.into(),
            LedgerError::Blob(error) => error.into(),
            LedgerError::Canonical(error) => error.into(),
            LedgerError::Log(error) => {
                let kind = FailureKind::InputValidation;
                Self::new(kind, kind.default_code(), format!("what would be recorded: {error}"))
            }
            other => Self::internal(other.to_string()),
        }
    }
}
