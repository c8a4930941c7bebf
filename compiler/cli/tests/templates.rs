//! Texts of a workspace in the place of templates: listed, copied, compared, rendered, and watched over.

mod common;

use common::seac;
use snapbox::IntoData;
use std::fs;
use std::path::Path;

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
    fs::write(path, text).expect("written");
}

fn read(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join(path)).expect("readable")
}

/// A workspace with a folder for templates, generated.
fn workspace() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let sds = "sdsId: SDS-100\nboundedContext: shop\nsatisfiesPrds: []\nsatisfiesAdrs: []\n";
    write(dir.path(), "specs/shop/shop.sds.yaml", sds);
    write(dir.path(), "specs/shop/shop.sea", "Role \"Clerk\"\n");
    write(dir.path(), "seac.toml", "[generate]\ntemplates = \"ours\"\n");
    assert_eq!(seac(dir.path(), &["generate"]).code, 0);
    dir
}

const MAIN: &str = "ours/node/main.rs.j2";

#[test]
fn a_copy_changes_nothing_until_it_is_edited() {
    let dir = workspace();
    let root = dir.path();
    let all: Vec<String> = seac(root, &["templates", "list"]).stdout.lines().map(str::to_owned).collect();
    assert!(all.len() > 9 && all.iter().all(|line| !line.contains("shadowed")), "{all:?}");
    let names: Vec<&str> = all.iter().filter_map(|line| line.split(' ').next()).collect();
    let before: Vec<String> = ["Cargo.toml", ".gitignore", "rustfmt.toml", "crates/node/src/main.rs"]
        .map(|path| read(root, &format!("generated/{path}")))
        .into();
    assert_eq!(seac(root, &[&["templates", "eject"], names.as_slice()].concat()).code, 0);
    assert_eq!(seac(root, &["templates", "diff"]).code, 0);
    let listed = seac(root, &["templates", "list"]).stdout;
    assert_eq!(listed.lines().filter(|line| line.contains("shadowed by ours/")).count(), all.len(), "{listed}");
    let said = seac(root, &["generate"]);
    assert!(said.code == 0 && said.stderr.contains("0 written"), "{}", said.stderr);
    let after: Vec<String> = ["Cargo.toml", ".gitignore", "rustfmt.toml", "crates/node/src/main.rs"]
        .map(|path| read(root, &format!("generated/{path}")))
        .into();
    assert_eq!(before, after);
    let said = seac(root, &["templates", "eject", "node/main.rs.j2"]);
    assert_eq!((said.code, said.stderr.lines().next()), (2, Some("error: ours/node/main.rs.j2 is there already")));
    assert_eq!(seac(root, &["templates", "eject", "--force", "node/main.rs.j2"]).code, 0);
}

#[test]
fn an_edited_copy_is_rendered_and_known_as_an_input() {
    let dir = workspace();
    let root = dir.path();
    assert_eq!(seac(root, &["templates", "eject", "node/main.rs.j2", "workspace/gitignore"]).code, 0);
    assert_eq!(seac(root, &["generate"]).code, 0);
    let text = read(root, MAIN).replace("//! One cell", "{% include '_banner.j2' %}\n//! One cell");
    write(root, MAIN, &text);
    write(root, "ours/_banner.j2", "//! Ours: {{ contexts | length }}\n//!");
    assert_eq!(seac(root, &["generate", "--check"]).code, 1, "a memo does not hide it");
    assert_eq!(seac(root, &["generate"]).code, 0);
    assert!(read(root, "generated/crates/node/src/main.rs").contains("\n//! Ours: 1\n//!\n//! One cell: shop.\n"));
    let blamed = seac(root, &["blame", "generated/crates/node/src/main.rs"]).stdout;
    assert!(blamed.starts_with("crates/node/src/main.rs is made by ours/node/main.rs.j2\n"), "{blamed}");
    let manifest: serde_json::Value = serde_json::from_str(&read(root, "generated/MANIFEST.json")).expect("JSON");
    let inputs: Vec<&str> =
        manifest["inputs"].as_array().expect("a list").iter().filter_map(|input| input["path"].as_str()).collect();
    for path in [MAIN, "ours/_banner.j2", "ours/workspace/gitignore"] {
        assert!(inputs.contains(&path), "{path}: {inputs:?}");
    }
    let said = seac(root, &["templates", "diff"]);
    assert_eq!(said.code, 1);
    let head = "--- seac:/templates/node/main.rs.j2\n+++ ours/node/main.rs.j2\n";
    assert!(
        said.stdout.starts_with(head) && said.stdout.contains("\n+{% include '_banner.j2' %}\n"),
        "{}",
        said.stdout
    );
    let said = seac(root, &["verify"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    write(root, "ours/_banner.j2", "//! Another\n//!");
    assert_eq!(seac(root, &["generate", "--check"]).code, 1, "what is included is an input");
}

#[test]
fn a_mistake_in_a_template_is_shown_at_its_place() {
    let dir = workspace();
    write(dir.path(), MAIN, "// {{ contexts | length }}\n// {{ model_digst }}\n");
    let said = seac(dir.path(), &["generate"]);
    assert_eq!(said.code, 1);
    snapbox::assert_data_eq!(
        said.stderr,
        snapbox::str![[r#"
error[GEN019]: `node/main.rs.j2` is not given `model_digst`
 --> ours/node/main.rs.j2:2:7
  |
2 | // {{ model_digst }}
  |       ^^^^^^^^^^^ not given
  |
  = help: docs/reference/templates.md lists the values of every template
help: write `model_digest`
  |
2 - // {{ model_digst }}
2 + // {{ model_digest }}
  |

1 error; `seac explain GEN019` tells more

"#]]
        .raw()
    );
    write(dir.path(), MAIN, "{% for context in contexts %}{{ context.crat }}{% endfor %}\n");
    let said = seac(dir.path(), &["generate"]);
    assert!(said.stderr.contains("is not given `context.crat`"), "{}", said.stderr);
    assert!(said.stderr.contains("write `crate`"), "{}", said.stderr);
    for broken in ["{% for %}", "{{ contexts }}", "{% include '../seac.toml' %}", "{{ 1 | nothing }}", "\u{e4}{{ 'x' "]
    {
        write(dir.path(), MAIN, broken);
        let said = seac(dir.path(), &["generate"]);
        assert!(said.code == 1 && said.stderr.contains("error[GEN019]"), "{broken}: {}", said.stderr);
        assert!(said.stderr.contains("--> ours/node/main.rs.j2:1:"), "{broken}: {}", said.stderr);
        assert_eq!(seac(dir.path(), &["verify"]).code, 1, "{broken}");
        let said = seac(dir.path(), &["gap-report"]);
        assert!(said.code == 1 && said.stderr.contains("template "), "{broken}: {}", said.stderr);
    }
}

#[test]
fn what_a_template_gives_is_in_the_language_of_its_file() {
    let dir = workspace();
    let root = dir.path();
    let before = read(root, "generated/MANIFEST.json");
    write(root, MAIN, "//! {{ contexts | length }}\n\nfn main( {}\n");
    let said = seac(root, &["generate"]);
    assert_eq!(said.code, 1);
    snapbox::assert_data_eq!(said.stderr, snapbox::str![[r#"
error[GEN019]: what `node/main.rs.j2` gives is no Rust: a bracket or a quote has no partner, or a letter is none of Rust's
 --> ours/node/main.rs.j2:3:1
  |
3 | fn main( {}
  | ^^^^^^^^^^^ given by this template
  |
  = why: line 3 of what it gives cannot be read: `fn main( {}`
  = help: `seac templates diff` shows how the template differs from the one that was copied

1 error; `seac explain GEN019` tells more

"#]].raw());
    fs::remove_file(root.join(MAIN)).expect("removed");
    for (path, text) in [
        ("ours/workspace/Cargo.toml.j2", "[workspace]\nmembers = []\nmembers = []\n"),
        ("ours/workspace/rustfmt.toml", "# Ours.\nedition = 2024\nmax_width == 100\n"),
        ("ours/context/lib.rs.j2", "//! {{ title }}\n\npub struct Broken\n"),
    ] {
        write(root, path, text);
        let said = seac(root, &["generate"]);
        assert!(said.code == 1 && said.stderr.contains("error[GEN019]"), "{path}: {}", said.stderr);
        assert!(said.stderr.contains(&format!("--> {path}:3:")), "{path}: {}", said.stderr);
        fs::remove_file(root.join(path)).expect("removed");
    }
    assert_eq!(read(root, "generated/MANIFEST.json"), before, "nothing was written");
    assert_eq!(seac(root, &["generate", "--check"]).code, 0);
}

#[test]
fn a_copy_that_fell_behind_and_a_file_without_effect_are_warnings() {
    let dir = workspace();
    let root = dir.path();
    assert_eq!(seac(root, &["templates", "eject", "node/main.rs.j2"]).code, 0);
    let text = read(root, MAIN);
    let digest = text.split_once("sha256:").map(|(_, rest)| rest[..64].to_owned()).expect("a digest");
    write(root, MAIN, &text.replace(&digest, &"0".repeat(64)));
    write(root, "ours/node/man.rs.j2", "");
    for _ in 0..2 {
        let said = seac(root, &["generate"]);
        assert!(said.code == 0 && said.stderr.contains("warning[GEN017]"), "{}", said.stderr);
        assert!(said.stderr.contains(&format!("write `sha256:{digest}` here")), "{}", said.stderr);
        assert!(said.stderr.contains("warning[GEN018]: there is no template `node/man.rs.j2`"), "{}", said.stderr);
        assert!(said.stderr.contains("did you mean `node/main.rs.j2`?"), "{}", said.stderr);
    }
    let listed = seac(root, &["templates", "list"]).stdout;
    assert!(listed.contains("shadowed by ours/node/main.rs.j2, which fell behind"), "{listed}");
}

#[test]
fn without_a_folder_nothing_is_shadowed_and_eject_says_what_to_write() {
    let dir = workspace();
    write(dir.path(), "templates/node/main.rs.j2", "nonsense {{ nothing }}");
    fs::remove_file(dir.path().join("seac.toml")).expect("removed");
    assert_eq!(seac(dir.path(), &["generate", "--check"]).code, 0);
    let said = seac(dir.path(), &["templates", "eject", "node/main.rs.j2"]);
    assert_eq!(said.code, 2);
    assert_eq!(
        said.stderr,
        "error: `seac.toml` names no folder for templates\n  help: write `templates = \"templates\"` below `[generate]` there\n"
    );
    let said = seac(dir.path(), &["templates", "diff", "node/man.rs.j2"]);
    assert_eq!(said.stderr, "error: there is no template `node/man.rs.j2`\n  help: did you mean `node/main.rs.j2`?\n");
}

#[cfg(unix)]
#[test]
fn a_folder_that_leads_out_of_the_workspace_is_refused() {
    let dir = workspace();
    let outside = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(outside.path(), dir.path().join("ours")).expect("a link");
    assert_eq!(seac(dir.path(), &["templates", "eject", "node/main.rs.j2"]).code, 2);
    assert_eq!(fs::read_dir(outside.path()).expect("readable").count(), 0);
    let said = seac(dir.path(), &["generate"]);
    assert!(said.code == 1 && said.stderr.contains("error[GEN005]"), "{}", said.stderr);
}
