//! Literals: the type they have by themselves, and the one they adopt from what stands beside them.

use super::check::Checker;
use super::node::{Const, Node, NodeKind};
use super::ty::{Measure, Shape, Type};
use super::{number, time};
use crate::report;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use seac_syntax::Span;
use seac_syntax::sea::ast::{Literal, LiteralKind, Name, Number};
use std::borrow::Cow;

/// A number without a unit is an int if it has no fraction.
pub(super) fn own_number<'a>(value: Decimal, span: Span) -> Node<'a> {
    let ty = if value.scale() == 0 { Type::Int } else { Type::Decimal };
    Node::new(ty, span, NodeKind::Const(Const::Number(value)))
}

impl<'a> Checker<'_, 'a> {
    /// The type a literal has by itself.
    pub(super) fn own_type(&mut self, literal: &'a Literal) -> Node<'a> {
        let span = literal.span;
        let (ty, value) = match &literal.kind {
            LiteralKind::Bool(value) => (Type::Bool, Const::Bool(*value)),
            LiteralKind::Number(text) => return self.number(text, span, None),
            LiteralKind::String(text) | LiteralKind::Word(text) => (Type::Text, Const::Text(Cow::Borrowed(text))),
            LiteralKind::Quantity { amount, unit } => return self.quantity(amount, unit, span, None),
            LiteralKind::Time(text) => return self.moment(text, span),
            LiteralKind::Interval(from, to) => return self.interval(from, to, span),
            LiteralKind::Array(items) => return self.array(items, span, None),
            LiteralKind::Instance(id) => return self.instance(id, &[], span),
        };
        Node::new(ty, span, NodeKind::Const(value))
    }

    fn number(&mut self, text: &str, span: Span, ty: Option<&Type>) -> Node<'a> {
        match (number::parse(text), ty) {
            (None, _) => self.fail(report::too_many_digits(span), span),
            (Some(value), Some(ty)) => self.adopt_number(value, span, ty),
            (Some(value), None) => own_number(value, span),
        }
    }

    fn moment(&mut self, text: &'a str, span: Span) -> Node<'a> {
        match time::Instant::parse(text) {
            Some(moment) => Node::new(Type::Time, span, NodeKind::Const(Const::Time(moment, Cow::Borrowed(text)))),
            // A moment that is none has been reported where it was read.
            None if !time::is_real(text) => Node::error(span),
            None => self.fail(report::too_many_digits(span), span),
        }
    }

    fn interval(&mut self, from: &Name, to: &Name, span: Span) -> Node<'a> {
        match (time::time_of_day(&from.value), time::time_of_day(&to.value)) {
            (Some(from), Some(to)) => Node::new(Type::Interval, span, NodeKind::Const(Const::Interval(from, to))),
            (None, _) => self.fail(report::time_of_day(from.span, &from.value), span),
            (_, None) => self.fail(report::time_of_day(to.span, &to.value), span),
        }
    }

    /// `5 "kg"`, told in the unit that is wanted where there is one.
    fn quantity(&mut self, amount: &Number, unit: &Name, span: Span, wanted: Option<&str>) -> Node<'a> {
        let Some(value) = number::parse(&amount.value) else {
            return self.fail(report::too_many_digits(amount.span), span);
        };
        let units = self.env.units();
        let Some(from) = units.find(&unit.value) else {
            let finding = report::unknown_unit(&unit.value, unit.span, units.symbols());
            return self.fail(finding, span);
        };
        let to = wanted.and_then(|wanted| units.find(wanted)).unwrap_or(from);
        if !units.convertible(from, to) {
            let finding = report::unit_mismatch(unit.span, &unit.value, &units.info(to).symbol);
            return self.fail(finding, span);
        }
        let symbol = units.info(to).symbol.clone();
        let amount = |value, unit, symbol: String| {
            let ty = Type::Quantity(Measure::Unit(symbol));
            Node::new(ty, span, NodeKind::Const(Const::Quantity(value, unit)))
        };
        let told = units.convert_exactly(value, from, to);
        let told = told.or_else(|| if self.stores { units.convert(value, from, to) } else { None });
        match told {
            Some(value) => amount(value, to, symbol),
            None if self.stores => self.fail(report::too_many_digits(span), span),
            // What cannot be told in the unit beside it is compared and added by way of their base.
            None => amount(value, from, unit.value.to_string()),
        }
    }

    fn array(&mut self, items: &'a [Literal], span: Span, wanted: Option<&Type>) -> Node<'a> {
        let mut ty: Option<Type> = wanted.cloned();
        if ty.is_none() && items.first().is_some_and(|item| matches!(item.kind, LiteralKind::Number(_))) {
            ty = self.unit_among(items);
        }
        let mut values = Vec::with_capacity(items.len());
        let mut failed = false;
        for item in items {
            let node = match &ty {
                Some(ty) => self.literal(item, &ty.clone()),
                None => self.own_type(item),
            };
            ty = ty.or_else(|| Some(node.ty.clone()));
            match node.kind {
                NodeKind::Const(value) => values.push(value),
                _ => failed = true,
            }
        }
        if failed {
            return Node::error(span);
        }
        let ty = Type::List(Box::new(ty.unwrap_or(Type::Any)));
        Node::new(ty, span, NodeKind::Const(Const::List(values)))
    }

    /// The type of the first amount of an array that begins with a bare number, which adopts its unit.
    fn unit_among(&self, items: &[Literal]) -> Option<Type> {
        items.iter().find_map(|item| match &item.kind {
            LiteralKind::Quantity { unit, .. } => {
                let units = self.env.units();
                let unit = units.find(&unit.value)?;
                Some(Type::Quantity(Measure::Unit(units.info(unit).symbol.clone())))
            }
            _ => None,
        })
    }

    /// A number where a value of type `ty` stands beside it: it adopts the unit.
    pub(super) fn adopt_number(&mut self, value: Decimal, span: Span, ty: &Type) -> Node<'a> {
        let constant = match ty {
            Type::Int if value.normalize().scale() == 0 && value.to_i64().is_some() => Const::Number(value),
            Type::Decimal | Type::Quantity(Measure::Dimension(_) | Measure::Mixed) => Const::Number(value),
            Type::Quantity(Measure::Unit(unit)) => match self.env.units().find(unit) {
                Some(unit) => Const::Quantity(value, unit),
                None => Const::Number(value),
            },
            // A count may be compared with a fraction: the comparison says what comes of it.
            Type::Int | Type::Any | Type::Error => return own_number(value, span),
            _ => return self.fail(report::mismatch(span, &ty.spell(), "a number"), span),
        };
        Node::new(ty.clone(), span, NodeKind::Const(constant))
    }

    /// Another literal where a value of type `ty` stands beside it.
    pub(super) fn adopt(&mut self, literal: &'a Literal, ty: &Type) -> Node<'a> {
        let span = literal.span;
        let text = |text: &'a str| Node::new(ty.clone(), span, NodeKind::Const(Const::Text(Cow::Borrowed(text))));
        match (&literal.kind, ty) {
            (_, Type::Any | Type::Error) | (LiteralKind::Bool(_), Type::Bool) => self.own_type(literal),
            (LiteralKind::Number(digits), _) => self.number(digits, span, Some(ty)),
            (LiteralKind::Quantity { amount, unit }, Type::Quantity(measure)) => {
                let wanted = if let Measure::Unit(wanted) = measure { Some(wanted.as_str()) } else { None };
                self.quantity(amount, unit, span, wanted)
            }
            (LiteralKind::Time(_), Type::Time) | (LiteralKind::Interval(..), Type::Interval) => self.own_type(literal),
            (LiteralKind::String(word) | LiteralKind::Word(word), Type::Enum(id)) => self.enum_member(id, word, span),
            (LiteralKind::String(name), Type::Element(shape)) => {
                let declared = self.env.declared(shape, name);
                if declared.is_none() {
                    self.out.push(report::names_nothing(span, shape.word(), name));
                }
                let text = declared.unwrap_or(Cow::Borrowed(name));
                Node::new(Type::Text, span, NodeKind::Const(Const::Text(text)))
            }
            (LiteralKind::String(value) | LiteralKind::Time(value), Type::Text | Type::Value(_)) => text(value),
            // A uuid is a number; letters are one way to write it.
            (LiteralKind::String(value), Type::Uuid) => {
                let value = Const::Text(Cow::Owned(value.to_ascii_lowercase()));
                Node::new(ty.clone(), span, NodeKind::Const(value))
            }
            (LiteralKind::String(value), Type::Ref(_)) => text(value),
            (LiteralKind::Instance(id), Type::Ref(_) | Type::Element(Shape::Instance(_))) => {
                self.instance(id, &[], span)
            }
            (LiteralKind::Array(items), Type::List(inner)) => self.array(items, span, Some(inner)),
            (LiteralKind::String(text), Type::Time) => self.fail(report::no_time_text(span, text), span),
            _ => self.fail(report::mismatch(span, &ty.spell(), literal_word(&literal.kind)), span),
        }
    }
}

/// As messages call it.
pub(super) fn literal_word(literal: &LiteralKind) -> &'static str {
    match literal {
        LiteralKind::Bool(_) => "bool",
        LiteralKind::Number(_) => "a number",
        LiteralKind::String(_) => "string",
        LiteralKind::Quantity { .. } => "a quantity",
        LiteralKind::Time(_) => "timestamp",
        LiteralKind::Interval(..) => "an interval",
        LiteralKind::Array(_) => "an array",
        LiteralKind::Word(_) => "a word",
        LiteralKind::Instance(_) => "an instance",
    }
}
