//! Traceability: decisions, requirements, designs, and where the chain between them breaks.

use crate::{Model, Origin};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use std::collections::BTreeSet;

/// An architecture decision or a product requirement.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Note {
    /// Which of the two.
    pub kind: NoteKind,
    /// Its heading.
    pub title: String,
    /// How far it has got; none if it does not say, or not in one of the known words.
    pub status: Option<Status>,
    /// The notes it answers, sorted.
    pub satisfies: Vec<Link>,
    /// Where it stands.
    #[serde(skip)]
    pub origin: Origin,
}

/// What a note is about: the folder it stands in says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// An architecture decision, in `adr/`.
    Adr,
    /// A product requirement, in `prd/`.
    Prd,
}

/// How far a note has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is being discussed.
    Proposed,
    /// It holds.
    Accepted,
    /// Another note holds in its place.
    Superseded,
    /// It was decided against.
    Rejected,
    /// It holds no longer, and nothing took its place.
    Deprecated,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Proposed, Self::Accepted, Self::Superseded, Self::Rejected, Self::Deprecated];

    /// The word for it in front matter.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Accepted => "accepted",
            Self::Superseded => "superseded",
            Self::Rejected => "rejected",
            Self::Deprecated => "deprecated",
        }
    }

    /// The status with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// Whether nobody should build on the note any more.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Superseded | Self::Rejected | Self::Deprecated)
    }
}

/// A reference to a note. In JSON it is the id alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// The id of the note.
    pub to: String,
    /// Where it is written.
    pub origin: Origin,
}

impl Serialize for Link {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to)
    }
}

impl JsonSchema for Link {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Link".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A reference to a note: its id." })
    }
}

/// A place where the chain from decision to design breaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Break {
    /// Where it shows: the reference, or the note that nobody refers to.
    pub origin: Origin,
    /// The id of the note.
    pub note: String,
    /// Who refers to it: the id of a note, or of an SDS; none where nobody does.
    pub holder: Option<String>,
    /// The slug of the context whose folder it is written in.
    pub context: String,
    /// How.
    pub kind: BreakKind,
}

/// How the chain can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BreakKind {
    /// There is no such note.
    Dangling,
    /// The note is superseded, rejected or deprecated.
    Over(Status),
    /// The note is accepted, and nobody answers it.
    Unsatisfied(NoteKind),
}

impl Model {
    /// Every place where the chain ADR ← PRD ← SDS breaks, in the order of places.
    pub fn breaks(&self) -> Vec<Break> {
        let links = || self.links();
        let mut breaks: Vec<Break> = links().filter_map(|(holder, link)| self.broken(holder, link)).collect();
        let answered: BTreeSet<&str> = links().map(|(_, link)| link.to.as_str()).collect();
        // A requirement is answered by a design; that a decision mentions it does not build it.
        let designed: BTreeSet<&str> =
            self.contexts.values().flat_map(|context| &context.satisfies).map(|link| link.to.as_str()).collect();
        for (id, note) in self.notes.iter().filter(|(_, note)| note.status == Some(Status::Accepted)) {
            let by = if note.kind == NoteKind::Prd { &designed } else { &answered };
            if !by.contains(id.as_str()) {
                breaks.push(Break {
                    origin: note.origin.clone(),
                    note: id.clone(),
                    holder: None,
                    context: folder(&note.origin),
                    kind: BreakKind::Unsatisfied(note.kind),
                });
            }
        }
        breaks.sort();
        breaks
    }

    /// Every reference with who makes it.
    fn links(&self) -> impl Iterator<Item = (&str, &Link)> {
        let designs = self.contexts.values().map(|context| (context.sds_id.as_str(), &context.satisfies));
        let notes = self.notes.iter().map(|(id, note)| (id.as_str(), &note.satisfies));
        designs.chain(notes).flat_map(|(holder, links)| links.iter().map(move |link| (holder, link)))
    }

    fn broken(&self, holder: &str, link: &Link) -> Option<Break> {
        let kind = match self.notes.get(&link.to).map(|note| note.status) {
            None => BreakKind::Dangling,
            // What is over itself may build on what is over.
            Some(Some(status)) if status.is_over() && !self.is_over(holder) => BreakKind::Over(status),
            Some(_) => return None,
        };
        let (note, holder) = (link.to.clone(), Some(holder.to_owned()));
        Some(Break { origin: link.origin.clone(), note, holder, context: folder(&link.origin), kind })
    }

    fn is_over(&self, id: &str) -> bool {
        self.notes.get(id).and_then(|note| note.status).is_some_and(Status::is_over)
    }
}

/// The folder behind `specs`, which names the context.
fn folder(origin: &Origin) -> String {
    let mut parts = origin.file.split('/').skip_while(|part| *part != "specs").skip(1);
    parts.next().unwrap_or_default().to_owned()
}
