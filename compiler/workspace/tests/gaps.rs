//! Every kind of gap, seeded once, is found once; where there is none, none is found.

use seac_emit::gap::{Baseline, Kind, Report, Severity};
use seac_workspace::manifest::Output;
use seac_workspace::manifest::Zone;
use seac_workspace::{Manifest, Workspace, apply, compile, digest, disk, gap};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/gaps").join(name)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a readable folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

fn workspace(dir: &TempDir) -> Workspace {
    Workspace::at(dir.path()).expect("a workspace")
}

/// The whole fixture, generated.
fn whole() -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    copy(&fixture("whole"), dir.path());
    generate(&dir);
    dir
}

fn generate(dir: &TempDir) {
    let workspace = workspace(dir);
    let mut compilation = compile(&workspace).expect("readable specs");
    assert!(!compilation.has_errors(), "{:#?}", compilation.diagnostics);
    let files = compilation.emit().expect("emitted");
    let plan = compilation.plan(&workspace, &files, false).expect("a plan");
    apply::apply(&workspace, &plan).expect("applied");
}

fn report(dir: &TempDir, baseline: Option<&Baseline>) -> Report {
    let workspace = workspace(dir);
    let compilation = compile(&workspace).expect("readable specs");
    assert!(gap::is_whole(&compilation), "{:#?}", compilation.diagnostics);
    gap::report(&workspace, &compilation, baseline).expect("a report")
}

/// The seeds: specs, tests and extension code from the fixture, and what only shows in a generated tree.
fn seed(dir: &TempDir) {
    copy(&fixture("seeds"), dir.path());
    let output = dir.path().join("generated");
    runbooks(dir, &output);
    let edited = output.join("crates/depot/src/gen/types.rs");
    let text = fs::read_to_string(&edited).expect("a generated file");
    fs::write(&edited, format!("{text}// edited\n")).expect("an edit");
    fs::remove_file(output.join("openapi/parcels.json")).expect("a generated file");
    fs::remove_file(output.join("crates/depot/src/lib.rs")).expect("an extension file");
    leave(&output, "crates/parcels/src/gen/attic.rs", b"//! Of an earlier run.\n");
}

/// Those of the seeded invariants: one invariant has no probe, another no runbook, and neither lacks anything else.
fn runbooks(dir: &TempDir, output: &Path) {
    let files = compile(&workspace(dir)).expect("readable specs").emit().expect("emitted");
    fs::remove_file(output.join("runbooks/parcels/INV-PAR-002.md")).expect("a generated file");
    leave(output, "runbooks/parcels/INV-PAR-001.md", &files.get("runbooks/parcels/INV-PAR-001.md").expect("one").bytes);
}

/// Leaves a file as a run of another version of the specs would have.
fn leave(output: &Path, path: &str, bytes: &[u8]) {
    let manifest = disk::read_manifest(output).expect("readable").expect("a manifest");
    let mut manifest = Manifest::parse(&manifest).expect("a manifest of ours");
    manifest.outputs.push(Output {
        path: path.into(),
        sha256: digest::sha256(bytes),
        zone: Zone::Gen,
        template: "emit::rust::attic".into(),
        origins: Vec::new(),
        regions: Vec::new(),
    });
    fs::write(output.join(path), bytes).expect("a file");
    fs::write(output.join("MANIFEST.json"), manifest.to_bytes()).expect("a manifest");
}

fn lines(report: &Report) -> String {
    let line = |gap: &seac_emit::gap::Gap| {
        format!(
            "{:<8} {}\n         {} at {}\n         → {}\n",
            gap.severity.word(),
            gap.id,
            gap.message,
            gap.place,
            gap.closes
        )
    };
    report.gaps.iter().map(line).collect()
}

#[test]
fn a_whole_tree_has_no_gaps() {
    assert_eq!(lines(&report(&whole(), None)), "");
}

#[test]
fn every_kind_of_gap_is_found_exactly_once() {
    let dir = whole();
    seed(&dir);
    let report = report(&dir, None);
    insta::assert_snapshot!(lines(&report));
    for kind in Kind::ALL {
        let found = report.gaps.iter().filter(|gap| gap.kind == *kind).count();
        assert_eq!(found, 1, "{}", kind.word());
    }
}

#[test]
fn ids_do_not_move_with_lines() {
    let dir = whole();
    seed(&dir);
    let ids = |report: &Report| report.gaps.iter().map(|gap| gap.id.clone()).collect::<Vec<_>>();
    let before = ids(&report(&dir, None));
    let path = dir.path().join("specs/parcels/parcels.sds.yaml");
    let text = fs::read_to_string(&path).expect("a spec");
    fs::write(&path, format!("# a line\n# another\n{text}")).expect("a spec");
    let mut after = ids(&report(&dir, None));
    // What is generated names lines of specs nowhere but in the manifest.
    after.retain(|id| before.contains(id));
    assert_eq!(after, before);
}

#[test]
fn a_trend_names_what_is_new_and_what_was_closed() {
    let dir = whole();
    let whole_json = serde_json::to_string(&report(&dir, None)).expect("JSON");
    seed(&dir);
    let seeded = report(&dir, None);
    let seeded_json = serde_json::to_string(&seeded).expect("JSON");

    let from_whole = report(&dir, Some(&Baseline::parse(&whole_json).expect("a baseline")));
    let trend = from_whole.trend.as_ref().expect("a trend");
    assert_eq!((trend.before, trend.new.len(), trend.closed.len(), trend.open), (0, Kind::ALL.len(), 0, 0));
    assert!(from_whole.fails(Severity::Critical));

    let tests = "// covers: SDS-201/carrier/lost\n#[test]\nfn lost() {}\n// covers: SDS-201/carrier/gone\n#[test]\nfn gone() {}\n";
    fs::write(dir.path().join("tests/more.rs"), tests).expect("a test");
    let from_seeded = report(&dir, Some(&Baseline::parse(&seeded_json).expect("a baseline")));
    let trend = from_seeded.trend.as_ref().expect("a trend");
    assert_eq!(trend.new.iter().collect::<Vec<_>>(), ["covers-nothing:SDS-201/carrier/gone"]);
    assert_eq!(
        trend.closed.iter().map(|gap| gap.id.as_str()).collect::<Vec<_>>(),
        ["untested-case:SDS-201/carrier/lost"]
    );
    assert_eq!(trend.open, seeded.gaps.len() - 1);
    assert!(!from_seeded.fails(Severity::Medium) && from_seeded.fails(Severity::Low), "only new gaps count");
}

#[test]
fn specs_that_were_not_generated_yet_are_gaps_by_element() {
    let dir = tempfile::tempdir().expect("a folder");
    copy(&fixture("whole"), dir.path());
    let found = report(&dir, None);
    assert!(found.gaps.iter().all(|gap| gap.kind == Kind::NotEmitted && gap.place.line > 0), "{}", lines(&found));
    assert!(found.gaps.iter().any(|gap| gap.element == "SDS-201/SendParcel"));
}

#[test]
fn an_element_that_changed_since_is_found_and_the_others_are_not() {
    let dir = whole();
    let path = dir.path().join("specs/parcels/parcels.sea");
    let text = fs::read_to_string(&path).expect("a spec").replace("weight <= 30", "weight <= 31");
    fs::write(&path, text).expect("a spec");
    let found = report(&dir, None);
    let elements: Vec<_> = found.gaps.iter().map(|gap| (gap.kind, gap.element.as_str())).collect();
    let changed = ["SDS-201/SendParcel", "SDS-201/not_too_heavy"].map(|element| (Kind::NotEmitted, element));
    assert_eq!(elements, changed);
    generate(&dir);
    assert_eq!(lines(&report(&dir, None)), "");
}

#[test]
fn pages_are_whole_and_words_of_users_cannot_leave_their_place() {
    let dir = whole();
    seed(&dir);
    let path = dir.path().join("specs/parcels/parcels.sds.yaml");
    let text = fs::read_to_string(&path)
        .expect("a spec")
        .replace("No parcel weighs nothing.", "'<script>alert(1)</script> | x'");
    fs::write(&path, text.replace("severity: high\n    check: { probe: ledger.verify, every: 5m }", "severity: high"))
        .expect("a spec");
    let report = report(&dir, None);
    let html = seac_emit::gap::html(&report, "https://example.org/");
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;"));
    assert!(!html.contains("src=") && !html.contains("@import") && !html.contains("url("));
    assert!(html.contains("href=\"https://example.org/specs/parcels/parcels.sds.yaml#L"));
    assert_eq!(html.matches("<table").count(), html.matches("</table>").count());
    let markdown = seac_emit::gap::markdown(&report, "");
    assert!(!markdown.contains("<script") && markdown.contains("\\| x"));
    insta::assert_snapshot!(markdown);
}
