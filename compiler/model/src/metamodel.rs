//! What a compiler is made from: the tables of its own code and documentation.

pub mod cli;
pub mod projection;

use crate::Origin;

/// Everything that is declared about the compiler itself. It is emitted into the compiler, means nothing for services,
/// and so is no part of the model's JSON.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct Metamodel {
    /// Closed sets of words, in the order of declaration.
    pub vocabularies: Vec<Vocabulary>,
    /// Mappings of SDS YAML, in the order of declaration; the first is the file.
    pub shapes: Vec<Shape>,
    /// Rules, in the order of the reference.
    pub rules: Vec<Rule>,
    /// Kinds of gap, in the order of the report.
    pub gaps: Vec<GapKind>,
    /// The command line, if one is declared.
    pub cli: Option<cli::Cli>,
    /// Files that are written and read again.
    pub formats: Vec<Format>,
    /// Rules that a profile makes heavier or lighter, in the order in which they are looked for.
    pub lints: Vec<Lint>,
    /// Formats that models are projected to, in the order of the list.
    pub projections: Vec<projection::Projection>,
    /// What assertions can say, in the order in which it is emitted.
    pub claims: Vec<ClaimSubject>,
    /// Where it is declared.
    pub origin: Origin,
}

/// A closed set of words.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Vocabulary {
    /// In capitals.
    pub name: String,
    /// What its words are for.
    pub doc: String,
    /// In the order in which they are offered.
    pub words: Vec<String>,
}

/// A mapping and its keys.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Shape {
    /// In capitals.
    pub name: String,
    /// With its article, as messages say it.
    pub what: String,
    /// In the order of the documentation.
    pub keys: Vec<Key>,
}

/// One key of a mapping.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Key {
    /// As it is written.
    pub name: String,
    /// What it takes.
    pub ty: KeyType,
    /// Whether nothing can be generated without it.
    pub required: bool,
    /// What holds where it is not written, as JSON.
    pub default: Option<String>,
    /// What it is for.
    pub doc: String,
}

/// What a value can be.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// One of the types without parts, by its name.
    Simple(SimpleType),
    /// A word of a vocabulary.
    Word(String),
    /// A mapping with the keys of a shape.
    Map(String),
    /// A mapping that has exactly one of the keys of a shape.
    OneKey(String),
    /// A list of the values of a shape, in the order of its keys; formats have it, SDS YAML does not.
    Row(String),
    /// A mapping with free keys.
    Free(Box<KeyType>),
    /// A list.
    List(Box<KeyType>),
    /// Either of two forms.
    Either(Box<KeyType>, Box<KeyType>),
}

/// A type without parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the words of the format; `sds::shape::Ty` says what each takes")]
pub enum SimpleType {
    Text,
    Flag,
    Count,
    Duration,
    Pointer,
    Header,
    Secret,
    Type,
    Expression,
    Scalar,
    Extract,
}

impl SimpleType {
    /// Every one, by its word.
    pub const ALL: [(&'static str, Self); 11] = [
        ("text", Self::Text),
        ("flag", Self::Flag),
        ("count", Self::Count),
        ("duration", Self::Duration),
        ("pointer", Self::Pointer),
        ("header", Self::Header),
        ("secret", Self::Secret),
        ("type", Self::Type),
        ("expression", Self::Expression),
        ("scalar", Self::Scalar),
        ("extract", Self::Extract),
    ];
}

/// A rule that can be broken.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// The stable code, e.g. `SEA001`.
    pub code: String,
    /// What the compiler calls it, e.g. `SeaSyntax`.
    pub name: String,
    /// `error`, `warning` or `info`.
    pub severity: String,
    /// One line: what the rule is.
    pub title: String,
    /// The long form.
    pub why: String,
    /// Input that breaks it.
    pub failing: String,
    /// The same input, mended.
    pub mended: String,
}

/// A kind of gap.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GapKind {
    /// The stable name, e.g. `port-without-adapter`.
    pub name: String,
    /// `critical`, `high`, `medium` or `low`.
    pub severity: String,
    /// What it is, in a few words.
    pub title: String,
    /// Why it matters.
    pub why: String,
}

/// A rule whose weight is the profile's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lint {
    /// The code of its rule.
    pub code: String,
    /// What the compiler calls that rule.
    pub name: String,
    /// What that rule is.
    pub title: String,
    /// What it looks at.
    pub group: String,
    /// How much it weighs in each profile, in their order: `off`, `info`, `warning` or `error`.
    pub levels: Vec<(&'static str, String)>,
}

/// What claims can be about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClaimSubject {
    /// The word that it begins with.
    pub name: String,
    /// What follows the word, by its word.
    pub form: String,
    /// The subjects it is a part of.
    pub of: Vec<String>,
    /// Whether it is no declaration.
    pub bare: bool,
    /// Whether any annotation is a predicate of it.
    pub annotated: bool,
    /// What it is.
    pub doc: String,
    /// What can be said of it.
    pub predicates: Vec<ClaimPredicate>,
}

/// What can be said of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClaimPredicate {
    /// As it is written.
    pub name: String,
    /// What its object is, by its word.
    pub ty: String,
    /// Whether it can be said more than once.
    pub many: bool,
    /// Whether a subject is not whole without it.
    pub required: bool,
    /// The kind of declaration that its object names.
    pub needs: Option<String>,
    /// What it says.
    pub doc: String,
}

/// A file that is written and read again.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Format {
    /// What the compiler calls it.
    pub name: String,
    /// What is written in it.
    pub doc: String,
    /// The name of the file.
    pub file: String,
    /// The version that is written and read.
    pub version: u32,
    /// Its closed sets of words.
    pub vocabularies: Vec<Vocabulary>,
    /// Its objects; the first is the file.
    pub shapes: Vec<Shape>,
}
