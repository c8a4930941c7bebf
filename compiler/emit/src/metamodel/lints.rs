//! Lints as enums, one for each group: what is declared and has no check does not compile.

use crate::names;
use crate::rust::code::Code;
use seac_model::metamodel::Lint;
use seac_quote::quote;
use std::collections::BTreeMap;

/// `lints.rs`: the groups, and how much each lint weighs in each profile.
pub fn table(lints: &[Lint], profiles: &[String]) -> Code {
    let mut groups: BTreeMap<&str, Vec<&Lint>> = BTreeMap::new();
    for lint in lints {
        groups.entry(&lint.group).or_default().push(lint);
    }
    let groups = groups.iter().map(|(name, lints)| group(name, lints));
    let variants = profiles.iter().map(|profile| {
        let (variant, doc) = (names::variant(profile), format!(" `{profile}`."));
        quote!(#[doc = #doc] #variant)
    });
    let all: Vec<_> = profiles.iter().map(|profile| names::variant(profile)).collect();
    quote! {
        #![doc = " Lints, by what they look at."]
        use seac_syntax::{Code, Severity};

        #[doc = " How strictly designs are looked at."]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum Profile { #[default] #(#variants,)* }

        impl Profile {
            #[doc = " The profile of this name."]
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    #(#profiles => Some(Self::#all),)*
                    _ => None,
                }
            }

            #[doc = " The names of all profiles, the mildest first."]
            pub const WORDS: &'static [&'static str] = &[#(#profiles),*];
        }

        #(#groups)*
    }
}

fn group(name: &str, lints: &[&Lint]) -> Code {
    let (ident, doc) =
        (names::ident(&format!("{}Lint", names::variant(name))), format!(" The lints of the group `{name}`."));
    let variants: Vec<_> = lints.iter().map(|lint| names::ident(&lint.name)).collect();
    let docs = lints.iter().map(|lint| format!(" `{}`: {}.", lint.code, lint.title));
    let levels = lints.iter().flat_map(|lint| {
        lint.levels.iter().map(|(profile, level)| {
            let (lint, profile, level) = (names::ident(&lint.name), names::variant(profile), self::level(level));
            quote!((Self::#lint, Profile::#profile) => #level)
        })
    });
    quote! {
        #[doc = #doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum #ident { #(#[doc = #docs] #variants,)* }

        impl #ident {
            #[doc = " Every one, in the order in which they are looked for."]
            pub const ALL: &'static [Self] = &[#(Self::#variants),*];

            #[doc = " The code of its findings."]
            pub fn code(self) -> Code {
                match self { #(Self::#variants => Code::#variants,)* }
            }

            #[doc = " How much a finding weighs; nothing if it is not looked for."]
            pub fn level(self, profile: Profile) -> Option<Severity> {
                match (self, profile) { #(#levels,)* }
            }
        }
    }
}

fn level(word: &str) -> Code {
    match word {
        "off" => quote!(None),
        _ => {
            let severity = names::variant(word);
            quote!(Some(Severity::#severity))
        }
    }
}
