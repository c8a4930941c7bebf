//! The JSON Schema of SDS YAML says what the reader does.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a test reads the specs")]

use seac_syntax::yaml::{self, Node, NodeKind, ScalarValue};
use seac_syntax::{Code, FileId, sds};
use serde_json::{Value, json};
use std::path::Path;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// YAML as JSON, for the validator.
fn json(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Sequence(items) => items.iter().map(json).collect(),
        NodeKind::Mapping(entries) => {
            entries.iter().map(|entry| (entry.key.value.clone(), json(&entry.value))).collect()
        }
        NodeKind::Unusable => Value::Null,
        NodeKind::Scalar(scalar) => match &scalar.value {
            ScalarValue::Null => Value::Null,
            ScalarValue::Bool(value) => json!(value),
            ScalarValue::Number(number) => serde_json::from_str(number).unwrap(),
            ScalarValue::String => json!(scalar.text),
        },
    }
}

fn mistakes(text: &str) -> Vec<String> {
    let schema = jsonschema::validator_for(&sds::schema::schema()).unwrap();
    let (node, _) = yaml::parse(FileId(0), text, 0);
    let value = json(&node.unwrap());
    schema.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

const SPECS: [&str; 4] = [
    "specs/evidence/evidence.sds.yaml",
    "specs/governance/governance.sds.yaml",
    "examples/orders/specs/orders/orders.sds.yaml",
    "compiler/workspace/tests/fixtures/gaps/seeds/specs/parcels/parcels.sds.yaml",
];

fn spec(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

#[test]
fn it_is_a_schema_with_a_description_for_every_key() {
    let schema = sds::schema::schema();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    let shapes = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    let keys: Vec<&Value> = shapes.flat_map(|shape| shape["properties"].as_object().unwrap().values()).collect();
    assert!(keys.len() > 150, "{}", keys.len());
    assert!(keys.iter().all(|key| key["description"].as_str().is_some_and(|doc| doc.ends_with('.'))));
}

#[test]
fn it_accepts_what_the_platform_and_the_example_say() {
    for path in SPECS {
        let text = spec(path);
        assert_eq!(sds::parse(FileId(0), &text).1, [], "{path}");
        assert_eq!(mistakes(&text), Vec::<String>::new(), "{path}");
    }
}

/// Every mapping of a file gets a key that nobody knows: both refuse it, wherever it stands.
#[test]
fn an_unknown_key_is_refused_by_both() {
    let text = spec(SPECS[0]).replace("boundedContext:", "boundedContexts:");
    assert!(!sds::parse(FileId(0), &text).1.is_empty() && !mistakes(&text).is_empty());
    for (known, unknown) in [("isolation:", "isolated:"), ("statement:", "statment:"), ("deliveryId:", "delivery:")] {
        let changed = spec(SPECS[0]).replacen(known, unknown, 1);
        let reader = sds::parse(FileId(0), &changed).1.iter().any(|found| found.code == Code::SdsUnknownKey);
        assert_eq!(reader, !mistakes(&changed).is_empty(), "{known}");
        assert_eq!(reader, changed != spec(SPECS[0]), "{known}");
    }
}

/// What cannot be said in JSON (YAML itself, duplicate keys) or not well in a schema (limits) is left out.
#[test]
fn both_judge_the_examples_of_the_codes_alike() {
    let beyond = [Code::SdsYaml, Code::SdsDuplicateKey, Code::SdsLimit];
    let codes = Code::ALL.iter().filter(|code| code.name().starts_with("SDS0") && !beyond.contains(code));
    for code in codes {
        assert!(!mistakes(code.info().failing).is_empty(), "{}", code.name());
        assert_eq!(mistakes(code.info().mended), Vec::<String>::new(), "{}", code.name());
    }
}
