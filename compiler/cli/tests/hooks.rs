//! The hook of docs/howto/pre-commit.md, as the page says: in a repository, called by git.

use snapbox::cmd::cargo_bin;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const PAGE: &str = include_str!("../../../docs/howto/pre-commit.md");

/// The blocks of the page that are marked `sh`.
fn blocks() -> Vec<&'static str> {
    let blocks = PAGE.split("```sh\n").skip(1);
    blocks.filter_map(|rest| rest.split_once("```\n")).map(|(block, _)| block).collect()
}

/// Runs a script in `root`, with seac on the path and nothing of the git configuration of this machine.
fn run(root: &Path, script: &str) -> Output {
    let binary = Path::new(cargo_bin!("seac")).parent().expect("a folder").to_owned();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").expect("a path"));
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", script]).current_dir(root).env("PATH", path);
    shell.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    for who in ["AUTHOR", "COMMITTER"] {
        shell.env(format!("GIT_{who}_NAME"), "Ada").env(format!("GIT_{who}_EMAIL"), "ada@example.org");
    }
    shell.output().expect("bash")
}

fn works(root: &Path, script: &str) {
    let output = run(root, script);
    assert!(output.status.success(), "{script}: {output:?}");
}

/// Whether `git commit` takes what is staged; if not, the generated files that are not as they should be are named.
fn commits(root: &Path) -> bool {
    let output = run(root, "git commit --quiet --message 'A change'");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.success(), !said.contains("generated/"), "{output:?}");
    output.status.success()
}

fn repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    works(dir.path(), "seac new shop --quiet\nmv shop/* shop/.gitignore .\nseac generate --quiet\ngit init --quiet");
    for block in blocks() {
        works(dir.path(), block);
    }
    works(dir.path(), "git add --all");
    assert!(commits(dir.path()), "a tree that is what the specs say");
    dir
}

fn change(root: &Path, from: &str, to: &str) {
    let path = root.join("specs/orders/orders.sea");
    let text = fs::read_to_string(&path).expect("a model");
    assert!(text.contains(from));
    fs::write(path, text.replace(from, to)).expect("written");
}

#[test]
fn a_commit_whose_generated_code_is_stale_is_refused() {
    let dir = repository();
    let root = dir.path();
    change(root, "10_000", "20_000");
    works(root, "git add --all");
    assert!(!commits(root));
    works(root, "seac generate --quiet\ngit add --all");
    assert!(commits(root));
}

#[test]
fn what_counts_is_what_is_staged() {
    let dir = repository();
    let root = dir.path();
    change(root, "10_000", "20_000");
    works(root, "seac generate --quiet\ngit add specs");
    assert!(!commits(root), "the code in the folder is right, that in the commit is not");
    works(root, "git add --all");
    change(root, "20_000", "30_000");
    assert!(commits(root), "what is not staged does not matter");
}

#[test]
fn the_hook_of_the_repository_is_that_of_the_page() {
    let dir = repository();
    let written = fs::read_to_string(dir.path().join("hooks/pre-commit")).expect("written by the page");
    assert_eq!(written, include_str!("../../../hooks/pre-commit"));
}
