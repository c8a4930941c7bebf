//! Models of the reference compiler's repositories, where a corpus is at hand: what passes the check becomes files that compile.

use crate::common::{compile, project};
use seac_analysis::sea::{Memory, Options, analyse, model};
use seac_emit::proto;
use seac_syntax::{FileId, Sources};
use std::path::{Path, PathBuf};

/// The folder with models, from `SEAC_CORPUS` or beside the repository.
fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("SEAC_CORPUS").map_or_else(beside, PathBuf::from).join("sea");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: no corpus at {}; set SEAC_CORPUS to run this test", folder.display());
    None
}

/// A model with the models beside it, which it may import.
fn read(path: &Path) -> Option<Sources> {
    let mut sources = Sources::default();
    let text = String::from_utf8(std::fs::read(path).unwrap()).ok()?;
    sources.add("model/this.sea", text.clone());
    if text.contains("import") {
        let mut beside: Vec<PathBuf> =
            std::fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path()).collect();
        beside.sort();
        for other in beside.iter().filter(|other| *other != path && other.extension().is_some_and(|e| e == "sea")) {
            if let Ok(text) = std::fs::read_to_string(other) {
                sources.add(format!("model/{}", other.file_name().unwrap().to_str().unwrap()), text);
            }
        }
    }
    Some(sources)
}

#[test]
fn every_model_that_passes_the_check_compiles() {
    let Some(folder) = corpus() else { return };
    let (mut projected, mut refused) = (0, 0);
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.unwrap();
        if entry.path().extension().is_none_or(|extension| extension != "sea") || !entry.file_type().is_file() {
            continue;
        }
        let Some(sources) = read(entry.path()) else { continue };
        let mut memory = Memory { sources };
        let analysis = analyse(&[FileId(0)], &mut memory, &Options::default());
        if seac_syntax::diagnostic::has_errors(&analysis.diagnostics) {
            refused += 1;
            continue;
        }
        let model = model(&[FileId(0)], &mut memory);
        for multi_file in [false, true] {
            let options = proto::Options { multi_file, services: true, governance: true, ..Default::default() };
            compile(&project(&model, &options));
        }
        projected += 1;
    }
    println!("{projected} models were projected, {refused} do not pass the check");
    assert!(projected > 100, "{projected}");
}
