//! The fuzz targets of imports on stable, over their seeds and seeded mutations of them: short, and the same every time.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a test may look at the disk")]

#[path = "../../../fuzz/imports.rs"]
mod imports;
#[path = "../../../fuzz/mutate.rs"]
mod mutate;

use mutate::run;

#[test]
fn any_turtle_is_imported() {
    run("fuzz/seeds/turtle", 300, imports::turtle);
}

#[test]
fn any_json_ld_is_imported() {
    run("fuzz/seeds/jsonld", 300, imports::jsonld);
}

#[test]
fn any_architecture_is_imported() {
    run("fuzz/seeds/calm", 300, imports::calm);
}

#[test]
fn any_protobuf_is_imported() {
    run("fuzz/seeds/protobuf", 300, imports::protobuf);
}

#[test]
fn any_descriptor_set_is_imported() {
    run("fuzz/seeds/descriptors", 300, imports::descriptors);
}

/// No input is nested deeper than a small stack holds.
#[test]
fn nesting_has_a_limit() {
    let deep = 100_000;
    imports::turtle(format!("<a> <b> {}", "[ <c> ".repeat(deep)).as_bytes());
    imports::turtle(format!("<a> <b> {}", "( ".repeat(deep)).as_bytes());
    imports::jsonld("[".repeat(deep).as_bytes());
    imports::calm("{\"nodes\":".repeat(deep).as_bytes());
    imports::protobuf(format!("syntax = \"proto3\";{}", "message A {".repeat(200)).as_bytes());
    let chain = |at| format!("<n{at}> <urn:seac:vocabulary:x> <n{}> .\n", at + 1);
    let chain: String = (0..deep).map(chain).collect();
    imports::turtle(format!("<n0> a <urn:seac:vocabulary:Model> .\n{chain}").as_bytes());
}
