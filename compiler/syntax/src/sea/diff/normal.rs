//! One spelling for what means the same, so that another spelling is no difference: brackets that change nothing, equal
//! times, equal lengths of time, signs of literals.

use crate::sea::ast::*;
use crate::sea::time::{DAY, Instant, time_of_day, unit_seconds};
use crate::sea::{normalise_number, print};
use crate::source::Spanned;
use crate::text::Text;

/// An expression as text.
pub(super) fn expression(expr: &Expr) -> String {
    let mut expr = expr.clone();
    normalise(&mut expr);
    print::expression(&expr)
}

/// A literal as text.
pub(super) fn literal(literal: &Literal) -> String {
    let mut literal = literal.clone();
    normalise_literal(&mut literal);
    let mut text = String::new();
    print::literal(&mut text, &literal);
    text
}

/// A text as it is compared: the moment, if it is one.
pub(super) fn moment(text: &str) -> String {
    Instant::parse(text).map_or_else(|| text.to_owned(), |moment| moment.to_string())
}

/// So many units in the longest unit that they are a whole number of; as they are, if they are no length of time.
pub(super) fn length(count: &str, unit: &str) -> (Text, Text) {
    let as_written = || (count.into(), unit.into());
    let seconds = count.parse::<i64>().ok().zip(unit_seconds(unit)).and_then(|(count, unit)| count.checked_mul(unit));
    let Some(seconds) = seconds.filter(|seconds| *seconds > 0) else { return as_written() };
    let units = [(DAY, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds")];
    let longest = units.into_iter().find(|(length, _)| seconds % length == 0);
    longest.map_or_else(as_written, |(length, word)| ((seconds / length).to_string().into(), word.into()))
}

/// The depth of the recursion is the nesting that the parser bounds.
fn normalise(expr: &mut Expr) {
    match &mut expr.kind {
        ExprKind::Literal(literal) => normalise_literal(literal),
        ExprKind::Path(_) | ExprKind::Instance { .. } | ExprKind::Role(_) | ExprKind::Missing => {}
        ExprKind::Or(parts) => {
            parts.iter_mut().for_each(normalise);
            open(parts, |kind| match kind {
                ExprKind::Or(inner) => Ok(inner),
                other => Err(other),
            });
        }
        ExprKind::And(parts) => {
            parts.iter_mut().for_each(normalise);
            open(parts, |kind| match kind {
                ExprKind::And(inner) => Ok(inner),
                other => Err(other),
            });
        }
        ExprKind::Not(inner) | ExprKind::Cast { expr: inner, .. } => normalise(inner),
        ExprKind::Compare { left, right, .. } => {
            normalise(left);
            normalise(right);
        }
        ExprKind::Sum { first, rest } => {
            normalise(first);
            rest.iter_mut().for_each(|(_, part)| normalise(part));
            lead(first, rest, |kind| match kind {
                ExprKind::Sum { first, rest } => Ok((first, rest)),
                other => Err(other),
            });
        }
        ExprKind::Product { first, rest } => {
            normalise(first);
            rest.iter_mut().for_each(|(_, part)| normalise(part));
            lead(first, rest, |kind| match kind {
                ExprKind::Product { first, rest } => Ok((first, rest)),
                other => Err(other),
            });
        }
        ExprKind::Negate(inner) => {
            normalise(inner);
            if let Some(literal) = negated(inner) {
                expr.kind = ExprKind::Literal(literal);
            }
        }
        ExprKind::Aggregate(aggregate) => {
            if let Some((count, unit)) = &mut aggregate.window {
                (count.value, unit.value) = length(&count.value, &unit.value);
            }
            aggregate.filter.iter_mut().chain(&mut aggregate.projection).for_each(normalise);
        }
        ExprKind::Quantified { body, .. } => normalise(body),
        ExprKind::GroupBy { filter, key, body, .. } => {
            filter.iter_mut().for_each(|filter| normalise(filter));
            normalise(key);
            normalise(body);
        }
    }
}

/// `(a and b) and c` is `a and b and c`, with unknowns too.
fn open(parts: &mut Vec<Expr>, inner: impl Fn(ExprKind) -> Result<Vec<Expr>, ExprKind>) {
    let mut flat = Vec::with_capacity(parts.len());
    for Expr { span, kind } in std::mem::take(parts) {
        match inner(kind) {
            Ok(inner) => flat.extend(inner),
            Err(kind) => flat.push(Expr { span, kind }),
        }
    }
    *parts = flat;
}

/// What a chain begins with, and what follows with its operators.
type Chain<O> = (Box<Expr>, Vec<(Spanned<O>, Expr)>);

/// `(a + b) + c` is `a + b + c`: a chain is computed from the left. `a + (b + c)` is computed in another order.
fn lead<O>(
    first: &mut Box<Expr>,
    rest: &mut Vec<(Spanned<O>, Expr)>,
    inner: impl Fn(ExprKind) -> Result<Chain<O>, ExprKind>,
) {
    match inner(std::mem::replace(&mut first.kind, ExprKind::Missing)) {
        Ok((inner_first, mut inner_rest)) => {
            *first = inner_first;
            inner_rest.append(rest);
            *rest = inner_rest;
        }
        Err(kind) => first.kind = kind,
    }
}

/// `-(5)` is the literal `-5`.
fn negated(expr: &Expr) -> Option<Literal> {
    let ExprKind::Literal(literal) = &expr.kind else { return None };
    let mut literal = literal.clone();
    let number = match &mut literal.kind {
        LiteralKind::Number(number) => number,
        LiteralKind::Quantity { amount, .. } => &mut amount.value,
        _ => return None,
    };
    *number = number.strip_prefix('-').map_or_else(|| normalise_number(&format!("-{number}")), str::to_owned).into();
    Some(literal)
}

fn normalise_literal(literal: &mut Literal) {
    match &mut literal.kind {
        LiteralKind::Time(text) => *text = moment(text).into(),
        LiteralKind::Interval(from, to) => {
            from.value = of_day(&from.value).into();
            to.value = of_day(&to.value).into();
        }
        LiteralKind::Array(items) => items.iter_mut().for_each(normalise_literal),
        LiteralKind::Bool(_)
        | LiteralKind::Number(_)
        | LiteralKind::String(_)
        | LiteralKind::Quantity { .. }
        | LiteralKind::Word(_)
        | LiteralKind::Instance(_) => {}
    }
}

/// `09:00:00` is `09:00`.
fn of_day(text: &str) -> String {
    let Some(second) = time_of_day(text) else { return text.to_owned() };
    let clock = format!("{:02}:{:02}", second / 3600, second / 60 % 60);
    if second % 60 == 0 { clock } else { format!("{clock}:{:02}", second % 60) }
}
