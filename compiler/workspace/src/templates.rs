//! Texts of the user in the place of templates: which there are, what they were copied from, and what is wrong with them.

use crate::digest::sha256;
use crate::report;
use seac_emit::templates::{self, Shadow, Shadows};
use seac_syntax::{Diagnostic, FileId, Sources};

/// The mark in the first line of a copy, before the digest of what it was copied from.
const MARK: &str = "sha256:";

/// The templates of a workspace, as they were read.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    /// By the name of the template.
    pub shadows: Shadows,
    /// Where their texts are, in the order of their paths.
    pub files: Vec<FileId>,
}

impl Templates {
    /// Takes in what stands in `folder`, and says what is wrong with it; the texts are added to `sources`.
    pub fn take(folder: &str, texts: Vec<(String, String)>, sources: &mut Sources) -> (Self, Vec<Diagnostic>) {
        let (mut all, mut found) = (Self::default(), Vec::new());
        for (path, text) in texts {
            let file = sources.add(path.clone(), text.clone());
            let name = path.strip_prefix(folder).map_or(path.as_str(), |name| name.trim_start_matches('/')).to_owned();
            found.extend(finding(file, &name, &text));
            all.shadows.insert(name.clone(), Shadow { path, text: rendered(&name, &text) });
            all.files.push(file);
        }
        (all, found)
    }
}

fn finding(file: FileId, name: &str, text: &str) -> Option<Diagnostic> {
    let Some(embedded) = templates::embedded(name) else {
        let included = name.rsplit('/').next().is_some_and(|name| name.starts_with('_'));
        return (!included).then(|| report::template_unknown(file, name));
    };
    is_behind(text, embedded).then(|| report::template_behind(file, text, name, &sha256(embedded.as_bytes())))
}

/// What is rendered: a template as it stands, so that its lines are those of the file; of a text that is taken as it is,
/// what follows the first line of a copy.
fn rendered(name: &str, text: &str) -> String {
    if name.ends_with(".j2") { text.to_owned() } else { content(text).to_owned() }
}

/// A text without the first line of a copy.
pub fn content(text: &str) -> &str {
    match copied_from(text) {
        Some(_) => text.split_once('\n').map_or("", |(_, rest)| rest),
        None => text,
    }
}

/// Whether a text was copied from another template than `embedded`.
pub fn is_behind(text: &str, embedded: &str) -> bool {
    copied_from(text).is_some_and(|digest| digest != sha256(embedded.as_bytes()))
}

/// The digest of the template that a text was copied from, if it says so.
fn copied_from(text: &str) -> Option<&str> {
    let line = text.lines().next().filter(|line| line.starts_with('#') || line.starts_with("{#"))?;
    line.split_once(MARK)?.1.get(..64).filter(|digest| digest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A copy of a template, with a first line that says what it was made from and leaves no trace in what is rendered.
pub fn copy(name: &str, embedded: &str) -> String {
    let from = format!("Ejected from {name} of seac, {MARK}{}", sha256(embedded.as_bytes()));
    if name.ends_with(".j2") { format!("{{#- {from} -#}}\n{embedded}") } else { format!("# {from}\n{embedded}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_says_what_it_was_made_from_and_its_content_is_the_same() {
        for (name, ..) in templates::SHADOWABLE {
            let embedded = templates::embedded(name).expect("a template");
            let copy = copy(name, embedded);
            assert!(
                copied_from(&copy).is_some() && !is_behind(&copy, embedded) && is_behind(&copy, "another"),
                "{name}"
            );
            assert_eq!(content(&copy), embedded);
            assert_eq!(content(embedded), embedded);
        }
    }
}
