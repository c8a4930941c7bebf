//! Tables made of events, seen from outside: they follow, whoever dies, and are the same when they are made anew.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use seac_tests::eventually;
use seac_tests::http::Call;
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

/// The value of a metric of the read model.
fn gauge(metrics: &str, name: &str) -> Option<String> {
    let text = String::from_utf8(Call::get(metrics).send().body).expect("text");
    let wanted = format!("{name}{{read_model=\"orders.OpenOrder\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&wanted)).map(str::to_owned)
}

/// What the ledger has of the read model, in order.
fn told(place: &Place) -> Vec<String> {
    let sql = "SELECT type FROM ledger_entries WHERE subject_type = 'read_model' AND subject_id = 'orders.OpenOrder' \
        ORDER BY sequence";
    place.column(sql)
}

fn is_told_when_one_stands_still(place: &Place) {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port");
    let (setting, metrics) = (format!("metrics.listen={free}"), format!("http://{free}/metrics"));
    let node = place.start_with(&["--set", &setting]);
    let (ann, bob) = (place.token("ann", &["orders.Customer"]), place.token("bob", &["orders.Approver"]));
    node.place(&ann, &order(Uuid::new_v4(), "first")).send().with(200);
    following(&node, &bob, 1);
    let follows = || {
        let values = ["cell_read_model_follows", "cell_read_model_behind_events"].map(|name| gauge(&metrics, name));
        values.map(Option::unwrap_or_default)
    };
    eventually("it follows", || (follows() == ["1", "0"]).then_some(()));
    assert!(node.get("/ready").send().with(200)["read_models"].is_null());
    // Somebody puts something among the events that is none.
    place.execute(
        "INSERT INTO event_log (event_id, type, event, published_at)
         VALUES ('bad', 'orders.OrderPlaced', 'no event', '2026-11-22T10:00:00.000000Z')",
    );
    node.place(&ann, &order(Uuid::new_v4(), "second")).send().with(200);
    eventually("it stands still", || (follows() == ["0", "2"]).then_some(()));
    // Commands do their work.
    let ready = node.get("/ready").send().with(200);
    assert_eq!(
        (&ready["status"], &ready["read_models"]["orders.OpenOrder"]),
        (&json!("ready"), &json!("stands still"))
    );
    eventually("it is on record", || (told(place) == ["read_model.stopped"]).then_some(()));
    // A node that begins anew does not tell it again.
    assert!(node.stop().success());
    let node = place.start_with(&["--set", &setting]);
    eventually("it stands still", || (follows() == ["0", "2"]).then_some(()));
    assert_eq!((told(place), lists(&node, &bob).0.len()), (vec!["read_model.stopped".to_owned()], 1));
    place.execute("DELETE FROM event_log WHERE event_id = 'bad'");
    following(&node, &bob, 2);
    eventually("it follows", || (follows() == ["1", "0"]).then_some(()));
    eventually("that is on record", || (told(place) == ["read_model.stopped", "read_model.resumed"]).then_some(()));
    assert!(node.get("/ready").send().with(200)["read_models"].is_null());
    assert!(node.stop().success());
    place.verifies();
}

#[test]
fn one_that_cannot_follow_an_event_is_told_until_it_can() {
    is_told_when_one_stands_still(&Place::new());
}

#[test]
fn so_it_is_on_postgres() {
    is_told_when_one_stands_still(&Place::on_postgres());
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
