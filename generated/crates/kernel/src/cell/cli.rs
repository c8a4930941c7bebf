//! The command line. Exit codes: 0 clean, 1 findings, 2 usage or configuration, 3 the outside world.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use futures_util::FutureExt as _;
use tokio::net::TcpListener;

use super::ledger_cli::{self, ExportArgs, LedgerArgs};
use super::node::open_issuer;
use super::remote::{self, RemoteArgs};
use super::token_cli::{self, TokenCommand};
use super::witness_cli::{self, WitnessArgs};
use super::{Cell, CellError, doctor, stores};
use crate::bus::log;
use crate::config::{self, Config, ConfigError, Layers};
use crate::ledger::{self, SignedCheckpoint};
use crate::metrics;
use crate::read_model;
use crate::services::Services;
use crate::store::{self, StoreError};
use crate::telemetry;
use crate::types::Timestamp;
use crate::{blob, http};

#[derive(Parser)]
#[command(version, about = "A governed cell: serve it, or look at what it has recorded", max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args)]
struct Settings {
    /// Configuration file (TOML)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address to listen on; port 0 for any free one
    #[arg(long, global = true, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// Where everything is kept
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<String>,
    /// json or pretty
    #[arg(long, global = true, value_name = "FORMAT")]
    log_format: Option<String>,
    /// For instance info, or info,kernel=debug
    #[arg(long, global = true, value_name = "LEVEL")]
    log_level: Option<String>,
    /// Any other key of the configuration
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve requests until told to stop (the default)
    Serve,
    /// Bring the database up to date
    Migrate {
        /// Only say what would be done
        #[arg(long)]
        plan: bool,
    },
    /// Verify the whole ledger, also beside a running node; or another node's log over HTTP
    Verify(RemoteArgs),
    /// Cosign the checkpoints of other nodes' ledgers, each of which must continue the one before
    Witness(WitnessArgs),
    /// Say whether a node could do its work here; also beside a running node
    Doctor {
        /// How to say it
        #[arg(long, value_enum, default_value_t)]
        format: doctor::Format,
    },
    /// Print the settings that hold, as TOML, and where each comes from
    Config,
    /// Print a page of reference, as Markdown
    Reference {
        /// Which one
        #[arg(value_enum)]
        page: Page,
    },
    /// Print a development token
    Token {
        /// Who the token is for
        #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
        subject: String,
        /// A qualified role, such as orders.Approver; may be repeated
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// How long it is valid, such as 90s, 15m, 8h
        #[arg(long, default_value = "1h", value_parser = duration)]
        ttl: Duration,
    },
    /// Tokens for machines
    #[command(subcommand)]
    ServiceToken(TokenCommand),
    /// Look after stored bytes
    #[command(subcommand)]
    Blobs(Blobs),
    /// Give a consumer events of the past, as if they had just arrived
    Replay {
        /// Its durable name
        #[arg(long)]
        consumer: String,
        /// Published since this moment (RFC 3339); from the beginning if nothing is said
        #[arg(long, default_value = "1970-01-01T00:00:00Z")]
        since: Timestamp,
        /// Also those that it has consumed or given up: their effects happen again
        #[arg(long)]
        again: bool,
    },
    /// Make read models anew from the log of events; the rows so far are read until the new ones are whole
    Rebuild {
        /// Only this one, such as orders.OrderBoard
        #[arg(long, value_name = "NAME")]
        read_model: Option<String>,
    },
    /// Print entries of the ledger as JSON lines, or what proves them
    Ledger(LedgerArgs),
    /// Write everything that is signed into one file, which `seac-verify` checks without this node
    Export(ExportArgs),
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Page {
    /// Every setting, its default and what it does
    Settings,
    /// Every metric, its labels and what it says
    Metrics,
}

#[derive(Subcommand)]
enum Blobs {
    /// Remove blobs that nothing in the database refers to; also beside a running node
    Collect {
        /// Keep what was stored within this time: longer than any command takes
        #[arg(long, default_value = "1d", value_parser = duration)]
        grace: Duration,
    },
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => 0,
    };
    match number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)) {
        Some(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => Err("expected a duration such as 90s, 15m, 8h".to_owned()),
    }
}

pub(super) fn main(cell: Cell) -> ExitCode {
    let cli = Cli::parse();
    let serves = matches!(cli.command, None | Some(Command::Serve));
    let result = load(&cli.settings, &cell, serves).map_err(CellError::from).and_then(|(layers, config)| {
        if matches!(cli.command, Some(Command::Config)) {
            say(config::effective(&layers, &cell.outbound())?.trim_end());
            return Ok(0);
        }
        telemetry::install(&config);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|e| CellError::Outside(e.to_string()))?;
        runtime.block_on(run(cell, config, cli.command.unwrap_or(Command::Serve)))
    });
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn load(settings: &Settings, cell: &Cell, serves: bool) -> Result<(Layers, Config), ConfigError> {
    let mut flags = Vec::new();
    let named = [
        ("listen", &settings.listen),
        ("data_dir", &settings.data_dir),
        ("log.format", &settings.log_format),
        ("log.level", &settings.log_level),
    ];
    for (key, value) in named {
        flags.extend(value.clone().map(|value| (key.to_owned(), value)));
    }
    let mut problems = Vec::new();
    for pair in &settings.set {
        match pair.split_once('=') {
            Some((key, value)) => flags.push((key.to_owned(), value.to_owned())),
            None => problems.push(format!("--set {pair}: expected KEY=VALUE")),
        }
    }
    let unmet = |config: &Config| if serves { cell.unmet(config) } else { Vec::new() };
    let loaded = Layers::of_process(settings.config.as_deref(), flags)
        .and_then(|layers| Ok((Config::load_to_serve(&layers, &cell.outbound(), unmet)?, layers)));
    match loaded {
        Ok((config, layers)) if problems.is_empty() => Ok((layers, config)),
        Ok(_) => Err(ConfigError(problems)),
        Err(ConfigError(others)) => Err(ConfigError(problems.into_iter().chain(others).collect())),
    }
}

async fn run(cell: Cell, config: Config, command: Command) -> Result<u8, CellError> {
    match command {
        Command::Serve => serve(cell, &config).await,
        Command::Migrate { plan } => migrate(&cell, &config, plan).await,
        Command::Verify(args) => match &args.url {
            Some(url) => remote::verify(&args, url).await,
            None => verify(&config).await,
        },
        Command::Witness(args) => witness_cli::run(&cell, &config, args).await,
        Command::Doctor { format } => {
            let (text, well) = doctor::examine(&cell, &config, format).await?;
            say(&text);
            Ok(u8::from(!well))
        }
        // It needs no more than its settings, and is done before.
        Command::Config => Ok(0),
        Command::Reference { page } => {
            let text = match page {
                Page::Settings => config::page(),
                Page::Metrics => metrics::page(),
            };
            say(text.trim_end());
            Ok(0)
        }
        Command::Token { subject, roles, ttl } => token(&cell, &config, &subject, &roles, ttl),
        Command::ServiceToken(command) => token_cli::run(&cell, &config, command).await,
        Command::Blobs(Blobs::Collect { grace }) => collect(&config, grace).await,
        Command::Replay { consumer, since, again } => replay(cell, &config, &consumer, since, again).await,
        Command::Rebuild { read_model } => rebuild(&cell, &config, read_model.as_deref()).await,
        Command::Ledger(args) => ledger_cli::run(&cell, &config, args).await,
        Command::Export(args) => ledger_cli::export(&config, &args).await,
    }
}

/// A line on standard output. Whoever closed it does not want to hear more, so that is no error.
pub(super) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

async fn serve(cell: Cell, config: &Config) -> Result<u8, CellError> {
    let outside = |e: std::io::Error| CellError::Outside(format!("{}: {e}", config.listen));
    let stop = signals().map_err(outside)?;
    // The address first: a node that cannot listen should not touch the data.
    let addresses = config.addresses().map_err(|e| CellError::Config(ConfigError(vec![e])))?;
    cell.check()?;
    let listener = TcpListener::bind(&*addresses).await.map_err(outside)?;
    let address = listener.local_addr().map_err(outside)?;
    let monitoring = monitoring(config).await?;
    let node = cell.open(config).await?;
    let monitoring = monitoring.map(|(listener, address)| {
        say(&format!("metrics on http://{address}/metrics"));
        tokio::spawn(http::serve(listener, node.monitoring(), config.limits(), std::future::pending()))
    });
    say(&format!("listening on http://{address}"));
    let (leaving, notice) = (node.leaving(), config.notice);
    let left = async move {
        stop.await;
        leaving.announce(notice).await;
    };
    http::serve(listener, node.router(), config.limits(), left).await;
    if let Some(task) = monitoring {
        task.abort();
    }
    node.shutdown().await;
    Ok(0)
}

/// The listener for what monitoring reads, and where it is, if there is to be one.
async fn monitoring(config: &Config) -> Result<Option<(TcpListener, std::net::SocketAddr)>, CellError> {
    let Some(listen) = &config.metrics_listen else { return Ok(None) };
    let outside = |e: std::io::Error| CellError::Outside(format!("metrics.listen {listen}: {e}"));
    let addresses = config::addresses_of(listen).map_err(|e| CellError::Config(ConfigError(vec![e])))?;
    let listener = TcpListener::bind(&*addresses).await.map_err(outside)?;
    let address = listener.local_addr().map_err(outside)?;
    Ok(Some((listener, address)))
}

#[cfg(unix)]
pub(super) fn signals() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
pub(super) fn signals() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

async fn migrate(cell: &Cell, config: &Config, plan: bool) -> Result<u8, CellError> {
    cell.check()?;
    let store = stores::open(config).await?;
    let result = migrate_open(cell, &store, plan).await;
    store.close().await;
    result
}

async fn migrate_open(cell: &Cell, store: &store::Store, plan: bool) -> Result<u8, CellError> {
    if plan {
        for planned in store::plan(store, &cell.migrations()).await? {
            let m = planned.migration;
            let state = if planned.pending { "pending" } else { "applied" };
            let note = if m.released { "" } else { ", not released" };
            say(&format!("{state} {} {:04} {}{note}", m.context, m.number, m.name));
        }
        return Ok(0);
    }
    for m in store::migrate(store, &cell.migrations()).await? {
        say(&format!("applied {} {:04} {}", m.context, m.number, m.name));
    }
    say("the database is up to date");
    Ok(0)
}

async fn verify(config: &Config) -> Result<u8, CellError> {
    let store = stores::open_read_only(config).await?;
    let report = ledger::verify(&store, stores::blobs(config, false)?).await;
    let latest = store.read(|tx| ledger::latest(tx).boxed()).await;
    store.close().await;
    let (report, latest) = (report?, latest.map_err(|e: StoreError| e)?);
    match report.fault {
        None => {
            say(&format!("ledger verifies: {} entries, head {}", report.entries, report.head));
            if report.redacted > 0 {
                say(&format!("{} payloads were redacted; their entries and digests stand", report.redacted));
            }
            say(&standing(latest.as_ref()));
            Ok(0)
        }
        Some(fault) => {
            say(&match fault.sequence {
                Some(sequence) => format!("first bad sequence: {sequence}: {}", fault.reason),
                None => format!("the ledger does not verify: {}", fault.reason),
            });
            Ok(1)
        }
    }
}

/// How far the word of a ledger that verifies goes.
fn standing(latest: Option<&SignedCheckpoint>) -> String {
    let Some(checkpoint) = latest else { return format!("{}; no checkpoint yet", ledger::label(0)) };
    let label = ledger::label(checkpoint.witnesses);
    format!("{label}; checkpoint of {} entries, {} witnesses", checkpoint.size, checkpoint.witnesses)
}

async fn collect(config: &Config, grace: Duration) -> Result<u8, CellError> {
    let store = stores::open_read_only(config).await?;
    let blobs = stores::blobs(config, false)?;
    let collected = blob::collect(&store, &*blobs, grace).await;
    store.close().await;
    let collected = collected?;
    say(&format!("{} blobs, {} orphans removed", collected.found, collected.removed));
    Ok(0)
}

async fn replay(cell: Cell, config: &Config, durable: &str, since: Timestamp, again: bool) -> Result<u8, CellError> {
    let mut consumers = cell.modules.iter().flat_map(|module| &module.consumers);
    let Some(consumer) = consumers.find(|consumer| consumer.durable == durable) else {
        let known: Vec<&str> =
            cell.modules.iter().flat_map(|module| &module.consumers).map(|it| it.durable.as_str()).collect();
        let reason = format!("--consumer {durable}: there is none; known consumers: {}", known.join(", "));
        return Err(ConfigError(vec![reason]).into());
    };
    let store = stores::open(config).await?;
    let services = Services::new(store, stores::blobs(config, false)?, Arc::clone(&cell.clock), &cell.model_hash);
    let replayed = log::replay(&services, durable, &consumer.event_type, since, again).await;
    services.store.close().await;
    say(&format!("events delivered to {durable} again: {}", replayed?));
    Ok(0)
}

async fn rebuild(cell: &Cell, config: &Config, only: Option<&str>) -> Result<u8, CellError> {
    let all = cell.read_models();
    let chosen: Vec<read_model::Shared> =
        all.iter().filter(|model| only.is_none_or(|name| model.declared().name == name)).cloned().collect();
    if let Some(name) = only.filter(|_| chosen.is_empty()) {
        let known: Vec<&str> = all.iter().map(|model| model.declared().name).collect();
        let reason = format!("--read-model {name}: there is none; known read models: {}", known.join(", "));
        return Err(ConfigError(vec![reason]).into());
    }
    let store = stores::open(config).await?;
    let services = Services::new(store, stores::blobs(config, false)?, Arc::clone(&cell.clock), &cell.model_hash);
    let result = rebuild_all(&services, &chosen).await;
    services.store.close().await;
    result
}

async fn rebuild_all(services: &Services, models: &[read_model::Shared]) -> Result<u8, CellError> {
    read_model::register(services, models).await?;
    for model in models {
        let rebuilt = read_model::rebuild(services, model).await?;
        let name = model.declared().name;
        say(&format!("{name}: made anew from {} events, generation {}", rebuilt.events, rebuilt.generation));
    }
    if models.is_empty() {
        say("there are no read models");
    }
    Ok(0)
}

fn token(cell: &Cell, config: &Config, subject: &str, roles: &[String], ttl: Duration) -> Result<u8, CellError> {
    cell.check_roles(roles)?;
    let Some(issuer) = open_issuer(config)? else {
        return Err(ConfigError(vec!["the development issuer is off (auth.dev_issuer)".to_owned()]).into());
    };
    let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
    let token = issuer.token(subject, &roles, ttl).map_err(|e| CellError::Outside(e.to_string()))?;
    say(&token);
    Ok(0)
}
