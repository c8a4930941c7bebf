//! Every expression of a declaration, outermost first.

use super::ast::{DeclarationKind, Expr, ExprKind};

/// Calls `visit` for every expression of a declaration, the parts of an expression after it.
pub fn expressions<'t>(kind: &'t DeclarationKind, visit: &mut dyn FnMut(&'t Expr)) {
    match kind {
        DeclarationKind::Policy(policy) => expression(&policy.expression, visit),
        DeclarationKind::Metric(metric) => expression(&metric.expression, visit),
        DeclarationKind::Instance(instance) => instance.fields.iter().for_each(|(_, value)| expression(value, visit)),
        _ => {}
    }
}

/// Calls `visit` for an expression and everything in it. The depth is bounded by the parser.
pub fn expression<'t>(expr: &'t Expr, visit: &mut dyn FnMut(&'t Expr)) {
    visit(expr);
    match &expr.kind {
        ExprKind::Or(parts) | ExprKind::And(parts) => parts.iter().for_each(|part| expression(part, visit)),
        ExprKind::Not(inner) | ExprKind::Negate(inner) => expression(inner, visit),
        ExprKind::Compare { left, right, .. } => {
            expression(left, visit);
            expression(right, visit);
        }
        ExprKind::Sum { first, rest } => {
            expression(first, visit);
            rest.iter().for_each(|(_, term)| expression(term, visit));
        }
        ExprKind::Product { first, rest } => {
            expression(first, visit);
            rest.iter().for_each(|(_, factor)| expression(factor, visit));
        }
        ExprKind::Cast { expr, .. } => expression(expr, visit),
        ExprKind::Aggregate(aggregate) => {
            aggregate.filter.iter().chain(&aggregate.projection).for_each(|part| expression(part, visit));
        }
        ExprKind::Quantified { body, .. } => expression(body, visit),
        ExprKind::GroupBy { filter, key, body, .. } => {
            filter.iter().chain([key, body]).for_each(|part| expression(part, visit));
        }
        ExprKind::Literal(_)
        | ExprKind::Path(_)
        | ExprKind::Instance { .. }
        | ExprKind::Role(_)
        | ExprKind::Missing => {}
    }
}
