//! The platform's own specs and the examples, as the analysis sees them.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test reads the specs")]

use seac_syntax::{Diagnostic, Sources};
use std::path::Path;

/// Reads specs below the repository; the second folder stands in for the packages a workspace uses.
fn sources(folders: &[&str]) -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut texts = Vec::new();
    for folder in folders {
        let base = root.join(folder);
        for entry in walkdir::WalkDir::new(base.join("specs")).sort_by_file_name() {
            let entry = entry.unwrap();
            if entry.file_type().is_file() {
                let path = entry.path().strip_prefix(&base).unwrap().to_str().unwrap().to_owned();
                texts.push((path, std::fs::read_to_string(entry.path()).unwrap()));
            }
        }
    }
    texts.sort();
    let mut sources = Sources::default();
    for (path, text) in texts {
        sources.add(path, text);
    }
    sources
}

fn shown(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let line = |d: &Diagnostic| {
        let file = sources.get(d.primary.span.file);
        let position = file.position(d.primary.span.start);
        format!("{}:{}:{} {} {}", file.path, position.line, position.column, d.code.name(), d.message)
    };
    diagnostics.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_platform_specs_have_no_findings() {
    let sources = sources(&["."]);
    let (model, diagnostics) = seac_analysis::analyse(&sources);
    assert_eq!(shown(&sources, &diagnostics), "");
    assert_eq!(model.contexts.keys().collect::<Vec<_>>(), ["compiler", "evidence", "governance"]);
}

#[test]
fn the_orders_example_has_no_findings() {
    let sources = sources(&[".", "examples/orders"]);
    let (model, diagnostics) = seac_analysis::analyse(&sources);
    assert_eq!(shown(&sources, &diagnostics), "");
    assert_eq!(model.contexts["orders"].operations.len(), 6);
}
