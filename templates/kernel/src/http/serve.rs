//! Connections: taken, served with patience but not for ever, drained at the end.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};

use super::rate::Peer;

/// How long to wait for others to close theirs when no more connections can be had.
const PAUSE: Duration = Duration::from_millis(100);

/// The least that a head may be limited to, in bytes: what is read at once.
pub(crate) const SMALLEST_HEAD: usize = 8192;

/// What others may send, and how long they are waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The largest head of a request, in bytes; at least [`SMALLEST_HEAD`].
    pub(crate) head_bytes: usize,
    /// For the head of a request; for as long may a connection be idle.
    pub(crate) patience: Duration,
    /// For running requests to finish, once the node has been told to stop.
    pub(crate) drain: Duration,
}

/// Whether the node has been told to stop: load balancers are to look elsewhere, and find out from `/ready`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leaving(Arc<AtomicBool>);

impl Leaving {
    /// Says so, and gives whoever asks the `notice` to hear it.
    pub(crate) async fn announce(&self, notice: Duration) {
        self.0.store(true, Ordering::Relaxed);
        tokio::time::sleep(notice).await;
    }

    /// Whether it was said.
    pub(crate) fn is_announced(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Serves connections until `stop`, then finishes the requests that are running.
pub(crate) async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    let open = GracefulShutdown::new();
    let accept = async {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let served = connection(stream, Peer(peer.ip()), router.clone(), limits, open.watcher());
                    drop(tokio::spawn(served));
                }
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
    if tokio::time::timeout(limits.drain, open.shutdown()).await.is_err() {
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

async fn connection(stream: TcpStream, peer: Peer, router: Router, limits: Limits, open: Watcher) {
    // Answers are small and written at once, so there is nothing to gain from waiting for more.
    let _ = stream.set_nodelay(true);
    let router = TowerToHyperService::new(router);
    let answer = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        router.call(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.patience)
        .max_buf_size(limits.head_bytes.max(SMALLEST_HEAD))
        .serve_connection(TokioIo::new(stream), answer);
    if let Err(error) = open.watch(served).await {
        tracing::debug!(%error, "a connection broke off");
    }
}
