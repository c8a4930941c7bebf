//! `metamodel`: what a compiler is made from. Only seac itself has one.

pub mod cli;
mod projection;

pub use projection::{Projection, ProjectionOption, ProjectionRow};

use super::ast::{Scalar, Text};
use super::reader::Reader;
use crate::generated::shapes;
use crate::source::{Span, Spanned};
use crate::yaml::Node;
use serde::Serialize;

/// `metamodel`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Metamodel {
    /// The group as a whole.
    pub span: Span,
    /// Closed sets of words.
    pub vocabularies: Vec<Vocabulary>,
    /// Mappings and their keys.
    pub shapes: Vec<Shape>,
    /// Rules that can be broken.
    pub diagnostics: Vec<Rule>,
    /// Kinds of gap.
    pub gaps: Vec<Gap>,
    /// The command line.
    pub cli: Option<cli::Cli>,
    /// Files that are written and read again.
    pub formats: Vec<Format>,
    /// Rules that a profile makes heavier or lighter.
    pub lints: Vec<Lint>,
    /// Formats that models are projected to.
    pub projections: Vec<Projection>,
    /// What assertions can say.
    pub claims: Vec<ClaimSubject>,
}

/// `metamodel.claims[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimSubject {
    /// The item.
    pub span: Span,
    /// The word that it begins with.
    pub name: Text,
    /// What follows the word.
    pub form: Text,
    /// The subjects it is a part of.
    pub of: Vec<Text>,
    /// Whether it is no declaration.
    pub bare: bool,
    /// Whether any annotation is a predicate of it.
    pub annotated: bool,
    /// What it is.
    pub doc: Text,
    /// What can be said of it.
    pub predicates: Vec<ClaimPredicate>,
}

/// `metamodel.claims[].predicates[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClaimPredicate {
    /// The item.
    pub span: Span,
    /// As it is written.
    pub name: Text,
    /// What its object is.
    pub ty: Text,
    /// Whether it can be said more than once.
    pub many: bool,
    /// Whether a subject is not whole without it.
    pub required: bool,
    /// The kind of declaration that its object names.
    pub needs: Option<Text>,
    /// What it says.
    pub doc: Text,
}

/// `metamodel.lints[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lint {
    /// The item.
    pub span: Span,
    /// The code of its rule.
    pub code: Text,
    /// What it looks at.
    pub group: Text,
    /// How much it weighs in the profile `warn`.
    pub warn: Text,
    /// How much it weighs in the profile `strict`.
    pub strict: Text,
}

/// `metamodel.formats[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Format {
    /// The item.
    pub span: Span,
    /// `manifest`.
    pub name: Text,
    /// What is written in it.
    pub doc: Text,
    /// The name of the file.
    pub file: Text,
    /// The version that is written and read.
    pub version: Spanned<u64>,
    /// Its closed sets of words.
    pub vocabularies: Vec<Vocabulary>,
    /// Its objects, the whole file first.
    pub shapes: Vec<Shape>,
}

/// `metamodel.vocabularies[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Vocabulary {
    /// The item.
    pub span: Span,
    /// In capitals.
    pub name: Text,
    /// What its words are for.
    pub doc: Text,
    /// In the order in which they are offered.
    pub words: Vec<Text>,
}

/// `metamodel.shapes[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shape {
    /// The item.
    pub span: Span,
    /// In capitals.
    pub name: Text,
    /// With its article, as messages say it.
    pub what: Text,
    /// In the order of the documentation.
    pub keys: Vec<Key>,
}

/// `metamodel.shapes[].keys[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Key {
    /// The item.
    pub span: Span,
    /// As it is written.
    pub name: Text,
    /// E.g. `list<map<ENTITY>>`.
    pub ty: Text,
    /// Whether nothing can be generated without it.
    pub required: bool,
    /// What holds where it is not written.
    pub default: Option<Scalar>,
    /// What it is for.
    pub doc: Text,
}

/// `metamodel.diagnostics[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rule {
    /// The item.
    pub span: Span,
    /// `SEA001`.
    pub code: Text,
    /// `SeaSyntax`.
    pub name: Text,
    /// `error`, `warning` or `info`.
    pub severity: Text,
    /// One line.
    pub title: Text,
    /// The long form.
    pub why: Text,
    /// Input that breaks the rule.
    pub failing: Text,
    /// The same input, mended.
    pub mended: Text,
}

/// `metamodel.gaps[]`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// The item.
    pub span: Span,
    /// `port-without-adapter`.
    pub name: Text,
    /// How much it weighs.
    pub severity: Text,
    /// In a few words.
    pub title: Text,
    /// Why it matters.
    pub why: Text,
}

impl Reader<'_> {
    pub(super) fn metamodel(&mut self, node: &Node) -> Option<Metamodel> {
        let map = self.map(node, &shapes::METAMODEL)?;
        Some(Metamodel {
            span: map.span,
            vocabularies: self.list(map, "vocabularies", Self::vocabulary),
            shapes: self.list(map, "shapes", Self::shape),
            diagnostics: self.list(map, "diagnostics", Self::rule),
            gaps: self.list(map, "gaps", Self::gap),
            cli: map.get("cli").and_then(|node| self.cli(node)),
            formats: self.list(map, "formats", Self::format),
            lints: self.list(map, "lints", Self::lint),
            projections: self.list(map, "projections", Self::projection),
            claims: self.list(map, "claims", Self::claim_subject),
        })
    }

    fn claim_subject(&mut self, node: &Node) -> Option<ClaimSubject> {
        let map = self.map(node, &shapes::CLAIM_SUBJECT)?;
        let (name, form, doc) = (self.text(map, "name"), self.text(map, "form"), self.text(map, "doc"));
        let (bare, annotated) = (self.flag(map, "bare"), self.flag(map, "annotated"));
        let (of, predicates) = (self.texts(map, "of"), self.list(map, "predicates", Self::claim_predicate));
        Some(ClaimSubject { span: map.span, name: name?, form: form?, of, bare, annotated, doc: doc?, predicates })
    }

    fn claim_predicate(&mut self, node: &Node) -> Option<ClaimPredicate> {
        let map = self.map(node, &shapes::CLAIM_PREDICATE)?;
        let (name, ty, doc) = (self.text(map, "name"), self.text(map, "type"), self.text(map, "doc"));
        let (many, required) = (self.flag(map, "many"), self.flag(map, "required"));
        let needs = self.text(map, "needs");
        Some(ClaimPredicate { span: map.span, name: name?, ty: ty?, many, required, needs, doc: doc? })
    }

    fn lint(&mut self, node: &Node) -> Option<Lint> {
        let map = self.map(node, &shapes::LINT)?;
        let (code, group) = (self.text(map, "code"), self.text(map, "group"));
        let (warn, strict) = (self.text(map, "warn"), self.text(map, "strict"));
        Some(Lint { span: map.span, code: code?, group: group?, warn: warn?, strict: strict? })
    }

    fn format(&mut self, node: &Node) -> Option<Format> {
        let map = self.map(node, &shapes::FORMAT)?;
        let (name, doc, file) = (self.text(map, "name"), self.text(map, "doc"), self.text(map, "file"));
        let version = self.count(map, "version");
        let vocabularies = self.list(map, "vocabularies", Self::vocabulary);
        let shapes = self.list(map, "shapes", Self::shape);
        Some(Format { span: map.span, name: name?, doc: doc?, file: file?, version: version?, vocabularies, shapes })
    }

    fn vocabulary(&mut self, node: &Node) -> Option<Vocabulary> {
        let map = self.map(node, &shapes::VOCABULARY)?;
        let (name, doc, words) = (self.text(map, "name"), self.text(map, "doc"), self.texts(map, "words"));
        Some(Vocabulary { span: map.span, name: name?, doc: doc?, words })
    }

    fn shape(&mut self, node: &Node) -> Option<Shape> {
        let map = self.map(node, &shapes::SHAPE)?;
        let (name, what, keys) = (self.text(map, "name"), self.text(map, "what"), self.list(map, "keys", Self::key));
        Some(Shape { span: map.span, name: name?, what: what?, keys })
    }

    fn key(&mut self, node: &Node) -> Option<Key> {
        let map = self.map(node, &shapes::KEY)?;
        let (name, ty, doc) = (self.text(map, "name"), self.text(map, "type"), self.text(map, "doc"));
        let (required, default) = (self.flag(map, "required"), map.get("default").and_then(|node| self.scalar(node)));
        Some(Key { span: map.span, name: name?, ty: ty?, required, default, doc: doc? })
    }

    fn rule(&mut self, node: &Node) -> Option<Rule> {
        let map = self.map(node, &shapes::RULE)?;
        let (code, name, severity) = (self.text(map, "code"), self.text(map, "name"), self.text(map, "severity"));
        let (title, why) = (self.text(map, "title"), self.text(map, "why"));
        let (failing, mended) = (self.text(map, "failing"), self.text(map, "mended"));
        Some(Rule {
            span: map.span,
            code: code?,
            name: name?,
            severity: severity?,
            title: title?,
            why: why?,
            failing: failing?,
            mended: mended?,
        })
    }

    fn gap(&mut self, node: &Node) -> Option<Gap> {
        let map = self.map(node, &shapes::GAP)?;
        let (name, severity) = (self.text(map, "name"), self.text(map, "severity"));
        let (title, why) = (self.text(map, "title"), self.text(map, "why"));
        Some(Gap { span: map.span, name: name?, severity: severity?, title: title?, why: why? })
    }
}
