//! The evaluator. It walks typed nodes; the depth of its recursion is the nesting that the parser bounds.

use super::value::{Cause, Value, Why};
use crate::expr::node::RoleRef;
use crate::expr::time::Instant;
use crate::expr::{Accessor, Node, NodeKind, Source};
use crate::sea::world::{Element, ElementKind, World};
use regex::Regex;
use seac_model::Fact;
use seac_syntax::sea::ast::Quantifier;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How many times as many elements as one expression all of a model may look at.
const MODEL_SHARE: u64 = 10;

/// Evaluates expressions over one model.
pub struct Machine<'n> {
    pub(super) world: &'n World<'n>,
    pub(super) now: Option<Instant>,
    /// Elements that variables are bound to, by slot.
    variables: Vec<Element>,
    /// Groups, by slot.
    groups: BTreeMap<u32, (ElementKind, Rc<[u32]>)>,
    pub(super) memos: Vec<Option<Value<'n>>>,
    regexes: BTreeMap<&'n str, Option<Regex>>,
    derivations: &'n [Option<Node<'n>>],
    derived: Vec<Option<Value<'n>>>,
    /// Elements looked at by the current expression, and by those before it.
    steps: u64,
    spent: u64,
    max_steps: u64,
}

/// The elements of a collection.
pub(super) enum Items<'n> {
    All(ElementKind, u32),
    Some(ElementKind, &'n [u32]),
    Group(ElementKind, Rc<[u32]>),
}

impl Items<'_> {
    pub fn len(&self) -> usize {
        match self {
            Items::All(_, count) => *count as usize,
            Items::Some(_, items) => items.len(),
            Items::Group(_, items) => items.len(),
        }
    }

    pub fn get(&self, at: usize) -> Element {
        match self {
            Items::All(kind, _) => Element::new(*kind, u32::try_from(at).unwrap_or(u32::MAX)),
            Items::Some(kind, items) => Element::new(*kind, items[at]),
            Items::Group(kind, items) => Element::new(*kind, items[at]),
        }
    }
}

impl<'n> Machine<'n> {
    /// An evaluator for expressions over `world`, with room for `memos` kept values.
    pub fn new(
        world: &'n World<'n>,
        now: Option<Instant>,
        memos: usize,
        derivations: &'n [Option<Node<'n>>],
        max_steps: u64,
    ) -> Self {
        Self {
            world,
            now,
            variables: Vec::new(),
            groups: BTreeMap::new(),
            memos: vec![None; memos],
            regexes: BTreeMap::new(),
            derivations,
            derived: vec![None; derivations.len()],
            steps: 0,
            spent: 0,
            max_steps,
        }
    }

    pub(super) fn derivations(&self) -> &'n [Option<Node<'n>>] {
        self.derivations
    }

    /// Evaluates an expression that stands by itself.
    pub fn run(&mut self, node: &'n Node<'n>) -> Value<'n> {
        self.spent += self.steps;
        self.steps = 0;
        self.eval(node)
    }

    /// Counts an element that is looked at; false once there were too many.
    pub(super) fn step(&mut self) -> bool {
        self.steps += 1;
        self.steps <= self.max_steps && self.spent + self.steps <= self.max_steps.saturating_mul(MODEL_SHARE)
    }

    pub(super) fn unknown(&self, node: &'n Node<'n>, element: Option<Element>, why: Why) -> Value<'n> {
        Value::Unknown(Cause { node, element, why })
    }

    pub(super) fn bind(&mut self, slot: u32, element: Element) {
        let slot = slot as usize;
        if slot >= self.variables.len() {
            self.variables.resize(slot + 1, element);
        }
        self.variables[slot] = element;
    }

    pub(super) fn bind_group(&mut self, slot: u32, kind: ElementKind, items: Rc<[u32]>) {
        self.groups.insert(slot, (kind, items));
    }

    pub(super) fn items(&self, source: Source) -> Items<'n> {
        let all = |kind, count: usize| Items::All(kind, u32::try_from(count).unwrap_or(u32::MAX));
        let world = self.world;
        match source {
            Source::Flows => all(ElementKind::Flow, world.flows.len()),
            Source::Entities => all(ElementKind::Entity, world.entities.len()),
            Source::Resources => all(ElementKind::Resource, world.resources.len()),
            Source::Relations => all(ElementKind::Relation, world.relations.len()),
            Source::Instances(None) => all(ElementKind::Instance, world.instances.len()),
            Source::Instances(Some(entity)) => {
                let items = world.instances_of.get(&entity).map(Vec::as_slice).unwrap_or_default();
                Items::Some(ElementKind::Instance, items)
            }
            Source::Group(slot) => match self.groups.get(&slot) {
                Some((kind, items)) => Items::Group(*kind, Rc::clone(items)),
                None => Items::Some(ElementKind::Flow, &[]),
            },
        }
    }

    /// Evaluates a part of an expression.
    pub(super) fn eval(&mut self, node: &'n Node<'n>) -> Value<'n> {
        match &node.kind {
            NodeKind::Const(value) => Value::of(value),
            NodeKind::Variable(slot) => Value::Element(self.variables[*slot as usize]),
            NodeKind::Member(inner, accessor, _) => self.member(node, inner, *accessor),
            NodeKind::Compare(op, left, right) => {
                let (left, right) = (self.eval(left), self.eval(right));
                self.compare(node, *op, left, right)
            }
            NodeKind::And(parts) => self.decide(parts, false),
            NodeKind::Or(parts) => self.decide(parts, true),
            NodeKind::Not(inner) => match self.eval(inner) {
                Value::Bool(value) => Value::Bool(!value),
                Value::Unknown(cause) => Value::Unknown(cause),
                _ => self.unknown(node, None, Why::WrongType),
            },
            NodeKind::Sum(first, rest) => self.sum(node, first, rest),
            NodeKind::Product(first, rest) => self.product(node, first, rest),
            NodeKind::Negate(inner) => match self.eval(inner) {
                Value::Number(value) => Value::Number(-value),
                Value::Quantity(value, unit) => Value::Quantity(-value, unit),
                Value::Unknown(cause) => Value::Unknown(cause),
                _ => self.unknown(node, None, Why::WrongType),
            },
            NodeKind::Convert(inner, unit) => {
                let value = self.eval(inner);
                self.convert(node, value, *unit)
            }
            NodeKind::Matches(inner, regex) => self.matches(node, inner, regex),
            NodeKind::HasRole(inner, role) => self.has_role(node, inner, role),
            NodeKind::Aggregate(aggregate) => self.remembered(aggregate.memo, |m| m.aggregate(node, aggregate)),
            NodeKind::Quantified { quantifier, slot, source, body, memo, .. } => {
                self.remembered(*memo, |m| m.quantified(node, *quantifier, *slot, *source, body))
            }
            NodeKind::GroupBy { memo, .. } => self.remembered(*memo, |m| m.group_by(node)),
            NodeKind::Derived(index) => self.derived(node, *index as usize),
            NodeKind::Role(RoleRef::Index(role)) => Value::Element(Element::new(ElementKind::Role, *role)),
            NodeKind::Fact(Fact::Now) => match self.now {
                Some(now) => Value::Time(now),
                None => self.unknown(node, None, Why::NoClock),
            },
            NodeKind::Fact(_) | NodeKind::Role(_) | NodeKind::Error => self.unknown(node, None, Why::Missing),
        }
    }

    fn remembered(&mut self, memo: Option<u32>, compute: impl FnOnce(&mut Self) -> Value<'n>) -> Value<'n> {
        let Some(memo) = memo else { return compute(self) };
        if let Some(known) = self.memos[memo as usize] {
            return known;
        }
        let value = compute(self);
        // What one expression could not afford, another may.
        if !matches!(value, Value::Unknown(Cause { why: Why::Limit, .. })) {
            self.memos[memo as usize] = Some(value);
        }
        value
    }

    fn derived(&mut self, node: &'n Node<'n>, index: usize) -> Value<'n> {
        if let Some(known) = self.derived[index] {
            return known;
        }
        let derivations = self.derivations;
        let value = match &derivations[index] {
            Some(derivation) => self.eval(derivation),
            None => self.unknown(node, None, Why::Missing),
        };
        self.derived[index] = Some(value);
        value
    }

    /// `and` is decided by the first false part, `or` by the first true one, whatever is unknown beside it.
    fn decide(&mut self, parts: &'n [Node<'n>], decisive: bool) -> Value<'n> {
        let mut unknown = None;
        for part in parts {
            match self.eval(part) {
                Value::Bool(value) if value == decisive => return Value::Bool(decisive),
                Value::Bool(_) => {}
                Value::Unknown(cause) => unknown = unknown.or(Some(cause)),
                _ => unknown = unknown.or(Some(Cause { node: part, element: None, why: Why::WrongType })),
            }
        }
        unknown.map_or(Value::Bool(!decisive), Value::Unknown)
    }

    fn member(&mut self, node: &'n Node<'n>, inner: &'n Node<'n>, accessor: Accessor) -> Value<'n> {
        match self.eval(inner) {
            Value::Element(element) => self.read(node, element, accessor),
            Value::Unknown(cause) => Value::Unknown(cause),
            _ => self.unknown(node, None, Why::WrongType),
        }
    }

    fn read(&self, node: &'n Node<'n>, element: Element, accessor: Accessor) -> Value<'n> {
        let index = element.index as usize;
        let world = self.world;
        let part = |kind, index: Option<u32>| index.map(|index| Value::Element(Element::new(kind, index)));
        let found = match (element.kind, accessor) {
            (_, Accessor::Annotation(key) | Accessor::Field(key)) => {
                let note = world.notes(element).iter().find(|(known, _)| *known == key);
                let named = || match (element.kind, accessor) {
                    (ElementKind::Instance, Accessor::Field(key)) => self.built_in(element.index, key),
                    _ => None,
                };
                note.map(|(_, value)| Value::of(value)).or_else(named)
            }
            (ElementKind::Flow, Accessor::Quantity) => {
                let flow = &world.flows[index];
                let unit = flow.resource.map(|resource| world.resources[resource as usize].unit);
                flow.quantity.zip(unit).map(|(amount, unit)| Value::Quantity(amount, unit))
            }
            (ElementKind::Flow, Accessor::Resource) => part(ElementKind::Resource, world.flows[index].resource),
            (ElementKind::Flow, Accessor::From) => world.flows[index].from.map(Value::Element),
            (ElementKind::Flow, Accessor::To) => world.flows[index].to.map(Value::Element),
            (ElementKind::Instance, Accessor::Entity) => part(ElementKind::Entity, world.instances[index].entity),
            (ElementKind::Relation, Accessor::Subject) => part(ElementKind::Role, world.relations[index].subject),
            (ElementKind::Relation, Accessor::Object) => part(ElementKind::Role, world.relations[index].object),
            (ElementKind::Relation, Accessor::Via) => part(ElementKind::Resource, world.relations[index].via),
            (ElementKind::Relation, Accessor::Predicate) => Some(Value::Text(world.relations[index].predicate)),
            (_, Accessor::Name) => world.name(element).map(Value::Text),
            (_, accessor) => world.thing_of(element).and_then(|thing| match accessor {
                Accessor::Namespace => Some(Value::Text(thing.namespace)),
                Accessor::Version => thing.version.map(Value::Text),
                Accessor::Unit => Some(Value::Text(&world.units.info(thing.unit).symbol)),
                _ => None,
            }),
        };
        found.unwrap_or_else(|| self.unknown(node, Some(element), Why::Missing))
    }

    /// What an instance is called and is, under a name that other instances have a field for.
    fn built_in(&self, instance: u32, key: u32) -> Option<Value<'n>> {
        let found = &self.world.instances[instance as usize];
        match self.world.keys.names.get(key as usize)?.as_ref() {
            _ if self.world.declares(instance, key) => None,
            "name" | "id" => Some(Value::Text(found.name)),
            "entity" => found.entity.map(|entity| Value::Element(Element::new(ElementKind::Entity, entity))),
            _ => None,
        }
    }

    fn matches(&mut self, node: &'n Node<'n>, inner: &'n Node<'n>, regex: &'n str) -> Value<'n> {
        let value = self.eval(inner);
        if let Value::Unknown(cause) = value {
            return Value::Unknown(cause);
        }
        let Some(text) = self.text(value) else { return self.unknown(node, None, Why::WrongType) };
        let compiled = self.regexes.entry(regex).or_insert_with(|| Regex::new(regex).ok());
        match compiled {
            Some(regex) => Value::Bool(regex.is_match(text)),
            None => self.unknown(node, None, Why::WrongType),
        }
    }

    fn has_role(&mut self, node: &'n Node<'n>, inner: &'n Node<'n>, role: &RoleRef) -> Value<'n> {
        let RoleRef::Index(role) = role else { return self.unknown(node, None, Why::Missing) };
        match self.eval(inner) {
            Value::Unknown(cause) => Value::Unknown(cause),
            Value::Element(element) => Value::Bool(match element.kind {
                ElementKind::Role => element.index == *role,
                ElementKind::Entity => self.world.bindings.contains(&(element.index, *role)),
                _ => false,
            }),
            _ => self.unknown(node, None, Why::WrongType),
        }
    }

    fn quantified(
        &mut self,
        node: &'n Node<'n>,
        quantifier: Quantifier,
        slot: u32,
        source: Source,
        body: &'n Node<'n>,
    ) -> Value<'n> {
        let items = self.items(source);
        let (mut found, mut unknown) = (0, None);
        for at in 0..items.len() {
            if !self.step() {
                return self.unknown(node, None, Why::Limit);
            }
            self.bind(slot, items.get(at));
            match (quantifier, self.eval(body)) {
                (_, Value::Unknown(cause)) if cause.why == Why::Limit => return Value::Unknown(cause),
                (Quantifier::Forall, Value::Bool(false)) => return Value::Bool(false),
                (Quantifier::Exists, Value::Bool(true)) => return Value::Bool(true),
                (Quantifier::ExistsUnique, Value::Bool(true)) if found == 1 => return Value::Bool(false),
                (_, Value::Bool(value)) => found += u32::from(value),
                (_, Value::Unknown(cause)) => unknown = Some(self.first_of(unknown, cause)),
                _ => {
                    let cause = Cause { node: body, element: Some(items.get(at)), why: Why::WrongType };
                    unknown = Some(self.first_of(unknown, cause));
                }
            }
        }
        match (unknown, quantifier) {
            (Some(cause), _) => Value::Unknown(cause),
            (None, Quantifier::Forall) => Value::Bool(true),
            (None, Quantifier::Exists) => Value::Bool(false),
            (None, Quantifier::ExistsUnique) => Value::Bool(found == 1),
        }
    }

    /// Of two causes, the one whose element comes first by name: which one is told must not depend on the order in
    /// which elements are declared.
    pub(super) fn first_of(&self, known: Option<Cause<'n>>, cause: Cause<'n>) -> Cause<'n> {
        let Some(known) = known else { return cause };
        let place = |cause: &Cause<'n>| (cause.node.span.start, cause.why);
        match (known.element, cause.element) {
            (Some(a), Some(b)) => {
                if self.world.order(b, a).then_with(|| place(&cause).cmp(&place(&known))).is_lt() {
                    cause
                } else {
                    known
                }
            }
            _ if place(&cause) < place(&known) => cause,
            _ => known,
        }
    }
}
