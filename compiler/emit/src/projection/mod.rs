//! What a model says, in formats of others: one module for each. A format takes what it has words for and names the rest.
//!
//! Formats, their options and what becomes of each kind of element are declared in the compiler's own specs
//! (`metamodel.projections`); the mapping there is the documented one, and the fidelity report follows from it. A module
//! adds only what is lost of single elements.

mod asyncapi;
mod calm;
mod cedar;
mod cloudevents;
mod d2;
mod diagram;
mod element;
mod fidelity;
mod json_schema;
mod markdown;
mod mermaid;
mod openapi;
mod options;
mod otel;
pub mod protobuf;
mod rdf;
mod reach;
mod rego;
mod sql;

pub use crate::generated_tables::projections::{Format, Kind};
pub use element::{Element, elements};
pub use fidelity::{Fidelity, Losses};
pub(crate) use markdown::line;
pub use options::{BadOption, Options};

use crate::file_set::{FileSet, Origin, OutputFile};
use crate::{EmitError, generated};
use seac_model::Model;
use serde::Serialize;

/// What there is to know of a format.
#[derive(Debug)]
pub struct Info {
    /// What it is called.
    pub title: &'static str,
    /// What it makes of a model, in one line without a full stop.
    pub doc: &'static str,
    /// How the names of its files end, without a dot in front.
    pub extension: &'static str,
    /// Which edition of which standard it follows.
    pub standard: &'static str,
    /// What its output is held against in the tests.
    pub validator: &'static str,
    /// What can be chosen.
    pub options: &'static [OptionInfo],
    /// What becomes of each kind of element; each kind is there once.
    pub mapping: &'static [Row],
}

/// Something that can be chosen.
#[derive(Debug)]
pub struct OptionInfo {
    /// As it is typed in front of `=`.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// What holds where it is not given.
    pub default: Option<&'static str>,
    /// What it is for.
    pub doc: &'static str,
}

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// `true` or `false`.
    Flag,
    /// A text.
    Text,
    /// One of these words.
    Words(&'static [&'static str]),
}

/// What becomes of some kinds of element.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The kinds.
    pub kinds: &'static [Kind],
    /// What they become; none if they become nothing.
    pub becomes: Option<&'static str>,
    /// What of them is lost, and why.
    pub lost: Option<&'static str>,
}

impl Format {
    /// The format of this name.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.word() == word)
    }

    /// What becomes of a kind of element.
    pub fn row(self, kind: Kind) -> &'static Row {
        const SILENT: Row = Row { kinds: &[], becomes: None, lost: None };
        self.info().mapping.iter().find(|row| row.kinds.contains(&kind)).unwrap_or(&SILENT)
    }
}

impl Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl Serialize for Format {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// A model in another format.
#[derive(Clone, Debug, Default)]
pub struct Projected {
    /// Its files.
    pub files: FileSet,
    /// What the format cannot carry, by element, sorted.
    pub fidelity: Vec<Fidelity>,
}

/// What a format makes of the contexts of a model that `options` are about. Those that a compiler is made from are passed
/// over, as they are no services.
///
/// # Errors
/// If two files have one path: a bug of ours.
pub fn project(format: Format, model: &Model, options: &Options) -> Result<Projected, EmitError> {
    let page = page(format, model, options)?;
    let fidelity = page.losses.report(format, &elements(model, options));
    Ok(Projected { files: page.files, fidelity })
}

/// The files of [`project`], without the report.
///
/// # Errors
/// See there.
pub fn files(format: Format, model: &Model, options: &Options) -> Result<FileSet, EmitError> {
    page(format, model, options).map(|page| page.files)
}

fn page(format: Format, model: &Model, options: &Options) -> Result<Page, EmitError> {
    let mut page = Page { format, files: FileSet::default(), losses: Losses::default() };
    match format {
        Format::JsonSchema => json_schema::project(model, options, &mut page)?,
        Format::Protobuf => protobuf::project(model, options, &mut page)?,
        Format::Openapi => openapi::project(model, options, &mut page)?,
        Format::Asyncapi => asyncapi::project(model, options, &mut page)?,
        Format::Cloudevents => cloudevents::project(model, options, &mut page)?,
        Format::Sql => sql::project(model, options, &mut page)?,
        Format::Mermaid => mermaid::project(model, options, &mut page)?,
        Format::D2 => d2::project(model, options, &mut page)?,
        Format::Markdown => markdown::project(model, options, &mut page)?,
        Format::Turtle | Format::Jsonld => rdf::project(format, model, options, &mut page)?,
        Format::Rego => rego::project(model, options, &mut page)?,
        Format::Cedar => cedar::project(model, options, &mut page)?,
        Format::Calm => calm::project(model, options, &mut page)?,
        Format::Otel => otel::project(model, options, &mut page)?,
    }
    Ok(page)
}

/// What a module writes on.
pub struct Page {
    format: Format,
    files: FileSet,
    losses: Losses,
}

impl Page {
    /// Adds a file, called `name` with the extension of the format.
    fn file(&mut self, name: &str, text: impl Into<Vec<u8>>, origins: Vec<Origin>) -> Result<(), EmitError> {
        let path = format!("{name}.{}", self.format.info().extension);
        self.path(path, text, origins)
    }

    /// Adds a file at a path of its own.
    fn path(
        &mut self,
        path: impl Into<String>,
        text: impl Into<Vec<u8>>,
        origins: Vec<Origin>,
    ) -> Result<(), EmitError> {
        let template = format!("emit::projection::{}", self.format.word().replace('-', "_"));
        let file: OutputFile = generated(text, &template, origins);
        Ok(self.files.insert(path, file)?)
    }
}

/// The path of a file for something with a name of the specs: each part has letters, digits and `._-` alone, begins with
/// none of these, and is told apart from others that would be the same by the bytes that are not.
fn file_name(name: &str) -> String {
    let part = |part: &str| {
        let mut safe = String::new();
        for (place, letter) in part.chars().enumerate() {
            let plain = letter.is_ascii_alphanumeric() || (place > 0 && "._-".contains(letter));
            match letter {
                letter if plain => safe.push(letter),
                ' ' => safe.push('_'),
                letter => letter.to_string().bytes().for_each(|byte| safe.push_str(&format!("x{byte:02X}"))),
            }
        }
        safe
    };
    name.split('/').map(part).collect::<Vec<_>>().join("/")
}
