//! `doctor`: whether a node could do its work here. It looks at what `serve` relies on, beside a running node as well, and
//! leaves nothing behind.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use clap::ValueEnum;
use futures_util::FutureExt as _;
use serde::Serialize;

use super::{Cell, CellError, stores};
use crate::config::Config;
use crate::ledger;
use crate::store::{self, Store, StoreError};
use crate::types::{Timestamp, Uuid};

/// How much has to fit on the disk, in bytes: far more than the largest transaction.
const ROOM: usize = 16 << 20;

/// How findings are printed.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Format {
    /// A line for each check
    #[default]
    Text,
    /// An array of checks
    Json,
}

/// What was looked at, and what was found.
#[derive(Debug, Serialize)]
struct Check {
    check: &'static str,
    ok: bool,
    says: String,
}

/// Does it; the text to print, and whether all is well.
pub(super) async fn examine(cell: &Cell, config: &Config, format: Format) -> Result<(String, bool), CellError> {
    let checks = all(cell, config).await;
    let well = checks.iter().all(|check| check.ok);
    let text = match format {
        Format::Json => serde_json::to_string_pretty(&checks).map_err(|e| CellError::Outside(e.to_string()))?,
        Format::Text => checks.iter().map(line).collect::<Vec<_>>().join("\n"),
    };
    Ok((text, well))
}

fn line(check: &Check) -> String {
    format!("{:7} {:14} {}", if check.ok { "ok" } else { "finding" }, check.check, check.says)
}

async fn all(cell: &Cell, config: &Config) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut add = |check, found: Result<String, String>| {
        let ok = found.is_ok();
        checks.push(Check { check, ok, says: found.unwrap_or_else(|reason| reason) });
    };
    // A configuration with mistakes does not come this far: all of them are told at the start.
    let wiring = cell.check().map(|()| format!("listens on {}", config.listen)).map_err(|e| e.to_string());
    add("configuration", wiring);
    add("data directory", rights(&config.data_dir));
    add("disk space", room(&config.data_dir));
    match stores::open_read_only(config).await {
        Err(error) => add("database", Err(format!("{error}; `migrate` makes a new one"))),
        Ok(store) => {
            add("database", sound(&store).await);
            add("schema", schema(cell, &store).await);
            add("clock", clock(&store, cell.clock.now()).await);
            store.close().await;
        }
    }
    checks
}

/// The directory is there, and nobody else can change what is in it.
fn rights(data_dir: &Path) -> Result<String, String> {
    let named = |reason: String| format!("{}: {reason}", data_dir.display());
    let metadata = fs::metadata(data_dir).map_err(|e| named(e.to_string()))?;
    if !metadata.is_dir() {
        return Err(named("this is no directory".to_owned()));
    }
    if others_can_write(&metadata) {
        return Err(named("other users can write here: take the right from them (chmod go-w)".to_owned()));
    }
    Ok(data_dir.display().to_string())
}

#[cfg(unix)]
fn others_can_write(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o022 != 0
}

#[cfg(not(unix))]
fn others_can_write(_: &fs::Metadata) -> bool {
    false
}

/// Writes a file of that size and removes it: quotas and rights count as well as the disk.
fn room(data_dir: &Path) -> Result<String, String> {
    let path = data_dir.join(format!("doctor.{}", Uuid::new_v4()));
    let written = File::options().write(true).create_new(true).open(&path).and_then(|mut file| {
        let zeros = vec![0; 1 << 16];
        (0..ROOM / zeros.len()).try_for_each(|_| file.write_all(&zeros))?;
        file.sync_all()
    });
    let removed = if path.exists() { fs::remove_file(&path) } else { Ok(()) };
    match written.and(removed) {
        Ok(()) => Ok(format!("{} MiB can be written", ROOM >> 20)),
        Err(error) => Err(format!("{} MiB cannot be written: {error}", ROOM >> 20)),
    }
}

/// The database finds nothing wrong with its files, nor with what guards the ledger.
async fn sound(store: &Store) -> Result<String, String> {
    match store.integrity().await {
        Ok(problems) if problems.is_empty() => Ok("its files are sound; `verify` looks at the ledger".to_owned()),
        Ok(problems) => Err(problems.join("; ")),
        Err(error) => Err(error.to_string()),
    }
}

/// The database is that of this build.
async fn schema(cell: &Cell, store: &Store) -> Result<String, String> {
    let planned = store::state(store, &cell.migrations()).await.map_err(|e| e.to_string())?;
    let pending = planned.iter().filter(|planned| planned.pending).map(|planned| planned.migration);
    let pending: Vec<String> = pending.map(|m| format!("{} {:04}", m.context, m.number)).collect();
    if pending.is_empty() {
        return Ok(format!("{} migrations, all applied", planned.len()));
    }
    Err(format!("not applied yet: {}; `serve` and `migrate` do it", pending.join(", ")))
}

/// The clock is not behind the last entry: times in the ledger would run backwards.
async fn clock(store: &Store, now: Timestamp) -> Result<String, String> {
    let last = store.read(|tx| {
        async move {
            let (sequence, _) = ledger::head(tx).await?;
            Ok(ledger::get(tx, sequence).await?.map(|entry| entry.recorded_at))
        }
        .boxed()
    });
    match last.await.map_err(|e: StoreError| e.to_string())? {
        Some(last) if last > now => Err(format!("it is {now}, but the last entry is of {last}: set the clock right")),
        _ => Ok(now.to_string()),
    }
}
