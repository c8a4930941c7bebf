//! A poller that is killed in the middle of a page has lost no event and recorded none twice, and its account of what was
//! expected and received is right afterwards. The points are in debug builds only (`KERNEL_FAULT`).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use seac_tests::elsewhere::{Asked, Elsewhere, Reaction};
use seac_tests::eventually;
use seac_tests::node::{Node, Place};
use serde_json::{Value, json};

/// How many events a page has.
const PAGE: usize = 2;

/// An event of the source's log.
fn event(number: usize) -> Value {
    json!({
        "uuid": format!("event-{number}"),
        "published": format!("2026-11-22T10:{number:02}:00.000Z"),
        "eventType": "user.session.start",
        "actor": {"id": "jack", "displayName": "Jack"},
        "outcome": {"result": "SUCCESS"},
    })
}

/// A log of so many events that is read page by page, and always says where it goes on.
fn source(events: &Arc<AtomicUsize>) -> Elsewhere {
    let events = Arc::clone(events);
    Elsewhere::start(move |asked: &Asked, _| {
        let after = asked.line.split_once("after=").map_or(0, |(_, after)| after.parse().expect("a number"));
        let until = events.load(Ordering::SeqCst).min(after + PAGE);
        let page: Vec<Value> = (after..until).map(event).collect();
        Reaction::Page(page.into(), format!("/api/v1/logs?limit={PAGE}&after={until}"))
    })
}

fn start(place: &Place, source: &Elsewhere, point: Option<&str>) -> Node {
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("OKTA_URL", source.url()).env("OKTA_TOKEN", "token");
    if let Some(point) = point {
        command.env("KERNEL_FAULT", point);
    }
    Node::spawn(&mut command, place.beside("log"))
}

/// The ids of what was recorded of the source, in order.
fn recorded(ledger: &[Value]) -> Vec<&str> {
    let entries = ledger.iter().filter(|entry| entry["type"] == "idp.session");
    entries.map(|entry| entry["source_event_id"].as_str().expect("an id")).collect()
}

/// Waits until so many rounds are on record; the account of the last one.
fn account(place: &Place, rounds: usize) -> Value {
    eventually("the round is on record", || {
        let found = place.column("SELECT count(*) FROM ledger_entries WHERE type = 'connector.reconciled'");
        (found == [rounds.to_string()]).then_some(())
    });
    let ledger = place.ledger();
    let last = ledger.iter().rev().find(|entry| entry["type"] == "connector.reconciled").expect("a report");
    assert_eq!(last["outcome"], "success", "{last:#}");
    last["payload"].clone()
}

fn survives(place: &Place, point: &str) {
    let events = Arc::new(AtomicUsize::new(9));
    let source = source(&events);
    let mut node = start(place, &source, Some(point));
    eventually("the node is killed", || node.get("/health").try_send().is_err().then_some(()));
    node.kill();
    // As the kill left it: whole pages, and the position behind them.
    place.verifies();
    let ledger = place.ledger();
    let stored = recorded(&ledger).len();
    assert!(stored.is_multiple_of(PAGE) && stored < 9, "{point}: {stored}");
    let position = place.column("SELECT position FROM connector_positions");
    let next = position.first().map(|text| serde_json::from_str::<Value>(text).expect("JSON")["next"].clone());
    assert!(next.is_some_and(|next| next.to_string().contains(&format!("after={stored}\""))), "{point}: {position:?}");

    let node = start(place, &source, None);
    let told = account(place, 1);
    let counts = ["expected", "received", "recorded", "duplicates", "gap"].map(|key| told[key].clone());
    assert_eq!(counts, [9, 9, 9, 0, 0].map(Value::from), "{point}: {told:#}");
    assert!(node.stop().success());
    // Where it was is where it goes on.
    events.store(12, Ordering::SeqCst);
    let asked = source.asked().len();
    let node = start(place, &source, None);
    let told = account(place, 2);
    let counts = ["expected", "received", "recorded", "duplicates", "gap"].map(|key| told[key].clone());
    assert_eq!(counts, [3, 3, 3, 0, 0].map(Value::from), "{point}: {told:#}");
    assert!(source.asked()[asked].line.ends_with("after=9"), "{:?}", source.asked()[asked]);
    assert!(node.stop().success());
    place.verifies();
    let ids: Vec<String> = (0..12).map(|number| format!("event-{number}")).collect();
    assert_eq!(recorded(&place.ledger()), ids, "{point}");
}

/// What was fetched is not stored; it is stored and the position has not moved; that has, and nothing is committed; all of it is.
const POINTS: [&str; 4] = ["poller.fetched:3", "poller.stored:3", "poller.advanced:3", "poller.committed:2"];

#[test]
fn at_every_point_of_a_page() {
    POINTS.iter().for_each(|point| survives(&Place::new(), point));
}

#[test]
fn at_every_point_of_a_page_on_postgres() {
    POINTS.iter().for_each(|point| survives(&Place::on_postgres(), point));
}
