//! Whether what a template of the user gives is in the language of the file it is for.

use std::path::Path;

/// Why a text is not in its language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The language it should be in.
    pub language: &'static str,
    /// The line of the text, from 1, where the part that cannot be read begins.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// Looks at `text`, which is to become a file like `name` says; `.j2` behind it does not count. Languages that are not
/// known are right.
pub fn check(name: &str, text: &str) -> Result<(), Malformed> {
    match Path::new(name.trim_end_matches(".j2")).extension().and_then(|extension| extension.to_str()) {
        Some("rs") => rust(text),
        Some("toml") => toml(text),
        _ => Ok(()),
    }
}

fn rust(text: &str) -> Result<(), Malformed> {
    let Err(error) = syn::parse_file(text) else { return Ok(()) };
    // Where an item is wrong, all lines before it are a file.
    let ends = text.match_indices('\n').map(|(at, _)| at + 1).rev();
    let sound = ends.map(|end| &text[..end]).find(|before| syn::parse_file(before).is_ok()).unwrap_or_default();
    let blank = text[sound.len()..].lines().take_while(|line| line.trim().is_empty()).count();
    let message = match error.to_string() {
        vague if vague.contains("token stream") => {
            "a bracket or a quote has no partner, or a letter is none of Rust's".into()
        }
        exact => exact,
    };
    Err(Malformed { language: "Rust", line: sound.lines().count() + blank + 1, message })
}

fn toml(text: &str) -> Result<(), Malformed> {
    let Err(error) = toml::from_str::<toml::Table>(text) else { return Ok(()) };
    let at = error.span().map_or(0, |span| span.start);
    let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    Err(Malformed { language: "TOML", line, message: error.message().trim().replace('\n', ", ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, text: &str) -> Option<usize> {
        check(name, text).err().map(|malformed| malformed.line)
    }

    #[test]
    fn the_line_is_that_of_the_first_part_that_cannot_be_read() {
        assert_eq!(line("a/main.rs.j2", "//! A.\n\nfn one() {}\n"), None);
        assert_eq!(line("a/main.rs.j2", "//! A.\n\nfn one() {}\n\nfn two( {\n}\nfn three() {}\n"), Some(5));
        assert_eq!(line("a/main.rs.j2", "fn one() {\n    let x = ;\n}\n"), Some(1));
        assert_eq!(line("a/main.rs", "struct A\n"), Some(1));
        assert_eq!(line("Cargo.toml.j2", "[package]\nname = \"a\"\n"), None);
        assert_eq!(line("Cargo.toml.j2", "[package]\nname = \"a\"\nname = \"b\"\n"), Some(3));
        assert_eq!(line("rustfmt.toml", "max_width = = 1"), Some(1));
        assert_eq!(line("gitignore", "fn"), None);
    }
}
