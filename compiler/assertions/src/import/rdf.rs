//! RDF: the graph that `seac project` writes, as Turtle or JSON-LD, whoever has written it again since. It is the
//! canonical JSON of a model, taken apart into triples; here it is put together again.

mod graph;
mod jsonld;
mod turtle;

use super::{Imported, model};
use graph::Graph;
use seac_syntax::yaml::Node;
use seac_syntax::{Diagnostic, FileId, SourceFile, sea};
use serde_json::Value;

/// What the names of our vocabulary begin with.
const VOCABULARY: &str = "urn:seac:vocabulary:";
const TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const FIRST: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#first";
const REST: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#rest";
const NIL: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#nil";
const XSD: &str = "http://www.w3.org/2001/XMLSchema#";
/// How deep things may be nested in each other.
const MAX_DEPTH: usize = 256;

/// How a graph is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// RDF 1.1 Turtle.
    Turtle,
    /// JSON-LD 1.1 whose contexts are prefixes alone.
    JsonLd,
}

/// What a graph proposes: a draft for each context of its model.
///
/// # Errors
/// What cannot be read in the text, and what keeps the graph from being that of a model.
pub fn import(file: FileId, source: &SourceFile, syntax: Syntax) -> Result<Imported, Vec<Diagnostic>> {
    Ok(model::drafts(source, &tree(file, &source.text, syntax)?))
}

/// The model of a graph, as its canonical JSON has it.
///
/// # Errors
/// As [`import`].
pub fn json(file: FileId, text: &str, syntax: Syntax) -> Result<Value, Vec<Diagnostic>> {
    Ok(super::tree::json(&tree(file, text, syntax)?))
}

fn tree(file: FileId, text: &str, syntax: Syntax) -> Result<Node, Vec<Diagnostic>> {
    let graph = match syntax {
        Syntax::Turtle => turtle::parse(file, text)?,
        Syntax::JsonLd => jsonld::parse(file, text)?,
    };
    let (node, mut findings) = graph.model(file);
    findings.truncate(sea::MAX_FINDINGS);
    node.filter(|_| findings.is_empty()).ok_or(findings)
}

impl Graph {
    /// The name of something that has none.
    fn blank(&mut self) -> String {
        self.blanks += 1;
        // A label cannot begin like this.
        format!("_:#{}", self.blanks)
    }
}
