//! Whatever a text says, it is text: stored and given back unchanged, or refused for what it is, and never more than that.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use seac_tests::PATIENCE;
use seac_tests::database::Database;
use seac_tests::http::raw;
use seac_tests::node::{Node, Place};
use seac_tests::orders::{evidence, order};
use serde_json::{Value, json};
use uuid::Uuid;

/// Texts that mean something to somebody.
const TEXTS: &[&str] = &[
    "' OR '1'='1",
    "'; DROP TABLE ledger_entries; --",
    "\" OR \"\"=\"",
    "1); DELETE FROM orders_order; --",
    "$1 $2 ?1 :name @p %s {0} \\1",
    "a\r\nSet-Cookie: admin=1",
    "a\r\n\r\nHTTP/1.1 200 OK",
    "line one\n{\"level\":\"ERROR\",\"message\":\"forged\"}",
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "../../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "%2e%2e%2f%00",
    "/dev/null",
    "file:///etc/passwd",
    "${jndi:ldap://127.0.0.1/a}",
    "{{7*7}} <%= 7*7 %> #{7*7}",
    "$(touch /tmp/owned) `id` | cat",
    "<script>alert(1)</script>",
    "\"},{\"role\":\"admin\"",
    "{\"$ne\":null}",
    "__proto__",
    "\u{202e}txt.exe\u{202c}",
    "\u{2066}a\u{2069}\u{200b}\u{feff}",
    "e\u{301} \u{e9} \u{fb01} \u{1f468}\u{200d}\u{1f469}",
    "\u{ffff}\u{10ffff}\u{fdd0}",
    "\u{1}\u{8}\u{b}\u{1f}\u{7f}\u{85}\u{2028}\u{2029}",
    "NULL",
    "true",
    "1e400",
    "-0",
    " leading and trailing ",
    "=cmd|' /C calc'!A0",
];

/// A text that no store keeps.
const NUL: &str = "a\u{0}b";

struct Shop {
    place: Place,
    node: Node,
    token: String,
}

impl Shop {
    fn open() -> Self {
        let place = Place::new();
        let node = place.start();
        let token =
            place.token("kim", &["orders.Customer", "orders.Approver", "evidence.Collector", "governance.Auditor"]);
        Self { place, node, token }
    }

    /// A valid input of each command, with a fresh order to approve.
    fn commands(&self) -> [(&'static str, Value); 3] {
        let id = Uuid::new_v4();
        let other = self.place.token("lee", &["orders.Customer"]);
        self.node.place(&other, &order(id, &id.to_string())).send().with(200);
        let approval = json!({"order_id": id, "approval_id": id.to_string(), "version": 1});
        [
            ("/orders/place-order", order(Uuid::new_v4(), &Uuid::new_v4().to_string())),
            ("/orders/approve-order", approval),
            ("/evidence/collect-evidence", evidence("scanner", &Uuid::new_v4().to_string(), b"seen")),
        ]
    }
}

/// Every pointer at a text of a value.
fn texts(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(at.to_owned()),
        Value::Object(members) => members.iter().for_each(|(name, value)| texts(value, &format!("{at}/{name}"), found)),
        _ => {}
    }
}

/// Puts every text into every text of every command; what was taken is in the ledger, or the state, as it was sent.
#[test]
fn every_text_of_every_command_is_text_and_nothing_else() {
    let shop = Shop::open();
    let (mut taken, mut refused) = (0, 0);
    for text in TEXTS.iter().copied().chain([NUL]) {
        for (place, (path, mut input)) in shop.commands().into_iter().enumerate() {
            if place == 0 {
                input["note"] = json!("");
            }
            let mut pointers = Vec::new();
            texts(&input, "", &mut pointers);
            for pointer in pointers {
                let mut input = input.clone();
                if place == 0 {
                    input["order_id"] = json!(Uuid::new_v4());
                    input["client_order_id"] = json!(Uuid::new_v4());
                }
                *input.pointer_mut(&pointer).expect("a text") = json!(text);
                let answer = shop.node.post(path).token(&shop.token).json(&input).send();
                assert!(answer.status < 500, "{path} {pointer} {text:?}: {answer}");
                assert_eq!(answer.header("set-cookie"), "", "{path} {pointer} {text:?}");
                match answer.status {
                    200 => {
                        assert_ne!(text, NUL, "{path} {pointer}");
                        taken += 1;
                        if pointer == "/note" {
                            let id = input["order_id"].as_str().expect("an id").parse().expect("a UUID");
                            assert_eq!(shop.node.read_order(&shop.token, id).with(200)["note"], text);
                        }
                    }
                    // A repeated number is the declared conflict: the first call with this text was taken.
                    422 | 409 | 404 => {
                        let problem = answer.json();
                        assert!(problem["code"].is_string() && answer.header("content-type").ends_with("problem+json"));
                        refused += 1;
                    }
                    _ => panic!("{path} {pointer} {text:?}: {answer}"),
                }
            }
        }
    }
    assert!(taken > 3 * TEXTS.len() && refused > TEXTS.len(), "{taken} taken, {refused} refused");
    let ledger = shop.place.ledger();
    let sent = |member: &str, text: &str| ledger.iter().any(|entry| entry["payload"]["data"][member] == text);
    for text in TEXTS {
        assert!(sent("note", text) && sent("client_order_id", text), "{text:?} is not in the ledger as it was sent");
    }
    let database = Database::read(&shop.place.database());
    assert_ne!(database.value("SELECT count(*) FROM orders_order"), "0", "the tables are there");
    shop.place.verifies();
    // A line of the log is one JSON object, whatever was sent.
    for line in shop.node.log().lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        assert_ne!(line["message"], "forged");
        assert_ne!(line["fields"]["message"], "forged");
    }
}

/// The same in every parameter of every question, in headers, in tokens' subjects and in paths.
#[test]
fn questions_headers_paths_and_names_are_text_and_nothing_else() {
    let shop = Shop::open();
    let openapi = shop.node.get("/openapi.json").send().with(200);
    let mut asked = 0;
    for (path, methods) in openapi["paths"].as_object().expect("paths") {
        let Some(parameters) = methods["get"]["parameters"].as_array() else { continue };
        for name in parameters.iter().filter_map(|parameter| parameter["name"].as_str()) {
            for text in TEXTS.iter().copied().chain([NUL]) {
                let answer = shop.node.get(&format!("{path}?{name}={}", encoded(text))).token(&shop.token).send();
                assert!(answer.status < 500, "{path} {name} {text:?}: {answer}");
                asked += 1;
            }
        }
    }
    assert!(asked > 10 * TEXTS.len(), "{asked} questions");
    for text in TEXTS {
        let path = encoded(text);
        for path in [
            format!("/{path}"),
            format!("/log/{path}"),
            format!("/log/tile/entries/{path}"),
            format!("/evidence/{path}/receipt"),
            format!("/log/search?digest={path}"),
        ] {
            let answer = shop.node.get(&path).token(&shop.token).send();
            assert!((400..500).contains(&answer.status), "{path}: {answer}");
        }
        // A header that the client can send at all.
        if let Ok(answer) = shop.node.get("/health").header("X-Correlation-Id", *text).try_send() {
            let plain =
                answer.header("x-correlation-id").bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b));
            assert!(plain && answer.status == 200, "{text:?}: {answer}");
        }
    }
    // Whoever begins with a dash would be an option.
    for text in TEXTS.iter().filter(|text| !text.starts_with('-')) {
        let token = shop.place.token(text, &["orders.Customer"]);
        let id = Uuid::new_v4();
        shop.node.place(&token, &order(id, &id.to_string())).send().with(200);
        assert_eq!(shop.node.read_order(&token, id).with(200)["placed_by"], *text);
    }
    shop.place.verifies();
}

/// Bytes are known by their digest, and a digest is 64 digits: there is no path in it.
#[test]
fn no_blob_is_found_by_a_path() {
    let shop = Shop::open();
    let seen = evidence("scanner", "blob", b"what was seen");
    let digest =
        shop.node.collect(&shop.token, &seen).send().with(200)["digest"].as_str().expect("a digest").to_owned();
    fs::write(shop.place.beside("secret"), "secret").expect("written");
    for name in [
        "../../../../secret".to_owned(),
        format!("{}/../../../../../secret", &digest[..2]),
        format!("{digest}/../{digest}"),
        format!("{digest}%00"),
        format!("{digest}\u{0}"),
        digest.to_uppercase(),
        digest[..63].to_owned(),
        format!("{digest}0"),
        "/etc/passwd".to_owned(),
    ] {
        let answer =
            shop.node.get(&format!("/evidence/find-evidence?digest={}", encoded(&name))).token(&shop.token).send();
        assert!(answer.status == 422, "{name:?}: {answer}");
        let answer = shop.node.get(&format!("/log/search?digest={}", encoded(&name))).token(&shop.token).send();
        assert!(answer.status == 422, "{name:?}: {answer}");
        if !name.contains('\u{0}') {
            shop.place.node(&["ledger", "search", "--digest", &name]).with(2);
        }
    }
    let found = shop.node.get(&format!("/evidence/find-evidence?digest={digest}")).token(&shop.token).send().with(200);
    assert!(found.to_string().contains(&digest), "{found}");
}

/// A body that comes a byte at a time is waited for as long as a whole one: not for each byte anew.
#[test]
fn a_body_that_trickles_in_has_one_deadline() {
    let place = Place::new();
    let node = place.start_with(&["--set", "limits.patience_seconds=2", "--set", "limits.body_bytes=1000"]);
    let head = "POST /orders/place-order HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n";
    let begun = Instant::now();
    let mut stream = TcpStream::connect(node.address).expect("a connection");
    stream.write_all(head.as_bytes()).expect("sent");
    let mut reader = stream.try_clone().expect("a second handle");
    reader.set_read_timeout(Some(PATIENCE)).expect("a time limit");
    let trickle = std::thread::spawn(move || {
        while begun.elapsed() < PATIENCE && stream.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(100));
        }
    });
    let mut answer = [0; 12];
    reader.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 408");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    drop(reader.shutdown(std::net::Shutdown::Both));
    trickle.join().expect("it ends");
    // Many chunks that never end are too much at the limit, however small each is.
    let endless =
        format!("{}{}", head.replace("Content-Length: 1000", "Transfer-Encoding: chunked"), "1\r\n \r\n".repeat(1001));
    assert!(raw(node.address, endless.as_bytes()).starts_with("HTTP/1.1 413 "));
}

/// Percent-encoded, every byte of it.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}
