//! JSON Schema 2020-12: objects become records, enums of strings become enums.

use super::tree::{entries, get, items, literal, text};
use super::{Imported, Proposals, declaration, part, word};
use crate::subject::Subject;
use seac_syntax::yaml::Node;
use seac_syntax::{Diagnostic, FileId, SourceFile, Text};

/// Keywords that say nothing about values, or what is read elsewhere.
const SILENT: &[&str] =
    &["$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "type", "properties", "required"];
/// Keywords and the constraints they are, by the type they hold for.
const CONSTRAINTS: &[(&str, &str)] = &[
    ("minLength", "min_length"),
    ("maxLength", "max_length"),
    ("pattern", "pattern"),
    ("minItems", "min_items"),
    ("maxItems", "max_items"),
    ("minimum", "min"),
    ("maximum", "max"),
    ("exclusiveMinimum", "exclusive_min"),
    ("exclusiveMaximum", "exclusive_max"),
];

/// What a schema proposes. `name` is what its root is called, if it has no title.
///
/// # Errors
/// What cannot be read in the text.
pub fn import(file: FileId, source: &SourceFile, name: &str) -> Result<Imported, Vec<Diagnostic>> {
    let root = super::json(file, &source.text, "a JSON Schema")?;
    let mut schema = Schema { proposals: Proposals::new(source) };
    let title = get(&root, "title").and_then(text).unwrap_or(name);
    if get(&root, "properties").is_some() || get(&root, "enum").is_some() {
        schema.definition(&word(title), &root, "#");
    }
    for keyword in ["$defs", "definitions"] {
        for entry in entries(get(&root, keyword)) {
            schema.definition(&word(&entry.key.value), &entry.value, &format!("#/{keyword}/{}", entry.key.value));
        }
    }
    let mut imported = Imported::default();
    schema.proposals.draft(name, &mut imported);
    Ok(imported)
}

struct Schema<'s> {
    proposals: Proposals<'s>,
}

impl Schema<'_> {
    /// A record or an enum.
    fn definition(&mut self, name: &str, node: &Node, path: &str) {
        let values = items(get(node, "enum"));
        if !values.is_empty() {
            return self.enumeration(name, node, values, path);
        }
        if get(node, "properties").is_none() {
            return self.proposals.lose(node.span, format!("{path}: only objects and enums are types of their own"));
        }
        let record = declaration("record", name);
        self.proposals.text(&record, "declared", "true", node.span);
        self.doc(&record, node);
        self.rest(node, path, &[]);
        let required: Vec<&str> = items(get(node, "required")).iter().filter_map(text).collect();
        let mut names: Vec<Text> = Vec::new();
        for property in entries(get(node, "properties")) {
            let wire = property.key.value.as_str();
            let path = format!("{path}/properties/{wire}");
            let field_name = word(wire);
            if field_name != wire {
                self.proposals.lose(property.key.span, format!("{path}: its name, which is `{field_name}` now"));
            }
            let field = part(&record, "field", &field_name);
            names.push(field_name.as_str().into());
            self.field(&field, name, &property.value, &path);
            if !required.contains(&wire) {
                self.proposals.text(&field, "optional", "true", property.value.span);
            }
        }
        self.proposals.order(&record, "field order", names, node.span);
    }

    fn doc(&mut self, subject: &Subject, node: &Node) {
        if let Some(description) = get(node, "description") {
            self.proposals.doc(subject, text(description).unwrap_or_default(), description.span);
        }
    }

    fn enumeration(&mut self, name: &str, node: &Node, values: &[Node], path: &str) {
        let declared = declaration("enum", name);
        self.proposals.text(&declared, "declared", "true", node.span);
        self.doc(&declared, node);
        let mut names: Vec<Text> = Vec::new();
        for value in values {
            let Some(wire) = text(value) else {
                self.proposals.lose(value.span, format!("{path}/enum: members of an enum are texts"));
                continue;
            };
            let member = word(wire);
            self.proposals.text(&part(&declared, "member", &member), "wire", wire, value.span);
            names.push(member.into());
        }
        self.proposals.order(&declared, "member order", names, node.span);
    }

    fn field(&mut self, field: &Subject, of: &str, node: &Node, path: &str) {
        let ty = self.ty(&format!("{of}_{}", field.item().name()), node, path);
        self.proposals.text(field, "type", ty.as_str(), node.span);
        self.doc(field, node);
        let is_reference = get(node, "$ref").is_some();
        for (keyword, constraint) in CONSTRAINTS {
            // A decimal is exact, and so is what bounds it.
            if let Some(value) = get(node, keyword).filter(|_| !is_reference)
                && let Some(literal) = literal(value)
            {
                self.proposals.text(field, constraint, literal, value.span);
            }
        }
        if let Some(value) = get(node, "default") {
            // A member of an enum is named by its word.
            let member = text(value).filter(|_| get(node, "enum").is_some()).map(word);
            match member.or_else(|| literal(value).filter(|_| !is_reference)) {
                Some(literal) => self.proposals.text(field, "default", literal, value.span),
                None => self.proposals.lose(value.span, format!("{path}: this default")),
            }
        }
        let known = CONSTRAINTS.iter().map(|(keyword, _)| *keyword);
        let known: Vec<&str> = known.chain(["$ref", "enum", "format", "items", "default"]).collect();
        self.rest(node, path, &known);
    }

    /// The type of a field; objects and enums within get a name of their own.
    fn ty(&mut self, name: &str, node: &Node, path: &str) -> String {
        if let Some(reference) = get(node, "$ref") {
            return self.referred(reference, path);
        }
        if get(node, "enum").is_some() || get(node, "properties").is_some() {
            self.definition(name, node, path);
            return name.to_owned();
        }
        let format = get(node, "format").and_then(text);
        match (get(node, "type").and_then(text), format) {
            (Some("string"), Some("uuid")) => "uuid".to_owned(),
            (Some("string"), Some("date-time")) => "timestamp".to_owned(),
            (Some("string"), None) => "string".to_owned(),
            (Some("string"), Some(format)) => {
                self.proposals.lose(node.span, format!("{path}: the format `{format}`"));
                "string".to_owned()
            }
            (Some("integer"), _) => "int".to_owned(),
            (Some("number"), _) => "decimal".to_owned(),
            (Some("boolean"), _) => "bool".to_owned(),
            (Some("array"), _) => match get(node, "items") {
                Some(item) if get(item, "type").and_then(text) != Some("array") => {
                    let inner = self.ty(&format!("{name}_item"), item, &format!("{path}/items"));
                    format!("list<{inner}>")
                }
                _ => self.any(node, path, "a list of lists, or of anything"),
            },
            _ => self.any(node, path, "a value that is not of one type"),
        }
    }

    fn any(&mut self, node: &Node, path: &str, what: &str) -> String {
        self.proposals.lose(node.span, format!("{path}: {what}, which is `json` now"));
        "json".to_owned()
    }

    fn referred(&mut self, reference: &Node, path: &str) -> String {
        let name = text(reference).and_then(|text| {
            text.strip_prefix("#/$defs/")
                .or_else(|| text.strip_prefix("#/definitions/"))
                .filter(|name| !name.contains('/'))
        });
        match name {
            Some(name) => word(name),
            None => self.any(reference, path, "a reference to something else than a definition of this schema"),
        }
    }

    /// Keywords that were not read.
    fn rest(&mut self, node: &Node, path: &str, known: &[&str]) {
        for entry in entries(Some(node)) {
            let keyword = entry.key.value.as_str();
            if !SILENT.contains(&keyword) && !known.contains(&keyword) {
                self.proposals.lose(entry.key.span, format!("{path}: `{keyword}`"));
            }
        }
    }
}
