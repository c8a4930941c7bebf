//! The words of findings about expressions.

use crate::expr::time::BadLength;
use crate::expr::{Measure, Type};
use rust_decimal::Decimal;
use seac_syntax::sea::ast::AggregateFunction;
use seac_syntax::{Applicability, Code, Diagnostic, Span};

pub fn unknown_unit<'a>(symbol: &str, span: Span, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
    let finding = Diagnostic::new(Code::UnknownName, format!("there is no unit `{symbol}`"), span, "not declared");
    let known: Vec<String> = known.into_iter().map(|name| format!("\"{name}\"")).collect();
    finding.with_suggestion(&format!("\"{symbol}\""), span, known.iter().map(String::as_str))
}

pub fn no_members(span: Span, ty: &str) -> Diagnostic {
    Diagnostic::new(Code::UnknownName, format!("{ty} has no members"), span, "nothing to look into")
}

/// A number that was computed, where an amount is wanted.
pub fn computed_without_unit(span: Span, value: Decimal, measure: &Measure) -> Diagnostic {
    let value = value.normalize();
    let finding = Diagnostic::new(
        Code::TypeMismatch,
        format!("expected {}, found a computed number", Type::Quantity(measure.clone()).spell()),
        span,
        format!("{value} of what?"),
    )
    .with_why("a number that is written adopts the unit beside it; one that is computed has to say its own");
    match measure {
        Measure::Unit(unit) => {
            let amount = format!("{value} \"{unit}\"");
            finding.with_fix(format!("write `{amount}`"), span, amount, Applicability::MaybeIncorrect)
        }
        _ => finding.with_help(format!("say the unit: `{value} \"…\"`")),
    }
}

pub fn group_alone(span: Span, name: &str) -> Diagnostic {
    let message = format!("`{name}` is a whole group here, not one element");
    Diagnostic::new(Code::TypeMismatch, message, span, "stands for many")
        .with_help(format!("aggregate it: `count({name})`, `sum({name}.field)`"))
}

pub fn collection_alone(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::TypeMismatch, format!("`{name}` is a collection, not a value"), span, "stands for many")
        .with_help(format!("aggregate it, `count({name})`, or range over it, `forall x in {name}: (…)`"))
}

pub fn one_element(span: Span, name: &str, shape: &str) -> Diagnostic {
    let message = format!("`{name}` is one {shape}, not a collection");
    Diagnostic::new(Code::TypeMismatch, message, span, "stands for one")
        .with_help("range over `flows`, `entities`, `resources`, `instances`, `relations` or `entity_instances`")
}

pub fn aggregate_needs_values(span: Span, function: AggregateFunction) -> Diagnostic {
    let word = match function {
        AggregateFunction::Count => "count",
        AggregateFunction::Sum => "sum",
        AggregateFunction::Min => "min",
        AggregateFunction::Max => "max",
        AggregateFunction::Avg => "avg",
    };
    let message = format!("`{word}` needs to know what of the elements is meant");
    Diagnostic::new(Code::TypeMismatch, message, span, "elements, not numbers").with_help(format!(
        "name a member (`{word}(flows.quantity)`) or a projection (`{word}(f in flows: f.quantity)`)"
    ))
}

pub fn product(span: Span, left: &str, right: &str) -> Diagnostic {
    let message = format!("{left} and {right} cannot be multiplied or divided like this");
    Diagnostic::new(Code::TypeMismatch, message, span, format!("this is {right}"))
        .with_why("amounts are scaled by numbers and compared by division; other products have no unit here")
}

pub fn offset_arithmetic(span: Span, unit: &str) -> Diagnostic {
    let message = format!("amounts of `{unit}` cannot be added or scaled");
    Diagnostic::new(Code::UnitMismatch, message, span, "a unit with a zero of its own")
        .with_why("twice 10 °C is not 20 °C: convert to a unit without an offset first")
}

pub fn mixed_amounts(span: Span) -> Diagnostic {
    Diagnostic::new(Code::UnitMismatch, "these amounts have different dimensions", span, "of several resources")
        .with_help("pick one resource: `where f.resource = \"…\"`")
}

pub fn no_time_text(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::TypeMismatch, format!("`{text}` is no time"), span, "expected a time")
        .with_help("write day, time and offset: `\"2025-12-31T23:59:59Z\"`")
}

pub fn time_of_day(span: Span, text: &str) -> Diagnostic {
    Diagnostic::new(Code::Duration, format!("`{text}` is no time of day"), span, "write it as `09:30`")
}

pub fn window_unit(span: Span, unit: &str) -> Diagnostic {
    let known = ["\"seconds\"", "\"minutes\"", "\"hours\"", "\"days\""];
    Diagnostic::new(Code::Duration, format!("`{unit}` is no unit of duration"), span, "of no fixed length")
        .with_suggestion(&format!("\"{unit}\""), span, known)
        .with_help("seconds, minutes, hours and days have a fixed length")
}

/// A window of so many units that is no length of time.
pub fn window_length(span: Span, (count, unit): (&str, &str), why: BadLength) -> Diagnostic {
    match why {
        BadLength::NotWhole => {
            let message = format!("{count} \"{unit}\" is no length of a window");
            Diagnostic::new(Code::Duration, message, span, "must be a whole number of seconds above 0")
        }
        BadLength::TooLong(most) => {
            let message = format!("a window of {count} \"{unit}\" is longer than time can be told");
            Diagnostic::new(Code::Duration, message, span, format!("at most {most} \"{unit}\""))
                .with_help("leave the window out: then everything up to now counts")
        }
    }
}

pub fn shadowed_variable(span: Span, name: &str) -> Diagnostic {
    Diagnostic::new(Code::Shadowed, format!("`{name}` hides another `{name}`"), span, "bound again")
        .with_help("give the inner variable another name")
}

pub fn names_nothing(span: Span, shape: &str, name: &str) -> Diagnostic {
    Diagnostic::new(Code::NamesNothing, format!("no {shape} is called `{name}`"), span, "never equal")
}

/// As [`super::unknown`]; the suggestion keeps the quotes of what was written.
pub fn unknown_in_quotes<'a>(
    what: &str,
    name: &str,
    span: Span,
    known: impl IntoIterator<Item = &'a str>,
) -> Diagnostic {
    let quoted = (span.end - span.start) as usize > name.len();
    if !quoted {
        return super::unknown(what, name, span, known);
    }
    let known: Vec<String> = known.into_iter().map(|name| format!("\"{name}\"")).collect();
    Diagnostic::new(Code::UnknownName, format!("there is no {what} `{name}`"), span, "not declared").with_suggestion(
        &format!("\"{name}\""),
        span,
        known.iter().map(String::as_str),
    )
}

/// A metric looks back over elements that never say when they are.
pub fn nothing_in_window(span: Span, shape: &str, elements: Span) -> Diagnostic {
    let finding = no_time(span, shape).with_secondary(elements, "so this is not measured");
    // Other compilers read such a metric and measure it over all times.
    Diagnostic { severity: seac_syntax::Severity::Warning, ..finding }
}

pub fn no_time(span: Span, shape: &str) -> Diagnostic {
    let message = format!("no {shape} says when it is");
    Diagnostic::new(Code::Duration, message, span, "nothing to look back over")
        .with_help("give flows `@timestamp \"2025-12-31T23:59:59Z\"`, and entities a field `timestamp: timestamp`")
}
