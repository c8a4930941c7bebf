//! The tree as JSON for other tools: every node with its place in bytes, lines and columns.

use super::ast::SeaFile;
use crate::source::{SourceFile, Span};
use schemars::{JsonSchema, Schema, SchemaGenerator, schema_for};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// The version of the document; it grows when a tool that reads it has to change.
pub const FORMAT: u32 = 1;

/// What `seac ast --format json` prints.
#[derive(JsonSchema, Serialize)]
#[schemars(title = "The syntax trees of SEA models, as `seac ast --format json` prints them")]
pub struct Document {
    /// The version of this format.
    pub format: u32,
    /// One entry for each text, in the order of the command line.
    pub files: Vec<File>,
}

/// The tree of one text.
#[derive(JsonSchema, Serialize)]
pub struct File {
    /// The path as it was given, `<stdin>` for standard input.
    pub path: String,
    /// What was understood; what was not is missing, and seac said so on stderr.
    #[schemars(with = "SeaFile")]
    pub tree: Value,
}

/// A place in a text. Offsets count bytes from 0; lines and columns count from 1, columns in Unicode scalar values.
#[derive(JsonSchema)]
#[schemars(rename = "Span")]
#[expect(dead_code, reason = "only its schema is wanted")]
struct Place {
    /// Where it begins.
    start: Point,
    /// Behind its last character.
    end: Point,
}

/// One end of a place.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is wanted")]
struct Point {
    /// Bytes in front of it.
    offset: u32,
    /// Its line, from 1.
    line: u32,
    /// Its column, from 1.
    column: u32,
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        Place::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Place::json_schema(generator)
    }
}

impl File {
    /// The tree of a text.
    pub fn new(source: &SourceFile, tree: &SeaFile) -> Self {
        let tree = serde_json::to_value(tree).unwrap_or_else(|why| unreachable!("trees have string keys only: {why}"));
        Self { path: source.path.clone(), tree: located(tree, source) }
    }
}

/// The JSON Schema of the document.
pub fn schema() -> Value {
    schema_for!(Document).to_value()
}

/// Puts lines and columns into the spans.
fn located(tree: Value, source: &SourceFile) -> Value {
    match tree {
        Value::Object(map) => match span(&map) {
            Some((start, end)) => json!({ "start": point(source, start), "end": point(source, end) }),
            None => Value::Object(map.into_iter().map(|(key, value)| (key, located(value, source))).collect()),
        },
        Value::Array(items) => Value::Array(items.into_iter().map(|item| located(item, source)).collect()),
        other => other,
    }
}

/// Start and end, if this is what a [`Span`] becomes.
fn span(map: &Map<String, Value>) -> Option<(u32, u32)> {
    map.get("file")?.as_u64()?;
    let offset = |key: &str| u32::try_from(map.get(key)?.as_u64()?).ok();
    Some((offset("start")?, offset("end")?))
}

fn point(source: &SourceFile, offset: u32) -> Value {
    let at = source.position(offset);
    json!({ "offset": offset, "line": at.line, "column": at.column })
}
