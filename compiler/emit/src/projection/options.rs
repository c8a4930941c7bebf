//! What was chosen for a format.

use super::{Format, OptionInfo, Takes, protobuf};
use crate::proto::Wire;
use crate::services;
use seac_model::{Context, Model};
use seac_syntax::diagnostic::nearest;
use std::collections::{BTreeMap, BTreeSet};

/// What was chosen for one format; what was not has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    values: BTreeMap<&'static str, String>,
    only: BTreeSet<String>,
    released: BTreeMap<String, Wire>,
}

/// An option that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadOption {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Options {
    /// What holds where nothing is chosen.
    pub fn of(format: Format) -> Self {
        let defaults = format.info().options.iter();
        let values = defaults.filter_map(|option| Some((option.name, option.default?.to_owned()))).collect();
        Self { values, ..Self::default() }
    }

    /// Chooses something.
    ///
    /// # Errors
    /// If the format has no such option, or the option does not take the value.
    pub fn set(&mut self, format: Format, name: &str, value: &str) -> Result<(), BadOption> {
        let options = format.info().options;
        let option = options.iter().find(|option| option.name == name).ok_or_else(|| unknown(format, name))?;
        let words: &[&str] = match option.takes {
            Takes::Text => &[],
            Takes::Flag => &["true", "false"],
            Takes::Words(words) => words,
        };
        if option.takes != Takes::Text && !words.contains(&value) {
            let list = words.join("`, `");
            let help = nearest(value, words.iter().copied())
                .map_or_else(|| format!("it takes `{list}`"), |near| format!("did you mean `{near}`?"));
            let message = format!("the option `{name}` of {} does not take `{value}`", format.word());
            return Err(BadOption { message, help });
        }
        if format == Format::Protobuf {
            protobuf::check(name, value)?;
        }
        self.values.insert(option.name, value.to_owned());
        Ok(())
    }

    /// From here on, only these contexts are projected; all of them if none is named.
    pub fn limit_to(&mut self, contexts: &BTreeSet<String>) {
        self.only.clone_from(contexts);
    }

    /// From here on, what goes over the wire keeps the names and numbers that were released, by context.
    pub fn follow(&mut self, released: BTreeMap<String, Wire>) {
        self.released = released;
    }

    /// What was released of what goes over the wire, by context.
    pub fn released(&self) -> &BTreeMap<String, Wire> {
        &self.released
    }

    /// The contexts that are projected: those that are services, and wanted.
    pub fn contexts<'m>(&self, model: &'m Model) -> impl Iterator<Item = (&'m String, &'m Context)> {
        services(model).filter(|(slug, _)| self.only.is_empty() || self.only.contains(*slug))
    }

    /// The text of an option; empty if it has none.
    pub fn text(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Whether a flag is on.
    pub fn flag(&self, name: &str) -> bool {
        self.text(name) == "true"
    }
}

fn unknown(format: Format, name: &str) -> BadOption {
    let known = || format.info().options.iter().map(|option: &OptionInfo| option.name);
    let message = format!("{} has no option `{name}`", format.word());
    let help = match nearest(name, known()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known().next().is_none() => "it has no options".to_owned(),
        None => format!("its options are {}", known().collect::<Vec<_>>().join(", ")),
    };
    BadOption { message, help }
}
