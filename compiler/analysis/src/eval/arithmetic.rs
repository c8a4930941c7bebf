//! Sums, products and conversions of values: exact, or unknown.

use super::machine::Machine;
use super::value::{Value, Why};
use crate::expr::{Node, NodeKind, UnitId, number};
use rust_decimal::Decimal;
use seac_model::{ProductOp, SumOp};
use seac_syntax::sea::ast::AggregateFunction;

impl<'n> Machine<'n> {
    pub(super) fn sum(&mut self, node: &'n Node<'n>, first: &'n Node<'n>, rest: &'n [(SumOp, Node<'n>)]) -> Value<'n> {
        let mut total = self.eval(first);
        for (op, part) in rest {
            let value = self.eval(part);
            total = self.add(node, total, *op, value);
        }
        total
    }

    /// `a + b` or `a - b`; amounts are told in a unit that holds both, that of the first if it can.
    pub(super) fn add(&self, node: &'n Node<'n>, a: Value<'n>, op: SumOp, b: Value<'n>) -> Value<'n> {
        let combine = |a: Decimal, b: Decimal| {
            let b = if op == SumOp::Subtract { -b } else { b };
            number::add(a, b).or_else(|| if self.rounds(node) { number::add_rounded(a, b) } else { None })
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
                let told = self.world.units.together((a, unit), (b, other));
                told.and_then(|(a, b, unit)| Some(Value::Quantity(combine(a, b)?, unit)))
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
        let multiply = |a, b| {
            number::multiply(a, b).or_else(|| if self.rounds(node) { number::multiply_rounded(a, b) } else { None })
        };
        let combine = |a, b| if divides { number::divide(a, b) } else { multiply(a, b) };
        let result = match (a, b) {
            (Value::Unknown(cause), _) | (_, Value::Unknown(cause)) => return Value::Unknown(cause),
            (Value::Number(a), Value::Number(b)) => combine(a, b).map(Value::Number),
            (Value::Quantity(a, unit), Value::Number(b)) => combine(a, b).map(|value| Value::Quantity(value, unit)),
            (Value::Number(a), Value::Quantity(b, unit)) if !divides => {
                combine(a, b).map(|value| Value::Quantity(value, unit))
            }
            (Value::Quantity(a, unit), Value::Quantity(b, other)) if divides => {
                self.world.units.ratio((a, unit), (b, other)).map(Value::Number)
            }
            _ => return self.unknown(node, None, Why::WrongType),
        };
        result.unwrap_or_else(|| self.unknown(node, None, Why::Inexact))
    }

    /// Whether something is rounded in this expression, so that what comes of it is rounded as well: a quotient, an
    /// average, an amount told or kept in another unit. Asked only where a result cannot be kept exactly.
    fn rounds(&self, node: &'n Node<'n>) -> bool {
        let mut left = vec![node];
        let mut derived = vec![false; self.derivations().len()];
        while let Some(node) = left.pop() {
            match &node.kind {
                NodeKind::Convert(..) => return true,
                NodeKind::Product(_, rest) if rest.iter().any(|(op, _)| *op == ProductOp::Divide) => return true,
                NodeKind::Aggregate(aggregate) if aggregate.function == AggregateFunction::Avg => return true,
                NodeKind::Member(..) if self.world.rounded => return true,
                NodeKind::Derived(index) => {
                    let index = *index as usize;
                    if let (Some(Some(derivation)), false) = (self.derivations().get(index), derived[index]) {
                        derived[index] = true;
                        left.push(derivation);
                    }
                }
                _ => {}
            }
            left.extend(node.children());
        }
        false
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
