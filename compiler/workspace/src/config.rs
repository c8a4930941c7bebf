//! `seac.toml`, the optional settings beside `specs/`.

use crate::load::LoadError;
use crate::{path, report};
use seac_analysis::Profile;
use seac_syntax::{Diagnostic, Sources, Span};
use serde::Deserialize;
use std::path::Path;
use toml::Spanned;

pub mod project;

use project::Target;

/// The file's name.
pub const FILE: &str = "seac.toml";

/// What can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `[generate] output`: the folder to fill, relative to the root, with `/` between the parts.
    pub output: String,
    /// `[generate] templates`: the folder with texts in the place of templates, likewise; none if it is not said.
    pub templates: Option<String>,
    /// `[check] profile`: how strictly designs are looked at.
    pub profile: Profile,
    /// `[[project]]`: formats that are kept fresh.
    pub projects: Vec<Target>,
}

impl Default for Config {
    fn default() -> Self {
        Self { output: "generated".into(), templates: None, profile: Profile::default(), projects: Vec::new() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    generate: Option<Generate>,
    check: Option<Check>,
    #[serde(default)]
    project: Vec<project::Written>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    profile: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Generate {
    output: Option<Spanned<String>>,
    templates: Option<Spanned<String>>,
}

/// The text of `seac.toml` below `root`, if the file exists.
///
/// # Errors
/// If it exists and cannot be read.
pub fn read(root: &Path) -> Result<Option<String>, LoadError> {
    let path = root.join(FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(LoadError::Read { path, source }),
    }
}

/// The settings in `text` and what is wrong with them; a wrong setting has its default value.
pub fn parse(text: Option<&str>, sources: &mut Sources) -> (Config, Vec<Diagnostic>) {
    let mut config = Config::default();
    let Some(text) = text else { return (config, Vec::new()) };
    let file = sources.add(FILE, text);
    let written: Written = match toml::from_str(text) {
        Ok(written) => written,
        Err(error) => {
            let range = error.span().unwrap_or(0..text.len().min(1));
            return (config, vec![report::config(Span::new(file, range.start, range.end), error.message())]);
        }
    };
    let (projects, mut findings) = project::read(written.project, file);
    config.projects = projects;
    let span = |value: &Spanned<String>| Span::new(file, value.span().start, value.span().end);
    if let Some(profile) = written.check.and_then(|check| check.profile) {
        match Profile::from_word(profile.get_ref()) {
            Some(known) => config.profile = known,
            None => findings.push(report::config_profile(span(&profile), profile.get_ref())),
        }
    }
    let Some(Generate { output, templates }) = written.generate else { return (config, findings) };
    if let Some(output) = output {
        let span = span(&output);
        match allowed(output.get_ref()) {
            Ok(()) => config.output = output.into_inner(),
            Err(reason) => findings.push(report::config_output(span, &reason)),
        }
    }
    if let Some(templates) = templates {
        let span = span(&templates);
        match allowed(templates.get_ref()).and_then(|()| apart(templates.get_ref(), &config.output)) {
            Ok(()) => config.templates = Some(templates.into_inner()),
            Err(reason) => findings.push(report::config_templates(span, &reason)),
        }
    }
    (config, findings)
}

/// Whether neither of two folders is in the other.
fn apart(templates: &str, output: &str) -> Result<(), String> {
    let (templates, output) = (Path::new(templates), Path::new(output));
    if templates.starts_with(output) || output.starts_with(templates) {
        return Err("generated files go there".into());
    }
    Ok(())
}

/// Whether a folder can be set: generation may own it, and it is not for something else.
fn allowed(output: &str) -> Result<(), String> {
    path::confined(output).map_err(|wrong| wrong.to_string())?;
    match output.split('/').next() {
        Some(first @ (crate::discover::SPECS | ".seac")) => Err(format!("`{first}/` is for something else")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<(String, u32)> {
        let mut sources = Sources::default();
        let (_, found) = parse(Some(text), &mut sources);
        let line = |d: &Diagnostic| sources.get(d.primary.span.file).position(d.primary.span.start).line;
        found.iter().map(|d| (d.message.clone(), line(d))).collect()
    }

    #[test]
    fn an_output_folder_can_be_chosen() {
        let (config, findings) = parse(Some("[generate]\noutput = \"out/here\"\n"), &mut Sources::default());
        assert_eq!(config.output, "out/here");
        assert!(findings.is_empty());
    }

    #[test]
    fn a_folder_for_templates_can_be_named_and_is_apart() {
        let (config, found) = parse(Some("[generate]\ntemplates = \"ours\"\n"), &mut Sources::default());
        assert_eq!((config.templates.as_deref(), found.len()), (Some("ours"), 0));
        for folder in ["..", "specs", "generated", "generated/x", "/t"] {
            let (config, found) =
                parse(Some(&format!("[generate]\ntemplates = \"{folder}\"\n")), &mut Sources::default());
            assert_eq!((config.templates, found.len()), (None, 1), "{folder}");
        }
    }

    #[test]
    fn projections_are_named_with_their_options_and_mistakes_are_found_at_their_line() {
        let text = "[[project]]\nformat = \"json-schema\"\n\n[[project]]\nformat = \"sql\"\noutput = \"db\"\noptions = { dialect = \"sqlite\" }\n";
        let (config, found) = parse(Some(text), &mut Sources::default());
        let targets: Vec<_> =
            config.projects.iter().map(|target| (target.format.word(), target.output.as_str())).collect();
        assert_eq!((targets.as_slice(), found.len()), (&[("json-schema", "json-schema"), ("sql", "db")][..], 0));
        assert_eq!(config.projects[1].options.text("dialect"), "sqlite");
        for (text, line) in [
            ("[[project]]\nformat = \"sqll\"\n", 2),
            ("[[project]]\nformat = \"sql\"\noptions = { dialekt = \"sqlite\" }\n", 3),
            ("[[project]]\nformat = \"sql\"\noptions = { dialect = \"oracle\" }\n", 3),
            ("[[project]]\nformat = \"sql\"\noutput = \"../x\"\n", 3),
            ("[[project]]\nformat = \"sql\"\n[[project]]\nformat = \"sql\"\n", 4),
            ("[[project]]\nfromat = \"sql\"\n", 2),
        ] {
            let found = findings(text);
            assert_eq!((found.len(), found[0].1), (1, line), "{text}: {found:?}");
        }
    }

    #[test]
    fn a_profile_can_be_named() {
        let (config, found) = parse(Some("[check]\nprofile = \"strict\"\n"), &mut Sources::default());
        assert_eq!((config.profile, found.len()), (Profile::Strict, 0));
        assert_eq!(findings("[check]\nprofile = \"strikt\"\n"), [("there is no profile `strikt`".to_owned(), 2)]);
    }

    #[test]
    fn mistakes_are_found_at_their_line() {
        assert_eq!(findings("[generate]\n\noutptu = \"x\"\n")[0].1, 3);
        assert_eq!(findings("# c\n[generat]\n")[0].1, 2);
        assert_eq!(findings("[generate]\noutput = 3\n")[0].1, 2);
        assert_eq!(findings("[generate]\noutput = \"a\n")[0].1, 2);
    }

    #[test]
    fn the_output_folder_stays_inside_and_clear_of_the_specs() {
        for output in ["", ".", "../x", "/tmp", "a/../b", "specs", "specs/x", ".seac", "a\\\\b"] {
            let found = findings(&format!("[generate]\noutput = \"{output}\"\n"));
            assert_eq!(found.len(), 1, "{output}: {found:?}");
        }
    }
}
