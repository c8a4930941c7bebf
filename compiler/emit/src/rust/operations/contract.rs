//! The contract of an operation as constants, and the key under which it is repeated.

use super::Emitter;
use crate::names;
use crate::rust::code::Code;
use crate::version;
use seac_model::{FailureKind, Idempotency, OperationKind, Ty, TypeId};
use seac_quote::quote;

impl Emitter<'_> {
    pub(super) fn spec(&self) -> Code {
        let (slug, name) = (self.slug, self.name);
        let kind = match self.operation.kind {
            OperationKind::Command => quote!(command),
            OperationKind::Query => quote!(query),
        };
        let roles: Vec<String> = self.operation.roles.iter().map(TypeId::to_string).collect();
        let roles = (!roles.is_empty()).then(|| quote!(.roles(&[#(#roles),*])));
        let failures = self.operation.failures.declared.iter().map(|(code, failure)| {
            let kinds = failure.kinds.iter().map(|kind| failure_kind(*kind));
            let meaning = failure.meaning.as_str();
            quote!(Failure { code: #code, kinds: &[#(#kinds),*], meaning: #meaning })
        });
        let failures = quote!(.failures(&[#(#failures),*]));
        let not_permitted = self.operation.failures.code_for.get(&FailureKind::Policy);
        let not_permitted = not_permitted.map(|code| quote!(.not_permitted(#code)));
        let flow = self.operation.flow.as_ref().and_then(|flow| self.scope.context(slug)?.flows.get(flow));
        let flow = flow.map(|flow| {
            let id = flow.concept_id.as_str();
            quote!(.flow(#id))
        });
        let ttl = match &self.operation.idempotency {
            Idempotency::KeyedBy { expires_after: Some(millis), .. } => {
                quote!(.idempotency_ttl(std::time::Duration::from_millis(#millis)))
            }
            _ => quote!(),
        };
        let version = version::field(self.scope, self.operation).map(|field| quote!(.version(#field)));
        // Queries are recorded as commands are: who looked at what is evidence, too.
        let recording = (self.operation.kind == OperationKind::Query).then(|| quote!(.recorded()));
        quote!(OperationSpec::#kind(#slug, #name) #roles #failures #not_permitted #flow #ttl #version #recording)
    }

    pub(super) fn idempotency_key(&self) -> Option<Code> {
        let Idempotency::KeyedBy { fields, .. } = &self.operation.idempotency else { return None };
        let parts = fields.iter().map(|field| {
            let name = names::snake(field);
            match self.input_field(field).map(|field| &field.ty) {
                Some(Ty::String | Ty::Ref(_)) => quote!(input.#name.as_str()),
                Some(Ty::Value(_)) => quote!(input.#name.as_str()),
                _ => quote!(input.#name.to_string().as_str()),
            }
        });
        let key = match fields.as_slice() {
            [only] if self.input_field(only).is_some_and(|field| matches!(field.ty, Ty::Int | Ty::Uuid)) => {
                let name = names::snake(only);
                quote!(input.#name.to_string())
            }
            [_] => quote!(#(#parts)*.to_owned()),
            _ => quote!([#(#parts),*].join("\u{1f}")),
        };
        Some(quote! {
            fn idempotency_key(&self, input: &Self::Input) -> Option<String> {
                Some(#key)
            }
        })
    }
}

/// A kind of failure by its name.
pub fn failure_kind(kind: FailureKind) -> Code {
    match kind {
        FailureKind::InputValidation => quote!(FailureKind::InputValidation),
        FailureKind::Policy => quote!(FailureKind::Policy),
        FailureKind::MissingState => quote!(FailureKind::MissingState),
        FailureKind::IdempotencyConflict => quote!(FailureKind::IdempotencyConflict),
        FailureKind::ConcurrencyConflict => quote!(FailureKind::ConcurrencyConflict),
        FailureKind::Dependency => quote!(FailureKind::Dependency),
    }
}
