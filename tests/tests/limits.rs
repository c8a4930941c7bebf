//! A node takes so many requests and no more: from one address, of one caller, and of heads so long. What looks after the
//! node is answered in any case, and a flood leaves a number in the ledger, not a flood of entries.

use std::net::TcpListener;

use seac_tests::http::{Answer, Call, raw};
use seac_tests::node::{Node, Place};
use seac_tests::orders::order;
use uuid::Uuid;

/// How many requests a second are taken where a limit is tried out. Slow machines need seconds for what goes beyond it.
const RATE: u32 = 4;

/// Starts a node whose limit of this kind is low.
fn limited(place: &Place, by: &str, more: &[&str]) -> Node {
    let rate = format!("limits.{by}_rate={RATE}");
    place.start_with(&[&["--set", &rate], more].concat())
}

/// Calls until it is told that this was one call too many; says how many were taken, and returns the refusal.
#[track_caller]
fn flood(call: &Call) -> (u32, Answer) {
    for taken in 0..RATE * 1000 {
        let answer = call.send();
        if answer.status == 429 {
            return (taken, answer);
        }
    }
    panic!("any number of requests is taken");
}

/// A refusal says when to come back, and coming back then helps.
#[track_caller]
fn told_when_to_come_back(refused: &Answer, call: &Call) {
    refused.problem(429, "too_many_requests");
    assert_eq!(refused.header("retry-after"), "1", "{refused}");
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_ne!(call.send().status, 429);
}

fn a_flood_from_one_address(place: Place) {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port");
    let node = limited(&place, "address", &["--set", &format!("metrics.listen={free}")]);
    let ann = place.token("ann", &["orders.Customer"]);
    // Whether somebody proves who they are, and whether there is anything at all, is not looked at any more.
    for call in [node.place("invented", &order(Uuid::new_v4(), "one")), node.get("/nowhere"), node.get("/log")] {
        let (_, refused) = flood(&call);
        told_when_to_come_back(&refused, &call);
    }
    let (_, refused) = flood(&node.get("/"));
    refused.problem(429, "too_many_requests");
    for _ in 0..RATE * 3 {
        assert_eq!(node.get("/health").send().status, 200);
        assert_eq!(node.get("/ready").send().status, 200);
    }
    let metrics = String::from_utf8(Call::get(format!("http://{free}/metrics")).send().body).expect("text");
    let counted = metrics.lines().find_map(|line| line.strip_prefix("cell_http_turned_away_total{by=\"address\"} "));
    let counted: u64 = counted.and_then(|number| number.parse().ok()).expect("a number");
    assert!(counted >= 4, "{counted}");
    // Once it has let some time go by, a caller is served as ever.
    std::thread::sleep(std::time::Duration::from_secs(1));
    node.place(&ann, &order(Uuid::new_v4(), "two")).send().with(200);
    assert!(node.stop().success());
    let ledger = place.ledger();
    let told = ledger.iter().filter(|entry| entry["type"] == "access.counted");
    let told = told.flat_map(|entry| entry["payload"]["attempts"].as_array().expect("attempts").clone());
    let told: Vec<_> = told.filter(|attempt| attempt["operation"] == "kernel.TakeRequest").collect();
    assert!(told.iter().all(|it| it["actor"] == "address" && it["code"] == "too_many_requests"), "{told:?}");
    assert_eq!(told.iter().map(|it| it["times"].as_u64().expect("a number")).sum::<u64>(), counted);
    // One number for each minute, whatever came in it.
    assert!(told.len() <= 2, "{told:?}");
    place.verifies();
}

#[test]
fn a_flood_from_one_address_is_turned_away_and_counted() {
    a_flood_from_one_address(Place::new());
}

#[test]
fn a_flood_from_one_address_is_turned_away_and_counted_on_postgres() {
    a_flood_from_one_address(Place::on_postgres());
}

#[test]
fn one_caller_does_not_use_up_what_another_may() {
    let place = Place::new();
    let node = limited(&place, "caller", &[]);
    let [ann, bob] = ["ann", "bob"].map(|name| place.token(name, &["orders.Customer"]));
    let question = |token: &str| node.get(&format!("/orders/read-order?order_id={}", Uuid::new_v4())).token(token);
    let (taken, refused) = flood(&question(&ann));
    assert!(taken >= RATE, "only {taken} were taken");
    refused.problem(429, "too_many_requests");
    assert_eq!(question(&bob).send().status, 404);
    // Routes of the cell itself count for the same caller.
    let (_, refused) = flood(&node.get("/log/search").token(&ann));
    refused.problem(429, "too_many_requests");
    // Nothing of what was refused is in the ledger, but how often it was.
    let before = place.ledger().len();
    let (_, refused) = flood(&node.place(&ann, &order(Uuid::new_v4(), "late")));
    told_when_to_come_back(&refused, &question(&ann));
    assert!(place.ledger().len() <= before + 1, "only the one that was taken");
    assert!(node.stop().success());
    place.verifies();
}

#[test]
fn webhooks_have_a_limit_of_their_own() {
    let place = Place::new();
    let node = limited(&place, "webhook", &["--set", "limits.address_rate=1000000"]);
    let delivery = |id: &str| node.delivery("ping", id, br#"{"zen":"Keep it logically awesome."}"#);
    let (taken, refused) = flood(&delivery("one"));
    assert!(taken >= RATE, "only {taken} were taken");
    refused.problem(429, "too_many_requests");
    node.get("/nowhere").send().problem(404, "no_such_route");
    told_when_to_come_back(&refused, &delivery("two"));
}

#[test]
fn behind_a_proxy_each_client_has_its_own_share_and_others_cannot_pretend_to_be_behind_it() {
    let place = Place::new();
    let from = |node: &Node, client: &str| node.get("/nowhere").header("X-Forwarded-For", client);
    let node = limited(&place, "address", &["--set", "limits.proxies=127.0.0.1"]);
    flood(&from(&node, "198.51.100.1, 203.0.113.1"));
    assert_eq!(from(&node, "203.0.113.2").send().status, 404);
    assert!(node.stop().success());
    let node = limited(&place, "address", &[]);
    let mut clients = (0..RATE * 250).map(|number| format!("203.0.{}.{}", number / 250, number % 250));
    assert!(clients.any(|client| from(&node, &client).send().status == 429));
}

#[test]
fn a_head_has_a_largest_size_and_most_headers() {
    let place = Place::new();
    let node = place.start_with(&["--set", "limits.head_bytes=16384"]);
    let status = |headers: &str| {
        let answer =
            raw(node.address, format!("GET /health HTTP/1.1\r\nConnection: close\r\n{headers}\r\n").as_bytes());
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    let header = |length| format!("X-Long: {}\r\n", "x".repeat(length));
    let many = |number| (0..number).map(|number| format!("X-{number}: x\r\n")).collect::<String>();
    assert_eq!((status(&header(10_000)), status(&header(20_000))), ("200".to_owned(), "431".to_owned()));
    assert_eq!((status(&many(99)), status(&many(101))), ("200".to_owned(), "431".to_owned()));
    let refused = place.node(&["config", "--set", "limits.head_bytes=100", "--set", "limits.proxies=10.0.0"]);
    refused.says(&["limits.head_bytes: expected at least 8192", "\"10.0.0\" is not an address"]);
}
