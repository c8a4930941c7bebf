//! The models of the reference compiler's repositories, where a corpus is at hand: our verdicts against its.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a test may look at the disk")]

use seac_analysis::sea::{Memory, ModelResult, Options, analyse};
use seac_syntax::diagnostic::has_errors;
use seac_syntax::{Diagnostic, Severity, Sources};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The folder with `sea/verdicts.tsv`, from `SEAC_CORPUS` or beside the repository.
fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("SEAC_CORPUS").map_or_else(beside, PathBuf::from);
    if folder.join("sea/verdicts.tsv").is_file() {
        return Some(folder.join("sea"));
    }
    println!("SKIPPED: no corpus at {}; set SEAC_CORPUS to run this test", folder.display());
    None
}

/// The texts of one folder, the one that is checked first: what it imports is beside it.
fn read(folder: &Path, path: &str) -> Option<Sources> {
    let mut sources = Sources::default();
    let text = String::from_utf8(std::fs::read(folder.join(path)).unwrap()).ok()?;
    sources.add(path, text.clone());
    if text.contains("import") {
        let (parent, _) = path.rsplit_once('/').unwrap();
        for entry in std::fs::read_dir(folder.join(parent)).unwrap() {
            let name = format!("{parent}/{}", entry.unwrap().file_name().to_str().unwrap());
            if let Ok(text) = std::fs::read_to_string(folder.join(&name))
                && name.ends_with(".sea")
                && name != path
            {
                sources.add(name, text);
            }
        }
    }
    Some(sources)
}

fn verdict(sources: Sources) -> (bool, String, Vec<ModelResult>) {
    let mut memory = Memory { sources };
    let analysis = analyse(&[seac_syntax::FileId(0)], &mut memory, &Options::default());
    let line = |d: &Diagnostic| {
        let place = memory.sources.get(d.primary.span.file).position(d.primary.span.start);
        format!("{}:{} {} {}", place.line, place.column, d.code.name(), d.message)
    };
    let errors = analysis.diagnostics.iter().filter(|d| d.severity == Severity::Error);
    let first = errors.map(line).next().unwrap_or_default();
    (has_errors(&analysis.diagnostics), first, analysis.models)
}

/// Disagreements that are meant: path, our verdict, theirs, why.
fn table() -> BTreeMap<String, (String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance/sea-verdicts.tsv");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let rows = text.lines().skip(1).map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        assert_eq!(columns.len(), 4, "{line}");
        assert!(!columns[3].is_empty(), "no reason: {line}");
        (columns[0].to_owned(), (columns[1].to_owned(), columns[2].to_owned()))
    });
    rows.collect()
}

#[test]
fn verdicts_agree_with_the_reference_or_stand_in_the_table() {
    let Some(folder) = corpus() else { return };
    let verdicts = std::fs::read_to_string(folder.join("verdicts.tsv")).unwrap();
    let mut table = table();
    let (mut agreed, mut excused, mut wrong) = (0, 0, String::new());
    for line in verdicts.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (path, theirs) = (columns[0], columns[4]);
        let (fails, first) = match read(&folder, path) {
            Some(sources) => {
                let (fails, first, _) = verdict(sources);
                (fails, first)
            }
            None => (true, "not UTF-8".to_owned()),
        };
        let ours = if fails { "err" } else { "ok" };
        match table.remove(path) {
            Some((listed_ours, listed_theirs)) => {
                excused += 1;
                if (listed_ours.as_str(), listed_theirs.as_str()) != (ours, theirs) || ours == theirs {
                    writeln!(wrong, "{path}: the table is out of date: ours {ours}, theirs {theirs}").unwrap();
                }
            }
            None if ours == theirs => agreed += 1,
            None => {
                let reason = columns.get(5).copied().unwrap_or_default();
                writeln!(wrong, "{path}: ours {ours} ({first}), theirs {theirs} ({reason})").unwrap();
            }
        }
    }
    println!("{agreed} verdicts agree, {excused} disagree for a stated reason");
    for path in table.keys() {
        writeln!(wrong, "{path}: in the table, but not in the corpus").unwrap();
    }
    assert!(wrong.is_empty(), "{} disagreements:\n{wrong}", wrong.lines().count());
}
