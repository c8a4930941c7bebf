//! Contexts in the making: what of a run is about one of them, and the ways of going through them.

use crate::contract::{self, Contracts};
use crate::load::ContextInput;
use rayon::prelude::*;
use seac_model::{Context, Model};
use seac_syntax::Diagnostic;

/// A context that is being analysed.
pub struct Draft<'a> {
    /// What was written about it.
    pub input: &'a ContextInput,
    /// Its operations, as written.
    pub contracts: Contracts<'a>,
    /// What was found in it.
    pub found: Vec<Diagnostic>,
}

impl<'a> Draft<'a> {
    /// Begins the contexts of a run, which come in the order of their names.
    pub fn begin(inputs: impl Iterator<Item = &'a ContextInput>) -> Vec<Self> {
        let begin = |input| {
            let mut found = Vec::new();
            Self { input, contracts: contract::collect(input, &mut found), found }
        };
        inputs.map(begin).collect()
    }
}

/// Does to every draft what needs no other context, side by side: each keeps its own findings, so that threads do not show.
pub fn side_by_side(
    model: &mut Model,
    drafts: &mut [Draft<'_>],
    work: impl Fn(&ContextInput, &mut Context, &mut Vec<Diagnostic>) + Sync,
) {
    let drafted =
        |slug: &str, drafts: &[Draft<'_>]| drafts.binary_search_by(|d| d.input.slug.as_str().cmp(slug)).is_ok();
    let contexts = model.contexts.iter_mut().filter(|(slug, _)| drafted(slug, drafts)).map(|(_, context)| context);
    let contexts: Vec<&mut Context> = contexts.collect();
    debug_assert_eq!(contexts.len(), drafts.len(), "every draft has a context");
    drafts.par_iter_mut().zip(contexts).for_each(|(draft, context)| work(draft.input, context, &mut draft.found));
}

/// The findings of all drafts, in their order.
pub fn findings(drafts: Vec<Draft<'_>>) -> impl Iterator<Item = Diagnostic> {
    drafts.into_iter().flat_map(|draft| draft.found)
}
