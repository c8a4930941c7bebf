//! What each context declares, and what a name means in it.

use crate::load::{ContextInput, Inputs};
use crate::report;
use seac_model::TypeId;
use seac_syntax::sds::ast::Text;
use seac_syntax::sea::ast::DeclarationKind;
use seac_syntax::{Diagnostic, Span};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of concept that share a name space within a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Entity,
    Record,
    Enum,
    ValueObject,
    Role,
    Policy,
    Operation,
    Event,
    Resource,
    Pattern,
}

impl Kind {
    /// As messages call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Entity => "entity",
            Self::Record => "record",
            Self::Enum => "enum",
            Self::ValueObject => "value object",
            Self::Role => "role",
            Self::Policy => "policy",
            Self::Operation => "operation",
            Self::Event => "event",
            Self::Resource => "resource",
            Self::Pattern => "pattern",
        }
    }

    /// Types share one name space, and an event is the type of its payload; the others have one each: a flow's resource
    /// may be called as its event is.
    fn space(self) -> u8 {
        match self {
            Self::Entity | Self::Record | Self::Enum | Self::ValueObject | Self::Event => 0,
            other => 1 + other as u8,
        }
    }
}

/// The last of the name spaces.
const SPACES: u8 = 1 + Kind::Pattern as u8;

/// A declared name.
#[derive(Clone, Debug)]
pub struct Declared {
    /// What it names.
    pub kind: Kind,
    /// Where.
    pub span: Span,
    /// May other contexts name it?
    pub exported: bool,
    /// Where its declaration begins: `export` belongs there.
    begin: u32,
}

/// All declared names of all contexts.
pub struct Scope {
    contexts: BTreeMap<String, ContextNames>,
}

#[derive(Default)]
struct ContextNames {
    declared: BTreeMap<(u8, String), Declared>,
    uses: BTreeSet<String>,
    /// Imported names, with the context and the name they stand for.
    imports: BTreeMap<String, (String, String)>,
    /// Other names of contexts.
    aliases: BTreeMap<String, String>,
}

impl Scope {
    /// Lets a context use a name of another one, if that declares it, under a name of its own.
    pub fn import(&mut self, context: &str, local: &str, other: &str, name: &str) {
        if !self.declares(other, name) {
            return;
        }
        if let Some(names) = self.contexts.get_mut(context).filter(|_| context != other || local != name) {
            names.imports.insert(local.to_owned(), (other.to_owned(), name.to_owned()));
        }
    }

    fn declares(&self, context: &str, name: &str) -> bool {
        let Some(names) = self.contexts.get(context) else { return false };
        (0..=SPACES).any(|space| names.declared.contains_key(&(space, name.to_owned())))
    }

    /// Lets a context use all exported names of another one, behind `alias.`.
    pub fn alias(&mut self, context: &str, alias: &str, other: &str) {
        if let Some(names) = self.contexts.get_mut(context) {
            names.aliases.insert(alias.to_owned(), other.to_owned());
        }
    }

    /// Collects the names of every context; a name declared twice is an error that shows both places.
    pub fn collect(inputs: &Inputs, out: &mut Vec<Diagnostic>) -> Self {
        let mut contexts = BTreeMap::new();
        for input in inputs.contexts.values() {
            let mut names = ContextNames::default();
            sea_names(input, &mut names, out);
            sds_names(input, &mut names, out);
            for used in &input.sds.uses {
                if inputs.contexts.contains_key(used.value.as_str()) {
                    names.uses.insert(used.value.to_string());
                }
            }
            contexts.insert(input.slug.clone(), names);
        }
        Self { contexts }
    }

    /// What `name` means in `context`, if it is one of `kinds`; otherwise a diagnostic.
    ///
    /// A name is looked up in the context itself, then among what the contexts it uses export. `other.Name` names a
    /// concept of a used context directly.
    pub fn resolve(
        &self,
        context: &str,
        name: &str,
        span: Span,
        kinds: &[Kind],
    ) -> Result<(TypeId, Kind), Box<Diagnostic>> {
        let found = self.find(context, name, kinds);
        match found.as_slice() {
            [(id, kind, _)] => Ok((id.clone(), *kind)),
            [] => Err(Box::new(self.unknown(context, name, span, kinds))),
            [first, second, ..] => {
                Err(Box::new(report::ambiguous(name, span, (&first.0, first.2), (&second.0, second.2))))
            }
        }
    }

    /// As [`Self::resolve`], where a name that means nothing, or several things, is no mistake.
    pub fn meaning(&self, context: &str, name: &str, kinds: &[Kind]) -> Option<TypeId> {
        match self.find(context, name, kinds).as_slice() {
            [(id, ..)] => Some(id.clone()),
            _ => None,
        }
    }

    /// Where what `name` means in `context` is declared, if it is one thing and one of `kinds`.
    pub fn declared_at(&self, context: &str, name: &str, kinds: &[Kind]) -> Option<Span> {
        match self.find(context, name, kinds).as_slice() {
            [(.., span)] => Some(*span),
            _ => None,
        }
    }

    /// Whether a context itself declares a type or an event of this name.
    pub fn declares_type(&self, context: &str, name: &str) -> bool {
        let key = (Kind::Record.space(), name.to_owned());
        self.contexts.get(context).is_some_and(|names| names.declared.contains_key(&key))
    }

    fn find(&self, context: &str, name: &str, kinds: &[Kind]) -> Vec<(TypeId, Kind, Span)> {
        let Some(here) = self.contexts.get(context) else { return Vec::new() };
        if let Some((other, name)) = here.imports.get(name) {
            let found = self.lookup(other, name, kinds, other != context);
            if !found.is_empty() {
                return found;
            }
        }
        if let Some((other, local)) = name.split_once('.') {
            if let Some(other) = here.aliases.get(other) {
                return self.lookup(other, local, kinds, other != context);
            }
            let visible = other == context || here.uses.contains(other);
            return if visible { self.lookup(other, local, kinds, other != context) } else { Vec::new() };
        }
        let own = self.lookup(context, name, kinds, false);
        if !own.is_empty() {
            return own;
        }
        here.uses.iter().flat_map(|other| self.lookup(other, name, kinds, true)).collect()
    }

    fn lookup(&self, context: &str, name: &str, kinds: &[Kind], exported: bool) -> Vec<(TypeId, Kind, Span)> {
        let Some(names) = self.contexts.get(context) else { return Vec::new() };
        let spaces: BTreeSet<u8> = kinds.iter().map(|kind| kind.space()).collect();
        spaces
            .into_iter()
            .filter_map(|space| names.declared.get(&(space, name.to_owned())))
            .filter(|declared| kinds.contains(&declared.kind) && (declared.exported || !exported))
            .map(|declared| (TypeId::new(context, name), declared.kind, declared.span))
            .collect()
    }

    fn unknown(&self, context: &str, name: &str, span: Span, kinds: &[Kind]) -> Diagnostic {
        if let Some((owner, local, hidden)) = self.hidden(context, name, kinds) {
            return report::not_exported(span, local, owner, (hidden.span, hidden.begin));
        }
        let words: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
        let what = words.join(" or ");
        report::unknown(&what, name, span, self.known(context, kinds).iter().map(String::as_str))
    }

    /// What a used context declares under this name for itself alone, with that context and the name in it.
    fn hidden<'n>(&'n self, context: &str, name: &'n str, kinds: &[Kind]) -> Option<(&'n str, &'n str, &'n Declared)> {
        let here = self.contexts.get(context)?;
        let (wanted, local) = name.split_once('.').map_or((None, name), |(other, local)| (Some(other), local));
        let alias = wanted.and_then(|wanted| here.aliases.get(wanted));
        let used = here.uses.iter().filter(|used| wanted.is_none_or(|wanted| wanted == *used));
        alias.into_iter().chain(used).find_map(|owner| {
            let names = &self.contexts.get(owner)?.declared;
            let mut found = kinds.iter().filter_map(|kind| names.get(&(kind.space(), local.to_owned())));
            let hidden = found.find(|declared| kinds.contains(&declared.kind) && !declared.exported)?;
            Some((owner.as_str(), local, hidden))
        })
    }

    fn known(&self, context: &str, kinds: &[Kind]) -> Vec<String> {
        let Some(here) = self.contexts.get(context) else { return Vec::new() };
        let mut known = names_of(here, kinds, false);
        for other in &here.uses {
            let names = self.contexts.get(other).map(|names| names_of(names, kinds, true)).unwrap_or_default();
            known.extend(names.into_iter().map(|name| format!("{other}.{name}")));
        }
        known
    }
}

fn names_of(names: &ContextNames, kinds: &[Kind], exported: bool) -> Vec<String> {
    let visible = names.declared.iter().filter(|(_, d)| kinds.contains(&d.kind) && (d.exported || !exported));
    visible.map(|((_, name), _)| name.clone()).collect()
}

fn sea_names(input: &ContextInput, names: &mut ContextNames, out: &mut Vec<Diagnostic>) {
    for declaration in input.sea.iter().flat_map(|file| &file.declarations) {
        let (kind, name) = match &declaration.kind {
            DeclarationKind::Entity(entity) => (Kind::Entity, &entity.name),
            DeclarationKind::Record(record) => (Kind::Record, &record.name),
            DeclarationKind::Enum(decl) => (Kind::Enum, &decl.name),
            DeclarationKind::Role(role) => (Kind::Role, &role.name),
            DeclarationKind::Policy(policy) => (Kind::Policy, &policy.name),
            DeclarationKind::Operation(operation) => (Kind::Operation, &operation.name),
            DeclarationKind::Resource(resource) => (Kind::Resource, &resource.name),
            DeclarationKind::Pattern(pattern) => (Kind::Pattern, &pattern.name),
            _ => continue,
        };
        let exported = declaration.exported.is_some();
        let declared = Declared { kind, span: name.span, exported, begin: declaration.span.start };
        declare(names, &name.value, declared, out);
    }
}

/// Concepts of an SDS are visible to every context that uses it: the format has no `export`.
fn sds_names(input: &ContextInput, names: &mut ContextNames, out: &mut Vec<Diagnostic>) {
    let sds = &input.sds;
    for entity in sds.entities.iter().chain(sds.read_models.iter().map(|model| &model.entity)) {
        declare_visible(names, Kind::Entity, &entity.name, out);
    }
    for object in &sds.value_objects {
        let kind = match (object.fields.is_empty(), object.members.is_empty()) {
            (false, _) => Kind::Record,
            (_, false) => Kind::Enum,
            _ => Kind::ValueObject,
        };
        declare_visible(names, kind, &object.name, out);
    }
    for operation in sds.commands.iter().chain(&sds.queries) {
        declare_visible(names, Kind::Operation, &operation.name, out);
    }
    for event in &sds.events {
        declare_visible(names, Kind::Event, &event.name, out);
    }
}

fn declare_visible(names: &mut ContextNames, kind: Kind, name: &Text, out: &mut Vec<Diagnostic>) {
    let declared = Declared { kind, span: name.span, exported: true, begin: name.span.start };
    declare(names, &name.value, declared, out);
}

fn declare(names: &mut ContextNames, name: &str, declared: Declared, out: &mut Vec<Diagnostic>) {
    match names.declared.entry((declared.kind.space(), name.to_owned())) {
        Entry::Vacant(place) => drop(place.insert(declared)),
        Entry::Occupied(first) => {
            let (kind, span, first) = (declared.kind.word(), declared.span, first.get());
            out.push(report::declared_twice(kind, name, span, first.kind.word(), first.span));
        }
    }
}
