//! `gen/invariants.rs`: what must always hold, and what is run to see whether it does.

use super::{doc, made_from};
use crate::names;
use crate::rust::code::{Code, Ident};
use seac_model::{Context, Invariant};
use seac_quote::quote;

/// Milliseconds between two looks, where nothing is said.
const EVERY: u64 = 300_000;

/// The invariants that something is run for, each with its constant.
pub fn watched(context: &Context) -> impl Iterator<Item = (Ident, &String, &Invariant)> {
    let probed = context.invariants.iter().filter(|(_, invariant)| invariant.probe.is_some());
    probed
        .map(|(id, invariant)| (names::ident(&names::snake_text(&id.replace('-', "_")).to_uppercase()), id, invariant))
}

/// All of them; none if nothing is run for any.
pub fn emit(context: &Context) -> Option<Code> {
    let constants: Vec<Code> =
        watched(context).filter_map(|(name, id, invariant)| constant(&name, id, invariant)).collect();
    if constants.is_empty() {
        return None;
    }
    Some(quote! {
        #![doc = " Invariants: what must always hold, and what is run to see whether it does."]
        use kernel::invariant::{Invariant, Probe, Severity};
        use std::time::Duration;
        #(#constants)*
    })
}

fn constant(name: &Ident, id: &str, invariant: &Invariant) -> Option<Code> {
    let probe = match invariant.probe.as_deref()? {
        "ledger.verify" => names::ident("LedgerVerify"),
        _ => return None,
    };
    let severity = names::pascal(&invariant.severity);
    let (statement, every) = (invariant.statement.as_str(), invariant.every.unwrap_or(EVERY));
    let about = doc(Some(statement), "");
    let mark = made_from(&invariant.origin);
    Some(quote! {
        #mark
        #about
        pub const #name: Invariant = Invariant {
            id: #id,
            statement: #statement,
            severity: Severity::#severity,
            probe: Probe::#probe,
            every: Duration::from_millis(#every),
        };
    })
}
