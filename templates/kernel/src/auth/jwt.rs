//! JSON Web Tokens (RFC 7519) as RFC 8725 advises: one pinned algorithm, issuer, audience and times all required.

use std::collections::BTreeSet;

use async_trait::async_trait;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::{Deserialize, Serialize};

use super::{Identity, IdentityKind, TokenError, TokenVerifier};

/// How far clocks may differ, in seconds.
const LEEWAY: u64 = 30;

/// The claims this cell reads and its development issuer writes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) aud: serde_json::Value,
    pub(super) sub: String,
    pub(super) exp: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) nbf: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) iat: Option<u64>,
    #[serde(default)]
    pub(super) roles: BTreeSet<String>,
    #[serde(default)]
    pub(super) kind: IdentityKind,
}

/// Verifies tokens of one issuer with one key and one algorithm. What the token's header asks for is not followed.
pub struct JwtVerifier {
    key: DecodingKey,
    validation: Validation,
}

impl JwtVerifier {
    /// A verifier for tokens of `issuer`, meant for `audience`.
    pub fn new(algorithm: Algorithm, key: DecodingKey, issuer: &str, audience: &str) -> Self {
        let mut validation = Validation::new(algorithm);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        Self { key, validation }
    }

    /// The identity that a token proves.
    ///
    /// # Errors
    /// When signature, algorithm, issuer, audience or times do not fit.
    pub fn identity(&self, token: &str) -> Result<Identity, TokenError> {
        let data =
            decode::<Claims>(token, &self.key, &self.validation).map_err(|e| TokenError::invalid(e.to_string()))?;
        let claims = data.claims;
        if claims.sub.is_empty() || claims.kind == IdentityKind::Anonymous {
            return Err(TokenError::invalid("the token names nobody"));
        }
        Ok(Identity { issuer: claims.iss, kind: claims.kind, owner: None, roles: claims.roles, subject: claims.sub })
    }
}

#[async_trait]
impl TokenVerifier for JwtVerifier {
    async fn verify(&self, token: &str) -> Result<Identity, TokenError> {
        self.identity(token)
    }
}
