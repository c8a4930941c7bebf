//! The application contract.

use super::Extractor;
use crate::object::{spelt_binding, spelt_clause, spelt_literal};
use crate::subject::Subject;
use seac_syntax::sea::ast::{Clause, ClauseKind, Enum, Field, Operation};
use seac_syntax::sea::{CLAUSES, print};
use seac_syntax::{Span, Text};

impl Extractor {
    pub(super) fn fields(&mut self, subject: &Subject, fields: &[Field], span: Span) {
        for field in fields {
            let part = self.part(subject, "field", vec![field.name.value.clone()]);
            self.maybe(&part, "doc", field.docs.as_deref());
            self.flag(&part, "key", field.key);
            self.spelt(&part, "type", print::type_expr(&field.ty), field.ty.span);
            self.flag(&part, "optional", field.optional);
            for constraint in &field.constraints {
                self.spelt(&part, &constraint.name.value, spelt_literal(&constraint.value), constraint.span);
            }
            if let Some(default) = &field.default {
                self.spelt(&part, "default", spelt_literal(default), default.span);
            }
        }
        self.order(subject, "field order", fields.iter().map(|field| field.name.value.clone()).collect(), span);
    }

    pub(super) fn members(&mut self, subject: &Subject, declared: &Enum) {
        for member in &declared.members {
            let part = self.part(subject, "member", vec![member.name.value.clone()]);
            self.maybe(&part, "doc", member.docs.as_ref());
            self.text(&part, "wire", &member.wire);
        }
        let names = declared.members.iter().map(|member| member.name.value.clone()).collect();
        self.order(subject, "member order", names, declared.name.span);
    }

    pub(super) fn operation(&mut self, subject: &Subject, operation: &Operation, span: Span) {
        for clause in &operation.clauses {
            self.clause(subject, clause);
        }
        self.clause_orders(subject, operation, span);
    }

    fn clause(&mut self, subject: &Subject, clause: &Clause) {
        match &clause.kind {
            ClauseKind::Access { mode, bindings } => {
                self.text(subject, "access", mode);
                for binding in bindings {
                    self.spelt(subject, "governed by", spelt_binding(binding), binding.span);
                }
            }
            ClauseKind::Failure { code, kinds, meaning } => {
                let part = self.part(subject, "failure", vec![code.value.clone()]);
                self.list(&part, "for", kinds, clause.span);
                self.text(&part, "meaning", meaning);
            }
            kind => {
                let word = CLAUSES[usize::from(kind.rank())];
                if let Some(text) = spelt_clause(kind) {
                    self.spelt(subject, word, text, clause.span);
                }
            }
        }
    }

    /// The orders of what there can be several of.
    fn clause_orders(&mut self, subject: &Subject, operation: &Operation, span: Span) {
        let of = |pick: &dyn Fn(&ClauseKind) -> Option<Vec<Text>>| -> Vec<Text> {
            operation.clauses.iter().filter_map(|clause| pick(&clause.kind)).flatten().collect()
        };
        let failures = of(&|kind| match kind {
            ClauseKind::Failure { code, .. } => Some(vec![code.value.clone()]),
            _ => None,
        });
        let effects = of(&|kind| match kind {
            ClauseKind::Effect { .. } => spelt_clause(kind).map(|text| vec![text]),
            _ => None,
        });
        let emits = of(&|kind| match kind {
            ClauseKind::Emits(_) => spelt_clause(kind).map(|text| vec![text]),
            _ => None,
        });
        let bindings = of(&|kind| match kind {
            ClauseKind::Access { bindings, .. } => Some(bindings.iter().map(spelt_binding).collect()),
            _ => None,
        });
        let orders = [
            ("failure order", failures),
            ("effect order", effects),
            ("emits order", emits),
            ("governed by order", bindings),
        ];
        for (predicate, names) in orders {
            self.order(subject, predicate, names, span);
        }
    }
}
