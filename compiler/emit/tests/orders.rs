//! What the orders example becomes, file by file; and that nothing but the specs shows in it.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test reads the specs")]

mod models;

use models::{emit, platform as texts};
use seac_emit::Zone;

#[test]
fn every_file_of_the_orders_context() {
    let files = emit(&texts());
    for (path, file) in files.iter().filter(|(path, _)| path.contains("orders")) {
        let name = path.replace('/', "__");
        insta::assert_snapshot!(name, String::from_utf8(file.bytes.to_vec()).unwrap());
    }
}

/// An empty array of an unknown type does not compile.
#[test]
fn a_case_of_a_connector_may_speak_to_no_control() {
    let mut texts = texts();
    let (_, evidence) = texts.iter_mut().find(|(path, _)| path.ends_with("evidence.sds.yaml")).unwrap();
    *evidence = evidence.replace("          controls: [CM-3]\n", "");
    let files = emit(&texts);
    let connectors = &files.get("crates/evidence/src/gen/connectors.rs").unwrap().bytes;
    let connectors = std::str::from_utf8(connectors).unwrap();
    assert!(connectors.contains("controls: Vec::new(),") && !connectors.contains("[].map"));
}

#[test]
fn the_order_in_which_specs_are_read_does_not_show() {
    let mut texts = texts();
    let first = emit(&texts);
    texts.reverse();
    assert_eq!(emit(&texts), first);
    let middle = texts.len() / 2;
    texts.rotate_left(middle);
    assert_eq!(emit(&texts), first);
}

#[test]
fn the_order_of_declarations_does_not_show() {
    let mut texts = texts();
    let first = emit(&texts);
    let (_, sea) = texts.iter_mut().find(|(path, _)| path.ends_with("orders.sea")).unwrap();
    let (head, flows) = sea.split_once("// What flows.").unwrap();
    let (header, rest) = head.split_once("// Who takes part.").unwrap();
    *sea = format!("{header}// What flows.{flows}\n// Who takes part.{rest}");
    let moved = emit(&texts);
    let differing: Vec<&str> = first
        .iter()
        .filter(|(path, file)| moved.get(path).is_none_or(|other| other.bytes != file.bytes))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(differing, Vec::<&str>::new());
}

#[test]
fn only_what_a_person_writes_is_theirs() {
    let files = emit(&texts());
    let theirs: Vec<&str> = files.iter().filter(|(_, file)| file.zone == Zone::Ext).map(|(path, _)| path).collect();
    assert_eq!(theirs, ["crates/evidence/src/lib.rs", "crates/governance/src/lib.rs", "crates/orders/src/lib.rs"]);
}

#[test]
fn a_factor_may_stand_on_either_side_of_an_amount() {
    let policies = |limit: &str| {
        let mut texts = texts();
        let (_, sea) = texts.iter_mut().find(|(path, _)| path.ends_with("orders.sea")).unwrap();
        *sea = sea.replace("total <= 10_000 \"USD\"", limit);
        let files = emit(&texts);
        let text = str::from_utf8(&files.get("crates/orders/src/gen/policies.rs").unwrap().bytes).unwrap();
        // Comments show the policy as it is written.
        text.lines()
            .filter(|line| !line.trim_start().starts_with("///"))
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    let behind = policies("total * 2 / 3 + total / 4 <= 10_000 \"USD\"");
    assert_eq!(policies("2 * total / 3 + total / 4 <= 10_000 \"USD\""), behind);
    assert_ne!(policies("total * 2 <= 10_000 \"USD\""), behind);
}

#[test]
fn files_made_from_specs_know_which_lines() {
    let files = emit(&texts());
    let policies = files.get("crates/orders/src/gen/policies.rs").unwrap();
    let (_, sea) = texts().into_iter().find(|(path, _)| path.ends_with("orders.sea")).unwrap();
    let line = sea.lines().position(|line| line.starts_with("Policy order_within_limit")).unwrap() + 1;
    assert!(
        policies.origins.iter().any(|origin| &*origin.file == "specs/orders/orders.sea" && origin.line == line as u32)
    );
}

#[test]
fn every_column_and_every_field_knows_its_line() {
    let files = emit(&texts());
    let (_, sea) = texts().into_iter().find(|(path, _)| path.ends_with("orders.sea")).unwrap();
    let declared = |text: &str| sea.lines().position(|line| line.trim().starts_with(text)).unwrap() as u32 + 1;
    for (path, written, spec) in [
        ("migrations/orders/sqlite/0001_initial.sql", "\"item_count\" INTEGER NOT NULL,", "item_count: int"),
        ("crates/orders/src/gen/types.rs", "pub scheduled_at: Timestamp,", "scheduled_at: timestamp"),
        ("crates/orders/src/gen/policies.rs", "pub fn order_is_open(", "Policy order_is_open"),
    ] {
        let file = files.get(path).unwrap();
        let text = String::from_utf8(file.bytes.to_vec()).unwrap();
        let line = text.lines().position(|line| line.trim().starts_with(written)).unwrap() as u32 + 1;
        let around = file.regions.iter().filter(|region| (region.start..=region.end).contains(&line));
        let innermost = around.min_by_key(|region| region.end - region.start).unwrap();
        assert_eq!(innermost.origin.line, declared(spec), "{path}: {written}");
    }
}
