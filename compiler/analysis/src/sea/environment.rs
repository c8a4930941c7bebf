//! What names mean in expressions about the whole model.

use super::names::{Found, Kind, Names};
use super::world::{Amounts, ElementKind, World};
use crate::expr::node::RoleRef;
use crate::expr::{Accessor, Const, Environment, Measure, Node, NodeKind, Resolved, Shape, Source, Type, Units};
use crate::report;
use seac_model::{Fact, TypeId};
use seac_syntax::sea::ast::{Collection, Ident};
use seac_syntax::{Diagnostic, Span};
use std::borrow::Cow;
use std::collections::BTreeMap;

type Checked<T> = Result<T, Box<Diagnostic>>;

/// The derivations that expressions may name.
#[derive(Debug, Default)]
pub struct Derivations<'a> {
    /// Places by name.
    pub index: BTreeMap<&'a str, usize>,
    /// Types of what they compute, once that is known.
    pub types: Vec<Option<Type>>,
}

/// The names of one module.
pub struct ModelEnvironment<'w, 'a> {
    world: &'w World<'a>,
    names: &'w Names<'a>,
    module: usize,
    derivations: &'w Derivations<'a>,
}

const COLLECTIONS: &[&str] = &["flows", "entities", "resources", "relations", "instances", "entity_instances"];

impl<'w, 'a> ModelEnvironment<'w, 'a> {
    /// The names of a module of the model.
    pub fn new(world: &'w World<'a>, names: &'w Names<'a>, module: usize, derivations: &'w Derivations<'a>) -> Self {
        Self { world, names, module, derivations }
    }

    /// The entity with this id.
    fn entity(&self, id: &TypeId) -> Option<u32> {
        self.names.qualified(Kind::Entity, &id.context, &id.name).map(|symbol| symbol.index)
    }

    fn quantity(&self, resource: Option<&str>) -> Type {
        let amounts = match resource {
            Some(name) => self
                .names
                .find_anywhere(self.module, Kind::Resource, name)
                .map(|symbol| Amounts::Unit(self.world.resources[symbol.index as usize].unit)),
            None => self.world.amounts.clone(),
        };
        match amounts {
            Some(Amounts::Unit(unit)) => Type::Quantity(Measure::Unit(self.world.units.info(unit).symbol.clone())),
            Some(Amounts::Dimension(dimension)) => Type::Quantity(Measure::Dimension(dimension)),
            Some(Amounts::Mixed) => Type::Quantity(Measure::Mixed),
            // There are no such flows, so nothing can be said about their unit.
            None => Type::Any,
        }
    }

    fn built_in(&self, shape: &Shape, name: &str, resource: Option<&str>) -> Option<(Type, Accessor)> {
        let text = |accessor| Some((Type::Text, accessor));
        let element = |shape, accessor| Some((Type::Element(shape), accessor));
        match (shape, name) {
            (Shape::Flow, "resource") => element(Shape::Resource, Accessor::Resource),
            (Shape::Flow, "from" | "from_entity") => element(Shape::Party, Accessor::From),
            (Shape::Flow, "to" | "to_entity") => element(Shape::Party, Accessor::To),
            (Shape::Flow, "quantity") => Some((self.quantity(resource), Accessor::Quantity)),
            (Shape::Flow, _) => None,
            (Shape::Instance(_), "entity") => element(Shape::Entity, Accessor::Entity),
            (Shape::Instance(_), "name" | "id") => text(Accessor::Name),
            (Shape::Instance(_), _) => None,
            (Shape::Relation, "subject") => element(Shape::Role, Accessor::Subject),
            (Shape::Relation, "object") => element(Shape::Role, Accessor::Object),
            (Shape::Relation, "via") => element(Shape::Resource, Accessor::Via),
            (Shape::Relation, "predicate") => text(Accessor::Predicate),
            (Shape::Relation, "name") => text(Accessor::Name),
            (Shape::Relation, _) => None,
            (Shape::Resource, "unit") => text(Accessor::Unit),
            (Shape::Entity, "version") => text(Accessor::Version),
            (_, "name") => text(Accessor::Name),
            (_, "namespace" | "domain") => text(Accessor::Namespace),
            _ => None,
        }
    }

    fn annotation(&self, shape: &Shape, name: &str) -> Option<(Type, Accessor)> {
        let key = self.world.keys.find(name)?;
        let kinds: &[ElementKind] = match shape {
            Shape::Flow => &[ElementKind::Flow],
            Shape::Entity => &[ElementKind::Entity],
            Shape::Resource => &[ElementKind::Resource],
            Shape::Role => &[ElementKind::Role],
            Shape::Party => &[ElementKind::Entity, ElementKind::Role],
            Shape::Relation | Shape::Instance(_) => &[],
        };
        let ty = kinds.iter().find_map(|kind| self.world.columns.get(&(*kind, key)))?;
        Some((ty.clone(), Accessor::Annotation(key)))
    }

    /// A field of instances of one entity, or of all.
    fn field(&self, of: Option<u32>, name: &str) -> Option<(Type, Accessor)> {
        let field = |ty: Type, key: u32| Some((ty, Accessor::Field(key)));
        let key = self.world.keys.find(name);
        if let Some(entity) = of {
            return match self.world.fields.get(&entity) {
                Some(declared) => {
                    let declared = declared.get(name)?;
                    field(declared.ty.clone(), declared.key)
                }
                // An entity without a body says nothing about its instances.
                None => field(Type::Any, key.unwrap_or(u32::MAX)),
            };
        }
        let mut types = self.world.fields.values().filter_map(|declared| declared.get(name)).map(|field| &field.ty);
        match (types.next(), key) {
            (Some(first), Some(key)) => {
                let same = types.all(|ty| ty == first);
                field(if same { first.clone() } else { Type::Any }, key)
            }
            _ if key.is_some() || self.world.fields.is_empty() => field(Type::Any, key.unwrap_or(u32::MAX)),
            _ => None,
        }
    }

    /// Whether an instance has a field of its own where others have a built-in member.
    fn shadowed(&self, of: Option<u32>, name: &str) -> bool {
        match of {
            Some(entity) => self.world.shadowed.contains(&(entity, name)),
            None => self.world.shadowed.iter().any(|(_, known)| *known == name),
        }
    }

    fn known_members(&self, shape: &Shape) -> Vec<&str> {
        let built_in: &[&str] = match shape {
            Shape::Flow => &["resource", "from", "to", "quantity"],
            Shape::Entity => &["name", "namespace", "version"],
            Shape::Resource => &["name", "namespace", "unit"],
            Shape::Role | Shape::Party => &["name", "namespace"],
            Shape::Relation => &["name", "subject", "predicate", "object", "via"],
            Shape::Instance(_) => &["name", "entity"],
        };
        let fields = self.world.fields.iter().filter(|(entity, _)| match shape {
            Shape::Instance(of) => of.is_none_or(|of| of == **entity),
            _ => false,
        });
        let fields = fields.flat_map(|(_, declared)| declared.fields.iter().map(|field| field.name));
        let notes =
            self.world.keys.names.iter().map(AsRef::as_ref).filter(|name| self.annotation(shape, name).is_some());
        built_in.iter().copied().chain(fields).chain(notes).collect()
    }
}

impl<'a> Environment<'a> for ModelEnvironment<'_, 'a> {
    fn units(&self) -> &Units {
        &self.world.units
    }

    fn root(&self, path: &'a [Ident], span: Span) -> Resolved<'a> {
        let first = path[0].value.as_str();
        if first == "now" {
            return Resolved::Node(Node::new(Type::Time, path[0].span, NodeKind::Fact(Fact::Now)), 1);
        }
        if let Some(index) = self.derivations.index.get(first).copied() {
            let ty = self.derivations.types[index].clone().unwrap_or(Type::Error);
            let kind = NodeKind::Derived(u32::try_from(index).unwrap_or(u32::MAX));
            return Resolved::Node(Node::new(ty, path[0].span, kind), 1);
        }
        if let (Found::One(id), Some(member)) = (self.names.find(self.module, Kind::Enum, first), path.get(1)) {
            let symbol = &self.names.symbols[id as usize];
            let id = TypeId::new(symbol.namespace, symbol.name);
            let members = self.members(&id);
            return match members.iter().find(|(name, _)| **name == *member.value) {
                Some((name, _)) => {
                    let constant = Const::Member(Cow::Owned(name.clone()));
                    Resolved::Node(Node::new(Type::Enum(id), span, NodeKind::Const(constant)), 2)
                }
                None => {
                    let known = members.iter().map(|(name, _)| name.as_str());
                    let what = format!("member of {first}");
                    Resolved::Failed(report::unknown(&what, &member.value, member.span, known).into())
                }
            };
        }
        Resolved::Word
    }

    fn member(&self, of: &Type, name: &Ident, resource: Option<&str>) -> Checked<(Type, Accessor)> {
        let shape = match of {
            Type::Any => {
                let field = self.world.keys.find(&name.value).map(Accessor::Field);
                let built_in =
                    || self.built_in(&Shape::Instance(None), &name.value, None).map(|(_, accessor)| accessor);
                return Ok((Type::Any, field.or_else(built_in).unwrap_or(Accessor::Field(u32::MAX))));
            }
            Type::Element(shape) => shape.clone(),
            Type::Ref(id) => Shape::Instance(self.entity(id)),
            other => return Err(report::no_members(name.span, &other.spell()).into()),
        };
        let field = match &shape {
            Shape::Instance(entity) => {
                // A field comes before a built-in member, whether an entity declares it or an instance just has it.
                let declared = self.field(*entity, &name.value);
                let built_in = self.built_in(&shape, &name.value, resource);
                match (&declared, built_in) {
                    (Some((Type::Any, _)) | None, Some(built_in)) if !self.shadowed(*entity, &name.value) => {
                        Some(built_in)
                    }
                    _ => declared,
                }
            }
            // What a flow has of its own is not replaced by an annotation of that name.
            Shape::Flow => {
                self.built_in(&shape, &name.value, resource).or_else(|| self.annotation(&shape, &name.value))
            }
            shape => self.annotation(shape, &name.value).or_else(|| self.built_in(shape, &name.value, resource)),
        };
        field.ok_or_else(|| {
            let what = format!("member of {}", shape.word());
            report::unknown(&what, &name.value, name.span, self.known_members(&shape)).into()
        })
    }

    fn nested(&self, of: &Type, names: &[Ident]) -> Option<usize> {
        let Type::Element(shape) = of else { return None };
        let path: Vec<&str> = names.iter().map(|name| name.value.as_str()).collect();
        let known = (2..=path.len()).rev().find(|read| self.annotation(shape, &path[..*read].join(".")).is_some());
        known.or_else(|| {
            // `f.cqrs.knd`: what begins like an annotation with members is looked for among them.
            let prefix = format!("{}.", path.first()?);
            let begins = self.world.keys.names.iter().filter(|key| key.starts_with(&prefix));
            let alone = self.annotation(shape, path.first()?).is_none();
            (path.len() > 1 && alone && begins.into_iter().any(|key| self.annotation(shape, key).is_some()))
                .then_some(path.len())
        })
    }

    fn instance(&self, id: &Ident) -> Checked<Node<'a>> {
        let mut out = Vec::new();
        match self.names.resolve(self.module, Kind::Instance, &id.value, id.span, &mut out) {
            Some(symbol) => {
                let shape = Shape::Instance(self.world.instances[symbol.index as usize].entity);
                let kind = NodeKind::Const(Const::Instance(symbol.index));
                Ok(Node::new(Type::Element(shape), id.span, kind))
            }
            None => Err(out.pop().unwrap_or_else(|| report::unknown("instance", &id.value, id.span, [])).into()),
        }
    }

    fn collection(&self, collection: &Collection) -> Checked<(Source, Shape)> {
        let name = &collection.name;
        let found = match name.value.to_ascii_lowercase().as_str() {
            "flows" => (Source::Flows, Shape::Flow),
            "entities" => (Source::Entities, Shape::Entity),
            "resources" => (Source::Resources, Shape::Resource),
            "relations" => (Source::Relations, Shape::Relation),
            "instances" | "entity_instances" => (Source::Instances(None), Shape::Instance(None)),
            _ => {
                let known = COLLECTIONS.iter().copied();
                return Err(report::unknown("collection", &name.value, name.span, known).into());
            }
        };
        let Some(of) = &collection.of else { return Ok(found) };
        if found.0 != Source::Instances(None) {
            return Err(report::mismatch(of.span, "a collection of instances", "`of` behind another one").into());
        }
        let mut out = Vec::new();
        match self.names.resolve(self.module, Kind::Entity, &of.value, of.span, &mut out) {
            Some(symbol) => Ok((Source::Instances(Some(symbol.index)), Shape::Instance(Some(symbol.index)))),
            None => Err(out.pop().unwrap_or_else(|| report::unknown("entity", &of.value, of.span, [])).into()),
        }
    }

    fn time(&self, shape: &Shape, span: Span) -> Checked<Accessor> {
        let found = match shape {
            Shape::Instance(of) => self.field(*of, "timestamp"),
            shape => self.annotation(shape, "timestamp"),
        };
        match found {
            Some((Type::Time | Type::Any, accessor)) => Ok(accessor),
            // Nothing to range over: the window is as good as any other.
            None if *shape == Shape::Flow && self.world.flows.is_empty() => Ok(Accessor::Annotation(u32::MAX)),
            _ => Err(report::no_time(span, shape.word()).into()),
        }
    }

    fn members(&self, id: &TypeId) -> Vec<(String, String)> {
        let symbol = self.names.qualified(Kind::Enum, &id.context, &id.name);
        let found = symbol.and_then(|symbol| self.world.enums.get(symbol.index as usize));
        let members = found.map(|found| found.members.as_slice()).unwrap_or_default();
        members.iter().map(|member| (member.name.value.to_string(), member.wire.value.to_string())).collect()
    }

    fn role(&self, name: &str, span: Span) -> Checked<RoleRef> {
        let mut out = Vec::new();
        match self.names.resolve(self.module, Kind::Role, name, span, &mut out) {
            Some(symbol) => Ok(RoleRef::Index(symbol.index)),
            None => Err(out.pop().unwrap_or_else(|| report::unknown("role", name, span, [])).into()),
        }
    }

    fn pattern(&self, name: &str) -> Option<Cow<'a, str>> {
        let Found::One(id) = self.names.find(self.module, Kind::Pattern, name) else { return None };
        let index = self.names.symbols[id as usize].index as usize;
        self.world.patterns.get(index).map(|regex| Cow::Borrowed(*regex))
    }

    fn declared(&self, shape: &Shape, name: &str) -> Option<Cow<'a, str>> {
        let kinds: &[Kind] = match shape {
            Shape::Resource => &[Kind::Resource],
            Shape::Entity => &[Kind::Entity],
            Shape::Role => &[Kind::Role],
            Shape::Party => &[Kind::Entity, Kind::Role],
            Shape::Relation => &[Kind::Relation],
            // Instances go by their keys.
            Shape::Instance(_) => return Some(Cow::Owned(name.to_owned())),
            Shape::Flow => &[],
        };
        let mut found = kinds.iter().filter_map(|kind| self.names.find_anywhere(self.module, *kind, name));
        found.next().map(|symbol| Cow::Borrowed(symbol.name))
    }

    fn unknown(&self, word: &str, span: Span) -> Box<Diagnostic> {
        if COLLECTIONS.contains(&word) {
            return report::collection_alone(span, word).into();
        }
        // The nearest of very many names takes long to find.
        let derivations = self.derivations.index.keys().copied().take(1000);
        let known = derivations.chain(COLLECTIONS.iter().copied()).chain(["now"]);
        report::unknown("name", word, span, known).into()
    }
}
