//! Which broker carries a cell's events, if not the cell itself.

use std::path::PathBuf;
use std::time::Duration;

use super::Reader;
use super::secret::Secret;

/// A NATS server with JetStream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// Where it is.
    pub url: String,
    /// The cell's name in subjects.
    pub cell: String,
    /// How the cell proves there who it is, if it has to.
    pub login: Option<Login>,
    /// A file of certificates (PEM) to trust; the connection is encrypted then.
    pub tls_ca: Option<PathBuf>,
    /// How long the broker keeps an event.
    pub max_age: Duration,
    /// How many bytes of events the broker keeps.
    pub max_bytes: u64,
}

/// How a cell proves to a broker who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// Where the text of a credentials file is: a JWT and the seed of its key.
    Credentials(Secret),
    /// A name, and where the password is.
    Password(String, Secret),
}

/// What the keys below `bus` say; nothing without an address.
pub(super) fn read(reader: &mut Reader<'_>) -> Option<Broker> {
    let url = reader.optional("bus.url");
    let cell = reader.text("bus.cell");
    if !cell.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        reader.problem("bus.cell", "expected letters, digits, - and _");
    }
    let login = login(reader);
    let tls_ca = reader.optional("bus.tls_ca").map(PathBuf::from);
    let (max_age, max_bytes) = (reader.seconds("bus.max_age_seconds"), reader.number("bus.max_bytes") as u64);
    let url = url?;
    let plain =
        url.strip_prefix("nats://").or_else(|| url.strip_prefix("tls://")).is_some_and(|rest| !rest.contains('@'));
    if !plain {
        let reason =
            "expected nats://host:port or tls://host:port; secrets are named in bus.credentials and bus.password";
        reader.problem("bus.url", reason);
        return None;
    }
    Some(Broker { url, cell, login, tls_ca, max_age, max_bytes })
}

fn login(reader: &mut Reader<'_>) -> Option<Login> {
    let credentials = reader.secret("bus.credentials");
    let (user, password) = (reader.optional("bus.user"), reader.secret("bus.password"));
    if user.is_some() != password.is_some() {
        reader.problem("bus.user", "a user and a password come together");
    }
    match (credentials, user.zip(password)) {
        (Some(_), Some(_)) => {
            reader.problem("bus.credentials", "either credentials, or a user and a password");
            None
        }
        (credentials, None) => credentials.map(Login::Credentials),
        (None, Some((user, password))) => Some(Login::Password(user, password)),
    }
}
