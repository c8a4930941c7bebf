//! Comparison of values. What was not typed before may turn out not to be comparable: then the result is unknown.

use super::machine::Machine;
use super::value::{Value, Why};
use crate::expr::{Const, Node, Type, UnitId};
use crate::sea::world::{Element, ElementKind};
use rust_decimal::Decimal;
use seac_syntax::sea::ast::CompareOp;
use std::cmp::Ordering;

impl<'n> Machine<'n> {
    pub(super) fn compare(&self, node: &'n Node<'n>, op: CompareOp, left: Value<'n>, right: Value<'n>) -> Value<'n> {
        if let Value::Unknown(cause) = left {
            return Value::Unknown(cause);
        }
        if let Value::Unknown(cause) = right {
            return Value::Unknown(cause);
        }
        let result = match op {
            CompareOp::Eq => self.equal(left, right),
            CompareOp::Ne => self.equal(left, right).map(|equal| !equal),
            CompareOp::Lt | CompareOp::Before => self.order(left, right).map(Ordering::is_lt),
            CompareOp::Le => self.order(left, right).map(Ordering::is_le),
            CompareOp::Gt | CompareOp::After => self.order(left, right).map(Ordering::is_gt),
            CompareOp::Ge => self.order(left, right).map(Ordering::is_ge),
            CompareOp::Contains => match (left, right) {
                (Value::List(items), Value::List(parts)) => {
                    Some(parts.iter().all(|part| self.contains(items, Value::of(part))))
                }
                (Value::List(items), _) => Some(self.contains(items, right)),
                _ => self.texts(left, right, |text, part| text.contains(part)),
            },
            CompareOp::StartsWith => self.texts(left, right, |text, part| text.starts_with(part)),
            CompareOp::EndsWith => self.texts(left, right, |text, part| text.ends_with(part)),
            CompareOp::During => during(left, right),
            CompareOp::Matches | CompareOp::HasRole => None,
        };
        result.map_or_else(|| self.unknown(node, None, Why::WrongType), Value::Bool)
    }

    fn equal(&self, left: Value<'n>, right: Value<'n>) -> Option<bool> {
        match (left, right) {
            (Value::Bool(a), Value::Bool(b)) => Some(a == b),
            (Value::Element(a), Value::Element(b)) => Some(a == b),
            (Value::Member(a), Value::Member(b)) => Some(a == b),
            (Value::Element(element), Value::Text(text)) | (Value::Text(text), Value::Element(element)) => {
                self.goes_by(element, text)
            }
            (Value::Member(a), Value::Text(b)) | (Value::Text(b), Value::Member(a)) => Some(a == b),
            (Value::Interval(a, b), Value::Interval(c, d)) => Some(a == c && b == d),
            (Value::List(a), Value::List(b)) => {
                let mut pairs = a.iter().zip(b).map(|(a, b)| self.equal(Value::of(a), Value::of(b)));
                Some(a.len() == b.len() && pairs.all(|equal| equal == Some(true)))
            }
            _ => self.order(left, right).map(Ordering::is_eq),
        }
    }

    /// Whether an element is meant by a text: things go by their name, instances by their key.
    fn goes_by(&self, element: Element, text: &str) -> Option<bool> {
        if element.kind != ElementKind::Instance {
            return self.world.name(element).map(|name| name == text);
        }
        let entity = self.world.instances[element.index as usize].entity;
        let key = entity.and_then(|entity| self.world.key_field(entity));
        let is_uuid = key.is_some_and(|key| key.ty == Type::Uuid);
        let same = |key: &str| key == text || (is_uuid && key.eq_ignore_ascii_case(text));
        Some(self.world.key_of(element.index).is_some_and(same))
    }

    fn order(&self, left: Value<'n>, right: Value<'n>) -> Option<Ordering> {
        match (left, right) {
            (Value::Number(a), Value::Number(b)) => Some(a.cmp(&b)),
            (Value::Quantity(a, _), Value::Number(b)) | (Value::Number(a), Value::Quantity(b, _)) => Some(a.cmp(&b)),
            (Value::Quantity(a, unit), Value::Quantity(b, other)) => self.amounts((a, unit), (b, other)),
            (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
            (Value::Time(a), Value::Time(b)) => Some(a.cmp(&b)),
            _ => None,
        }
    }

    fn amounts(&self, (a, unit): (Decimal, UnitId), (b, other): (Decimal, UnitId)) -> Option<Ordering> {
        if unit == other {
            return Some(a.cmp(&b));
        }
        let units = &self.world.units;
        units.compare((a, unit), (b, other))
    }

    fn contains(&self, items: &'n [Const<'n>], wanted: Value<'n>) -> bool {
        items.iter().any(|item| self.equal(Value::of(item), wanted) == Some(true))
    }

    /// The text of a value: itself, or the name of an element.
    pub(super) fn text(&self, value: Value<'n>) -> Option<&'n str> {
        match value {
            Value::Text(text) | Value::Member(text) => Some(text),
            Value::Element(element) => self.world.name(element),
            _ => None,
        }
    }

    fn texts(&self, left: Value<'n>, right: Value<'n>, ask: impl Fn(&str, &str) -> bool) -> Option<bool> {
        self.text(left).zip(self.text(right)).map(|(text, part)| ask(text, part))
    }
}

/// The time of day, UTC, is from the first to before the second; an interval may pass midnight.
fn during(left: Value<'_>, right: Value<'_>) -> Option<bool> {
    let (Value::Time(moment), Value::Interval(from, to)) = (left, right) else { return None };
    let second = moment.second_of_day();
    Some(if from <= to { from <= second && second < to } else { second >= from || second < to })
}
