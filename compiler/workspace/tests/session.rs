//! A process that goes on comes to what a new one does, whatever was edited in between.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test reads and writes a workspace")]

use seac_workspace::compile::{analyse, analyse_in};
use seac_workspace::{Session, Workspace, apply, load};
use std::fs;
use std::path::Path;

/// Texts that take the place of others, one after the other, in `specs/billing`; the last brings back the first.
const EDITS: &[(&str, &str, &str)] = &[
    ("billing.sea", "max_length 200", "max_length 210"),
    ("billing.sea", "Entity", "Enttiy"),
    (
        "billing.sea",
        "record AddLineInput {",
        "record AddLineInput {\n    addLine: int optional\n    add_line: int optional",
    ),
    ("billing.sds.yaml", "title: Billing", "title: Bills"),
    ("billing.sds.yaml", "boundedContext: billing", "boundedContext: biling"),
];

fn write(root: &Path, name: &str, text: &str) {
    fs::write(root.join("specs/billing").join(name), text).unwrap();
}

/// Runs as a process that goes on does, and as a new one; whether there was something to write.
fn both(session: &mut Session, root: &Path) -> bool {
    let workspace = Workspace::at(root).unwrap();
    let mut new = analyse(&workspace, load::load(&workspace).unwrap());
    let mut again = analyse_in(session, &workspace, load::load(&workspace).unwrap());
    assert_eq!(again.diagnostics, new.diagnostics);
    assert_eq!(again.model, new.model);
    if new.has_errors() {
        session.keep(again, None);
        return false;
    }
    assert_eq!(again.digests(), new.digests());
    assert_eq!(again.keys(), new.keys());
    let files = new.emit().unwrap();
    assert_eq!(again.emit().unwrap(), files);
    let plan = new.plan(&workspace, &files, false).unwrap();
    assert_eq!(again.plan(&workspace, &files, false).unwrap(), plan);
    apply(&workspace, &plan).unwrap();
    let changed = plan.changes();
    session.keep(again, Some(plan));
    changed
}

#[test]
fn a_process_that_goes_on_comes_to_what_a_new_one_does() {
    let dir = tempfile::tempdir().unwrap();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/billing/specs/billing");
    fs::create_dir_all(dir.path().join("specs/billing")).unwrap();
    for name in ["billing.sea", "billing.sds.yaml"] {
        write(dir.path(), name, &fs::read_to_string(example.join(name)).unwrap());
    }
    let mut session = Session::default();
    assert!(both(&mut session, dir.path()));
    assert!(!both(&mut session, dir.path()), "nothing was changed");
    for (name, from, to) in EDITS {
        let before = fs::read_to_string(dir.path().join("specs/billing").join(name)).unwrap();
        let after = before.replacen(from, to, 1);
        assert_ne!(after, before, "{from}");
        write(dir.path(), name, &after);
        both(&mut session, dir.path());
        write(dir.path(), name, &before);
        both(&mut session, dir.path());
    }
}
