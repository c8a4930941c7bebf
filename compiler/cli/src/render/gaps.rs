//! Gaps as SARIF, in the same form as findings.

use super::sarif::{
    Artifact, Configuration, Fingerprints, Location, Outcome, PhysicalLocation, Region, Rule, log, text, uri,
};
use seac_emit::gap::{Gap, Kind, Place, Report, Severity};
use std::collections::BTreeSet;

/// The gaps as one indented SARIF log. `prefix` leads from the reader to the workspace root.
pub fn sarif(report: &Report, prefix: &str) -> String {
    let kinds: BTreeSet<Kind> = report.gaps.iter().map(|gap| gap.kind).collect();
    let kinds: Vec<Kind> = kinds.into_iter().collect();
    let results = report.gaps.iter().map(|gap| outcome(&kinds, gap, prefix)).collect();
    log(kinds.iter().map(|kind| rule(*kind)).collect(), results)
}

fn rule(kind: Kind) -> Rule {
    Rule {
        id: kind.word(),
        short_description: text(kind.title()),
        full_description: text(kind.explanation()),
        help: text(kind.explanation()),
        default_configuration: Configuration { level: level(kind.severity()) },
    }
}

fn outcome(kinds: &[Kind], gap: &Gap, prefix: &str) -> Outcome {
    Outcome {
        rule_id: gap.kind.word(),
        rule_index: kinds.iter().position(|kind| *kind == gap.kind).unwrap_or_default(),
        level: level(gap.severity),
        message: text(&format!("{}: {}\nhelp: {}", gap.element, gap.message, gap.closes)),
        locations: [location(&gap.place, prefix)],
        related_locations: Vec::new(),
        fixes: Vec::new(),
        partial_fingerprints: Some(Fingerprints { gap_id: gap.id.clone() }),
    }
}

/// A file as a whole is shown at its first character.
fn location(place: &Place, prefix: &str) -> Location {
    let path = if place.file.starts_with("seac:") { place.file.clone() } else { format!("{prefix}{}", place.file) };
    let (line, column) = (place.line.max(1), place.column.max(1));
    let region = Region { start_line: line, start_column: column, end_line: line, end_column: column };
    Location {
        physical_location: PhysicalLocation { artifact_location: Artifact { uri: uri(&path) }, region },
        message: None,
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}
