//! Reads the declarations of a model into its world.

use super::{Amounts, Element, ElementKind, Flow, Instance, Relation, Thing, World};
use crate::expr::time::Instant;
use crate::expr::{Const, Type, UnitId, Units, number};
use crate::report;
use crate::sea::modules::{Graph, Module, StandIn};
use crate::sea::names::{Found, Kind, Names};
use rust_decimal::Decimal;
use seac_syntax::sea::ast::{self, Annotation, Declaration, DeclarationKind as D, LiteralKind, Value, ValueKind};
use seac_syntax::{Diagnostic, Span};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

impl<'a> World<'a> {
    /// Reads the declarations of a model's modules; names are resolved and units known.
    pub fn build(
        graph: &'a Graph<'a>,
        closure: &[usize],
        names: &Names<'a>,
        units: Units,
        out: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut world = World { units, ..World::default() };
        let modules = || closure.iter().map(|at| (*at, &graph.modules[*at]));
        // A model consists of little else, so there is no room for more of them than there are.
        let count = |is: fn(&D) -> bool| {
            modules()
                .flat_map(|(_, module)| &module.tree.declarations)
                .filter(|declaration| is(&declaration.kind))
                .count()
        };
        world.entities.reserve_exact(count(|kind| matches!(kind, D::Entity(_))));
        world.flows.reserve_exact(count(|kind| matches!(kind, D::Flow(_))));
        world.instances.reserve_exact(count(|kind| matches!(kind, D::Instance(_))));
        // Flows and relations name things, so things come first. Those of other contexts come last.
        let mut own_roles = 0;
        for (_, module) in modules() {
            for declaration in &module.tree.declarations {
                world.thing(module, declaration, out);
            }
            if !matches!(module.stand_in, Some(StandIn::Other(_))) {
                own_roles = world.roles.len();
            }
        }
        for (at, module) in modules() {
            for declaration in &module.tree.declarations {
                world.link(at, declaration, names, out);
            }
        }
        world.unbound(own_roles, out);
        world.amounts = world.measure();
        world
    }

    /// A flow may begin or end at a role only if somebody has that role. Each role is reported once.
    fn unbound(&self, own: usize, out: &mut Vec<Diagnostic>) {
        let bound: BTreeSet<u32> = self.bindings.iter().map(|(_, role)| *role).collect();
        let ends = self.flows.iter().flat_map(|flow| [flow.from, flow.to]).flatten();
        let roles: BTreeSet<u32> = ends.filter(|end| end.kind == ElementKind::Role).map(|end| end.index).collect();
        for role in roles.difference(&bound).filter(|role| (**role as usize) < own) {
            let thing = &self.roles[*role as usize];
            out.push(report::unbound_role(thing.span, thing.name));
        }
    }

    fn thing(&mut self, module: &'a Module<'a>, declaration: &'a Declaration, out: &mut Vec<Diagnostic>) {
        let namespace =
            |domain: Option<&'a ast::Ident>| domain.map_or(module.namespace.as_str(), |domain| domain.value.as_str());
        match &declaration.kind {
            D::Entity(entity) => {
                let notes = self.annotations(ElementKind::Entity, &entity.annotations, out);
                let version = entity.version.as_ref().map(|version| version.value.as_str());
                let thing = self.named(&entity.name, namespace(entity.domain.as_deref()), notes);
                self.entities.push(Thing { version, ..thing });
            }
            D::Role(role) => {
                let notes = self.annotations(ElementKind::Role, &role.annotations, out);
                let thing = self.named(&role.name, namespace(role.domain.as_ref()), notes);
                self.roles.push(thing);
            }
            D::Resource(resource) => {
                let notes = self.annotations(ElementKind::Resource, &resource.annotations, out);
                let thing = self.named(&resource.name, namespace(resource.domain.as_ref()), notes);
                let unit = self.resource_unit(resource.unit.as_ref(), out);
                self.resources.push(Thing { unit, ..thing });
            }
            D::Pattern(pattern) => {
                crate::types::check_regex(&pattern.regex.value, pattern.regex.span, out);
                self.patterns.push(&pattern.regex.value);
            }
            D::Enum(declared) => self.enums.push(declared),
            _ => {}
        }
    }

    fn named(&self, name: &'a ast::Name, namespace: &'a str, notes: Range<u32>) -> Thing<'a> {
        Thing { name: &name.value, namespace, version: None, span: name.span, notes, unit: UnitId(0) }
    }

    fn resource_unit(&mut self, written: Option<&ast::Ident>, out: &mut Vec<Diagnostic>) -> UnitId {
        let Some(written) = written else { return self.units.intern("units") };
        if let Some(known) = self.units.find(&written.value) {
            return known;
        }
        let fold = |symbol: &&str| symbol.eq_ignore_ascii_case(&written.value);
        if let Some(known) = self.units.symbols().find(fold).and_then(|symbol| self.units.find(symbol)) {
            return known;
        }
        out.push(report::undeclared_unit(written.span, "unit", &written.value));
        self.units.intern(&written.value)
    }

    fn link(&mut self, at: usize, declaration: &'a Declaration, names: &Names<'a>, out: &mut Vec<Diagnostic>) {
        match &declaration.kind {
            D::Flow(flow) => {
                let resource = names.resolve(at, Kind::Resource, &flow.resource.value, flow.resource.span, out);
                let resource = resource.map(|symbol| symbol.index);
                let from = party(at, &flow.from, names, out);
                let to = party(at, &flow.to, names, out);
                let quantity = flow.quantity.as_ref().and_then(|quantity| self.amount(quantity, resource, out));
                let notes = self.annotations(ElementKind::Flow, &flow.annotations, out);
                self.flows.push(Flow { resource, from, to, quantity, span: declaration.span, notes });
            }
            D::RoleBinding(binding) => {
                let role = names.resolve(at, Kind::Role, &binding.role.value, binding.role.span, out);
                let entity = names.resolve(at, Kind::Entity, &binding.entity.value, binding.entity.span, out);
                if let (Some(role), Some(entity)) = (role, entity) {
                    self.bindings.insert((entity.index, role.index));
                }
            }
            D::Relation(relation) => {
                let mut role = |name: &ast::Name| {
                    names.resolve(at, Kind::Role, &name.value, name.span, out).map(|symbol| symbol.index)
                };
                let (subject, object) = (role(&relation.subject), role(&relation.object));
                let via = relation.via.as_ref();
                let via = via.and_then(|name| names.resolve(at, Kind::Resource, &name.value, name.span, out));
                self.relations.push(Relation {
                    name: &relation.name.value,
                    subject,
                    predicate: &relation.predicate.value,
                    object,
                    via: via.map(|symbol| symbol.index),
                    span: relation.name.span,
                });
            }
            D::Instance(instance) => {
                let name = &instance.entity;
                let entity = names.resolve(at, Kind::Entity, &name.value, name.span, out).map(|symbol| symbol.index);
                let index = u32::try_from(self.instances.len()).unwrap_or(u32::MAX);
                if let Some(entity) = entity {
                    self.instances_of.entry(entity).or_default().push(index);
                }
                let (name, span) = (instance.id.value.as_str(), instance.id.span);
                let (module, notes) = (at, 0..0);
                self.instances.push(Instance { name, entity, span, notes, module, decl: instance });
            }
            _ => {}
        }
    }

    /// The amount of a flow, told in the unit of its resource.
    fn amount(&mut self, quantity: &ast::Literal, resource: Option<u32>, out: &mut Vec<Diagnostic>) -> Option<Decimal> {
        let exact = |text: &str, span: Span, out: &mut Vec<Diagnostic>| {
            let value = number::parse(text);
            if value.is_none() {
                out.push(report::too_many_digits(span));
            }
            value
        };
        match &quantity.kind {
            LiteralKind::Number(text) => exact(text, quantity.span, out),
            LiteralKind::Quantity { amount, unit } => {
                let value = exact(&amount.value, amount.span, out)?;
                let Some(from) = self.units.find(&unit.value) else {
                    out.push(report::unknown_unit(&unit.value, unit.span, self.units.symbols()));
                    return None;
                };
                let to = self.resources.get(resource? as usize)?.unit;
                let exactly = self.units.convert_exactly(value, from, to);
                self.rounded |= exactly.is_none();
                let converted = exactly.or_else(|| self.units.convert(value, from, to));
                if converted.is_none() && self.units.convertible(from, to) {
                    out.push(report::too_many_digits(quantity.span));
                } else if converted.is_none() {
                    out.push(report::unit_mismatch(unit.span, &unit.value, &self.units.info(to).symbol));
                }
                converted
            }
            _ => {
                out.push(report::mismatch(quantity.span, "a quantity", "another literal"));
                None
            }
        }
    }

    fn annotations(
        &mut self,
        kind: ElementKind,
        annotations: &'a [Annotation],
        out: &mut Vec<Diagnostic>,
    ) -> Range<u32> {
        let start = u32::try_from(self.notes.len()).unwrap_or(u32::MAX);
        for annotation in annotations {
            let key = Cow::Borrowed(annotation.key.value.as_str());
            match annotation.values.as_slice() {
                [] => self.note(kind, key, (Type::Bool, Const::Bool(true))),
                [value, ..] => self.value(kind, key, value, out),
            }
        }
        start..u32::try_from(self.notes.len()).unwrap_or(u32::MAX)
    }

    /// An annotation's value; the members of an object are annotations of their own, with a path as key.
    fn value(&mut self, kind: ElementKind, key: Cow<'a, str>, value: &'a Value, out: &mut Vec<Diagnostic>) {
        if let ValueKind::Object(members) = &value.kind {
            for (name, value) in members {
                self.value(kind, Cow::Owned(format!("{key}.{}", name.value)), value, out);
            }
        } else if let Some(read) = scalar(value, out) {
            self.note(kind, key, read);
        }
    }

    fn note(&mut self, kind: ElementKind, key: Cow<'a, str>, (ty, value): (Type, Const<'a>)) {
        let key = self.keys.intern(key);
        let column = self.columns.entry((kind, key)).or_insert_with(|| ty.clone());
        if *column != ty {
            *column = if column.is_number() && ty.is_number() { Type::Decimal } else { Type::Any };
        }
        self.notes.push((key, value));
    }

    /// What all flows are measured in.
    fn measure(&self) -> Option<Amounts> {
        let moving: BTreeSet<u32> = self.flows.iter().filter_map(|flow| flow.resource).collect();
        let units: BTreeSet<UnitId> = moving.iter().map(|index| self.resources[*index as usize].unit).collect();
        let mut units = units.into_iter();
        let first = units.next()?;
        let rest: Vec<UnitId> = units.collect();
        Some(if rest.is_empty() {
            Amounts::Unit(first)
        } else if rest.iter().all(|unit| self.units.convertible(first, *unit)) {
            Amounts::Dimension(self.units.info(first).dimension.clone())
        } else {
            Amounts::Mixed
        })
    }
}

/// An end of a flow: an entity, or else a role.
fn party(at: usize, name: &ast::Name, names: &Names<'_>, out: &mut Vec<Diagnostic>) -> Option<Element> {
    if let Found::One(id) = names.find(at, Kind::Entity, &name.value) {
        return Some(Element::new(ElementKind::Entity, names.symbols[id as usize].index));
    }
    if let Found::One(id) = names.find(at, Kind::Role, &name.value) {
        return Some(Element::new(ElementKind::Role, names.symbols[id as usize].index));
    }
    names.resolve(at, Kind::Entity, &name.value, name.span, out)?;
    None
}

/// The type and value of an annotation that is no object.
fn scalar<'a>(value: &'a Value, out: &mut Vec<Diagnostic>) -> Option<(Type, Const<'a>)> {
    Some(match &value.kind {
        ValueKind::Null | ValueKind::Object(_) => return None,
        ValueKind::Bool(value) => (Type::Bool, Const::Bool(*value)),
        ValueKind::Number(text) => match number::parse(&text.value) {
            Some(value) if value.scale() == 0 => (Type::Int, Const::Number(value)),
            Some(value) => (Type::Decimal, Const::Number(value)),
            None => {
                out.push(report::too_many_digits(value.span));
                return None;
            }
        },
        ValueKind::String(text) | ValueKind::Word(text) => match Instant::parse(text) {
            Some(moment) => (Type::Time, Const::Time(moment, Cow::Borrowed(text))),
            None => (Type::Text, Const::Text(Cow::Borrowed(text))),
        },
        ValueKind::Array(items) => {
            let read: Vec<(Type, Const<'a>)> = items.iter().filter_map(|item| scalar(item, out)).collect();
            let first = read.first().map_or(Type::Any, |(ty, _)| ty.clone());
            let ty = if read.iter().all(|(ty, _)| *ty == first) { first } else { Type::Any };
            (Type::List(Box::new(ty)), Const::List(read.into_iter().map(|(_, value)| value).collect()))
        }
    })
}
