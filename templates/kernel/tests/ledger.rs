//! Tampering: whatever is changed behind the ledger's back is found, and the first bad sequence is named.
#![cfg(feature = "embedded")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kernel::blob::{BlobStore, FsBlobs};
use kernel::ledger::{self, Entry, Filter, NewEntry, Outcome, Report};
use kernel::prelude::*;
use kernel::serde_json::json;
use kernel::store::Store;
use kernel::store::sqlite::{self, Options};
use proptest::prelude::*;

const ENTRIES: u64 = 20;

fn entry(n: u64, text: &str, payload: kernel::serde_json::Value) -> NewEntry {
    NewEntry {
        source: "test".to_owned(),
        source_event_id: Some(format!("event-{n}")),
        event_type: format!("type.{}", n % 3),
        actor: format!("actor {text}"),
        subject: Subject::new("Thing", n),
        action: "do".to_owned(),
        outcome: Outcome::Success,
        occurred_at: Timestamp::from_micros(1_700_000_000_000_000).unwrap(),
        recorded_at: Timestamp::now(),
        context: "tests".to_owned(),
        controls: vec!["CM-3".to_owned(), format!("AC-{n}"), "CM-3".to_owned()],
        correlation_id: n.is_multiple_of(2).then(|| text.to_owned()),
        parser: (n % 2 == 1).then(|| "p/1".to_owned()),
        payload,
    }
}

fn blobs(dir: &Path) -> Arc<dyn BlobStore> {
    Arc::new(FsBlobs::at(dir.join("blobs")))
}

async fn append(store: &Store, blobs: &Arc<dyn BlobStore>, new: NewEntry) -> Appended {
    let blobs = Arc::clone(blobs);
    let appended = store.transact(move |tx| {
        let (blobs, new) = (Arc::clone(&blobs), new.clone());
        Box::pin(async move { ledger::append(tx, &*blobs, new).await })
    });
    appended.await.unwrap()
}

async fn migrated(dir: &Path) -> Store {
    let cell = Cell::new("m");
    let config = kernel::config::Config { data_dir: dir.to_owned(), ..Default::default() };
    cell.open(&config).await.unwrap().shutdown().await;
    sqlite::open(dir, &Options::default()).unwrap()
}

/// A data directory with a ledger whose tenth entry has its payload in a blob.
async fn ledger_of(dir: &Path, entries: u64) {
    let store = migrated(dir).await;
    let blobs = blobs(dir);
    for n in 1..=entries {
        let payload = if n == 10 { json!("x".repeat(70_000)) } else { json!({"n": n}) };
        assert_eq!(append(&store, &blobs, entry(n, "ünï", payload)).await, Appended::New(n));
    }
    store.close().await;
}

async fn verify(dir: &Path) -> Result<Report, String> {
    let store = sqlite::open_read_only(dir).map_err(|e| e.to_string())?;
    let report = ledger::verify(&store, blobs(dir)).await.map_err(|e| e.to_string());
    store.close().await;
    report
}

fn raw(dir: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(dir.join(sqlite::FILE)).unwrap();
    connection.execute_batch(sql).unwrap();
}

/// Removes the guards, changes something, puts the guards back.
fn tamper(dir: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(dir.join(sqlite::FILE)).unwrap();
    let mut triggers = connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").unwrap();
    let triggers: Vec<(String, String)> =
        triggers.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    for (name, _) in &triggers {
        connection.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    connection.execute_batch(sql).unwrap();
    for (_, sql) in &triggers {
        connection.execute_batch(sql).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(file.file_name());
        if file.path().is_dir() {
            copy(&file.path(), &target)
        } else {
            std::fs::copy(file.path(), target).map(drop).unwrap()
        }
    }
}

#[tokio::test]
async fn a_sound_ledger_verifies_and_finds_its_entries() {
    let dir = tempfile::tempdir().unwrap();
    let empty = migrated(dir.path()).await;
    empty.close().await;
    assert_eq!(verify(dir.path()).await.unwrap(), Report { entries: 0, redacted: 0, head: Digest::ZERO, fault: None });
    let dir = tempfile::tempdir().unwrap();
    ledger_of(dir.path(), ENTRIES).await;
    let report = verify(dir.path()).await.unwrap();
    assert_eq!((report.entries, report.fault), (ENTRIES, None));

    let store = sqlite::open(dir.path(), &Options::default()).unwrap();
    let again = append(&store, &blobs(dir.path()), entry(7, "another", json!(null))).await;
    assert_eq!(again, Appended::Duplicate(7));
    assert_eq!(append(&store, &blobs(dir.path()), entry(21, "next", json!(null))).await, Appended::New(21));
    let all = Filter { limit: 1000, ..Filter::default() };
    let sequences = async |filter: Filter| -> Vec<u64> {
        let found = store.read(move |tx| {
            let filter = filter.clone();
            Box::pin(async move { ledger::list(tx, &filter).await })
        });
        found.await.map_err(|e: StoreError| e).unwrap().iter().map(|entry| entry.sequence).collect()
    };
    assert_eq!(sequences(all.clone()).await.len(), 21);
    assert_eq!(sequences(Filter { control: Some("AC-3".to_owned()), ..all.clone() }).await, [3]);
    assert_eq!(
        sequences(Filter { event_type: Some("type.0".to_owned()), after: 9, ..all.clone() }).await,
        [12, 15, 18, 21]
    );
    assert_eq!(
        sequences(Filter { subject_type: Some("Thing".to_owned()), subject_id: Some("4".to_owned()), ..all.clone() })
            .await,
        [4]
    );
    assert_eq!(sequences(Filter { actor: Some("actor next".to_owned()), ..all.clone() }).await, [21]);
    assert!(sequences(Filter { outcome: Some(Outcome::Denied), ..all.clone() }).await.is_empty());
    assert_eq!(sequences(Filter { limit: 2, ..all }).await, [1, 2]);
    store.close().await;
}

#[tokio::test]
async fn the_database_refuses_to_rewrite_the_ledger() {
    let dir = tempfile::tempdir().unwrap();
    ledger_of(dir.path(), 3).await;
    let store = sqlite::open(dir.path(), &Options::default()).unwrap();
    let copy_of = |sequence: &str, previous: &str| {
        format!(
            "INSERT OR REPLACE INTO ledger_entries SELECT {sequence}, event_id, source, source_event_id, type, actor, subject_type,
             subject_id, action, outcome, occurred_at, recorded_at, context, controls, correlation_id, parser, payload_digest,
             payload_location, payload_size, payload, {previous}, leaf_hash FROM ledger_entries WHERE sequence = 2"
        )
    };
    for sql in [
        "UPDATE ledger_entries SET actor = 'x' WHERE sequence = 1".to_owned(),
        "DELETE FROM ledger_entries".to_owned(),
        "UPDATE ledger_controls SET control = 'x'".to_owned(),
        "DELETE FROM ledger_controls".to_owned(),
        "INSERT INTO ledger_controls VALUES ('AC-1', 2)".to_owned(),
        "UPDATE ledger_head SET sequence = 2".to_owned(),
        "UPDATE ledger_head SET sequence = 4".to_owned(),
        "DELETE FROM ledger_head".to_owned(),
        copy_of("2", "previous_hash"),
        copy_of("9", "previous_hash"),
        // In the right place with the right link, but in place of another: the delete trigger catches it.
        copy_of("4", "(SELECT leaf_hash FROM ledger_head)"),
    ] {
        let statement = sql.clone();
        let result = store.transact(move |tx| {
            let sql = statement.clone();
            Box::pin(async move { tx.execute(&sql, &[]).await })
        });
        let result = result.await;
        assert!(matches!(result, Err(StoreError::Refused(_))), "{sql}: {result:?}");
    }
    store.close().await;
    assert!(verify(dir.path()).await.unwrap().is_good());
}

#[tokio::test]
async fn every_changed_column_is_found() {
    let master = tempfile::tempdir().unwrap();
    ledger_of(master.path(), ENTRIES).await;
    let text = |column: &str| format!("UPDATE ledger_entries SET {column} = {column} || 'x' WHERE sequence = 7");
    let mut cases: Vec<(String, Option<u64>)> = Vec::new();
    for column in [
        "event_id",
        "source",
        "source_event_id",
        "type",
        "actor",
        "subject_type",
        "subject_id",
        "action",
        "outcome",
        "occurred_at",
        "recorded_at",
        "context",
        "controls",
        "parser",
        "payload_digest",
        "payload",
        "previous_hash",
        "leaf_hash",
    ] {
        cases.push((text(column), Some(7)));
    }
    let more: [(&str, Option<u64>); 21] = [
        ("UPDATE ledger_entries SET correlation_id = 'x' WHERE sequence = 8", Some(8)),
        ("UPDATE ledger_entries SET correlation_id = NULL WHERE sequence = 8", Some(8)),
        ("UPDATE ledger_entries SET parser = NULL WHERE sequence = 7", Some(7)),
        ("UPDATE ledger_entries SET payload = NULL WHERE sequence = 7", Some(7)),
        ("UPDATE ledger_entries SET payload_size = 1 WHERE sequence = 7", Some(7)),
        ("UPDATE ledger_entries SET payload_location = 'blob', payload = NULL WHERE sequence = 7", Some(7)),
        // Another spelling of the same value is another byte, too.
        ("UPDATE ledger_entries SET event_id = upper(event_id) WHERE sequence = 7", Some(7)),
        ("UPDATE ledger_entries SET occurred_at = replace(occurred_at, 'Z', '+00:00') WHERE sequence = 7", Some(7)),
        ("UPDATE ledger_entries SET controls = replace(controls, ',', ', ') WHERE sequence = 7", Some(7)),
        ("UPDATE ledger_controls SET control = 'XX-1' WHERE sequence = 7 AND control = 'AC-7'", Some(7)),
        ("DELETE FROM ledger_controls WHERE sequence = 7", Some(7)),
        ("INSERT INTO ledger_controls VALUES ('ZZ-9', 7)", Some(7)),
        ("INSERT INTO ledger_controls VALUES ('ZZ-9', 99)", Some(21)),
        ("DELETE FROM ledger_entries WHERE sequence = 7", Some(7)),
        ("DELETE FROM ledger_entries WHERE sequence > 12; DELETE FROM ledger_controls WHERE sequence > 12", Some(13)),
        ("DELETE FROM ledger_entries; DELETE FROM ledger_controls", Some(1)),
        ("UPDATE ledger_entries SET sequence = -5 WHERE sequence = 7", Some(1)),
        ("UPDATE ledger_entries SET sequence = 99 WHERE sequence = 7; UPDATE ledger_entries SET sequence = 7 WHERE sequence = 8;
          UPDATE ledger_entries SET sequence = 8 WHERE sequence = 99", Some(7)),
        ("UPDATE ledger_head SET sequence = 19", Some(20)),
        ("UPDATE ledger_head SET sequence = 25", Some(21)),
        ("UPDATE ledger_head SET leaf_hash = iif(leaf_hash LIKE 'a%', 'b', 'a') || substr(leaf_hash, 2)", Some(21)),
    ];
    cases.extend(more.map(|(sql, sequence)| (sql.to_owned(), sequence)));
    for (sql, sequence) in cases {
        let dir = tempfile::tempdir().unwrap();
        copy(master.path(), dir.path());
        tamper(dir.path(), &sql);
        let report = verify(dir.path()).await.unwrap();
        let fault = report.fault.unwrap_or_else(|| panic!("not found: {sql}"));
        assert_eq!(fault.sequence, sequence, "{sql}: {}", fault.reason);
        assert!(report.entries + 1 >= sequence.unwrap(), "{sql}");
    }
}

#[tokio::test]
async fn missing_guards_and_damaged_blobs_are_found() {
    let master = tempfile::tempdir().unwrap();
    ledger_of(master.path(), ENTRIES).await;
    for sql in [
        "DROP TRIGGER ledger_entries_no_update",
        "DROP INDEX ledger_entries_by_actor",
        "CREATE TRIGGER sly AFTER INSERT ON ledger_entries BEGIN DELETE FROM ledger_controls; END",
    ] {
        let dir = tempfile::tempdir().unwrap();
        copy(master.path(), dir.path());
        raw(dir.path(), sql);
        let fault = verify(dir.path()).await.unwrap().fault.unwrap_or_else(|| panic!("not found: {sql}"));
        assert_eq!(fault.sequence, None, "{sql}: {}", fault.reason);
    }
    for change in ["flip", "cut", "remove"] {
        let dir = tempfile::tempdir().unwrap();
        copy(master.path(), dir.path());
        let path = only_blob(&dir.path().join("blobs"));
        let mut bytes = std::fs::read(&path).unwrap();
        match change {
            "flip" => bytes[500] ^= 1,
            "cut" => bytes.truncate(500),
            _ => std::fs::remove_file(&path).unwrap(),
        }
        if change != "remove" {
            std::fs::write(&path, bytes).unwrap();
        }
        let fault = verify(dir.path()).await.unwrap().fault.unwrap_or_else(|| panic!("not found: {change}"));
        assert_eq!(fault.sequence, Some(10), "{change}: {}", fault.reason);
    }
}

fn only_blob(dir: &Path) -> PathBuf {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() { open.push(entry.path()) } else { found.push(entry.path()) }
        }
    }
    found.retain(|path| !path.ends_with("blobs.lock"));
    assert_eq!(found.len(), 1);
    found.remove(0)
}

/// Everything the ledger means, read with plain SQL; an error is part of the meaning.
fn contents(dir: &Path) -> Result<Vec<String>, rusqlite::Error> {
    let connection = rusqlite::Connection::open(dir.join(sqlite::FILE))?;
    let mut lines = Vec::new();
    for sql in [
        "SELECT * FROM ledger_entries NOT INDEXED ORDER BY sequence",
        "SELECT * FROM ledger_controls ORDER BY control, sequence",
        "SELECT sequence, control FROM ledger_controls INDEXED BY ledger_controls_by_sequence ORDER BY sequence, control",
        "SELECT type, sequence FROM ledger_entries INDEXED BY ledger_entries_by_type ORDER BY type, sequence",
        "SELECT actor, sequence FROM ledger_entries INDEXED BY ledger_entries_by_actor ORDER BY actor, sequence",
        "SELECT subject_type, subject_id, sequence FROM ledger_entries INDEXED BY ledger_entries_by_subject ORDER BY 1, 2, 3",
        "SELECT * FROM ledger_head",
        "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE tbl_name LIKE 'ledger%' ORDER BY name",
    ] {
        let mut statement = connection.prepare(sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let values: Result<Vec<_>, _> = (0..columns)
                .map(|i| row.get_ref(i).map(|v| format!("{:?}", rusqlite::types::Value::try_from(v))))
                .collect();
            lines.push(values?.join("|"));
        }
    }
    Ok(lines)
}

/// A byte flipped anywhere in the file: verification finds it, or the ledger still says exactly the same. It never panics.
#[tokio::test]
async fn a_byte_flipped_anywhere_in_the_file() {
    let master = tempfile::tempdir().unwrap();
    ledger_of(master.path(), ENTRIES).await;
    let file = std::fs::read(master.path().join(sqlite::FILE)).unwrap();
    let before = contents(master.path()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    copy(master.path(), dir.path());
    let target = dir.path().join(sqlite::FILE);
    let (mut found, mut harmless) = (0, 0);
    // A stride that is prime to the page size, so that all kinds of offsets come up; the bit moves along as well.
    for (round, offset) in (0..file.len()).step_by(97).enumerate() {
        let mut bytes = file.clone();
        bytes[offset] ^= 1 << (round % 8);
        std::fs::write(&target, &bytes).unwrap();
        match verify(dir.path()).await {
            Ok(report) if report.is_good() => {
                let after = contents(dir.path()).unwrap_or_default();
                let changed = after.iter().find(|line| !before.contains(line));
                assert!(after == before, "offset {offset} was missed: {changed:?}");
                harmless += 1;
            }
            _ => found += 1,
        }
        for suffix in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(dir.path().join(format!("{}{suffix}", sqlite::FILE)));
        }
    }
    println!("{found} flips found, {harmless} in unused space");
    assert!(found > 100);
}

/// An entry is written before it has a place; the place is put in where the canonical form has it.
#[tokio::test]
async fn texts_that_look_like_members_do_not_move_an_entrys_place() {
    let dir = tempfile::tempdir().unwrap();
    let store = migrated(dir.path()).await;
    for (n, text) in
        [",\"previous_hash\":\"", ",\"sequence\":", ",", "\\\",\"sequence\":0", "previous_hash"].iter().enumerate()
    {
        append(&store, &blobs(dir.path()), entry(n as u64 + 1, text, json!(text))).await;
    }
    let all = store.read(|tx| Box::pin(async move { ledger::list(tx, &Filter::default()).await }));
    let all: Vec<Entry> = all.await.map_err(|e: StoreError| e).unwrap();
    assert_eq!(all.len(), 5);
    for entry in &all {
        assert_eq!(entry.compute_leaf_hash().unwrap(), entry.leaf_hash);
    }
    store.close().await;
    assert!(verify(dir.path()).await.unwrap().is_good());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is appended comes back, and its canonical bytes are RFC 8785's of its own JSON.
    #[test]
    fn entries_round_trip_and_are_canonical(texts in proptest::collection::vec("\\PC{0,12}|[\\x00-\\x7f]{0,8}", 1..6)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let dir = tempfile::tempdir().unwrap();
            let store = migrated(dir.path()).await;
            for (n, text) in texts.iter().enumerate() {
                let new = entry(n as u64 + 1, text, json!({"text": text}));
                append(&store, &blobs(dir.path()), new).await;
            }
            let all = store.read(|tx| Box::pin(async move { ledger::list(tx, &Filter::default()).await }));
            let all: Vec<Entry> = all.await.map_err(|e: StoreError| e).unwrap();
            for (entry, text) in all.iter().zip(&texts) {
                assert_eq!(entry.actor, format!("actor {text}"));
                let mut json = entry.to_json().unwrap();
                assert_eq!(json["payload"]["text"], **text);
                json.as_object_mut().unwrap().retain(|key, _| key != "payload" && key != "leaf_hash");
                assert_eq!(kernel::canonical::to_vec(&json).unwrap(), entry.canonical_bytes().unwrap());
                assert_eq!(Digest::leaf(&entry.canonical_bytes().unwrap()), entry.leaf_hash);
            }
            store.close().await;
            assert!(verify(dir.path()).await.unwrap().is_good());
        });
    }
}
