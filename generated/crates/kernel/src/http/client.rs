//! Requests to other nodes: HTTP/1.1 without TLS. What has to cross an open network goes through a local proxy that has it.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Uri, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest answer taken: a bundle of 256 entries of 64 KiB each.
const LIMIT: usize = 17 * 1024 * 1024;

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// Sends one request; `GET` without a body, `POST` with one.
pub(crate) async fn send(url: &str, body: Option<String>, token: Option<&str>) -> Result<Reply, String> {
    match tokio::time::timeout(PATIENCE, exchange(url, body, token)).await {
        Ok(reply) => reply.map_err(|reason| format!("{url}: {reason}")),
        Err(_) => Err(format!("{url}: no answer within {} seconds", PATIENCE.as_secs())),
    }
}

async fn exchange(url: &str, body: Option<String>, token: Option<&str>) -> Result<Reply, String> {
    let uri: Uri = url.parse().map_err(|_| "this is no URL".to_owned())?;
    let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http"));
    let authority = authority.ok_or("only http:// is spoken; put a proxy that speaks TLS in between")?;
    let address = (authority.host().trim_matches(['[', ']']), authority.port_u16().unwrap_or(80));
    let stream = TcpStream::connect(address).await.map_err(|e| e.to_string())?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|e| e.to_string())?;
    let running = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let method = if body.is_some() { "POST" } else { "GET" };
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, authority.as_str());
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(body.map_or_else(Body::empty, Body::from)).map_err(|e| e.to_string())?;
    let response = sender.send_request(request).await.map_err(|e| e.to_string())?;
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(Body::new(response.into_body()), LIMIT).await.map_err(|e| e.to_string())?;
    running.abort();
    Ok(Reply { status, body: body.to_vec() })
}
