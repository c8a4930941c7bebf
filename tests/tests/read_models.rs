//! Tables made of events, seen from outside: they follow, whoever dies, and are the same when they are made anew.

use std::time::{Duration, Instant};

use seac_tests::node::{Node, Place};
use seac_tests::orders::order;
use serde_json::{Value, json};
use uuid::Uuid;

/// What both lists say, in the order that they choose themselves.
fn lists(node: &Node, approver: &str) -> (Vec<Value>, Vec<Value>) {
    let rows = |path: &str, name: &str| {
        let answer = node.get(path).token(approver).send().with(200);
        answer[name].as_array().expect("rows").clone()
    };
    (rows("/orders/list-open-orders", "orders"), rows("/orders/list-customers", "customers"))
}

/// Waits until so many orders are open.
fn following(node: &Node, approver: &str, open: usize) -> (Vec<Value>, Vec<Value>) {
    let begun = Instant::now();
    loop {
        let lists = lists(node, approver);
        if lists.0.len() == open {
            return lists;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{lists:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn follow_die_and_are_made_anew(place: &Place) {
    let mut node = place.start();
    let (ann, carl) = (place.token("ann", &["orders.Customer"]), place.token("carl", &["orders.Customer"]));
    let bob = place.token("bob", &["orders.Approver"]);
    let ids: Vec<Uuid> = (0..7).map(|_| Uuid::new_v4()).collect();
    for (n, id) in ids.iter().enumerate() {
        node.place(if n < 5 { &ann } else { &carl }, &order(*id, &n.to_string())).send().with(200);
        if n == 3 {
            // It may or may not have followed so far.
            node.kill();
            node = place.start();
        }
    }
    for id in &ids[..2] {
        node.approve(&bob, *id, &format!("a-{id}"), 1).with(200);
    }
    let (open, customers) = following(&node, &bob, 5);
    let opened: Vec<String> = open.iter().map(|row| row["order_id"].as_str().expect("an id").to_owned()).collect();
    assert_eq!(opened, ids[2..].iter().map(Uuid::to_string).collect::<Vec<_>>(), "by the time of the order");
    let seen: Vec<(&Value, &Value, &Value)> =
        customers.iter().map(|row| (&row["customer"], &row["orders"], &row["total"]["amount"])).collect();
    assert_eq!(seen, [(&json!("ann"), &json!(5), &json!("497.5")), (&json!("carl"), &json!(2), &json!("199"))]);
    node.settle();
    assert!(node.stop().success());

    place
        .node(&["rebuild", "--read-model", "orders.Nothing"])
        .with(2)
        .says(&["known read models: orders.CustomerOrders"]);
    let rebuilt = place.node(&["rebuild"]).with(0).stdout;
    assert!(rebuilt.contains("orders.OpenOrder: made anew from 9 events, generation 2"), "{rebuilt}");
    assert_eq!(place.column("SELECT count(*) FROM orders_open_order WHERE \"_generation\" <> 2"), ["0"]);
    let node = place.start();
    assert_eq!(lists(&node, &bob), (open.clone(), customers.clone()));
    if place.is_on_server() {
        // Beside a running node, which goes on with the new rows.
        place.node(&["rebuild", "--read-model", "orders.OpenOrder"]).with(0).says(&[]);
        assert_eq!(lists(&node, &bob), (open, customers));
    }
    node.approve(&bob, ids[2], "a-last", 1).with(200);
    following(&node, &bob, 4);
}

// covers: SDS-101/list_open_orders, SDS-101/list_customers
#[test]
fn rows_follow_events_over_deaths_and_are_the_same_when_made_anew() {
    follow_die_and_are_made_anew(&Place::new());
}

#[test]
fn they_do_so_on_postgres() {
    follow_die_and_are_made_anew(&Place::on_postgres());
}
