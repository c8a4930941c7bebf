//! Numbers as exact in Rego as in the service, and what is null as missing as it is there.

use seac_model::{Ty, TypedExpr, TypedExprKind};

/// Helpers of a module, each with how a call of it begins.
pub const HELPERS: [(&str, &str); 5] = [
    ("given(", "# What is null is missing.\ngiven(x) := x if x != null\n"),
    ("number(", "number(text) := to_number(text) if is_string(text)\n"),
    (
        "whole(",
        "# Beyond 64 bits there is no sum.\nwhole(x) := x if {\n    x >= -9223372036854775808\n    x <= 9223372036854775807\n}\n",
    ),
    (
        "kept(",
        "# Beyond 96 bits before the point there is no sum.\nkept(x) := x if {\n    abs(x) <= 79228162514264337593543950335000000000000000000000000000000\n}\n",
    ),
    ("exact(", EXACT),
];

/// A decimal without its point, with 30 digits behind where it stood. Parts of 15 digits are read at a time: longer ones would
/// pass through a fraction in binary in some engines.
const EXACT: &str = "# A decimal as a whole number of its 30th place: a fraction in binary would not be exact.
exact(text) := magnitude(text) if {
    is_string(text)
    not startswith(text, \"-\")
}

exact(text) := 0 - magnitude(substring(text, 1, -1)) if {
    is_string(text)
    startswith(text, \"-\")
}

magnitude(text) := (((((part(whole, 0) * 1000000000000000) + part(whole, 15)) * 1000000000000000) + part(fraction, 0)) * 1000000000000000) + part(fraction, 15) if {
    parts := split(concat(\"\", [text, \".\"]), \".\")
    whole := substring(concat(\"\", [\"000000000000000000000000000000\", parts[0]]), count(parts[0]), 30)
    fraction := substring(concat(\"\", [parts[1], \"000000000000000000000000000000\"]), 0, 30)
}

part(digits, start) := to_number(concat(\"\", [\"1\", substring(digits, start, 15)])) - 1000000000000000
";

/// Whether a value is made of numbers by adding alone: a product has more places than its factors.
pub fn is_exact(expr: &TypedExpr) -> bool {
    let numeric = matches!(expr.ty, Ty::Int | Ty::Decimal | Ty::Quantity(_));
    numeric
        && match &expr.kind {
            TypedExprKind::Literal(_) | TypedExprKind::Fact(_) => true,
            TypedExprKind::Negate(inner) => is_exact(inner) && unit(inner) == unit(expr),
            TypedExprKind::Sum(first, rest) => {
                let mut parts = std::iter::once(&**first).chain(rest.iter().map(|(_, part)| part));
                parts.all(|part| is_exact(part) && unit(part) == unit(expr))
            }
            _ => false,
        }
}

pub fn unit(expr: &TypedExpr) -> Option<&str> {
    match &expr.ty {
        Ty::Quantity(unit) => Some(unit),
        _ => None,
    }
}

/// A number without its point, as `exact` in the module makes it.
pub fn scaled(text: &str) -> String {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction:0<30}");
    let digits = digits.trim_start_matches('0');
    match (negative, digits) {
        (_, "") => "0".to_owned(),
        (false, digits) => digits.to_owned(),
        (true, digits) => format!("(0 - {digits})"),
    }
}
