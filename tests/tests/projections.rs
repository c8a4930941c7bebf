//! What `seac project` writes, held against the tools and schemas of the formats that come as packages: AsyncAPI, OpenAPI,
//! Cedar, D2 and Mermaid from npm, SQL in SQLite and PostgreSQL. Formats whose readers are crates are tested where they are made.

use seac_tests::binaries::repository;
use seac_tests::postgres::Postgres;
use seac_tests::run::{run, seac};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A model that stands alone, with names that every format has to quote.
const HOSTILE: &str = r#"
@namespace "shop"
Entity "Plant \"A\" <b>|#;$${x}"
Entity "Buyer --> %% end"
Resource "Power; drop table [x]" units
Flow "Power; drop table [x]" from "Plant \"A\" <b>|#;$${x}" to "Buyer --> %% end" quantity 5
Role "end"
enum Grade { low = "a\"b", high = "*/ --" }
Entity "Meter" { key id: uuid grade: Grade default low class: string optional }
"#;

fn project(folder: &Path, formats: &str, input: &Path, options: &[&str]) {
    let text = |path: &Path| path.to_str().expect("text").to_owned();
    let (folder, input) = (text(folder), text(input));
    let mut arguments = vec!["project", "--format", formats, "--output-dir", &folder];
    arguments.extend(options);
    arguments.push(&input);
    seac(repository(), &arguments).with(0);
}

#[test]
fn schemas_and_tools_of_the_formats_accept_what_is_written() {
    let dir = tempfile::tempdir().expect("a folder");
    for file in ["package.json", "validate.mjs", "decisions.json"] {
        fs::copy(repository().join("tests/projections").join(file), dir.path().join(file)).expect("copied");
    }
    run(Command::new("npm").args(["install", "--silent", "--no-audit", "--no-fund"]).current_dir(dir.path())).with(0);
    let hostile = dir.path().join("hostile.sea");
    fs::write(&hostile, HOSTILE).expect("written");
    let orders = repository().join("examples/orders");
    for (name, input) in [("orders", &orders), ("hostile", &hostile)] {
        let out = dir.path().join(name);
        project(&out, "asyncapi,openapi,cedar,d2,mermaid", input, &[]);
        let ended = run(Command::new("node").arg("validate.mjs").arg(&out).current_dir(dir.path())).with(0);
        assert!(!ended.stdout.contains("REFUSED") && ended.stdout.contains("valid mermaid/"), "{}", ended.stdout);
    }
}

#[test]
fn sqlite_makes_the_tables_of_every_context() {
    let dir = tempfile::tempdir().expect("a folder");
    let hostile = dir.path().join("hostile.sea");
    fs::write(&hostile, HOSTILE).expect("written");
    for (name, input) in [("orders", repository().join("examples/orders")), ("hostile", hostile)] {
        let out = dir.path().join(name);
        project(&out, "sql", &input, &["--option", "dialect=sqlite"]);
        let database = rusqlite::Connection::open_in_memory().expect("a database");
        for file in fs::read_dir(&out).expect("a folder") {
            let script = fs::read_to_string(file.expect("a file").path()).expect("text");
            database.execute_batch(&script).expect("SQLite accepts it");
        }
        let count: u32 = database
            .query_row("SELECT count(*) FROM sqlite_schema WHERE type = 'table'", [], |row| row.get(0))
            .expect("a count");
        assert!(count > 0, "{name} has tables");
    }
}

#[test]
fn postgres_makes_the_tables_of_every_context() {
    let dir = tempfile::tempdir().expect("a folder");
    project(dir.path(), "sql", &repository().join("examples/orders"), &[]);
    let server = Postgres::start();
    for file in fs::read_dir(dir.path()).expect("a folder") {
        let script = fs::read_to_string(file.expect("a file").path()).expect("text");
        server.run("postgres", &script).expect("PostgreSQL accepts it");
    }
    let tables = server.run("postgres", "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").expect("a count");
    assert!(tables.trim().parse::<u32>().expect("a number") >= 3, "{tables}");
}
