//! The reference, as Markdown.

use crate::templates::SHADOWABLE;
use seac_model::metamodel::{Key, KeyType, Metamodel, Rule, Shape, SimpleType};
use seac_syntax::Severity;
use seac_syntax::diagnostic::{CodeInfo, explain};

/// `docs/reference/diagnostics.md`.
pub fn diagnostics(rules: &[Rule]) -> String {
    let rows: Vec<CodeInfo<'_>> = rules.iter().map(row).collect();
    explain::page(&rows)
}

fn row(rule: &Rule) -> CodeInfo<'_> {
    CodeInfo {
        name: &rule.code,
        severity: match rule.severity.as_str() {
            "warning" => Severity::Warning,
            "info" => Severity::Info,
            _ => Severity::Error,
        },
        title: &rule.title,
        explanation: &rule.why,
        failing: &rule.failing,
        mended: &rule.mended,
    }
}

/// `docs/reference/templates.md`: what can be shadowed, and the values each template is given.
pub fn templates() -> String {
    let mut text = String::from(
        "# Templates\n\nFiles whose text is mostly fixed are made from [minijinja](https://docs.rs/minijinja) templates, which \
         look like Jinja2. A workspace may put its own text in the place of any of them, in the folder that `seac.toml` \
         names:\n\n```toml\n[generate]\ntemplates = \"templates\"\n```\n\n`seac templates eject NAME` copies a template \
         there, with a first line that says what it was copied from: when a later seac has another template, that is a \
         warning, and `seac templates diff` shows the difference.\n\nTemplates are strict. A value that is not in the tables \
         below is an error, with its line; texts and numbers can be printed, lists and truth values cannot. The filter \
         `quoted` makes a text a string literal of TOML, JSON and Rust. A template sees nothing but its values and what it \
         includes: other templates, and files of the folder whose names begin with `_`.\n",
    );
    for (name, makes, variables) in SHADOWABLE {
        text.push_str(&format!("\n## {name}\n\nMakes {makes}.\n"));
        if !variables.is_empty() {
            text.push_str("\n| value | what it is |\n|---|---|\n");
        }
        text.extend(variables.iter().map(|variable| format!("| `{}` | {} |\n", variable.name, variable.doc)));
    }
    text
}

/// `docs/reference/sds.md`: every mapping and its keys, the file first.
pub fn sds(metamodel: &Metamodel) -> String {
    let mut text = format!(
        "# SDS YAML\n\nEvery mapping of a `.sds.yaml` file and the keys it may have; other keys are errors. A key in bold has \
         to be there. Generated from `{}`, like the [JSON Schema](schema/sds.json) that editors check files by.\n",
        metamodel.origin.file
    );
    for shape in &metamodel.shapes {
        text.push_str(&section(metamodel, shape));
    }
    text
}

fn section(metamodel: &Metamodel, shape: &Shape) -> String {
    let mut text =
        format!("\n## {}\n\n| key | takes | default | what it is for |\n|---|---|---|---|\n", heading(shape));
    for key in &shape.keys {
        let Key { name, doc, .. } = key;
        let shown = if key.required { format!("**`{name}`**") } else { format!("`{name}`") };
        let default = key.default.as_deref().map(|json| format!("`{json}`")).unwrap_or_default();
        let takes = takes(metamodel, &key.ty).replace('|', "\\|");
        text.push_str(&format!("| {shown} | {takes} | {default} | {} |\n", doc.replace('|', "\\|")));
    }
    text
}

/// `PARSED_EVENT` as `Parsed event`: unlike what messages say, it is there once.
fn heading(shape: &Shape) -> String {
    let words = shape.name.to_lowercase().replace('_', " ");
    let mut letters = words.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

fn takes(metamodel: &Metamodel, ty: &KeyType) -> String {
    let shape = |name: &str| metamodel.shapes.iter().find(|shape| shape.name == name);
    let link = |name: &str| {
        let heading = shape(name).map(heading).unwrap_or_default();
        let anchor = heading.to_lowercase().replace(' ', "-");
        format!("[{}](#{anchor})", shape(name).map_or(name, |shape| &shape.what))
    };
    match ty {
        KeyType::Simple(simple) => simple_words(*simple).to_owned(),
        KeyType::Word(name) => {
            let known = metamodel.vocabularies.iter().find(|vocabulary| vocabulary.name == *name);
            let words = known.map(|known| known.words.as_slice()).unwrap_or_default();
            words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
        }
        KeyType::Map(name) | KeyType::Row(name) => link(name),
        KeyType::OneKey(name) => format!("one key of {}", link(name)),
        KeyType::Free(item) => format!("names, each with {}", takes(metamodel, item)),
        KeyType::List(item) => format!("list: {}", takes(metamodel, item)),
        KeyType::Either(first, second) => format!("{}; or {}", takes(metamodel, first), takes(metamodel, second)),
    }
}

fn simple_words(ty: SimpleType) -> &'static str {
    match ty {
        SimpleType::Text => "text",
        SimpleType::Flag => "`true` or `false`",
        SimpleType::Count => "a whole number from 0",
        SimpleType::Duration => "a duration: `250ms`, `5s`, `2m`, `12h`, `30d`",
        SimpleType::Pointer => "a JSON pointer",
        SimpleType::Header => "`header:X-Name`",
        SimpleType::Secret => "`env:NAME` or `file:path`",
        SimpleType::Type => "a type",
        SimpleType::Expression => "an expression of SEA",
        SimpleType::Scalar => "a text, a number, `true`, `false` or nothing",
        SimpleType::Extract => "a JSON pointer or [a function](#extract)",
    }
}
