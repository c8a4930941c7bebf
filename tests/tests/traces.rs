//! Traces of a node: a collector gets spans that OpenTelemetry's own classes read, others are told of the trace, and a collector
//! that is slow or gone costs spans and nothing else.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use seac_tests::binaries::{billing, repository, tools};
use seac_tests::elsewhere::{Elsewhere, Reaction};
use seac_tests::eventually;
use seac_tests::http::Call;
use seac_tests::node::Place;
use seac_tests::office::invoice_of;
use seac_tests::orders::order;
use serde_json::{Value, json};
use uuid::Uuid;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// A collector that keeps what it is sent.
struct Collector {
    address: SocketAddr,
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let bodies: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let kept = Arc::clone(&bodies);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || while take(&stream, &kept).is_some() {});
            }
        });
        Self { address, bodies }
    }

    fn url(&self) -> String {
        format!("traces.url=http://{}/v1/traces", self.address)
    }

    /// All spans so far, each with the attributes of its resource beside its own.
    fn spans(&self) -> Vec<Value> {
        let bodies = self.bodies.lock().expect("the lock").clone();
        bodies.iter().flat_map(|body| spans(body)).collect()
    }
}

/// One request, answered.
fn take(stream: &TcpStream, kept: &Mutex<Vec<Vec<u8>>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        assert!(!line.starts_with("content-type:") || line.ends_with("application/x-protobuf"), "{line}");
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    kept.lock().expect("the lock").push(body);
    let mut stream = stream;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").ok()
}

/// The spans of a request, read by OpenTelemetry's classes.
fn spans(body: &[u8]) -> Vec<Value> {
    let mut reader = Command::new(tools().join("python/bin/python"))
        .arg(repository().join("tests/surface/spans.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python");
    reader.stdin.take().expect("a pipe").write_all(body).expect("written");
    let printed = reader.wait_with_output().expect("the reader ends");
    assert!(printed.status.success(), "this is no request of OTLP");
    let request: Value = serde_json::from_slice(&printed.stdout).expect("JSON");
    let all = request["resourceSpans"].as_array().expect("resources").iter().flat_map(|resource| {
        assert_eq!(attribute(&resource["resource"], "service.name"), "cell");
        resource["scopeSpans"]
            .as_array()
            .expect("scopes")
            .iter()
            .flat_map(|scope| scope["spans"].as_array().expect("spans"))
    });
    all.cloned().collect()
}

fn attribute<'a>(of: &'a Value, key: &str) -> &'a str {
    let all = of["attributes"].as_array().expect("attributes");
    let found = all.iter().find(|it| it["key"] == key);
    found.and_then(|it| it["value"]["stringValue"].as_str()).unwrap_or_else(|| panic!("no {key}: {of}"))
}

/// Identifiers are bytes, which JSON has as base64.
fn hex(bytes: &Value) -> String {
    let bytes = base64::engine::general_purpose::STANDARD.decode(bytes.as_str().unwrap_or_default()).expect("base64");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn every_call_is_a_span_in_the_trace_of_its_caller() {
    let collector = Collector::start();
    let place = Place::new();
    let node = place.start_with(&["--set", &collector.url()]);
    let ann = place.token("ann", &["orders.Customer"]);
    let id = Uuid::new_v4();
    let parent = format!("00-{TRACE}-{PARENT}-01");
    let placed = node.place(&ann, &order(id, "first")).header("traceparent", parent).send();
    placed.with(200);
    node.place(&ann, &order(id, "second")).header("traceparent", "nonsense").send().problem(409, "duplicate_order");
    let unwanted = format!("00-{TRACE}-{PARENT}-00");
    node.place(&ann, &order(Uuid::new_v4(), "third")).header("traceparent", unwanted).send().with(200);
    let model = node.get("/").send().with(200)["model"].as_str().expect("a digest").to_owned();
    // What waits is sent before the node ends.
    assert!(node.stop().success());
    let spans = of_kind(&collector, "SPAN_KIND_SERVER");
    assert_eq!(spans.len(), 2, "what nobody wants is not sent: {spans:#?}");
    let [first, second] = [&spans[0], &spans[1]];
    assert_eq!((hex(&first["traceId"]).as_str(), hex(&first["parentSpanId"]).as_str()), (TRACE, PARENT));
    assert_eq!(
        (first["name"].as_str(), first["kind"].as_str()),
        (Some("orders.place_order"), Some("SPAN_KIND_SERVER"))
    );
    assert!(hex(&second["traceId"]) != TRACE && second["parentSpanId"].is_null(), "{second}");
    for (span, outcome, status) in [(first, "success", "200"), (second, "duplicate_order", "409")] {
        assert_eq!(attribute(span, "cell.operation"), "orders.place_order");
        assert_eq!((attribute(span, "cell.outcome"), attribute(span, "http.response.status_code")), (outcome, status));
        assert_eq!((attribute(span, "cell.model"), attribute(span, "cell.flow").len()), (model.as_str(), 32));
        let time = |key: &str| span[key].as_str().expect("a time").parse::<u128>().expect("nanoseconds");
        assert!(
            time("startTimeUnixNano") <= time("endTimeUnixNano") && time("startTimeUnixNano") > 1_600_000_000 << 30
        );
    }
    assert_eq!(attribute(first, "cell.correlation_id"), placed.header("x-correlation-id"));
}

/// The spans of a kind, by the name that OTLP has for it.
fn of_kind(collector: &Collector, kind: &str) -> Vec<Value> {
    collector.spans().into_iter().filter(|span| span["kind"] == kind).collect()
}

#[test]
fn an_event_carries_its_trace_to_the_relay_and_to_those_that_consume_it() {
    let collector = Collector::start();
    let place = Place::new();
    let node = place.start_with(&["--set", &collector.url()]);
    let (ann, bob) = (place.token("ann", &["orders.Customer"]), place.token("bob", &["orders.Approver"]));
    let unwanted = format!("00-{TRACE}-{PARENT}-00");
    let approve = |flag: &str| {
        let id = Uuid::new_v4();
        let placed = node.place(&ann, &order(id, &id.to_string())).header("traceparent", unwanted.clone()).send();
        placed.with(200);
        let approve = json!({"order_id": id, "approval_id": id, "version": 1});
        let call = node.post("/orders/approve-order").token(&bob).json(&approve);
        let approved = call.header("traceparent", format!("00-{TRACE}-{PARENT}-{flag}")).send();
        approved.with(200);
        approved
    };
    let approved = approve("01");
    approve("00");
    node.settle();
    assert!(node.stop().success());
    let call = of_kind(&collector, "SPAN_KIND_SERVER").remove(0);
    let kept = place.column("SELECT event FROM event_log WHERE type = 'orders.OrderApproved' ORDER BY position");
    let kept: Vec<Value> = kept.iter().map(|text| serde_json::from_str(text).expect("JSON")).collect();
    assert_eq!(kept[0]["traceparent"], format!("00-{TRACE}-{}-01", hex(&call["spanId"])));
    assert!(kept[1]["traceparent"].as_str().is_some_and(|it| it.ends_with("-00")), "{:#}", kept[1]);
    for (kind, name) in
        [("SPAN_KIND_PRODUCER", "publish orders.OrderApproved"), ("SPAN_KIND_CONSUMER", "consume orders-shipments")]
    {
        let spans: Vec<Value> = of_kind(&collector, kind).into_iter().filter(|span| span["name"] == name).collect();
        assert_eq!(spans.len(), 1, "what nobody wants is not sent: {spans:#?}");
        let span = &spans[0];
        assert_eq!((hex(&span["traceId"]).as_str(), &span["parentSpanId"]), (TRACE, &call["spanId"]));
        assert_ne!(span["spanId"], call["spanId"]);
        assert_eq!(attribute(span, "messaging.message.id"), kept[0]["id"]);
        assert_eq!(attribute(span, "cell.correlation_id"), approved.header("x-correlation-id"));
    }
}

#[test]
fn a_delivery_of_a_webhook_is_a_span_in_the_trace_of_its_sender() {
    let collector = Collector::start();
    let place = Place::new();
    let node = place.start_with(&["--set", &collector.url()]);
    let parent = format!("00-{TRACE}-{PARENT}-01");
    let delivery = node.delivery("gollum", "page-1", b"{\"zen\":\"x\"}").header("traceparent", parent).send();
    delivery.with(200);
    assert!(node.stop().success());
    let spans = collector.spans();
    assert_eq!(spans.len(), 1, "{spans:#?}");
    let span = &spans[0];
    assert_eq!((span["name"].as_str(), span["kind"].as_str()), (Some("evidence.github"), Some("SPAN_KIND_SERVER")));
    assert_eq!((hex(&span["traceId"]).as_str(), hex(&span["parentSpanId"]).as_str()), (TRACE, PARENT));
    assert_eq!(
        (attribute(span, "cell.connector"), attribute(span, "http.response.status_code")),
        ("evidence.github", "200")
    );
    assert_eq!(attribute(span, "cell.correlation_id"), delivery.header("x-correlation-id"));
}

#[test]
fn others_are_told_of_the_trace() {
    let limit = json!({ "credit_limit": { "amount": "1000", "unit": "EUR" } });
    let bureau = Elsewhere::start(move |_, _| Reaction::Answer(200, limit.clone()));
    let printer = Elsewhere::start(|_, _| Reaction::Hang);
    let place = Place::new().with_node(&billing().node);
    let at = |port: &str, url: String| format!("outbound.billing.{port}.url={url}/x");
    let node =
        place.start_with(&["--set", &at("rating_bureau", bureau.url()), "--set", &at("print_shop", printer.url())]);
    let clerk = place.token("cleo", &["billing.Clerk"]);
    let invoice = invoice_of(Uuid::new_v4(), "N-1", Uuid::new_v4());
    let issue = node.post("/billing/issue-invoice").token(&clerk).json(&invoice);
    issue.header("traceparent", format!("00-{TRACE}-{PARENT}-01")).send().with(200);
    let told = bureau.asked()[0].headers["traceparent"].clone();
    assert!(told.starts_with(&format!("00-{TRACE}-")) && told.ends_with("-01") && !told.contains(PARENT), "{told}");
}

#[test]
fn a_collector_that_is_not_there_costs_spans_and_no_calls() {
    // It takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let metrics = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port");
    let place = Place::new();
    let traces = format!("traces.url=http://{}/v1/traces", silent.local_addr().expect("an address"));
    let node = place.start_with(&["--set", &traces, "--set", &format!("metrics.listen={metrics}")]);
    let begun = Instant::now();
    for _ in 0..2_600 {
        node.get("/orders/read-order?order_id=x").send();
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(60), "calls do not wait: {took:?}");
    eventually("spans that find no place are counted", || {
        let text = String::from_utf8(Call::get(format!("http://{metrics}/metrics")).send().body).expect("text");
        text.contains("cell_trace_spans_total{outcome=\"dropped\"}").then_some(())
    });
    node.get("/health").send().with(200);
}
