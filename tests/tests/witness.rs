//! A second node watches the first: growth is cosigned, a forked past is not, and another node's log is verified over HTTP.

use std::fs;
use std::path::Path;
use std::process::Command;

use seac_tests::binaries::verifier;
use seac_tests::database::Database;
use seac_tests::eventually;
use seac_tests::files::sha256;
use seac_tests::http::Answer;
use seac_tests::node::{Node, Place};
use seac_tests::orders::order;
use seac_tests::run::run;
use uuid::Uuid;

/// A log and a witness that knows it.
struct Watched {
    log: Place,
    key: String,
    /// Held, so that the witness's data stay.
    _place: Place,
    witness: Node,
    witness_key: String,
}

impl Watched {
    fn new() -> Self {
        let (log, place) = (Place::new(), Place::new());
        assert!(log.start().stop().success());
        let key = log.node(&["ledger", "key"]).with(0).stdout.trim().to_owned();
        let mut command = place.command(&["witness", "--listen", "127.0.0.1:0", "--log", &key]);
        let witness = Node::spawn(&mut command, place.beside("log"));
        let witness_key = witness.get("/").send().with(200)["witness"].as_str().expect("a key").to_owned();
        Self { log, key, _place: place, witness, witness_key }
    }

    /// Starts the log's node, which asks the witness every second.
    fn start(&self) -> Node {
        let witness = format!("ledger.witnesses={}#{}", self.witness.url(""), self.witness_key);
        self.log.start_with(&["--set", &witness, "--set", "ledger.checkpoint_seconds=1"])
    }

    /// Adds entries.
    fn grow(&self, node: &Node, entries: u64) {
        let ann = self.log.token("ann", &["orders.Customer"]);
        for _ in 0..entries {
            let id = Uuid::new_v4();
            node.place(&ann, &order(id, &id.to_string())).send().with(200);
        }
        node.settle();
    }

    /// The newest checkpoint the witness has cosigned.
    fn seen(&self) -> Answer {
        let origin = self.key.split('+').next().expect("a name");
        self.witness.get(&format!("/{}/checkpoint", sha256(origin.as_bytes()))).send()
    }

    fn seen_size(&self) -> u64 {
        let text = String::from_utf8(self.seen().body).expect("a text");
        text.lines().nth(1).and_then(|size| size.parse().ok()).unwrap_or(0)
    }

    /// Waits until the witness has seen everything there is.
    fn all_is_witnessed(&self) {
        let head = || Database::read(&self.log.database()).value("SELECT sequence FROM ledger_head").parse();
        eventually("the witness has cosigned all entries", || (Ok(self.seen_size()) == head()).then_some(()));
    }
}

#[test]
fn a_witness_cosigns_growth_and_refuses_a_fork() {
    let watched = Watched::new();
    assert_eq!(watched.seen().status, 404);
    let node = watched.start();
    watched.grow(&node, 3);
    watched.all_is_witnessed();
    eventually("the node has kept the cosignature", || {
        (node.get("/log").send().with(200)["label"] == "witnessed").then_some(())
    });
    let eve = watched.log.token("eve", &["governance.Auditor"]);
    let receipt = node.get("/evidence/2/receipt").token(&eve).send();
    let path = watched.log.beside("2.tlog-proof");
    fs::write(&path, receipt.body).expect("written");
    let keys = ["--key", &watched.key, "--key", &watched.witness_key, "--witnesses", "1"];
    let ended = run(Command::new(verifier()).args(keys).arg(&path)).with(0);
    assert!(ended.stdout.contains("\nwitnessed by cell.local/"), "{}", ended.stdout);
    assert!(node.stop().success());
    let verified = watched.log.node(&["verify"]).with(0).stdout;
    assert!(verified.contains("\nwitnessed; checkpoint of"), "{verified}");

    // Somebody keeps a copy of the ledger as it is now.
    let copy = fs::read(watched.log.database()).expect("the file");
    let node = watched.start();
    watched.grow(&node, 3);
    watched.all_is_witnessed();
    assert!(node.stop().success());
    let (honest, size) = (watched.seen().body, watched.seen_size());

    // What came after the copy never happened, they say, and go on from there.
    fs::write(watched.log.database(), copy).expect("restored");
    let node = watched.start();
    watched.grow(&node, 1);
    eventually("the node hears that the witness has seen more", || {
        node.log().contains("entries of this ledger, which has").then_some(())
    });
    watched.grow(&node, size);
    eventually("the node hears that its ledger is another one", || {
        node.log().contains("it does not cosign: 422").then_some(())
    });
    assert_eq!(node.get("/log").send().with(200)["label"], "tamper-evident locally");
    assert_eq!(watched.seen().body, honest, "the witness stays with what it has seen");
    assert!(node.stop().success());
    // By itself the forked ledger looks sound: that is what witnesses are for.
    watched.log.verifies();
}

#[test]
fn a_witness_answers_as_the_protocol_says() {
    let watched = Watched::new();
    let node = watched.start();
    watched.grow(&node, 2);
    watched.all_is_witnessed();
    assert!(node.stop().success());
    let checkpoint = watched.log.node(&["ledger", "checkpoint"]).with(0).stdout;
    let log_only: String = checkpoint.split_inclusive('\n').take(5).collect();
    let size = watched.seen_size();
    let post = |body: String| watched.witness.post("/add-checkpoint").body(body).send();
    let again = post(format!("old {size}\n\n{log_only}"));
    assert_eq!(again.status, 200, "{again}");
    assert!(String::from_utf8_lossy(&again.body).starts_with('\u{2014}'), "{again}");
    let conflict = post(format!("old 0\n\n{log_only}"));
    assert_eq!((conflict.status, conflict.header("content-type")), (409, "text/x.tlog.size"), "{conflict}");
    assert_eq!(conflict.body, format!("{size}\n").into_bytes());
    let root = log_only.lines().nth(2).expect("a root");
    for (body, status) in [
        ("nonsense".to_owned(), 400),
        (format!("old {}\n\n{log_only}", size + 1), 400),
        (format!("old {size}\n{root}\n\n{log_only}"), 422),
        (format!("old {size}\n\n{}", log_only.replacen(&format!("\n{size}\n"), &format!("\n{}\n", size + 1), 1)), 403),
        (format!("old {size}\n\n{}", log_only.replace("cell.local/", "cell.other/")), 404),
    ] {
        let answer = post(body.clone());
        assert_eq!(answer.status, status, "{body}\n{answer}");
    }
    // The memory is on disk before the answer is given.
    assert_eq!(watched.seen_size(), size);
}

#[test]
fn another_nodes_log_is_verified_over_http() {
    let place = Place::new();
    let node = place.start_with(&["--set", "ledger.checkpoint_seconds=1"]);
    let (ann, eve) = (place.token("ann", &["orders.Customer"]), place.token("eve", &["governance.Auditor"]));
    let place_orders = |from: u64, to: u64| {
        for n in from..to {
            node.place(&ann, &order(Uuid::new_v4(), &format!("order {n}"))).send().with(200);
        }
        node.settle();
        let head: u64 =
            Database::read(&place.database()).value("SELECT sequence FROM ledger_head").parse().expect("a number");
        eventually("a checkpoint speaks for all of it", || {
            (node.get("/log").send().with(200)["size"] == head).then_some(head)
        })
    };
    // More than a tile, so that there is a level above the leaves.
    let size = place_orders(0, 260);
    assert!(size > 256);
    let key = place.node(&["ledger", "key"]).with(0).stdout.trim().to_owned();
    let remembered = place.beside("checkpoint");
    let auditor = Place::new();
    let verify = |more: &[&str]| {
        let (url, file) = (node.url(""), remembered.to_str().expect("a path"));
        auditor.node(&[&["verify", "--url", &url, "--key", &key, "--remember", file], more].concat())
    };
    let said = verify(&["--token", &eve]).with(0).stdout;
    assert!(said.starts_with(&format!("log verifies: {size} entries of cell.local/")), "{said}");
    let first = read(&remembered);
    let size = place_orders(260, 270);
    let said = verify(&[]).with(0).stdout;
    assert!(said.starts_with(&format!("log verifies: {size} leaves (entries need --token)")), "{said}");
    assert_ne!(read(&remembered), first);

    auditor.node(&["verify", "--url", &node.url("")]).with(2);
    let stranger = Place::new();
    stranger.start();
    let other = stranger.node(&["ledger", "key"]).with(0).stdout.trim().to_owned();
    let said = auditor.node(&["verify", "--url", &node.url(""), "--key", &other]).with(1).stdout;
    assert!(said.contains("no key of this log has signed"), "{said}");

    // What is served is changed behind the node's back: entries, then hashes.
    let file = place.database();
    Database::write(&file).tamper("UPDATE ledger_entries SET actor = 'mallory' WHERE sequence = 7");
    let said = verify(&["--token", &eve]).with(1).stdout;
    assert!(said.contains("first bad sequence: 7: it is not the entry of the tree"), "{said}");
    Database::write(&file).tamper("UPDATE ledger_entries SET actor = 'ann' WHERE sequence = 7");
    let hash = "UPDATE ledger_tiles SET hashes = CAST(zeroblob(32) || substr(hashes, 33) AS BLOB) WHERE level = 0";
    Database::write(&file).tamper(hash);
    let said = verify(&[]).with(1).stdout;
    assert!(said.contains("the log does not verify: "), "{said}");
    assert!(node.stop().success());
    let said = place.node(&["verify"]).with(1).stdout;
    assert!(said.starts_with("first bad sequence: 1: tile 0/0 of the tree has another hash for it"), "{said}");
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a file")
}
