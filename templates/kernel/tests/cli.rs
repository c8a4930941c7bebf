//! The command line of a cell as a process: this binary runs itself as the cell.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod toy;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Output, Stdio};

use kernel::serde_json::{self, Value};
use toy::{Seen, cell, order};

const AS_CELL: &str = "KERNEL_TEST_AS_CELL";

fn main() -> ExitCode {
    if std::env::var_os(AS_CELL).is_some() {
        return cell(Seen::default()).main();
    }
    let tests: [(&str, fn()); 8] = [
        ("serves_stops_and_verifies", serves_stops_and_verifies),
        ("survives_a_kill", survives_a_kill),
        ("finds_damage", finds_damage),
        ("says_what_is_wrong_with_the_configuration", says_what_is_wrong_with_the_configuration),
        ("says_what_is_wrong_outside", says_what_is_wrong_outside),
        ("plans_and_applies_migrations", plans_and_applies_migrations),
        ("replays_events_to_a_consumer", replays_events_to_a_consumer),
        ("a_doctor_finds_what_a_node_would_fail_at", a_doctor_finds_what_a_node_would_fail_at),
    ];
    // What test runners ask: a list, or one test by its name.
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| arg == "--list") {
        let ignored = args.iter().any(|arg| arg == "--ignored");
        tests.iter().filter(|_| !ignored).for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    let filter = args.iter().find(|arg| !arg.starts_with('-')).map_or("", String::as_str);
    for (name, test) in tests.iter().filter(|(name, _)| name.contains(filter)) {
        test();
        println!("test {name} ... ok");
    }
    ExitCode::SUCCESS
}

fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CELL_")) {
        command.env_remove(name);
    }
    command.env(AS_CELL, "1").args(args).arg("--data-dir").arg(dir).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(dir: &Path, args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = command(dir, args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

struct Served {
    child: Child,
    address: String,
}

fn serve(dir: &Path) -> Served {
    let mut child = command(dir, &["--listen", "127.0.0.1:0"]).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://").unwrap_or_else(|| panic!("{line:?}")).to_owned();
    Served { child, address }
}

impl Served {
    fn post(&self, token: &str, body: &Value) -> (u16, Value) {
        let body = body.to_string();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "POST /orders/place-order HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Authorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
    }

    /// `TERM` or `KILL`, sent to this child alone.
    fn signal(&mut self, signal: &str) -> Option<i32> {
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(self.child.id().to_string()).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap().code()
    }
}

fn token(dir: &Path) -> String {
    let (code, out, err) = run(dir, &["token", "--subject", "alice", "--role", "orders.Buyer", "--ttl", "5m"]);
    assert_eq!((code, err.as_str()), (0, ""));
    out.trim().to_owned()
}

fn serves_stops_and_verifies() {
    let dir = tempfile::tempdir().unwrap();
    let mut node = serve(dir.path());
    let token = token(dir.path());
    for n in 1..=3 {
        let (status, body) = node.post(&token, &order(&format!("r{n}"), &format!("AB-{n}"), "1"));
        assert_eq!((status, &body["sequence"]), (200, &Value::from(n)));
    }
    // Beside a running node: looking on is allowed, opening is not.
    let (code, out, _) = run(dir.path(), &["verify"]);
    assert_eq!((code, out.starts_with("ledger verifies: 3 entries, head ")), (0, true), "{out}");
    let (code, _, err) = run(dir.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!((code, err.contains("in use by another node")), (3, true), "{err}");
    let (code, _, err) = run(dir.path(), &["serve", "--listen", &node.address]);
    assert_eq!((code, err.contains("Address already in use")), (3, true), "{err}");
    assert_eq!(node.signal("TERM"), Some(0));
    assert!(!dir.path().join("cell.db-wal").exists(), "closing moves the log into the database");

    let (code, out, _) = run(dir.path(), &["ledger", "--after", "1", "--limit", "1"]);
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (code, lines.len(), &lines[0]["sequence"], &lines[0]["actor"]),
        (0, 1, &Value::from(2), &Value::from("alice"))
    );
    assert_eq!(lines[0]["leaf_hash"].as_str().unwrap().len(), 64);
}

fn survives_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 0..3 {
        let mut node = serve(dir.path());
        let token = token(dir.path());
        for n in 0..10 {
            let (status, _) = node.post(&token, &order(&format!("r{round}-{n}"), &format!("AB-{round}{n}"), "1"));
            assert_eq!(status, 200);
            acknowledged += 1;
        }
        assert_eq!(node.signal("KILL"), None);
        let (code, out, _) = run(dir.path(), &["verify"]);
        assert_eq!((code, out.starts_with(&format!("ledger verifies: {acknowledged} entries"))), (0, true), "{out}");
    }
}

fn finds_damage() {
    let dir = tempfile::tempdir().unwrap();
    let mut node = serve(dir.path());
    let token = token(dir.path());
    for n in 1..=3 {
        node.post(&token, &order(&format!("r{n}"), &format!("AB-{n}"), "1"));
    }
    node.signal("TERM");
    let file = dir.path().join("cell.db");
    let sound = std::fs::read(&file).unwrap();
    let mut bytes = sound.clone();
    let place = bytes.windows(4).position(|window| window == b"AB-2").unwrap();
    bytes[place + 3] = b'7';
    std::fs::write(&file, &bytes).unwrap();
    let (code, out, _) = run(dir.path(), &["verify"]);
    // The number stands in the order and in the payload; whichever came first in the file was changed.
    assert_eq!(code, i32::from(out.starts_with("first bad sequence: 2: ")), "{out}");
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection
        .execute_batch(
            "DROP TRIGGER ledger_entries_no_update; UPDATE ledger_entries SET actor = 'bob' WHERE sequence = 2",
        )
        .unwrap();
    drop(connection);
    let (code, out, _) = run(dir.path(), &["verify"]);
    assert_eq!((code, out.starts_with("first bad sequence: 2: ")), (1, true), "{out}");
    std::fs::write(&file, &sound[..5000]).unwrap();
    let (code, out, err) = run(dir.path(), &["verify"]);
    assert!(code == 3 && err.contains("corrupt") || code == 1 && !out.is_empty(), "{code} {out} {err}");
    std::fs::write(&file, b"this was a database once, and is one no longer").unwrap();
    for args in [&["verify"][..], &["serve", "--listen", "127.0.0.1:0"], &["ledger"]] {
        let (code, _, err) = run(dir.path(), args);
        assert_eq!((code, err.contains("corrupt") && err.contains("cell.db")), (3, true), "{err}");
    }
}

fn says_what_is_wrong_with_the_configuration() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("cell.toml");
    std::fs::write(&file, "lisen = 1\n[limits]\nqueue = \"many\"\n").unwrap();
    let (code, _, err) = run(dir.path(), &["serve", "--config", file.to_str().unwrap()]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("lisen: unknown key") && err.contains("limits.queue: expected"), "{err}");
    for (args, part) in [
        (&["serve", "--listen", "0.0.0.0:0"][..], "loopback only"),
        (&["serve", "--set", "limits.bytes=1"], "did you mean limits.body_bytes?"),
        (&["serve", "--config", "/nowhere.toml"], "/nowhere.toml"),
        (&["token", "--subject", "a", "--role", "Approver"], "known roles: orders.Auditor, orders.Buyer"),
        (&["token", "--subject", "a", "--ttl", "soon"], "such as 90s"),
        (&["token", "--subject", "a", "--set", "auth.dev_issuer=false"], "issuer is off"),
        (&["fly"], "unrecognized subcommand"),
    ] {
        let (code, _, err) = run(dir.path(), args);
        assert_eq!((code, err.contains(part)), (2, true), "{args:?}: {err}");
    }
}

fn says_what_is_wrong_outside() {
    let dir = tempfile::tempdir().unwrap();
    let (code, _, err) = run(&dir.path().join("none"), &["verify"]);
    assert_eq!((code, err.contains("cell.db")), (3, true), "{err}");
    std::fs::write(dir.path().join("file"), "").unwrap();
    let (code, _, err) = run(&dir.path().join("file/below"), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(code, 3, "{err}");
}

fn plans_and_applies_migrations() {
    let dir = tempfile::tempdir().unwrap();
    let (code, out, _) = run(dir.path(), &["migrate", "--plan"]);
    assert_eq!((code, out.lines().count()), (0, 11), "{out}");
    assert!(out.contains("pending orders 0001 orders"), "{out}");
    let (code, out, _) = run(dir.path(), &["migrate"]);
    assert_eq!((code, out.contains("applied kernel 0001 ledger")), (0, true), "{out}");
    let (_, out, _) = run(dir.path(), &["migrate", "--plan"]);
    assert!(!out.contains("pending"), "{out}");
    let (code, out, _) = run(dir.path(), &["migrate"]);
    assert_eq!((code, out.as_str()), (0, "the database is up to date\n"));
}

/// Waits until as many effects of events are there.
fn effects(dir: &Path, number: i64) {
    let connection = rusqlite::Connection::open(dir.join("cell.db")).unwrap();
    let count = || connection.query_one("SELECT count(*) FROM orders_seen", [], |row| row.get::<_, i64>(0)).unwrap();
    let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while count() < number {
        assert!(std::time::Instant::now() < end, "{} effects, wanted {number}", count());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(count(), number);
}

fn replays_events_to_a_consumer() {
    let dir = tempfile::tempdir().unwrap();
    let mut node = serve(dir.path());
    node.post(&token(dir.path()), &order("r1", "AB-1", "1"));
    effects(dir.path(), 1);
    node.signal("TERM");
    let (code, _, err) = run(dir.path(), &["replay", "--consumer", "orders-sen"]);
    assert!(code != 0 && err.contains("known consumers: orders-seen"), "{code} {err}");
    let (code, out, err) = run(dir.path(), &["replay", "--consumer", "orders-seen", "--since", "2999-01-01T00:00:00Z"]);
    assert_eq!((code, out.as_str()), (0, "events delivered to orders-seen again: 0\n"), "{err}");
    let (code, out, err) = run(dir.path(), &["replay", "--consumer", "orders-seen", "--again"]);
    assert_eq!((code, out.as_str()), (0, "events delivered to orders-seen again: 1\n"), "{err}");
    let mut node = serve(dir.path());
    effects(dir.path(), 2);
    node.signal("TERM");
}

/// What the doctor finds, by check; those that are well have no text.
fn examined(dir: &Path) -> Vec<(String, Option<String>)> {
    let (code, out, err) = run(dir, &["doctor", "--format", "json"]);
    let checks: Vec<Value> = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
    let text = |check: &Value, key: &str| check[key].as_str().unwrap().to_owned();
    let found: Vec<_> = checks
        .iter()
        .map(|check| (text(check, "check"), (check["ok"] == false).then(|| text(check, "says"))))
        .collect();
    assert_eq!(code, i32::from(found.iter().any(|(_, finding)| finding.is_some())), "{out}");
    found
}

fn a_doctor_finds_what_a_node_would_fail_at() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let finding =
        |check: &str| examined(dir.path()).into_iter().find(|(name, _)| name == check).and_then(|(_, says)| says);
    assert!(finding("database").is_some_and(|says| says.contains("cell.db")), "{:?}", examined(dir.path()));
    let mut node = serve(dir.path());
    node.post(&token(dir.path()), &order("r1", "AB-1", "1"));
    let well: Vec<String> = examined(dir.path())
        .into_iter()
        .map(|(check, finding)| {
            assert_eq!(finding, None, "{check}");
            check
        })
        .collect();
    let all = ["configuration", "data directory", "disk space", "secrets", "database", "schema", "rights", "clock"];
    assert_eq!(well, [&all[..], &["blobs", "broker"]].concat());
    let (code, out, _) = run(dir.path(), &["doctor"]);
    assert_eq!((code, out.lines().filter(|line| line.starts_with("ok ")).count()), (0, 10), "{out}");
    node.signal("TERM");

    let set = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    set(dir.path(), 0o777);
    assert!(finding("data directory").is_some_and(|says| says.contains("chmod go-w")));
    set(dir.path(), 0o700);
    let key = dir.path().join("ledger.key");
    set(&key, 0o640);
    assert!(finding("secrets").is_some_and(|says| says.contains("ledger.key") && says.contains("0600")));
    set(&key, 0o600);
    let connection = rusqlite::Connection::open(dir.path().join("cell.db")).unwrap();
    connection.execute_batch("DELETE FROM kernel_migrations WHERE context = 'orders'").unwrap();
    assert!(finding("schema").is_some_and(|says| says.contains("orders 0001")));
    connection
        .execute_batch(
            "DROP TRIGGER ledger_entries_no_update; UPDATE ledger_entries SET recorded_at = '2999' || substr(recorded_at, 5)",
        )
        .unwrap();
    assert!(finding("clock").is_some_and(|says| says.contains("2999-")), "{:?}", examined(dir.path()));
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with("doctor")), "{left:?}");
}
