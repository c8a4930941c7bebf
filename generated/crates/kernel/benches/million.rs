//! A ledger of 1,000,000 entries on SQLite: how long one durable append takes, full verification, receipts, memory.
//!
//! `cargo bench --package kernel --bench million`; another number of entries after `--`.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use kernel::cell::{Cell, Node};
use kernel::config::Config;
use kernel::ledger::{self, LedgerError};
use kernel::store::StoreError;

mod entry;
mod memory;

use entry::entry;
use memory::memory;

async fn append(node: &Node, count: usize) {
    let mut entries = Vec::with_capacity(count);
    for _ in 0..count {
        entries.push(ledger::prepare(&*node.services().blobs, entry()).await.unwrap());
    }
    let entries = Arc::new(entries);
    let work = node.services().store.transact(move |tx| {
        let entries = Arc::clone(&entries);
        Box::pin(async move {
            for entry in entries.iter() {
                ledger::append_prepared(tx, entry).await?;
            }
            Ok(())
        })
    });
    work.await.map_err(|e: LedgerError| e).unwrap();
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let (half, most, longest) = (times[times.len() / 2], times[times.len() * 99 / 100], times[times.len() - 1]);
    println!("{what}: median {half:?}, p99 {most:?}, longest {longest:?} of {}", times.len());
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let entries: u64 = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    let dir = tempfile::tempdir().unwrap();
    let config = Config { data_dir: dir.path().to_owned(), ..Config::default() };
    let node = Cell::new("bench").open(&config).await.unwrap();
    println!("memory of an idle node: {} MB", memory());

    let mut times = Vec::new();
    for _ in 0..2000 {
        let start = Instant::now();
        append(&node, 1).await;
        times.push(start.elapsed());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    report("one durable append", times);

    let start = Instant::now();
    let mut there = 2000;
    while there < entries {
        append(&node, 500).await;
        there += 500;
    }
    println!(
        "{there} entries by one client, 500 to a transaction: {:.0}/s",
        there as f64 / start.elapsed().as_secs_f64()
    );
    let signed = async || {
        let latest = node.services().store.read(|tx| Box::pin(async move { ledger::latest(tx).await }));
        latest.await.map_err(|e: StoreError| e).unwrap().map_or(0, |checkpoint| checkpoint.size)
    };
    while signed().await < there {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    println!("memory with {there} entries: {} MB", memory());

    let mut times = Vec::new();
    for number in 0..2000 {
        let sequence = 1 + number * 7919 % there;
        let start = Instant::now();
        let receipt =
            node.services().store.read(move |tx| Box::pin(async move { ledger::receipt(tx, sequence).await }));
        assert!(receipt.await.map_err(|e: LedgerError| e).unwrap().is_some());
        times.push(start.elapsed());
    }
    report("one receipt", times);

    let store = &node.services().store;
    let start = Instant::now();
    let verified = ledger::verify(store, Arc::clone(&node.services().blobs)).await.unwrap();
    assert_eq!((verified.entries, verified.fault), (there, None));
    println!("verification: {:.0} entries/s", there as f64 / start.elapsed().as_secs_f64());
    let start = Instant::now();
    assert!(store.integrity().await.unwrap().is_empty());
    println!("SQLite's own check alone: {:.0} entries/s", there as f64 / start.elapsed().as_secs_f64());
    println!("memory after verification: {} MB", memory());
    node.shutdown().await;
}
