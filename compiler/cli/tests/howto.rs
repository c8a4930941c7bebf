//! The how-tos are done, word for word: every `sh` block is run, and prints what the plain block below it shows.
//!
//! Blocks marked `sh long` build and start a service; they are run where `HOWTO_LONG` is set.

use snapbox::cmd::cargo_bin;
use std::path::Path;
use std::process::Command;

/// A block of commands and what it prints; where no block stands below it, that may be anything.
struct Step {
    script: String,
    expected: Option<String>,
}

fn long() -> bool {
    std::env::var_os("HOWTO_LONG").is_some()
}

/// The fenced blocks of a page: what is behind the fence, and the text.
fn blocks(page: &str) -> Vec<(&str, String)> {
    let mut blocks: Vec<(&str, String)> = Vec::new();
    let mut open = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(kind) => {
                open = !open;
                if open {
                    blocks.push((kind, String::new()));
                }
            }
            None => {
                if let Some((_, text)) = blocks.last_mut().filter(|_| open) {
                    text.push_str(&format!("{line}\n"));
                }
            }
        }
    }
    blocks
}

fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut skipped = false;
    for (kind, text) in blocks(page) {
        match kind {
            "sh" | "sh long" if kind == "sh" || long() => {
                skipped = false;
                steps.push(Step { script: text, expected: None });
            }
            "sh long" => skipped = true,
            "" if !skipped => {
                if let Some(step) = steps.last_mut() {
                    step.expected = Some(text);
                }
            }
            _ => {}
        }
    }
    steps
}

/// Runs all blocks of a page in one shell, so that folders and variables stay, and compares what each prints.
fn follow(page: &str) {
    let steps = steps(page);
    assert!(steps.len() > 2);
    let dir = tempfile::tempdir().expect("a folder");
    let marked: String = steps.iter().map(|step| format!("{}\necho '@@@'\n", step.script)).collect();
    let binary = Path::new(cargo_bin!("seac")).parent().expect("a folder").to_owned();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").expect("a path"));
    let mut shell = Command::new("bash");
    shell.args(["-c", &format!("set -euo pipefail\nexec 2>&1\n{marked}")]);
    shell.current_dir(dir.path()).env("PATH", path).env("COLUMNS", "100");
    if !long() {
        shell.env_remove("CARGO_TARGET_DIR");
    }
    let output = shell.output().expect("bash");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}");
    for (step, printed) in steps.iter().zip(printed.split("@@@\n")) {
        if let Some(expected) = &step.expected {
            assert_eq!(printed, expected, "{}", step.script);
        }
    }
}

#[test]
fn adopt_seac() {
    follow(include_str!("../../../docs/howto/adopt-seac.md"));
}

#[test]
fn split_a_context() {
    follow(include_str!("../../../docs/howto/split-a-context.md"));
}

#[test]
fn add_a_connector() {
    follow(include_str!("../../../docs/howto/add-a-connector.md"));
}

#[test]
fn derive_a_read_model() {
    follow(include_str!("../../../docs/howto/derive-a-read-model.md"));
}

#[test]
fn write_sea_from_assertions() {
    let page = include_str!("../../../docs/howto/write-sea-from-assertions.md");
    assert!(page.contains(include_str!("../../../examples/assertions/shop.yaml")), "the page shows the example");
    follow(page);
}

#[test]
fn import() {
    follow(include_str!("../../../docs/howto/import.md"));
}

#[test]
fn publish_protobuf() {
    follow(include_str!("../../../docs/howto/publish-protobuf.md"));
}

#[test]
fn project_to_other_formats() {
    follow(include_str!("../../../docs/howto/project-to-other-formats.md"));
}
