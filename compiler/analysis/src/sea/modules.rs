//! The module graph: which files a model is made of. Loading is the caller's, so that this crate stays pure.

use super::surroundings::Part;
use crate::report;
use seac_syntax::sea::ast::SeaFile;
use seac_syntax::{Diagnostic, FileId, Sources, Span, sea};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The most modules one run may have.
pub const MAX_MODULES: usize = 1000;

/// Finds and reads modules. Every text it gives has an id in the run's sources.
pub trait Modules {
    /// The texts that `specifier` means in the text `from`: one for a path, perhaps several for a namespace.
    ///
    /// # Errors
    /// If there are none, or they may not be read.
    fn load(&mut self, from: FileId, specifier: &str) -> Result<Vec<FileId>, ModuleError>;
    /// All texts of the run; their paths are relative to the root.
    fn sources(&self) -> &Sources;
    /// The namespace that a registry gives to a text which names none itself.
    fn namespace(&self, file: FileId) -> Option<String>;
}

/// Why a module cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModuleError {
    /// Nothing is there; what was looked for.
    NotFound(String),
    /// It is outside the workspace root.
    Outside(String),
    /// It is there and cannot be used; why.
    Unusable(String),
}

/// The built-in modules: specifier and text.
pub const BUILTIN: &[(&str, &str)] = &[
    ("std", include_str!("std/core.sea")),
    ("std:core", include_str!("std/core.sea")),
    ("std:http", include_str!("std/http.sea")),
    ("std:aws", include_str!("std/aws.sea")),
];

/// The text and the shown path of a built-in module.
pub fn builtin(specifier: &str) -> Option<(String, &'static str)> {
    let (name, text) = BUILTIN.iter().find(|(name, _)| *name == specifier)?;
    let name = if *name == "std" { "std:core" } else { name };
    Some((format!("<{name}>"), text))
}

/// One file of the graph.
#[derive(Debug)]
pub struct Module<'t> {
    /// Its text.
    pub file: FileId,
    /// What it is shown with.
    pub path: String,
    /// What it declares belongs here, unless it says otherwise.
    pub namespace: String,
    /// What it says.
    pub tree: Cow<'t, SeaFile>,
    /// For each import, the modules it means.
    pub imports: Vec<Vec<usize>>,
    /// Files with one group see each other's names without importing them.
    pub group: usize,
    /// What it is, if it stands in for something that is declared outside of models.
    pub stand_in: Option<StandIn>,
}

/// Something that is declared outside of models.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StandIn {
    /// The domain of the model's own context.
    Own,
    /// Another context, whose exported names are known by themselves and behind its name.
    Other(String),
}

/// All files that are reachable from those of a run.
#[derive(Debug, Default)]
pub struct Graph<'t> {
    /// In the order in which they were reached.
    pub modules: Vec<Module<'t>>,
    /// The groups a run was started with.
    pub roots: Vec<Vec<usize>>,
}

/// Files to start with: those of one group share their names.
pub type Group<'t> = Vec<(FileId, Option<Cow<'t, SeaFile>>)>;

/// Reads everything that is reachable from `groups`, in rounds, so that no chain of imports is too long.
pub fn graph<'t>(groups: Vec<Group<'t>>, loader: &mut dyn Modules, out: &mut Vec<Diagnostic>) -> Graph<'t> {
    let mut builder = Builder { graph: Graph::default(), known: BTreeMap::new(), loader, out };
    for (group, files) in groups.into_iter().enumerate() {
        let root = files.into_iter().map(|(file, tree)| builder.add(file, tree, group)).collect();
        builder.graph.roots.push(root);
    }
    builder.reach();
    let mut graph = builder.graph;
    cycles(&mut graph, out);
    graph
}

struct Builder<'b, 't> {
    graph: Graph<'t>,
    known: BTreeMap<FileId, usize>,
    loader: &'b mut dyn Modules,
    out: &'b mut Vec<Diagnostic>,
}

impl<'t> Builder<'_, 't> {
    fn add(&mut self, file: FileId, tree: Option<Cow<'t, SeaFile>>, group: usize) -> usize {
        if let Some(known) = self.known.get(&file) {
            return *known;
        }
        let tree = tree.unwrap_or_else(|| {
            let (tree, found) = sea::parse(file, &self.loader.sources().get(file).text);
            self.out.extend(found);
            Cow::Owned(tree)
        });
        let named = tree.header.iter().find(|item| item.key.value.eq_ignore_ascii_case("namespace"));
        let namespace = named.map(|item| item.value.value.to_string()).or_else(|| self.loader.namespace(file));
        let index = self.graph.modules.len();
        self.known.insert(file, index);
        self.graph.modules.push(Module {
            file,
            path: self.loader.sources().get(file).path.to_string(),
            namespace: namespace.unwrap_or_else(|| "default".to_owned()),
            tree,
            imports: Vec::new(),
            group,
            stand_in: None,
        });
        index
    }

    fn reach(&mut self) {
        let mut next = 0;
        let mut groups = self.graph.roots.len();
        while next < self.graph.modules.len() {
            let imports = self.graph.modules[next].tree.imports.clone();
            let mut targets = Vec::with_capacity(imports.len());
            for import in &imports {
                let files = self.load(next, &import.from.value, import.from.span);
                let group = groups;
                groups += usize::from(!files.is_empty());
                targets.push(files.into_iter().map(|file| self.add(file, None, group)).collect());
            }
            self.graph.modules[next].imports = targets;
            next += 1;
        }
    }

    /// How many of these texts were reached before.
    fn reached(&self, files: &[FileId]) -> usize {
        files.iter().filter(|file| self.known.contains_key(file)).count()
    }

    fn load(&mut self, from: usize, specifier: &str, span: Span) -> Vec<FileId> {
        if self.graph.modules.len() >= MAX_MODULES {
            self.out.push(report::module_limit(span, MAX_MODULES));
            return Vec::new();
        }
        match self.loader.load(self.graph.modules[from].file, specifier) {
            Ok(files) if self.graph.modules.len() + files.len() > MAX_MODULES + self.reached(&files) => {
                self.out.push(report::module_limit(span, MAX_MODULES));
                Vec::new()
            }
            Ok(files) => files,
            Err(error) => {
                self.out.push(report::module_error(span, specifier, &error));
                Vec::new()
            }
        }
    }
}

/// Reports every circle once, at the import that closes it, and takes that import out of the graph.
fn cycles(graph: &mut Graph<'_>, out: &mut Vec<Diagnostic>) {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut states = vec![State::New; graph.modules.len()];
    for start in 0..graph.modules.len() {
        if states[start] != State::New {
            continue;
        }
        // Each entry: module, its import, the target within the import.
        let mut stack = vec![(start, 0, 0)];
        states[start] = State::Open;
        while let Some((at, import, target)) = stack.last().copied() {
            let Some(targets) = graph.modules[at].imports.get(import) else {
                states[at] = State::Done;
                stack.pop();
                continue;
            };
            let Some(next) = targets.get(target).copied() else {
                if let Some(top) = stack.last_mut() {
                    *top = (at, import + 1, 0);
                }
                continue;
            };
            if let Some(top) = stack.last_mut() {
                top.2 += 1;
            }
            match states[next] {
                State::New => {
                    states[next] = State::Open;
                    stack.push((next, 0, 0));
                }
                State::Open => {
                    let from = stack.iter().position(|entry| entry.0 == next).unwrap_or(0);
                    let chain: Vec<&str> =
                        stack[from..].iter().map(|entry| graph.modules[entry.0].path.as_str()).collect();
                    let span = graph.modules[at].tree.imports[import].from.span;
                    out.push(report::import_cycle(span, &chain, &graph.modules[next].path));
                    graph.modules[at].imports[import].remove(target);
                    if let Some(top) = stack.last_mut() {
                        top.2 = target;
                    }
                }
                State::Done => {}
            }
        }
    }
}

impl<'t> Graph<'t> {
    /// Puts modules around the only model there is: of its own group, and of others that it need not import.
    pub fn surround(&mut self, parts: &'t [Part]) {
        let groups = self.modules.iter().map(|module| module.group + 1).max().unwrap_or(1);
        for (part, group) in parts.iter().zip(groups..) {
            let at = self.modules.len();
            let stand_in = if part.own { StandIn::Own } else { StandIn::Other(part.slug.clone()) };
            self.modules.push(Module {
                file: part.file,
                path: format!("specs/{}", part.slug),
                namespace: format!("system.{}", part.slug),
                tree: Cow::Borrowed(&part.tree),
                imports: Vec::new(),
                group: if part.own { 0 } else { group },
                stand_in: Some(stand_in),
            });
            if let Some(root) = self.roots.first_mut() {
                root.push(at);
            }
        }
    }

    /// The files of a group, without what stands in for something else.
    pub fn written(&self, group: &[usize]) -> impl Iterator<Item = FileId> {
        group.iter().map(|at| &self.modules[*at]).filter(|module| module.stand_in.is_none()).map(|module| module.file)
    }

    /// The modules of a model: those of a group and all they import, by path, stand-ins last.
    pub fn closure(&self, group: &[usize]) -> Vec<usize> {
        let mut found = BTreeSet::new();
        let mut open: Vec<usize> = group.to_vec();
        while let Some(at) = open.pop() {
            if found.insert(at) {
                open.extend(self.modules[at].imports.iter().flatten());
            }
        }
        let mut closure: Vec<usize> = found.into_iter().collect();
        let place = |at: &usize| (&self.modules[*at].stand_in, self.modules[*at].path.as_str());
        closure.sort_by(|a, b| place(a).cmp(&place(b)));
        closure
    }

    /// The groups that no other module imports: each is one model.
    pub fn models(&self) -> Vec<&[usize]> {
        let mut imported = vec![false; self.modules.len()];
        for module in &self.modules {
            for target in module.imports.iter().flatten() {
                imported[*target] |= self.modules[*target].group != module.group;
            }
        }
        let free = |root: &&Vec<usize>| !root.iter().any(|module| imported[*module]);
        self.roots.iter().filter(free).map(Vec::as_slice).collect()
    }
}
