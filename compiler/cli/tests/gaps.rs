//! `seac gap-report` as a black box: formats, exit codes, baselines.

use snapbox::cmd::{Command, OutputAssert, cargo_bin};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn seac(folder: &Path) -> Command {
    Command::new(cargo_bin!("seac")).current_dir(folder).env_remove("CARGO_TARGET_DIR").env("COLUMNS", "100")
}

/// The workspace of the gap fixture, not generated.
fn gap_fixture() -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workspace/tests/fixtures/gaps/whole/specs");
    for context in ["depot", "parcels"] {
        for entry in fs::read_dir(fixture.join(context)).expect("a fixture") {
            let path = entry.expect("an entry").path();
            let target = dir.path().join("specs").join(context);
            fs::create_dir_all(&target).expect("folders");
            if path.is_file() {
                fs::copy(&path, target.join(path.file_name().expect("a name"))).expect("a copy");
            }
        }
    }
    dir
}

#[test]
fn gaps_are_printed_in_four_formats_and_fail_only_when_asked_to() {
    let dir = gap_fixture();
    let report = |args: &[&str]| seac(dir.path()).arg("gap-report").args(args).assert();
    let text = |assert: &OutputAssert| String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    // The notes were left out, so the design refers to what does not exist: a gap, not a reason to give up.
    let markdown = text(&report(&[]).success());
    assert!(markdown.contains("SDS-201 refers to `PRD-201`, which does not exist"), "{markdown}");
    report(&["--fail-on", "critical"]).success();
    report(&["--fail-on", "high"]).code(1);
    let json = text(&report(&["--format", "json"]).success());
    fs::write(dir.path().join("before.json"), &json).expect("a file");
    report(&["--fail-on", "low", "--baseline", "before.json"]).success();
    let sarif: serde_json::Value = serde_json::from_str(&text(&report(&["--format", "sarif"]))).expect("JSON");
    let results = sarif["runs"][0]["results"].as_array().expect("results");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(results.len(), json["gaps"].as_array().map_or(0, Vec::len));
    assert_eq!(results[0]["partialFingerprints"]["gapId/v1"], json["gaps"][0]["id"]);
    assert!(text(&report(&["--format", "html"])).starts_with("<!doctype html>"));
}

#[test]
fn a_baseline_that_is_none_is_a_usage_error() {
    let dir = gap_fixture();
    fs::write(dir.path().join("other.json"), "{\"format\":9}").expect("a file");
    let report = |file: &str| {
        let assert = seac(dir.path()).args(["gap-report", "--baseline", file]).assert().code(2).stdout_eq("");
        String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
    };
    let text = report("other.json");
    assert!(text.contains("other.json cannot be the baseline: it has format 9, this seac knows 1"), "{text}");
    assert!(text.contains("make one with `seac gap-report --format json`"), "{text}");
    assert!(report("missing.json").contains("cannot read missing.json"));
}
