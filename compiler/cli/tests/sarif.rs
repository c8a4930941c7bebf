//! What `--format sarif` prints is SARIF 2.1.0: it follows the schema of the standard, and what the schema cannot say
//! about places, rules and fixes holds as well.

use jsonschema::Validator;
use serde_json::Value;
use snapbox::cmd::{Command, cargo_bin};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The schema, from the package that brings it.
fn schema() -> Validator {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let metadata = std::process::Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo");
    let metadata: Value = serde_json::from_slice(&metadata.stdout).expect("the packages");
    let packages = metadata["packages"].as_array().expect("packages");
    let package = packages.iter().find(|package| package["name"] == "serde-sarif").expect("a development dependency");
    let manifest = PathBuf::from(package["manifest_path"].as_str().expect("a path"));
    let text = fs::read_to_string(manifest.with_file_name("src").join("schema.json")).expect("the schema");
    jsonschema::validator_for(&serde_json::from_str(&text).expect("JSON")).expect("a schema")
}

fn printed(folder: &Path, args: &[&str]) -> Value {
    let assert = Command::new(cargo_bin!("seac")).current_dir(folder).args(args).args(["--format", "sarif"]).assert();
    let log = serde_json::from_slice(&assert.get_output().stdout).expect("JSON");
    let errors: Vec<String> =
        schema().iter_errors(&log).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, [""; 0]);
    log
}

/// A model with one finding of each shape: with a fix, with a second place, behind characters of every width.
fn models() -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let text = "Entity \"Größe 😀\" Kunde\nEntity \"A\"\r\nEntity \"A\"\nResource \"R\" kg\n\
                Flow \"R\" from \"A\" to \"Größe 😁\"\nPolicy p as: \"é😀\" = \"\" && true\n";
    fs::create_dir_all(dir.path().join("my models")).expect("folders");
    fs::write(dir.path().join("my models/größe: 100% #1.sea"), text).expect("a file");
    dir
}

/// The characters of a region, lines and columns counted in code points from 1.
fn covered(text: &str, region: &Value) -> String {
    let number = |key: &str| usize::try_from(region[key].as_u64().expect("a number")).expect("a small one");
    let lines: Vec<&str> = text.split('\n').collect();
    let from = |line: usize, column: usize| -> usize {
        let before: usize = lines[..line - 1].iter().map(|line| line.chars().count() + 1).sum();
        before + column - 1
    };
    let (start, end) = (from(number("startLine"), number("startColumn")), from(number("endLine"), number("endColumn")));
    text.chars().skip(start).take(end - start).collect()
}

fn decoded(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped =
            (*first == b'%').then(|| u8::from_str_radix(&uri[uri.len() - tail.len()..][..2], 16).expect("hex"));
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8(bytes).expect("a path")
}

#[test]
fn findings_follow_the_standard() {
    let dir = models();
    let log = printed(dir.path(), &["check", "my models"]);
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let (rules, results) = (run["tool"]["driver"]["rules"].as_array(), run["results"].as_array());
    let (rules, results) = (rules.expect("rules"), results.expect("results"));
    for rule in rules {
        assert!(rule["help"]["text"].as_str().is_some_and(|text| text.contains("Mended")), "{rule}");
    }
    let (mut covers, mut related, mut fixes) = (Vec::new(), 0, 0);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("a small one");
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().expect("a URI");
        assert!(uri.is_ascii() && !uri.contains([' ', ':', '#', '\\']) && !uri.starts_with('/'), "{uri}");
        let text = fs::read_to_string(dir.path().join(decoded(uri))).expect("the file that is meant");
        covers.push(covered(&text, &place["region"]));
        for location in result["relatedLocations"].as_array().into_iter().flatten() {
            assert!(location["message"]["text"].is_string(), "{location}");
            related += 1;
        }
        for replacement in result["fixes"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|fix| fix["artifactChanges"][0]["replacements"].as_array().expect("replacements"))
        {
            assert_ne!(
                covered(&text, &replacement["deletedRegion"]),
                replacement["insertedContent"]["text"].as_str().expect("a text")
            );
            fixes += 1;
        }
    }
    covers.sort_unstable();
    assert_eq!(covers, ["\"A\"", "\"é😀\" = \"\" && true", "&&", "Kunde"]);
    assert!(fixes > 0 && related > 0, "{fixes} fixes, {related} other places");
}

#[test]
fn gaps_follow_the_standard() {
    let dir = tempfile::tempdir().expect("a folder");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workspace/tests/fixtures/gaps/whole/specs/depot");
    fs::create_dir_all(dir.path().join("specs/depot")).expect("folders");
    for entry in fs::read_dir(fixture).expect("a fixture") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            fs::copy(&path, dir.path().join("specs/depot").join(path.file_name().expect("a name"))).expect("a copy");
        }
    }
    let log = printed(dir.path(), &["gap-report"]);
    let results = log["runs"][0]["results"].as_array().expect("results");
    assert!(!results.is_empty());
    assert!(results.iter().all(|result| result["partialFingerprints"]["gapId/v1"].is_string()));
}

#[test]
fn the_schema_refuses_what_is_no_sarif() {
    let mut log = printed(models().path(), &["check", "my models"]);
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0.into();
    assert!(!schema().is_valid(&log));
}
