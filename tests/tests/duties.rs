//! Duties that nobody may have together are kept apart by who somebody is, in whatever role or through whatever machine.

use seac_tests::node::Place;
use seac_tests::orders::order;
use serde_json::{Value, json};
use uuid::Uuid;

#[test]
fn one_person_is_one_person_in_every_role_and_behind_every_machine() {
    let place = Place::new();
    let issue = |name: &str, owner: &str, role: &str| {
        let args = ["service-token", "issue", "--name", name, "--owner", owner, "--role", role];
        place.node(&args).with(0).stdout.trim().to_owned()
    };
    let [shop, desk, other] = [
        issue("shop", "ann", "orders.Customer"),
        issue("desk", "ann", "orders.Approver"),
        issue("other-desk", "bob", "orders.Approver"),
    ];
    let node = place.start();
    let buys = place.token("ann", &["orders.Customer"]);
    let approves = place.token("ann", &["orders.Approver"]);
    let placed = |token: &str| {
        let id = Uuid::new_v4();
        node.place(token, &order(id, &id.to_string())).send().with(200);
        id
    };
    // Ann places, herself or through a machine; neither she in another role nor another machine of hers approves.
    for token in [&buys, &shop] {
        let id = placed(token);
        for (turn, own) in [&approves, &desk].into_iter().enumerate() {
            node.approve(own, id, &format!("{turn}-{id}"), 1).problem(403, "own_order");
        }
        node.approve(&other, id, &format!("other-{id}"), 1).with(200);
    }
    // What she has done to one order says nothing about another one.
    let id = placed(&place.token("cleo", &["orders.Customer"]));
    node.approve(&desk, id, &id.to_string(), 1).with(200);
    let ledger = place.ledger();
    let refused = ledger.iter().filter(|entry| entry["payload"]["code"] == "own_order");
    let by_rule = |entry: &&Value| {
        let reasons = entry["payload"]["decision"]["reasons"].as_array().expect("reasons");
        reasons.iter().any(|it| it["policy"] == "separation_of_duties" && it["truth"] == json!("false"))
    };
    // The order knows its buyer by name, and a policy forbids that as well; the rule finds the machines.
    assert_eq!((refused.clone().count(), refused.filter(by_rule).count()), (4, 3));
    place.verifies();
}
