//! The messages of this crate. Nothing else builds message texts.

mod dialect;
mod sds;
mod sea;

pub(crate) use dialect::*;
pub(crate) use sds::*;
pub(crate) use sea::*;

/// What the SEA parser asked for at a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// This very word or sign.
    Word(&'static str),
    /// Something described in words.
    Thing(&'static str),
    /// A string literal.
    Text,
    /// `v1.2.3`.
    Version,
}

impl Expected {
    fn words(self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::Thing(thing) => thing.to_owned(),
            Self::Text => "a string in quotes".to_owned(),
            Self::Version => "a version (`v1.0.0`)".to_owned(),
        }
    }
}

/// What stands there instead.
pub(crate) struct Found<'t> {
    pub text: &'t str,
    /// The text is over, and `text` says how.
    pub eof: bool,
    /// It begins a line, so it rather belongs to what follows than to what was asked for.
    pub line_start: bool,
}

/// More than this of a token is not repeated in a message.
const SHOWN: usize = 40;

fn shown(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    let cut: String = line.chars().take(SHOWN).flat_map(visible).collect();
    if cut.len() < text.len() { format!("`{cut}…`") } else { format!("`{cut}`") }
}

/// Control and bidirectional characters are shown by number: they would change how the message itself reads.
fn visible(c: char) -> Vec<char> {
    let hidden =
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if hidden { format!("U+{:04X}", u32::from(c)).chars().collect() } else { vec![c] }
}

/// `a`, `a or b`, `a, b or c`.
fn alternatives(mut words: Vec<String>) -> String {
    let last = words.pop().unwrap_or_default();
    if words.is_empty() { last } else { format!("{} or {last}", words.join(", ")) }
}
