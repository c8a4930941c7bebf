//! The application contract of models that stand alone: the same checks as in a context, with a namespace as context.

use super::modules::{Graph, Module};
use crate::load::{ContextInput, Inputs};
use crate::names::Scope;
use crate::{contract, operations, types};
use seac_model::{Context, FORMAT, Model};
use seac_syntax::sea::ast::{Declaration, DeclarationKind as D, ImportItems, SeaFile};
use seac_syntax::{Diagnostic, Sources, sds};
use std::collections::BTreeMap;

/// Checks types, fields and operations of a model. Names that are declared twice are reported elsewhere.
pub fn check(sources: &Sources, graph: &Graph<'_>, closure: &[usize], out: &mut Vec<Diagnostic>) {
    if !closure.iter().any(|at| graph.modules[*at].tree.declarations.iter().any(is_typed)) {
        return;
    }
    let inputs = inputs(graph, closure);
    let mut scope = Scope::collect(&inputs, &mut Vec::new());
    for at in closure {
        import(graph, &graph.modules[*at], &mut scope);
    }
    let mut model = Model { format: FORMAT, units: types::builtin_units(), ..Model::default() };
    types::units(&inputs, &mut model, &mut Vec::new());
    for input in inputs.contexts.values() {
        let mut context = Context::default();
        types::declare(sources, input, &scope, &model, &mut context, out);
        model.contexts.insert(input.slug.clone(), context);
    }
    for input in inputs.contexts.values() {
        let contracts = contract::collect(input, out);
        operations::events(sources, input, &contracts, &scope, &mut model, out);
        operations::declare(sources, input, &contracts, &scope, &mut model, out);
    }
}

/// Whether a declaration has types of its own.
fn is_typed(declaration: &Declaration) -> bool {
    match &declaration.kind {
        D::Entity(entity) => entity.fields.is_some(),
        D::Record(_) | D::Enum(_) | D::Operation(_) => true,
        _ => false,
    }
}

/// The modules of each namespace as one context; only what takes part in types is copied.
fn inputs(graph: &Graph<'_>, closure: &[usize]) -> Inputs {
    let mut contexts: BTreeMap<String, ContextInput> = BTreeMap::new();
    for at in closure {
        let module = &graph.modules[*at];
        let (empty, _) = sds::parse(module.file, "");
        let slug = module.namespace.clone();
        let input = contexts.entry(slug.clone()).or_insert_with(|| ContextInput {
            slug,
            sds: empty,
            sea: Vec::new(),
            files: Vec::new(),
        });
        let takes_part = |declaration: &&Declaration| {
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
        };
        let declarations = module.tree.declarations.iter().filter(takes_part).cloned().collect();
        input.sea.push(SeaFile { declarations, ..SeaFile::default() });
        input.files.push(module.file);
    }
    Inputs { contexts, notes: Vec::new() }
}

/// Makes what a module imports known to its namespace.
fn import(graph: &Graph<'_>, module: &Module<'_>, scope: &mut Scope) {
    for (import, targets) in module.tree.imports.iter().zip(&module.imports) {
        for target in targets.iter().map(|target| &graph.modules[*target].namespace) {
            match &import.items {
                ImportItems::Wildcard(alias) => scope.alias(&module.namespace, &alias.value, target),
                ImportItems::Named(items) => {
                    for (name, alias) in items {
                        let local = alias.as_ref().unwrap_or(name);
                        scope.import(&module.namespace, &local.value, target, &name.value);
                    }
                }
            }
        }
    }
}
