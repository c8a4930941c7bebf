//! The form of a set in JSON and YAML, as data: what is written, and the schema that is published.

use crate::assertion::{Assertion, Object, Status};
use crate::read::FORMAT;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema, schema_for};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A set of assertions.
#[derive(JsonSchema, Serialize)]
#[schemars(title = "A set of assertions, as `seac emit-sea` reads it and `seac extract-assertions` writes it")]
#[schemars(deny_unknown_fields)]
pub struct Document<'a> {
    /// The version of this format.
    #[schemars(schema_with = "format")]
    format: u32,
    /// In any order.
    assertions: Vec<Written<'a>>,
}

/// A claim with what is known about it.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "Assertion", deny_unknown_fields)]
pub struct Written<'a> {
    /// The digest of the claim: SHA-256 of the RFC 8785 form of `subject`, `predicate`, `object` and `qualifiers`.
    #[schemars(regex(pattern = "^sha256:[0-9a-f]{64}$"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    /// What is spoken of, e.g. `Entity "Customer" field email`.
    subject: String,
    /// What is said of it; the reference has all predicates.
    predicate: &'a str,
    /// The value.
    object: Value<'a>,
    /// In what context it was said.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(default)]
    qualifiers: BTreeMap<&'a str, &'a str>,
    /// Where it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    /// How sure it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<Confidence>,
    /// What a reviewer decided; `proposed`, if it is not written.
    #[schemars(default)]
    status: Decision,
    /// The id of the claim that takes its place.
    #[schemars(regex(pattern = "^sha256:[0-9a-f]{64}$"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    successor: Option<&'a str>,
    /// When it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    validity: Option<Validity>,
}

/// Days, as `2026-03-02`.
#[derive(JsonSchema, Serialize)]
#[schemars(deny_unknown_fields)]
struct Validity {
    /// The first day on which it holds.
    #[schemars(regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// The first day on which it no longer does.
    #[schemars(regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

fn format(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "const": FORMAT })
}

/// The value of a claim; what is no text stands for how it is written.
struct Value<'a>(&'a Object);

impl JsonSchema for Value<'_> {
    fn schema_name() -> Cow<'static, str> {
        "Object".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A text, or a list of texts where the predicate takes one. Numbers and truth values stand for how they are written.",
            "anyOf": [
                { "type": ["string", "number", "boolean"] },
                { "type": "array", "items": { "type": ["string", "number", "boolean"] } },
            ],
        })
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.json().serialize(serializer)
    }
}

/// Per mille.
struct Confidence(u16);

impl JsonSchema for Confidence {
    fn schema_name() -> Cow<'static, str> {
        "Confidence".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A part of one as text with a point, or a whole number per mille.",
            "anyOf": [
                { "type": "string", "pattern": "^(0\\.[0-9]{1,3}|1\\.0{1,3})$" },
                { "type": "integer", "minimum": 0, "maximum": 1000 },
            ],
        })
    }
}

impl Serialize for Confidence {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        confidence(self.0).serialize(serializer)
    }
}

/// `"0.9"` for 900.
pub fn confidence(per_mille: u16) -> String {
    let digits = format!("{}.{:03}", per_mille / 1000, per_mille % 1000);
    let short = digits.trim_end_matches('0');
    if short.ends_with('.') { format!("{short}0") } else { short.to_owned() }
}

#[derive(Default)]
struct Decision(Status);

impl JsonSchema for Decision {
    fn schema_name() -> Cow<'static, str> {
        "Status".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": Status::ALL.map(Status::word) })
    }
}

impl Serialize for Decision {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.word().serialize(serializer)
    }
}

impl<'a> Document<'a> {
    /// The set as it is written.
    pub fn of(assertions: &'a [Assertion]) -> Self {
        Self { format: FORMAT, assertions: assertions.iter().map(written).collect() }
    }
}

fn written(assertion: &Assertion) -> Written<'_> {
    let day = |day: &Option<crate::date::Day>| day.as_ref().map(ToString::to_string);
    let dated = assertion.from.is_some() || assertion.until.is_some();
    Written {
        id: Some(&assertion.id),
        subject: assertion.claim.subject.to_string(),
        predicate: &assertion.claim.predicate,
        object: Value(&assertion.claim.object),
        qualifiers: assertion.qualifiers.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect(),
        source: assertion.source.as_deref(),
        confidence: assertion.confidence.map(Confidence),
        status: Decision(assertion.status),
        successor: assertion.successor.as_deref(),
        validity: dated.then(|| Validity { from: day(&assertion.from), until: day(&assertion.until) }),
    }
}

/// The JSON Schema of a set.
pub fn schema() -> serde_json::Value {
    schema_for!(Document<'_>).to_value()
}
