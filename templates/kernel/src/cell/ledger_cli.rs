//! `node ledger …` and `node export`: what the ledger says, and what proves it.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use futures_util::FutureExt as _;

use super::cli::say;
use super::stores;
use super::{Cell, CellError};
use crate::blob;
use crate::canonical::Digest;
use crate::config::{Config, ConfigError};
use crate::ledger::{self, Filter, LedgerError, Redacted};
use crate::store::{Store, StoreError};
use crate::types::Timestamp;

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct LedgerArgs {
    #[command(subcommand)]
    command: Option<LedgerCommand>,
    /// Only entries after this sequence
    #[arg(long, default_value_t = 0)]
    after: u64,
    /// At most so many
    #[arg(long, default_value_t = 100)]
    limit: u64,
}

#[derive(Subcommand)]
enum LedgerCommand {
    /// Print the verifier keys of the log; the last one is in force
    Key,
    /// Print the newest checkpoint
    Checkpoint,
    /// Print the receipt of an entry: proof of it for somebody who has the verifier key
    Receipt {
        /// The entry's sequence
        sequence: u64,
    },
    /// Print the proof that the first OLD entries are the beginning of the first NEW
    Consistency {
        /// Entries of the older tree
        old: u64,
        /// Entries of the newer tree
        new: u64,
    },
    /// Print the entries that match, as JSON lines
    Search(SearchArgs),
    /// Drop payloads; entries and digests stay, and an entry for each says who did it and why. The node must not be running
    Redact(RedactArgs),
    /// Put a new key in force; the node must not be running
    RotateKey,
}

#[derive(Args)]
struct RedactArgs {
    /// Entries, by their sequence
    #[arg(required_unless_present = "recorded_before")]
    sequences: Vec<u64>,
    /// All entries recorded before this time
    #[arg(long, value_name = "TIME")]
    recorded_before: Option<Timestamp>,
    /// Why
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: String,
    /// Who
    #[arg(long, default_value = "operator", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    actor: String,
}

/// Every condition given must hold.
#[derive(Args)]
struct SearchArgs {
    /// Who did it
    #[arg(long)]
    actor: Option<String>,
    /// What kind of thing it is about
    #[arg(long)]
    subject_type: Option<String>,
    /// Which one
    #[arg(long)]
    subject: Option<String>,
    /// The type of the entry
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// A control it speaks to
    #[arg(long)]
    control: Option<String>,
    /// SHA-256 of the payload
    #[arg(long)]
    digest: Option<Digest>,
    /// Recorded at this time or later
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Recorded before this time
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
}

impl SearchArgs {
    fn filter(self) -> Filter {
        Filter {
            actor: self.actor,
            subject_type: self.subject_type,
            subject_id: self.subject,
            event_type: self.event_type,
            control: self.control,
            digest: self.digest,
            from: self.from,
            until: self.until,
            ..Filter::default()
        }
    }
}

pub(super) async fn run(cell: &Cell, config: &Config, args: LedgerArgs) -> Result<u8, CellError> {
    match args.command {
        None => print(config, Filter { after: args.after, ..Filter::default() }, args.limit).await,
        Some(LedgerCommand::Search(search)) => print(config, search.filter(), u64::MAX).await,
        Some(LedgerCommand::Redact(args)) => redact(cell, config, args).await,
        Some(LedgerCommand::RotateKey) => rotate_key(cell, config).await,
        Some(command) => {
            let store = stores::open_read_only(config).await?;
            let result = look(&store, command).await;
            store.close().await;
            result
        }
    }
}

async fn look(store: &Store, command: LedgerCommand) -> Result<u8, CellError> {
    let text = match command {
        LedgerCommand::Key => {
            let keys = store.read(|tx| ledger::verifier_keys(tx).boxed()).await.map_err(|e: StoreError| e)?;
            Some(keys.iter().map(|key| format!("{key}\n")).collect())
        }
        LedgerCommand::Checkpoint => {
            let latest = store.read(|tx| ledger::latest(tx).boxed()).await.map_err(|e: StoreError| e)?;
            latest.map(|checkpoint| checkpoint.note)
        }
        LedgerCommand::Receipt { sequence } => {
            let receipt = store.read(move |tx| ledger::receipt(tx, sequence).boxed()).await?;
            receipt.map(|receipt| receipt.to_string())
        }
        LedgerCommand::Consistency { old, new } => {
            let proof = store.read(move |tx| ledger::consistency(tx, old, new).boxed()).await?;
            proof.map(|proof| proof.iter().map(|hash| format!("{}\n", evidence_log::base64(hash))).collect())
        }
        LedgerCommand::Search(_) | LedgerCommand::Redact(_) | LedgerCommand::RotateKey => None,
    };
    match text {
        Some(text) => {
            let mut out = std::io::stdout().lock();
            let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
            Ok(0)
        }
        None => {
            say("no checkpoint of the log speaks for that (yet)");
            Ok(1)
        }
    }
}

async fn print(config: &Config, mut filter: Filter, limit: u64) -> Result<u8, CellError> {
    let store = stores::open_read_only(config).await?;
    let mut left = limit;
    while left > 0 {
        filter.limit = left.min(500);
        let filter_now = filter.clone();
        let entries = store
            .read(move |tx| {
                let filter = filter_now.clone();
                async move { ledger::list(tx, &filter).await }.boxed()
            })
            .await
            .map_err(|e: StoreError| CellError::from(e))?;
        let Some(last) = entries.last() else { break };
        filter.after = last.sequence;
        left -= entries.len() as u64;
        for entry in &entries {
            say(&entry.to_json()?.to_string());
        }
    }
    store.close().await;
    Ok(0)
}

async fn redact(cell: &Cell, config: &Config, args: RedactArgs) -> Result<u8, CellError> {
    let store = stores::open(config).await?;
    let result = redact_all(cell, config, &store, args).await;
    store.close().await;
    result
}

async fn redact_all(cell: &Cell, config: &Config, store: &Store, args: RedactArgs) -> Result<u8, CellError> {
    crate::store::migrate(store, &cell.migrations()).await?;
    let mut sequences = args.sequences;
    if let Some(before) = args.recorded_before {
        let found = store.read(move |tx| async move { ledger::redactable(tx, before, u64::MAX).await }.boxed()).await;
        sequences.extend(found.map_err(|e: StoreError| e)?);
    }
    let (blobs, who) = (stores::blobs(config, false)?, std::sync::Arc::new((args.actor, args.reason)));
    let mut code = 0;
    for sequence in sequences {
        let (shared, who, now) = (blobs.clone(), std::sync::Arc::clone(&who), cell.clock.now());
        let redacted = store.transact(move |tx| {
            let (blobs, who) = (shared.clone(), std::sync::Arc::clone(&who));
            async move { ledger::redact(tx, &*blobs, sequence, (&who.0, &who.1), now).await }.boxed()
        });
        let (said, blob) = match redacted.await? {
            Redacted::Now { entry, blob } => (format!("redacted, as entry {entry} says"), blob),
            Redacted::Before { blob } => ("was redacted before".to_owned(), blob),
            Redacted::NoEntry => {
                code = 1;
                ("there is no such entry".to_owned(), None)
            }
        };
        crate::fault::point("redaction.recorded");
        let stays = match blob {
            Some(blob) => !blob::let_go(store, &*blobs, blob).await?,
            None => false,
        };
        let others = if stays { "; its blob stays, since others refer to it" } else { "" };
        say(&format!("{sequence}: {said}{others}"));
    }
    Ok(code)
}

async fn rotate_key(cell: &Cell, config: &Config) -> Result<u8, CellError> {
    let store = stores::open(config).await?;
    let result = rotate_open(cell, config, &store).await;
    store.close().await;
    say(&result?);
    Ok(0)
}

/// The entry, the key in the list, and then a checkpoint that both keys sign: whoever knows the old one sees the new one come.
async fn rotate_open(cell: &Cell, config: &Config, store: &Store) -> Result<String, CellError> {
    crate::store::migrate(store, &cell.migrations()).await?;
    let place = config.key_place().map_err(|e| CellError::Config(ConfigError(vec![e])))?;
    let keys = store.read(|tx| ledger::verifier_keys(tx).boxed()).await.map_err(|e: StoreError| e)?;
    let Some(in_force) = keys.last().cloned() else {
        return Err(ConfigError(vec!["the ledger has no key yet: start the node once".to_owned()]).into());
    };
    // The old secret may be lost, which is a reason to rotate.
    let old = place.key().ok().filter(|key| *key.verifier() == in_force);
    let next = ledger::prepare_next(&place, &in_force).map_err(LedgerError::from)?;
    crate::fault::point("rotation.prepared");
    let (blobs, now, new) = (stores::blobs(config, false)?, cell.clock.now(), next.verifier().clone());
    store
        .transact(move |tx| {
            let (blobs, new) = (blobs.clone(), new.clone());
            async move { ledger::rotate(tx, &*blobs, &new, now).await }.boxed()
        })
        .await?;
    crate::fault::point("rotation.recorded");
    let signers: Vec<_> = std::iter::once(&next).chain(old.as_ref()).collect();
    ledger::checkpoint(store, &*cell.clock, &signers).await?;
    crate::fault::point("rotation.signed");
    let finish = store.transact(move |tx| {
        let place = place.clone();
        async move { ledger::adopt(tx, &place, now).await }.boxed()
    });
    Ok(finish.await?.verifier().to_string())
}

#[derive(Args)]
pub(super) struct ExportArgs {
    /// The file to write; it must not exist
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
}

/// Everything up to the newest checkpoint, for `seac-verify`.
pub(super) async fn export(config: &Config, args: &ExportArgs) -> Result<u8, CellError> {
    let store = stores::open_read_only(config).await?;
    let result = write_bundle(&store, config, &args.bundle).await;
    store.close().await;
    match result? {
        Some(entries) => {
            say(&format!("{entries} entries exported to {}", args.bundle.display()));
            Ok(0)
        }
        None => {
            say("nothing has been signed yet: start the node once");
            Ok(1)
        }
    }
}

async fn write_bundle(store: &Store, config: &Config, path: &Path) -> Result<Option<u64>, CellError> {
    let outside = |e: std::io::Error| CellError::Outside(format!("{}: {e}", path.display()));
    let latest = store.read(|tx| ledger::latest(tx).boxed()).await.map_err(|e: StoreError| e)?;
    let Some(checkpoint) = latest else { return Ok(None) };
    let file = std::fs::File::options().write(true).create_new(true).open(path).map_err(outside)?;
    let mut bundle =
        evidence_log::bundle::Writer::new(std::io::BufWriter::new(file), &checkpoint.note).map_err(outside)?;
    let blobs = stores::blobs(config, false)?;
    let mut after = 0;
    while after < checkpoint.size {
        let filter = Filter { after, limit: (checkpoint.size - after).min(500), ..Filter::default() };
        let entries = store.read(move |tx| {
            let filter = filter.clone();
            async move { ledger::list(tx, &filter).await }.boxed()
        });
        let entries = entries.await.map_err(|e: StoreError| e)?;
        let Some(last) = entries.last() else { break };
        after = last.sequence;
        for entry in &entries {
            let body = ledger::body(&*blobs, entry).await?;
            bundle.entry(&entry.canonical_bytes()?, body.as_deref()).map_err(outside)?;
        }
    }
    bundle.finish().and_then(|file| file.into_inner().map_err(|e| e.into_error())?.sync_all()).map_err(outside)?;
    Ok(Some(after))
}
