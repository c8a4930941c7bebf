//! `gen/events.rs`: what this context announces.

use super::{Types, doc, made_from, types};
use crate::names;
use crate::rust::code::Code;
use seac_model::{Context, Event};
use seac_quote::quote;

/// All events of a context.
pub fn emit(slug: &str, context: &Context) -> Code {
    let owner = Types { slug };
    let events = context.events.iter().map(|(name, event)| {
        // An event that is held as a value as well is a record, and stands with the types.
        let declared = (!context.records.contains_key(name))
            .then(|| types::structure(owner, name, event.doc.as_deref(), &event.payload, &event.origin));
        let envelope = envelope(slug, name, event);
        quote!(#declared #envelope)
    });
    let has_own = context.events.keys().any(|name| !context.records.contains_key(name));
    let uses = match (context.events.is_empty(), has_own) {
        (true, _) => quote!(),
        (false, own) => {
            let serde = own.then(|| {
                quote!(
                    use kernel::serde::{Deserialize, Serialize};
                )
            });
            quote! {
                #[allow(unused_imports, reason = "which of them are needed depends on the payloads")]
                use super::types::*;
                use kernel::prelude::*;
                #serde
            }
        }
    };
    quote! {
        #![doc = " Events: what this context announces when it is done."]
        #uses
        #(#events)*
    }
}

fn envelope(slug: &str, name: &str, event: &Event) -> Code {
    let ident = names::pascal(name);
    let ty = format!("{slug}.{name}");
    let subject = event.subject.as_str();
    let doc_text =
        doc(None, "As an envelope about `subject`; identity, time and cause are added when it is published.");
    let mark = made_from(&event.origin);
    quote! {
        #mark
        impl #ident {
            /// Its type on the bus.
            pub const EVENT_TYPE: &'static str = #ty;
            /// Where it is published.
            pub const SUBJECT: &'static str = #subject;

            #doc_text
            ///
            /// # Errors
            /// If the payload has no JSON form.
            pub fn envelope(&self, subject: impl ToString) -> Result<Event, kernel::canonical::CanonicalError> {
                Event::new(Self::EVENT_TYPE, subject, self)
            }
        }
    }
}
