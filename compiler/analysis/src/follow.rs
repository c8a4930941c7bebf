//! Findings that follow from others. Where a file cannot be read to its end, what stands in the rest of it is missing
//! everywhere else; to say so would bury the cause.

use crate::report;
use seac_syntax::sea::DECLARATIONS;
use seac_syntax::{Code, Diagnostic, FileId, Sources, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Sorts findings, each once, and leaves out those that may exist only because something could not be read, or because
/// of two declarations one does not count; the first finding of that kind tells how many there are.
pub fn leave_out(sources: &Sources, findings: &mut Vec<Diagnostic>) {
    seac_syntax::diagnostic::sort(findings);
    findings.dedup();
    if !findings.iter().any(|finding| is_cause(finding.code)) {
        return;
    }
    let unread = Unread::new(sources, findings);
    let all = findings.len();
    findings.retain(|finding| !unread.explains(finding));
    let left_out = all - findings.len();
    if let Some(cause) = findings.iter_mut().find(|finding| is_cause(finding.code) && left_out > 0) {
        report::left_out(cause, left_out);
    }
}

/// Whether something that is written does not count.
fn is_cause(code: Code) -> bool {
    code.leaves_unread() || code == Code::DeclaredTwice
}

/// Whether a finding says that a name is declared nowhere.
fn misses_a_name(code: Code) -> bool {
    matches!(
        code,
        Code::UnknownName | Code::NotExported | Code::NamesNothing | Code::InstanceReference | Code::NoteDangling
    )
}

/// Whether a finding says that something is missing which has no name yet.
fn misses_something(code: Code) -> bool {
    matches!(
        code,
        Code::SdsMissingKey
            | Code::NoSource
            | Code::NeverThere
            | Code::Ports
            | Code::Events
            | Code::FlowJoin
            | Code::NoteUnsatisfied
    )
}

/// Whether a finding says that a declaration lacks a part, at its name.
fn misses_a_part(code: Code) -> bool {
    matches!(code, Code::OperationClause | Code::FailurePath | Code::EntityKey)
}

/// What could not be read.
struct Unread<'s> {
    sources: &'s Sources,
    /// Words of the files that could not be read whole, each with how often it stands there beyond the places where it
    /// is said to be unknown.
    words: BTreeMap<&'s str, usize>,
    /// Files that could not be read to their end; of contexts, their folders.
    broken: BTreeSet<&'s str>,
    /// Where reading broke off.
    breaks: Vec<Span>,
}

impl<'s> Unread<'s> {
    fn new(sources: &'s Sources, findings: &[Diagnostic]) -> Self {
        let files = |is: fn(Code) -> bool| -> BTreeSet<FileId> {
            let found = findings.iter().filter(|finding| is(finding.code));
            let labels = found.flat_map(|finding| std::iter::once(&finding.primary).chain(&finding.secondary));
            labels.map(|label| label.span.file).collect()
        };
        let (causes, broken) = (files(is_cause), files(Code::breaks_off));
        let mut words = BTreeMap::new();
        for word in causes.iter().flat_map(|file| words_of(&sources.get(*file).text)) {
            *words.entry(word).or_insert(0) += 1;
        }
        let missed: BTreeSet<Span> =
            findings.iter().filter(|finding| misses_a_name(finding.code)).map(|finding| finding.primary.span).collect();
        for span in missed.into_iter().filter(|span| causes.contains(&span.file)) {
            for word in words_of(sources.text(span)) {
                words.entry(word).and_modify(|count| *count = usize::saturating_sub(*count, 1));
            }
        }
        let broken = broken.into_iter().map(|file| whole(&sources.get(file).path)).collect();
        let breaks = findings.iter().filter(|finding| finding.code.breaks_off()).map(|finding| finding.primary.span);
        Self { sources, words, broken, breaks: breaks.collect() }
    }

    /// Whether a finding may be there only because of what was not read. A name that is misspelt wherever it stands is
    /// not explained by it.
    fn explains(&self, finding: &Diagnostic) -> bool {
        let span = finding.primary.span;
        if misses_a_name(finding.code) {
            let mut parts = words_of(self.sources.text(span)).peekable();
            return parts.peek().is_some() && parts.all(|word| self.words.get(word).is_some_and(|count| *count > 0));
        }
        let path = &self.sources.get(span.file).path;
        if misses_a_part(finding.code) && path.ends_with(".sea") {
            return self.breaks.iter().any(|break_off| self.is_in_declaration(span, *break_off));
        }
        let misses = misses_something(finding.code) || misses_a_part(finding.code);
        misses && self.broken.contains(whole(path))
    }

    /// Whether no other declaration begins between the name of one and a place behind it.
    fn is_in_declaration(&self, name: Span, place: Span) -> bool {
        let text =
            (name.file == place.file).then(|| self.sources.get(name.file).text.get(name.range().start..)).flatten();
        let between = text.and_then(|text| text.get(..(place.start as usize).checked_sub(name.range().start)?));
        between.is_some_and(|between| !between.lines().skip(1).any(begins_declaration))
    }
}

/// What a file is a part of: a context is one whole, other models are taken one by one.
fn whole(path: &str) -> &str {
    path.rsplit_once('/').filter(|_| path.starts_with("specs/")).map_or(path, |(folder, _)| folder)
}

/// Whether a line begins with a keyword of declarations: inside of them, lines are indented.
fn begins_declaration(line: &str) -> bool {
    let word = words_of(line).next().filter(|word| line.starts_with(word));
    word.is_some_and(|word| DECLARATIONS.iter().chain(&["export"]).any(|known| known.eq_ignore_ascii_case(word)))
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).filter(|word| !word.is_empty())
}
