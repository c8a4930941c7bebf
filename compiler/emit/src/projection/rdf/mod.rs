//! RDF: a model as a graph, whole. Every member of its canonical JSON is a triple of our vocabulary, so that the model can
//! be read back from the graph to the byte; beside it stand what others understand: classes and properties of OWL, labels,
//! and where each declaration was written, in PROV-O.
//!
//! The vocabulary: a member `x` of an object is the property `seac:x`. An entry of a map is a node with `seac:called`, its
//! name; if its value is no object, `seac:holds` is its value. A list is a collection. `seac:none` is null, `seac:empty`
//! an object or a map without members.

mod jsonld;
mod owl;
mod turtle;

use super::{Options, Page};
use crate::EmitError;
use crate::projection::Format;
use seac_model::Model;
use serde_json::Value;

/// What our vocabulary begins with.
pub const VOCABULARY: &str = "urn:seac:vocabulary:";

/// Members of the model's JSON that are maps: their keys are names of the specs, not of the format.
const MAPS: &[&str] = &[
    "accepted",
    "adapters",
    "annotations",
    "attributes",
    "backfill",
    "cases",
    "code_for",
    "connectors",
    "consumers",
    "contexts",
    "declared",
    "entities",
    "enums",
    "events",
    "facets",
    "fields",
    "flows",
    "inbound_ports",
    "input_from",
    "invariants",
    "notes",
    "operations",
    "outbound_ports",
    "output_from",
    "payload",
    "policies",
    "records",
    "renames",
    "roles",
    "units",
    "value_objects",
];

/// A thing that has properties.
#[derive(Debug, Default)]
pub struct Node {
    /// Its IRI; none if it is only known by its place.
    pub iri: Option<String>,
    /// Its classes, as prefixed names.
    pub types: Vec<&'static str>,
    /// Properties, as prefixed names, and their values.
    pub properties: Vec<(String, Term)>,
}

/// The value of a property.
#[derive(Debug)]
pub enum Term {
    /// Something with a prefixed name.
    Name(String),
    /// Something with an IRI.
    Iri(String),
    /// A text.
    Text(String),
    /// A whole number.
    Integer(String),
    /// A truth value.
    Bool(bool),
    /// A thing.
    Node(Node),
    /// A collection.
    List(Vec<Term>),
}

/// One file with all that is projected.
pub fn project(format: Format, model: &Model, options: &Options, page: &mut Page) -> Result<(), EmitError> {
    let mut wanted = model.clone();
    wanted.contexts = options.contexts(model).map(|(slug, context)| (slug.clone(), context.clone())).collect();
    // What cannot stand in an IRI is left out, so that none can be ended by it.
    let base = options.text("base").chars().filter(|c| !c.is_control() && !" <>\"{}|^`\\".contains(*c));
    let base = &base.collect::<String>();
    let value = serde_json::from_slice(&wanted.canonical_json()).unwrap_or_default();
    let mut root = Writer { base, model: &wanted }.object(&[], "", &value);
    root.iri = Some(format!("{base}model"));
    let text = if format == Format::Jsonld { jsonld::print(&root) } else { turtle::print(&root) };
    let origins = crate::sorted(wanted.contexts.values().map(|context| &context.origin));
    page.file("model", text, origins)
}

struct Writer<'a> {
    base: &'a str,
    model: &'a Model,
}

impl Writer<'_> {
    /// An object at a path of names, held by the member `key`.
    fn object(&self, path: &[&str], key: &str, value: &Value) -> Node {
        let mut node = Node { types: owl::classes(key), ..Node::default() };
        for (member, value) in value.as_object().into_iter().flatten() {
            self.member(&mut node, path, member, value);
        }
        node
    }

    fn member(&self, node: &mut Node, path: &[&str], member: &str, value: &Value) {
        let property = format!("seac:{member}");
        match value {
            Value::Object(entries) if !entries.is_empty() && MAPS.contains(&member) => {
                let entries = entries.iter().map(|(name, value)| self.entry(path, member, name, value));
                node.properties.extend(entries.map(|entry| (property.clone(), Term::Node(entry))));
            }
            value => node.properties.push((property, self.term(path, member, value))),
        }
    }

    /// An entry of a map.
    fn entry(&self, path: &[&str], map: &str, name: &str, value: &Value) -> Node {
        let path: Vec<&str> = path.iter().copied().chain([map, name]).collect();
        let mut node = match value {
            Value::Object(members) if !members.is_empty() => self.object(&path, map, value),
            value => {
                Node { properties: vec![("seac:holds".to_owned(), self.term(&path, map, value))], ..Node::default() }
            }
        };
        node.iri = Some(iri(self.base, &path));
        node.properties.insert(0, ("seac:called".to_owned(), Term::Text(name.to_owned())));
        owl::describe(&mut node, &path, self.model);
        node
    }

    fn term(&self, path: &[&str], member: &str, value: &Value) -> Term {
        match value {
            Value::Null => Term::Name("seac:none".to_owned()),
            Value::Bool(value) => Term::Bool(*value),
            Value::Number(number) => Term::Integer(number.to_string()),
            Value::String(text) => Term::Text(text.clone()),
            Value::Array(items) => {
                let items = items.iter().enumerate().map(|(number, item)| self.item(path, member, number, item));
                Term::List(items.collect())
            }
            Value::Object(members) if members.is_empty() => Term::Name("seac:empty".to_owned()),
            Value::Object(_) => Term::Node(self.object(&[path, &[member]].concat(), member, value)),
        }
    }

    /// An item of a list; one that has a name of its own is known by it, as fields are. What is in the others is known by
    /// their number, so that entries of their maps are told apart.
    fn item(&self, path: &[&str], member: &str, number: usize, item: &Value) -> Term {
        let named = matches!(member, "fields" | "payload" | "members").then(|| item.get("name")?.as_str()).flatten();
        let number = number.to_string();
        let below = [path, &[member, named.unwrap_or(&number)]].concat();
        if item.as_object().is_none_or(|members| members.is_empty()) {
            return self.term(&below, member, item);
        }
        let mut node = self.object(&below, member, item);
        if let Some(name) = named {
            node.iri = Some(iri(self.base, &below));
            owl::describe_field(&mut node, path, name, self.model, self.base);
        }
        Term::Node(node)
    }
}

/// The IRI of a declaration: names are percent-encoded, so that none of them can end it.
pub fn iri(base: &str, path: &[&str]) -> String {
    let mut iri = base.to_owned();
    for (place, part) in path.iter().enumerate() {
        if place > 0 {
            iri.push('/');
        }
        for byte in part.bytes() {
            if byte.is_ascii_alphanumeric() || b"._-~".contains(&byte) {
                iri.push(char::from(byte));
            } else {
                iri.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    iri
}

/// The prefixes that names have.
pub const PREFIXES: &[(&str, &str)] = &[
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("prov", "http://www.w3.org/ns/prov#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("seac", VOCABULARY),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];
