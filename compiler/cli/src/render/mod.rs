//! Diagnostics as people and machines read them: one renderer per file, all over the same [`Report`].

mod change;
pub mod changes;
pub mod eval;
pub mod gaps;
pub mod github;
pub mod human;
pub mod json;
pub mod sarif;

#[cfg(test)]
mod tests;

use seac_syntax::{Diagnostic, FileId, Position, Severity, Sources, Span};
use seac_workspace::models::STDIN_SOURCE;

/// What a renderer gets.
pub struct Report<'a> {
    /// The texts the diagnostics point into.
    pub sources: &'a Sources,
    /// In the order in which they are shown.
    pub diagnostics: &'a [Diagnostic],
    /// The way from where the reader is to the workspace root, empty or ending with `/`.
    pub prefix: &'a str,
}

impl Report<'_> {
    /// The path of a text as the reader finds it.
    pub fn path(&self, file: FileId) -> String {
        let path = &*self.sources.get(file).path;
        // Embedded packages and standard input have no place on disk.
        let nowhere = path.starts_with("seac:") || path == STDIN_SOURCE;
        if nowhere || path.starts_with('/') { path.to_owned() } else { format!("{}{path}", self.prefix) }
    }

    /// Where a span begins and ends.
    pub fn positions(&self, span: Span) -> (Position, Position) {
        let file = self.sources.get(span.file);
        (file.position(span.start), file.position(span.end.max(span.start)))
    }

    /// How many findings of a severity there are.
    pub fn count(&self, severity: Severity) -> usize {
        self.diagnostics.iter().filter(|d| d.severity == severity).count()
    }
}

/// The finding with its reason and advice as plain lines, for formats that have only one text.
fn full_text(diagnostic: &Diagnostic) -> String {
    let mut text = diagnostic.message.clone();
    if !diagnostic.primary.text.is_empty() {
        text.push_str(&format!(": {}", diagnostic.primary.text));
    }
    if let Some(why) = &diagnostic.why {
        text.push_str(&format!("\nwhy: {why}"));
    }
    for fix in &diagnostic.fixes {
        text.push_str(&format!("\nhelp: {}", fix.title));
    }
    text
}
