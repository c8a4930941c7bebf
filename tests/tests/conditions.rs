//! Versions over HTTP: entity tags, and requests that depend on them.

use seac_tests::node::{Place, entry_of};
use seac_tests::orders::order;
use serde_json::json;
use uuid::Uuid;

#[test]
fn who_has_a_version_is_told_so_and_who_has_another_is_shown_this_one() {
    let place = Place::new();
    let node = place.start();
    let (ann, bob) = (place.token("ann", &["orders.Customer"]), place.token("bob", &["orders.Approver"]));
    let id = Uuid::new_v4();
    node.place(&ann, &order(id, "first")).send().with(200);
    let read = node.read_order(&ann, id);
    assert_eq!((read.with(200)["version"].as_i64(), read.header("etag")), (Some(1), "\"1\""));
    assert_eq!(read.header("cache-control"), "private, no-cache");
    let ask = |tags: &str| {
        let call = node.get(&format!("/orders/read-order?order_id={id}")).token(&ann);
        call.header("If-None-Match", tags).send()
    };
    for tags in ["\"1\"", "W/\"1\"", "\"7\", \"1\"", "*"] {
        let same = ask(tags);
        assert_eq!((same.status, same.body.len(), same.header("etag")), (304, 0, "\"1\""), "{tags}: {same}");
    }
    for tags in ["\"2\"", "1", "\"\"", "\"1"] {
        assert_eq!(ask(tags).with(200)["version"], 1, "{tags}");
    }
    node.approve(&bob, id, "a-1", 1).with(200);
    let moved = ask("\"1\"");
    assert_eq!((moved.with(200)["version"].as_i64(), moved.header("etag")), (Some(2), "\"2\""));
    let stranger = node.get(&format!("/orders/read-order?order_id={id}")).header("If-None-Match", "\"2\"").send();
    stranger.problem(401, "unauthenticated");
    assert!(node.stop().success());
}

#[test]
fn a_command_is_carried_out_on_the_version_that_was_seen_or_not_at_all() {
    let place = Place::new();
    let node = place.start();
    let (ann, bob) = (place.token("ann", &["orders.Customer"]), place.token("bob", &["orders.Approver"]));
    let id = Uuid::new_v4();
    node.place(&ann, &order(id, "first")).header("If-Match", "\"9\"").send().with(200);
    let approve = |token: &str, version: i64, tags: &str| {
        let approval = json!({"order_id": id, "approval_id": format!("a-{version}-{tags}"), "version": version});
        node.post("/orders/approve-order").token(token).json(&approval).header("If-Match", tags).send()
    };
    let refused = [
        // No longer so, by both.
        (7, "\"7\"", "the order has changed since it was looked at"),
        (7, "*", "the order has changed since it was looked at"),
        // They do not agree, or the header names nothing.
        (1, "\"2\"", "If-Match names another version than the request itself"),
        (1, "W/\"1\"", "If-Match names another version than the request itself"),
        (1, "1", "If-Match names another version than the request itself"),
    ];
    for (version, tags, detail) in refused {
        let answer = approve(&bob, version, tags);
        assert_eq!(answer.problem(412, "order_changed")["detail"], detail, "{version} {tags}");
    }
    // Without the header it is the conflict that it always was; without rights nothing is said of versions.
    node.approve(&bob, id, "a-0", 7).problem(409, "order_changed");
    approve(&ann, 1, "\"2\"").problem(403, "not_an_approver");
    let done = approve(&bob, 1, "\"7\", \"1\"");
    assert_eq!(done.with(200)["version"], 2);
    // What was done is answered again, whatever has become of the version.
    assert_eq!(approve(&bob, 1, "\"7\", \"1\"").header("idempotency-replayed"), "true");
    let contradicted = approve(&bob, 2, "\"3\"");
    contradicted.problem(412, "order_changed");
    assert!(node.stop().success());
    let entry = entry_of(&place.ledger(), &contradicted).clone();
    assert_eq!(
        (entry["outcome"].as_str(), entry["payload"]["code"].as_str()),
        (Some("rejected"), Some("order_changed"))
    );
}

#[test]
fn the_document_declares_tags_and_conditions() {
    let place = Place::new();
    let node = place.start();
    let document = node.get("/openapi.json").send().with(200);
    let read = &document["paths"]["/orders/read-order"]["get"];
    let names = |operation: &serde_json::Value| {
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        parameters.iter().filter(|it| it["in"] == "header").map(|it| it["name"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(read), ["\"If-None-Match\""]);
    assert!(read["responses"]["304"].is_object() && read["responses"]["200"]["headers"]["ETag"].is_object());
    let approve = &document["paths"]["/orders/approve-order"]["post"];
    assert_eq!(names(approve), ["\"If-Match\""]);
    assert!(approve["responses"]["412"]["description"].as_str().expect("words").contains("order_changed"));
    let place_order = &document["paths"]["/orders/place-order"]["post"];
    assert!(names(place_order).is_empty() && place_order["responses"]["412"].is_null());
    assert!(node.stop().success());
}
