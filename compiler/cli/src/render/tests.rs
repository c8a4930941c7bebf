use super::human::View;
use super::{Report, github, human, json, sarif};
use seac_syntax::{Applicability, Code, Diagnostic, Edit, Fix, Severity, Sources, Span};

/// Findings as the stages make them, over texts as users write them.
fn sample() -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let sds = "sdsId: SDS-100\nboundedContext: orders\nuse_cases: []\n";
    let sea = "@namespace \"orders\"\n\nEntity Bestellung\r\n  # Größe, 100%\nResource \"Ähre\" kg\n";
    let sds_file = sources.add("specs/orders/orders.sds.yaml", sds);
    let sea_file = sources.add("specs/orders/my orders.sea", sea);
    let package = sources.add("seac:/specs/evidence/evidence.sea", "Entity \"Bestellung\"\n");
    let empty = sources.add("generated/src/gen/x.rs", "");
    let at = |file, text: &str, needle: &str| {
        let start = text.find(needle).expect("it is there");
        Span::new(file, start, start + needle.len())
    };
    let unknown = Diagnostic::new(Code::SeaSyntax, "there is no key `use_cases`", at(sds_file, sds, "use_cases"), "")
        .with_suggestion("use_cases", at(sds_file, sds, "use_cases"), ["useCases"]);
    let quoted = Diagnostic::new(
        Code::SeaSyntax,
        "expected a name in quotes",
        at(sea_file, sea, "Bestellung"),
        "this is no string",
    )
    .with_secondary(at(sea_file, sea, "Ähre"), "as here")
    .with_secondary(Span::new(package, 0, 19), "and here")
    .with_why("names may hold any character\nin any language")
    .with_fix("put it in quotes", at(sea_file, sea, "Bestellung"), "\"Bestellung\"", Applicability::MachineApplicable)
    .with_help("or rename it");
    let end = Diagnostic::new(Code::SeaSyntax, "unexpected end", Span::new(sea_file, sea.len(), sea.len()), "here");
    let foreign =
        Diagnostic::new(Code::GenForeign, "a stranger, at 100%", Span::new(empty, 0, 0), "").with_help("move it away");
    (sources, vec![unknown, quoted, end, foreign])
}

fn rendered(render: impl Fn(&Report<'_>) -> String) -> String {
    let (sources, diagnostics) = sample();
    render(&Report { sources: &sources, diagnostics: &diagnostics, prefix: "shop/" })
}

#[test]
fn people_read_the_look_of_rustc() {
    insta::assert_snapshot!(anstream::adapter::strip_str(&rendered(|report| human::render(report, wide(100)))));
}

#[test]
fn a_narrow_terminal_and_colours() {
    let (sources, diagnostics) = sample();
    let report = Report { sources: &sources, diagnostics: &diagnostics[..1], prefix: "" };
    insta::assert_snapshot!(human::render(&report, wide(40)).replace('\u{1b}', "␛"));
}

#[test]
fn a_long_change_is_cut() {
    let mut sources = Sources::default();
    let text: String = (0..200).map(|n| format!("line {n}\n")).collect();
    let file = sources.add("generated/a.rs", text.as_str());
    let edits = (0..200).filter(|n| n % 4 == 1).map(|n| {
        let line = format!("line {n}\n");
        let start = text.find(&line).expect("it is there");
        Edit { span: Span::new(file, start, start + line.len()), replacement: format!("other {n}\nthing\n") }
    });
    let fix =
        Fix { title: "take it back".into(), edits: edits.collect(), applicability: Applicability::MaybeIncorrect };
    let mut edited = Diagnostic::new(Code::GenEdited, "edited", Span::new(file, 0, 6), "the first difference");
    edited.fixes.push(fix);
    let report = Report { sources: &sources, diagnostics: &[edited], prefix: "" };
    insta::assert_snapshot!(anstream::adapter::strip_str(&human::render(&report, wide(100))));
}

#[test]
fn long_lines_are_cut_and_far_places_shown_apart() {
    let mut sources = Sources::default();
    let line = format!("Policy p as: {}\n", vec!["größe"; 100_000].join(" && "));
    let text = format!("Entity \"A\"\n{line}Entity \"A\"\n");
    let file = sources.add("a.sea", text.as_str());
    let at = |start, length| Span::new(file, start, start + length);
    let middle = text.match_indices("&&").nth(50_000).expect("there are as many").0;
    let foreign = Diagnostic::new(Code::SeaSyntax, "there is no `&&`", at(middle, 2), "this is `and`").with_fix(
        "write `and`",
        at(middle, 2),
        "and",
        Applicability::MachineApplicable,
    );
    let whole = Diagnostic::new(Code::SeaSyntax, "too much", at(11, line.len()), "all of it");
    let twice = Diagnostic::new(Code::SeaSyntax, "twice", at(text.len() - 4, 3), "again")
        .with_secondary(at(7, 3), "first here")
        .with_secondary(at(middle, 2), "and far behind its beginning");
    let report = Report { sources: &sources, diagnostics: &[foreign, whole, twice], prefix: "" };
    let shown = anstream::adapter::strip_str(&human::render(&report, wide(80))).to_string();
    assert!(shown.len() < 10_000, "{} bytes", shown.len());
    insta::assert_snapshot!(shown);
}

#[test]
fn programs_read_json() {
    insta::assert_snapshot!(rendered(json::render));
}

#[test]
fn scanners_read_sarif() {
    insta::assert_snapshot!(rendered(sarif::render));
}

#[test]
fn github_reads_workflow_commands() {
    insta::assert_snapshot!(rendered(github::render));
}

#[test]
fn nothing_found_is_nothing_shown() {
    let sources = Sources::default();
    let report = Report { sources: &sources, diagnostics: &[], prefix: "" };
    assert_eq!(human::render(&report, wide(80)), "");
    assert_eq!(json::render(&report), "[]\n");
    assert_eq!(github::render(&report), "");
    assert!(sarif::render(&report).contains("\"results\": []"));
}

/// All findings, in this many columns.
fn wide(width: usize) -> View {
    View { width, findings: usize::MAX }
}

#[test]
fn of_many_findings_the_first_errors_are_shown() {
    let mut sources = Sources::default();
    let file = sources.add("a.sea", "x\n".repeat(5));
    let found = |at: usize, severity| {
        let span = Span::new(file, 2 * at, 2 * at + 1);
        let finding = Diagnostic::new(Code::UnknownName, format!("finding {at}"), span, "");
        Diagnostic { severity, ..finding }
    };
    let kinds = [Severity::Warning, Severity::Error, Severity::Warning, Severity::Error, Severity::Error];
    let diagnostics: Vec<_> = kinds.into_iter().enumerate().map(|(at, severity)| found(at, severity)).collect();
    let report = Report { sources: &sources, diagnostics: &diagnostics, prefix: "" };
    let shows = |findings| {
        let text = anstream::adapter::strip_str(&human::render(&report, View { width: 80, findings })).to_string();
        let shown: Vec<usize> = (0..5).filter(|at| text.contains(&format!("finding {at}"))).collect();
        (shown, text.lines().find(|line| line.contains("more;")).map(str::to_owned))
    };
    let more = |hidden| Some(format!("{hidden} more; `--max-errors 0` shows all"));
    assert_eq!(shows(2), (vec![1, 3], more(3)));
    assert_eq!(shows(4), (vec![0, 1, 3, 4], more(1)));
    assert_eq!(shows(5), (vec![0, 1, 2, 3, 4], None));
}
