//! Descriptions in other formats as proposals: what a format says and SEA can say becomes claims that nobody has decided
//! about; what SEA cannot say is named, element by element.

pub mod calm;
pub mod json_schema;
mod model;
pub mod protobuf;
pub mod rdf;
mod tree;

use crate::assertion::{Assertion, Claim, Object, Status};
use crate::emit::{Extras, emit, head_lines, one};
use crate::object::canonical;
use crate::report;
use crate::subject::{Subject, is_word};
use crate::vocabulary::{self, DECLARED, Form};
use seac_syntax::diagnostic::has_errors;
use seac_syntax::yaml::Node;
use seac_syntax::{Diagnostic, FileId, SourceFile, Span, Text, sea};
use std::collections::{BTreeMap, BTreeSet};

/// What a description proposes.
#[derive(Debug, Default)]
pub struct Imported {
    /// The models: one, or one for each context that the description has.
    pub drafts: Vec<Draft>,
    /// What has no words in SEA.
    pub lost: Vec<Lost>,
}

/// A model that is proposed.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// What it is called, and its file without the extension.
    pub name: String,
    /// Its claims, all proposed.
    pub assertions: Vec<Assertion>,
}

/// Something that SEA cannot say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Where it stands.
    pub span: Span,
    /// What it is, with its path in the description.
    pub what: String,
}

impl Draft {
    /// The model that the claims make. Over each declaration stands where it comes from; `title` is the first line.
    pub fn sea(&self, title: &str) -> String {
        let origins = |subject: &Subject| {
            let of = self.assertions.iter().filter(|assertion| assertion.claim.subject == *subject);
            let sources: BTreeSet<String> = of.filter_map(|assertion| assertion.source.clone()).take(1).collect();
            sources.into_iter().map(|source| format!("from {source}")).collect()
        };
        // The claims are whole: `Proposals::draft` sees to it.
        emit(&self.claims(), Extras { title: Some(title), origins: Some(&origins) }).unwrap_or_default().text
    }

    fn claims(&self) -> BTreeSet<Claim> {
        self.assertions.iter().map(|assertion| assertion.claim.clone()).collect()
    }
}

/// Reads a JSON document of some format.
fn json(file: FileId, text: &str, what: &str) -> Result<Node, Vec<Diagnostic>> {
    let (root, mut findings) = crate::read::json::parse(file, text);
    let root = root.filter(|_| !has_errors(&findings));
    root.ok_or_else(|| {
        if findings.is_empty() {
            findings.push(report::expected(Span::new(file, 0, 0), what));
        }
        findings
    })
}

/// Gathers proposals.
struct Proposals<'s> {
    source: &'s SourceFile,
    /// Where what follows comes from, if the source has no lines.
    place: Option<String>,
    assertions: Vec<Assertion>,
    lost: Vec<Lost>,
}

impl<'s> Proposals<'s> {
    fn new(source: &'s SourceFile) -> Self {
        Self { source, place: None, assertions: Vec::new(), lost: Vec::new() }
    }

    /// A declaration of a kind of the table, under a name that SEA has for it.
    fn declare(&mut self, kind: &str, name: &str, span: Span) -> Subject {
        let subject = declaration(kind, name);
        if subject.item().name() != name {
            self.lose(span, format!("the name of {kind} `{name}`, which is `{}` now", subject.item().name()));
        }
        self.text(&subject, DECLARED, "true", span);
        subject
    }

    fn propose(&mut self, subject: &Subject, predicate: &str, object: Object, span: Span) {
        let known = subject.item().kind.predicate(predicate);
        let Some(Ok(object)) = known.map(|known| canonical(known.ty, predicate.trim_start_matches('@'), object)) else {
            return self.lose(span, format!("`{predicate}` of {subject} with this value"));
        };
        let claim = Claim { subject: subject.clone(), predicate: predicate.into(), object };
        let source = match &self.place {
            Some(place) => format!("{}: {place}", self.source.path),
            None => format!("{}:{}", self.source.path, self.source.position(span.start).line),
        };
        self.assertions.push(Assertion {
            status: Status::Proposed,
            source: Some(source),
            ..Assertion::accepted(claim, span)
        });
    }

    fn text(&mut self, subject: &Subject, predicate: &str, text: impl Into<Text>, span: Span) {
        self.propose(subject, predicate, Object::Text(text.into()), span);
    }

    /// Lines of a doc comment, with spaces for what a comment cannot hold.
    fn doc(&mut self, subject: &Subject, doc: &str, span: Span) {
        let lines: Vec<&str> = doc.lines().map(str::trim_end).collect();
        let lines = lines.join("\n").replace(|c: char| c.is_control() && c != '\n' && c != '\t', " ");
        if !lines.trim().is_empty() {
            self.text(subject, "doc", lines.trim(), span);
        }
    }

    /// The order of parts, if it is not that of their names.
    fn order(&mut self, subject: &Subject, predicate: &str, names: Vec<Text>, span: Span) {
        if !names.is_sorted() {
            self.propose(subject, predicate, Object::List(names), span);
        }
    }

    fn lose(&mut self, span: Span, what: String) {
        self.lost.push(Lost { span, what });
    }

    /// The model that was proposed. What is not whole, because a part of it could not be said, is left out, and so is what
    /// SEA does not read as what it was meant to be.
    fn draft(mut self, name: &str, imported: &mut Imported) {
        let mut draft = Draft { name: name.to_owned(), assertions: std::mem::take(&mut self.assertions) };
        while let Err(missing) = emit(&draft.claims(), Extras::default()) {
            let before = draft.assertions.len();
            for missing in missing {
                let subject = &missing.of.subject;
                let why = format!("{subject}: it has no `{}`", missing.predicate);
                let whole = subject.part.is_none();
                self.drop(&mut draft, why, |about| if whole { about.whole == subject.whole } else { about == subject });
            }
            if draft.assertions.len() == before {
                break;
            }
        }
        if !is_read(&draft.sea("A draft.")) {
            self.drop_unread(&mut draft);
        }
        imported.drafts.push(draft);
        imported.lost.append(&mut self.lost);
    }

    /// Takes out what is said of some subjects, and says so once.
    fn drop(&mut self, draft: &mut Draft, why: String, is_gone: impl Fn(&Subject) -> bool) {
        let mut gone = draft.assertions.iter().filter(|assertion| is_gone(&assertion.claim.subject));
        let span = gone.next().map(|assertion| assertion.places.whole);
        self.lost.extend(span.map(|span| Lost { span, what: why }));
        draft.assertions.retain(|assertion| !is_gone(&assertion.claim.subject));
    }

    /// Takes out declarations that do not read, as with names that SEA takes for something else.
    fn drop_unread(&mut self, draft: &mut Draft) {
        let mut declarations: BTreeMap<Subject, Vec<Claim>> = BTreeMap::new();
        for claim in draft.claims() {
            declarations.entry(Subject { part: None, ..claim.subject.clone() }).or_default().push(claim);
        }
        for (subject, claims) in declarations {
            let text = if subject.whole.kind.bare { head_lines(&claims.into_iter().collect()) } else { one(&claims) };
            if !is_read(&text) {
                self.drop(draft, format!("{subject}: SEA cannot spell it"), |about| about.whole == subject.whole);
            }
        }
    }
}

fn is_read(text: &str) -> bool {
    !has_errors(&sea::parse(FileId(0), text).1)
}

/// A kind of the table.
fn kind(name: &str, of: Option<&str>) -> &'static vocabulary::Subject {
    vocabulary::subject(name, of).unwrap_or(&vocabulary::SUBJECTS[0])
}

/// A name as things of this kind may have one.
fn name_of(kind: &vocabulary::Subject, name: &str) -> Text {
    let plain = kind.form != Form::Word || (is_word(name) && !name.contains('.'));
    if plain { name.into() } else { word(name).into() }
}

/// A declaration of a kind of the table.
fn declaration(name: &str, called: &str) -> Subject {
    let kind = kind(name, None);
    Subject::whole(kind, vec![name_of(kind, called)])
}

/// A part of it.
fn part(whole: &Subject, name: &str, called: &str) -> Subject {
    let kind = kind(name, Some(whole.whole.kind.name));
    whole.with_part(kind, vec![name_of(kind, called)])
}

/// A name as a word of SEA: what no word has becomes `_`.
fn word(name: &str) -> String {
    let word: String = name.chars().map(|c| if c == '_' || c.is_alphanumeric() { c } else { '_' }).collect();
    if word.starts_with(|c: char| c == '_' || c.is_alphabetic()) { word } else { format!("_{word}") }
}

/// What stands in front of all declarations.
fn declaration_alone(name: &str) -> Subject {
    Subject::whole(kind(name, None), Vec::new())
}
