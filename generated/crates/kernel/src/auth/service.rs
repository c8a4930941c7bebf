//! Tokens for machines: made here, shown once, kept as a hash, taken back at any time.
//!
//! A token is `cst_<id>_<secret>`. It is found by its id, and the secret's SHA-256 is compared in constant time: the secret has
//! 256 random bits, so a slow hash would add nothing.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use serde::Serialize;
use serde_json::json;
use subtle::ConstantTimeEq as _;

use super::{Identity, IdentityKind, TokenError};
use crate::canonical::{Digest, from_hex};
use crate::ledger::{self, LedgerError, NewEntry, Subject};
use crate::secret_file::seed;
use crate::services::Services;
use crate::store::{Row, SqlValue, Store, StoreError, Tx, Value};
use crate::types::{Timestamp, Uuid};

/// What every token begins with, so that scanners for secrets know it.
pub(crate) const PREFIX: &str = "cst_";
/// Who vouches for machines.
pub(crate) const ISSUER: &str = "urn:cell:service-tokens";
/// The longest name.
const LONGEST_NAME: usize = 64;

/// A token as it is kept: nothing here lets anybody in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ServiceToken {
    pub(crate) name: String,
    /// The person who answers for the machine, as `issuer|subject`.
    pub(crate) owner: String,
    pub(crate) roles: Vec<String>,
    pub(crate) issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revoked_at: Option<Timestamp>,
}

/// What a new token is to be.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) owner: String,
    pub(crate) roles: Vec<String>,
    pub(crate) ttl: Duration,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServiceTokenError {
    #[error("a name has 1 to {LONGEST_NAME} letters, digits, - and _")]
    Name,
    #[error("there is, or was, a token with this name")]
    Taken,
    #[error("there is no token with this name")]
    Unknown,
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl From<StoreError> for ServiceTokenError {
    fn from(error: StoreError) -> Self {
        Self::Ledger(error.into())
    }
}

/// Makes a token; the text is not kept anywhere. That it was made is an entry in the ledger, in the same transaction.
pub(crate) async fn issue(services: &Services, wanted: Wanted, actor: &str) -> Result<String, ServiceTokenError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if !(1..=LONGEST_NAME).contains(&wanted.name.len()) || !wanted.name.chars().all(plain) {
        return Err(ServiceTokenError::Name);
    }
    let (id, secret, now) = (Uuid::new_v4().simple().to_string(), seed(), services.clock.now());
    let expires_at = now.saturating_add(wanted.ttl);
    let text = format!("{PREFIX}{id}_{}", Digest::from_bytes(secret).to_hex());
    let values: Arc<[Value]> = Arc::new([
        id.to_value(),
        wanted.name.to_value(),
        wanted.owner.to_value(),
        Value::Text(wanted.roles.join(" ")),
        Digest::of(&secret).to_value(),
        now.to_value(),
        expires_at.to_value(),
    ]);
    let said = json!({"expires_at": expires_at, "owner": wanted.owner, "roles": wanted.roles});
    let entry = entry("access.token_issued", &wanted.name, actor, now, said);
    let blobs = Arc::clone(&services.blobs);
    let work = services.store.transact(move |tx| {
        let (values, entry, blobs) = (Arc::clone(&values), entry.clone(), Arc::clone(&blobs));
        async move {
            let sql = "INSERT INTO service_tokens (id, name, owner, roles, digest, issued_at, expires_at) \
                VALUES ($1, $2, $3, $4, $5, $6, $7)";
            match tx.execute(sql, &values).await {
                Err(StoreError::Unique { .. }) => return Err(ServiceTokenError::Taken),
                other => other?,
            };
            ledger::append(tx, &*blobs, entry).await?;
            Ok(())
        }
        .boxed()
    });
    work.await.map(|()| text)
}

/// Takes a token back, from now on and for good; an entry in the ledger says so. Twice is once.
pub(crate) async fn revoke(services: &Services, name: &str, actor: &str) -> Result<(), ServiceTokenError> {
    let now = services.clock.now();
    let entry = entry("access.token_revoked", name, actor, now, json!({}));
    let (name, blobs) = (Value::Text(name.to_owned()), Arc::clone(&services.blobs));
    let work = services.store.transact(move |tx| {
        let (name, entry, blobs) = (name.clone(), entry.clone(), Arc::clone(&blobs));
        async move {
            let sql = "SELECT revoked_at FROM service_tokens WHERE name = $1";
            let row = tx.query_opt(sql, std::slice::from_ref(&name)).await?.ok_or(ServiceTokenError::Unknown)?;
            if row.get::<Option<Timestamp>>("revoked_at")?.is_none() {
                let sql = "UPDATE service_tokens SET revoked_at = $2 WHERE name = $1";
                tx.execute(sql, &[name, now.to_value()]).await?;
                ledger::append(tx, &*blobs, entry).await?;
            }
            Ok(())
        }
        .boxed()
    });
    work.await
}

/// All tokens there ever were, by name.
pub(crate) async fn list(store: &Store) -> Result<Vec<ServiceToken>, StoreError> {
    let sql = "SELECT name, owner, roles, issued_at, expires_at, revoked_at FROM service_tokens ORDER BY name";
    store.read(move |tx| async move { tx.query(sql, &[]).await?.iter().map(token).collect() }.boxed()).await
}

fn token(row: &Row) -> Result<ServiceToken, StoreError> {
    let roles: String = row.get("roles")?;
    Ok(ServiceToken {
        name: row.get("name")?,
        owner: row.get("owner")?,
        roles: roles.split_whitespace().map(str::to_owned).collect(),
        issued_at: row.get("issued_at")?,
        expires_at: row.get("expires_at")?,
        revoked_at: row.get("revoked_at")?,
    })
}

fn entry(kind: &str, name: &str, actor: &str, now: Timestamp, payload: serde_json::Value) -> NewEntry {
    NewEntry {
        source: "kernel.access".to_owned(),
        actor: actor.to_owned(),
        payload,
        ..NewEntry::of_ledger(kind, kind, Subject::new("service_token", name), now)
    }
}

/// The machine that a token proves. It is looked up each time, so that a token that is taken back is good for nothing.
pub(crate) async fn verify(store: &Store, now: Timestamp, text: &str) -> Result<Identity, TokenError> {
    let parts = text.strip_prefix(PREFIX).and_then(|rest| rest.split_once('_'));
    let secret = parts.and_then(|(_, secret)| from_hex(secret)).filter(|secret| secret.len() == 32);
    let (Some((id, _)), Some(secret)) = (parts, secret) else {
        return Err(TokenError::invalid("this is no service token"));
    };
    let id = Value::Text(id.to_owned());
    let found = store.read(move |tx| {
        let id = id.clone();
        async move { find(tx, id).await }.boxed()
    });
    let found = found.await.map_err(|error| TokenError::Unavailable(error.to_string()))?;
    // Whether there is such a token takes as long to find out as whether the secret is right.
    let kept = found.as_ref().map_or(Digest::ZERO, |(digest, _)| *digest);
    let same = bool::from(Digest::of(&secret).as_bytes().ct_eq(kept.as_bytes()));
    match found.filter(|_| same) {
        None => Err(TokenError::invalid("there is no such service token")),
        Some((_, token)) if token.revoked_at.is_some() => Err(TokenError::invalid("the service token was revoked")),
        Some((_, token)) if token.expires_at <= now => Err(TokenError::invalid("the service token has expired")),
        Some((_, token)) => Ok(Identity {
            issuer: ISSUER.to_owned(),
            kind: IdentityKind::Service,
            owner: Some(token.owner),
            roles: token.roles.into_iter().collect(),
            subject: format!("token:{}", token.name),
        }),
    }
}

async fn find(tx: &mut dyn Tx, id: Value) -> Result<Option<(Digest, ServiceToken)>, StoreError> {
    let sql = "SELECT digest, name, owner, roles, issued_at, expires_at, revoked_at FROM service_tokens WHERE id = $1";
    let Some(row) = tx.query_opt(sql, &[id]).await? else { return Ok(None) };
    Ok(Some((row.get("digest")?, token(&row)?)))
}
