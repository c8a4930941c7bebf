//! Names of one model: what its modules declare, and what a name means in each of them.

pub use super::kinds::Kind;
use super::kinds::named;
use super::modules::{Graph, Module, StandIn};
use crate::report;
use hashbrown::{DefaultHashBuilder, HashTable};
use seac_syntax::sea::ast::{Declaration, DeclarationKind, ImportItems};
use seac_syntax::{Diagnostic, Span};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hash};

/// One declared name.
#[derive(Clone, Copy, Debug)]
pub struct Symbol<'a> {
    pub kind: Kind,
    pub name: &'a str,
    pub namespace: &'a str,
    pub span: Span,
    pub exported: bool,
    /// Where its declaration begins: `export` belongs there.
    begin: u32,
    /// Position among the model's declarations of its kind.
    pub index: u32,
    group: u32,
    /// Whether others of its group have its kind and name, in other namespaces.
    several: bool,
}

/// Symbols by a key of theirs. The key itself is with the symbol, so a table takes five bytes for each; it is looked up
/// in, never iterated, so that its order cannot show. That is five times faster than an ordered map.
#[derive(Default)]
struct Index {
    hasher: DefaultHashBuilder,
    table: HashTable<SymbolId>,
}

impl Index {
    fn with_capacity(count: usize) -> Self {
        Self { hasher: DefaultHashBuilder::default(), table: HashTable::with_capacity(count) }
    }

    /// The symbol whose key, as `key_of` tells it, is `key`.
    fn find<K: Hash + Eq>(&self, key: &K, key_of: impl Fn(SymbolId) -> K) -> Option<SymbolId> {
        self.table.find(self.hasher.hash_one(key), |id| key_of(*id) == *key).copied()
    }

    /// Adds a symbol that is not found yet.
    fn insert<K: Hash + Eq>(&mut self, id: SymbolId, key_of: impl Fn(SymbolId) -> K) {
        let hasher = &self.hasher;
        self.table.insert_unique(hasher.hash_one(key_of(id)), id, |id| hasher.hash_one(key_of(*id)));
    }
}

/// The group of the files a context is made of.
const OWN: u32 = 0;

/// Index into [`Names::symbols`].
pub type SymbolId = u32;

/// All names of a model.
pub struct Names<'a> {
    pub symbols: Vec<Symbol<'a>>,
    /// By group, kind and name: the first.
    declared: Index,
    /// By kind, namespace and name, which is unique.
    unique: Index,
    /// By module.
    scopes: BTreeMap<usize, Scope<'a>>,
    /// Group of each module.
    groups: BTreeMap<usize, u32>,
    /// Namespace of each module.
    namespaces: BTreeMap<usize, &'a str>,
    /// Contexts whose exported names every file of the model's context may use, with their groups.
    used: Vec<(&'a str, u32)>,
    /// How often a nearest name was looked for.
    suggested: Cell<u32>,
}

#[derive(Default)]
struct Scope<'a> {
    imported: BTreeMap<&'a str, Vec<SymbolId>>,
    wildcards: BTreeMap<&'a str, Vec<u32>>,
}

impl Symbol<'_> {
    /// Its name, and where the declaration of it begins.
    fn place(&self) -> (Span, u32) {
        (self.span, self.begin)
    }
}

/// What a name means.
pub enum Found {
    One(SymbolId),
    Two(SymbolId, SymbolId),
    None,
}

impl<'a> Names<'a> {
    /// The names of the modules of one model. Two declarations of one kind, namespace and name are an error.
    pub fn collect(graph: &'a Graph<'a>, closure: &[usize], out: &mut Vec<Diagnostic>) -> Self {
        let modules = || closure.iter().map(|at| (*at, &graph.modules[*at]));
        let declarations = modules().flat_map(|(_, module)| &module.tree.declarations);
        let count = declarations.filter(|declaration| !matches!(declaration.kind, DeclarationKind::Flow(_))).count();
        let mut names = Names {
            symbols: Vec::with_capacity(count),
            declared: Index::with_capacity(count),
            unique: Index::with_capacity(count),
            scopes: BTreeMap::new(),
            groups: BTreeMap::new(),
            namespaces: BTreeMap::new(),
            used: Vec::new(),
            suggested: Cell::new(0),
        };
        let mut counts = BTreeMap::new();
        for (at, module) in modules() {
            let group = u32::try_from(module.group).unwrap_or(u32::MAX);
            names.groups.insert(at, group);
            names.namespaces.insert(at, &module.namespace);
            if let Some(StandIn::Other(context)) = &module.stand_in {
                names.used.push((context, group));
            }
            // What is declared twice across models and SDS is told where all names of a context are collected.
            let mut told = Vec::new();
            let out = if module.stand_in.is_some() { &mut told } else { &mut *out };
            for declaration in &module.tree.declarations {
                names.declare(group, declaration, &module.namespace, &mut counts, out);
            }
        }
        for (at, module) in modules() {
            let scope = names.scope(graph, module, out);
            names.scopes.insert(at, scope);
        }
        names
    }

    fn declare(
        &mut self,
        group: u32,
        declaration: &'a Declaration,
        namespace: &'a str,
        counts: &mut BTreeMap<Kind, u32>,
        out: &mut Vec<Diagnostic>,
    ) {
        let Some((kind, name, span, namespace)) = named(declaration, namespace) else { return };
        let count = counts.entry(kind).or_default();
        let index = *count;
        *count += 1;
        let id = place(self.symbols.len());
        let exported = declaration.exported.is_some();
        self.symbols.push(Symbol {
            kind,
            name,
            namespace,
            span,
            exported,
            begin: declaration.span.start,
            index,
            group,
            several: false,
        });
        match self.qualified_id(kind, namespace, name) {
            // A dimension or a unit may be declared again, if it means the same.
            Some(_) if matches!(kind, Kind::Unit | Kind::Dimension) => {}
            Some(first) => {
                let first = self.symbols[first as usize].span;
                out.push(report::declared_twice(kind.word(), name, span, kind.word(), first));
                return;
            }
            None => self.unique.insert(id, |id| unique_key(&self.symbols[id as usize])),
        }
        match self.declared_id(group, kind, name) {
            Some(first) => self.symbols[first as usize].several = true,
            None => self.declared.insert(id, |id| declared_key(&self.symbols[id as usize])),
        }
    }

    /// The first symbol of a group with this kind and name.
    fn declared_id(&self, group: u32, kind: Kind, name: &str) -> Option<SymbolId> {
        self.declared.find(&(group, kind, name), |id| declared_key(&self.symbols[id as usize]))
    }

    fn qualified_id(&self, kind: Kind, namespace: &str, name: &str) -> Option<SymbolId> {
        self.unique.find(&(kind, namespace, name), |id| unique_key(&self.symbols[id as usize]))
    }

    fn scope(&self, graph: &'a Graph<'a>, module: &'a Module<'a>, out: &mut Vec<Diagnostic>) -> Scope<'a> {
        let mut scope = Scope::default();
        let mut bound: BTreeMap<&str, Span> = BTreeMap::new();
        for (import, targets) in module.tree.imports.iter().zip(&module.imports) {
            let groups: Vec<u32> = targets.iter().filter_map(|target| self.groups.get(target).copied()).collect();
            if groups.is_empty() {
                continue;
            }
            let path = targets.first().map_or("", |target| graph.modules[*target].path.as_str());
            match &import.items {
                ImportItems::Wildcard(alias) => {
                    if let Some(first) = bound.insert(&alias.value, alias.span) {
                        out.push(report::import_ambiguous(alias.span, &alias.value, first));
                    }
                    scope.wildcards.insert(&alias.value, groups);
                }
                ImportItems::Named(items) => {
                    for (name, alias) in items {
                        let symbols = self.exported(&groups, path, name, out);
                        let local = alias.as_ref().unwrap_or(name);
                        if let Some(first) = bound.insert(&local.value, local.span)
                            && scope.imported.get(local.value.as_str()) != Some(&symbols)
                        {
                            out.push(report::import_ambiguous(local.span, &local.value, first));
                        }
                        if let Some(own) = self.hidden(module, &local.value, &symbols) {
                            out.push(report::import_ambiguous(local.span, &local.value, own));
                        }
                        scope.imported.insert(&local.value, symbols);
                    }
                }
            }
        }
        scope
    }

    /// Where the module declares itself what it imports under this name.
    fn hidden(&self, module: &Module<'a>, name: &str, imported: &[SymbolId]) -> Option<Span> {
        let group = u32::try_from(module.group).unwrap_or(u32::MAX);
        imported.iter().find_map(|id| {
            let own = self.declared_id(group, self.symbols[*id as usize].kind, name)?;
            (own != *id).then(|| self.symbols[own as usize].span)
        })
    }

    /// Everything of a name that a module exports; a name may stand for an entity and a role at once.
    fn exported(
        &self,
        groups: &[u32],
        path: &str,
        name: &seac_syntax::sea::ast::Ident,
        out: &mut Vec<Diagnostic>,
    ) -> Vec<SymbolId> {
        let lookup = |kind| groups.iter().filter_map(move |group| self.declared_id(*group, kind, &name.value));
        let declared: Vec<SymbolId> = Kind::all().flat_map(lookup).collect();
        let exported: Vec<SymbolId> =
            declared.iter().copied().filter(|id| self.symbols[*id as usize].exported).collect();
        if let (true, Some(hidden)) = (exported.is_empty(), declared.first()) {
            out.push(report::not_exported(name.span, &name.value, path, self.symbols[*hidden as usize].place()));
        } else if exported.is_empty() {
            let known = self.declared_in(groups);
            out.push(report::binds_nothing(name.span, &name.value, path, known));
        }
        exported
    }

    fn declared_in(&self, groups: &[u32]) -> Vec<&'a str> {
        let known = self.symbols.iter().filter(|symbol| symbol.exported);
        let inside = |symbol: &&Symbol<'a>| {
            groups.iter().any(|group| self.declared_id(*group, symbol.kind, symbol.name).is_some())
        };
        known.filter(inside).map(|symbol| symbol.name).collect()
    }

    /// What `name` means as a `kind` in a module: its own, then what it imports, then `alias.name`, then what the
    /// contexts export that its context uses.
    pub fn find(&self, module: usize, kind: Kind, name: &str) -> Found {
        let Some(group) = self.groups.get(&module) else { return Found::None };
        if let Some(id) = self.declared_id(*group, kind, name) {
            return if self.symbols[id as usize].several { self.among(module, kind, name) } else { Found::One(id) };
        }
        let Some(scope) = self.scopes.get(&module) else { return Found::None };
        if let Some(symbols) = scope.imported.get(name) {
            let mut fitting = symbols.iter().filter(|id| self.symbols[**id as usize].kind == kind);
            return match (fitting.next(), fitting.next()) {
                (Some(one), None) => Found::One(*one),
                (Some(one), Some(two)) => Found::Two(*one, *two),
                (None, _) => Found::None,
            };
        }
        if let Some((alias, rest)) = name.split_once('.')
            && let Some(groups) = scope.wildcards.get(alias)
        {
            return self.exported_by(groups.iter().copied(), kind, rest);
        }
        self.find_used(*group, kind, name)
    }

    /// What `name` or `context.name` means among the exported names of the contexts that the model's own one uses.
    fn find_used(&self, group: u32, kind: Kind, name: &str) -> Found {
        // Modules that a file imports know nothing of the context it belongs to.
        if group != OWN {
            return Found::None;
        }
        let qualified = name.split_once('.').and_then(|(context, rest)| {
            let (_, group) = self.used.iter().find(|(known, _)| *known == context)?;
            Some((*group, rest))
        });
        match qualified {
            Some((group, rest)) => self.exported_by(std::iter::once(group), kind, rest),
            None => self.exported_by(self.used.iter().map(|(_, group)| *group), kind, name),
        }
    }

    /// What a used context declares under `name` or `context.name` for itself alone, with that context.
    fn hidden_from(&self, module: usize, kind: Kind, name: &str) -> Option<(&'a str, &Symbol<'a>)> {
        if self.groups.get(&module) != Some(&OWN) {
            return None;
        }
        let (wanted, local) = name.split_once('.').map_or((None, name), |(context, rest)| (Some(context), rest));
        let owners = self.used.iter().filter(|(owner, _)| wanted.is_none_or(|wanted| wanted == *owner));
        let mut declared = owners.filter_map(|(owner, group)| Some((*owner, self.declared_id(*group, kind, local)?)));
        declared.find_map(|(owner, id)| {
            let symbol = &self.symbols[id as usize];
            (!symbol.exported).then_some((owner, symbol))
        })
    }

    /// What a name means among the exported names of some groups.
    fn exported_by(&self, groups: impl Iterator<Item = u32>, kind: Kind, name: &str) -> Found {
        let found = groups.filter_map(|group| self.declared_id(group, kind, name));
        let mut found = found.filter(|id| self.symbols[*id as usize].exported);
        match (found.next(), found.next()) {
            (Some(one), None) => Found::One(one),
            (Some(one), Some(two)) => Found::Two(one, two),
            (None, _) => Found::None,
        }
    }

    /// Of a name that is declared in several namespaces, the one in the module's own, or the first two.
    fn among(&self, module: usize, kind: Kind, name: &str) -> Found {
        let own = self.namespaces.get(&module).and_then(|own| self.qualified_id(kind, own, name));
        if let Some(own) = own {
            return Found::One(own);
        }
        let mut all = (0u32..).zip(&self.symbols).filter(|(_, symbol)| symbol.kind == kind && symbol.name == name);
        match (all.next(), all.next()) {
            (Some((one, _)), Some((two, _))) => Found::Two(one, two),
            (Some((one, _)), None) => Found::One(one),
            _ => Found::None,
        }
    }

    /// What a name means in a module or, if nothing there, in any other of the model.
    pub fn find_anywhere(&self, module: usize, kind: Kind, name: &str) -> Option<&Symbol<'a>> {
        let id = match self.find(module, kind, name) {
            Found::One(id) | Found::Two(id, _) => id,
            Found::None => {
                let mut groups = self.groups.values();
                groups.find_map(|group| self.declared_id(*group, kind, name))?
            }
        };
        Some(&self.symbols[id as usize])
    }

    /// The symbol with this namespace and name.
    pub fn qualified(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Symbol<'a>> {
        self.qualified_id(kind, namespace, name).map(|id| &self.symbols[id as usize])
    }

    /// As [`Names::find`]; what is not found is reported with the nearest name.
    pub fn resolve(
        &self,
        module: usize,
        kind: Kind,
        name: &str,
        span: Span,
        out: &mut Vec<Diagnostic>,
    ) -> Option<&Symbol<'a>> {
        match self.find(module, kind, name) {
            Found::One(id) => Some(&self.symbols[id as usize]),
            Found::Two(one, two) => {
                let (one, two) = (&self.symbols[one as usize], &self.symbols[two as usize]);
                out.push(report::two_meanings(span, name, (one.span, one.namespace), (two.span, two.namespace)));
                None
            }
            Found::None => {
                out.push(self.unknown(module, kind, name, span));
                None
            }
        }
    }

    fn unknown(&self, module: usize, kind: Kind, name: &str, span: Span) -> Diagnostic {
        if let Some((owner, hidden)) = self.hidden_from(module, kind, name) {
            return report::not_exported(span, hidden.name, owner, hidden.place());
        }
        // The nearest of many names takes long to find; nobody reads it behind fifty other findings.
        self.suggested.set(self.suggested.get().saturating_add(1));
        let known = if self.suggested.get() <= 50 { self.known(module, kind) } else { Vec::new() };
        report::unknown_in_quotes(kind.word(), name, span, known)
    }

    /// The names of a kind that a module can use.
    pub fn known(&self, module: usize, kind: Kind) -> Vec<&str> {
        let own = self.symbols.iter().filter(|symbol| symbol.kind == kind).map(|symbol| symbol.name);
        let imported = self.scopes.get(&module).into_iter().flat_map(|scope| scope.imported.keys().copied());
        own.chain(imported).filter(|name| !matches!(self.find(module, kind, name), Found::None)).take(20_000).collect()
    }
}

fn declared_key<'a>(symbol: &Symbol<'a>) -> (u32, Kind, &'a str) {
    (symbol.group, symbol.kind, symbol.name)
}

fn unique_key<'a>(symbol: &Symbol<'a>) -> (Kind, &'a str, &'a str) {
    (symbol.kind, symbol.namespace, symbol.name)
}

fn place(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
