//! `seac emit-sea` as a black box: what it prints, moves, and leaves alone.

use snapbox::cmd::{Command, cargo_bin};
use snapbox::str;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const DESIGN: &str = "\
sdsId: SDS-201
title: Library
boundedContext: library
satisfiesPrds: []
satisfiesAdrs: []
# What a library has.
domain:
  valueObjects:
    - { name: Isbn, pattern: '^[0-9]{13}$' }
    - name: Shelf
      doc: Where books stand.
      members: [fiction, science]   # in this order
adapters: []
";

fn seac(folder: &Path) -> Command {
    Command::new(cargo_bin!("seac")).current_dir(folder).env("COLUMNS", "100")
}

fn workspace(contexts: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for context in contexts {
        let folder = dir.path().join("specs").join(context);
        fs::create_dir_all(&folder).expect("folders");
        let text = DESIGN.replace("boundedContext: library", &format!("boundedContext: {context}"));
        fs::write(folder.join(format!("{context}.sds.yaml")), text).expect("a file");
    }
    dir
}

#[test]
fn it_prints_the_model_and_says_what_stays() {
    let dir = workspace(&["library"]);
    let printed = seac(dir.path()).args(["emit-sea", "--from-sds"]).assert().success();
    let printed = printed.stdout_eq(str![[r#"
@namespace "system.library"

/// Where books stand.
export enum Shelf { fiction = "fiction", science = "science" }

"#]]);
    printed.stderr_eq(str![[r#"
specs/library/library.sds.yaml:9: `Isbn` stays in the SDS: SEA has patterns, but no named types of text

"#]]);
    assert!(!dir.path().join("specs/library/library.sea").exists());
}

#[test]
fn moving_takes_it_out_of_the_sds_and_keeps_the_model() {
    let dir = workspace(&["library"]);
    let model = || seac(dir.path()).arg("model").assert().success().get_output().stdout.clone();
    let before = model();
    seac(dir.path()).args(["emit-sea", "--from-sds", "--write"]).assert().success().stdout_eq("");
    assert_eq!(before, model());
    let design = fs::read_to_string(dir.path().join("specs/library/library.sds.yaml")).expect("the design");
    let moved =
        "    - name: Shelf\n      doc: Where books stand.\n      members: [fiction, science]   # in this order\n";
    assert_eq!(design, DESIGN.replace(moved, ""));
    seac(dir.path()).args(["fmt", "--check"]).assert().success();
    // Nothing is left to move, and what is there stays as it is.
    let sea = fs::read_to_string(dir.path().join("specs/library/library.sea")).expect("the model");
    seac(dir.path()).args(["emit-sea", "--from-sds", "--write"]).assert().success();
    assert_eq!(fs::read_to_string(dir.path().join("specs/library/library.sea")).expect("the model"), sea);
}

#[test]
fn several_models_need_a_folder() {
    let dir = workspace(&["archive", "library"]);
    fs::remove_file(dir.path().join("specs/archive/archive.sds.yaml")).expect("removed");
    let second = DESIGN.replace("SDS-201", "SDS-202").replace("boundedContext: library", "boundedContext: archive");
    fs::write(dir.path().join("specs/archive/archive.sds.yaml"), second).expect("a file");
    seac(dir.path()).args(["emit-sea", "--from-sds"]).assert().code(2).stdout_eq("").stderr_eq(str![[r#"
error: several models cannot go to one output
  help: name one context, or give a folder with `--out`

"#]]);
    seac(dir.path()).args(["emit-sea", "--from-sds", "--out", "models"]).assert().success().stdout_eq("");
    let model = |context: &str| fs::read_to_string(dir.path().join(format!("models/{context}.sea"))).expect("a model");
    assert_eq!(model("archive").replace("archive", "library"), model("library"));
    seac(dir.path()).args(["emit-sea", "--from-sds", "shop"]).assert().code(2).stderr_eq(str![[r#"
error: there is no context `shop`
  help: the contexts are archive, library

"#]]);
    seac(dir.path()).args(["emit-sea"]).assert().code(2);
}
