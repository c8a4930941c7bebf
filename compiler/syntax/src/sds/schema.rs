//! The JSON Schema of the format, made from the table of keys that the reader reads by.

use super::shape::{Key, Shape, Ty};
use super::shapes::{EXTRACT, FILE};
use serde_json::{Map, Value, json};

static POINTER_OR_FUNCTION: Ty = Ty::Either(&Ty::Pointer, &Ty::Map(&EXTRACT));

/// The dialect of the schema.
pub const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The JSON Schema 2020-12 of `.sds.yaml` files.
pub fn schema() -> Value {
    let mut definitions = Map::new();
    define(&FILE, &mut definitions);
    let mut root = match definitions.remove(&name(&FILE)) {
        Some(Value::Object(root)) => root,
        _ => Map::new(),
    };
    root.insert("$schema".into(), DIALECT.into());
    root.insert("title".into(), "SDS YAML, version 1: how a bounded context is built".into());
    root.insert("$defs".into(), definitions.into());
    root.into()
}

/// Adds a shape and those it mentions.
fn define(shape: &'static Shape, definitions: &mut Map<String, Value>) {
    if definitions.contains_key(&name(shape)) {
        return;
    }
    // Shapes may mention themselves.
    definitions.insert(name(shape), Value::Null);
    let properties: Map<String, Value> =
        shape.keys.iter().map(|key| (key.name.to_owned(), property(key, definitions))).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    let required: Vec<&str> = shape.required().collect();
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    definitions.insert(name(shape), schema);
}

fn property(key: &'static Key, definitions: &mut Map<String, Value>) -> Value {
    let mut schema = value(&key.ty, definitions);
    schema["description"] = key.doc.into();
    if let Some(default) = key.default {
        schema["default"] = serde_json::from_str(default).unwrap_or_else(|why| unreachable!("{}: {why}", key.name));
    }
    schema
}

fn value(ty: &'static Ty, definitions: &mut Map<String, Value>) -> Value {
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    match ty {
        Ty::Text => json!({ "type": "string" }),
        Ty::Word(words) => json!({ "enum": words }),
        Ty::Flag => json!({ "type": "boolean" }),
        Ty::Count => json!({ "type": "integer", "minimum": 0 }),
        Ty::Duration => text("^[0-9]+(ms|s|m|h|d)$"),
        Ty::Pointer => text("^(/([^~]|~[01])*)?$"),
        Ty::Header => text("^header:[!#$%&'*+.^_`|~0-9A-Za-z-]+$"),
        Ty::Secret => text("^(env:[A-Za-z_][A-Za-z0-9_]*|file:.*\\S.*)$"),
        Ty::Type => json!({ "type": "string", "minLength": 1 }),
        Ty::Expression => json!({ "type": "string" }),
        Ty::Scalar => json!({ "type": ["string", "number", "boolean", "null"] }),
        Ty::Extract => value(&POINTER_OR_FUNCTION, definitions),
        Ty::Map(shape) => {
            define(shape, definitions);
            json!({ "$ref": format!("#/$defs/{}", name(shape)) })
        }
        Ty::OneKey(shape) => {
            define(shape, definitions);
            json!({ "$ref": format!("#/$defs/{}", name(shape)), "minProperties": 1, "maxProperties": 1 })
        }
        Ty::Free(item) => json!({ "type": "object", "additionalProperties": value(item, definitions) }),
        Ty::List(item) => json!({ "type": "array", "items": value(item, definitions) }),
        Ty::Either(first, second) => json!({ "anyOf": [value(first, definitions), value(second, definitions)] }),
    }
}

/// `PARSE_CASE` as `parseCase`.
fn name(shape: &Shape) -> String {
    let mut words = shape.name.split('_').map(str::to_lowercase);
    let first = words.next().unwrap_or_default();
    words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
}
