//! Literals, annotations and their values.

use super::page::{Gap, Page};
use crate::sea::ast::{Annotation, Literal, LiteralKind, Name, Value, ValueKind};
use crate::sea::lexer::Kind;

impl Page<'_> {
    pub(super) fn literal(&mut self, literal: &Literal) {
        let range = self.range(literal.span);
        match &literal.kind {
            LiteralKind::Word(word) => self.spell(range.start, word.as_str()),
            LiteralKind::Instance(id) => {
                self.gap(range.start + 1, Gap::None);
                self.ident(id);
            }
            LiteralKind::Interval(..) => self.gap(range.start + 1, Gap::None),
            LiteralKind::Array(items) => {
                let elements: Vec<usize> = items.iter().map(|item| self.first(item.span)).collect();
                self.list(range.start, range.end - 1, &elements, Gap::SoftNone);
                items.iter().for_each(|item| self.literal(item));
            }
            _ => {}
        }
    }

    pub(super) fn value(&mut self, value: &Value) {
        let range = self.range(value.span);
        match &value.kind {
            // A version is one, too, and stays as it is.
            ValueKind::Word(word) if self.kind(range.start) == Kind::Ident => self.spell(range.start, word.as_str()),
            ValueKind::Array(items) => {
                let elements: Vec<usize> = items.iter().map(|item| self.first(item.span)).collect();
                self.list(range.start, range.end - 1, &elements, Gap::SoftNone);
                items.iter().for_each(|item| self.value(item));
            }
            ValueKind::Object(entries) => {
                let elements: Vec<usize> = entries.iter().map(|(key, _)| self.first(key.span)).collect();
                self.list(range.start, range.end - 1, &elements, Gap::Soft);
                for (key, value) in entries {
                    self.name(key);
                    self.value(value);
                }
            }
            _ => {}
        }
    }

    /// Annotations; the gap in front of each is for the declaration to choose.
    pub(super) fn annotations(&mut self, annotations: &[Annotation]) {
        for annotation in annotations {
            self.ident(&annotation.key);
            annotation.values.iter().for_each(|value| self.value(value));
        }
    }

    /// Lists of names, `["a", "b"]`; several lists may have been read into one.
    pub(super) fn name_lists(&mut self, names: &[Name]) {
        let firsts: Vec<usize> = names.iter().map(|name| self.first(name.span)).collect();
        for elements in firsts.chunk_by(|_, next| self.kind(next - 1) != Kind::LBracket).collect::<Vec<_>>() {
            if let (Some(first), Some(last)) = (elements.first(), elements.last()) {
                let close = if self.kind(last + 1) == Kind::Comma { last + 2 } else { last + 1 };
                self.list(first - 1, close, elements, Gap::SoftNone);
            }
        }
    }
}
