//! The HTTP surface, held against what the node itself says of it: schemathesis reads the served OpenAPI document and sends what
//! it allows and what it forbids.
//!
//! `tests/run` installs it into the folder that `SEAC_TOOLS` names (`target/tools` without it).

use std::path::Path;
use std::process::Command;

use seac_tests::binaries::{repository, tools};
use seac_tests::node::{Node, Place};
use seac_tests::office::Office;
use seac_tests::run::run;

/// Where randomness begins: a run that found something is done again.
const SEED: &str = "20261123";

/// How often each operation is called in each phase, apart from the cases that its schema alone gives.
const EXAMPLES: &str = "80";

/// Sends requests of all kinds, in the name of somebody who may do everything, and looks at every answer: no failure of
/// the server, only declared statuses, media types, headers and bodies; what the document forbids is refused, what it allows
/// is not called invalid; no authentication is skipped, no method is forgotten.
fn holds_what_it_says(node: &Node, token: &str, folder: &Path) {
    let program = tools().join("python/bin/schemathesis");
    let settings = repository().join("tests/surface/schemathesis.toml");
    let ended = run(Command::new(program)
        .arg("--config-file")
        .arg(settings)
        .args(["run", &node.url("/openapi.json"), "--header", &format!("Authorization: Bearer {token}")])
        .args([
            "--checks",
            "all",
            "--seed",
            SEED,
            "--max-examples",
            EXAMPLES,
            "--workers",
            "1",
            "--continue-on-failure",
        ])
        // No text has this character: the document says so in words, as what `words.py` knows.
        .args([
            "--generation-allow-x00",
            "false",
            "--generation-database",
            "none",
            "--no-color",
            "--request-timeout",
            "20",
        ])
        .env("SCHEMATHESIS_HOOKS", "words")
        .env("PYTHONPATH", repository().join("tests/surface"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(folder));
    assert_eq!(ended.code, 0, "{}\n{}", ended.stdout, ended.stderr);
    let (tested, selected) = counted(&ended.stdout);
    assert_eq!(tested, selected, "every operation is called\n{}", ended.stdout);
}

/// How many operations were called, and how many there are.
fn counted(report: &str) -> (usize, usize) {
    let number = |label: &str| {
        let line = report.lines().find_map(|line| line.trim().strip_prefix(label)).expect("a summary");
        line.trim().split('/').next().and_then(|number| number.parse().ok()).expect("a number")
    };
    (number("Tested:"), number("Selected:"))
}

#[test]
fn orders_evidence_and_governance_do_as_their_document_says_on_postgres() {
    let place = Place::on_postgres();
    let node = place.start();
    let roles = ["orders.Customer", "orders.Approver", "evidence.Collector", "governance.Auditor"];
    holds_what_it_says(&node, &place.token("fay", &roles), place.data().parent().expect("a folder"));
    assert!(node.stop().success());
    place.verifies();
}

#[test]
fn billing_does_as_its_document_says_on_sqlite() {
    let office = Office::open();
    let token = office.place.token("fay", &["billing.Clerk", "billing.Controller"]);
    holds_what_it_says(&office.node, &token, office.place.data().parent().expect("a folder"));
    let place = office.place;
    assert!(office.node.stop().success());
    place.verifies();
}
