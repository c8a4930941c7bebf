//! What every store keeps to: one suite, run on SQLite and, where it is built in, on a real PostgreSQL.
#![cfg(feature = "embedded")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[cfg(feature = "production")]
#[path = "servers/postgres.rs"]
#[allow(dead_code, reason = "every test binary uses another part of it")]
mod postgres;
mod toy;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join_all};
use kernel::blob::FsBlobs;
use kernel::config::Config;
use kernel::ledger::{self, LedgerError, NewEntry};
use kernel::prelude::*;
use kernel::store::sqlite;
use kernel::store::{self, Dialect, Store, TableCheck};

/// A place that is empty, for one store after the other.
struct Place {
    dir: tempfile::TempDir,
    config: Config,
}

impl Place {
    async fn open(&self) -> Store {
        match &self.config.database {
            #[cfg(feature = "production")]
            Some(database) => kernel::store::postgres::open(database, &Default::default()).await.unwrap(),
            _ => {
                let statement_timeout = self.config.statement_timeout;
                let options = sqlite::Options { statement_timeout, ..Default::default() };
                sqlite::open(&self.config.data_dir, &options).unwrap()
            }
        }
    }

    async fn open_read_only(&self) -> Store {
        match &self.config.database {
            #[cfg(feature = "production")]
            Some(database) => kernel::store::postgres::open_read_only(database).await.unwrap(),
            _ => sqlite::open_read_only(&self.config.data_dir).unwrap(),
        }
    }

    fn blobs(&self) -> Arc<FsBlobs> {
        Arc::new(FsBlobs::at(self.dir.path().join("blobs")))
    }
}

type Case = fn(Place) -> BoxFuture<'static, ()>;

const CASES: [(&str, Case); 12] = [
    ("one failing job in a batch takes nobody along", |place| one_failing_job(place).boxed()),
    ("a panic or an abandoned caller harms nobody", |place| panics(place).boxed()),
    ("a commit that fails is everybody's failure", |place| failing_commit(place).boxed()),
    ("a job cannot go on after a failed statement", |place| going_on(place).boxed()),
    ("errors are typed", |place| typed_errors(place).boxed()),
    ("values come back as they went in, and sort by their bytes", |place| values(place).boxed()),
    ("a read sees one snapshot", |place| snapshot(place).boxed()),
    ("a statement that takes too long is given up, and only it", |place| long_statements(place).boxed()),
    ("migrations run once and never change", |place| migrations(place).boxed()),
    ("a migration that asks for more looks at every row first", |place| checks(place).boxed()),
    ("nobody rewrites the ledger", |place| guards(place).boxed()),
    ("the ledger has no gaps, whoever appends", |place| appends(place).boxed()),
];

async fn keep_contract(mut place: impl FnMut(usize) -> Place) {
    for (number, (name, case)) in CASES.into_iter().enumerate() {
        eprintln!("{name}");
        case(place(number)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_keeps_the_contract() {
    keep_contract(|_| {
        let dir = tempfile::tempdir().unwrap();
        Place { config: toy::config(dir.path()), dir }
    })
    .await;
}

#[cfg(feature = "production")]
#[tokio::test(flavor = "multi_thread")]
async fn postgres_keeps_the_contract() {
    let server = postgres::Postgres::start();
    keep_contract(|number| {
        let dir = tempfile::tempdir().unwrap();
        let config = toy::on_postgres(dir.path(), &server.database(&format!("contract{number}")));
        Place { config, dir }
    })
    .await;
}

async fn statement(store: &Store, sql: &'static str) -> Result<u64, StoreError> {
    store.transact(move |tx| Box::pin(async move { tx.execute(sql, &[]).await })).await
}

async fn table(place: &Place) -> Store {
    let store = place.open().await;
    let sql = "CREATE TABLE t (a BIGINT PRIMARY KEY, b TEXT NOT NULL CHECK (b <> ''), UNIQUE (b))";
    statement(&store, sql).await.unwrap();
    store
}

async fn insert(store: &Store, a: i64, b: &str, fail: bool) -> Result<i64, StoreError> {
    let values = [Value::Int(a), Value::Text(b.to_owned())];
    store
        .transact(move |tx| {
            let values = values.clone();
            Box::pin(async move {
                tx.execute("INSERT INTO t (a, b) VALUES ($1, $2)", &values).await?;
                if fail { Err(StoreError::Misuse("on purpose".to_owned())) } else { Ok(a) }
            })
        })
        .await
}

async fn count(store: &Store) -> i64 {
    let rows = store.read(|tx| Box::pin(async move { tx.query("SELECT count(*) FROM t", &[]).await }));
    rows.await.map_err(|e: StoreError| e).unwrap()[0].at(0).unwrap()
}

async fn one_failing_job(place: Place) {
    let store = table(&place).await;
    let jobs = (0..200i64).map(|a| {
        let store = store.clone();
        async move { insert(&store, a, &a.to_string(), a % 3 == 0).await }
    });
    for (a, result) in join_all(jobs).await.iter().enumerate() {
        assert_eq!(result.is_err(), a % 3 == 0, "{a}: {result:?}");
    }
    assert_eq!(count(&store).await, 133);
    store.close().await;
}

async fn panics(place: Place) {
    let store = table(&place).await;
    let panicking = store.transact(|tx| {
        Box::pin(async move {
            tx.execute("INSERT INTO t (a, b) VALUES (1, 'x')", &[]).await?;
            if true { panic!("on purpose") } else { Ok::<(), StoreError>(()) }
        })
    });
    let (panicked, kept) = tokio::join!(panicking, insert(&store, 2, "y", false));
    assert_eq!((panicked, kept), (Err(StoreError::Panicked), Ok(2)));
    // Whoever stops waiting does not stop the job: it is whole or not at all.
    let _ = tokio::time::timeout(Duration::ZERO, insert(&store, 3, "z", false)).await;
    let looking = store.read(|tx| Box::pin(async move { tx.query("SELECT * FROM t", &[]).await }));
    let _: Result<Result<_, StoreError>, _> = tokio::time::timeout(Duration::ZERO, looking).await;
    insert(&store, 4, "w", false).await.unwrap();
    assert!(matches!(count(&store).await, 2 | 3));
    store.close().await;
    assert_eq!(insert(&store, 5, "v", false).await, Err(StoreError::Closed));
}

/// Holds the writer up, so that what comes next waits together and shares a batch with this.
async fn slow(store: &Store) -> Result<(), StoreError> {
    let work = store.transact(|_| {
        std::thread::sleep(Duration::from_millis(100));
        Box::pin(async { Ok(()) })
    });
    work.await
}

async fn failing_commit(place: Place) {
    let store = table(&place).await;
    let child = "CREATE TABLE child (a BIGINT REFERENCES t (a) DEFERRABLE INITIALLY DEFERRED)";
    statement(&store, child).await.unwrap();
    let (slow, one, bad, two) = tokio::join!(
        slow(&store),
        insert(&store, 1, "x", false),
        statement(&store, "INSERT INTO child VALUES (99)"),
        insert(&store, 2, "y", true)
    );
    for lost in [slow, one.map(drop), bad.map(drop), two.map(drop)] {
        assert!(matches!(lost, Err(StoreError::BatchLost(_))), "{lost:?}");
    }
    assert_eq!(count(&store).await, 0);
    assert_eq!(insert(&store, 3, "z", false).await, Ok(3));
    store.close().await;
}

async fn going_on(place: Place) {
    let store = table(&place).await;
    insert(&store, 1, "x", false).await.unwrap();
    let result = store.transact(|tx| {
        Box::pin(async move {
            tx.execute("INSERT INTO t (a, b) VALUES (2, 'y')", &[]).await?;
            let _ = tx.execute("INSERT INTO t (a, b) VALUES (3, 'x')", &[]).await;
            let _ = tx.execute("INSERT INTO t (a, b) VALUES (4, 'z')", &[]).await;
            Ok::<(), StoreError>(())
        })
    });
    assert!(matches!(result.await, Err(StoreError::Unique { .. })));
    assert_eq!(count(&store).await, 1);
    store.close().await;
}

async fn typed_errors(place: Place) {
    let store = table(&place).await;
    insert(&store, 1, "x", false).await.unwrap();
    let unique = |column: &str| Err(StoreError::Unique { table: "t".to_owned(), columns: vec![column.to_owned()] });
    assert_eq!(insert(&store, 1, "y", false).await, unique("a"));
    assert_eq!(insert(&store, 2, "x", false).await, unique("b"));
    statement(&store, "CREATE TABLE two (\"a b\" TEXT, c TEXT, UNIQUE (\"a b\", c))").await.unwrap();
    let twice = "INSERT INTO two VALUES ('k', ')=(')";
    statement(&store, twice).await.unwrap();
    let columns = vec!["a b".to_owned(), "c".to_owned()];
    assert_eq!(statement(&store, twice).await, Err(StoreError::Unique { table: "two".to_owned(), columns }));
    assert!(matches!(insert(&store, 2, "", false).await, Err(StoreError::Constraint(_))));
    for sql in ["COMMIT", " rollback", "SAVEPOINT x", "SELECT $2", "SELEC 1", "SELECT nothing FROM nowhere"] {
        let result = store.transact(move |tx| Box::pin(async move { tx.execute(sql, &[Value::Int(1)]).await })).await;
        assert!(matches!(result, Err(StoreError::Misuse(_))), "{sql}: {result:?}");
    }
    let write = store.read(|tx| Box::pin(async move { tx.execute("DELETE FROM t", &[]).await })).await;
    assert!(matches!(write, Err(StoreError::ReadOnly)), "{write:?}");
    let reader = place.open_read_only().await;
    assert_eq!(insert(&reader, 7, "x", false).await, Err(StoreError::ReadOnly));
    assert_eq!((count(&reader).await, count(&store).await), (1, 1));
    reader.close().await;
    store.close().await;
}

async fn values(place: Place) {
    let store = place.open().await;
    let dialect = store.read(|tx| Box::pin(async move { Ok::<_, StoreError>(tx.dialect()) })).await.unwrap();
    let sql = match dialect {
        Dialect::Sqlite => "CREATE TABLE v (n INTEGER PRIMARY KEY, i INTEGER, t TEXT, b BLOB) STRICT",
        Dialect::Postgres => "CREATE TABLE v (n BIGINT PRIMARY KEY, i BIGINT, t TEXT, b BYTEA)",
    };
    statement(&store, sql).await.unwrap();
    let texts = ["", "'; DROP TABLE v; --", "B", "a", "a b", "aa", "z", "é", "\u{ffff}", "\u{1f980}"];
    let rows: Vec<[Value; 4]> = (0..)
        .zip(texts)
        .map(|(n, text)| {
            let number = [i64::MIN, -1, 0, 1, i64::MAX][usize::try_from(n % 5).unwrap()];
            let bytes = if n == 3 { Value::Null } else { Value::Bytes(vec![0, 255, b'\'']) };
            [Value::Int(n), Value::Int(number), Value::Text(text.to_owned()), bytes]
        })
        .collect();
    let wanted = rows.clone();
    let put = store.transact(move |tx| {
        let rows = rows.clone();
        Box::pin(async move {
            for row in &rows {
                tx.execute("INSERT INTO v (b, i, n, t) VALUES ($4, $2, $1, $3)", row).await?;
            }
            Ok::<(), StoreError>(())
        })
    });
    put.await.unwrap();
    let sql = "SELECT n, i, t, b FROM v ORDER BY t";
    let found = store.read(move |tx| Box::pin(async move { tx.query(sql, &[]).await })).await;
    let found = found.map_err(|e: StoreError| e).unwrap();
    let mut sorted = wanted;
    sorted.sort_by_key(|row| row[2].text().unwrap().as_bytes().to_vec());
    for (row, wanted) in found.iter().zip(&sorted) {
        let row: Vec<_> = (0..4).map(|index| row.value(index).unwrap().clone()).collect();
        assert_eq!(row, wanted);
    }
    assert_eq!(found.len(), texts.len());
    let sql = "SELECT sum(n), count(b), min(t), TRUE, NULL FROM v WHERE t >= $1 OR n = $2";
    let values = [Value::Text(String::new()), Value::Int(0), Value::Text("more than is asked for".to_owned())];
    let row = store.read(move |tx| {
        let values = values.clone();
        Box::pin(async move { tx.query_opt(sql, &values).await })
    });
    let row = row.await.map_err(|e: StoreError| e).unwrap().unwrap();
    assert_eq!((row.at(0), row.at(1), row.at(2)), (Ok(45i64), Ok(9i64), Ok(String::new())));
    assert_eq!((row.at(3), row.at::<Option<i64>>(4)), (Ok(true), Ok(None)));
    store.close().await;
}

async fn long_statements(mut place: Place) {
    const ENDLESS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i % 7 + 1 FROM n) SELECT count(*) FROM n";
    let limit = Duration::from_secs(1);
    place.config.statement_timeout = limit;
    if let Some(database) = &mut place.config.database {
        database.statement_timeout = limit;
    }
    let store = table(&place).await;
    let begun = std::time::Instant::now();
    let read = store.read(|tx| Box::pin(async move { tx.query(ENDLESS, &[]).await.map(drop) }));
    let written = store.transact(|tx| Box::pin(async move { tx.query(ENDLESS, &[]).await.map(drop) }));
    let (read, written): (Result<(), StoreError>, Result<(), StoreError>) = tokio::join!(read, written);
    assert_eq!((read, written), (Err(StoreError::Busy), Err(StoreError::Busy)));
    assert!(begun.elapsed() >= limit && begun.elapsed() < limit * 8, "{:?}", begun.elapsed());
    assert_eq!(insert(&store, 1, "one", false).await, Ok(1));
    assert_eq!(count(&store).await, 1);
    // Each statement has the whole time, however long the transaction has been.
    let patient = store.transact(|tx| {
        Box::pin(async move {
            std::thread::sleep(Duration::from_millis(1200));
            tx.execute("INSERT INTO t (a, b) VALUES (2, 'two')", &[]).await
        })
    });
    assert_eq!(patient.await, Ok::<_, StoreError>(1));
    store.close().await;
}

async fn snapshot(place: Place) {
    let store = table(&place).await;
    let (began, beginning) = tokio::sync::oneshot::channel::<()>();
    let (written, writing) = tokio::sync::oneshot::channel::<()>();
    let mut channels = Some((began, writing));
    let looking = store.read(move |tx| {
        let channels = channels.take();
        Box::pin(async move {
            let sql = "SELECT count(*) FROM t";
            let before: i64 = tx.query(sql, &[]).await?[0].at(0)?;
            let (began, writing) = channels.ok_or(StoreError::Stalled)?;
            began.send(()).unwrap();
            writing.await.unwrap();
            let after: i64 = tx.query(sql, &[]).await?[0].at(0)?;
            Ok::<_, StoreError>((before, after))
        })
    });
    let writing = async {
        beginning.await.unwrap();
        insert(&store, 1, "x", false).await.unwrap();
        written.send(()).unwrap();
    };
    let (seen, ()) = tokio::join!(looking, writing);
    assert_eq!(seen, Ok((0, 0)));
    assert_eq!(count(&store).await, 1);
    store.close().await;
}

const ONE: Migration = Migration {
    context: "c",
    number: 1,
    name: "one",
    sqlite: "CREATE TABLE one (x TEXT) STRICT",
    postgres: "CREATE TABLE one (x TEXT)",
    checks: &[],
    released: true,
};
const TWO: Migration = Migration {
    number: 2,
    name: "two",
    sqlite: "CREATE TABLE two (x TEXT) STRICT",
    postgres: "CREATE TABLE two (x TEXT)",
    ..ONE
};

const fn three(sql: &'static str) -> Migration {
    Migration { number: 3, name: "three", sqlite: sql, postgres: sql, ..ONE }
}

async fn migrations(place: Place) {
    let store = place.open().await;
    for (migrations, applied) in [(&[ONE][..], &["one"][..]), (&[ONE, TWO], &["two"]), (&[ONE, TWO], &[])] {
        let names: Vec<_> = store::migrate(&store, migrations).await.unwrap().iter().map(|m| m.name).collect();
        assert_eq!(names, applied);
    }
    let text = "CREATE TABLE one (y TEXT)";
    let changed = Migration { sqlite: text, postgres: text, ..ONE };
    let broken = three("CREATE TABLE three (x TEXT); INSERT INTO nowhere VALUES (1)");
    let deferred = three("CREATE TABLE three (x TEXT REFERENCES one (x) DEFERRABLE  INITIALLY\n deferred)");
    for (migrations, part) in [
        (vec![changed, TWO], "changed after it had been applied"),
        (vec![ONE], "newer build"),
        (vec![ONE, TWO, deferred], "a deferred constraint"),
        (vec![TWO], "expected number 1"),
        (vec![ONE, TWO, broken], "nowhere"),
    ] {
        let error = store::migrate(&store, &migrations).await.unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    let plan = store::plan(&store, &[ONE, TWO, three("SELECT 1")]).await.unwrap();
    assert_eq!(plan.iter().map(|planned| planned.pending).collect::<Vec<_>>(), [false, false, true]);
    // The broken one left nothing behind.
    let gone = store.read(|tx| Box::pin(async move { tx.query("SELECT * FROM three", &[]).await })).await;
    assert!(matches!(gone, Err(StoreError::Misuse(_))), "{gone:?}");
    store.close().await;
}

async fn checks(place: Place) {
    const SHORT: TableCheck = TableCheck {
        table: "\"one\"",
        key: "\"x\"",
        columns: "\"x\"",
        holds: |row| match row.get::<String>("x") {
            Ok(text) if text.len() <= 4 => Ok(()),
            Ok(_) => Err("/x: at most 4 characters".to_owned()),
            Err(error) => Err(error.to_string()),
        },
    };
    const SHORTER: Migration = Migration { checks: &[SHORT], ..three("") };
    let store = place.open().await;
    store::migrate(&store, &[ONE]).await.unwrap();
    // More than one page, the last row of them all is the wrong one.
    let fill = store.transact(|tx| {
        Box::pin(async move {
            for n in 0..1200 {
                tx.execute("INSERT INTO one (x) VALUES ($1)", &[format!("{n:04}").to_value()]).await?;
            }
            tx.execute("INSERT INTO one (x) VALUES ('too long')", &[]).await
        })
    });
    fill.await.map_err(|e: StoreError| e).unwrap();
    let error = store::migrate(&store, &[ONE, TWO, SHORTER]).await.unwrap_err().to_string();
    assert!(error.contains("a row of \"one\"") && error.contains("at most 4 characters"), "{error}");
    let pending = store::plan(&store, &[ONE, TWO, SHORTER]).await.unwrap();
    let pending: Vec<_> = pending.iter().map(|planned| planned.pending).collect();
    assert_eq!(pending, [false, true, true], "the one before it is undone, too");
    assert_eq!(statement(&store, "DELETE FROM one WHERE length(x) > 4").await, Ok(1));
    assert_eq!(store::migrate(&store, &[ONE, TWO, SHORTER]).await.unwrap().len(), 2);
    store.close().await;
}

async fn append(store: &Store, place: &Place, source: &str, id: String, size: usize) -> Result<Appended, LedgerError> {
    let (blobs, new) = (place.blobs(), entry(source, id, size));
    let work = store.transact(move |tx| {
        let (blobs, new) = (Arc::clone(&blobs), new.clone());
        Box::pin(async move { ledger::append(tx, &*blobs, new).await })
    });
    work.await
}

fn entry(source: &str, id: String, size: usize) -> NewEntry {
    let now = Timestamp::now();
    NewEntry {
        source: source.to_owned(),
        source_event_id: Some(id),
        event_type: "tested".to_owned(),
        actor: "ann".to_owned(),
        subject: Subject::new("Thing", "1"),
        action: "test".to_owned(),
        outcome: Outcome::Success,
        occurred_at: now,
        recorded_at: now,
        context: "test".to_owned(),
        controls: vec!["CM-3".to_owned(), "AC-6".to_owned()],
        correlation_id: None,
        parser: None,
        payload: kernel::serde_json::json!({"text": "x".repeat(size)}),
    }
}

async fn guards(place: Place) {
    toy::cell(toy::Seen::default()).open(&place.config).await.unwrap().shutdown().await;
    let store = place.open().await;
    append(&store, &place, "s", "1".to_owned(), 10).await.unwrap();
    for sql in [
        "UPDATE ledger_entries SET actor = 'mallory'",
        "DELETE FROM ledger_entries",
        "UPDATE ledger_controls SET control = 'x'",
        "DELETE FROM ledger_controls",
        "INSERT INTO ledger_controls (control, sequence) VALUES ('x', 1)",
        "UPDATE ledger_head SET sequence = 0",
        "UPDATE ledger_head SET sequence = 2",
        "DELETE FROM ledger_head",
    ] {
        let refused = statement(&store, sql).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{sql}: {refused:?}");
    }
    assert_eq!(store.integrity().await, Ok(vec![]));
    assert!(ledger::verify(&store, place.blobs()).await.unwrap().is_good());
    store.close().await;
}

async fn appends(place: Place) {
    toy::cell(toy::Seen::default()).open(&place.config).await.unwrap().shutdown().await;
    let store = place.open().await;
    let tasks = (0..64usize).map(|n| {
        let (store, place) = (store.clone(), &place);
        // Some are there already, some are too large for a row.
        async move { append(&store, place, "s", (n % 60).to_string(), if n == 7 { 100_000 } else { n }).await.unwrap() }
    });
    let appended = join_all(tasks).await;
    let new = appended.iter().filter(|appended| !appended.is_duplicate()).count();
    let mut sequences: Vec<_> = appended.iter().map(|appended| appended.sequence()).collect();
    sequences.sort_unstable();
    sequences.dedup();
    assert_eq!((new, sequences), (60, (1..=60).collect()));
    let report = ledger::verify(&store, place.blobs()).await.unwrap();
    assert!(report.is_good() && report.entries == 60, "{report:?}");
    store.close().await;
}
