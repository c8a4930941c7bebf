//! Who is calling: identities, bearer tokens, and a local issuer for development.

pub(crate) mod attempts;
mod dev;
mod jwt;
mod oidc;
pub(crate) mod service;
mod verifiers;

use std::collections::BTreeSet;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::canonical::{self, Digest};
use crate::operation::FailureKind;
use crate::policy::Fact;

pub use dev::{DevIssuer, DevIssuerError};
pub use jwt::JwtVerifier;
pub(crate) use oidc::OidcVerifier;
pub(crate) use verifiers::Verifiers;

/// What kind of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdentityKind {
    /// Nobody in particular.
    Anonymous,
    /// A person.
    #[default]
    User,
    /// A machine, or this cell itself when it acts on an event.
    Service,
}

/// An authenticated caller, or nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Who vouches for it.
    pub issuer: String,
    /// What kind of caller.
    pub kind: IdentityKind,
    /// The person who answers for a machine, as [`Identity::qualified`] tells people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Qualified roles, such as `orders.Approver`.
    pub roles: BTreeSet<String>,
    /// Who it is, unique for the issuer.
    pub subject: String,
}

impl Identity {
    /// Nobody in particular: no roles.
    pub fn anonymous() -> Self {
        Self {
            issuer: String::new(),
            kind: IdentityKind::Anonymous,
            owner: None,
            roles: BTreeSet::new(),
            subject: "anonymous".to_owned(),
        }
    }

    /// This cell acting by itself, for instance a consumer.
    pub fn service(name: &str) -> Self {
        Self {
            issuer: "cell".to_owned(),
            kind: IdentityKind::Service,
            owner: None,
            roles: BTreeSet::new(),
            subject: format!("service:{name}"),
        }
    }

    /// This cell acting on an event, with the authority the specification gives it.
    pub(crate) fn acting(subject: &str, roles: &[&str]) -> Self {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        Self { roles, subject: subject.to_owned(), ..Self::service("") }
    }

    /// The subject, for policies: missing where nobody in particular is calling.
    pub fn subject_fact(&self) -> Fact<String> {
        if self.is_anonymous() { Fact::missing("actor.id") } else { Fact::text(self.subject.clone()) }
    }

    /// True when there is nobody in particular.
    pub fn is_anonymous(&self) -> bool {
        self.kind == IdentityKind::Anonymous
    }

    /// True when the caller has the qualified role.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.contains(role)
    }

    /// True when the caller has at least one of the roles.
    pub fn has_any_role(&self, roles: &[&str]) -> bool {
        roles.iter().any(|role| self.has_role(role))
    }

    /// The caller as one text, unique over all issuers.
    pub fn qualified(&self) -> String {
        format!("{}|{}", self.issuer, self.subject)
    }

    /// The person who acts, whatever roles they act in: whoever answers for a machine acts through it.
    pub fn person(&self) -> String {
        self.owner.clone().unwrap_or_else(|| self.qualified())
    }

    /// SHA-256 of the canonical identity, for the decision in the ledger.
    pub fn digest(&self) -> Digest {
        // Strings and sets of strings always have a canonical form; if not, nothing matches the zero digest.
        canonical::digest(self).unwrap_or(Digest::ZERO)
    }
}

/// A token that does not prove who is calling. The text is for logs, not for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It proves nothing.
    #[error("{0}")]
    Invalid(String),
    /// Whether it proves anything cannot be found out now.
    #[error("{0}")]
    Unavailable(String),
}

impl TokenError {
    pub(crate) fn invalid(reason: impl Into<String>) -> Self {
        Self::Invalid(reason.into())
    }
}

/// What a caller is told who has not proved who it is. There are few such texts, so that they can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unproven {
    pub(crate) kind: FailureKind,
    pub(crate) reason: &'static str,
}

impl Unproven {
    pub(crate) const NO_TOKEN: Self = Self::new("this needs a bearer token");
    pub(crate) const MALFORMED: Self = Self::new("expected one Authorization header with a bearer token");
    const INVALID: Self = Self::new("the token is not valid");
    const UNKNOWN: Self =
        Self { kind: FailureKind::Dependency, reason: "the identity provider is not available; try again later" };

    const fn new(reason: &'static str) -> Self {
        Self { kind: FailureKind::Authentication, reason }
    }

    /// The same for all tokens that prove nothing: what is wrong with one is for the log.
    pub(crate) fn of(error: &TokenError) -> Self {
        match error {
            TokenError::Invalid(_) => Self::INVALID,
            TokenError::Unavailable(_) => Self::UNKNOWN,
        }
    }

    /// The code on the wire.
    pub(crate) fn code(self) -> &'static str {
        match self.kind {
            FailureKind::Dependency => "identity_unavailable",
            other => other.default_code(),
        }
    }
}

/// Port: turns a bearer token into an identity.
#[async_trait]
pub trait TokenVerifier: Send + Sync {
    /// The identity that the token proves.
    async fn verify(&self, token: &str) -> Result<Identity, TokenError>;
}
