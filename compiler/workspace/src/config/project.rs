//! `[[project]]`: formats that every run of `generate` keeps fresh, below `projections/` in the output folder.

use crate::{path, report};
use seac_emit::projection::{self, Format, Options};
use seac_emit::{EmitError, FileSet, Histories};
use seac_model::Model;
use seac_syntax::{Diagnostic, FileId, Span};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;

/// The folder of the output that projections go to.
pub const FOLDER: &str = "projections";

/// A format that is kept fresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The format.
    pub format: Format,
    /// What was chosen for it.
    pub options: Options,
    /// Its folder below [`FOLDER`].
    pub output: String,
}

/// As it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    format: Spanned<String>,
    output: Option<Spanned<String>>,
    #[serde(default)]
    options: BTreeMap<Spanned<String>, Spanned<toml::Value>>,
}

/// What is written, and what is wrong with it; a target with a mistake is left out.
pub(super) fn read(written: Vec<Written>, file: FileId) -> (Vec<Target>, Vec<Diagnostic>) {
    let (mut targets, mut findings): (Vec<Target>, Vec<Diagnostic>) = Default::default();
    for target in written {
        let place = target.output.as_ref().unwrap_or(&target.format).span();
        match self::target(target, file) {
            // One folder for two would be two producers of a file, or leave both in doubt about what is theirs.
            Ok(target) if targets.iter().any(|known| known.output == target.output) => {
                let message = format!("two projections go to `{FOLDER}/{}`", target.output);
                findings.push(report::config_project(span(file, place), &message, "name another folder with `output`"));
            }
            Ok(target) => targets.push(target),
            Err(finding) => findings.push(*finding),
        }
    }
    (targets, findings)
}

fn span(file: FileId, range: Range<usize>) -> Span {
    Span::new(file, range.start, range.end)
}

fn target(written: Written, file: FileId) -> Result<Target, Box<Diagnostic>> {
    let Written { format: word, output, options: chosen } = written;
    let format = Format::from_word(word.get_ref())
        .ok_or_else(|| Box::new(report::config_format(span(file, word.span()), word.get_ref())))?;
    let mut options = Options::of(format);
    for (key, value) in chosen {
        let text = match value.get_ref() {
            toml::Value::String(text) => text.clone(),
            toml::Value::Boolean(flag) => flag.to_string(),
            toml::Value::Integer(number) => number.to_string(),
            _ => {
                let (reason, help) =
                    (format!("`{}` is no single value", key.get_ref()), "write a text, a number or a flag");
                return Err(Box::new(report::config_project(span(file, value.span()), &reason, help)));
            }
        };
        options
            .set(format, key.get_ref(), &text)
            .map_err(|wrong| Box::new(report::config_project(span(file, key.span()), &wrong.message, &wrong.help)))?;
    }
    let Some(output) = output else { return Ok(Target { format, options, output: format.word().to_owned() }) };
    path::confined(output.get_ref()).map_err(|wrong| {
        let help = format!("name a folder below `{FOLDER}`, such as `{}`", format.word());
        Box::new(report::config_project(span(file, output.span()), &wrong.to_string(), &help))
    })?;
    Ok(Target { format, options, output: output.into_inner() })
}

/// Adds the files of all targets; what was released before keeps its numbers.
///
/// # Errors
/// Only by a bug of ours.
pub fn add(targets: &[Target], model: &Model, histories: &Histories, files: &mut FileSet) -> Result<(), EmitError> {
    for Target { format, options, output } in targets {
        let mut options = options.clone();
        options.follow(crate::history::wires(histories));
        for (path, file) in projection::files(*format, model, &options)?.iter() {
            files.insert(format!("{FOLDER}/{output}/{path}"), file.clone())?;
        }
    }
    Ok(())
}
