//! Typed expressions as Rust: truths for conditions, facts for values.

use super::Types;
use crate::names;
use crate::rust::code::Code;
use seac_model::{CompareOp, Fact, Literal, ProductOp, SumOp, Ty, TypedExpr, TypedExprKind};
use seac_quote::quote;
use seac_syntax::sea::time::Instant;

/// How the facts of an operation are reached in emitted code: `call` and `state` are in scope.
pub fn truth(types: Types<'_>, expr: &TypedExpr) -> Code {
    match &expr.kind {
        TypedExprKind::And(parts) => {
            let parts = parts.iter().map(|part| truth(types, part));
            quote!(Truth::all([#(#parts),*]))
        }
        TypedExprKind::Or(parts) => {
            let parts = parts.iter().map(|part| truth(types, part));
            quote!(Truth::any([#(#parts),*]))
        }
        TypedExprKind::Not(inner) => {
            let inner = truth(types, inner);
            quote!(#inner.not())
        }
        TypedExprKind::Compare(op, left, right) => compare(types, *op, left, right),
        TypedExprKind::HasRole(role) => {
            let role = role.to_string();
            quote!(Truth::from(call.identity.has_role(#role)))
        }
        TypedExprKind::Literal(Literal::Bool(value)) => quote!(Truth::from(#value)),
        _ => {
            let fact = fact(types, expr);
            quote!(#fact.truth())
        }
    }
}

fn compare(types: Types<'_>, op: CompareOp, left: &TypedExpr, right: &TypedExpr) -> Code {
    let left_fact = fact(types, left);
    if op == CompareOp::Matches {
        let TypedExprKind::Literal(Literal::Text(regex)) = &right.kind else { return quote!(Truth::from(false)) };
        return quote! {{
            static FORM: kernel::validate::Pattern = kernel::validate::Pattern::new(#regex);
            #left_fact.matches(&FORM)
        }};
    }
    let right_fact = fact(types, right);
    let method = names::ident(match op {
        CompareOp::Eq => "eq",
        CompareOp::Ne => "ne",
        CompareOp::Lt => "lt",
        CompareOp::Le => "le",
        CompareOp::Gt => "gt",
        CompareOp::Ge => "ge",
        CompareOp::Contains => "contains",
        CompareOp::StartsWith => "starts_with",
        CompareOp::EndsWith | CompareOp::Matches => "ends_with",
    });
    quote!(#left_fact.#method(#right_fact))
}

/// An expression as a `Fact` of its type.
pub fn fact(types: Types<'_>, expr: &TypedExpr) -> Code {
    match &expr.kind {
        TypedExprKind::Literal(literal) => literal_fact(types, &expr.ty, literal),
        TypedExprKind::Fact(source) => source_fact(&expr.ty, source),
        TypedExprKind::Sum(first, rest) => {
            let first = fact(types, first);
            let rest = rest.iter().map(|(op, part)| {
                let part = fact(types, part);
                match op {
                    SumOp::Add => quote!(.add(#part)),
                    SumOp::Subtract => quote!(.sub(#part)),
                }
            });
            quote!(#first #(#rest)*)
        }
        TypedExprKind::Product(first, rest) => {
            let first = fact(types, first);
            let rest = rest.iter().map(|(op, part)| {
                let part = fact(types, part);
                match op {
                    ProductOp::Multiply => quote!(.mul(#part)),
                    ProductOp::Divide => quote!(.div(#part)),
                }
            });
            quote!(#first #(#rest)*)
        }
        TypedExprKind::Negate(inner) => {
            let zero = literal_fact(types, &expr.ty, &zero(&expr.ty));
            let inner = fact(types, inner);
            quote!(#zero.sub(#inner))
        }
        // A condition used as a value: known only if it is.
        _ => {
            let truth = truth(types, expr);
            quote!(#truth.fact())
        }
    }
}

fn zero(ty: &Ty) -> Literal {
    match ty {
        Ty::Quantity(_) => Literal::Quantity("0".to_owned()),
        _ => Literal::Number("0".to_owned()),
    }
}

/// Texts of all kinds compare as text.
fn textual(ty: &Ty) -> bool {
    matches!(ty, Ty::String | Ty::Value(_) | Ty::Uuid | Ty::Ref(_))
}

fn literal_fact(types: Types<'_>, ty: &Ty, literal: &Literal) -> Code {
    match literal {
        Literal::Text(text) => quote!(Fact::text(#text)),
        Literal::Time(text) => quote!(Fact::time(#text)),
        _ => {
            let value = literal_value(types, ty, literal);
            quote!(Fact::known(#value))
        }
    }
}

fn source_fact(ty: &Ty, source: &Fact) -> Code {
    let (name, place, optional) = match source {
        Fact::ActorId => return quote!(call.identity.subject_fact()),
        Fact::Now => return quote!(Fact::known(call.received_at)),
        Fact::Input { field, optional } => {
            let ident = names::snake(field);
            (format!("input.{field}"), quote!(call.input.#ident), *optional)
        }
        Fact::State { field, optional } => {
            let ident = names::snake(field);
            (format!("state.{field}"), quote!(state.#ident), *optional)
        }
    };
    let text = textual(ty);
    match (optional, text) {
        (true, true) => quote!(Fact::optional(#name, &#place).map(String::from)),
        (true, false) => quote!(Fact::optional(#name, &#place)),
        (false, true) if *ty == Ty::Uuid => quote!(Fact::text(#place)),
        (false, true) => quote!(Fact::text(#place.clone())),
        (false, false) => quote!(Fact::known(#place)),
    }
}

/// A constant as a plain value.
pub fn constant(types: Types<'_>, expr: &TypedExpr) -> Code {
    match &expr.kind {
        TypedExprKind::Literal(literal) => literal_value(types, &expr.ty, literal),
        _ => quote!(compile_error!("a default is a literal")),
    }
}

fn literal_value(types: Types<'_>, ty: &Ty, literal: &Literal) -> Code {
    match (literal, ty) {
        (Literal::Bool(value), _) => quote!(#value),
        (Literal::Number(text), _) => number(ty, text),
        (Literal::Quantity(text), _) => number(ty, text),
        (Literal::Member(member), Ty::Enum(id)) => {
            let (path, member) = (types.path(id), names::variant(member));
            quote!(#path::#member)
        }
        (Literal::Time(text), Ty::Timestamp) => {
            let micros = micros(text);
            quote!(Timestamp::at_micros(#micros))
        }
        (Literal::Text(text), Ty::Uuid) => {
            let digits = text.replace('-', "");
            let value = u128::from_str_radix(&digits, 16).unwrap_or_default();
            quote!(Uuid::from_u128(#value))
        }
        (Literal::Text(text), _) | (Literal::Time(text), _) | (Literal::Member(text), _) => quote!(#text.to_owned()),
    }
}

/// Microseconds since 1970-01-01T00:00:00Z, so that nothing is parsed when the service runs.
fn micros(text: &str) -> i64 {
    Instant::parse(text).map_or(0, |moment| moment.seconds.saturating_mul(1_000_000) + i64::from(moment.nanos / 1_000))
}

/// An exact number of a numeric type.
pub fn number(ty: &Ty, text: &str) -> Code {
    match ty {
        Ty::Int => {
            let value: i64 = text.parse().unwrap_or_default();
            quote!(#value)
        }
        Ty::Quantity(unit) => {
            let unit = super::unit_ident(unit);
            let amount = decimal(text);
            quote!(Quantity::<units::#unit>::new(#amount))
        }
        _ => decimal(text),
    }
}

/// `12.50` as `Decimal::new(1250, 2)`: digits and scale, so that nothing is parsed when the service runs.
fn decimal(text: &str) -> Code {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().unwrap_or_default();
    let scale = u32::try_from(fraction.len()).unwrap_or(0);
    quote!(Decimal::new(#digits, #scale))
}
