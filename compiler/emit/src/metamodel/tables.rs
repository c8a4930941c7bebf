//! The tables as Rust.

use crate::names;
use crate::rust::code::Code;
use seac_model::metamodel::{GapKind, Key, KeyType, Rule, Shape, SimpleType, Vocabulary};
use seac_quote::quote;
use std::collections::BTreeSet;

/// A module that holds others.
pub fn modules(names: &[&str]) -> Code {
    let names: BTreeSet<_> = names.iter().collect();
    let names = names.into_iter().map(|name| names::ident(name));
    quote! {
        #![doc = " What the compiler's own specs say about it."]
        #(pub mod #names;)*
    }
}

/// The table of diagnostic codes.
pub fn codes(rules: &[Rule]) -> Code {
    let variants = rules.iter().map(|rule| {
        let (name, doc) = (names::ident(&rule.name), format!(" `{}`: {}.", rule.code, rule.title));
        quote!(#[doc = #doc] #name)
    });
    let all = rules.iter().map(|rule| names::ident(&rule.name));
    let rows = rules.iter().map(|rule| {
        let (name, severity) = (names::ident(&rule.name), names::pascal(&rule.severity));
        let Rule { code, title, why, failing, mended, .. } = rule;
        quote! {
            Self::#name => &CodeInfo {
                name: #code,
                severity: Severity::#severity,
                title: #title,
                explanation: #why,
                failing: #failing,
                mended: #mended,
            }
        }
    });
    quote! {
        #![doc = " The table of diagnostic codes."]
        use crate::diagnostic::{CodeInfo, Severity};

        #[doc = " A stable diagnostic code. `SEA…` are about SEA-DSL, `SDS…` about SDS YAML, `JOIN…` about the two together,"]
        #[doc = " `NOTE…` about ADR and PRD notes, `GEN…` about generation and the workspace on disk, `CLAIM…` about sets of assertions."]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { #(#variants,)* }

        impl Code {
            #[doc = " Every code, in the order of the table."]
            pub const ALL: &'static [Self] = &[#(Self::#all),*];

            #[doc = " The row of the table."]
            pub fn info(self) -> &'static CodeInfo<'static> {
                match self { #(#rows,)* }
            }
        }
    }
}

/// The table of kinds of gap.
pub fn gap_kinds(kinds: &[GapKind]) -> Code {
    let variant = |kind: &GapKind| names::pascal(&kind.name.replace('-', "_"));
    let variants: Vec<_> = kinds.iter().map(variant).collect();
    let docs = kinds.iter().map(|kind| format!(" {}.", kind.title));
    let severities = kinds.iter().map(|kind| names::pascal(&kind.severity));
    let words = kinds.iter().map(|kind| &kind.name);
    let titles = kinds.iter().map(|kind| &kind.title);
    let whys = kinds.iter().map(|kind| &kind.why);
    quote! {
        #![doc = " The table of kinds of gap."]
        use crate::gap::Severity;

        #[doc = " A kind of gap."]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { #(#[doc = #docs] #variants,)* }

        impl Kind {
            #[doc = " Every kind, in the order of the table."]
            pub const ALL: &'static [Self] = &[#(Self::#variants),*];

            #[doc = " The stable name, e.g. `port-without-adapter`."]
            pub fn word(self) -> &'static str {
                match self { #(Self::#variants => #words,)* }
            }

            #[doc = " How much it weighs, unless the element says otherwise."]
            pub fn severity(self) -> Severity {
                match self { #(Self::#variants => Severity::#severities,)* }
            }

            #[doc = " What it is, in a few words."]
            pub fn title(self) -> &'static str {
                match self { #(Self::#variants => #titles,)* }
            }

            #[doc = " Why it matters."]
            pub fn explanation(self) -> &'static str {
                match self { #(Self::#variants => #whys,)* }
            }
        }
    }
}

/// The closed vocabularies.
pub fn words(vocabularies: &[Vocabulary]) -> Code {
    let constants = vocabularies.iter().map(|vocabulary| {
        let (name, doc, words) = (names::ident(&vocabulary.name), format!(" {}", vocabulary.doc), &vocabulary.words);
        quote!(#[doc = #doc] pub const #name: &[&str] = &[#(#words),*];)
    });
    quote! {
        #![doc = " The closed vocabularies of values. The schema offers them; whoever gives them a meaning checks against them."]
        #(#constants)*
    }
}

/// The table of keys.
pub fn shapes(shapes: &[Shape]) -> Code {
    let statics = shapes.iter().map(|shape| {
        let (ident, name, what) = (names::ident(&shape.name), &shape.name, &shape.what);
        let (doc, keys) = (format!(" {what}."), shape.keys.iter().map(key));
        quote! {
            #[doc = #doc]
            pub static #ident: Shape = Shape { name: #name, what: #what, keys: &[#(#keys),*] };
        }
    });
    quote! {
        #![doc = " The table of keys, mapping by mapping: the reader reads by it, editors complete by it."]
        use super::words;
        use crate::sds::shape::{Key, Shape, Ty};
        #(#statics)*
    }
}

fn key(key: &Key) -> Code {
    let Key { name, required, doc, .. } = key;
    let ty = ty(&key.ty);
    let default = match &key.default {
        Some(json) => quote!(Some(#json)),
        None => quote!(None),
    };
    quote!(Key { name: #name, required: #required, ty: #ty, doc: #doc, default: #default })
}

fn ty(written: &KeyType) -> Code {
    match written {
        KeyType::Simple(simple) => {
            let word = SimpleType::ALL.iter().find(|(_, known)| known == simple).map_or("text", |(word, _)| word);
            let name = names::pascal(word);
            quote!(Ty::#name)
        }
        KeyType::Word(name) => named("Word", quote!(words::), name, false),
        KeyType::Map(name) => named("Map", quote!(), name, true),
        KeyType::OneKey(name) => named("OneKey", quote!(), name, true),
        // Only formats have it.
        KeyType::Row(name) => named("Map", quote!(), name, true),
        KeyType::Free(item) => of("Free", &[item]),
        KeyType::List(item) => of("List", &[item]),
        KeyType::Either(first, second) => of("Either", &[first, second]),
    }
}

fn named(kind: &str, path: Code, name: &str, by_reference: bool) -> Code {
    let (kind, name) = (names::ident(kind), names::ident(name));
    let reference = by_reference.then(|| quote!(&));
    quote!(Ty::#kind(#reference #path #name))
}

fn of(kind: &str, parts: &[&KeyType]) -> Code {
    let (kind, parts) = (names::ident(kind), parts.iter().map(|part| ty(part)));
    quote!(Ty::#kind(#(&#parts),*))
}
