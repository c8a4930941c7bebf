//! What the ledger is measured beside: the same columns and indexes in SQLite with the same durability, without chain,
//! triggers or anything of ours.

use std::path::Path;
use std::sync::mpsc;

use kernel::types::{Timestamp, Uuid};
use rusqlite::Connection;
use tokio::sync::oneshot;

pub fn open(dir: &Path) -> Connection {
    let connection = Connection::open(dir.join("raw.db")).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
             CREATE TABLE e (sequence INTEGER PRIMARY KEY, event_id TEXT UNIQUE, source TEXT, source_event_id TEXT, type TEXT,
                actor TEXT, subject_type TEXT, subject_id TEXT, recorded_at TEXT, payload_digest TEXT, payload TEXT, previous_hash TEXT, leaf_hash TEXT,
                UNIQUE (source, source_event_id)) STRICT;
             CREATE INDEX e_type ON e (type, sequence); CREATE INDEX e_actor ON e (actor, sequence);
             CREATE INDEX e_subject ON e (subject_type, subject_id, sequence);
             CREATE INDEX e_digest ON e (payload_digest, sequence); CREATE INDEX e_time ON e (recorded_at, sequence);
             CREATE TABLE c (control TEXT, sequence INTEGER, PRIMARY KEY (control, sequence)) STRICT, WITHOUT ROWID;
             CREATE INDEX c_sequence ON c (sequence, control);",
        )
        .unwrap();
    connection.set_prepared_statement_cache_capacity(256);
    connection
}

pub fn insert(connection: &Connection, payload: &str) {
    let sql = "INSERT INTO e (event_id, source, source_event_id, type, actor, subject_type, subject_id, recorded_at,
        payload_digest, payload, previous_hash, leaf_hash)
        VALUES (?1, 'bench', ?1, 'orders.placed', 'alice', 'Order', ?1, ?4, ?5, ?2, ?3, ?3)";
    let (id, hash) = (Uuid::now_v7().to_string(), "0".repeat(64));
    // As random as a digest is.
    let digest = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let values = (&id, payload, &hash, Timestamp::now().to_string(), &digest);
    connection.prepare_cached(sql).unwrap().execute(values).unwrap();
    let control = "INSERT INTO c VALUES ('CM-3', ?1)";
    connection.prepare_cached(control).unwrap().execute([connection.last_insert_rowid()]).unwrap();
}

/// Work for the writer, and where its client waits for the commit.
type Work = (Box<dyn FnOnce(&Connection) + Send>, oneshot::Sender<()>);

/// A thread that writes for many clients and commits what has come together, as one would write it by hand.
#[derive(Clone)]
pub struct Writer(mpsc::Sender<Work>);

impl Writer {
    pub fn start(connection: Connection) -> Self {
        let (sender, receiver) = mpsc::channel::<Work>();
        std::thread::spawn(move || {
            while let Ok((work, done)) = receiver.recv() {
                connection.execute_batch("BEGIN IMMEDIATE").unwrap();
                work(&connection);
                let mut waiting = vec![done];
                while waiting.len() < 256
                    && let Ok((work, done)) = receiver.try_recv()
                {
                    work(&connection);
                    waiting.push(done);
                }
                connection.execute_batch("COMMIT").unwrap();
                waiting.into_iter().for_each(|done| done.send(()).unwrap_or_default());
            }
        });
        Self(sender)
    }

    /// Returns once it is durable.
    pub async fn write(&self, work: impl FnOnce(&Connection) + Send + 'static) {
        let (done, committed) = oneshot::channel();
        self.0.send((Box::new(work), done)).unwrap();
        committed.await.unwrap();
    }
}
