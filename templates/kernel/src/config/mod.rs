//! Configuration: flags over environment over file over defaults. Every mistake is reported, all at once.

mod broker;
mod bucket;
mod database;
mod oidc;
mod rates;
mod reader;
mod secret;
mod settings;

use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use evidence_log::LogError;
use evidence_log::note::{KeyKind, VerifierKey};
use figment::Figment;
use figment::value::Value;

pub use broker::{Broker, Login};
pub use bucket::Bucket;
pub use database::{Database, Tls, Url};
pub use oidc::Oidc;
pub(crate) use oidc::reachable;
pub use rates::Rates;
use reader::{Problem, Reader, gather};
pub use secret::Secret;
pub use settings::{Kind, OF_PORTS, SETTINGS, Setting, page};

use crate::http;
use crate::ledger::KeyPlace;
use crate::outbound::Destination;

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// For people.
    Pretty,
}

/// Where, with what and how a cell runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `host:port` to listen on; port 0 for any free one.
    pub listen: String,
    /// Where everything is kept that is not in a database server.
    pub data_dir: PathBuf,
    /// The database server; without one, the database is a file in the data directory.
    pub database: Option<Database>,
    /// How long a statement may take.
    pub statement_timeout: Duration,
    /// The bucket for blobs; without one, they are files in the data directory.
    pub bucket: Option<Bucket>,
    /// The broker for events; without one, the cell carries them itself.
    pub broker: Option<Broker>,
    /// How logs are written.
    pub log_format: LogFormat,
    /// Which events are logged, for instance `info` or `info,kernel=debug`.
    pub log_level: String,
    /// The largest request body taken, in bytes.
    pub body_bytes: usize,
    /// The largest head of a request that is taken, in bytes.
    pub head_bytes: usize,
    /// How many requests a second are taken.
    pub rates: Rates,
    /// How long a client may take to send the head of a request, and then its body. A connection that is idle for longer
    /// is closed.
    pub patience: Duration,
    /// How long calls are still taken once `/ready` says that the node is stopping.
    pub notice: Duration,
    /// How long running requests may then take to finish.
    pub drain: Duration,
    /// How many transactions may wait for the writer.
    pub queue: usize,
    /// How many refusals of callers who prove no identity are recorded one by one in each minute; the others are counted.
    pub refusals: u64,
    /// Roles that may look after service tokens over HTTP.
    pub administrators: Vec<String>,
    /// Whether the development issuer is on. It refuses to start outside loopback.
    pub dev_issuer: bool,
    /// What the development issuer calls itself.
    pub issuer: String,
    /// Whom its tokens must be meant for.
    pub audience: String,
    /// The identity provider whose tokens are believed; where there is one, the development issuer is off unless it is
    /// asked for.
    pub oidc: Option<Oidc>,
    /// The collector that spans are sent to.
    pub traces: Option<String>,
    /// `host:port` for what monitoring reads; `None` for nowhere.
    pub metrics_listen: Option<String>,
    /// Where the key is that signs checkpoints of the ledger: `file:PATH` or `env:NAME`; `None` for one of the cell's own, in
    /// the data directory.
    pub ledger_key: Option<String>,
    /// How long after a checkpoint the next one is signed, if there are new entries.
    pub checkpoint_every: Duration,
    /// Witnesses to ask for cosignatures, each as `URL#VERIFIER_KEY`.
    pub witnesses: Vec<String>,
    /// Roles that may read entries and receipts over HTTP; the hashes are for everybody.
    pub ledger_readers: Vec<String>,
    /// Roles that may ask what would be decided.
    pub evaluators: Vec<String>,
    /// Where outbound ports lead to, by context and port.
    pub outbound: BTreeMap<String, Destination>,
}

impl Default for Config {
    fn default() -> Self {
        Self::read(&Figment::new(), &Layers::default(), &[], &mut Vec::new())
    }
}

/// The environment variable that names the file.
pub const FILE_VARIABLE: &str = "CELL_CONFIG";

/// Everything that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

/// The raw layers, outermost last.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// The text of the TOML file and its name.
    pub file: Option<(String, String)>,
    /// Environment variables; only names that begin with `CELL_` count.
    pub environment: Vec<(String, String)>,
    /// Flags, by key.
    pub flags: Vec<(String, String)>,
}

impl Layers {
    /// The layers of this process: the file that flag or environment names, and the environment.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn of_process(file: Option<&Path>, flags: Vec<(String, String)>) -> Result<Self, ConfigError> {
        let environment: Vec<_> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
            .filter(|(name, _)| name.starts_with("CELL_"))
            .collect();
        let named = environment.iter().find(|(name, _)| name == FILE_VARIABLE).map(|(_, value)| PathBuf::from(value));
        let file = match file.map(Path::to_owned).or(named) {
            None => None,
            Some(path) => match std::fs::read_to_string(&path) {
                Ok(text) => Some((text, path.display().to_string())),
                Err(error) => return Err(ConfigError(vec![format!("{}: {error}", path.display())])),
            },
        };
        Ok(Self { file, environment, flags })
    }
}

impl Config {
    /// How long others are waited for.
    pub(crate) fn limits(&self) -> http::Limits {
        http::Limits { head_bytes: self.head_bytes, patience: self.patience, drain: self.drain }
    }

    /// The configuration that the layers add up to.
    ///
    /// # Errors
    /// Every unknown key and every bad value, each with the place it came from.
    pub fn load(layers: &Layers) -> Result<Self, ConfigError> {
        Self::load_for(layers, &[])
    }

    /// The same for a cell with these outbound ports, each named by context and port. `outbound.<port>.url` says where one
    /// leads to, `outbound.<port>.token` what is shown there.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn load_for(layers: &Layers, ports: &[&str]) -> Result<Self, ConfigError> {
        Self::load_to_serve(layers, ports, |_| Vec::new())
    }

    /// The same for a cell that is to serve: `unmet` says what it still lacks, by key.
    pub(crate) fn load_to_serve(
        layers: &Layers,
        ports: &[&str],
        unmet: impl FnOnce(&Self) -> Vec<(String, String)>,
    ) -> Result<Self, ConfigError> {
        let (figment, mut problems) = gather(layers, &keys(ports));
        let config = Self::read(&figment, layers, ports, &mut problems);
        let mut reader = Reader { figment: &figment, layers, problems: &mut problems };
        unmet(&config).iter().for_each(|(key, reason)| reader.also(key, reason));
        match problems.is_empty() {
            true => Ok(config),
            false => Err(ConfigError(problems.into_iter().map(|problem| problem.text).collect())),
        }
    }

    fn read(figment: &Figment, layers: &Layers, ports: &[&str], problems: &mut Vec<Problem>) -> Self {
        let mut reader = Reader { figment, layers, problems };
        let oidc = oidc::read(&mut reader);
        let statement_timeout = reader.seconds("database.statement_timeout_seconds");
        let config = Self {
            listen: reader.text("listen"),
            data_dir: PathBuf::from(reader.text("data_dir")),
            database: database::read(&mut reader, statement_timeout),
            statement_timeout,
            bucket: bucket::read(&mut reader),
            broker: broker::read(&mut reader),
            log_format: if reader.choice("log.format") == "pretty" { LogFormat::Pretty } else { LogFormat::Json },
            log_level: reader.text("log.level"),
            body_bytes: reader.number("limits.body_bytes"),
            head_bytes: reader.head_bytes(),
            rates: rates::read(&mut reader),
            patience: reader.seconds("limits.patience_seconds"),
            notice: reader.pause("limits.notice_seconds"),
            drain: reader.seconds("limits.drain_seconds"),
            queue: reader.number("limits.queue"),
            refusals: reader.number("limits.refusals") as u64,
            administrators: reader.words("auth.administrators"),
            dev_issuer: reader.flag("auth.dev_issuer", oidc.is_none()),
            issuer: reader.text("auth.issuer"),
            audience: reader.text("auth.audience"),
            oidc,
            traces: reader.traces(),
            metrics_listen: reader.optional("metrics.listen"),
            ledger_key: reader.optional("ledger.key"),
            checkpoint_every: reader.seconds("ledger.checkpoint_seconds"),
            witnesses: reader.words("ledger.witnesses"),
            ledger_readers: reader.words("ledger.readers"),
            evaluators: reader.words("policy.evaluators"),
            outbound: ports.iter().filter_map(|port| Some(((*port).to_owned(), reader.destination(port)?))).collect(),
        };
        for witness in &config.witnesses {
            if let Err(error) = witness_of(witness) {
                reader.problem("ledger.witnesses", &format!("{witness}: {error}"));
            }
        }
        if let Err(error) = config.key_place() {
            reader.problem("ledger.key", &error);
        }
        if let Err(error) = config.addresses() {
            reader.problem("listen", &error);
        }
        if let Some(Err(error)) = config.metrics_listen.as_deref().map(addresses_of) {
            reader.problem("metrics.listen", &error);
        }
        if let Err(error) = config.log_level.parse::<tracing_subscriber::filter::Targets>() {
            reader.problem("log.level", &error.to_string());
        }
        config
    }

    /// Where the key of the ledger is.
    ///
    /// # Errors
    /// When the reference names no place.
    pub fn key_place(&self) -> Result<KeyPlace, String> {
        KeyPlace::of(self.ledger_key.as_deref(), &self.data_dir)
    }

    /// Every secret that is named, with its key.
    pub(crate) fn secrets(&self) -> Vec<(String, &Secret)> {
        let database = self.database.iter().flat_map(|it| {
            let url = it.url.secret().map(|secret| ("database.url", secret));
            url.into_iter().chain(it.password.as_ref().map(|secret| ("database.password", secret)))
        });
        let keys = self.bucket.iter().flat_map(|it| &it.keys);
        let bucket = keys.flat_map(|(id, secret)| [("blobs.access_key_id", id), ("blobs.secret_access_key", secret)]);
        let broker = self.broker.iter().flat_map(|it| &it.login).map(|login| match login {
            Login::Credentials(secret) => ("bus.credentials", secret),
            Login::Password(_, secret) => ("bus.password", secret),
        });
        let own = database.chain(bucket).chain(broker).map(|(key, secret)| (key.to_owned(), secret));
        let tokens = self
            .outbound
            .iter()
            .filter_map(|(port, destination)| Some((settings::of_port(port, "token"), destination.token.as_ref()?)));
        own.chain(tokens).collect()
    }

    /// The addresses to listen on.
    ///
    /// # Errors
    /// When it is not `host:port` or the host has no address.
    pub fn addresses(&self) -> Result<Vec<SocketAddr>, String> {
        addresses_of(&self.listen)
    }
}

/// What `host:port` stands for.
pub(crate) fn addresses_of(listen: &str) -> Result<Vec<SocketAddr>, String> {
    let found = listen.to_socket_addrs().map(Iterator::collect::<Vec<_>>);
    match found {
        Ok(addresses) if !addresses.is_empty() => Ok(addresses),
        _ => Err(format!("\"{listen}\" is not an address such as 127.0.0.1:8080")),
    }
}

/// The address and the key of a witness.
pub(crate) fn witness_of(text: &str) -> Result<(String, VerifierKey), String> {
    let (url, key) = text.split_once('#').ok_or("expected URL#VERIFIER_KEY")?;
    let key: VerifierKey = key.parse().map_err(|error: LogError| error.to_string())?;
    match url.starts_with("http://") && key.kind() == KeyKind::Cosigner {
        true => Ok((url.to_owned(), key)),
        false => Err("expected an address with http:// and the key of a witness".to_owned()),
    }
}

/// The settings that hold, as a TOML file that says where each comes from. What has no value is there as a remark.
///
/// # Errors
/// As [`Config::load`].
pub fn effective(layers: &Layers, ports: &[&str]) -> Result<String, ConfigError> {
    Config::load_for(layers, ports)?;
    let keys = keys(ports);
    let (figment, mut problems) = gather(layers, &keys);
    let reader = Reader { figment: &figment, layers, problems: &mut problems };
    let lines = keys.iter().map(|key| {
        let default = Reader::default(key);
        match reader.value(key) {
            Some(value) => format!("{key} = {} # {}\n", toml_text(key, &plain(&value)), reader.origin(key)),
            None if default.is_empty() => format!("# {key} =\n"),
            None => format!("{key} = {} # default\n", toml_text(key, default)),
        }
    });
    Ok(lines.collect())
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(_, text) => text.clone(),
        Value::Bool(_, flag) => flag.to_string(),
        Value::Array(_, items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_i128().map_or_else(String::new, |number| number.to_string()),
    }
}

/// As TOML has it: texts in quotes.
fn toml_text(key: &str, text: &str) -> String {
    match settings::find(key).map(|setting| setting.kind) {
        Some(Kind::Number | Kind::Seconds | Kind::Pause | Kind::Rate | Kind::Flag) => text.to_owned(),
        // A JSON string is a basic string of TOML.
        _ => serde_json::Value::from(text).to_string(),
    }
}

/// Every key of a cell with these outbound ports.
fn keys(ports: &[&str]) -> Vec<String> {
    let of_ports = ports.iter().flat_map(|port| OF_PORTS.iter().map(|setting| settings::of_port(port, setting.key)));
    SETTINGS.iter().map(|setting| setting.key.to_owned()).chain(of_ports).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(file: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Layers {
        let own = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        Layers {
            file: Some((file.to_owned(), "cell.toml".to_owned())),
            environment: own(environment),
            flags: own(flags),
        }
    }

    #[test]
    fn flags_over_environment_over_file_over_defaults() {
        let file = "listen = \"127.0.0.1:1\"\ndata_dir = \"file\"\n[limits]\nqueue = 7\n[log]\nlevel = \"debug\"";
        let env = [("CELL_LISTEN", "127.0.0.1:2"), ("CELL_DATA_DIR", "env"), ("CELL_AUTH_DEV_ISSUER", "false")];
        let flags = [("listen", "127.0.0.1:3"), ("limits.body_bytes", "1000"), ("limits.patience_seconds", "5")];
        let config = Config::load(&layers(file, &env, &flags)).unwrap();
        assert_eq!(config.data_dir, PathBuf::from("env"));
        assert_eq!((config.queue, config.log_level.as_str(), config.dev_issuer), (7, "debug", false));
        assert_eq!((config.body_bytes, config.patience), (1000, Duration::from_secs(5)));
        assert_eq!((config.audience, config.listen), (Config::default().audience, "127.0.0.1:3".to_owned()));
        assert_eq!(Config::load(&Layers::default()).unwrap(), Config::default());
    }

    #[test]
    fn what_holds_is_a_file_that_leads_to_the_same() {
        let file = "[limits]\nqueue = 7\n[outbound.orders.bank]\nurl = \"http://bank\"";
        let layers = layers(file, &[("CELL_LOG_LEVEL", "debug")], &[("database.password", "env:DB")]);
        let told = effective(&layers, &["orders.bank"]).unwrap();
        for line in [
            "listen = \"127.0.0.1:8080\" # default\n",
            "limits.queue = 7 # cell.toml: limits.queue\n",
            "log.level = \"debug\" # environment variable CELL_LOG_LEVEL\n",
            "database.password = \"env:DB\" # flag for database.password\n",
            "outbound.orders.bank.url = \"http://bank\" # cell.toml: outbound.orders.bank.url\n",
            "# bus.url =\n",
        ] {
            assert!(told.contains(line), "{line}\n{told}");
        }
        let again = Layers { file: Some((told, "again.toml".to_owned())), ..Layers::default() };
        let both = [&layers, &again].map(|layers| Config::load_for(layers, &["orders.bank"]).unwrap());
        assert_eq!(both[0], both[1]);
        assert!(effective(&layers, &[]).unwrap_err().0[0].contains("outbound: unknown key"));
    }

    #[test]
    fn all_mistakes_at_once() {
        let file = "lisen = \"x\"\n[limits]\nqueue = 0\nbody_byte = 1\n[log]\nformat = \"xml\"";
        let env = [("CELL_LISTEM", "x"), ("CELL_LISTEN", "nowhere"), ("CELL_AUTH_DEV_ISSUER", "yes")];
        let ConfigError(problems) = Config::load(&layers(file, &env, &[("log.levels", "x")])).unwrap_err();
        for part in [
            "cell.toml: lisen: unknown key; did you mean listen?",
            "limits.body_byte: unknown key; did you mean limits.body_bytes?",
            "CELL_LISTEM: unknown; did you mean CELL_LISTEN?",
            "--set log.levels: unknown key; did you mean log.level?",
            "cell.toml: limits.queue: expected a whole number above 0",
            "cell.toml: log.format: expected json or pretty",
            "CELL_AUTH_DEV_ISSUER: expected true or false",
            "CELL_LISTEN: \"nowhere\" is not an address",
        ] {
            assert!(problems.iter().any(|p| p.contains(part)), "{part}: {problems:#?}");
        }
        assert_eq!(problems.len(), 8, "{problems:#?}");
    }

    #[test]
    fn what_a_cell_lacks_is_told_with_all_other_mistakes_and_once() {
        let file = "lisen = \"x\"\n[outbound.a.b]\nurl = \"nowhere\"";
        let lacks = |config: &Config| {
            assert!(config.outbound.is_empty());
            ["outbound.a.b.url", "outbound.a.c.url"].map(|key| (key.to_owned(), "needed".to_owned())).to_vec()
        };
        let loaded = Config::load_to_serve(&layers(file, &[], &[]), &["a.b", "a.c"], lacks);
        let ConfigError(problems) = loaded.unwrap_err();
        assert_eq!(problems.len(), 3, "{problems:#?}");
        assert!(problems[0].contains("lisen") && problems[1].contains("outbound.a.b.url: expected an address"));
        assert_eq!(problems[2], "outbound.a.c.url: needed");
    }

    #[test]
    fn secrets_are_named_and_not_told() {
        let file = "[database]\nurl = \"postgres://ann@db/cell\"\npassword = \"env:CELL_DB\"\nconnections = 3";
        let flags = [("database.tls", "off"), ("database.statement_timeout_seconds", "5")];
        let database = Config::load(&layers(file, &[], &flags)).unwrap().database.unwrap();
        assert_eq!(database.password, Some(Secret::Env("CELL_DB".to_owned())));
        assert_eq!((database.connections, database.tls), (3, Tls::Off));
        assert_eq!(database.statement_timeout, Duration::from_secs(5));
        let file = "[database]\nurl = \"postgres://ann:hunter2@db/cell\"\npassword = \"hunter2\"\ntls = \"maybe\"";
        let ConfigError(problems) = Config::load(&layers(file, &[], &[])).unwrap_err();
        assert_eq!(problems.len(), 3, "{problems:#?}");
        assert!(problems.iter().all(|problem| !problem.contains("hunter2")), "{problems:#?}");
    }

    #[test]
    fn a_broker_has_an_address_a_name_and_no_password() {
        let broker = |file: &str| Config::load(&layers(file, &[], &[])).map(|config| config.broker);
        let read =
            broker("[bus]\nurl = \"nats://n:4222\"\ncell = \"north\"\ncredentials = \"file:/n\"").unwrap().unwrap();
        assert_eq!((read.url.as_str(), read.cell.as_str(), read.tls_ca), ("nats://n:4222", "north", None));
        assert_eq!(read.login, Some(Login::Credentials(Secret::File(PathBuf::from("/n")))));
        assert_eq!((read.max_age, read.max_bytes), (Duration::from_secs(604_800), 1 << 30));
        let read = broker("[bus]\nurl = \"nats://n\"\nuser = \"ann\"\npassword = \"env:P\"").unwrap().unwrap();
        assert_eq!(read.login, Some(Login::Password("ann".to_owned(), Secret::Env("P".to_owned()))));
        for (more, key) in [
            ("user = \"ann\"", "bus.user"),
            ("password = \"env:P\"", "bus.user"),
            ("user = \"ann\"\npassword = \"env:P\"\ncredentials = \"file:/n\"", "bus.credentials"),
        ] {
            let ConfigError(problems) = broker(&format!("[bus]\nurl = \"nats://n\"\n{more}")).unwrap_err();
            assert!(problems.len() == 1 && problems[0].contains(key), "{problems:#?}");
        }
        assert_eq!(broker("[bus]\ncell = \"north\"").unwrap(), None);
        let ConfigError(problems) = broker("[bus]\nurl = \"nats://a:hunter2@n\"\ncell = \"no.rth\"").unwrap_err();
        assert_eq!(problems.len(), 2, "{problems:#?}");
        assert!(problems.iter().all(|problem| !problem.contains("hunter2")), "{problems:#?}");
    }

    #[test]
    fn outbound_ports_have_keys_of_their_own() {
        let load = |file: &str, env: &[(&str, &str)]| Config::load_for(&layers(file, env, &[]), &["pay-ments.bank"]);
        let file = "[outbound.pay-ments.bank]\nurl = \"http://bank:1/x\"";
        let config = load(file, &[("CELL_OUTBOUND_PAY_MENTS_BANK_TOKEN", "env:BANK")]).unwrap();
        let bank = &config.outbound["pay-ments.bank"];
        assert_eq!((bank.url.as_str(), &bank.token), ("http://bank:1/x", &Some(Secret::Env("BANK".to_owned()))));
        for (file, part) in [
            ("[outbound.pay-ments.bank]\nurl = \"https://bank\"", "TLS"),
            ("[outbound.pay-ments.bank]\nurl = \"bank\"", "expected an address"),
            ("[outbound.pay-ments.bank]\nurl = \"http://bank\"\ntoken = \"hunter2\"", "where it is, not what it is"),
            ("[outbound.pay-ments.banks]\nurl = \"http://bank\"", "did you mean outbound.pay-ments.bank."),
        ] {
            let ConfigError(problems) = load(file, &[]).unwrap_err();
            assert!(problems.len() == 1 && problems[0].contains(part), "{problems:#?}");
        }
        assert!(load("", &[]).unwrap().outbound.is_empty());
    }
}
