use super::*;
use crate::compile::Compilation;
use crate::disk;
use crate::manifest::Manifest;
use crate::reconcile::reconcile;
use proptest::prelude::*;
use seac_emit::{FileSet, OutputFile, Zone};
use std::cell::Cell;
use std::collections::BTreeMap;
use tempfile::TempDir;

fn workspace() -> (TempDir, Workspace) {
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir(dir.path().join("specs")).expect("specs");
    let workspace = Workspace::at(dir.path()).expect("a workspace");
    (dir, workspace)
}

fn files(list: &[(&str, &str, Zone)]) -> FileSet {
    let mut files = FileSet::default();
    for (path, text, zone) in list {
        let file = OutputFile {
            bytes: text.as_bytes().into(),
            zone: *zone,
            template: "t".into(),
            origins: vec![],
            regions: vec![],
        };
        files.insert(*path, file).expect("free");
    }
    files
}

fn plan(workspace: &Workspace, files: &FileSet) -> Plan {
    let old = disk::read_manifest(&workspace.output()).expect("readable");
    let old = old.map(|bytes| Manifest::parse(&bytes).expect("ours"));
    let disk = disk::snapshot(&workspace.output(), files, old.as_ref()).expect("readable");
    reconcile(files, &disk, old.as_ref(), Manifest::new(Vec::new(), "m".into(), files), false)
}

fn run(workspace: &Workspace, files: &FileSet) {
    apply(workspace, &plan(workspace, files)).expect("applied");
}

/// Every file below the root except the lock and journal folder, with its text.
fn tree(workspace: &Workspace) -> BTreeMap<String, String> {
    fn walk(folder: &Path, root: &Path, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(root).expect("inside").to_string_lossy().into_owned();
            if path.is_dir() {
                found.insert(format!("{name}/"), String::new());
                walk(&path, root, found);
            } else {
                found.insert(name, fs::read_to_string(&path).expect("text"));
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(&workspace.root, &workspace.root, &mut found);
    found.retain(|path, _| !path.starts_with(".seac"));
    found
}

const FIRST: &[(&str, &str, Zone)] = &[
    ("Cargo.toml", "one", Zone::Gen),
    ("a/gen/same.rs", "same", Zone::Gen),
    ("a/gen/changes.rs", "old", Zone::Gen),
    ("a/mine.rs", "scaffold", Zone::Ext),
    ("old/gen/deep/gone.rs", "gone", Zone::Gen),
];
const SECOND: &[(&str, &str, Zone)] = &[
    ("Cargo.toml", "two", Zone::Gen),
    ("a/gen/same.rs", "same", Zone::Gen),
    ("a/gen/changes.rs", "new", Zone::Gen),
    ("a/mine.rs", "other scaffold", Zone::Ext),
    ("b/gen/fresh.rs", "fresh", Zone::Gen),
];

#[test]
fn a_second_version_replaces_creates_removes_and_keeps() {
    let (_dir, workspace) = workspace();
    run(&workspace, &files(FIRST));
    let same = workspace.output().join("a/gen/same.rs");
    let before = fs::metadata(&same).and_then(|m| m.modified()).expect("a time");
    std::thread::sleep(std::time::Duration::from_millis(20));
    run(&workspace, &files(SECOND));
    let mut tree = tree(&workspace);
    tree.remove("generated/MANIFEST.json").expect("a manifest");
    let texts: Vec<_> = tree.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert_eq!(
        texts,
        [
            ("generated/", ""),
            ("generated/Cargo.toml", "two"),
            ("generated/a/", ""),
            ("generated/a/gen/", ""),
            ("generated/a/gen/changes.rs", "new"),
            ("generated/a/gen/same.rs", "same"),
            ("generated/a/mine.rs", "scaffold"),
            ("generated/b/", ""),
            ("generated/b/gen/", ""),
            ("generated/b/gen/fresh.rs", "fresh"),
            ("specs/", ""),
        ]
    );
    assert_eq!(fs::metadata(&same).and_then(|m| m.modified()).expect("a time"), before);
    assert!(plan(&workspace, &files(SECOND)).is_clean());
}

#[test]
fn nothing_to_do_touches_nothing() {
    let (_dir, workspace) = workspace();
    run(&workspace, &files(FIRST));
    let manifest = workspace.output().join("MANIFEST.json");
    let before = fs::metadata(&manifest).and_then(|m| m.modified()).expect("a time");
    std::thread::sleep(std::time::Duration::from_millis(20));
    run(&workspace, &files(FIRST));
    assert_eq!(fs::metadata(&manifest).and_then(|m| m.modified()).expect("a time"), before);
}

#[test]
fn read_only_targets_are_found_before_anything_changes() {
    let (_dir, workspace) = workspace();
    run(&workspace, &files(FIRST));
    let before = tree(&workspace);
    for name in ["a/gen/changes.rs", "old/gen/deep", "a/gen"] {
        let path = workspace.output().join(name);
        let writable = fs::metadata(&path).expect("there").permissions();
        let mut frozen = writable.clone();
        frozen.set_readonly(true);
        fs::set_permissions(&path, frozen).expect("permissions");
        let result = apply(&workspace, &plan(&workspace, &files(SECOND)));
        assert!(matches!(&result, Err(ApplyError::ReadOnly { path: p }) if *p == path), "{name}: {result:?}");
        fs::set_permissions(&path, writable).expect("permissions");
        assert_eq!(tree(&workspace), before);
    }
}

#[cfg(unix)]
#[test]
fn a_replaced_file_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let (_dir, workspace) = workspace();
    run(&workspace, &files(FIRST));
    let path = workspace.output().join("a/gen/changes.rs");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).expect("permissions");
    run(&workspace, &files(SECOND));
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o750);
}

/// The real file system until the step `left` is reached: that one fails, and after a crash all later ones too.
struct Failing {
    left: Cell<usize>,
    crash: bool,
}

impl Failing {
    fn step(&self) -> io::Result<()> {
        let left = self.left.get();
        if left == 0 || (self.crash && left == usize::MAX) {
            self.left.set(usize::MAX);
            return Err(io::Error::other("injected"));
        }
        if left != usize::MAX {
            self.left.set(left - 1);
        }
        Ok(())
    }
}

impl Ops for Failing {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.create_dir(path))
    }
    fn write(&self, path: &Path, bytes: &[u8], like: &Path) -> io::Result<()> {
        // A failing write leaves half a file.
        self.step().inspect_err(|_| drop(fs::write(path, &bytes[..bytes.len() / 2])))?;
        Real.write(path, bytes, like)
    }
    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.link(from, to))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.rename(from, to))
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.remove_file(path))
    }
    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.step().and_then(|()| Real.remove_dir(path))
    }
    fn sync(&self, paths: &[PathBuf]) -> Result<(), Failed> {
        self.step().map_err(|error| (paths.first().cloned().unwrap_or_default(), error)).and_then(|()| Real.sync(paths))
    }
}

#[test]
fn whichever_step_fails_the_old_tree_stands() {
    for step in 0.. {
        let (_dir, workspace) = workspace();
        run(&workspace, &files(FIRST));
        let before = tree(&workspace);
        let plan = plan(&workspace, &files(SECOND));
        let ops = Failing { left: Cell::new(step), crash: false };
        match Change::new(&ops, &workspace).apply(&plan) {
            Err(ApplyError::Undone { .. }) => assert_eq!(tree(&workspace), before, "step {step}"),
            Ok(()) if ops.left.get() == usize::MAX => {
                // Only cleaning up failed: the next run finishes it.
                recover(&workspace).expect("recovered");
            }
            Ok(()) => {
                assert!(step > 20, "only {step} steps?");
                return;
            }
            other => panic!("step {step}: {other:?}"),
        }
    }
}

#[test]
fn whenever_a_run_is_killed_the_next_one_finds_the_old_tree_or_the_new() {
    for step in 0.. {
        let (_dir, workspace) = workspace();
        run(&workspace, &files(FIRST));
        let before = tree(&workspace);
        let plan_second = plan(&workspace, &files(SECOND));
        let ops = Failing { left: Cell::new(step), crash: true };
        let result = Change::new(&ops, &workspace).apply(&plan_second);
        if ops.left.get() != usize::MAX {
            result.expect("no failure was injected");
            return;
        }
        recover(&workspace).expect("recovered");
        if result.is_err() {
            assert_eq!(tree(&workspace), before, "step {step}");
        } else {
            assert!(plan(&workspace, &files(SECOND)).is_clean(), "step {step}");
        }
        run(&workspace, &files(SECOND));
        assert!(plan(&workspace, &files(SECOND)).is_clean(), "step {step}");
        assert!(tree(&workspace).keys().all(|path| !path.contains(".seac-")), "step {step}");
    }
}

#[test]
fn a_journal_that_points_outside_is_refused() {
    let (_dir, workspace) = workspace();
    fs::create_dir(workspace.state()).expect("a folder");
    let journal = r#"{"folders":[],"writes":[],"removes":["../x"]}"#;
    fs::write(workspace.state().join(JOURNAL), journal).expect("a journal");
    assert!(matches!(recover(&workspace), Err(ApplyError::Recovery { .. })));
}

#[test]
fn generate_is_the_chain_of_the_stages() {
    let (_dir, workspace) = workspace();
    let mut compilation: Compilation = crate::compile(&workspace).expect("readable");
    let plan = compilation.plan(&workspace, &files(FIRST), false).expect("readable");
    assert_eq!(plan.count(|action| matches!(action, Action::Create(_))), FIRST.len());
}

fn any_files() -> impl Strategy<Value = FileSet> {
    let file = ("[ab]/(gen/)?[c-e]\\.rs", "[xy]{1,2}", any::<bool>());
    prop::collection::vec(file, 0..8).prop_map(|list| {
        let mut set = FileSet::default();
        for (path, text, gen_zone) in list {
            let zone = if gen_zone { Zone::Gen } else { Zone::Ext };
            let file = OutputFile {
                bytes: text.as_bytes().into(),
                zone,
                template: "t".into(),
                origins: vec![],
                regions: vec![],
            };
            let _ = set.insert(path, file);
        }
        set
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn applying_leaves_nothing_to_do(versions in prop::collection::vec(any_files(), 1..4)) {
        let (_dir, workspace) = workspace();
        for version in &versions {
            let first = plan(&workspace, version);
            // What was scaffolded for the user and is generated again later may differ: that is asked, not applied.
            if first.blocked() {
                return Ok(());
            }
            apply(&workspace, &first).expect("applied");
            let second = plan(&workspace, version);
            prop_assert!(!second.changes(), "{:?}", second);
        }
    }
}
