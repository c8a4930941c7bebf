//! Policies and metrics: the declarations with an expression.

use super::super::ast::*;
use super::{Kind, Parsed, Parser, Skip};
use crate::report::Expected;
use crate::source::Spanned;

impl Parser<'_> {
    pub(super) fn policy(&mut self) -> Parsed<Policy> {
        let name = self.ident(Expected::Thing("the name of the policy"))?;
        let mut policy = Policy {
            name,
            kind: None,
            modality: None,
            priority: None,
            rationale: None,
            tags: Vec::new(),
            version: None,
            annotations: Vec::new(),
            expression: Expr { span: self.here(), kind: ExprKind::Missing },
        };
        if self.eat_word("per").is_some() {
            self.policy_modality(&mut policy)?;
        }
        loop {
            self.want(Expected::Thing("an annotation"));
            if self.kind() == Kind::At {
                self.policy_annotation(&mut policy)?;
            } else if policy.version.is_none() && self.at_kind(Kind::Version, Expected::Version) {
                policy.version = Some(self.version()?);
            } else {
                break;
            }
        }
        self.need_word("as")?;
        self.colon()?;
        policy.expression = self.expr_or_missing();
        Ok(policy)
    }

    fn policy_modality(&mut self, policy: &mut Policy) -> Parsed<()> {
        let kinds = [
            ("Constraint", PolicyKind::Constraint),
            ("Derivation", PolicyKind::Derivation),
            ("Obligation", PolicyKind::Obligation),
        ];
        policy.kind = Some(self.choice(&kinds)?);
        let modalities = [
            ("Obligation", Modality::Obligation),
            ("Prohibition", Modality::Prohibition),
            ("Permission", Modality::Permission),
        ];
        policy.modality = Some(self.choice(&modalities)?);
        self.need_word("priority")?;
        policy.priority = Some(self.number()?);
        Ok(())
    }

    fn choice<T: Copy>(&mut self, choices: &[(&'static str, T)]) -> Parsed<Spanned<T>> {
        for (word, value) in choices {
            if let Some(span) = self.eat_word(word) {
                return Ok(Spanned::new(*value, span));
            }
        }
        self.unexpected()
    }

    fn policy_annotation(&mut self, policy: &mut Policy) -> Parsed<()> {
        let start = self.at;
        if self.is_word(1, "rationale") {
            self.bump();
            let key = self.bump_ident();
            let text = self.name()?;
            if policy.rationale.is_none() {
                policy.rationale = Some(text);
            } else {
                let values = vec![Value { span: text.span, kind: ValueKind::String(text.value) }];
                policy.annotations.push(Annotation { span: self.span_since(start), key, values });
            }
        } else if self.is_word(1, "tags") {
            self.bump();
            self.bump();
            policy.tags.extend(self.names()?);
        } else {
            let annotation = self.annotation(start)?;
            policy.annotations.push(annotation);
        }
        Ok(())
    }

    pub(super) fn metric(&mut self) -> Parsed<Metric> {
        let name = self.name()?;
        self.need_word("as")?;
        self.colon()?;
        let expression = self.expr_or_missing();
        Ok(Metric { name, expression, annotations: self.annotations()? })
    }

    /// An expression. If it cannot be read, the declaration still stands, so that nothing that names it fails as well.
    fn expr_or_missing(&mut self) -> Expr {
        let start = self.at;
        match self.expr() {
            Ok(expr) => *expr,
            Err(Skip) => {
                let span = self.tokens.get(start).map_or_else(|| self.here(), |token| self.span_of(*token));
                self.recover_to_declaration();
                Expr { span: span.at_start(), kind: ExprKind::Missing }
            }
        }
    }

    fn recover_to_declaration(&mut self) {
        while self.kind() != Kind::Eof && !self.resumes_here() {
            self.bump();
        }
    }
}
