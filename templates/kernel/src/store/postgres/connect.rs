//! The way to the server: address, secrets, TLS, and whether what is found there will do.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::errors::{Failure, chain, translate};
use crate::config::{Database, Tls};
use crate::store::StoreError;

/// The oldest version this is tried with.
const OLDEST: i64 = 14;
/// How long to wait for a connection.
const WAIT: Duration = Duration::from_secs(5);

/// The server of a configuration.
pub(super) struct Server {
    config: Config,
    tls: Option<rustls::ClientConfig>,
    /// Where it is and how it is called, for messages: nothing secret.
    pub(super) label: String,
}

impl Server {
    /// Reads secrets and certificates; asks nobody.
    pub(super) fn new(database: &Database) -> Result<Self, StoreError> {
        let wrong = |reason: String| StoreError::Connect(reason);
        let url = database.url.text().map_err(wrong)?;
        // What the parser says may quote what it read.
        let mut config: Config = url
            .parse()
            .map_err(|_| wrong("database.url is not of the form postgres://user@host:port/name".to_owned()))?;
        if let Some(password) = &database.password {
            config.password(password.text().map_err(wrong)?);
        }
        config.application_name("cell").connect_timeout(WAIT).keepalives_idle(Duration::from_secs(30));
        config.options(format!(
            "-c synchronous_commit=on -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s -c statement_timeout={} {}",
            database.statement_timeout.as_millis(),
            config.get_options().unwrap_or_default()
        ));
        let encrypted = match database.tls {
            Tls::Verify => true,
            Tls::Off => false,
            Tls::Auto => !config.get_hosts().iter().all(is_here),
        };
        config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
        let tls = encrypted.then(|| client_config(database)).transpose().map_err(wrong)?;
        let label = label(&config);
        Ok(Self { config, tls, label })
    }

    /// A pool of at most so many connections. Opens none.
    pub(super) fn pool(&self, size: usize) -> Result<Pool, StoreError> {
        let settings = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = match &self.tls {
            Some(tls) => Manager::from_config(self.config.clone(), MakeRustlsConnect::new(tls.clone()), settings),
            None => Manager::from_config(self.config.clone(), NoTls, settings),
        };
        let builder = Pool::builder(manager).max_size(size).runtime(Runtime::Tokio1);
        let builder = builder.wait_timeout(Some(WAIT)).create_timeout(Some(WAIT)).recycle_timeout(Some(WAIT));
        builder.build().map_err(|error| StoreError::Connect(error.to_string()))
    }

    /// Whether the server can keep what a cell keeps: its age, its encoding, how it sorts.
    pub(super) async fn examine(&self, pool: &Pool) -> Result<(), StoreError> {
        let named = |failure: Failure| match failure.error {
            StoreError::Connect(reason) => StoreError::Connect(format!("{}: {reason}", self.label)),
            StoreError::Io(reason) => StoreError::Io(format!("{}: {reason}", self.label)),
            other => other,
        };
        let client = take(pool).await.map_err(named)?;
        // Orders of languages put `Z` behind `a`, or ignore what is not a letter.
        let sql = "SELECT current_setting('server_version_num')::bigint / 10000, current_setting('server_encoding'), \
            'Z' < 'a' AND 'a b' < 'aa' AND 'z' < 'é' AND 'a-' < 'aa', current_setting('fsync')";
        let row = client.query_one(sql, &[]).await.map_err(|e| named(translate(&e)))?;
        let read = |e: tokio_postgres::Error| translate(&e).error;
        let found = Found {
            version: row.try_get(0).map_err(read)?,
            encoding: row.try_get(1).map_err(read)?,
            by_bytes: row.try_get(2).map_err(read)?,
        };
        if row.try_get::<_, String>(3).map_err(read)? == "off" {
            tracing::warn!(database = self.label, "fsync is off: a crash of the server may lose what was acknowledged");
        }
        found.will_do().map_err(|reason| StoreError::Connect(format!("{}: {reason}", self.label)))
    }
}

/// What a server says of itself.
struct Found {
    version: i64,
    encoding: String,
    by_bytes: bool,
}

impl Found {
    fn will_do(&self) -> Result<(), String> {
        if self.version < OLDEST {
            return Err(format!("the server is PostgreSQL {}; it must be {OLDEST} or newer", self.version));
        }
        if self.encoding != "UTF8" || !self.by_bytes {
            return Err("the database must keep UTF-8 and sort it by its bytes, as all stores do; make it with \
                CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
                .to_owned());
        }
        Ok(())
    }
}

/// A connection, or why there is none.
pub(super) async fn take(pool: &Pool) -> Result<Object, Failure> {
    pool.get().await.map_err(|error| match error {
        PoolError::Backend(error) => translate(&error),
        PoolError::Timeout(_) => {
            Failure { error: StoreError::Io(format!("no connection within {} s", WAIT.as_secs())), again: true }
        }
        PoolError::Closed => Failure::last(StoreError::Closed),
        other => Failure::last(StoreError::Connect(chain(&other))),
    })
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn label(config: &Config) -> String {
    let hosts = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(path) => path.display().to_string(),
    });
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let name = config.get_dbname().or(config.get_user()).unwrap_or_default();
    format!("database {name} at {}:{port}", hosts.collect::<Vec<_>>().join(","))
}

/// Certificates are checked, and the name in them: encryption to whoever answers would be none.
fn client_config(database: &Database) -> Result<rustls::ClientConfig, String> {
    let mut roots = rustls::RootCertStore::empty();
    match &database.tls_ca {
        Some(path) => {
            let said = |error: &dyn std::fmt::Display| format!("database.tls_ca: {}: {error}", path.display());
            for certificate in CertificateDer::pem_file_iter(path).map_err(|e| said(&e))? {
                roots.add(certificate.map_err(|e| said(&e))?).map_err(|e| said(&e))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err("database.tls: there are no certificates to trust; name a file in database.tls_ca".to_owned());
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_old_or_sorts_otherwise_is_refused() {
        let found = |version, encoding: &str, by_bytes| Found { version, encoding: encoding.to_owned(), by_bytes };
        assert_eq!(found(14, "UTF8", true).will_do(), Ok(()));
        for (found, part) in [
            (found(13, "UTF8", true), "PostgreSQL 13"),
            (found(15, "LATIN1", true), "UTF-8"),
            (found(15, "UTF8", false), "LC_COLLATE 'C'"),
        ] {
            let reason = found.will_do().unwrap_err();
            assert!(reason.contains(part), "{reason}");
        }
    }
}
