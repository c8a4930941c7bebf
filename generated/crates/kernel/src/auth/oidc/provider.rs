//! The provider's keys, as it publishes them.

use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::config::{Oidc, reachable};
use crate::http::Caller;

/// The longest document taken.
const LIMIT: usize = 256 * 1024;
/// How many keys of a set are looked at.
const MOST_KEYS: usize = 64;
/// The shortest RSA modulus that is believed.
const RSA_BITS: usize = 2048;

/// A public key and the algorithms that may be used with it.
pub(super) struct Key {
    pub(super) id: Option<String>,
    pub(super) algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

impl Key {
    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.key
    }

    /// A key of a set, unless it is for something else, unknown, too short, or no public key at all.
    fn of(jwk: &Jwk) -> Option<Self> {
        let common = &jwk.common;
        let for_signatures = common.public_key_use.as_ref().is_none_or(|it| *it == PublicKeyUse::Signature)
            && common.key_operations.as_ref().is_none_or(|it| it.contains(&KeyOperations::Verify));
        let algorithms = match &jwk.algorithm {
            AlgorithmParameters::RSA(rsa) if bits(&rsa.n) >= RSA_BITS => {
                use Algorithm::{PS256, PS384, PS512, RS256, RS384, RS512};
                &[RS256, RS384, RS512, PS256, PS384, PS512][..]
            }
            AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => &[Algorithm::ES256],
            AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P384 => &[Algorithm::ES384],
            AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => &[Algorithm::EdDSA],
            // A shared secret that everybody can read is none.
            _ => &[],
        };
        let named = common.key_algorithm.map(|named| named.to_string().parse::<Algorithm>().ok());
        let algorithms: Vec<_> =
            algorithms.iter().copied().filter(|it| named.is_none_or(|named| named == Some(*it))).collect();
        if !for_signatures || algorithms.is_empty() {
            return None;
        }
        Some(Self { id: common.key_id.clone(), algorithms, key: DecodingKey::from_jwk(jwk).ok()? })
    }
}

#[cfg(test)]
impl Key {
    /// A key for Ed25519.
    pub(super) fn named(id: &str) -> Self {
        let key = DecodingKey::from_ed_der(&[0; 32]);
        Self { id: Some(id.to_owned()), algorithms: vec![Algorithm::EdDSA], key }
    }
}

/// The length of a number in base64url.
fn bits(number: &str) -> usize {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(number).unwrap_or_default();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    (bytes.len() - zeros) * 8
}

/// Where keys come from.
#[async_trait]
pub(super) trait Source: Send + Sync {
    /// All that can be used, now.
    async fn fetch(&self) -> Result<Vec<Key>, String>;
}

/// A provider that is found by its address.
pub(super) struct Provider {
    issuer: String,
    patience: Duration,
    caller: Caller,
}

impl Provider {
    pub(super) fn new(config: &Oidc) -> Self {
        Self { issuer: config.issuer.clone(), patience: config.patience, caller: Caller::default() }
    }

    async fn document<T: DeserializeOwned>(&self, url: &str) -> Result<T, String> {
        let request = Request::get(url).header(header::ACCEPT, "application/json").body(Body::empty());
        let request = request.map_err(|error| format!("{url}: {error}"))?;
        let reply = match tokio::time::timeout(self.patience, self.caller.send(request, LIMIT)).await {
            Ok(reply) => reply.map_err(|error| format!("{url}: {error}"))?,
            Err(_) => return Err(format!("{url}: no answer within {:?}", self.patience)),
        };
        if reply.status != StatusCode::OK {
            return Err(format!("{url}: status {}", reply.status));
        }
        serde_json::from_slice(&reply.body).map_err(|error| format!("{url}: {error}"))
    }
}

/// What is used of a provider's description of itself.
#[derive(Deserialize)]
struct Discovered {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

#[async_trait]
impl Source for Provider {
    async fn fetch(&self) -> Result<Vec<Key>, String> {
        let place = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let discovered: Discovered = self.document(&place).await?;
        if discovered.issuer != self.issuer {
            return Err(format!("{place}: it speaks for {:?}", discovered.issuer));
        }
        reachable(&discovered.jwks_uri).map_err(|reason| format!("{place}: jwks_uri: {reason}"))?;
        let set: Set = self.document(&discovered.jwks_uri).await?;
        // One that is not understood does not take the others away.
        let known = set.keys.into_iter().take(MOST_KEYS).filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
        let keys: Vec<Key> = known.filter_map(|jwk| Key::of(&jwk)).collect();
        if keys.is_empty() { Err(format!("{}: no key that can be used", discovered.jwks_uri)) } else { Ok(keys) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn algorithms(jwk: serde_json::Value) -> Vec<Algorithm> {
        let key = serde_json::from_value::<Jwk>(jwk).ok().and_then(|jwk| Key::of(&jwk));
        key.map(|key| key.algorithms).unwrap_or_default()
    }

    #[test]
    fn a_key_is_used_for_what_it_is_and_for_nothing_else() {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let ed = |more: serde_json::Value| {
            let mut jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x});
            jwk.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            jwk
        };
        assert_eq!(algorithms(ed(json!({}))), [Algorithm::EdDSA]);
        assert_eq!(algorithms(ed(json!({"use": "sig", "alg": "EdDSA"}))), [Algorithm::EdDSA]);
        for other in
            [json!({"use": "enc"}), json!({"key_ops": ["sign"]}), json!({"alg": "HS256"}), json!({"crv": "P-256"})]
        {
            assert_eq!(algorithms(ed(other.clone())), [], "{other}");
        }
        let rsa = |bytes: usize| {
            use base64::Engine as _;
            let n = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(vec![0xc3; bytes]);
            json!({"kty": "RSA", "n": n, "e": "AQAB"})
        };
        assert_eq!((algorithms(rsa(256)).len(), algorithms(rsa(128))), (6, vec![]));
        assert_eq!(algorithms(json!({"kty": "oct", "k": "c2VjcmV0"})), []);
    }
}
