//! What of a model its drafts do not say: found by analysing them, so that nothing has to be kept in step by hand.

use crate::import::tree::{entries, get, items, json, text, text_of};
use crate::import::{Draft, Lost};
use seac_analysis::sea::{Memory, model};
use seac_syntax::yaml::{Node, NodeKind, ScalarValue};
use seac_syntax::{FileId, Sources};
use serde_json::Value;

/// Everything that the drafts do not say, in the order of the description.
pub fn lost(drafts: &[Draft], wanted: &Node) -> Vec<Lost> {
    let mut sources = Sources::default();
    let files: Vec<FileId> =
        drafts.iter().map(|draft| sources.add(format!("{}.sea", draft.name), draft.sea("A draft."))).collect();
    let said = model(&files, &mut Memory { sources });
    let said = serde_json::from_slice(&said.canonical_json()).unwrap_or_default();
    let mut lost = Vec::new();
    compare(&mut Vec::new(), wanted, &said, &mut lost);
    lost
}

fn compare(path: &mut Vec<String>, wanted: &Node, said: &Value, lost: &mut Vec<Lost>) {
    let mut lose = |path: &[String], node: &Node, how: &str| {
        lost.push(Lost { span: node.span, what: format!("{}{how}", path.join(".")) });
    };
    match (&wanted.kind, said) {
        (NodeKind::Mapping(_), Value::Object(members)) => {
            for entry in entries(Some(wanted)) {
                path.push(entry.key.value.to_string());
                match members.get(entry.key.value.as_str()) {
                    Some(said) => compare(path, &entry.value, said, lost),
                    None if says_nothing(&entry.value) => {}
                    None => lost.push(Lost { span: entry.value.span, what: path.join(".") }),
                }
                path.pop();
            }
            let more = members.iter().filter(|(key, value)| get(wanted, key).is_none() && !is_nothing(value));
            for (key, _) in more {
                lost.push(Lost {
                    span: wanted.span,
                    what: format!("{}.{key}: the draft has it besides", path.join(".")),
                });
            }
        }
        (NodeKind::Sequence(wanted), Value::Array(values)) if wanted.len() == values.len() => {
            for (number, (item, said)) in wanted.iter().zip(values).enumerate() {
                path.push(text_of(item, "name").map_or_else(|| number.to_string(), str::to_owned));
                compare(path, item, said, lost);
                path.pop();
            }
        }
        (NodeKind::Sequence(_), Value::Array(values)) => {
            let all = items(Some(wanted));
            let missing = |item: &&Node| !values.contains(&json(item));
            let missing: Vec<&Node> = all.iter().filter(missing).collect();
            if missing.len() == all.len() && !all.is_empty() {
                return lose(path, wanted, "");
            }
            for (number, item) in all.iter().enumerate().filter(|(_, item)| missing.contains(item)) {
                let name = text(item).or(text_of(item, "name")).map_or_else(|| number.to_string(), str::to_owned);
                lose(path, item, &format!(" {name}"));
            }
            if missing.is_empty() {
                lose(path, wanted, ": the draft has more of them");
            }
        }
        _ if json(wanted) == *said => {}
        (NodeKind::Scalar(scalar), _) => {
            lose(path, wanted, &format!(": `{}`, and the draft says `{said}`", scalar.text))
        }
        _ => lose(path, wanted, ""),
    }
}

/// Whether a member that is not there means the same.
fn says_nothing(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Scalar(scalar) => scalar.value == ScalarValue::Null,
        NodeKind::Sequence(items) => items.is_empty(),
        NodeKind::Mapping(entries) => entries.is_empty(),
        NodeKind::Unusable => true,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}
