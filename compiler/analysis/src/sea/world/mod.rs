//! A model as data: elements in vectors, names as indices, values read once.
//!
//! Everything that is evaluated ranges over these vectors, so what is looked up by name is looked up here, once.

mod read;

use super::fields::{EntityFields, FieldInfo};
use crate::expr::{Const, Type, UnitId, Units};
use rust_decimal::Decimal;
use seac_syntax::Span;
use seac_syntax::sea::ast;
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
    /// Fields that instances have of their own and that are called like a built-in member, by entity.
    pub shadowed: BTreeSet<(u32, &'a str)>,
    /// Fields of the entities that declare some.
    pub fields: BTreeMap<u32, EntityFields<'a>>,
    pub units: Units,
    /// Whether an amount had to be rounded to be kept in the unit of its resource.
    pub rounded: bool,
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

    /// Whether this instance's entity declares a field whose name has this number.
    pub fn declares(&self, instance: u32, key: u32) -> bool {
        let entity = self.instances[instance as usize].entity;
        let fields = entity.and_then(|entity| self.fields.get(&entity));
        fields.is_some_and(|fields| fields.by_key(key).is_some())
    }

    /// The key of an entity, if it declares one.
    pub fn key_field(&self, entity: u32) -> Option<&FieldInfo<'a>> {
        self.fields.get(&entity)?.fields.iter().find(|field| field.is_key)
    }

    /// The key of an instance, if its entity has one.
    pub fn key_of(&self, instance: u32) -> Option<&str> {
        let entity = self.instances[instance as usize].entity?;
        let key = self.key_field(entity)?.key;
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
        by_name
            .then_with(|| amount(a).cmp(&amount(b)))
            .then_with(|| self.said(a).cmp(&self.said(b)))
            .then_with(|| self.span(a).cmp(&self.span(b)))
    }

    /// The annotations of an element as texts: they tell apart what has the same names, wherever it is declared.
    fn said(&self, element: Element) -> Vec<(&str, String)> {
        let text = |value: &Const<'a>| match value {
            // Its number depends on where it is declared, its name does not.
            Const::Instance(index) => format!("@{}", self.instances[*index as usize].name),
            other => format!("{other:?}"),
        };
        let notes = self.notes(element).iter();
        let mut said: Vec<(&str, String)> =
            notes.map(|(key, value)| (self.keys.names[*key as usize].as_ref(), text(value))).collect();
        said.sort();
        said
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
