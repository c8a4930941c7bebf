//! Claims to a model: one text for one set of claims, whatever their order.

mod application;
mod complete;
mod domain;
mod facts;
mod order;

pub use complete::{Added, Missing};

use crate::assertion::Claim;
use crate::subject::{Subject, quoted};
use facts::{Declared, Facts, Model};
use seac_syntax::FileId;
use seac_syntax::sea;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What is written besides what the claims say.
#[derive(Clone, Copy, Default)]
pub struct Extras<'a> {
    /// The first line, without the marks of a comment.
    pub title: Option<&'a str>,
    /// The ids of the assertions that a declaration, or what stands in front of all, goes back to.
    pub origins: Option<&'a Origins<'a>>,
}

/// What stands over a declaration, line by line.
pub type Origins<'a> = dyn Fn(&Subject) -> Vec<String> + 'a;

/// A model made of claims.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Emitted {
    /// The model, in the form of `seac fmt`.
    pub text: String,
    /// How many declarations it has.
    pub declarations: usize,
    /// What was added, because others need it.
    pub added: Vec<Added>,
}

/// Writes the model that these claims make: declarations stand behind those that they name, else by kind and name.
///
/// # Errors
/// What is missing: a subject is not whole without it, and nobody but its author knows what it is.
pub fn emit(claims: &BTreeSet<Claim>, extras: Extras<'_>) -> Result<Emitted, Vec<Missing>> {
    let added = complete::added(claims);
    let missing = complete::missing(claims, &added);
    if !missing.is_empty() {
        return Err(missing);
    }
    let model = Model::of(claims.iter().chain(added.iter().map(|added| &added.claim)));
    let declarations = order::sorted(&model.declarations);
    let mut text = head(&model, extras);
    for declared in &declarations {
        text.push('\n');
        origins(&mut text, extras, &declared.subject);
        text.push_str(&declaration(declared));
    }
    let text = sea::format(FileId(0), &text).unwrap_or(text);
    Ok(Emitted { text, declarations: declarations.len(), added })
}

/// The declaration that these claims make by itself, in the form of `seac fmt`; all are about one subject.
pub fn one(claims: &[Claim]) -> String {
    let model = Model::of(claims);
    let text: String = model.declarations.iter().map(declaration).collect();
    sea::format(FileId(0), &text).unwrap_or(text)
}

/// The lines in front of the declarations: header and imports.
pub fn head_lines(claims: &BTreeSet<Claim>) -> String {
    head(&Model::of(claims), Extras::default())
}

fn head(model: &Model<'_>, extras: Extras<'_>) -> String {
    let mut text = String::new();
    if let Some(title) = extras.title {
        let _ = writeln!(text, "// {title}");
    }
    for declared in &model.heads {
        origins(&mut text, extras, &declared.subject);
        match declared.subject.whole.names.first() {
            None => header(&mut text, &declared.facts),
            Some(from) => imports(&mut text, &quoted(from), &declared.facts),
        }
    }
    text
}

fn origins(text: &mut String, extras: Extras<'_>, subject: &Subject) {
    for id in extras.origins.map(|origins| origins(subject)).unwrap_or_default() {
        let _ = writeln!(text, "// {id}");
    }
}

fn header(text: &mut String, facts: &Facts<'_>) {
    for key in ["namespace", "version", "owner", "profile"] {
        if let Some(value) = facts.text(key) {
            let _ = writeln!(text, "@{key} {}", quoted(value));
        }
    }
}

fn imports(text: &mut String, from: &str, facts: &Facts<'_>) {
    for alias in facts.many("all as") {
        let _ = writeln!(text, "import * as {alias} from {from}");
    }
    let names = facts.many("imports");
    if !names.is_empty() || facts.has(crate::vocabulary::DECLARED) {
        let _ = writeln!(text, "import {{ {} }} from {from}", names.join(", "));
    }
}

/// A declaration, not yet laid out.
fn declaration(declared: &Declared<'_>) -> String {
    let mut text = String::new();
    docs(&mut text, &declared.facts);
    if declared.facts.has("exported") {
        text.push_str("export ");
    }
    text.push_str(&domain::body(declared));
    text.push('\n');
    text
}

/// Doc comments, line by line.
fn docs(text: &mut String, facts: &Facts<'_>) {
    for line in facts.text("doc").into_iter().flat_map(|doc| doc.split('\n')) {
        let _ = writeln!(text, "{}", format!("/// {line}").trim_end());
    }
}
