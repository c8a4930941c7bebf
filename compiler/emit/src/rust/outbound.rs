//! `gen/outbound.rs`: operations that others carry out, called over HTTP or by code of the user's own.

use super::{Types, doc, made_from};
use crate::names;
use crate::rust::code::{Code, Ident};
use seac_model::{AdapterKind, Context, Direction, HttpCall, Operation, Origin, PortKind, kebab};
use seac_quote::quote;

/// A port whose operations others carry out, and its adapter.
pub struct Service<'a> {
    /// The port.
    pub port: &'a str,
    /// Where that is declared.
    pub origin: &'a Origin,
    /// Name of the adapter.
    pub adapter: &'a str,
    /// How it is called over HTTP; not at all if the adapter is the user's own.
    http: Option<&'a HttpCall>,
    operations: Vec<(&'a str, &'a Operation)>,
}

/// The services of a context, by port.
pub fn services(context: &Context) -> Vec<Service<'_>> {
    let answered = context.outbound_ports.iter().filter_map(|(port, outbound)| {
        let PortKind::Service { operations } = &outbound.kind else { return None };
        let (adapter, answers) = context.adapters.iter().find(|(_, adapter)| adapter.implements == *port)?;
        let operations = operations.iter().filter_map(|name| Some((name.as_str(), context.operations.get(name)?)));
        let http = answers.http.as_ref().filter(|_| answers.kind == AdapterKind::Http);
        Some(Service { port, origin: &outbound.origin, adapter, http, operations: operations.collect() })
    });
    answered.collect()
}

impl Service<'_> {
    /// What the configuration calls the port, if it has to say where it leads to.
    pub fn destination(&self, slug: &str) -> Option<String> {
        self.http.map(|_| destination(slug, self.port))
    }

    /// Milliseconds between the attempts to reach it; none if the adapter is the user's own.
    pub fn longest_wait(&self) -> Option<u64> {
        self.http.map(|http| http.backoff.iter().sum())
    }

    /// The path of the adapter from the root of the generated code.
    pub fn adapter_path(&self) -> Code {
        let name = names::pascal(self.adapter);
        match self.http {
            Some(_) => quote!(outbound::#name),
            None => {
                let module = names::snake(self.adapter);
                quote!(outbound::#module::#name)
            }
        }
    }

    /// The file that is the user's, if there is one.
    pub fn written_file(&self) -> Option<String> {
        self.http.is_none().then(|| format!("{}.rs", names::snake_text(self.adapter)))
    }
}

fn destination(slug: &str, port: &str) -> String {
    format!("{slug}.{}", names::snake_text(port))
}

/// The fields of an operation that hold ports to others, each with its port.
pub fn fields<'a>(context: &'a Context, name: &str, operation: &Operation) -> Vec<(Ident, &'a str)> {
    let own = (operation.direction == Direction::Outbound).then_some(name);
    let called = own.into_iter().chain(operation.calls().map(|(called, _)| called));
    let mut ports: Vec<&str> = called.filter_map(|called| port_of(context, called)).collect();
    ports.sort_unstable();
    ports.dedup();
    ports.into_iter().map(|port| (field(port), port)).collect()
}

/// The port behind which others carry an operation out.
pub fn port_of<'a>(context: &'a Context, operation: &str) -> Option<&'a str> {
    let carries = |kind: &PortKind| matches!(kind, PortKind::Service { operations } if operations.iter().any(|known| known == operation));
    let found = context.outbound_ports.iter().find(|(_, port)| carries(&port.kind));
    found.map(|(port, _)| port.as_str())
}

/// The field that holds a port; no other field ends like it.
pub fn field(port: &str) -> Ident {
    names::ident(&format!("{}_port", names::snake_text(port)))
}

/// The traits of the ports.
pub fn traits(types: Types<'_>, context: &Context) -> Code {
    services(context).iter().map(|service| service_trait(types, service)).collect()
}

fn service_trait(types: Types<'_>, service: &Service<'_>) -> Code {
    let port = names::pascal(service.port);
    let methods = service.operations.iter().map(|(name, operation)| {
        let doc_text = doc(operation.intent.as_deref(), &format!("Carries out `{name}`."));
        let signature = signature(types, name, operation, &quote!(input), &quote!(outgoing));
        quote!(#doc_text #signature;)
    });
    let (mark, doc_text) = (made_from(service.origin), format!(" What others carry out behind `{}`.", service.port));
    quote! {
        #mark
        #[doc = #doc_text]
        #[async_trait]
        pub trait #port: Send + Sync {
            #(#methods)*
        }
    }
}

fn signature(types: Types<'_>, name: &str, operation: &Operation, input: &Code, outgoing: &Code) -> Code {
    let method = names::snake(name);
    let (takes, gives) = (types.path(&operation.input), types.path(&operation.output));
    quote!(async fn #method(&self, #input: &#takes, #outgoing: &Outgoing<'_>) -> Result<#gives, Rejection>)
}

/// The adapters; none if the context has no services.
pub fn emit(slug: &str, context: &Context) -> Option<Code> {
    let (types, services) = (Types { slug }, services(context));
    if services.is_empty() {
        return None;
    }
    let uses = services.iter().any(|service| service.http.is_some()).then(|| {
        quote! {
            use super::operations;
            use super::ports::*;
            #[allow(unused_imports, reason = "inputs and outputs may be those of other contexts")]
            use super::types::*;
            use kernel::prelude::*;
            use std::time::Duration;
        }
    });
    let adapters = services.iter().map(|service| match service.http {
        Some(http) => over_http(types, service, http),
        None => written(service),
    });
    Some(quote! {
        #![doc = " Adapters of outbound ports: where others carry something out."]
        #uses
        #(#adapters)*
    })
}

fn over_http(types: Types<'_>, service: &Service<'_>, http: &HttpCall) -> Code {
    let (adapter, port) = (names::pascal(service.adapter), names::pascal(service.port));
    let place = destination(types.slug, service.port);
    let timeout = http.timeout;
    let pauses = http.backoff.iter();
    let methods = service.operations.iter().map(|(name, operation)| {
        let signature = signature(types, name, operation, &quote!(input), &quote!(outgoing));
        let (path, ident) = (kebab(name), super::operations::type_name(name));
        quote! {
            #signature {
                Self::CALLS.call(&operations::#ident::SPEC, #path, input, outgoing).await
            }
        }
    });
    let (mark, doc_text) = (made_from(service.origin), format!(" `{}` over HTTP.", service.port));
    quote! {
        #mark
        #[doc = #doc_text]
        pub struct #adapter;

        #mark
        impl #adapter {
            const CALLS: HttpAdapter = HttpAdapter {
                port: #place,
                timeout: Duration::from_millis(#timeout),
                backoff: &[#(Duration::from_millis(#pauses)),*],
            };
        }

        #mark
        #[async_trait]
        impl #port for #adapter {
            #(#methods)*
        }
    }
}

/// The module that the user writes.
fn written(service: &Service<'_>) -> Code {
    let module = names::snake(service.adapter);
    let path = format!("../adapters/{}.rs", names::snake_text(service.adapter));
    let (mark, doc_text) = (made_from(service.origin), format!(" `{}` by code of your own.", service.port));
    quote! {
        #mark
        #[doc = #doc_text]
        #[path = #path]
        pub mod #module;
    }
}

/// The module as it is handed to the user.
pub fn scaffold(slug: &str, service: &Service<'_>) -> Code {
    let types = Types { slug };
    let (adapter, port) = (names::pascal(service.adapter), names::pascal(service.port));
    let about = format!(" `{}`, which answers the outbound port `{}`.", service.adapter, service.port);
    let methods = service.operations.iter().map(|(name, operation)| {
        let signature = signature(types, name, operation, &quote!(_input), &quote!(_outgoing));
        let what = format!("carry out `{name}`");
        quote!(#signature { todo!(#what) })
    });
    let doc_text = format!(" Answers [`{}`].", names::type_text(service.port));
    quote! {
        #![doc = #about]
        #![doc = ""]
        #![doc = " This file is yours: seac wrote it once and never touches it again."]
        use crate::generated::ports::*;
        #[allow(unused_imports, reason = "inputs and outputs may be those of other contexts")]
        use crate::generated::types::*;
        use kernel::prelude::*;

        #[doc = #doc_text]
        pub struct #adapter;

        #[async_trait]
        impl #port for #adapter {
            #(#methods)*
        }
    }
}
