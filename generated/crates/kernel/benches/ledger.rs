//! Durable appends beside what the database itself can do with the same durability, in the same run; and verification.
//! With `--features production` on PostgreSQL, too, on a server that flushes each commit.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark")]

use std::hint::black_box;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kernel::blob::{BlobStore, FsBlobs};
use kernel::cell::Cell;
use kernel::config::Config;
use kernel::ledger::{self, LedgerError};
use kernel::store::Store;
use kernel::store::sqlite::{self, Options};
use rusqlite::Connection;
use tokio::runtime::Runtime;

mod entry;
mod raw;

use entry::entry;

/// A migrated, empty store.
fn open(runtime: &Runtime, dir: &Path) -> Store {
    let config = Config { data_dir: dir.to_owned(), ..Config::default() };
    runtime.block_on(async { Cell::new("bench").open(&config).await.unwrap().shutdown().await });
    sqlite::open(dir, &Options::default()).unwrap()
}

async fn append(store: &Store, blobs: &Arc<dyn BlobStore>) {
    let entry = Arc::new(ledger::prepare(&**blobs, entry()).await.unwrap());
    let work = store.transact(move |tx| {
        let entry = Arc::clone(&entry);
        Box::pin(async move { ledger::append_prepared(tx, &entry).await })
    });
    work.await.map_err(|e: LedgerError| e).unwrap();
}

/// `count` appends spread over `clients` tasks.
async fn appends(store: &Store, blobs: &Arc<dyn BlobStore>, clients: u64, count: u64) -> Duration {
    let start = Instant::now();
    let mut tasks = Vec::new();
    for client in 0..clients {
        let (store, blobs) = (store.clone(), Arc::clone(blobs));
        let own = count / clients + u64::from(client < count % clients);
        tasks.push(tokio::spawn(async move {
            for _ in 0..own {
                append(&store, &blobs).await;
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    start.elapsed()
}

/// What the ledger is given, too.
static PAYLOAD: LazyLock<String> = LazyLock::new(|| entry().payload.to_string());

/// `count` inserts by clients that wait for one writer, as those of the ledger do.
async fn raw_inserts(writer: &raw::Writer, clients: u64, count: u64) -> Duration {
    let start = Instant::now();
    let mut tasks = Vec::new();
    for client in 0..clients {
        let writer = writer.clone();
        let own = count / clients + u64::from(client < count % clients);
        tasks.push(tokio::spawn(async move {
            for _ in 0..own {
                writer.write(|connection| raw::insert(connection, &PAYLOAD)).await;
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    start.elapsed()
}

fn raw_batch(connection: &Connection, count: u64) {
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    (0..count).for_each(|_| raw::insert(connection, &PAYLOAD));
    connection.execute_batch("COMMIT").unwrap();
}

fn durable_appends(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("durable append");
    group.throughput(Throughput::Elements(1)).sample_size(20).measurement_time(Duration::from_secs(4));
    for clients in [1, 64, 256] {
        let dir = tempfile::tempdir().unwrap();
        let store = open(&runtime, dir.path());
        let blobs: Arc<dyn BlobStore> = Arc::new(FsBlobs::at(dir.path().join("blobs")));
        group.bench_function(BenchmarkId::new("ledger, clients", clients), |bencher| {
            bencher.iter_custom(|count| runtime.block_on(appends(&store, &blobs, clients, count)));
        });
        runtime.block_on(store.close());
    }
    for clients in [1, 64, 256] {
        let dir = tempfile::tempdir().unwrap();
        let writer = raw::Writer::start(raw::open(dir.path()));
        group.bench_function(BenchmarkId::new("raw rusqlite, clients", clients), |bencher| {
            bencher.iter_custom(|count| runtime.block_on(raw_inserts(&writer, clients, count)));
        });
    }
    for batch in [1, 64, 256] {
        let dir = tempfile::tempdir().unwrap();
        let connection = raw::open(dir.path());
        group.bench_function(BenchmarkId::new("raw rusqlite, batch", batch), |bencher| {
            bencher.iter_custom(|count| {
                let start = Instant::now();
                let mut left = count;
                while left > 0 {
                    raw_batch(&connection, left.min(batch));
                    left -= left.min(batch);
                }
                start.elapsed()
            });
        });
    }
    group.finish();
}

fn verification(criterion: &mut Criterion) {
    const ENTRIES: u64 = 50_000;
    let runtime = Runtime::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let store = open(&runtime, dir.path());
    let blobs: Arc<dyn BlobStore> = Arc::new(FsBlobs::at(dir.path().join("blobs")));
    runtime.block_on(appends(&store, &blobs, 256, ENTRIES));
    let mut group = criterion.benchmark_group("verify");
    group.throughput(Throughput::Elements(ENTRIES)).sample_size(10).measurement_time(Duration::from_secs(5));
    group.bench_function("ledger", |bencher| {
        bencher.iter(|| {
            let report = runtime.block_on(ledger::verify(&store, Arc::clone(&blobs))).unwrap();
            assert!(report.is_good());
            black_box(report)
        });
    });
    group.bench_function("of which PRAGMA integrity_check", |bencher| {
        bencher.iter(|| black_box(runtime.block_on(store.integrity()).unwrap()));
    });
    group.finish();
    runtime.block_on(store.close());
}

#[cfg(feature = "production")]
#[path = "../tests/servers/postgres.rs"]
#[allow(dead_code, reason = "tests use more of it")]
mod server;

#[cfg(feature = "production")]
mod on_postgres {
    use super::*;
    use kernel::config::Layers;
    use kernel::store::postgres;
    use kernel::types::{Timestamp, Uuid};
    use server::Postgres;
    use tokio_postgres::{Client, Config as Address, NoTls, Statement};

    /// The same columns and indexes, without chain, triggers or anything of ours.
    const RAW: &str =
        "CREATE TABLE e (sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id TEXT UNIQUE, source TEXT,
            source_event_id TEXT, type TEXT, actor TEXT, subject_type TEXT, subject_id TEXT, recorded_at TEXT,
            payload_digest TEXT, payload TEXT, previous_hash TEXT, leaf_hash TEXT, UNIQUE (source, source_event_id));
        CREATE INDEX e_type ON e (type, sequence); CREATE INDEX e_actor ON e (actor, sequence);
        CREATE INDEX e_subject ON e (subject_type, subject_id, sequence);
        CREATE INDEX e_digest ON e (payload_digest, sequence); CREATE INDEX e_time ON e (recorded_at, sequence);
        CREATE TABLE c (control TEXT, sequence BIGINT, PRIMARY KEY (control, sequence));
        CREATE INDEX c_sequence ON c (sequence, control);";

    struct Raw {
        client: Client,
        entry: Statement,
        control: Statement,
    }

    impl Raw {
        async fn open(url: &str) -> Self {
            let (client, connection) = url.parse::<Address>().unwrap().connect(NoTls).await.unwrap();
            tokio::spawn(connection);
            let entry =
                "INSERT INTO e (event_id, source, source_event_id, type, actor, subject_type, subject_id, payload,
                previous_hash, leaf_hash, recorded_at, payload_digest)
                VALUES ($1, 'bench', $1, 'orders.placed', 'alice', 'Order', $1, $2, $3, $3, $4, $5) RETURNING sequence";
            let entry = client.prepare(entry).await.unwrap();
            let control = client.prepare("INSERT INTO c VALUES ('CM-3', $1)").await.unwrap();
            Self { client, entry, control }
        }

        async fn transaction(&self, count: u64) {
            let hash = "0".repeat(64);
            self.client.batch_execute("BEGIN").await.unwrap();
            for _ in 0..count {
                let id = Uuid::now_v7().to_string();
                let (now, digest) =
                    (Timestamp::now().to_string(), format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()));
                let row = self.client.query_one(&self.entry, &[&id, &*PAYLOAD, &hash, &now, &digest]).await.unwrap();
                self.client.execute(&self.control, &[&row.get::<_, i64>(0)]).await.unwrap();
            }
            self.client.batch_execute("COMMIT").await.unwrap();
        }
    }

    /// `count` inserts, spread over as many connections as there are clients, each in a transaction of its own.
    async fn apart(clients: &[Arc<Raw>], count: u64) -> Duration {
        let start = Instant::now();
        let tasks = (0..).zip(clients).map(|(number, client)| {
            let (client, all) = (Arc::clone(client), clients.len() as u64);
            let own = count / all + u64::from(number < count % all);
            tokio::spawn(async move {
                for _ in 0..own {
                    client.transaction(1).await;
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        start.elapsed()
    }

    pub fn durable_appends(criterion: &mut Criterion) {
        let runtime = Runtime::new().unwrap();
        let server = Postgres::start_with(&["max_connections=200"]);
        let mut group = criterion.benchmark_group("durable append on postgres");
        group.throughput(Throughput::Elements(1)).sample_size(20).measurement_time(Duration::from_secs(4));
        for clients in [1, 64, 256] {
            let dir = tempfile::tempdir().unwrap();
            let url = server.database(&format!("ledger{clients}"));
            let flags = vec![("database.url".to_owned(), url)];
            let config = Config::load(&Layers { flags, ..Layers::default() }).unwrap();
            let config = Config { data_dir: dir.path().to_owned(), ..config };
            let store = runtime.block_on(async {
                Cell::new("bench").open(&config).await.unwrap().shutdown().await;
                postgres::open(config.database.as_ref().unwrap(), &Default::default()).await.unwrap()
            });
            let blobs: Arc<dyn BlobStore> = Arc::new(FsBlobs::at(dir.path().join("blobs")));
            group.bench_function(BenchmarkId::new("ledger, clients", clients), |bencher| {
                bencher.iter_custom(|count| runtime.block_on(appends(&store, &blobs, clients, count)));
            });
            runtime.block_on(store.close());
        }
        let url = server.database("raw");
        server.run("raw", RAW).unwrap();
        for clients in [1, 64] {
            let opening = (0..clients).map(|_| async { Arc::new(Raw::open(&url).await) });
            let clients: Vec<_> = runtime.block_on(futures_util::future::join_all(opening));
            group.bench_function(BenchmarkId::new("raw tokio-postgres, connections", clients.len()), |bencher| {
                bencher.iter_custom(|count| runtime.block_on(apart(&clients, count)));
            });
        }
        let client = runtime.block_on(Raw::open(&url));
        for batch in [64, 256] {
            group.bench_function(BenchmarkId::new("raw tokio-postgres, batch", batch), |bencher| {
                bencher.iter_custom(|count| {
                    let start = Instant::now();
                    runtime.block_on(async {
                        let mut left = count;
                        while left > 0 {
                            client.transaction(left.min(batch)).await;
                            left -= left.min(batch);
                        }
                    });
                    start.elapsed()
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, durable_appends, verification);
#[cfg(feature = "production")]
criterion_group!(postgres, on_postgres::durable_appends);
#[cfg(feature = "production")]
criterion_main!(benches, postgres);
#[cfg(not(feature = "production"))]
criterion_main!(benches);
