//! A newcomer's walk, on PostgreSQL: what is emitted does there what it does on SQLite.

use seac_tests::node::{Place, entry_of, node_command};
use seac_tests::orders::{evidence, order};
use seac_tests::run::run;
use serde_json::{Value, json};
use uuid::Uuid;

#[test]
fn orders_evidence_and_deliveries_are_kept_by_the_server_and_verify() {
    let place = Place::on_postgres();
    let planned = place.node(&["migrate", "--plan"]).with(0).stdout;
    assert!(planned.contains("pending kernel 0001 ledger") && planned.contains("pending orders 0001"), "{planned}");
    place.node(&["migrate"]).with(0).says(&[]);
    let node = place.start();
    let (ann, bob) = (place.token("ann", &["orders.Customer"]), place.token("bob", &["orders.Approver"]));
    let (carl, eve) = (place.token("carl", &["evidence.Collector"]), place.token("eve", &["governance.Auditor"]));
    let id = Uuid::new_v4();
    let placed = node.place(&ann, &order(id, "first")).send();
    assert_eq!(placed.with(200), json!({"order_id": id, "status": "placed", "version": 1}));
    let again = node.place(&ann, &order(id, "first")).send();
    assert_eq!((again.with(200), again.header("idempotency-replayed")), (placed.with(200), "true"));
    node.place(&ann, &order(id, "second")).send().problem(409, "duplicate_order");
    node.approve(&ann, id, "a-1", 1).problem(403, "not_an_approver");
    node.approve(&bob, id, "a-2", 7).problem(409, "order_changed");
    assert_eq!(node.approve(&bob, id, "a-3", 1).with(200)["status"], "approved");
    assert_eq!(node.read_order(&ann, id).with(200)["approved_by"], "bob");
    for n in 0..2 {
        let seen = node.collect(&carl, &evidence("scanner", &format!("e-{n}"), format!("seen {n}").as_bytes())).send();
        seen.with(200);
    }
    for status in ["unclassified", "duplicate"] {
        let answer = node.delivery("gollum", "page-1", b"{\"zen\":\"x\"}").send().with(200);
        assert_eq!(answer["status"], status);
    }
    node.settle();
    let entries = node.find_entries(&eve, "");
    assert_eq!(entry_of(&entries, &placed)["payload"]["decision"]["outcome"], "allow");
    assert!(node.stop().success());
    place.verifies();
    let kept: Vec<Value> = place.ledger();
    assert!(kept.len() >= entries.len());
    assert_eq!(place.column("SELECT order_id FROM orders_order"), [id.to_string()]);
    assert_eq!(place.column("SELECT sequence FROM ledger_head"), [kept.len().to_string()]);
    assert!(!place.database().exists(), "nothing is in a file");
}

#[test]
fn a_server_that_cannot_be_had_is_named_and_so_is_a_binary_that_has_no_way_to_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = "database.url=postgres://ann@127.0.0.1:1/cell";
    let data = folder.path().to_str().expect("a path");
    let without = run(node_command().args(["verify", "--data-dir", data, "--set", url])).with(2);
    assert!(without.stderr.contains("--features production"), "{}", without.stderr);
    let secret = "database.url=postgres://ann:hunter2@127.0.0.1:1/cell";
    let told = run(node_command().args(["verify", "--data-dir", data, "--set", secret])).with(2);
    assert!(told.stderr.contains("database.password") && !told.stderr.contains("hunter2"), "{}", told.stderr);
    let node = seac_tests::binaries::production_node();
    let gone = run(std::process::Command::new(node)
        .args(["serve", "--data-dir", data, "--listen", "127.0.0.1:0"])
        .args(["--set", url]));
    let gone = gone.with(3);
    assert!(gone.stderr.contains("database cell at 127.0.0.1:1"), "{}", gone.stderr);
}
