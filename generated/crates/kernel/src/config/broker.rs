//! Which broker carries a cell's events, if not the cell itself.

use std::path::PathBuf;

use super::Reader;
use super::secret::Secret;

/// A NATS server with JetStream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// Where it is.
    pub url: String,
    /// The cell's name in subjects.
    pub cell: String,
    /// Where the text of a credentials file is.
    pub credentials: Option<Secret>,
    /// A file of certificates (PEM) to trust; the connection is encrypted then.
    pub tls_ca: Option<PathBuf>,
}

/// What the keys below `bus` say; nothing without an address.
pub(super) fn read(reader: &mut Reader<'_>) -> Option<Broker> {
    let url = reader.optional("bus.url");
    let cell = reader.text("bus.cell");
    if !cell.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        reader.problem("bus.cell", "expected letters, digits, - and _");
    }
    let credentials = reader.secret("bus.credentials");
    let tls_ca = reader.optional("bus.tls_ca").map(PathBuf::from);
    let url = url?;
    let plain =
        url.strip_prefix("nats://").or_else(|| url.strip_prefix("tls://")).is_some_and(|rest| !rest.contains('@'));
    if !plain {
        reader.problem("bus.url", "expected nats://host:port or tls://host:port; secrets are named in bus.credentials");
        return None;
    }
    Some(Broker { url, cell, credentials, tls_ca })
}
