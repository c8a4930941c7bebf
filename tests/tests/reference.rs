//! Pages of the documentation that a node prints itself: they are what it prints. `UPDATE_DOCS=1` writes them.

use std::fs;

use seac_tests::binaries::repository;
use seac_tests::node::node_command;
use seac_tests::run::run;

/// Each page by its name on the command line.
const PAGES: [(&str, &str); 2] = [("settings", "configuration.md"), ("metrics", "metrics.md")];

#[test]
fn pages_of_reference_are_what_a_node_prints() {
    for (name, file) in PAGES {
        let printed = run(node_command().args(["reference", name])).with(0).stdout;
        let path = repository().join("docs/reference").join(file);
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(&path, &printed).expect("the page is written");
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == printed, "docs/reference/{file} is old: UPDATE_DOCS=1 writes it anew\n{printed}");
    }
}

#[test]
fn what_holds_is_printed_and_leads_to_the_same_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cell.toml");
    fs::write(&file, "[limits]\nqueue = 7\n[database]\npassword = \"env:NOT_TOLD\"\n").expect("a file");
    let file = file.to_str().expect("a path");
    let config = |file: &str| {
        let mut command = node_command();
        command.args(["config", "--config", file]).env("CELL_LOG_LEVEL", "debug").env("NOT_TOLD", "hunter2");
        run(&mut command).with(0).stdout
    };
    let told = config(file);
    for line in ["limits.queue = 7 # ", "log.level = \"debug\" # environment variable CELL_LOG_LEVEL", "# bus.url ="] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    assert!(told.contains("database.password = \"env:NOT_TOLD\"") && !told.contains("hunter2"), "{told}");
    let again = folder.path().join("again.toml");
    fs::write(&again, &told).expect("a file");
    let values = |text: &str| {
        let value = |line: &str| line.split_once(" # ").map_or(line, |(value, _)| value).to_owned();
        text.lines().map(value).collect::<Vec<_>>()
    };
    assert_eq!(values(&config(again.to_str().expect("a path"))), values(&told));
}
