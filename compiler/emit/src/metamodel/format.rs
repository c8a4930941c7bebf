//! A file that is written and read again, as types of serde.

use crate::names;
use crate::rust::code::{Code, Ident};
use seac_model::metamodel::{Format, Key, KeyType, Shape, SimpleType, Vocabulary};
use seac_quote::quote;

/// The types of a format, its name and its version.
pub fn types(format: &Format) -> Code {
    let Format { doc, file, version, .. } = format;
    let head = format!(" `{file}`: {doc}");
    let is_row =
        |shape: &&Shape| format.shapes.iter().flat_map(|shape| &shape.keys).any(|key| rows(&key.ty, &shape.name));
    let objects = format.shapes.iter().filter(|shape| !is_row(shape)).map(object);
    let rows = format.shapes.iter().filter(is_row).map(row);
    let words = format.vocabularies.iter().map(words);
    quote! {
        #![doc = #head]
        use schemars::JsonSchema;
        use serde::{Deserialize, Serialize};

        #[doc = " The name of the file."]
        pub const FILE: &str = #file;
        #[doc = " The version of the format that is written and read."]
        pub const FORMAT: u32 = #version;

        #(#objects)*
        #(#rows)*
        #(#words)*
    }
}

/// Whether values of this type hold a shape as a list.
fn rows(ty: &KeyType, shape: &str) -> bool {
    match ty {
        KeyType::Row(name) => name == shape,
        KeyType::List(item) => rows(item, shape),
        _ => false,
    }
}

fn object(shape: &Shape) -> Code {
    let (name, doc) = (type_name(&shape.name), format!(" {}.", shape.what));
    // In the order of RFC 8785, so that what serde writes is canonical as it is.
    let mut keys: Vec<&Key> = shape.keys.iter().collect();
    keys.sort_by(|a, b| a.name.encode_utf16().cmp(b.name.encode_utf16()));
    let fields = keys.into_iter().map(|key| {
        let (doc, name, (ty, attribute)) = (format!(" {}", key.doc), names::snake(&key.name), field(key));
        quote!(#[doc = #doc] #attribute pub #name: #ty)
    });
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct #name { #(#fields,)* }
    }
}

/// What is not there is not written.
fn field(key: &Key) -> (Code, Code) {
    let ty = ty(&key.ty);
    match (&key.ty, key.required) {
        (_, true) => (ty, Code::default()),
        (KeyType::List(_), false) => (ty, quote!(#[serde(default, skip_serializing_if = "Vec::is_empty")])),
        (_, false) => (quote!(Option<#ty>), quote!(#[serde(default, skip_serializing_if = "Option::is_none")])),
    }
}

fn row(shape: &Shape) -> Code {
    let (name, doc) = (type_name(&shape.name), format!(" {}.", shape.what));
    let fields = shape.keys.iter().map(|key| {
        let (doc, ty) = (format!(" {}", key.doc), ty(&key.ty));
        quote!(#[doc = #doc] pub #ty)
    });
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        pub struct #name(#(#fields,)*);
    }
}

fn words(vocabulary: &Vocabulary) -> Code {
    let (name, doc) = (type_name(&vocabulary.name), format!(" {}", vocabulary.doc));
    let variants = vocabulary.words.iter().map(|word| {
        let (variant, doc) = (names::variant(word), format!(" `{word}`."));
        quote!(#[doc = #doc] #[serde(rename = #word)] #variant)
    });
    quote! {
        #[doc = #doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        pub enum #name { #(#variants,)* }
    }
}

/// What formats have; analysis refuses the rest.
fn ty(written: &KeyType) -> Code {
    match written {
        KeyType::Simple(SimpleType::Flag) => quote!(bool),
        KeyType::Simple(SimpleType::Count) => quote!(u32),
        KeyType::List(item) => {
            let item = ty(item);
            quote!(Vec<#item>)
        }
        KeyType::Word(name) | KeyType::Map(name) | KeyType::Row(name) => {
            let name = type_name(name);
            quote!(#name)
        }
        _ => quote!(String),
    }
}

/// `MANIFEST` as `Manifest`.
fn type_name(name: &str) -> Ident {
    names::variant(&name.to_lowercase())
}
