//! Declared deliveries as tests of the parser.

use super::optional;
use crate::names;
use crate::rust::code::Code;
use seac_model::{Connector, ConnectorExample};
use seac_quote::quote;

/// One test for each example.
pub fn emit(connector: &Connector) -> Code {
    let tests = connector.examples.iter().enumerate().map(|(at, example)| test(at, example));
    quote! {
        #[cfg(test)]
        mod examples {
            use kernel::connector::Example;

            #(#tests)*
        }
    }
}

fn test(at: usize, example: &ConnectorExample) -> Code {
    let function = names::ident(&format!("example_{}_{}", at + 1, names::snake_text(&example.name)));
    let what = format!(" {}.", example.name.trim_end_matches('.'));
    let text = |text: &Option<String>| optional(text.as_ref().map(|text| quote!(#text)));
    let (event_type, body, becomes) = (&example.event_type, &example.body, &example.becomes);
    let (subject, actor, outcome) = (text(&example.subject), text(&example.actor), text(&example.outcome));
    let (occurred_at, reason) = (text(&example.occurred_at), text(&example.reason));
    quote! {
        #[doc = #what]
        #[test]
        fn #function() -> Result<(), String> {
            Example {
                event_type: #event_type,
                body: #body,
                becomes: #becomes,
                subject: #subject,
                actor: #actor,
                outcome: #outcome,
                occurred_at: #occurred_at,
                reason: #reason,
            }
            .check(&super::CONNECTOR)
        }
    }
}
