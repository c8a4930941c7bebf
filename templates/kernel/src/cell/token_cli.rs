//! `node service-token …`: tokens for machines. What changes them needs the database for itself; a running node has routes.

use std::sync::Arc;
use std::time::Duration;

use clap::Subcommand;
use clap::builder::NonEmptyStringValueParser;

use super::cli::{duration, say};
use super::{Cell, CellError, stores};
use crate::auth::service::{self, ServiceTokenError, Wanted};
use crate::config::{Config, ConfigError};
use crate::ledger::LedgerError;
use crate::services::Services;

/// Whoever uses the command line.
const ACTOR: &str = "operator";

#[derive(Subcommand)]
pub(super) enum TokenCommand {
    /// Print a new token, this once; the node must not be running
    Issue {
        /// What the ledger calls the machine
        #[arg(long)]
        name: String,
        /// The person who answers for it, as the identity provider calls them
        #[arg(long, value_parser = NonEmptyStringValueParser::new())]
        owner: String,
        /// A qualified role, such as evidence.Collector; may be repeated
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// How long it is valid, such as 12h, 90d
        #[arg(long, default_value = "90d", value_parser = duration)]
        ttl: Duration,
    },
    /// Print all tokens there ever were as JSON lines, without what lets anybody in; also beside a running node
    List,
    /// Take a token back, for good; the node must not be running
    Revoke {
        /// What the ledger calls the machine
        name: String,
    },
}

pub(super) async fn run(cell: &Cell, config: &Config, command: TokenCommand) -> Result<u8, CellError> {
    match command {
        TokenCommand::List => {
            let store = stores::open_read_only(config).await?;
            let tokens = service::list(&store).await;
            store.close().await;
            for token in tokens? {
                say(&serde_json::to_string(&token).unwrap_or_default());
            }
            Ok(0)
        }
        TokenCommand::Issue { name, owner, roles, ttl } => {
            cell.check_roles(&roles)?;
            let issuer = config.oidc.as_ref().map_or(&config.issuer, |oidc| &oidc.issuer);
            let wanted = Wanted { name, owner: format!("{issuer}|{owner}"), roles, ttl };
            let services = open(cell, config).await?;
            let issued = service::issue(&services, wanted, ACTOR).await;
            services.store.close().await;
            say(&issued.map_err(failed)?);
            Ok(0)
        }
        TokenCommand::Revoke { name } => {
            let services = open(cell, config).await?;
            let revoked = service::revoke(&services, &name, ACTOR).await;
            services.store.close().await;
            revoked.map_err(failed)?;
            Ok(0)
        }
    }
}

async fn open(cell: &Cell, config: &Config) -> Result<Services, CellError> {
    let store = stores::open(config).await?;
    if let Err(error) = crate::store::migrate(&store, &cell.migrations()).await {
        store.close().await;
        return Err(error.into());
    }
    Ok(Services::new(store, stores::blobs(config, false)?, Arc::clone(&cell.clock), &cell.model_hash))
}

fn failed(error: ServiceTokenError) -> CellError {
    match error {
        ServiceTokenError::Ledger(LedgerError::Store(error)) => error.into(),
        ServiceTokenError::Ledger(error) => error.into(),
        other => ConfigError(vec![other.to_string()]).into(),
    }
}
