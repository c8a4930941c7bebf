//! Lists a page at a time: whatever the rows, the order and the length of a page, the pages are the whole list.
#![cfg(feature = "embedded")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[cfg(feature = "production")]
#[path = "servers/postgres.rs"]
#[allow(dead_code, reason = "every test binary uses another part of it")]
mod postgres;
mod toy;

use std::sync::Arc;

use futures_util::FutureExt as _;
use kernel::page::{Asked, Column, Listing};
use kernel::prelude::*;
use kernel::serde_json::json;
use kernel::store::Store;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;

const LISTING: Listing = Listing {
    operation: "shop.ListItems",
    key: Column { name: "id", sql: "\"id\"", optional: false },
    columns: &[
        Column { name: "name", sql: "\"name\"", optional: false },
        Column { name: "rank", sql: "\"rank\"", optional: true },
    ],
    order: "-rank",
    limit: 50,
};

const ORDERS: [Option<&str>; 7] =
    [None, Some("id"), Some("-id"), Some("name"), Some("-name"), Some("rank"), Some("-rank")];

#[derive(Debug, Clone, PartialEq)]
struct Item {
    id: String,
    name: String,
    rank: Option<i64>,
}

fn item() -> impl Strategy<Value = Item> {
    // Few values, so that many rows are equal but for their keys.
    let name = prop::sample::select(vec!["", "A", "a", "ab", "\u{e4}", "z'\"", "\u{1f600}"]);
    let rank = prop::option::of(prop_oneof![-2..3i64, Just(i64::MIN), Just(i64::MAX)]);
    ("[a-e\u{e9}]{1,4}", name, rank).prop_map(|(id, name, rank)| Item { id, name: name.to_owned(), rank })
}

/// Rows with different keys.
fn items(most: usize) -> impl Strategy<Value = Vec<Item>> {
    prop::collection::vec(item(), 0..most).prop_map(|mut items| {
        items.sort_by(|a, b| a.id.cmp(&b.id));
        items.dedup_by(|a, b| a.id == b.id);
        items
    })
}

fn sorted(mut items: Vec<Item>, order: Option<&str>) -> Vec<Item> {
    let order = order.unwrap_or(LISTING.order);
    items.sort_by(|a, b| match order.trim_start_matches('-') {
        "name" => (&a.name, &a.id).cmp(&(&b.name, &b.id)),
        "rank" => (a.rank, &a.id).cmp(&(b.rank, &b.id)),
        _ => a.id.cmp(&b.id),
    });
    if order.starts_with('-') {
        items.reverse();
    }
    items
}

async fn empty(store: &Store) {
    let made = store.transact(|tx| {
        async move {
            tx.execute("CREATE TABLE IF NOT EXISTS items (id TEXT PRIMARY KEY, name TEXT NOT NULL, rank BIGINT)", &[])
                .await?;
            tx.execute("DELETE FROM items", &[]).await
        }
        .boxed()
    });
    let made: Result<u64, StoreError> = made.await;
    made.unwrap();
}

async fn insert(store: &Store, items: &[Item]) {
    let items: Arc<[Item]> = items.into();
    let inserted = store.transact(move |tx| {
        let items = Arc::clone(&items);
        async move {
            for item in items.iter() {
                let values = [item.id.to_value(), item.name.to_value(), item.rank.to_value()];
                tx.execute("INSERT INTO items (id, name, rank) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", &values)
                    .await?;
            }
            Ok(())
        }
        .boxed()
    });
    let inserted: Result<(), StoreError> = inserted.await;
    inserted.unwrap();
}

/// One page, as an emitted query reads it, and the cursor of the next.
async fn page(
    store: &Store,
    listing: Listing,
    input: kernel::serde_json::Value,
    order: Option<&'static str>,
    limit: Option<i64>,
    after: Option<String>,
) -> Result<(Vec<Item>, Option<String>), Rejection> {
    let read = store.read(move |tx| {
        let (after, input) = (after.clone(), input.clone());
        async move {
            let asked = Asked { sort: order, limit, after: after.as_deref() };
            let page = listing.page(tx, &input, asked).await?;
            let mut sql = "SELECT id, name, rank FROM items WHERE TRUE".to_owned();
            let mut values = Vec::new();
            page.extend(&mut sql, &mut values);
            let rows = tx.query(&sql, &values).await?;
            let read = |row: &Row| Ok(Item { id: row.get("id")?, name: row.get("name")?, rank: row.get("rank")? });
            let mut rows: Vec<Item> = rows.iter().map(read).collect::<Result<_, StoreError>>()?;
            let next = page
                .cut(tx, &mut rows, |row, column| match column {
                    "name" => row.name.to_value(),
                    "rank" => row.rank.to_value(),
                    _ => row.id.to_value(),
                })
                .await?;
            Ok((rows, next))
        }
        .boxed()
    });
    read.await
}

/// All pages; `between` says what is inserted behind each.
async fn walk(store: &Store, order: Option<&'static str>, limit: i64, mut between: Vec<Vec<Item>>) -> Vec<Item> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let (rows, next) = page(store, LISTING, json!({"filter": 1}), order, Some(limit), after).await.unwrap();
        assert!(rows.len() <= usize::try_from(limit).unwrap());
        all.extend(rows);
        if let Some(more) = between.pop() {
            insert(store, &more).await;
        }
        match next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

fn pages_are_the_list(runtime: &Runtime, store: &Store, cases: u32) {
    let strategy = (items(40), prop::collection::vec(items(6), 0..6), prop::sample::select(ORDERS.to_vec()), 1..12i64);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let ran = runner.run(&strategy, |(rows, between, order, limit)| {
        runtime.block_on(async {
            empty(store).await;
            insert(store, &rows).await;
            let all = walk(store, order, limit, Vec::new()).await;
            assert_eq!(all, sorted(rows.clone(), order));
            // Rows that come meanwhile: what was there from the beginning is there once, and all of it in order.
            let all = walk(store, order, limit, between).await;
            assert_eq!(all, sorted(all.clone(), order));
            let mut ids: Vec<&String> = all.iter().map(|item| &item.id).collect();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), all.len());
            assert!(rows.iter().all(|row| all.contains(row)));
        });
        Ok(())
    });
    ran.unwrap();
}

/// A cursor is good for the list that it was given out for, and nothing else is a cursor.
async fn forged_cursors_are_refused(store: &Store) {
    empty(store).await;
    let rows = ["a", "b", "c"].map(|id| Item { id: id.to_owned(), name: "n".to_owned(), rank: Some(1) });
    insert(store, &rows).await;
    let ask = async |listing: Listing, filter: u64, order, limit, cursor: &str| {
        let asked = page(
            store,
            listing,
            json!({"filter": filter, "limit": limit}),
            order,
            Some(limit),
            Some(cursor.to_owned()),
        );
        asked.await.map(|(rows, _)| rows.len()).map_err(|rejection| (rejection.kind.status(), rejection.code))
    };
    let refused = Err((400, "invalid_cursor".into()));
    let (_, next) = page(store, LISTING, json!({"filter": 1}), Some("name"), Some(1), None).await.unwrap();
    let next = next.unwrap();
    // Another length of the page is the same list.
    assert_eq!(ask(LISTING, 1, Some("name"), 1, &next).await, Ok(1));
    assert_eq!(ask(LISTING, 1, Some("name"), 9, &next).await, Ok(2));
    assert_eq!(ask(LISTING, 2, Some("name"), 1, &next).await, refused);
    assert_eq!(ask(LISTING, 1, Some("-name"), 1, &next).await, refused);
    assert_eq!(ask(LISTING, 1, None, 1, &next).await, refused);
    let other = Listing { operation: "shop.ListOthers", ..LISTING };
    assert_eq!(ask(other, 1, Some("name"), 1, &next).await, refused);
    for place in 0..next.len() {
        assert_eq!(ask(LISTING, 1, Some("name"), 1, &next[..place]).await, refused, "{place}");
        let letter = if next.as_bytes()[place] == b'A' { "B" } else { "A" };
        let forged = format!("{}{letter}{}", &next[..place], &next[place + 1..]);
        assert_eq!(ask(LISTING, 1, Some("name"), 1, &forged).await, refused, "{place}");
    }
    for hostile in
        ["", "=", "AQ", "\u{0}", "' OR 1=1 --", "AAAA", &"A".repeat(10_000), &format!("{next}A"), "\u{1f600}"]
    {
        assert_eq!(ask(LISTING, 1, Some("name"), 1, hostile).await, refused, "{hostile}");
    }
}

fn keeps_to_it(config: &kernel::config::Config, cases: u32) {
    let runtime = Runtime::new().unwrap();
    let node = runtime.block_on(toy::cell(toy::Seen::default()).open(config)).unwrap();
    let store = node.services().store.clone();
    pages_are_the_list(&runtime, &store, cases);
    runtime.block_on(forged_cursors_are_refused(&store));
    runtime.block_on(node.shutdown());
}

#[test]
fn pages_are_the_whole_list_on_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    keeps_to_it(&toy::config(dir.path()), 60);
}

#[cfg(feature = "production")]
#[test]
fn pages_are_the_whole_list_on_postgres() {
    let server = postgres::Postgres::start();
    let dir = tempfile::tempdir().unwrap();
    keeps_to_it(&toy::on_postgres(dir.path(), &server.database("paging")), 60);
}
