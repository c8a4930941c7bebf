//! A model taken apart: every declaration as claims, each with the place it was read from.

mod application;
mod domain;

use crate::assertion::{Claim, Object};
use crate::object::spelt_values;
use crate::subject::Subject;
use crate::vocabulary::{self, DECLARED};
use hashbrown::HashMap;
use seac_syntax::sea::ast::{Annotation, Declaration, Ident, Import, ImportItems, Name, SeaFile};
use seac_syntax::{Span, Spanned, Text};

pub use domain::rule_name;

/// A claim and where the model makes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Extracted {
    /// What is said.
    pub claim: Claim,
    /// Where.
    pub span: Span,
}

/// Everything a model says, in the order of its text; comments that are no docs say nothing.
pub fn extract(tree: &SeaFile) -> Vec<Extracted> {
    let mut out = Extractor::default();
    for item in &tree.header {
        let model = Subject::whole(kind("model"), vec![]);
        out.text(&model, &item.key.value, &item.value);
    }
    tree.imports.iter().for_each(|import| out.import(import));
    out.drop_empty_imports();
    tree.declarations.iter().for_each(|declaration| out.declaration(declaration));
    out.found
}

/// The subject of each declaration of a model, in their order.
pub fn subjects(tree: &SeaFile) -> Vec<Subject> {
    let mut out = Extractor::default();
    tree.declarations.iter().map(|declaration| out.numbered(domain::subject(&declaration.kind))).collect()
}

/// A kind of the table; what the extraction speaks of is there.
fn kind(name: &str) -> &'static vocabulary::Subject {
    let mut all = vocabulary::SUBJECTS.iter();
    all.find(|kind| kind.name == name).unwrap_or(&vocabulary::SUBJECTS[0])
}

#[derive(Default)]
struct Extractor {
    found: Vec<Extracted>,
    /// How often each subject was met.
    seen: HashMap<String, u32>,
}

impl Extractor {
    fn say(&mut self, subject: &Subject, predicate: &str, object: Object, span: Span) {
        let claim = Claim { subject: subject.clone(), predicate: predicate.into(), object };
        self.found.push(Extracted { claim, span });
    }

    /// A claim whose object is a text as it stands.
    fn text(&mut self, subject: &Subject, predicate: &str, text: &Spanned<Text>) {
        self.spelt(subject, predicate, text.value.clone(), text.span);
    }

    /// A claim whose object is a text in canonical spelling.
    fn spelt(&mut self, subject: &Subject, predicate: &str, text: impl Into<Text>, span: Span) {
        self.say(subject, predicate, Object::Text(text.into()), span);
    }

    fn maybe(&mut self, subject: &Subject, predicate: &str, text: Option<&Spanned<Text>>) {
        if let Some(text) = text {
            self.text(subject, predicate, text);
        }
    }

    fn flag(&mut self, subject: &Subject, predicate: &str, span: Option<Span>) {
        if let Some(span) = span {
            self.spelt(subject, predicate, "true", span);
        }
    }

    fn list(&mut self, subject: &Subject, predicate: &str, texts: &[Name], span: Span) {
        if !texts.is_empty() {
            let texts = texts.iter().map(|text| text.value.clone()).collect();
            self.say(subject, predicate, Object::List(texts), span);
        }
    }

    /// Things in an order that is not the one of their names.
    fn order(&mut self, subject: &Subject, predicate: &str, names: Vec<Text>, span: Span) {
        if !names.is_sorted() {
            self.say(subject, predicate, Object::List(names), span);
        }
    }

    /// One claim per key: several annotations with one key are one.
    fn annotations(&mut self, subject: &Subject, annotations: &[Annotation]) {
        let mut keys: Vec<&Ident> = Vec::new();
        for annotation in annotations {
            if !keys.iter().any(|key| key.value == annotation.key.value) {
                keys.push(&annotation.key);
            }
        }
        for key in keys {
            let same: Vec<Annotation> =
                annotations.iter().filter(|annotation| annotation.key.value == key.value).cloned().collect();
            let span = same.iter().map(|annotation| annotation.span).reduce(Span::to).unwrap_or(key.span);
            self.spelt(subject, &format!("@{}", key.value), spelt_values(&same), span);
        }
    }

    /// The subject, as the how-manieth of its kind that it is.
    fn numbered(&mut self, mut subject: Subject) -> Subject {
        let seen = self.seen.entry(subject.to_string()).or_insert(0);
        *seen += 1;
        subject.part.as_mut().unwrap_or(&mut subject.whole).ordinal = *seen;
        subject
    }

    /// A part of a declaration.
    fn part(&mut self, whole: &Subject, name: &'static str, names: Vec<Text>) -> Subject {
        self.numbered(whole.with_part(kind(name), names))
    }

    fn import(&mut self, import: &Import) {
        let subject = Subject::whole(kind("import"), vec![import.from.value.clone()]);
        match &import.items {
            ImportItems::Wildcard(alias) => self.text(&subject, "all as", alias),
            ImportItems::Named(names) if names.is_empty() => self.flag(&subject, DECLARED, Some(import.span)),
            ImportItems::Named(names) => {
                for (name, alias) in names {
                    let other = alias.as_ref().map_or(String::new(), |alias| format!(" as {}", alias.value));
                    self.spelt(&subject, "imports", format!("{}{other}", name.value), name.span);
                }
            }
        }
    }

    /// That nothing is imported says nothing beside what is.
    fn drop_empty_imports(&mut self) {
        let said = |extracted: &&Extracted| extracted.claim.predicate != DECLARED;
        let full: Vec<Subject> =
            self.found.iter().filter(said).map(|extracted| extracted.claim.subject.clone()).collect();
        self.found.retain(|extracted| said(&extracted) || !full.contains(&extracted.claim.subject));
    }

    fn declaration(&mut self, declaration: &Declaration) {
        let subject = self.numbered(domain::subject(&declaration.kind));
        self.flag(&subject, DECLARED, Some(declaration.span));
        self.flag(&subject, "exported", declaration.exported);
        self.maybe(&subject, "doc", declaration.docs.as_deref());
        self.content(&subject, &declaration.kind, declaration.span);
    }
}
