//! Records, enums, fields and operations.

use super::page::{Gap, Page};
use crate::sea::ast::{Clause, ClauseKind, Enum, Field, Operation, PolicyBinding, TypeExpr, TypeExprKind};
use crate::sea::lexer::Kind;

impl Page<'_> {
    /// `{` and `}` with each of these on a line of its own between them. The group begins behind the brace, so that the
    /// brace itself can stand on a line of its own.
    pub(super) fn block(&mut self, open: usize, close: usize, lines: &[usize]) {
        let Some(first) = lines.first() else {
            self.group(open, close, 4);
            self.slots[close].outer = true;
            return self.gap(close, Gap::None);
        };
        self.group(*first, close, 4);
        lines.iter().for_each(|line| self.gap(*line, Gap::Line));
        self.slots[*first].extra = 4;
        self.slots[close].outer = true;
        self.gap(close, Gap::Line);
    }

    pub(super) fn fields(&mut self, fields: &[Field], open: usize, close: usize) {
        let lines: Vec<usize> = fields.iter().map(|field| self.first(field.span)).collect();
        lines.iter().for_each(|line| self.takes_docs(*line));
        self.block(open, close, &lines);
        fields.iter().for_each(|field| self.field(field));
    }

    fn field(&mut self, field: &Field) {
        self.ident(&field.name);
        self.type_expr(&field.ty);
        if let (Some(first), Some(last)) = (field.constraints.first(), field.constraints.last()) {
            let (open, close) = (self.first(first.name.span) - 1, self.last(last.value.span) + 1);
            let names: Vec<usize> = field.constraints.iter().map(|one| self.first(one.name.span)).collect();
            self.list(open, close, &names, Gap::SoftNone);
        }
        for constraint in &field.constraints {
            self.ident(&constraint.name);
            self.literal(&constraint.value);
        }
        field.default.iter().for_each(|default| self.literal(default));
    }

    pub(super) fn type_expr(&mut self, ty: &TypeExpr) {
        let range = self.range(ty.span);
        self.tight(range.start + 1, range.end - 1);
        match &ty.kind {
            TypeExprKind::Quantity(name) | TypeExprKind::Ref(name) | TypeExprKind::Named(name) => self.ident(name),
            TypeExprKind::List(inner) => {
                let gap = self.slots[range.start].gap;
                self.type_expr(inner);
                self.gap(range.start, gap);
            }
            TypeExprKind::Missing => {}
        }
    }

    pub(super) fn enumeration(&mut self, declared: &Enum, last: usize) {
        self.ident(&declared.name);
        let members: Vec<usize> = declared.members.iter().map(|member| self.first(member.name.span)).collect();
        members.iter().for_each(|member| self.takes_docs(*member));
        let open = self.first(declared.name.span) + 1;
        self.list(open, last, &members, Gap::Soft);
        declared.members.iter().for_each(|member| self.ident(&member.name));
    }

    pub(super) fn operation(&mut self, operation: &Operation, last: usize) {
        self.ident(&operation.name);
        let open = self.first(operation.name.span) + 1;
        let mut sorted: Vec<&Clause> = operation.clauses.iter().collect();
        sorted.sort_by_key(|clause| clause.kind.rank());
        let lines: Vec<usize> = sorted.iter().map(|clause| self.first(clause.span)).collect();
        self.block(open, last, &lines);
        operation.clauses.iter().for_each(|clause| self.clause(clause));
        let units: Vec<_> = sorted.iter().map(|clause| self.range(clause.span)).collect();
        self.reorder(open + 1..last, units);
    }

    fn clause(&mut self, clause: &Clause) {
        let range = self.range(clause.span);
        self.group(range.start, range.end - 1, 4);
        match &clause.kind {
            ClauseKind::Intent(_) => self.gap(range.start + 1, Gap::Soft),
            ClauseKind::Access { mode, bindings } => {
                self.ident(mode);
                bindings.iter().for_each(|binding| self.binding_of_policy(binding));
            }
            ClauseKind::Effect { verb, entity } => {
                self.ident(verb);
                self.ident(entity);
            }
            ClauseKind::Failure { code, kinds, meaning } => {
                self.ident(code);
                kinds.iter().for_each(|kind| self.ident(kind));
                let meaning = self.first(meaning.span);
                self.gap(meaning, Gap::Soft);
            }
            ClauseKind::Idempotency { mode, key, .. } => {
                self.ident(mode);
                key.iter().for_each(|key| self.ident(key));
                let parenthesis = range.start + 2;
                if parenthesis < range.end && self.kind(parenthesis) == Kind::LParen {
                    self.gap(parenthesis, Gap::None);
                }
            }
            ClauseKind::Concurrency { mode, field } => {
                self.ident(mode);
                field.iter().for_each(|field| self.ident(field));
            }
            ClauseKind::Direction(word)
            | ClauseKind::Actor(word)
            | ClauseKind::Input(word)
            | ClauseKind::Output(word)
            | ClauseKind::State(word)
            | ClauseKind::Transaction(word)
            | ClauseKind::Emits(word)
            | ClauseKind::Evidence(word)
            | ClauseKind::Lifecycle(word) => self.ident(word),
        }
    }

    fn binding_of_policy(&mut self, binding: &PolicyBinding) {
        let first = self.first(binding.span);
        self.gap(first, Gap::Soft);
        self.ident(&binding.policy);
        self.ident(&binding.at);
        self.ident(&binding.fails_with);
    }
}
