//! The graph as JSON-LD 1.1, expanded but for its prefixes: the same triples as in Turtle.

use super::{Node, PREFIXES, Term};
use serde_json::{Map, Value, json};

/// The whole document.
pub fn print(root: &Node) -> String {
    let prefixes: Map<String, Value> =
        PREFIXES.iter().map(|(prefix, iri)| ((*prefix).to_owned(), json!({ "@id": iri, "@prefix": true }))).collect();
    let mut document = Map::from_iter([("@context".to_owned(), Value::Object(prefixes))]);
    document.append(&mut node(root));
    format!("{:#}\n", Value::Object(document))
}

fn node(node: &Node) -> Map<String, Value> {
    let mut object = Map::new();
    object.extend(node.iri.as_ref().map(|iri| ("@id".to_owned(), json!(iri))));
    if !node.types.is_empty() {
        object.insert("@type".to_owned(), json!(node.types));
    }
    for (property, value) in &node.properties {
        let values = object.entry(property.as_str()).or_insert_with(|| json!([]));
        values.as_array_mut().into_iter().for_each(|values| values.push(term(value)));
    }
    object
}

fn term(value: &Term) -> Value {
    match value {
        Term::Name(name) => json!({ "@id": name }),
        Term::Iri(iri) => json!({ "@id": iri }),
        Term::Text(text) => json!({ "@value": text }),
        Term::Integer(number) => json!({ "@value": number, "@type": "xsd:integer" }),
        Term::Bool(value) => json!({ "@value": value }),
        Term::Node(inner) => Value::Object(node(inner)),
        Term::List(items) => json!({ "@list": items.iter().map(term).collect::<Vec<_>>() }),
    }
}
