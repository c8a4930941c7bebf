//! Every model of the corpus that is accepted, in every format, where a corpus is at hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, missing_docs, reason = "a test")]

use seac_analysis::sea::{Memory, Options as Analysis, analyse, model};
use seac_emit::projection::{Format, Options, elements, project};
use seac_syntax::diagnostic::has_errors;
use seac_syntax::{FileId, Sources};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("SEAC_CORPUS").map_or_else(beside, PathBuf::from).join("sea");
    let found = folder.join("verdicts.tsv").is_file().then(|| folder.clone());
    if found.is_none() {
        println!("SKIPPED: no corpus at {}; set SEAC_CORPUS to run this test", folder.display());
    }
    found
}

/// The text, and those beside it, which it may import.
fn read(path: &Path) -> Option<Sources> {
    let mut sources = Sources::default();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    sources.add(name(path), std::fs::read_to_string(path).ok()?);
    for entry in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let other = entry.unwrap().path();
        if other != path
            && other.extension().is_some_and(|extension| extension == "sea")
            && let Ok(text) = std::fs::read_to_string(&other)
        {
            sources.add(name(&other), text);
        }
    }
    Some(sources)
}

#[test]
fn accepted_models_become_every_format_and_nothing_is_lost_in_silence() {
    let Some(folder) = corpus() else { return };
    let files = walkdir::WalkDir::new(&folder).sort_by_file_name().into_iter().map(|entry| entry.unwrap().into_path());
    let mut count = 0;
    for path in files.filter(|path| path.extension().is_some_and(|extension| extension == "sea")) {
        let Some(sources) = read(&path) else { continue };
        let mut memory = Memory { sources };
        let found = analyse(&[FileId(0)], &mut memory, &Analysis::default()).diagnostics;
        if has_errors(&found) {
            continue;
        }
        let model = model(&[FileId(0)], &mut memory);
        count += 1;
        for format in Format::ALL {
            let options = Options::of(*format);
            let projected = project(*format, &model, &options).expect("projected");
            let lost: BTreeSet<_> = projected.fidelity.iter().map(|lost| (lost.kind, lost.element.as_str())).collect();
            let elements = elements(&model, &options);
            let silent = elements.iter().filter(|element| {
                let row = format.row(element.kind);
                (row.lost.is_some() || row.becomes.is_none()) && !lost.contains(&(element.kind, element.id.as_str()))
            });
            assert_eq!(silent.count(), 0, "{} as {}", path.display(), format.word());
        }
    }
    println!("{count} models in {} formats", Format::ALL.len());
    assert!(count > 100, "{count}");
}
