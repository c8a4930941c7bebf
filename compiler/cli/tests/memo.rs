//! A run that finds everything as the last one left it analyses nothing, and overlooks nothing.

mod common;

use common::{Said, seac};
use std::fs;
use std::path::Path;

const SDS: &str = "sdsId: SDS-100\nboundedContext: shop\nsatisfiesPrds: []\nsatisfiesAdrs: []\n";
const SEA: &str = "Entity \"Order\" {\n    key order_id: uuid\n}\n";

/// How a run ended, and what it said to a person.
fn told(folder: &Path, args: &[&str]) -> (i32, String) {
    let Said { code, stderr, .. } = seac(folder, args);
    (code, stderr)
}

fn workspace() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(dir.path().join("specs/shop")).expect("folders");
    fs::write(dir.path().join("specs/shop/shop.sds.yaml"), SDS).expect("a spec");
    fs::write(dir.path().join("specs/shop/shop.sea"), SEA).expect("a spec");
    assert_eq!(told(dir.path(), &["generate"]).0, 0);
    dir
}

fn analyses(folder: &Path, args: &[&str]) -> bool {
    let (_, said) = told(folder, &[args, &["--timings"]].concat());
    assert!(said.contains("load"), "{said}");
    said.contains("analyse")
}

#[test]
fn what_is_as_it_was_left_is_not_analysed_again() {
    let dir = workspace();
    assert!(!analyses(dir.path(), &["generate"]));
    assert!(!analyses(dir.path(), &["generate", "--check"]));
    let (code, said) = told(dir.path(), &["generate"]);
    let with = fs::read(dir.path().join(".seac/memo")).expect("a memo");
    fs::remove_file(dir.path().join(".seac/memo")).expect("removed");
    assert_eq!((code, said), told(dir.path(), &["generate"]), "the same words with and without");
    assert_eq!(fs::read(dir.path().join(".seac/memo")).expect("a memo"), with);
    for args in [&["generate", "--overwrite"][..], &["generate", "--diff"], &["generate", "--dry-run"]] {
        assert!(analyses(dir.path(), args), "{args:?}");
    }
}

#[test]
fn whatever_changes_is_seen() {
    let generated = |path: &str| format!("generated/{path}");
    let types = generated("crates/shop/src/gen/types.rs");
    type Change<'a> = (&'a str, Box<dyn Fn(&Path)>);
    let write = |path: &str, text: &'static str| -> Box<dyn Fn(&Path)> {
        let path = path.to_owned();
        Box::new(move |root: &Path| fs::write(root.join(&path), text).expect("written"))
    };
    let remove = |path: &str| -> Box<dyn Fn(&Path)> {
        let path = path.to_owned();
        Box::new(move |root: &Path| fs::remove_file(root.join(&path)).expect("removed"))
    };
    let changes: Vec<Change<'_>> = vec![
        ("a spec that is edited", write("specs/shop/shop.sea", "Entity \"Order\" {\n    key id: uuid\n}\n")),
        ("a spec that comes", write("specs/shop/more.sea", "Role \"Clerk\"\n")),
        ("a spec that goes", remove("specs/shop/shop.sea")),
        ("a setting", write("seac.toml", "[generate]\noutput = \"elsewhere\"\n")),
        ("an edited file", write(&types, "// mine\n")),
        ("a file that is gone", remove(&types)),
        ("an extension file that is gone", remove(&generated("crates/shop/src/lib.rs"))),
        ("a stranger", write(&generated("crates/shop/src/gen/mine.rs"), "// mine\n")),
        ("a manifest that is damaged", write(&generated("MANIFEST.json"), "{")),
        ("a memo that is damaged", write(".seac/memo", "nonsense\n")),
    ];
    for (name, change) in changes {
        let runs = ["with", "without"].map(|memo| {
            let dir = workspace();
            change(dir.path());
            if memo == "without" {
                fs::remove_file(dir.path().join(".seac/memo")).expect("removed");
            }
            assert!(analyses(dir.path(), &["generate", "--check"]), "{name}");
            (told(dir.path(), &["generate", "--check"]), told(dir.path(), &["generate"]))
        });
        assert_eq!(runs[0], runs[1], "{name}");
    }
}

#[test]
fn what_is_the_users_may_change_and_findings_are_said_each_time() {
    let dir = workspace();
    fs::write(dir.path().join("generated/crates/shop/src/lib.rs"), "// mine\n").expect("written");
    assert!(!analyses(dir.path(), &["generate"]));
    fs::write(dir.path().join("specs/shop/shop.sds.yml"), "").expect("written");
    for _ in 0..2 {
        let (code, said) = told(dir.path(), &["generate"]);
        assert!(code == 0 && said.contains("GEN006"), "{said}");
    }
}
