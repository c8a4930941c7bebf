//! What a claim is about, as text: `Entity "Customer" field email`, `Flow "Money" from "A" to "B" #2`.

use crate::vocabulary::{self, Form, Subject as Kind};
use seac_syntax::sea::ast::{ExprKind, LiteralKind};
use seac_syntax::sea::{self, print};
use seac_syntax::{FileId, Text};
use std::cmp::Ordering;
use std::fmt;

/// What is spoken of. Subjects are ordered as they are emitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The declaration, or what stands in front of all.
    pub whole: Item,
    /// The part of it, if not the whole is meant.
    pub part: Option<Item>,
}

/// A declaration, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub kind: &'static Kind,
    /// What it is called: no text, one, or as many as its form has.
    pub names: Vec<Text>,
    /// Which of several with the same names, from 1.
    pub ordinal: u32,
}

impl Subject {
    /// A declaration.
    pub fn whole(kind: &'static Kind, names: Vec<Text>) -> Self {
        Self { whole: Item::new(kind, names), part: None }
    }

    /// A part of this declaration.
    pub fn with_part(&self, kind: &'static Kind, names: Vec<Text>) -> Self {
        Self { whole: self.whole.clone(), part: Some(Item::new(kind, names)) }
    }

    /// What is spoken of in the end.
    pub fn item(&self) -> &Item {
        self.part.as_ref().unwrap_or(&self.whole)
    }

    /// Reads a subject.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut words = Words { rest: text };
        let whole = Item::parse(&mut words, None)?;
        let part = if words.is_empty() { None } else { Some(Item::parse(&mut words, Some(whole.kind))?) };
        if words.is_empty() { Ok(Self { whole, part }) } else { Err(format!("`{}` is too much", words.rest.trim())) }
    }
}

impl Item {
    /// The first with these names.
    pub fn new(kind: &'static Kind, names: Vec<Text>) -> Self {
        Self { kind, names, ordinal: 1 }
    }

    /// Its first name, or nothing.
    pub fn name(&self) -> &str {
        self.names.first().map_or("", Text::as_str)
    }

    fn parse(words: &mut Words<'_>, of: Option<&'static Kind>) -> Result<Self, String> {
        let word = words.word().ok_or("it does not begin with a word")?;
        let of = of.map(|kind| kind.name);
        let kind = vocabulary::subject(word, of).ok_or_else(|| match of {
            Some(of) => format!("`{of}` has no parts that are called `{word}`"),
            None => format!("there is no declaration `{word}`"),
        })?;
        let mut text = || words.text().ok_or_else(|| format!("a name in quotes has to follow `{word}`"));
        let names = match kind.form {
            Form::Alone => vec![],
            Form::Text => vec![text()?],
            Form::Word => vec![words.word().ok_or_else(|| format!("a name has to follow `{word}`"))?.into()],
            Form::Flow => {
                let resource = text()?;
                vec![resource, words.behind("from")?, words.behind("to")?]
            }
            Form::Binding => {
                let role = text()?;
                vec![role, words.behind("for")?]
            }
            Form::Rule => {
                let kind = words.word().ok_or("a keyword has to follow `rule`")?;
                vec![kind.into(), words.text().ok_or("a name in quotes has to follow the keyword")?]
            }
        };
        Ok(Self { kind, names, ordinal: words.ordinal()? })
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name)?;
        match (self.kind.form, self.names.as_slice()) {
            (Form::Word, [name]) => write!(f, " {name}")?,
            (Form::Flow, [resource, from, to]) => {
                write!(f, " {} from {} to {}", quoted(resource), quoted(from), quoted(to))?;
            }
            (Form::Binding, [role, entity]) => write!(f, " {} for {}", quoted(role), quoted(entity))?,
            (Form::Rule, [kind, name]) => write!(f, " {kind} {}", quoted(name))?,
            (_, names) => names.iter().try_for_each(|name| write!(f, " {}", quoted(name)))?,
        }
        if self.ordinal > 1 { write!(f, " #{}", self.ordinal) } else { Ok(()) }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.whole.fmt(f)?;
        self.part.as_ref().map_or(Ok(()), |part| write!(f, " {part}"))
    }
}

impl Item {
    fn key(&self) -> (usize, &[Text], u32) {
        (self.kind.rank(), &self.names, self.ordinal)
    }
}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Item {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Subject {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Subject {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.whole, &self.part).cmp(&(&other.whole, &other.part))
    }
}

/// A text in quotes, as the language writes it.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    print::string(&mut out, text);
    out
}

/// Whether a text is a name without quotes, perhaps with dots.
pub fn is_word(text: &str) -> bool {
    let starts = |part: &str| part.starts_with(|c: char| c == '_' || c.is_alphabetic());
    text.split('.').all(|part| starts(part) && part.chars().all(|c| c == '_' || c.is_alphanumeric()))
}

/// The text of a string literal, quotes included.
fn unquoted(literal: &str) -> Option<Text> {
    let (expr, findings) = sea::parse_expression(FileId(0), literal, 0);
    match expr.kind {
        ExprKind::Literal(literal) if findings.is_empty() => match literal.kind {
            LiteralKind::String(text) | LiteralKind::Time(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// The words of a subject, one after the other.
struct Words<'t> {
    rest: &'t str,
}

impl<'t> Words<'t> {
    fn is_empty(&self) -> bool {
        self.rest.trim().is_empty()
    }

    fn word(&mut self) -> Option<&'t str> {
        let text = self.rest.trim_start();
        let end = text.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(text.len());
        let word = Some(&text[..end]).filter(|word| is_word(word) && !word.contains('.'))?;
        self.rest = &text[end..];
        Some(word)
    }

    fn text(&mut self) -> Option<Text> {
        let text = self.rest.trim_start();
        let inner = text.strip_prefix('"')?;
        let mut escaped = false;
        let end = inner.char_indices().find(|(_, letter)| {
            let ends = *letter == '"' && !escaped;
            escaped = *letter == '\\' && !escaped;
            ends
        });
        let end = end?.0;
        self.rest = &inner[end + 1..];
        let plain = !inner[..end].contains(['\\', '\n', '\r']);
        if plain { Some(inner[..end].into()) } else { unquoted(&text[..end + 2]) }
    }

    fn behind(&mut self, word: &str) -> Result<Text, String> {
        let found = self.word().filter(|found| *found == word).and_then(|_| self.text());
        found.ok_or_else(|| format!("`{word}` and a name in quotes have to follow"))
    }

    /// ` #2`, if it is there.
    fn ordinal(&mut self) -> Result<u32, String> {
        let text = self.rest.trim_start();
        let Some(digits) = text.strip_prefix('#') else { return Ok(1) };
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        self.rest = &digits[end..];
        let number = digits[..end].parse::<u32>().ok().filter(|number| *number > 0);
        number.ok_or_else(|| "`#` needs a number from 1 behind it".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_read_as_it_is_written() {
        for text in [
            "model",
            "import \"./a.sea\"",
            "Entity \"A \\\"b\\\"\\n\"",
            "Entity \"Customer\" field email",
            "Flow \"Money\" from \"A\" to \"B\" #2",
            "role_binding \"Buyer\" for \"Customer\"",
            "Mapping \"m\" rule Flow \"Money\" #3",
            "operation place_order failure invalid",
        ] {
            assert_eq!(Subject::parse(text).map(|subject| subject.to_string()).as_deref(), Ok(text));
        }
        assert_eq!(
            Subject::parse(" Entity  \"A\" #1 ").map(|subject| subject.to_string()).as_deref(),
            Ok("Entity \"A\"")
        );
    }

    #[test]
    fn what_is_no_subject_is_told_why() {
        for text in ["", "Entity", "Entity A", "entity \"A\"", "Entity \"A", "Role \"A\" field b", "model model"] {
            assert!(Subject::parse(text).is_err(), "{text}");
        }
        for text in
            ["Entity \"A\" field", "Entity \"A\" field a.b", "Flow \"A\" from \"B\"", "Entity \"A\" #0", "field x"]
        {
            assert!(Subject::parse(text).is_err(), "{text}");
        }
    }
}
