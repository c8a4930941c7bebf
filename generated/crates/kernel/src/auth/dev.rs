//! A token issuer for development: one secret in the data directory, usable only behind the loopback interface.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, encode};
use secrecy::{ExposeSecret as _, SecretSlice};

use super::jwt::Claims;
use super::{IdentityKind, JwtVerifier, TokenError};
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
    /// Others can read the key, so it is no secret.
    #[error("{} must be readable by its owner only (mode 0600)", .0.display())]
    Exposed(PathBuf),
    /// The key is not one this issuer has written.
    #[error("{} is not a development key: remove it to get a new one", .0.display())]
    Damaged(PathBuf),
    /// The file system failed.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
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
        let secret = match read_key(&path)? {
            Some(secret) => secret,
            None => create_key(data_dir, &path)?,
        };
        Ok(Self { secret, issuer: issuer.to_owned(), audience: audience.to_owned() })
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
        encode(&Header::new(Algorithm::HS256), &claims, &key).map_err(|e| TokenError(e.to_string()))
    }
}

fn read_key(path: &Path) -> Result<Option<SecretSlice<u8>>, DevIssuerError> {
    let io = |error| DevIssuerError::Io { path: path.to_owned(), error };
    match fs::metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(io(e)),
        Ok(metadata) => check_mode(path, &metadata)?,
    }
    let hex = fs::read_to_string(path).map_err(io)?;
    let key = crate::canonical::from_hex(hex.trim_end()).filter(|key| key.len() == KEY_BYTES);
    key.map(|key| Some(key.into())).ok_or_else(|| DevIssuerError::Damaged(path.to_owned()))
}

#[cfg(unix)]
fn check_mode(path: &Path, metadata: &fs::Metadata) -> Result<(), DevIssuerError> {
    use std::os::unix::fs::PermissionsExt as _;
    if metadata.permissions().mode() & 0o077 == 0 { Ok(()) } else { Err(DevIssuerError::Exposed(path.to_owned())) }
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: &fs::Metadata) -> Result<(), DevIssuerError> {
    Ok(())
}

/// Written whole under another name and then linked, so that two processes starting together agree on one key.
fn create_key(data_dir: &Path, path: &Path) -> Result<SecretSlice<u8>, DevIssuerError> {
    let io = |error| DevIssuerError::Io { path: path.to_owned(), error };
    fs::create_dir_all(data_dir).map_err(io)?;
    let temporary = data_dir.join(format!("{KEY_FILE}.{}", Uuid::new_v4()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary).map_err(io)?;
    // Four version-4 UUIDs: 488 bits from the system's generator.
    let hex: String = (0..4).map(|_| Uuid::new_v4().simple().to_string()).collect();
    let text = format!("{hex}\n");
    let linked = file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).and_then(|()| {
        match fs::hard_link(&temporary, path) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
            other => other,
        }
    });
    let _ = fs::remove_file(&temporary);
    linked.map_err(io)?;
    read_key(path)?.ok_or_else(|| DevIssuerError::Damaged(path.to_owned()))
}
