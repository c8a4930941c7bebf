//! The log's key: the file that keeps it, the list of all verifier keys there ever were, and its replacement by another.

use std::path::{Path, PathBuf};

use evidence_log::LogError;
use evidence_log::note::{KeyKind, SignerKey, VerifierKey};
use serde_json::json;

use super::{Appended, LedgerError, NewEntry, Subject, append, head};
use crate::blob::BlobStore;
use crate::secret_file::{self, SecretFileError};
use crate::store::{SqlValue, StoreError, Tx, Value};
use crate::types::Timestamp;

/// The key's file in the data directory.
pub const FILE: &str = "ledger.key";
/// A key that replaces it as soon as the ledger says so.
const NEXT: &str = "ledger.key.next";

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error(transparent)]
    File(#[from] SecretFileError),
    /// What is there is no key.
    #[error("{place}: {error}")]
    Damaged {
        /// Where it was read.
        place: String,
        /// What is wrong.
        error: LogError,
    },
    /// A reference leads nowhere.
    #[error("ledger.key: {0}")]
    Reference(String),
    /// It is not the key in force.
    #[error(
        "the ledger is signed with {in_force}, not with {found}: restore that key, or replace it by `node ledger rotate-key`"
    )]
    NotInForce {
        /// The verifier key the ledger names.
        in_force: String,
        /// The one that belongs to what was found.
        found: String,
    },
    /// The name is the log's identity; it does not change with the key.
    #[error("a new key keeps the name of the log, {0}")]
    OtherName(String),
}

/// Where the secret half is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// In the data directory, made at first use.
    DataDir(PathBuf),
    /// In a file that somebody else keeps.
    File(PathBuf),
    /// In an environment variable.
    Variable(String),
}

impl KeyPlace {
    /// The place a configuration names: `file:PATH` or `env:NAME`, or the data directory.
    ///
    /// # Errors
    /// When it names no place.
    pub fn of(reference: Option<&str>, data_dir: &Path) -> Result<Self, String> {
        let Some(reference) = reference else { return Ok(Self::DataDir(data_dir.to_owned())) };
        match reference.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("env", name)) if !name.is_empty() => Ok(Self::Variable(name.to_owned())),
            _ => Err("expected file:PATH or env:NAME; the key itself is never written here".to_owned()),
        }
    }

    /// The key at this place; in a data directory it is made if it is not there.
    pub(crate) fn key(&self) -> Result<SignerKey, KeyError> {
        match self {
            Self::DataDir(dir) => read_or_create(&dir.join(FILE), None, KeyKind::Ed25519),
            Self::File(path) => match secret_file::read(path)? {
                Some(text) => parse(&text, &path.display().to_string()),
                None => Err(KeyError::Reference(format!("{} does not exist", path.display()))),
            },
            Self::Variable(name) => match std::env::var(name) {
                Ok(text) => parse(text.trim(), name),
                Err(_) => Err(KeyError::Reference(format!("the environment variable {name} is not set"))),
            },
        }
    }
}

/// The key in a file, made if it is not there. Without a name it gets one that nobody else has.
pub(crate) fn read_or_create(path: &Path, name: Option<&str>, kind: KeyKind) -> Result<SignerKey, KeyError> {
    let place = path.display().to_string();
    if let Some(text) = secret_file::read(path)? {
        return parse(&text, &place);
    }
    let key = new_key(name, kind, &place)?;
    parse(&secret_file::read_or_create(path, &key.to_secret_text())?, &place)
}

fn new_key(name: Option<&str>, kind: KeyKind, place: &str) -> Result<SignerKey, KeyError> {
    let unique = || format!("cell.local/{}", uuid::Uuid::new_v4().simple());
    let name = name.map_or_else(unique, str::to_owned);
    SignerKey::new(&name, kind, &secret_file::seed())
        .map_err(|error| KeyError::Damaged { place: place.to_owned(), error })
}

fn parse(text: &str, place: &str) -> Result<SignerKey, KeyError> {
    text.parse().map_err(|error| KeyError::Damaged { place: place.to_owned(), error })
}

/// The verifier keys there ever were, in their order; the last one is in force.
///
/// # Errors
/// When the store fails or a key is damaged.
pub async fn verifier_keys(tx: &mut dyn Tx) -> Result<Vec<VerifierKey>, StoreError> {
    let rows = tx.query("SELECT verifier_key FROM ledger_keys ORDER BY number", &[]).await?;
    let parse = |text: String| text.parse().map_err(|e: LogError| StoreError::Corrupt(format!("a verifier key: {e}")));
    rows.iter().map(|row| row.at(0).and_then(parse)).collect()
}

/// The key that the ledger says is in force; the first one that is ever seen becomes it.
pub(crate) async fn adopt(tx: &mut dyn Tx, place: &KeyPlace, now: Timestamp) -> Result<SignerKey, LedgerError> {
    let in_force = verifier_keys(tx).await?.pop();
    let Some(in_force) = in_force else {
        let key = place.key()?;
        add(tx, key.verifier(), 0, now).await?;
        return Ok(key);
    };
    finish_rotation(place, &in_force)?;
    let key = place.key()?;
    match *key.verifier() == in_force {
        true => Ok(key),
        false => {
            let found = key.verifier().to_string();
            Err(KeyError::NotInForce { in_force: in_force.to_string(), found }.into())
        }
    }
}

/// A rotation that was cut short after the ledger had said so.
fn finish_rotation(place: &KeyPlace, in_force: &VerifierKey) -> Result<(), KeyError> {
    let KeyPlace::DataDir(dir) = place else { return Ok(()) };
    let next = dir.join(NEXT);
    let Some(text) = secret_file::read(&next)? else { return Ok(()) };
    if parse(&text, &next.display().to_string())?.verifier() == in_force {
        secret_file::replace(&dir.join(FILE), &text)?;
        secret_file::remove(&next)?;
    }
    Ok(())
}

async fn add(tx: &mut dyn Tx, key: &VerifierKey, sequence: u64, now: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO ledger_keys (number, verifier_key, sequence, added_at) \
        VALUES ((SELECT count(*) + 1 FROM ledger_keys), $1, $2, $3)";
    tx.execute(sql, &[Value::Text(key.to_string()), sequence.to_value(), now.to_value()]).await.map(drop)
}

/// A key that is to replace the one in force: in a data directory a new one, elsewhere the one that is configured now. It is
/// on disk before the ledger names it.
pub(crate) fn prepare_next(place: &KeyPlace, in_force: &VerifierKey) -> Result<SignerKey, KeyError> {
    let next = match place {
        KeyPlace::DataDir(dir) => {
            let path = dir.join(NEXT);
            let key = new_key(Some(in_force.name()), KeyKind::Ed25519, &path.display().to_string())?;
            secret_file::replace(&path, &key.to_secret_text())?;
            key
        }
        KeyPlace::File(_) | KeyPlace::Variable(_) => place.key()?,
    };
    match next.verifier().name() == in_force.name() {
        true => Ok(next),
        false => Err(KeyError::OtherName(in_force.name().to_owned())),
    }
}

/// Puts another key in force: an entry says so, in the same transaction.
pub(crate) async fn rotate(
    tx: &mut dyn Tx,
    blobs: &dyn BlobStore,
    next: &VerifierKey,
    now: Timestamp,
) -> Result<u64, LedgerError> {
    let in_force = verifier_keys(tx).await?.pop();
    let in_force = in_force.ok_or_else(|| StoreError::Corrupt("the ledger has no key yet".to_owned()))?;
    let subject = Subject::new("ledger", in_force.name());
    let entry = NewEntry {
        payload: json!({"from": in_force.to_string(), "to": next.to_string()}),
        ..NewEntry::of_ledger("ledger.key_rotated", "ledger.rotate_key", subject, now)
    };
    let appended: Appended = append(tx, blobs, entry).await?;
    add(tx, next, appended.sequence(), now).await?;
    Ok(head(tx).await?.0)
}
