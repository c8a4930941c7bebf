//! Cedar: for every operation and role a `permit` with the policies of the operation as its conditions.
//!
//! A policy is a condition of the permit and no `forbid` of its own: Cedar passes over a policy whose condition fails with
//! an error, such as an attribute that is missing, and a forbid that is passed over forbids nothing. A permit that is
//! passed over permits nothing, so what is unknown denies, as in SEA.

use super::fidelity::ALL;
use super::{Kind, Options, Page};
use crate::{EmitError, sorted};
use seac_model::{
    BoundPolicy, CompareOp, Fact, Literal, Modality, Model, Operation, ProductOp, SumOp, Ty, TypedExpr, TypedExprKind,
};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A policy set for each context that has operations.
pub fn project(model: &Model, options: &Options, page: &mut Page) -> Result<(), EmitError> {
    for (slug, context) in options.contexts(model) {
        let mut set = Set { model, text: String::new(), carried: BTreeSet::new(), roles: BTreeSet::new() };
        for (name, operation) in &context.operations {
            set.operation(slug, name, operation, page);
        }
        for name in context.policies.keys().map(|name| format!("{slug}.{name}")) {
            if !set.carried.contains(&name) {
                page.losses.add(
                    Kind::Policy,
                    name,
                    ALL,
                    "It governs no operation, or needs what Cedar has no words for.",
                );
            }
        }
        for name in context.roles.keys().map(|name| format!("{slug}.{name}")) {
            if !set.roles.contains(&name) {
                page.losses.add(Kind::Role, name, ALL, "It may call nothing.");
            }
        }
        page.losses.separation(slug, context);
        if set.text.is_empty() {
            page.losses.add(Kind::Context, slug.as_str(), ALL, "It has no operations to decide on.");
            continue;
        }
        page.file(slug, set.text, sorted(context.operations.values().map(|operation| &operation.origin)))?;
    }
    Ok(())
}

struct Set<'a> {
    model: &'a Model,
    text: String,
    /// Policies that are said.
    carried: BTreeSet<String>,
    /// Roles that are named.
    roles: BTreeSet<String>,
}

impl Set<'_> {
    fn operation(&mut self, slug: &str, name: &str, operation: &Operation, page: &mut Page) {
        let id = format!("{slug}.{name}");
        let mut conditions = String::new();
        for policy in &operation.policies {
            conditions.push_str(&self.policy(&id, policy, page));
        }
        let roles: Vec<String> = operation.roles.iter().map(ToString::to_string).collect();
        let anybody = vec![None];
        let callers = if roles.is_empty() { anybody } else { roles.iter().map(Some).collect() };
        for role in callers {
            self.roles.extend(role.cloned());
            let (suffix, principal) = match role {
                Some(role) => (format!(" as {role}"), format!("principal in Role::{}", quoted(role))),
                None => (String::new(), "principal".to_owned()),
            };
            let _ = writeln!(
                self.text,
                "@id({})\npermit (\n    {principal},\n    action == Action::{},\n    resource\n){conditions};\n",
                quoted(&format!("{id}{suffix}")),
                quoted(&id)
            );
        }
    }

    /// The condition that a policy is; `when { false }` if Cedar cannot say it, so that nothing is permitted that SEA denies.
    fn policy(&mut self, operation: &str, policy: &BoundPolicy, page: &mut Page) -> String {
        let name = policy.policy.to_string();
        let keyword = match policy.modality {
            Modality::Obligation => "when",
            Modality::Prohibition => "unless",
            Modality::Permission => return String::new(),
        };
        let said = self.condition(&policy.expression);
        // Of an unless, an error denies as well.
        let comment = format!("\n// {}\n", name.replace(char::is_control, " "));
        if let Some(said) = said {
            self.carried.insert(name);
            return format!("{comment}{keyword} {{ {said} }}");
        }
        let why =
            format!("{operation} is never permitted by Cedar alone: its policy needs what Cedar has no words for.");
        page.losses.add(Kind::Operation, operation, "permit", why);
        format!("{comment}when {{ false }}")
    }

    fn condition(&self, expr: &TypedExpr) -> Option<String> {
        match &expr.kind {
            TypedExprKind::And(parts) => self.junction(parts, " && "),
            TypedExprKind::Or(parts) => self.junction(parts, " || "),
            TypedExprKind::Not(inner) => Some(format!("!({})", self.condition(inner)?)),
            TypedExprKind::Compare(op, left, right) => self.compare(*op, left, right),
            TypedExprKind::HasRole(role) => Some(format!("principal in Role::{}", quoted(&role.to_string()))),
            _ => self.value(expr),
        }
    }

    fn junction(&self, parts: &[TypedExpr], operator: &str) -> Option<String> {
        let parts: Option<Vec<String>> =
            parts.iter().map(|part| Some(format!("({})", self.condition(part)?))).collect();
        Some(parts?.join(operator))
    }

    fn compare(&self, op: CompareOp, left: &TypedExpr, right: &TypedExpr) -> Option<String> {
        // Two units of one dimension would have to be converted, and decimals of Cedar cannot be multiplied.
        if matches!((&left.ty, &right.ty), (Ty::Quantity(a), Ty::Quantity(b)) if a != b) {
            return None;
        }
        if let CompareOp::StartsWith | CompareOp::EndsWith | CompareOp::Contains = op
            && let (TypedExprKind::Literal(Literal::Text(text)), Ty::String | Ty::Value(_)) = (&right.kind, &left.ty)
        {
            let (before, after) = (op != CompareOp::StartsWith, op != CompareOp::EndsWith);
            let star = |there: bool| if there { "*" } else { "" };
            let text = quoted(text);
            let inner = text.trim_start_matches('"').strip_suffix('"').unwrap_or_default().replace('*', "\\*");
            return Some(format!("{} like \"{}{inner}{}\"", self.value(left)?, star(before), star(after)));
        }
        let (a, b) = (self.value(left)?, self.value(right)?);
        let decimal = matches!(left.ty, Ty::Decimal | Ty::Quantity(_));
        let order = |operator: &str, method: &str| {
            if decimal { format!("{a}.{method}({b})") } else { format!("{a} {operator} {b}") }
        };
        Some(match op {
            CompareOp::Eq => format!("{a} == {b}"),
            CompareOp::Ne => format!("{a} != {b}"),
            CompareOp::Lt => order("<", "lessThan"),
            CompareOp::Le => order("<=", "lessThanOrEqual"),
            CompareOp::Gt => order(">", "greaterThan"),
            CompareOp::Ge => order(">=", "greaterThanOrEqual"),
            CompareOp::Contains if matches!(left.ty, Ty::List(_)) => format!("{a}.contains({b})"),
            CompareOp::Contains | CompareOp::StartsWith | CompareOp::EndsWith | CompareOp::Matches => return None,
        })
    }

    fn value(&self, expr: &TypedExpr) -> Option<String> {
        let is_int = expr.ty == Ty::Int;
        Some(match &expr.kind {
            TypedExprKind::Literal(literal) => self.literal(&expr.ty, literal)?,
            TypedExprKind::Fact(Fact::Input { field, .. }) => format!("context.input[{}]", quoted(field)),
            TypedExprKind::Fact(Fact::State { field, .. }) => format!("resource[{}]", quoted(field)),
            TypedExprKind::Fact(Fact::ActorId) => "principal.id".to_owned(),
            TypedExprKind::Fact(Fact::Now) => "context.now".to_owned(),
            TypedExprKind::Negate(inner) if is_int => format!("-({})", self.value(inner)?),
            TypedExprKind::Sum(first, rest) if is_int => {
                rest.iter().try_fold(self.value(first)?, |sum, (op, part)| {
                    let op = if *op == SumOp::Add { "+" } else { "-" };
                    Some(format!("({sum} {op} {})", self.value(part)?))
                })?
            }
            TypedExprKind::Product(first, rest) if is_int => {
                rest.iter().try_fold(self.value(first)?, |product, (op, part)| {
                    (*op == ProductOp::Multiply).then_some(())?;
                    Some(format!("({product} * {})", self.value(part)?))
                })?
            }
            _ => return None,
        })
    }

    fn literal(&self, ty: &Ty, literal: &Literal) -> Option<String> {
        Some(match (literal, ty) {
            (Literal::Bool(value), _) => value.to_string(),
            (Literal::Number(number), Ty::Int) => number.clone(),
            (Literal::Number(number) | Literal::Quantity(number), _) => {
                format!("decimal({})", quoted(&decimal(number)?))
            }
            (Literal::Text(text), _) => quoted(text),
            (Literal::Time(time), _) => format!("datetime({})", quoted(&millisecond(time)?)),
            (Literal::Member(member), Ty::Enum(id)) => {
                let members = &self.model.enumeration(id)?.members;
                quoted(&members.iter().find(|known| known.name == *member)?.wire)
            }
            (Literal::Member(member), _) => quoted(member),
        })
    }
}

/// A decimal as Cedar writes it: one to four digits behind the point, and within its range.
fn decimal(number: &str) -> Option<String> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    // 922337203685477.5807 is the largest.
    (fraction.len() <= 4 && whole.trim_start_matches('-').len() <= 14).then(|| format!("{whole}.{fraction}"))
}

/// A time as Cedar writes it: to the millisecond.
fn millisecond(time: &str) -> Option<String> {
    let (seconds, fraction) = time.trim_end_matches('Z').split_once('.').unwrap_or((time.trim_end_matches('Z'), ""));
    let fraction = fraction.trim_end_matches('0');
    (fraction.len() <= 3).then(|| format!("{seconds}.{fraction:0<3}Z"))
}

/// A text as Cedar writes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            letter if letter.is_control() => drop(write!(out, "\\u{{{:x}}}", u32::from(letter))),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}
