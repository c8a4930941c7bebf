//! Types and events.

use super::{Written, quoted};
use seac_syntax::sds::ast::{Entity, Event, Field, Scalar, ScalarKind, Text, ValueObject};
use seac_syntax::sea::print::type_expr;

/// A record or an enum.
pub fn value_object(object: &ValueObject) -> Written {
    let name = &object.name.value;
    let docs = docs(object.doc.as_ref(), "")?;
    if !object.fields.is_empty() {
        return Ok(format!("{docs}export {}", record(name, &object.fields)?));
    }
    if object.members.is_empty() {
        return Err("SEA has patterns, but no named types of text");
    }
    let members: Vec<String> =
        object.members.iter().map(|(name, wire)| format!("{} = {}", name.value, quoted(&wire.value))).collect();
    Ok(format!("{docs}export enum {name} {{\n{}\n}}\n", members.join(",\n")))
}

/// A typed entity.
pub fn entity(entity: &Entity) -> Written {
    let key = entity.key.as_ref().map(|key| key.value.as_str());
    let fields = fields(&entity.fields, key)?;
    Ok(format!("{}export Entity {} {{\n{fields}}}\n", docs(entity.doc.as_ref(), "")?, quoted(&entity.name.value)))
}

/// An event: a record that operations emit.
pub fn event(event: &Event, emitted: bool) -> Written {
    if !emitted {
        return Err("no operation of this design emits it, and in SEA only what is emitted is an event");
    }
    Ok(format!("{}export {}", docs(event.doc.as_ref(), "")?, record(&event.name.value, &event.payload)?))
}

/// A record without `export` and doc comment.
pub fn record(name: &str, written: &[Field]) -> Written {
    Ok(format!("record {name} {{\n{}}}\n", fields(written, None)?))
}

fn fields(fields: &[Field], key: Option<&str>) -> Written {
    fields.iter().map(|written| field(written, key)).collect()
}

fn field(field: &Field, key: Option<&str>) -> Written {
    if field.unique {
        return Err("fields of SEA have no `unique`");
    }
    let mut line = docs(field.doc.as_ref(), "    ")?;
    let word = if key == Some(field.name.value.as_str()) { "key " } else { "" };
    line.push_str(&format!("    {word}{}: {}", field.name.value, type_expr(&field.ty)));
    if field.optional {
        line.push_str(" optional");
    }
    let constraints: Vec<String> =
        field.constraints.iter().map(|(name, value)| format!("{} {}", snake(&name.value), literal(value))).collect();
    if !constraints.is_empty() {
        line.push_str(&format!(" ({})", constraints.join(", ")));
    }
    if let Some(default) = field.default.as_ref().filter(|value| value.kind != ScalarKind::Null) {
        line.push_str(&format!(" default {}", literal(default)));
    }
    line.push('\n');
    Ok(line)
}

fn literal(scalar: &Scalar) -> String {
    match &scalar.kind {
        ScalarKind::Null => "\"\"".to_owned(),
        ScalarKind::Bool(value) => value.to_string(),
        ScalarKind::Number(text) => text.clone(),
        ScalarKind::String(text) => quoted(text),
    }
}

/// `minLength` as `min_length`.
fn snake(camel: &str) -> String {
    camel.chars().fold(String::new(), |mut snake, letter| {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
        snake
    })
}

/// Doc comments, line by line.
fn docs(text: Option<&Text>, indent: &str) -> Written {
    let Some(text) = text.map(|text| text.value.trim()).filter(|text| !text.is_empty()) else {
        return Ok(String::new());
    };
    if text.contains(|c: char| c.is_control() && c != '\n') {
        return Err("its `doc` has control characters, which a comment cannot hold");
    }
    if text.lines().any(|line| line != line.trim_end()) {
        return Err("its `doc` has spaces at the end of a line, which the formatter takes away");
    }
    Ok(text.lines().map(|line| format!("{}\n", format!("{indent}/// {line}").trim_end())).collect())
}
