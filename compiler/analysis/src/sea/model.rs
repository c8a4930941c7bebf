//! Files that stand alone as a [`Model`], so that what is made of specs can be made of them too. A namespace, or the files
//! that one import means, is a context.

use super::contract::{self, Slugs};
use super::modules::{Graph, Module, Modules};
use crate::draft::{Draft, side_by_side};
use crate::{build, elements, evolution, flows, load, operations, types};
use seac_model::{Context, FORMAT, Model};
use seac_syntax::sea::ast::SeaFile;
use seac_syntax::{FileId, Sources, Span};
use std::collections::{BTreeMap, BTreeSet};

/// The model that files and all they import mean. Files with errors give what could be understood: [`analyse`] says what
/// is wrong; [`analyse_as_model`] does both.
///
/// [`analyse`]: super::analyse
/// [`analyse_as_model`]: super::analyse_as_model
pub fn model(files: &[FileId], modules: &mut dyn Modules) -> Model {
    let graph = super::graph_of(files, modules, &mut Vec::new());
    lower(modules.sources(), &graph)
}

/// The model that a graph of files means.
pub(super) fn lower(sources: &Sources, graph: &Graph<'_>) -> Model {
    let mut all: Vec<usize> = (0..graph.modules.len()).collect();
    all.sort_by(|a, b| graph.modules[*a].path.cmp(&graph.modules[*b].path));
    let names = slugs(graph, &all);
    let slug: &Slugs<'_> = &|module| names.get(&module.group).cloned().unwrap_or_default();
    let inputs = contract::inputs(graph, &all, slug, &|_| true);
    let scope = contract::scope(graph, &all, &inputs, slug);
    // What is wrong was said when the files were checked.
    let mut drafts = Draft::begin(inputs.contexts.values());
    let mut model = Model { format: FORMAT, units: seac_model::Unit::builtin(), ..Model::default() };
    types::units(&inputs, &mut model, &mut Vec::new());
    for Draft { input, found, .. } in &mut drafts {
        let mut context = head(sources, graph, &input.files);
        types::enums(sources, input, &mut context, found);
        context.uses = uses(graph, &input.files, slug);
        model.contexts.insert(input.slug.clone(), context);
    }
    build::declare(sources, &inputs, &scope, &mut model, &mut drafts);
    operations::settle_events(&mut model);
    side_by_side(&mut model, &mut drafts, |input, context, found| {
        flows::join(sources, input, &scope, context, found);
        elements::declare(sources, input, context);
        evolution::replaced(input, context);
    });
    model
}

/// The contexts that the files of one import from, sorted.
fn uses(graph: &Graph<'_>, files: &[FileId], slug: &Slugs<'_>) -> Vec<String> {
    let modules = graph.modules.iter().filter(|module| files.contains(&module.file));
    let targets = modules.flat_map(|module| module.imports.iter().flatten().map(|at| slug(&graph.modules[*at])));
    let own = graph.modules.iter().find(|module| files.contains(&module.file)).map(slug);
    let uses: BTreeSet<String> = targets.filter(|target| Some(target) != own.as_ref()).collect();
    uses.into_iter().collect()
}

/// What a context says of itself in the headers of its files.
fn head(sources: &Sources, graph: &Graph<'_>, files: &[FileId]) -> Context {
    let trees = || graph.modules.iter().filter(|module| files.contains(&module.file)).map(|module| &*module.tree);
    let item = |key: &str| trees().find_map(|tree| header(tree, key));
    let namespace = contract::namespace(graph, files);
    Context {
        title: namespace.clone(),
        namespace,
        version: item("version").unwrap_or_else(|| "0.0.0".to_owned()),
        owner: item("owner"),
        origin: files.first().map(|file| load::origin(sources, Span::new(*file, 0, 0))).unwrap_or_default(),
        ..Context::default()
    }
}

fn header(tree: &SeaFile, key: &str) -> Option<String> {
    let item = tree.header.iter().find(|item| item.key.value.eq_ignore_ascii_case(key))?;
    Some(item.value.value.to_string())
}

/// The names of contexts by group: the namespace in the letters of a context's name, without the `system` in front of
/// it, and a number where two have one.
fn slugs(graph: &Graph<'_>, modules: &[usize]) -> BTreeMap<usize, String> {
    let mut names: BTreeMap<usize, String> = BTreeMap::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for module in modules.iter().map(|at| &graph.modules[*at]) {
        if names.contains_key(&module.group) {
            continue;
        }
        let plain = plain(module);
        let numbered = (2_u32..).map(|number| format!("{plain}-{number}"));
        let free = std::iter::once(plain.clone()).chain(numbered).find(|name| !taken.contains(name));
        let name = free.unwrap_or_default();
        taken.insert(name.clone());
        names.insert(module.group, name);
    }
    names
}

fn plain(module: &Module<'_>) -> String {
    let namespace = module.namespace.strip_prefix("system.").unwrap_or(&module.namespace);
    let mut plain = String::new();
    for letter in namespace.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            plain.push(letter);
        } else if !plain.is_empty() && !plain.ends_with('-') {
            plain.push('-');
        }
    }
    let plain = plain.trim_end_matches('-');
    if plain.starts_with(|first: char| first.is_ascii_lowercase()) { plain.to_owned() } else { format!("c{plain}") }
}
