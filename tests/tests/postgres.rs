//! A newcomer's walk, on PostgreSQL: what is emitted does there what it does on SQLite.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

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

/// What the doctor finds: each check with what it says, if that is a finding.
fn examined(place: &Place, more: &[&str]) -> Vec<(String, Option<String>)> {
    let ended = place.node(&[&["doctor", "--format", "json"], more].concat());
    let checks: Vec<Value> = serde_json::from_str(&ended.stdout).expect("an array of checks");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let checks = checks.iter().map(|it| (text(&it["check"]), (it["ok"] == false).then(|| text(&it["says"]))));
    let checks: Vec<_> = checks.collect();
    assert_eq!(ended.code, i32::from(checks.iter().any(|(_, finding)| finding.is_some())), "{checks:#?}");
    checks
}

/// Asserts that a check has a finding that says this.
#[track_caller]
fn finds(place: &Place, more: &[&str], check: &str, part: &str) {
    let all = examined(place, more);
    let found = all.iter().find(|(name, _)| name == check).and_then(|(_, finding)| finding.as_deref());
    assert!(found.is_some_and(|finding| finding.contains(part)), "no {part:?} of {check} in {all:#?}");
}

#[test]
fn a_doctor_finds_what_a_node_would_fail_at() {
    let place = Place::on_postgres();
    finds(&place, &[], "data directory", "No such file");
    finds(&place, &[], "schema", "kernel_migrations");
    let node = place.start();
    let ann = place.token("ann", &["orders.Customer"]);
    node.place(&ann, &order(Uuid::new_v4(), "first")).send().with(200);
    // Beside a node that runs.
    let well = examined(&place, &[]);
    assert!(well.len() == 10 && well.iter().all(|(_, finding)| finding.is_none()), "{well:#?}");
    assert!(node.stop().success());

    let key = place.data().join("ledger.key");
    fs::set_permissions(&key, Permissions::from_mode(0o644)).expect("rights are set");
    finds(&place, &[], "secrets", "ledger.key");
    fs::set_permissions(&key, Permissions::from_mode(0o600)).expect("rights are set");
    finds(&place, &["--set", "database.password=env:NOBODY_SETS_THIS"], "secrets", "database.password");
    finds(&place, &["--set", "bus.url=nats://127.0.0.1:1"], "broker", "nats://127.0.0.1:1");
    let bucket = ["--set", "blobs.url=s3://cell", "--set", "blobs.endpoint=http://127.0.0.1:1"];
    finds(&place, &bucket, "blobs", "s3://cell");

    place.execute(
        "BEGIN; CREATE ROLE carl LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO carl;
         GRANT USAGE ON SCHEMA public TO carl; COMMIT",
    );
    let place = place.as_user("carl");
    finds(&place, &[], "rights", "role carl: may not INSERT on");
    let most = "ledger_entries, ledger_controls, ledger_head";
    place.execute(&format!("GRANT INSERT ON ALL TABLES IN SCHEMA public TO carl; GRANT DELETE ON {most} TO carl"));
    finds(&place, &[], "rights", "may DELETE on ledger_entries: revoke it");
    place.execute(&format!("REVOKE DELETE ON {most} FROM carl; GRANT TRUNCATE ON ledger_tiles TO carl"));
    finds(&place, &[], "rights", "role carl: may TRUNCATE on ledger_tiles: revoke it");
    place.execute("REVOKE TRUNCATE ON ledger_tiles FROM carl");
    let well = examined(&place, &[]);
    assert!(well.iter().all(|(_, finding)| finding.is_none()), "{well:#?}");

    place.execute("DELETE FROM kernel_migrations WHERE context = 'orders'");
    finds(&place, &[], "schema", "orders 0001");
    place.execute(
        "ALTER TABLE ledger_entries DISABLE TRIGGER USER;
         UPDATE ledger_entries SET recorded_at = '2999' || substr(recorded_at, 5)",
    );
    finds(&place, &[], "clock", "2999-");
    finds(&place, &[], "database", "ledger_entries");
    let nobody = place.as_user("nobody_there");
    finds(&nobody, &[], "database", "nobody_there");
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
