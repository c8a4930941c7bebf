//! Operations, completed: roles, policies with types, failures for every path, and a plan.

use crate::contract::{self, Concurrency, Contract, Contracts, Idempotency, Verb};
use crate::draft::Draft;
use crate::expr::{Facts, Place, Units};
use crate::load::{ContextInput, Inputs, origin};
use crate::names::{Kind, Scope};
use crate::plan;
use crate::report;
use crate::types::{Lowering, Shared, doc, patterns};
use rayon::prelude::*;
use seac_model::{
    BoundPolicy, Direction, Effect, Entity, Event, Failure, FailureKind, Failures, Field, Model, Operation,
    OperationKind, PartEffect, Record, Stage, Step, Ty, TypeId,
};
use seac_syntax::sds::ast::Text;
use seac_syntax::sea::ast::DeclarationKind;
use seac_syntax::{Diagnostic, Sources, Spanned};
use std::collections::{BTreeMap, BTreeSet};

/// Declares the events of a context: those of its SDS, and the records that its SEA operations emit.
pub fn events(
    sources: &Sources,
    input: &ContextInput,
    contracts: &Contracts<'_>,
    scope: &Scope,
    shared: &Shared,
    model: &mut Model,
    out: &mut Vec<Diagnostic>,
) {
    let patterns = patterns(input, &mut Vec::new());
    let emitted = contracts.values().flat_map(|contract| &contract.emits);
    let emitted: Vec<(&Text, Option<Record>)> =
        emitted.map(|name| (*name, emitted_record(input, scope, model, name).cloned())).collect();
    let Some(context) = model.contexts.get_mut(&input.slug) else { return };
    let lowering = Lowering { sources, scope, slug: &input.slug, shared, patterns: &patterns };
    for event in &input.sds.events {
        let payload = lowering.sds_fields(&event.payload, out);
        let origin = origin(sources, event.span);
        let event_model =
            Event { doc: doc(event.doc.as_ref()), payload, subject: String::new(), external: false, origin };
        context.events.entry(event.name.value.to_string()).or_insert(event_model);
    }
    for (name, record) in emitted {
        if context.events.contains_key(name.value.as_str()) {
            continue;
        }
        match record {
            Some(Record { doc, fields, origin }) => {
                let event = Event { doc, payload: fields, subject: String::new(), external: false, origin };
                context.events.insert(name.value.to_string(), event);
            }
            None => {
                let known = context.events.keys().chain(context.records.keys()).map(String::as_str);
                out.push(report::unknown("event", &name.value, name.span, known));
            }
        }
    }
}

/// A record that operations emit is an event and, unless something holds it as a value, nothing else: whether an event
/// was declared here as a record or in an SDS does not show in the model.
pub fn settle_events(model: &mut Model) {
    for TypeId { context, name } in unheld_events(model) {
        if let Some(context) = model.contexts.get_mut(&context) {
            context.records.remove(&name);
        }
    }
}

/// The events that are records as well, and that no field, operation or listing of any context names.
fn unheld_events(model: &Model) -> BTreeSet<TypeId> {
    let mut unheld = BTreeSet::new();
    for (slug, context) in &model.contexts {
        let both = context.events.keys().filter(|name| context.records.contains_key(*name));
        unheld.extend(both.map(|name| TypeId::new(slug.as_str(), name.as_str())));
    }
    for context in model.contexts.values() {
        if unheld.is_empty() {
            break;
        }
        let entities = context.entities.values().flat_map(|entity| &entity.fields);
        let records = context.records.values().flat_map(|record| &record.fields);
        let payloads = context.events.values().flat_map(|event| &event.payload);
        let fields = entities.chain(records).chain(payloads).filter_map(|field| record_of(&field.ty));
        let operations = context.operations.values().flat_map(|operation| {
            let row = if let Effect::ListsLedger { row, .. } = &operation.effect { Some(row) } else { None };
            [&operation.input, &operation.output].into_iter().chain(row)
        });
        for held in fields.chain(operations) {
            unheld.remove(held);
        }
    }
    unheld
}

/// The record that a value of this type is or has as items.
fn record_of(ty: &Ty) -> Option<&TypeId> {
    match ty {
        Ty::Record(id) => Some(id),
        Ty::List(item) => record_of(item),
        _ => None,
    }
}

/// The record that an event is made of: the context's own, or one of its namespace that it imports.
fn emitted_record<'m>(input: &ContextInput, scope: &Scope, model: &'m Model, name: &Text) -> Option<&'m Record> {
    let id = scope.meaning(&input.slug, &name.value, &[Kind::Record])?;
    let namespace = |slug: &str| model.contexts.get(slug).map(|context| context.namespace.as_str());
    if namespace(&id.context) == namespace(&input.slug) { model.record(&id) } else { None }
}

/// Declares the operations of all drafts, side by side: they need the types of others, and none of their operations.
pub fn declare(sources: &Sources, inputs: &Inputs, drafts: &mut [Draft<'_>], scope: &Scope, model: &mut Model) {
    let (types, units) = (&*model, &Units::new(&model.units));
    let declared = drafts.par_iter_mut().map(|Draft { input, contracts, found }| {
        let patterns = &patterns(input, &mut Vec::new());
        let builder =
            |contract| Builder { sources, inputs, input, scope, model: types, contracts, contract, units, patterns };
        let built = contracts
            .values()
            .filter_map(|contract| Some((contract.name.value.to_string(), builder(contract).build(found)?)));
        (input.slug.as_str(), built.collect::<BTreeMap<_, _>>())
    });
    for (slug, operations) in declared.collect::<Vec<_>>() {
        if let Some(context) = model.contexts.get_mut(slug) {
            context.operations = operations;
        }
    }
}

/// Everything that one operation is built from.
pub struct Builder<'a> {
    pub sources: &'a Sources,
    pub inputs: &'a Inputs,
    pub input: &'a ContextInput,
    pub scope: &'a Scope,
    pub model: &'a Model,
    /// Those of all operations of the context.
    pub contracts: &'a Contracts<'a>,
    pub contract: &'a Contract<'a>,
    /// All units.
    pub units: &'a Units,
    /// The patterns of the context, by name.
    pub patterns: &'a BTreeMap<String, String>,
}

impl Builder<'_> {
    fn build(&self, out: &mut Vec<Diagnostic>) -> Option<Operation> {
        let (contract, slug) = (self.contract, self.input.slug.as_str());
        let input = contract::record_id(contract, &contract.input, "Input", self.scope, slug, out)?;
        let output = contract::record_id(contract, &contract.output, "Output", self.scope, slug, out)?;
        let input_record = self.model.record(&input)?;
        let output_record = self.model.record(&output)?;
        let effect = self.effect(input_record, output_record, out)?;
        let parts = self.parts(&effect, input_record, out);
        let entity = effect.entity().and_then(|id| self.model.entity(id));
        let roles = self.roles(out);
        let policies = self.policies(&effect, input_record, entity, out);
        let idempotency = self.idempotency(input_record, out)?;
        let concurrency = self.concurrency(&effect, input_record, entity, out)?;
        let outbound = contract.direction == Direction::Outbound;
        let steps = match outbound {
            true => plan::elsewhere(self, input_record, output_record, entity, out),
            false => plan::plan(self, &effect, input_record, entity, &concurrency, out),
        };
        self.inherent(&effect, &idempotency, &concurrency, entity, &steps, out);
        // What is carried out elsewhere is answered from there.
        let output_from = match outbound {
            true => BTreeMap::new(),
            false => plan::output(self, &effect, output_record, entity, &steps, out),
        };
        let effects = || std::iter::once(&effect).chain(parts.iter().map(|part| &part.effect));
        let asks = steps.iter().any(|step| matches!(step, Step::Call { .. }));
        let failures = self.failures(effects, !roles.is_empty(), asks, &idempotency, out);
        Some(Operation {
            kind: contract.kind,
            direction: contract.direction,
            intent: contract.intent.clone(),
            roles,
            input,
            output,
            effect,
            parts,
            policies,
            separated: Vec::new(),
            failures,
            idempotency,
            concurrency,
            steps,
            output_from,
            http: None,
            flow: None,
            origin: origin(self.sources, contract.span),
        })
    }

    fn effect(&self, input: &Record, output: &Record, out: &mut Vec<Diagnostic>) -> Option<Effect> {
        if let Some(read_model) = self.contract.read_model {
            return self.listing(read_model, input, output, out);
        }
        let Some((verb, name)) = &self.contract.effect else {
            if self.contract.kind == OperationKind::Query || self.contract.effect.is_none() {
                out.push(report::no_effect(self.contract.name.span, &self.contract.name.value));
            }
            return None;
        };
        self.on_entity(verb, name, input, out)
    }

    /// An effect on one entity that the input names, or that is new.
    fn on_entity(
        &self,
        verb: &Spanned<Verb>,
        name: &Text,
        input: &Record,
        out: &mut Vec<Diagnostic>,
    ) -> Option<Effect> {
        let slug = self.input.slug.as_str();
        let found = self.scope.resolve(slug, &name.value, name.span, &[Kind::Entity]);
        let (id, _) = found.map_err(|diagnostic| out.push(*diagnostic)).ok()?;
        if self.is_foreign(&id) {
            out.push(report::foreign_state(name.span, &name.value));
            return None;
        }
        let entity = self.model.entity(&id)?;
        let Some(key) = entity.key_field() else {
            // What is wrong with the key of an entity that has fields is told where they are.
            if entity.fields.is_empty() && entity.key.is_empty() {
                out.push(report::no_state(name.span, &name.value));
            }
            return None;
        };
        let derived = self.model.contexts.get(&id.context).is_some_and(|home| home.read_models.contains_key(&id.name));
        if derived && verb.value != Verb::Reads {
            out.push(report::read_model_written(name.span, &name.value));
            return None;
        }
        let effect = match verb.value {
            Verb::Creates => Effect::Creates { entity: id },
            Verb::Mutates => Effect::Mutates { entity: id },
            Verb::Reads => Effect::Reads { entity: id },
        };
        if verb.value != Verb::Creates {
            let Some(given) = input.fields.iter().find(|f| f.name == key.name && !f.optional) else {
                out.push(report::key_not_in_input(verb.span, &key.name, &name.value));
                return None;
            };
            let textual = |ty: &Ty| matches!(ty, Ty::String | Ty::Ref(_));
            if given.ty != key.ty && !(textual(&given.ty) && textual(&key.ty)) {
                let (from, to) = (given.ty.to_string(), key.ty.to_string());
                out.push(report::same_name_other_type(verb.span, &key.name, &from, &to));
                return None;
            }
        }
        Some(effect)
    }

    /// Effects on entities that belong to the one of `effect`: each refers to it, and what changes them changes it, so
    /// that its version or key guards them all.
    fn parts(&self, effect: &Effect, input: &Record, out: &mut Vec<Diagnostic>) -> Vec<PartEffect> {
        let mut parts: Vec<PartEffect> = Vec::new();
        let Some(root) = effect.entity() else { return parts };
        for (verb, name) in &self.contract.parts {
            let Some(part) = self.on_entity(verb, name, input, out) else { continue };
            let Some((id, entity)) = part.entity().and_then(|id| Some((id, self.model.entity(id)?))) else { continue };
            let refers = |field: &&Field| field.ty == Ty::Ref(root.clone()) && !field.optional;
            let known = parts.iter().any(|known| known.effect.entity() == Some(id)) || id == root;
            let references: Vec<&Field> = entity.fields.iter().filter(refers).filter(|_| !known).collect();
            let reference = match references.as_slice() {
                [reference] => *reference,
                [] => {
                    out.push(report::other_aggregate(name.span, &name.value, &root.name, known));
                    continue;
                }
                // Which of them guards it would be a guess.
                several => {
                    out.push(report::belongs_by_several(name.span, &name.value, &root.name, several));
                    continue;
                }
            };
            if matches!(effect, Effect::Reads { .. }) && verb.value != Verb::Reads {
                out.push(report::part_without_root(verb.span, &name.value, &root.name));
                continue;
            }
            let fields = plan::part(self, &part, input, entity, (&reference.name, root), out);
            parts.push(PartEffect { effect: part, reference: reference.name.clone(), fields });
        }
        parts
    }

    /// The field that grows with every change of an entity, if an operation counts on it.
    pub fn version_of(&self, entity: &str) -> Option<&str> {
        let about = |contract: &&Contract<'_>| contract.effect.as_ref().is_some_and(|(_, name)| name.value == entity);
        self.contracts.values().filter(about).find_map(|contract| match contract.concurrency.as_ref()?.value {
            Concurrency::OptimisticVersion(field) => Some(field.value.as_str()),
            _ => None,
        })
    }

    fn roles(&self, out: &mut Vec<Diagnostic>) -> Vec<TypeId> {
        let actor = self.contract.actor.and_then(|actor| {
            let found = self.scope.resolve(&self.input.slug, &actor.value, actor.span, &[Kind::Role]);
            found.map_err(|diagnostic| out.push(*diagnostic)).ok()
        });
        actor.into_iter().map(|(id, _)| id).collect()
    }

    fn policies(
        &self,
        effect: &Effect,
        input: &Record,
        entity: Option<&Entity>,
        out: &mut Vec<Diagnostic>,
    ) -> Vec<BoundPolicy> {
        let mut bound = Vec::new();
        for binding in &self.contract.policies {
            let Some(stage) = stage(binding.at, out) else { continue };
            if !self.contract.failures.iter().any(|(code, ..)| code.value == binding.fails_with.value) {
                let known = self.contract.failures.iter().map(|(code, ..)| code.value.as_str());
                out.push(report::unknown("failure", &binding.fails_with.value, binding.fails_with.span, known));
            }
            // A created entity has no state before the effect; its invariants are decided on the state it gets.
            let before = stage == Stage::Precondition && matches!(effect, Effect::Creates { .. });
            let state = entity.filter(|_| !before);
            bound.extend(self.bind(binding.policy, binding.fails_with, stage, input, state, out));
        }
        let priority = |policy: &BoundPolicy| {
            let declared = self.model.contexts.get(&policy.policy.context);
            let declared = declared.and_then(|context| context.policies.get(&policy.policy.name));
            declared.and_then(|policy| policy.priority.parse::<rust_decimal::Decimal>().ok()).unwrap_or_default()
        };
        bound.sort_by(|a, b| priority(b).cmp(&priority(a)).then_with(|| a.policy.cmp(&b.policy)));
        bound
    }

    fn bind(
        &self,
        name: &Text,
        code: &Text,
        stage: Stage,
        input: &Record,
        state: Option<&Entity>,
        out: &mut Vec<Diagnostic>,
    ) -> Option<BoundPolicy> {
        let slug = self.input.slug.as_str();
        let found = self.scope.resolve(slug, &name.value, name.span, &[Kind::Policy]);
        let (id, _) = found.map_err(|diagnostic| out.push(*diagnostic)).ok()?;
        if self.is_foreign(&id) {
            out.push(report::foreign_policy(name.span, &name.value));
            return None;
        }
        let declared = self.model.contexts.get(&id.context)?.policies.get(&id.name)?;
        let home = self.inputs.contexts.get(&id.context)?;
        let written = home.sea.iter().flat_map(|file| &file.declarations).find_map(|d| match &d.kind {
            DeclarationKind::Policy(policy) if policy.name.value == id.name => Some(policy),
            _ => None,
        })?;
        let expression = self.with_facts(input, state, |facts| facts.condition(&written.expression, out))?;
        Some(BoundPolicy {
            policy: id,
            modality: declared.modality,
            stage,
            code: code.value.to_string(),
            expression,
            rationale: declared.rationale.clone(),
        })
    }

    /// Whether something belongs to another namespace. Models that stand alone may have several files in one.
    fn is_foreign(&self, id: &TypeId) -> bool {
        let namespace = |slug: &str| self.model.contexts.get(slug).map(|context| context.namespace.as_str());
        namespace(&id.context) != namespace(&self.input.slug)
    }

    /// Calls `f` with what names mean for this operation.
    pub fn with_facts<T>(&self, input: &Record, state: Option<&Entity>, f: impl FnOnce(&Facts<'_>) -> T) -> T {
        let Self { model, scope, patterns, units, .. } = *self;
        Place { model, scope, slug: &self.input.slug, patterns, units }.facts(input, state, f)
    }

    fn idempotency(&self, input: &Record, out: &mut Vec<Diagnostic>) -> Option<seac_model::Idempotency> {
        let Some(written) = &self.contract.idempotency else { return Some(seac_model::Idempotency::Inherent) };
        match &written.value {
            Idempotency::Inherent => Some(seac_model::Idempotency::Inherent),
            Idempotency::KeyedBy { fields, expires_after } => {
                for field in *fields {
                    let declared = self.input_field(input, field, out)?;
                    if declared.optional || !scalar_key(&declared.ty) {
                        out.push(report::idempotency_key(field.span, &field.value));
                    }
                }
                let fields = fields.iter().map(|field| field.value.to_string()).collect();
                Some(seac_model::Idempotency::KeyedBy { fields, expires_after: *expires_after })
            }
        }
    }

    /// Creating twice is creating once only if the second time meets the first: what the caller gives must name the
    /// entity, as its key or as a field that no two entities share.
    fn inherent(
        &self,
        effect: &Effect,
        idempotency: &seac_model::Idempotency,
        concurrency: &seac_model::Concurrency,
        entity: Option<&Entity>,
        steps: &[Step],
        out: &mut Vec<Diagnostic>,
    ) {
        let (Effect::Creates { .. }, seac_model::Idempotency::Inherent) = (effect, idempotency) else { return };
        let (Some(entity), Some(persisted)) = (entity, plan::persisted(steps)) else { return };
        let shared_by_none = |field: &Field| {
            field.unique
                || field.name == entity.key
                || matches!(concurrency, seac_model::Concurrency::UniqueKey { field: unique } if *unique == field.name)
        };
        let mut unique = entity.fields.iter().filter(|field| shared_by_none(field));
        // A field without a source has been reported.
        if unique.any(|field| persisted.get(&field.name).is_none_or(plan::repeats)) {
            return;
        }
        let span = self.contract.idempotency.as_ref().map_or(self.contract.name.span, |written| written.span);
        out.push(report::inherent_without_key(span, &self.contract.name.value, &entity.key));
    }

    fn concurrency(
        &self,
        effect: &Effect,
        input: &Record,
        entity: Option<&Entity>,
        out: &mut Vec<Diagnostic>,
    ) -> Option<seac_model::Concurrency> {
        let Some(written) = &self.contract.concurrency else {
            if matches!(effect, Effect::Creates { .. } | Effect::Mutates { .. }) {
                let name = self.contract.name;
                out.push(report::clause_missing(name.span, &name.value, "concurrency"));
                return None;
            }
            return Some(seac_model::Concurrency::ReadSnapshot);
        };
        let fits = matches!(
            (&written.value, effect),
            (Concurrency::UniqueKey(_), Effect::Creates { .. })
                | (Concurrency::OptimisticVersion(_), Effect::Mutates { .. })
                | (
                    Concurrency::ReadSnapshot,
                    Effect::Reads { .. } | Effect::ListsEntities { .. } | Effect::ListsLedger { .. }
                )
        );
        if !fits {
            out.push(report::concurrency_does_not_fit(written.span));
            return None;
        }
        let field_of = |name: &Text, out: &mut Vec<Diagnostic>| {
            let fields = entity.map(|entity| entity.fields.as_slice()).unwrap_or_default();
            let found = fields.iter().find(|field| *field.name == *name.value).map(|field| field.ty.clone());
            if found.is_none() {
                let known = fields.iter().map(|field| field.name.as_str());
                out.push(report::unknown("field", &name.value, name.span, known));
            }
            found
        };
        match &written.value {
            Concurrency::ReadSnapshot => Some(seac_model::Concurrency::ReadSnapshot),
            Concurrency::UniqueKey(name) => {
                field_of(name, out)?;
                Some(seac_model::Concurrency::UniqueKey { field: name.value.to_string() })
            }
            Concurrency::OptimisticVersion(name) => {
                let ty = field_of(name, out)?;
                let seen = self.input_field(input, name, out)?;
                if ty != Ty::Int || seen.ty != Ty::Int || seen.optional {
                    out.push(report::version_field(name.span, &name.value));
                    return None;
                }
                Some(seac_model::Concurrency::OptimisticVersion { field: name.value.to_string() })
            }
        }
    }

    fn input_field<'r>(
        &self,
        input: &'r Record,
        name: &Text,
        out: &mut Vec<Diagnostic>,
    ) -> Option<&'r seac_model::Field> {
        let found = input.fields.iter().find(|field| *field.name == *name.value);
        if found.is_none() {
            let known = input.fields.iter().map(|field| field.name.as_str());
            out.push(report::unknown("input field", &name.value, name.span, known));
        }
        found
    }

    /// Declared failures, and the code for every path that the operation can take: exactly one each.
    fn failures<'e, E: Iterator<Item = &'e Effect>>(
        &self,
        effects: impl Fn() -> E,
        has_roles: bool,
        asks: bool,
        idempotency: &seac_model::Idempotency,
        out: &mut Vec<Diagnostic>,
    ) -> Failures {
        let mut failures = Failures::default();
        for (code, kinds, meaning) in &self.contract.failures {
            let mut kinds: Vec<FailureKind> = kinds.iter().filter_map(|kind| failure_kind(kind, out)).collect();
            kinds.sort();
            let origin = origin(self.sources, code.span);
            let failure = Failure { kinds, meaning: meaning.value.to_string(), origin };
            if failures.declared.contains_key(code.value.as_str()) {
                out.push(report::failure_repeated(code.span, &code.value));
            } else {
                failures.declared.insert(code.value.to_string(), failure);
            }
        }
        // As written: a policy that was not understood is bound all the same, and one mistake is one finding.
        let bound = self.contract.policies.iter().map(|binding| binding.fails_with.value.as_str());
        let rules = self.input.sds.separation_of_duties.iter();
        let own = rules.filter(|rule| rule.between.iter().any(|name| name.value == self.contract.name.value));
        let bound: Vec<&str> =
            bound.chain(own.filter_map(|rule| Some(rule.fails_with.as_ref()?.value.as_str()))).collect();
        let finds = effects().any(|effect| matches!(effect, Effect::Mutates { .. } | Effect::Reads { .. }));
        let writes = effects().any(|effect| matches!(effect, Effect::Mutates { .. } | Effect::Creates { .. }));
        let paths = [
            (FailureKind::Policy, has_roles),
            (FailureKind::MissingState, finds),
            (FailureKind::IdempotencyConflict, matches!(idempotency, seac_model::Idempotency::KeyedBy { .. })),
            (FailureKind::ConcurrencyConflict, writes),
            (FailureKind::InputValidation, writes),
            (FailureKind::Dependency, asks),
        ];
        for (kind, required) in paths {
            let candidates = |free: bool| {
                let of_kind = failures.declared.iter().filter(|(_, failure)| failure.kinds.contains(&kind));
                of_kind
                    .filter(|(code, _)| !(free && bound.contains(&code.as_str())))
                    .map(|(code, _)| code.clone())
                    .collect::<Vec<String>>()
            };
            // A refused role takes the policy failure that no policy is bound to; if all are bound, the only one.
            let mut codes = candidates(kind == FailureKind::Policy);
            if codes.is_empty() {
                codes = candidates(false);
            }
            match codes.as_slice() {
                [code] => {
                    failures.code_for.insert(kind, code.clone());
                }
                [] if required => out.push(report::failure_path(self.contract.name.span, kind_word(kind))),
                [] => {}
                many if required || kind != FailureKind::Policy => {
                    out.push(report::failure_path_ambiguous(self.contract.name.span, kind_word(kind), many));
                }
                _ => {}
            }
        }
        failures
    }
}

pub fn comparable_column(filter: &Ty, column: &Ty) -> bool {
    filter == column || matches!((filter, column), (Ty::Enum(_), Ty::String))
}

fn scalar_key(ty: &Ty) -> bool {
    matches!(ty, Ty::String | Ty::Uuid | Ty::Int | Ty::Value(_) | Ty::Ref(_))
}

fn stage(written: &Text, out: &mut Vec<Diagnostic>) -> Option<Stage> {
    match written.value.as_str() {
        "precondition" => Some(Stage::Precondition),
        "invariant" => Some(Stage::Invariant),
        "postcondition" => Some(Stage::Postcondition),
        _ => {
            out.push(report::word(written.span, &written.value, seac_syntax::sds::words::STAGES));
            None
        }
    }
}

const FAILURE_KINDS: &[(&str, FailureKind)] = &[
    ("input_validation", FailureKind::InputValidation),
    ("policy", FailureKind::Policy),
    ("missing_state", FailureKind::MissingState),
    ("idempotency_conflict", FailureKind::IdempotencyConflict),
    ("concurrency_conflict", FailureKind::ConcurrencyConflict),
    ("dependency", FailureKind::Dependency),
];

fn failure_kind(written: &Text, out: &mut Vec<Diagnostic>) -> Option<FailureKind> {
    let found = FAILURE_KINDS.iter().find(|(word, _)| **word == *written.value).map(|(_, kind)| *kind);
    if found.is_none() {
        out.push(report::word(written.span, &written.value, seac_syntax::sds::words::FAILURE_KINDS));
    }
    found
}

fn kind_word(kind: FailureKind) -> &'static str {
    FAILURE_KINDS.iter().find(|(_, known)| *known == kind).map_or("", |(word, _)| word)
}
