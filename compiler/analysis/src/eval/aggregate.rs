//! Aggregates and groups, one pass each.

use super::machine::{Items, Machine};
use super::value::{Cause, Value, Why};
use crate::expr::time::Instant;
use crate::expr::{Aggregate, Node, NodeKind, number};
use crate::sea::world::{Element, ElementKind};
use rust_decimal::Decimal;
use seac_model::SumOp;
use seac_syntax::sea::ast::{AggregateFunction, CompareOp};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Groups by key, and what made a key unknown.
pub(super) type Groups<'n> = (BTreeMap<Key<'n>, Vec<u32>>, Option<Cause<'n>>);

/// What elements are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'n> {
    Bool(bool),
    Number(Decimal),
    Quantity(u16, Decimal),
    Text(&'n str),
    Time(Instant),
    Element(Element),
}

impl<'n> Machine<'n> {
    pub(super) fn aggregate(&mut self, node: &'n Node<'n>, aggregate: &'n Aggregate<'n>) -> Value<'n> {
        let items = self.items(aggregate.source);
        let (mut count, mut total) = (0u64, None);
        for at in 0..items.len() {
            if !self.step() {
                return self.unknown(node, None, Why::Limit);
            }
            self.bind(aggregate.slot, items.get(at));
            match self.passes(node, aggregate) {
                Ok(true) => count += 1,
                Ok(false) => continue,
                Err(cause) => return Value::Unknown(cause),
            }
            let Some(projection) = &aggregate.projection else { continue };
            let value = self.eval(projection);
            total = Some(match total {
                None => value,
                Some(total) => self.accumulate(node, aggregate.function, total, value),
            });
        }
        self.result(node, aggregate, count, total)
    }

    /// Whether the current element is in the window and satisfies the filter; unknown excludes.
    fn passes(&mut self, node: &'n Node<'n>, aggregate: &'n Aggregate<'n>) -> Result<bool, Cause<'n>> {
        if let Some((seconds, time)) = &aggregate.window {
            let Some(now) = self.now else { return Err(Cause { node, element: None, why: Why::NoClock }) };
            match self.eval(time) {
                Value::Time(moment) if moment > now.minus_seconds(*seconds) && moment <= now => {}
                _ => return Ok(false),
            }
        }
        match &aggregate.filter {
            None => Ok(true),
            Some(filter) => match self.eval(filter) {
                Value::Bool(value) => Ok(value),
                Value::Unknown(cause) if matches!(cause.why, Why::Limit | Why::NoClock) => Err(cause),
                _ => Ok(false),
            },
        }
    }

    fn accumulate(
        &self,
        node: &'n Node<'n>,
        function: AggregateFunction,
        total: Value<'n>,
        value: Value<'n>,
    ) -> Value<'n> {
        let replaces = |op| match self.compare(node, op, value, total) {
            Value::Bool(true) => value,
            Value::Bool(false) => total,
            unknown => unknown,
        };
        match (total, value) {
            (Value::Unknown(a), Value::Unknown(b)) => Value::Unknown(self.first_of(Some(a), b)),
            (Value::Unknown(cause), _) | (_, Value::Unknown(cause)) => Value::Unknown(cause),
            _ => match function {
                AggregateFunction::Min => replaces(CompareOp::Lt),
                AggregateFunction::Max => replaces(CompareOp::Gt),
                _ => self.add(node, total, SumOp::Add, value),
            },
        }
    }

    fn result(
        &self,
        node: &'n Node<'n>,
        aggregate: &'n Aggregate<'n>,
        count: u64,
        total: Option<Value<'n>>,
    ) -> Value<'n> {
        let count = Decimal::from(count);
        match (aggregate.function, total) {
            (AggregateFunction::Count, _) => Value::Number(count),
            (AggregateFunction::Sum, None) => match aggregate.unit {
                Some(unit) => Value::Quantity(Decimal::ZERO, unit),
                None => Value::Number(Decimal::ZERO),
            },
            (_, None) => self.unknown(node, None, Why::Empty),
            (AggregateFunction::Avg, Some(Value::Number(total))) => match number::divide(total, count) {
                Some(average) => Value::Number(average),
                None => self.unknown(node, None, Why::Inexact),
            },
            (AggregateFunction::Avg, Some(Value::Quantity(total, unit))) => match number::divide(total, count) {
                Some(average) => Value::Quantity(average, unit),
                None => self.unknown(node, None, Why::Inexact),
            },
            (_, Some(total)) => total,
        }
    }

    pub(super) fn group_by(&mut self, node: &'n Node<'n>) -> Value<'n> {
        let NodeKind::GroupBy { group, body, .. } = &node.kind else {
            return self.unknown(node, None, Why::WrongType);
        };
        let (kind, groups, mut unknown) = match self.groups(node) {
            Ok((kind, (groups, unknown))) => (kind, groups, unknown),
            Err(cause) => return Value::Unknown(cause),
        };
        for items in groups.into_values() {
            self.bind_group(*group, kind, Rc::from(items));
            match self.eval(body) {
                Value::Bool(true) => {}
                Value::Bool(false) => return Value::Bool(false),
                Value::Unknown(cause) => unknown = Some(self.first_of(unknown, cause)),
                _ => unknown = Some(Cause { node: body, element: None, why: Why::WrongType }),
            }
        }
        unknown.map_or(Value::Bool(true), Value::Unknown)
    }

    /// The elements of a `group_by`, by key.
    pub(super) fn groups(&mut self, node: &'n Node<'n>) -> Result<(ElementKind, Groups<'n>), Cause<'n>> {
        let NodeKind::GroupBy { slot, source, filter, key, .. } = &node.kind else {
            return Err(Cause { node, element: None, why: Why::WrongType });
        };
        let items = self.items(*source);
        let kind = match items {
            Items::All(kind, _) | Items::Some(kind, _) | Items::Group(kind, _) => kind,
        };
        let (mut groups, mut unknown) = (BTreeMap::<Key<'n>, Vec<u32>>::new(), None);
        for at in 0..items.len() {
            if !self.step() {
                return Err(Cause { node, element: None, why: Why::Limit });
            }
            let element = items.get(at);
            self.bind(*slot, element);
            if let Some(filter) = filter
                && !matches!(self.eval(filter), Value::Bool(true))
            {
                continue;
            }
            match key_of(self.eval(key)) {
                Ok(value) => groups.entry(value).or_default().push(element.index),
                Err(cause) => {
                    let cause = cause.unwrap_or(Cause { node: key, element: Some(element), why: Why::WrongType });
                    unknown = Some(self.first_of(unknown, cause));
                }
            }
        }
        Ok((kind, (groups, unknown)))
    }
}

fn key_of(value: Value<'_>) -> Result<Key<'_>, Option<Cause<'_>>> {
    Ok(match value {
        Value::Bool(value) => Key::Bool(value),
        Value::Number(value) => Key::Number(value),
        Value::Quantity(value, unit) => Key::Quantity(unit.0, value),
        Value::Text(text) | Value::Member(text) => Key::Text(text),
        Value::Time(moment) => Key::Time(moment),
        Value::Element(element) => Key::Element(element),
        Value::Unknown(cause) => return Err(Some(cause)),
        Value::Interval(..) | Value::List(_) => return Err(None),
    })
}

/// A key, as a constant has it in messages.
impl<'n> Key<'n> {
    pub(super) fn value(self) -> Value<'n> {
        match self {
            Self::Bool(value) => Value::Bool(value),
            Self::Number(value) => Value::Number(value),
            Self::Quantity(unit, value) => Value::Quantity(value, crate::expr::UnitId(unit)),
            Self::Text(text) => Value::Text(text),
            Self::Time(moment) => Value::Time(moment),
            Self::Element(element) => Value::Element(element),
        }
    }
}
