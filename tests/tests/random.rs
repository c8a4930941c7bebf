//! Random designs that are valid: the compiler accepts them, and all that it emits works.
//!
//! `SEAC_RANDOM_MODELS` says how many workspaces are tried, `SEAC_SEED` which is the first. Without them the same two are
//! tried each time, so that one tree has one verdict; finds are made with other seeds.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use rusqlite::Connection;
use seac_tests::binaries::{emitted_target, hold_emitted, seac_binary};
use seac_tests::run::{Ended, run, seac};
use seac_tests::{design, files};

/// Contexts in one workspace.
const CONTEXTS: usize = 6;

#[test]
fn what_random_designs_become_compiles_without_a_warning() {
    let number = |variable: &str| {
        let given = std::env::var(variable).ok();
        given.map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is a number, not {text:?}")))
    };
    let first: u64 = number("SEAC_SEED").unwrap_or(101);
    let models = number("SEAC_RANDOM_MODELS").unwrap_or(2);
    let held = hold_emitted();
    let failed: Vec<String> = (first..first + models).filter_map(|seed| works(seed).err()).collect();
    drop(held);
    assert!(failed.is_empty(), "{} of {models} failed\n\n{}", failed.len(), failed.join("\n\n"));
}

/// Tries one workspace. Its folder is removed if nothing is wrong with it.
fn works(seed: u64) -> Result<(), String> {
    let root = emitted_target().join(format!("random-{seed}"));
    drop(fs::remove_dir_all(&root));
    files::write(&root, &design::workspace(seed, CONTEXTS));
    let tell = |what: &str, ended: &Ended| {
        format!("SEAC_SEED={seed} in {}: {what}\n{}{}", root.display(), ended.stdout, ended.stderr)
    };
    let generated = seac(&root, &["generate", "--quiet"]);
    if generated.code != 0 {
        return Err(tell("a valid design is refused", &generated));
    }
    migrates(&root).map_err(|error| format!("SEAC_SEED={seed} in {}: {error}", root.display()))?;
    for shared in ["kernel", "evidence-log"] {
        keep(&root.join("generated/crates").join(shared));
    }
    let checked = clippy(&root.join("generated"));
    if checked.code != 0 {
        return Err(tell("what is emitted does not compile", &checked));
    }
    let tested = emitted_tests(&root.join("generated"));
    if tested.code != 0 {
        return Err(tell("what is emitted fails its own tests", &tested));
    }
    fs::remove_dir_all(&root).map_err(|error| error.to_string())
}

/// All packages, warnings denied. What is compiled of the registry is shared with the other suites; packages of another
/// workspace that lie at the same place are not to be taken for those of this one.
fn clippy(workspace: &Path) -> Ended {
    let cargo = || Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let mut clean = cargo();
    clean.args(["clean", "--quiet", "--locked", "--package", "node"]);
    for folder in fs::read_dir(workspace.join("crates")).expect("a folder").flatten() {
        let slug = folder.file_name().into_string().expect("UTF-8");
        if folder.path().join("src/gen").is_dir() {
            clean.args(["--package", &format!("{slug}-context")]);
        }
    }
    run(clean.current_dir(workspace).env("CARGO_TARGET_DIR", emitted_target())).with(0);
    let mut clippy = cargo();
    clippy.args(["clippy", "--quiet", "--locked", "--workspace", "--exclude", "kernel", "--exclude", "evidence-log"]);
    clippy.args(["--all-targets", "--", "-D", "warnings"]);
    run(clippy.current_dir(workspace).env("CARGO_TARGET_DIR", emitted_target()))
}

/// The tests of the contexts: every declared failure that the spec shows the way to.
fn emitted_tests(workspace: &Path) -> Ended {
    let mut test = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    test.args(["test", "--quiet", "--locked", "--no-fail-fast", "--workspace", "--lib"]);
    test.args(["--exclude", "kernel", "--exclude", "evidence-log"]);
    run(test.current_dir(workspace).env("CARGO_TARGET_DIR", emitted_target()))
}

/// What is the same in every workspace of one build of `seac`: as old as that, it is compiled once.
fn keep(shared: &Path) {
    let built = fs::metadata(seac_binary()).and_then(|file| file.modified()).expect("a time");
    let set = |path: &Path, time: SystemTime| fs::File::open(path).and_then(|file| file.set_modified(time));
    for path in files::tree(shared).keys() {
        set(&shared.join(path), built).expect("a time is set");
    }
}

/// The migrations run, and back.
fn migrates(root: &Path) -> Result<(), String> {
    let database = Connection::open_in_memory().map_err(|error| error.to_string())?;
    let migrations = files::tree(&root.join("generated/migrations"));
    let sqlite = |revert: bool| {
        migrations.iter().filter(move |(path, _)| path.contains("/sqlite/") && path.ends_with(".revert.sql") == revert)
    };
    for (path, sql) in sqlite(false).chain(sqlite(true)) {
        let sql = std::str::from_utf8(sql).map_err(|error| error.to_string())?;
        database.execute_batch(sql).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(())
}
