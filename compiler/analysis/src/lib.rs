//! Syntax to Model: names, types, the join of SEA and SDS, checks with codes.
//!
//! The stages run in one direction. [`load`] parses every text and groups the trees by bounded context; [`names`]
//! collects what each context declares; [`types`] and [`expr`] give everything a type; [`contract`] brings the two
//! ways of writing an operation into one form, which [`operations`] and [`plan`] complete; [`wiring`], [`connectors`],
//! [`flows`], [`evolution`] and [`trace`] check and add the rest. [`sea`] looks at models as wholes, in contexts and by themselves:
//! modules, elements, instances, and policies, which [`eval`] decides. [`build`] has the order; [`again`] leaves out what is
//! known from the last time. Every decision about meaning is made here and stored in the Model.

mod again;
mod build;
mod connectors;
mod constraints;
mod contract;
mod draft;
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
mod read_models;
mod report;
pub mod sea;
mod trace;
mod types;
mod wiring;

pub use again::{Memory, analyse_again};
pub use lint::Profile;
pub use load::is_context_name;

use build::{Run, bound_policies};
use draft::Draft;
use seac_model::Model;
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
    /// What the policies and metrics of each context come to; not known of an analysis that went on from another one.
    pub results: Vec<sea::ModelResult>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// The contexts that are as the analysis before had left them.
    pub kept: BTreeSet<String>,
}

/// As [`analyse`], with a clock for windows, and with the results of evaluation.
pub fn analyse_at(sources: &Sources, options: &sea::Options) -> Analysis {
    let mut out = Vec::new();
    let inputs = load::load(sources, None, &mut out);
    let run = Run { sources, inputs: &inputs, options };
    let mut model = run.ground(&mut out);
    let mut drafts = Draft::begin(inputs.contexts.values());
    run.build(&mut model, &mut drafts, &mut out);
    out.extend(draft::findings(drafts));
    let mut results = Vec::new();
    for (_, whole) in run.wholes(inputs.contexts.values(), &bound_policies(&model)) {
        results.extend(whole.result);
        out.extend(whole.found);
    }
    follow::leave_out(sources, &mut out);
    Analysis { model, results, diagnostics: out, ..Analysis::default() }
}
