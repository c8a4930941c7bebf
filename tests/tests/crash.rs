//! A node that is killed at a random moment under load has lost nothing that it had acknowledged and left nothing half-done.
//!
//! `SEAC_CRASH_ROUNDS` says how many times it is killed (8 if it does not say; a night takes thousands), and
//! `SEAC_CRASH_SEED` repeats the run of a seed that was printed, as far as threads can be repeated.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use seac_tests::http::{Answer, Call};
use seac_tests::node::{Node, Place};
use seac_tests::orders::{evidence, order};
use seac_tests::random::Random;
use seac_tests::{eventually, files};
use serde_json::{Value, json};
use uuid::Uuid;

const CLIENTS: u64 = 6;
const SOURCE: &str = "crash";

/// Something a client wants, with everything needed to ask for it again.
#[derive(Debug, Clone)]
enum Wish {
    Order { id: Uuid },
    Evidence { id: String, content: Vec<u8> },
    Delivery { id: String, size: usize },
}

impl Wish {
    fn new(random: &mut Random) -> Self {
        let id = Uuid::from_u64_pair(random.number(), random.number());
        // Some are larger than a page of the database, some larger than what the ledger keeps in its rows.
        let size = [10, 1_000, 20_000, 100_000][usize::try_from(random.below(4)).expect("small")];
        match random.below(3) {
            0 => Self::Order { id },
            1 => Self::Evidence { id: id.to_string(), content: id.to_string().repeat(size / 36 + 1).into_bytes() },
            _ => Self::Delivery { id: id.to_string(), size },
        }
    }

    fn call(&self, node: &Node, token: &str) -> Call {
        match self {
            Self::Order { id } => node.place(token, &order(*id, &format!("attempt {id}"))),
            Self::Evidence { id, content } => node.collect(token, &evidence(SOURCE, id, content)),
            Self::Delivery { id, size } => {
                node.delivery("gollum", id, json!({"zen": "x".repeat(*size)}).to_string().as_bytes())
            }
        }
    }

    /// Where the answer says that the entry is.
    fn sequence(&self, answer: &Answer) -> u64 {
        match self {
            Self::Order { .. } | Self::Evidence { .. } => answer.sequence(),
            Self::Delivery { .. } => answer.json()["sequence"].as_u64().expect("a sequence"),
        }
    }

    /// What names the entry in the ledger.
    fn name(&self) -> String {
        match self {
            Self::Order { id } => format!("order {id}"),
            Self::Evidence { id, .. } => format!("evidence.CollectEvidence/{SOURCE} {id}"),
            Self::Delivery { id, .. } => format!("evidence.github {id}"),
        }
    }
}

/// The name of an entry, in the words of [`Wish::name`].
fn name(entry: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match entry["type"].as_str() {
        Some("orders.placed") => format!("order {}", text(&entry["subject"]["id"])),
        _ => format!("{} {}", text(&entry["source"]), text(&entry["source_event_id"])),
    }
}

/// What came of the load until the node was killed.
#[derive(Default)]
struct Outcome {
    acknowledged: Vec<(Wish, u64)>,
    unanswered: Vec<Wish>,
}

/// Lets clients press until the node is killed: at a random moment after a random number of acknowledgements.
fn press_and_kill(mut node: Node, token: &str, random: &mut Random) -> Outcome {
    let (outcome, over) = (Mutex::new(Outcome::default()), AtomicBool::new(false));
    let enough = usize::try_from(1 + random.below(120)).expect("small");
    let moment = Duration::from_micros(random.below(4_000));
    let seeds: Vec<u64> = (0..CLIENTS).map(|_| random.number()).collect();
    let place = node.address;
    std::thread::scope(|scope| {
        for seed in seeds {
            let (node, outcome, over) = (&node, &outcome, &over);
            scope.spawn(move || {
                let mut random = Random::from_seed(seed);
                while !over.load(Ordering::Relaxed) {
                    let wish = Wish::new(&mut random);
                    let answer = wish.call(node, token).try_send();
                    let mut outcome = outcome.lock().expect("nobody panics");
                    match answer {
                        Ok(answer) if answer.status == 200 => {
                            let sequence = wish.sequence(&answer);
                            outcome.acknowledged.push((wish, sequence));
                        }
                        Ok(answer) => panic!("{place} does not want {}: {answer}", wish.name()),
                        Err(_) => outcome.unanswered.push(wish),
                    }
                }
            });
        }
        eventually("enough is acknowledged", || {
            (outcome.lock().expect("nobody panics").acknowledged.len() >= enough).then_some(())
        });
        std::thread::sleep(moment);
        node.signal("KILL");
        over.store(true, Ordering::Relaxed);
    });
    node.kill();
    outcome.into_inner().expect("nobody panics")
}

/// Everything that belongs together is there together.
fn nothing_is_half_done(place: &Place) -> BTreeMap<u64, String> {
    place.verifies();
    let ledger = place.ledger();
    let subjects = |kind: &str| -> Vec<String> {
        let mut ids: Vec<_> = ledger
            .iter()
            .filter(|entry| entry["type"] == kind)
            .map(|entry| entry["subject"]["id"].as_str().expect("an id").to_owned())
            .collect();
        ids.sort();
        ids
    };
    let orders = subjects("orders.placed");
    assert_eq!(place.column("SELECT order_id FROM orders_order ORDER BY order_id"), orders);
    let artifacts = subjects("evidence.collected");
    let table = "evidence_evidence_artifact";
    assert_eq!(place.column(&format!("SELECT artifact_id FROM {table} ORDER BY artifact_id")), artifacts);
    for digest in place.column(&format!("SELECT digest FROM {table}")) {
        let bytes = fs::read(place.blob(&digest)).expect("an artifact has its bytes");
        assert_eq!(files::sha256(&bytes), digest);
    }
    // Each of the two operations keeps its answer and publishes one event, in the transaction of its entry.
    let done = orders.len() + artifacts.len();
    assert_eq!(place.column("SELECT count(*) FROM idempotency_records"), [done.to_string()]);
    let published = place.published();
    assert!(published == done as u64 || place.is_on_server() && published > done as u64, "{published} of {done}");
    for entry in &ledger {
        let kind = entry["type"].as_str().expect("a type");
        assert!(["orders.placed", "evidence.collected", "unclassified"].contains(&kind), "{entry:#}");
        if kind != "unclassified" {
            assert_eq!(entry["payload"]["decision"]["outcome"], "allow", "{entry:#}");
        }
    }
    ledger.iter().map(|entry| (entry["sequence"].as_u64().expect("a sequence"), name(entry))).collect()
}

fn rounds(usual: u64) -> u64 {
    std::env::var("SEAC_CRASH_ROUNDS").map_or(usual, |text| text.parse().expect("a number of rounds"))
}

#[test]
fn every_acknowledged_entry_survives_sigkill_and_nothing_is_half_done() {
    kill_again_and_again(&Place::new(), rounds(8));
}

#[test]
fn nor_is_anything_lost_or_half_done_on_postgres() {
    kill_again_and_again(&Place::on_postgres(), rounds(3));
}

fn kill_again_and_again(place: &Place, rounds: u64) {
    let mut random = Random::seeded("SEAC_CRASH_SEED");
    let token = place.token("ann", &["orders.Customer", "evidence.Collector"]);
    let mut expected: BTreeMap<u64, String> = BTreeMap::new();
    for round in 1..=rounds {
        let outcome = press_and_kill(place.start(), &token, &mut random);
        eprintln!("round {round}: {} acknowledged, {} not", outcome.acknowledged.len(), outcome.unanswered.len());
        expected.extend(outcome.acknowledged.iter().map(|(wish, sequence)| (*sequence, wish.name())));
        // As the kill left it, and as the restart does.
        nothing_is_half_done(place);
        let node = place.start();
        let found = nothing_is_half_done(place);
        for (sequence, name) in &expected {
            assert_eq!(found.get(sequence), Some(name), "acknowledged at {sequence}");
        }
        node.settle();
        // Whoever got no answer asks again, and gets one: the first one, if there was one.
        for wish in &outcome.unanswered {
            wish.call(&node, &token).send().with(200);
        }
        for (wish, sequence) in outcome.acknowledged.iter().rev().take(5) {
            let again = wish.call(&node, &token).send();
            again.with(200);
            match wish {
                Wish::Delivery { .. } => assert_eq!(again.json()["sequence"], *sequence),
                _ => assert_eq!(again.header("idempotency-replayed"), "true", "{again}"),
            }
        }
        expected = nothing_is_half_done(place);
        let names: BTreeSet<_> = expected.values().collect();
        assert_eq!(names.len(), expected.len(), "nothing is there twice");
        for wish in &outcome.unanswered {
            assert!(names.contains(&wish.name()), "{} is there after all", wish.name());
        }
        assert!(node.stop().success());
    }
}

#[test]
fn a_node_that_is_killed_while_it_starts_starts_the_next_time() {
    let mut random = Random::seeded("SEAC_CRASH_SEED");
    for _ in 0..10 {
        let place = Place::new();
        let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut child = command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("the node starts");
        std::thread::sleep(Duration::from_micros(random.below(30_000)));
        child.kill().expect("killed");
        child.wait().expect("it ends");
        let node = place.start();
        let token = place.token("ann", &["orders.Customer"]);
        node.place(&token, &order(Uuid::new_v4(), "one")).send().with(200);
        assert_eq!(nothing_is_half_done(&place).len(), 1);
    }
}
