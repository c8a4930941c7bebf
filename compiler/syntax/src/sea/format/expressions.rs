//! Where expressions break: in front of operators, and inside parentheses.

use super::page::{Gap, Page, is_declaration_word};
use crate::sea::ast::{Aggregate, Collection, Expr, ExprKind, Ident};
use crate::sea::lexer::Kind;
use crate::source::{Span, Spanned};

/// How a chain of `and` or `or` stands when it is broken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Chain {
    /// Its lines begin where it begins: nothing else stands on them.
    Flush,
    /// Its lines are indented.
    Indented,
}

impl Page<'_> {
    pub(super) fn expr(&mut self, expr: &Expr, chain: Chain) {
        let range = self.range(expr.span);
        let core = self.core(expr, range.start);
        let parentheses = core - range.start;
        let last = range.end - 1 - parentheses;
        if parentheses > 0 {
            self.bracketed(core - 1, last + 1, Gap::SoftNone);
            self.operand_gap(core);
            return self.bare(expr, core, last, Chain::Flush);
        }
        self.bare(expr, core, last, chain);
    }

    /// The first token behind the parentheses around the expression: those that are part of its span, but not of its
    /// first operand's.
    fn core(&self, expr: &Expr, first: usize) -> usize {
        let operand = match &expr.kind {
            ExprKind::Or(parts) | ExprKind::And(parts) => parts.first(),
            ExprKind::Compare { left, .. } => Some(&**left),
            ExprKind::Sum { first, .. } => Some(&**first),
            ExprKind::Product { first, .. } => Some(&**first),
            ExprKind::Cast { expr, .. } => Some(&**expr),
            _ => None,
        };
        match operand {
            Some(operand) => self.first(operand.span),
            None => (first..self.tokens.len()).find(|index| self.kind(*index) != Kind::LParen).unwrap_or(first),
        }
    }

    /// Brackets that break behind the first and in front of the last.
    fn bracketed(&mut self, open: usize, close: usize, padding: Gap) {
        self.group(open, close, 4);
        self.gap(open + 1, padding);
        self.gap(close, padding);
        self.slots[close].outer = true;
    }

    /// An operand that reads like the beginning of a declaration must not begin a line.
    fn operand_gap(&mut self, index: usize) {
        if self.kind(index) == Kind::Ident && is_declaration_word(self.token_text(index)) {
            let tight = matches!(self.slots[index].gap, Gap::SoftNone);
            self.gap(index, if tight { Gap::None } else { Gap::Space });
        }
    }

    /// A gap in front of an operand that may be a new line.
    pub(super) fn soft_operand(&mut self, expr: &Expr) {
        let index = self.first(expr.span);
        self.gap(index, Gap::Soft);
        self.operand_gap(index);
    }

    fn bare(&mut self, expr: &Expr, core: usize, last: usize, chain: Chain) {
        match &expr.kind {
            ExprKind::Literal(literal) => self.literal(literal),
            ExprKind::Path(path) => path.iter().for_each(|part| self.ident(part)),
            ExprKind::Instance { id, members } => {
                self.ident(id);
                members.iter().for_each(|member| self.ident(member));
            }
            ExprKind::Role(role) => {
                self.tight(core + 1, last);
                self.ident(role);
            }
            ExprKind::Or(parts) | ExprKind::And(parts) => self.chain(parts, core, last, chain),
            ExprKind::Not(inner) => self.expr(inner, Chain::Indented),
            ExprKind::Compare { op, left, right } => {
                self.group(core, last, 0);
                self.expr(left, Chain::Indented);
                self.operator(op.span, right);
            }
            ExprKind::Sum { first, rest } => self.terms(first, rest, core, last),
            ExprKind::Product { first, rest } => self.terms(first, rest, core, last),
            ExprKind::Negate(inner) => {
                let apart = matches!(self.kind(core + 1), Kind::Number | Kind::Minus);
                self.gap(core + 1, if apart { Gap::Space } else { Gap::None });
                self.expr(inner, Chain::Indented);
            }
            ExprKind::Cast { expr, .. } => self.expr(expr, Chain::Indented),
            ExprKind::Aggregate(aggregate) => self.aggregate(aggregate, core, last),
            ExprKind::Quantified { variable, collection, body, .. } => {
                self.binding(variable, collection);
                self.expr(body, Chain::Flush);
            }
            ExprKind::GroupBy { .. } => self.group_by(expr, core, last),
            ExprKind::Missing => {}
        }
    }

    fn chain(&mut self, parts: &[Expr], core: usize, last: usize, chain: Chain) {
        self.group(core, last, 0);
        for (index, part) in parts.iter().enumerate() {
            let operator = self.first(part.span).saturating_sub(1);
            match chain {
                _ if index == 0 => {}
                Chain::Flush => self.gap(operator, Gap::Soft),
                Chain::Indented => self.continuation(operator, self.last(part.span)),
            }
            self.expr(part, Chain::Indented);
        }
    }

    fn terms<T>(&mut self, first: &Expr, rest: &[(Spanned<T>, Expr)], core: usize, last: usize) {
        self.group(core, last, 0);
        self.expr(first, Chain::Indented);
        for (operator, term) in rest {
            self.operator(operator.span, term);
        }
    }

    fn operator(&mut self, operator: Span, right: &Expr) {
        let index = self.first(operator);
        self.continuation(index, self.last(right.span));
        self.gap(index + 1, Gap::Space);
        self.expr(right, Chain::Indented);
    }

    fn aggregate(&mut self, aggregate: &Aggregate, core: usize, last: usize) {
        self.gap(core + 1, Gap::None);
        self.bracketed(core + 1, last, Gap::SoftNone);
        if let Some(variable) = &aggregate.variable {
            self.ident(variable);
        }
        self.collection(&aggregate.collection);
        if let Some(field) = &aggregate.field {
            self.ident(field);
        }
        if let Some((count, _)) = &aggregate.window {
            let over = self.first(count.span) - 2;
            self.gap(over, Gap::Soft);
        }
        if let Some(filter) = &aggregate.filter {
            self.filter(filter);
        }
        if let Some(projection) = &aggregate.projection {
            self.soft_operand(projection);
            self.expr(projection, Chain::Flush);
        }
    }

    fn filter(&mut self, filter: &Expr) {
        let word = self.first(filter.span) - 1;
        self.gap(word, Gap::Soft);
        self.expr(filter, Chain::Indented);
    }

    fn group_by(&mut self, expr: &Expr, core: usize, last: usize) {
        let ExprKind::GroupBy { variable, collection, filter, key, body } = &expr.kind else { return };
        let brace = self.first(body.span) - 1;
        self.gap(core + 1, Gap::None);
        self.bracketed(core + 1, brace - 1, Gap::SoftNone);
        self.binding(variable, collection);
        if let Some(filter) = filter {
            self.filter(filter);
        }
        self.soft_operand(key);
        self.expr(key, Chain::Flush);
        self.bracketed(brace, last, Gap::Soft);
        self.operand_gap(brace + 1);
        self.expr(body, Chain::Flush);
    }

    fn binding(&mut self, variable: &Ident, collection: &Collection) {
        self.ident(variable);
        self.collection(collection);
    }

    fn collection(&mut self, collection: &Collection) {
        self.ident(&collection.name);
    }

    /// No white space in front of these tokens.
    pub(super) fn tight(&mut self, first: usize, last: usize) {
        (first..=last).for_each(|index| self.gap(index, Gap::None));
    }
}
