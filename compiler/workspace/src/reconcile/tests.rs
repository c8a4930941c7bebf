use super::*;
use crate::compile::Compilation;
use crate::report;
use seac_emit::Origin;
use seac_syntax::Sources;

fn files(list: &[(&str, &str, Zone)]) -> FileSet {
    let mut files = FileSet::default();
    for (path, text, zone) in list {
        let origins = vec![Origin { file: "specs/a/a.sea".into(), line: 2 }];
        let file = OutputFile {
            bytes: text.as_bytes().into(),
            zone: *zone,
            template: "t".into(),
            origins,
            regions: Vec::new(),
        };
        files.insert(*path, file).expect("free");
    }
    files
}

fn manifest(files: &FileSet) -> Manifest {
    Manifest::new(Vec::new(), "m".into(), files)
}

/// A case: what shall be, what is, what the last run made; what happens without and with `--overwrite`.
struct Case {
    name: &'static str,
    now: Option<(&'static str, Zone)>,
    disk: Option<OnDisk>,
    last: Option<(&'static str, Zone)>,
    expected: Option<Action>,
    overwritten: Option<Action>,
}

fn file(text: &str) -> Option<OnDisk> {
    Some(OnDisk::File(text.as_bytes().into()))
}

fn create(text: &str) -> Option<Action> {
    Some(Action::Create(text.as_bytes().into()))
}

fn replace(text: &str) -> Option<Action> {
    Some(Action::Replace(text.as_bytes().into()))
}

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    use Action::{Keep, Refuse, Remove, Unchanged};
    use Zone::{Ext, Gen};
    let case = |name, now, disk, last, expected: Option<Action>, overwritten| Case { name, now, disk, last, expected, overwritten };
    let same = |name, now, disk, last, expected: Option<Action>| case(name, now, disk, last, expected.clone(), expected);
    vec![
        same("first run", Some(("new", Gen)), None, None, create("new")),
        same("first scaffold", Some(("new", Ext)), None, None, create("new")),
        same("nothing new", Some(("old", Gen)), file("old"), Some(("old", Gen)), Some(Unchanged)),
        same("regenerated", Some(("new", Gen)), file("old"), Some(("old", Gen)), replace("new")),
        same("lost on disk", Some(("old", Gen)), None, Some(("old", Gen)), create("old")),
        case("edited", Some(("new", Gen)), file("edit"), Some(("old", Gen)), Some(Refuse), replace("new")),
        case("edited, specs unchanged", Some(("old", Gen)), file("edit"), Some(("old", Gen)), Some(Refuse), replace("old")),
        same("edited to what is generated now", Some(("new", Gen)), file("new"), Some(("old", Gen)), Some(Unchanged)),
        case("not ours", Some(("new", Gen)), file("mine"), None, Some(Refuse), replace("new")),
        same("not ours but equal", Some(("new", Gen)), file("new"), None, Some(Unchanged)),
        same("an extension of the user", Some(("new", Ext)), file("mine"), Some(("old", Ext)), Some(Keep)),
        same("an extension nobody touched", Some(("new", Ext)), file("old"), Some(("old", Ext)), Some(Keep)),
        same("an extension the user removed", Some(("new", Ext)), None, Some(("new", Ext)), create("new")),
        same("an extension that was there first", Some(("new", Ext)), file("mine"), None, Some(Keep)),
        same("an extension behind a link", Some(("new", Ext)), Some(OnDisk::Link), None, Some(Keep)),
        same("generated becomes extension", Some(("new", Ext)), file("old"), Some(("old", Gen)), replace("new")),
        same("edited generated becomes extension", Some(("new", Ext)), file("edit"), Some(("old", Gen)), Some(Keep)),
        same("extension becomes generated", Some(("new", Gen)), file("old"), Some(("old", Ext)), replace("new")),
        case("edited extension becomes generated", Some(("new", Gen)), file("mine"), Some(("old", Ext)), Some(Refuse), replace("new")),
        same("stale", None, file("old"), Some(("old", Gen)), Some(Remove)),
        case("stale but edited", None, file("edit"), Some(("old", Gen)), Some(Refuse), Some(Remove)),
        same("stale and gone", None, None, Some(("old", Gen)), None),
        same("stale and a folder now", None, Some(OnDisk::Folder), Some(("old", Gen)), None),
        same("stale extension", None, file("old"), Some(("old", Ext)), None),
        case("a link in the way", Some(("new", Gen)), Some(OnDisk::Link), Some(("old", Gen)), Some(Refuse), replace("new")),
        same("a folder in the way", Some(("new", Gen)), Some(OnDisk::Folder), None, Some(Refuse)),
        same("a socket in the way", Some(("new", Ext)), Some(OnDisk::Special), None, Some(Refuse)),
        same("behind a file", Some(("new", Gen)), Some(OnDisk::BehindFile("a".into())), None, Some(Refuse)),
        same("outside", Some(("new", Gen)), Some(OnDisk::Outside("a".into())), None, Some(Refuse)),
    ]
}

#[test]
fn every_meeting_of_specs_disk_and_manifest() {
    for case in cases() {
        let set = |one: Option<(&str, Zone)>| {
            files(&one.map(|(text, zone)| ("a/x.rs", text, zone)).into_iter().collect::<Vec<_>>())
        };
        let (now, last) = (set(case.now), manifest(&set(case.last)));
        let entries = case.disk.map(|disk| ("a/x.rs".to_string(), disk)).into_iter().collect();
        let disk = Disk { entries, ..Disk::default() };
        for (overwrite, expected) in [(false, case.expected), (true, case.overwritten)] {
            let plan = reconcile(&now, &disk, Some(&last), manifest(&now), overwrite);
            let actions: Vec<_> = plan.steps.iter().map(|step| step.action.clone()).collect();
            assert_eq!(
                actions,
                expected.clone().into_iter().collect::<Vec<_>>(),
                "{}, overwrite {overwrite}",
                case.name
            );
            assert_eq!(plan.blocked(), expected == Some(Action::Refuse), "{}", case.name);
        }
    }
}

#[test]
fn strangers_in_gen_folders_are_named_and_left_alone() {
    let now = files(&[("src/gen/a.rs", "a", Zone::Gen)]);
    let last = manifest(&files(&[("src/gen/b.rs", "b", Zone::Gen)]));
    let in_gen = ["src/gen/a.rs", "src/gen/b.rs", "src/gen/c.rs"].map(String::from).into();
    let disk = Disk { in_gen, manifest: None, ..Disk::default() };
    let plan = reconcile(&now, &disk, Some(&last), manifest(&now), true);
    assert_eq!(plan.findings, [Finding { path: "src/gen/c.rs".into(), kind: FindingKind::Foreign }]);
    assert!(!plan.blocked() && !plan.is_clean());
}

#[test]
fn paths_that_cannot_be_written_block_the_plan() {
    for path in ["../x", "/etc/x", "aux.rs", "MANIFEST.json", "manifest.JSON"] {
        let plan = reconcile(&files(&[(path, "x", Zone::Gen)]), &Disk::default(), None, manifest(&files(&[])), true);
        assert!(plan.blocked(), "{path}");
    }
    let twins = files(&[("a/Order.md", "x", Zone::Gen), ("a/order.md", "x", Zone::Gen)]);
    let plan = reconcile(&twins, &Disk::default(), None, manifest(&twins), true);
    let clash = FindingKind::Clash { other: "a/Order.md".into() };
    assert_eq!(plan.findings, [Finding { path: "a/order.md".into(), kind: clash }]);
}

#[test]
fn an_output_folder_outside_the_workspace_blocks_the_plan() {
    let disk = Disk { outside: true, ..Disk::default() };
    assert!(reconcile(&files(&[]), &disk, None, manifest(&files(&[])), true).blocked());
}

#[test]
fn a_manifest_that_is_as_it_shall_be_is_not_written() {
    let now = files(&[("a", "x", Zone::Gen)]);
    let mut disk = Disk { manifest: Some(manifest(&now).to_bytes()), ..Disk::default() };
    disk.entries.insert("a".into(), OnDisk::File((*b"x").into()));
    assert!(reconcile(&now, &disk, Some(&manifest(&now)), manifest(&now), false).is_clean());
    disk.manifest = Some(b"{}".into());
    assert!(reconcile(&now, &disk, Some(&manifest(&now)), manifest(&now), false).changes());
}

#[test]
fn findings_show_the_place_and_the_change() {
    let mut sources = Sources::default();
    sources.add("specs/a/a.sea", "\nEntity \"aux\"\n");
    let now = files(&[("aux.rs", "x", Zone::Gen)]);
    let show = |sources: &mut Sources, path: &str, kind| {
        let d = report::finding(sources, "generated", &now, &Finding { path: path.into(), kind });
        let file = sources.get(d.primary.span.file);
        let at = file.position(d.primary.span.start);
        let place = format!("{}:{}:{} {:?}", file.path, at.line, at.column, sources.text(d.primary.span));
        let edits = d.fixes.iter().flat_map(|fix| &fix.edits);
        let edits: Vec<_> = edits.map(|edit| (sources.text(edit.span).to_string(), edit.replacement.clone())).collect();
        (place, edits)
    };
    let edited = FindingKind::Edited { disk: (*b"a\nb\nmine\nc\n").into(), new: (*b"a\nb\nc\nd").into() };
    let (place, edits) = show(&mut sources, "x.rs", edited);
    assert_eq!(place, "generated/x.rs:3:1 \"mine\"");
    assert_eq!(edits, [("mine\n".to_string(), String::new()), (String::new(), "d".to_string())]);
    let (place, _) = show(&mut sources, "aux.rs", FindingKind::Path(Wrong::Reserved("aux.rs".into())));
    assert_eq!(place, "specs/a/a.sea:2:1 \"Entity \\\"aux\\\"\"");
    let (place, _) = show(&mut sources, "b.bin", FindingKind::Edited { disk: [255].into(), new: [254].into() });
    assert_eq!(place, "generated/b.bin:1:1 \"\"");
}

#[test]
fn a_compilation_can_be_handed_between_threads() {
    fn check<T: Send + Sync>() {}
    check::<Plan>();
    check::<Compilation>();
}
