//! All who may vouch for a caller, each asked about its own tokens only.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;

use super::{DevIssuer, Identity, JwtVerifier, OidcVerifier, TokenError, TokenVerifier, service};
use crate::clock::Clock;
use crate::config::Oidc;
use crate::services::Services;
use crate::store::Store;

/// The longest token that is looked at, in bytes: with more, nobody's claims fit through proxies either.
const LONGEST: usize = 16 * 1024;

/// The identity provider, the cell itself for machines, and the development issuer where it is on.
pub(crate) struct Verifiers {
    development: Option<(String, JwtVerifier)>,
    oidc: Option<OidcVerifier>,
    store: Store,
    clock: Arc<dyn Clock>,
}

impl Verifiers {
    pub(crate) fn new(services: &Services, development: Option<&DevIssuer>, oidc: Option<&Oidc>) -> Self {
        let development = development.map(|issuer| (issuer.name().to_owned(), issuer.verifier()));
        let (store, clock) = (services.store.clone(), Arc::clone(&services.clock));
        Self { development, oidc: oidc.cloned().map(OidcVerifier::new), store, clock }
    }
}

/// Who a token says it is from. Whether that is true is for the verifier to say that is chosen by it.
#[derive(Deserialize)]
struct Claimed {
    iss: String,
}

#[async_trait]
impl TokenVerifier for Verifiers {
    async fn verify(&self, token: &str) -> Result<Identity, TokenError> {
        if token.len() > LONGEST {
            return Err(TokenError::invalid(format!("the token is longer than {LONGEST} bytes")));
        }
        if token.starts_with(service::PREFIX) {
            return service::verify(&self.store, self.clock.now(), token).await;
        }
        let claimed = jsonwebtoken::dangerous::insecure_decode_claims::<Claimed>(token);
        let issuer = claimed.map_err(|error| TokenError::invalid(error.to_string()))?.iss;
        match (&self.development, &self.oidc) {
            (Some((name, verifier)), _) if *name == issuer => verifier.verify(token).await,
            (_, Some(verifier)) => verifier.verify(token).await,
            (Some((_, verifier)), None) => verifier.verify(token).await,
            (None, None) => Err(TokenError::invalid("no token issuer is configured")),
        }
    }
}
