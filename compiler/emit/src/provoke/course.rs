//! How a call would end, in the order in which emitted operations go about it.

use super::Object;
use super::eval::{Undecided, World, literal_json};
use crate::scope::Scope;
use seac_model::{
    BoundPolicy, Concurrency, Effect, Entity, FailureKind, Modality, Operation, Record, Stage, Step, TypedExprKind,
    ValueSource,
};
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// An operation, and what it talks about.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub scope: &'a Scope<'a>,
    pub operation: &'a Operation,
    pub input: &'a Record,
    pub entity: Option<&'a Entity>,
    /// What was found of it so far.
    pub found: &'a Found,
}

/// Calls of one operation that several of its tests begin with, each looked for once.
#[derive(Default)]
pub struct Found {
    /// See [`Subject::ordinary`].
    pub ordinary: OnceCell<Option<Situation>>,
    /// The first call that goes well.
    pub good: OnceCell<Option<Situation>>,
    /// The first call that gets as far as the stores.
    pub on_the_way: OnceCell<Option<Situation>>,
}

/// A call, and what it finds.
#[derive(Clone, Default)]
pub struct Situation {
    pub roles: Vec<String>,
    pub input: Object,
    /// The entity that the operation is about, if it is there before.
    pub state: Option<Object>,
}

/// How a call ends.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// It goes well, as far as state and policies have a say in it; behind it stands this entity.
    Done(Option<Object>),
    /// A policy does not clearly pass: its place among the policies of the operation.
    Denied(usize),
    /// Another refusal.
    Refused(FailureKind),
}

impl Subject<'_> {
    /// How the call ends before anything is looked up: none if it goes on.
    pub fn early(&self, situation: &Situation) -> Result<Option<End>, Undecided> {
        let roles = &self.operation.roles;
        if !roles.is_empty() && !roles.iter().any(|role| situation.roles.contains(&role.to_string())) {
            return Ok(Some(End::Refused(FailureKind::Policy)));
        }
        let early = |policy: &BoundPolicy| policy.stage == Stage::Precondition && !policy.expression.reads_state();
        self.denied(early, situation, None)
    }

    /// How the call ends.
    pub fn end(&self, situation: &Situation) -> Result<End, Undecided> {
        if let Some(end) = self.early(situation)? {
            return Ok(end);
        }
        match &self.operation.effect {
            Effect::Creates { .. } => {
                let state = self.persisted(situation, None)?;
                let after = |policy: &BoundPolicy| policy.stage != Stage::Precondition;
                Ok(self.denied(after, situation, Some(&state))?.unwrap_or(End::Done(Some(state))))
            }
            Effect::Mutates { .. } => self.mutates(situation),
            Effect::Reads { .. } => {
                let Some(state) = &situation.state else { return Ok(End::Refused(FailureKind::MissingState)) };
                let decided =
                    |policy: &BoundPolicy| policy.stage != Stage::Precondition || policy.expression.reads_state();
                Ok(self.denied(decided, situation, Some(state))?.unwrap_or_else(|| End::Done(Some(state.clone()))))
            }
            Effect::ListsEntities { .. } | Effect::ListsLedger { .. } => {
                let decided = |policy: &BoundPolicy| policy.stage != Stage::Precondition;
                Ok(self.denied(decided, situation, None)?.unwrap_or(End::Done(None)))
            }
        }
    }

    fn mutates(&self, situation: &Situation) -> Result<End, Undecided> {
        let Some(before) = &situation.state else { return Ok(End::Refused(FailureKind::MissingState)) };
        let decided = |policy: &BoundPolicy| match policy.stage {
            Stage::Precondition => policy.expression.reads_state(),
            Stage::Invariant => true,
            Stage::Postcondition => false,
        };
        if let Some(end) = self.denied(decided, situation, Some(before))? {
            return Ok(end);
        }
        if let Concurrency::OptimisticVersion { field } = &self.operation.concurrency
            && before.get(field) != situation.input.get(field)
        {
            return Ok(End::Refused(FailureKind::ConcurrencyConflict));
        }
        let state = self.persisted(situation, Some(before))?;
        let after = |policy: &BoundPolicy| policy.stage != Stage::Precondition;
        Ok(self.denied(after, situation, Some(&state))?.unwrap_or(End::Done(Some(state))))
    }

    /// The first of these policies that does not clearly pass.
    fn denied(
        &self,
        decided: impl Fn(&BoundPolicy) -> bool,
        situation: &Situation,
        state: Option<&Object>,
    ) -> Result<Option<End>, Undecided> {
        let world = World { scope: self.scope, input: &situation.input, state, roles: &situation.roles };
        for (place, policy) in self.operation.policies.iter().enumerate().filter(|(_, policy)| decided(policy)) {
            let wanted = policy.modality != Modality::Prohibition;
            if world.truth(&policy.expression)? != Some(wanted) {
                return Ok(Some(End::Denied(place)));
            }
        }
        Ok(None)
    }

    /// Where the fields come from that are written.
    pub fn sources(&self) -> Option<&BTreeMap<String, ValueSource>> {
        self.operation.steps.iter().find_map(|step| match step {
            Step::Persist { fields } => Some(fields),
            _ => None,
        })
    }

    /// The entity as it is written.
    fn persisted(&self, situation: &Situation, before: Option<&Object>) -> Result<Object, Undecided> {
        let mut state = before.cloned().unwrap_or_default();
        let entity = self.entity.ok_or(Undecided)?;
        let world = World { scope: self.scope, input: &situation.input, state: before, roles: &situation.roles };
        for (name, source) in self.sources().into_iter().flatten() {
            let field = entity.fields.iter().find(|field| field.name == *name).ok_or(Undecided)?;
            let default = || {
                let default = field.default.as_ref().filter(|_| !field.optional)?;
                let TypedExprKind::Literal(literal) = &default.kind else { return None };
                literal_json(self.scope, &default.ty, literal)
            };
            let value = match source {
                ValueSource::Input { field: from, .. } => situation.input.get(from).cloned().or_else(default),
                ValueSource::Expression { expression } => Some(world.value(expression)?.ok_or(Undecided)?),
                ValueSource::NextVersion { field } => {
                    let version = before.and_then(|before| before.get(field)).and_then(serde_json::Value::as_i64);
                    Some((version.ok_or(Undecided)? + 1).into())
                }
                ValueSource::Absent => None,
                // Only known when it happens; a policy that asks for it is not decided.
                _ => Some(serde_json::Value::Null),
            };
            match value {
                Some(value) => drop(state.insert(name.clone(), value)),
                None => drop(state.remove(name)),
            }
        }
        Ok(state)
    }
}
