//! Looking into a tree that was read.

use crate::subject::quoted;
use seac_syntax::yaml::{Entry, Node, NodeKind, Scalar, ScalarValue};
use serde_json::Value;

/// The members of an object; none of anything else.
pub fn entries(node: Option<&Node>) -> &[Entry] {
    match node.map(|node| &node.kind) {
        Some(NodeKind::Mapping(entries)) => entries,
        _ => &[],
    }
}

/// A member of an object.
pub fn get<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    entries(Some(node)).iter().find(|entry| entry.key.value == key).map(|entry| &entry.value)
}

/// The items of a list; none of anything else.
pub fn items(node: Option<&Node>) -> &[Node] {
    match node.map(|node| &node.kind) {
        Some(NodeKind::Sequence(items)) => items,
        _ => &[],
    }
}

/// A text.
pub fn text(node: &Node) -> Option<&str> {
    match &node.kind {
        NodeKind::Scalar(scalar) if scalar.value == ScalarValue::String => Some(&scalar.text),
        _ => None,
    }
}

/// A member that is a text.
pub fn text_of<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    get(node, key).and_then(text)
}

/// Whether a member is true.
pub fn is_true(node: &Node, key: &str) -> bool {
    matches!(get(node, key).map(|node| &node.kind), Some(NodeKind::Scalar(scalar)) if scalar.value == ScalarValue::Bool(true))
}

/// The value of a scalar as a literal of SEA.
pub fn literal(node: &Node) -> Option<String> {
    match &node.kind {
        NodeKind::Scalar(scalar) => match &scalar.value {
            ScalarValue::String => Some(quoted(&scalar.text)),
            ScalarValue::Number(number) => Some(number.clone()),
            ScalarValue::Bool(value) => Some(value.to_string()),
            ScalarValue::Null => None,
        },
        _ => None,
    }
}

/// Every text in a tree, with those of what it holds.
pub fn texts<'n>(node: &'n Node, found: &mut Vec<&'n str>) {
    match &node.kind {
        NodeKind::Scalar(_) => found.extend(text(node)),
        NodeKind::Sequence(items) => items.iter().for_each(|item| texts(item, found)),
        NodeKind::Mapping(entries) => entries.iter().for_each(|entry| texts(&entry.value, found)),
        NodeKind::Unusable => {}
    }
}

/// A tree as JSON.
pub fn json(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Scalar(scalar) => scalar_json(scalar),
        NodeKind::Sequence(items) => items.iter().map(json).collect(),
        NodeKind::Mapping(entries) => {
            entries.iter().map(|entry| (entry.key.value.to_string(), json(&entry.value))).collect()
        }
        NodeKind::Unusable => Value::Null,
    }
}

fn scalar_json(scalar: &Scalar) -> Value {
    match &scalar.value {
        ScalarValue::Null => Value::Null,
        ScalarValue::Bool(value) => (*value).into(),
        ScalarValue::Number(number) => serde_json::from_str(number).unwrap_or_default(),
        ScalarValue::String => scalar.text.as_str().into(),
    }
}
