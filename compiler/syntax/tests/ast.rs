//! The tree as JSON follows its schema, and the schema in the documentation is the one of this version.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use seac_syntax::sea::ast::SeaFile;
use seac_syntax::sea::json::{FORMAT, schema, write};
use seac_syntax::{FileId, SourceFile, Sources, sea};
use serde_json::{Value, json};
use std::io;

/// What is written of these texts.
fn written(texts: &[&str]) -> String {
    let mut sources = Sources::default();
    let ids: Vec<FileId> = texts.iter().map(|text| sources.add("a.sea", *text)).collect();
    let files = ids.iter().map(|id| (sources.get(*id), sea::parse(*id, &sources.get(*id).text).0));
    let mut out = Vec::new();
    write(&mut out, files).unwrap();
    String::from_utf8(out).unwrap()
}

fn document(text: &str) -> Value {
    serde_json::from_str(&written(&[text])).unwrap()
}

/// A tree as a value, its places looked up one by one.
fn located(tree: Value, source: &SourceFile) -> Value {
    let point = |offset: &Value| {
        let offset = u32::try_from(offset.as_u64().unwrap()).unwrap();
        let at = source.position(offset);
        json!({ "offset": offset, "line": at.line, "column": at.column })
    };
    match tree {
        Value::Object(map) if map.contains_key("file") => {
            json!({ "start": point(&map["start"]), "end": point(&map["end"]) })
        }
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, located(value, source))).collect(),
        Value::Array(items) => items.into_iter().map(|item| located(item, source)).collect(),
        other => other,
    }
}

#[test]
fn what_is_written_piece_by_piece_is_the_document_as_a_whole() {
    let texts = [
        include_str!("fixtures/everything.sea"),
        "",
        "Entity \"Ä\"\r\nFlow \"R\" from \"é\" to \"b\" @k {x: [], y: {}} quantity 1",
        "Policy ü as: é = 1 and \"ß\" = \"\\u{7}\" or not (a + b * -c as \"kg\" > 2)",
    ];
    for chosen in [&texts[..0], &texts[..1], &texts] {
        let files: Vec<Value> = chosen
            .iter()
            .map(|text| {
                let source = SourceFile::new("a.sea", *text);
                let tree = serde_json::to_value(sea::parse(FileId(0), text).0).unwrap();
                json!({ "path": &*source.path, "tree": located(tree, &source) })
            })
            .collect();
        let files = serde_json::to_string_pretty(&files).unwrap().replace('\n', "\n  ");
        assert_eq!(written(chosen), format!("{{\n  \"format\": {FORMAT},\n  \"files\": {files}\n}}\n"));
    }
}

#[test]
fn a_reader_that_fails_ends_the_writing() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let source = SourceFile::new("a.sea", "");
    let failed = write(&mut Full, [(&source, SeaFile::default())]).unwrap_err();
    assert_eq!(failed.kind(), io::ErrorKind::StorageFull);
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
