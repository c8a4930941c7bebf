//! What only the SQLite adapter does; the rest is in the contract of all stores.
#![cfg(feature = "embedded")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::time::Duration;

use kernel::prelude::*;
use kernel::store::sqlite::{self, Options};
use kernel::store::{Dialect, Store};

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
async fn nobody_leaves_the_connection_otherwise_than_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    for sql in ["PRAGMA synchronous=OFF", "ATTACH 'x' AS y", "VACUUM"] {
        let result = statement(&store, sql).await;
        assert!(matches!(result, Err(StoreError::Misuse(_))), "{sql}: {result:?}");
    }
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
