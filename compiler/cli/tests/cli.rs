//! Black-box transcripts of the binary: help texts, exit codes, and what goes to which stream.

use snapbox::cmd::{Command, OutputAssert, cargo_bin};
use snapbox::{Data, IntoData, Redactions, assert_data_eq};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn seac(folder: &Path) -> Command {
    Command::new(cargo_bin!("seac")).current_dir(folder).env_remove("CARGO_TARGET_DIR").env("COLUMNS", "100")
}

/// A workspace with these files.
fn workspace(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, text).expect("a file");
    }
    dir
}

/// Asserts on stderr, with the folder of the test shown as `[ROOT]`.
fn stderr_is(assert: &OutputAssert, folder: &Path, expected: impl IntoData) {
    let text = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    let root = folder.canonicalize().expect("a path").display().to_string();
    let mut redactions = Redactions::new();
    redactions.insert("[ROOT]", root).expect("a redaction");
    assert_data_eq!(redactions.redact(&text), expected.raw());
}

#[test]
fn the_help_of_every_command() {
    let folder = Path::new(".");
    let commands = [
        "",
        "new",
        "init",
        "check",
        "eval",
        "fmt",
        "generate",
        "gap-report",
        "model",
        "ast",
        "diff",
        "emit-sea",
        "templates",
        "explain",
        "run",
        "completions",
    ];
    for command in commands {
        let args: Vec<&str> = [command, "--help"].into_iter().filter(|arg| !arg.is_empty()).collect();
        let name = if command.is_empty() { "seac" } else { command };
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/help/{name}.txt"));
        seac(folder).args(args).assert().success().stdout_eq(Data::read_from(&path, None).raw());
    }
}

#[test]
fn a_design_is_begun_beside_what_is_there() {
    let dir = workspace(&[("src/main.rs", "fn main() {}\n")]);
    seac(dir.path()).args(["init", "tickets"]).assert().success().stdout_eq("");
    seac(dir.path()).args(["check", "--profile", "strict"]).assert().success();
    let design = fs::read_to_string(dir.path().join("specs/tickets/tickets.sds.yaml")).expect("a design");
    assert!(
        design.starts_with("# yaml-language-server: $schema=../../.seac/sds.schema.json\nsdsId: SDS-101\n"),
        "{design}"
    );
    assert!(dir.path().join(".seac/sds.schema.json").is_file());
    // From a folder within, into the same workspace, with the next number; what is there is left alone.
    seac(&dir.path().join("src")).args(["init", "billing"]).assert().success();
    let design = fs::read_to_string(dir.path().join("specs/billing/billing.sds.yaml")).expect("a design");
    assert!(design.contains("sdsId: SDS-102\n"), "{design}");
    for refused in ["tickets", "Tickets", "../x", "", "a-", "1a", "kernel"] {
        seac(dir.path()).args(["init", refused]).assert().code(2).stdout_eq("");
    }
}

#[test]
fn outside_of_a_workspace_it_says_where_to_go() {
    let dir = workspace(&[]);
    let assert = seac(dir.path()).arg("check").assert().code(2).stdout_eq("");
    stderr_is(
        &assert,
        dir.path(),
        snapbox::str![[r#"
error: no `specs` folder in [ROOT] or in any folder above it
  help: go to a workspace, name one with `--root`, or make one with `seac new NAME`

"#]],
    );
}

#[test]
fn a_root_without_specs_is_a_usage_error() {
    let dir = workspace(&[]);
    let assert = seac(dir.path()).args(["generate", "--root", "."]).assert().code(2).stdout_eq("");
    stderr_is(
        &assert,
        dir.path(),
        snapbox::str![[r#"
error: [ROOT] has no `specs` folder
  help: `--root` takes the folder that contains `specs`

"#]],
    );
    seac(dir.path()).args(["check", "--root", "nowhere"]).assert().code(2);
    seac(dir.path()).args(["check", "nowhere.sea"]).assert().code(2);
}

#[test]
fn an_unknown_flag_is_a_usage_error() {
    let dir = workspace(&[]);
    let assert = seac(dir.path()).args(["generate", "--overwrit"]).assert().code(2).stdout_eq("");
    stderr_is(
        &assert,
        dir.path(),
        snapbox::str![[r#"
error: unexpected argument '--overwrit' found

  tip: a similar argument exists: '--overwrite'

Usage: seac generate --overwrite

For more information, try '--help'.

"#]],
    );
}

#[test]
fn an_empty_specs_folder_is_a_finding() {
    let dir = workspace(&[("specs/README", "")]);
    let assert = seac(dir.path()).arg("check").assert().code(1).stdout_eq("");
    stderr_is(
        &assert,
        dir.path(),
        snapbox::str![[r#"
error[GEN001]: there are no specs in `specs`
--> specs
 = help: write `specs/<context>/<context>.sds.yaml` and `.sea`, or start from `seac new NAME`

1 error; `seac explain GEN001` tells more

"#]],
    );
}

/// A context whose flow does not say everything.
const LOOSE: [(&str, &str); 2] = [
    (
        "specs/shop/shop.sds.yaml",
        "sdsId: SDS-100\nboundedContext: shop\nsatisfiesPrds: []\nsatisfiesAdrs: []\n\
         cqrs: { events: [ { name: OrderPlaced, payload: {} } ] }\n\
         messageBus: { routes: [ { event: OrderPlaced, subject: shop.placed, external: true } ] }\n",
    ),
    (
        "specs/shop/shop.sea",
        "Entity \"A\"\nResource \"OrderPlaced\"\nFlow \"OrderPlaced\" @cqrs { \"kind\": \"event\" } from \"A\" to \"A\"\n",
    ),
];

#[test]
fn a_lint_is_a_warning_and_in_the_strict_profile_an_error() {
    let dir = workspace(&LOOSE);
    let said = |assert: OutputAssert| String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(said(seac(dir.path()).arg("check").assert().code(0)).contains("warning[JOIN204]"));
    let strict = seac(dir.path()).args(["check", "--profile", "strict"]).assert().code(1);
    assert!(said(strict).contains("error[JOIN204]"));
    fs::write(dir.path().join("seac.toml"), "[check]\nprofile = \"strict\"\n").expect("a setting");
    assert!(said(seac(dir.path()).arg("check").assert().code(1)).contains("error[JOIN204]"));
    // The command line has the last word, and the fix is sure.
    assert!(said(seac(dir.path()).args(["check", "--profile", "warn"]).assert().code(0)).contains("warning[JOIN204]"));
    seac(dir.path()).args(["check", "--fix"]).assert().code(0);
    seac(dir.path()).arg("check").assert().code(0);
    let model = fs::read_to_string(dir.path().join("specs/shop/shop.sea")).expect("a model");
    assert!(model.contains("@cqrs { \"kind\": \"event\" } @outbox { \"mode\": \"required\" } from"), "{model}");
}

#[test]
fn a_wrong_setting_is_shown_in_its_place() {
    let dir = workspace(&[("specs/README", ""), ("seac.toml", "[generate]\noutput = \"../elsewhere\"\n")]);
    let assert = seac(dir.path()).args(["check", "seac.toml"]).assert().code(2).stdout_eq("");
    stderr_is(
        &assert,
        dir.path(),
        snapbox::str![[r#"
error[GEN002]: this output folder cannot be used: the path has the part `..`
 --> seac.toml:2:10
  |
2 | output = "../elsewhere"
  |          ^^^^^^^^^^^^^^ set here
  |
  = why: generation removes and replaces files there, so it has to be a folder of its own inside the workspace
  = help: name a folder relative to the root, such as `generated`

1 error; `seac explain GEN002` tells more
1 finding elsewhere, not shown

"#]],
    );
}

#[test]
fn a_spec_in_another_encoding_is_named_with_the_byte() {
    let dir = workspace(&[("specs/orders/orders.sea", "")]);
    fs::write(dir.path().join("specs/orders/orders.sea"), b"Entity \"A\"\n// Gr\xf6\xdfe\n").expect("a file");
    let assert = seac(dir.path()).args(["--color", "never", "check"]).assert().code(1).stdout_eq("");
    stderr_is(
        &assert,
        dir.path(),
        snapbox::str![[r#"
error[GEN003]: `specs/orders/orders.sea` is not UTF-8 from byte 16 on
 --> specs/orders/orders.sea:2:6
  |
2 | // Gr
  |      ^ the first byte that is not UTF-8 follows
  |
  = help: save the file as UTF-8

1 error; `seac explain GEN003` tells more

"#]],
    );
    seac(dir.path())
        .args(["check", "--format", "github"])
        .assert()
        .code(1)
        .stderr_eq("")
        .stdout_eq(snapbox::str![[r#"
::error file=specs/orders/orders.sea,line=2,endLine=2,col=6,endColumn=6,title=GEN003::`specs/orders/orders.sea` is not UTF-8 from byte 16 on: the first byte that is not UTF-8 follows%0Ahelp: save the file as UTF-8

"#]]);
}

#[test]
fn an_output_folder_that_cannot_be_written_is_found_before_anything_changes() {
    let dir = workspace(&[("specs/README", ""), ("specs/orders/notes/x", ""), ("generated/keep.txt", "mine")]);
    fs::create_dir_all(dir.path().join("specs/orders/adr")).expect("a folder");
    fs::write(dir.path().join("specs/orders/adr/one.md"), "---\nid: ADR-001\n---\n").expect("a note");
    let generated = dir.path().join("generated");
    let writable = fs::metadata(&generated).expect("there").permissions();
    let mut frozen = writable.clone();
    frozen.set_readonly(true);
    fs::set_permissions(&generated, frozen).expect("permissions");
    let output = seac(dir.path()).arg("generate").output().expect("it ran");
    fs::set_permissions(&generated, writable).expect("permissions");
    // Whatever the analysis thinks of such a small workspace, nothing may have been written.
    assert!(matches!(output.status.code(), Some(1 | 3)), "{output:?}");
    assert_eq!(fs::read_dir(&generated).expect("readable").count(), 1);
}

#[test]
fn explain_knows_the_codes_and_the_nearest_one() {
    let dir = workspace(&[]);
    seac(dir.path()).args(["explain", "gen012"]).assert().success().stderr_eq("").stdout_eq(snapbox::str![[r#"
GEN012 (warning): a file in a `gen` folder was not generated

Folders named `gen` belong to the compiler. A file there that it has not made is not part of what
the specs say, and is easily taken for generated code. seac leaves it alone and never removes it;
`seac generate --check` counts it as drift.

Fails:

    --- specs/shop/shop.sds.yaml
    sdsId: SDS-100
    boundedContext: shop
    satisfiesPrds: []
    satisfiesAdrs: []
    --- specs/shop/shop.sea
    Role "Customer"
    === seac generate
    --- generated/crates/shop/src/gen/helper.rs
    // mine

Mended:

    --- specs/shop/shop.sds.yaml
    sdsId: SDS-100
    boundedContext: shop
    satisfiesPrds: []
    satisfiesAdrs: []
    --- specs/shop/shop.sea
    Role "Customer"
    === seac generate
    --- generated/crates/shop/src/helper.rs
    // mine

"#]]);
    let assert = seac(dir.path()).args(["explain", "GEN13"]).assert().code(2).stdout_eq("");
    stderr_is(
        &assert,
        dir.path(),
        snapbox::str![[r#"
error: there is no code `GEN13`
  help: did you mean `GEN013`?

"#]],
    );
    seac(dir.path()).args(["explain"]).assert().code(2);
    seac(dir.path()).args(["explain", "--list"]).assert().success();
}

#[test]
fn new_makes_a_workspace_and_refuses_a_folder_with_something_in_it() {
    let dir = workspace(&[]);
    let assert = seac(dir.path()).args(["new", "shop"]).assert().success().stdout_eq("");
    assert!(String::from_utf8_lossy(&assert.get_output().stderr).contains("cd shop"));
    for path in ["specs/orders/orders.sds.yaml", "specs/orders/orders.sea", "README.md", ".gitignore"] {
        assert!(dir.path().join("shop").join(path).is_file(), "{path}");
    }
    let assert = seac(dir.path()).args(["new", "shop"]).assert().code(2).stdout_eq("");
    stderr_is(
        &assert,
        dir.path(),
        snapbox::str![[r#"
error: shop exists and is not an empty folder
  help: choose another name, or empty the folder first

"#]],
    );
}

#[test]
fn completions_name_the_commands() {
    let dir = workspace(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = seac(dir.path()).args(["completions", shell]).output().expect("it ran");
        assert!(output.status.success());
        assert!(String::from_utf8_lossy(&output.stdout).contains("generate"), "{shell}");
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let dir = workspace(&[]);
    let script = format!("{} explain --list | head -n 1; exit ${{PIPESTATUS[0]}}", cargo_bin!("seac").display());
    let output = std::process::Command::new("bash").args(["-c", &script]).current_dir(dir.path()).output();
    let output = output.expect("bash ran");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

const MODEL: &str = "import { Buyer, Money } from \"./lib/base.sea\"\nEntity \"Shop\"\n\
    Flow \"Money\" @timestamp \"2025-01-01T12:00:00Z\" from \"Buyer\" to \"Shop\" quantity 5\n\
    Policy small as: forall f in flows: (f.quantity < 3)\n\
    Policy day as: sum(f in flows over last 1 \"day\": f.quantity) = 5\n\
    Metric \"volume\" as: sum(flows.quantity)\n";
const BASE: &str = "export Entity \"Buyer\"\nexport Resource \"Money\" USD\n";

#[test]
fn models_outside_of_specs_are_checked_with_what_they_import() {
    let dir = workspace(&[("model.sea", MODEL), ("lib/base.sea", BASE)]);
    let assert = seac(dir.path()).args(["check", "--at", "2025-01-02T00:00:00Z", "."]).assert().code(1).stdout_eq("");
    stderr_is(
        &assert,
        dir.path(),
        snapbox::str![[r#"
error[SEA501]: the policy `small` does not hold
 --> model.sea:4:8
  |
3 | Flow "Money" @timestamp "2025-01-01T12:00:00Z" from "Buyer" to "Shop" quantity 5
  | -------------------------------------------------------------------------------- Money: Buyer → Shop
4 | Policy small as: forall f in flows: (f.quantity < 3)
  |        ^^^^^                         ---------- this is 5 "USD"
  |        |
  |        violated with f = Money: Buyer → Shop

1 error; `seac explain SEA501` tells more

"#]],
    );
}

#[test]
fn eval_tells_what_policies_and_metrics_come_to() {
    let dir = workspace(&[("model.sea", MODEL), ("lib/base.sea", BASE)]);
    let args = ["eval", "--at", "2025-01-02T00:00:00Z", "model.sea"];
    seac(dir.path()).args(args).assert().code(1).stdout_eq(snapbox::str![[r#"
    satisfied  day
     violated  small by f = Money: Buyer → Shop, 1 in all
     measured  volume = 5 "USD"

"#]]);
    let json = seac(dir.path()).args(args).args(["--format", "json"]).assert().code(1);
    let json: serde_json::Value = serde_json::from_slice(&json.get_output().stdout).expect("JSON");
    assert_eq!(json[0]["policies"][1]["witness"][0]["element"]["at"], "model.sea:3:1");
    assert_eq!(json[0]["metrics"][0]["value"], "5 \"USD\"");
}

#[test]
fn a_model_can_come_from_standard_input() {
    let dir = workspace(&[]);
    let assert = seac(dir.path()).args(["check", "-"]).stdin("Flow \"R\" from \"A\" to \"A\"").assert().code(1);
    let text = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(text.contains("there is no resource `R`") && text.contains("--> <stdin>:1:6"), "{text}");
    for (command, format) in [("check", "json"), ("check", "sarif"), ("check", "github")] {
        let assert = seac(dir.path()).args([command, "--format", format, "-"]).stdin("Entity A").assert().code(1);
        let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
        assert!(text.contains("<stdin>") || text.contains("%3Cstdin%3E"), "{format}: {text}");
    }
    seac(dir.path()).args(["check", "-"]).stdin("Entity \"A\"").assert().code(0);
    seac(dir.path()).args(["check", "nowhere.sea"]).assert().code(2);
    seac(dir.path()).args(["eval", "--at", "yesterday", "-"]).assert().code(2);
}

#[test]
fn a_model_in_another_encoding_has_one_finding() {
    let dir = workspace(&[]);
    fs::write(dir.path().join("a.sea"), b"Entity \"Gr\xf6\xdfe\"\nEntity C\n").expect("a file");
    seac(dir.path()).args(["check", "a.sea"]).assert().code(1).stderr_eq(snapbox::str![[r#"
error[GEN003]: `a.sea` is not UTF-8 from byte 10 on
 --> a.sea:1:11
  |
1 | Entity "Gr
  |           ^ the first byte that is not UTF-8 follows
  |
  = help: save the file as UTF-8

1 error; `seac explain GEN003` tells more

"#]]);
}

#[cfg(unix)]
#[test]
fn no_import_follows_a_link_out_of_the_root() {
    let outside = workspace(&[("secret.sea", "export Entity \"Secret\"")]);
    let dir = workspace(&[("model.sea", "import { Secret } from \"./link.sea\"")]);
    std::os::unix::fs::symlink(outside.path().join("secret.sea"), dir.path().join("link.sea")).expect("a link");
    let assert = seac(dir.path()).args(["check", "model.sea"]).assert().code(1);
    let text = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(text.contains("SEA402"), "{text}");
}

#[test]
fn a_registry_says_where_namespaces_are() {
    let registry = "[[namespaces]]\nnamespace = \"acme.common\"\npatterns = [\"common/**/*.sea\"]\n";
    let model =
        "import { Buyer } from \"acme.common\"\nPolicy p as: forall e in entities: (e.namespace = \"acme.common\")\n";
    let dir = workspace(&[(".sea-registry.toml", registry), ("common/base.sea", BASE), ("app/model.sea", model)]);
    seac(&dir.path().join("app")).args(["check", "model.sea"]).assert().code(0);
}

#[test]
fn a_folder_without_models_is_not_taken_for_sound() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(dir.path().join("empty")).expect("a folder");
    for command in ["check", "eval"] {
        let assert = seac(dir.path()).args([command, "empty"]).assert().code(2);
        stderr_is(&assert, dir.path(), "error: there is no model (`*.sea`) in empty\n");
    }
}
