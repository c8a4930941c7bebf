//! Lints on the policies of a model: demands that make no sense, because they are constant, contradictory, unreachable,
//! shadowed or tied.

use super::policies::{Checked, Stage};
use crate::expr::{Const, Node, NodeKind, canonical_text};
use crate::generated::lints::PolicyLint;
use crate::lint::at;
use crate::report;
use rust_decimal::Decimal;
use seac_syntax::sea::ast::{CompareOp, Expr, ExprKind, LiteralKind, Modality, PolicyKind};
use seac_syntax::{Diagnostic, Span};
use std::collections::BTreeMap;

/// Looks at all policies of a model.
pub fn run(stage: &Stage<'_, '_>, policies: &[Checked<'_>], out: &mut Vec<Diagnostic>) {
    for lint in PolicyLint::ALL {
        at(lint.code(), lint.level(stage.profile), out, |out| check(*lint)(policies, out));
    }
}

type Check = fn(&[Checked<'_>], &mut Vec<Diagnostic>);

fn check(lint: PolicyLint) -> Check {
    match lint {
        PolicyLint::ConstantPolicy => constants,
        PolicyLint::Contradictory => contradictions,
        PolicyLint::Unreachable => unreachable,
        PolicyLint::Shadowed => shadowed,
        PolicyLint::PriorityTie => ties,
    }
}

fn sound<'c, 'a>(policies: &'c [Checked<'a>]) -> impl Iterator<Item = &'c Checked<'a>> {
    policies.iter().filter(|checked| !checked.node.has_error())
}

fn constants(policies: &[Checked<'_>], out: &mut Vec<Diagnostic>) {
    out.extend(sound(policies).filter_map(|checked| {
        let value = constant(&checked.node)?;
        Some(report::constant_policy(&checked.policy.name.value, checked.policy.expression.span, value))
    }));
}

fn unreachable(policies: &[Checked<'_>], out: &mut Vec<Diagnostic>) {
    let open = sound(policies).filter(|checked| constant(&checked.node).is_none());
    open.for_each(|checked| parts(&checked.node, out));
}

/// Within one policy, and between two.
fn contradictions(policies: &[Checked<'_>], out: &mut Vec<Diagnostic>) {
    sound(policies).for_each(|checked| ranges(&checked.policy.expression, out));
    for (checked, other, agree) in pairs(policies) {
        if !agree {
            out.push(report::contradictory(&checked.policy.name.value, checked.policy.name.span, named(other)));
        }
    }
}

fn shadowed(policies: &[Checked<'_>], out: &mut Vec<Diagnostic>) {
    for (checked, other, agree) in pairs(policies) {
        if agree {
            out.push(report::shadowed_policy(&checked.policy.name.value, checked.policy.name.span, named(other)));
        }
    }
}

fn named<'c>(checked: &'c Checked<'_>) -> (&'c str, Span) {
    (checked.policy.name.value.as_str(), checked.policy.name.span)
}

/// The value of a condition that depends on nothing.
fn constant(node: &Node<'_>) -> Option<bool> {
    match &node.kind {
        NodeKind::Const(Const::Bool(value)) => Some(*value),
        NodeKind::Not(inner) => constant(inner).map(|value| !value),
        NodeKind::And(parts) => decided(parts, false),
        NodeKind::Or(parts) => decided(parts, true),
        NodeKind::Compare(op, left, right) => match (&left.kind, &right.kind) {
            (NodeKind::Const(left), NodeKind::Const(right)) => compare(*op, left, right),
            _ => None,
        },
        _ => None,
    }
}

fn decided(parts: &[Node<'_>], decisive: bool) -> Option<bool> {
    let values: Option<Vec<bool>> = parts.iter().map(constant).collect();
    values.map(|values| if values.contains(&decisive) { decisive } else { !decisive })
}

fn compare(op: CompareOp, left: &Const<'_>, right: &Const<'_>) -> Option<bool> {
    let order = match (left, right) {
        (Const::Number(a), Const::Number(b)) => a.cmp(b),
        (Const::Quantity(a, unit), Const::Quantity(b, other)) if unit == other => a.cmp(b),
        (Const::Text(a), Const::Text(b)) => a.cmp(b),
        (Const::Time(a, _), Const::Time(b, _)) => a.cmp(b),
        (Const::Bool(a), Const::Bool(b)) => a.cmp(b),
        _ => return None,
    };
    Some(match op {
        CompareOp::Eq => order.is_eq(),
        CompareOp::Ne => order.is_ne(),
        CompareOp::Lt | CompareOp::Before => order.is_lt(),
        CompareOp::Le => order.is_le(),
        CompareOp::Gt | CompareOp::After => order.is_gt(),
        CompareOp::Ge => order.is_ge(),
        _ => return None,
    })
}

/// Constants beside what is not constant, and filters that let everything or nothing pass.
fn parts(node: &Node<'_>, out: &mut Vec<Diagnostic>) {
    let decisive = match &node.kind {
        NodeKind::And(_) => Some(false),
        NodeKind::Or(_) => Some(true),
        _ => None,
    };
    if let NodeKind::Aggregate(aggregate) = &node.kind
        && let Some(filter) = &aggregate.filter
        && let Some(value) = constant(filter)
    {
        out.push(report::unreachable(filter.span, value, !value));
    }
    for child in node.children() {
        match (decisive, constant(child)) {
            (Some(decisive), Some(value)) => out.push(report::unreachable(child.span, value, value == decisive)),
            _ => parts(child, out),
        }
    }
}

/// Conditions on one thing within an `and` that no value satisfies: `x > 5 and x < 3`.
fn ranges(expr: &Expr, out: &mut Vec<Diagnostic>) {
    match &expr.kind {
        ExprKind::And(parts) => {
            let mut known: BTreeMap<String, (Range, Span)> = BTreeMap::new();
            for part in parts {
                let Some((what, range)) = bound(part) else {
                    ranges(part, out);
                    continue;
                };
                let (so_far, first) = known.entry(what).or_insert((Range::default(), part.span));
                let both = so_far.and(&range);
                if both.is_empty() && !so_far.is_empty() {
                    out.push(report::empty_range(part.span, *first));
                }
                (*so_far, *first) = (both, part.span);
            }
        }
        ExprKind::Or(parts) => parts.iter().for_each(|part| ranges(part, out)),
        ExprKind::Not(inner) => ranges(inner, out),
        ExprKind::Quantified { body, .. } => ranges(body, out),
        ExprKind::Aggregate(aggregate) => aggregate.filter.iter().for_each(|filter| ranges(filter, out)),
        _ => {}
    }
}

/// Numbers from one to another; a bound with `true` belongs to them.
#[derive(Clone, Copy, Default)]
struct Range {
    low: Option<(Decimal, bool)>,
    high: Option<(Decimal, bool)>,
}

impl Range {
    fn and(&self, other: &Self) -> Self {
        let low = match (self.low, other.low) {
            (Some(a), Some(b)) => Some(if (a.0, !a.1) > (b.0, !b.1) { a } else { b }),
            (a, b) => a.or(b),
        };
        let high = match (self.high, other.high) {
            (Some(a), Some(b)) => Some(if (a.0, a.1) < (b.0, b.1) { a } else { b }),
            (a, b) => a.or(b),
        };
        Self { low, high }
    }

    fn is_empty(&self) -> bool {
        match (self.low, self.high) {
            (Some(low), Some(high)) => low.0 > high.0 || (low.0 == high.0 && !(low.1 && high.1)),
            _ => false,
        }
    }
}

/// What a comparison with a number says, and about what.
fn bound(expr: &Expr) -> Option<(String, Range)> {
    let ExprKind::Compare { op, left, right } = &expr.kind else { return None };
    let ExprKind::Literal(literal) = &right.kind else { return None };
    let (text, unit) = match &literal.kind {
        LiteralKind::Number(text) => (text, ""),
        LiteralKind::Quantity { amount, unit } => (&amount.value, unit.value.as_str()),
        _ => return None,
    };
    let value = crate::expr::number::parse(text)?;
    let range = match op.value {
        CompareOp::Eq => Range { low: Some((value, true)), high: Some((value, true)) },
        CompareOp::Lt => Range { low: None, high: Some((value, false)) },
        CompareOp::Le => Range { low: None, high: Some((value, true)) },
        CompareOp::Gt => Range { low: Some((value, false)), high: None },
        CompareOp::Ge => Range { low: Some((value, true)), high: None },
        _ => return None,
    };
    Some((format!("{} {unit}", canonical_text(left)), range))
}

/// Policies about the same expression, each with the first of them, and whether the two demand the same.
fn pairs<'c, 'a>(policies: &'c [Checked<'a>]) -> Vec<(&'c Checked<'a>, &'c Checked<'a>, bool)> {
    let mut pairs = Vec::new();
    let mut demands: BTreeMap<(usize, String), Vec<(&'c Checked<'a>, bool)>> = BTreeMap::new();
    for checked in policies {
        let demanded = match (checked.kind(), checked.modality()) {
            (PolicyKind::Derivation, _) | (_, Modality::Permission) => continue,
            (_, Modality::Obligation) => true,
            (_, Modality::Prohibition) => false,
        };
        // `not e` demands the opposite of `e`.
        let (expr, demanded) = match &checked.policy.expression.kind {
            ExprKind::Not(inner) => (inner.as_ref(), !demanded),
            _ => (&checked.policy.expression, demanded),
        };
        if constant(&checked.node).is_some() || matches!(expr.kind, ExprKind::Missing) {
            continue;
        }
        demands.entry((checked.module, canonical_text(expr))).or_default().push((checked, demanded));
    }
    for mut same in demands.into_values() {
        let priority = |checked: &Checked<'_>| crate::expr::number::parse(checked.priority()).unwrap_or_default();
        same.sort_by(|a, b| {
            priority(b.0).cmp(&priority(a.0)).then_with(|| a.0.policy.name.value.cmp(&b.0.policy.name.value))
        });
        let Some(((first, demand), rest)) = same.split_first() else { continue };
        pairs.extend(rest.iter().map(|(checked, demanded)| (*checked, *first, demanded == demand)));
    }
    pairs
}

fn ties(policies: &[Checked<'_>], out: &mut Vec<Diagnostic>) {
    let mut known: BTreeMap<(PolicyKind, &str), (&str, Span)> = BTreeMap::new();
    for checked in policies {
        let name = &checked.policy.name;
        match known.get(&(checked.kind(), checked.priority())) {
            Some(first) => out.push(report::priority_tie(&name.value, name.span, *first, checked.priority())),
            None => {
                known.insert((checked.kind(), checked.priority()), (&name.value, name.span));
            }
        }
    }
}
