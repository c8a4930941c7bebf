//! How the suites run `seac` and look at what it left.
#![allow(dead_code, reason = "each suite uses what it needs")]

use snapbox::cmd::{Command, cargo_bin};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// How a run ended, and what it said.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs `seac` in a folder, without colours.
pub fn seac(folder: &Path, args: &[&str]) -> Said {
    let output = Command::new(cargo_bin!("seac")).current_dir(folder).args(args).env("NO_COLOR", "1").output();
    let output = output.expect("it ran");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let code = output.status.code().expect("an end");
    Said { code, stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Every file below a folder, by its path.
pub fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut files, mut open) = (BTreeMap::new(), vec![PathBuf::new()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(root.join(&folder)).expect("a folder") {
            let entry = entry.expect("an entry");
            let path = folder.join(entry.file_name());
            if entry.file_type().expect("a kind").is_dir() {
                open.push(path);
            } else {
                let bytes = fs::read(entry.path()).expect("a file");
                files.insert(path.to_str().expect("text").to_owned(), bytes);
            }
        }
    }
    files
}
