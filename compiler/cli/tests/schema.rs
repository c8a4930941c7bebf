//! The printed JSON Schemas are those that are checked in, and what seac writes is valid by them.

use serde_json::Value;
use snapbox::cmd::{Command, cargo_bin};
use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn stdout(args: &[&str], folder: &Path) -> String {
    let assert = Command::new(cargo_bin!("seac")).current_dir(folder).args(args).assert();
    String::from_utf8_lossy(&assert.get_output().stdout).into_owned()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn schema(format: &str) -> Value {
    parsed(&stdout(&["schema", format], root()))
}

fn assert_valid(schema: &Value, value: &Value) {
    let validator = jsonschema::validator_for(schema).expect("a schema");
    let mistakes: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).take(10).collect();
    assert_eq!(mistakes, Vec::<String>::new());
}

#[test]
fn every_schema_is_one_and_is_checked_in() {
    for format in ["sds", "model", "manifest", "diagnostics", "ast", "generate", "assertions"] {
        let text = stdout(&["schema", format], root());
        let value = parsed(&text);
        jsonschema::draft202012::meta::validate(&value).expect("a schema");
        assert_eq!(value["$schema"], "https://json-schema.org/draft/2020-12/schema", "{format}");
        let path = root().join(format!("docs/reference/schema/{format}.json"));
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            fs::write(&path, &text).expect("written");
        }
        let checked_in = fs::read_to_string(&path).unwrap_or_default();
        assert!(checked_in == text, "{format}: run the tests with UPDATE_SCHEMAS=1 and look at the diff");
    }
}

#[test]
fn the_model_of_the_platform_and_of_the_example_are_valid() {
    let schema = schema("model");
    for folder in [root().to_path_buf(), root().join("examples/orders")] {
        assert_valid(&schema, &parsed(&stdout(&["model"], &folder)));
    }
    let mut wrong = parsed(&stdout(&["model"], root()));
    wrong["contexts"]["evidence"]["operations"]["CollectEvidence"]["kind"] = "wish".into();
    assert!(!jsonschema::is_valid(&schema, &wrong));
}

#[test]
fn the_manifest_of_the_platform_is_valid() {
    let text = fs::read_to_string(root().join("generated/MANIFEST.json")).expect("a manifest");
    let mut manifest = parsed(&text);
    assert_valid(&schema("manifest"), &manifest);
    manifest["outputs"][0]["zone"] = "mine".into();
    assert!(!jsonschema::is_valid(&schema("manifest"), &manifest));
}

#[test]
fn findings_are_valid() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(dir.path().join("specs/a")).expect("folders");
    let text = "sdsId: SDS-001\nboundedContext: b\nsatisfiesPrds: [PRD-1]\nsatisfiesAdrs: []\nuse_cases: []\n";
    fs::write(dir.path().join("specs/a/a.sds.yaml"), text).expect("a spec");
    fs::write(dir.path().join("specs/a/a.sea"), "Entity Shopper\nEntity \"A\"\nEntity \"A\"\n").expect("a spec");
    let found = parsed(&stdout(&["check", "--format", "json"], dir.path()));
    assert!(found.as_array().is_some_and(|found| found.len() > 3), "{found}");
    assert_valid(&schema("diagnostics"), &found);
    assert_valid(&schema("diagnostics"), &parsed("[]"));
}

#[test]
fn syntax_trees_are_valid() {
    let schema = schema("ast");
    let models =
        ["specs/evidence/evidence.sea", "examples/orders/specs/orders/orders.sea", "fuzz/seeds/eval/policies.sea"];
    for model in models {
        assert_valid(&schema, &parsed(&stdout(&["ast", model], root())));
    }
    let mut wrong = parsed(&stdout(&["ast", models[0]], root()));
    wrong["files"][0]["tree"]["declarations"][0]["kind"] = "wish".into();
    assert!(!jsonschema::is_valid(&schema, &wrong));
}

#[test]
fn what_a_run_tells_programs_is_valid() {
    let dir = tempfile::tempdir().expect("a folder");
    stdout(&["new", "shop"], dir.path());
    let shop = dir.path().join("shop");
    let schema = schema("generate");
    fs::write(shop.join("specs/orders.sea"), "").expect("a spec that is not read");
    let mut run = Value::Null;
    for mode in ["--check", "--diff", "--dry-run", "--timings"] {
        run = parsed(&stdout(&["generate", "--format", "json", mode], &shop));
        assert!(run["files"].as_array().is_some_and(|files| files.len() > 10) && run["findings"][0].is_object());
        assert_valid(&schema, &run);
    }
    run["files"][0]["action"] = "improve".into();
    assert!(!jsonschema::is_valid(&schema, &run));
}

#[test]
fn a_new_workspace_brings_the_schema_and_generate_brings_it_back() {
    let dir = tempfile::tempdir().expect("a folder");
    stdout(&["new", "shop"], dir.path());
    let shop = dir.path().join("shop");
    let design = fs::read_to_string(shop.join("specs/orders/orders.sds.yaml")).expect("a design");
    let line = design.lines().next().and_then(|line| line.strip_prefix("# yaml-language-server: $schema="));
    let schema = shop.join("specs/orders").join(line.expect("the line for editors"));
    let printed = stdout(&["schema", "sds"], &shop);
    assert_eq!(fs::read_to_string(&schema).expect("a schema"), printed);
    fs::write(&schema, "{}").expect("an old schema");
    stdout(&["generate"], &shop);
    assert_eq!(fs::read_to_string(&schema).expect("a schema"), printed);
}
