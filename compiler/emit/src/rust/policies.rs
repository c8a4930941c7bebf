//! `gen/policies.rs`: every policy as it governs each operation, three-valued and fail-closed.

use super::{Types, doc, expr, made_from};
use crate::names;
use crate::rust::code::Code;
use seac_model::{BoundPolicy, Context, Modality, Operation};
use seac_quote::quote;

/// One module per operation that is governed by policies.
pub fn emit(slug: &str, context: &Context) -> Code {
    let types = Types { slug };
    let modules =
        context.operations.iter().filter(|(_, operation)| !operation.policies.is_empty()).map(|(name, operation)| {
            let module = names::snake(name);
            let policies = operation.policies.iter().map(|policy| function(types, context, operation, policy));
            let doc = format!(" What governs `{name}`.");
            let mark = made_from(&operation.origin);
            quote! {
                #mark
                #[doc = #doc]
                pub mod #module {
                    #[allow(unused_imports, reason = "which of them are needed depends on the policies")]
                    use super::super::types::*;
                    #[allow(unused_imports, reason = "which of them are needed depends on the policies")]
                    use kernel::prelude::*;
                    #(#policies)*
                }
            }
        });
    quote! {
        #![doc = " Policies, decided before effects: only a clear yes allows."]
        #(#modules)*
    }
}

fn function(types: Types<'_>, context: &Context, operation: &Operation, policy: &BoundPolicy) -> Code {
    let name = names::snake(&policy.policy.name);
    let input = types.path(&operation.input);
    let declared = context.policies.get(&policy.policy.name);
    let doc_text = doc(declared.and_then(|policy| policy.doc.as_deref()), &format!("Policy `{}`.", policy.policy.name));
    let source = declared.map(|policy| format!(" In the spec: `{}`.", policy.expression)).unwrap_or_default();
    let condition = expr::truth(types, &policy.expression);
    let verdict = names::ident(match policy.modality {
        Modality::Obligation => "obligation",
        Modality::Prohibition => "prohibition",
        Modality::Permission => "permission",
    });
    let (id, code) = (policy.policy.to_string(), policy.code.as_str());
    let rationale = policy.rationale.as_deref().unwrap_or_default();
    let call = if reads_call(policy) { names::ident("call") } else { names::ident("_call") };
    let state = state_parameter(types, operation, policy);
    let mark = declared.map(|policy| made_from(&policy.origin));
    quote! {
        #mark
        #doc_text
        #[doc = ""]
        #[doc = #source]
        pub fn #name(#call: &Call<#input>, #state) -> Verdict {
            Verdict::#verdict(#id, #code, #condition, #rationale)
        }
    }
}

fn state_parameter(types: Types<'_>, operation: &Operation, policy: &BoundPolicy) -> Code {
    match operation.effect.entity().filter(|_| policy.expression.reads_state()) {
        Some(entity) => {
            let entity = types.path(entity);
            quote!(state: &#entity)
        }
        None => quote!(),
    }
}

fn reads_call(policy: &BoundPolicy) -> bool {
    use seac_model::{Fact, TypedExprKind};
    let mut found = false;
    policy.expression.visit(&mut |expr| {
        found |= match &expr.kind {
            TypedExprKind::Fact(fact) => !matches!(fact, Fact::State { .. }),
            TypedExprKind::HasRole(_) => true,
            _ => false,
        };
    });
    found
}
