//! The templates, and strict rendering: an undefined variable is an error that names template and line.
//!
//! A user may shadow a template by a text of the same name. Templates are sandboxed: they see the values they are given,
//! include other templates by name, and touch nothing else.

use crate::EmitError;
use crate::form::{self, Malformed};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};
use std::collections::BTreeMap;
use std::ops::Range;

include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// A text of the user in the place of a template.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shadow {
    /// Where it stands, relative to the workspace.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// Shadows by the name of the template; a name that no template has can only be included.
pub type Shadows = BTreeMap<String, Shadow>;

/// A value that a template is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name; `[]` stands for each item of a list.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
}

const fn variable(name: &'static str, doc: &'static str) -> Variable {
    Variable { name, doc }
}

const CONTEXT: &[Variable] = &[
    variable("spec", "the SDS of the context, relative to the workspace"),
    variable("title", "the title of the context"),
    variable("package", "the name of its package"),
    variable("crate", "the name of its crate, as in `use`"),
    variable("uses", "the contexts it uses, sorted"),
    variable("uses[].folder", "the folder of a used context, below `crates/`"),
    variable("uses[].package", "the name of its package"),
    variable("uses[].crate", "the name of its crate"),
];

const NODE: &[Variable] = &[
    variable("contexts", "the contexts of the service, sorted"),
    variable("contexts[].folder", "the folder of a context, below `crates/`"),
    variable("contexts[].package", "the name of its package"),
    variable("contexts[].crate", "the name of its crate, as in `use`"),
    variable("model_digest", "SHA-256 of the model"),
];

/// What can be shadowed, by name: what is made of it, and the values it is given.
pub const SHADOWABLE: &[(&str, &str, &[Variable])] = &[
    ("context/Cargo.toml.j2", "crates/CONTEXT/Cargo.toml", CONTEXT),
    ("context/lib.rs.j2", "crates/CONTEXT/src/lib.rs, once", CONTEXT),
    ("node/Cargo.toml.j2", "crates/node/Cargo.toml", NODE),
    ("node/main.rs.j2", "crates/node/src/main.rs", NODE),
    ("workspace/Cargo.toml.j2", "Cargo.toml", &[]),
    ("workspace/deploy/Dockerfile", "deploy/Dockerfile, as it is", &[]),
    ("workspace/deploy/build.sh", "deploy/build.sh, as it is", &[]),
    ("workspace/deploy/cell.service", "deploy/cell.service, as it is", &[]),
    ("workspace/deploy/compose.yaml", "deploy/compose.yaml, as it is", &[]),
    ("workspace/deploy/dockerignore", ".dockerignore, as it is", &[]),
    ("workspace/deploy/nats.conf", "deploy/nats.conf, as it is", &[]),
    ("workspace/deploy/postgresql.conf", "deploy/postgresql.conf, as it is", &[]),
    ("workspace/gitignore", ".gitignore, as it is", &[]),
    ("workspace/rustfmt.toml", "rustfmt.toml, as it is", &[]),
];

/// The text of a template that can be shadowed, as the compiler has it.
pub fn embedded(name: &str) -> Option<&'static str> {
    let known = SHADOWABLE.iter().any(|(known, ..)| *known == name);
    file(name).filter(|_| known).and_then(|bytes| str::from_utf8(bytes).ok())
}

/// The values that a template is given; none for a name that no template has.
pub fn variables(name: &str) -> &'static [Variable] {
    SHADOWABLE.iter().find(|(known, ..)| *known == name).map_or(&[], |(_, _, variables)| variables)
}

/// Why a template gave no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template {template}, line {line}: {message}")]
pub struct TemplateError {
    /// The template that was rendered.
    pub rendered: String,
    /// The template at fault: that one, or one that it includes.
    pub template: String,
    /// Its line, from 1; 0 if it is not known.
    pub line: usize,
    /// The bytes at fault, where they are known.
    pub range: Option<Range<usize>>,
    /// What is wrong.
    pub message: String,
    /// What kind of mistake it is.
    pub fault: Fault,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It cannot be rendered.
    Broken,
    /// It asks for something that is not there.
    Undefined,
    /// What it gives is not in the language of its file.
    Malformed {
        /// That language.
        language: &'static str,
        /// The line of what it gives where the part begins that cannot be read, from 1.
        line: usize,
        /// What stands there.
        text: String,
    },
}

impl TemplateError {
    fn new(rendered: &str, error: &minijinja::Error) -> Self {
        // The innermost error is where an include went wrong.
        let mut at = error;
        while let Some(cause) = std::error::Error::source(at).and_then(|cause| cause.downcast_ref()) {
            at = cause;
        }
        Self {
            rendered: rendered.to_owned(),
            template: at.name().unwrap_or(rendered).to_owned(),
            line: at.line().unwrap_or(0),
            range: at.range(),
            message: at.detail().map_or_else(|| at.kind().to_string(), str::to_owned),
            fault: if at.kind() == ErrorKind::UndefinedError { Fault::Undefined } else { Fault::Broken },
        }
    }

    /// What `rendered` gave is not in its language. The line is that of the template which says the same, if there is one.
    fn malformed(rendered: &str, output: &str, shadows: &Shadows, malformed: Malformed) -> Self {
        let text = output.lines().nth(malformed.line - 1).unwrap_or_default().trim();
        let included = |name: &&String| name.rsplit('/').next().is_some_and(|file| file.starts_with('_'));
        let names = std::iter::once(rendered).chain(shadows.keys().filter(included).map(String::as_str));
        let says = names.flat_map(|name| {
            let lines = shadows.get(name).into_iter().flat_map(|shadow| shadow.text.lines().enumerate());
            lines.filter(|(_, line)| !text.is_empty() && line.trim() == text).map(move |(at, _)| (name, at + 1))
        });
        let places: Vec<_> = says.collect();
        // Said as often as it is given: in the same order.
        let given = |lines: usize| output.lines().take(lines).filter(|line| line.trim() == text).count();
        let which = if places.len() == given(usize::MAX) { given(malformed.line - 1) } else { 0 };
        let one = places.len() == 1 || places.len() == given(usize::MAX);
        let (template, line) = places.get(which).copied().filter(|_| one).unwrap_or((rendered, 0));
        let Malformed { language, line: written, message } = malformed;
        Self {
            rendered: rendered.to_owned(),
            template: template.to_owned(),
            line,
            range: None,
            message,
            fault: Fault::Malformed { language, line: written, text: text.to_owned() },
        }
    }
}

/// Renders templates; one is made per run.
pub struct Templates<'s> {
    environment: Environment<'static>,
    shadows: &'s Shadows,
}

impl<'s> Templates<'s> {
    /// All templates, parsed at first use; those in `shadows` in place of ours.
    pub fn new(shadows: &'s Shadows) -> Self {
        let mut environment = Environment::new();
        // Errors then know the place. Steps are bounded, so that a template that never ends is an error as well.
        environment.set_debug(!shadows.is_empty());
        environment.set_fuel((!shadows.is_empty()).then_some(STEPS));
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        if let Ok(syntax) = SyntaxConfig::builder().keep_trailing_newline(true).build() {
            environment.set_syntax(syntax);
        }
        environment.set_formatter(|out, state, value| {
            // `True`, `None` and lists printed by accident are Python, not Rust, SQL or YAML.
            if value.as_str().is_none() && !value.is_number() {
                let reason = format!("a template may print texts and numbers, not {}", value.kind());
                return Err(minijinja::Error::new(ErrorKind::InvalidOperation, reason));
            }
            minijinja::escape_formatter(out, state, value)
        });
        environment.add_filter("quoted", quoted);
        let texts: BTreeMap<String, String> =
            shadows.iter().map(|(name, shadow)| (name.clone(), shadow.text.clone())).collect();
        environment.set_loader(move |name| {
            Ok(texts.get(name).cloned().or_else(|| embedded(name).or_else(|| locked(name)).map(str::to_owned)))
        });
        Self { environment, shadows }
    }

    /// A file that is taken as it is.
    ///
    /// # Errors
    /// If a text of the user is not in the language of its file.
    pub fn text(&self, name: &str) -> Result<String, EmitError> {
        match self.shadows.get(name) {
            Some(shadow) => self.well_formed(name, shadow.text.clone()),
            None => Ok(embedded(name).unwrap_or_default().to_owned()),
        }
    }

    /// `output`, if it is in the language of its file. Ours always are.
    fn well_formed(&self, name: &str, output: String) -> Result<String, EmitError> {
        if !self.shadows.contains_key(name) {
            return Ok(output);
        }
        match form::check(name, &output) {
            Ok(()) => Ok(output),
            Err(malformed) => {
                let error = TemplateError::malformed(name, &output, self.shadows, malformed);
                Err(EmitError::Template(Box::new(error)))
            }
        }
    }

    /// What a file says it was made by: the template, or the user's text in its place.
    pub fn made_by<'n>(&'n self, name: &'n str) -> &'n str {
        self.shadows.get(name).map_or(name, |shadow| &shadow.path)
    }

    /// Renders the template at `name` with `context`.
    ///
    /// # Errors
    /// If the template has a fault, asks for something that `context` does not have, or gives what is not in the language
    /// of its file.
    pub fn render(&self, name: &str, context: Value) -> Result<String, EmitError> {
        let rendered = self.environment.get_template(name).and_then(|template| template.render(context));
        match rendered {
            Ok(output) => self.well_formed(name, output),
            Err(error) => Err(EmitError::Template(Box::new(TemplateError::new(name, &error)))),
        }
    }
}

/// How much a template may do: far more than any of ours needs.
const STEPS: u64 = 50_000_000;

/// The locked packages, which are no template of the user's but rendered like one.
fn locked(name: &str) -> Option<&'static str> {
    file("workspace/Cargo.lock").filter(|_| name == "workspace/Cargo.lock").and_then(|bytes| str::from_utf8(bytes).ok())
}

/// The bytes of the template at `name`.
pub fn file(name: &str) -> Option<&'static [u8]> {
    FILES.binary_search_by_key(&name, |(path, _)| path).ok().map(|index| FILES[index].1)
}

/// The files below a folder of `templates/`, by path relative to it.
pub fn folder(prefix: &str) -> impl Iterator<Item = (&'static str, &'static [u8])> {
    FILES.iter().filter_map(move |(path, bytes)| {
        path.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/')).map(|rest| (rest, *bytes))
    })
}

/// A text as a string literal of TOML, JSON and Rust alike.
fn quoted(value: &Value) -> String {
    let mut quoted = String::from("\"");
    for letter in value.as_str().unwrap_or_default().chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => quoted.push_str(&format!("\\u{:04x}", control as u32)),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_template_does_not_get_is_an_error_with_its_line() {
        let shadows = Shadows::new();
        let templates = Templates::new(&shadows);
        let error = templates.render("node/main.rs.j2", minijinja::context! { contexts => Vec::<String>::new() });
        let text = error.expect_err("model_digest is missing").to_string();
        assert!(text.contains("node/main.rs.j2, line 8"), "{text}");
    }

    #[test]
    fn everything_but_the_fixed_crates_can_be_shadowed() {
        let fixed = |path: &str| {
            ["kernel/", "evidence-log/"].iter().any(|name| path.starts_with(name)) || path == "workspace/Cargo.lock"
        };
        let all: Vec<&str> = FILES.iter().map(|(path, _)| *path).filter(|path| !fixed(path)).collect();
        assert_eq!(all, SHADOWABLE.iter().map(|(name, ..)| *name).collect::<Vec<_>>());
    }

    fn fails(text: &str) -> TemplateError {
        let shadow = |text: &str| Shadow { path: String::new(), text: text.to_owned() };
        let shadows = Shadows::from([
            ("node/main.rs.j2".to_owned(), shadow(text)),
            ("_part.j2".to_owned(), shadow("one\n{{ nothing }}\n")),
        ]);
        let rendered = Templates::new(&shadows).render("node/main.rs.j2", minijinja::context! { list => [1, 2] });
        match rendered {
            Err(EmitError::Template(error)) => *error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_error_names_the_place() {
        let error = fails("a\n{{ model_digst }}");
        assert_eq!((error.line, error.range, error.fault), (2, Some(5..16), Fault::Undefined));
        let error = fails("{% include '_part.j2' %}");
        assert_eq!((error.template.as_str(), error.line), ("_part.j2", 2));
        assert_eq!(fails("{% if %}").line, 1);
    }

    #[test]
    fn what_is_rendered_is_in_its_language() {
        let error = fails("// {{ list | length }}\n\nfn main( {}\n");
        let text = "fn main( {}".to_owned();
        assert_eq!((error.line, error.fault), (3, Fault::Malformed { language: "Rust", line: 3, text }));
        let error = fails("{% for item in list %}fn a{{ item }}(;\n{% endfor %}");
        let text = "fn a1(;".to_owned();
        assert_eq!((error.line, error.fault), (0, Fault::Malformed { language: "Rust", line: 1, text }));
    }

    #[test]
    fn nothing_outside_can_be_included_and_nothing_runs_for_ever() {
        for name in ["../../secrets", "/etc/passwd", "kernel/Cargo.toml", "none.j2"] {
            assert!(fails(&format!("{{% include '{name}' %}}")).message.contains("non-existing"), "{name}");
        }
        let nested = "{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}";
        assert!(fails(nested).message.contains("fuel"), "{:?}", fails(nested));
    }

    #[test]
    fn files_are_found_by_path() {
        assert!(file("node/main.rs.j2").is_some());
        assert!(file("node/none").is_none());
        assert!(folder("kernel").any(|(path, _)| path == "Cargo.toml"));
    }
}
