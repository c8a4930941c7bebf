//! What stands between the operators: parentheses, literals, paths, references, aggregates, quantifiers.

use super::super::ast::*;
use super::expression::is_word_operator;
use super::{Kind, Parsed, Parser, Part, words};
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

/// The frames of what follows are on the stack once per level of nesting, so they hold boxes, and trees are put
/// together in functions of their own: a frame of a debug build has room for every temporary.
impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parsed<Box<Expr>> {
        self.want(Expected::Thing("an expression"));
        match self.kind() {
            Kind::LParen => self.parenthesised(),
            Kind::At => self.instance_reference(),
            Kind::Ident => self.word_operand(),
            _ => self.literal_operand().unwrap_or_else(|| self.unexpected()),
        }
    }

    fn literal_operand(&mut self) -> Option<Parsed<Box<Expr>>> {
        let literal = self.plain_literal()?;
        Some(literal.map(|literal| Box::new(Expr { span: literal.span, kind: ExprKind::Literal(literal) })))
    }

    fn node(&self, start: usize, kind: ExprKind) -> Parsed<Box<Expr>> {
        Ok(Box::new(Expr { span: self.span_since(start), kind }))
    }

    /// The parentheses belong to the span, so that an edit of the operand takes them along.
    fn parenthesised(&mut self) -> Parsed<Box<Expr>> {
        let start = self.at;
        self.bump();
        let mut expr = self.expr()?;
        self.need_kind(Kind::RParen, Expected::Word(")"))?;
        expr.span = self.span_since(start);
        Ok(expr)
    }

    fn instance_reference(&mut self) -> Parsed<Box<Expr>> {
        let start = self.at;
        self.bump();
        let id = self.ident(Expected::Thing("the name of an instance"))?;
        let members = self.members()?;
        self.node(start, ExprKind::Instance { id, members })
    }

    fn members(&mut self) -> Parsed<Vec<Ident>> {
        let mut members = Vec::new();
        while self.eat_kind(Kind::Dot, Expected::Word(".")).is_some() {
            members.push(self.ident(Expected::Thing("a member"))?);
        }
        Ok(members)
    }

    /// A word is what stands behind it: `count (`, `forall v in`, `role <R>`, or else a path.
    fn word_operand(&mut self) -> Parsed<Box<Expr>> {
        let word = self.text_of(self.token());
        let next = self.peek(1).kind;
        let ends = self.part == Part::File && self.token().line_start && self.starts_declaration(0);
        if ends || words::canonical(RESERVED, word).is_some() {
            return self.unexpected();
        }
        match next {
            Kind::LParen if known(FUNCTIONS, word).is_some() => self.aggregate(),
            Kind::LParen if word.eq_ignore_ascii_case("group_by") => self.group_by(),
            Kind::Ident if known(QUANTIFIERS, word).is_some() && self.binds_variable() => self.quantified(),
            Kind::Lt if word.eq_ignore_ascii_case("role") && self.closes_angle() => self.role_reference(),
            _ => match self.literal_operand() {
                Some(literal) => literal,
                None => self.path(),
            },
        }
    }

    /// Whether the word behind a quantifier is its variable, not an operator behind a name that looks like one.
    fn binds_variable(&self) -> bool {
        self.is_word(2, "in") || !is_word_operator(self.text_of(self.peek(1)))
    }

    fn path(&mut self) -> Parsed<Box<Expr>> {
        let start = self.at;
        let mut path = vec![self.bump_ident()];
        path.extend(self.members()?);
        self.node(start, ExprKind::Path(path))
    }

    /// Whether `<` behind the current token opens `<name.name>`; else it compares.
    fn closes_angle(&self) -> bool {
        let mut ahead = 2 + self.dashed(2).map_or(0, |length| length + 1);
        while self.peek(ahead).kind == Kind::Ident && self.peek(ahead + 1).kind == Kind::Dot {
            ahead += 2;
        }
        self.peek(ahead).kind == Kind::Ident && self.peek(ahead + 1).kind == Kind::Gt
    }

    fn role_reference(&mut self) -> Parsed<Box<Expr>> {
        let start = self.at;
        self.bump();
        self.bump();
        let role = self.dotted(Expected::Thing("the name of a role"))?;
        self.need_kind(Kind::Gt, Expected::Word(">"))?;
        self.node(start, ExprKind::Role(role))
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

    fn binding(&mut self) -> Parsed<Box<(Ident, Collection)>> {
        let variable = self.ident(Expected::Thing("a variable"))?;
        self.need_word("in")?;
        Ok(Box::new((variable, self.collection()?)))
    }

    fn filter(&mut self) -> Parsed<Option<Box<Expr>>> {
        match self.eat_word("where") {
            Some(_) => self.expr().map(Some),
            None => Ok(None),
        }
    }

    fn quantified(&mut self) -> Parsed<Box<Expr>> {
        let start = self.at;
        self.bump();
        let binding = self.binding()?;
        self.colon()?;
        if !self.at_kind(Kind::LParen, Expected::Word("(")) {
            return self.unexpected();
        }
        let body = self.parenthesised()?;
        self.quantified_node(start, *binding, body)
    }

    fn quantified_node(
        &self,
        start: usize,
        (variable, collection): (Ident, Collection),
        body: Box<Expr>,
    ) -> Parsed<Box<Expr>> {
        let quantifier = self.function_at(QUANTIFIERS, start);
        self.node(start, ExprKind::Quantified { quantifier, variable, collection: Box::new(collection), body })
    }

    /// The entry of `table` that the token with this index is; it was looked up before.
    fn function_at<T: Copy>(&self, table: &[(&str, T)], index: usize) -> Spanned<T> {
        let token = self.tokens[index];
        let value = known(table, self.text_of(token)).unwrap_or(table[0].1);
        Spanned::new(value, self.span_of(token))
    }

    fn aggregate(&mut self) -> Parsed<Box<Expr>> {
        let start = self.at;
        self.bump();
        self.bump();
        if !self.is_word(1, "in") {
            return self.short_aggregate(start);
        }
        let binding = self.binding()?;
        let window = self.window()?;
        let filter = self.filter()?;
        self.colon()?;
        let projection = self.expr()?;
        self.need_kind(Kind::RParen, Expected::Word(")"))?;
        self.aggregate_node(start, *binding, window, filter, projection)
    }

    /// `over last N "unit"`.
    fn window(&mut self) -> Parsed<Option<Box<(Number, Name)>>> {
        if self.eat_word("over").is_none() {
            return Ok(None);
        }
        self.need_word("last")?;
        Ok(Some(Box::new((self.number()?, self.name()?))))
    }

    #[expect(clippy::boxed_local, reason = "the box keeps the frame of the caller small")]
    fn aggregate_node(
        &self,
        start: usize,
        (variable, collection): (Ident, Collection),
        window: Option<Box<(Number, Name)>>,
        filter: Option<Box<Expr>>,
        projection: Box<Expr>,
    ) -> Parsed<Box<Expr>> {
        let aggregate = Aggregate {
            function: self.function_at(FUNCTIONS, start),
            variable: Some(variable),
            collection,
            field: None,
            window: window.map(|window| *window),
            filter: filter.map(|filter| *filter),
            projection: Some(*projection),
        };
        self.node(start, ExprKind::Aggregate(Box::new(aggregate)))
    }

    /// `count(flows)`, `sum(flows.quantity)`.
    fn short_aggregate(&mut self, start: usize) -> Parsed<Box<Expr>> {
        let function = self.function_at(FUNCTIONS, start);
        let collection = self.collection()?;
        let field = match self.eat_kind(Kind::Dot, Expected::Word(".")) {
            Some(_) => Some(self.ident(Expected::Thing("a field"))?),
            None => None,
        };
        self.need_kind(Kind::RParen, Expected::Word(")"))?;
        let aggregate =
            Aggregate { function, variable: None, collection, field, window: None, filter: None, projection: None };
        self.node(start, ExprKind::Aggregate(Box::new(aggregate)))
    }

    /// `group_by(v in C [where e]: key) { e }`.
    fn group_by(&mut self) -> Parsed<Box<Expr>> {
        let start = self.at;
        self.bump();
        self.bump();
        let binding = self.binding()?;
        let filter = self.filter()?;
        self.colon()?;
        let key = self.expr()?;
        self.need_kind(Kind::RParen, Expected::Word(")"))?;
        self.need_kind(Kind::LBrace, Expected::Word("{"))?;
        let body = self.expr()?;
        self.need_kind(Kind::RBrace, Expected::Word("}"))?;
        self.group_by_node(start, *binding, filter, key, body)
    }

    fn group_by_node(
        &self,
        start: usize,
        (variable, collection): (Ident, Collection),
        filter: Option<Box<Expr>>,
        key: Box<Expr>,
        body: Box<Expr>,
    ) -> Parsed<Box<Expr>> {
        self.node(start, ExprKind::GroupBy { variable, collection: Box::new(collection), filter, key, body })
    }
}

fn known<T: Copy>(table: &[(&str, T)], word: &str) -> Option<T> {
    table.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, value)| *value)
}
