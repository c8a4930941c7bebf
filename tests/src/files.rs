//! Trees of files.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use walkdir::WalkDir;

/// Every file below a folder: relative path and bytes.
#[track_caller]
pub fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = WalkDir::new(folder).into_iter().map(|entry| entry.expect("a readable tree"));
    let files = files.filter(|entry| !entry.file_type().is_dir());
    files
        .map(|entry| {
            let path = entry.path().strip_prefix(folder).expect("it is below").to_str().expect("UTF-8").to_owned();
            (path, fs::read(entry.path()).expect("a readable file"))
        })
        .collect()
}

/// Writes files in the order given.
pub fn write<'a>(folder: &Path, files: impl IntoIterator<Item = (&'a String, &'a Vec<u8>)>) {
    for (path, bytes) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, bytes).expect("a file");
    }
}

/// Copies a tree.
pub fn copy(from: &Path, to: &Path) {
    write(to, &tree(from));
}

/// Asserts that two trees are the same, and says where they are not.
#[track_caller]
pub fn assert_same(left: &BTreeMap<String, Vec<u8>>, right: &BTreeMap<String, Vec<u8>>) {
    let names = |tree: &BTreeMap<String, Vec<u8>>| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(left), names(right));
    let differ: Vec<_> = left.iter().filter(|(path, bytes)| right[*path] != **bytes).map(|(path, _)| path).collect();
    assert!(differ.is_empty(), "these differ: {differ:?}");
}

/// The SHA-256 digest in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every place at which `needle` stands in `hay`.
pub fn occurrences(hay: &[u8], needle: &[u8]) -> Vec<usize> {
    assert!(!needle.is_empty());
    hay.windows(needle.len()).enumerate().filter(|(_, window)| *window == needle).map(|(at, _)| at).collect()
}
