//! `gen/mod.rs`: what the context hands to the cell.

use super::invariants::watched;
use super::operations::used_ports;
use super::outbound::{self, Service};
use super::read_models::keeper_name;
use super::store::{self, Repository, repositories};
use super::{failures, types};
use crate::rust::code::Code;
use crate::sql::{Dialect, Migration};
use crate::{names, openapi};
use seac_model::{Context, Direction, Effect, Method, Operation};
use seac_quote::quote;
use std::collections::BTreeSet;

/// The module of a context: migrations, roles, routes, connectors.
pub fn emit(slug: &str, context: &Context, digest: &str, migrations: &[Migration]) -> Code {
    let title = format!(" {}: everything the compiler made of its specs.", context.title);
    let migrations = constants(slug, context, migrations);
    let roles: Vec<String> = context.roles.keys().map(|role| format!("{slug}.{role}")).collect();
    let roles = (!roles.is_empty()).then(|| quote!(.roles(&[#(#roles),*])));
    let repositories = repositories(slug, context);
    let mut used = mounted_entities(context);
    used.extend(context.read_models.keys().map(String::as_str));
    let adapters = repositories.iter().filter(|repository| used.contains(repository.name)).map(|repository| {
        let (variable, adapter) =
            (names::snake(repository.port), names::pascal(repository.adapter.unwrap_or(repository.port)));
        quote!(let #variable = std::sync::Arc::new(store::sql::#adapter);)
    });
    let routes =
        context.operations.iter().filter_map(|(name, operation)| route(context, &repositories, name, operation));
    let mounted_services = mounted_services(context);
    let services = mounted_services.iter().map(|service| {
        let (variable, adapter) = (names::snake(service.port), service.adapter_path());
        quote!(let #variable = std::sync::Arc::new(#adapter);)
    });
    let destinations: Vec<String> = mounted_services.iter().filter_map(|service| service.destination(slug)).collect();
    let destinations = (!destinations.is_empty()).then(|| quote!(.outbound(&[#(#destinations),*])));
    let own_outbound = (!outbound::services(context).is_empty()).then(|| {
        quote!(
            pub mod outbound;
        )
    });
    let access = failures::is_wanted(context).then(|| {
        quote!(
            #[cfg(test)]
            mod access;
        )
    });
    let failures = failures::is_wanted(context).then(|| {
        quote!(
            #[cfg(test)]
            mod failures;
        )
    });
    let connectors = context.connectors.keys().map(|name| {
        let module = names::snake(name);
        quote!(.connector(connectors::#module::CONNECTOR))
    });
    let consumers = context.consumers.iter().filter_map(|(durable, consumer)| {
        let function = names::snake(durable);
        let value = instance(context, &repositories, &consumer.runs, context.operations.get(&consumer.runs)?);
        Some(quote!(.consumer(consumers::#function(#value))))
    });
    let read_models = context.read_models.keys().filter_map(|name| {
        let repository = repositories.iter().find(|repository| repository.name == name)?;
        let (keeper, variable) = (keeper_name(name), names::snake(repository.port));
        Some(quote!(.read_model(read_models::#keeper { repository: #variable.clone() })))
    });
    let invariants: Vec<Code> = watched(context).map(|(name, ..)| quote!(.invariant(invariants::#name))).collect();
    let own_invariants = (!invariants.is_empty()).then(|| {
        quote!(
            pub mod invariants;
        )
    });
    let own_read_models = (!context.read_models.is_empty()).then(|| {
        quote!(
            pub mod read_models;
        )
    });
    let openapi = openapi::is_wanted(context).then(|| {
        let path = format!("../../../../openapi/{slug}.json");
        quote!(.openapi(include_str!(#path)))
    });
    // Events that are held as values as well stand with the types; the others have structs of their own.
    let own_events = context.events.keys().any(|name| !context.records.contains_key(name));
    let own_events = own_events.then(|| {
        quote!(
            pub use events::*;
        )
    });
    let own_types = (!types::is_empty(context)).then(|| {
        quote!(
            pub use types::*;
        )
    });
    quote! {
        #![doc = #title]
        #access
        pub mod connectors;
        pub mod consumers;
        pub mod events;
        #failures
        #own_invariants
        pub mod operations;
        #own_outbound
        pub mod policies;
        pub mod ports;
        #own_read_models
        pub mod store;
        pub mod types;

        #own_events
        #own_types

        /// SHA-256 of the part of the model this context was made from.
        pub const DIGEST: &str = #digest;

        #migrations

        /// What this context hands to the cell.
        pub fn module() -> kernel::cell::Module {
            #(#adapters)*
            #(#services)*
            kernel::cell::Module::new(#slug)
                .migrations(MIGRATIONS)
                #roles
                #destinations
                #(#routes)*
                #(#connectors)*
                #(#consumers)*
                #(#read_models)*
                #(#invariants)*
                #openapi
        }
    }
}

fn constants(slug: &str, context: &Context, migrations: &[Migration]) -> Code {
    let checks = store::checks(slug, context);
    let constants = migrations.iter().map(|migration| {
        let [postgres, sqlite] = Dialect::ALL
            .map(|dialect| format!("../../../../migrations/{slug}/{}/{}.sql", dialect.folder(), migration.stem()));
        let number = migration.number;
        let (name, released) = (&migration.name, migration.released);
        // A table that is gone by now, or has no repository, cannot be read.
        let checks = migration.checks.iter().filter_map(|table| checks.get(table));
        quote! {
            kernel::store::Migration {
                context: #slug,
                number: #number,
                name: #name,
                sqlite: include_str!(#sqlite),
                postgres: include_str!(#postgres),
                checks: &[#(store::sql::#checks),*],
                released: #released,
            }
        }
    });
    quote! {
        /// The changes that lead to the tables of this context, in order.
        pub const MIGRATIONS: &[kernel::store::Migration] = &[#(#constants),*];
    }
}

/// The operations that somebody can reach: over HTTP, or by an event.
fn mounted(context: &Context) -> impl Iterator<Item = (&String, &Operation)> {
    let runs: BTreeSet<&String> = context.consumers.values().map(|consumer| &consumer.runs).collect();
    context.operations.iter().filter(move |(name, operation)| operation.http.is_some() || runs.contains(name))
}

/// The services that those call.
fn mounted_services(context: &Context) -> Vec<Service<'_>> {
    let called: BTreeSet<&str> = mounted(context)
        .flat_map(|(name, operation)| outbound::fields(context, name, operation))
        .map(|(_, port)| port)
        .collect();
    outbound::services(context).into_iter().filter(|service| called.contains(service.port)).collect()
}

/// The entities that those keep.
fn mounted_entities(context: &Context) -> BTreeSet<&str> {
    let kept = mounted(context).filter(|(_, operation)| operation.direction != Direction::Outbound);
    kept.flat_map(|(_, operation)| operation.effects()).filter_map(Effect::entity).map(|id| id.name.as_str()).collect()
}

fn route(context: &Context, repositories: &[Repository<'_>], name: &str, operation: &Operation) -> Option<Code> {
    let http = operation.http.as_ref()?;
    let path = http.path.as_str();
    let value = instance(context, repositories, name, operation);
    Some(match http.method {
        Method::Post => quote!(.command(#path, #value)),
        Method::Get => quote!(.query(#path, #value)),
    })
}

/// An operation with its repositories, where it has some.
fn instance(context: &Context, repositories: &[Repository<'_>], name: &str, operation: &Operation) -> Code {
    let ident = super::operations::type_name(name);
    let fields: Vec<Code> = used_ports(operation, repositories)
        .map(|(field, repository)| {
            let variable = names::snake(repository.port);
            quote!(#field: #variable.clone())
        })
        .chain(outbound::fields(context, name, operation).into_iter().map(|(field, port)| {
            let variable = names::snake(port);
            quote!(#field: #variable.clone())
        }))
        .collect();
    match fields.as_slice() {
        [] => quote!(operations::#ident),
        fields => quote!(operations::#ident { #(#fields),* }),
    }
}
