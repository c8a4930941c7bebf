//! The application contract: records, enums, fields, types and operations.

use super::super::ast::*;
use super::block::Ends;
use super::{Kind, Parsed, Parser, words};
use crate::report::{self, Expected};
use crate::source::{Span, Spanned};

const MOMENTS: &[&str] = &["precondition", "invariant", "postcondition"];
const FAILURE_KINDS: &[&str] =
    &["input_validation", "policy", "missing_state", "idempotency_conflict", "concurrency_conflict", "dependency"];

impl Parser<'_> {
    pub(super) fn record(&mut self) -> Parsed<Record> {
        let name = self.ident(Expected::Thing("the name of the record"))?;
        let open = self.need_kind(Kind::LBrace, Expected::Word("{"))?;
        Ok(Record { name, fields: self.fields(open) })
    }

    pub(super) fn enumeration(&mut self) -> Parsed<Enum> {
        let name = self.ident(Expected::Thing("the name of the enum"))?;
        let open = self.need_kind(Kind::LBrace, Expected::Word("{"))?;
        let members = self.listed(open, |parser| {
            let docs = parser.take_docs();
            let start = parser.at;
            let name = parser.ident(Expected::Thing("a member"))?;
            parser.need_kind(Kind::Eq, Expected::Word("="))?;
            let wire = parser.name()?;
            Ok(EnumMember { span: parser.span_since(start), name, wire, docs })
        });
        let braces = [self.tokens[self.at - 2].kind, self.tokens[self.at - 1].kind];
        if braces == [Kind::LBrace, Kind::RBrace] {
            self.diagnostics.push(report::empty_enum(open, &name));
        }
        Ok(Enum { name, members })
    }

    // Fields.

    pub(super) fn fields(&mut self, open: Span) -> Vec<Field> {
        self.lines(open, Ends::AtDeclaration, Self::field_alone)
    }

    /// A field; the comma that other languages want behind it is reported and passed by.
    fn field_alone(&mut self) -> Parsed<Field> {
        let field = self.field()?;
        if self.kind() == Kind::Comma {
            let finding = report::comma_behind_field(self.here());
            self.diagnostics.push(finding);
            self.bump();
        }
        Ok(field)
    }

    /// A field whose name could be read stands, whatever is wrong behind it, so that nothing that names it fails as
    /// well.
    fn field(&mut self) -> Parsed<Field> {
        let docs = self.take_docs().map(Box::new);
        let start = self.at;
        let key = self.key_mark();
        let name = self.ident(Expected::Thing("a field"))?;
        let ty = TypeExpr { span: name.span, kind: TypeExprKind::Missing };
        let mut field =
            Field { span: name.span, docs, key, name, ty, optional: None, constraints: Box::default(), default: None };
        if self.field_body(&mut field).is_err() {
            field.ty.kind = TypeExprKind::Missing;
            self.recover_line(start);
        }
        field.span = self.span_since(start);
        Ok(field)
    }

    /// `: type [optional] [(constraints)] [default literal]`
    fn field_body(&mut self, field: &mut Field) -> Parsed<()> {
        self.colon()?;
        field.ty = self.type_expr()?;
        field.optional = if self.peek(1).kind == Kind::Colon { None } else { self.eat_word("optional") };
        if self.eat_kind(Kind::LParen, Expected::Word("(")).is_some() {
            field.constraints = self.constraints()?.into();
        }
        self.late_optional(field);
        if self.peek(1).kind != Kind::Colon && self.eat_word("default").is_some() {
            // `default ⏎ other: string`: the word on the next line is the next field, not the value.
            if self.token().line_start && self.peek(1).kind == Kind::Colon {
                self.want(Expected::Thing("a literal"));
                return self.unexpected();
            }
            field.default = Some(Box::new(self.literal()?));
        }
        self.late_optional(field);
        Ok(())
    }

    /// `optional` behind constraints or a default, on their line: it counts, and the finding says where it belongs.
    fn late_optional(&mut self, field: &mut Field) {
        let token = self.token();
        if field.optional.is_some() || token.line_start || self.peek(1).kind == Kind::Colon {
            return;
        }
        if let Some(span) = self.eat_word("optional") {
            let finding = report::late_optional(span, field.ty.span.at_end());
            self.diagnostics.push(finding);
            field.optional = Some(span);
        }
    }

    /// `key` in front of the name of a field; another word there is one that is misspelt.
    fn key_mark(&mut self) -> Option<Span> {
        let (word, name) = (self.token(), self.peek(1));
        if word.kind != Kind::Ident || name.kind != Kind::Ident {
            return None;
        }
        if !self.is_word(0, "key") {
            if name.line_start || self.peek(2).kind != Kind::Colon {
                return None;
            }
            let word = Spanned::new(self.text_of(word).to_owned(), self.here());
            self.diagnostics.push(report::word_before_field(&word));
        }
        let token = self.bump();
        Some(self.span_of(token))
    }

    fn constraints(&mut self) -> Parsed<Vec<FieldConstraint>> {
        let mut constraints = Vec::new();
        loop {
            let start = self.at;
            let name = self.one_of(words::CONSTRAINTS, "a constraint (`min_length 1`)")?;
            let value = self.literal()?;
            constraints.push(FieldConstraint { span: self.span_since(start), name, value });
            if self.eat_kind(Kind::Comma, Expected::Word(",")).is_none() {
                self.need_kind(Kind::RParen, Expected::Word(")"))?;
                return Ok(constraints);
            }
        }
    }

    /// A type: `string`, `quantity<USD>`, `ref<Order>`, `list<T>`, a declared name.
    pub(super) fn type_expr(&mut self) -> Parsed<TypeExpr> {
        let start = self.at;
        self.want(Expected::Thing("a type"));
        // `name: ⏎ other: string`: the word on the next line is the next field, not the type.
        let next_field = self.token().line_start && self.peek(1).kind == Kind::Colon;
        if self.kind() != Kind::Ident || next_field {
            return self.unexpected();
        }
        if self.peek(1).kind != Kind::Lt {
            let name = self.dotted(Expected::Thing("a type"))?;
            return Ok(TypeExpr { span: name.span, kind: TypeExprKind::Named(name) });
        }
        let generic = self.bump_ident();
        self.bump();
        let kind = match words::canonical(&["quantity", "ref", "list"], &generic.value) {
            Some("quantity") => TypeExprKind::Quantity(self.ident(Expected::Thing("a unit"))?),
            Some("ref") => TypeExprKind::Ref(self.dotted(Expected::Thing("the name of an entity"))?),
            Some(_) => TypeExprKind::List(Box::new(self.nested(Self::type_expr)?)),
            None => return self.fail(report::unknown_generic(&generic)),
        };
        self.need_kind(Kind::Gt, Expected::Word(">"))?;
        Ok(TypeExpr { span: self.span_since(start), kind })
    }

    // Operations.

    pub(super) fn operation(&mut self) -> Parsed<Operation> {
        let name = self.ident(Expected::Thing("the name of the operation"))?;
        let open = self.need_kind(Kind::LBrace, Expected::Word("{"))?;
        Ok(Operation { name, clauses: self.lines(open, Ends::AtDeclaration, Self::clause) })
    }

    fn clause(&mut self) -> Parsed<Clause> {
        let start = self.at;
        let word = if self.kind() == Kind::Ident { self.text_of(self.token()) } else { "" };
        let kind = match words::canonical(words::CLAUSES, word) {
            Some(known) => {
                self.bump();
                self.clause_kind(known)?
            }
            None if word.is_empty() || !self.expected.is_empty() && !self.token().line_start => {
                self.want(Expected::Thing("a clause"));
                return self.unexpected();
            }
            None => {
                let word = Spanned::new(word.into(), self.here());
                return self.fail(report::unknown_clause(&word, words::CLAUSES));
            }
        };
        Ok(Clause { span: self.span_since(start), kind })
    }

    fn clause_kind(&mut self, clause: &'static str) -> Parsed<ClauseKind> {
        Ok(match clause {
            "intent" => ClauseKind::Intent(self.name()?),
            "direction" => ClauseKind::Direction(
                self.one_of(&["inbound", "outbound", "internal"], "`inbound`, `outbound` or `internal`")?,
            ),
            "actor" => ClauseKind::Actor(self.actor()?),
            "access" => self.access()?,
            "input" => ClauseKind::Input(self.dotted(Expected::Thing("the name of a record"))?),
            "output" => ClauseKind::Output(self.dotted(Expected::Thing("the name of a record"))?),
            "state" => ClauseKind::State(self.dotted(Expected::Thing("the name of an entity"))?),
            "effect" => ClauseKind::Effect {
                verb: self.one_of(&["creates", "mutates", "reads"], "`creates`, `mutates` or `reads`")?,
                entity: self.dotted(Expected::Thing("the name of an entity"))?,
            },
            "transaction" => ClauseKind::Transaction(
                self.one_of(&["single_aggregate", "read_only"], "`single_aggregate` or `read_only`")?,
            ),
            "failure" => self.failure()?,
            "emits" => ClauseKind::Emits(self.dotted(Expected::Thing("the name of an event"))?),
            "idempotency" => self.idempotency()?,
            "concurrency" => self.concurrency()?,
            "evidence" => ClauseKind::Evidence(self.one_of(&["operation_trace"], "`operation_trace`")?),
            _ => {
                ClauseKind::Lifecycle(self.one_of(&["synchronous_request_response"], "`synchronous_request_response`")?)
            }
        })
    }

    fn actor(&mut self) -> Parsed<Ident> {
        let mut actor = self.dotted(Expected::Thing("`anonymous` or the name of a role"))?;
        if let Some(word) = words::canonical(&["anonymous"], &actor.value) {
            actor.value = word.into();
        }
        Ok(actor)
    }

    fn access(&mut self) -> Parsed<ClauseKind> {
        let mode = self.one_of(&["public", "policy_governed"], "`public` or `policy_governed`")?;
        let mut bindings = Vec::new();
        if self.eat_word("by").is_some() {
            loop {
                bindings.push(self.policy_binding()?);
                if self.eat_kind(Kind::Comma, Expected::Word(",")).is_none() {
                    break;
                }
            }
        } else if mode.value == "policy_governed" {
            return self.unexpected();
        }
        Ok(ClauseKind::Access { mode, bindings })
    }

    fn policy_binding(&mut self) -> Parsed<PolicyBinding> {
        let start = self.at;
        let policy = self.dotted(Expected::Thing("the name of a policy"))?;
        self.need_word("at")?;
        let at = self.one_of(MOMENTS, "`precondition`, `invariant` or `postcondition`")?;
        self.need_word("fails")?;
        self.need_word("with")?;
        let fails_with = self.ident(Expected::Thing("a failure code"))?;
        Ok(PolicyBinding { span: self.span_since(start), policy, at, fails_with })
    }

    fn failure(&mut self) -> Parsed<ClauseKind> {
        let code = self.ident(Expected::Thing("a failure code"))?;
        self.need_word("for")?;
        let mut kinds = Vec::new();
        loop {
            kinds.push(self.one_of(FAILURE_KINDS, "a kind of failure (`input_validation`, …)")?);
            if self.eat_kind(Kind::Comma, Expected::Word(",")).is_none() {
                break;
            }
        }
        Ok(ClauseKind::Failure { code, kinds: kinds.into(), meaning: self.name()? })
    }

    fn idempotency(&mut self) -> Parsed<ClauseKind> {
        let modes = &["keyed_by", "inherent", "not_applicable"];
        let mode = self.one_of(modes, "`keyed_by`, `inherent` or `not_applicable`")?;
        let (mut key, mut reason) = (None, None);
        if mode.value == "keyed_by" {
            key = Some(self.ident(Expected::Thing("a field"))?);
        } else if mode.value == "not_applicable" {
            self.need_kind(Kind::LParen, Expected::Word("("))?;
            key = Some(self.one_of(&["read_only"], "`read_only`")?);
            self.need_kind(Kind::Comma, Expected::Word(","))?;
            reason = Some(Box::new(self.name()?));
            self.need_kind(Kind::RParen, Expected::Word(")"))?;
        }
        Ok(ClauseKind::Idempotency { mode, key, reason })
    }

    fn concurrency(&mut self) -> Parsed<ClauseKind> {
        let modes = &["unique_key", "optimistic_version", "read_snapshot"];
        let mode = self.one_of(modes, "`unique_key`, `optimistic_version` or `read_snapshot`")?;
        let takes_field = mode.value == "unique_key" || mode.value == "optimistic_version";
        let field = if takes_field { Some(self.ident(Expected::Thing("a field"))?) } else { None };
        Ok(ClauseKind::Concurrency { mode, field })
    }
}
