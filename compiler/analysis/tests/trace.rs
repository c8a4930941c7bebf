//! Traceability: every way in which the chain from decision to design can break is found, once, at its word.

use seac_model::{BreakKind, NoteKind, Status};
use seac_syntax::{Code, Diagnostic, Sources};

fn sds(slug: &str, id: &str, prds: &str, adrs: &str) -> (String, String) {
    let text = format!("sdsId: {id}\nboundedContext: {slug}\nsatisfiesPrds: [{prds}]\nsatisfiesAdrs: [{adrs}]\n");
    (format!("specs/{slug}/{slug}.sds.yaml"), text)
}

fn note(id: &str, status: &str, satisfies: &str) -> (String, String) {
    let folder = id[..3].to_lowercase();
    let text = format!("---\nid: {id}\ntitle: About {id}\nstatus: {status}\nsatisfies: [{satisfies}]\n---\n");
    (format!("specs/a/{folder}/{id}.md"), text)
}

fn analysed(mut texts: Vec<(String, String)>) -> (seac_model::Model, Vec<(Code, String)>) {
    texts.sort();
    let mut sources = Sources::default();
    for (path, text) in texts {
        sources.add(path, text);
    }
    let (model, found) = seac_analysis::analyse(&sources);
    let shown = |d: &Diagnostic| {
        let file = sources.get(d.primary.span.file);
        let at = file.position(d.primary.span.start);
        let fix = d.fixes.first().map(|fix| format!(" → {}", fix.title)).unwrap_or_default();
        (d.code, format!("{}:{}:{} {}{fix}", file.path, at.line, at.column, d.message))
    };
    let found = found.iter().map(shown).collect();
    (model, found)
}

/// A chain without a break; the tests add one.
fn whole() -> Vec<(String, String)> {
    vec![
        note("ADR-001", "accepted", ""),
        note("PRD-001", "accepted", "ADR-001"),
        note("PRD-002", "proposed", ""),
        sds("a", "SDS-001", "PRD-001", "ADR-001"),
    ]
}

fn with(texts: impl IntoIterator<Item = (String, String)>) -> Vec<(Code, String)> {
    let mut all = whole();
    for (path, text) in texts {
        all.retain(|(known, _)| *known != path);
        all.push((path, text));
    }
    analysed(all).1
}

#[test]
fn a_whole_chain_has_no_findings_and_what_is_proposed_needs_no_answer() {
    let (model, found) = analysed(whole());
    assert_eq!(found, []);
    assert_eq!(model.breaks(), []);
    assert_eq!(model.notes["PRD-001"].kind, NoteKind::Prd);
    assert_eq!(model.notes["PRD-002"].status, Some(Status::Proposed));
}

#[test]
fn every_break_is_found_once_at_its_word() {
    let seeds = [
        ("dangling from a design", with([sds("a", "SDS-001", "PRD-001, PRD-00l", "ADR-001")])),
        ("dangling from a note", with([note("PRD-001", "accepted", "ADR-001, ADR-777")])),
        ("repeated in a design", with([sds("a", "SDS-001", "PRD-001, PRD-001", "ADR-001")])),
        ("repeated in a note", with([note("PRD-001", "accepted", "ADR-001, ADR-001")])),
        ("of the other kind", with([sds("a", "SDS-001", "PRD-001, ADR-001", "")])),
        ("an unknown status", with([note("PRD-002", "propsed", "")])),
        (
            "a design on a superseded decision",
            with([note("ADR-002", "superseded", ""), sds("a", "SDS-001", "PRD-001", "ADR-001, ADR-002")]),
        ),
        (
            "a requirement on a rejected decision",
            with([note("ADR-002", "rejected", ""), note("PRD-001", "accepted", "ADR-001, ADR-002")]),
        ),
        ("an unanswered requirement", with([note("PRD-003", "accepted", "")])),
        (
            "a requirement that only a note answers",
            with([note("ADR-001", "accepted", "PRD-003"), note("PRD-003", "accepted", "")]),
        ),
        ("an unanswered decision", with([note("ADR-003", "accepted", "")])),
        ("one id, two designs", with([sds("b", "SDS-001", "", "")])),
        ("one id, two notes", with([("specs/a/prd/again.md".into(), note("PRD-001", "accepted", "").1)])),
    ];
    let mut text = String::new();
    for (name, found) in seeds {
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        let (code, shown) = &found[0];
        text.push_str(&format!("{name}\n    {} {shown}\n", code.name()));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn what_is_over_may_build_on_what_is_over() {
    assert_eq!(with([note("ADR-002", "deprecated", ""), note("PRD-004", "superseded", "ADR-002")]), []);
}

#[test]
fn breaks_name_who_refers_and_where_it_is_written() {
    let mut texts = whole();
    texts.push(note("PRD-005", "accepted", "ADR-009"));
    let breaks = analysed(texts).0.breaks();
    let shown: Vec<_> =
        breaks.iter().map(|b| (b.note.as_str(), b.holder.as_deref(), b.context.as_str(), b.kind)).collect();
    assert_eq!(
        shown,
        [
            ("PRD-005", None, "a", BreakKind::Unsatisfied(NoteKind::Prd)),
            ("ADR-009", Some("PRD-005"), "a", BreakKind::Dangling),
        ]
    );
    assert_eq!((breaks[1].origin.line, breaks[1].origin.column), (5, 13));
}
