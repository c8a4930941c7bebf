//! Sums, products, signs and casts: what may be combined, and what comes of it.

use super::check::{Checker, Part};
use super::node::{Const, Node, NodeKind};
use super::number;
use super::ty::{Measure, Type};
use super::units::Units;
use crate::report;
use rust_decimal::Decimal;
use seac_model::{ProductOp, SumOp};
use seac_syntax::sea::ast::{self, Expr, Name};
use seac_syntax::{Span, Spanned};

/// What two amounts have in common; none if they cannot be told in each other.
pub fn common(units: &Units, a: &Measure, b: &Measure) -> Option<Measure> {
    match (a, b) {
        (Measure::Mixed, _) | (_, Measure::Mixed) => None,
        (Measure::Unit(x), Measure::Unit(y)) if x == y => Some(a.clone()),
        (Measure::Unit(x), Measure::Unit(y)) => {
            let (x, y) = (units.find(x)?, units.find(y)?);
            units.convertible(x, y).then(|| Measure::Dimension(units.info(x).dimension.clone()))
        }
        (Measure::Unit(unit), Measure::Dimension(dimension)) | (Measure::Dimension(dimension), Measure::Unit(unit)) => {
            let same = units.info(units.find(unit)?).dimension == *dimension && dimension != "Currency";
            same.then(|| Measure::Dimension(dimension.clone()))
        }
        (Measure::Dimension(x), Measure::Dimension(y)) => (x == y).then(|| a.clone()),
    }
}

/// As messages call it.
pub fn measure_word(measure: &Measure) -> String {
    match measure {
        Measure::Unit(unit) => unit.clone(),
        Measure::Dimension(dimension) => dimension.clone(),
        Measure::Mixed => "several dimensions".to_owned(),
    }
}

impl<'a> Checker<'_, 'a> {
    pub(super) fn sum(&mut self, first: &'a Expr, rest: &'a [(Spanned<ast::SumOp>, Expr)], span: Span) -> Part<'a> {
        let first = self.part(first);
        let rest: Vec<_> = rest.iter().map(|(op, expr)| (sum_op(op.value), self.part(expr))).collect();
        if let Some(value) = folded(&first, &rest, |total, op, part| match op {
            SumOp::Add => number::add(total, part),
            SumOp::Subtract => number::subtract(total, part),
        }) {
            return Part::Computed(value, span);
        }
        // A bare number adopts the unit of what it is added to, on either side.
        let model = parts(&first, &rest).find_map(|part| self.own_amount(part));
        let expected = model.as_ref();
        let first = self.close(first, expected);
        let mut ty = self.summand(&first, None);
        let mut nodes = Vec::with_capacity(rest.len());
        for (op, part) in rest {
            let node = self.close(part, expected);
            ty = self.summand(&node, Some(ty));
            nodes.push((op, node));
        }
        Part::Node(Node::new(ty, span, NodeKind::Sum(Box::new(first), nodes)))
    }

    /// The type that bare numbers beside this part adopt.
    fn own_amount(&self, part: &Part<'a>) -> Option<Type> {
        match part {
            Part::Node(node) if matches!(node.ty, Type::Quantity(_) | Type::Decimal) => Some(node.ty.clone()),
            Part::Literal(ast::Literal { kind: ast::LiteralKind::Quantity { unit, .. }, .. }) => {
                self.env.units().find(&unit.value)?;
                Some(Type::Quantity(Measure::Unit(unit.value.to_string())))
            }
            _ => None,
        }
    }

    /// The type of a sum with one more summand.
    fn summand(&mut self, node: &Node<'a>, sum: Option<Type>) -> Type {
        if sum == Some(Type::Error) {
            return Type::Error;
        }
        if !node.ty.is_numeric() {
            self.out.push(report::mismatch(node.span, "a number or a quantity", &node.ty.spell()));
            return Type::Error;
        }
        if let Type::Quantity(measure) = &node.ty
            && let Some(unit) = self.offset_unit(measure)
        {
            self.out.push(report::offset_arithmetic(node.span, &unit));
            return Type::Error;
        }
        let Some(sum) = sum else { return node.ty.clone() };
        match (&sum, &node.ty) {
            (Type::Error, _) | (_, Type::Error) => Type::Error,
            (Type::Any, _) | (_, Type::Any) => Type::Any,
            (Type::Int, Type::Int) => Type::Int,
            (Type::Int | Type::Decimal, Type::Int | Type::Decimal) => Type::Decimal,
            (Type::Quantity(a), Type::Quantity(b)) => match common(self.env.units(), a, b) {
                Some(measure) => Type::Quantity(measure),
                // A literal beside amounts of several dimensions adopts each of them.
                None if matches!(node.kind, NodeKind::Const(Const::Number(_))) => sum,
                None => {
                    self.out.push(report::unit_mismatch(node.span, &measure_word(b), &measure_word(a)));
                    Type::Error
                }
            },
            _ => {
                self.out.push(report::mismatch(node.span, &sum.spell(), &node.ty.spell()));
                Type::Error
            }
        }
    }

    /// The unit, if amounts of it have a zero of their own and so no sums.
    pub(super) fn offset_unit(&self, measure: &Measure) -> Option<String> {
        let Measure::Unit(unit) = measure else { return None };
        let units = self.env.units();
        units.info(units.find(unit)?).has_offset().then(|| unit.clone())
    }

    pub(super) fn product(
        &mut self,
        first: &'a Expr,
        rest: &'a [(Spanned<ast::ProductOp>, Expr)],
        span: Span,
    ) -> Part<'a> {
        let first = self.part(first);
        let rest: Vec<_> = rest.iter().map(|(op, expr)| (product_op(op.value), self.part(expr))).collect();
        if let Some(value) = folded(&first, &rest, |total, op, part| match op {
            ProductOp::Multiply => number::multiply(total, part),
            // A quotient without an end stays an expression, so that nothing is rounded before its time.
            ProductOp::Divide => {
                number::divide(total, part).filter(|quotient| number::multiply(*quotient, part) == Some(total))
            }
        }) {
            return Part::Computed(value, span);
        }
        let fraction = |part: &Part<'a>| {
            matches!(part, Part::Node(node) if matches!(node.ty, Type::Quantity(_) | Type::Decimal))
                || matches!(part, Part::Literal(_))
        };
        let expected = parts(&first, &rest).any(fraction).then_some(Type::Decimal);
        let first = self.factor(first, expected.as_ref());
        let mut ty = first.ty.clone();
        let mut nodes = Vec::with_capacity(rest.len());
        for (op, part) in rest {
            let node = self.factor(part, expected.as_ref());
            ty = self.product_type(ty, op, &node);
            nodes.push((op, node));
        }
        Part::Node(Node::new(ty, span, NodeKind::Product(Box::new(first), nodes)))
    }

    fn factor(&mut self, part: Part<'a>, expected: Option<&Type>) -> Node<'a> {
        let expected = expected.filter(|_| matches!(part, Part::Number(..) | Part::Computed(..)));
        let node = self.close(part, expected);
        if !node.ty.is_numeric() {
            return self.fail(report::mismatch(node.span, "a number or a quantity", &node.ty.spell()), node.span);
        }
        match &node.ty {
            Type::Quantity(measure) => match self.offset_unit(measure) {
                Some(unit) => self.fail(report::offset_arithmetic(node.span, &unit), node.span),
                None => node,
            },
            _ => node,
        }
    }

    fn product_type(&mut self, left: Type, op: ProductOp, right: &Node<'a>) -> Type {
        match (&left, op, &right.ty) {
            (Type::Error, ..) | (_, _, Type::Error) => Type::Error,
            (Type::Any, ..) | (_, _, Type::Any) => Type::Any,
            (Type::Int, ProductOp::Multiply, Type::Int) => Type::Int,
            (Type::Int | Type::Decimal, _, Type::Int | Type::Decimal) => Type::Decimal,
            (Type::Quantity(_), _, Type::Int | Type::Decimal) => left,
            (Type::Int | Type::Decimal, ProductOp::Multiply, Type::Quantity(_)) => right.ty.clone(),
            (Type::Quantity(a), ProductOp::Divide, Type::Quantity(b)) if common(self.env.units(), a, b).is_some() => {
                Type::Decimal
            }
            _ => {
                self.out.push(report::product(right.span, &left.spell(), &right.ty.spell()));
                Type::Error
            }
        }
    }

    pub(super) fn negate(&mut self, inner: &'a Expr, span: Span) -> Part<'a> {
        match self.part(inner) {
            Part::Number(value, _) => Part::Number(-value, span),
            Part::Computed(value, _) => Part::Computed(-value, span),
            part => {
                let node = self.factor(part, None);
                Part::Node(Node::new(node.ty.clone(), span, NodeKind::Negate(Box::new(node))))
            }
        }
    }

    /// `e as "unit"`: tells an amount in another unit of its dimension, or gives a number a unit.
    pub(super) fn cast(&mut self, inner: &'a Expr, unit: &Name, span: Span) -> Node<'a> {
        let node = self.typed(inner);
        let units = self.env.units();
        let Some(to) = units.find(&unit.value) else {
            let finding = report::unknown_unit(&unit.value, unit.span, units.symbols());
            return self.fail(finding, span);
        };
        let ty = Type::Quantity(Measure::Unit(unit.value.to_string()));
        let wanted = Measure::Unit(unit.value.to_string());
        match &node.ty {
            Type::Error => return node,
            Type::Any | Type::Int | Type::Decimal => {}
            Type::Quantity(measure) if common(units, measure, &wanted).is_some() => {}
            Type::Quantity(measure) => {
                let finding = report::unit_mismatch(unit.span, &measure_word(measure), &unit.value);
                return self.fail(finding, span);
            }
            other => return self.fail(report::mismatch(inner.span, "a quantity", &other.spell()), span),
        }
        Node::new(ty, span, NodeKind::Convert(Box::new(node), to))
    }
}

/// All parts of a chain.
fn parts<'p, 'a, Op>(first: &'p Part<'a>, rest: &'p [(Op, Part<'a>)]) -> impl Iterator<Item = &'p Part<'a>> {
    std::iter::once(first).chain(rest.iter().map(|(_, part)| part))
}

/// The value of a chain of nothing but bare numbers, if it can be kept exactly.
fn folded<Op: Copy>(
    first: &Part<'_>,
    rest: &[(Op, Part<'_>)],
    combine: impl Fn(Decimal, Op, Decimal) -> Option<Decimal>,
) -> Option<Decimal> {
    let value = |part: &Part<'_>| match part {
        Part::Number(value, _) | Part::Computed(value, _) => Some(*value),
        _ => None,
    };
    let mut total = value(first)?;
    for (op, part) in rest {
        total = combine(total, *op, value(part)?)?;
    }
    Some(total.normalize())
}

fn sum_op(op: ast::SumOp) -> SumOp {
    match op {
        ast::SumOp::Add => SumOp::Add,
        ast::SumOp::Subtract => SumOp::Subtract,
    }
}

fn product_op(op: ast::ProductOp) -> ProductOp {
    match op {
        ast::ProductOp::Multiply => ProductOp::Multiply,
        ast::ProductOp::Divide => ProductOp::Divide,
    }
}
