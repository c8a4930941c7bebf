//! What an operation does to entities that belong to the one it is about, in the same transaction.

use super::Emitter;
use super::effect::taken;
use crate::names;
use crate::rust::code::{Code, Ident};
use seac_model::{Effect, Entity, FailureKind, PartEffect, Ty, TypeId, ValueSource};
use seac_quote::quote;

/// The field of an operation that holds the repository of a part.
pub(super) fn repository_field(entity: &str) -> Ident {
    variable(entity, "repository")
}

/// A name that no other variable of an operation has.
fn variable(entity: &str, role: &str) -> Ident {
    names::ident(&format!("{}_{role}", names::snake_text(entity)))
}

/// One effect on a part.
pub(super) struct Part<'a> {
    emitter: &'a Emitter<'a>,
    effect: &'a PartEffect,
    id: &'a TypeId,
    entity: &'a Entity,
    root: &'a Entity,
}

impl<'e> Emitter<'e> {
    pub(super) fn parts<'a>(&'a self) -> impl Iterator<Item = Part<'a>> {
        self.operation.parts.iter().filter_map(|effect| {
            let id = effect.effect.entity()?;
            Some(Part { emitter: self, effect, id, entity: self.scope.entity(id)?, root: self.entity()? })
        })
    }
}

impl Part<'_> {
    /// Whether it leaves another state than it found.
    pub(super) fn is_written(&self) -> bool {
        matches!(self.effect.effect, Effect::Creates { .. } | Effect::Mutates { .. })
    }

    pub(super) fn effect(&self) -> Code {
        match self.effect.effect {
            Effect::Creates { .. } => self.create(),
            Effect::Mutates { .. } => self.mutate(),
            _ => self.load(&quote!(_)),
        }
    }

    /// What the entry in the ledger says of it.
    pub(super) fn evidence(&self) -> Code {
        let (name, state) = (names::snake_text(&self.id.name), self.state());
        quote!(.part(#name, &#state)?)
    }

    fn state(&self) -> Ident {
        variable(&self.id.name, "state")
    }

    fn before(&self) -> Ident {
        variable(&self.id.name, "before")
    }

    fn create(&self) -> Code {
        let (state, repository) = (self.state(), repository_field(&self.id.name));
        let construct = self.construct(&quote!());
        let belongs = self.stays();
        let conflict = self.refusal(FailureKind::ConcurrencyConflict);
        quote! {
            let #state = #construct;
            #belongs
            self.#repository.insert(uow.tx(), &#state).await.map_err(|error| Rejection::unique(error, #conflict))?;
        }
    }

    fn mutate(&self) -> Code {
        let (state, before, repository) = (self.state(), self.before(), repository_field(&self.id.name));
        let load = self.load(&quote!(#before));
        let construct = self.construct(&quote!(..#before.clone()));
        let belongs = self.stays();
        let conflict = self.refusal(FailureKind::ConcurrencyConflict);
        let seen = self.emitter.repository(self.id).and_then(|repository| repository.version).map(|version| {
            let version = names::snake(version);
            quote!(, #before.#version)
        });
        let taken = taken(self.entity, &conflict);
        quote! {
            #load
            let #state = #construct;
            #belongs
            if !self.#repository.update(uow.tx(), &#state #seen).await #taken? {
                return Err(Rejection::concurrency(#conflict));
            }
        }
    }

    /// The one that the input names. One that belongs to another entity is not there for this operation.
    fn load(&self, into: &Code) -> Code {
        let (repository, key) = (repository_field(&self.id.name), names::snake(&self.entity.key));
        let missing = self.refusal(FailureKind::MissingState);
        // Nothing belongs to an entity yet that is being made: what is named joins it.
        let joins = matches!(self.emitter.operation.effect, Effect::Creates { .. });
        let belongs = (!joins).then(|| {
            let refers = self.refers(&names::ident("part"), &quote!(==));
            quote!(.filter(|part| #refers))
        });
        quote! {
            let Some(#into) = self.#repository.find(uow.tx(), &call.input.#key).await? #belongs else {
                return Err(Rejection::missing(#missing));
            };
        }
    }

    fn construct(&self, rest: &Code) -> Code {
        let owner = self.emitter.types.path(self.id);
        let fields = self.emitter.assigned(&self.entity.fields, &self.effect.fields, &owner, &self.before());
        quote!(#owner { #(#fields)* #rest })
    }

    /// A part cannot be given away: what would guard it then is another entity.
    fn stays(&self) -> Code {
        let certain = match self.effect.fields.get(&self.effect.reference) {
            Some(ValueSource::State { .. }) => true,
            Some(ValueSource::Input { field, .. }) => *field == self.root.key,
            None => !matches!(self.emitter.operation.effect, Effect::Creates { .. }),
            Some(_) => false,
        };
        if certain {
            return quote!();
        }
        let (code, pointer) = (self.emitter.code(FailureKind::InputValidation), format!("/{}", self.effect.reference));
        let elsewhere = self.refers(&self.state(), &quote!(!=));
        let message =
            format!("must name the {} of this call", self.emitter.operation.effect.entity().map_or("", |id| &id.name));
        quote! {
            if #elsewhere {
                return Err(Rejection::field(#code, #pointer, "belongs", #message));
            }
        }
    }

    /// Compares what the part in this variable refers to with the entity of the operation.
    fn refers(&self, part: &Ident, compared: &Code) -> Code {
        let (reference, key) = (names::snake(&self.effect.reference), names::snake(&self.root.key));
        match self.root.key_field().map(|key| &key.ty) {
            Some(Ty::Uuid | Ty::Int) => quote!(#part.#reference #compared state.#key.to_string()),
            Some(Ty::Value(_)) => quote!(#part.#reference #compared state.#key.as_str()),
            _ => quote!(#part.#reference #compared state.#key),
        }
    }

    /// Code and detail of a refusal; the detail names the part.
    fn refusal(&self, kind: FailureKind) -> Code {
        let code = self.emitter.code(kind);
        let detail = format!("{} ({})", self.emitter.meaning(&code), self.id.name);
        quote!(#code, #detail)
    }
}
