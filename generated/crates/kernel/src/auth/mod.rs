//! Who is calling: identities, bearer tokens, and a local issuer for development.

mod dev;
mod jwt;

use std::collections::BTreeSet;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::canonical::{self, Digest};
use crate::policy::Fact;

pub use dev::{DevIssuer, DevIssuerError};
pub use jwt::JwtVerifier;

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
            roles: BTreeSet::new(),
            subject: "anonymous".to_owned(),
        }
    }

    /// This cell acting by itself, for instance a consumer.
    pub fn service(name: &str) -> Self {
        Self {
            issuer: "cell".to_owned(),
            kind: IdentityKind::Service,
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

    /// SHA-256 of the canonical identity, for the decision in the ledger.
    pub fn digest(&self) -> Digest {
        // Strings and sets of strings always have a canonical form; if not, nothing matches the zero digest.
        canonical::digest(self).unwrap_or(Digest::ZERO)
    }
}

/// A token that does not prove who is calling. The text is for logs, not for the caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TokenError(pub String);

/// Port: turns a bearer token into an identity.
#[async_trait]
pub trait TokenVerifier: Send + Sync {
    /// The identity that the token proves.
    async fn verify(&self, token: &str) -> Result<Identity, TokenError>;
}

/// Knows nobody: refuses every token. In force when no issuer is configured.
#[derive(Debug, Clone, Copy)]
pub struct NoIssuer;

#[async_trait]
impl TokenVerifier for NoIssuer {
    async fn verify(&self, _: &str) -> Result<Identity, TokenError> {
        Err(TokenError("no token issuer is configured".to_owned()))
    }
}
