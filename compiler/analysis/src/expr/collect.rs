//! Expressions over collections: aggregates, quantifiers, groups.

use super::check::{Binding, Checker};
use super::node::{Accessor, Aggregate, Node, NodeKind, Source};
use super::time;
use super::ty::{Measure, Shape, Type};
use super::units::UnitId;
use crate::report;
use seac_syntax::Span;
use seac_syntax::sea::ast::{self, AggregateFunction, Collection, Expr, Ident, Quantifier};

impl<'a> Checker<'_, 'a> {
    fn source(&mut self, collection: &Collection) -> Option<(Source, Shape)> {
        let name = &collection.name;
        if let Some(at) = self.variables.iter().rposition(|variable| *variable.name == *name.value) {
            self.outermost = self.outermost.min(at);
            let variable = &self.variables[at];
            if variable.is_group {
                return Some((Source::Group(variable.slot), variable.shape.clone()));
            }
            let finding = report::one_element(name.span, &name.value, variable.shape.word());
            self.out.push(finding);
            return None;
        }
        self.env.collection(collection).map_err(|finding| self.out.push(*finding)).ok()
    }

    fn bind(&mut self, variable: Option<&'a Ident>, shape: &Shape, is_group: bool) -> u32 {
        let name = variable.map_or("", |variable| variable.value.as_str());
        if let Some(variable) = variable
            && self.variables.iter().any(|known| known.name == name)
        {
            self.out.push(report::shadowed_variable(variable.span, name));
        }
        let slot = u32::try_from(self.variables.len()).unwrap_or(u32::MAX);
        self.variables.push(Binding { name, slot, shape: shape.clone(), is_group });
        slot
    }

    pub(super) fn quantified(
        &mut self,
        quantifier: Quantifier,
        variable: &'a Ident,
        collection: &'a Collection,
        body: &'a Expr,
        whole: &'a Expr,
    ) -> Node<'a> {
        let (depth, outside) = self.enter();
        let Some((source, shape)) = self.source(collection) else { return Node::error(whole.span) };
        let slot = self.bind(Some(variable), &shape, false);
        let known = self.resources.len();
        let body = Box::new(self.condition(body));
        self.resources.truncate(known);
        self.variables.pop();
        let memo = self.memo(whole, depth, outside);
        Node::bool(whole.span, NodeKind::Quantified { quantifier, name: &variable.value, slot, source, body, memo })
    }

    pub(super) fn group_by(
        &mut self,
        variable: &'a Ident,
        collection: &'a Collection,
        filter: Option<&'a Expr>,
        key: &'a Expr,
        body: &'a Expr,
        whole: &'a Expr,
    ) -> Node<'a> {
        let (depth, outside) = self.enter();
        let Some((source, shape)) = self.source(collection) else { return Node::error(whole.span) };
        let slot = self.bind(Some(variable), &shape, false);
        let filter = filter.map(|filter| {
            let node = self.condition(filter);
            self.narrow(filter);
            Box::new(node)
        });
        let key = Box::new(self.typed(key));
        self.variables.pop();
        let group = self.bind(Some(variable), &shape, true);
        let body = Box::new(self.condition(body));
        self.variables.pop();
        self.resources.retain(|(known, _)| *known != slot);
        let memo = self.memo(whole, depth, outside);
        Node::bool(whole.span, NodeKind::GroupBy { slot, group, source, filter, key, body, memo })
    }

    /// How many variables there are, and the outermost one that was used so far.
    fn enter(&mut self) -> (usize, usize) {
        (self.variables.len(), std::mem::replace(&mut self.outermost, usize::MAX))
    }

    pub(super) fn aggregate(&mut self, aggregate: &'a ast::Aggregate, whole: &'a Expr) -> Node<'a> {
        let (depth, outside) = self.enter();
        let Some((source, shape)) = self.source(&aggregate.collection) else { return Node::error(whole.span) };
        let slot = self.bind(aggregate.variable.as_ref(), &shape, false);
        let known = self.resources.len();
        if let Source::Group(group) = source
            && let Some(resource) = self.resource_of(group)
        {
            self.resources.push((slot, resource));
        }
        let window = match &aggregate.window {
            Some((count, unit)) => self.window(count, unit, slot, &shape),
            None => self.given_window(aggregate.collection.span, slot, &shape),
        };
        let filter = aggregate.filter.as_ref().map(|filter| {
            let node = self.condition(filter);
            self.narrow(filter);
            node
        });
        let projection = self.projection(aggregate, slot, &shape);
        self.resources.truncate(known);
        self.variables.pop();
        let Ok(window) = window else { return Node::error(whole.span) };
        let function = aggregate.function.value;
        let (ty, unit) = match &projection {
            _ if function == AggregateFunction::Count => (Type::Int, None),
            Some(projection) => self.result(function, projection),
            None => {
                let span = aggregate.collection.span;
                return self.fail(report::aggregate_needs_values(span, function), whole.span);
            }
        };
        let memo = self.memo(whole, depth, outside);
        let projection = projection.filter(|_| function != AggregateFunction::Count);
        let aggregate = Aggregate { function, slot, source, window, filter, projection, unit, memo };
        Node::new(ty, whole.span, NodeKind::Aggregate(Box::new(aggregate)))
    }

    fn projection(&mut self, aggregate: &'a ast::Aggregate, slot: u32, shape: &Shape) -> Option<Node<'a>> {
        let variable = || Node::new(Type::Element(shape.clone()), aggregate.collection.span, NodeKind::Variable(slot));
        match (&aggregate.field, &aggregate.projection) {
            (Some(field), _) => Some(self.members(variable(), std::slice::from_ref(field), field.span)),
            (None, Some(projection)) => Some(self.typed(projection)),
            (None, None) => None,
        }
    }

    /// The type of an aggregate, and the unit of an empty sum.
    fn result(&mut self, function: AggregateFunction, projection: &Node<'a>) -> (Type, Option<UnitId>) {
        let span = projection.span;
        let adds = matches!(function, AggregateFunction::Sum | AggregateFunction::Avg);
        match &projection.ty {
            Type::Error => (Type::Error, None),
            Type::Any => (Type::Any, None),
            Type::Int if function == AggregateFunction::Avg => (Type::Decimal, None),
            Type::Int | Type::Decimal => (projection.ty.clone(), None),
            Type::Time if !adds => (Type::Time, None),
            Type::Quantity(Measure::Mixed) => {
                self.out.push(report::mixed_amounts(span));
                (Type::Error, None)
            }
            Type::Quantity(measure) => {
                if let Some(unit) = self.offset_unit(measure).filter(|_| function == AggregateFunction::Sum) {
                    self.out.push(report::offset_arithmetic(span, &unit));
                    return (Type::Error, None);
                }
                let unit = if let Measure::Unit(unit) = measure { self.env.units().find(unit) } else { None };
                (projection.ty.clone(), unit)
            }
            other => {
                self.out.push(report::mismatch(span, "a number or a quantity", &other.spell()));
                (Type::Error, None)
            }
        }
    }

    /// `over last N "unit"`; an error was reported if it is none.
    fn window(
        &mut self,
        count: &ast::Number,
        unit: &ast::Name,
        slot: u32,
        shape: &Shape,
    ) -> Result<Window<'a>, Reported> {
        let Some(unit_seconds) = time::unit_seconds(&unit.value) else {
            self.out.push(report::window_unit(unit.span, &unit.value));
            return Err(Reported);
        };
        let seconds = time::seconds(&count.value, unit_seconds).map_err(|why| {
            self.out.push(report::window_length(count.span, (&count.value, &unit.value), why));
            Reported
        })?;
        let accessor = self.env.time(shape, unit.span).map_err(|finding| {
            self.out.push(*finding);
            Reported
        })?;
        Ok(Some((seconds, looked_at(accessor, slot, shape, unit.span))))
    }

    /// The window that is given for all aggregates, over what may have a time.
    fn given_window(&mut self, span: Span, slot: u32, shape: &Shape) -> Result<Window<'a>, Reported> {
        let Some((seconds, written)) = self.window else { return Ok(None) };
        if !matches!(shape, Shape::Flow | Shape::Instance(_)) {
            return Ok(None);
        }
        let Ok(accessor) = self.env.time(shape, span) else {
            self.out.push(report::nothing_in_window(written, shape.word(), span));
            return Err(Reported);
        };
        Ok(Some((seconds, looked_at(accessor, slot, shape, span))))
    }
}

/// So many seconds back from the clock, and the time of an element.
type Window<'a> = Option<(i64, Node<'a>)>;

/// A finding was made.
struct Reported;

/// The time of the element that a variable is bound to.
fn looked_at<'a>(accessor: Accessor, slot: u32, shape: &Shape, span: Span) -> Node<'a> {
    let variable = Node::new(Type::Element(shape.clone()), span, NodeKind::Variable(slot));
    Node::new(Type::Time, span, NodeKind::Member(Box::new(variable), accessor, "timestamp"))
}
