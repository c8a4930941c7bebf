//! One decision, whoever makes it: the compiled service, its policies as Rego in `regorus`, and an OPA server if there is one.
//!
//! `SEAC_OPA_URL=http://127.0.0.1:8181` names a server (`opa run --server`); without it, OPA is not asked.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use seac_tests::binaries::gate;
use seac_tests::http::Call;
use seac_tests::node::{Node, Place};
use seac_tests::orders::order;
use seac_tests::run::seac;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// How many requests all of them decide on.
const CASES: u32 = 1500;
const PATH: &str = "/policy/authority/evaluate";

fn whole_number() -> impl Strategy<Value = Value> {
    let limits = [i64::MIN, i64::MIN + 1, -1, 0, 1, 2, 3, 4, 5, 10, 999, 1000, 1001, i64::MAX - 1, i64::MAX];
    prop_oneof![3 => select(limits.to_vec()).boxed(), 1 => any::<i64>().boxed(), 1 => (-20..20_i64).boxed()]
        .prop_map(Value::from)
}

/// A decimal as it is written: no zero too many, and no zero below zero. A sum of two of them has 28 digits at most.
fn decimal() -> impl Strategy<Value = String> {
    let limits =
        ["0", "0.1", "0.3", "-0.01", "0.01", "12.5", "12.499999999", "12.500000001", "99.94", "99.95", "99.96"];
    let whole =
        ["50", "87.5", "100", "9007199254740993", "9007199254740992", "9223372036854775807", "-9223372036854775808"];
    let made = (any::<i64>(), 0..=9_usize).prop_map(|(mantissa, scale)| written(mantissa, scale));
    let tenths = (-2000..2000_i64).prop_map(|n| written(n, 1));
    let limits = select([&limits[..], &whole].concat()).prop_map(str::to_owned);
    prop_oneof![2 => limits, 1 => made, 2 => tenths]
}

/// A decimal that is only compared: as large, and as small, as there are.
fn rating() -> impl Strategy<Value = Value> {
    let limits = [
        "79228162514264337593543950335",
        "-79228162514264337593543950335",
        "0.0000000000000000000000000001",
        "0.0000000000000000000000000002",
        "-0.0000000000000000000000000001",
        "7.9228162514264337593543950335",
        "0",
    ];
    prop_oneof![select(limits.to_vec()).prop_map(str::to_owned), decimal()].prop_map(Value::from)
}

fn written(mantissa: i64, scale: usize) -> String {
    let digits = format!("{:0>width$}", mantissa.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let text = match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    };
    if mantissa < 0 { format!("-{text}") } else { text }
}

fn text() -> impl Strategy<Value = Value> {
    let known = [
        "",
        "x",
        "é",
        "e\u{301}",
        "👩",
        "x👩",
        "\u{1f469}\u{200d}\u{1f469}",
        "ab ",
        "ab",
        "AB",
        "\u{202e}x",
        "é👩",
        "\\",
        "\"",
        "\n",
    ];
    prop_oneof![4 => select(known.to_vec()).prop_map(str::to_owned).boxed(), 1 => any::<String>().boxed()]
        .prop_map(Value::from)
}

/// Between the years that Rego's nanoseconds can tell, with offsets and fractions.
fn moment() -> impl Strategy<Value = Value> {
    let limits = [
        "2025-12-31T23:59:59.999999Z",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00.000001Z",
        "2026-01-01T01:00:00+01:00",
        "2025-12-31T23:30:00-00:30",
        "1700-01-01T00:00:00Z",
        "2250-01-01T00:00:00Z",
        "2024-02-29T12:00:00.5Z",
    ];
    select(limits.to_vec()).prop_map(Value::from)
}

fn money() -> impl Strategy<Value = Value> {
    decimal().prop_map(Value::from)
}

fn weight() -> impl Strategy<Value = Value> {
    decimal().prop_map(|amount| json!({"amount": amount, "unit": "kg"}))
}

fn colour() -> impl Strategy<Value = Value> {
    select(&["red", "deep blue"][..]).prop_map(Value::from)
}

type Field = (&'static str, BoxedStrategy<Option<Value>>);

/// A field that is there.
fn given(name: &'static str, value: impl Strategy<Value = Value> + 'static) -> Field {
    (name, value.prop_map(Some).boxed())
}

/// A field that is there, null, or missing.
fn maybe(name: &'static str, value: impl Strategy<Value = Value> + 'static) -> Field {
    (name, prop_oneof![3 => value.prop_map(Some), 1 => Just(Some(Value::Null)), 1 => Just(None)].boxed())
}

fn object(fields: Vec<Field>) -> BoxedStrategy<Value> {
    let (names, values): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
    let made = values.prop_map(move |values| {
        let members = names.iter().zip(values).filter_map(|(name, value)| Some(((*name).to_owned(), value?)));
        Value::Object(members.collect::<Map<_, _>>())
    });
    made.boxed()
}

fn input() -> BoxedStrategy<Value> {
    object(vec![
        given("id", Just(json!(Uuid::nil()))),
        given("label", text()),
        given("count", whole_number()),
        given("price", money()),
        given("weight", weight()),
        given("sealed", any::<bool>().prop_map(Value::from)),
        given("at", moment()),
        given("colour", colour()),
        maybe("note", text()),
        maybe("few", whole_number()),
        maybe("rebate", money()),
        maybe("load", weight()),
        maybe("due", moment()),
        maybe("ready", any::<bool>().prop_map(Value::from)),
        maybe("shade", colour()),
        maybe("rating", rating()),
    ])
}

fn state() -> BoxedStrategy<Value> {
    object(vec![
        given("id", Just(json!(Uuid::nil()))),
        given("label", text()),
        given("count", whole_number()),
        given("price", money()),
        given("weight", weight()),
        given("sealed", any::<bool>().prop_map(Value::from)),
        given("packed_at", moment()),
        given("colour", colour()),
        maybe("note", text()),
        maybe("deposit", money()),
        given("packed_by", select(&["ann", "bob", "é"][..]).prop_map(Value::from)),
    ])
}

/// Nobody, or somebody with roles that are and are not the operation's.
fn caller() -> BoxedStrategy<Option<Value>> {
    let roles = proptest::sample::subsequence(vec!["gate.Keeper", "gate.keeper", "other.Keeper"], 0..=3);
    let somebody =
        (select(&["ann", "bob", "é", "e\u{301}"][..]), roles).prop_map(|(id, roles)| json!({"id": id, "roles": roles}));
    prop_oneof![9 => somebody.prop_map(Some), 1 => Just(None)].boxed()
}

/// What refuses, by code. Whoever may not call at all has one code in Rego.
type Denied = BTreeSet<String>;

fn compiled(node: &Node, token: &str, description: &Value) -> (bool, Denied, BTreeSet<String>) {
    let answer = node.post(PATH).token(token).json(description).send().with(200);
    let reasons = answer["decision"]["reasons"].as_array().expect("reasons");
    let (mut denied, mut passed) = (Denied::new(), BTreeSet::new());
    for reason in reasons {
        let role = ["role", "authentication"].iter().any(|own| reason["policy"] == *own);
        let code = if role { "not_permitted" } else { reason["code"].as_str().expect("a code") };
        match reason["truth"] == "true" {
            true => passed.insert(code.to_owned()),
            false => denied.insert(code.to_owned()),
        };
    }
    assert_eq!(answer["decision"]["outcome"] == "allow", denied.is_empty(), "{answer}");
    (answer["decision"]["outcome"] == "allow", denied, passed)
}

fn of_rego(result: &Value) -> (bool, Denied) {
    let denied = result["deny"].as_array().expect("codes").iter().filter_map(Value::as_str).map(str::to_owned);
    (result["allow"] == true, denied.collect())
}

#[test]
fn the_service_its_rego_and_a_server_decide_alike() {
    let place = Place::new().with_node(&gate().node);
    let node = place.start_with(&["--set", "policy.evaluators=gate.Keeper"]);
    let token = place.token("eve", &["gate.Keeper"]);
    let folder = place.beside("rego");
    let output = folder.to_str().expect("UTF-8");
    seac(&gate().root, &["project", "--format", "rego", "--output-dir", output]).with(0);
    let file = fs::read_dir(&folder).expect("a folder").map(|it| it.expect("a file").path()).next().expect("a file");
    let policy = fs::read_to_string(&file).expect("Rego");
    let mut engine = regorus::Engine::new();
    engine.set_strict_builtin_errors(false);
    engine.add_policy("gate.rego".to_owned(), policy.clone()).expect("Rego");
    let server = std::env::var("SEAC_OPA_URL").ok();
    if let Some(server) = &server {
        let put = Call::put(format!("{server}/v1/policies/gate")).header("Content-Type", "text/plain").body(policy);
        put.send().with(200);
    }
    let told: RefCell<BTreeMap<String, [u32; 2]>> = RefCell::default();
    let cases = (caller(), input(), prop_oneof![9 => state().prop_map(Some), 1 => Just(None)], moment());
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let held = TestRunner::new(config).run(&cases, |(caller, input, state, now)| {
        let mut description = json!({"operation": "gate.check_crate", "input": input, "at": now});
        let mut request = json!({"operation": "check_crate", "input": input, "now": now, "actor": {"roles": []}});
        if let Some(caller) = &caller {
            description["subject"] = caller.clone();
            request["actor"] = caller.clone();
        }
        if let Some(state) = &state {
            description["state"] = state.clone();
            request["state"] = state.clone();
        }
        let (allowed, denied, passed) = compiled(&node, &token, &description);
        for (codes, place) in [(&denied, 0), (&passed, 1)] {
            codes.iter().for_each(|code| told.borrow_mut().entry(code.clone()).or_default()[place] += 1);
        }
        let mut engine = engine.clone();
        engine.set_input(regorus::Value::from_json_str(&request.to_string()).expect("JSON"));
        let decided = json!({"allow": rule(&mut engine, "allow"), "deny": rule(&mut engine, "deny")});
        prop_assert_eq!(of_rego(&decided), (allowed, denied.clone()), "regorus, {}", request);
        if let Some(server) = &server {
            let asked =
                Call::post(format!("{server}/v1/data/seac/gate")).json(&json!({"input": request})).send().with(200);
            prop_assert_eq!(of_rego(&asked["result"]), (allowed, denied), "OPA, {}", request);
        }
        Ok(())
    });
    held.unwrap_or_else(|error| panic!("{error}"));
    // Each policy said yes and said no, or nothing was compared.
    let told = told.into_inner();
    assert_eq!(told.len(), 32, "{told:?}");
    assert!(told.values().all(|[no, yes]| *no >= 3 && *yes >= 3), "{told:?}");
}

fn rule(engine: &mut regorus::Engine, name: &str) -> Value {
    let value = engine.eval_rule(format!("data.seac.gate.{name}")).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_str(&value.to_json_str().expect("JSON")).expect("JSON")
}

/// What would be decided is what is decided, and asking changes nothing.
#[test]
fn a_question_is_answered_as_the_call_would_be_and_leaves_nothing_but_its_trace() {
    let place = Place::new();
    let node = place.start();
    let auditor = place.token("kim", &["governance.Auditor"]);
    let [ann, bob] = ["ann", "bob"].map(|name| place.token(name, &["orders.Customer", "orders.Approver"]));
    let id = Uuid::new_v4();
    node.place(&ann, &order(id, "one")).send().with(200);
    let ask = |description: Value| node.post(PATH).token(&auditor).json(&description).send();
    let approve = |who: &str, roles: Value| {
        let input = json!({"order_id": id, "approval_id": "a", "version": 1});
        let subject = json!({"id": who, "issuer": "urn:cell:dev-issuer", "roles": roles});
        ask(json!({"operation": "orders.approve_order", "subject": subject, "input": input})).with(200)
    };
    let both = json!(["orders.Approver", "orders.Customer"]);
    let own = approve("ann", both.clone());
    assert_eq!(own["decision"]["outcome"], "deny");
    let failing = |answer: &Value| {
        let reasons = answer["decision"]["reasons"].as_array().expect("reasons").iter();
        reasons
            .filter(|it| it["truth"] != "true")
            .map(|it| it["code"].as_str().expect("a code").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(failing(&own), ["own_order"]);
    assert_eq!(failing(&approve("bob", json!(["orders.Customer"]))), ["not_an_approver"]);
    let would = approve("bob", both);
    assert_eq!(would["decision"]["outcome"], "allow");
    assert_eq!(node.read_order(&ann, id).with(200)["status"], "placed", "asking approves nothing");
    node.approve(&ann, id, "a", 1).problem(403, "own_order");
    let done = node.approve(&bob, id, "a", 1);
    done.with(200);
    // The same call has the same record, digests and all.
    let ledger = place.ledger();
    let entry = ledger.iter().find(|entry| entry["type"] == "orders.approved").expect("an entry");
    let mut decided = entry["payload"]["decision"].clone();
    let reasons = decided["reasons"].as_array_mut().expect("reasons");
    // What the caller did before is not asked about.
    assert_eq!(reasons.pop().expect("a reason")["policy"], "separation_of_duties");
    assert_eq!(decided, would["decision"]);
    for digest in ["bundle_digest", "input_digest", "identity_digest"] {
        assert_eq!(would["decision"][digest].as_str().map(str::len), Some(64), "{digest}");
    }
    // Now it is approved, and nobody approves it again. A state that is described is what is decided on.
    assert_eq!(failing(&approve("bob", json!(["orders.Approver"]))), ["order_not_open"]);
    let missing = json!({"order_id": Uuid::new_v4(), "approval_id": "a", "version": 1});
    let subject = json!({"id": "bob", "roles": ["orders.Approver"]});
    let nothing = ask(json!({"operation": "orders.approve_order", "subject": subject, "input": missing})).with(200);
    assert_eq!(nothing["decision"]["reasons"][1]["missing"], json!(["state"]), "{nothing}");

    node.post(PATH).token(&ann).json(&json!({})).send().problem(403, "not_an_evaluator");
    node.post(PATH).json(&json!({})).send().problem(401, "unauthenticated");
    ask(json!({"operation": "orders.nothing", "input": {}})).problem(404, "no_such_operation");
    for wrong in [json!({}), json!([]), json!({"operation": "orders.approve_order", "input": {"order_id": 7}})] {
        ask(wrong).problem(422, "invalid_description");
    }
    let state = json!({"operation": "orders.approve_order", "input": missing, "state": {"status": "gone"}});
    ask(state).problem(422, "invalid_description");
    assert!(node.stop().success());
    let ledger = place.ledger();
    let asked = ledger.iter().filter(|entry| entry["type"] == "access.counted");
    assert!(asked.map(|entry| entry["payload"].to_string()).any(|text| text.contains("kernel.EvaluatePolicy")));
    place.verifies();
}
