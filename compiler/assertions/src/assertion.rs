//! One assertion: a claim, and what is known about it.

use crate::date::Day;
use crate::subject::Subject;
use seac_syntax::{Span, Text};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// Of what.
    pub subject: Subject,
    /// What about it; one of the predicates of the subject.
    pub predicate: Text,
    /// The value, in canonical spelling.
    pub object: Object,
}

/// The value of a claim.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// A text, whatever it means.
    Text(Text),
    /// Several texts.
    List(Vec<Text>),
}

impl Object {
    /// The text; nothing of a list.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::List(_) => "",
        }
    }

    /// The texts; none of a single one.
    pub fn list(&self) -> &[Text] {
        match self {
            Self::Text(_) => &[],
            Self::List(list) => list,
        }
    }

    /// As JSON: a string, or an array of strings.
    pub fn json(&self) -> Value {
        match self {
            Self::Text(text) => Value::from(text.as_str()),
            Self::List(list) => list.iter().map(|text| Value::from(text.as_str())).collect(),
        }
    }

    /// As messages show it.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) => text.to_string(),
            Self::List(_) => self.json().to_string(),
        }
    }
}

/// Names with texts: the context of a claim.
pub type Qualifiers = BTreeMap<String, String>;

impl Claim {
    /// The id: the SHA-256 of what is said, in RFC 8785.
    pub fn id(&self, qualifiers: &Qualifiers) -> String {
        let mut claim = json!({
            "subject": self.subject.to_string(),
            "predicate": self.predicate.as_str(),
            "object": self.object.json(),
        });
        if !qualifiers.is_empty() {
            claim["qualifiers"] =
                qualifiers.iter().map(|(name, text)| (name.clone(), Value::from(text.as_str()))).collect();
        }
        digest(&serde_json_canonicalizer::to_vec(&claim).expect("texts always serialise"))
    }
}

/// `sha256:` and the digest of some bytes.
fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", seac_model::hex(&Sha256::digest(bytes)))
}

/// The digest of a set: of its ids, sorted, each once, each with a line feed behind it.
pub fn digest_of<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    let mut ids: Vec<&str> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    digest(ids.iter().map(|id| format!("{id}\n")).collect::<String>().as_bytes())
}

/// What a reviewer decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Nothing yet.
    #[default]
    Proposed,
    /// It holds.
    Accepted,
    /// It does not.
    Rejected,
    /// Another claim takes its place.
    Superseded,
}

impl Status {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Proposed, Self::Accepted, Self::Rejected, Self::Superseded];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Superseded => "superseded",
        }
    }

    /// The one with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

/// A claim with what is known about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Assertion {
    /// What is said.
    pub claim: Claim,
    /// In what context it was said.
    pub qualifiers: Qualifiers,
    /// The content hash of both.
    pub id: String,
    /// Where it comes from.
    pub source: Option<String>,
    /// How sure it is, per mille.
    pub confidence: Option<u16>,
    /// What a reviewer decided.
    pub status: Status,
    /// The id of the claim that takes its place.
    pub successor: Option<String>,
    /// The first day on which it holds.
    pub from: Option<Day>,
    /// The first day on which it no longer does.
    pub until: Option<Day>,
    /// Where it is written.
    pub places: Places,
}

impl Assertion {
    /// An accepted claim of which no more is known.
    pub fn accepted(claim: Claim, span: Span) -> Self {
        let qualifiers = Qualifiers::new();
        Self {
            id: claim.id(&qualifiers),
            claim,
            qualifiers,
            source: None,
            confidence: None,
            status: Status::Accepted,
            successor: None,
            from: None,
            until: None,
            places: Places { whole: span, subject: span, predicate: span, object: span, successor: span },
        }
    }
}

/// Where the parts of an assertion are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the parts of an assertion")]
pub struct Places {
    pub whole: Span,
    pub subject: Span,
    pub predicate: Span,
    pub object: Span,
    pub successor: Span,
}
