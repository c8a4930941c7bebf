//! What the ledger gives out proves itself to an outsider who has a public key: receipts, checkpoints, tiles, bundles.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use seac_tests::binaries::{repository, verifier};
use seac_tests::database::Database;
use seac_tests::node::{Node, Place};
use seac_tests::orders::order;
use seac_tests::run::{Ended, run};
use serde_json::Value;
use uuid::Uuid;

const ENTRIES: u64 = 5;

/// A running node with some entries, and an auditor's token.
fn running(entries: u64) -> (Place, Node, String) {
    let place = Place::new();
    let node = place.start();
    let (ann, eve) = (place.token("ann", &["orders.Customer"]), place.token("eve", &["governance.Auditor"]));
    for n in 1..=entries {
        node.place(&ann, &order(Uuid::new_v4(), &format!("order {n}"))).send().with(200);
    }
    node.settle();
    (place, node, eve)
}

/// The key in force.
fn key(place: &Place) -> String {
    let keys = place.node(&["ledger", "key"]).with(0).stdout;
    keys.lines().last().expect("a key").to_owned()
}

fn receipt(place: &Place, node: &Node, token: &str, sequence: u64) -> PathBuf {
    let answer = node.get(&format!("/evidence/{sequence}/receipt")).token(token).send();
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/plain; charset=utf-8"), "{answer}");
    let path = place.beside(&format!("{sequence}.tlog-proof"));
    fs::write(&path, answer.body).expect("written");
    path
}

fn seac_verify(key: &str, file: &Path, more: &[&str]) -> Ended {
    run(Command::new(verifier()).args(["--key", key]).args(more).arg(file))
}

/// An implementation that shares no code with ours.
fn python(key: &str, file: &Path) -> Ended {
    run(Command::new("python3").arg(repository().join("tests/verify_receipt.py")).arg(key).arg(file))
}

#[test]
fn a_receipt_convinces_two_verifiers_that_know_nothing_but_the_key() {
    let (place, node, auditor) = running(ENTRIES);
    let key = key(&place);
    let entries = place.ledger();
    for sequence in 1..=ENTRIES {
        let path = receipt(&place, &node, &auditor, sequence);
        let ended = seac_verify(&key, &path, &[]).with(0);
        assert!(
            ended.stdout.starts_with(&format!("receipt verifies: entry {sequence} of cell.local/")),
            "{}",
            ended.stdout
        );
        assert!(ended.stdout.ends_with("no known witness has cosigned: tamper-evident locally\n"), "{}", ended.stdout);
        let proved: Value = serde_json::from_str(&python(&key, &path).with(0).stdout).expect("the entry");
        let index = usize::try_from(sequence - 1).expect("small");
        assert_eq!(proved["payload_digest"], entries[index]["payload_digest"]);
        assert_eq!(proved["subject"], entries[index]["subject"]);
    }
    // The command line gives the same proof, beside the node. At its end the node says who has looked, and signs that, too.
    let path = receipt(&place, &node, &auditor, 3);
    assert_eq!(place.node(&["ledger", "receipt", "3"]).with(0).stdout, fs::read_to_string(&path).expect("the receipt"));
    assert!(node.stop().success());
    assert!(
        place.node(&["ledger", "receipt", "999"]).with(1).stdout.contains("no checkpoint of the log speaks for that")
    );
    assert_eq!(seac_verify(&key, &path, &["--witnesses", "1"]).with(1).stdout, "");
}

#[test]
fn a_changed_receipt_convinces_nobody() {
    let (place, node, auditor) = running(ENTRIES);
    let key = key(&place);
    let path = receipt(&place, &node, &auditor, 2);
    let text = fs::read_to_string(&path).expect("the receipt");
    let other = {
        let (name, rest) = key.split_once('+').expect("a key");
        assert!(!rest.is_empty());
        format!("{name}+00000000+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    };
    assert_ne!(python(&other, &path).code, 0);
    seac_verify(&other, &path, &[]).with(2);
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.len() > 40) {
        // A letter in the middle of a hash, an entry, a root or a signature.
        let middle = line.len() - 20;
        let Some(letter) = line.get(middle..=middle) else { continue };
        let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        changed[at].replace_range(middle..=middle, if letter == "A" { "B" } else { "A" });
        fs::write(&path, changed.join("\n") + "\n").expect("written");
        seac_verify(&key, &path, &[]).with(1).says(&["does not verify: "]);
        assert_eq!(python(&key, &path).with(1).stdout, "", "line {at}");
    }
    fs::write(&path, text.replace("index 1", "index 2")).expect("written");
    seac_verify(&key, &path, &[]).with(1);
    python(&key, &path).with(1);
}

#[test]
fn hashes_are_for_everybody_and_entries_for_readers() {
    let (place, node, auditor) = running(ENTRIES);
    receipt(&place, &node, &auditor, 1);
    let about = node.get("/log").send().with(200);
    assert_eq!(about["verifier_keys"], serde_json::json!([key(&place)]));
    assert_eq!(about["label"], "tamper-evident locally");
    let checkpoint = node.get("/log/checkpoint").send();
    assert_eq!((checkpoint.status, checkpoint.header("content-type")), (200, "text/plain; charset=utf-8"));
    let size = about["size"].as_u64().expect("a size");
    assert!(size >= ENTRIES);
    let tile = node.get(&format!("/log/tile/0/000.p/{size}")).send();
    assert_eq!((tile.status, tile.body.len() as u64), (200, size * 32));
    assert!(tile.header("cache-control").contains("immutable"), "{tile}");
    let proof = node.get(&format!("/log/consistency?old=2&new={size}")).send().with(200);
    assert!(!proof["proof"].as_array().expect("hashes").is_empty());
    let beyond = size + 1;
    for path in [
        "/log/tile/0/000".to_owned(),
        format!("/log/tile/0/000.p/{beyond}"),
        "/log/tile/1/000.p/1".to_owned(),
        "/log/tile/0/001.p/1".to_owned(),
        "/log/tile/0/0.p/1".to_owned(),
        "/log/tile/0/..%2f001".to_owned(),
        format!("/log/consistency?old=1&new={beyond}"),
        "/log/nothing".to_owned(),
    ] {
        node.get(&path).send().problem(404, "not_in_the_log");
    }
    node.get("/log/consistency?old=x&new=1").send().problem(422, "invalid_sizes");
    let stranger = place.token("ann", &["orders.Customer"]);
    for path in ["/log/tile/entries/000.p/1", "/evidence/1/receipt"] {
        node.get(path).send().problem(401, "unauthenticated");
        node.get(path).token(&stranger).send().problem(403, "not_a_ledger_reader");
        let answer = node.get(path).token(&auditor).send();
        assert_eq!(answer.status, 200, "{answer}");
        assert!(answer.header("cache-control").starts_with("private"), "{answer}");
    }
    for path in ["/evidence/0/receipt", "/evidence/99999/receipt", "/evidence/x/receipt"] {
        node.get(path).token(&auditor).send().problem(404, "not_in_the_log");
    }
}

#[test]
fn a_new_key_is_an_entry_and_old_receipts_stay_good() {
    let (place, node, auditor) = running(2);
    let old = key(&place);
    let before = receipt(&place, &node, &auditor, 1);
    place.node(&["ledger", "rotate-key"]).with(3).says(&["in use by another node"]);
    assert!(node.stop().success());
    let new = place.node(&["ledger", "rotate-key"]).with(0).stdout.trim().to_owned();
    assert_ne!(old, new);
    assert_eq!(place.node(&["ledger", "key"]).with(0).stdout, format!("{old}\n{new}\n"));
    let entry = place.ledger().pop().expect("an entry");
    assert_eq!(
        (&entry["type"], &entry["payload"]["to"]),
        (&Value::from("ledger.key_rotated"), &Value::from(new.clone()))
    );
    // Both keys have signed the checkpoint that has the change in it.
    let sequence = entry["sequence"].to_string();
    let change = place.beside("change.tlog-proof");
    fs::write(&change, place.node(&["ledger", "receipt", &sequence]).with(0).stdout).expect("written");
    for key in [&old, &new] {
        seac_verify(key, &change, &[]).with(0);
    }
    place.verifies();
    let node = place.start();
    let ann = place.token("ann", &["orders.Customer"]);
    node.place(&ann, &order(Uuid::new_v4(), "after")).send().with(200);
    let last = place.ledger().len() as u64;
    let after = receipt(&place, &node, &auditor, last);
    seac_verify(&new, &after, &[]).with(0);
    seac_verify(&old, &after, &[]).with(1);
    seac_verify(&old, &before, &[]).with(0);
    assert!(node.stop().success());
    place.verifies();
    // Somebody else's key does not sign this ledger.
    let stranger = Place::new();
    stranger.start();
    fs::copy(stranger.data().join("ledger.key"), place.data().join("ledger.key")).expect("copied");
    place.node(&["serve", "--listen", "127.0.0.1:0"]).with(3).says(&["restore that key", "rotate-key"]);
}

/// Rewrites the whole chain from an entry on, as somebody would who owns the file and knows the code: every hash fits again,
/// but the tree was signed before.
#[test]
fn what_was_signed_cannot_be_rewritten() {
    let (place, node, _) = running(ENTRIES);
    assert!(node.stop().success());
    let pristine = fs::read(place.database()).expect("the file");
    let size = Database::read(&place.database()).value("SELECT max(size) FROM ledger_checkpoints");
    let last = size.parse::<u64>().expect("a size");
    for (sql, sequence, reason) in [
        (format!("UPDATE ledger_checkpoints SET root = '{}'", "0".repeat(64)), last, "has another root"),
        ("UPDATE ledger_checkpoints SET note = replace(note, 'cell', 'sell')".to_owned(), last, "checkpoint"),
        (format!("UPDATE ledger_checkpoints SET size = {}", last + 1), last + 1, "missing; a checkpoint of"),
        (
            format!("DELETE FROM ledger_entries WHERE sequence = {last}; DELETE FROM ledger_controls WHERE sequence = {last};
                UPDATE ledger_head SET sequence = {last} - 1,
                leaf_hash = (SELECT leaf_hash FROM ledger_entries WHERE sequence = {last} - 1)"),
            last,
            "missing; a checkpoint of",
        ),
        (
            format!(
                "DELETE FROM ledger_entries; DELETE FROM ledger_controls;
                UPDATE ledger_head SET sequence = 0, leaf_hash = '{}'",
                "0".repeat(64)
            ),
            1,
            "missing; a checkpoint of",
        ),
    ] {
        let database = Database::write(&place.database());
        // Only the newest is left, so that there is one to speak of.
        database.tamper(&format!("DELETE FROM ledger_checkpoints WHERE size < {last}; {sql}"));
        drop(database);
        let ended = place.node(&["verify"]).with(1);
        assert!(ended.stdout.starts_with(&format!("first bad sequence: {sequence}: ")), "{sql}: {}", ended.stdout);
        assert!(ended.stdout.contains(reason), "{sql}: {}", ended.stdout);
        fs::write(place.database(), &pristine).expect("written");
    }
    place.verifies();
}

#[test]
fn a_bundle_is_verified_without_the_node() {
    let (place, node, _) = running(ENTRIES);
    assert!(node.stop().success());
    let (key, path) = (key(&place), place.beside("bundle"));
    let file = path.to_str().expect("a path");
    let ended = place.node(&["export", "--bundle", file]).with(0);
    let entries = place.ledger().len();
    assert_eq!(ended.stdout, format!("{entries} entries exported to {file}\n"));
    place.node(&["export", "--bundle", file]).with(3).says(&["exists"]);
    let ended = seac_verify(&key, &path, &[]).with(0);
    assert!(
        ended.stdout.starts_with(&format!("bundle verifies: {entries} entries of cell.local/")),
        "{}",
        ended.stdout
    );

    let text = fs::read_to_string(&path).expect("the bundle");
    let lines: Vec<&str> = text.lines().collect();
    let mut cases: Vec<(String, &str)> = Vec::new();
    let changed = lines[3].replace("alice", "mallory").replace("\\\"allow\\\"", "\\\"permit\\\"");
    assert_ne!(changed, lines[3]);
    cases.push((text.replace(lines[3], &changed), "first bad sequence: 3: its payload does not match its digest"));
    let changed = lines[3].replacen("orders.place_order", "orders.other_order", 1);
    assert_ne!(changed, lines[3]);
    cases
        .push((text.replace(lines[3], &changed), "first bad sequence: 4: it does not follow from the entry before it"));
    cases.push((
        text.replace(&format!("{}\n", lines[3]), ""),
        "first bad sequence: 3: it says that it has another sequence",
    ));
    cases.push((text.replace(&format!("{}\n", lines[entries]), ""), "were signed"));
    cases.push((format!("{text}{}\n", lines[1]), "it says that it has another sequence"));
    cases.push((text.replacen("evidence-bundle/1", "evidence-bundle/2", 1), "this is no bundle"));
    for (changed, reason) in cases {
        fs::write(&path, changed).expect("written");
        seac_verify(&key, &path, &[]).with(1).says(&["does not verify: ", reason]);
    }
    seac_verify(&key, &place.beside("none"), &[]).with(3);
    run(Command::new(verifier()).arg(&path)).with(2).says(&["the log's key is missing"]);
}

#[test]
fn entries_are_found_by_everything_they_are_indexed_by() {
    let (place, node, auditor) = running(ENTRIES);
    let entries = place.ledger();
    let entry = entries.iter().find(|entry| entry["type"] == "orders.placed").expect("an order");
    let text = |name: &str| entry[name].as_str().expect("a text").to_owned();
    let (subject, digest, time) =
        (entry["subject"]["id"].as_str().expect("an id"), text("payload_digest"), text("recorded_at"));
    let sequences = |found: &[Value]| found.iter().map(|entry| entry["sequence"].as_u64()).collect::<Vec<_>>();
    let search = |conditions: &[&str]| -> Vec<Value> {
        let printed = place.node(&[&["ledger", "search"], conditions].concat()).with(0).stdout;
        printed.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect()
    };
    let own = [entry["sequence"].as_u64()];
    assert_eq!(sequences(&search(&["--subject-type", "order", "--subject", subject, "--type", "orders.placed"])), own);
    assert_eq!(sequences(&search(&["--digest", &digest, "--actor", "ann"])), own);
    assert!(search(&["--actor", "nobody"]).is_empty());
    let before = search(&["--until", &time]).len();
    let after = search(&["--from", &time]).len();
    assert_eq!(
        (before + after, before),
        (entries.len(), sequences(&entries).iter().position(|n| *n == own[0]).expect("there"))
    );
    place.node(&["ledger", "search", "--digest", "xyz"]).with(2);

    // Over HTTP a page at a time.
    let (mut found, mut next) = (Vec::new(), Some(0));
    while let Some(after) = next {
        let page = node.get(&format!("/log/search?after={after}&limit=2")).token(&auditor).send().with(200);
        found.extend(page["entries"].as_array().expect("entries").clone());
        next = page["next"].as_u64();
    }
    assert_eq!(sequences(&found), sequences(&entries));
    let query = format!("/log/search?digest={digest}");
    assert_eq!(node.get(&query).token(&auditor).send().with(200)["entries"].as_array().map(Vec::len), Some(1));
    node.get(&query).send().problem(401, "unauthenticated");
    node.get("/log/search?digets=x").token(&auditor).send().problem(422, "invalid_question");
    // What the index says is what the entries say, or it is found out.
    assert!(node.stop().success());
    Database::write(&place.database()).tamper("INSERT INTO ledger_controls VALUES ('ZZ-1', 2)");
    let said = place.node(&["verify"]).with(1).stdout;
    assert!(said.starts_with("first bad sequence: 2: the index of controls differs from the entry"), "{said}");
}

#[test]
fn a_redacted_payload_is_gone_and_everything_else_still_proves_itself() {
    let (place, node, _) = running(2);
    let secret = "nobody-shall-read-this-again";
    let body = format!("{{\"zen\":\"{secret}\"}}");
    let number = node.delivery("gollum", "page-1", body.as_bytes()).send().with(200)["sequence"].clone();
    let sequence = number.to_string();
    node.settle();
    assert!(node.stop().success());
    let (key, before) = (key(&place), place.node(&["ledger", "receipt", &sequence]).with(0).stdout);
    let kept =
        || fs::read(place.database()).expect("the file").windows(secret.len()).any(|part| part == secret.as_bytes());
    assert!(kept());
    let said = place.node(&["ledger", "redact", &sequence, "--reason", "the sender asked for it"]).with(0).stdout;
    assert!(said.starts_with(&format!("{sequence}: redacted, as entry ")), "{said}");
    assert!(!kept(), "not a byte of it is left in the file");
    let entries = place.ledger();
    let (entry, last) = (entries.iter().find(|entry| entry["sequence"] == number), entries.last());
    assert_eq!(entry.expect("the entry stays")["payload"], Value::Null);
    let last = last.expect("an entry");
    assert_eq!(
        (&last["type"], &last["subject"]["id"]),
        (&Value::from("ledger.redacted"), &Value::from(sequence.clone()))
    );
    assert_eq!(last["payload"]["reason"], "the sender asked for it");
    let verified = place.node(&["verify"]).with(0).stdout;
    assert!(verified.contains("\n1 payloads were redacted; their entries and digests stand\n"), "{verified}");
    assert_eq!(
        place.node(&["ledger", "receipt", &sequence]).with(0).stdout,
        before,
        "the receipt is as good as before"
    );
    let bundle = place.beside("bundle");
    place.node(&["export", "--bundle", bundle.to_str().expect("a path")]).with(0);
    let ended = seac_verify(&key, &bundle, &[]).with(0);
    assert!(ended.stdout.contains(&format!("\nwithout their payloads: {sequence}\n")), "{}", ended.stdout);

    let again = place.node(&["ledger", "redact", &sequence, "--reason", "again"]).with(0).stdout;
    assert_eq!(again, format!("{sequence}: was redacted before\n"));
    place.node(&["ledger", "redact", "999", "--reason", "none"]).with(1);
    // Retention: everything up to a time goes, and the ledger still verifies.
    let time = last["recorded_at"].as_str().expect("a time");
    place.node(&["ledger", "redact", "--recorded-before", time, "--reason", "kept long enough"]).with(0);
    let verified = place.node(&["verify"]).with(0).stdout;
    assert!(verified.contains("\n3 payloads were redacted"), "{verified}");
    // A payload that is missing without a word about it is found, and so is a word that nobody said.
    let database = Database::write(&place.database());
    database.tamper("UPDATE ledger_entries SET payload = NULL WHERE type = 'ledger.redacted' AND sequence = (SELECT max(sequence) FROM ledger_entries)");
    let said = place.node(&["verify"]).with(1).stdout;
    assert!(said.contains("its payload is missing"), "{said}");
    database.tamper("INSERT INTO ledger_redactions SELECT max(sequence), 1 FROM ledger_entries");
    let said = place.node(&["verify"]).with(1).stdout;
    assert!(said.contains("it is said to be redacted, but no entry says so"), "{said}");
    for sql in
        ["UPDATE ledger_entries SET actor = 'x', payload = NULL WHERE sequence = 1", "DELETE FROM ledger_redactions"]
    {
        assert!(database.execute(sql).expect_err("refused").contains("append-only"), "{sql}");
    }
}

fn a_redacted_blob(place: Place) {
    let node = place.start();
    let secret = "nobody-shall-read-this-again";
    let body = format!("{{\"zen\":\"{}\"}}", secret.repeat(3000));
    let sequence = node.delivery("gollum", "page-1", body.as_bytes()).send().with(200)["sequence"].to_string();
    node.settle();
    assert!(node.stop().success());
    let (key, before) = (key(&place), place.node(&["ledger", "receipt", &sequence]).with(0).stdout);
    let entries = place.ledger();
    let entry = entries.iter().find(|entry| entry["sequence"].as_u64() == sequence.parse().ok()).expect("the entry");
    let blob = place.blob(entry["payload_digest"].as_str().expect("a digest"));
    assert!(fs::read_to_string(&blob).expect("the blob").contains(secret));
    // Cut off between the entry and the blob: nothing is wrong, and doing it again ends it.
    let redact = || place.command(&["ledger", "redact", &sequence, "--reason", "the sender asked for it"]);
    let killed = redact().env("KERNEL_FAULT", "redaction.recorded").output().expect("it runs");
    assert!(killed.status.code().is_none() && blob.exists(), "{killed:?}");
    let verified = place.node(&["verify"]).with(0).stdout;
    assert!(verified.contains("\n1 payloads were redacted; their entries and digests stand\n"), "{verified}");
    let said = run(&mut redact()).with(0).stdout;
    assert_eq!(said, format!("{sequence}: was redacted before\n"));
    assert!(!blob.exists(), "the blob is gone");
    place.verifies();
    assert_eq!(place.node(&["ledger", "receipt", &sequence]).with(0).stdout, before);
    let bundle = place.beside("bundle");
    place.node(&["export", "--bundle", bundle.to_str().expect("a path")]).with(0);
    let ended = seac_verify(&key, &bundle, &[]).with(0);
    assert!(ended.stdout.contains(&format!("\nwithout their payloads: {sequence}\n")), "{}", ended.stdout);
    // And the node lives on.
    assert!(place.start().stop().success());
}

#[test]
fn a_redacted_payload_that_is_a_blob_is_gone_too() {
    a_redacted_blob(Place::new());
}

#[test]
fn a_redacted_payload_that_is_a_blob_is_gone_too_on_postgres() {
    a_redacted_blob(Place::on_postgres());
}
