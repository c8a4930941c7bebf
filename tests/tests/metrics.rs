//! What monitoring reads: a strict reader of OpenMetrics takes it, it is what the reference page declares, and it is served
//! only where the configuration says so.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use seac_tests::binaries::{repository, tools};
use seac_tests::http::Call;
use seac_tests::node::{Node, Place};
use seac_tests::orders::{evidence, order};
use serde_json::Value;
use uuid::Uuid;

/// One line of an exposition, as the reader understands it.
struct Sample {
    family: String,
    kind: String,
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

/// What is exposed, as an independent and strict reader understands it.
#[track_caller]
fn read(text: &str) -> Vec<Sample> {
    let mut reader = Command::new(tools().join("python/bin/python"))
        .arg(repository().join("tests/surface/metrics.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python");
    reader.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("written");
    let printed = reader.wait_with_output().expect("the reader ends");
    assert!(printed.status.success(), "this is no OpenMetrics:\n{text}");
    let lines = String::from_utf8(printed.stdout).expect("text");
    let sample = |line: &str| {
        let (family, kind, _, name, labels, value): (_, _, Value, _, _, _) = serde_json::from_str(line).expect("JSON");
        Sample { family, kind, name, labels, value }
    };
    lines.lines().map(sample).collect()
}

/// The value of a sample with these labels among its own.
#[track_caller]
fn value(samples: &[Sample], name: &str, labels: &[(&str, &str)]) -> f64 {
    let fits = |it: &&Sample| {
        it.name == name && labels.iter().all(|(label, value)| it.labels.get(*label).is_some_and(|own| own == value))
    };
    samples.iter().find(fits).unwrap_or_else(|| panic!("no {name} with {labels:?}")).value
}

/// What the reference page declares: kind and labels by the name as the page has it.
fn declared() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let page = fs::read_to_string(repository().join("docs/reference/metrics.md")).expect("the page");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let row = |row: &str| {
        let mut cells = row.split('|').map(|cell| cell.trim().trim_matches('`').to_owned());
        let mut cell = || cells.next().expect("a cell");
        let (name, kind, labels) = (cell(), cell(), cell());
        (name, (kind, labels.split(", ").filter(|it| !it.is_empty()).map(str::to_owned).collect()))
    };
    rows.map(row).collect()
}

/// Starts a node that is monitored; gives the address of `/metrics`, too.
fn monitored(place: &Place) -> (Node, String) {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port");
    let node = place.start_with(&["--set", &format!("metrics.listen={free}")]);
    (node, format!("http://{free}/metrics"))
}

#[test]
fn a_strict_reader_takes_what_is_exposed_and_it_is_what_the_page_declares() {
    let place = Place::new();
    let (node, url) = monitored(&place);
    let (ann, carl) = (place.token("ann", &["orders.Customer"]), place.token("carl", &["evidence.Collector"]));
    let id = Uuid::new_v4();
    node.place(&ann, &order(id, "first")).send().with(200);
    node.place(&ann, &order(id, "first")).send().with(200);
    node.place(&ann, &order(id, "second")).send().problem(409, "duplicate_order");
    node.place(&carl, &order(id, "third")).send().problem(403, "not_a_customer");
    node.collect(&carl, &evidence("scanner", "e-1", b"seen")).send().with(200);
    node.get("/nowhere").send().problem(404, "no_such_route");
    node.settle();
    let answer = Call::get(&url).send();
    assert_eq!(answer.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = String::from_utf8(answer.body.clone()).expect("text");
    let samples = read(&text);
    let place_order = [("operation", "orders.place_order")];
    for (outcome, code) in
        [("success", ""), ("replayed", ""), ("rejected", "duplicate_order"), ("denied", "not_a_customer")]
    {
        let labels = [place_order[0], ("outcome", outcome), ("code", code)];
        assert_eq!(value(&samples, "cell_operation_calls_total", &labels), 1.0, "{labels:?}");
    }
    assert_eq!(value(&samples, "cell_operation_duration_seconds_count", &place_order), 4.0);
    assert_eq!(value(&samples, "cell_http_responses_total", &[("status", "404")]), 1.0);
    assert_eq!(value(&samples, "cell_http_requests_in_flight", &[]), 0.0);
    assert_eq!(value(&samples, "cell_ledger_entries_total", &[]), place.ledger().len() as f64);
    assert!(value(&samples, "cell_store_batch_transactions_count", &[]) >= 4.0);
    for (name, wanted) in [("cell_store_up", 1.0), ("cell_outbox_events", 0.0), ("cell_outbox_lag_seconds", 0.0)] {
        assert_eq!(value(&samples, name, &[]), wanted, "{name}");
    }
    assert!(value(&samples, "process_resident_memory_bytes", &[]) > 1e6);
    let model = node.get("/").send().with(200)["model"].as_str().expect("a digest").to_owned();
    assert_eq!(value(&samples, "cell_build_info", &[("model", &model)]), 1.0);
    exactly_as_declared(&samples);
    assert!(node.stop().success());
}

/// Every sample is declared with its kind and exactly its labels.
fn exactly_as_declared(samples: &[Sample]) {
    let declared = declared();
    for Sample { family, kind, name, labels, .. } in samples {
        let known = [family.clone(), format!("{family}_total"), format!("{family}_info")];
        let found = known.iter().find_map(|name| declared.get(name));
        let (declared_kind, declared_labels) = found.unwrap_or_else(|| panic!("{family} is not declared"));
        assert_eq!(kind, declared_kind, "{name}");
        let own: BTreeSet<String> = labels.keys().filter(|label| *label != "le").cloned().collect();
        assert_eq!(&own, declared_labels, "{name}");
    }
}

#[test]
fn what_is_counted_stays_a_closed_set_and_is_served_nowhere_else() {
    let place = Place::new();
    let (node, url) = monitored(&place);
    let series = || read(&String::from_utf8(Call::get(&url).send().body).expect("text")).len();
    let ann = place.token("ann", &["orders.Customer"]);
    let invent = |from: u32| {
        for number in from..from + 30 {
            node.get(&format!("/invented/{number}")).send().problem(404, "no_such_route");
            node.get("/orders/read-order?order_id=x")
                .token(&format!("{number}"))
                .send()
                .problem(401, "unauthenticated");
            node.place(&ann, &order(Uuid::new_v4(), &format!("{number}"))).send().with(200);
        }
    };
    invent(0);
    node.settle();
    let before = series();
    invent(100);
    node.settle();
    assert_eq!(series(), before, "what callers invent makes no new series");
    node.get("/metrics").send().problem(404, "no_such_route");
    assert_eq!(Call::get(url.replace("/metrics", "/orders/read-order")).send().status, 404);
    assert!(node.stop().success());
}
