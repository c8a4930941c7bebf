//! Machines come with tokens that a cell issues, and every attempt leaves a trace, however many there are.

use seac_tests::database::Database;
use seac_tests::http::{Answer, Call};
use seac_tests::node::{Node, Place};
use seac_tests::orders::{evidence, order};
use seac_tests::webhook::SECRET;
use serde_json::{Value, json};
use uuid::Uuid;

const ADMINISTRATORS: &[&str] = &["--set", "auth.administrators=orders.Approver"];

fn issue(place: &Place, name: &str, role: &str, ttl: &str) -> String {
    let args = ["service-token", "issue", "--name", name, "--owner", "ann", "--role", role, "--ttl", ttl];
    place.node(&args).with(0).stdout.trim().to_owned()
}

fn collect(node: &Node, token: &str) -> Answer {
    node.collect(token, &evidence("scanner", &Uuid::new_v4().to_string(), b"seen")).send()
}

fn tokens(node: &Node, admin: &str) -> Call {
    node.get("/auth/service-tokens").token(admin)
}

#[test]
fn a_machine_calls_with_its_token_until_it_is_taken_back_or_has_expired() {
    let place = Place::new();
    let (ci, brief) =
        (issue(&place, "ci", "evidence.Collector", "1h"), issue(&place, "brief", "evidence.Collector", "2s"));
    let node = place.start_with(ADMINISTRATORS);
    let admin = place.token("ops", &["orders.Approver"]);
    let done = collect(&node, &ci);
    done.with(200);
    // Its roles are those it was issued with, and no others.
    node.place(&ci, &order(Uuid::new_v4(), "by a machine")).send().problem(403, "not_a_customer");
    let (id, secret) = ci.strip_prefix("cst_").and_then(|rest| rest.split_once('_')).expect("a token");
    let other = brief.rsplit_once('_').expect("a token").1;
    for forged in [
        format!("cst_{id}_{}", "0".repeat(64)),
        format!("cst_{id}_{other}"),
        format!("cst_{id}_{}", &secret[..62]),
        format!("cst_{id}_{secret}00"),
        format!("cst_{}_{secret}", Uuid::new_v4().simple()),
        format!("cst_' OR 1=1 --_{secret}"),
        "cst_".to_owned(),
        "cst__".to_owned(),
        format!("cst_{id}"),
    ] {
        collect(&node, &forged).problem(401, "unauthenticated");
    }
    seac_tests::eventually("the brief one has expired", || (collect(&node, &brief).status == 401).then_some(()));
    let listed = tokens(&node, &admin).send().with(200);
    assert_eq!(listed["tokens"][1]["name"], "ci", "{listed}");
    assert_eq!(listed["tokens"][1]["owner"], "urn:cell:dev-issuer|ann");
    assert_eq!(listed["tokens"][1]["roles"], json!(["evidence.Collector"]));
    node.post("/auth/service-tokens/ci/revoke").token(&admin).send().with(200);
    collect(&node, &ci).problem(401, "unauthenticated");
    node.post("/auth/service-tokens/ci/revoke").token(&admin).send().with(200);
    node.post("/auth/service-tokens/nobody/revoke").token(&admin).send().problem(404, "no_such_token");
    assert!(node.stop().success());

    let ledger = place.ledger();
    let of = |kind: &str| ledger.iter().filter(|entry| entry["type"] == kind).collect::<Vec<_>>();
    assert_eq!((of("access.token_issued").len(), of("access.token_revoked").len()), (2, 1));
    assert_eq!(of("access.token_revoked")[0]["actor"], "urn:cell:dev-issuer|ops");
    let by_ci: Vec<&Value> = ledger.iter().filter(|entry| entry["actor"] == "token:ci").collect();
    assert_eq!((by_ci[0]["type"].as_str(), by_ci[1]["outcome"].as_str()), (Some("evidence.collected"), Some("denied")));
    // The secret is nowhere: not in the database, not in the ledger, not in the log.
    let kept =
        [std::fs::read(place.database()).expect("the database"), std::fs::read(place.beside("log")).expect("a log")];
    for kept in kept {
        assert!(!kept.windows(64).any(|window| window == secret.as_bytes()), "the secret is kept");
    }
    let listed = place.node(&["service-token", "list"]).with(0).stdout;
    assert!(listed.lines().count() == 2 && listed.contains("revoked_at") && !listed.contains(secret), "{listed}");
    place.verifies();
}

#[test]
fn tokens_are_issued_over_http_by_those_who_may_only() {
    let place = Place::new();
    let node = place.start_with(ADMINISTRATORS);
    let (admin, ann) = (place.token("ops", &["orders.Approver"]), place.token("ann", &["orders.Customer"]));
    let wanted =
        json!({"name": "ci", "owner": "urn:cell:dev-issuer|ann", "roles": ["evidence.Collector"], "ttl_seconds": 60});
    let issue = |token: &str, wanted: &Value| node.post("/auth/service-tokens").token(token).json(wanted).send();
    issue(&ann, &wanted).problem(403, "not_an_administrator");
    node.post("/auth/service-tokens").json(&wanted).send().problem(401, "unauthenticated");
    tokens(&node, &ann).send().problem(403, "not_an_administrator");
    for (member, value) in [
        ("roles", json!(["evidence.Colector"])),
        ("owner", json!("ann")),
        ("name", json!("a b")),
        ("name", json!("")),
        ("ttl_seconds", json!(0)),
        ("ttl_seconds", json!(-1)),
        ("more", json!(1)),
    ] {
        let mut wanted = wanted.clone();
        wanted[member] = value;
        issue(&admin, &wanted).problem(422, "invalid_token_request");
    }
    let token = issue(&admin, &wanted).with(200)["token"].as_str().expect("a token").to_owned();
    collect(&node, &token).with(200);
    issue(&admin, &wanted).problem(409, "token_exists");
    // A machine does not make machines.
    issue(&token, &wanted).problem(403, "not_an_administrator");
    // Where nobody is named, nobody may.
    drop(node);
    let node = place.start();
    tokens(&node, &admin).send().problem(403, "not_an_administrator");
}

#[test]
fn a_flood_in_nobodys_name_leaves_a_count_and_no_call_is_lost() {
    let place = Place::new();
    let mut node = place.start_with(&["--set", "limits.refusals=5"]);
    let ann = place.token("ann", &["orders.Customer"]);
    let flood = |node: &Node| {
        for _ in 0..40 {
            node.place("nonsense", &order(Uuid::new_v4(), "x")).send().problem(401, "unauthenticated");
            node.delivery_signed("push", "d", b"{}", "sha256=00").send().problem(401, "signature_rejected");
        }
    };
    flood(&node);
    // Somebody who is known is recorded each time.
    for _ in 0..10 {
        node.collect(&ann, &evidence("s", "e", b"x")).send().problem(403, "not_a_collector");
    }
    // What was counted is on disk already: killing the node loses nothing.
    node.kill();
    let told = |place: &Place| {
        let ledger = place.ledger();
        let alone = ledger.iter().filter(|entry| entry["outcome"] == "denied" || entry["outcome"] == "rejected");
        let nobody = alone.filter(|entry| entry["type"] != "access.counted" && entry["actor"] != "ann").count();
        let counted: u64 = ledger.iter().filter_map(|entry| entry["payload"]["refused"].as_u64()).sum();
        (nobody as u64, counted)
    };
    let rows = Database::read(&place.database()).value("SELECT sum(times) FROM attempts");
    let (alone, counted) = told(&place);
    assert_eq!(alone + counted + rows.parse::<u64>().expect("a number"), 80);
    let node = place.start_with(&["--set", "limits.refusals=5"]);
    flood(&node);
    assert!(node.get("/ready").send().status == 200);
    assert!(node.stop().success());
    let (alone, counted) = told(&place);
    assert_eq!(alone + counted, 160, "{alone} alone, {counted} counted");
    assert!(alone <= 4 * 5, "{alone}: at most five in each minute, and there were two or four of them");
    let ledger = place.ledger();
    assert_eq!(
        ledger.iter().filter(|entry| entry["type"] == "operation.denied" && entry["actor"] == "ann").count(),
        10
    );
    assert!(!place.ledger().iter().any(|entry| entry.to_string().contains(SECRET)));
    place.verifies();
}

#[test]
fn whoever_looks_at_entries_is_counted_too() {
    let place = Place::new();
    let node = place.start();
    let (eve, kim) = (place.token("eve", &["orders.Customer"]), place.token("kim", &["governance.Auditor"]));
    node.place(&eve, &order(Uuid::new_v4(), "one")).send().with(200);
    for _ in 0..3 {
        node.get("/log/search").token(&kim).send().with(200);
        node.get("/log/search").token(&eve).send().problem(403, "not_a_ledger_reader");
    }
    node.get("/evidence/1/receipt").send().problem(401, "unauthenticated");
    assert!(node.stop().success());
    let ledger = place.ledger();
    let counted: Vec<&Value> = ledger
        .iter()
        .filter(|entry| entry["type"] == "access.counted")
        .flat_map(|entry| entry["payload"]["attempts"].as_array().expect("attempts"))
        .collect();
    let times = |actor: &str, code: &str| {
        let of = counted.iter().filter(|it| it["actor"] == actor && it["code"] == code);
        of.filter_map(|it| it["times"].as_u64()).sum::<u64>()
    };
    assert_eq!(times("urn:cell:dev-issuer|kim", "allowed"), 3, "{counted:?}");
    assert_eq!(times("urn:cell:dev-issuer|eve", "not_a_ledger_reader"), 3);
    assert_eq!(times("anonymous", "unauthenticated"), 1);
    place.verifies();
}
