//! What must hold for every model, whatever stands in it. cargo-fuzz calls these; so does `compiler/analysis/tests/fuzz.rs`,
//! on stable, over the seeds and mutations of them.

use seac_analysis::sea::{Clock, Memory, ModelResult, Options, SeaAnalysis, analyse};
use seac_syntax::{Diagnostic, FileId, Sources, sea};

/// In front of the path of each text but the first, which is `main.sea`, in the inputs of [`modules`] and [`specs`].
const DIVIDER: &str = "\n=== ";

/// Few steps: a limit must be reached in time, and what is within it is found with few as with many.
fn options() -> Options {
    Options { now: Clock::parse("2025-01-02T00:00:00Z"), max_steps: 10_000, ..Options::default() }
}

/// Evaluator: no panic, every place is one of the text, and layout means nothing.
pub fn eval(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let analysis = evaluated(text);
    if let Ok(formatted) = sea::format(FileId(0), text) {
        assert_eq!(results(&analysis), results(&evaluated(&formatted)), "{formatted}");
    }
}

fn evaluated(text: &str) -> SeaAnalysis {
    let mut memory = Memory::default();
    let file = memory.sources.add("main.sea", text);
    let analysis = analyse(&[file], &mut memory, &options());
    places(&memory.sources, &analysis.diagnostics);
    analysis
}

/// Results without places.
fn results(analysis: &SeaAnalysis) -> Vec<String> {
    let policies = |model: &ModelResult| -> Vec<String> {
        let told = |policy: &seac_analysis::sea::PolicyResult| {
            let missing = policy.missing.as_ref().map(|note| &note.text);
            format!("{} {:?} {:?} {} {missing:?}", policy.name, policy.verdict, policy.value, policy.offender_count)
        };
        model.policies.iter().map(told).collect()
    };
    let metrics = |model: &ModelResult| -> Vec<String> {
        model.metrics.iter().map(|metric| format!("{} {:?} {}", metric.name, metric.value, metric.breached)).collect()
    };
    analysis.models.iter().flat_map(|model| [policies(model), metrics(model)].concat()).collect()
}

/// Module resolver: texts that import each other, all of them given at once and the first one alone.
pub fn modules(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    for all in [true, false] {
        let mut memory = Memory { sources: divided(text) };
        let files: Vec<FileId> = memory.sources.iter().map(|(id, _)| id).collect();
        let given = if all { files.as_slice() } else { &files[..1] };
        let analysis = analyse(given, &mut memory, &options());
        places(&memory.sources, &analysis.diagnostics);
    }
}

/// Contexts: SDS, models and notes together.
pub fn specs(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let sources = divided(text);
    places(&sources, &seac_analysis::analyse_at(&sources, &options()).diagnostics);
}

/// The texts of an input; of two with one path, the first.
fn divided(text: &str) -> Sources {
    let mut sources = Sources::default();
    let mut parts = text.split(DIVIDER);
    sources.add("main.sea", parts.next().unwrap_or_default());
    for (path, text) in parts.filter_map(|part| part.split_once('\n')) {
        let path = path.trim();
        if !path.starts_with('<') && sources.iter().all(|(_, known)| *known.path != *path) {
            sources.add(path, text);
        }
    }
    sources
}

fn places(sources: &Sources, findings: &[Diagnostic]) {
    for finding in findings {
        let labels = std::iter::once(&finding.primary).chain(&finding.secondary).map(|label| label.span);
        let edits = finding.fixes.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span);
        for span in labels.chain(edits) {
            assert!(sources.get(span.file).text.get(span.range()).is_some(), "{span:?} {finding:?}");
        }
    }
}
