//! Syntax to Model: names, types, the join of SEA and SDS, checks with codes.
//!
//! The stages run in one direction. [`load`] parses every text and groups the trees by bounded context; [`names`]
//! collects what each context declares; [`types`] and [`expr`] give everything a type; [`contract`] brings the two
//! ways of writing an operation into one form, which [`operations`] and [`plan`] complete; [`wiring`], [`connectors`],
//! [`flows`], [`evolution`] and [`trace`] check and add the rest. [`sea`] looks at models as wholes, in contexts and by themselves:
//! modules, elements, instances, and policies, which [`eval`] decides. Every decision about meaning is made here and stored in the Model.

mod connectors;
mod constraints;
mod contract;
mod elements;
mod eval;
mod evolution;
mod expr;
mod flows;
mod follow;
#[rustfmt::skip]
#[path = "gen/mod.rs"]
mod generated;
mod lint;
mod listing;
mod load;
mod metamodel;
mod names;
mod operations;
mod plan;
mod report;
pub mod sea;
mod trace;
mod types;
mod wiring;

pub use lint::Profile;
pub use load::{Trees, is_context_name};

use rayon::prelude::*;
use seac_model::{Context, FORMAT, Model};
use seac_syntax::{Diagnostic, Sources};
use std::collections::BTreeSet;

/// Reads and analyses every text of a run: `*.sds.yaml`, `*.sea`, and the Markdown notes in `adr/` and `prd/`.
///
/// Never fails: the model holds what could be understood, the diagnostics say what could not. A model that came with
/// errors must not be emitted.
pub fn analyse(sources: &Sources) -> (Model, Vec<Diagnostic>) {
    let analysis = analyse_at(sources, &sea::Options::default());
    (analysis.model, analysis.diagnostics)
}

/// What an analysis of contexts gives.
#[derive(Debug, Default)]
pub struct Analysis {
    /// What the specs say.
    pub model: Model,
    /// What the policies and metrics of each context come to.
    pub results: Vec<sea::ModelResult>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

/// As [`analyse_at`], without parsing what is in `known` already; all that was parsed is there afterwards.
pub fn analyse_again(sources: &Sources, known: &mut Trees, options: &sea::Options) -> (Model, Vec<Diagnostic>) {
    let analysis = analyse_all(sources, Some(known), options);
    (analysis.model, analysis.diagnostics)
}

/// As [`analyse`], with a clock for windows, and with the results of evaluation.
pub fn analyse_at(sources: &Sources, options: &sea::Options) -> Analysis {
    analyse_all(sources, None, options)
}

fn analyse_all(sources: &Sources, known: Option<&mut Trees>, options: &sea::Options) -> Analysis {
    let mut analysis = Analysis::default();
    let inputs = load::load(sources, known, &mut analysis.diagnostics);
    analysis.model = build(sources, &inputs, options.profile, &mut analysis.diagnostics);
    let bound = bound_policies(&analysis.model);
    let with_sea: Vec<&load::ContextInput> = inputs.contexts.values().filter(|input| !input.sea.is_empty()).collect();
    // In parallel, and collected in order, so that threads do not show.
    let wholes = with_sea.par_iter().map(|input| {
        let mut out = Vec::new();
        let result = whole(sources, &inputs, input, &bound, options, &mut out);
        (result, out)
    });
    for (result, found) in wholes.collect::<Vec<_>>() {
        analysis.results.extend(result);
        analysis.diagnostics.extend(found);
    }
    follow::leave_out(sources, &mut analysis.diagnostics);
    analysis
}

/// Builds the model in the order in which its parts depend on each other: all types of all contexts first, because
/// operations may name types of other contexts.
fn build(sources: &Sources, inputs: &load::Inputs, profile: Profile, out: &mut Vec<Diagnostic>) -> Model {
    let mut model = Model { format: FORMAT, units: seac_model::Unit::builtin(), ..Model::default() };
    trace::notes(sources, inputs, &mut model, out);
    let scope = names::Scope::collect(inputs, out);
    types::units(inputs, &mut model, out);
    for input in inputs.contexts.values() {
        let mut context = head(sources, input);
        context.metamodel = metamodel::lower(sources, input, out).map(Box::new);
        types::enums(sources, input, &mut context, out);
        model.contexts.insert(input.slug.clone(), context);
    }
    let shared = types::Shared::of(&model);
    each_context(&mut model, inputs, out, |input, context, out| {
        types::declare(sources, input, &scope, &shared, context, out);
    });
    let contracts: Vec<_> = inputs.contexts.values().map(|input| contract::collect(input, out)).collect();
    for (input, contracts) in inputs.contexts.values().zip(&contracts) {
        contract::records(sources, input, contracts, &scope, &shared, &mut model, out);
        operations::events(sources, input, contracts, &scope, &shared, &mut model, out);
    }
    operations::declare(sources, inputs, &contracts, &scope, &mut model, out);
    operations::settle_events(&mut model);
    for input in inputs.contexts.values() {
        wiring::connect(sources, input, &scope, &mut model, out);
        connectors::declare(sources, input, &mut model, out);
        evolution::declare(input, &shared, &mut model, out);
    }
    each_context(&mut model, inputs, out, |input, context, out| {
        flows::join(sources, input, &scope, context, out);
        elements::declare(sources, input, context);
    });
    wiring::apply_grants(&mut model);
    wiring::http_paths(inputs, &mut model, out);
    each_context(&mut model, inputs, out, |input, context, out| lint::flow::run(input, context, profile, out));
    trace::check(sources, inputs, &model, out);
    model
}

/// Does to every context what needs no other one: in parallel, and collected in order, so that threads do not show.
fn each_context(
    model: &mut Model,
    inputs: &load::Inputs,
    out: &mut Vec<Diagnostic>,
    work: impl Fn(&load::ContextInput, &mut Context, &mut Vec<Diagnostic>) + Sync,
) {
    let found = model.contexts.par_iter_mut().map(|(slug, context)| {
        let mut out = Vec::new();
        if let Some(input) = inputs.contexts.get(slug) {
            work(input, context, &mut out);
        }
        out
    });
    out.extend(found.collect::<Vec<_>>().into_iter().flatten());
}

/// Names of the policies that operations of any context are bound to.
fn bound_policies(model: &Model) -> BTreeSet<&str> {
    let operations = model.contexts.values().flat_map(|context| context.operations.values());
    operations.flat_map(|operation| &operation.policies).map(|bound| bound.policy.name.as_str()).collect()
}

/// What the SEA files of a context say about the model as a whole: flows, instances, metrics, and the policies that
/// govern no operation.
fn whole(
    sources: &Sources,
    inputs: &load::Inputs,
    input: &load::ContextInput,
    bound: &BTreeSet<&str>,
    options: &sea::Options,
    out: &mut Vec<Diagnostic>,
) -> Option<sea::ModelResult> {
    let files = input.files.iter().zip(&input.sea);
    let group = files.map(|(file, tree)| (*file, Some(std::borrow::Cow::Borrowed(&**tree)))).collect();
    let written = input.sds.commands.iter().chain(&input.sds.queries).flat_map(|operation| &operation.policies);
    let written = written.map(|binding| binding.policy.value.as_str());
    let governing = bound.iter().copied().chain(written).map(str::to_owned).collect();
    let surroundings = sea::Surroundings::new(input, inputs, governing);
    sea::context(group, &mut sea::Given(sources), &surroundings, options, out)
}

fn head(sources: &Sources, input: &load::ContextInput) -> Context {
    let text = |value: &Option<seac_syntax::sds::ast::Text>| value.as_ref().map(|text| text.value.to_string());
    let satisfies = trace::links(sources, input.sds.satisfies_prds.iter().chain(&input.sds.satisfies_adrs));
    let mut uses: Vec<String> = input.sds.uses.iter().map(|text| text.value.to_string()).collect();
    uses.sort();
    Context {
        sds_id: text(&input.sds.sds_id).unwrap_or_default(),
        title: text(&input.sds.title).unwrap_or_else(|| input.slug.clone()),
        namespace: format!("system.{}", input.slug),
        version: text(&input.sds.version).unwrap_or_else(|| "0.0.0".to_owned()),
        owner: text(&input.sds.owner),
        satisfies,
        uses,
        origin: load::origin(sources, input.sds.span),
        ..Context::default()
    }
}
