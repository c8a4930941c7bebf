//! What an operation does to the entity that it is about.

use super::Emitter;
use crate::names;
use crate::rust::code::Code;
use seac_model::{BoundPolicy, Concurrency, Entity, FailureKind, Stage, Step, ValueSource};
use seac_quote::quote;
use std::collections::BTreeMap;

impl Emitter<'_> {
    pub(super) fn create(&self) -> Code {
        let state = self.construct(&quote!());
        let conflict = self.refusal(FailureKind::ConcurrencyConflict);
        let (after, parts, tail) = (self.after(), self.part_effects(), self.tail());
        let apart = self.apart("state");
        quote! {
            let state = #state;
            #apart
            #after
            self.repository.insert(uow.tx(), &state).await.map_err(|error| Rejection::unique(error, #conflict))?;
            #parts
            #tail
        }
    }

    pub(super) fn mutate(&self) -> Code {
        let load = self.load(&quote!(before));
        let decide = self.require(self.policies(decided_before), &quote!(&before));
        let conflict = self.refusal(FailureKind::ConcurrencyConflict);
        let (seen, expected) = match &self.operation.concurrency {
            Concurrency::OptimisticVersion { field } => {
                let field = names::snake(field);
                let check = quote! {
                    if before.#field != call.input.#field {
                        return Err(Rejection::stale(#conflict));
                    }
                };
                (check, quote!(, before.#field))
            }
            _ => (quote!(), quote!()),
        };
        let state = self.construct(&quote!(..before.clone()));
        let read = self.persisted().values().any(reads_state).then(|| quote!(let state = &before;));
        let (after, parts, tail) = (self.after(), self.part_effects(), self.tail());
        let apart = self.apart("before");
        let taken = self.entity().and_then(|entity| taken(entity, &conflict));
        quote! {
            #load
            #decide
            #apart
            #seen
            #read
            let state = #state;
            #after
            if !self.repository.update(uow.tx(), &state #expected).await #taken? {
                return Err(Rejection::stale(#conflict));
            }
            #parts
            #tail
        }
    }

    pub(super) fn read(&self) -> Code {
        let load = self.load(&quote!(state));
        let decided = |policy: &BoundPolicy| policy.stage != Stage::Precondition || policy.expression.reads_state();
        let decide = self.require(self.policies(decided), &quote!(&state));
        let (parts, tail) = (self.part_effects(), self.tail());
        let apart = self.apart("state");
        quote! {
            #load
            #decide
            #apart
            #parts
            #tail
        }
    }

    fn load(&self, into: &Code) -> Code {
        let key = self.entity().map(|entity| names::snake(&entity.key));
        let missing = self.refusal(FailureKind::MissingState);
        quote! {
            let Some(#into) = self.repository.find(uow.tx(), &call.input.#key).await? else {
                return Err(Rejection::missing(#missing));
            };
        }
    }

    fn after(&self) -> Code {
        self.require(self.policies(|policy| policy.stage != Stage::Precondition), &quote!(&state))
    }

    /// Everything that belongs to the entity, in the order in which it was declared.
    fn part_effects(&self) -> Code {
        self.parts().map(|part| part.effect()).collect()
    }

    /// The entity as `Persist` says; `rest` carries over what it does not say.
    fn construct(&self, rest: &Code) -> Code {
        let (Some(id), Some(entity)) = (self.operation.effect.entity(), self.entity()) else { return quote!() };
        let owner = self.types.path(id);
        let fields = self.assigned(&entity.fields, self.persisted(), &owner, &names::ident("before"));
        quote!(#owner { #(#fields)* #rest })
    }

    /// Where the fields come from that are written.
    fn persisted(&self) -> &BTreeMap<String, ValueSource> {
        static NOTHING: BTreeMap<String, ValueSource> = BTreeMap::new();
        let fields = self.operation.steps.iter().find_map(|step| match step {
            Step::Persist { fields } => Some(fields),
            _ => None,
        });
        fields.unwrap_or(&NOTHING)
    }
}

/// What a unique field leads to that gets a value which is taken.
pub(super) fn taken(entity: &Entity, conflict: &Code) -> Option<Code> {
    let unique = entity.fields.iter().any(|field| field.unique && field.name != entity.key);
    unique.then(|| quote!(.map_err(|error| Rejection::unique(error, #conflict))))
}

fn reads_state(source: &ValueSource) -> bool {
    matches!(source, ValueSource::Expression { expression } if expression.reads_state())
}

fn decided_before(policy: &BoundPolicy) -> bool {
    match policy.stage {
        Stage::Precondition => policy.expression.reads_state(),
        Stage::Invariant => true,
        Stage::Postcondition => false,
    }
}
