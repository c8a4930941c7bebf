//! Enums, records, entities and their fields.

use super::{Context, name_in};
use crate::import::part;
use crate::import::tree::{entries, get, is_true, items, literal, text, text_of};
use crate::subject::{Subject, quoted};
use seac_syntax::Text;
use seac_syntax::yaml::{Entry, Node, NodeKind};

impl Context<'_, '_> {
    pub(super) fn types(&mut self) {
        for declared in entries(get(self.node, "enums")) {
            self.enumeration(declared);
        }
        for record in entries(get(self.node, "records")) {
            self.record(record, "fields");
        }
        // What an operation emits is a record in SEA.
        let records = entries(get(self.node, "records"));
        for event in entries(get(self.node, "events")) {
            if !records.iter().any(|record| record.key.value == event.key.value) && self.emits(&event.key.value) {
                self.record(event, "payload");
            }
        }
        for entity in entries(get(self.node, "entities")) {
            let subject = self.declare("Entity", &entity.key.value, entity.value.span);
            self.doc(&subject, &entity.value);
            self.fields(&subject, &entity.value, "fields");
        }
    }

    fn emits(&self, event: &str) -> bool {
        let operations = entries(get(self.node, "operations")).iter();
        let mut steps = operations.flat_map(|operation| items(get(&operation.value, "steps")));
        steps.any(|step| text_of(step, "event").is_some_and(|id| id == format!("{}.{event}", self.slug)))
    }

    fn enumeration(&mut self, declared: &Entry) {
        let subject = self.declare("enum", &declared.key.value, declared.value.span);
        self.doc(&subject, &declared.value);
        let mut names: Vec<Text> = Vec::new();
        for member in items(get(&declared.value, "members")) {
            let part = part(&subject, "member", text_of(member, "name").unwrap_or_default());
            names.push(part.item().name().into());
            self.member(&part, "wire", member, "wire");
            self.doc(&part, member);
        }
        self.proposals.order(&subject, "member order", names, declared.value.span);
    }

    fn record(&mut self, record: &Entry, fields: &str) {
        let subject = self.declare("record", &record.key.value, record.value.span);
        self.doc(&subject, &record.value);
        self.fields(&subject, &record.value, fields);
    }

    fn fields(&mut self, subject: &Subject, node: &Node, member: &str) {
        let key = text_of(node, "key");
        let mut names: Vec<Text> = Vec::new();
        for field in items(get(node, member)) {
            let name = text_of(field, "name").unwrap_or_default();
            let part = part(subject, "field", name);
            names.push(part.item().name().into());
            if key == Some(name) {
                self.proposals.text(&part, "key", "true", field.span);
            }
            self.field(&part, field);
        }
        self.proposals.order(subject, "field order", names, node.span);
    }

    fn field(&mut self, field: &Subject, node: &Node) {
        self.doc(field, node);
        let ty = get(node, "ty").map(ty).unwrap_or_default();
        self.proposals.text(field, "type", ty.as_str(), node.span);
        if is_true(node, "optional") {
            self.proposals.text(field, "optional", "true", node.span);
        }
        for constraint in items(get(node, "constraints")).iter().flat_map(|constraint| entries(Some(constraint))) {
            // Bounds are exact decimals, and stand in texts.
            let value = match text(&constraint.value) {
                Some(number) if constraint.key.value != "pattern" && is_number(number) => Some(number.to_owned()),
                _ => literal(&constraint.value),
            };
            self.proposals.text(field, &constraint.key.value, value.unwrap_or_default(), constraint.value.span);
        }
        if let Some(default) = get(node, "default").filter(|default| matches!(default.kind, NodeKind::Mapping(_))) {
            self.proposals.text(field, "default", constant(default).unwrap_or_default(), default.span);
        }
    }
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) && !text.contains([':', 'T'])
}

/// A type as SEA writes it; a value object is a text there.
pub fn ty(node: &Node) -> String {
    let [Entry { key, value }] = entries(Some(node)) else { return text(node).unwrap_or_default().to_owned() };
    match (key.value.as_str(), text(value)) {
        ("list", _) => format!("list<{}>", ty(value)),
        ("quantity", Some(unit)) => format!("quantity<{unit}>"),
        ("ref", Some(id)) => format!("ref<{}>", name_in(id)),
        ("enum" | "record" | "entity", Some(id)) => name_in(id).to_owned(),
        _ => "string".to_owned(),
    }
}

/// A typed constant as a literal of SEA.
fn constant(node: &Node) -> Option<String> {
    let [Entry { key, value }] = entries(get(get(node, "kind")?, "literal")) else { return None };
    let written = literal(value)?;
    let plain = text(value).unwrap_or(&written);
    Some(match key.value.as_str() {
        "text" | "time" => quoted(plain),
        "quantity" => format!("{plain} {}", quoted(text_of(get(node, "ty")?, "quantity")?)),
        _ => plain.to_owned(),
    })
}
