//! Rego: the decision on every operation — who may call it, and what its policies say of input and state.
//!
//! A decision has three values, as in SEA. Each condition becomes two rules, one that is true if it holds and one that is
//! true if it does not; where a fact is missing both are undefined. A call is allowed if every obligation holds and every
//! prohibition does not, so what is unknown denies.

mod exact;

use super::fidelity::ALL;
use super::{Kind, Options, Page};
use crate::{EmitError, sorted};
use exact::{HELPERS, is_exact, scaled, unit};
use seac_model::{
    BoundPolicy, CompareOp, Context, Fact, Literal, Modality, Model, Operation, ProductOp, SumOp, Ty, TypedExpr,
    TypedExprKind,
};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A module for each context that has operations.
pub fn project(model: &Model, options: &Options, page: &mut Page) -> Result<(), EmitError> {
    for (slug, context) in options.contexts(model) {
        unbound(slug, context, page);
        page.losses.separation(slug, context);
        if context.operations.is_empty() {
            page.losses.add(Kind::Context, slug.as_str(), ALL, "It has no operations to decide on.");
            continue;
        }
        let text = Module { model, package: options.text("package"), text: String::new() }.module(slug, context);
        page.file(slug, text, sorted(context.operations.values().map(|operation| &operation.origin)))?;
    }
    Ok(())
}

/// Notes policies that govern no operation: they are about the model as a whole, which no request has.
fn unbound(slug: &str, context: &Context, page: &mut Page) {
    let bound: BTreeSet<&str> = context
        .operations
        .values()
        .flat_map(|operation| &operation.policies)
        .filter(|bound| bound.policy.context == slug)
        .map(|bound| bound.policy.name.as_str())
        .collect();
    for name in context.policies.keys().filter(|name| !bound.contains(name.as_str())) {
        page.losses.add(
            Kind::Policy,
            format!("{slug}.{name}"),
            ALL,
            "It governs no operation, so no request asks for it.",
        );
    }
    let callers: BTreeSet<String> =
        context.operations.values().flat_map(|operation| &operation.roles).map(ToString::to_string).collect();
    for name in context.roles.keys().filter(|name| !callers.contains(&format!("{slug}.{name}"))) {
        page.losses.add(Kind::Role, format!("{slug}.{name}"), ALL, "It may call nothing.");
    }
}

struct Module<'a> {
    model: &'a Model,
    package: &'a str,
    text: String,
}

impl Module<'_> {
    fn module(mut self, slug: &str, context: &Context) -> String {
        let prefix: Vec<String> = self.package.split('.').filter(|part| !part.is_empty()).map(word).collect();
        let package: Vec<String> = prefix.into_iter().chain([word(slug)]).collect();
        let _ = writeln!(self.text, "package {}\n\nimport rego.v1\n", package.join("."));
        self.text.push_str(
            "# input.operation, input.actor.id, input.actor.roles, input.input, input.state, input.now\n\
             # (RFC 3339); decimals are texts, as on the wire.\n\ndefault allow := false\n",
        );
        let head = self.text.len();
        for (place, (name, operation)) in context.operations.iter().enumerate() {
            self.operation(place, name, operation);
        }
        let used = HELPERS.iter().filter(|(call, _)| self.text.contains(call));
        let helpers: String = used.map(|(_, text)| format!("\n{text}")).collect();
        self.text.insert_str(head, &helpers);
        self.text
    }

    fn operation(&mut self, place: usize, name: &str, operation: &Operation) {
        let is_it = format!("input.operation == {}", quoted(name));
        let mut conditions = vec![is_it.clone()];
        if !operation.roles.is_empty() {
            let caller = format!("caller_{place}");
            for role in &operation.roles {
                let _ = writeln!(self.text, "\n{caller} if {} in input.actor.roles", quoted(&role.to_string()));
            }
            let _ = writeln!(self.text, "\ndeny contains \"not_permitted\" if {{\n    {is_it}\n    not {caller}\n}}");
            conditions.push(caller);
        }
        for (number, policy) in operation.policies.iter().enumerate() {
            let rule = format!("policy_{place}_{number}");
            self.policy(&rule, policy);
            let holds = match policy.modality {
                Modality::Obligation => format!("{rule}_holds"),
                Modality::Prohibition => format!("{rule}_fails"),
                // What grants is needed where an operation is governed by it: the service denies without it.
                Modality::Permission => format!("{rule}_holds"),
            };
            let code = quoted(&policy.code);
            let _ = writeln!(self.text, "\ndeny contains {code} if {{\n    {is_it}\n    not {holds}\n}}");
            conditions.push(holds);
        }
        let _ = writeln!(self.text, "\nallow if {{\n    {}\n}}", conditions.join("\n    "));
    }

    fn policy(&mut self, rule: &str, policy: &BoundPolicy) {
        let _ = writeln!(self.text, "\n# {}", policy.policy.to_string().replace(char::is_control, " "));
        for line in policy.rationale.iter().flat_map(|rationale| rationale.lines()) {
            let _ = writeln!(self.text, "# {}", line.replace(char::is_control, " "));
        }
        self.condition(rule, &policy.expression);
    }

    /// The rules `rule_holds` and `rule_fails` of a condition.
    fn condition(&mut self, rule: &str, expr: &TypedExpr) {
        match &expr.kind {
            TypedExprKind::And(parts) => self.junction(rule, parts, "holds", "fails"),
            TypedExprKind::Or(parts) => self.junction(rule, parts, "fails", "holds"),
            TypedExprKind::Not(inner) => {
                self.condition(&format!("{rule}_n"), inner);
                self.rule(rule, "holds", &format!("{rule}_n_fails"));
                self.rule(rule, "fails", &format!("{rule}_n_holds"));
            }
            TypedExprKind::Compare(op, left, right) => {
                let (holds, fails) = self.compare(*op, left, right);
                self.rule(rule, "holds", &holds);
                self.rule(rule, "fails", &fails);
            }
            TypedExprKind::HasRole(role) => {
                let role = quoted(&role.to_string());
                self.rule(rule, "holds", &format!("{role} in input.actor.roles"));
                self.rule(rule, "fails", &format!("not {role} in input.actor.roles"));
            }
            _ => {
                let value = self.value(expr);
                self.rule(rule, "holds", &format!("{value} == true"));
                self.rule(rule, "fails", &format!("{value} == false"));
            }
        }
    }

    /// `every` of all parts together is `every` of the whole, `any` of one of them is `any` of it.
    fn junction(&mut self, rule: &str, parts: &[TypedExpr], every: &str, any: &str) {
        let names: Vec<String> = (0..parts.len()).map(|number| format!("{rule}_{number}")).collect();
        for (name, part) in names.iter().zip(parts) {
            self.condition(name, part);
        }
        let all: Vec<String> = names.iter().map(|name| format!("{name}_{every}")).collect();
        self.rule(rule, every, &all.join("\n    "));
        for name in &names {
            self.rule(rule, any, &format!("{name}_{any}"));
        }
    }

    fn rule(&mut self, rule: &str, suffix: &str, body: &str) {
        let _ = writeln!(self.text, "\n{rule}_{suffix} if {{\n    {body}\n}}");
    }

    /// What makes a comparison hold, and what makes it fail; a missing side makes both undefined.
    fn compare(&self, op: CompareOp, left: &TypedExpr, right: &TypedExpr) -> (String, String) {
        let exact = is_exact(left) && is_exact(right) && unit(left) == unit(right);
        let whole = exact && left.ty == Ty::Int && right.ty == Ty::Int;
        let value = |side| match (exact, whole) {
            (_, true) => self.whole(side),
            (true, _) => self.exact(side),
            _ => self.value(side),
        };
        let (a, b) = (value(left), value(right));
        let pair = |yes: &str, no: &str| (format!("{a} {yes} {b}"), format!("{a} {no} {b}"));
        match op {
            CompareOp::Eq => pair("==", "!="),
            CompareOp::Ne => pair("!=", "=="),
            CompareOp::Lt => pair("<", ">="),
            CompareOp::Le => pair("<=", ">"),
            CompareOp::Gt => pair(">", "<="),
            CompareOp::Ge => pair(">=", "<"),
            CompareOp::Contains if matches!(left.ty, Ty::List(_)) => {
                (format!("{b} in {a}"), format!("left := {a}\n    right := {b}\n    not right in left"))
            }
            CompareOp::Contains => function("contains", &a, &b),
            CompareOp::StartsWith => function("startswith", &a, &b),
            CompareOp::EndsWith => function("endswith", &a, &b),
            CompareOp::Matches => {
                (format!("regex.match({b}, {a})"), format!("left := {a}\n    not regex.match({b}, left)"))
            }
        }
    }

    /// The value of an expression, undefined if a fact that it needs is missing.
    fn value(&self, expr: &TypedExpr) -> String {
        match &expr.kind {
            TypedExprKind::Literal(literal) => self.literal(&expr.ty, literal),
            TypedExprKind::Fact(fact) => self.fact(&expr.ty, fact),
            TypedExprKind::Negate(inner) => format!("(0 - {})", self.value(inner)),
            TypedExprKind::Sum(first, rest) => rest
                .iter()
                .fold(self.value(first), |sum, (op, part)| format!("({sum} {} {})", sign(*op), self.value(part))),
            TypedExprKind::Product(first, rest) => rest.iter().fold(self.value(first), |product, (op, part)| {
                let op = if *op == ProductOp::Multiply { "*" } else { "/" };
                format!("({product} {op} {})", self.value(part))
            }),
            // Conditions are rules of their own; as a value they are what makes their rule true.
            _ => "true".to_owned(),
        }
    }

    fn fact(&self, ty: &Ty, fact: &Fact) -> String {
        let path = path(fact);
        match ty {
            Ty::Decimal => format!("number({path})"),
            Ty::Quantity(unit) => self.amount(&format!("number({path}.amount)"), unit),
            Ty::Timestamp => format!("time.parse_rfc3339_ns(given({path}))"),
            _ => format!("given({path})"),
        }
    }

    /// A sum of whole numbers, undefined where it is beyond what the service counts with.
    fn whole(&self, expr: &TypedExpr) -> String {
        match &expr.kind {
            TypedExprKind::Negate(inner) => format!("whole(0 - {})", self.whole(inner)),
            TypedExprKind::Sum(first, rest) => rest
                .iter()
                .fold(self.whole(first), |sum, (op, part)| format!("whole({sum} {} {})", sign(*op), self.whole(part))),
            _ => self.value(expr),
        }
    }

    /// The value as a whole number of its 30th decimal place, for all of one unit: a fraction in binary would not be exact.
    fn exact(&self, expr: &TypedExpr) -> String {
        match &expr.kind {
            TypedExprKind::Literal(Literal::Number(text) | Literal::Quantity(text)) => scaled(text),
            TypedExprKind::Fact(fact) if expr.ty == Ty::Int => format!("(given({}) * {})", path(fact), scaled("1")),
            TypedExprKind::Fact(fact) if expr.ty == Ty::Decimal => format!("exact({})", path(fact)),
            TypedExprKind::Fact(fact) => format!("exact({}.amount)", path(fact)),
            TypedExprKind::Negate(inner) => format!("(0 - {})", self.exact(inner)),
            TypedExprKind::Sum(first, rest) => rest
                .iter()
                .fold(self.exact(first), |sum, (op, part)| format!("kept({sum} {} {})", sign(*op), self.exact(part))),
            _ => self.value(expr),
        }
    }

    /// An amount in the base of its dimension, so that units of one dimension can be compared.
    fn amount(&self, amount: &str, unit: &str) -> String {
        let Some(unit) = self.model.units.get(unit) else { return amount.to_owned() };
        let scaled = if unit.factor == "1" { amount.to_owned() } else { format!("({amount} * {})", unit.factor) };
        unit.offset.as_ref().map_or(scaled.clone(), |offset| format!("({scaled} + {offset})"))
    }

    fn literal(&self, ty: &Ty, literal: &Literal) -> String {
        match literal {
            Literal::Bool(value) => value.to_string(),
            Literal::Number(number) => number.clone(),
            Literal::Quantity(amount) => match ty {
                Ty::Quantity(unit) => self.amount(amount, unit),
                _ => amount.clone(),
            },
            Literal::Text(text) => quoted(text),
            Literal::Time(time) => format!("time.parse_rfc3339_ns({})", quoted(time)),
            Literal::Member(member) => {
                let wire = match ty {
                    Ty::Enum(id) => self.model.enumeration(id).and_then(|declared| {
                        Some(declared.members.iter().find(|known| known.name == *member)?.wire.clone())
                    }),
                    _ => None,
                };
                quoted(&wire.unwrap_or_else(|| member.clone()))
            }
        }
    }
}

fn sign(op: SumOp) -> &'static str {
    if op == SumOp::Add { "+" } else { "-" }
}

fn path(fact: &Fact) -> String {
    match fact {
        Fact::Input { field, .. } => format!("input.input[{}]", quoted(field)),
        Fact::State { field, .. } => format!("input.state[{}]", quoted(field)),
        Fact::ActorId => "input.actor.id".to_owned(),
        Fact::Now => "input.now".to_owned(),
    }
}

fn function(name: &str, left: &str, right: &str) -> (String, String) {
    (format!("{name}({left}, {right})"), format!("left := {left}\n    right := {right}\n    not {name}(left, right)"))
}

/// A text as Rego and JSON write it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A name as a part of a package's path.
fn word(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    // A word of the language, or a digit in front, would end the path.
    let taken = [
        "as", "contains", "data", "default", "else", "every", "false", "if", "import", "in", "input", "not", "null",
        "package", "set", "some", "true", "with",
    ];
    if taken.contains(&plain.as_str()) || plain.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{plain}")
    } else {
        plain
    }
}
