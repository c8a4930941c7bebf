//! Where a delivery really comes from.

use std::fmt;
use std::fs;

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::canonical::from_hex;

/// Where a secret is. Specifications never hold secrets themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretRef {
    /// In an environment variable.
    Env(&'static str),
    /// In a file; one trailing newline is not part of it.
    File(&'static str),
}

impl SecretRef {
    /// The secret, read now so that it can be rotated; `None` when it is not there or empty.
    pub(crate) fn resolve(&self) -> Option<SecretSlice<u8>> {
        let mut bytes = match self {
            Self::Env(name) => std::env::var(name).ok()?.into_bytes(),
            Self::File(path) => fs::read(path).ok()?,
        };
        if matches!(self, Self::File(_)) && bytes.last() == Some(&b'\n') {
            bytes.pop();
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
        }
        (!bytes.is_empty()).then(|| bytes.into())
    }
}

impl SecretRef {
    /// The text there, without space around it, for what is no secret but differs from place to place.
    pub(crate) fn text(&self) -> Option<String> {
        let bytes = self.resolve()?;
        let text = std::str::from_utf8(bytes.expose_secret()).ok()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{path}"),
        }
    }
}

/// How a delivery proves where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verify {
    /// HMAC-SHA256 over the raw body, in hexadecimal after a prefix (RFC 2104; GitHub and others).
    HmacSha256 {
        /// The header with the signature.
        header: &'static str,
        /// What stands before the digits, for instance `sha256=`.
        prefix: &'static str,
        /// The shared key.
        secret: SecretRef,
    },
    /// The header is a shared token behind a prefix, byte for byte (GitLab, Okta event hooks, bearer tokens). It says nothing
    /// about the body.
    SharedToken {
        /// The header with the token.
        header: &'static str,
        /// What stands before the token, for instance `Bearer `.
        prefix: &'static str,
        /// The shared token.
        secret: SecretRef,
    },
}

/// Why a delivery is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookSignatureError {
    /// There is no signature.
    #[error("the signature is missing")]
    Missing,
    /// There is more than one, or it does not have the declared form.
    #[error("the signature is malformed")]
    Malformed,
    /// It is somebody else's, or the body was changed.
    #[error("the signature does not match")]
    Mismatch,
}

impl Verify {
    pub(crate) fn secret(&self) -> SecretRef {
        match self {
            Self::HmacSha256 { secret, .. } | Self::SharedToken { secret, .. } => *secret,
        }
    }

    /// Checks the raw body against the headers. Takes the same time wherever a wrong signature differs.
    pub(crate) fn check(
        &self,
        secret: &SecretSlice<u8>,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), WebhookSignatureError> {
        let header = match self {
            Self::HmacSha256 { header, .. } | Self::SharedToken { header, .. } => header,
        };
        let mut given = headers.get_all(*header).iter();
        let value = given.next().ok_or(WebhookSignatureError::Missing)?.as_bytes();
        if given.next().is_some() {
            return Err(WebhookSignatureError::Malformed);
        }
        let same = match self {
            Self::HmacSha256 { prefix, .. } => {
                let text = std::str::from_utf8(value).map_err(|_| WebhookSignatureError::Malformed)?;
                let hex = text.strip_prefix(prefix).ok_or(WebhookSignatureError::Malformed)?;
                hmac_sha256(secret.expose_secret(), body, hex).ok_or(WebhookSignatureError::Malformed)?
            }
            Self::SharedToken { prefix, .. } => {
                let token = value.strip_prefix(prefix.as_bytes()).ok_or(WebhookSignatureError::Malformed)?;
                bool::from(token.ct_eq(secret.expose_secret()))
            }
        };
        if same { Ok(()) } else { Err(WebhookSignatureError::Mismatch) }
    }
}

/// Whether `hex` is the body's HMAC-SHA256 under `key`; `None` when it cannot be one.
fn hmac_sha256(key: &[u8], body: &[u8], hex: &str) -> Option<bool> {
    let given = from_hex(hex).filter(|tag| tag.len() == 32)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(body);
    Some(mac.verify_slice(&given).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Vector {
        comment: String,
        key: String,
        msg: String,
        tag: String,
        result: String,
    }

    /// A selection of Project Wycheproof's vectors (Apache-2.0): see tests/fixtures/README.md.
    #[test]
    fn wycheproof() {
        let vectors: Vec<Vector> =
            serde_json::from_str(include_str!("../../tests/fixtures/wycheproof_hmac_sha256.json")).unwrap();
        for v in vectors {
            let (key, msg) = (from_hex(&v.key).unwrap(), from_hex(&v.msg).unwrap());
            let valid = hmac_sha256(&key, &msg, &v.tag) == Some(true);
            assert_eq!(valid, v.result == "valid", "{}", v.comment);
        }
    }

    #[derive(serde::Deserialize)]
    struct Signed {
        id: String,
        scheme: String,
        secret: String,
        body_b64: String,
        header_value: String,
        expect_valid: bool,
    }

    #[test]
    fn published_webhook_signatures() {
        use base64::Engine as _;
        let vectors: Vec<Signed> =
            serde_json::from_str(include_str!("../../tests/fixtures/webhook_signatures.json")).unwrap();
        for v in vectors {
            let secret = SecretRef::Env("UNUSED");
            let verify = match v.scheme.as_str() {
                "github-hmac-sha256" => Verify::HmacSha256 { header: "X-Signature", prefix: "sha256=", secret },
                _ => Verify::SharedToken { header: "X-Signature", prefix: "", secret },
            };
            let body = base64::engine::general_purpose::STANDARD.decode(&v.body_b64).unwrap();
            let mut headers = HeaderMap::new();
            headers.insert("X-Signature", v.header_value.parse().unwrap());
            let checked = verify.check(&v.secret.clone().into_bytes().into(), &headers, &body);
            assert_eq!(checked.is_ok(), v.expect_valid, "{}", v.id);
            assert_eq!(
                verify.check(&b"k".to_vec().into(), &HeaderMap::new(), &body),
                Err(WebhookSignatureError::Missing)
            );
        }
    }

    /// How long a check takes says nothing about where a wrong token differs. A comparison that stops at the first difference
    /// is measured beside it, to show that this would be seen.
    #[test]
    fn a_wrong_token_takes_as_long_wherever_it_differs() {
        use std::hint::black_box;
        use std::time::{Duration, Instant};
        const LENGTH: usize = 8 * 1024;
        let secret: SecretSlice<u8> = vec![b'a'; LENGTH].into();
        let verify = Verify::SharedToken { header: "X-Token", prefix: "", secret: SecretRef::Env("UNUSED") };
        let differing = |place: usize| {
            let mut token = vec![b'a'; LENGTH];
            token[place] = b'b';
            HeaderMap::from_iter(
                [("x-token".parse().ok(), axum::http::HeaderValue::from_bytes(&token).unwrap())]
                    .map(|(name, value): (Option<axum::http::HeaderName>, _)| (name.unwrap(), value)),
            )
        };
        let (first, last) = (differing(0), differing(LENGTH - 1));
        let in_constant_time = |headers: &HeaderMap| assert!(verify.check(&secret, black_box(headers), b"").is_err());
        let until_it_differs = |headers: &HeaderMap| {
            let token = black_box(headers)["x-token"].as_bytes();
            assert!(!token.iter().zip(secret.expose_secret()).all(|(a, b)| a == b));
        };
        // Medians of turns side by side, so that whatever else the machine does meets both.
        let ratio = |check: &dyn Fn(&HeaderMap)| {
            let mut times: [Vec<Duration>; 2] = Default::default();
            for _ in 0..501 {
                for (headers, times) in [&first, &last].into_iter().zip(&mut times) {
                    let begun = Instant::now();
                    check(headers);
                    times.push(begun.elapsed());
                }
            }
            let [first, last] = times.map(|mut times| {
                times.sort();
                times[times.len() / 2].as_nanos().max(1)
            });
            (first.max(last) * 100) / first.min(last)
        };
        assert!(ratio(&until_it_differs) > 200, "the measurement sees nothing");
        let best = (0..5).map(|_| ratio(&in_constant_time)).min();
        assert!(best.is_some_and(|percent| percent < 115), "{best:?} percent");
    }
}
