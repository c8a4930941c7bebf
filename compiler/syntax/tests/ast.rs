//! The tree as JSON follows its schema, and the schema in the documentation is the one of this version.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use seac_syntax::sea::json::{Document, FORMAT, File, schema};
use seac_syntax::{FileId, SourceFile, sea};
use serde_json::Value;

fn document(text: &str) -> Value {
    let source = SourceFile::new("a.sea", text);
    let file = File::new(&source, &sea::parse(FileId(0), text).0);
    serde_json::to_value(Document { format: FORMAT, files: vec![file] }).unwrap()
}

#[test]
fn the_schema_is_checked_in() {
    let text = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
    common::checked_in("docs/reference/schema/ast.json", &text);
}

#[test]
fn every_construct_follows_the_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for text in [include_str!("fixtures/everything.sea"), "", "Entity 1", "Policy p as: ("] {
        let document = document(text);
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{text}");
    }
    assert!(!validator.is_valid(&serde_json::json!({ "format": 1, "files": [{ "path": "a" }] })));
}

#[test]
fn places_have_bytes_lines_and_columns() {
    let text = "// é\nexport Entity \"Ö\" v1.0.0";
    insta::assert_snapshot!(serde_json::to_string_pretty(&document(text)).unwrap());
}
