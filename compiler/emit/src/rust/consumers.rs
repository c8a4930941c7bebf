//! `gen/consumers.rs`: operations that run because something was announced.

use super::{Types, doc, made_from};
use crate::names;
use crate::rust::code::Code;
use crate::scope::Scope;
use seac_model::{Consumer, Context, Field, Ty};
use seac_quote::quote;

/// All consumers of a context.
pub fn emit(scope: &Scope<'_>) -> Code {
    let (types, context) = (Types { slug: scope.slug }, scope.context);
    let functions =
        context.consumers.iter().map(|(durable, consumer)| function(scope, types, context, durable, consumer));
    quote! {
        #![doc = " Consumers: what this context does because something was announced. Each event has its effect once."]
        #(#functions)*
    }
}

fn function(scope: &Scope<'_>, types: Types<'_>, context: &Context, durable: &str, consumer: &Consumer) -> Code {
    let name = names::snake(durable);
    let operation = super::operations::type_name(&consumer.runs);
    let event = if consumer.event.context == types.slug {
        let event = names::pascal(&consumer.event.name);
        quote!(super::#event)
    } else {
        types.path(&consumer.event)
    };
    let input = context.operations.get(&consumer.runs).map(|operation| names::pascal(&operation.input.name));
    let fields = input_fields(context, consumer).into_iter().filter_map(|field| {
        let value = value(scope, consumer, field, consumer.input_from.get(&field.name)?);
        let name = names::snake(&field.name);
        Some(quote!(#name: #value,))
    });
    let absent = absent_fields(context, consumer);
    let pauses = &context.retry_backoff;
    let retries = context.retry_backoff.len();
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

/// The value of the input for what the event carries: there if it is there, in the units of this context.
fn value(scope: &Scope<'_>, consumer: &Consumer, field: &Field, from: &str) -> Code {
    let told = scope.event(&consumer.event).and_then(|event| event.payload.iter().find(|payload| payload.name == from));
    let from = names::snake(from);
    let from = quote!(payload.#from);
    let may_lack = told.is_some_and(|payload| payload.optional);
    let foreign = consumer.event.context != scope.slug;
    let retyped = match &field.ty {
        Ty::Quantity(_) if foreign => Some(quote!(kernel::types::Quantity::retyped)),
        Ty::List(item) if foreign && matches!(**item, Ty::Quantity(_)) => {
            Some(quote!(kernel::types::Quantity::retyped_all))
        }
        _ => None,
    };
    let value = match (retyped, may_lack) {
        (None, _) => quote!(#from),
        (Some(retyped), true) => quote!(#from.map(#retyped)),
        (Some(retyped), false) => quote!(#retyped(#from)),
    };
    if field.optional && !may_lack { quote!(Some(#value)) } else { value }
}

fn input_fields<'c>(context: &'c Context, consumer: &Consumer) -> Vec<&'c Field> {
    let input = context.operations.get(&consumer.runs).and_then(|operation| context.records.get(&operation.input.name));
    input.map(|record| record.fields.iter().collect()).unwrap_or_default()
}

/// Optional fields of the input that the event does not carry.
fn absent_fields(context: &Context, consumer: &Consumer) -> Vec<Code> {
    let fields = input_fields(context, consumer).into_iter();
    let absent = fields.filter(|field| !consumer.input_from.contains_key(&field.name));
    absent
        .map(|field| {
            let name = names::snake(&field.name);
            quote!(#name: None,)
        })
        .collect()
}
