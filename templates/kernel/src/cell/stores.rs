//! Which stores and which bus a configuration asks for.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::CellError;
use crate::blob::{BlobStore, FsBlobs};
use crate::bus::{Bus, Consumer, InProcessBus};
use crate::config::{Config, ConfigError};
use crate::metrics::Batches;
use crate::services::Services;
use crate::store::{self, Store};

/// Opens the store for this node.
pub(super) async fn open(config: &Config) -> Result<Store, CellError> {
    open_counted(config, Batches::default()).await
}

/// The same, with commits counted there.
pub(super) async fn open_counted(config: &Config, batches: Batches) -> Result<Store, CellError> {
    match &config.database {
        #[cfg(feature = "production")]
        Some(database) => {
            let options = store::postgres::Options { queue: config.queue, batches, ..Default::default() };
            Ok(store::postgres::open(database, &options).await?)
        }
        #[cfg(feature = "embedded")]
        None => {
            let (queue, statement_timeout) = (config.queue, config.statement_timeout);
            let options = store::sqlite::Options { queue, batches, statement_timeout, ..Default::default() };
            Ok(store::sqlite::open(&config.data_dir, &options)?)
        }
        #[allow(unreachable_patterns, reason = "with all features there is a store for everything")]
        other => Err(missing(other.is_some())),
    }
}

/// Opens the store for looking at it, beside a node that may be running.
pub(super) async fn open_read_only(config: &Config) -> Result<Store, CellError> {
    match &config.database {
        #[cfg(feature = "production")]
        Some(database) => Ok(store::postgres::open_read_only(database).await?),
        #[cfg(feature = "embedded")]
        None => Ok(store::sqlite::open_read_only(&config.data_dir)?),
        #[allow(unreachable_patterns, reason = "with all features there is a store for everything")]
        other => Err(missing(other.is_some())),
    }
}

/// The blobs. Whoever has the data directory for itself may clean up what a crash has left there.
pub(super) fn blobs(config: &Config, clean: bool) -> Result<Arc<dyn BlobStore>, CellError> {
    match &config.bucket {
        #[cfg(feature = "production")]
        Some(bucket) => Ok(Arc::new(crate::blob::S3Blobs::at(bucket)?)),
        #[cfg(not(feature = "production"))]
        Some(_) => {
            let reason = "blobs.url: this binary was built without S3; build it with --features production";
            Err(ConfigError(vec![reason.to_owned()]).into())
        }
        None => {
            let blobs = FsBlobs::at(config.data_dir.join("blobs"));
            if clean {
                blobs.clean()?;
            }
            Ok(Arc::new(blobs))
        }
    }
}

/// The bus, with its consumers at work.
pub(super) async fn bus(
    config: &Config,
    services: &Services,
    consumers: Vec<Consumer>,
    stop: &watch::Receiver<bool>,
) -> Result<(Arc<dyn Bus>, Vec<JoinHandle<()>>), CellError> {
    match &config.broker {
        #[cfg(feature = "production")]
        Some(broker) => {
            let bus = crate::bus::JetStream::connect(broker, services.clone(), consumers).await?;
            let tasks = bus.start(stop);
            Ok((Arc::new(bus), tasks))
        }
        #[cfg(not(feature = "production"))]
        Some(_) => {
            let reason = "bus.url: this binary was built without NATS; build it with --features production";
            Err(ConfigError(vec![reason.to_owned()]).into())
        }
        None => {
            let bus = InProcessBus::new(services.clone(), consumers);
            let tasks = bus.start(stop);
            Ok((Arc::new(bus), tasks))
        }
    }
}

/// The store is not part of this binary.
fn missing(server: bool) -> CellError {
    let reason = match server {
        true => "database.url: this binary was built without PostgreSQL; build it with --features production",
        false => "database.url is needed: this binary was built without SQLite",
    };
    ConfigError(vec![reason.to_owned()]).into()
}
