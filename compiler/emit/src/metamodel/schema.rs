//! The JSON Schema of SDS YAML.

use seac_model::metamodel::{Key, KeyType, Metamodel, Shape, SimpleType};
use serde_json::{Map, Value, json};

/// The shape of the functions that take values from a body.
const EXTRACT: &str = "EXTRACT";

/// JSON Schema 2020-12 of the first shape, with the others it mentions as definitions.
pub fn schema(metamodel: &Metamodel) -> Value {
    let Some(file) = metamodel.shapes.first() else { return Value::Bool(true) };
    let mut root = object(metamodel, file);
    let rest = metamodel.shapes.iter().skip(1);
    let definitions: Map<String, Value> = rest.map(|shape| (name(&shape.name), object(metamodel, shape))).collect();
    root["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    root["title"] = "SDS YAML, version 1: how a bounded context is built".into();
    root["$defs"] = definitions.into();
    root
}

fn object(metamodel: &Metamodel, shape: &Shape) -> Value {
    let properties: Map<String, Value> =
        shape.keys.iter().map(|key| (key.name.clone(), property(metamodel, key))).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    let required: Vec<&str> = shape.keys.iter().filter(|key| key.required).map(|key| key.name.as_str()).collect();
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn property(metamodel: &Metamodel, key: &Key) -> Value {
    let mut schema = value(metamodel, &key.ty);
    schema["description"] = key.doc.as_str().into();
    if let Some(default) = key.default.as_deref().and_then(|text| serde_json::from_str(text).ok()) {
        schema["default"] = default;
    }
    schema
}

fn value(metamodel: &Metamodel, ty: &KeyType) -> Value {
    match ty {
        KeyType::Simple(simple) => simple_value(*simple),
        KeyType::Word(vocabulary) => {
            let known = metamodel.vocabularies.iter().find(|known| known.name == *vocabulary);
            json!({ "enum": known.map(|known| known.words.as_slice()).unwrap_or_default() })
        }
        KeyType::Map(shape) | KeyType::Row(shape) => json!({ "$ref": reference(shape) }),
        KeyType::OneKey(shape) => json!({ "$ref": reference(shape), "minProperties": 1, "maxProperties": 1 }),
        KeyType::Free(item) => json!({ "type": "object", "additionalProperties": value(metamodel, item) }),
        KeyType::List(item) => json!({ "type": "array", "items": value(metamodel, item) }),
        KeyType::Either(first, second) => json!({ "anyOf": [value(metamodel, first), value(metamodel, second)] }),
    }
}

fn simple_value(ty: SimpleType) -> Value {
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    let pointer = || text("^(/([^~]|~[01])*)?$");
    match ty {
        SimpleType::Text => json!({ "type": "string" }),
        SimpleType::Expression => json!({ "type": ["string", "number", "boolean"] }),
        SimpleType::Flag => json!({ "type": "boolean" }),
        SimpleType::Count => json!({ "type": "integer", "minimum": 0 }),
        SimpleType::Duration => text("^[0-9]+(ms|s|m|h|d)$"),
        SimpleType::Pointer => pointer(),
        SimpleType::Header => text("^header:[!#$%&'*+.^_`|~0-9A-Za-z-]+$"),
        SimpleType::Secret => text("^(env:[A-Za-z_][A-Za-z0-9_]*|file:.*\\S.*)$"),
        SimpleType::Type => json!({ "type": "string", "minLength": 1 }),
        SimpleType::Scalar => json!({ "type": ["string", "number", "boolean", "null"] }),
        SimpleType::Extract => json!({ "anyOf": [pointer(), { "$ref": reference(EXTRACT) }] }),
    }
}

fn reference(shape: &str) -> String {
    format!("#/$defs/{}", name(shape))
}

/// `PARSE_CASE` as `parseCase`.
fn name(shape: &str) -> String {
    let mut words = shape.split('_').map(str::to_lowercase);
    let first = words.next().unwrap_or_default();
    words.fold(first, |name, word| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).fold(name, |mut name, letter| {
            name.push(letter);
            name
        })
    })
}
