//! What every request meets, whatever it asks for.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod toy;

use axum::body::Body;
use axum::http::Request;
use futures_util::FutureExt as _;
use kernel::serde_json::json;
use toy::{get, open, order, post, send, token};

const PLACE: &str = "/orders/place-order";

#[tokio::test]
async fn problems_for_what_does_not_fit() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path()).await;
    let buyer = token(&node, "a", &["orders.Buyer"]);
    let request = |body: &str| {
        let request = Request::post(PLACE).header("content-type", "application/json");
        request.header("authorization", format!("Bearer {buyer}")).body(Body::from(body.to_owned()))
    };
    let wrong_unit = r#"{"request_id":"r","number":"AB-1","amount":{"amount":"1","unit":"EUR"}}"#;
    for (body, pointer, rule) in [
        ("{", "", "syntax"),
        ("{} x", "", "syntax"),
        (r#"{"request_id":"r","number":7}"#, "/number", "shape"),
        (r#"{"request_id":"r","unknown":7}"#, "/unknown", "shape"),
        (r#"{"request_id":"r","request_id":"s"}"#, "", "shape"),
        (wrong_unit, "/amount", "shape"),
        (r#"{"request_id":"r","number":"AB-1","amount":["1","USD"]}"#, "/amount", "shape"),
        (r#"["r","AB-1"]"#, "", "shape"),
    ] {
        let answer = send(&node, request(body).unwrap()).await;
        let expected = if rule == "syntax" { (400, "malformed_body") } else { (422, "invalid_order") };
        assert_eq!((answer.status.as_u16(), answer.code()), expected, "{body}");
        assert_eq!(
            (&answer.body["errors"][0]["pointer"], &answer.body["errors"][0]["rule"]),
            (&json!(pointer), &json!(rule)),
            "{}",
            answer.body
        );
    }
    let form = Request::post(PLACE).header("content-type", "application/x-www-form-urlencoded").body(Body::from("a=b"));
    assert_eq!(send(&node, form.unwrap()).await.status, 415);
    let answer = send(&node, Request::get("/nowhere").body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (404, "no_such_route"));
    let answer = send(&node, Request::delete(PLACE).body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.code(), answer.header("allow")), (405, "method_not_allowed", "POST"));
    let answer = get(&node, "/orders/read-order?nmuber=1", &token(&node, "a", &["orders.Buyer"])).await;
    assert_eq!(answer.status.as_u16(), 422);
    node.shutdown().await;
}

#[tokio::test]
async fn bodies_are_limited_with_and_without_a_declared_length() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path()).await;
    let big = "x".repeat(64 * 1024 + 1);
    let declared = Request::post(PLACE).header("content-length", big.len()).body(Body::from(big.clone())).unwrap();
    let chunks = futures_util::stream::iter(big.into_bytes().chunks(1000).map(<[u8]>::to_vec).collect::<Vec<_>>());
    let chunks = futures_util::StreamExt::map(chunks, Ok::<_, std::io::Error>);
    let streamed = Request::post(PLACE).body(Body::from_stream(chunks)).unwrap();
    for request in [declared, streamed] {
        let answer = send(&node, request).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (413, "body_too_large"));
    }
    node.shutdown().await;
}

#[tokio::test]
async fn correlation_ids_are_taken_if_sane_and_always_echoed() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path()).await;
    let with = |id: &str| Request::get("/health").header("x-correlation-id", id).body(Body::empty()).unwrap();
    assert_eq!(send(&node, with("abc-1:2")).await.header("x-correlation-id"), "abc-1:2");
    for bad in ["", "a b", "{}", &"x".repeat(129)] {
        let echoed = send(&node, with(bad)).await.header("x-correlation-id").to_owned();
        assert_eq!(echoed.len(), 36, "{bad:?} → {echoed}");
    }
    assert_eq!(get(&node, "/nowhere", "").await.header("x-correlation-id").len(), 36);
    node.shutdown().await;
}

#[tokio::test]
async fn system_routes() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path()).await;
    assert_eq!(get(&node, "/health", "").await.body, json!({"status": "up"}));
    let ready = get(&node, "/ready", "").await;
    assert_eq!((ready.status.as_u16(), &ready.body["depths"]["outbox"]), (200, &json!(0)));
    let index = get(&node, "/", "").await.body;
    assert_eq!(index["model"], "model-hash");
    let routes = index["routes"].as_array().unwrap();
    assert!(routes.contains(&json!({"method": "POST", "path": PLACE, "name": "orders.PlaceOrder"})), "{index}");
    assert_eq!(get(&node, "/openapi.json", "").await.body["info"]["title"], "orders");
    node.shutdown().await;
}

#[tokio::test]
async fn a_caller_who_hangs_up_is_recorded_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path()).await;
    let auditor = token(&node, "carol", &["orders.Auditor"]);
    for n in 1..=3 {
        // Polled once and dropped, as a server does when the connection breaks.
        let body = order("r", "AB-1", "1");
        assert!(post(&node, PLACE, &auditor, &body).now_or_never().is_none());
        toy::eventually(async || toy::entries(&node).await.len() == n).await;
    }
    node.shutdown().await;
}

#[tokio::test]
async fn a_closed_store_is_an_outage_not_a_loss() {
    let dir = tempfile::tempdir().unwrap();
    let node = open(dir.path()).await;
    let buyer = token(&node, "alice", &["orders.Buyer"]);
    node.services().store.close().await;
    let answer = post(&node, PLACE, &buyer, &order("r", "AB-1", "1")).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (503, "ledger_unavailable"));
    assert_eq!(get(&node, "/ready", "").await.status, 503);
    node.shutdown().await;
}
