//! What an operation leaves behind besides state: evidence, events, the answer.

use super::Emitter;
use super::value::Target;
use crate::names;
use crate::rust::code::Code;
use seac_model::{Effect, Step, Ty, TypeId, ValueSource};
use seac_quote::quote;
use std::collections::BTreeMap;

impl Emitter<'_> {
    /// Evidence, events and the answer: the same for every operation on one entity.
    pub(super) fn tail(&self) -> Code {
        let (evidence, events, output) = (self.evidence(), self.events(), self.output());
        quote! {
            #evidence
            #events
            Ok(#output)
        }
    }

    pub(super) fn events(&self) -> Code {
        let events = self.operation.steps.iter().filter_map(|step| match step {
            Step::Publish { event, payload } => Some(self.publish(event, payload)),
            _ => None,
        });
        events.collect()
    }

    pub(super) fn evidence(&self) -> Code {
        let Some(Step::AppendEvidence { evidence, identity_from_input, time_from_input, .. }) =
            self.operation.steps.iter().find(|step| matches!(step, Step::AppendEvidence { .. }))
        else {
            return quote!();
        };
        let kind = self.operation.effect.entity().map_or_else(|| "ledger".to_owned(), |id| names::snake_text(&id.name));
        let id = self.subject();
        let identity =
            identity_from_input.then(|| quote!(.source(call.input.source.clone(), call.input.source_event_id.clone())));
        let time = time_from_input.then(|| quote!(.occurred_at(call.input.occurred_at)));
        let changes = matches!(self.operation.effect, Effect::Creates { .. } | Effect::Mutates { .. });
        let payload = match self.is_outbound() {
            true => quote!(.payload(&call.input)?.part("answer", state)?),
            false if changes => quote!(.payload(&state)?),
            false => quote!(),
        };
        let parts = self.parts().filter(|part| part.is_written() && !self.is_outbound()).map(|part| part.evidence());
        let append = quote! {
            uow.append(Evidence::new(#evidence, Subject::new(#kind, #id)) #identity #time #payload #(#parts)*).await?
        };
        if self.wants_sequence() { quote!(let entry = #append;) } else { quote!(#append;) }
    }

    /// The id of what was done to, as text.
    fn subject(&self) -> Code {
        let subject = self.operation.steps.iter().find_map(|step| match step {
            Step::AppendEvidence { subject, .. } => subject.as_ref(),
            _ => None,
        });
        match subject {
            Some(source) => self.text(source),
            None => quote!("*"),
        }
    }

    fn wants_sequence(&self) -> bool {
        let payloads = self.operation.steps.iter().filter_map(|step| match step {
            Step::Publish { payload, .. } => Some(payload),
            _ => None,
        });
        payloads.chain([&self.operation.output_from]).flat_map(BTreeMap::values).any(|s| *s == ValueSource::Sequence)
    }

    fn publish(&self, event: &TypeId, payload: &BTreeMap<String, ValueSource>) -> Code {
        let ident = names::pascal(&event.name);
        let declared = self.scope.context(&event.context).and_then(|context| context.events.get(&event.name));
        let Some(declared) = declared.filter(|_| self.is_outbound() || self.entity().is_some()) else {
            return quote!();
        };
        let fields = declared.payload.iter().filter_map(|field| {
            let value = self.value(payload.get(&field.name)?, Target::carried(field));
            let name = names::snake(&field.name);
            Some(quote!(#name: #value,))
        });
        let subject = match (self.is_outbound(), self.entity()) {
            (false, Some(entity)) => self.own(&entity.key),
            _ => self.subject(),
        };
        quote!(uow.publish(#ident { #(#fields)* }.envelope(#subject)?).await?;)
    }

    /// The key of the entity, as a value.
    fn own(&self, key: &str) -> Code {
        let field = names::snake(key);
        match self.state_field(key).map(|key| &key.ty) {
            Some(Ty::String) => quote!(state.#field.clone()),
            _ => quote!(state.#field),
        }
    }

    fn output(&self) -> Code {
        let ident = self.types.path(&self.operation.output);
        let Some(record) = self.scope.record(&self.operation.output).filter(|_| self.entity().is_some()) else {
            return quote!(#ident {});
        };
        let fields = record.fields.iter().filter_map(|field| {
            let value = self.value(self.operation.output_from.get(&field.name)?, Target::carried(field));
            let name = names::snake(&field.name);
            Some(quote!(#name: #value,))
        });
        quote!(#ident { #(#fields)* })
    }
}
