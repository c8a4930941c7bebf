//! `gen/operations.rs`: commands and queries, each carrying out its plan.

mod call;
mod contract;
mod effect;
mod evaluate;
mod list;
mod part;
mod record;
mod value;

pub use contract::failure_kind;
pub use value::copies;

use super::outbound;
use super::store::{Repository, repositories};
use super::{Types, doc, made_from};
use crate::names;
use crate::rust::code::{Code, Ident};
use crate::scope::Scope;
use seac_model::{BoundPolicy, Direction, Effect, Entity, FailureKind, Field, Operation, Stage, Step, TypeId};
use seac_quote::quote;

/// All operations of a context.
pub fn emit(scope: &Scope<'_>) -> Code {
    let Scope { slug, context, .. } = *scope;
    let repositories = repositories(slug, context);
    let operations = context.operations.iter().map(|(name, operation)| {
        Emitter { scope, slug, name, operation, repositories: &repositories, types: Types { slug } }.emit()
    });
    let uses = if context.operations.is_empty() {
        quote!()
    } else {
        quote! {
            #[allow(unused_imports, reason = "which of them are needed depends on the spec")]
            use super::{events::*, policies, ports::*, types::*};
            #[allow(unused_imports, reason = "which of them are needed depends on the spec")]
            use kernel::prelude::*;
            #[allow(unused_imports, reason = "which of them are needed depends on the spec")]
            use std::sync::Arc;
        }
    };
    quote! {
        #![doc = " Operations: what can be asked of this context, and exactly what happens then."]
        #uses
        #(#operations)*
    }
}

/// The type that carries out an operation.
pub fn type_name(name: &str) -> Ident {
    names::pascal(name)
}

/// The repositories that an operation works on, each with the field that holds it.
pub fn used_ports<'r>(
    operation: &Operation,
    repositories: &'r [Repository<'r>],
) -> impl Iterator<Item = (Ident, &'r Repository<'r>)> {
    // What others carry out is kept by them.
    let kept = operation.direction != Direction::Outbound;
    let main = operation.effect.entity().filter(|_| kept).map(|id| (names::ident("repository"), id));
    let parts = operation.parts.iter().filter(|_| kept).filter_map(|part| part.effect.entity());
    let fields = main.into_iter().chain(parts.map(|id| (part::repository_field(&id.name), id)));
    let fields: Vec<_> = fields
        .filter_map(|(field, id)| Some((field, repositories.iter().find(|repository| repository.name == id.name)?)))
        .collect();
    fields.into_iter()
}

struct Emitter<'a> {
    scope: &'a Scope<'a>,
    slug: &'a str,
    name: &'a str,
    operation: &'a Operation,
    repositories: &'a [Repository<'a>],
    types: Types<'a>,
}

impl Emitter<'_> {
    fn emit(&self) -> Code {
        let ident = type_name(self.name);
        let intent = doc(self.operation.intent.as_deref(), &format!("The operation `{}`.", self.name));
        let input = self.types.path(&self.operation.input);
        let output = self.types.path(&self.operation.output);
        let spec = self.spec();
        let key = self.idempotency_key();
        let preconditions = self.preconditions();
        let evaluation = self.evaluation();
        let (prepared_ty, prepare) = self.prepare();
        let execute = self.execute();
        let fields: Vec<Code> = used_ports(self.operation, self.repositories)
            .map(|(field, repository)| {
                let port = names::pascal(repository.port);
                let doc_text = super::store::port_doc(repository.port);
                quote!(#doc_text pub #field: Arc<dyn #port>)
            })
            .chain(outbound::fields(self.scope.context, self.name, self.operation).into_iter().map(|(field, port)| {
                let (name, doc_text) = (names::pascal(port), super::store::port_doc(port));
                quote!(#doc_text pub #field: Arc<dyn #name>)
            }))
            .collect();
        let structure = match fields.as_slice() {
            [] => quote!(pub struct #ident;),
            fields => quote!(pub struct #ident { #(#fields),* }),
        };
        let mark = made_from(&self.operation.origin);
        quote! {
            #mark
            #intent
            #structure

            #mark
            #[async_trait]
            impl Operation for #ident {
                const SPEC: OperationSpec = #spec;
                type Input = #input;
                type Output = #output;
                type Prepared = #prepared_ty;
                #key
                #preconditions
                #evaluation
                #prepare
                #execute
            }
        }
    }

    fn input_field(&self, name: &str) -> Option<&Field> {
        self.scope.record(&self.operation.input)?.fields.iter().find(|field| field.name == name)
    }

    fn entity(&self) -> Option<&Entity> {
        self.scope.entity(self.operation.effect.entity()?)
    }

    fn repository(&self, id: &TypeId) -> Option<&Repository<'_>> {
        self.repositories.iter().find(|repository| repository.name == id.name)
    }

    /// A field of what is called the state: of the answer, where others carry the operation out.
    fn state_field(&self, name: &str) -> Option<&Field> {
        if self.is_outbound() {
            let answer = self.scope.record(&self.operation.output)?;
            return answer.fields.iter().find(|field| field.name == name);
        }
        self.entity()?.fields.iter().find(|field| field.name == name)
    }

    /// Policies that need no state are decided before anything is touched.
    fn preconditions(&self) -> Option<Code> {
        let early: Vec<Code> = self
            .policies(|policy| policy.stage == Stage::Precondition && !policy.expression.reads_state())
            .map(|policy| self.policy_call(policy, &quote!()))
            .collect();
        (!early.is_empty()).then(|| {
            quote! {
                fn preconditions(&self, call: &Call<Self::Input>) -> Vec<Verdict> {
                    vec![#(#early),*]
                }
            }
        })
    }

    fn policies(&self, wanted: impl Fn(&BoundPolicy) -> bool) -> impl Iterator<Item = &BoundPolicy> {
        self.operation.policies.iter().filter(move |policy| wanted(policy))
    }

    fn policy_call(&self, policy: &BoundPolicy, state: &Code) -> Code {
        let (module, name) = (names::snake(self.name), names::snake(&policy.policy.name));
        let state = policy.expression.reads_state().then(|| quote!(, #state));
        quote!(policies::#module::#name(call #state))
    }

    /// Decides policies inside the transaction, on this state.
    fn require<'p>(&self, policies: impl Iterator<Item = &'p BoundPolicy>, state: &Code) -> Code {
        let calls = policies.map(|policy| self.policy_call(policy, state));
        quote!(#(uow.require(#calls)?;)*)
    }

    fn blobs(&self) -> Vec<(&str, &str)> {
        let steps = self.operation.steps.iter();
        steps
            .filter_map(|step| match step {
                Step::StoreBlob { from, digest, .. } => Some((from.as_str(), digest.as_str())),
                _ => None,
            })
            .collect()
    }

    /// What was prepared: a part of it, if it has several. Digests of stored bytes come first, answers behind them.
    fn prepared(&self, part: usize) -> Code {
        let parts = self.operation.calls().count() + usize::from(!self.blobs().is_empty());
        if parts > 1 { quote!(prepared.#part) } else { quote!(prepared) }
    }

    /// The digest that is known by this name.
    fn digest(&self, name: &str) -> Code {
        let position = self.blobs().iter().position(|(_, known)| *known == name);
        let (index, digests) = (position.unwrap_or_default(), self.prepared(0));
        quote!(#digests[#index])
    }

    /// Bytes are stored before the transaction: a crash in between leaves bytes that nothing refers to, never a
    /// reference to bytes that are not there.
    fn prepare(&self) -> (Code, Code) {
        if self.is_outbound() {
            return self.prepare_outbound();
        }
        let (blobs, questions) = (self.blobs(), self.questions());
        if blobs.is_empty() && questions.is_empty() {
            let prepare = quote! {
                async fn prepare(&self, _call: &Call<Self::Input>, _services: &Services) -> Result<(), Rejection> {
                    Ok(())
                }
            };
            return (quote!(()), prepare);
        }
        let dependency = self.operation.failures.code_for.get(&FailureKind::Dependency).map(|code| {
            let meaning = self.meaning(code);
            quote!(.map_err(|error| Rejection::blob(error, #code, #meaning)))
        });
        let puts = blobs.iter().map(|(from, _)| {
            let from = names::snake(from);
            quote!(services.blobs.put(call.input.#from.as_slice()).await #dependency?)
        });
        let count = blobs.len();
        let digests = (quote!([kernel::canonical::Digest; #count]), quote!([#(#puts),*]));
        let parts = (!blobs.is_empty()).then_some(digests).into_iter().chain(questions);
        let (types, values): (Vec<Code>, Vec<Code>) = parts.unzip();
        let (prepared, body) = match (types.as_slice(), values.as_slice()) {
            ([ty], [value]) => (ty.clone(), value.clone()),
            _ => (quote!((#(#types),*)), quote!((#(#values),*))),
        };
        let prepare = quote! {
            async fn prepare(&self, call: &Call<Self::Input>, services: &Services) -> Result<Self::Prepared, Rejection> {
                Ok(#body)
            }
        };
        (prepared, prepare)
    }

    fn meaning(&self, code: &str) -> &str {
        self.operation.failures.declared.get(code).map_or("", |failure| failure.meaning.as_str())
    }

    fn execute(&self) -> Code {
        let body = match &self.operation.effect {
            _ if self.is_outbound() => self.answered(),
            Effect::Creates { .. } => self.create(),
            Effect::Mutates { .. } => self.mutate(),
            Effect::Reads { .. } => self.read(),
            Effect::ListsEntities { rows, sort, order, limit, .. } => {
                self.list_entities(rows, sort, order.as_ref(), *limit)
            }
            Effect::ListsLedger { rows, row, filters, limit } => self.list_ledger(rows, row, filters, *limit),
        };
        let call = if super::uses(&body, "call") { quote!(call) } else { quote!(_call) };
        let prepared = if super::uses(&body, "prepared") { quote!(prepared) } else { quote!(_prepared) };
        quote! {
            async fn execute(
                &self,
                #call: &Call<Self::Input>,
                #prepared: &Self::Prepared,
                uow: &mut UnitOfWork<'_>,
            ) -> Result<Self::Output, Rejection> {
                #body
            }
        }
    }

    /// Code and detail of a refusal of this kind.
    fn refusal(&self, kind: FailureKind) -> Code {
        let code = self.code(kind);
        let meaning = self.meaning(&code);
        quote!(#code, #meaning)
    }

    fn code(&self, kind: FailureKind) -> String {
        self.operation.failures.code_for.get(&kind).cloned().unwrap_or_default()
    }
}
