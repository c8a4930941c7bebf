//! One entry, its columns and its canonical bytes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::LedgerError;
use crate::canonical::{CanonicalError, Digest};
use crate::store::{Row, SqlValue, StoreError, Value, ValueError};
use crate::types::{Timestamp, Uuid};

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    // In the order of the canonical form.
    /// Which one.
    pub id: String,
    /// What kind of thing.
    #[serde(rename = "type")]
    pub kind: String,
}

impl Subject {
    /// A subject of a kind.
    pub fn new(kind: impl Into<String>, id: impl fmt::Display) -> Self {
        Self { kind: kind.into(), id: id.to_string() }
    }
}

/// How what was observed ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was tried and failed.
    Failure,
    /// It was not allowed.
    Denied,
    /// It was not acceptable.
    Rejected,
    /// The source does not say.
    Unknown,
}

impl Outcome {
    /// The stored text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Denied => "denied",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
        }
    }

    /// The outcome of a source's word; what is not one of ours is [`Outcome::Unknown`].
    pub fn from_text(text: &str) -> Self {
        Self::parse(text).unwrap_or(Self::Unknown)
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Success, Self::Failure, Self::Denied, Self::Rejected, Self::Unknown]
            .into_iter()
            .find(|outcome| outcome.as_str() == text)
    }
}

impl SqlValue for Outcome {
    fn to_value(&self) -> Value {
        Value::Text(self.as_str().to_owned())
    }

    fn from_value(value: &Value) -> Result<Self, ValueError> {
        Self::parse(value.text()?).ok_or_else(|| ValueError::new("not an outcome"))
    }
}

/// Where a payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Location {
    /// In the row.
    Inline,
    /// In the blob store, under its digest.
    Blob,
}

impl Location {
    fn as_str(self) -> &'static str {
        match self {
            Self::Inline => "inline",
            Self::Blob => "blob",
        }
    }
}

impl SqlValue for Location {
    fn to_value(&self) -> Value {
        Value::Text(self.as_str().to_owned())
    }

    fn from_value(value: &Value) -> Result<Self, ValueError> {
        match value.text()? {
            "inline" => Ok(Self::Inline),
            "blob" => Ok(Self::Blob),
            _ => Err(ValueError::new("neither inline nor blob")),
        }
    }
}

/// An entry's payload: its digest is part of the entry, its body is beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// SHA-256 of the body.
    pub digest: Digest,
    /// Length of the body in bytes.
    pub size: u64,
    /// Where the body is.
    pub location: Location,
    /// The body (canonical JSON), if it is in the row.
    pub inline: Option<String>,
    /// Whether it is a blob that this entry does not show any more; others may still have it.
    pub withheld: bool,
}

/// One entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Position in the ledger, from 1 without gaps.
    pub sequence: u64,
    /// The entry's own id.
    pub event_id: Uuid,
    /// Who observed it: an operation, a connector, or `<operation>/<source>` for what an operation was told.
    pub source: String,
    /// The source's id for it; unique within the source.
    pub source_event_id: String,
    /// What kind of event.
    pub event_type: String,
    /// Who did it.
    pub actor: String,
    /// What it is about.
    pub subject: Subject,
    /// What was done.
    pub action: String,
    /// How it ended.
    pub outcome: Outcome,
    /// When it happened, by the source's clock.
    pub occurred_at: Timestamp,
    /// When it was recorded, by ours.
    pub recorded_at: Timestamp,
    /// The bounded context.
    pub context: String,
    /// Controls it speaks to, sorted.
    pub controls: Vec<String>,
    /// Ties it to a request.
    pub correlation_id: Option<String>,
    /// Which parser made it, for connectors.
    pub parser: Option<String>,
    /// Its payload.
    pub payload: Payload,
    /// Leaf hash of the entry before; zero for the first.
    pub previous_hash: Digest,
    /// Leaf hash of this entry, as stored.
    pub leaf_hash: Digest,
}

/// The canonical form. Fields are in alphabetical order of their JSON names, all are ASCII, and numbers are integers below
/// 2^53, so serde's compact output *is* RFC 8785's; a property test holds it to that.
#[derive(Serialize)]
struct Canonical<'a> {
    action: &'a str,
    actor: &'a str,
    context: &'a str,
    controls: &'a [String],
    correlation_id: Option<&'a str>,
    event_id: &'a Uuid,
    occurred_at: &'a Timestamp,
    outcome: Outcome,
    parser: Option<&'a str>,
    payload_digest: &'a Digest,
    payload_location: Location,
    payload_size: u64,
    previous_hash: &'a Digest,
    recorded_at: &'a Timestamp,
    sequence: u64,
    source: &'a str,
    source_event_id: &'a str,
    subject: &'a Subject,
    #[serde(rename = "type")]
    event_type: &'a str,
    v: u8,
}

/// What [`Entry::COLUMNS`] has, for statements that are put together when the kernel is compiled.
macro_rules! columns {
    () => {
        "sequence, event_id, source, source_event_id, type, actor, subject_type, \
         subject_id, action, outcome, occurred_at, recorded_at, context, controls, correlation_id, parser, payload_digest, \
         payload_location, payload_size, payload, previous_hash, leaf_hash"
    };
}
pub(super) use columns;

impl Entry {
    /// The bytes that are hashed: everything but the leaf hash and the payload's body.
    ///
    /// # Errors
    /// Never for entries read from a store; the signature leaves room for serde.
    pub fn canonical_bytes(&self) -> Result<Vec<u8>, LedgerError> {
        serde_json::to_vec(&self.canonical()).map_err(|e| CanonicalError::from(e).into())
    }

    /// RFC 6962's leaf hash of the canonical bytes.
    ///
    /// # Errors
    /// As [`Entry::canonical_bytes`].
    pub fn compute_leaf_hash(&self) -> Result<Digest, LedgerError> {
        Ok(Digest::leaf(&self.canonical_bytes()?))
    }

    /// The canonical bytes before the previous hash, between it and the sequence, and after that.
    pub(super) fn canonical_parts(&self) -> Result<[Vec<u8>; 3], LedgerError> {
        let mut bytes = self.canonical_bytes()?;
        // In no text is there a quotation mark without a backslash, so these are found at the members and nowhere else.
        let mut cut = |member: &str, value: usize| {
            let at = bytes.windows(member.len()).position(|window| window == member.as_bytes());
            let rest = at.map(|at| bytes.split_off(at + member.len())).unwrap_or_default();
            let value = rest.get(value..).unwrap_or_default().to_vec();
            std::mem::replace(&mut bytes, value)
        };
        let before = cut(",\"previous_hash\":\"", self.previous_hash.to_hex().len());
        let between = cut(",\"sequence\":", self.sequence.to_string().len());
        Ok([before, between, bytes])
    }

    fn canonical(&self) -> Canonical<'_> {
        Canonical {
            action: &self.action,
            actor: &self.actor,
            context: &self.context,
            controls: &self.controls,
            correlation_id: self.correlation_id.as_deref(),
            event_id: &self.event_id,
            occurred_at: &self.occurred_at,
            outcome: self.outcome,
            parser: self.parser.as_deref(),
            payload_digest: &self.payload.digest,
            payload_location: self.payload.location,
            payload_size: self.payload.size,
            previous_hash: &self.previous_hash,
            recorded_at: &self.recorded_at,
            sequence: self.sequence,
            source: &self.source,
            source_event_id: &self.source_event_id,
            subject: &self.subject,
            event_type: &self.event_type,
            v: 1,
        }
    }

    /// The entry as one JSON object: the canonical members, the leaf hash, and the payload if it is in the row.
    ///
    /// # Errors
    /// When the stored payload is not JSON.
    pub fn to_json(&self) -> Result<serde_json::Value, LedgerError> {
        let json = |e: serde_json::Error| LedgerError::from(CanonicalError::from(e));
        let mut object = serde_json::to_value(self.canonical()).map_err(json)?;
        object["leaf_hash"] = serde_json::to_value(self.leaf_hash).map_err(json)?;
        object["payload"] = match &self.payload.inline {
            Some(text) => serde_json::from_str(text).map_err(json)?,
            None => serde_json::Value::Null,
        };
        Ok(object)
    }

    /// Columns in the order of [`Entry::values`] and [`Entry::from_row`].
    pub(super) const COLUMNS: &'static str = columns!();

    pub(super) fn values(&self) -> Result<Vec<Value>, LedgerError> {
        let controls = serde_json::to_string(&self.controls).map_err(CanonicalError::from)?;
        Ok(vec![
            self.sequence.to_value(),
            self.event_id.to_value(),
            self.source.to_value(),
            self.source_event_id.to_value(),
            self.event_type.to_value(),
            self.actor.to_value(),
            self.subject.kind.to_value(),
            self.subject.id.to_value(),
            self.action.to_value(),
            self.outcome.to_value(),
            self.occurred_at.to_value(),
            self.recorded_at.to_value(),
            self.context.to_value(),
            Value::Text(controls),
            self.correlation_id.to_value(),
            self.parser.to_value(),
            Value::Text(self.payload.digest.to_hex()),
            self.payload.location.to_value(),
            self.payload.size.to_value(),
            self.payload.inline.to_value(),
            Value::Text(self.previous_hash.to_hex()),
            Value::Text(self.leaf_hash.to_hex()),
        ])
    }

    pub(super) fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            sequence: row.at(0)?,
            event_id: row.at(1)?,
            source: row.at(2)?,
            source_event_id: row.at(3)?,
            event_type: row.at(4)?,
            actor: row.at(5)?,
            subject: Subject { kind: row.at(6)?, id: row.at(7)? },
            action: row.at(8)?,
            outcome: row.at(9)?,
            occurred_at: row.at(10)?,
            recorded_at: row.at(11)?,
            context: row.at(12)?,
            controls: row.at::<Controls>(13)?.0,
            correlation_id: row.at(14)?,
            parser: row.at(15)?,
            payload: Payload {
                digest: row.at(16)?,
                location: row.at(17)?,
                size: row.at(18)?,
                inline: row.at(19)?,
                // Known to those who read entries for others to see.
                withheld: false,
            },
            previous_hash: row.at(20)?,
            leaf_hash: row.at(21)?,
        })
    }
}

/// The list of controls in its one accepted spelling, so that no other bytes mean the same entry.
struct Controls(Vec<String>);

impl SqlValue for Controls {
    fn to_value(&self) -> Value {
        serde_json::to_string(&self.0).map_or(Value::Null, Value::Text)
    }

    fn from_value(value: &Value) -> Result<Self, ValueError> {
        let controls: Vec<String> = serde_json::from_str(value.text()?).map_err(|e| ValueError::new(e.to_string()))?;
        let controls = Self(controls);
        match &controls.to_value() == value {
            true => Ok(controls),
            false => Err(ValueError::new("a list that is not in canonical form")),
        }
    }
}
