//! What `seac project --format protobuf` writes, before those who know the format: protoc and Python's runtime, buf's rules, and
//! buf's opinion of changes.
//!
//! `tests/run` installs the tools into the folder that `SEAC_TOOLS` names (`target/tools` without it).

use seac_tests::binaries::{repository, tools};
use seac_tests::run::{Ended, run, seac, seac_command};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const CHANGES: &str = include_str!("fixtures/protobuf/changes.txt");

/// Fills every message, and wants it back from the wire, from JSON, and from others.
const ROUND_TRIP: &str = include_str!("fixtures/protobuf/round_trip.py");

fn buf(folder: &Path, args: &[&str]) -> Ended {
    run(Command::new(tools().join("node_modules/.bin/buf")).args(args).current_dir(folder))
}

fn python(folder: &Path, args: &[&str]) -> Ended {
    run(Command::new(tools().join("python/bin/python")).args(args).current_dir(folder))
}

/// The folder with the original `buf/validate/validate.proto`: a package of the registry has it.
fn rules() -> PathBuf {
    let folder = tools().join("rules");
    fs::create_dir_all(&folder).expect("a folder");
    let manifest = "[package]\nname = \"rules\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[lib]\npath = \"lib.rs\"\n\
                    [dependencies]\nprost-protovalidate-types = \"=0.6.0\"\n[workspace]\n";
    fs::write(folder.join("Cargo.toml"), manifest).expect("written");
    fs::write(folder.join("lib.rs"), "").expect("written");
    let known = run(Command::new("cargo").args(["metadata", "--format-version", "1"]).current_dir(&folder)).with(0);
    let known: serde_json::Value = serde_json::from_str(&known.stdout).expect("JSON");
    let packages = known["packages"].as_array().expect("packages");
    let found = packages.iter().find(|package| package["name"] == "prost-protovalidate-types").expect("the package");
    Path::new(found["manifest_path"].as_str().expect("a path")).with_file_name("proto")
}

/// The example of orders and the platform's specs, projected into `out` below the folder.
fn project(folder: &Path, more: &[&str]) {
    example(folder, "orders", more);
}

/// An example and the platform's specs, projected into `out` below the folder.
fn example(folder: &Path, name: &str, more: &[&str]) {
    let root = repository().join("examples").join(name);
    let root = root.to_str().expect("a path");
    let out = folder.join("out");
    fs::create_dir_all(&out).expect("a folder");
    let (place, single) = (out.to_str().expect("a path"), out.join("system/v1/system.proto"));
    let mut args = vec!["project", "--root", root, "--format", "protobuf"];
    args.extend(more);
    if more.contains(&"--multi-file") {
        args.extend(["--output-dir", place]);
    } else {
        fs::create_dir_all(single.parent().expect("a folder")).expect("a folder");
        args.extend(["--output", single.to_str().expect("a path")]);
    }
    seac(folder, &args).with(0);
}

fn protos(folder: &Path) -> Vec<String> {
    let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(|entry| entry.expect("an entry"));
    let files = files.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "proto"));
    files.map(|file| file.path().strip_prefix(folder).expect("below").to_str().expect("a path").to_owned()).collect()
}

fn protoc(folder: &Path, args: &[&str]) -> Ended {
    let rules = rules();
    let include = format!("-I{}", rules.display());
    let mut all = vec!["-m", "grpc_tools.protoc", "-Iout", &include];
    all.extend(args);
    let files = protos(&folder.join("out"));
    all.extend(files.iter().map(String::as_str));
    python(folder, &all)
}

#[test]
fn protoc_compiles_and_buf_lints_what_is_projected() {
    let rules = rules();
    for more in [
        &["--multi-file", "--include-services", "--include-governance"][..],
        &["--multi-file"],
        &["--include-services"],
        &["--option", "rules=false", "--option", "go_package=example.com/gen", "--option", "java_package=com.acme"],
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        project(folder.path(), more);
        assert!(!protos(&folder.path().join("out")).is_empty());
        protoc(folder.path(), &["--descriptor_set_out=set.binpb", "--include_imports"]).with(0);
        let to = folder.path().join("rules/buf/validate");
        fs::create_dir_all(&to).expect("a folder");
        fs::copy(rules.join("buf/validate/validate.proto"), to.join("validate.proto")).expect("copied");
        let config =
            "version: v2\nmodules: [{ path: out }, { path: rules }]\nlint: { use: [STANDARD], ignore: [rules] }\n";
        fs::write(folder.path().join("buf.yaml"), config).expect("written");
        let ended = buf(folder.path(), &["lint"]);
        assert_eq!((ended.code, ended.stdout.as_str()), (0, ""), "{more:?}: {}", ended.stderr);
    }
}

/// All examples, each in a package of its own: those with operations, and the model that is written back from assertions.
fn all_examples(folder: &Path) {
    for (name, package) in [("orders", "acme"), ("billing", "bank")] {
        example(folder, name, &["--multi-file", "--include-services", "--package", package]);
    }
    let assertions = repository().join("examples/assertions/shop.yaml");
    seac(folder, &["emit-sea", assertions.to_str().expect("a path"), "--out", "shop.sea"]).with(0);
    let place = ["--package", "shop", "--multi-file", "--output-dir", "out"];
    seac(folder, &[&["project", "--format", "protobuf", "shop.sea"], &place[..]].concat()).with(0);
}

/// What the types that `prost` builds from a descriptor set make of messages.
fn prost(set: &Path, messages: &str) -> String {
    let package = repository().join("tests/tests/fixtures/protobuf/prost/Cargo.toml");
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--quiet", "--locked", "--manifest-path"]).arg(package);
    cargo.env("CARGO_TARGET_DIR", tools().join("prost")).env("DESCRIPTORS", set);
    cargo.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut running = cargo.spawn().expect("cargo");
    let mut input = running.stdin.take().expect("a pipe");
    let text = messages.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let ended = running.wait_with_output().expect("an end");
    assert!(ended.status.success());
    writer.join().expect("a thread").expect("written");
    String::from_utf8(ended.stdout).expect("UTF-8")
}

#[test]
fn every_message_of_the_examples_goes_from_python_to_rust_and_back() {
    let folder = tempfile::tempdir().expect("a folder");
    all_examples(folder.path());
    protoc(folder.path(), &["--descriptor_set_out=set.binpb", "--include_imports"]).with(0);
    fs::write(folder.path().join("round_trip.py"), ROUND_TRIP).expect("written");
    let sent = python(folder.path(), &["round_trip.py", "set.binpb"]).with(0).stdout;
    let back = prost(&folder.path().join("set.binpb"), &sent);
    fs::write(folder.path().join("back.txt"), back).expect("written");
    let ended = python(folder.path(), &["round_trip.py", "set.binpb", "back.txt"]).with(0);
    let count: usize = ended.stdout.trim().parse().expect("a count");
    assert!(count > 40 && sent.lines().count() == count, "{count} messages");
}

/// The name of a change, what buf is expected to say, and both versions.
fn changes() -> Vec<(&'static str, &'static str, &'static str, &'static str)> {
    let change = |text: &'static str| {
        let (head, texts) = text.split_once("--- before\n").expect("a version before");
        let (before, after) = texts.split_once("--- after\n").expect("a version after");
        let buf = head.lines().find_map(|line| line.strip_prefix("buf: ")).expect("a verdict");
        (head.lines().next().expect("a name"), buf, before, after)
    };
    CHANGES.split("\n### ").skip(1).map(change).collect()
}

#[test]
fn buf_says_of_every_change_what_the_table_says() {
    let (mut wrong, changes) = (String::new(), changes());
    assert!(changes.len() >= 40);
    for (name, expected, before, after) in changes {
        let folder = tempfile::tempdir().expect("a folder");
        for (version, text) in [("before", before), ("after", after)] {
            fs::create_dir_all(folder.path().join(version)).expect("a folder");
            fs::write(folder.path().join(version).join("x.proto"), text).expect("written");
        }
        let breaks = |category: &str| {
            let config = format!("{{\"version\":\"v2\",\"breaking\":{{\"use\":[\"{category}\"]}}}}");
            let after = folder.path().join("after");
            let ended = buf(&after, &["breaking", "--against", "../before", "--config", &config]);
            assert!(matches!(ended.code, 0 | 100), "{name}: {}", ended.stderr);
            ended.code == 100
        };
        let categories = [("WIRE", "wire"), ("WIRE_JSON", "json"), ("FILE", "source")];
        let said = categories.iter().find(|(category, _)| breaks(category)).map_or("none", |(_, word)| word);
        if said != expected {
            wrong.push_str(&format!("{name}: {said}, not {expected}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// A workspace with one context.
fn shop(folder: &Path, sea: &str) {
    let specs = folder.join("specs/shop");
    fs::create_dir_all(&specs).expect("a folder");
    let sds = "sdsId: SDS-100\nboundedContext: shop\nsatisfiesPrds: []\nsatisfiesAdrs: []\n\
               evolution: { accepts: [{ change: Order.note, reason: nobody reads it }] }\n";
    fs::write(specs.join("shop.sds.yaml"), sds).expect("written");
    fs::write(specs.join("shop.sea"), sea).expect("written");
}

const BEFORE: &str = "Entity \"Order\" {\n    key id: uuid\n    note: string\n    total: quantity<USD>\n}\n";
const AFTER: &str = "Entity \"Order\" {\n    key id: uuid\n    total: quantity<USD>\n    count: int default 1\n}\n";

fn with_tools(command: &mut Command) -> &mut Command {
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", tools().join("node_modules/.bin").display()))
}

#[test]
fn numbers_are_kept_by_the_lock_and_versions_compared_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    shop(root, BEFORE);
    seac(root, &["generate", "--release"]).with(0);
    let lock = "specs/shop/shop.lock.json";
    let text = fs::read_to_string(root.join(lock)).expect("a lock");
    assert!(text.contains("\"wire\"") && text.contains("\"format\": 2"), "{text}");
    shop(root, AFTER);
    let args = ["project", "-f", "protobuf", "--against", lock, "--buf-lint", "--buf-breaking"];
    let ended = run(with_tools(&mut seac_command(root, args))).with(0);
    assert!(
        ended.stdout.contains("Order.note breaks source: the field is gone; its number and name are reserved"),
        "{}",
        ended.stdout
    );
    let strict = [&args[..], &["--compatibility", "additive"]].concat();
    run(with_tools(&mut seac_command(root, strict))).with(1).says(&["buf breaking: ", "\"note\""]);
    let text = seac(root, &["project", "-f", "protobuf"]).with(0).stdout;
    for line in ["  reserved 2;", "  reserved \"note\";", "total = 3", "count = 4"] {
        assert!(text.contains(line), "no {line} in\n{text}");
    }
    // A lock from before there were numbers in it.
    let old = r#"{"format":1,"context":"shop","migrations":[],"tables":{},"events":{}}"#;
    fs::write(root.join(lock), old).expect("written");
    seac(root, &["project", "-f", "protobuf"]).with(0);
    seac(root, &["project", "-f", "protobuf", "--against", lock]).with(2).says(&["nothing that goes over the wire"]);
}

#[test]
fn what_stood_in_git_or_in_files_is_compared_with() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let git = |args: &[&str]| {
        let who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
        run(Command::new("git").args(who).args(args).current_dir(root)).with(0);
    };
    shop(root, BEFORE);
    let base = ["project", "-f", "protobuf", "--multi-file", "--output-dir", "proto"];
    seac(root, &base).with(0);
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "one"]);
    let against = |what: &str| seac(root, &[&base[..], &["--against", what]].concat());
    assert_eq!(against("git:main").with(0).stdout, "nothing breaks\n");
    assert_eq!(against("proto").with(0).stdout, "nothing breaks\n");
    let before = fs::read(root.join("proto/system/shop/v1/shop.proto")).expect("a file");
    shop(root, &AFTER.replace("USD", "EUR"));
    for what in ["git:main", "proto", "proto/system/shop/v1/shop.proto"] {
        let said = against(what).with(1).stdout;
        assert!(
            said.contains("Order.note breaks wire, JSON and source: its type") || said.contains("Order.note breaks")
        );
    }
    // What is refused is not written.
    assert_eq!(fs::read(root.join("proto/system/shop/v1/shop.proto")).expect("a file"), before);
    against("git:nothing").with(3);
    against("git:--output=x").with(3);
    against("elsewhere.proto").with(2);
    fs::write(root.join("broken.proto"), "message {").expect("written");
    against("broken.proto").with(2).says(&["broken.proto cannot be compared with"]);
    let told = seac(root, &[&base[..], &["--against", "git:main", "--compatibility", "breaking", "--json"]].concat());
    let told: serde_json::Value = serde_json::from_str(&told.with(0).stdout).expect("JSON");
    let places: Vec<&str> =
        told.as_array().expect("a list").iter().filter_map(|b| b["place"]["file"].as_str()).collect();
    assert!(places.contains(&"specs/shop/shop.sea"), "{told:#}");
}

#[test]
fn what_cannot_be_asked_for_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    shop(root, BEFORE);
    let project = |args: &[&str]| seac(root, &[&["project", "-f", "protobuf"], args].concat());
    project(&["--option", "go_pakage=x"]).with(2).says(&["did you mean `go_package`?"]);
    project(&["--package", "Acme.Shop"]).with(2).says(&["`acme.shop`"]);
    project(&["--option", "java_package=a\"; import \"b"]).with(2);
    project(&["--buf-breaking"]).with(2).says(&["--against"]);
    seac(root, &["project", "-f", "json-schema", "--include-services"]).with(2).says(&["protobuf"]);
    let nowhere = tempfile::tempdir().expect("a folder");
    let mut command = seac_command(root, ["project", "-f", "protobuf", "--buf-lint"]);
    run(command.env("PATH", nowhere.path())).with(3).says(&["there is no `buf` on PATH", "npm install"]);
}
