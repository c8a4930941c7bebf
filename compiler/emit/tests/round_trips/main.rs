//! Models that are projected and imported again: what a format carries comes back, and its report names exactly the rest.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, missing_docs, reason = "a test")]

mod calm;
#[path = "../models/mod.rs"]
mod models;
mod proto;
mod rdf;

use models::{corpus, everything};
use seac_analysis::sea::Memory;
use seac_assertions::import::Imported;
use seac_emit::projection::{Format, Options, project};
use seac_model::Model;
use seac_syntax::{FileId, SourceFile, Sources};
use serde_json::Value;

/// The only file that a format makes of a model, as a source.
fn projected(format: Format, model: &Model) -> Sources {
    let projected = project(format, model, &Options::of(format)).expect("projected");
    let mut sources = Sources::default();
    for (path, file) in projected.files.iter() {
        sources.add(path, String::from_utf8(file.bytes.to_vec()).expect("text"));
    }
    sources
}

fn source(sources: &Sources) -> &SourceFile {
    sources.get(FileId(0))
}

/// The model that drafts mean.
fn meant(imported: &Imported) -> Model {
    let mut sources = Sources::default();
    let files: Vec<FileId> =
        imported.drafts.iter().map(|draft| sources.add(format!("{}.sea", draft.name), draft.sea("A draft."))).collect();
    seac_analysis::sea::model(&files, &mut Memory { sources })
}

/// Models, with their paths; those of the corpus have no SDS beside them.
fn alone() -> Vec<(String, Model)> {
    let mut models = corpus();
    models.push(("everything".to_owned(), everything()));
    models
}

/// Removes what stands at a path; items of lists are known by their name or number.
fn forget(model: &mut Value, path: &str) {
    let Some((first, rest)) = path.split_once('.').map_or(Some((path, "")), Some) else { return };
    let next = match model {
        Value::Object(members) if rest.is_empty() => return drop(members.remove(first)),
        Value::Object(members) => members.get_mut(first),
        Value::Array(items) => {
            let place = items.iter().position(|item| item["name"] == first).or_else(|| first.parse().ok());
            place.and_then(|place| items.get_mut(place))
        }
        _ => None,
    };
    next.into_iter().for_each(|next| forget(next, rest));
}

/// Without members that say nothing.
fn without_nothing(value: Value) -> Value {
    let is_nothing = |value: &Value| match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    match value {
        Value::Object(members) => {
            let members = members.into_iter().map(|(key, value)| (key, without_nothing(value)));
            Value::Object(members.filter(|(_, value)| !is_nothing(value)).collect())
        }
        Value::Array(items) => items.into_iter().map(without_nothing).collect(),
        other => other,
    }
}
