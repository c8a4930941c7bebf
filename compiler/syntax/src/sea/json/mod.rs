//! The tree as JSON for other tools: every node with its place in bytes, lines and columns.

mod places;
mod tree;

use super::ast::SeaFile;
use crate::source::{SourceFile, Span};
use schemars::{JsonSchema, Schema, SchemaGenerator, schema_for};
use serde_json::Value;
use std::borrow::{Borrow, Cow};
use std::io::{self, Write};
use tree::Writer;

/// The version of the document; it grows when a tool that reads it has to change.
pub const FORMAT: u32 = 1;

/// What `seac ast --format json` prints.
#[derive(JsonSchema)]
#[schemars(title = "The syntax trees of SEA models, as `seac ast --format json` prints them")]
#[expect(dead_code, reason = "only its schema is wanted")]
struct Document {
    /// The version of this format.
    format: u32,
    /// One entry for each text, in the order of the command line.
    files: Vec<File>,
}

/// The tree of one text.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is wanted")]
struct File {
    /// The path as it was given, `<stdin>` for standard input.
    path: String,
    /// What was understood; what was not is missing, and seac said so on stderr.
    tree: SeaFile,
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

/// The JSON Schema of the document.
pub fn schema() -> Value {
    schema_for!(Document).to_value()
}

/// Writes the document: the trees as they come, each with its text, indented, keys in the order of their letters. It
/// takes no more memory than one tree does.
///
/// # Errors
/// If `out` fails.
pub fn write<'s, T: Borrow<SeaFile>>(
    out: &mut dyn Write,
    files: impl IntoIterator<Item = (&'s SourceFile, T)>,
) -> io::Result<()> {
    write!(out, "{{\n  \"format\": {FORMAT},\n  \"files\": [")?;
    let mut count = 0;
    for (source, tree) in files {
        out.write_all(if count == 0 { b"\n    {\n      \"path\": " } else { b",\n    {\n      \"path\": " })?;
        serde_json::to_writer(&mut *out, &*source.path)?;
        out.write_all(b",\n      \"tree\": ")?;
        Writer::new(out, source, 3).tree(tree.borrow())?;
        out.write_all(b"\n    }")?;
        count += 1;
    }
    out.write_all(if count == 0 { b"]\n}\n" } else { b"\n  ]\n}\n" })
}
