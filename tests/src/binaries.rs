//! The binaries under test: `seac`, and the node of a workspace that `seac new` has made.
//!
//! `SEAC_BIN` names a `seac` that is built; without it, it is built here. `SEAC_EMITTED_TARGET` names the folder in which all
//! emitted workspaces are built, so that their dependencies are compiled once; without it, it is `target/emitted`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::files;
use crate::run::{run, seac};

/// The repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the repository")
}

/// Where `tests/run` installs what comes from registries of packages.
pub fn tools() -> PathBuf {
    std::env::var_os("SEAC_TOOLS").map_or_else(|| repository().join("target/tools"), PathBuf::from)
}

/// The `seac` under test.
pub fn seac_binary() -> &'static Path {
    static SEAC: OnceLock<PathBuf> = OnceLock::new();
    SEAC.get_or_init(|| match std::env::var_os("SEAC_BIN") {
        Some(path) => std::path::absolute(path).expect("SEAC_BIN is a path"),
        None => build(cargo(repository()).args(["--package", "seac", "--bin", "seac"]), "seac"),
    })
}

/// The stand-alone verifier.
pub fn verifier() -> &'static Path {
    static VERIFIER: OnceLock<PathBuf> = OnceLock::new();
    let build =
        || build(cargo(repository()).args(["--package", "evidence-log", "--bin", "seac-verify"]), "seac-verify");
    VERIFIER.get_or_init(build)
}

/// Where emitted workspaces are built.
pub fn emitted_target() -> PathBuf {
    match std::env::var_os("SEAC_EMITTED_TARGET") {
        Some(path) => std::path::absolute(path).expect("SEAC_EMITTED_TARGET is a path"),
        None => repository().join("target/emitted"),
    }
}

fn cargo(folder: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["build", "--quiet", "--locked", "--message-format", "json-render-diagnostics"]).current_dir(folder);
    command
}

/// Builds, and takes the path of the binary from cargo's own messages.
fn build(command: &mut Command, binary: &str) -> PathBuf {
    let ended = run(command).with(0);
    let messages = ended.stdout.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let built = messages.filter(|message| message["target"]["name"] == binary);
    let path = built.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).next_back();
    path.unwrap_or_else(|| panic!("{command:?} built no {binary}"))
}

/// Waits until nobody else builds or runs in the shared folder, and holds it until dropped.
pub fn hold_emitted() -> File {
    let folder = emitted_target();
    fs::create_dir_all(&folder).expect("the folder for emitted workspaces");
    let lock = File::create(folder.join("blackbox.lock")).expect("a lock file");
    lock.lock().expect("the lock");
    lock
}

/// A workspace as `seac new` makes it, generated and built.
#[derive(Debug)]
pub struct Demo {
    /// The workspace.
    pub root: PathBuf,
    /// Its node.
    pub node: PathBuf,
}

/// The workspace that most suites share: what `seac new` makes.
pub fn demo() -> &'static Demo {
    static DEMO: OnceLock<Demo> = OnceLock::new();
    DEMO.get_or_init(|| workspace("blackbox", |folder| drop(seac(folder, &["new", "demo"]).with(0))))
}

/// The example `billing`: several effects in one operation, outbound calls, read models.
pub fn billing() -> &'static Demo {
    static BILLING: OnceLock<Demo> = OnceLock::new();
    BILLING.get_or_init(|| {
        workspace("blackbox-billing", |folder| {
            files::copy(&repository().join("examples/billing/specs"), &folder.join("demo/specs"));
        })
    })
}

/// A gate with policies over every type that they can look at.
pub fn gate() -> &'static Demo {
    static GATE: OnceLock<Demo> = OnceLock::new();
    GATE.get_or_init(|| {
        // What both have in common is built from the demo's.
        demo();
        workspace("blackbox-gate", |folder| {
            files::copy(&repository().join("tests/tests/fixtures/gate/specs"), &folder.join("demo/specs"));
        })
    })
}

/// A workspace `demo` in a folder of its own, made once for each build of `seac`, always at the same place, and built.
fn workspace(name: &str, make: impl Fn(&Path)) -> Demo {
    let folder = emitted_target().join(name);
    let demo = Demo { root: folder.join("demo"), node: folder.join("node") };
    let stamp = folder.join("made-by");
    let maker = build_of(seac_binary());
    let made = || fs::read_to_string(&stamp).is_ok_and(|stamp| stamp == maker);
    if made() {
        return demo;
    }
    let held = hold_emitted();
    // Somebody else may have made it meanwhile.
    if made() {
        return demo;
    }
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).expect("a folder");
    make(&folder);
    seac(&demo.root, &["generate"]).with(0);
    build_node(&held, &demo.root, &demo.node, &[]);
    fs::write(&stamp, &maker).expect("a stamp");
    demo
}

/// The demo's node with everything for production in it.
pub fn production_node() -> &'static Path {
    static NODE: OnceLock<PathBuf> = OnceLock::new();
    NODE.get_or_init(|| {
        let demo = demo();
        let node = demo.node.with_file_name("node-production");
        let stamp = demo.node.with_file_name("production-made-by");
        let maker = build_of(seac_binary());
        let held = hold_emitted();
        // The demo is made anew for another build of `seac`, and its folder with it.
        if !fs::read_to_string(&stamp).is_ok_and(|stamp| stamp == maker) {
            build_node_with(&held, &demo.root, &node, &["--features", "production"]);
            fs::write(&stamp, &maker).expect("a stamp");
        }
        node
    })
}

/// Builds the node of a generated workspace and puts it at `node`: another workspace's has the same name, so that each is
/// kept apart.
///
/// Cargo knows a package by its place in its workspace. Packages that differ from those of the demo, at the same place, are
/// named in `own` and get a profile of their own: otherwise what is built for the one would be taken for the other.
#[track_caller]
pub fn build_node(held: &File, root: &Path, node: &Path, own: &[&str]) {
    let config = own.iter().map(|package| format!("profile.dev.package.{package}.debug=false"));
    let args: Vec<String> = config.flat_map(|config| ["--config".to_owned(), config]).collect();
    build_node_with(held, root, node, &args.iter().map(String::as_str).collect::<Vec<_>>());
}

#[track_caller]
fn build_node_with(_held: &File, root: &Path, node: &Path, args: &[&str]) {
    let mut command = cargo(&root.join("generated"));
    command.args(args);
    let built = build(command.args(["--package", "node"]).env("CARGO_TARGET_DIR", emitted_target()), "node");
    fs::copy(built, node).expect("the node is copied");
}

/// Which build a file is: every build is written anew.
fn build_of(file: &Path) -> String {
    let metadata = fs::metadata(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    format!("{} {:?}", metadata.len(), metadata.modified().expect("a time"))
}
