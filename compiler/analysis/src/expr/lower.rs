//! Typed expressions as the Model has them: what one operation can decide by itself.

use super::node::{Const, Node, NodeKind, RoleRef};
use super::ty::Type;
use super::units::Units;
use crate::report;
use crate::types::constant;
use seac_model::{CompareOp, Literal, ProductOp, Ty, TypedExpr, TypedExprKind};
use seac_syntax::Diagnostic;
use seac_syntax::sea::ast;

type Lowered = Result<TypedExpr, Box<Diagnostic>>;

/// Translates a checked expression; what needs the whole model is refused.
pub fn lower(node: &Node<'_>, units: &Units) -> Lowered {
    let all = |parts: &[Node<'_>]| parts.iter().map(|part| lower(part, units)).collect::<Result<Vec<_>, _>>();
    match &node.kind {
        NodeKind::Const(value) => literal(node, value),
        NodeKind::Fact(fact) => typed(node, TypedExprKind::Fact(fact.clone())),
        NodeKind::And(parts) => Ok(boolean(TypedExprKind::And(all(parts)?))),
        NodeKind::Or(parts) => Ok(boolean(TypedExprKind::Or(all(parts)?))),
        NodeKind::Not(inner) => Ok(boolean(TypedExprKind::Not(Box::new(lower(inner, units)?)))),
        NodeKind::Compare(op, left, right) => compare(node, *op, left, right, units),
        NodeKind::Matches(inner, regex) => {
            let regex = constant(Ty::String, Literal::Text(regex.to_string()));
            let inner = lower(inner, units)?;
            Ok(boolean(TypedExprKind::Compare(CompareOp::Matches, Box::new(inner), Box::new(regex))))
        }
        NodeKind::Sum(first, rest) => {
            let (first, rest) = same(first, rest.iter().map(|(op, part)| (*op, part)), None, units)?;
            Ok(TypedExpr { ty: first.ty.clone(), kind: TypedExprKind::Sum(Box::new(first), rest) })
        }
        NodeKind::Product(first, rest) => {
            let (first, rest) = amount_first(first, rest);
            let ty = &lower(first, units)?.ty;
            let scale = if matches!(ty, Ty::Quantity(_)) { Ty::Decimal } else { ty.clone() };
            let (first, rest) = same(first, rest, Some(&scale), units)?;
            Ok(TypedExpr { ty: first.ty.clone(), kind: TypedExprKind::Product(Box::new(first), rest) })
        }
        NodeKind::Negate(inner) => {
            let inner = lower(inner, units)?;
            Ok(TypedExpr { ty: inner.ty.clone(), kind: TypedExprKind::Negate(Box::new(inner)) })
        }
        NodeKind::HasRole(_, RoleRef::Type(role)) => Ok(boolean(TypedExprKind::HasRole(role.clone()))),
        _ => Err(report::not_in_an_operation(node.span).into()),
    }
}

fn boolean(kind: TypedExprKind) -> TypedExpr {
    TypedExpr { ty: Ty::Bool, kind }
}

fn typed(node: &Node<'_>, kind: TypedExprKind) -> Lowered {
    let ty = node.ty.to_model().ok_or_else(|| report::not_in_an_operation(node.span))?;
    Ok(TypedExpr { ty, kind })
}

fn literal(node: &Node<'_>, value: &Const<'_>) -> Lowered {
    let literal = match value {
        Const::Bool(value) => Literal::Bool(*value),
        Const::Number(value) => Literal::Number(value.normalize().to_string()),
        Const::Quantity(value, _) => Literal::Quantity(value.normalize().to_string()),
        Const::Text(text) => Literal::Text(text.to_string()),
        // However it was written: the model has one text for each moment.
        Const::Time(moment, _) => Literal::Time(moment.to_string()),
        Const::Member(name) => Literal::Member(name.to_string()),
        Const::Interval(..) | Const::List(_) | Const::Instance(_) => {
            return Err(report::not_in_an_operation(node.span).into());
        }
    };
    typed(node, TypedExprKind::Literal(literal))
}

/// The parts of a chain, all of one type: what is emitted has no place for conversions.
#[allow(clippy::type_complexity, reason = "a first part and the rest, as in the tree")]
fn same<'n, Op>(
    first: &Node<'_>,
    rest: impl IntoIterator<Item = (Op, &'n Node<'n>)>,
    ty: Option<&Ty>,
    units: &Units,
) -> Result<(TypedExpr, Vec<(Op, TypedExpr)>), Box<Diagnostic>> {
    let first = lower(first, units)?;
    let ty = ty.unwrap_or(&first.ty).clone();
    let mut parts = Vec::new();
    for (op, node) in rest {
        let part = lower(node, units)?;
        if part.ty != ty {
            return Err(report::mismatch(node.span, &ty.to_string(), &part.ty.to_string()).into());
        }
        parts.push((op, part));
    }
    Ok((first, parts))
}

/// `2 * total` as `total * 2`: the first factor says what a product is.
fn amount_first<'n>(
    first: &'n Node<'n>,
    rest: &'n [(ProductOp, Node<'n>)],
) -> (&'n Node<'n>, Vec<(ProductOp, &'n Node<'n>)>) {
    let mut rest: Vec<(ProductOp, &Node<'_>)> = rest.iter().map(|(op, part)| (*op, part)).collect();
    let is_amount = |node: &Node<'_>| matches!(node.ty, Type::Quantity(_));
    let amount = rest.iter().position(|(op, part)| *op == ProductOp::Multiply && is_amount(part));
    match amount.filter(|_| !is_amount(first)) {
        Some(at) => {
            let (op, amount) = rest.remove(at);
            rest.insert(0, (op, first));
            (amount, rest)
        }
        None => (first, rest),
    }
}

fn compare(node: &Node<'_>, op: ast::CompareOp, left: &Node<'_>, right: &Node<'_>, units: &Units) -> Lowered {
    let Some(op) = compare_op(op) else { return Err(report::not_asked_in_an_operation(node.span, "`during`").into()) };
    if left.ty.is_list() && !matches!(left.kind, NodeKind::Const(_)) {
        return Err(report::not_asked_in_an_operation(node.span, "what a list holds").into());
    }
    if let (CompareOp::Contains, NodeKind::Const(Const::List(items))) = (op, &left.kind) {
        return one_of(items, right, units);
    }
    let (l, r) = (lower(left, units)?, lower(right, units)?);
    if !comparable(op, &l.ty, &r.ty) {
        let finding =
            report::not_comparable(node.span, (left.span, &l.ty.to_string()), (right.span, &r.ty.to_string()));
        return Err(finding.into());
    }
    Ok(boolean(TypedExprKind::Compare(op, Box::new(l), Box::new(r))))
}

/// `["a", "b"] contains x`: x is one of them.
fn one_of(items: &[Const<'_>], value: &Node<'_>, units: &Units) -> Lowered {
    let wanted = lower(value, units)?;
    let mut parts = Vec::with_capacity(items.len());
    for item in items {
        let item = literal(&Node { ty: value.ty.clone(), span: value.span, kind: NodeKind::Error }, item)?;
        parts.push(boolean(TypedExprKind::Compare(CompareOp::Eq, Box::new(wanted.clone()), Box::new(item))));
    }
    Ok(match parts.len() {
        0 => constant(Ty::Bool, Literal::Bool(false)),
        1 => parts.remove(0),
        _ => boolean(TypedExprKind::Or(parts)),
    })
}

fn comparable(op: CompareOp, left: &Ty, right: &Ty) -> bool {
    let text = |ty: &Ty| matches!(ty, Ty::String | Ty::Value(_));
    match op {
        CompareOp::Eq | CompareOp::Ne => left == right || (text(left) && text(right)),
        CompareOp::Lt | CompareOp::Le | CompareOp::Gt | CompareOp::Ge => left == right,
        CompareOp::Contains | CompareOp::StartsWith | CompareOp::EndsWith | CompareOp::Matches => {
            text(left) && text(right)
        }
    }
}

fn compare_op(op: ast::CompareOp) -> Option<CompareOp> {
    Some(match op {
        ast::CompareOp::Eq => CompareOp::Eq,
        ast::CompareOp::Ne => CompareOp::Ne,
        ast::CompareOp::Lt | ast::CompareOp::Before => CompareOp::Lt,
        ast::CompareOp::Le => CompareOp::Le,
        ast::CompareOp::Gt | ast::CompareOp::After => CompareOp::Gt,
        ast::CompareOp::Ge => CompareOp::Ge,
        ast::CompareOp::Contains => CompareOp::Contains,
        ast::CompareOp::StartsWith => CompareOp::StartsWith,
        ast::CompareOp::EndsWith => CompareOp::EndsWith,
        ast::CompareOp::Matches => CompareOp::Matches,
        ast::CompareOp::During | ast::CompareOp::HasRole => return None,
    })
}
