//! Embeds the platform's own specs and the examples, as tables sorted by path.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The context of the compiler's own specs, which is no package: it is built in already, as code.
const COMPILER: &str = "compiler";

fn main() {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let root = manifest.join("../..");
    let mut code = String::new();
    table(&mut code, "SPECS", &root, "specs");
    table(&mut code, "ORDERS", &root, "examples/orders");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("embedded.rs"), code).expect("the output folder is writable");
    println!("cargo::rerun-if-changed=build.rs");
}

/// A constant `name`: (path relative to `folder`, text) of every file below it.
fn table(code: &mut String, name: &str, root: &Path, folder: &str) {
    let mut files = Vec::new();
    collect(&root.join(folder), "", &mut files);
    files.sort();
    writeln!(code, "static {name}: &[(&str, &str)] = &[").expect("a string");
    for file in files {
        let from = format!("/../../{folder}/{file}");
        writeln!(code, "    ({file:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {from:?}))),")
            .expect("a string");
    }
    writeln!(code, "];").expect("a string");
}

/// The files below `folder`, without what a run leaves there.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<String>) {
    println!("cargo::rerun-if-changed={}", folder.display());
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let entry = entry.expect("a readable folder");
        let name = entry.file_name().into_string().expect("a name in UTF-8");
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if matches!(path.as_str(), "generated" | "target" | ".seac" | COMPILER)
            || name == ".DS_Store"
            || name.ends_with('~')
        {
            continue;
        }
        if entry.file_type().expect("a file type").is_dir() {
            collect(&entry.path(), &path, files);
        } else {
            files.push(path);
        }
    }
}
