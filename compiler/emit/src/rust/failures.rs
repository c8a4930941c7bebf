//! `gen/failures.rs`: a test for every path to a declared failure that the spec shows the way to.

use super::operations::failure_kind;
use super::store::{Repository, repositories};
use super::{doc, made_from};
use crate::names;
use crate::provoke::{self, Apart, Call, Object, Open, Paths, Test};
use crate::rust::code::{Code, Ident};
use crate::scope::Scope;
use seac_model::{Context, Operation};
use seac_quote::quote;
use std::collections::BTreeSet;

/// Whether a context has operations to be tested.
pub fn is_wanted(context: &Context) -> bool {
    context.operations.values().any(|operation| operation.http.is_some())
}

/// The tests of a context.
pub fn emit(scope: &Scope<'_>) -> Code {
    let repositories = repositories(scope.slug, scope.context);
    let operations: Vec<(&String, &Operation, Paths)> = provoke::all(scope).collect();
    let given = operations.iter().flat_map(|(.., paths)| &paths.tests).flat_map(|test| &test.given);
    let kept: BTreeSet<&str> = given.map(|(entity, _)| entity.as_str()).collect();
    let keepers = repositories.iter().filter(|repository| kept.contains(repository.name)).map(keeper);
    let open = operations.iter().flat_map(|(name, _, paths)| paths.open.iter().map(move |open| (*name, open)));
    let open: Vec<String> = open.map(|(name, Open { code, why })| format!(" - `{name}`, `{code}`: {why}.")).collect();
    let open = if open.is_empty() {
        quote!()
    } else {
        quote! {
            #![doc = ""]
            #![doc = " No test leads to these:"]
            #![doc = ""]
            #(#![doc = #open])*
        }
    };
    let modules = operations.iter().filter(|(.., paths)| !paths.tests.is_empty()).map(|(name, operation, paths)| {
        let (module, mark) = (module_name(name), made_from(&operation.origin));
        let tests = named(&paths.tests).into_iter().map(|(test, ident)| one(scope, name, test, &ident));
        let tests: Vec<Code> = tests.collect();
        quote! {
            #mark
            mod #module {
                use super::*;
                #(#tests)*
            }
        }
    });
    let modules: Vec<Code> = modules.collect();
    quote! {
        #![doc = " Every declared failure, provoked through the whole of the operation on a database of its own."]
        #open
        #[allow(unused_imports, reason = "which of them are needed depends on the spec")]
        use super::{module, ports::*};
        #[allow(unused_imports, reason = "which of them are needed depends on the spec")]
        use kernel::operation::FailureKind;
        use kernel::testing::{Bench, Caller};

        #(#keepers)*

        #(#modules)*
    }
}

/// The module of an operation. One that is called like the kernel stands in nobody's way.
fn module_name(operation: &str) -> Ident {
    match names::snake_text(operation).as_str() {
        "kernel" => names::ident("kernel_"),
        text => names::ident(text),
    }
}

/// Each test with a name that no other one of its operation has.
fn named(tests: &[Test]) -> Vec<(&Test, String)> {
    let mut taken = BTreeSet::new();
    let free = tests.iter().map(|test| {
        let plain = names::snake_text(&test.name);
        let plain = if plain.starts_with(|c: char| c.is_numeric()) { format!("n{plain}") } else { plain };
        let numbered = (2_u32..).map(|number| format!("{plain}_{number}"));
        let free = std::iter::once(plain.clone()).chain(numbered).find(|name| taken.insert(name.clone()));
        (test, free.unwrap_or(plain))
    });
    free.collect()
}

/// The function that puts an entity into its table.
fn keeper(repository: &Repository<'_>) -> Code {
    let name = keeper_name(repository.name);
    let adapter = names::pascal(repository.adapter.unwrap_or(repository.port));
    let doc_text = format!(" Keeps one `{}` that no call has made.", repository.name);
    let insert = match repository.derived {
        true => quote!(put(tx, kernel::read_model::FIRST, entity)),
        false => quote!(insert(tx, entity)),
    };
    quote! {
        #[doc = #doc_text]
        fn #name(bench: &Bench, json: &str) {
            bench.given(json, |tx, entity| super::store::sql::#adapter.#insert);
        }
    }
}

fn keeper_name(entity: &str) -> Ident {
    names::ident(&format!("given_{}", names::snake_text(entity)))
}

fn one(scope: &Scope<'_>, operation: &str, test: &Test, ident: &str) -> Code {
    let element = format!("{}/{operation}", scope.context.sds_id);
    let covers = match &test.code {
        Some(code) => format!(" covers: {element}/{code}"),
        None => format!(" covers: {element}"),
    };
    let about = doc(Some(&format!("{}.", test.doc)), "");
    let name = names::ident(ident);
    let open = if test.without_blobs { quote!(without_blobs) } else { quote!(open) };
    let given = test.given.iter().map(|(entity, fields)| {
        let (keeper, json) = (keeper_name(entity), literal(fields));
        quote!(#keeper(&bench, #json);)
    });
    if let Some(apart) = &test.apart {
        return kept_apart(operation, test, apart, (about, covers, name), given.collect());
    }
    let last = test.calls.len().saturating_sub(1);
    let calls = test.calls.iter().enumerate().map(|(place, call)| {
        let made = made(operation, call);
        match test.refused.filter(|_| place == last) {
            Some(kind) => {
                let (kind, code) = (failure_kind(kind), test.code.as_deref().unwrap_or_default());
                quote!(#made.refused(#kind, #code);)
            }
            None => quote!(#made.succeeded();),
        }
    });
    quote! {
        #about
        #[doc = ""]
        #[doc = #covers]
        #[test]
        fn #name() {
            let bench = Bench::#open(module());
            #(#given)*
            #(#calls)*
        }
    }
}

/// The person, a machine of theirs, and then somebody else, who may.
fn kept_apart(
    operation: &str,
    test: &Test,
    Apart { other, thing: (kind, key), own }: &Apart,
    (about, covers, name): (Code, String, Ident),
    given: Vec<Code>,
) -> Code {
    let code = test.code.as_deref().unwrap_or_default();
    let key = key.to_string();
    let calls = test.calls.iter().map(|call| {
        let (subject, roles, input) = (call.subject, &call.roles, literal(&call.input));
        let other_caller = made(operation, &Call { subject: provoke::OTHER_ACTOR, ..call.clone() });
        let caller = quote!(Caller(#subject, &[#(#roles),*]));
        let other_subject = provoke::OTHER_ACTOR;
        quote! {
            bench.did(#subject, #other, (#kind, #key));
            bench.call(#caller, #operation, #input).refused(FailureKind::Policy, #code);
            bench.call_by_machine(#caller, #operation, #input).refused(FailureKind::Policy, #code);
            #other_caller.succeeded();
            bench.has_done(#other_subject, #own, (#kind, #key));
        }
    });
    quote! {
        #about
        #[doc = ""]
        #[doc = #covers]
        #[test]
        fn #name() {
            let bench = Bench::open(module());
            #(#given)*
            #(#calls)*
        }
    }
}

fn made(operation: &str, call: &Call) -> Code {
    let (subject, roles, input) = (call.subject, &call.roles, literal(&call.input));
    quote!(bench.call(Caller(#subject, &[#(#roles),*]), #operation, #input))
}

/// JSON as a raw text: one line.
fn literal(object: &Object) -> Code {
    let json = serde_json::to_string(object).expect("JSON can be written");
    let mut hashes = "#".to_owned();
    while json.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    let mut code = Code::default();
    code.token(format_args!("r{hashes}\"{json}\"{hashes}"));
    code
}
