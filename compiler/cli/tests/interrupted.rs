//! Runs that are cut off, that the disk has no room for, and that happen at the same time.
#![cfg(unix)]

mod common;

use common::{Said, seac, tree};
use snapbox::cmd::cargo_bin;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

type Tree = BTreeMap<String, Vec<u8>>;

/// A generated workspace.
fn workspace() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    assert_eq!(seac(dir.path(), &["new", "shop"]).code, 0);
    assert_eq!(generate(&dir.path().join("shop")).code, 0);
    dir
}

fn generate(root: &Path) -> Said {
    seac(root, &["generate", "--quiet"])
}

fn generated(root: &Path) -> Tree {
    tree(&root.join("generated"))
}

/// Sets the limit that the policy of the example names.
fn set_limit(root: &Path, limit: usize) {
    let path = root.join("specs/orders/orders.sea");
    let text = fs::read_to_string(&path).expect("a model");
    let (head, rest) = text.split_once("total <= ").expect("a policy");
    let (_, rest) = rest.split_once(' ').expect("a unit");
    fs::write(path, format!("{head}total <= {limit} {rest}")).expect("written");
}

#[test]
fn a_killed_run_leaves_what_the_next_one_completes() {
    let dir = workspace();
    let root = &dir.path().join("shop");
    let names = || fs::read_dir(root.join("generated")).expect("a folder").count();
    let (mut cut, before) = (0, names());
    for round in 0..25 {
        set_limit(root, 100 + round);
        let mut run = Command::new(cargo_bin!("seac"));
        let mut run = run.arg("generate").current_dir(root).stderr(Stdio::null()).spawn().expect("it starts");
        std::thread::sleep(Duration::from_millis(6 * round as u64));
        // Signals that end a run at once, as ^C does.
        run.kill().expect("it can be killed");
        cut += usize::from(!run.wait().expect("it ends").success());
        assert_eq!(generate(root).code, 0);
        assert_eq!(seac(root, &["generate", "--check"]).code, 0);
        assert_eq!(names(), before, "nothing is left over");
    }
    assert!(cut > 0, "some runs were cut off");
}

#[test]
fn where_a_file_cannot_be_written_the_old_tree_stands() {
    let dir = workspace();
    let root = &dir.path().join("shop");
    let before = generated(root);
    set_limit(root, 7);
    // The manifest is larger than this and is written after smaller files, as if the disk were full.
    let script = format!("trap '' XFSZ; ulimit -f 4; exec '{}' generate", cargo_bin!("seac").display());
    let run = Command::new("bash").args(["-c", &script]).current_dir(root).output().expect("bash");
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.code() == Some(3) && said.contains("cannot write"), "{said}");
    assert_eq!(generated(root), before);
    assert_eq!(generate(root).code, 0);
    assert_ne!(generated(root), before);
}

#[test]
fn a_run_beside_another_one_is_told_so() {
    let dir = workspace();
    let root = &dir.path().join("shop");
    let other = File::create(root.join(".seac/lock")).expect("a file");
    other.lock().expect("it is free");
    let said = generate(root);
    assert!(said.code == 3 && said.stderr.contains("wait until it has ended"), "{}", said.stderr);
    drop(other);
    assert_eq!(generate(root).code, 0);
}

#[test]
fn runs_at_the_same_time_leave_one_right_tree() {
    let dir = workspace();
    let root = &dir.path().join("shop");
    set_limit(root, 7);
    let runs: Vec<_> = (0..6)
        .map(|_| {
            let mut run = Command::new(cargo_bin!("seac"));
            run.arg("generate").current_dir(root).stderr(Stdio::null()).spawn().expect("it starts")
        })
        .collect();
    let ends: Vec<_> = runs.into_iter().map(|mut run| run.wait().expect("it ends").code()).collect();
    assert!(ends.contains(&Some(0)) && ends.iter().all(|end| matches!(end, Some(0 | 3))), "{ends:?}");
    assert_eq!(seac(root, &["generate", "--check"]).code, 0);
}
