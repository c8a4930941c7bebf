//! The transparency log over HTTP: static files by the paths of <https://c2sp.org/tlog-tiles>, and receipts.
//!
//! Checkpoints, tiles and consistency proofs are hashes and for everybody. Entries say who did what, so bundles and receipts
//! are for callers with one of the configured roles only.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path as Segments, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use evidence_log::tile::{Path, Resource, TileId, WIDTH, encode_tile};
use futures_util::FutureExt as _;
use serde_json::{Value, json};

use super::guard::{self, Guarded};
use super::router::{Route, correlation_id};
use super::{Front, Problem, from_query, json_response};
use crate::ledger::{self, Filter, LedgerError, tiles};
use crate::store::Tx;

const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";
/// A checkpoint is fresh for a moment, a full tile for ever.
const MOMENT: &str = "public, max-age=2";
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// What only readers see is not kept by anybody in between.
const FOR_READERS: &str = "private, max-age=31536000, immutable";

pub(super) fn routes() -> Vec<Route> {
    [
        "/log",
        "/log/checkpoint",
        "/log/consistency",
        "/log/search",
        "/log/tile/{level}/{index}",
        "/log/tile/entries/{index}",
    ]
    .into_iter()
    .chain(["/evidence/{sequence}/receipt"])
    .map(|path| Route { method: "GET", path: path.to_owned(), name: "log".to_owned() })
    .collect()
}

pub(super) fn mount(router: Router, front: &Front) -> Router {
    let (index, resource, receipts) = (front.clone(), front.clone(), front.clone());
    router
        .route("/log", get(move |request: Request| respond(index, request, |front, _| about(front).boxed())))
        .route(
            "/log/{*path}",
            get(move |Segments(path): Segments<String>, request: Request| async move {
                respond(resource, request, move |front, head| serve(front, path, head).boxed()).await
            }),
        )
        .route(
            "/evidence/{sequence}/receipt",
            get(move |Segments(sequence): Segments<String>, request: Request| async move {
                respond(receipts, request, move |front, head| receipt(front, sequence, head).boxed()).await
            }),
        )
}

/// What a request says beside its path.
struct Head {
    headers: HeaderMap,
    query: String,
}

type Answer = Result<Response, Box<Problem>>;

async fn respond<F>(front: Front, request: Request, answer: F) -> Response
where
    F: FnOnce(Front, Head) -> futures_util::future::BoxFuture<'static, Answer>,
{
    let id = correlation_id(&request);
    let query = request.uri().query().unwrap_or_default().to_owned();
    let head = Head { headers: request.headers().clone(), query };
    answer(front, head).await.unwrap_or_else(|problem| problem.response(&id))
}

/// What one needs to know to check the log: its keys, and how far its word goes.
async fn about(front: Front) -> Answer {
    let (keys, latest) = front
        .services
        .store
        .read(|tx| {
            async move { Ok::<_, LedgerError>((ledger::verifier_keys(tx).await?, ledger::latest(tx).await?)) }.boxed()
        })
        .await
        .map_err(failed)?;
    let witnesses = latest.as_ref().map_or(0, |checkpoint| checkpoint.witnesses);
    let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
    Ok(json_response(
        200,
        &json!({
            "origin": front.notary.key().verifier().name(),
            "verifier_keys": keys,
            "size": latest.map_or(0, |checkpoint| checkpoint.size),
            "witnesses": witnesses,
            "label": ledger::label(witnesses),
        }),
    ))
}

async fn serve(front: Front, path: String, head: Head) -> Answer {
    match path.as_str() {
        "checkpoint" => checkpoint(front).await,
        "consistency" => consistency(front, &head.query).await,
        "search" => search(front, &head).await,
        path => match path.parse() {
            Ok(path) => resource(front, path, &head.headers).await,
            Err(_) => Err(nothing()),
        },
    }
}

async fn checkpoint(front: Front) -> Answer {
    let latest = front.services.store.read(|tx| ledger::latest(tx).boxed()).await.map_err(failed_store)?;
    match latest {
        Some(checkpoint) => Ok(response(checkpoint.note, TEXT, MOMENT)),
        None => Err(not_yet("nothing has been signed yet")),
    }
}

/// The proof that one tree is the beginning of another: `{"old": …, "new": …, "proof": [base64, …]}`.
async fn consistency(front: Front, query: &str) -> Answer {
    let sizes: BTreeMap<String, u64> = from_query(query).unwrap_or_default();
    let (Some(&old), Some(&new)) = (sizes.get("old"), sizes.get("new")) else {
        let problem = Problem::new(422, "kernel", "invalid_sizes", "expected ?old=SIZE&new=SIZE");
        return Err(problem.into());
    };
    let proof = read(&front, move |tx| ledger::consistency(tx, old, new).boxed()).await?;
    let Some(proof) = proof else {
        return Err(not_yet("the sizes must rise, and not beyond the newest checkpoint"));
    };
    let proof: Vec<String> = proof.iter().map(|hash| evidence_log::base64(hash)).collect();
    let body: Value = json!({"old": old, "new": new, "proof": proof});
    Ok(response(body.to_string(), "application/json", FOR_EVER))
}

/// Entries that match, a page at a time: `{"entries": […], "next": SEQUENCE}`; `next` is what to say `after` with.
async fn search(front: Front, head: &Head) -> Answer {
    authorize(&front, &head.headers).await?;
    let filter: Filter =
        from_query(&head.query).map_err(|error| {
            Problem::new(422, "kernel", "invalid_question", "the question is not valid")
                .detail(error.to_string())
                .error(error.pointer, "shape", error.message)
        })?;
    let (limit, page) = (filter.page(), filter.clone());
    let entries = read(&front, move |tx| {
        let filter = page.clone();
        async move { Ok(ledger::list(tx, &filter).await?) }.boxed()
    });
    let entries = entries.await?;
    let next = (entries.len() as u64 == limit).then(|| entries.last().map(|entry| entry.sequence)).flatten();
    let entries: Result<Vec<Value>, LedgerError> = entries.iter().map(ledger::Entry::to_json).collect();
    Ok(json_response(200, &json!({"entries": entries.map_err(failed)?, "next": next})))
}

/// A tile or a bundle, if the newest checkpoint speaks for it.
async fn resource(front: Front, path: Path, headers: &HeaderMap) -> Answer {
    let in_tree = match path.resource {
        Resource::Tile(id) => id,
        Resource::Entries(index) => TileId { level: 0, index },
    };
    let entries = matches!(path.resource, Resource::Entries(_));
    if entries {
        authorize(&front, headers).await?;
    }
    let found = read(&front, move |tx| {
        async move {
            let size = ledger::latest(tx).await?.map_or(0, |checkpoint| checkpoint.size);
            if path.width > in_tree.width(size) {
                return Ok(None);
            }
            match path.resource {
                Resource::Entries(index) => tiles::bundle(tx, index, path.width).await.map(Some),
                Resource::Tile(id) => Ok(tiles::tile(tx, id, path.width).await?.map(|hashes| encode_tile(&hashes))),
            }
        }
        .boxed()
    });
    let bytes = found.await?.ok_or_else(nothing)?;
    debug_assert!(path.width <= WIDTH);
    Ok(response(bytes, BYTES, if entries { FOR_READERS } else { FOR_EVER }))
}

/// The receipt of an entry. If no checkpoint speaks for it yet, one is signed now.
async fn receipt(front: Front, sequence: String, head: Head) -> Answer {
    authorize(&front, &head.headers).await?;
    let Some(sequence) = sequence.parse().ok().filter(|sequence| *sequence > 0) else { return Err(nothing()) };
    let found = match read(&front, move |tx| ledger::receipt(tx, sequence).boxed()).await? {
        Some(receipt) => Some(receipt),
        None => {
            front.notary.checkpoint().await.map_err(failed)?;
            read(&front, move |tx| ledger::receipt(tx, sequence).boxed()).await?
        }
    };
    let receipt = found.ok_or_else(nothing)?;
    let mut response = response(receipt.to_string(), TEXT, "private, no-cache");
    let name = format!("attachment; filename=\"entry-{sequence}.tlog-proof\"");
    if let Ok(name) = HeaderValue::from_str(&name) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

async fn read<T, F>(front: &Front, work: F) -> Result<T, Box<Problem>>
where
    F: for<'t> FnMut(&'t mut dyn Tx) -> futures_util::future::BoxFuture<'t, Result<T, LedgerError>> + Send + 'static,
    T: Send + 'static,
{
    front.services.store.read(work).await.map_err(failed)
}

/// Only readers see who did what.
async fn authorize(front: &Front, headers: &HeaderMap) -> Result<(), Box<Problem>> {
    let guarded = Guarded {
        operation: "kernel.ReadLedger",
        roles: &front.ledger_readers,
        code: "not_a_ledger_reader",
        title: "the caller may not read entries",
    };
    guard::admit(front, headers, &guarded).await.map(drop)
}

fn response(body: impl Into<Body>, media_type: &'static str, caching: &'static str) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}

fn nothing() -> Box<Problem> {
    Problem::new(404, "kernel", "not_in_the_log", "the log has no such thing").into()
}

fn not_yet(detail: &str) -> Box<Problem> {
    Problem::new(404, "kernel", "not_in_the_log", "the log has no such thing").detail(detail).into()
}

fn failed_store(error: crate::store::StoreError) -> Box<Problem> {
    failed(error.into())
}

fn failed(error: LedgerError) -> Box<Problem> {
    tracing::error!(%error, "the log cannot be read");
    Problem::new(503, "kernel", "ledger_unavailable", "the ledger is not available; try again later").into()
}
