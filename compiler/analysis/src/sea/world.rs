//! A model as data: elements in vectors, names as indices, values read once.
//!
//! Everything that is evaluated ranges over these vectors, so what is looked up by name is looked up here, once.

use super::fields::EntityFields;
use super::modules::{Graph, Module};
use super::names::{Kind, Names};
use crate::expr::time::Instant;
use crate::expr::{Const, Type, UnitId, Units, number};
use crate::report;
use rust_decimal::Decimal;
use seac_syntax::sea::ast::{self, Annotation, Declaration, DeclarationKind as D, LiteralKind, Value, ValueKind};
use seac_syntax::{Diagnostic, Span};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Kinds of element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ElementKind {
    Entity,
    Role,
    Resource,
    Flow,
    Relation,
    Instance,
}

/// One element, by its place in the vector of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Element {
    pub kind: ElementKind,
    pub index: u32,
}

impl Element {
    /// The element of this kind at this place.
    pub fn new(kind: ElementKind, index: u32) -> Self {
        Self { kind, index }
    }
}

/// An entity, a role or a resource.
#[derive(Clone, Debug)]
pub struct Thing<'a> {
    pub name: &'a str,
    pub namespace: &'a str,
    pub version: Option<&'a str>,
    pub span: Span,
    pub notes: Range<u32>,
    /// Of a resource.
    pub unit: UnitId,
}

/// One flow. Ends and resource are `None` where they could not be resolved; the model has an error then.
#[derive(Clone, Debug)]
pub struct Flow {
    pub resource: Option<u32>,
    pub from: Option<Element>,
    pub to: Option<Element>,
    pub quantity: Option<Decimal>,
    pub span: Span,
    pub notes: Range<u32>,
}

/// One relation.
#[derive(Clone, Debug)]
pub struct Relation<'a> {
    pub name: &'a str,
    pub subject: Option<u32>,
    pub predicate: &'a str,
    pub object: Option<u32>,
    pub via: Option<u32>,
    pub span: Span,
}

/// One instance.
#[derive(Clone, Debug)]
pub struct Instance<'a> {
    pub name: &'a str,
    pub entity: Option<u32>,
    pub span: Span,
    /// Its fields, in `World::notes`.
    pub notes: Range<u32>,
    pub module: usize,
    pub decl: &'a ast::Instance,
}

/// What flows are measured in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amounts {
    Unit(UnitId),
    /// Convertible into each other.
    Dimension(String),
    Mixed,
}

/// The elements of a model.
#[derive(Debug, Default)]
pub struct World<'a> {
    pub entities: Vec<Thing<'a>>,
    pub roles: Vec<Thing<'a>>,
    pub resources: Vec<Thing<'a>>,
    pub flows: Vec<Flow>,
    pub relations: Vec<Relation<'a>>,
    pub instances: Vec<Instance<'a>>,
    /// Instances of each entity.
    pub instances_of: BTreeMap<u32, Vec<u32>>,
    /// Annotations and fields of all elements; each element has a range of them.
    pub notes: Vec<(u32, Const<'a>)>,
    /// Names of annotations and fields.
    pub keys: Keys<'a>,
    /// Types of annotations: of the kind of element, by key.
    pub columns: BTreeMap<(ElementKind, u32), Type>,
    /// Which role is bound to which entity.
    pub bindings: BTreeSet<(u32, u32)>,
    /// Fields of the entities that declare some.
    pub fields: BTreeMap<u32, EntityFields<'a>>,
    pub units: Units,
    /// Regular expressions of the patterns.
    pub patterns: Vec<&'a str>,
    pub enums: Vec<&'a ast::Enum>,
    /// What all flows are measured in; none without flows.
    pub amounts: Option<Amounts>,
}

/// Interned names.
#[derive(Debug, Default)]
pub struct Keys<'a> {
    pub names: Vec<Cow<'a, str>>,
    by_name: BTreeMap<Cow<'a, str>, u32>,
}

impl<'a> Keys<'a> {
    /// The number of this name.
    pub fn intern(&mut self, name: Cow<'a, str>) -> u32 {
        if let Some(known) = self.by_name.get(&name) {
            return *known;
        }
        let key = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.clone());
        self.by_name.insert(name, key);
        key
    }

    /// The number of this name, if it is used.
    pub fn find(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }
}

impl<'a> World<'a> {
    /// Reads the declarations of a model's modules; names are resolved and units known.
    pub fn build(
        graph: &'a Graph<'a>,
        closure: &[usize],
        names: &Names<'a>,
        units: Units,
        ambient: &'a [super::Ambient],
        out: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut world = World { units, ..World::default() };
        let modules = || closure.iter().map(|at| (*at, &graph.modules[*at]));
        // Flows and relations name things, so things come first.
        for (_, module) in modules() {
            for declaration in &module.tree.declarations {
                world.thing(module, declaration, out);
            }
        }
        let own_roles = world.roles.len();
        for thing in ambient {
            world.ambient(thing);
        }
        let flows = modules().flat_map(|(_, module)| &module.tree.declarations);
        world.flows.reserve_exact(flows.filter(|declaration| matches!(declaration.kind, D::Flow(_))).count());
        for (at, module) in modules() {
            for declaration in &module.tree.declarations {
                world.link(at, declaration, names, out);
            }
        }
        world.unbound(own_roles, out);
        world.amounts = world.measure();
        world
    }

    /// Something that is declared outside the model's files.
    fn ambient(&mut self, thing: &'a super::Ambient) {
        let unit = self.units.intern("units");
        let read = Thing {
            name: &thing.name,
            namespace: &thing.namespace,
            version: None,
            span: thing.span,
            notes: 0..0,
            unit,
        };
        match thing.kind {
            Kind::Entity => self.entities.push(read),
            Kind::Role => self.roles.push(read),
            _ => self.resources.push(read),
        }
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
        let namespace = |domain: &'a Option<ast::Ident>| {
            domain.as_ref().map_or(module.namespace.as_str(), |domain| domain.value.as_str())
        };
        match &declaration.kind {
            D::Entity(entity) => {
                let notes = self.annotations(ElementKind::Entity, &entity.annotations, out);
                let version = entity.version.as_ref().map(|version| version.value.as_str());
                let thing = self.named(&entity.name, namespace(&entity.domain), notes);
                self.entities.push(Thing { version, ..thing });
            }
            D::Role(role) => {
                let notes = self.annotations(ElementKind::Role, &role.annotations, out);
                let thing = self.named(&role.name, namespace(&role.domain), notes);
                self.roles.push(thing);
            }
            D::Resource(resource) => {
                let notes = self.annotations(ElementKind::Resource, &resource.annotations, out);
                let thing = self.named(&resource.name, namespace(&resource.domain), notes);
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
    fn amount(&self, quantity: &ast::Literal, resource: Option<u32>, out: &mut Vec<Diagnostic>) -> Option<Decimal> {
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
                let converted = self.units.convert_exactly(value, from, to);
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

    /// The notes of an element.
    pub fn notes(&self, element: Element) -> &[(u32, Const<'a>)] {
        let index = element.index as usize;
        let range = match element.kind {
            ElementKind::Entity => &self.entities[index].notes,
            ElementKind::Role => &self.roles[index].notes,
            ElementKind::Resource => &self.resources[index].notes,
            ElementKind::Flow => &self.flows[index].notes,
            ElementKind::Instance => &self.instances[index].notes,
            ElementKind::Relation => return &[],
        };
        &self.notes[range.start as usize..range.end as usize]
    }

    /// An entity, role or resource.
    pub fn thing_of(&self, element: Element) -> Option<&Thing<'a>> {
        let index = element.index as usize;
        match element.kind {
            ElementKind::Entity => self.entities.get(index),
            ElementKind::Role => self.roles.get(index),
            ElementKind::Resource => self.resources.get(index),
            ElementKind::Flow | ElementKind::Relation | ElementKind::Instance => None,
        }
    }

    /// The name of an element that has one.
    pub fn name(&self, element: Element) -> Option<&'a str> {
        let index = element.index as usize;
        match element.kind {
            ElementKind::Flow => None,
            ElementKind::Relation => Some(self.relations[index].name),
            ElementKind::Instance => Some(self.instances[index].name),
            _ => self.thing_of(element).map(|thing| thing.name),
        }
    }

    /// The key of an instance, if its entity has one.
    pub fn key_of(&self, instance: u32) -> Option<&str> {
        let entity = self.instances[instance as usize].entity?;
        let key = self.fields.get(&entity)?.fields.iter().find(|field| field.is_key)?.key;
        let notes = self.notes(Element::new(ElementKind::Instance, instance));
        notes.iter().find_map(|(name, value)| match value {
            Const::Text(text) if *name == key => Some(text.as_ref()),
            _ => None,
        })
    }

    /// By kind and name, whatever the order of declaration.
    pub fn order(&self, a: Element, b: Element) -> Ordering {
        let names = |element: Element| -> [&str; 3] {
            let name = |element: Option<Element>| element.and_then(|element| self.name(element)).unwrap_or("");
            if element.kind != ElementKind::Flow {
                return [name(Some(element)), "", ""];
            }
            let flow = &self.flows[element.index as usize];
            let resource = flow.resource.map(|index| Element::new(ElementKind::Resource, index));
            [name(resource), name(flow.from), name(flow.to)]
        };
        let amount = |element: Element| match element.kind {
            ElementKind::Flow => self.flows[element.index as usize].quantity,
            _ => None,
        };
        let by_name = (a.kind, names(a)).cmp(&(b.kind, names(b)));
        by_name.then_with(|| amount(a).cmp(&amount(b))).then_with(|| self.span(a).cmp(&self.span(b)))
    }

    /// How people call an element.
    pub fn label(&self, element: Element) -> String {
        let index = element.index as usize;
        let end = |end: Option<Element>| end.map_or_else(|| "?".to_owned(), |end| self.label(end));
        match element.kind {
            ElementKind::Entity => self.entities[index].name.to_owned(),
            ElementKind::Role => self.roles[index].name.to_owned(),
            ElementKind::Resource => self.resources[index].name.to_owned(),
            ElementKind::Relation => self.relations[index].name.to_owned(),
            ElementKind::Instance => format!("@{}", self.instances[index].name),
            ElementKind::Flow => {
                let flow = &self.flows[index];
                let resource = flow.resource.map_or("?", |resource| self.resources[resource as usize].name);
                format!("{resource}: {} → {}", end(flow.from), end(flow.to))
            }
        }
    }

    /// Where an element is declared.
    pub fn span(&self, element: Element) -> Span {
        let index = element.index as usize;
        match element.kind {
            ElementKind::Entity => self.entities[index].span,
            ElementKind::Role => self.roles[index].span,
            ElementKind::Resource => self.resources[index].span,
            ElementKind::Relation => self.relations[index].span,
            ElementKind::Instance => self.instances[index].span,
            ElementKind::Flow => self.flows[index].span,
        }
    }
}

/// An end of a flow: an entity, or else a role.
fn party(at: usize, name: &ast::Name, names: &Names<'_>, out: &mut Vec<Diagnostic>) -> Option<Element> {
    use super::names::Found;
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
