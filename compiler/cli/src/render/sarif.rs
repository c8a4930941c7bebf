//! SARIF 2.1.0, for code scanning services.

use super::{Report, full_text};
use seac_syntax::{Code, Diagnostic, FileId, Fix, Severity, Span};
use serde::Serialize;
use std::collections::BTreeSet;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    column_kind: &'static str,
    results: Vec<Outcome>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Text,
    full_description: Text,
    help: Text,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Change>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    description: Text,
    artifact_changes: Vec<ArtifactChange>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: Artifact,
    replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Text,
}

/// The findings as one indented SARIF log.
pub fn render(report: &Report<'_>) -> String {
    let codes: BTreeSet<Code> = report.diagnostics.iter().map(|d| d.code).collect();
    let codes: Vec<Code> = codes.into_iter().collect();
    let driver = Driver {
        name: "seac",
        semantic_version: env!("CARGO_PKG_VERSION"),
        rules: codes.iter().map(|code| rule(*code)).collect(),
    };
    let results = report.diagnostics.iter().map(|diagnostic| outcome(report, &codes, diagnostic)).collect();
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

/// A path as a relative URI reference. Embedded packages are absolute ones already.
fn uri(path: &str) -> String {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~:@".contains(&byte);
    let encode = |byte: u8| if allowed(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    path.bytes().map(encode).collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn text(text: &str) -> Text {
    Text { text: text.into() }
}
