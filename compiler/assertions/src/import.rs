//! Descriptions in other formats as proposals: what a format says and SEA can say becomes claims that nobody has decided
//! about; what SEA cannot say is named, element by element.

pub mod json_schema;

use crate::assertion::{Assertion, Claim, Object, Status};
use crate::object::canonical;
use crate::subject::Subject;
use crate::vocabulary;
use seac_syntax::{SourceFile, Span, Text};

/// What a description proposes.
#[derive(Debug, Default)]
pub struct Imported {
    /// The claims, all proposed.
    pub assertions: Vec<Assertion>,
    /// What has no words in SEA.
    pub lost: Vec<Lost>,
}

/// Something that SEA cannot say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Where it stands.
    pub span: Span,
    /// What it is, with its path in the description.
    pub what: String,
}

/// Gathers proposals.
struct Proposals<'s> {
    source: &'s SourceFile,
    imported: Imported,
}

impl<'s> Proposals<'s> {
    fn new(source: &'s SourceFile) -> Self {
        Self { source, imported: Imported::default() }
    }

    fn propose(&mut self, subject: &Subject, predicate: &str, object: Object, span: Span) {
        let known = subject.item().kind.predicate(predicate);
        let Some(Ok(object)) = known.map(|known| canonical(known.ty, predicate, object)) else {
            return self.lose(span, format!("`{predicate}` of {subject} with this value"));
        };
        let claim = Claim { subject: subject.clone(), predicate: predicate.into(), object };
        let line = self.source.position(span.start).line;
        self.imported.assertions.push(Assertion {
            status: Status::Proposed,
            source: Some(format!("{}:{line}", self.source.path)),
            ..Assertion::accepted(claim, span)
        });
    }

    fn text(&mut self, subject: &Subject, predicate: &str, text: impl Into<Text>, span: Span) {
        self.propose(subject, predicate, Object::Text(text.into()), span);
    }

    fn lose(&mut self, span: Span, what: String) {
        self.imported.lost.push(Lost { span, what });
    }
}

/// A declaration of a kind of the table.
fn declaration(kind: &str, name: &str) -> Subject {
    Subject::whole(vocabulary::subject(kind, None).unwrap_or(&vocabulary::SUBJECTS[0]), vec![name.into()])
}

/// A part of it.
fn part(whole: &Subject, kind: &str, name: &str) -> Subject {
    let known = vocabulary::subject(kind, Some(whole.whole.kind.name));
    whole.with_part(known.unwrap_or(whole.whole.kind), vec![name.into()])
}

/// A name as a word of SEA: what no word has becomes `_`.
fn word(name: &str) -> String {
    let word: String = name.chars().map(|c| if c == '_' || c.is_alphanumeric() { c } else { '_' }).collect();
    if word.starts_with(|c: char| c == '_' || c.is_alphabetic()) { word } else { format!("_{word}") }
}
