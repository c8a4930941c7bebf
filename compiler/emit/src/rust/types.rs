//! `gen/types.rs`: enums, value objects, records and entities, with their validation.

use super::{Types, doc, expr, made_from, unit_ident};
use crate::names;
use crate::rust::code::{Code, Ident};
use crate::scope::Scope;
use seac_model::{Constraint, Context, Enum, Field, Origin, Ty, ValueObject};
use seac_quote::quote;
use std::collections::BTreeSet;

/// All types of a context.
pub fn emit(scope: &Scope<'_>) -> Code {
    let Scope { slug, context, .. } = *scope;
    let types = Types { slug };
    let units = units(scope);
    let enums = context.enums.iter().map(|(name, decl)| enumeration(name, decl));
    let objects = context.value_objects.iter().map(|(name, object)| value_object(name, object));
    let records = context
        .records
        .iter()
        .map(|(name, record)| structure(types, name, record.doc.as_deref(), &record.fields, &record.origin));
    let entities = context
        .entities
        .iter()
        .filter(|(_, entity)| !entity.fields.is_empty())
        .map(|(name, entity)| structure(types, name, entity.doc.as_deref(), &entity.fields, &entity.origin));
    let uses = (!is_empty(context)).then(|| {
        quote! {
            #[allow(unused_imports, reason = "which of them are needed depends on the spec")]
            use kernel::prelude::*;
            use kernel::serde::{Deserialize, Serialize};
        }
    });
    quote! {
        #![doc = " Values: what this context talks about."]
        #uses
        #units
        #(#enums)*
        #(#objects)*
        #(#records)*
        #(#entities)*
    }
}

/// Whether a context declares no types.
pub fn is_empty(context: &Context) -> bool {
    let without_state = context.entities.values().all(|entity| entity.fields.is_empty());
    context.records.is_empty() && context.enums.is_empty() && context.value_objects.is_empty() && without_state
}

/// Marker types for the units that fields of this context have.
fn units(scope: &Scope<'_>) -> Code {
    let context = scope.context;
    let mut used = BTreeSet::new();
    let records = context.records.values().flat_map(|record| &record.fields);
    let entities = context.entities.values().flat_map(|entity| &entity.fields);
    let payloads = context.events.values().flat_map(|event| &event.payload);
    for field in records.chain(entities).chain(payloads) {
        let ty = if let Ty::List(inner) = &field.ty { inner } else { &field.ty };
        if let Ty::Quantity(unit) = ty {
            used.insert(unit.as_str());
        }
    }
    if used.is_empty() {
        return quote!();
    }
    let markers = used.into_iter().map(|symbol| {
        let name = unit_ident(symbol);
        let dimension = scope.unit(symbol).map_or("", |unit| unit.dimension.as_str());
        let doc = format!(" {symbol}, a unit of {dimension}.");
        quote! {
            #[doc = #doc]
            pub enum #name {}
            impl kernel::types::Unit for #name {
                const SYMBOL: &'static str = #symbol;
            }
        }
    });
    quote! {
        #[doc = " Units of measure; an amount of one is no amount of another."]
        pub mod units {
            #(#markers)*
        }
    }
}

fn enumeration(name: &str, decl: &Enum) -> Code {
    let ident = names::pascal(name);
    let doc_text = doc(decl.doc.as_deref(), &format!("The values of {name}."));
    let variants: Vec<_> = decl.members.iter().map(|member| names::variant(&member.name)).collect();
    let wires: Vec<_> = decl.members.iter().map(|member| member.wire.as_str()).collect();
    let docs = decl.members.iter().map(|member| doc(member.doc.as_deref(), &format!("`{}`.", member.wire)));
    let unknown = format!("no {name}: ");
    let mark = made_from(&decl.origin);
    quote! {
        #mark
        #doc_text
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(crate = "kernel::serde")]
        pub enum #ident {
            #(#docs #[serde(rename = #wires)] #variants,)*
        }
        #mark
        impl #ident {
            /// The text it has on the wire and in stores.
            pub fn as_str(self) -> &'static str {
                match self { #(Self::#variants => #wires,)* }
            }
        }
        #mark
        impl std::fmt::Display for #ident {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        #mark
        impl SqlValue for #ident {
            fn to_value(&self) -> Value {
                Value::Text(self.as_str().to_owned())
            }
            fn from_value(value: &Value) -> Result<Self, kernel::store::ValueError> {
                match value.text()? {
                    #(#wires => Ok(Self::#variants),)*
                    other => Err(kernel::store::ValueError::new(format!("{}{other}", #unknown))),
                }
            }
        }
    }
}

/// A newtype over text that cannot hold anything but text of its form.
fn value_object(name: &str, object: &ValueObject) -> Code {
    let ident = names::pascal(name);
    let doc_text = doc(object.doc.as_deref(), &format!("Text that has the form of {name}."));
    let pattern = object.constraints.iter().find_map(|constraint| match constraint {
        Constraint::Pattern(regex) => Some(regex.as_str()),
        _ => None,
    });
    let rejected = format!("not the form of {name}");
    let mark = made_from(&object.origin);
    let check = pattern.map(|regex| {
        quote! {
            static FORM: kernel::validate::Pattern = kernel::validate::Pattern::new(#regex);
            if !FORM.is_match(&text) {
                return Err(#rejected);
            }
        }
    });
    quote! {
        #mark
        #doc_text
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(crate = "kernel::serde", try_from = "String", into = "String")]
        pub struct #ident(String);
        #mark
        impl #ident {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        #mark
        impl TryFrom<String> for #ident {
            type Error = &'static str;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                #check
                Ok(Self(text))
            }
        }
        #mark
        impl From<#ident> for String {
            fn from(value: #ident) -> Self {
                value.0
            }
        }
        #mark
        impl SqlValue for #ident {
            fn to_value(&self) -> Value {
                Value::Text(self.0.clone())
            }
            fn from_value(value: &Value) -> Result<Self, kernel::store::ValueError> {
                Self::try_from(value.text()?.to_owned()).map_err(kernel::store::ValueError::new)
            }
        }
    }
}

/// A struct with its validation.
pub fn structure(types: Types<'_>, name: &str, doc_text: Option<&str>, fields: &[Field], origin: &Origin) -> Code {
    let mark = made_from(origin);
    let ident = names::pascal(name);
    let doc_text = doc(doc_text, &format!("The fields of {name}."));
    let defaults = fields.iter().filter_map(|field| default_fn(types, field));
    let members = fields.iter().map(|field| member(types, &ident, field));
    let checks: Vec<Code> = fields.iter().flat_map(checks).collect();
    let out = if checks.is_empty() { names::ident("_out") } else { names::ident("out") };
    let defaults: Vec<Code> = defaults.collect();
    let default_impl = if defaults.is_empty() { quote!() } else { quote!(#mark impl #ident { #(#defaults)* }) };
    quote! {
        #mark
        #doc_text
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(crate = "kernel::serde", remote = "Self", deny_unknown_fields, expecting = "an object")]
        pub struct #ident {
            #(#members)*
        }
        kernel::record!(#ident);
        #default_impl
        #mark
        impl Validate for #ident {
            fn validate(&self, #out: &mut Violations) {
                #(#checks)*
            }
        }
    }
}

fn member(types: Types<'_>, owner: &Ident, field: &Field) -> Code {
    let name = names::snake(&field.name);
    let wire = field.name.as_str();
    let doc_text = doc(field.doc.as_deref(), &format!("`{wire}`."));
    let ty = types.ty(&field.ty);
    // Serde leaves `r#` away and nothing else.
    let known = name.to_string();
    let rename = (known.trim_start_matches("r#") != wire).then(|| quote!(#[serde(rename = #wire)]));
    let mark = made_from(&field.origin);
    if field.optional {
        quote! {
            #mark
            #doc_text
            #rename
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub #name: Option<#ty>,
        }
    } else {
        let default = field.default.as_ref().map(|_| {
            let path = format!("{owner}::{}", default_name(&field.name));
            quote!(#[serde(default = #path)])
        });
        quote! {
            #mark
            #doc_text
            #rename
            #default
            pub #name: #ty,
        }
    }
}

fn default_name(field: &str) -> Ident {
    names::ident(&format!("default_{}", names::snake_text(field)))
}

fn default_fn(types: Types<'_>, field: &Field) -> Option<Code> {
    let default = field.default.as_ref().filter(|_| !field.optional)?;
    let name = default_name(&field.name);
    let ty = types.ty(&field.ty);
    let value = expr::constant(types, default);
    let doc_text = format!(" What `{}` is if nothing else is said.", field.name);
    Some(quote! {
        #[doc = #doc_text]
        pub fn #name() -> #ty {
            #value
        }
    })
}

/// The checks of one field; those of an optional one apply where it is present.
fn checks(field: &Field) -> Vec<Code> {
    let name = names::snake(&field.name);
    let pointer = format!("/{}", field.name.replace('~', "~0").replace('/', "~1"));
    let value = if field.optional { quote!(value) } else { quote!(&self.#name) };
    let mut checks: Vec<Code> =
        field.constraints.iter().map(|constraint| check(&pointer, &value, &field.ty, constraint)).collect();
    match &field.ty {
        Ty::Record(_) | Ty::Entity(_) => checks.push(quote!(out.nested(#pointer, #value);)),
        Ty::List(inner) if matches!(**inner, Ty::Record(_) | Ty::Entity(_)) => {
            checks.push(quote!(out.each(#pointer, #value);));
        }
        _ => {}
    }
    if checks.is_empty() || !field.optional {
        return checks;
    }
    vec![quote! {
        if let Some(value) = &self.#name {
            #(#checks)*
        }
    }]
}

fn check(pointer: &str, value: &Code, ty: &Ty, constraint: &Constraint) -> Code {
    let count = |n: &u64| usize::try_from(*n).unwrap_or(usize::MAX);
    let limit = |number: &str| expr::number(ty, number);
    match constraint {
        Constraint::MinLength(n) if *ty == Ty::Bytes => {
            let n = count(n);
            quote!(out.min_bytes(#pointer, #value, #n);)
        }
        Constraint::MaxLength(n) if *ty == Ty::Bytes => {
            let n = count(n);
            quote!(out.max_bytes(#pointer, #value, #n);)
        }
        Constraint::MinLength(n) => {
            let n = count(n);
            quote!(out.min_length(#pointer, #value, #n);)
        }
        Constraint::MaxLength(n) => {
            let n = count(n);
            quote!(out.max_length(#pointer, #value, #n);)
        }
        Constraint::MinItems(n) => {
            let n = count(n);
            quote!(out.min_items(#pointer, #value, #n);)
        }
        Constraint::MaxItems(n) => {
            let n = count(n);
            quote!(out.max_items(#pointer, #value, #n);)
        }
        Constraint::Min(number) => {
            let limit = limit(number);
            quote!(out.min(#pointer, #value, &#limit);)
        }
        Constraint::Max(number) => {
            let limit = limit(number);
            quote!(out.max(#pointer, #value, &#limit);)
        }
        Constraint::ExclusiveMin(number) => {
            let limit = limit(number);
            quote!(out.exclusive_min(#pointer, #value, &#limit);)
        }
        Constraint::ExclusiveMax(number) => {
            let limit = limit(number);
            quote!(out.exclusive_max(#pointer, #value, &#limit);)
        }
        Constraint::Pattern(regex) => quote! {
            {
                static FORM: kernel::validate::Pattern = kernel::validate::Pattern::new(#regex);
                out.pattern(#pointer, #value, &FORM);
            }
        },
    }
}
