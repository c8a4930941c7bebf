//! Which database a cell keeps its data in, if not the one in its data directory.

use std::path::PathBuf;
use std::time::Duration;

use super::Reader;
use super::secret::Secret;

/// A database server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Where it is.
    pub url: Url,
    /// The password of the user in the address.
    pub password: Option<Secret>,
    /// Whether the connection is encrypted.
    pub tls: Tls,
    /// A file of certificates (PEM) to trust, in place of the system's.
    pub tls_ca: Option<PathBuf>,
    /// How many connections read at the same time; one more writes.
    pub connections: usize,
    /// How long a statement may take.
    pub statement_timeout: Duration,
}

/// An address of the form `postgres://user@host:port/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Url {
    /// Without a password in it.
    Plain(String),
    /// As a whole a secret.
    Secret(Secret),
}

/// Whether a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Encrypted and certificates checked, unless the server is on this machine.
    Auto,
    /// Encrypted, and the server's certificate and name are checked.
    Verify,
    /// Not encrypted.
    Off,
}

impl Url {
    /// The address itself; it may contain a password.
    ///
    /// # Errors
    /// When it is a secret and not where it should be.
    pub fn text(&self) -> Result<String, String> {
        match self {
            Self::Plain(text) => Ok(text.clone()),
            Self::Secret(secret) => secret.text().map_err(|error| format!("database.url: {error}")),
        }
    }

    /// Where it is kept, if it is a secret.
    pub(super) fn secret(&self) -> Option<&Secret> {
        match self {
            Self::Plain(_) => None,
            Self::Secret(secret) => Some(secret),
        }
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(secret) = Secret::parse(text) {
            return Ok(Self::Secret(secret));
        }
        let rest = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
        let rest = rest.ok_or("expected postgres://user@host:port/name, or where it is: env:NAME or file:PATH")?;
        let (authority, tail) = rest.split_once(['/', '?']).unwrap_or((rest, ""));
        let in_user = authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
        if in_user || tail.contains("password=") {
            return Err("a password does not belong here; say where it is in database.password: env:NAME or file:PATH");
        }
        Ok(Self::Plain(text.to_owned()))
    }
}

/// What the keys below `database` say; nothing without an address.
pub(super) fn read(reader: &mut Reader<'_>, statement_timeout: Duration) -> Option<Database> {
    let url = reader.optional("database.url");
    let password = reader.secret("database.password");
    let tls = match reader.choice("database.tls") {
        "verify" => Tls::Verify,
        "off" => Tls::Off,
        _ => Tls::Auto,
    };
    let tls_ca = reader.optional("database.tls_ca").map(PathBuf::from);
    let connections = reader.number("database.connections");
    match Url::parse(&url?) {
        Ok(url) => Some(Database { url, password, tls, tls_ca, connections, statement_timeout }),
        Err(reason) => {
            reader.problem("database.url", reason);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_no_password_in_it() {
        for url in ["postgres://db", "postgresql://ann@db:5432/cell?connect_timeout=3", "postgres:///cell?host=/run/pg"]
        {
            assert_eq!(Url::parse(url), Ok(Url::Plain(url.to_owned())), "{url}");
        }
        assert_eq!(Url::parse("env:DATABASE_URL"), Ok(Url::Secret(Secret::Env("DATABASE_URL".to_owned()))));
        for (url, part) in [
            ("mysql://db", "postgres://"),
            ("postgres://ann:hunter2@db/cell", "database.password"),
            ("postgres://ann@db/cell?password=hunter2", "database.password"),
        ] {
            let reason = Url::parse(url).unwrap_err();
            assert!(reason.contains(part) && !reason.contains("hunter2"), "{reason}");
        }
    }
}
