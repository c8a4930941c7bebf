//! Whatever is wrong with what comes in, the answer is a clear and specific error, nothing is half-written, nothing panics.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use seac_tests::http::raw;
use seac_tests::node::{Node, Place, node_command};
use seac_tests::orders::order;
use seac_tests::run::{Ended, run, seac};
use seac_tests::{PATIENCE, files};
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

/// A workspace as `seac new` makes it.
struct Demo {
    folder: TempDir,
}

impl Demo {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        seac(folder.path(), &["new", "demo"]).with(0);
        Self { folder }
    }

    fn generated() -> Self {
        let demo = Self::new();
        demo.seac(&["generate"]).with(0);
        demo
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("demo")
    }

    fn sds(&self) -> PathBuf {
        self.root().join("specs/orders/orders.sds.yaml")
    }

    fn sea(&self) -> PathBuf {
        self.root().join("specs/orders/orders.sea")
    }

    #[track_caller]
    fn seac(&self, args: &[&str]) -> Ended {
        seac(&self.root(), args)
    }

    /// Asserts that `check` and `generate` both end with findings, and that nothing was written.
    #[track_caller]
    fn finds(&self, parts: &[&str]) {
        let tree = || {
            let mut tree = files::tree(&self.root());
            tree.retain(|path, _| !path.starts_with(".seac/"));
            tree
        };
        let before = tree();
        self.seac(&["check"]).with(1).says(parts);
        self.seac(&["generate"]).with(1).says(parts);
        files::assert_same(&before, &tree());
    }
}

/// Where a text stands in a spec, as findings show it: `--> specs/orders/orders.sea:40:17`.
#[track_caller]
fn shown(path: &Path, text: &str) -> String {
    let whole = fs::read_to_string(path).expect("a text");
    let at = whole.find(text).unwrap_or_else(|| panic!("no {text:?} in {}", path.display()));
    let (line, start) = (whole[..at].matches('\n').count() + 1, whole[..at].rfind('\n').map_or(0, |end| end + 1));
    let name = path.file_name().expect("a name").to_str().expect("UTF-8");
    format!("--> specs/orders/{name}:{line}:{}", at - start + 1)
}

/// Replaces a text that stands in a file.
#[track_caller]
fn edit(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).expect("a text");
    assert!(text.contains(from), "no {from:?} in {}", path.display());
    fs::write(path, text.replacen(from, to, 1)).expect("written");
}

#[test]
fn an_unknown_key_is_shown_in_its_place_with_the_nearest_one() {
    let demo = Demo::new();
    edit(&demo.sds(), "owner: sales", "owner: sales\nownr: x");
    demo.finds(&["error[SDS003]", "`ownr`", &shown(&demo.sds(), "ownr"), "write `owner`"]);
}

#[test]
fn a_value_of_the_wrong_type_is_shown_with_what_was_expected() {
    let demo = Demo::new();
    edit(&demo.sds(), "owner: sales", "owner: [sales]");
    demo.finds(&["expected a string, found a list", &shown(&demo.sds(), "[sales]")]);
}

#[test]
fn independent_errors_in_both_languages_are_reported_in_one_run() {
    let demo = Demo::new();
    edit(&demo.sds(), "owner: sales", "owner: sales\nownr: x");
    edit(&demo.sds(), "max: 4", "max: many");
    edit(&demo.sea(), "item_count: int (min 1, max 1000)", "item_count: integr (min 1, max 1000)");
    demo.finds(&["`ownr`", "expected a whole number", "`integr`", &shown(&demo.sea(), "integr")]);
}

#[test]
fn a_name_that_is_declared_twice_is_shown_in_both_places() {
    let demo = Demo::new();
    let text = fs::read_to_string(demo.sea()).expect("a text");
    fs::write(demo.sea(), text + "\nRole \"Customer\"\n").expect("written");
    demo.finds(&["the role `Customer` is declared twice", "first declared here", "declared again"]);
}

#[test]
fn what_a_spec_refers_to_has_to_be_there() {
    let demo = Demo::new();
    fs::remove_file(demo.sea()).expect("removed");
    demo.finds(&["there is no operation `place_order`", "--> specs/orders/orders.sds.yaml:"]);
    let demo = Demo::new();
    fs::remove_dir_all(demo.root().join("specs/orders/prd")).expect("removed");
    demo.finds(&["`PRD-101`", &shown(&demo.sds(), "PRD-101")]);
    let demo = Demo::new();
    edit(&demo.sds(), "uses: [governance, evidence]", "uses: [governance, evidance]");
    demo.finds(&["there is no context `evidance`", &shown(&demo.sds(), "evidance")]);
}

#[test]
fn specs_that_cannot_be_read_as_what_they_are_are_findings() {
    for (text, parts) in [
        (&b"sdsId: SDS-101\n\tx: ["[..], &["error[SDS001]", "not valid YAML"][..]),
        (b"sdsId: \xff\xfe", &["is not UTF-8 from byte 7 on"]),
        (b"", &["orders.sds.yaml"]),
        (b"- just\n- a list\n", &["orders.sds.yaml:1:1"]),
        (b"a: &a [*a]\n", &["orders.sds.yaml"]),
        (b"sdsId: SDS-101\nsdsId: SDS-102\n", &["`sdsId`", "orders.sds.yaml:2:1"]),
    ] {
        let demo = Demo::new();
        fs::write(demo.sds(), text).expect("written");
        demo.finds(parts);
    }
    let deep = "[".repeat(100_000);
    for text in [
        "Entity \"Order\" {",
        "Entity \"Order",
        "}}}}",
        "Policy p per Constraint Obligation priority 10 as: ((((",
        "\0",
        &deep,
    ] {
        let demo = Demo::new();
        fs::write(demo.sea(), text).expect("written");
        demo.finds(&["specs/orders/orders.sea"]);
        fs::write(demo.sds(), text).expect("written");
        demo.finds(&["specs/orders/orders.sds.yaml"]);
    }
}

#[test]
fn a_file_in_place_of_the_output_folder_is_the_outside_world_failing() {
    let demo = Demo::new();
    fs::write(demo.root().join("generated"), "mine").expect("written");
    demo.seac(&["generate"]).with(3).says(&["error: cannot read ", "generated", "because: "]);
    assert_eq!(fs::read_to_string(demo.root().join("generated")).expect("a text"), "mine");
}

#[test]
fn an_output_folder_outside_the_workspace_is_a_wrong_setting() {
    for output in ["../elsewhere", "/elsewhere", "", "specs"] {
        let demo = Demo::new();
        fs::write(demo.root().join("seac.toml"), format!("[generate]\noutput = \"{output}\"\n")).expect("written");
        demo.seac(&["generate"]).with(2).says(&["error[GEN002]", "seac.toml:2:10"]);
        assert!(!demo.folder.path().join("elsewhere").exists());
    }
}

#[test]
fn an_edited_generated_file_is_refused_with_the_difference_and_kept() {
    let demo = Demo::generated();
    let path = demo.root().join("generated/crates/orders/src/gen/types.rs");
    let text = fs::read_to_string(&path).expect("a text");
    fs::write(&path, format!("{text}// mine\n")).expect("written");
    let before = files::tree(&demo.root());
    // Something that would change other files, too: they stay as they are.
    edit(&demo.sea(), "/// Places orders and looks at them.", "/// Places orders.");
    let said = ["error[GEN010]", "gen/types.rs` was edited by hand", "// mine", "--overwrite", "nothing was written"];
    demo.seac(&["generate"]).with(1).says(&said);
    edit(&demo.sea(), "/// Places orders.", "/// Places orders and looks at them.");
    files::assert_same(&before, &files::tree(&demo.root()));
    let listed = demo.seac(&["generate", "--check"]).with(1).stdout;
    assert_eq!(listed, "refuse   generated/crates/orders/src/gen/types.rs\n");
    let difference = demo.seac(&["generate", "--diff"]).with(1).stdout;
    assert!(difference.contains("\n-// mine\n"), "{difference}");
    demo.seac(&["generate", "--overwrite"]).with(0);
    assert_eq!(fs::read_to_string(&path).expect("a text"), text);
    demo.seac(&["generate", "--check"]).with(0);
}

#[test]
fn without_its_manifest_every_difference_counts_as_an_edit() {
    for damage in ["", "{", "[]", "{\"seac\":1}"] {
        let demo = Demo::generated();
        fs::write(demo.root().join("generated/MANIFEST.json"), damage).expect("written");
        let path = demo.root().join("generated/crates/orders/src/gen/types.rs");
        edit(&path, "\n", "\n// mine\n");
        let before = files::tree(&demo.root());
        demo.seac(&["generate"]).with(1).says(&["MANIFEST.json", "cannot be used", "nothing was written"]);
        files::assert_same(&before, &files::tree(&demo.root()));
    }
}

#[test]
fn a_wrong_command_line_is_a_usage_error() {
    let demo = Demo::new();
    for args in [
        &["check", "--nope"][..],
        &["frobnicate"],
        &[],
        &["generate", "--check", "--diff"],
        &["check", "--format", "xml"],
        &["explain", "NOPE001"],
        &["new"],
        &["check", "--root", "nowhere"],
        &["check", "nowhere.sea"],
    ] {
        let ended = demo.seac(args).with(2);
        assert!(!ended.stderr.is_empty() && ended.stdout.is_empty(), "{args:?}: {ended:?}");
    }
    let place = Place::new();
    for (args, part) in [
        (&["--nope"][..], "--nope"),
        (&["frobnicate"], "frobnicate"),
        (&["token"], "--subject"),
        (&["token", "--subject", ""], "--subject"),
        (&["token", "--subject", "ann", "--role", "orders.Custmer"], "nobody declares it; known roles: "),
        (&["token", "--subject", "ann", "--ttl", "5x"], "expected a duration such as 90s"),
        (&["token", "--subject", "ann", "--ttl", "0s"], "expected a duration such as 90s"),
        (&["ledger", "--limit", "few"], "--limit"),
        (&["serve", "--set", "listen"], "expected KEY=VALUE"),
    ] {
        place.node(args).with(2).says(&[part]);
    }
    assert!(!place.data().exists(), "nothing was made");
}

#[test]
fn every_mistake_in_the_configuration_is_told_at_once() {
    let place = Place::new();
    let file = place.beside("cell.toml");
    fs::write(&file, "lisen = 3\n[limits]\nbody_bytes = \"x\"\n[auth]\ndev_issuer = \"maybe\"\n").expect("written");
    let mut command = place.command(&["serve", "--config", "cell.toml", "--listen", "nowhere", "--log-format", "xml"]);
    command.args(["--set", "log.levels=info", "--set", "queue"]).env("CELL_QUEUE", "3").env("CELL_LIMITS_QUEUE", "0");
    run(&mut command).with(2).says(&[
        "cell.toml: lisen: unknown key; did you mean listen?",
        "cell.toml: limits.body_bytes: expected a whole number above 0",
        "cell.toml: auth.dev_issuer: expected true or false",
        "flag for listen: \"nowhere\" is not an address such as 127.0.0.1:8080",
        "flag for log.format: expected json or pretty",
        "--set log.levels: unknown key; did you mean log.level?",
        "--set queue: expected KEY=VALUE",
        "environment variable CELL_QUEUE: unknown; did you mean CELL_LIMITS_QUEUE?",
        "environment variable CELL_LIMITS_QUEUE: expected a whole number above 0",
    ]);
    place.node(&["serve", "--config", "none.toml"]).with(2).says(&["none.toml"]);
    fs::write(&file, "listen = \"x").expect("written");
    place.node(&["serve", "--config", "cell.toml"]).with(2).says(&["cell.toml: ", "line 1"]);
    assert!(!place.data().exists(), "nothing was made");
}

#[test]
fn the_development_issuer_does_not_leave_the_machine() {
    let place = Place::new();
    place.node(&["serve", "--listen", "0.0.0.0:0"]).with(2).says(&["development issuer", "auth.dev_issuer = false"]);
    assert!(!place.database().exists());
}

#[test]
fn a_busy_port_is_told_and_the_data_is_not_touched() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let place = Place::new();
    place.node(&["serve", "--listen", &address]).with(3).says(&[&address, "in use"]);
    assert!(!place.data().exists());
}

#[test]
fn a_second_node_on_the_same_data_is_refused_and_the_first_one_goes_on() {
    let place = Place::new();
    let node = place.start();
    let said = ["cell.lock is in use by another node", "data_dir of its own"];
    place.node(&["serve", "--listen", "127.0.0.1:0"]).with(3).says(&said);
    place.node(&["migrate"]).with(3).says(&said);
    assert_eq!(node.get("/ready").send().with(200)["status"], "ready");
}

#[test]
fn a_data_directory_that_cannot_be_had_is_named() {
    let place = Place::new();
    fs::write(place.data(), "a file").expect("written");
    place.node(&["serve", "--listen", "127.0.0.1:0"]).with(3).says(&["data"]);
    place.node(&["verify"]).with(3).says(&["cell.db"]);
    let nothing = Place::new();
    for args in [&["verify"][..], &["ledger"]] {
        nothing.node(args).with(3).says(&["cell.db"]);
        assert!(!nothing.data().exists(), "looking makes nothing");
    }
}

#[test]
fn a_development_key_that_others_can_read_or_that_is_none_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    place.token("ann", &[]);
    let key = place.data().join("dev-issuer.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("permissions");
    place.node(&["serve", "--listen", "127.0.0.1:0"]).with(3).says(&["dev-issuer.key", "mode 0600"]);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("permissions");
    fs::write(&key, "short").expect("written");
    let ended = place.node(&["serve", "--listen", "127.0.0.1:0"]).with(3).says(&["is not a development key"]);
    assert!(!ended.stderr.contains("short"), "the key is not told");
}

/// A node and a customer.
fn open() -> (Place, Node, String) {
    let place = Place::new();
    let node = place.start();
    let ann = place.token("ann", &["orders.Customer"]);
    (place, node, ann)
}

#[test]
fn a_body_that_is_no_json_is_malformed() {
    let (place, node, ann) = open();
    let deep = "[".repeat(100_000);
    for body in [&b""[..], b"{", b"nonsense", b"{}{}", b"{\"a\":}", b"\xff\xfe", deep.as_bytes()] {
        let call = node.post("/orders/place-order").token(&ann).header("Content-Type", "application/json").body(body);
        let problem = call.send().problem(400, "malformed_body");
        assert_eq!(problem["errors"][0]["rule"], "syntax", "{problem}");
    }
    assert_eq!(place.ledger(), Vec::<serde_json::Value>::new());
}

#[test]
fn json_of_another_shape_is_the_declared_failure_with_a_pointer() {
    let (place, node, ann) = open();
    let good = order(Uuid::new_v4(), "one");
    let with = |key: &str, value: serde_json::Value| {
        let mut body = good.clone();
        body[key] = value;
        body
    };
    let mut missing = good.clone();
    missing.as_object_mut().expect("an object").remove("sku");
    let by_position = json!([good["order_id"], good["client_order_id"], good["sku"], 2, good["total"], null]);
    let cases = [
        (json!([]), ""),
        (by_position, ""),
        (json!("text"), ""),
        (json!(null), ""),
        (missing, ""),
        (with("surprise", json!(1)), "/surprise"),
        (with("sku", json!(7)), "/sku"),
        (with("sku", json!(null)), "/sku"),
        (with("item_count", json!("two")), "/item_count"),
        (with("item_count", json!(2.5)), "/item_count"),
        (with("item_count", json!(99_999_999_999_999_999_999_u128 as f64)), "/item_count"),
        (with("order_id", json!("seven")), "/order_id"),
        (with("total", json!({"amount": "1", "unit": "EUR"})), "/total"),
        (with("total", json!({"amount": "NaN", "unit": "USD"})), "/total"),
        (with("total", json!(5)), "/total"),
        (with("total", json!(["1", "USD"])), "/total"),
    ];
    let count = cases.len();
    for (body, pointer) in cases {
        let problem = node.place(&ann, &body).send().problem(422, "invalid_order");
        let at = problem["errors"][0]["pointer"].as_str().expect("a pointer");
        assert!(at.starts_with(pointer), "{pointer}: {problem}");
        assert!(problem["errors"][0]["message"].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
        assert!(
            !["PlaceOrder", "Wire"].iter().any(|name| problem.to_string().contains(name)),
            "internals do not show: {problem}"
        );
    }
    let twice = good.to_string().replacen('{', "{\"item_count\":1,", 1);
    let call = node.post("/orders/place-order").token(&ann).header("Content-Type", "application/json").body(twice);
    call.send().problem(422, "invalid_order");
    let ledger = place.ledger();
    assert!(ledger.iter().all(|entry| entry["outcome"] == "rejected"), "{ledger:#?}");
    assert_eq!(ledger.len(), count + 1);
}

#[test]
fn only_json_is_taken_for_json() {
    let (_place, node, ann) = open();
    let body = order(Uuid::new_v4(), "one").to_string();
    for media_type in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp", "x"]
    {
        let call = node.post("/orders/place-order").token(&ann).header("Content-Type", media_type).body(body.clone());
        call.send().problem(415, "unsupported_media_type");
    }
    for media_type in ["application/json; charset=utf-8", "Application/JSON", "application/vnd.orders+json"] {
        let call = node.post("/orders/place-order").token(&ann).header("Content-Type", media_type).body(body.clone());
        call.send().with(200);
    }
}

#[test]
fn a_body_over_the_limit_is_refused_wherever_it_is_sent() {
    let place = Place::new();
    let node = place.start_with(&["--set", "limits.body_bytes=1000"]);
    let ann = place.token("ann", &["orders.Customer"]);
    let mut large = order(Uuid::new_v4(), "one");
    large["note"] = json!("x".repeat(1000));
    let problem = node.place(&ann, &large).send().problem(413, "body_too_large");
    assert_eq!(problem["detail"], "at most 1000 bytes are taken");
    node.delivery("push", "large", large.to_string().as_bytes()).send().problem(413, "body_too_large");
    // A length that is not declared is counted.
    let chunk = format!("{:x}\r\n{}\r\n", 600, " ".repeat(600));
    let head = "POST /ingest/github HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    let answer = raw(node.address, format!("{head}{chunk}{chunk}0\r\n\r\n").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("body_too_large"), "{answer}");
    // A length that is a lie is not waited for.
    let head = "POST /ingest/github HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 99999999999\r\n\r\n";
    let answer = raw(node.address, head.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(place.ledger(), Vec::<serde_json::Value>::new());
}

#[test]
fn a_request_that_does_not_arrive_is_not_waited_for_and_holds_nobody_up() {
    let place = Place::new();
    let node = place.start_with(&["--set", "limits.patience_seconds=2"]);
    let ann = place.token("ann", &["orders.Customer"]);
    let head = "POST /orders/place-order HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    let slow: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut stream = TcpStream::connect(node.address).expect("a connection");
            stream.write_all(head.as_bytes()).expect("sent");
            stream
        })
        .collect();
    node.place(&ann, &order(Uuid::new_v4(), "one")).send().with(200);
    // Some go away in the middle; one waits for its answer.
    let mut slow = slow.into_iter();
    let mut patient = slow.next().expect("fifty");
    drop(slow);
    patient.set_read_timeout(Some(PATIENCE)).expect("a time limit");
    let mut answer = vec![0; 4096];
    let length = patient.read(&mut answer).expect("an answer");
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("request_timeout"), "{answer}");
    // Half a head, and no head at all: there is nobody to answer, so the connection is closed.
    for sent in ["POST /orders/place-order HTTP/1.1\r\nHost: x\r\nX-Half", ""] {
        let mut stream = TcpStream::connect(node.address).expect("a connection");
        stream.write_all(sent.as_bytes()).expect("sent");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
        let mut answer = Vec::new();
        let ended = stream.read_to_end(&mut answer);
        assert!(ended.is_ok(), "{sent:?} was still being waited for after {PATIENCE:?}");
    }
    assert_eq!(place.ledger().len(), 1);
}

#[test]
fn hostile_headers_and_requests_do_no_harm() {
    let (_place, node, ann) = open();
    let long = "a".repeat(200);
    for id in ["", " ", "a b", "<script>", "ü", "a\tb", "../../etc/passwd", &long] {
        let answer = node.get("/health").header("X-Correlation-Id", id).send();
        answer.with(200);
        let given = answer.header("x-correlation-id");
        assert!(given.parse::<Uuid>().is_ok(), "{id:?} became {given:?}");
    }
    assert_eq!(
        node.get("/health").header("X-Correlation-Id", "a-1.b_2:c").send().header("x-correlation-id"),
        "a-1.b_2:c"
    );
    let huge = "x".repeat(2_000_000);
    let many: String = (0..500).map(|n| format!("X-{n}: {n}\r\n")).collect();
    for (request, statuses) in [
        (format!("GET / HTTP/1.1\r\nHost: x\r\nX-Huge: {huge}\r\n\r\n").into_bytes(), &["431"][..]),
        (format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n").into_bytes(), &["431"]),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n".to_vec(), &["400"]),
        (b"GET / HTTP/1.1\r\nHost: x\r\nBad Name: a\r\n\r\n".to_vec(), &["400"]),
        (b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), &["400"]),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello over TLS\r\n\r\n".to_vec(), &["400", ""]),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_vec(), &["400"]),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n".to_vec(), &["400"]),
        (b"GET /orders/../health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(), &["404"]),
        (b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(), &["404"]),
        (b"BREW /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(), &["405"]),
        (b"GET /orders/place-order HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec(), &["405"]),
    ] {
        let answer = raw(node.address, &request);
        let status = answer.split(' ').nth(1).unwrap_or_default();
        let shown = String::from_utf8_lossy(&request[..request.len().min(80)]).into_owned();
        assert!(statuses.contains(&status), "{shown:?}: {answer}");
    }
    node.get("/nowhere").send().problem(404, "no_such_route");
    node.get("/orders/place-order").send().problem(405, "method_not_allowed");
    for token in ["\u{7f}", "a b c", &huge[..10_000]] {
        let answer = node.get("/governance/find-entries").header("Authorization", format!("Bearer {token}")).try_send();
        if let Ok(answer) = answer {
            answer.problem(401, "unauthenticated");
        }
    }
    for query in
        ["", "?", "?order_id", "?order_id=%ff", "?order_id=%zz", "?order_id=1&order_id=2", "?a.b.c=1", "?order_id.x=1"]
    {
        let call = node.get(&format!("/orders/read-order{query}")).token(&ann);
        call.send().problem(422, "invalid_question");
    }
    assert_eq!(node.get("/ready").send().with(200)["status"], "ready");
}

#[test]
fn every_route_of_the_openapi_document_survives_nonsense() {
    let (place, node, _) = open();
    let everybody = ["orders.Customer", "orders.Approver", "evidence.Collector", "governance.Auditor"];
    let token = place.token("kim", &everybody);
    let openapi = node.get("/openapi.json").send().with(200);
    let mut asked = 0;
    for (path, methods) in openapi["paths"].as_object().expect("paths") {
        for method in
            methods.as_object().expect("methods").keys().filter(|method| ["get", "post"].contains(&method.as_str()))
        {
            for nonsense in ["{}", "[]", "null", "\"\"", "0", "{\"\":{}}", "{\"a\":[{}]}"] {
                let call = match method.as_str() {
                    "get" => node.get(&format!("{path}?{}=1", nonsense.replace(['{', '"', ' '], "%22"))),
                    _ => node.post(path).header("Content-Type", "application/json").body(nonsense),
                };
                let answer = call.token(&token).send();
                assert!((400..500).contains(&answer.status), "{method} {path} {nonsense}: {answer}");
                assert_eq!(answer.header("content-type"), "application/problem+json", "{answer}");
                asked += 1;
            }
        }
    }
    assert!(asked >= 40, "only {asked} calls were made");
    place.verifies();
}

#[test]
fn a_secret_that_is_configured_is_told_nowhere() {
    let (place, node, ann) = open();
    node.delivery_signed("push", "d", b"{}", "sha256=00").send().problem(401, "signature_rejected");
    node.place(&ann, &json!({})).send().problem(422, "invalid_order");
    let log = node.log();
    assert!(!log.is_empty());
    for secret in [seac_tests::webhook::SECRET, &ann] {
        assert!(!log.contains(secret), "{log}");
        assert!(!place.ledger().iter().any(|entry| entry.to_string().contains(secret)));
    }
    let help = run(node_command().arg("--help")).with(0).stdout;
    assert!(!help.contains(seac_tests::webhook::SECRET));
}
