//! Sums, products and conversions of values: exact, or unknown.

use super::machine::Machine;
use super::value::{Value, Why};
use crate::expr::{Node, UnitId, number};
use seac_model::{ProductOp, SumOp};

impl<'n> Machine<'n> {
    pub(super) fn sum(&mut self, node: &'n Node<'n>, first: &'n Node<'n>, rest: &'n [(SumOp, Node<'n>)]) -> Value<'n> {
        let mut total = self.eval(first);
        for (op, part) in rest {
            let value = self.eval(part);
            total = self.add(node, total, *op, value);
        }
        total
    }

    /// `a + b` or `a - b`; amounts are told in the unit of the first.
    pub(super) fn add(&self, node: &'n Node<'n>, a: Value<'n>, op: SumOp, b: Value<'n>) -> Value<'n> {
        let combine = |a, b| match op {
            SumOp::Add => number::add(a, b),
            SumOp::Subtract => number::subtract(a, b),
        };
        let result = match (a, b) {
            (Value::Unknown(cause), _) | (_, Value::Unknown(cause)) => return Value::Unknown(cause),
            (Value::Number(a), Value::Number(b)) => combine(a, b).map(Value::Number),
            (Value::Quantity(a, unit), Value::Quantity(b, other)) if unit == other => {
                combine(a, b).map(|sum| Value::Quantity(sum, unit))
            }
            (Value::Quantity(a, unit), Value::Quantity(b, other)) => {
                if !self.world.units.convertible(other, unit) {
                    return self.unknown(node, None, Why::WrongType);
                }
                let told = self.world.units.convert(b, other, unit);
                told.and_then(|b| combine(a, b)).map(|sum| Value::Quantity(sum, unit))
            }
            (Value::Quantity(a, unit), Value::Number(b)) | (Value::Number(a), Value::Quantity(b, unit)) => {
                combine(a, b).map(|sum| Value::Quantity(sum, unit))
            }
            _ => return self.unknown(node, None, Why::WrongType),
        };
        result.unwrap_or_else(|| self.unknown(node, None, Why::Inexact))
    }

    pub(super) fn product(
        &mut self,
        node: &'n Node<'n>,
        first: &'n Node<'n>,
        rest: &'n [(ProductOp, Node<'n>)],
    ) -> Value<'n> {
        let mut total = self.eval(first);
        for (op, part) in rest {
            let value = self.eval(part);
            total = self.scale(node, total, *op, value);
        }
        total
    }

    fn scale(&self, node: &'n Node<'n>, a: Value<'n>, op: ProductOp, b: Value<'n>) -> Value<'n> {
        let divides = op == ProductOp::Divide;
        let zero = matches!(b, Value::Number(b) | Value::Quantity(b, _) if b.is_zero());
        if divides && zero && !matches!(a, Value::Unknown(_)) {
            return self.unknown(node, None, Why::DivisionByZero);
        }
        let combine = |a, b| if divides { number::divide(a, b) } else { number::multiply(a, b) };
        let result = match (a, b) {
            (Value::Unknown(cause), _) | (_, Value::Unknown(cause)) => return Value::Unknown(cause),
            (Value::Number(a), Value::Number(b)) => combine(a, b).map(Value::Number),
            (Value::Quantity(a, unit), Value::Number(b)) => combine(a, b).map(|value| Value::Quantity(value, unit)),
            (Value::Number(a), Value::Quantity(b, unit)) if !divides => {
                combine(a, b).map(|value| Value::Quantity(value, unit))
            }
            (Value::Quantity(a, unit), Value::Quantity(b, other)) if divides => {
                let told = self.world.units.convert(b, other, unit);
                told.and_then(|b| number::divide(a, b)).map(Value::Number)
            }
            _ => return self.unknown(node, None, Why::WrongType),
        };
        result.unwrap_or_else(|| self.unknown(node, None, Why::Inexact))
    }

    pub(super) fn convert(&self, node: &'n Node<'n>, value: Value<'n>, unit: UnitId) -> Value<'n> {
        match value {
            Value::Unknown(cause) => Value::Unknown(cause),
            Value::Number(value) => Value::Quantity(value, unit),
            Value::Quantity(value, from) if self.world.units.convertible(from, unit) => {
                match self.world.units.convert(value, from, unit) {
                    Some(value) => Value::Quantity(value, unit),
                    None => self.unknown(node, None, Why::Inexact),
                }
            }
            _ => self.unknown(node, None, Why::WrongType),
        }
    }
}
