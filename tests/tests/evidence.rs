//! Evidence is kept whole or not at all, nobody rewrites it, and who does so all the same is found out.

use std::collections::BTreeSet;
use std::fs;

use seac_tests::database::Database;
use seac_tests::files;
use seac_tests::node::{Node, Place};
use seac_tests::orders::{evidence, order};
use serde_json::{Value, json};
use uuid::Uuid;

/// A stopped node's place with entries of several kinds in its ledger; one of them has this correlation id.
const MARKED: &str = "marked-correlation-id";
const MARKED_SEQUENCE: u64 = 4;

fn stopped() -> Place {
    let place = Place::new();
    let node = place.start();
    let (ann, carl) = (place.token("ann", &["orders.Customer"]), place.token("carl", &["evidence.Collector"]));
    for n in 1..=3 {
        node.place(&ann, &order(Uuid::new_v4(), &format!("order {n}"))).send().with(200);
    }
    let marked = node.collect(&carl, &evidence("scanner", "e-1", b"what was seen")).header("X-Correlation-Id", MARKED);
    assert_eq!(marked.send().with(200)["sequence"], MARKED_SEQUENCE);
    node.place(&carl, &order(Uuid::new_v4(), "denied")).send().problem(403, "not_a_customer");
    node.delivery("gollum", "page-1", b"{\"zen\":\"x\"}").send().with(200);
    for n in 4..=6 {
        node.place(&ann, &order(Uuid::new_v4(), &format!("order {n}"))).send().with(200);
    }
    node.settle();
    assert!(node.stop().success());
    place.verifies();
    place
}

#[track_caller]
fn first_bad(place: &Place, sequence: u64, reason: &str) {
    let ended = place.node(&["verify"]).with(1);
    let expected = format!("first bad sequence: {sequence}: ");
    assert!(ended.stdout.starts_with(&expected), "{expected:?} is not the beginning of {:?}", ended.stdout);
    assert!(ended.stdout.contains(reason), "no {reason:?} in {:?}", ended.stdout);
}

fn collector() -> (Place, Node, String) {
    let place = Place::new();
    let node = place.start();
    let carl = place.token("carl", &["evidence.Collector"]);
    (place, node, carl)
}

// covers: SDS-003/CollectEvidence
#[test]
fn collected_evidence_is_bytes_artifact_entry_and_event_together() {
    let (place, node, carl) = collector();
    let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    let answer = node.collect(&carl, &evidence("scanner", "e-1", &bytes)).send();
    let collected = answer.with(200);
    assert_eq!(collected["sequence"], answer.sequence());
    let digest = collected["digest"].as_str().expect("a digest");
    assert_eq!(digest, files::sha256(&bytes));
    assert_eq!(fs::read(place.blob(digest)).expect("the bytes are kept under their digest"), bytes);

    let database = Database::read(&place.database());
    let artifact = database.rows("SELECT artifact_id, digest, source, collected_by FROM evidence_evidence_artifact");
    let artifact_id = collected["artifact_id"].as_str().expect("an id");
    assert_eq!(artifact, [[artifact_id, digest, "scanner", "carl"]]);
    let ledger = place.ledger();
    assert_eq!(ledger.len(), 1);
    let entry = &ledger[0];
    assert_eq!(
        (&entry["type"], &entry["source"]),
        (&json!("evidence.collected"), &json!("evidence.CollectEvidence/scanner"))
    );
    assert_eq!((&entry["sequence"], &entry["source_event_id"]), (&collected["sequence"], &json!("e-1")));
    assert_eq!(entry["subject"], json!({"type": "evidence_artifact", "id": artifact_id}));
    assert_eq!(entry["payload"]["data"]["digest"], digest);
    assert_eq!(entry["payload"]["decision"]["outcome"], "allow");
    // One transaction wrote one row into the outbox; the relay may have taken it away already, but its number stays.
    assert_eq!(database.value("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'"), "1");
    node.settle();
    assert_eq!(database.value("SELECT count(*) FROM dead_letters"), "0");
}

#[test]
fn until_the_transaction_is_committed_nothing_but_the_bytes_is_kept() {
    let (place, mut node, carl) = collector();
    node.settle();
    // While somebody else writes, the node cannot commit.
    let database = Database::write(&place.database());
    database.execute("BEGIN IMMEDIATE").expect("a transaction");
    let address = node.address;
    let call = node.collect(&carl, &evidence("scanner", "e-1", b"bytes"));
    let waiting = std::thread::spawn(move || call.try_send());
    // The bytes come first, so when they are there the rest waits for the database.
    let blob = place.blob(&files::sha256(b"bytes"));
    seac_tests::eventually("the bytes are stored", || blob.exists().then_some(()));
    let count = |table: &str| database.value(&format!("SELECT count(*) FROM {table}"));
    for table in ["evidence_evidence_artifact", "ledger_entries", "outbox", "idempotency_records"] {
        assert_eq!(count(table), "0", "{table}");
    }
    node.kill();
    assert!(waiting.join().expect("no panic").is_err(), "nothing was acknowledged by {address}");
    database.execute("ROLLBACK").expect("an end");
    for table in ["evidence_evidence_artifact", "ledger_entries", "outbox", "idempotency_records"] {
        assert_eq!(count(table), "0", "{table}");
    }
    let node = place.start();
    node.collect(&carl, &evidence("scanner", "e-1", b"bytes")).send().with(200);
    place.verifies();
}

// covers: SDS-003/CollectEvidence/source_event_reused, SDS-003/CollectEvidence/evidence_already_held
// covers: SDS-003/CollectEvidence/evidence_from_the_future
#[test]
fn the_same_evidence_twice_is_one_artifact_and_a_changed_one_is_a_conflict() {
    let (place, node, carl) = collector();
    let first = node.collect(&carl, &evidence("scanner", "e-1", b"one")).send();
    first.with(200);
    let again = node.collect(&carl, &evidence("scanner", "e-1", b"one")).send();
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &first.body));
    node.collect(&carl, &evidence("scanner", "e-1", b"two")).send().problem(409, "source_event_reused");
    node.collect(&carl, &evidence("scanner", "e-2", b"one")).send().problem(409, "evidence_already_held");
    let mut future = evidence("scanner", "e-3", b"three");
    future["occurred_at"] = json!("2999-01-01T00:00:00Z");
    node.collect(&carl, &future).send().problem(403, "evidence_from_the_future");
    let ledger = place.ledger();
    let of_type = |kind: &str| ledger.iter().filter(|entry| entry["type"] == kind).count();
    assert_eq!((of_type("evidence.collected"), of_type("operation.rejected"), of_type("operation.denied")), (1, 2, 1));
    let database = Database::read(&place.database());
    assert_eq!(database.value("SELECT count(*) FROM evidence_evidence_artifact"), "1");
    place.verifies();
}

#[test]
fn the_database_itself_refuses_to_change_or_remove_what_is_in_the_ledger() {
    let place = stopped();
    let before = files::tree(&place.data());
    let database = Database::write(&place.database());
    let row = "(sequence, event_id, source, source_event_id, type, actor, subject_type, subject_id, action, outcome, \
        occurred_at, recorded_at, context, controls, payload_digest, payload_location, payload_size, previous_hash, leaf_hash)";
    let values = |sequence: &str| {
        format!(
            "VALUES ({sequence}, 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', '[]', 'x', 'inline', 0, 'x', 'x')"
        )
    };
    let insert = format!("INSERT INTO ledger_entries {row} {}", values("100"));
    let replace = format!("REPLACE INTO ledger_entries {row} {}", values("1"));
    for (sql, words) in [
        ("UPDATE ledger_entries SET actor = 'mallory' WHERE sequence = 1", "append-only"),
        ("UPDATE ledger_entries SET sequence = 100 WHERE sequence = 1", "append-only"),
        ("DELETE FROM ledger_entries", "append-only"),
        ("DELETE FROM ledger_entries WHERE sequence = 9", "append-only"),
        (&insert, "only grows at its head"),
        (&replace, ""),
        ("INSERT INTO ledger_controls VALUES ('AC-1', 1)", "only grows at its head"),
        ("UPDATE ledger_head SET sequence = 1", "only moves to the next entry"),
        ("DELETE FROM ledger_head", "append-only"),
    ] {
        let refused = database.execute(sql).expect_err(sql);
        assert!(refused.contains(words), "{sql}: {refused}");
    }
    drop(database);
    files::assert_same(&before, &files::tree(&place.data()));
    place.verifies();
}

#[test]
fn one_byte_changed_in_the_database_file_is_found_and_its_sequence_named() {
    let place = stopped();
    let pristine = fs::read(place.database()).expect("the file");
    let mut flipped = BTreeSet::new();
    for column in ["actor", "correlation_id", "recorded_at", "payload_digest", "payload", "previous_hash", "leaf_hash"]
    {
        let select = format!("SELECT {column} FROM ledger_entries WHERE sequence = {MARKED_SEQUENCE}");
        let value = Database::read(&place.database()).value(&select);
        // The value may stand at several places, in indexes or in space that is no longer used. The one is meant that
        // changes the row.
        for at in files::occurrences(&pristine, value.as_bytes()) {
            let mut bytes = pristine.clone();
            bytes[at + value.len() / 2] ^= 1;
            fs::write(place.database(), &bytes).expect("written");
            let now = Database::read(&place.database()).try_rows(&select);
            if now.is_ok_and(|rows| rows.first().is_some_and(|row| row[0] != value)) {
                first_bad(&place, MARKED_SEQUENCE, "");
                flipped.insert(column);
            }
        }
        fs::write(place.database(), &pristine).expect("written");
    }
    assert_eq!(flipped.len(), 7, "each column was changed once: {flipped:?}");
    place.verifies();
}

#[test]
fn a_changed_entry_is_found_although_the_guards_stand_again() {
    let place = stopped();
    for (sql, reason) in [
        ("UPDATE ledger_entries SET outcome = 'failure' WHERE sequence = 4", "its values do not give its leaf hash"),
        ("UPDATE ledger_entries SET actor = 'mallory' WHERE sequence = 4", "its values do not give its leaf hash"),
        (
            "UPDATE ledger_entries SET payload = replace(payload, 'carl', 'karl') WHERE sequence = 4",
            "its payload does not match its digest",
        ),
        ("UPDATE ledger_entries SET payload = NULL WHERE sequence = 4", "its payload is missing"),
        ("DELETE FROM ledger_entries WHERE sequence = 4", "missing; the next entry is 5"),
        ("INSERT INTO ledger_controls VALUES ('AC-1', 4)", "the index of controls differs"),
    ] {
        let pristine = fs::read(place.database()).expect("the file");
        Database::write(&place.database()).tamper(sql);
        first_bad(&place, 4, reason);
        fs::write(place.database(), pristine).expect("written");
        place.verifies();
    }
}

#[test]
fn a_truncated_tail_is_found() {
    let place = stopped();
    let last: u64 =
        Database::read(&place.database()).value("SELECT max(sequence) FROM ledger_entries").parse().expect("a number");
    Database::write(&place.database()).tamper(&format!("DELETE FROM ledger_entries WHERE sequence > {}", last - 2));
    first_bad(&place, last - 1, &format!("missing; the head row says there are {last} entries"));
}

#[test]
fn swapped_entries_are_found() {
    let place = stopped();
    Database::write(&place.database()).tamper(
        "UPDATE ledger_entries SET sequence = 1000 WHERE sequence = 2;
         UPDATE ledger_entries SET sequence = 2 WHERE sequence = 3;
         UPDATE ledger_entries SET sequence = 3 WHERE sequence = 1000",
    );
    first_bad(&place, 2, "does not follow from the entry before it");
}

#[test]
fn removed_guards_are_found() {
    let place = stopped();
    Database::write(&place.database()).execute("DROP TRIGGER ledger_entries_no_update").expect("dropped");
    let ended = place.node(&["verify"]).with(1);
    let expected =
        "the ledger does not verify: the trigger ledger_entries_no_update has been removed from the schema\n";
    assert_eq!(ended.stdout, expected);
}

#[test]
fn a_corrupt_header_is_the_outside_world_failing_for_every_command() {
    let place = stopped();
    let mut bytes = fs::read(place.database()).expect("the file");
    bytes[..16].copy_from_slice(b"not a database!!");
    fs::write(place.database(), &bytes).expect("written");
    for args in [&["verify"][..], &["ledger"], &["migrate"], &["serve", "--listen", "127.0.0.1:0"]] {
        let ended = place.node(args).with(3);
        assert_eq!(ended.stdout, "", "{args:?}");
        for part in ["error: the database is corrupt: ", "cell.db", "not a database"] {
            assert!(ended.stderr.contains(part), "{args:?}: no {part:?} in {}", ended.stderr);
        }
    }
    assert_eq!(
        fs::read(place.database()).expect("the file"),
        bytes,
        "a damaged file is left as it is, for the experts"
    );
}

// covers: SDS-003/FindEvidence
#[test]
fn the_ledger_is_verified_beside_a_running_node() {
    let (place, node, carl) = collector();
    for n in 0..20 {
        node.collect(&carl, &evidence("scanner", &n.to_string(), &[n])).send().with(200);
        if n % 5 == 0 {
            place.verifies();
        }
    }
    let found: Value = node.get("/evidence/find-evidence").token(&carl).send().with(200);
    assert_eq!(found["artifacts"].as_array().map(Vec::len), Some(20));
    place.verifies();
}

// covers: SDS-003/FindEvidence
#[test]
fn pages_of_evidence_are_the_sorted_whole_and_a_cursor_is_good_for_its_own_list() {
    let (_place, node, carl) = collector();
    let sources = ["b", "a", "c", "a", "b", "a", "c"];
    for (n, source) in (0u8..).zip(sources) {
        node.collect(&carl, &evidence(source, &n.to_string(), &[n])).send().with(200);
    }
    let ask = |query: &str| node.get(&format!("/evidence/find-evidence?{query}")).token(&carl).send();
    let ids = |page: &Value| -> Vec<(Value, Value)> {
        let rows = page["artifacts"].as_array().expect("rows").iter();
        rows.map(|row| (row["source"].clone(), row["artifact_id"].clone())).collect()
    };
    let whole = ids(&ask("sort=-source").with(200));
    assert_eq!(whole.iter().map(|(source, _)| source).collect::<Vec<_>>(), ["c", "c", "b", "b", "a", "a", "a"]);
    assert!(whole.is_sorted_by(|a, b| (a.0.as_str(), a.1.as_str()) > (b.0.as_str(), b.1.as_str())));
    let mut first = None;
    for limit in 1..=8 {
        let (mut paged, mut after) = (Vec::new(), String::new());
        loop {
            let page = ask(&format!("sort=-source&limit={limit}{after}")).with(200);
            paged.extend(ids(&page));
            let Some(next) = page["next"].as_str() else { break };
            first.get_or_insert_with(|| next.to_owned());
            after = format!("&after={next}");
        }
        assert_eq!(paged, whole, "{limit}");
    }
    let cursor = first.expect("several pages");
    ask(&format!("sort=-source&source=a&after={cursor}")).problem(400, "invalid_cursor");
    ask(&format!("sort=source&after={cursor}")).problem(400, "invalid_cursor");
    ask(&format!("after={cursor}")).problem(400, "invalid_cursor");
    ask(&format!("sort=-source&after={}", &cursor[1..])).problem(400, "invalid_cursor");
    ask("after=00000000-0000-0000-0000-000000000000").problem(400, "invalid_cursor");
    for question in ["sort=digest", "sort=--source", "sort=", "limit=0", "limit=201", "limit=-1"] {
        ask(question).problem(422, "invalid_question");
    }
}

// covers: SDS-003/CollectEvidence/not_a_collector, SDS-003/FindEvidence/not_a_reader
#[test]
fn only_collectors_submit_evidence_and_only_they_and_auditors_look_for_it() {
    let (place, node, carl) = collector();
    let stranger = place.token("ann", &["orders.Customer"]);
    node.collect(&stranger, &evidence("scanner", "e-1", b"one")).send().problem(403, "not_a_collector");
    node.get("/evidence/find-evidence").token(&stranger).send().problem(403, "not_a_reader");
    let auditor = place.token("eve", &["governance.Auditor"]);
    node.collect(&auditor, &evidence("scanner", "e-1", b"one")).send().problem(403, "not_a_collector");
    for reader in [&carl, &auditor] {
        let found = node.get("/evidence/find-evidence").token(reader).send().with(200);
        assert_eq!(found["artifacts"], json!([]));
    }
    // Who was denied left nothing behind but the denials.
    assert!(!place.blob(&files::sha256(b"one")).exists());
    let denied = |entry: &&Value| entry["type"] == "operation.denied";
    assert_eq!(place.ledger().iter().filter(denied).count(), 3);
}

// covers: SDS-003/CollectEvidence/invalid_evidence, SDS-003/FindEvidence/invalid_question
#[test]
fn evidence_and_questions_that_are_not_valid_are_refused() {
    let (place, node, carl) = collector();
    let mut unknown_kind = evidence("scanner", "e-1", b"one");
    unknown_kind["kind"] = json!("rumour");
    node.collect(&carl, &unknown_kind).send().problem(422, "invalid_evidence");
    let too_long = evidence(&"s".repeat(201), "e-2", b"two");
    node.collect(&carl, &too_long).send().problem(422, "invalid_evidence");
    node.get("/evidence/find-evidence?digest=no-digest").token(&carl).send().problem(422, "invalid_question");
    assert!(![b"one", b"two"].iter().any(|bytes| place.blob(&files::sha256(*bytes)).exists()));
    place.verifies();
}

// covers: SDS-003/CollectEvidence/evidence_store_unavailable
#[test]
fn evidence_whose_bytes_cannot_be_stored_is_not_acknowledged() {
    let (place, node, carl) = collector();
    let blob = place.blob(&files::sha256(b"one"));
    let blobs = &place.data().join("blobs");
    // A file where the store has its folder: nothing can be written there, not even by root.
    if blobs.exists() {
        fs::remove_dir_all(blobs).expect("removed");
    }
    fs::write(blobs, "in the way").expect("a file");
    node.collect(&carl, &evidence("scanner", "e-1", b"one")).send().problem(503, "evidence_store_unavailable");
    let database = Database::read(&place.database());
    assert_eq!(database.value("SELECT count(*) FROM evidence_evidence_artifact"), "0");
    // The same call succeeds as soon as there is a store again.
    fs::remove_file(blobs).expect("removed");
    node.collect(&carl, &evidence("scanner", "e-1", b"one")).send().with(200);
    assert_eq!(fs::read(&blob).expect("the bytes"), b"one");
    place.verifies();
}
