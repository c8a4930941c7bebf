//! `doctor`: whether a node could do its work here. It looks at what `serve` relies on, beside a running node as well, and
//! leaves nothing behind.

mod elsewhere;
mod here;
mod stored;

use clap::ValueEnum;
use serde::Serialize;

use super::{Cell, CellError, stores};
use crate::config::Config;

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
    let fits = cell.check().and_then(|()| cell.check_settings(config)).map_err(|e| e.to_string());
    add("configuration", fits.map(|()| format!("listens on {}", config.listen)));
    add("data directory", here::rights(&config.data_dir));
    add("disk space", here::room(&config.data_dir));
    add("secrets", here::secrets(config));
    match stores::open_read_only(config).await {
        Err(error) if config.database.is_some() => add("database", Err(error.to_string())),
        Err(error) => add("database", Err(format!("{error}; `migrate` makes a new one"))),
        Ok(store) => {
            add("database", stored::sound(&store).await);
            add("schema", stored::schema(cell, &store).await);
            add("rights", stored::rights(&store).await);
            add("clock", stored::clock(&store, cell.clock.now()).await);
            store.close().await;
        }
    }
    add("blobs", elsewhere::blobs(config).await);
    add("broker", elsewhere::broker(config).await);
    checks
}
