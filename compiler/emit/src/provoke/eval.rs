//! What an expression says of a call that has not been made: true, false, or nothing for want of a fact.

use super::sample::{is_match, number};
use super::{ACTOR, NOW, Object};
use crate::scope::Scope;
use rust_decimal::Decimal;
use seac_model::{CompareOp, Fact, Literal, ProductOp, SumOp, Ty, TypedExpr, TypedExprKind};
use seac_syntax::sea::time::Instant;
use serde_json::{Value as Json, json};
use std::cmp::Ordering;

/// What a call would find.
#[derive(Clone, Copy)]
pub struct World<'a> {
    pub scope: &'a Scope<'a>,
    pub input: &'a Object,
    pub state: Option<&'a Object>,
    pub roles: &'a [String],
}

/// What is not decided here, so that nothing is claimed of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undecided;

/// What policies compare.
#[derive(Clone, Debug, PartialEq)]
enum Scalar {
    Bool(bool),
    Number(Decimal),
    Text(String),
    Member(String),
    Time(i64),
}

impl World<'_> {
    /// Whether a condition holds; none if a fact is missing.
    pub fn truth(&self, expr: &TypedExpr) -> Result<Option<bool>, Undecided> {
        Ok(match &expr.kind {
            TypedExprKind::And(parts) => self.joined(parts, false)?,
            TypedExprKind::Or(parts) => self.joined(parts, true)?,
            TypedExprKind::Not(inner) => self.truth(inner)?.map(|truth| !truth),
            TypedExprKind::HasRole(role) => Some(self.roles.contains(&role.to_string())),
            TypedExprKind::Compare(op, left, right) => self.compare(*op, left, right)?,
            _ => match self.scalar(expr)? {
                Some(Scalar::Bool(truth)) => Some(truth),
                None => None,
                Some(_) => return Err(Undecided),
            },
        })
    }

    /// All (or any) of several: what decides wins over what is not known.
    fn joined(&self, parts: &[TypedExpr], decisive: bool) -> Result<Option<bool>, Undecided> {
        let mut all_known = true;
        for part in parts {
            match self.truth(part)? {
                Some(truth) if truth == decisive => return Ok(Some(decisive)),
                Some(_) => {}
                None => all_known = false,
            }
        }
        Ok(all_known.then_some(!decisive))
    }

    fn compare(&self, op: CompareOp, left: &TypedExpr, right: &TypedExpr) -> Result<Option<bool>, Undecided> {
        let (Some(left), Some(right)) = (self.scalar(left)?, self.scalar(right)?) else { return Ok(None) };
        let ordered = |holds: fn(Ordering) -> bool| match (&left, &right) {
            (Scalar::Number(a), Scalar::Number(b)) => Ok(Some(holds(a.cmp(b)))),
            (Scalar::Text(a), Scalar::Text(b)) => Ok(Some(holds(a.cmp(b)))),
            (Scalar::Time(a), Scalar::Time(b)) => Ok(Some(holds(a.cmp(b)))),
            _ => Err(Undecided),
        };
        let texts = |holds: fn(&str, &str) -> bool| match (&left, &right) {
            (Scalar::Text(a), Scalar::Text(b)) => Ok(Some(holds(a, b))),
            _ => Err(Undecided),
        };
        match op {
            CompareOp::Eq => Ok(Some(left == right)),
            CompareOp::Ne => Ok(Some(left != right)),
            CompareOp::Lt => ordered(Ordering::is_lt),
            CompareOp::Le => ordered(Ordering::is_le),
            CompareOp::Gt => ordered(Ordering::is_gt),
            CompareOp::Ge => ordered(Ordering::is_ge),
            CompareOp::Contains => texts(|a, b| a.contains(b)),
            CompareOp::StartsWith => texts(|a, b| a.starts_with(b)),
            CompareOp::EndsWith => texts(|a, b| a.ends_with(b)),
            CompareOp::Matches => texts(|a, b| is_match(b, a)),
        }
    }

    fn scalar(&self, expr: &TypedExpr) -> Result<Option<Scalar>, Undecided> {
        match &expr.kind {
            TypedExprKind::Literal(literal) => self.literal(&expr.ty, literal).map(Some),
            TypedExprKind::Fact(fact) => self.fact(&expr.ty, fact),
            TypedExprKind::Sum(first, rest) => {
                let rest = rest.iter().map(|(op, part)| (*op == SumOp::Add, part));
                let sum = |a: Decimal, b, plus| if plus { a.checked_add(b) } else { a.checked_sub(b) };
                self.fold(first, rest, |a, b, plus| sum(a, b, plus).map(Some).ok_or(Undecided))
            }
            TypedExprKind::Product(first, rest) => {
                let rest = rest.iter().map(|(op, part)| (*op == ProductOp::Multiply, part));
                self.fold(first, rest, |a, b, times| if times { exact(a, b).map(Some) } else { quotient(a, b) })
            }
            TypedExprKind::Negate(inner) => match self.scalar(inner)? {
                Some(Scalar::Number(number)) => Ok(Some(Scalar::Number(-number))),
                None => Ok(None),
                Some(_) => Err(Undecided),
            },
            _ => Ok(self.truth(expr)?.map(Scalar::Bool)),
        }
    }

    fn fold<'e>(
        &self,
        first: &TypedExpr,
        rest: impl Iterator<Item = (bool, &'e TypedExpr)>,
        step: impl Fn(Decimal, Decimal, bool) -> Result<Option<Decimal>, Undecided>,
    ) -> Result<Option<Scalar>, Undecided> {
        let Some(Scalar::Number(mut sum)) = self.scalar(first)? else { return Err(Undecided) };
        for (how, part) in rest {
            let Some(Scalar::Number(number)) = self.scalar(part)? else { return Err(Undecided) };
            let Some(next) = step(sum, number, how)? else { return Ok(None) };
            sum = next;
        }
        Ok(Some(Scalar::Number(sum)))
    }

    fn fact(&self, ty: &Ty, fact: &Fact) -> Result<Option<Scalar>, Undecided> {
        let value = match fact {
            Fact::ActorId => return Ok(Some(Scalar::Text(ACTOR.to_owned()))),
            Fact::Now => return Ok(Some(Scalar::Time(NOW))),
            Fact::Input { field, .. } => self.input.get(field),
            Fact::State { field, .. } => self.state.ok_or(Undecided)?.get(field),
        };
        value.map(|value| read(ty, value).ok_or(Undecided)).transpose()
    }

    fn literal(&self, ty: &Ty, literal: &Literal) -> Result<Scalar, Undecided> {
        let value = literal_json(self.scope, ty, literal).ok_or(Undecided)?;
        read(ty, &value).ok_or(Undecided)
    }

    /// An expression as the value of a field; none if a fact is missing.
    pub fn value(&self, expr: &TypedExpr) -> Result<Option<Json>, Undecided> {
        let Some(scalar) = self.scalar(expr)? else { return Ok(None) };
        Ok(Some(match scalar {
            Scalar::Bool(value) => json!(value),
            Scalar::Text(text) | Scalar::Member(text) => json!(text),
            Scalar::Time(micros) => json!(super::time_text(micros)),
            Scalar::Number(number) => super::sample::of_number(&expr.ty, &number).ok_or(Undecided)?,
        }))
    }
}

/// A product of which nothing was rounded.
fn exact(a: Decimal, b: Decimal) -> Result<Decimal, Undecided> {
    a.checked_mul(b).filter(|_| a.scale() + b.scale() <= 20).ok_or(Undecided)
}

/// A quotient of which nothing was rounded: times the divisor it is the dividend again. There is none by zero.
fn quotient(a: Decimal, b: Decimal) -> Result<Option<Decimal>, Undecided> {
    if b.is_zero() {
        return Ok(None);
    }
    let quotient = a.checked_div(b).ok_or(Undecided)?.normalize();
    if exact(quotient, b)? == a { Ok(Some(quotient)) } else { Err(Undecided) }
}

fn read(ty: &Ty, value: &Json) -> Option<Scalar> {
    Some(match ty {
        Ty::Bool => Scalar::Bool(value.as_bool()?),
        Ty::Int | Ty::Decimal | Ty::Quantity(_) => Scalar::Number(number(ty, value)?),
        Ty::String | Ty::Ref(_) | Ty::Value(_) | Ty::Uuid => Scalar::Text(value.as_str()?.to_owned()),
        Ty::Enum(_) => Scalar::Member(value.as_str()?.to_owned()),
        Ty::Timestamp => Scalar::Time(micros(value.as_str()?)?),
        _ => return None,
    })
}

/// Microseconds since 1970.
pub fn micros(text: &str) -> Option<i64> {
    let moment = Instant::parse(text)?;
    moment.seconds.checked_mul(1_000_000)?.checked_add(i64::from(moment.nanos / 1_000))
}

/// A constant as it stands in an input.
pub fn literal_json(scope: &Scope<'_>, ty: &Ty, literal: &Literal) -> Option<Json> {
    Some(match (literal, ty) {
        (Literal::Bool(value), _) => json!(value),
        (Literal::Number(text), Ty::Int) => json!(text.parse::<i64>().ok()?),
        (Literal::Quantity(amount) | Literal::Number(amount), Ty::Quantity(unit)) => {
            json!({ "amount": amount, "unit": unit })
        }
        (Literal::Member(member), Ty::Enum(id)) => {
            json!(scope.enumeration(id)?.members.iter().find(|known| known.name == *member)?.wire)
        }
        (Literal::Number(text) | Literal::Text(text) | Literal::Time(text), _) => json!(text),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Undecided, quotient};

    #[test]
    fn a_quotient_counts_where_nothing_is_rounded() {
        let of = |a: &str, b: &str| quotient(a.parse().unwrap(), b.parse().unwrap());
        assert_eq!(of("7", "2"), Ok(Some("3.5".parse().unwrap())));
        assert_eq!(of("-0.30", "0.1"), Ok(Some((-3).into())));
        assert_eq!(of("7", "0.00"), Ok(None));
        assert_eq!(of("0", "3"), Ok(Some(0.into())));
        for (a, b) in [("1", "3"), ("2", "7"), ("79228162514264337593543950335", "0.1")] {
            assert_eq!(of(a, b), Err(Undecided), "{a} / {b}");
        }
    }
}
