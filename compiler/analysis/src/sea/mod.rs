//! SEA files by themselves: a model is a file with all it imports, or the files of a context.
//!
//! [`modules`] reaches what is imported, [`names`] says what each name means, [`world`] holds the elements as data,
//! [`instances`] checks what is declared of them, [`policies`] types and evaluates what is demanded, [`lints`] looks
//! for demands that make no sense.

mod annotations;
mod contract;
mod environment;
mod fields;
pub(crate) mod instances;
mod kinds;
mod lints;
mod mappings;
mod memory;
mod metrics;
mod model;
mod modules;
mod names;
mod policies;
mod result;
mod surroundings;
mod units;
pub(crate) mod world;

pub use memory::{Given, Memory};
pub use model::model;
pub use modules::{BUILTIN, MAX_MODULES, ModuleError, Modules, builtin};
pub use result::{Binding, MetricResult, ModelResult, Note, Offender, PolicyResult, SeaAnalysis, Verdict};
pub(crate) use surroundings::Surroundings;

use crate::expr::time::Instant;
use crate::lint::{self, Profile};
use crate::report;
use modules::{Graph, Group};
use names::{Kind, Names};
use seac_syntax::sea::ast::{ClauseKind, DeclarationKind as D};
use seac_syntax::{Diagnostic, FileId, Sources};
use std::collections::BTreeSet;
use world::World;

/// What an analysis depends on besides the texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The moment that windows look back from.
    pub now: Option<Clock>,
    /// How strictly it is looked at what is right and hardly meant.
    pub profile: Profile,
    /// How many elements one policy may look at; all of a model together may ten times as many.
    pub max_steps: u64,
    /// Whether policies and metrics are evaluated once they are typed.
    pub evaluate: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { now: None, profile: Profile::default(), max_steps: MAX_STEPS, evaluate: true }
    }
}

/// How many elements one policy may look at, unless the caller says otherwise.
pub const MAX_STEPS: u64 = 10_000_000;

/// A moment that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock(Instant);

impl Clock {
    /// Reads an RFC 3339 time with an offset.
    pub fn parse(text: &str) -> Option<Self> {
        Instant::parse(text).map(Self)
    }
}

/// The profiles a file may name.
const PROFILES: &[&str] = &["default", "cloud", "data", "strict"];

/// Analyses files that stand alone. Each that no other one imports is a model, with everything it imports.
pub fn analyse(files: &[FileId], modules: &mut dyn Modules, options: &Options) -> SeaAnalysis {
    let mut analysis = SeaAnalysis::default();
    let graph = graph_of(files, modules, &mut analysis.diagnostics);
    analyse_graph(modules.sources(), &graph, options, analysis)
}

/// As [`analyse`], with the [`model`] that the files mean.
pub fn analyse_as_model(
    files: &[FileId],
    modules: &mut dyn Modules,
    options: &Options,
) -> (SeaAnalysis, seac_model::Model) {
    let mut analysis = SeaAnalysis::default();
    let graph = graph_of(files, modules, &mut analysis.diagnostics);
    let sources = modules.sources();
    rayon::join(|| analyse_graph(sources, &graph, options, analysis), || model::lower(sources, &graph))
}

fn graph_of(files: &[FileId], modules: &mut dyn Modules, out: &mut Vec<Diagnostic>) -> Graph<'static> {
    let groups = files.iter().map(|file| vec![(*file, None)]).collect();
    modules::graph(groups, modules, out)
}

fn analyse_graph(sources: &Sources, graph: &Graph<'_>, options: &Options, mut analysis: SeaAnalysis) -> SeaAnalysis {
    for model in graph.models() {
        contract::check(sources, graph, &graph.closure(model), &mut analysis.diagnostics);
        let result = one(graph, model, options, &Surroundings::default(), &mut analysis.diagnostics);
        analysis.models.push(result);
    }
    crate::follow::leave_out(sources, &mut analysis.diagnostics);
    analysis
}

/// Analyses the files of one context as one model.
pub(crate) fn context(
    files: Group<'_>,
    modules: &mut dyn Modules,
    surroundings: &Surroundings,
    options: &Options,
    out: &mut Vec<Diagnostic>,
) -> Option<ModelResult> {
    let mut graph = modules::graph(vec![files], modules, out);
    graph.surround(&surroundings.parts);
    let model = graph.roots.first()?;
    Some(one(&graph, model, options, surroundings, out))
}

/// Analyses one model.
fn one(
    graph: &Graph<'_>,
    model: &[usize],
    options: &Options,
    surroundings: &Surroundings,
    out: &mut Vec<Diagnostic>,
) -> ModelResult {
    let mut found = Vec::new();
    let closure = graph.closure(model);
    let profile = if profiles(graph, &closure, &mut found) { Profile::Strict } else { options.profile };
    annotations::check(graph, &closure, &mut found);
    let names = Names::collect(graph, &closure, &mut found);
    let units = units::collect(graph, &closure, &mut found);
    let mut world = World::build(graph, &closure, &names, units, &mut found);
    world.read_fields(graph, &closure, &names);
    mappings::check(graph, &closure, &names, &mut found);
    instances::read(&mut world, &names, &mut found);
    let sound = options.evaluate && !seac_syntax::diagnostic::has_errors(&found);
    let governing = governing(graph, &closure, surroundings);
    let mut result = ModelResult { modules: graph.written(model).collect(), ..Default::default() };
    policies::run(
        &policies::Stage {
            graph,
            closure: &closure,
            names: &names,
            world: &world,
            governing: &governing,
            options,
            sound,
            profile,
        },
        &mut result,
        &mut found,
    );
    out.append(&mut found);
    result
}

/// Whether any module asks for the strict profile.
fn profiles(graph: &Graph<'_>, closure: &[usize], out: &mut Vec<Diagnostic>) -> bool {
    let files = || closure.iter().map(|at| &*graph.modules[*at].tree);
    let unknown = files().flat_map(lint::named_profiles).filter(|item| !PROFILES.contains(&item.value.value.as_str()));
    out.extend(unknown.map(|item| report::unknown_profile(item.value.span, &item.value.value, PROFILES)));
    files().any(lint::asks_for_strict)
}

/// Policies that operations name: what they are about is only there while the operation runs.
fn governing(graph: &Graph<'_>, closure: &[usize], surroundings: &Surroundings) -> BTreeSet<String> {
    let mut governing = surroundings.governing.clone();
    for declaration in closure.iter().flat_map(|at| &graph.modules[*at].tree.declarations) {
        let D::Operation(operation) = &declaration.kind else { continue };
        for clause in &operation.clauses {
            if let ClauseKind::Access { bindings, .. } = &clause.kind {
                governing.extend(bindings.iter().map(|binding| binding.policy.value.to_string()));
            }
        }
    }
    governing
}

impl<'a> World<'a> {
    /// Reads the bodies of entities.
    fn read_fields(&mut self, graph: &'a Graph<'a>, closure: &[usize], names: &Names<'a>) {
        let mut index = 0;
        for at in closure {
            for declaration in &graph.modules[*at].tree.declarations {
                let D::Entity(entity) = &declaration.kind else { continue };
                let types = fields::TypeScope { names, module: *at, units: &self.units };
                let pattern = |name: &str| match names.find(*at, Kind::Pattern, name) {
                    names::Found::One(id) => self.patterns.get(names.symbols[id as usize].index as usize).copied(),
                    _ => None,
                };
                if let Some(fields) = fields::EntityFields::read(entity, &types, &mut self.keys, &pattern) {
                    self.fields.insert(index, fields);
                }
                index += 1;
            }
        }
    }
}
