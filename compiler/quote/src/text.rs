//! Tokens as lines of text.

use proc_macro::{Delimiter, Literal, Punct, Spacing};

/// Operators of more than one character. `<<` and `>>` are not among them: they are two brackets.
const LONG: &[&str] = &[
    "...", "..=", "::", "->", "=>", "..", "&&", "||", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=", "%=", "^=", "&=",
    "|=",
];

/// The brackets of a group.
pub fn brackets(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(\n", ")\n"),
        Delimiter::Brace => ("{\n", "}\n"),
        Delimiter::Bracket => ("[\n", "]\n"),
        Delimiter::None => ("", ""),
    }
}

/// A run of punctuation that is still growing.
#[derive(Default)]
pub struct Operators {
    run: String,
    joint: bool,
}

impl Operators {
    /// Takes the next mark; whatever the marks so far were goes to `out` if this one does not belong to them.
    pub fn push(&mut self, mark: &Punct, out: &mut String) {
        let longer = format!("{}{}", self.run, mark.as_char());
        let joins = self.joint && (LONG.iter().any(|known| *known == longer));
        if !joins {
            self.end(out);
        }
        self.run.push(mark.as_char());
        self.joint = mark.spacing() == Spacing::Joint;
    }

    /// Writes the operator that is complete. What follows a lone `'` is the name of a lifetime, on the same line.
    pub fn end(&mut self, out: &mut String) {
        if !self.run.is_empty() {
            out.push_str(&self.run);
            if self.run != "'" {
                out.push('\n');
            }
            self.run.clear();
        }
    }
}

/// What a literal of text says; nothing if it is no such literal.
pub fn said(literal: &Literal) -> Option<String> {
    let text = literal.to_string();
    if let Some(raw) = text.strip_prefix('r') {
        let raw = raw.trim_matches('#');
        return Some(raw.strip_prefix('"')?.strip_suffix('"')?.to_owned());
    }
    let quoted = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut said = String::new();
    let mut letters = quoted.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => said.extend(letters.next()),
            _ => said.push(letter),
        }
    }
    Some(said)
}
