//! Emitted Rust is set as `rustfmt` sets it, with the settings that are emitted beside it.

mod common;

use common::{seac, tree};
use std::fs;
use std::path::Path;
use std::process::Command;

/// What `rustfmt` would change in the files of `folder` whose paths are `wanted`.
fn changes(folder: &Path, wanted: impl Fn(&str) -> bool) -> String {
    let files: Vec<String> = tree(folder).into_keys().filter(|path| path.ends_with(".rs") && wanted(path)).collect();
    assert!(!files.is_empty(), "nothing was emitted");
    let settings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates/workspace");
    let mut rustfmt = Command::new("rustfmt");
    rustfmt.current_dir(folder).args(["--edition", "2024", "--check", "--config-path"]).arg(settings).args(files);
    let output = rustfmt.output().expect("rustfmt is installed");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[test]
fn emitted_rust_is_left_alone_by_rustfmt() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let dir = tempfile::tempdir().expect("a folder");
    let specs = repository.join("examples/orders/specs");
    for (path, bytes) in tree(&specs) {
        let path = dir.path().join("specs").join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, bytes).expect("a file");
    }
    let said = seac(dir.path(), &["generate"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    // Modules are given one by one: those of the user and of the kernel are not ours to set.
    assert_eq!(changes(&dir.path().join("generated/crates"), |path| path.contains("/src/gen/")), "");
}

#[test]
fn rust_of_the_compiler_itself_is_left_alone_by_rustfmt() {
    // `mod.rs` would lead to every file below it, those written by hand among them.
    let compiler = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    assert_eq!(changes(&compiler, |path| path.contains("/src/gen/")), "");
}
