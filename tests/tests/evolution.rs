//! Databases follow the specs: through many versions, on both engines, with what is kept in them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use seac_tests::binaries::{build_node, demo, emitted_target, hold_emitted};
use seac_tests::database::Database;
use seac_tests::node::Place;
use seac_tests::orders::order;
use seac_tests::postgres::Postgres;
use seac_tests::run::seac;
use serde_json::json;
use uuid::Uuid;

/// One version of a context: its entities, the rest of its domain, and how it came from the one before.
struct Version {
    entities: &'static str,
    evolution: &'static str,
}

const CUSTOMER: &str = "{ name: Customer, key: id, fields: { id: uuid, name: string } }";
const CLIENT: &str = "{ name: Client, key: id, fields: { id: uuid, name: string } }";
const NOTE: &str = "{ name: OrderNote, key: order_id, fields: { order_id: uuid, text: string } }";

macro_rules! order {
    ($($field:literal),* $(,)?) => { concat!("    - { name: Order, key: order_id, fields: { order_id: uuid", $(", ", $field,)* " } }\n") };
}

/// Each changes one thing; together they use every kind of change there is.
fn versions() -> Vec<Version> {
    let plain = |entities| Version { entities, evolution: "" };
    let with = |entities, evolution| Version { entities, evolution };
    vec![
        plain(order!["sku: string", "total: int"]),
        // A field that may be absent.
        plain(order!["sku: string", "total: int", "note: string?"]),
        // A required one with a default, between others.
        plain(order!["sku: string", "priority: { type: int, default: 3 }", "total: int", "note: string?"]),
        // A required one with a value for what is kept.
        with(
            order![
                "sku: string",
                "priority: { type: int, default: 3 }",
                "total: int",
                "currency: string",
                "note: string?"
            ],
            "  backfill: { Order.currency: \"it's USD\" }\n",
        ),
        // A new name.
        with(
            order![
                "article: string",
                "priority: { type: int, default: 3 }",
                "total: int",
                "currency: string",
                "note: string?"
            ],
            "  renames: { Order.sku: Order.article }\n",
        ),
        // Another entity.
        plain(concat!(
            order![
                "article: string",
                "priority: { type: int, default: 3 }",
                "total: int",
                "currency: string",
                "note: string?"
            ],
            "CUSTOMER"
        )),
        // A wider type.
        plain(concat!(
            order![
                "article: string",
                "priority: { type: int, default: 3 }",
                "total: decimal",
                "currency: string",
                "note: string?"
            ],
            "CUSTOMER"
        )),
        // Required from now on.
        with(
            concat!(
                order![
                    "article: string",
                    "priority: { type: int, default: 3 }",
                    "total: decimal",
                    "currency: string",
                    "note: string"
                ],
                "CUSTOMER"
            ),
            "  backfill: { Order.note: none }\n",
        ),
        // No longer required.
        plain(concat!(
            order![
                "article: string",
                "priority: { type: int, default: 3 }",
                "total: decimal",
                "currency: string?",
                "note: string"
            ],
            "CUSTOMER"
        )),
        // A field that becomes an entity.
        with(
            concat!(
                order!["article: string", "priority: { type: int, default: 3 }", "total: decimal", "currency: string?"],
                "CUSTOMER NOTE"
            ),
            "  splits: [{ from: Order, into: OrderNote, fields: { order_id: order_id, text: note } }]\n",
        ),
        // A field that goes.
        with(
            concat!(order!["article: string", "total: decimal", "currency: string?"], "CUSTOMER NOTE"),
            "  accepts: [{ change: Order.priority, reason: nobody looked at it }]\n",
        ),
        // An enum with a default.
        plain(concat!(
            order!["article: string", "total: decimal", "currency: string?", "status: { type: Status, default: open }"],
            "CUSTOMER NOTE STATUS"
        )),
        // One more member: nothing to do in the database.
        plain(concat!(
            order!["article: string", "total: decimal", "currency: string?", "status: { type: Status, default: open }"],
            "CUSTOMER NOTE STATUS_MORE"
        )),
        // No two alike.
        plain(concat!(
            order![
                "article: { type: string, unique: true }",
                "total: decimal",
                "currency: string?",
                "status: { type: Status, default: open }"
            ],
            "CUSTOMER NOTE STATUS_MORE"
        )),
        // A tighter constraint: rows are looked at, nothing is changed.
        plain(concat!(
            order![
                "article: { type: string, unique: true, maxLength: 20 }",
                "total: decimal",
                "currency: string?",
                "status: { type: Status, default: open }"
            ],
            "CUSTOMER NOTE STATUS_MORE"
        )),
        // An entity with a new name.
        with(
            concat!(
                order![
                    "article: { type: string, unique: true, maxLength: 20 }",
                    "total: decimal",
                    "currency: string?",
                    "status: { type: Status, default: open }"
                ],
                "CLIENT NOTE STATUS_MORE"
            ),
            "  renames: { Customer: Client }\n",
        ),
        // One of every other type.
        plain(concat!(
            order![
                "article: { type: string, unique: true, maxLength: 20 }",
                "total: decimal",
                "currency: string?",
                "status: { type: Status, default: open }",
                "paid: { type: bool, default: false }",
                "placed: { type: timestamp, default: '2026-01-01T01:00:00+01:00' }",
                "scan: bytes?"
            ],
            "CLIENT NOTE STATUS_MORE"
        )),
        // Alike again, and a unique field with a new name.
        with(
            concat!(
                order![
                    "label: string",
                    "total: decimal",
                    "currency: string?",
                    "status: { type: Status, default: open }",
                    "paid: { type: bool, default: false }",
                    "placed: { type: timestamp, default: '2026-01-01T01:00:00+01:00' }",
                    "scan: bytes?"
                ],
                "CLIENT NOTE STATUS_MORE"
            ),
            "  renames: { Order.article: Order.label }\n",
        ),
        // An entity that goes.
        with(
            concat!(
                order![
                    "label: string",
                    "total: decimal",
                    "currency: string?",
                    "status: { type: Status, default: open }",
                    "paid: { type: bool, default: false }",
                    "placed: { type: timestamp, default: '2026-01-01T01:00:00+01:00' }",
                    "scan: bytes?"
                ],
                "NOTE STATUS_MORE"
            ),
            "  accepts: [{ change: Client, reason: they live elsewhere }]\n",
        ),
        // Another order, another type of the same storage, a unique field.
        plain(concat!(
            order![
                "status: string",
                "placed: { type: timestamp, default: '2026-01-01T01:00:00+01:00' }",
                "label: { type: string, unique: true }",
                "total: decimal",
                "paid: { type: bool, default: false }",
                "currency: string?",
                "scan: bytes?"
            ],
            "NOTE STATUS_MORE"
        )),
        // Lists that are sorted, also by what may be absent.
        plain(concat!(
            order![
                "status: string",
                "placed: { type: timestamp, default: '2026-01-01T01:00:00+01:00' }",
                "label: { type: string, unique: true }",
                "total: decimal",
                "paid: { type: bool, default: false }",
                "currency: string?",
                "scan: bytes?"
            ],
            "NOTE STATUS_MORE LIST"
        )),
        // Sorted by something else; and a table made of events.
        plain(concat!(
            order![
                "status: string",
                "placed: { type: timestamp, default: '2026-01-01T01:00:00+01:00' }",
                "label: { type: string, unique: true }",
                "total: decimal",
                "paid: { type: bool, default: false }",
                "currency: string?",
                "scan: bytes?"
            ],
            "NOTE STATUS_MORE LIST_MORE BOARD"
        )),
        // A table made of events needs no word about how it changes.
        plain(concat!(
            order![
                "status: string",
                "placed: { type: timestamp, default: '2026-01-01T01:00:00+01:00' }",
                "label: { type: string, unique: true }",
                "total: decimal",
                "paid: { type: bool, default: false }",
                "currency: string?",
                "scan: bytes?"
            ],
            "NOTE STATUS_MORE LIST_MORE BOARD_MORE"
        )),
    ]
}

/// A query whose rows are sorted by these fields.
fn list(sort: &str) -> String {
    format!(
        "  queries:\n    - name: ListOrders\n      actor: anonymous\n      input: {{ sort: string?, after: string? }}\n\
         \x20     output: {{ rows: list<Order>, next: string? }}\n      readModel: Order\n      page: {{ limit: 9, sort: {sort} }}\n\
         \x20     failures: [{{ code: invalid, for: [input_validation], meaning: no such list }}]\n"
    )
}

/// What keeps orders, and what keeps and feeds the table made of events.
const KEPT: &str = "ports:\n  outbound:\n    - { name: Orders, for: Order }\n    - { name: Boards, for: Board }\n\
    adapters:\n  - { name: SqlOrders, implements: Orders, kind: sql }\n";
const BOARD_KEPT: &str = "  - { name: SqlBoards, implements: Boards, kind: sql }\n\
    messageBus: { stream: SHOP, routes: [{ event: Placed, subject: shop.placed }] }\n";

/// A table made of events, with such columns.
fn board(columns: &str) -> String {
    format!(
        "  events: [{{ name: Placed, payload: {{ id: uuid, n: decimal, label: string, more: int }} }}]\n  readModels:\n\
         \x20   - {{ name: Board, key: id, fields: {{ id: uuid, {columns} }}, from: [{{ event: Placed, insert: {{}} }}] }}\n"
    )
}

/// Writes the spec of a version.
fn write(root: &Path, version: &Version) {
    let mut entities = version.entities.to_owned();
    let (order, words) = entities.split_once('\n').map(|(a, b)| (a.to_owned(), b.to_owned())).expect("a line");
    entities = order + "\n";
    let (mut values, mut rest) = (String::new(), String::new());
    for word in words.split_whitespace() {
        match word {
            "CUSTOMER" => writeln!(entities, "    - {CUSTOMER}").expect("text"),
            "CLIENT" => writeln!(entities, "    - {CLIENT}").expect("text"),
            "NOTE" => writeln!(entities, "    - {NOTE}").expect("text"),
            "STATUS" => values.push_str("  valueObjects: [{ name: Status, members: [open, closed] }]\n"),
            "STATUS_MORE" => values.push_str("  valueObjects: [{ name: Status, members: [open, closed, lost] }]\n"),
            "LIST" => rest.push_str(&list("[placed, currency]")),
            "LIST_MORE" => rest.push_str(&list("[currency, status]")),
            "BOARD" => rest.push_str(&board("n: { type: int, default: 0 }")),
            "BOARD_MORE" => rest.push_str(&board("n: decimal, label: string")),
            other => panic!("{other}"),
        }
    }
    let cqrs = if rest.is_empty() { String::new() } else { format!("cqrs:\n{rest}{KEPT}") };
    let cqrs = match rest.contains("Board") {
        true => format!("{cqrs}{BOARD_KEPT}"),
        false => cqrs.replace("    - { name: Boards, for: Board }\n", ""),
    };
    let evolution = match version.evolution {
        "" => String::new(),
        text => format!("evolution:\n{text}"),
    };
    let text = format!(
        "sdsId: SDS-100\nboundedContext: shop\nsatisfiesPrds: []\nsatisfiesAdrs: []\ndomain:\n  entities:\n{entities}{values}{cqrs}{evolution}"
    );
    fs::create_dir_all(root.join("specs/shop")).expect("a folder");
    fs::write(root.join("specs/shop/shop.sds.yaml"), text).expect("the spec");
}

/// The scripts of an engine with this ending, by number.
fn scripts(root: &Path, engine: &str, ending: &str) -> Vec<String> {
    let folder = root.join("generated/migrations/shop").join(engine);
    let entries = fs::read_dir(folder).expect("migrations").map(|entry| entry.expect("an entry").path());
    let is_revert = |path: &Path| path.to_string_lossy().ends_with(".revert.sql");
    let mut paths: Vec<_> = entries.filter(|path| is_revert(path) == (ending == ".revert.sql")).collect();
    paths.sort();
    paths.iter().map(|path| fs::read_to_string(path).expect("a script")).collect()
}

/// A database of either engine.
enum Engine<'a> {
    Sqlite(Database),
    Postgres(&'a Postgres, &'static str),
}

impl Engine<'_> {
    fn folder(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(..) => "postgres",
        }
    }

    /// In one transaction, as the node does.
    #[track_caller]
    fn run(&self, sql: &str) {
        let sql = format!("BEGIN; {sql}\nCOMMIT;");
        let done = match self {
            Self::Sqlite(database) => database.execute(&sql),
            Self::Postgres(server, database) => server.run(database, &sql).map(drop),
        };
        done.unwrap_or_else(|error| panic!("{}: {error}\n{sql}", self.folder()));
    }

    #[track_caller]
    fn lines(&self, sql: &str) -> Vec<String> {
        let mut lines: Vec<String> = match self {
            Self::Sqlite(database) => database.rows(sql).into_iter().map(|row| row.join("|")).collect(),
            Self::Postgres(server, database) => {
                server.run(database, sql).expect("rows").lines().map(str::to_owned).collect()
            }
        };
        lines.sort();
        lines
    }

    /// Tables, columns, types, what may be absent, keys and unique columns.
    fn schema(&self) -> Vec<String> {
        match self {
            Self::Sqlite(_) => {
                let columns = "SELECT m.name, c.name, c.type, c.\"notnull\", c.pk FROM sqlite_schema m, \
                    pragma_table_info(m.name) c WHERE m.type = 'table'";
                let indexes = "SELECT m.name, i.name, x.name FROM sqlite_schema m, pragma_index_list(m.name) i, \
                    pragma_index_info(i.name) x WHERE m.type = 'table' AND i.origin = 'c'";
                [self.lines(columns), self.lines(indexes)].concat()
            }
            Self::Postgres(..) => {
                let columns = "SELECT table_name, column_name, data_type, is_nullable, column_default \
                    FROM information_schema.columns WHERE table_schema = 'public'";
                let unique = "SELECT i.tablename, replace(i.indexdef, i.indexname, '') FROM pg_indexes i \
                    WHERE i.schemaname = 'public'";
                [self.lines(columns), self.lines(unique)].concat()
            }
        }
    }
}

fn migrated(engine: &Engine<'_>, root: &Path) {
    for script in scripts(root, engine.folder(), ".sql") {
        engine.run(&script);
    }
}

fn sqlite(folder: &Path, name: &str) -> Engine<'static> {
    let file = folder.join(name);
    fs::write(&file, "").expect("an empty database");
    Engine::Sqlite(Database::write(&file))
}

#[test]
fn a_populated_database_goes_through_all_versions_and_back_on_both_engines() {
    let server = Postgres::start();
    for name in ["followed", "fresh", "first"] {
        server.run("postgres", &format!("CREATE DATABASE {name}")).expect("a database");
    }
    let (folder, versions) = (tempfile::tempdir().expect("a folder"), versions());
    assert_eq!(versions.len(), 23);
    let root = folder.path().join("followed");
    let engines = [sqlite(folder.path(), "followed.db"), Engine::Postgres(&server, "followed")];
    let mut applied = 0;
    for (number, version) in (1..).zip(&versions) {
        write(&root, version);
        let before = (number > 1).then(|| scripts(&root, "sqlite", ".sql"));
        seac(&root, &["generate", "--release"]).with(0);
        // What was released never changes.
        let now = scripts(&root, "sqlite", ".sql");
        assert!(before.is_none_or(|before| now.starts_with(&before)), "version {number}");
        for engine in &engines {
            for script in &scripts(&root, engine.folder(), ".sql")[applied..] {
                engine.run(script);
            }
        }
        applied = now.len();
        if number == 1 {
            for engine in &engines {
                engine.run("INSERT INTO shop_order VALUES ('o1', 'A-1', 42), ('o2', 'B-2', 7);");
            }
        }
        if number == 2 {
            for engine in &engines {
                engine.run("INSERT INTO shop_order VALUES ('o3', 'C-3', 1, 'by the door');");
            }
        }
    }
    assert_eq!(applied, 22, "the thirteenth version asks nothing of the database");
    for (engine, absent) in engines.iter().zip(["NULL", ""]) {
        let no = if engine.folder() == "sqlite" { "0" } else { "f" };
        let order = |id: &str, label: &str, total: &str| {
            format!("{id}|open|2026-01-01T00:00:00.000000Z|{label}|{total}|{no}|it's USD|{absent}")
        };
        let columns = "order_id, status, placed, label, total, paid, currency, scan";
        let expected = [order("o1", "A-1", "42"), order("o2", "B-2", "7"), order("o3", "C-3", "1")];
        assert_eq!(engine.lines(&format!("SELECT {columns} FROM shop_order")), expected);
        assert_eq!(engine.lines("SELECT * FROM shop_order_note"), ["o1|none", "o2|none", "o3|by the door"]);
    }
    // A database that begins today has the same tables.
    let fresh = folder.path().join("fresh");
    write(&fresh, &Version { entities: versions[22].entities, evolution: "" });
    seac(&fresh, &["generate"]).with(0);
    let begins = [sqlite(folder.path(), "fresh.db"), Engine::Postgres(&server, "fresh")];
    for (begins, follows) in begins.iter().zip(&engines) {
        migrated(begins, &fresh);
        assert_eq!(follows.schema(), begins.schema());
    }
    // And back again, for development.
    let first = folder.path().join("first");
    write(&first, &versions[0]);
    seac(&first, &["generate"]).with(0);
    let origins = [sqlite(folder.path(), "first.db"), Engine::Postgres(&server, "first")];
    for (origin, engine) in origins.iter().zip(&engines) {
        migrated(origin, &first);
        for script in scripts(&root, engine.folder(), ".revert.sql")[1..].iter().rev() {
            engine.run(script);
        }
        assert_eq!(engine.schema(), origin.schema());
        assert_eq!(engine.lines("SELECT * FROM shop_order"), ["o1|A-1|42", "o2|B-2|7", "o3|C-3|1"]);
    }
}

#[test]
fn what_was_not_released_may_still_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let (root, versions) = (folder.path(), versions());
    write(root, &versions[0]);
    seac(root, &["generate", "--release"]).with(0);
    for version in &versions[1..3] {
        write(root, version);
        seac(root, &["generate"]).with(0);
        let scripts = scripts(root, "sqlite", ".sql");
        assert_eq!(scripts.len(), 2, "one migration from what was released, however often it is rewritten");
    }
    seac(root, &["generate", "--release"]).with(0).says(&["Released specs/shop/shop.lock.json"]);
    seac(root, &["generate", "--release"]).with(0).says(&["Released nothing new"]);
    seac(root, &["generate", "--check"]).with(0);
}

#[test]
fn what_would_lose_data_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let (root, versions) = (folder.path(), versions());
    write(root, &versions[3]);
    seac(root, &["generate", "--release"]).with(0);
    let lock = fs::read(root.join("specs/shop/shop.lock.json")).expect("a lock");
    write(root, &versions[0]);
    for args in [&["check"][..], &["generate"], &["generate", "--release"]] {
        let ended = seac(root, args).with(1);
        ended.says(&["GEN021", "`Order.note` was released and is gone", "evolution: { accepts:", "GEN021"]);
    }
    assert_eq!(fs::read(root.join("specs/shop/shop.lock.json")).expect("a lock"), lock);
    fs::write(root.join("specs/shop/shop.lock.json"), "{}").expect("written");
    seac(root, &["generate"]).with(1).says(&["GEN020", "missing field `format`"]);
}

/// The demo's next version: orders say where they come from, and notes are shorter.
fn next_node() -> std::path::PathBuf {
    let held = hold_emitted();
    let (root, node) = (emitted_target().join("evolved/demo"), emitted_target().join("evolved/node"));
    drop(fs::remove_dir_all(emitted_target().join("evolved")));
    fs::create_dir_all(emitted_target().join("evolved")).expect("a folder");
    seac(&emitted_target().join("evolved"), &["new", "demo"]).with(0);
    seac(&root, &["generate", "--release"]).with(0);
    let spec = root.join("specs/orders/orders.sea");
    let before = fs::read_to_string(&spec).expect("the model");
    let status = "    status: OrderStatus default placed\n";
    let after = before.replace("(max_length 500)", "(max_length 40)");
    let after = after.replace(status, &format!("    channel: string default \"web\"\n{status}"));
    assert!(before.contains("(max_length 500)") && before.contains(status));
    fs::write(&spec, after).expect("the next version");
    seac(&root, &["generate"]).with(0);
    build_node(&held, &root, &node, &["orders-context"]);
    node
}

#[test]
fn a_node_migrates_what_it_finds_or_leaves_it_as_it_was() {
    let placed = |note: &str| {
        let place = Place::new();
        let node = place.start();
        let ann = place.token("ann", &["orders.Customer"]);
        let (id, mut order) = (Uuid::new_v4(), order(Uuid::nil(), "one"));
        (order["order_id"], order["note"]) = (json!(id), json!(note));
        node.place(&ann, &order).send().with(200);
        (place, id)
    };
    let (short, id) = placed("by the door");
    let (long, other) = placed(&"by the door ".repeat(10));
    let next = next_node();

    let short = short.with_node(&next);
    let plan = short.node(&["migrate", "--plan"]).with(0).stdout;
    assert!(plan.contains("pending orders 0002 alter_orders_order"), "{plan}");
    let node = short.start();
    let ann = short.token("ann", &["orders.Customer"]);
    let read = node.read_order(&ann, id).with(200);
    assert_eq!((&read["note"], &read["status"]), (&json!("by the door"), &json!("placed")));
    assert_eq!(Database::read(&short.database()).column("SELECT channel FROM orders_order"), ["web"]);
    node.place(&ann, &order(Uuid::new_v4(), "two")).send().with(200);
    short.verifies();

    let long = long.with_node(&next);
    let refused = long.node(&["serve", "--listen", "127.0.0.1:0"]).with(3);
    refused.says(&["migration orders 0002", "a row of \"orders_order\"", "/note", "40"]);
    let long = long.with_node(&demo().node);
    let node = long.start();
    let ann = long.token("ann", &["orders.Customer"]);
    assert_eq!(node.read_order(&ann, other).with(200)["status"], "placed", "the node that knows it still serves it");
}
