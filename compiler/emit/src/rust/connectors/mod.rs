//! `gen/connectors.rs`: transports as constants, parsers as pure functions.

mod examples;
mod transport;

use super::{doc, made_from};
use crate::names;
use crate::rust::code::{Code, Ident};
use seac_model::{Case, Connector, Context, Extract, Guard, Literal, Reference};
use seac_quote::quote;

/// All connectors of a context.
pub fn emit(slug: &str, context: &Context) -> Code {
    let modules = context.connectors.iter().map(|(name, declared)| connector(slug, &context.version, name, declared));
    quote! {
        #![doc = " Connectors: where evidence comes from, and how it is read."]
        #(#modules)*
    }
}

fn connector(slug: &str, version: &str, name: &str, connector: &Connector) -> Code {
    let module = names::snake(name);
    let webhook = optional(connector.webhook.as_ref().map(transport::webhook));
    let poll = optional(connector.poll.as_ref().map(transport::poll));
    let redact = &connector.redact;
    let parser = format!("{slug}/{name}@{version}");
    let branches = connector.cases.iter().enumerate().map(|(i, case)| {
        let function = case_name(i, case);
        let guards = case.when.iter().map(guard);
        let condition = if case.when.is_empty() { quote!(true) } else { quote!(#(#guards)&&*) };
        quote! {
            if #condition {
                return Parsed::from_result(#function(delivery));
            }
        }
    });
    // Behind a case without conditions nothing is reached.
    let rest = (!connector.cases.last().is_some_and(|case| case.when.is_empty())).then(|| quote!(Parsed::Unclassified));
    let branches: Vec<Code> = match connector.cases.split_last() {
        Some((last, before)) if last.when.is_empty() => {
            let function = case_name(before.len(), last);
            let whole = quote!(Parsed::from_result(#function(delivery)));
            branches.take(before.len()).chain([whole]).collect()
        }
        _ => branches.collect(),
    };
    let functions = connector.cases.iter().enumerate().map(|(i, declared)| case(i, declared));
    let doc_text = format!(" Deliveries of {name}.");
    let delivery = if connector.cases.is_empty() { quote!(_delivery) } else { quote!(delivery) };
    let mark = made_from(&connector.origin);
    let examples = (!connector.examples.is_empty()).then(|| examples::emit(connector));
    quote! {
        #mark
        #[doc = #doc_text]
        pub mod #module {
            #[allow(unused_imports, reason = "which of them are needed depends on the cases")]
            use kernel::connector::{Connector, Delivery, EvidenceEvent, Parsed, extract};
            #[allow(unused_imports, reason = "which of them are needed depends on the cases")]
            use kernel::ledger::{Outcome, Subject};

            /// How deliveries arrive, and how they prove where they come from.
            pub const CONNECTOR: Connector = Connector {
                name: #name,
                context: #slug,
                webhook: #webhook,
                poll: #poll,
                redact: &[#(#redact),*],
                parser: #parser,
                parse,
            };

            /// Reads a delivery: the first case that applies, or none. Pure.
            pub fn parse(#delivery: &Delivery) -> Parsed {
                #(#branches)*
                #rest
            }

            #(#functions)*

            #examples
        }
    }
}

fn optional(code: Option<Code>) -> Code {
    match code {
        Some(code) => quote!(Some(#code)),
        None => quote!(None),
    }
}

fn case_name(index: usize, case: &Case) -> Ident {
    names::ident(&format!("case_{}_{}", index + 1, names::snake_text(&case.evidence)))
}

fn guard(guard: &Guard) -> Code {
    match guard {
        Guard::EventType(word) => quote!(delivery.event_type == #word),
        Guard::EventTypes(prefix) => quote!(delivery.event_type.starts_with(#prefix)),
        Guard::Equals(pointer, value) => {
            let value = constant(value);
            quote!(extract::pointer(&delivery.body, #pointer) == #value)
        }
    }
}

fn case(index: usize, case: &Case) -> Code {
    let name = case_name(index, case);
    let evidence = case.evidence.as_str();
    let doc_text = doc(None, &format!("Reads `{evidence}`."));
    let occurred_at = match &case.occurred_at {
        Some(source) => {
            let source = extract(source);
            let reason = format!("{evidence}: no time");
            quote!(extract::time(#source).ok_or(#reason)?)
        }
        None => quote!(delivery.received_at),
    };
    let subject = match &case.subject {
        Some(reference) => {
            let (kind, id) = (reference.ty.as_str(), extract(&reference.id));
            let reason = format!("{evidence}: no subject");
            quote!(Subject::new(#kind, extract::text(#id).ok_or(#reason)?))
        }
        None => quote!(Subject::new("delivery", &delivery.delivery_id)),
    };
    let actor = match &case.actor {
        Some(reference) => actor(reference),
        None => quote!(None),
    };
    let outcome = match &case.outcome {
        Some(source) => {
            let source = extract(source);
            quote!(Outcome::from_text(&extract::text(#source).unwrap_or_default()))
        }
        None => quote!(Outcome::Unknown),
    };
    // Of an empty array nobody could tell the type.
    let controls = match case.controls.as_slice() {
        [] => quote!(Vec::new()),
        controls => quote!([#(#controls),*].map(String::from).to_vec()),
    };
    let attributes = case.attributes.iter().map(|(name, source)| {
        let source = extract(source);
        quote!((#name, #source))
    });
    quote! {
        #doc_text
        fn #name(delivery: &Delivery) -> Result<EvidenceEvent, String> {
            Ok(EvidenceEvent {
                event_type: #evidence.to_owned(),
                occurred_at: #occurred_at,
                actor: #actor,
                subject: #subject,
                action: extract::text(extract::pointer(&delivery.body, "/action")),
                outcome: #outcome,
                controls: #controls,
                attributes: extract::attributes([#(#attributes),*]),
            })
        }
    }
}

fn actor(reference: &Reference) -> Code {
    let (kind, id) = (reference.ty.as_str(), extract(&reference.id));
    let display = match &reference.display {
        Some(display) => extract(display),
        None => quote!(None),
    };
    quote!(extract::actor(#kind, #id, #display))
}

fn extract(source: &Extract) -> Code {
    match source {
        Extract::Pointer(pointer) => quote!(extract::pointer(&delivery.body, #pointer)),
        Extract::Const(value) => constant(value),
        Extract::Coalesce(parts) => {
            let parts = parts.iter().map(extract);
            quote!(extract::coalesce([#(#parts),*]))
        }
        Extract::Map { from, cases, default } => {
            let from = extract(from);
            let (words, meanings): (Vec<_>, Vec<_>) = cases.iter().unzip();
            let default = match default {
                Some(text) => quote!(Some(#text)),
                None => quote!(None),
            };
            quote!(extract::map(#from, &[#((#words, #meanings)),*], #default))
        }
        Extract::Join { parts, with } => {
            let parts = parts.iter().map(extract);
            quote!(extract::join([#(#parts),*], #with))
        }
    }
}

fn constant(value: &Literal) -> Code {
    match value {
        Literal::Bool(value) => quote!(extract::constant(#value)),
        Literal::Number(text) => match text.parse::<i64>() {
            Ok(number) => quote!(extract::constant(#number)),
            Err(_) => quote!(extract::constant(#text)),
        },
        Literal::Text(text) | Literal::Quantity(text) | Literal::Time(text) | Literal::Member(text) => {
            quote!(extract::constant(#text))
        }
    }
}
