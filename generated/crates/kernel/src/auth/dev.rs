//! A token issuer for development: one secret in the data directory, usable only behind the loopback interface.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, encode};
use secrecy::{ExposeSecret as _, SecretSlice};

use super::jwt::Claims;
use super::{IdentityKind, JwtVerifier, TokenError};
use crate::secret_file::{self, SecretFileError};
use crate::types::{Timestamp, Uuid};

const KEY_FILE: &str = "dev-issuer.key";
const KEY_BYTES: usize = 64;

/// Why the development issuer does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevIssuerError {
    /// It would be reachable from elsewhere.
    #[error(
        "the development issuer works on loopback only, not on {0}: set auth.dev_issuer = false or listen on 127.0.0.1"
    )]
    NotLoopback(SocketAddr),
    /// The key is not one this issuer has written.
    #[error("{} is not a development key: remove it to get a new one", .0.display())]
    Damaged(PathBuf),
    /// The key cannot be read or made, or others can read it.
    #[error(transparent)]
    File(#[from] SecretFileError),
}

/// Issues and verifies tokens for people working on this machine.
pub struct DevIssuer {
    secret: SecretSlice<u8>,
    issuer: String,
    audience: String,
}

impl DevIssuer {
    /// Opens the issuer of a data directory, making its key at first use.
    ///
    /// # Errors
    /// When any address is not loopback, or the key cannot be made, read, or trusted.
    pub fn open(data_dir: &Path, listen: &[SocketAddr], issuer: &str, audience: &str) -> Result<Self, DevIssuerError> {
        if let Some(address) = listen.iter().find(|address| !address.ip().is_loopback()) {
            return Err(DevIssuerError::NotLoopback(*address));
        }
        let path = data_dir.join(KEY_FILE);
        let text = match secret_file::read(&path)? {
            Some(text) => text,
            None => secret_file::read_or_create(&path, &new_key())?,
        };
        let secret = decode(&text).ok_or(DevIssuerError::Damaged(path))?;
        Ok(Self { secret, issuer: issuer.to_owned(), audience: audience.to_owned() })
    }

    /// What it calls itself.
    pub(super) fn name(&self) -> &str {
        &self.issuer
    }

    /// A verifier for this issuer's tokens.
    pub fn verifier(&self) -> JwtVerifier {
        let key = DecodingKey::from_secret(self.secret.expose_secret());
        JwtVerifier::new(Algorithm::HS256, key, &self.issuer, &self.audience)
    }

    /// A token for a person with qualified roles, valid from now on.
    ///
    /// # Errors
    /// When signing fails.
    pub fn token(&self, subject: &str, roles: &[&str], ttl: Duration) -> Result<String, TokenError> {
        self.token_of(IdentityKind::User, subject, roles, ttl)
    }

    /// A token for any kind of caller.
    ///
    /// # Errors
    /// When signing fails.
    pub fn token_of(
        &self,
        kind: IdentityKind,
        subject: &str,
        roles: &[&str],
        ttl: Duration,
    ) -> Result<String, TokenError> {
        let now = u64::try_from(Timestamp::now().micros() / 1_000_000).unwrap_or(0);
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone().into(),
            sub: subject.to_owned(),
            exp: now.saturating_add(ttl.as_secs()),
            nbf: Some(now),
            iat: Some(now),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            kind,
        };
        let key = EncodingKey::from_secret(self.secret.expose_secret());
        encode(&Header::new(Algorithm::HS256), &claims, &key).map_err(|e| TokenError::invalid(e.to_string()))
    }
}

fn decode(hex: &str) -> Option<SecretSlice<u8>> {
    let key = crate::canonical::from_hex(hex).filter(|key| key.len() == KEY_BYTES);
    key.map(Into::into)
}

/// Four version-4 UUIDs: 488 bits from the system's generator.
fn new_key() -> String {
    (0..4).map(|_| Uuid::new_v4().simple().to_string()).collect()
}
