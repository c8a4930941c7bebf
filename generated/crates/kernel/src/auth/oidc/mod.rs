//! Tokens of an identity provider: OpenID Connect Discovery 1.0, JWK sets (RFC 7517), and JWTs as RFC 8725 advises.

mod keys;
mod provider;

use async_trait::async_trait;
use jsonwebtoken::{Header, Validation, decode, decode_header};
use serde_json::Value;

use super::{Identity, IdentityKind, TokenError, TokenVerifier};
use crate::config::Oidc;
use keys::KeyRing;
use provider::Provider;

/// Believes what one provider has signed, with keys that it publishes.
pub(crate) struct OidcVerifier {
    config: Oidc,
    keys: KeyRing,
}

impl OidcVerifier {
    pub(crate) fn new(config: Oidc) -> Self {
        let provider = Provider::new(&config);
        let keys = KeyRing::new(Box::new(provider), (config.fresh, config.stale), config.pause);
        Self { config, keys }
    }

    /// What has to be right about a token beside its signature.
    fn validation(&self, header: &Header) -> Validation {
        let mut validation = Validation::new(header.alg);
        validation.leeway = self.config.clock_skew.as_secs();
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.config.issuer]);
        validation.set_audience(&self.config.audiences);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation
    }

    /// Whoever the claims name, with the roles they have here.
    fn identity(&self, claims: &Value) -> Result<Identity, TokenError> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (Some(subject), Some(issuer)) = (text("sub"), text("iss")) else {
            return Err(TokenError::invalid("the token names nobody"));
        };
        let given = match claims.pointer(&self.config.roles_claim) {
            Some(Value::String(words)) => words.split_whitespace().map(str::to_owned).collect(),
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let mapped = self.config.roles.iter().filter(|(theirs, _)| given.contains(theirs));
        let roles = match self.config.roles.is_empty() {
            true => given.iter().cloned().collect(),
            false => mapped.map(|(_, ours)| ours.clone()).collect(),
        };
        Ok(Identity {
            issuer: issuer.to_owned(),
            kind: IdentityKind::User,
            owner: None,
            roles,
            subject: subject.to_owned(),
        })
    }
}

/// What a header must not ask for, and may say. Keys that it brings along are not looked at.
fn check_header(header: &Header) -> Result<(), TokenError> {
    if header.crit.is_some() {
        return Err(TokenError::invalid("the token needs an extension"));
    }
    let kind = header.typ.as_deref().unwrap_or("JWT").to_ascii_lowercase();
    match kind.strip_prefix("application/").unwrap_or(&kind) {
        "jwt" | "at+jwt" => Ok(()),
        other => Err(TokenError::invalid(format!("a token of type {other:?} proves nothing here"))),
    }
}

#[async_trait]
impl TokenVerifier for OidcVerifier {
    async fn verify(&self, token: &str) -> Result<Identity, TokenError> {
        // An algorithm that is none fails here, with the rest of a header that is no header.
        let header = decode_header(token).map_err(|error| TokenError::invalid(error.to_string()))?;
        check_header(&header)?;
        if !self.config.algorithms.contains(&header.alg) {
            return Err(TokenError::invalid(format!("{:?} is not an algorithm that is believed", header.alg)));
        }
        let key = self.keys.find(header.kid.as_deref(), header.alg).await?;
        let decoded = decode::<Value>(token, key.decoding(), &self.validation(&header));
        self.identity(&decoded.map_err(|error| TokenError::invalid(error.to_string()))?.claims)
    }
}
