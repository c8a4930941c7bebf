//! Projections: the table of formats, and a page for each.

use crate::names;
use crate::rust::code::Code;
use seac_model::metamodel::projection::{OptionType, Projection, ProjectionOption, Row};
use seac_quote::quote;
use std::fmt::Write as _;

/// `projections.rs`: the formats and the kinds of element as enums, and what each format makes of each kind.
pub fn table(projections: &[Projection], kinds: &[String]) -> Code {
    let formats = projections.iter().map(|projection| projection.name.as_str()).collect::<Vec<_>>();
    let titles = projections.iter().map(|projection| format!("{}.", projection.title)).collect::<Vec<_>>();
    let rows = projections.iter().map(|projection| {
        let (variant, info) = (names::variant(&projection.name), info(projection));
        quote!(Self::#variant => &#info,)
    });
    let formats = words("Format", "A format that models are projected to.", &formats, &titles);
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    let docs: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`.")).collect();
    let kinds = words("Kind", "A kind of element that a format says something of.", &kinds, &docs);
    quote! {
        #![doc = " The formats that models are projected to."]
        use crate::projection::{Info, OptionInfo, Row, Takes};

        #formats

        impl Format {
            #[doc = " What there is to know of it."]
            pub fn info(self) -> &'static Info {
                match self { #(#rows)* }
            }
        }

        #kinds
    }
}

/// An enum of words.
fn words(name: &str, doc: &str, words: &[&str], docs: &[String]) -> Code {
    let (ident, doc) = (names::ident(name), format!(" {doc}"));
    let variants: Vec<_> = words.iter().map(|word| names::variant(word)).collect();
    let docs = docs.iter().map(|doc| format!(" {doc}"));
    quote! {
        #[doc = #doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum #ident { #(#[doc = #docs] #variants,)* }

        impl #ident {
            #[doc = " Every one, in the order of the specs."]
            pub const ALL: &'static [Self] = &[#(Self::#variants),*];

            #[doc = " The word for it."]
            pub fn word(self) -> &'static str {
                match self { #(Self::#variants => #words,)* }
            }
        }
    }
}

fn info(projection: &Projection) -> Code {
    let Projection { title, doc, extension, standard, validator, .. } = projection;
    let (options, mapping) = (projection.options.iter().map(option), projection.mapping.iter().map(row));
    quote! {
        Info {
            title: #title,
            doc: #doc,
            extension: #extension,
            standard: #standard,
            validator: #validator,
            options: &[#(#options),*],
            mapping: &[#(#mapping),*],
        }
    }
}

fn option(option: &ProjectionOption) -> Code {
    let ProjectionOption { name, ty, default, doc } = option;
    let takes = match ty {
        OptionType::Flag => quote!(Takes::Flag),
        OptionType::Text => quote!(Takes::Text),
        OptionType::Words(words) => quote!(Takes::Words(&[#(#words),*])),
    };
    let default = maybe(default.as_ref());
    quote!(OptionInfo { name: #name, takes: #takes, default: #default, doc: #doc })
}

fn row(row: &Row) -> Code {
    let kinds = row.elements.iter().map(|kind| names::variant(kind));
    let (becomes, lost) = (maybe(row.becomes.as_ref()), maybe(row.lost.as_ref()));
    quote!(Row { kinds: &[#(Kind::#kinds),*], becomes: #becomes, lost: #lost })
}

fn maybe(text: Option<&String>) -> Code {
    text.map_or_else(|| quote!(None), |text| quote!(Some(#text)))
}

/// `docs/reference/projections.md`.
pub fn list(projections: &[Projection], spec: &str) -> String {
    let mut text = format!(
        "# Projections\n\n`seac project --format FORMAT` says in another format what the specs mean. A format takes what it \
         has words for; what it has none for is named, element by element, by `--fidelity`. The page of a format says what \
         becomes of each kind of element. Generated from `{spec}`.\n\n\
         | format | what it makes of a model | standard | held against |\n|---|---|---|---|\n"
    );
    for Projection { name, title, doc, standard, validator, .. } in projections {
        let cells = [doc, standard, validator].map(|cell| cell.replace('|', "\\|")).join(" | ");
        let _ = writeln!(text, "| [`{name}`](projections/{name}.md), {title} | {cells} |");
    }
    text
}

/// `docs/reference/projections/<format>.md`.
pub fn page(projection: &Projection, spec: &str) -> String {
    let Projection { name, title, doc, extension, standard, validator, options, mapping } = projection;
    let mut text = format!(
        "# {title}\n\n{doc}. Files end with `.{extension}` and follow {standard}; the tests hold them against: {validator}. \
         Generated from `{spec}`.\n\n```text\nseac project --format {name} --output-dir DIR\n```\n"
    );
    if !options.is_empty() {
        text.push_str("\n## Options\n\n| option | takes | default | what it is for |\n|---|---|---|---|\n");
    }
    for ProjectionOption { name, ty, default, doc } in options {
        let takes = match ty {
            OptionType::Flag => "`true` or `false`".to_owned(),
            OptionType::Text => "text".to_owned(),
            OptionType::Words(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        };
        let default = default.as_ref().filter(|default| !default.is_empty());
        let default = default.map(|default| format!("`{default}`")).unwrap_or_default();
        let _ = writeln!(text, "| `{name}` | {takes} | {default} | {doc} |");
    }
    text.push_str("\n## What becomes of each kind of element\n\n| element | becomes | what is lost |\n|---|---|---|\n");
    for Row { elements, becomes, lost } in mapping {
        let elements = elements.join(", ");
        let cell = |text: &Option<String>| text.as_deref().unwrap_or_default().replace('|', "\\|");
        let lost = if becomes.is_some() { cell(lost) } else { format!("all: {}", cell(lost)) };
        let _ = writeln!(text, "| {elements} | {} | {} |", cell(becomes), lost.trim_end_matches(": "));
    }
    text
}
