//! `gen/consumers.rs`: operations that run because something was announced.

use super::{Types, doc, made_from};
use crate::names;
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use seac_model::{Consumer, Context};

/// All consumers of a context.
pub fn emit(slug: &str, context: &Context) -> TokenStream {
    let types = Types { slug };
    let functions = context.consumers.iter().map(|(durable, consumer)| function(types, context, durable, consumer));
    quote! {
        #![doc = " Consumers: what this context does because something was announced. Each event has its effect once."]
        #(#functions)*
    }
}

fn function(types: Types<'_>, context: &Context, durable: &str, consumer: &Consumer) -> TokenStream {
    let name = names::snake(durable);
    let operation = super::operations::type_name(&consumer.runs);
    let event = if consumer.event.context == types.slug {
        let event = names::pascal(&consumer.event.name);
        quote!(super::#event)
    } else {
        types.path(&consumer.event)
    };
    let input = context.operations.get(&consumer.runs).map(|operation| names::pascal(&operation.input.name));
    let fields = consumer.input_from.iter().map(|(field, from)| {
        let (field, from) = (names::snake(field), names::snake(from));
        quote!(#field: payload.#from,)
    });
    let absent = absent_fields(context, consumer);
    let pauses = context.retry_backoff.iter().map(|pause| Literal::u64_unsuffixed(*pause));
    let retries = Literal::usize_unsuffixed(context.retry_backoff.len());
    let doc_text = doc(None, &format!("Runs `{}` for every `{}`.", consumer.runs, consumer.event));
    let mark = made_from(&consumer.origin);
    quote! {
        #mark
        #doc_text
        pub fn #name(operation: super::operations::#operation) -> kernel::bus::Consumer {
            kernel::bus::Consumer::runs(#durable, #event::EVENT_TYPE, operation, |event| {
                let payload: #event = event.payload()?;
                Ok(super::types::#input { #(#fields)* #(#absent)* })
            })
                .retry(#retries, &[#(std::time::Duration::from_millis(#pauses)),*])
        }
    }
}

/// Optional fields of the input that the event does not carry.
fn absent_fields(context: &Context, consumer: &Consumer) -> Vec<TokenStream> {
    let input = context.operations.get(&consumer.runs).and_then(|operation| context.records.get(&operation.input.name));
    let fields = input.map(|record| record.fields.as_slice()).unwrap_or_default();
    let absent = fields.iter().filter(|field| !consumer.input_from.contains_key(&field.name));
    absent
        .map(|field| {
            let name = names::snake(&field.name);
            quote!(#name: None,)
        })
        .collect()
}
