//! For people: the look of rustc.

use super::{Report, change};
use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str as clean,
};
use seac_syntax::{Diagnostic, FileId, Label, Severity, SourceFile};
use std::ops::Range;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Columns of a line.
    pub width: usize,
    /// The largest number of findings.
    pub findings: usize,
}

/// The findings, and a last line that counts them; empty if there are none. Carries colour codes.
pub fn render(report: &Report<'_>, view: View) -> String {
    let renderer = Renderer::styled().term_width(view.width);
    let mut text = String::new();
    for diagnostic in shown(report, view.findings) {
        text.push_str(&renderer.render(&[finding(report, diagnostic)]));
        text.push('\n');
        for fix in diagnostic.fixes.iter().filter(|fix| !fix.edits.is_empty()) {
            text.push_str(&change::render(report, fix, diagnostic.primary.span.file));
        }
        text.push('\n');
    }
    let hidden = report.diagnostics.len().saturating_sub(view.findings);
    if hidden > 0 {
        text.push_str(&format!("{hidden} more; `--max-errors 0` shows all\n"));
    }
    if let Some(first) = report.diagnostics.first() {
        let code = first.code.name();
        text.push_str(&format!("{}; `seac explain {code}` tells more\n", summary(report)));
    }
    text
}

/// At most `limit` findings in their order. Errors are not hidden behind others.
fn shown<'a>(report: &Report<'a>, limit: usize) -> impl Iterator<Item = &'a Diagnostic> {
    let mut errors = report.count(Severity::Error).min(limit);
    let mut others = limit - errors;
    report.diagnostics.iter().filter(move |diagnostic| {
        let left = if diagnostic.severity == Severity::Error { &mut errors } else { &mut others };
        let shows = *left > 0;
        *left -= usize::from(shows);
        shows
    })
}

/// E.g. `2 errors and 1 warning`.
pub fn summary(report: &Report<'_>) -> String {
    let counted = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "remark")]
        .map(|(severity, word)| (report.count(severity), word));
    let counted: Vec<String> = counted
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    counted.join(" and ")
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    }
}

fn finding<'a>(report: &Report<'a>, diagnostic: &'a Diagnostic) -> Group<'a> {
    let title = level(diagnostic.severity).primary_title(clean(&diagnostic.message)).id(diagnostic.code.name());
    let mut group = Group::with_title(title);
    for (file, labels) in by_file(diagnostic) {
        let source = report.sources.get(file);
        if source.text.is_empty() {
            group = group.element(Origin::path(report.path(file)));
            continue;
        }
        for labels in near(labels) {
            let window = window(source, labels.iter().map(|(_, label)| label.span.range()));
            let annotations = labels.iter().map(|(kind, label)| annotation(*kind, label, &window));
            let mut snippet = Snippet::source(window.text).line_start(window.first_line as usize);
            if window.cut {
                // The renderer would count the column from the cut.
                let (at, _) = report.positions(labels[0].1.span);
                let origin = Origin::path(report.path(file)).line(at.line as usize).char_column(at.column as usize);
                group = group.element(origin);
            } else {
                snippet = snippet.path(report.path(file));
            }
            group = group.element(snippet.annotations(annotations.collect::<Vec<_>>()));
        }
    }
    if let Some(why) = &diagnostic.why {
        group = group.element(Level::NOTE.with_name("why").message(clean(why)));
    }
    let advice = diagnostic.fixes.iter().filter(|fix| fix.edits.is_empty());
    group.elements(advice.map(|fix| Level::HELP.message(clean(&fix.title))))
}

type Labels<'a> = Vec<(AnnotationKind, &'a Label)>;

/// The labels by text, that of the primary one first, the others in the order they are given.
fn by_file(diagnostic: &Diagnostic) -> Vec<(FileId, Labels<'_>)> {
    let mut files = vec![(diagnostic.primary.span.file, vec![(AnnotationKind::Primary, &diagnostic.primary)])];
    for label in &diagnostic.secondary {
        let entry = (AnnotationKind::Context, label);
        match files.iter_mut().find(|(file, _)| *file == label.span.file) {
            Some((_, labels)) => labels.push(entry),
            None => files.push((label.span.file, vec![entry])),
        }
    }
    files
}

/// Labels further apart than this, in bytes, are shown one after the other: the renderer reads all that lies between.
const FAR: usize = 16 * 1024;
/// A line that goes on for longer than this is cut, in bytes.
const LONG: usize = 2000;
/// What of a line that is cut is shown on either side, in bytes.
const BESIDE: usize = 200;

/// Labels of one text in groups that lie near each other, in the order of their first labels.
fn near(labels: Labels<'_>) -> Vec<Labels<'_>> {
    let mut groups: Vec<(Range<usize>, Labels<'_>)> = Vec::new();
    for label in labels {
        let span = label.1.span.range();
        let is_near = |range: &Range<usize>| span.start <= range.end + FAR && range.start <= span.end + FAR;
        match groups.iter_mut().find(|(range, _)| is_near(range)) {
            Some((range, group)) => {
                *range = range.start.min(span.start)..range.end.max(span.end);
                group.push(label);
            }
            None => groups.push((span, vec![label])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// The lines of a text that spans lie in: all the renderer has to look at.
pub struct Window<'a> {
    /// Their text.
    pub text: &'a str,
    start: usize,
    /// The number of the first, from 1.
    pub first_line: u32,
    /// Whether the first line is without its beginning.
    cut: bool,
}

/// The window for these spans of a text: whole lines, unless they are too long to be read.
pub fn window(source: &SourceFile, spans: impl Iterator<Item = Range<usize>>) -> Window<'_> {
    let text = source.text.as_str();
    let (mut first, mut last) = (text.len(), 0);
    for span in spans {
        first = first.min(span.start);
        last = last.max(span.end).min(text.len());
    }
    let first = floor(text, first);
    let line = text[..first].rfind('\n').map_or(0, |at| at + 1);
    let cut = first - line > LONG;
    let start = if cut { floor(text, first - BESIDE) } else { line };
    // A span that is very long itself is shown up to there.
    let last = floor(text, last.max(first).min(first + 4 * FAR));
    let rest = &text[last..floor(text, last + LONG)];
    let end = match rest.find('\n') {
        Some(length) => last + length + 1,
        None if last + rest.len() == text.len() => text.len(),
        None => floor(text, last + BESIDE),
    };
    Window { text: &text[start..end], start, first_line: source.position(start as u32).line, cut }
}

impl Window<'_> {
    /// A span of the whole text as one of the window.
    pub fn range(&self, span: Range<usize>) -> Range<usize> {
        let at = |offset: usize| floor(self.text, offset.saturating_sub(self.start));
        at(span.start)..at(span.end.max(span.start))
    }
}

/// The nearest boundary between characters at or before `offset`.
fn floor(text: &str, offset: usize) -> usize {
    let offset = offset.min(text.len());
    (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn annotation<'a>(kind: AnnotationKind, label: &Label, window: &Window<'_>) -> Annotation<'a> {
    let annotation = kind.span(window.range(label.span.range()));
    if label.text.is_empty() { annotation } else { annotation.label(clean(&label.text)) }
}
