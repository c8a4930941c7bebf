//! The application contract of models that stand alone: the same checks as in a context. Here a context is what shares
//! its names without importing them: one file, or the files that one import means.

use super::modules::{Graph, Module};
use crate::draft::{self, Draft};
use crate::load::{ContextInput, Inputs};
use crate::names::Scope;
use crate::{build, types};
use seac_model::{Context, FORMAT, Model};
use seac_syntax::sea::ast::{Declaration, DeclarationKind as D, ImportItems, SeaFile};
use seac_syntax::{Diagnostic, FileId, Sources, sds};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Checks types, fields and operations of a model. Names that are declared twice are reported elsewhere.
pub fn check(sources: &Sources, graph: &Graph<'_>, closure: &[usize], out: &mut Vec<Diagnostic>) {
    if !closure.iter().any(|at| graph.modules[*at].tree.declarations.iter().any(is_typed)) {
        return;
    }
    // Nobody sees the names of these contexts: what is imported has the name it is imported by.
    let slug = |module: &Module<'_>| format!("#{}", module.group);
    let inputs = inputs(graph, closure, &slug, &takes_part);
    let scope = scope(graph, closure, &inputs, &slug);
    let mut model = Model { format: FORMAT, units: seac_model::Unit::builtin(), ..Model::default() };
    types::units(&inputs, &mut model, &mut Vec::new());
    let mut drafts = Draft::begin(inputs.contexts.values());
    for Draft { input, found, .. } in &mut drafts {
        let mut context = Context { namespace: namespace(graph, &input.files), ..Context::default() };
        types::enums(sources, input, &mut context, found);
        model.contexts.insert(input.slug.clone(), context);
    }
    build::declare(sources, &inputs, &scope, &mut model, &mut drafts);
    out.extend(draft::findings(drafts));
}

/// Whether a declaration has types of its own.
fn is_typed(declaration: &Declaration) -> bool {
    match &declaration.kind {
        D::Entity(entity) => entity.fields.is_some(),
        D::Record(_) | D::Enum(_) | D::Operation(_) => true,
        _ => false,
    }
}

/// Whether a declaration takes part in types.
fn takes_part(declaration: &Declaration) -> bool {
    matches!(
        declaration.kind,
        D::Entity(_)
            | D::Record(_)
            | D::Enum(_)
            | D::Operation(_)
            | D::Role(_)
            | D::Policy(_)
            | D::Pattern(_)
            | D::Unit(_)
    )
}

/// The namespace of files that share their names.
pub(super) fn namespace(graph: &Graph<'_>, files: &[FileId]) -> String {
    let module = graph.modules.iter().find(|module| files.contains(&module.file));
    module.map(|module| module.namespace.clone()).unwrap_or_default()
}

/// How the context is called that stands for a module and those it shares its names with.
pub(super) type Slugs<'a> = dyn Fn(&Module<'_>) -> String + 'a;

/// The modules of each group as one context; only what is `wanted` is copied.
pub(super) fn inputs(
    graph: &Graph<'_>,
    closure: &[usize],
    slugs: &Slugs<'_>,
    wanted: &dyn Fn(&Declaration) -> bool,
) -> Inputs {
    let mut contexts: BTreeMap<String, ContextInput> = BTreeMap::new();
    for at in closure {
        let module = &graph.modules[*at];
        let (empty, _) = sds::parse(module.file, "");
        let slug = slugs(module);
        let input = contexts.entry(slug.clone()).or_insert_with(|| ContextInput {
            slug,
            sds: Arc::new(empty),
            sea: Vec::new(),
            files: Vec::new(),
        });
        let declarations = module.tree.declarations.iter().filter(|declaration| wanted(declaration)).cloned().collect();
        input.sea.push(Arc::new(SeaFile { declarations, ..SeaFile::default() }));
        input.files.push(module.file);
    }
    Inputs { contexts, notes: Vec::new() }
}

/// What names mean in each context. Names that are declared twice are reported elsewhere.
pub(super) fn scope(graph: &Graph<'_>, closure: &[usize], inputs: &Inputs, slugs: &Slugs<'_>) -> Scope {
    let mut scope = Scope::collect(inputs, &mut Vec::new());
    for at in closure {
        import(graph, &graph.modules[*at], slugs, &mut scope);
    }
    scope
}

/// Makes what a module imports known to it.
fn import(graph: &Graph<'_>, module: &Module<'_>, slug: &Slugs<'_>, scope: &mut Scope) {
    for (import, targets) in module.tree.imports.iter().zip(&module.imports) {
        let groups: BTreeSet<String> = targets.iter().map(|target| slug(&graph.modules[*target])).collect();
        for target in &groups {
            match &import.items {
                ImportItems::Wildcard(alias) => scope.alias(&slug(module), &alias.value, target),
                ImportItems::Named(items) => {
                    for (name, alias) in items {
                        let local = alias.as_ref().unwrap_or(name);
                        scope.import(&slug(module), &local.value, target, &name.value);
                    }
                }
            }
        }
    }
}
