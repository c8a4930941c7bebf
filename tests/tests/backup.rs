//! docs/howto/backup.md, done as it says: a node under load is backed up, and restored elsewhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use seac_tests::binaries::demo;
use seac_tests::database::Database;
use seac_tests::eventually;
use seac_tests::http::Call;
use seac_tests::node::{Node, Place};
use seac_tests::orders::{evidence, order};
use seac_tests::run::run;
use uuid::Uuid;

const PAGE: &str = include_str!("../../docs/howto/backup.md");
const CLIENTS: u64 = 3;

/// Something a client wants; what it gets is the entry with the sequence that the answer names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Wish {
    client: u64,
    number: u64,
}

impl Wish {
    fn id(self) -> Uuid {
        Uuid::from_u64_pair(self.client + 1, self.number + 1)
    }

    fn call(self, node: &Node, token: &str) -> Call {
        let id = self.id().to_string();
        // Every other one is evidence, some of it larger than what the ledger keeps in its rows.
        match self.number % 2 {
            0 => node.place(token, &order(self.id(), &id)),
            _ => {
                node.collect(token, &evidence("backup", &id, id.repeat(1 + self.number as usize % 30 * 100).as_bytes()))
            }
        }
    }
}

/// Sequences by what was acknowledged with them.
type Done = BTreeMap<Wish, u64>;

/// A block of the page that is marked `sh`, done in a shell that knows `node`.
#[track_caller]
fn follow(block: usize, folders: &[(&str, &Path)], bin: &Path) -> String {
    let blocks: Vec<&str> = PAGE.split("```sh\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0)).collect();
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", blocks[block]]);
    shell.env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").expect("a path")));
    shell.envs(folders.iter().map(|(name, path)| (name, path.as_os_str())));
    run(&mut shell).with(0).stdout
}

#[test]
fn a_node_under_load_is_backed_up_and_goes_on_elsewhere() {
    let (place, restored) = (Place::new(), Place::new());
    let bin = place.beside("bin");
    fs::create_dir(&bin).expect("a folder");
    std::os::unix::fs::symlink(&demo().node, bin.join("node")).expect("a link");
    let backup = place.beside("backup");
    let (data, elsewhere) = (place.data(), restored.data());
    let folders = [("DATA", data.as_path()), ("BACKUP", &backup), ("RESTORED", &elsewhere)];

    let node = place.start();
    let roles = ["orders.Customer", "evidence.Collector"];
    let token = place.token("ann", &roles);
    let (done, stop) = (Mutex::new(Done::new()), AtomicBool::new(false));
    let before = std::thread::scope(|clients| {
        for client in 0..CLIENTS {
            let (node, token, done, stop) = (&node, &token, &done, &stop);
            clients.spawn(move || {
                for number in (0..).take_while(|_| !stop.load(Ordering::Relaxed)) {
                    let wish = Wish { client, number };
                    let answer = wish.call(node, token).send();
                    answer.with(200);
                    done.lock().expect("nobody panics").insert(wish, answer.sequence());
                }
            });
        }
        let all = || done.lock().expect("nobody panics").clone();
        let before = eventually("the node is under load", || Some(all()).filter(|done| done.len() >= 60));
        follow(0, &folders, &bin);
        let during = all();
        assert!(during.len() > before.len(), "it was answering all the time");
        eventually("it goes on", || (all().len() > during.len() + 20).then_some(()));
        stop.store(true, Ordering::Relaxed);
        before
    });
    assert!(node.stop().success());
    let done = done.into_inner().expect("nobody panics");

    // What the page has to be kept is what the restored ledger is.
    let kept = follow(1, &folders, &bin);
    assert!(kept.starts_with("ledger verifies: "), "{kept}");
    assert_eq!(follow(2, &folders, &bin), kept);
    let count = |place: &Place| -> u64 {
        Database::read(&place.database()).value("SELECT count(*) FROM ledger_entries").parse().expect("a number")
    };
    assert!(count(&restored) < count(&place), "a snapshot of the time before");

    // All that was acknowledged before is there, under its number, and what was not is done once.
    let node = restored.start();
    let token = restored.token("ann", &roles);
    let last = count(&restored);
    for (wish, sequence) in &done {
        let answer = wish.call(&node, &token).send();
        let told = answer.with(200);
        let there = *sequence <= last;
        assert!(there || !before.contains_key(wish), "{wish:?} was acknowledged before the backup");
        assert_eq!(answer.header("idempotency-replayed") == "true", there, "{wish:?}: {answer}");
        // Of a repeated order nothing says the sequence; a repeated collection has it in its result.
        assert!(!there || told.get("sequence").is_none_or(|told| *told == *sequence), "{wish:?}: {answer}");
    }
    node.settle();
    assert!(node.stop().success());
    restored.verifies();
}
