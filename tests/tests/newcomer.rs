//! What a newcomer does on the first day: make a workspace, generate, run, and try the service out over HTTP.

use std::fs;
use std::process::Command;

use seac_tests::binaries::{demo, emitted_target, hold_emitted};
use seac_tests::files;
use seac_tests::http::Answer;
use seac_tests::node::{Node, Place, entry_of};
use seac_tests::orders::order;
use seac_tests::run::{run, seac, seac_command};
use serde_json::{Value, json};
use uuid::Uuid;

/// A running node, and everybody who calls it.
struct Desk {
    place: Place,
    node: Node,
    ann: String,
    bob: String,
    auditor: String,
}

impl Desk {
    fn open() -> Self {
        let place = Place::new();
        let node = place.start();
        let ann = place.token("ann", &["orders.Customer"]);
        let bob = place.token("bob", &["orders.Approver"]);
        let auditor = place.token("eve", &["governance.Auditor"]);
        Self { place, node, ann, bob, auditor }
    }

    /// Places an order that is valid.
    fn placed(&self) -> (Uuid, Value) {
        let id = Uuid::new_v4();
        let order = order(id, &format!("attempt-{id}"));
        self.node.place(&self.ann, &order).send().with(200);
        (id, order)
    }

    /// The entry about this answer: an auditor finds it, `node ledger` prints the same one, and it carries the decision.
    #[track_caller]
    fn entry(&self, answer: &Answer, operation: &str, outcome: &str, decision: &str) -> Value {
        let found = self.node.find_entries(&self.auditor, &format!("&action={operation}"));
        let found = entry_of(&found, answer);
        let printed = self.place.ledger();
        let printed = entry_of(&printed, answer);
        for member in
            ["sequence", "event_id", "leaf_hash", "previous_hash", "payload_digest", "payload", "actor", "type"]
        {
            assert_eq!(found[member], printed[member], "{member}");
        }
        assert_eq!(found["outcome"], outcome, "{found:#}");
        assert_eq!(found["payload"]["operation"], operation, "{found:#}");
        let made = &found["payload"]["decision"];
        assert_eq!(made["outcome"], decision, "{found:#}");
        for digest in ["bundle_digest", "input_digest", "identity_digest"] {
            assert_eq!(made[digest].as_str().map(str::len), Some(64), "{digest} of {found:#}");
        }
        assert!(made["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty()), "{found:#}");
        found.clone()
    }

    /// Asserts that a refusal is a problem with its declared code, and in the ledger with its decision.
    #[track_caller]
    fn refused(&self, answer: &Answer, status: u16, code: &str, operation: &str) -> Value {
        answer.problem(status, code);
        let denied = status == 403;
        let outcome = if denied { "denied" } else { "rejected" };
        let entry = self.entry(answer, operation, outcome, if denied { "deny" } else { "allow" });
        assert_eq!(entry["payload"]["code"], code, "{entry:#}");
        entry
    }
}

#[test]
fn a_new_workspace_checks_and_generates_and_is_then_in_step_with_its_specs() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = seac(folder.path(), &["new", "demo"]).with(0).says(&["cd demo", "seac check", "seac run"]);
    assert_eq!(made.stdout, "");
    let demo = folder.path().join("demo");
    seac(&demo, &["check"]).with(0).says(&["nothing to complain about"]);
    seac(&demo, &["generate", "--check"]).with(1);
    assert!(!demo.join("generated").exists(), "--check writes nothing");
    seac(&demo, &["generate"]).with(0).says(&["0 unchanged, 0 removed"]);
    let first = files::tree(&demo);
    seac(&demo, &["generate", "--check"]).with(0).says(&["generated is what the specs say"]);
    seac(&demo, &["generate"]).with(0).says(&[" 0 written,", " 0 removed"]);
    files::assert_same(&first, &files::tree(&demo));
}

#[test]
fn seac_run_generates_builds_and_serves_until_it_is_told_to_stop() {
    let demo = demo();
    let _held = hold_emitted();
    drop(fs::remove_dir_all(demo.root.join(".seac/data")));
    let logs = tempfile::tempdir().expect("a folder");
    let log = logs.path().join("log");
    let mut command = seac_command(&demo.root, ["run", "--", "--listen", "127.0.0.1:0"]);
    let node = Node::spawn(&mut command, log.clone());
    let said = node.log();
    // What it says to do next is what works next.
    for part in ["POST /orders/place-order", "GET  /orders/read-order", "token --data-dir", "--subject me --role"] {
        assert!(said.contains(part), "no {part:?} in\n{said}");
    }
    let hint = said.lines().find_map(|line| line.trim().split_once(" token --")).expect("a hint about tokens");
    let token = |subject: &str, role: &str| {
        let data = demo.root.join(".seac/data");
        let mut token = Command::new(hint.0);
        token.args(["token", "--subject", subject, "--role", role, "--data-dir"]).arg(data);
        run(&mut token).with(0).stdout.trim().to_owned()
    };
    let (ann, bob) = (token("ann", "orders.Customer"), token("bob", "orders.Approver"));
    let id = Uuid::new_v4();
    let placed = node.place(&ann, &order(id, "first")).send();
    assert_eq!(placed.with(200), json!({"order_id": id, "status": "placed", "version": 1}));
    let approved = node.approve(&bob, id, "a-1", 1).with(200);
    assert_eq!(approved, json!({"order_id": id, "status": "approved", "approved_by": "bob", "version": 2}));
    let read = node.read_order(&ann, id).with(200);
    assert_eq!((&read["status"], &read["placed_by"]), (&json!("approved"), &json!("ann")));
    assert!(node.stop().success());
}

// covers: SDS-101/place_order
#[test]
fn what_is_emitted_is_laid_out_free_of_warnings_and_passes_its_own_tests() {
    let generated = demo().root.join("generated");
    let _held = hold_emitted();
    for args in [
        &["fmt", "--all", "--check"][..],
        &["clippy", "--quiet", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"],
        &["test", "--quiet", "--locked", "--workspace"],
    ] {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        run(cargo.args(args).current_dir(&generated).env("CARGO_TARGET_DIR", emitted_target())).with(0);
    }
}

#[test]
fn a_valid_order_is_accepted_and_recorded_with_the_decision() {
    let desk = Desk::open();
    let id = Uuid::new_v4();
    let answer = desk.node.place(&desk.ann, &order(id, "one")).send();
    assert_eq!(answer.with(200), json!({"order_id": id, "status": "placed", "version": 1}));
    let entry = desk.entry(&answer, "orders.place_order", "success", "allow");
    assert_eq!(entry["sequence"], answer.sequence());
    assert_eq!((&entry["actor"], &entry["type"]), (&json!("ann"), &json!("orders.placed")));
    assert_eq!(entry["subject_id"], json!(id));
    let policies: Vec<_> = entry["payload"]["decision"]["reasons"].as_array().expect("reasons").iter().collect();
    for policy in ["role", "orders.order_within_limit"] {
        assert!(policies.iter().any(|reason| reason["policy"] == policy && reason["truth"] == "true"), "{entry:#}");
    }
    desk.place.verifies();
}

// covers: SDS-101/place_order/invalid_order
#[test]
fn an_invalid_order_is_rejected_with_every_broken_constraint() {
    let desk = Desk::open();
    let mut order = order(Uuid::new_v4(), "one");
    order["sku"] = json!("abc");
    order["item_count"] = json!(0);
    order["total"]["amount"] = json!("0");
    let answer = desk.node.place(&desk.ann, &order).send();
    desk.refused(&answer, 422, "invalid_order", "orders.place_order");
    let errors = answer.json()["errors"].as_array().expect("errors").clone();
    let pointers: Vec<_> = errors.iter().filter_map(|error| error["pointer"].as_str()).collect();
    assert_eq!(pointers.len(), 3, "{errors:?}");
    for pointer in ["/sku", "/item_count", "/total"] {
        assert!(pointers.contains(&pointer), "no {pointer} in {errors:?}");
    }
}

// covers: SDS-101/place_order/order_limit_exceeded
#[test]
fn an_order_over_the_limit_is_denied_and_the_last_one_within_it_is_not() {
    let desk = Desk::open();
    let mut order = order(Uuid::new_v4(), "one");
    order["total"]["amount"] = json!("10000.01");
    let answer = desk.node.place(&desk.ann, &order).send();
    let entry = desk.refused(&answer, 403, "order_limit_exceeded", "orders.place_order");
    let reasons = entry["payload"]["decision"]["reasons"].as_array().expect("reasons");
    let limit = reasons.iter().find(|reason| reason["policy"] == "orders.order_within_limit").expect("the policy");
    assert_eq!(limit["truth"], "false");
    assert_eq!(
        desk.node
            .read_order(&desk.ann, order["order_id"].as_str().and_then(|id| id.parse().ok()).expect("an id"))
            .status,
        404
    );
    order["total"]["amount"] = json!("10000");
    desk.node.place(&desk.ann, &order).send().with(200);
}

// covers: SDS-101/place_order/not_a_customer, SDS-101/approve_order/not_an_approver, SDS-101/read_order/not_a_reader
#[test]
fn the_wrong_role_is_denied_whatever_else_is_wrong() {
    let desk = Desk::open();
    let answer = desk.node.place(&desk.bob, &order(Uuid::new_v4(), "one")).send();
    desk.refused(&answer, 403, "not_a_customer", "orders.place_order");
    // Who has no authority learns nothing about the input.
    let mut invalid = order(Uuid::new_v4(), "two");
    invalid["sku"] = json!("abc");
    let answer = desk.node.place(&desk.bob, &invalid).send();
    desk.refused(&answer, 403, "not_a_customer", "orders.place_order");
    let (id, _) = desk.placed();
    let answer = desk.node.approve(&desk.ann, id, "a-1", 1);
    desk.refused(&answer, 403, "not_an_approver", "orders.approve_order");
    let nobody = desk.place.token("mallory", &[]);
    let answer = desk.node.read_order(&nobody, id);
    desk.refused(&answer, 403, "not_a_reader", "orders.read_order");
}

#[test]
fn a_repeated_order_gets_the_same_answer_and_has_no_second_effect() {
    let desk = Desk::open();
    let call = desk.node.place(&desk.ann, &order(Uuid::new_v4(), "one"));
    let first = call.send();
    first.with(200);
    assert_eq!(first.header("idempotency-replayed"), "");
    let before = desk.place.ledger();
    for _ in 0..3 {
        let again = call.send();
        assert_eq!((again.status, &again.body), (200, &first.body));
        assert_eq!(again.header("idempotency-replayed"), "true");
    }
    assert_eq!(desk.place.ledger(), before);
}

// covers: SDS-101/place_order/order_number_reused
#[test]
fn a_number_that_was_used_for_another_order_is_a_conflict() {
    let desk = Desk::open();
    let (_, order) = desk.placed();
    let mut other = order.clone();
    other["item_count"] = json!(3);
    let answer = desk.node.place(&desk.ann, &other).send();
    desk.refused(&answer, 409, "order_number_reused", "orders.place_order");
    // Somebody else's number does not open somebody else's answer.
    let zoe = desk.place.token("zoe", &["orders.Customer"]);
    let answer = desk.node.place(&zoe, &order).send();
    desk.refused(&answer, 409, "order_number_reused", "orders.place_order");
}

// covers: SDS-101/place_order/duplicate_order
#[test]
fn an_order_id_that_is_taken_is_a_conflict_and_the_first_order_stays() {
    let desk = Desk::open();
    let (id, mut order) = desk.placed();
    order["client_order_id"] = json!("another attempt");
    order["item_count"] = json!(7);
    let answer = desk.node.place(&desk.ann, &order).send();
    desk.refused(&answer, 409, "duplicate_order", "orders.place_order");
    assert_eq!(desk.node.read_order(&desk.ann, id).with(200)["item_count"], 2);
}

#[test]
fn without_a_valid_token_nobody_gets_in() {
    let desk = Desk::open();
    let (id, order) = desk.placed();
    let before = desk.place.ledger().len();
    let elsewhere = Place::new();
    elsewhere.start();
    let foreign = elsewhere.token("ann", &["orders.Customer"]);
    let forged = format!("{}x", desk.ann);
    let read = desk.node.get(&format!("/orders/read-order?order_id={id}"));
    let place = desk.node.post("/orders/place-order").json(&order);
    for call in [read, place] {
        let attempts = [
            call.clone(),
            call.clone().token(&foreign),
            call.clone().token(&forged),
            call.clone().token(""),
            call.clone().token("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ."),
            call.clone().header("Authorization", "Basic YW5uOmFubg=="),
            call.clone().token(&desk.ann).token(&desk.bob),
        ];
        for attempt in attempts {
            let answer = attempt.send();
            answer.problem(401, "unauthenticated");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }
    let ledger = desk.place.ledger();
    let denied: Vec<_> = ledger.iter().skip(before).filter(|entry| entry["actor"] == "anonymous").collect();
    assert_eq!(denied.len(), ledger.len() - before, "nothing was done: {ledger:#?}");
    assert!(denied.iter().all(|entry| entry["type"] == "operation.denied" && entry["outcome"] == "denied"));
    assert!(!denied.is_empty(), "a caller nobody knows is on record, too");
}

// covers: SDS-101/approve_order, SDS-101/approve_order/order_not_open, SDS-101/approve_order/approval_number_reused
#[test]
fn an_order_is_approved_by_somebody_else_once() {
    let desk = Desk::open();
    let (id, _) = desk.placed();
    let answer = desk.node.approve(&desk.bob, id, "a-1", 1);
    assert_eq!(answer.with(200), json!({"order_id": id, "status": "approved", "approved_by": "bob", "version": 2}));
    let entry = desk.entry(&answer, "orders.approve_order", "success", "allow");
    assert_eq!((&entry["actor"], &entry["type"]), (&json!("bob"), &json!("orders.approved")));
    let again = desk.node.approve(&desk.bob, id, "a-1", 1);
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &answer.body));
    let answer = desk.node.approve(&desk.bob, id, "a-2", 2);
    desk.refused(&answer, 403, "order_not_open", "orders.approve_order");
    let (other, _) = desk.placed();
    let answer = desk.node.approve(&desk.bob, other, "a-1", 1);
    desk.refused(&answer, 409, "approval_number_reused", "orders.approve_order");
}

// covers: SDS-101/approve_order/own_order
#[test]
fn nobody_approves_an_order_of_their_own_whatever_roles_they_have() {
    let desk = Desk::open();
    let both = desk.place.token("kim", &["orders.Customer", "orders.Approver"]);
    let id = Uuid::new_v4();
    desk.node.place(&both, &order(id, "one")).send().with(200);
    let answer = desk.node.approve(&both, id, "a-1", 1);
    desk.refused(&answer, 403, "own_order", "orders.approve_order");
    assert_eq!(desk.node.read_order(&desk.ann, id).with(200)["status"], "placed");
    desk.node.approve(&desk.bob, id, "a-2", 1).with(200);
}

// covers: SDS-101/approve_order/order_not_found, SDS-101/approve_order/order_changed
// covers: SDS-101/approve_order/invalid_approval
#[test]
fn an_approval_names_an_order_that_exists_in_the_version_that_was_looked_at() {
    let desk = Desk::open();
    let (id, _) = desk.placed();
    let answer = desk.node.approve(&desk.bob, Uuid::new_v4(), "a-1", 1);
    desk.refused(&answer, 404, "order_not_found", "orders.approve_order");
    let answer = desk.node.approve(&desk.bob, id, "a-2", 2);
    desk.refused(&answer, 409, "order_changed", "orders.approve_order");
    let answer = desk.node.approve(&desk.bob, id, "", 1);
    desk.refused(&answer, 422, "invalid_approval", "orders.approve_order");
    assert_eq!(desk.node.read_order(&desk.ann, id).with(200)["status"], "placed");
}

// covers: SDS-101/read_order, SDS-101/read_order/order_not_found, SDS-101/read_order/invalid_question
#[test]
fn customers_and_approvers_read_orders_and_each_look_is_recorded() {
    let desk = Desk::open();
    let (id, order) = desk.placed();
    for (token, who) in [(&desk.ann, "ann"), (&desk.bob, "bob")] {
        let answer = desk.node.read_order(token, id);
        let read = answer.with(200);
        for member in ["order_id", "sku", "item_count"] {
            assert_eq!(read[member], order[member]);
        }
        assert_eq!(read["total"], json!({"amount": "99.5", "unit": "USD"}));
        let entry = desk.entry(&answer, "orders.read_order", "success", "allow");
        assert_eq!(entry["actor"], who);
    }
    let answer = desk.node.read_order(&desk.ann, Uuid::new_v4());
    desk.refused(&answer, 404, "order_not_found", "orders.read_order");
    let answer = desk.node.get("/orders/read-order?order_id=seven").token(&desk.ann).send();
    desk.refused(&answer, 422, "invalid_question", "orders.read_order");
}

// covers: SDS-001/FindEntries, SDS-001/FindEntries/not_an_auditor, SDS-001/FindEntries/invalid_question
#[test]
fn only_auditors_and_security_officers_read_the_ledger() {
    let desk = Desk::open();
    let officer = desk.place.token("olga", &["governance.SecurityOfficer"]);
    desk.placed();
    for token in [&desk.auditor, &officer] {
        assert!(!desk.node.find_entries(token, "").is_empty());
    }
    let answer = desk.node.get("/governance/find-entries").token(&desk.ann).send();
    desk.refused(&answer, 403, "not_an_auditor", "governance.FindEntries");
    let answer = desk.node.get("/governance/find-entries?outcome=splendid").token(&desk.auditor).send();
    desk.refused(&answer, 422, "invalid_question", "governance.FindEntries");
}

#[test]
fn the_node_tells_what_it_offers() {
    let desk = Desk::open();
    let index = desk.node.get("/").send().with(200);
    let names: Vec<_> = index["routes"].as_array().expect("routes").iter().filter_map(|r| r["name"].as_str()).collect();
    for name in ["orders.place_order", "orders.approve_order", "orders.read_order", "connector github"] {
        assert!(names.contains(&name), "no {name} in {names:?}");
    }
    assert_eq!(desk.node.get("/health").send().with(200)["status"], "up");
    assert_eq!(desk.node.get("/ready").send().with(200)["status"], "ready");
    let openapi = desk.node.get("/openapi.json").send().with(200);
    assert!(openapi["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    for path in ["/orders/place-order", "/evidence/collect-evidence", "/governance/find-entries"] {
        assert!(openapi["paths"][path].is_object(), "no {path}");
    }
}
