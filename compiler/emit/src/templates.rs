//! The templates, and strict rendering: an undefined variable is an error that names template and line.

use crate::EmitError;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};

include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// Renders templates; one is made per run.
pub struct Templates {
    environment: Environment<'static>,
}

impl Default for Templates {
    fn default() -> Self {
        Self::new()
    }
}

impl Templates {
    /// All templates, parsed at first use.
    pub fn new() -> Self {
        let mut environment = Environment::new();
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
        environment.set_loader(|name| Ok(file(name).and_then(|bytes| String::from_utf8(bytes.to_vec()).ok())));
        Self { environment }
    }

    /// Renders the template at `name` with `context`.
    ///
    /// # Errors
    /// If the template has a fault, or asks for something that `context` does not have.
    pub fn render(&self, name: &str, context: Value) -> Result<String, EmitError> {
        let rendered = self.environment.get_template(name).and_then(|template| template.render(context));
        rendered.map_err(|error| EmitError::Template {
            template: name.to_owned(),
            line: error.line().unwrap_or(0),
            message: error.to_string(),
        })
    }
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
        let templates = Templates::new();
        let error = templates.render("node/main.rs.j2", minijinja::context! { contexts => Vec::<String>::new() });
        let text = error.expect_err("model_digest is missing").to_string();
        assert!(text.contains("node/main.rs.j2, line 8"), "{text}");
    }

    #[test]
    fn files_are_found_by_path() {
        assert!(file("node/main.rs.j2").is_some());
        assert!(file("node/none").is_none());
        assert!(folder("kernel").any(|(path, _)| path == "Cargo.toml"));
    }
}
