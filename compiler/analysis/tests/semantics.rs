//! The rules of the language, one small model each: what is expected stands beside it and is written from the rule.
//!
//! A line of an `.expected` file is `name verdict [value]` for a policy, `metric name value`, or
//! `finding CODE LINE [severity]`. Violated and undecided policies imply SEA501 and SEA502; `no CODE` says that there is
//! no such finding, `ignore CODE` that it does not matter. `without-clock` takes the clock away.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a test may look at the disk")]

use seac_analysis::sea::{Clock, Memory, Options, SeaAnalysis, Verdict, analyse};
use seac_syntax::{Code, Sources};
use std::path::{Path, PathBuf};

/// The moment that windows look back from.
const NOW: &str = "2025-01-02T00:00:00Z";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/semantics")
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Satisfied => "satisfied",
        Verdict::Violated => "violated",
        Verdict::Granted => "granted",
        Verdict::NotGranted => "not-granted",
        Verdict::Computed => "computed",
        Verdict::Unknown => "unknown",
        Verdict::NotEvaluated => "not-evaluated",
    }
}

/// What an analysis says, in the words of an `.expected` file.
fn told(sources: &Sources, analysis: &SeaAnalysis) -> Vec<String> {
    let mut lines = Vec::new();
    for policy in analysis.models.iter().flat_map(|model| &model.policies) {
        let value = policy.value.as_deref().filter(|_| policy.verdict == Verdict::Computed);
        let value = value.map(|value| format!(" {value}")).unwrap_or_default();
        lines.push(format!("{} {}{value}", policy.name, word(policy.verdict)));
    }
    for metric in analysis.models.iter().flat_map(|model| &model.metrics) {
        let value = metric.value.as_deref().unwrap_or("not-evaluated");
        lines.push(format!("metric {} {value}", metric.name));
    }
    for finding in &analysis.diagnostics {
        if matches!(finding.code, Code::PolicyViolated | Code::PolicyUnknown) {
            continue;
        }
        let line = sources.get(finding.primary.span.file).position(finding.primary.span.start).line;
        let severity = format!("{:?}", finding.severity).to_lowercase();
        lines.push(format!("finding {} {line} {severity}", finding.code.name()));
    }
    lines.sort();
    lines
}

/// The lines that are expected, made comparable with those that are told.
fn expected(text: &str, told: &[String]) -> Vec<String> {
    let ignored: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("ignore ")).collect();
    let mut lines: Vec<String> = text
        .lines()
        .filter(|line| !line.starts_with("ignore ") && !line.starts_with("no ") && *line != "without-clock")
        .map(|line| match line.split(' ').collect::<Vec<_>>()[..] {
            ["finding", code, _] => {
                let severity = Code::from_name(code).unwrap_or_else(|| panic!("no code {code}")).severity();
                format!("{line} {severity:?}").to_lowercase().replace(&code.to_lowercase(), code)
            }
            _ => line.to_owned(),
        })
        .collect();
    let is_ignored = |line: &&String| ignored.iter().any(|code| line.starts_with(&format!("finding {code} ")));
    lines.extend(told.iter().filter(is_ignored).cloned());
    lines.sort();
    lines
}

#[test]
fn every_rule_means_what_it_says() {
    let mut models: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    models.retain(|path| path.extension().is_some_and(|extension| extension == "sea"));
    models.sort();
    assert!(models.len() > 40);
    let mut wrong = String::new();
    for path in models {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let expectation = std::fs::read_to_string(path.with_extension("expected")).unwrap();
        let mut memory = Memory::default();
        let file = memory.sources.add(format!("{name}.sea"), std::fs::read_to_string(&path).unwrap());
        let clock = if expectation.contains("without-clock") { None } else { Clock::parse(NOW) };
        let analysis = analyse(&[file], &mut memory, &Options { now: clock, ..Options::default() });
        let told = told(&memory.sources, &analysis);
        let expected = expected(&expectation, &told);
        for line in expected.iter().filter(|line| !told.contains(line)) {
            wrong.push_str(&format!("{name}: expected: {line}\n"));
        }
        for line in told.iter().filter(|line| !expected.contains(line)) {
            wrong.push_str(&format!("{name}: told: {line}\n"));
        }
        if told != expected && !wrong.contains(&format!("{name}: ")) {
            wrong.push_str(&format!("{name}: told {told:?}\n"));
        }
        for code in expectation.lines().filter_map(|line| line.strip_prefix("no ")) {
            if let Some(finding) = analysis.diagnostics.iter().find(|finding| finding.code.name() == code) {
                wrong.push_str(&format!("{name}: must not be told: {code} {}\n", finding.message));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
