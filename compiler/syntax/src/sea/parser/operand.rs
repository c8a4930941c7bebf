//! What stands between the operators: parentheses, literals, paths, references, aggregates, quantifiers.

use super::super::ast::*;
use super::{Kind, Parsed, Parser, words};
use crate::report::Expected;
use crate::source::Spanned;

const FUNCTIONS: &[(&str, AggregateFunction)] = &[
    ("count", AggregateFunction::Count),
    ("sum", AggregateFunction::Sum),
    ("min", AggregateFunction::Min),
    ("max", AggregateFunction::Max),
    ("avg", AggregateFunction::Avg),
];

const QUANTIFIERS: &[(&str, Quantifier)] =
    &[("forall", Quantifier::Forall), ("exists", Quantifier::Exists), ("exists_unique", Quantifier::ExistsUnique)];

/// Words that can never begin an operand.
const RESERVED: &[&str] = &["or", "and", "not", "as"];

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parsed<Expr> {
        let start = self.at;
        self.want(Expected::Thing("an expression"));
        match self.kind() {
            Kind::LParen => self.parenthesised(),
            Kind::At => self.instance_reference(),
            Kind::Ident => self.word_operand(),
            _ => match self.plain_literal() {
                Some(literal) => {
                    let kind = ExprKind::Literal(literal?);
                    Ok(Expr { span: self.span_since(start), kind })
                }
                None => self.unexpected(),
            },
        }
    }

    /// The parentheses belong to the span, so that an edit of the operand takes them along.
    fn parenthesised(&mut self) -> Parsed<Expr> {
        let start = self.at;
        self.bump();
        let expr = self.expr()?;
        self.need_kind(Kind::RParen, Expected::Word(")"))?;
        Ok(Expr { span: self.span_since(start), kind: expr.kind })
    }

    fn instance_reference(&mut self) -> Parsed<Expr> {
        let start = self.at;
        self.bump();
        let id = self.ident(Expected::Thing("the name of an instance"))?;
        let members = self.members()?;
        Ok(Expr { span: self.span_since(start), kind: ExprKind::Instance { id, members } })
    }

    fn members(&mut self) -> Parsed<Vec<Ident>> {
        let mut members = Vec::new();
        while self.eat_kind(Kind::Dot, Expected::Word(".")).is_some() {
            members.push(self.ident(Expected::Thing("a member"))?);
        }
        Ok(members)
    }

    /// A word is what stands behind it: `count (`, `forall v in`, `role <R>`, or else a path.
    fn word_operand(&mut self) -> Parsed<Expr> {
        let word = self.text_of(self.token());
        let next = self.peek(1).kind;
        if words::canonical(RESERVED, word).is_some() || (self.token().line_start && self.starts_declaration(0)) {
            return self.unexpected();
        }
        if next == Kind::LParen {
            let function = FUNCTIONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
            if let Some((_, function)) = function {
                return self.aggregate(*function);
            }
            if word.eq_ignore_ascii_case("group_by") {
                return self.group_by();
            }
        }
        let quantifier = QUANTIFIERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
        if let (Some((_, quantifier)), Kind::Ident) = (quantifier, next) {
            return self.quantified(*quantifier);
        }
        if word.eq_ignore_ascii_case("role") && next == Kind::Lt && self.closes_angle() {
            return self.role_reference();
        }
        let start = self.at;
        if let Some(literal) = self.plain_literal() {
            let kind = ExprKind::Literal(literal?);
            return Ok(Expr { span: self.span_since(start), kind });
        }
        let mut path = vec![self.bump_ident()];
        path.extend(self.members()?);
        Ok(Expr { span: self.span_since(start), kind: ExprKind::Path(path) })
    }

    /// Whether `<` behind the current token opens `<name.name>`; else it compares.
    fn closes_angle(&self) -> bool {
        let mut ahead = 2;
        while self.peek(ahead).kind == Kind::Ident && self.peek(ahead + 1).kind == Kind::Dot {
            ahead += 2;
        }
        self.peek(ahead).kind == Kind::Ident && self.peek(ahead + 1).kind == Kind::Gt
    }

    fn role_reference(&mut self) -> Parsed<Expr> {
        let start = self.at;
        self.bump();
        self.bump();
        let role = self.dotted(Expected::Thing("the name of a role"))?;
        self.need_kind(Kind::Gt, Expected::Word(">"))?;
        Ok(Expr { span: self.span_since(start), kind: ExprKind::Role(role) })
    }

    // Ranging over collections.

    fn collection(&mut self) -> Parsed<Collection> {
        let start = self.at;
        let name = self.one_of(words::COLLECTIONS, "a collection (`flows`, …)")?;
        let of = match self.eat_word("of") {
            Some(_) => Some(self.name()?),
            None => None,
        };
        Ok(Collection { span: self.span_since(start), name, of })
    }

    fn binding(&mut self) -> Parsed<(Ident, Collection)> {
        let variable = self.ident(Expected::Thing("a variable"))?;
        self.need_word("in")?;
        Ok((variable, self.collection()?))
    }

    fn filter(&mut self) -> Parsed<Option<Expr>> {
        match self.eat_word("where") {
            Some(_) => self.expr().map(Some),
            None => Ok(None),
        }
    }

    fn quantified(&mut self, quantifier: Quantifier) -> Parsed<Expr> {
        let start = self.at;
        let word = self.bump();
        let quantifier = Spanned::new(quantifier, self.span_of(word));
        let (variable, collection) = self.binding()?;
        self.colon()?;
        if !self.at_kind(Kind::LParen, Expected::Word("(")) {
            return self.unexpected();
        }
        let body = Box::new(self.parenthesised()?);
        let kind = ExprKind::Quantified { quantifier, variable, collection, body };
        Ok(Expr { span: self.span_since(start), kind })
    }

    fn aggregate(&mut self, function: AggregateFunction) -> Parsed<Expr> {
        let start = self.at;
        let word = self.bump();
        let function = Spanned::new(function, self.span_of(word));
        self.bump();
        let aggregate =
            if self.is_word(1, "in") { self.comprehension(function)? } else { self.short_aggregate(function)? };
        self.need_kind(Kind::RParen, Expected::Word(")"))?;
        Ok(Expr { span: self.span_since(start), kind: ExprKind::Aggregate(Box::new(aggregate)) })
    }

    /// `count(flows)`, `sum(flows.quantity)`.
    fn short_aggregate(&mut self, function: Spanned<AggregateFunction>) -> Parsed<Aggregate> {
        let collection = self.collection()?;
        let field = match self.eat_kind(Kind::Dot, Expected::Word(".")) {
            Some(_) => Some(self.ident(Expected::Thing("a field"))?),
            None => None,
        };
        Ok(Aggregate { function, variable: None, collection, field, window: None, filter: None, projection: None })
    }

    /// `v in C [over last N "unit"] [where e]: projection`.
    fn comprehension(&mut self, function: Spanned<AggregateFunction>) -> Parsed<Aggregate> {
        let (variable, collection) = self.binding()?;
        let window = if self.eat_word("over").is_some() {
            self.need_word("last")?;
            Some((self.number()?, self.name()?))
        } else {
            None
        };
        let filter = self.filter()?;
        self.colon()?;
        let projection = Some(self.expr()?);
        Ok(Aggregate { function, variable: Some(variable), collection, field: None, window, filter, projection })
    }

    /// `group_by(v in C [where e]: key) { e }`.
    fn group_by(&mut self) -> Parsed<Expr> {
        let start = self.at;
        self.bump();
        self.bump();
        let (variable, collection) = self.binding()?;
        let filter = self.filter()?.map(Box::new);
        self.colon()?;
        let key = Box::new(self.expr()?);
        self.need_kind(Kind::RParen, Expected::Word(")"))?;
        self.need_kind(Kind::LBrace, Expected::Word("{"))?;
        let body = Box::new(self.expr()?);
        self.need_kind(Kind::RBrace, Expected::Word("}"))?;
        let kind = ExprKind::GroupBy { variable, collection, filter, key, body };
        Ok(Expr { span: self.span_since(start), kind })
    }
}
