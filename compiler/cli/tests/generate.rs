//! What can be asked of `seac generate`: some contexts only, any number of threads, an answer for programs.

mod common;

use common::{seac, tree};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn context(root: &Path, name: &str, fields: &str) {
    let folder = root.join("specs").join(name);
    fs::create_dir_all(&folder).expect("folders");
    let number = name.bytes().map(u32::from).sum::<u32>();
    let sds = format!("sdsId: SDS-{number}\nboundedContext: {name}\nsatisfiesPrds: []\nsatisfiesAdrs: []\n");
    fs::write(folder.join(format!("{name}.sds.yaml")), sds).expect("a spec");
    let sea = format!("Entity \"Thing\" {{\n    key thing_id: uuid\n{fields}}}\n");
    fs::write(folder.join(format!("{name}.sea")), sea).expect("a spec");
}

/// Two contexts, not yet generated.
fn workspace() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    context(dir.path(), "shop", "");
    context(dir.path(), "depot", "");
    dir
}

const WIDER: &str = "    weight: int\n";

/// Every generated file by path.
fn generated(root: &Path) -> BTreeMap<String, Vec<u8>> {
    tree(&root.join("generated"))
}

/// The files that are in only one of two trees, or another in each.
fn differences(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let paths: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    paths.into_iter().filter(|path| a.get(*path) != b.get(*path)).cloned().collect()
}

#[test]
fn only_touches_the_files_of_a_context_and_a_full_run_does_the_rest() {
    let dir = workspace();
    assert_eq!(seac(dir.path(), &["generate"]).code, 0);
    let before = generated(dir.path());
    context(dir.path(), "shop", WIDER);
    context(dir.path(), "depot", WIDER);
    let said = seac(dir.path(), &["generate", "--only", "shop", "--check"]);
    assert_eq!(said.code, 1);
    let shops = |line: &str| line.contains("/shop/") || line.ends_with("shop.json") || line.ends_with("MANIFEST.json");
    assert!(said.stdout.lines().count() > 2 && said.stdout.lines().all(shops), "{}", said.stdout);
    let said = seac(dir.path(), &["generate", "--only", "shop"]);
    assert!(said.code == 0 && said.stderr.contains("`seac generate` without `--only`"), "{}", said.stderr);
    let after = generated(dir.path());
    assert!(differences(&before, &after).iter().all(|path| shops(path)));
    assert_eq!(seac(dir.path(), &["generate", "--only", "shop", "--check"]).code, 0);
    assert_eq!(seac(dir.path(), &["generate", "--only", "depot", "--check"]).code, 1);
    assert_eq!(seac(dir.path(), &["generate", "--check"]).code, 1, "a full run is still needed");
    assert_eq!(seac(dir.path(), &["generate"]).code, 0);
    let fresh = workspace();
    context(fresh.path(), "shop", WIDER);
    context(fresh.path(), "depot", WIDER);
    assert_eq!(seac(fresh.path(), &["generate"]).code, 0);
    assert_eq!(differences(&generated(fresh.path()), &generated(dir.path())), Vec::<String>::new());
}

#[test]
fn a_run_over_one_context_neither_uses_nor_leaves_a_memo() {
    let dir = workspace();
    assert_eq!(seac(dir.path(), &["generate", "--only", "shop"]).code, 0);
    assert!(!dir.path().join(".seac/memo").exists());
    assert_eq!(seac(dir.path(), &["generate"]).code, 0, "the first full run does the rest");
    assert!(generated(dir.path()).contains_key("crates/depot/Cargo.toml"));
    let memo = fs::read(dir.path().join(".seac/memo")).expect("a memo");
    let said = seac(dir.path(), &["generate", "--only", "shop", "--timings"]);
    assert!(said.stderr.contains("analyse"), "{}", said.stderr);
    assert_eq!(fs::read(dir.path().join(".seac/memo")).expect("a memo"), memo);
    // The specs go back to what the memo saw, the output of one context does not.
    context(dir.path(), "shop", WIDER);
    assert_eq!(seac(dir.path(), &["generate", "--only", "shop"]).code, 0);
    context(dir.path(), "shop", "");
    assert_eq!(seac(dir.path(), &["generate", "--check"]).code, 1);
}

#[test]
fn an_edit_elsewhere_neither_stops_it_nor_is_forgotten() {
    let dir = workspace();
    assert_eq!(seac(dir.path(), &["generate"]).code, 0);
    let edited = dir.path().join("generated/crates/depot/src/gen/types.rs");
    fs::write(&edited, "// mine\n").expect("written");
    fs::write(dir.path().join("generated/crates/depot/src/gen/mine.rs"), "// mine\n").expect("written");
    context(dir.path(), "shop", WIDER);
    let said = seac(dir.path(), &["generate", "--only", "shop"]);
    assert!(said.code == 0 && !said.stderr.contains("GEN01"), "{}", said.stderr);
    let said = seac(dir.path(), &["generate"]);
    assert!(said.code == 1 && said.stderr.contains("GEN010") && said.stderr.contains("GEN012"), "{}", said.stderr);
    assert_eq!(fs::read_to_string(&edited).expect("there"), "// mine\n");
}

#[test]
fn a_manifest_that_is_damaged_needs_a_full_run() {
    let dir = workspace();
    assert_eq!(seac(dir.path(), &["generate"]).code, 0);
    fs::write(dir.path().join("generated/MANIFEST.json"), "{").expect("written");
    let said = seac(dir.path(), &["generate", "--only", "shop", "--overwrite"]);
    assert!(said.code == 1 && said.stderr.contains("GEN016"), "{}", said.stderr);
    assert_eq!(seac(dir.path(), &["generate", "--overwrite"]).code, 0);
}

#[test]
fn an_unknown_context_is_a_usage_error_with_the_nearest_name() {
    let dir = workspace();
    let said = seac(dir.path(), &["generate", "--only", "shop", "--only", "depo"]);
    assert_eq!(said.code, 2);
    assert_eq!(said.stderr, "error: there is no context `depo`\n  help: did you mean `depot`?\n");
    let said = seac(dir.path(), &["generate", "--only", "elsewhere"]);
    assert_eq!(said.stderr, "error: there is no context `elsewhere`\n  help: the contexts are depot, shop\n");
    assert!(!dir.path().join("generated").exists());
}

#[test]
fn the_number_of_threads_does_not_show() {
    let trees = ["1", "2", "7"].map(|jobs| {
        let dir = workspace();
        assert_eq!(seac(dir.path(), &["generate", "--jobs", jobs]).code, 0);
        generated(dir.path())
    });
    assert!(trees[0] == trees[1] && trees[1] == trees[2]);
    assert_eq!(seac(workspace().path(), &["generate", "--jobs", "0"]).code, 2);
}

#[test]
fn an_answer_for_programs_tells_of_every_file() {
    let dir = workspace();
    let ask = |args: &[&str]| {
        let said = seac(dir.path(), &[&["generate", "--format", "json"], args].concat());
        assert_eq!(said.stderr, "");
        (said.code, serde_json::from_str::<Value>(&said.stdout).expect("JSON"))
    };
    let count = |run: &Value, action: &str| run["summary"][action].as_u64().unwrap_or(0);
    let (code, run) = ask(&["--dry-run", "--timings"]);
    assert_eq!((code, &run["applied"], &run["mode"]), (0, &Value::Bool(false), &"dry-run".into()));
    assert!(run["timings"].as_array().is_some_and(|stages| stages.iter().any(|stage| stage["name"] == "analyse")));
    let (code, first) = ask(&[]);
    assert_eq!((code, &first["applied"]), (0, &Value::Bool(true)));
    assert_eq!(
        count(&first, "create") + count(&first, "replace"),
        first["files"].as_array().map_or(0, Vec::len) as u64
    );
    let (_, again) = ask(&[]);
    assert_eq!(count(&again, "keep"), 2);
    assert_eq!(count(&again, "unchanged") + 2, again["files"].as_array().map_or(0, Vec::len) as u64);
    fs::write(dir.path().join("generated/crates/shop/src/gen/types.rs"), "// mine\n").expect("written");
    fs::write(dir.path().join("generated/crates/shop/src/gen/mine.rs"), "// mine\n").expect("written");
    let (code, run) = ask(&["--diff", "--only", "shop"]);
    assert_eq!((code, &run["only"]), (1, &serde_json::json!(["shop"])));
    assert!(run["patch"].as_str().is_some_and(|patch| patch.contains("-// mine")), "{run}");
    let file = |name: &str| {
        let path = format!("generated/crates/shop/src/gen/{name}");
        run["files"].as_array().and_then(|files| files.iter().find(|file| file["path"] == path)).cloned()
    };
    let expected = |action: &str, zone: Option<&str>, finding: &str, name: &str| {
        let path = format!("generated/crates/shop/src/gen/{name}");
        Some(serde_json::json!({ "path": path, "action": action, "zone": zone, "finding": finding }))
    };
    assert_eq!(file("types.rs"), expected("refuse", Some("gen"), "GEN010", "types.rs"));
    assert_eq!(file("mine.rs"), expected("foreign", None, "GEN012", "mine.rs"));
    fs::write(dir.path().join("specs/shop/shop.sea"), "Entity\n").expect("written");
    let (code, run) = ask(&[]);
    assert_eq!((code, run["files"].as_array().map(Vec::len)), (1, Some(0)));
    assert!(run["findings"].as_array().is_some_and(|found| !found.is_empty()));
}

/// Writes the files of an example, each behind a line `--- path`.
fn write_example(root: &Path, text: &str) {
    for part in text.split("--- ").skip(1) {
        let (path, text) = part.split_once('\n').expect("a path");
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("a spec");
    }
}

#[test]
fn several_effects_are_one_operation_over_several_repositories() {
    let dir = tempfile::tempdir().expect("a folder");
    let example = seac_syntax::Code::GenNotYet.info().mended;
    let part = "Entity \"Receipt\" {\n    key receipt_id: uuid\n    charge: ref<Charge>\n}\nrecord ChargeInput {";
    let several = example
        .replace("record ChargeInput {", part)
        .replace("    effect creates Charge\n", "    effect creates Charge\n    effect creates Receipt\n")
        // Carried out here, so that it needs its repositories.
        .replace("direction outbound", "direction internal")
        .replace(
            "[{ name: Bank, operations: [charge_card] }]",
            "[{ name: Charges, for: Charge }, { name: Receipts, for: Receipt }]",
        )
        .replace(
            "[{ name: HttpBank, implements: Bank, kind: http }]",
            "[{ name: SqlCharges, implements: Charges, kind: sql }, { name: SqlReceipts, implements: Receipts, kind: sql }]",
        );
    write_example(dir.path(), &several);
    let checked = seac(dir.path(), &["check"]);
    assert_eq!((checked.code, checked.stderr.contains("nothing to complain about")), (0, true), "{}", checked.stderr);
    let model = seac(dir.path(), &["model", "--format", "json"]);
    assert!(model.stdout.contains("\"receipt_id\":{\"from\":\"new_uuid\"}"), "{}", model.stdout);
    assert_eq!(seac(dir.path(), &["generate"]).code, 0);
    let operations = dir.path().join("generated/crates/shop/src/gen/operations.rs");
    let operations = fs::read_to_string(operations).expect("a file");
    assert!(operations.contains("pub receipt_repository: Arc<dyn Receipts>"), "{operations}");
    assert!(operations.contains("charge: state.charge_id.to_string()"), "{operations}");
}
