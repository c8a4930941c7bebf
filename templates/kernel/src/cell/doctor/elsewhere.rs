//! What a node needs of others: a bucket, a broker.

use std::time::Duration;

use crate::cell::stores;
use crate::config::Config;
use crate::types::Uuid;

/// How long others are waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Stores a few bytes where blobs go, reads them, and removes them. Files in the data directory were looked at before.
pub(super) async fn blobs(config: &Config) -> Result<String, String> {
    let Some(bucket) = &config.bucket else { return Ok("files in the data directory".to_owned()) };
    let named = |reason: String| format!("s3://{}: {reason}", bucket.name);
    let tried = async {
        let blobs = stores::blobs(config, false).map_err(|error| error.to_string())?;
        let bytes = format!("doctor {}", Uuid::new_v4()).into_bytes();
        let digest = blobs.put(&bytes).await.map_err(|error| error.to_string())?;
        let read = blobs.get(&digest).await.map_err(|error| error.to_string());
        // By a server's clock that is ahead it may be too young to go: then `blobs collect` removes it.
        let removed = blobs.remove(&digest, Duration::ZERO).await.map_err(|error| error.to_string());
        read.and(removed)
    };
    match tokio::time::timeout(PATIENCE, tried).await {
        Err(_) => Err(named(format!("no answer within {} s", PATIENCE.as_secs()))),
        Ok(Err(reason)) => Err(named(reason)),
        Ok(Ok(_)) => Ok(named("can be written and read".to_owned())),
    }
}

/// The broker lets this node in, and has JetStream.
pub(super) async fn broker(config: &Config) -> Result<String, String> {
    match &config.broker {
        None => Ok("events stay inside the process".to_owned()),
        #[cfg(feature = "production")]
        Some(broker) => {
            let named = |reason: String| format!("{}: {reason}", broker.url);
            match tokio::time::timeout(PATIENCE, crate::bus::JetStream::examine(broker)).await {
                Err(_) => Err(named(format!("no answer within {} s", PATIENCE.as_secs()))),
                Ok(found) => found.map(named).map_err(|error| named(error.to_string())),
            }
        }
        #[cfg(not(feature = "production"))]
        Some(broker) => Err(format!("{}: build with --features production", broker.url)),
    }
}
