//! Analysing a workspace again: contexts that nothing new reaches are taken over from the last time.
//!
//! What a context means follows from its own texts and those of the contexts it reaches by `uses`, from what all share
//! (units, settings), and from two things that those which use it do to it: they grant roles to its operations, and hold
//! its events as values. So what has to be analysed again are the contexts that reach a changed one, and those that any of
//! these uses itself. A context that imports files by their path may look at anything: it is always among them.

use crate::build::{Run, bound_policies};
use crate::draft::Draft;
use crate::load::{self, ContextInput, Inputs, Trees};
use crate::sea::{self, Options};
use crate::{Analysis, follow};
use seac_model::{Context, Model, Unit};
use seac_syntax::sds::ast::SdsFile;
use seac_syntax::sea::ast::SeaFile;
use seac_syntax::{Diagnostic, Sources};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What an analysis leaves to the next one of the same workspace, in a process that goes on. It shows in nothing but the
/// time.
#[derive(Debug, Default)]
pub struct Memory {
    trees: Trees,
    ground: Ground,
    parts: BTreeMap<String, Part>,
    /// The policies that govern operations of any context.
    bound: BTreeSet<String>,
    model: Option<Model>,
}

/// What all contexts stand on.
#[derive(Debug, Default, PartialEq)]
struct Ground {
    /// The paths of all texts: spans name texts by their number.
    paths: Vec<Arc<str>>,
    units: BTreeMap<String, Unit>,
    options: Options,
}

impl Memory {
    /// Gives back the model of the last analysis, as it was handed out; without it, the next one begins anew.
    pub fn keep(&mut self, model: Model) {
        self.model = Some(model);
    }

    /// The contexts that can be taken over.
    fn take_over(&mut self, ground: Ground, inputs: &Inputs) -> BTreeMap<String, Context> {
        let mut contexts = self.model.take().map(|model| model.contexts).unwrap_or_default();
        if self.ground != ground || !self.parts.keys().eq(inputs.contexts.keys()) {
            (self.ground, self.parts) = (ground, BTreeMap::new());
            return BTreeMap::new();
        }
        let stale = stale(&self.parts, inputs);
        contexts.retain(|slug, _| !stale.contains(slug));
        contexts
    }
}

/// As [`analyse_at`](crate::analyse_at), without parsing the texts and building the contexts that `memory` has kept.
pub fn analyse_again(sources: &Sources, memory: &mut Memory, options: &Options) -> Analysis {
    let mut out = Vec::new();
    let inputs = load::load(sources, Some(&mut memory.trees), &mut out);
    let run = Run { sources, inputs: &inputs, options };
    let mut model = run.ground(&mut out);
    let paths = sources.iter().map(|(_, file)| Arc::clone(&file.path)).collect();
    let ground = Ground { paths, units: model.units.clone(), options: options.clone() };
    model.contexts = memory.take_over(ground, &inputs);
    let kept: BTreeSet<String> = model.contexts.keys().cloned().collect();
    let mut drafts = Draft::begin(inputs.contexts.values().filter(|input| !kept.contains(&input.slug)));
    run.build(&mut model, &mut drafts, &mut out);
    for Draft { input, found, .. } in drafts {
        memory.parts.insert(input.slug.clone(), Part::new(input, found));
    }
    let bound = bound_policies(&model);
    let governed = bound != memory.bound;
    let wholes = inputs.contexts.values().filter(|input| governed || !kept.contains(&input.slug));
    for (slug, whole) in run.wholes(wholes, &bound) {
        memory.parts.entry(slug.to_owned()).and_modify(|part| part.whole = whole.found);
    }
    memory.bound = bound;
    out.extend(memory.parts.values().flat_map(|part| part.found.iter().chain(&part.whole)).cloned());
    follow::leave_out(sources, &mut out);
    Analysis { model, diagnostics: out, kept, ..Analysis::default() }
}

/// What was read and found about one context.
#[derive(Debug)]
struct Part {
    sds: Arc<SdsFile>,
    sea: Vec<Arc<SeaFile>>,
    /// What the stages found.
    found: Vec<Diagnostic>,
    /// What was found when its models were looked at as one.
    whole: Vec<Diagnostic>,
}

impl Part {
    fn new(input: &ContextInput, found: Vec<Diagnostic>) -> Self {
        Self { sds: Arc::clone(&input.sds), sea: input.sea.clone(), found, whole: Vec::new() }
    }

    /// Whether this is what was read: a text that did not change keeps its tree.
    fn is_of(&self, input: &ContextInput) -> bool {
        let same = |(a, b): (&Arc<SeaFile>, &Arc<SeaFile>)| Arc::ptr_eq(a, b);
        let models = self.sea.len() == input.sea.len() && self.sea.iter().zip(&input.sea).all(same);
        models && Arc::ptr_eq(&self.sds, &input.sds) && !imports_by_path(&self.sea)
    }
}

fn imports_by_path(sea: &[Arc<SeaFile>]) -> bool {
    sea.iter().flat_map(|file| &file.imports).any(|import| sea::builtin(&import.from.value).is_none())
}

/// The contexts that have to be analysed again.
fn stale(parts: &BTreeMap<String, Part>, inputs: &Inputs) -> BTreeSet<String> {
    let then = parts.iter().map(|(slug, part)| (slug.as_str(), &part.sds.uses));
    let now = inputs.contexts.iter().map(|(slug, input)| (slug.as_str(), &input.sds.uses));
    let (mut users, mut used) = (BTreeMap::<&str, Vec<&str>>::new(), BTreeMap::<&str, Vec<&str>>::new());
    for (slug, other) in then.chain(now).flat_map(|(slug, uses)| uses.iter().map(move |other| (slug, other.as_str()))) {
        users.entry(other).or_default().push(slug);
        used.entry(slug).or_default().push(other);
    }
    let unlike = |(slug, part): &(&String, &Part)| inputs.contexts.get(*slug).is_none_or(|input| !part.is_of(input));
    let mut open: Vec<&str> = parts.iter().filter(unlike).map(|(slug, _)| slug.as_str()).collect();
    let mut reaching: BTreeSet<&str> = open.iter().copied().collect();
    while let Some(slug) = open.pop() {
        open.extend(users.get(slug).into_iter().flatten().filter(|user| reaching.insert(user)));
    }
    let claimed = reaching.iter().filter_map(|slug| used.get(slug)).flatten();
    reaching.iter().chain(claimed).map(|slug| (*slug).to_owned()).collect()
}
