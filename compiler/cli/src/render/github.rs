//! For GitHub Actions: workflow commands that become annotations of a pull request.

use super::{Report, full_text};
use seac_syntax::{Diagnostic, Severity};

/// One line per finding.
pub fn render(report: &Report<'_>) -> String {
    report.diagnostics.iter().map(|diagnostic| line(report, diagnostic)).collect()
}

fn line(report: &Report<'_>, diagnostic: &Diagnostic) -> String {
    let command = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let (start, end) = report.positions(diagnostic.primary.span);
    let file = property(&report.path(diagnostic.primary.span.file));
    let title = property(diagnostic.code.name());
    // GitHub takes columns only where the lines are the same.
    let columns =
        if start.line == end.line { format!(",col={},endColumn={}", start.column, end.column) } else { String::new() };
    let text = data(&full_text(diagnostic));
    format!("::{command} file={file},line={},endLine={}{columns},title={title}::{text}\n", start.line, end.line)
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
