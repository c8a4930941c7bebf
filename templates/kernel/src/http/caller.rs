//! Requests to services of others: HTTP/1.1, with TLS where it is built in, and connections that are kept open.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// The longest document taken.
const LIMIT: usize = 16 * 1024 * 1024;

#[cfg(feature = "production")]
type Connect = hyper_rustls::HttpsConnector<HttpConnector>;
#[cfg(not(feature = "production"))]
type Connect = HttpConnector;

/// Keeps connections open between calls; cheap to clone. With TLS, certificates are checked against those of the system.
#[derive(Clone)]
pub(crate) struct Caller(legacy::Client<Connect, Body>);

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Default for Caller {
    fn default() -> Self {
        Self(legacy::Client::builder(TokioExecutor::new()).build(connector()))
    }
}

impl Caller {
    /// Whether addresses with `https://` can be called.
    pub(crate) const TLS: bool = cfg!(feature = "production");

    /// Asks for a document. Redirections are not followed: what lets this in is meant for one place.
    pub(crate) async fn get(&self, url: &str, headers: HeaderMap, patience: Duration) -> Result<Reply, String> {
        let mut request = Request::get(url).body(Body::empty()).map_err(|error| error.to_string())?;
        *request.headers_mut() = headers;
        let agent = HeaderValue::from_static(concat!("cell/", env!("CARGO_PKG_VERSION")));
        request.headers_mut().insert(header::USER_AGENT, agent);
        match tokio::time::timeout(patience, self.send(request, LIMIT)).await {
            Ok(reply) => reply,
            Err(_) => Err(format!("no answer within {patience:?}")),
        }
    }

    /// Sends a request, and takes an answer of at most so many bytes.
    pub(crate) async fn send(&self, request: Request<Body>, limit: usize) -> Result<Reply, String> {
        let response = self.0.request(request).await.map_err(|error| with_causes(&error))?;
        let (head, body) = response.into_parts();
        let body = to_bytes(Body::new(body), limit).await.map_err(|error| with_causes(&error))?;
        Ok(Reply { status: head.status, headers: head.headers, body: body.to_vec() })
    }
}

#[cfg(feature = "production")]
fn connector() -> Connect {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    // Twice is once: another part may have chosen already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().build()
}

#[cfg(not(feature = "production"))]
fn connector() -> Connect {
    HttpConnector::new()
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
