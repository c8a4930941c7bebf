//! Operations that others carry out, and questions to others before the transaction.

use super::Emitter;
use super::value::Target;
use crate::names;
use crate::rust::code::Code;
use crate::rust::outbound;
use seac_model::{Direction, Step, TypeId};
use seac_quote::quote;

impl Emitter<'_> {
    pub(super) fn is_outbound(&self) -> bool {
        self.operation.direction == Direction::Outbound
    }

    /// Prepared is the answer of others.
    pub(super) fn prepare_outbound(&self) -> (Code, Code) {
        let output = self.types.path(&self.operation.output);
        let ports = outbound::fields(self.scope.context, self.name, self.operation);
        let Some((port, _)) = ports.first() else { return (quote!(()), quote!()) };
        let method = names::snake(self.name);
        let prepare = quote! {
            async fn prepare(&self, call: &Call<Self::Input>, services: &Services) -> Result<Self::Prepared, Rejection> {
                self.#port.#method(&call.input, &Outgoing::of(self, call, services)).await
            }
        };
        (output, prepare)
    }

    /// What is recorded and announced of the answer.
    pub(super) fn answered(&self) -> Code {
        let (evidence, events) = (self.evidence(), self.events());
        quote! {
            let state = prepared;
            #evidence
            #events
            Ok(state.clone())
        }
    }

    /// The questions that are asked before the transaction: their types and the code that asks.
    pub(super) fn questions(&self) -> Vec<(Code, Code)> {
        let steps = self.operation.steps.iter().filter_map(|step| match step {
            Step::Call { operation, port, input } => Some((operation, port, input)),
            _ => None,
        });
        steps
            .filter_map(|(name, port, input)| {
                let asked = self.scope.context.operations.get(name)?;
                let fields = self.scope.record(&asked.input)?.fields.iter().filter_map(|field| {
                    let value = self.value(input.get(&field.name)?, Target::carried(field));
                    let name = names::snake(&field.name);
                    Some(quote!(#name: #value,))
                });
                let (port, method) = (outbound::field(port), names::snake(name));
                let (takes, gives) = (self.types.path(&asked.input), self.types.path(&asked.output));
                let ask = quote! {
                    self.#port
                        .#method(&#takes { #(#fields)* }, &Outgoing::new(call, services, None))
                        .await
                        .map_err(|refusal| refusal.through(&Self::SPEC))?
                };
                Some((gives, ask))
            })
            .collect()
    }

    /// Where the answer of a question stands.
    pub(super) fn answer(&self, operation: &str) -> (Code, Option<&TypeId>) {
        let position = self.operation.calls().position(|(called, _)| called == operation).unwrap_or_default();
        let output = self.scope.context.operations.get(operation).map(|operation| &operation.output);
        (self.prepared(position + usize::from(!self.blobs().is_empty())), output)
    }
}
