//! Annotations and their values as canonical text.

use super::concept::{Concept, Rule};
use super::normal;
use crate::sea::ast::{Annotation, Name, Value, ValueKind};
use crate::sea::print;

/// A list of names as text, in their order.
pub(super) fn names(names: &[Name]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| quoted(&name.value)).collect();
    format!("[{}]", quoted.join(", "))
}

pub(super) fn quoted(text: &str) -> String {
    let mut out = String::new();
    print::string(&mut out, text);
    out
}

pub(super) fn value(value: &Value) -> String {
    match &value.kind {
        ValueKind::Null => "null".to_owned(),
        ValueKind::Bool(value) => value.to_string(),
        ValueKind::Number(number) => number.value.to_string(),
        // A text of that shape is a moment.
        ValueKind::String(text) => quoted(&normal::moment(text)),
        ValueKind::Word(word) => word.to_string(),
        ValueKind::Array(items) => {
            format!("[{}]", items.iter().map(self::value).collect::<Vec<_>>().join(", "))
        }
        ValueKind::Object(entries) => {
            let mut entries: Vec<(&str, String)> =
                entries.iter().map(|(key, entry)| (key.value.as_str(), self::value(entry))).collect();
            // The order of keys says nothing; which of two equal keys comes first might.
            entries.sort_by_key(|(key, _)| *key);
            let entries: Vec<String> = entries.iter().map(|(key, entry)| format!("{}: {entry}", quoted(key))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

impl Concept {
    /// One facet per annotation.
    pub(super) fn annotations(&mut self, annotations: &[Annotation], rule: impl Fn(&str) -> Rule) {
        for annotation in annotations {
            let key = annotation.key.value.as_str();
            let values = match annotation.values.as_slice() {
                [Value { kind: ValueKind::Number(count), .. }, Value { kind: ValueKind::String(unit), .. }] => {
                    let (count, unit) = normal::length(&count.value, unit);
                    vec![count.into(), quoted(&unit)]
                }
                values => values.iter().map(value).collect(),
            };
            let rule = if key.to_lowercase().starts_with("deprecat") { Rule::DEPRECATING } else { rule(key) };
            self.facet(format!("@{key}"), values.join(" "), annotation.span, rule);
        }
    }
}
