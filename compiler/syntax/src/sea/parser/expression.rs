//! Expressions. One pass reads the operands and operators of a chain into a flat list; a second folds the list from
//! the loosest operator to the tightest. So the call stack grows with brackets only, never with the length of a chain
//! or the number of levels of precedence.

use super::super::ast::*;
use super::{Kind, Parsed, Parser};
use crate::report::{self, Expected};
use crate::source::{Span, Spanned};
use std::collections::VecDeque;

/// An operator between two operands.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Infix {
    Or,
    And,
    Compare(CompareOp),
    Sum(SumOp),
    Product(ProductOp),
}

/// An operand with the `not` and `-` in front of it.
struct Operand {
    nots: Vec<Span>,
    minuses: Vec<Span>,
    expr: Box<Expr>,
}

/// `operand (operator operand)*`; operator `i` stands between operands `i` and `i + 1`.
struct Chain {
    operands: VecDeque<Operand>,
    operators: VecDeque<Spanned<Infix>>,
}

const WORD_OPERATORS: &[(&str, Infix)] = &[
    ("or", Infix::Or),
    ("and", Infix::And),
    ("contains", Infix::Compare(CompareOp::Contains)),
    ("startswith", Infix::Compare(CompareOp::StartsWith)),
    ("endswith", Infix::Compare(CompareOp::EndsWith)),
    ("matches", Infix::Compare(CompareOp::Matches)),
    ("before", Infix::Compare(CompareOp::Before)),
    ("after", Infix::Compare(CompareOp::After)),
    ("during", Infix::Compare(CompareOp::During)),
    ("has_role", Infix::Compare(CompareOp::HasRole)),
];

/// Whether a word can stand between two operands.
pub(super) fn is_word_operator(word: &str) -> bool {
    WORD_OPERATORS.iter().any(|(known, _)| known.eq_ignore_ascii_case(word))
}

impl Parser<'_> {
    /// An expression of any kind.
    pub(super) fn expr(&mut self) -> Parsed<Box<Expr>> {
        let depth = self.depth;
        self.deeper()?;
        let chain = self.chain();
        self.depth = depth;
        chain.map(fold)
    }

    fn chain(&mut self) -> Parsed<Chain> {
        let depth = self.depth;
        let mut chain = Chain { operands: VecDeque::new(), operators: VecDeque::new() };
        let mut comparison: Option<Span> = None;
        loop {
            let may_negate = matches!(chain.operators.back().map(|op| op.value), None | Some(Infix::Or | Infix::And));
            let operand = self.operand(may_negate)?;
            // Each `not` and `-` nests; what stands behind the operand does not.
            self.depth = depth;
            chain.operands.push_back(operand);
            let Some(operator) = self.infix()? else { return Ok(chain) };
            match operator.value {
                Infix::Or | Infix::And => comparison = None,
                Infix::Compare(_) => {
                    if let Some(first) = comparison.replace(operator.span) {
                        return self.fail(report::chained_comparison(operator.span, first));
                    }
                }
                Infix::Sum(_) | Infix::Product(_) => {}
            }
            chain.operators.push_back(operator);
        }
    }

    fn operand(&mut self, may_negate: bool) -> Parsed<Operand> {
        let mut nots = Vec::new();
        while self.is_word(0, "not") {
            if !may_negate {
                let finding = report::misplaced_not(self.here());
                return self.fail(finding);
            }
            nots.push(self.prefix()?);
        }
        let mut minuses = Vec::new();
        // A minus that touches its number belongs to the literal.
        while self.kind() == Kind::Minus && !self.at_negative_literal() {
            minuses.push(self.prefix()?);
        }
        let start = self.at;
        let mut expr = self.primary()?;
        if self.at_word("as") && matches!(self.peek(1).kind, Kind::Str | Kind::RawStr) {
            expr = self.cast(start, expr);
        }
        Ok(Operand { nots, minuses, expr })
    }

    fn cast(&mut self, start: usize, expr: Box<Expr>) -> Box<Expr> {
        self.bump();
        let unit = self.string();
        Box::new(Expr { span: self.span_since(start), kind: ExprKind::Cast { expr, unit } })
    }

    fn prefix(&mut self) -> Parsed<Span> {
        self.deeper()?;
        let token = self.bump();
        Ok(self.span_of(token))
    }

    fn at_negative_literal(&self) -> bool {
        self.peek(1).kind == Kind::Number && self.peek(1).start == self.token().end
    }

    fn infix(&mut self) -> Parsed<Option<Spanned<Infix>>> {
        self.want(Expected::Thing("an operator"));
        let token = self.token();
        let operator = match token.kind {
            Kind::Ident => {
                let word = self.text_of(token);
                let known = WORD_OPERATORS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
                known.map(|(_, operator)| *operator)
            }
            Kind::Foreign => Some(self.foreign_operator()),
            kind => symbol_operator(kind),
        };
        Ok(operator.map(|operator| {
            let token = self.bump();
            Spanned::new(operator, self.span_of(token))
        }))
    }

    /// Reports `==`, `&&` and `||`, and goes on as if the right operator stood there.
    fn foreign_operator(&mut self) -> Infix {
        let (operator, word) = match self.text_of(self.token()) {
            "&&" => (Infix::And, "and"),
            "||" => (Infix::Or, "or"),
            _ => (Infix::Compare(CompareOp::Eq), "="),
        };
        let finding = report::foreign_operator(self.here(), self.text_of(self.token()), word);
        self.diagnostics.push(finding);
        operator
    }
}

fn symbol_operator(kind: Kind) -> Option<Infix> {
    Some(match kind {
        Kind::Eq => Infix::Compare(CompareOp::Eq),
        Kind::Ne => Infix::Compare(CompareOp::Ne),
        Kind::Lt => Infix::Compare(CompareOp::Lt),
        Kind::Le => Infix::Compare(CompareOp::Le),
        Kind::Gt => Infix::Compare(CompareOp::Gt),
        Kind::Ge => Infix::Compare(CompareOp::Ge),
        Kind::Plus => Infix::Sum(SumOp::Add),
        Kind::Minus => Infix::Sum(SumOp::Subtract),
        Kind::Star => Infix::Product(ProductOp::Multiply),
        Kind::Slash => Infix::Product(ProductOp::Divide),
        _ => return None,
    })
}

impl Chain {
    /// Takes operands off the front up to the next operator that `ends` the level, which stays.
    fn split(&mut self, ends: impl Fn(Infix) -> bool) -> Chain {
        let length = self.operators.iter().position(|op| ends(op.value)).unwrap_or(self.operators.len());
        let operators = self.operators.drain(..length).collect();
        let operands = self.operands.drain(..=length).collect();
        Chain { operands, operators }
    }
}

fn fold(chain: Chain) -> Box<Expr> {
    Box::new(fold_or(chain))
}

fn fold_or(mut chain: Chain) -> Expr {
    let mut parts = Vec::new();
    while !chain.operands.is_empty() {
        parts.push(fold_and(chain.split(|op| op == Infix::Or)));
        chain.operators.pop_front();
    }
    flat(parts, ExprKind::Or)
}

fn fold_and(mut chain: Chain) -> Expr {
    let mut parts = Vec::new();
    while !chain.operands.is_empty() {
        parts.push(fold_not(chain.split(|op| op == Infix::And)));
        chain.operators.pop_front();
    }
    flat(parts, ExprKind::And)
}

/// One part stands for itself, several become a list.
fn flat(mut parts: Vec<Expr>, kind: impl FnOnce(Vec<Expr>) -> ExprKind) -> Expr {
    if parts.len() > 1 {
        let span = parts[0].span.to(parts[parts.len() - 1].span);
        return Expr { span, kind: kind(parts) };
    }
    parts.remove(0)
}

fn fold_not(mut chain: Chain) -> Expr {
    let nots = std::mem::take(&mut chain.operands[0].nots);
    nots.into_iter()
        .rev()
        .fold(fold_comparison(chain), |expr, not| Expr { span: not.to(expr.span), kind: ExprKind::Not(Box::new(expr)) })
}

fn fold_comparison(mut chain: Chain) -> Expr {
    let left = fold_sum(chain.split(|op| matches!(op, Infix::Compare(_))));
    let Some(Spanned { value: Infix::Compare(op), span }) = chain.operators.pop_front() else { return left };
    let right = fold_sum(chain);
    let op = Spanned::new(op, span);
    Expr {
        span: left.span.to(right.span),
        kind: ExprKind::Compare { op, left: Box::new(left), right: Box::new(right) },
    }
}

fn fold_sum(mut chain: Chain) -> Expr {
    let is_sum = |op| matches!(op, Infix::Sum(_));
    let first = fold_product(chain.split(is_sum));
    let mut rest = Vec::new();
    while let Some(Spanned { value: Infix::Sum(op), span }) = chain.operators.pop_front() {
        rest.push((Spanned::new(op, span), fold_product(chain.split(is_sum))));
    }
    match rest.last() {
        None => first,
        Some((_, last)) => {
            Expr { span: first.span.to(last.span), kind: ExprKind::Sum { first: Box::new(first), rest } }
        }
    }
}

fn fold_product(chain: Chain) -> Expr {
    let mut operands = chain.operands.into_iter().map(negated);
    let mut rest = Vec::new();
    let first = operands.next();
    for (operator, operand) in chain.operators.into_iter().zip(operands) {
        if let Infix::Product(op) = operator.value {
            rest.push((Spanned::new(op, operator.span), operand));
        }
    }
    let first = first.unwrap_or_else(|| unreachable!("a chain has an operand in front of its first operator"));
    match rest.last() {
        None => first,
        Some((_, last)) => {
            Expr { span: first.span.to(last.span), kind: ExprKind::Product { first: Box::new(first), rest } }
        }
    }
}

fn negated(operand: Operand) -> Expr {
    operand
        .minuses
        .into_iter()
        .rev()
        .fold(*operand.expr, |expr, minus| Expr { span: minus.to(expr.span), kind: ExprKind::Negate(Box::new(expr)) })
}
