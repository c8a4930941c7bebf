//! A node that is killed at a labelled point of a command or a checkpoint has lost nothing that it had acknowledged, has left
//! nothing half-done, and goes on where it was. The points are in debug builds only (`KERNEL_FAULT`).

use std::collections::BTreeMap;

use seac_tests::eventually;
use seac_tests::http::Call;
use seac_tests::node::{Node, Place};
use seac_tests::orders::{evidence, order};
use uuid::Uuid;

/// What a client wants: an order, or evidence whose bytes become a blob first.
fn call(node: &Node, token: &str, n: u64, id: Uuid) -> Call {
    match n % 2 {
        0 => node.place(token, &order(id, &id.to_string())),
        _ => node.collect(token, &evidence("crash", &id.to_string(), id.to_string().as_bytes())),
    }
}

/// Starts a node that will be killed at a point, and presses until it is. What was acknowledged, with its sequence, and what
/// got no answer.
fn press_until_killed(place: &Place, point: &str, token: &str) -> (BTreeMap<u64, Uuid>, Vec<(u64, Uuid)>) {
    let args = ["serve", "--listen", "127.0.0.1:0", "--set", "ledger.checkpoint_seconds=1"];
    let mut node = Node::spawn(place.command(&args).env("KERNEL_FAULT", point), place.beside("log"));
    let (mut acknowledged, mut unanswered) = (BTreeMap::new(), Vec::new());
    for n in 0..2_000 {
        let id = Uuid::new_v4();
        match call(&node, token, n, id).try_send() {
            Ok(answer) => {
                answer.with(200);
                acknowledged.insert(answer.sequence(), id);
            }
            Err(_) => {
                unanswered.push((n, id));
                break;
            }
        }
    }
    assert_eq!(unanswered.len(), 1, "the node was not killed at {point}");
    node.kill();
    (acknowledged, unanswered)
}

/// One entry, one row of state and one answer for each command that was done; nothing without the others.
fn nothing_is_half_done(place: &Place) {
    place.verifies();
    let done = "SELECT count(*) FROM ledger_entries WHERE type IN ('orders.placed', 'evidence.collected')";
    let state = "SELECT (SELECT count(*) FROM orders_order) + (SELECT count(*) FROM evidence_evidence_artifact)";
    let done = place.column(done);
    assert_eq!(place.column(state), done);
    assert_eq!(place.column("SELECT count(*) FROM idempotency_records"), done);
}

fn survives(place: &Place, point: &str) {
    let token = place.token("ann", &["orders.Customer", "evidence.Collector"]);
    let (acknowledged, unanswered) = press_until_killed(place, point, &token);
    // As the kill left it.
    nothing_is_half_done(place);
    let there = |sequence: &u64, id: &Uuid| {
        let sql = format!(
            "SELECT count(*) FROM ledger_entries WHERE sequence = {sequence}
             AND (subject_id = '{id}' OR source_event_id = '{id}')"
        );
        assert_eq!(place.column(&sql), ["1"], "{point}: acknowledged at {sequence}");
    };
    acknowledged.iter().for_each(|(sequence, id)| there(sequence, id));
    let node = place.start_with(&["--set", "ledger.checkpoint_seconds=1"]);
    for (n, id) in unanswered {
        call(&node, &token, n, id).send().with(200);
    }
    node.settle();
    eventually("a checkpoint speaks for everything", || {
        let head = place.column("SELECT sequence FROM ledger_head");
        let log = node.get("/log").send().with(200);
        (log["size"].as_u64().map(|size| size.to_string()).as_ref() == head.first()).then_some(())
    });
    nothing_is_half_done(place);
    acknowledged.iter().for_each(|(sequence, id)| there(sequence, id));
    assert!(node.stop().success());
    place.verifies();
}

const COMMAND: [&str; 8] = [
    "command.prepared:3",
    "ledger.inserted:3",
    "command.executed:4",
    "command.recorded:5",
    // The first few are those of the start: migrations, consumers, the look for lost events.
    "store.before_commit:20",
    "store.after_commit:20",
    "command.committed:4",
    "outbox.published:3",
];

const CHECKPOINT: [&str; 4] = ["checkpoint.grown:2", "checkpoint.tile:1", "checkpoint.signed:2", "checkpoint.stored:2"];

#[test]
fn at_every_point_of_a_command() {
    COMMAND.iter().for_each(|point| survives(&Place::new(), point));
}

#[test]
fn at_every_point_of_a_checkpoint() {
    CHECKPOINT.iter().for_each(|point| survives(&Place::new(), point));
}

#[test]
fn at_every_point_of_a_command_on_postgres() {
    COMMAND.iter().for_each(|point| survives(&Place::on_postgres(), point));
}

#[test]
fn at_every_point_of_a_checkpoint_on_postgres() {
    CHECKPOINT.iter().for_each(|point| survives(&Place::on_postgres(), point));
}

#[test]
fn at_every_point_of_a_change_of_keys() {
    for point in ["rotation.prepared", "rotation.recorded", "rotation.signed"] {
        let place = Place::new();
        let node = place.start();
        let token = place.token("ann", &["orders.Customer"]);
        node.place(&token, &order(Uuid::new_v4(), "one")).send().with(200);
        assert!(node.stop().success());
        let rotate = || place.command(&["ledger", "rotate-key"]);
        let killed = rotate().env("KERNEL_FAULT", point).output().expect("it runs");
        assert!(killed.status.code().is_none(), "{point}: {killed:?}");
        place.verifies();
        let node = place.start();
        node.place(&token, &order(Uuid::new_v4(), "two")).send().with(200);
        assert!(node.stop().success());
        place.verifies();
        assert!(rotate().output().expect("it runs").status.success(), "{point}");
        place.verifies();
    }
}
