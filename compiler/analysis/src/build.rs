//! The stages of an analysis, in the order in which they depend on each other.

use crate::draft::{Draft, side_by_side};
use crate::expr::Units;
use crate::load::{self, ContextInput, Inputs};
use crate::names::Scope;
use crate::sea::{self, ModelResult, Options};
use crate::types::{self, Shared};
use crate::{
    connectors, contract, elements, evolution, flows, lint, metamodel, operations, read_models, trace, wiring,
};
use rayon::prelude::*;
use seac_model::{Context, FORMAT, Model};
use seac_syntax::{Diagnostic, Sources};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What a run looks at, and how.
pub struct Run<'a> {
    /// Every text.
    pub sources: &'a Sources,
    /// What was read from them.
    pub inputs: &'a Inputs,
    /// What it depends on besides.
    pub options: &'a Options,
}

/// What was found when the models of a context were looked at as one.
pub struct Whole {
    /// What its policies and metrics come to.
    pub result: Option<ModelResult>,
    /// What is wrong.
    pub found: Vec<Diagnostic>,
}

impl Run<'_> {
    /// What all contexts stand on: the notes and the units.
    pub fn ground(&self, out: &mut Vec<Diagnostic>) -> Model {
        let mut model = Model { format: FORMAT, units: seac_model::Unit::builtin(), ..Model::default() };
        trace::notes(self.sources, self.inputs, &mut model, out);
        types::units(self.inputs, &mut model, out);
        model
    }

    /// Adds the drafts to a model. All types come first, because operations may name types of other contexts. Contexts
    /// that are not among the drafts are in the model already and stay as they are.
    pub fn build(&self, model: &mut Model, drafts: &mut [Draft<'_>], out: &mut Vec<Diagnostic>) {
        let Self { sources, inputs, options } = *self;
        let scope = Scope::collect(inputs, out);
        for Draft { input, found, .. } in &mut *drafts {
            let mut context = head(sources, input);
            context.metamodel = metamodel::lower(sources, input, found).map(Box::new);
            types::enums(sources, input, &mut context, found);
            model.contexts.insert(input.slug.clone(), context);
        }
        let shared = declare(sources, inputs, &scope, model, drafts);
        operations::settle_events(model);
        for Draft { input, found, .. } in &mut *drafts {
            wiring::connect(sources, input, &scope, model, found);
            connectors::declare(sources, input, model, found);
            evolution::declare(input, &shared, model, found);
        }
        side_by_side(model, drafts, |input, context, found| {
            flows::join(sources, input, &scope, context, found);
            elements::declare(sources, input, context);
        });
        wiring::apply_grants(model);
        side_by_side(model, drafts, |input, context, found| {
            lint::flow::run(input, context, options.profile, found);
        });
        wiring::http_paths(inputs, model, out);
        trace::check(sources, inputs, model, out);
    }

    /// What the models of contexts say as wholes, side by side and in order; those without models say nothing.
    pub fn wholes<'c>(
        &self,
        contexts: impl Iterator<Item = &'c ContextInput>,
        bound: &BTreeSet<String>,
    ) -> Vec<(&'c str, Whole)> {
        let contexts: Vec<&ContextInput> = contexts.filter(|input| !input.sea.is_empty()).collect();
        contexts.into_par_iter().map(|input| (input.slug.as_str(), self.whole(input, bound))).collect()
    }

    /// What the SEA files of a context say about the model as a whole: flows, instances, metrics, and the policies that
    /// govern no operation, which are in `bound`.
    fn whole(&self, input: &ContextInput, bound: &BTreeSet<String>) -> Whole {
        let files = input.files.iter().zip(&input.sea);
        let group = files.map(|(file, tree)| (*file, Some(Cow::Borrowed(&**tree)))).collect();
        let written = input.sds.commands.iter().chain(&input.sds.queries).flat_map(|operation| &operation.policies);
        let written = written.map(|binding| binding.policy.value.to_string());
        let governing = bound.iter().cloned().chain(written).collect();
        let surroundings = sea::Surroundings::new(input, self.inputs, governing);
        let mut found = Vec::new();
        let result = sea::context(group, &mut sea::Given(self.sources), &surroundings, self.options, &mut found);
        Whole { result, found }
    }
}

/// Declares types, records, events, read models and operations; enums are declared before, because defaults name their members.
pub fn declare(
    sources: &Sources,
    inputs: &Inputs,
    scope: &Scope,
    model: &mut Model,
    drafts: &mut [Draft<'_>],
) -> Shared {
    let shared = Shared::of(model);
    side_by_side(model, drafts, |input, context, found| {
        types::declare(sources, input, scope, &shared, context, found);
    });
    for Draft { input, contracts, found } in &mut *drafts {
        contract::records(sources, input, contracts, scope, &shared, model, found);
        operations::events(sources, input, contracts, scope, &shared, model, found);
    }
    let units = Units::new(&model.units);
    for Draft { input, found, .. } in &mut *drafts {
        read_models::declare(sources, input, scope, &units, model, found);
    }
    operations::declare(sources, inputs, drafts, scope, model);
    shared
}

/// Names of the policies that operations of any context are bound to.
pub fn bound_policies(model: &Model) -> BTreeSet<String> {
    let operations = model.contexts.values().flat_map(|context| context.operations.values());
    operations.flat_map(|operation| &operation.policies).map(|bound| bound.policy.name.clone()).collect()
}

fn head(sources: &Sources, input: &ContextInput) -> Context {
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
