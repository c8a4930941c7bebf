//! Constraints of fields: each fits its type, together they leave a value, and the default is one.

use crate::expr::number;
use crate::report;
use crate::types::Lowering;
use regex::Regex;
use rust_decimal::Decimal;
use seac_model::{Constraint, Literal, Ty, TypedExpr, TypedExprKind};
use seac_syntax::sea::CONSTRAINTS;
use seac_syntax::sea::ast::{Ident, LiteralKind};
use seac_syntax::{Diagnostic, Span};

/// A constraint as it is written, in either language.
pub struct Written {
    /// In the spelling of SEA.
    pub name: Ident,
    pub value: LiteralKind,
    pub value_span: Span,
    /// Name and value.
    pub span: Span,
}

impl Lowering<'_> {
    /// The constraints of a field of this type, with their places.
    pub fn constraints(
        &self,
        written: impl Iterator<Item = Written>,
        ty: &Ty,
        out: &mut Vec<Diagnostic>,
    ) -> Vec<(Constraint, Span)> {
        let mut known: Vec<(Constraint, Span)> = Vec::new();
        for written in written {
            let Some(constraint) = self.constraint(&written, ty, out) else { continue };
            let same = |(other, _): &&(Constraint, Span)| word(other) == word(&constraint);
            match known.iter().find(same) {
                Some((_, first)) => out.push(report::constraint_twice(written.span, word(&constraint), *first)),
                None => {
                    if let Some((other, first)) = known.iter().find(|(other, _)| excludes(other, &constraint, ty)) {
                        out.push(report::constraints_exclude(written.span, &told(&constraint), (&told(other), *first)));
                    }
                    known.push((constraint, written.span));
                }
            }
        }
        known
    }

    /// A constraint, if it exists, fits the type, and has a value of the right form.
    fn constraint(&self, written: &Written, ty: &Ty, out: &mut Vec<Diagnostic>) -> Option<Constraint> {
        let name = written.name.value.as_str();
        if !CONSTRAINTS.contains(&name) {
            out.push(report::unknown("constraint", name, written.name.span, CONSTRAINTS.iter().copied()));
            return None;
        }
        let fits = match name {
            "pattern" => *ty == Ty::String,
            "min_length" | "max_length" => matches!(ty, Ty::String | Ty::Bytes),
            "min_items" | "max_items" => matches!(ty, Ty::List(_)),
            _ => matches!(ty, Ty::Int | Ty::Decimal | Ty::Quantity(_)),
        };
        if !fits {
            out.push(report::constraint_does_not_fit(written.name.span, name, &ty.to_string()));
            return None;
        }
        if name == "pattern" {
            return self.pattern(written, out);
        }
        let made = self.amount(written, ty, out)?;
        let count = || made.parse().ok();
        let constraint = match name {
            "min_length" => count().map(Constraint::MinLength),
            "max_length" => count().map(Constraint::MaxLength),
            "min_items" => count().map(Constraint::MinItems),
            "max_items" => count().map(Constraint::MaxItems),
            "min" => Some(Constraint::Min(made)),
            "max" => Some(Constraint::Max(made)),
            "exclusive_min" => Some(Constraint::ExclusiveMin(made)),
            _ => Some(Constraint::ExclusiveMax(made)),
        };
        if constraint.is_none() {
            out.push(report::constraint_value(written.value_span, name));
        }
        constraint
    }

    fn pattern(&self, written: &Written, out: &mut Vec<Diagnostic>) -> Option<Constraint> {
        let LiteralKind::String(text) = &written.value else {
            out.push(report::mismatch(written.value_span, "a regular expression in quotes", "something else"));
            return None;
        };
        // One that has a name is checked where it is declared.
        let named = self.patterns.get(text.as_str()).cloned();
        let regex = named.unwrap_or_else(|| {
            crate::types::check_regex(text, written.value_span, out);
            text.to_string()
        });
        Some(Constraint::Pattern(regex))
    }

    /// The number of a bound; an amount is told in the unit of the field.
    fn amount(&self, written: &Written, ty: &Ty, out: &mut Vec<Diagnostic>) -> Option<String> {
        match (&written.value, ty) {
            (LiteralKind::Number(text), _) if number::parse(text).is_some() => Some(text.to_string()),
            (LiteralKind::Quantity { amount, unit }, Ty::Quantity(wanted)) if unit.value == *wanted => {
                number::parse(&amount.value).map(|_| amount.value.to_string())
            }
            (LiteralKind::Quantity { .. }, Ty::Quantity(_)) => {
                let literal = &written.value;
                let (units, members) = (&self.shared.units, &self.shared.members);
                match crate::expr::literal_as(literal, written.value_span, ty, units, members).map(|typed| typed.kind) {
                    Ok(TypedExprKind::Literal(Literal::Quantity(text))) => Some(text),
                    Ok(_) => None,
                    Err(finding) => {
                        out.push(*finding);
                        None
                    }
                }
            }
            _ => {
                out.push(report::constraint_value(written.value_span, &written.name.value));
                None
            }
        }
    }
}

/// Without their places, in the order of the Model.
pub fn sorted(constraints: Vec<(Constraint, Span)>) -> Vec<Constraint> {
    let mut constraints: Vec<Constraint> = constraints.into_iter().map(|(constraint, _)| constraint).collect();
    constraints.sort();
    constraints
}

/// What stands where nothing is given satisfies the constraints of its field.
pub fn default(
    field: &str,
    default: &TypedExpr,
    span: Span,
    constraints: &[(Constraint, Span)],
    out: &mut Vec<Diagnostic>,
) {
    let TypedExprKind::Literal(literal) = &default.kind else { return };
    for (constraint, place) in constraints {
        if let Some(wanted) = broken_by(constraint, literal) {
            out.push(report::instance_field_value(span, field, &wanted, *place));
        }
    }
}

/// What a value should have been that does not satisfy a constraint; none if it does.
fn broken_by(constraint: &Constraint, literal: &Literal) -> Option<String> {
    let (text, value) = match literal {
        Literal::Text(text) | Literal::Time(text) => (Some(text.as_str()), None),
        Literal::Number(text) | Literal::Quantity(text) => (None, number::parse(text)),
        _ => (None, None),
    };
    let length = text.map(|text| text.chars().count() as u64);
    let bound = |text: &str| number::parse(text).zip(value);
    match constraint {
        Constraint::MinLength(least) => {
            let length = length.filter(|length| length < least)?;
            Some(format!("at least {least} characters, not {length}"))
        }
        Constraint::MaxLength(most) => {
            let length = length.filter(|length| length > most)?;
            Some(format!("at most {most} characters, not {length}"))
        }
        Constraint::Min(least) => {
            bound(least).filter(|(least, value)| value < least).map(|_| format!("at least {least}"))
        }
        Constraint::Max(most) => bound(most).filter(|(most, value)| value > most).map(|_| format!("at most {most}")),
        Constraint::ExclusiveMin(least) => {
            bound(least).filter(|(least, value)| value <= least).map(|_| format!("more than {least}"))
        }
        Constraint::ExclusiveMax(most) => {
            bound(most).filter(|(most, value)| value >= most).map(|_| format!("less than {most}"))
        }
        Constraint::Pattern(regex) => {
            let matches = Regex::new(regex).ok()?.is_match(text?);
            (!matches).then(|| format!("a text that matches `{regex}`"))
        }
        Constraint::MinItems(_) | Constraint::MaxItems(_) => None,
    }
}

/// Whether no value satisfies both.
fn excludes(one: &Constraint, other: &Constraint, ty: &Ty) -> bool {
    use Constraint::{MaxItems, MaxLength, MinItems, MinLength};
    match (one, other) {
        (MinLength(least), MaxLength(most)) | (MaxLength(most), MinLength(least)) => least > most,
        (MinItems(least), MaxItems(most)) | (MaxItems(most), MinItems(least)) => least > most,
        _ => {
            let bounds = lower(one, ty).zip(upper(other, ty)).or_else(|| lower(other, ty).zip(upper(one, ty)));
            bounds.is_some_and(|((least, at_least), (most, at_most))| {
                least > most || (least == most && !(at_least && at_most))
            })
        }
    }
}

/// The least value, and whether it is one itself; of integers it always is.
fn lower(constraint: &Constraint, ty: &Ty) -> Option<(Decimal, bool)> {
    let (value, included) = match constraint {
        Constraint::Min(value) => (number::parse(value)?, true),
        Constraint::ExclusiveMin(value) => (number::parse(value)?, false),
        _ => return None,
    };
    match (ty, included) {
        (Ty::Int, true) => Some((value.ceil(), true)),
        (Ty::Int, false) => Some((number::add(value.floor(), Decimal::ONE)?, true)),
        _ => Some((value, included)),
    }
}

/// The greatest value, as [`lower`].
fn upper(constraint: &Constraint, ty: &Ty) -> Option<(Decimal, bool)> {
    let (value, included) = match constraint {
        Constraint::Max(value) => (number::parse(value)?, true),
        Constraint::ExclusiveMax(value) => (number::parse(value)?, false),
        _ => return None,
    };
    match (ty, included) {
        (Ty::Int, true) => Some((value.floor(), true)),
        (Ty::Int, false) => Some((number::subtract(value.ceil(), Decimal::ONE)?, true)),
        _ => Some((value, included)),
    }
}

fn word(constraint: &Constraint) -> &'static str {
    match constraint {
        Constraint::MinLength(_) => "min_length",
        Constraint::MaxLength(_) => "max_length",
        Constraint::MinItems(_) => "min_items",
        Constraint::MaxItems(_) => "max_items",
        Constraint::Min(_) => "min",
        Constraint::Max(_) => "max",
        Constraint::ExclusiveMin(_) => "exclusive_min",
        Constraint::ExclusiveMax(_) => "exclusive_max",
        Constraint::Pattern(_) => "pattern",
    }
}

/// As it is written.
fn told(constraint: &Constraint) -> String {
    let word = word(constraint);
    match constraint {
        Constraint::MinLength(count)
        | Constraint::MaxLength(count)
        | Constraint::MinItems(count)
        | Constraint::MaxItems(count) => format!("{word} {count}"),
        Constraint::Min(text)
        | Constraint::Max(text)
        | Constraint::ExclusiveMin(text)
        | Constraint::ExclusiveMax(text)
        | Constraint::Pattern(text) => format!("{word} {text}"),
    }
}
