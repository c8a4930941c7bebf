//! Connections: taken, served with patience but not for ever, drained at the end.

use std::io;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};

/// How long running requests may take to finish once the node has been told to stop.
const DRAIN: Duration = Duration::from_secs(20);

/// How long to wait for others to close theirs when no more connections can be had.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves connections until `stop`, then finishes the requests that are running. A connection on which no head of a request
/// has come to its end for as long as `patience` is closed.
pub(crate) async fn serve(listener: TcpListener, router: Router, patience: Duration, stop: impl Future<Output = ()>) {
    let open = GracefulShutdown::new();
    let accept = async {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(connection(stream, router.clone(), patience, open.watcher()))),
                Err(error) => refused(&error).await,
            }
        }
    };
    tokio::select! {
        () = stop => {}
        () = accept => {}
    }
    drop(listener);
    tracing::info!(connections = open.count(), "stopping");
    if tokio::time::timeout(DRAIN, open.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
}

/// A connection that broke before it was taken is its client's affair; anything else, such as too many open files, passes
/// only with time.
async fn refused(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%error, "no connection can be taken");
        tokio::time::sleep(PAUSE).await;
    }
}

async fn connection(stream: TcpStream, router: Router, patience: Duration, open: Watcher) {
    // Answers are small and written at once, so there is nothing to gain from waiting for more.
    let _ = stream.set_nodelay(true);
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    if let Err(error) = open.watch(served).await {
        tracing::debug!(%error, "a connection broke off");
    }
}
