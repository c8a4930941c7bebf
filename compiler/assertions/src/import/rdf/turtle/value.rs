//! Values of Turtle: texts with their escapes, and numbers.

use super::{Parser, Read};
use crate::import::rdf::XSD;
use crate::import::rdf::graph::Term;

impl Parser<'_> {
    pub(super) fn literal(&mut self) -> Read<Term> {
        let start = self.at;
        let text = self.quoted()?;
        let rest = self.rest();
        let mut ty = String::new();
        if let Some(language) = rest.strip_prefix('@') {
            let end = language.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(language.len());
            if end == 0 {
                return self.fail("a language was expected behind `@`");
            }
            self.at += end + 1;
        } else if rest.starts_with("^^") {
            self.at += 2;
            ty = if self.peek() == Some('<') { self.iri_in_brackets()? } else { self.prefixed()? };
        }
        Ok(Term::literal(text, &ty, self.span(start)))
    }

    fn quoted(&mut self) -> Read<String> {
        let rest = self.rest();
        let quote = &rest[..1];
        let long = quote.repeat(3);
        let is_long = rest.starts_with(&long);
        let end = if is_long { long.as_str() } else { quote };
        self.at += end.len();
        let mut text = String::new();
        loop {
            match self.peek() {
                Some('\\') => text.push(self.escape(true)?),
                Some(_) if self.rest().starts_with(end) => break,
                Some('\n' | '\r') if !is_long => return self.fail("this text has no end in its line"),
                Some(c) => {
                    text.push(c);
                    self.at += c.len_utf8();
                }
                None => return self.fail("this text has no end"),
            }
        }
        self.at += end.len();
        // Of four quotes or more at its end, the first belong to the text.
        while is_long && self.rest().starts_with(quote) {
            text.push_str(quote);
            self.at += 1;
        }
        Ok(text)
    }

    /// `\uXXXX` and `\UXXXXXXXX`; in texts also `\n` and its like.
    pub(super) fn escape(&mut self, in_text: bool) -> Read<char> {
        let rest = &self.rest()[1..];
        let plain = rest.chars().next().filter(|_| in_text).and_then(|letter| {
            Some(match letter {
                't' => '\t',
                'b' => '\u{8}',
                'n' => '\n',
                'r' => '\r',
                'f' => '\u{c}',
                '"' | '\'' | '\\' => letter,
                _ => return None,
            })
        });
        if let Some(letter) = plain {
            self.at += 2;
            return Ok(letter);
        }
        let digits = match rest.as_bytes().first() {
            Some(b'u') => rest.get(1..5),
            Some(b'U') => rest.get(1..9),
            _ => None,
        };
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let letter = digits.and_then(|digits| char::from_u32(u32::from_str_radix(digits, 16).ok()?));
        match (digits, letter) {
            (Some(digits), Some(letter)) => {
                self.at += 2 + digits.len();
                Ok(letter)
            }
            _ => self.fail("this is no escape of Turtle"),
        }
    }

    pub(super) fn number(&mut self) -> Read<Term> {
        let start = self.at;
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c))).unwrap_or(rest.len());
        let number = rest[..end].trim_end_matches('.');
        let digits = number.trim_start_matches(['+', '-']);
        if digits.is_empty() || !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return self.fail("a number was expected here");
        }
        let ty = if digits.bytes().all(|digit| digit.is_ascii_digit()) { "integer" } else { "decimal" };
        self.at += number.len();
        Ok(Term::literal(number.to_owned(), &format!("{XSD}{ty}"), self.span(start)))
    }
}
