//! Black-box transcripts of the commands about SEA models: `fmt`, `ast`, `diff`.

use snapbox::cmd::{Command, cargo_bin};
use snapbox::str;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn seac(folder: &Path) -> Command {
    Command::new(cargo_bin!("seac")).current_dir(folder).env("COLUMNS", "100")
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("a file");
    }
    dir
}

fn text(dir: &TempDir, path: &str) -> String {
    fs::read_to_string(dir.path().join(path)).expect("a text")
}

#[test]
fn specs_and_examples_are_formatted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    seac(&root).args(["fmt", "--check", "specs", "examples"]).assert().code(0).stdout_eq("");
}

#[test]
fn fmt_writes_what_changes_and_leaves_what_has_mistakes() {
    let dir =
        folder(&[("m/a.sea", "entity \"A\"   // said\n"), ("m/b.sea", "Entity \"B\"\n"), ("m/c.sea", "Entity C\n")]);
    seac(dir.path()).args(["fmt", "m"]).assert().code(1).stdout_eq("").stderr_eq(str![[r#"
error[SEA001]: expected a string in quotes, found `C`
 --> m/c.sea:1:8
  |
1 | Entity C
  |        ^ expected a string in quotes
help: put the name in quotes
  |
1 - Entity C
1 + Entity "C"
  |

1 error; `seac explain SEA001` tells more
   Formatted 3 files, 1 changed

"#]]);
    assert_eq!(text(&dir, "m/a.sea"), "Entity \"A\" // said\n");
    assert_eq!(text(&dir, "m/c.sea"), "Entity C\n");
    seac(dir.path()).args(["fmt", "m/a.sea", "m/b.sea"]).assert().code(0);
}

#[test]
fn fmt_checks_and_shows_without_writing() {
    let dir = folder(&[("a.sea", "entity \"A\"\n"), ("b.sea", "Entity \"B\"\n")]);
    seac(dir.path()).args(["fmt", "--check", "a.sea", "b.sea"]).assert().code(1).stdout_eq("a.sea\n");
    seac(dir.path()).args(["fmt", "--check", "b.sea"]).assert().code(0).stdout_eq("");
    seac(dir.path()).args(["fmt", "--diff", "."]).assert().code(1).stdout_eq(str![[r#"
--- a/./a.sea
+++ b/./a.sea
@@ -1 +1 @@
-entity "A"
+Entity "A"

"#]]);
    assert_eq!(text(&dir, "a.sea"), "entity \"A\"\n");
}

#[test]
fn fmt_and_ast_read_standard_input() {
    let dir = folder(&[]);
    seac(dir.path()).args(["fmt", "-q", "-"]).stdin("role  \"R\"").assert().code(0).stdout_eq("Role \"R\"\n");
    seac(dir.path()).args(["fmt", "-q", "-"]).stdin("role").assert().code(1).stdout_eq("");
    let assert = seac(dir.path()).args(["ast", "-"]).stdin("Role \"R\"").assert().code(0);
    let out = String::from_utf8(assert.get_output().stdout.clone()).expect("text");
    assert!(out.contains("\"path\": \"<stdin>\"") && out.contains("\"Role\""), "{out}");
    seac(dir.path()).args(["ast", "-"]).stdin("Role R").assert().code(1);
    seac(dir.path()).args(["ast", "--format", "schema"]).assert().code(0);
    seac(dir.path()).args(["ast", "nowhere.sea"]).assert().code(2);
    seac(dir.path()).args(["fmt"]).assert().code(2);
}

#[test]
fn diff_says_what_changed_and_how_much_it_weighs() {
    let dir = folder(&[
        ("a.sea", "Entity \"A\"\nPolicy p as:\n    total <= 100 \"USD\"\n"),
        ("b.sea", "// other look\npolicy p as: total <= 200 \"USD\"\nentity \"A\"\nEntity \"B\"\n"),
        ("c.sea", "Entity \"A\" Policy p as: (total <= 100 \"USD\")"),
        ("d.sea", "Entity"),
    ]);
    seac(dir.path()).args(["diff", "a.sea", "b.sea"]).assert().code(1).stderr_eq("").stdout_eq(str![[r#"
additive: Entity B is added
  --> b.sea:4:1

governance-critical: Policy p, expression is changed
  --> a.sea:3:5
    - total <= 100 "USD"
  --> b.sea:2:14
    + total <= 200 "USD"

1 governance-critical, 1 additive

"#]]);
    seac(dir.path()).args(["diff", "a.sea", "c.sea"]).assert().code(0).stdout_eq("no difference\n");
    seac(dir.path()).args(["diff", "a.sea", "a.sea"]).assert().code(0).stdout_eq("no difference\n");
    seac(dir.path()).args(["diff", "--fail-on", "governance-critical", "a.sea", "b.sea"]).assert().code(1);
    seac(dir.path()).args(["diff", "a.sea", "d.sea"]).assert().code(1);
    let fewer = folder(&[("a.sea", "Entity \"A\""), ("b.sea", "Entity \"A\" Entity \"B\"")]);
    seac(fewer.path()).args(["diff", "--fail-on", "breaking", "a.sea", "b.sea"]).assert().code(0);
    seac(fewer.path()).args(["diff", "--format", "json", "a.sea", "b.sea"]).assert().code(1).stdout_eq(str![[r#"
{
  "format": 1,
  "heaviest": "additive",
  "changes": [
    {
      "class": "additive",
      "change": "added",
      "kind": "Entity",
      "name": "B",
      "facet": null,
      "before": null,
      "after": {
        "path": "b.sea",
        "line": 1,
        "column": 12,
        "text": ""
      }
    }
  ]
}

"#]]);
}

const DESIGN: &str = "sdsId: SDS-100\nboundedContext: shop\nsatisfiesPrds: []\nsatisfiesAdrs: []\n";

/// A workspace with this model.
fn workspace(model: &str) -> TempDir {
    folder(&[("specs/shop/shop.sds.yaml", DESIGN), ("specs/shop/shop.sea", model)])
}

#[test]
fn check_mends_what_needs_no_judgement() {
    let model = "Role \"Z\u{fc}rich\"\nEntity \"Zu\u{308}rich\"\nPolicy p as: 1 == 1 && 2 == 2\n";
    let dir = workspace(model);
    let assert = seac(dir.path()).args(["check", "--fix", "--dry-run"]).assert().code(1);
    let patch = String::from_utf8(assert.get_output().stdout.clone()).expect("text");
    assert!(patch.contains("+Policy p as: 1 = 1 and 2 = 2\n"), "{patch}");
    assert_eq!(text(&dir, "specs/shop/shop.sea"), model);
    let assert = seac(dir.path()).args(["check", "--fix"]).assert();
    let said = String::from_utf8(assert.get_output().stderr.clone()).expect("text");
    assert!(said.contains("Fixed specs/shop/shop.sea:3:16 SEA001: write `=`"), "{said}");
    assert_eq!(said.matches("Fixed").count(), 4, "{said}");
    let mended = "Role \"Z\u{fc}rich\"\nEntity \"Z\u{fc}rich\"\nPolicy p as: 1 = 1 and 2 = 2\n";
    assert_eq!(text(&dir, "specs/shop/shop.sea"), mended);
}

#[test]
fn the_reference_dialect_has_no_extensions() {
    let dir = workspace("Unit \"F\" of \"Temperature\" factor 0.5 base \"K\" offset 255.37\n");
    seac(dir.path()).args(["check", "--dialect", "reference"]).assert().code(0).stderr_eq(str![[r#"
warning[SEA105]: the unit `K` is not declared
 --> specs/shop/shop.sea:1:43
  |
1 | Unit "F" of "Temperature" factor 0.5 base "K" offset 255.37
  |                                           ^^^ nothing declares it

warning[SEA009]: units with an offset are an extension of seac
 --> specs/shop/shop.sea:1:54
  |
1 | Unit "F" of "Temperature" factor 0.5 base "K" offset 255.37
  |                                                      ^^^^^^ the reference compiler does not read this
  |
  = help: convert the values, and declare units that differ by a factor only

2 warnings; `seac explain SEA105` tells more

"#]]);
}

#[test]
fn models_that_stand_alone_are_mended_too() {
    let dir = folder(&[("shop.sea", "Entity \"A\"\nPolicy p as: count(entities) == 1\n")]);
    seac(dir.path()).args(["check", "--fix", "--dialect", "reference", "shop.sea"]).assert().code(0).stderr_eq(str![[
        r#"
       Fixed shop.sea:2:30 SEA001: write `=`
     Checked 1 model, nothing to complain about

"#
    ]]);
    assert_eq!(text(&dir, "shop.sea"), "Entity \"A\"\nPolicy p as: count(entities) = 1\n");
    let late = "Entity \"A\"\nResource \"R\"\nFlow \"R\" from \"A\" to \"A\" @note 1\n";
    let assert = seac(dir.path()).args(["check", "--dialect", "reference", "-"]).stdin(late).assert();
    let said = String::from_utf8(assert.get_output().stderr.clone()).expect("text");
    assert!(said.contains("warning[SEA009]: annotations behind `to`"), "{said}");
}

#[test]
fn what_cannot_be_written_is_said() {
    let dir = folder(&[("a.sea", "Entity \"E\"\n")]);
    for arguments in [&["ast", "a.sea"][..], &["check", "--format", "json", "a.sea"], &["explain", "SEA001"]] {
        let full = fs::File::options().write(true).open("/dev/full").expect("a full device");
        let mut seac = std::process::Command::new(cargo_bin!("seac"));
        let out = seac.current_dir(dir.path()).args(arguments).stdout(full).output().expect("it runs");
        assert_eq!(out.status.code(), Some(3), "{arguments:?}");
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(said.contains("cannot write to standard output"), "{said}");
    }
}

#[test]
fn eval_needs_a_real_day_and_a_clock() {
    let model = "Entity \"E\"\nResource \"R\"\n\
        Flow \"R\" @timestamp \"2025-01-01T00:00:00Z\" from \"E\" to \"E\" quantity 1\n\
        Policy p as: count(f in flows over last 7 \"days\": f) = 1\n";
    let dir = folder(&[("a.sea", model)]);
    let code = |arguments: &[&str]| seac(dir.path()).args(arguments).output().expect("it runs").status.code();
    assert_eq!(code(&["eval", "a.sea"]), Some(1));
    assert_eq!(code(&["eval", "--at", "2025-01-02T00:00:00Z", "a.sea"]), Some(0));
    assert_eq!(code(&["eval", "--at", "2025-02-30T00:00:00Z", "a.sea"]), Some(2));
}
