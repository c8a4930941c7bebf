//! What assertions can say, as a table and as a page.

use crate::names;
use crate::rust::code::Code;
use seac_model::metamodel::{ClaimPredicate, ClaimSubject, Vocabulary};
use seac_quote::quote;

/// How subjects are written.
const FORMS: &str = "CLAIM_FORMS";
/// What objects are.
const TYPES: &str = "CLAIM_TYPES";

/// `table.rs`: every subject with its predicates.
pub fn table(subjects: &[ClaimSubject], vocabularies: &[Vocabulary]) -> Code {
    let rows = subjects.iter().map(|subject| {
        let ClaimSubject { name, of, bare, annotated, doc, .. } = subject;
        let form = names::variant(&subject.form);
        let predicates = subject.predicates.iter().map(predicate);
        quote! {
            Subject {
                name: #name,
                form: Form::#form,
                of: &[#(#of),*],
                bare: #bare,
                annotated: #annotated,
                doc: #doc,
                predicates: &[#(#predicates),*],
            }
        }
    });
    let forms = words(vocabularies, FORMS, "Form");
    let types = words(vocabularies, TYPES, "Ty");
    quote! {
        #![doc = " What assertions can say: subjects in the order in which they are emitted, and their predicates."]
        use crate::vocabulary::{Predicate, Subject};
        #forms
        #types
        #[doc = " Every subject."]
        pub static SUBJECTS: &[Subject] = &[#(#rows),*];
    }
}

fn predicate(predicate: &ClaimPredicate) -> Code {
    let ClaimPredicate { name, many, required, doc, .. } = predicate;
    let ty = names::variant(&predicate.ty);
    let needs = match &predicate.needs {
        Some(kind) => quote!(Some(#kind)),
        None => quote!(None),
    };
    quote!(Predicate { name: #name, ty: Ty::#ty, many: #many, required: #required, needs: #needs, doc: #doc })
}

/// A vocabulary as an enum: a word that nothing handles does not compile.
fn words(vocabularies: &[Vocabulary], name: &str, ident: &str) -> Code {
    let known = vocabularies.iter().find(|vocabulary| vocabulary.name == name);
    let (doc, words) = known.map_or(("", &[][..]), |known| (known.doc.as_str(), known.words.as_slice()));
    let ident = names::ident(ident);
    let variants = words.iter().map(|word| {
        let (variant, doc) = (names::variant(word), format!(" `{word}`."));
        quote!(#[doc = #doc] #variant)
    });
    let doc = format!(" {doc}");
    quote! {
        #[doc = #doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum #ident { #(#variants,)* }
    }
}

/// `docs/reference/assertions.md`.
pub fn page(subjects: &[ClaimSubject], source: &str) -> String {
    let mut text = format!("{HEAD}\nGenerated from `{source}`.\n");
    for subject in subjects {
        text.push_str(&section(subject));
    }
    text
}

fn section(subject: &ClaimSubject) -> String {
    let ClaimSubject { name, doc, .. } = subject;
    let written = format!("{name}{}", form(&subject.form));
    let parts = match subject.of.as_slice() {
        [] => format!("`{written}`"),
        of => {
            let of: Vec<String> = of.iter().map(|parent| format!("`{parent} … {written}`")).collect();
            of.join(", ")
        }
    };
    let mut text = format!("\n## {name}\n\n{doc} Subject: {parts}.\n");
    if !subject.bare {
        text.push_str("Besides, `declared`, `exported` and `doc`.\n");
    }
    if subject.annotated {
        text.push_str("Besides, any `@key`.\n");
    }
    if !subject.predicates.is_empty() {
        text.push_str("\n| predicate | object | what it says |\n|---|---|---|\n");
    }
    for predicate in &subject.predicates {
        let ClaimPredicate { name, ty, doc, .. } = predicate;
        let shown = if predicate.required { format!("**`{name}`**") } else { format!("`{name}`") };
        let many = if predicate.many { ", any number" } else { "" };
        let needs = predicate.needs.as_ref().map(|kind| format!(" Adds `{kind}`.")).unwrap_or_default();
        text.push_str(&format!("| {shown} | {ty}{many} | {doc}{needs} |\n"));
    }
    text
}

/// What follows the word of a subject.
fn form(form: &str) -> &'static str {
    match form {
        "text" => " \"Name\"",
        "word" => " name",
        "flow" => " \"Resource\" from \"A\" to \"B\"",
        "binding" => " \"Role\" for \"Entity\"",
        "rule" => " Entity \"Name\"",
        _ => "",
    }
}

const HEAD: &str = include_str!("assertions.md");
