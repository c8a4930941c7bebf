//! The environment of an operation: its input, the state it is about, the caller, the time.

use super::check::{Checker, Environment, Memos, Resolved};
use super::lower;
use super::node::{Accessor, Node, NodeKind, RoleRef, Source};
use super::ty::{Shape, Type};
use super::units::Units;
use crate::names::{Kind, Scope};
use crate::report;
use seac_model::{Entity, Fact, Field, Model, Record, Ty, TypeId, TypedExpr, Unit};
use seac_syntax::sea::ast::{Collection, Expr, Ident, Literal, LiteralKind};
use seac_syntax::{Diagnostic, Span};
use std::borrow::Cow;
use std::collections::BTreeMap;

type Checked<T> = Result<T, Box<Diagnostic>>;

/// Members of an enum, each with its name and its wire text.
pub type Members = Vec<(String, String)>;

/// What names mean while an operation is decided.
pub struct Facts<'f> {
    /// The operation's input.
    pub input: &'f Record,
    /// The state it is about: the entity, if the operation has one and it is there when the expression is evaluated.
    pub state: Option<&'f Entity>,
    /// Members of an enum of any context: name and wire text.
    pub enums: &'f dyn Fn(&TypeId) -> Option<Members>,
    /// Roles by written name.
    pub roles: &'f dyn Fn(&str, Span) -> Checked<TypeId>,
    /// Expressions of the declared patterns, by name.
    pub patterns: &'f BTreeMap<String, String>,
    /// The units in use.
    pub units: &'f Units,
}

/// Where names are looked up while something of a context is decided.
pub struct Place<'p> {
    /// All contexts.
    pub model: &'p Model,
    /// What names mean in each of them.
    pub scope: &'p Scope,
    /// The context.
    pub slug: &'p str,
    /// Expressions of the declared patterns, by name.
    pub patterns: &'p BTreeMap<String, String>,
    /// The units in use.
    pub units: &'p Units,
}

impl Place<'_> {
    /// Calls `f` with what names mean beside an input, and a state if there is one.
    pub fn facts<T>(&self, input: &Record, state: Option<&Entity>, f: impl FnOnce(&Facts<'_>) -> T) -> T {
        let enums = |id: &TypeId| {
            let members = &self.model.enumeration(id)?.members;
            Some(members.iter().map(|member| (member.name.clone(), member.wire.clone())).collect())
        };
        let roles = |name: &str, span: Span| self.scope.resolve(self.slug, name, span, &[Kind::Role]).map(|(id, _)| id);
        f(&Facts { input, state, enums: &enums, roles: &roles, patterns: self.patterns, units: self.units })
    }
}

impl Facts<'_> {
    /// Types an expression that must be a truth value.
    pub fn condition(&self, expr: &Expr, out: &mut Vec<Diagnostic>) -> Option<TypedExpr> {
        let known = out.len();
        let node = Checker::new(self, 0, &mut Memos::default(), out).condition(expr);
        if out.len() > known || node.has_error() {
            return None;
        }
        lower::lower(&node, self.units).map_err(|finding| out.push(*finding)).ok()
    }

    /// Types an expression whose value is assigned to something of type `expected`.
    pub fn value(&self, expr: &Expr, expected: &Ty, out: &mut Vec<Diagnostic>) -> Option<TypedExpr> {
        let known = out.len();
        let node = Checker::new(self, 0, &mut Memos::default(), out).value(expr, &Type::from(expected));
        if out.len() > known || node.has_error() {
            return None;
        }
        let typed = lower::lower(&node, self.units).map_err(|finding| out.push(*finding)).ok()?;
        if assignable(&typed.ty, expected) {
            return Some(typed);
        }
        out.push(report::mismatch(expr.span, &expected.to_string(), &typed.ty.to_string()));
        None
    }

    fn state_field(&self, name: &str) -> Option<&Field> {
        self.state?.fields.iter().find(|field| field.name == name)
    }

    fn input_field(&self, name: &str) -> Option<&Field> {
        self.input.fields.iter().find(|field| field.name == name)
    }
}

impl<'a> Environment<'a> for Facts<'_> {
    fn units(&self) -> &Units {
        self.units
    }

    fn root(&self, path: &'a [Ident], span: Span) -> Resolved<'a> {
        let words: Vec<&str> = path.iter().map(|ident| ident.value.as_str()).collect();
        let fact = |ty: Type, fact: Fact, read: usize| Resolved::Node(Node::new(ty, span, NodeKind::Fact(fact)), read);
        match words.as_slice() {
            ["now"] => fact(Type::Time, Fact::Now, 1),
            ["actor", "id"] => fact(Type::Text, Fact::ActorId, 2),
            ["actor", "role"] => fact(Type::Element(Shape::Role), Fact::ActorId, 2),
            ["actor"] => fact(Type::Text, Fact::ActorId, 1),
            ["input", name, ..] => match self.input_field(name) {
                Some(field) => fact(Type::from(&field.ty), input_fact(field), 2),
                None => {
                    let known = names(&self.input.fields);
                    Resolved::Failed(report::unknown("input field", name, path[1].span, known).into())
                }
            },
            ["state", name, ..] => match (self.state_field(name), self.state) {
                (Some(field), _) => fact(Type::from(&field.ty), state_fact(field), 2),
                (None, Some(entity)) => {
                    let known = names(&entity.fields);
                    Resolved::Failed(report::unknown("field", name, path[1].span, known).into())
                }
                (None, None) => Resolved::Failed(report::no_state_yet(span).into()),
            },
            [name, ..] => match (self.input_field(name), self.state_field(name)) {
                (Some(field), _) => fact(Type::from(&field.ty), input_fact(field), 1),
                (None, Some(field)) => fact(Type::from(&field.ty), state_fact(field), 1),
                (None, None) => Resolved::Word,
            },
            [] => Resolved::Word,
        }
    }

    fn member(&self, of: &Type, name: &Ident, _resource: Option<&str>) -> Checked<(Type, Accessor)> {
        Err(report::no_members(name.span, &of.spell()).into())
    }

    fn instance(&self, id: &Ident) -> Checked<Node<'a>> {
        Err(report::not_in_an_operation(id.span).into())
    }

    fn collection(&self, collection: &Collection) -> Checked<(Source, Shape)> {
        Err(report::not_in_an_operation(collection.span).into())
    }

    fn time(&self, _shape: &Shape, span: Span) -> Checked<Accessor> {
        Err(report::not_in_an_operation(span).into())
    }

    fn members(&self, id: &TypeId) -> Members {
        (self.enums)(id).unwrap_or_default()
    }

    fn role(&self, name: &str, span: Span) -> Checked<RoleRef> {
        (self.roles)(name, span).map(RoleRef::Type)
    }

    fn pattern(&self, name: &str) -> Option<Cow<'a, str>> {
        self.patterns.get(name).map(|regex| Cow::Owned(regex.clone()))
    }

    fn declared(&self, _shape: &Shape, _name: &str) -> Option<Cow<'a, str>> {
        None
    }

    fn unknown(&self, word: &str, span: Span) -> Box<Diagnostic> {
        let state = self.state.map(|entity| entity.fields.as_slice()).unwrap_or_default();
        let known = names(&self.input.fields).chain(names(state)).chain(["now", "actor"]);
        report::unknown("name", word, span, known).into()
    }
}

fn names(fields: &[Field]) -> impl Iterator<Item = &str> {
    fields.iter().map(|field| field.name.as_str())
}

fn input_fact(field: &Field) -> Fact {
    Fact::Input { field: field.name.clone(), optional: field.optional }
}

fn state_fact(field: &Field) -> Fact {
    Fact::State { field: field.name.clone(), optional: field.optional }
}

/// Whether a value of type `from` may be stored in a field of type `to`.
pub fn assignable(from: &Ty, to: &Ty) -> bool {
    from == to
        || matches!((from, to), (Ty::Value(_), Ty::String))
        || matches!((from, to), (Ty::Uuid, Ty::Ref(_)) | (Ty::Ref(_), Ty::Uuid))
}

/// A literal default of a field, given the members of every enum.
pub fn literal_as(
    literal: &LiteralKind,
    span: Span,
    ty: &Ty,
    units: &BTreeMap<String, Unit>,
    members: &BTreeMap<TypeId, Members>,
) -> Checked<TypedExpr> {
    let enums = |id: &TypeId| members.get(id).cloned();
    let roles = |_: &str, span: Span| Err(report::not_in_an_operation(span).into());
    let (units, patterns) = (Units::new(units), BTreeMap::new());
    let nothing = Record { doc: None, fields: Vec::new(), origin: seac_model::Origin::default() };
    let facts =
        Facts { input: &nothing, state: None, enums: &enums, roles: &roles, patterns: &patterns, units: &units };
    let literal = Literal { span, kind: literal.clone() };
    let mut out = Vec::new();
    let node = Checker::new(&facts, 0, &mut Memos::default(), &mut out).literal(&literal, &Type::from(ty));
    match out.pop() {
        Some(finding) => Err(finding.into()),
        None => {
            let typed = lower::lower(&node, &units)?;
            if typed.ty == *ty {
                return Ok(typed);
            }
            Err(report::mismatch(span, &ty.to_string(), &typed.ty.to_string()).into())
        }
    }
}
