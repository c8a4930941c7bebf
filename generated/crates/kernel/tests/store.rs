//! The SQLite adapter: group commit, isolation of jobs, typed errors, migrations, the lock.
#![cfg(feature = "embedded")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::time::Duration;

use kernel::prelude::*;
use kernel::store::sqlite::{self, Options};
use kernel::store::{self, Dialect, Store, TableCheck};

async fn open(dir: &Path) -> Store {
    let store = sqlite::open(dir, &Options::default()).unwrap();
    store
        .transact(|tx| {
            Box::pin(async move {
                let sql =
                    "CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY, b TEXT NOT NULL CHECK (b <> ''), UNIQUE (b))";
                tx.execute(sql, &[]).await
            })
        })
        .await
        .map_err(|e: StoreError| e)
        .unwrap();
    store
}

async fn insert(store: &Store, a: i64, b: &str, fail: bool) -> Result<i64, StoreError> {
    let values = [Value::Int(a), Value::Text(b.to_owned())];
    store
        .transact(move |tx| {
            let values = values.clone();
            Box::pin(async move {
                assert_eq!(tx.dialect(), Dialect::Sqlite);
                tx.execute("INSERT INTO t (a, b) VALUES ($1, $2)", &values).await?;
                if fail { Err(StoreError::Misuse("on purpose".to_owned())) } else { a_of(&values) }
            })
        })
        .await
}

fn a_of(values: &[Value; 2]) -> Result<i64, StoreError> {
    i64::from_value(&values[0]).map_err(|e| StoreError::Misuse(e.to_string()))
}

async fn count(store: &Store) -> i64 {
    let rows = store.read(|tx| Box::pin(async move { tx.query("SELECT count(*) FROM t", &[]).await }));
    rows.await.map_err(|e: StoreError| e).unwrap()[0].at(0).unwrap()
}

#[tokio::test]
async fn one_failing_job_in_a_batch_takes_nobody_along() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let jobs = (0..200i64).map(|a| {
        let store = store.clone();
        async move { insert(&store, a, &a.to_string(), a % 3 == 0).await }
    });
    let results = futures_util::future::join_all(jobs).await;
    for (a, result) in results.iter().enumerate() {
        assert_eq!(result.is_err(), a % 3 == 0, "{a}: {result:?}");
    }
    assert_eq!(count(&store).await, 133);
    store.close().await;
}

async fn statement(store: &Store, sql: &'static str) -> Result<u64, StoreError> {
    store.transact(move |tx| Box::pin(async move { tx.execute(sql, &[]).await })).await
}

/// Holds the writer up, so that what comes next waits together and shares a batch with this.
async fn slow(store: &Store) -> Result<(), StoreError> {
    let work = store.transact(|_| {
        std::thread::sleep(Duration::from_millis(100));
        Box::pin(async { Ok(()) })
    });
    work.await
}

#[tokio::test]
async fn when_the_commit_fails_nobody_hears_of_success() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    let child = "CREATE TABLE child (a INTEGER REFERENCES t (a) DEFERRABLE INITIALLY DEFERRED)";
    statement(&store, child).await.unwrap();
    for bad in ["INSERT INTO child VALUES (99)", "INSERT OR ROLLBACK INTO t VALUES (0, 'taken')"] {
        insert(&store, 0, "0", false).await.ok();
        let (slow, one, bad, two) = tokio::join!(
            slow(&store),
            insert(&store, 1, "x", false),
            statement(&store, bad),
            insert(&store, 2, "y", true)
        );
        assert!(matches!(slow, Err(StoreError::BatchLost(_))), "{slow:?}");
        assert!(matches!(one, Err(StoreError::BatchLost(_))), "{one:?}");
        assert!(matches!(bad, Err(StoreError::BatchLost(_))), "{bad:?}");
        // A job that comes after the batch was given up runs in a batch of its own.
        assert!(matches!(two, Err(StoreError::BatchLost(_) | StoreError::Misuse(_))), "{two:?}");
        assert_eq!(count(&store).await, 1);
    }
    assert_eq!(insert(&store, 3, "z", false).await, Ok(3));
    store.close().await;
}

#[tokio::test]
async fn a_panic_or_an_abandoned_caller_harms_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
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
    insert(&store, 4, "w", false).await.unwrap();
    assert!(matches!(count(&store).await, 2 | 3));
    store.close().await;
    assert_eq!(insert(&store, 5, "v", false).await, Err(StoreError::Closed));
}

#[tokio::test]
async fn errors_are_typed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    insert(&store, 1, "x", false).await.unwrap();
    let unique = |column: &str| Err(StoreError::Unique { table: "t".to_owned(), columns: vec![column.to_owned()] });
    assert_eq!(insert(&store, 1, "y", false).await, unique("a"));
    assert_eq!(insert(&store, 2, "x", false).await, unique("b"));
    assert!(matches!(insert(&store, 2, "", false).await, Err(StoreError::Constraint(_))));
    for sql in ["COMMIT", " rollback", "PRAGMA synchronous=OFF", "ATTACH 'x' AS y", "SELECT $2", "SELEC 1"] {
        let result = store.transact(move |tx| Box::pin(async move { tx.execute(sql, &[Value::Int(1)]).await })).await;
        assert!(matches!(result, Err(StoreError::Misuse(_))), "{sql}: {result:?}");
    }
    let write = store.read(|tx| Box::pin(async move { tx.execute("DELETE FROM t", &[]).await })).await;
    assert!(matches!(write, Err(StoreError::ReadOnly)), "{write:?}");
    assert_eq!(count(&store).await, 1);
    store.close().await;
}

#[tokio::test]
async fn a_data_directory_belongs_to_one_node() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path()).await;
    let Err(second) = sqlite::open(dir.path(), &Options::default()) else { panic!("opened twice") };
    assert!(matches!(second, StoreError::Locked { .. }));
    assert!(second.to_string().contains("in use by another node"), "{second}");
    // Readers may look on.
    let reader = sqlite::open_read_only(dir.path()).unwrap();
    assert_eq!(count(&reader).await, 0);
    assert_eq!(insert(&reader, 1, "x", false).await, Err(StoreError::ReadOnly));
    first.close().await;
    open(dir.path()).await.close().await;
}

#[tokio::test]
async fn what_is_not_a_database_is_said_to_be_none() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(sqlite::open_read_only(dir.path()), Err(StoreError::Io(_))));
    std::fs::write(dir.path().join("cell.db"), b"this is not a database at all, but a text file of some length")
        .unwrap();
    let Err(error) = sqlite::open(dir.path(), &Options::default()) else { panic!("opened") };
    assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    assert!(error.to_string().contains("cell.db"), "{error}");
}

const ONE: Migration = Migration {
    context: "c",
    number: 1,
    name: "one",
    sql: "CREATE TABLE one (x TEXT) STRICT",
    checks: &[],
    released: true,
};
const TWO: Migration = Migration {
    context: "c",
    number: 2,
    name: "two",
    sql: "CREATE TABLE two (x TEXT) STRICT",
    checks: &[],
    released: true,
};

#[tokio::test]
async fn a_migration_that_asks_for_more_looks_at_every_row_first() {
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
    const SHORTER: Migration = Migration { number: 3, name: "check", sql: "", checks: &[SHORT], ..ONE };
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    store::migrate(&store, &[ONE]).await.unwrap();
    let insert = |text: String| {
        store.transact(move |tx| {
            let values = [text.to_value()];
            Box::pin(async move { tx.execute("INSERT INTO one (x) VALUES ($1)", &values).await })
        })
    };
    // More than one page, the last row of them all is the wrong one.
    for n in 0..1200 {
        insert(format!("{n:04}")).await.map_err(|e: StoreError| e).unwrap();
    }
    insert("too long".to_owned()).await.map_err(|e: StoreError| e).unwrap();
    let error = store::migrate(&store, &[ONE, TWO, SHORTER]).await.unwrap_err().to_string();
    assert!(error.contains("a row of \"one\"") && error.contains("at most 4 characters"), "{error}");
    let pending = store::plan(&store, &[ONE, TWO, SHORTER]).await.unwrap();
    let pending: Vec<_> = pending.iter().map(|planned| planned.pending).collect();
    assert_eq!(pending, [false, true, true], "the one before it is undone, too");
    let mend =
        store.transact(|tx| Box::pin(async move { tx.execute("DELETE FROM one WHERE length(x) > 4", &[]).await }));
    assert_eq!(mend.await.map_err(|e: StoreError| e).unwrap(), 1);
    assert_eq!(store::migrate(&store, &[ONE, TWO, SHORTER]).await.unwrap().len(), 2);
    store.close().await;
}

#[tokio::test]
async fn migrations_run_once_and_never_change() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    for (migrations, applied) in [(&[ONE][..], &["one"][..]), (&[ONE, TWO], &["two"]), (&[ONE, TWO], &[])] {
        let names: Vec<_> = store::migrate(&store, migrations).await.unwrap().iter().map(|m| m.name).collect();
        assert_eq!(names, applied);
    }
    let changed = Migration { sql: "CREATE TABLE one (y TEXT) STRICT", ..ONE };
    let broken = Migration {
        number: 3,
        name: "three",
        sql: "CREATE TABLE three (x TEXT); INSERT INTO nowhere VALUES (1)",
        ..ONE
    };
    let sql = "CREATE TABLE three (x TEXT REFERENCES one (x) DEFERRABLE  INITIALLY\n deferred)";
    let deferred = Migration { number: 3, name: "three", sql, ..ONE };
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
    let plan = store::plan(&store, &[ONE, TWO, Migration { sql: "SELECT 1", ..broken }]).await.unwrap();
    assert_eq!(plan.iter().map(|planned| planned.pending).collect::<Vec<_>>(), [false, false, true]);
    // The broken one left nothing behind.
    let gone = store.read(|tx| Box::pin(async move { tx.query("SELECT * FROM three", &[]).await })).await;
    assert!(matches!(gone, Err(StoreError::Misuse(_))));
    store.close().await;
}
