//! `seac import` as a black box.

use snapbox::cmd::{Command, cargo_bin};
use snapbox::str;
use std::fs;
use std::path::Path;

const SCHEMA: &str = r##"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Order",
  "description": "What is bought.",
  "type": "object",
  "properties": {
    "order-id": { "type": "string", "format": "uuid" },
    "placed": { "type": "string", "format": "date-time", "description": "When." },
    "lines": { "type": "array", "items": { "$ref": "#/$defs/Line" }, "minItems": 1 },
    "status": { "enum": ["placed", "on the way"], "default": "placed" },
    "note": { "oneOf": [{ "type": "string" }, { "type": "null" }] }
  },
  "required": ["order-id", "lines", "status"],
  "additionalProperties": false,
  "$defs": {
    "Line": {
      "type": "object",
      "properties": { "amount": { "type": "number", "exclusiveMinimum": 0, "multipleOf": 0.01 } }
    }
  }
}
"##;

fn seac(folder: &Path) -> Command {
    Command::new(cargo_bin!("seac")).current_dir(folder).env("COLUMNS", "100")
}

#[test]
fn a_json_schema_becomes_a_draft_that_is_clean_and_what_is_lost_is_named() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("order.schema.json"), SCHEMA).expect("a schema");
    let drafted = seac(dir.path()).args(["import", "--format", "jsonschema", "order.schema.json"]).assert().success();
    fs::write(dir.path().join("draft.sea"), &drafted.get_output().stdout).expect("a draft");
    let drafted = drafted.stdout_eq(str![[r##"
// Proposed by `seac import` from order.schema.json.

// from order.schema.json:10
enum Order_status { placed = "placed", on_the_way = "on the way" }

// from order.schema.json:16
record Line {
    amount: decimal optional (exclusive_min 0)
}

// from order.schema.json:1
/// What is bought.
record Order {
    order_id: uuid
    /// When.
    placed: timestamp optional
    lines: list<Line> (min_items 1)
    status: Order_status default placed
    note: json optional
}

"##]]);
    drafted.stderr_eq(str![[r##"
order.schema.json:14: lost: #: `additionalProperties`
order.schema.json:7: lost: #/properties/order-id: its name, which is `order_id` now
order.schema.json:11: lost: #/properties/note: a value that is not of one type, which is `json` now
order.schema.json:11: lost: #/properties/note: `oneOf`
order.schema.json:18: lost: #/$defs/Line/properties/amount: `multipleOf`

"##]]);
    seac(dir.path()).args(["check", "--profile", "strict", "draft.sea"]).assert().success();
}

#[test]
fn proposals_wait_for_a_decision() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("order.schema.json"), SCHEMA).expect("a schema");
    let import = ["import", "--format", "jsonschema", "order.schema.json"];
    seac(dir.path()).args(import).args(["--as", "assertions", "-o", "claims.yaml"]).assert().success();
    let nothing = seac(dir.path()).args(["emit-sea", "claims.yaml"]).assert().success();
    assert!(!String::from_utf8_lossy(&nothing.get_output().stdout).contains("record"));
    let claims = fs::read_to_string(dir.path().join("claims.yaml")).expect("claims");
    fs::write(dir.path().join("claims.yaml"), claims.replace("status: proposed", "status: accepted")).expect("decided");
    let model = seac(dir.path()).args(["emit-sea", "claims.yaml"]).assert().success();
    assert!(String::from_utf8_lossy(&model.get_output().stdout).contains("record Order {"));
}

/// A model with several kinds of declaration that stands alone.
const MODEL: &str = r#"@namespace "shop"
enum Grade { low = "low", high = "high" }
record Price { amount: decimal (min 0) grade: Grade }
/// Buys.
Role "Buyer"
Entity "Shop"
role_binding "Buyer" for "Shop"
Policy enough as: true
"#;

#[test]
fn a_graph_that_was_projected_comes_back_as_the_same_model() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("shop.sea"), MODEL).expect("a model");
    for (format, file) in [("turtle", "model.ttl"), ("jsonld", "model.jsonld")] {
        seac(dir.path()).args(["project", "--format", format, "shop.sea", "--output-dir", "."]).assert().success();
        let imported =
            seac(dir.path()).args(["import", "--format", format, file, "-o", "again.sea"]).assert().success();
        assert_eq!(String::from_utf8_lossy(&imported.get_output().stderr), "");
        seac(dir.path()).args(["diff", "shop.sea", "again.sea"]).assert().success().stdout_eq("no difference\n");
    }
}

#[test]
fn a_graph_of_several_contexts_becomes_models_that_import_each_other() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("a.sea"), "@namespace \"a\"\nexport enum Grade { low = \"low\" }\n").expect("a model");
    let using = "@namespace \"b\"\nimport { Grade } from \"./a.sea\"\nrecord Price { grade: Grade }\n";
    fs::write(dir.path().join("b.sea"), using).expect("a model");
    seac(dir.path()).args(["project", "--format", "turtle", "b.sea", "--output-dir", "."]).assert().success();
    let import = ["import", "--format", "turtle", "model.ttl"];
    let alone = seac(dir.path()).args(import).assert().code(2);
    alone.stderr_eq(str![[r#"
error: the description has 2 models (a.sea, b.sea): give `--output-dir`

"#]]);
    seac(dir.path()).args(import).args(["--output-dir", "drafts"]).assert().success();
    seac(dir.path()).args(["check", "--profile", "strict", "drafts"]).assert().success();
    let draft = fs::read_to_string(dir.path().join("drafts/b.sea")).expect("a draft");
    assert!(draft.contains("import { Grade } from \"./a.sea\""), "{draft}");
}

#[test]
fn what_is_broken_is_shown_where_it_breaks() {
    let dir = tempfile::tempdir().expect("a folder");
    let broken = [
        ("jsonschema", "{ \"title\": }"),
        ("calm", "{\n  \"nodes\": [{ \"unique-id\": \"a\" }]\n}"),
        ("calm", "[]"),
        ("turtle", "@prefix s: <urn:seac:vocabulary:> .\n<a> s:b \"c ."),
        ("turtle", "<urn:a> <urn:b> <urn:c> ."),
        ("turtle", "<m> a <urn:seac:vocabulary:Model> ; <urn:seac:vocabulary:units> <m> ."),
        ("jsonld", "{ \"@context\": \"https://example.org\" }"),
        ("protobuf", "syntax = \"proto3\";\nmessage A { string a = ; }"),
        ("protobuf", "\u{a}\u{5}\u{1}"),
    ];
    let mut shown = String::new();
    for (format, text) in broken {
        fs::write(dir.path().join("broken.txt"), text).expect("a file");
        let ended = seac(dir.path()).args(["import", "--format", format, "broken.txt"]).assert().code(1);
        assert!(ended.get_output().stdout.is_empty());
        shown.push_str(&String::from_utf8_lossy(&ended.get_output().stderr));
    }
    insta::assert_snapshot!(shown);
}
