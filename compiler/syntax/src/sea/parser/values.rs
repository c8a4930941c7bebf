//! Literals, annotations and their JSON-like values.

use super::super::ast::*;
use super::{Kind, Parsed, Parser, words};
use crate::report::{self, Expected};
use crate::sea::words::TimeShape;
use crate::source::Spanned;

impl Parser<'_> {
    /// `[-]digits[.digits]` in canonical form.
    pub(super) fn number(&mut self) -> Parsed<Number> {
        let start = self.at;
        self.want(Expected::Thing("a number"));
        if self.kind() == Kind::Minus && self.peek(1).kind == Kind::Number {
            self.bump();
        }
        if self.kind() != Kind::Number {
            return self.unexpected();
        }
        let token = self.bump();
        let negative = self.at - start == 2;
        let text = format!("{}{}", if negative { "-" } else { "" }, self.text_of(token));
        Ok(Spanned::new(words::normalise_number(&text).into(), self.span_since(start)))
    }

    /// A number, with a unit behind it if one is written.
    pub(super) fn quantity(&mut self) -> Parsed<Literal> {
        let start = self.at;
        let amount = self.number()?;
        if !matches!(self.kind(), Kind::Str | Kind::RawStr) {
            return Ok(Literal { span: amount.span, kind: LiteralKind::Number(amount.value) });
        }
        let unit = self.string();
        let kind = LiteralKind::Quantity { amount: Box::new(amount), unit: Box::new(unit) };
        Ok(Literal { span: self.span_since(start), kind })
    }

    /// A literal; a bare word is one too, as in `default placed`.
    pub(super) fn literal(&mut self) -> Parsed<Literal> {
        if let Some(literal) = self.plain_literal() {
            return literal;
        }
        if !self.at_kind(Kind::Ident, Expected::Thing("a literal")) {
            return self.unexpected();
        }
        let word = self.bump_ident();
        Ok(Literal { span: word.span, kind: LiteralKind::Word(word.value) })
    }

    /// A literal that is no bare word, if one begins here.
    pub(super) fn plain_literal(&mut self) -> Option<Parsed<Literal>> {
        let start = self.at;
        match self.kind() {
            Kind::Number => Some(self.quantity()),
            Kind::Minus if self.peek(1).kind == Kind::Number => Some(self.quantity()),
            Kind::Str | Kind::RawStr => Some(Ok(self.text_literal())),
            Kind::LBracket => Some(self.nested(Self::array)),
            Kind::Ident => {
                let token = self.token();
                let word = self.text_of(token);
                if let Some(value) = bool_value(word) {
                    self.bump();
                    return Some(Ok(Literal { span: self.span_since(start), kind: LiteralKind::Bool(value) }));
                }
                let interval = word.eq_ignore_ascii_case("interval") && self.peek(1).kind == Kind::LParen;
                interval.then(|| self.interval())
            }
            _ => None,
        }
    }

    fn text_literal(&mut self) -> Literal {
        let is_raw = self.kind() == Kind::RawStr;
        let text = self.string();
        let shape = if is_raw { TimeShape::No } else { words::time_shape(&text.value) };
        if shape == TimeShape::Unreal {
            self.diagnostics.push(report::unreal_time(&text));
        }
        let kind = match shape {
            TimeShape::No => LiteralKind::String(text.value),
            TimeShape::Real | TimeShape::Unreal => LiteralKind::Time(text.value),
        };
        Literal { span: text.span, kind }
    }

    fn array(&mut self) -> Parsed<Literal> {
        let start = self.at;
        self.bump();
        let mut items = Vec::new();
        while self.eat_kind(Kind::RBracket, Expected::Word("]")).is_none() {
            items.push(self.item_of_array()?);
            if self.eat_kind(Kind::Comma, Expected::Word(",")).is_none() {
                self.need_kind(Kind::RBracket, Expected::Word("]"))?;
                break;
            }
        }
        Ok(Literal { span: self.span_since(start), kind: LiteralKind::Array(items) })
    }

    /// A literal, or `@instance`.
    fn item_of_array(&mut self) -> Parsed<Literal> {
        let start = self.at;
        if self.eat_kind(Kind::At, Expected::Word("@")).is_none() {
            return self.literal();
        }
        let id = Box::new(self.ident(Expected::Thing("the name of an instance"))?);
        Ok(Literal { span: self.span_since(start), kind: LiteralKind::Instance(id) })
    }

    fn interval(&mut self) -> Parsed<Literal> {
        let start = self.at;
        self.bump();
        self.bump();
        let from = self.name()?;
        self.need_kind(Kind::Comma, Expected::Word(","))?;
        let to = self.name()?;
        self.need_kind(Kind::RParen, Expected::Word(")"))?;
        let kind = LiteralKind::Interval(Box::new(from), Box::new(to));
        Ok(Literal { span: self.span_since(start), kind })
    }

    // Annotations.

    pub(super) fn annotations(&mut self) -> Parsed<Vec<Annotation>> {
        let mut annotations = Vec::new();
        loop {
            self.want(Expected::Thing("an annotation"));
            if self.kind() != Kind::At {
                return Ok(annotations);
            }
            let annotation = self.annotation(self.at)?;
            annotations.push(annotation);
        }
    }

    /// `@key`, `@key value`, `@key number "unit"` or `@key "name" v1.0.0`.
    pub(super) fn annotation(&mut self, start: usize) -> Parsed<Annotation> {
        self.bump();
        let key = self.ident(Expected::Thing("the name of an annotation"))?;
        let mut values = Vec::new();
        if self.annotation_has_value() {
            let value = self.value()?;
            let goes_on = match value.kind {
                ValueKind::Number(_) => matches!(self.kind(), Kind::Str | Kind::RawStr),
                ValueKind::String(_) => self.kind() == Kind::Version,
                _ => false,
            };
            values.push(value);
            if goes_on {
                values.push(self.value()?);
            }
        }
        Ok(Annotation { span: self.span_since(start), key, values })
    }

    /// A bare word is a value unless it is the word the declaration goes on with, or the next declaration.
    fn annotation_has_value(&self) -> bool {
        match self.kind() {
            Kind::Str | Kind::RawStr | Kind::Number | Kind::Version | Kind::LBrace | Kind::LBracket => true,
            Kind::Minus => self.peek(1).kind == Kind::Number,
            Kind::Ident => {
                let follows = ["from", "to", "in", "as", "quantity", "version", "export", "import"];
                !follows.iter().any(|word| self.is_word(0, word)) && !self.starts_declaration(0)
            }
            _ => false,
        }
    }

    pub(super) fn value(&mut self) -> Parsed<Value> {
        let start = self.at;
        let kind = match self.kind() {
            Kind::Str | Kind::RawStr => ValueKind::String(self.string().value),
            Kind::Number | Kind::Minus => ValueKind::Number(self.number()?),
            Kind::Version => {
                let token = self.bump();
                ValueKind::Word(self.text_of(token).into())
            }
            Kind::LBracket => self.nested(Self::value_array)?,
            Kind::LBrace => self.nested(Self::value_object)?,
            Kind::Ident => {
                let word = self.bump_ident().value;
                match bool_value(&word) {
                    Some(value) => ValueKind::Bool(value),
                    None if word.eq_ignore_ascii_case("null") => ValueKind::Null,
                    None => ValueKind::Word(word),
                }
            }
            _ => {
                self.want(Expected::Thing("a value"));
                return self.unexpected();
            }
        };
        Ok(Value { span: self.span_since(start), kind })
    }

    fn value_array(&mut self) -> Parsed<ValueKind> {
        self.bump();
        let mut items = Vec::new();
        while self.eat_kind(Kind::RBracket, Expected::Word("]")).is_none() {
            items.push(self.value()?);
            if self.eat_kind(Kind::Comma, Expected::Word(",")).is_none() {
                self.need_kind(Kind::RBracket, Expected::Word("]"))?;
                break;
            }
        }
        Ok(ValueKind::Array(items))
    }

    fn value_object(&mut self) -> Parsed<ValueKind> {
        self.bump();
        let mut entries = Vec::new();
        while self.eat_kind(Kind::RBrace, Expected::Word("}")).is_none() {
            let key = self.key()?;
            if self.eat_kind(Kind::Arrow, Expected::Word("->")).is_none() {
                self.colon()?;
            }
            entries.push((key, self.value()?));
            if self.eat_kind(Kind::Comma, Expected::Word(",")).is_none() {
                self.need_kind(Kind::RBrace, Expected::Word("}"))?;
                break;
            }
        }
        Ok(ValueKind::Object(entries))
    }

    /// The key of an object, as an identifier or a string.
    pub(super) fn key(&mut self) -> Parsed<Name> {
        self.want(Expected::Thing("a key"));
        match self.kind() {
            Kind::Str | Kind::RawStr => Ok(self.string()),
            Kind::Ident => Ok(self.bump_ident()),
            _ => self.unexpected(),
        }
    }
}

fn bool_value(word: &str) -> Option<bool> {
    if word.eq_ignore_ascii_case("true") {
        Some(true)
    } else if word.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}
