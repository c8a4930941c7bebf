//! Protobuf: see [`crate::proto`], which this is the way to.

use super::{BadOption, Kind, Options, Page};
use crate::file_set::Origin;
use crate::proto::tree::{File, Item};
use crate::proto::{self, OptionError};
use crate::{EmitError, origin};
use seac_model::Model;
use std::collections::BTreeSet;

/// Options of the format that are none of [`proto::Options::set`].
const FLAGS: [&str; 3] = ["services", "governance", "multi-file"];

impl From<OptionError> for BadOption {
    fn from(wrong: OptionError) -> Self {
        Self { message: wrong.message, help: wrong.help }
    }
}

/// Whether an option takes a value.
///
/// # Errors
/// If it does not.
pub fn check(name: &str, value: &str) -> Result<(), BadOption> {
    Ok(set(&mut proto::Options::default(), name, value)?)
}

fn set(options: &mut proto::Options, name: &str, value: &str) -> Result<(), OptionError> {
    match name {
        "package" => options.set_package(value),
        "services" => {
            options.services = value == "true";
            Ok(())
        }
        "governance" => {
            options.governance = value == "true";
            Ok(())
        }
        "multi-file" => {
            options.multi_file = value == "true";
            Ok(())
        }
        name => options.set(name, value),
    }
}

/// What was chosen. Every value was checked when it was.
pub fn settings(model: &Model, options: &Options) -> proto::Options {
    let mut settings = proto::Options::default();
    let known = proto::Options::known().into_iter().map(|(name, _)| name);
    for name in known.chain(FLAGS).chain(["package"]) {
        let value = options.text(name);
        if !value.is_empty() {
            let _ = set(&mut settings, name, value);
        }
    }
    settings.only = options.contexts(model).map(|(slug, _)| slug.clone()).collect();
    settings
}

/// The files, and what they do not say of single fields.
pub fn project(model: &Model, options: &Options, page: &mut Page) -> Result<(), EmitError> {
    let settings = settings(model, options);
    for record in proto::unnamed(model).iter().filter(|record| settings.only.contains(&record.context)) {
        let why = "what an operation takes or answers with is named after it";
        page.losses.add(Kind::Record, record.to_string(), "name", why);
    }
    let projected = proto::project(model, options.released(), &settings);
    for note in &projected.notes {
        page.losses.add(Kind::Field, format!("{}.{}", note.context, note.element), "rule", note.what.clone());
    }
    for (file, text) in projected.files.iter().zip(projected.texts) {
        page.path(file.path.clone(), text, origins(file))?;
    }
    Ok(())
}

fn origins(file: &File) -> Vec<Origin> {
    let of = |item: &Item| match item {
        Item::Message(message) => origin(&message.origin),
        Item::Enum(found) => origin(&found.origin),
        Item::Service(service) => origin(&service.origin),
    };
    let origins: BTreeSet<Origin> = file.items.iter().map(of).filter(|origin| !origin.file.is_empty()).collect();
    origins.into_iter().collect()
}
