//! SARIF 2.1.0, for code scanning services.

use super::{Report, full_text};
use seac_syntax::{Code, Diagnostic, FileId, Fix, Severity, Span};
use serde::Serialize;
use std::collections::BTreeSet;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Log {
    #[serde(rename = "$schema")]
    pub(super) schema: &'static str,
    pub(super) version: &'static str,
    pub(super) runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run {
    pub(super) tool: Tool,
    pub(super) column_kind: &'static str,
    pub(super) results: Vec<Outcome>,
}

#[derive(Serialize)]
pub(super) struct Tool {
    pub(super) driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Driver {
    pub(super) name: &'static str,
    pub(super) semantic_version: &'static str,
    pub(super) rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    pub(super) id: &'static str,
    pub(super) short_description: Text,
    pub(super) full_description: Text,
    pub(super) help: Text,
    pub(super) default_configuration: Configuration,
}

#[derive(Serialize)]
pub(super) struct Configuration {
    pub(super) level: &'static str,
}

#[derive(Serialize)]
pub(super) struct Text {
    pub(super) text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Outcome {
    pub(super) rule_id: &'static str,
    pub(super) rule_index: usize,
    pub(super) level: &'static str,
    pub(super) message: Text,
    pub(super) locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) related_locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) fixes: Vec<Change>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) partial_fingerprints: Option<Fingerprints>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    pub(super) physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation {
    pub(super) artifact_location: Artifact,
    pub(super) region: Region,
}

#[derive(Serialize)]
pub(super) struct Artifact {
    pub(super) uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Region {
    pub(super) start_line: u32,
    pub(super) start_column: u32,
    pub(super) end_line: u32,
    pub(super) end_column: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Change {
    pub(super) description: Text,
    pub(super) artifact_changes: Vec<ArtifactChange>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ArtifactChange {
    pub(super) artifact_location: Artifact,
    pub(super) replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Replacement {
    pub(super) deleted_region: Region,
    pub(super) inserted_content: Text,
}

/// What stays the same when lines move.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fingerprints {
    #[serde(rename = "gapId/v1")]
    pub(super) gap_id: String,
}

/// The findings as one indented SARIF log.
pub fn render(report: &Report<'_>) -> String {
    let codes: BTreeSet<Code> = report.diagnostics.iter().map(|d| d.code).collect();
    let codes: Vec<Code> = codes.into_iter().collect();
    let rules = codes.iter().map(|code| rule(*code)).collect();
    log(rules, report.diagnostics.iter().map(|diagnostic| outcome(report, &codes, diagnostic)).collect())
}

/// One run of ours, indented.
pub(super) fn log(rules: Vec<Rule>, results: Vec<Outcome>) -> String {
    let driver = Driver { name: "seac", semantic_version: env!("CARGO_PKG_VERSION"), rules };
    let run = Run { tool: Tool { driver }, column_kind: "unicodeCodePoints", results };
    let log = Log { schema: SCHEMA, version: "2.1.0", runs: [run] };
    format!("{}\n", serde_json::to_string_pretty(&log).expect("strings and numbers always serialise"))
}

fn rule(code: Code) -> Rule {
    let info = code.info();
    Rule {
        id: info.name,
        short_description: text(info.title),
        full_description: text(info.explanation),
        help: text(&format!("Fails:\n\n{}\n\nMended:\n\n{}", info.failing, info.mended)),
        default_configuration: Configuration { level: level(info.severity) },
    }
}

fn outcome(report: &Report<'_>, codes: &[Code], diagnostic: &Diagnostic) -> Outcome {
    let primary = diagnostic.primary.span;
    let related = diagnostic.secondary.iter().map(|label| location(report, label.span, Some(text(&label.text))));
    let changes = diagnostic.fixes.iter().filter(|fix| !fix.edits.is_empty());
    Outcome {
        rule_id: diagnostic.code.name(),
        rule_index: codes.iter().position(|code| *code == diagnostic.code).unwrap_or_default(),
        level: level(diagnostic.severity),
        message: text(&full_text(diagnostic)),
        locations: [location(report, primary, None)],
        related_locations: related.collect(),
        fixes: changes.map(|fix| change(report, fix)).collect(),
        partial_fingerprints: None,
    }
}

fn change(report: &Report<'_>, fix: &Fix) -> Change {
    let files: BTreeSet<FileId> = fix.edits.iter().map(|edit| edit.span.file).collect();
    let of_file = |file: FileId| ArtifactChange {
        artifact_location: artifact(report, file),
        replacements: fix
            .edits
            .iter()
            .filter(|edit| edit.span.file == file)
            .map(|edit| replacement(report, edit))
            .collect(),
    };
    Change { description: text(&fix.title), artifact_changes: files.into_iter().map(of_file).collect() }
}

fn replacement(report: &Report<'_>, edit: &seac_syntax::Edit) -> Replacement {
    Replacement { deleted_region: region(report, edit.span), inserted_content: text(&edit.replacement) }
}

fn location(report: &Report<'_>, span: Span, message: Option<Text>) -> Location {
    let physical_location =
        PhysicalLocation { artifact_location: artifact(report, span.file), region: region(report, span) };
    Location { physical_location, message }
}

fn region(report: &Report<'_>, span: Span) -> Region {
    let (start, end) = report.positions(span);
    Region { start_line: start.line, start_column: start.column, end_line: end.line, end_column: end.column }
}

fn artifact(report: &Report<'_>, file: FileId) -> Artifact {
    Artifact { uri: uri(&report.path(file)) }
}

/// A path as a URI reference: relative where the path is, with the scheme of embedded packages, else of a file.
pub(super) fn uri(path: &str) -> String {
    let (scheme, path) = match path.strip_prefix("seac:") {
        Some(rest) => ("seac:", rest),
        None if path.starts_with('/') => ("file://", path),
        None => ("", path),
    };
    // A colon in the first part of a relative reference would end a scheme.
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~@".contains(&byte);
    let encode = |byte: u8| if allowed(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    path.bytes().map(encode).fold(scheme.to_owned(), |uri, part| uri + &part)
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

pub(super) fn text(text: &str) -> Text {
    Text { text: text.into() }
}
