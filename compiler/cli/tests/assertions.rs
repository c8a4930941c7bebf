//! `seac emit-sea` from assertions and `seac extract-assertions` as black boxes.

use serde_json::Value;
use snapbox::cmd::{Command, cargo_bin};
use snapbox::str;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const SHOP: &str = include_str!("../../../examples/assertions/shop.yaml");

fn seac(folder: &Path) -> Command {
    Command::new(cargo_bin!("seac")).current_dir(folder).env("COLUMNS", "100")
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    files.iter().for_each(|(name, text)| fs::write(dir.path().join(name), text).expect("a file"));
    dir
}

fn stdout(folder: &Path, args: &[&str]) -> String {
    let assert = seac(folder).args(args).assert().success();
    String::from_utf8(assert.get_output().stdout.clone()).expect("text")
}

#[test]
fn a_model_of_claims_is_clean_in_the_strict_profile() {
    let dir = folder(&[("claims.yaml", SHOP)]);
    seac(dir.path()).args(["emit-sea", "claims.yaml", "-o", "shop.sea"]).assert().success();
    seac(dir.path()).args(["check", "--profile", "strict", "shop.sea"]).assert().success().stderr_eq(str![[r#"
     Checked 1 model, nothing to complain about

"#]]);
    seac(dir.path()).args(["fmt", "--check", "shop.sea"]).assert().success();
}

#[test]
fn several_files_in_any_order_are_one_set() {
    let (head, items) = SHOP.split_once("assertions:\n").expect("a list");
    let (first, second) = items.split_at(items.find("  - subject: Flow").expect("a flow"));
    let part = |items: &str| format!("{head}assertions:\n{items}");
    let dir = folder(&[("all.yaml", SHOP), ("a.yaml", &part(first)), ("b.yaml", &part(second))]);
    let whole = stdout(dir.path(), &["emit-sea", "all.yaml"]);
    assert_eq!(stdout(dir.path(), &["emit-sea", "a.yaml", "b.yaml"]), whole);
    assert_eq!(stdout(dir.path(), &["emit-sea", "b.yaml", "a.yaml"]), whole);
    assert!(stdout(dir.path(), &["emit-sea", "--origins", "all.yaml"]).contains("\n// sha256:"));
}

#[test]
fn what_does_not_hold_on_a_day_is_left_out() {
    let until = SHOP.replace("    object: USD\n", "    object: USD\n    validity: { until: 2026-06-01 }\n");
    let dir = folder(&[("claims.yaml", &until)]);
    assert!(stdout(dir.path(), &["emit-sea", "claims.yaml", "--at", "2026-05-31"]).contains("Resource \"Money\" USD"));
    let late = seac(dir.path()).args(["emit-sea", "claims.yaml", "--at", "2026-06-01"]).assert();
    let said = String::from_utf8_lossy(&late.get_output().stderr).into_owned();
    // Without the unit, the amount of the flow is wrong, and it is told where it was claimed.
    assert!(said.contains("claims.yaml:") && said.contains("120 \"USD\""), "{said}");
    let undated = seac(dir.path()).args(["emit-sea", "claims.yaml", "-o", "x.sea"]).assert().success();
    let said = String::from_utf8_lossy(&undated.get_output().stderr).into_owned();
    assert!(said.contains("not looked at: the validity of 1 assertion"), "{said}");
    seac(dir.path()).args(["emit-sea", "claims.yaml", "--at", "soon"]).assert().code(2);
}

#[test]
fn the_report_names_what_is_left_out_and_what_was_added() {
    let dir = folder(&[("claims.yaml", SHOP)]);
    let text = stdout(dir.path(), &["emit-sea", "claims.yaml", "--format", "json"]);
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["left"].as_array().map(Vec::len), Some(2));
    assert_eq!(report["left"][0]["because"], "rejected");
    let added: Vec<&Value> =
        report["added"].as_array().expect("a list").iter().map(|added| &added["claim"]["subject"]).collect();
    assert!(added.contains(&&Value::from("Entity \"Shop\"")), "{added:?}");
    assert_eq!(report["model"], stdout(dir.path(), &["emit-sea", "claims.yaml"]));
    // A draft has the proposals as well.
    assert!(stdout(dir.path(), &["emit-sea", "claims.yaml", "--proposals"]).contains("tier: string"));
}

#[test]
fn every_syntax_of_a_set_says_the_same() {
    let dir = folder(&[("claims.yaml", SHOP)]);
    seac(dir.path()).args(["emit-sea", "claims.yaml", "-o", "shop.sea"]).assert().success();
    let model = fs::read_to_string(dir.path().join("shop.sea")).expect("a model");
    let body = |text: &str| text.split_once('\n').map(|(_, body)| body.to_owned());
    for format in ["json", "yaml", "csv"] {
        let file = format!("set.{format}");
        seac(dir.path()).args(["extract-assertions", "shop.sea", "--format", format, "-o", &file]).assert().success();
        assert_eq!(body(&stdout(dir.path(), &["emit-sea", &file])), body(&model), "{format}");
    }
    let schema: Value = serde_json::from_str(&stdout(dir.path(), &["schema", "assertions"])).expect("JSON");
    let set: Value =
        serde_json::from_str(&fs::read_to_string(dir.path().join("set.json")).expect("a set")).expect("JSON");
    assert!(jsonschema::is_valid(&schema, &set));
    let mut wrong = set.clone();
    wrong["assertions"][0]["status"] = "perhaps".into();
    assert!(!jsonschema::is_valid(&schema, &wrong));
}

#[test]
fn a_model_of_a_workspace_is_checked_among_its_specs() {
    let dir = tempfile::tempdir().expect("a folder");
    stdout(dir.path(), &["new", "--quiet", "shop"]);
    let shop = dir.path().join("shop");
    let model = "specs/orders/orders.sea";
    seac(&shop).args(["extract-assertions", model, "-o", "claims.csv"]).args(["--format", "csv"]).assert().success();
    let before = fs::read_to_string(shop.join(model)).expect("a model");
    // Nothing to do, down to the last byte.
    assert_eq!(stdout(&shop, &["emit-sea", "claims.csv", "--against", model, "--prune"]), before);
    assert_eq!(stdout(&shop, &["emit-sea", "claims.csv", "--against", model, "--diff"]), "");
    let digest = |folder: &Path| stdout(folder, &["model"]);
    let meaning = digest(&shop);
    seac(&shop).args(["emit-sea", "claims.csv", "-o", model]).assert().success();
    assert_eq!(digest(&shop), meaning);
    seac(&shop).args(["check", "--profile", "strict"]).assert().success();
}

#[test]
fn an_edit_leaves_what_it_does_not_speak_of() {
    let model = "// The shop.\n\nRole \"Clerk\" // of ours\nResource \"Money\" EUR\n\nEntity \"Shop\"\n";
    let dir = folder(&[("claims.yaml", SHOP), ("shop.sea", model)]);
    let said =
        seac(dir.path()).args(["emit-sea", "claims.yaml", "--against", "shop.sea", "--write"]).assert().success();
    let said = String::from_utf8_lossy(&said.get_output().stderr).into_owned();
    assert!(said.contains("not claimed, and left where it is: Role \"Clerk\""), "{said}");
    let edited = fs::read_to_string(dir.path().join("shop.sea")).expect("a model");
    assert!(
        edited.starts_with("// The shop.\n\nRole \"Clerk\" // of ours\nResource \"Money\" USD\n\nEntity \"Shop\"\n"),
        "{edited}"
    );
    let again =
        seac(dir.path()).args(["emit-sea", "claims.yaml", "--against", "shop.sea", "--diff"]).assert().success();
    again.stdout_eq("");
    seac(dir.path())
        .args(["emit-sea", "claims.yaml", "--against", "shop.sea", "--write", "--prune"])
        .assert()
        .success();
    assert!(!fs::read_to_string(dir.path().join("shop.sea")).expect("a model").contains("Clerk"));
}
