//! Names: strings, identifiers, words out of a set, versions.

use super::super::ast::*;
use super::{Kind, Parsed, Parser, words};
use crate::report::Expected;
use crate::source::Spanned;

impl Parser<'_> {
    /// A name as a string literal.
    pub(super) fn name(&mut self) -> Parsed<Name> {
        self.want(Expected::Text);
        match self.kind() {
            Kind::Str | Kind::RawStr => Ok(self.string()),
            _ => self.unexpected(),
        }
    }

    /// The value of the string token here.
    pub(super) fn string(&mut self) -> Name {
        let token = self.bump();
        let text = self.text_of(token);
        let value = match token.kind {
            Kind::RawStr => words::raw_string_value(text),
            _ => words::string_value(text),
        };
        Spanned::new(value, self.span_of(token))
    }

    /// A name as an identifier.
    pub(super) fn ident(&mut self, what: Expected) -> Parsed<Ident> {
        if self.at_kind(Kind::Ident, what) { Ok(self.bump_ident()) } else { self.unexpected() }
    }

    /// An identifier, or several with dots between them (`governance.Control`), as one name. The first may be that of a
    /// context and have dashes, as `order-line.Sku`: where a name is wanted, nothing is subtracted.
    pub(super) fn dotted(&mut self, what: Expected) -> Parsed<Ident> {
        let dashed = self.dashed(0);
        let mut name = self.ident(what)?;
        for _ in 1..dashed.unwrap_or(1) {
            let part = self.bump();
            name.value.push_str(self.text_of(part));
            name.span = name.span.to(self.span_of(part));
        }
        while self.kind() == Kind::Dot && self.peek(1).kind == Kind::Ident {
            self.bump();
            let part = self.bump_ident();
            name.value.push('.');
            name.value.push_str(&part.value);
            name.span = name.span.to(part.span);
        }
        Ok(name)
    }

    /// How many tokens from `ahead` on are the name of a context with dashes: no space between them, and a dot behind.
    pub(super) fn dashed(&self, ahead: usize) -> Option<usize> {
        let touches = |at: usize| self.peek(at).end == self.peek(at + 1).start;
        let mut length = 1;
        while self.peek(ahead + length).kind == Kind::Minus
            && matches!(self.peek(ahead + length + 1).kind, Kind::Ident | Kind::Number)
            && touches(ahead + length - 1)
            && touches(ahead + length)
        {
            length += 2;
        }
        let dot = ahead + length;
        (length > 1 && self.peek(dot).kind == Kind::Dot && touches(dot - 1)).then_some(length)
    }

    /// An identifier; one of `known` in any case gets its canonical form, others stay for the analysis to refuse.
    pub(super) fn one_of(&mut self, known: &[&'static str], what: &'static str) -> Parsed<Ident> {
        let mut word = self.ident(Expected::Thing(what))?;
        if let Some(canonical) = words::canonical(known, &word.value) {
            word.value = canonical.into();
        }
        Ok(word)
    }

    /// From the current token on, nothing read yet.
    pub(super) fn version(&mut self) -> Parsed<Version> {
        if !self.at_kind(Kind::Version, Expected::Version) {
            return self.unexpected();
        }
        let token = self.bump();
        Ok(Spanned::new(self.text_of(token)[1..].into(), self.span_of(token)))
    }

    pub(super) fn names(&mut self) -> Parsed<Vec<Name>> {
        self.need_kind(Kind::LBracket, Expected::Word("["))?;
        let mut names = Vec::new();
        while self.eat_kind(Kind::RBracket, Expected::Word("]")).is_none() {
            names.push(self.name()?);
            if self.eat_kind(Kind::Comma, Expected::Word(",")).is_none() {
                self.need_kind(Kind::RBracket, Expected::Word("]"))?;
                break;
            }
        }
        Ok(names)
    }
}
