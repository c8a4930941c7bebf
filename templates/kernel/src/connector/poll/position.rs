//! How far a poller has come, in the database beside the evidence.

use std::sync::Arc;

use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};

use crate::services::Services;
use crate::store::{Migration, Row, SqlValue, StoreError, Tx, Value};
use crate::types::Timestamp;

pub(crate) const SCHEMA: Migration = Migration {
    context: "kernel.connector",
    number: 1,
    name: "positions",
    sqlite: include_str!("../../../migrations/sqlite/connector_0001_positions.sql"),
    postgres: include_str!("../../../migrations/postgres/connector_0001_positions.sql"),
    checks: &[],
    released: true,
};

/// Where a poller goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// Where the next round begins, by the source's clock.
    pub(super) since: Option<Timestamp>,
    /// The page to go on with.
    pub(super) next: Option<String>,
    /// Until when, by our clock, it is on record what was asked.
    pub(super) covered: Option<Timestamp>,
    /// Whether it is on record that the source cannot be asked.
    pub(super) reported: bool,
    /// The gap that is on record, and the ids that are known to be missing: what is said once is not said each round.
    pub(super) told: (u64, Vec<String>),
    /// The round that is under way.
    pub(super) round: Option<Round>,
}

/// What a round has seen so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Round {
    pub(super) started: Timestamp,
    pub(super) first: String,
    pub(super) newest: Option<Timestamp>,
    pub(super) pages: u64,
    /// What the source says there is in all.
    pub(super) total: Option<u64>,
    pub(super) listed: u64,
    pub(super) recorded: u64,
    pub(super) unclassified: u64,
    pub(super) quarantined: u64,
    /// Ids of what was listed and could not be had.
    pub(super) missing: Vec<String>,
    pub(super) failed_attempts: u64,
    /// How often the page to go on with was not known any more.
    pub(super) restarts: u64,
}

impl Round {
    /// What there should be, as far as the source lists it or says so.
    pub(super) fn expected(&self) -> u64 {
        self.total.unwrap_or(self.listed).max(self.listed)
    }

    /// What was listed and could be had.
    pub(super) fn received(&self) -> u64 {
        self.listed.saturating_sub(self.missing.len() as u64)
    }

    /// What was not in the ledger before.
    pub(super) fn new_entries(&self) -> u64 {
        self.recorded + self.unclassified + self.quarantined
    }

    /// The gap, and the ids of what is missing.
    pub(super) fn gap(&self) -> (u64, Vec<String>) {
        (self.expected() - self.received(), self.missing.clone())
    }

    pub(super) fn new(started: Timestamp, first: String) -> Self {
        Self {
            started,
            first,
            newest: None,
            pages: 0,
            total: None,
            listed: 0,
            recorded: 0,
            unclassified: 0,
            quarantined: 0,
            missing: Vec::new(),
            failed_attempts: 0,
            restarts: 0,
        }
    }
}

/// How far a connector has come, for monitoring.
pub(crate) struct Standing {
    pub(crate) connector: String,
    /// Up to when, by the source's clock, it was asked.
    pub(crate) since: Option<Timestamp>,
    /// Until when, by our clock, it is on record what was asked.
    pub(crate) covered: Option<Timestamp>,
    /// The gap that is on record.
    pub(crate) gap: u64,
}

/// How far all connectors have come.
pub(crate) async fn standings(tx: &mut dyn Tx) -> Result<Vec<Standing>, StoreError> {
    let rows = tx.query("SELECT connector, position FROM connector_positions ORDER BY connector", &[]).await?;
    let standing = |row: &Row| {
        let (connector, text): (String, String) = (row.at(0)?, row.at(1)?);
        let position: Position = serde_json::from_str(&text)
            .map_err(|error| StoreError::Corrupt(format!("the position of {connector}: {error}")))?;
        let Position { since, covered, told: (gap, _), .. } = position;
        Ok(Standing { connector, since, covered, gap })
    };
    rows.iter().map(standing).collect()
}

/// The position of a connector and its version; version 0 if there is none.
pub(super) async fn load(services: &Services, connector: &str) -> Result<(u64, Position), StoreError> {
    let connector = Arc::<str>::from(connector);
    services
        .store
        .read(move |tx| {
            let connector = Arc::clone(&connector);
            async move {
                let sql = "SELECT version, position FROM connector_positions WHERE connector = $1";
                let Some(row) = tx.query_opt(sql, &[Value::Text(connector.to_string())]).await? else {
                    return Ok((0, Position::default()));
                };
                let position = serde_json::from_str(&row.at::<String>(1)?);
                let corrupt = |error| StoreError::Corrupt(format!("the position of {connector}: {error}"));
                Ok((row.at(0)?, position.map_err(corrupt)?))
            }
            .boxed()
        })
        .await
}

/// Moves a position on, unless another node has done so since it was loaded.
pub(super) async fn save(
    tx: &mut dyn Tx,
    connector: &str,
    version: u64,
    position: &Position,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(position).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let values = [Value::Text(connector.to_owned()), version.to_value(), (version + 1).to_value(), Value::Text(text)];
    let changed = if version == 0 {
        let sql = "INSERT INTO connector_positions (connector, version, position) SELECT $1, $3, $4 WHERE $2 = 0 \
            ON CONFLICT (connector) DO NOTHING";
        tx.execute(sql, &values).await?
    } else {
        let sql = "UPDATE connector_positions SET version = $3, position = $4 WHERE connector = $1 AND version = $2";
        tx.execute(sql, &values).await?
    };
    match changed {
        1 => Ok(()),
        _ => Err(StoreError::Refused(format!("another node asks the source of {connector}, too"))),
    }
}
