//! `node witness`: cosigns the checkpoints of other nodes' ledgers.

use std::sync::Arc;

use clap::Args;
use evidence_log::note::{KeyKind, VerifierKey};
use tokio::net::TcpListener;

use super::cli::{say, signals};
use super::{Cell, CellError, stores};
use crate::config::{Config, ConfigError};
use crate::http;
use crate::ledger::{self, LedgerError, Witness};
use crate::store::Store;

/// The witness's key in the data directory.
const KEY_FILE: &str = "witness.key";

#[derive(Args)]
pub(super) struct WitnessArgs {
    /// A verifier key of a log to cosign for, as `node ledger key` prints it; may be repeated
    #[arg(long = "log", value_name = "VERIFIER_KEY", required = true, value_parser = log_key)]
    logs: Vec<VerifierKey>,
}

fn log_key(text: &str) -> Result<VerifierKey, String> {
    match text.parse::<VerifierKey>() {
        Ok(key) if key.kind() == KeyKind::Ed25519 => Ok(key),
        Ok(_) => Err("this is the key of a witness, not of a log".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

pub(super) async fn run(cell: &Cell, config: &Config, args: WitnessArgs) -> Result<u8, CellError> {
    let outside = |e: std::io::Error| CellError::Outside(format!("{}: {e}", config.listen));
    let stop = signals().map_err(outside)?;
    let addresses = config.addresses().map_err(|e| CellError::Config(ConfigError(vec![e])))?;
    let listener = TcpListener::bind(&*addresses).await.map_err(outside)?;
    let address = listener.local_addr().map_err(outside)?;
    let store = stores::open(config).await?;
    let opened = open(cell, config, &store, args.logs).await;
    let result = match opened {
        Ok(witness) => {
            say(&format!("witness {}", witness.verifier()));
            say(&format!("listening on http://{address}"));
            http::serve(listener, http::witness_router(Arc::new(witness)), config.limits(), stop).await;
            Ok(0)
        }
        Err(error) => Err(error),
    };
    store.close().await;
    result
}

async fn open(cell: &Cell, config: &Config, store: &Store, logs: Vec<VerifierKey>) -> Result<Witness, CellError> {
    crate::store::migrate(store, &cell.migrations()).await?;
    let key = ledger::read_or_create(&config.data_dir.join(KEY_FILE), None, KeyKind::Cosigner);
    let key = key.map_err(LedgerError::from)?;
    Ok(Witness::new(store.clone(), Arc::clone(&cell.clock), key, logs))
}
