//! `domain`: entities, value objects and the fields all groups share.

use super::ast::*;
use super::reader::{Map, Reader};
use super::{shapes, words};
use crate::report;
use crate::source::Spanned;
use crate::yaml::{Entry, Node, NodeKind};

impl Reader<'_> {
    pub(super) fn entity(&mut self, node: &Node) -> Option<Entity> {
        let map = self.map(node, &shapes::ENTITY)?;
        let name = self.text(map, "name");
        let (key, fields, doc) = (self.text(map, "key"), self.fields(map, "fields"), self.text(map, "doc"));
        Some(Entity { span: map.span, name: name?, key, fields, doc })
    }

    pub(super) fn value_object(&mut self, node: &Node) -> Option<ValueObject> {
        let map = self.map(node, &shapes::VALUE_OBJECT)?;
        let name = self.text(map, "name");
        let forms = ["pattern", "fields", "members"];
        let written: Vec<_> = forms.iter().filter_map(|form| Some((*form, map.get(form)?.span))).collect();
        if let [(first, _), (second, span), ..] = written[..] {
            self.diagnostics.push(report::two_forms(span, second, first));
        }
        let value_object = ValueObject {
            span: map.span,
            name: Spanned::new("".into(), map.span),
            pattern: self.text(map, "pattern"),
            fields: self.fields(map, "fields"),
            members: self.members(map),
            doc: self.text(map, "doc"),
        };
        Some(ValueObject { name: name?, ..value_object })
    }

    /// `[placed, paid]` or `{ placed: PLACED }`.
    fn members(&mut self, map: Map<'_>) -> Vec<(Text, Text)> {
        match map.get("members") {
            Some(node) if matches!(node.kind, NodeKind::Mapping(_)) => self.text_pairs(node, "the members"),
            Some(_) => self.texts(map, "members").into_iter().map(|name| (name.clone(), name)).collect(),
            None => Vec::new(),
        }
    }

    /// A mapping from words to words.
    pub(super) fn text_pairs(&mut self, node: &Node, what: &str) -> Vec<(Text, Text)> {
        let entries = self.entries(node, what);
        entries.iter().filter_map(|entry| Some((entry.key.clone(), self.string(&entry.value)?))).collect()
    }

    /// Fields in the order of writing.
    pub(super) fn fields(&mut self, map: Map<'_>, key: &str) -> Vec<Field> {
        let Some(node) = map.get(key) else { return Vec::new() };
        let entries = self.entries(node, "a mapping from fields to types");
        entries.iter().filter_map(|entry| self.field(entry)).collect()
    }

    /// `name: type` or `name: { type: …, … }`.
    fn field(&mut self, entry: &Entry) -> Option<Field> {
        let span = entry.key.span.to(entry.value.span);
        let name = entry.key.clone();
        if !matches!(entry.value.kind, NodeKind::Mapping(_)) {
            let (ty, optional) = self.type_expr(&entry.value)?;
            return Some(Field {
                span,
                name,
                ty,
                optional,
                unique: false,
                constraints: Vec::new(),
                default: None,
                doc: None,
            });
        }
        let map = self.map(&entry.value, &shapes::FIELD)?;
        let ty = map.get("type").and_then(|node| self.type_expr(node));
        let (flagged, unique) = (self.flag(map, "optional"), self.flag(map, "unique"));
        let constraints = self.constraints(&entry.value);
        let default = map.get("default").and_then(|node| self.scalar(node));
        let doc = self.text(map, "doc");
        let (ty, optional) = ty?;
        Some(Field { span, name, ty, optional: optional || flagged, unique, constraints, default, doc })
    }

    fn constraints(&mut self, node: &Node) -> Vec<(Text, Scalar)> {
        let entries = self.entries(node, "a field").iter();
        let entries = entries.filter(|entry| words::CONSTRAINTS.contains(&entry.key.value.as_str()));
        entries.filter_map(|entry| Some((entry.key.clone(), self.scalar(&entry.value)?))).collect()
    }
}
