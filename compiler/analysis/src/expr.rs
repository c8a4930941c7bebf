//! Expressions of policies and assignments: every name resolved, every part typed, before anything is emitted.

use crate::report;
use crate::types::{constant, spell};
use seac_model::{
    CompareOp, Context, Entity, Fact, Field, Literal, ProductOp, Record, SumOp, Ty, TypeId, TypedExpr, TypedExprKind,
    Unit,
};
use seac_syntax::sea::ast::{self, Expr, ExprKind, LiteralKind};
use seac_syntax::{Diagnostic, Span};
use std::collections::BTreeMap;

type Checked<T> = Result<T, Box<Diagnostic>>;

/// Members of an enum, each with its name and its wire text.
pub type Members = Vec<(String, String)>;

/// What names mean while an operation is decided.
pub struct Facts<'a> {
    /// The operation's input.
    pub input: &'a Record,
    /// The state it is about: the entity, if the operation has one and it is there when the expression is evaluated.
    pub state: Option<&'a Entity>,
    /// Members of an enum of any context: name and wire text.
    pub enums: &'a dyn Fn(&TypeId) -> Option<Members>,
    /// Roles by written name.
    pub roles: &'a dyn Fn(&str, Span) -> Checked<TypeId>,
    /// Units by symbol.
    pub units: &'a BTreeMap<String, Unit>,
}

/// A part of an expression: typed, or a literal that still adopts the type of what it is compared with.
enum Part<'a> {
    Typed(TypedExpr),
    Open(&'a LiteralKind, Span),
    /// A bare word that names no fact: perhaps the member of an enum.
    Word(&'a str, Span),
}

impl Facts<'_> {
    /// Types an expression that must be a truth value.
    pub fn condition(&self, expr: &Expr) -> Checked<TypedExpr> {
        let typed = self.typed(expr)?;
        if typed.ty == Ty::Bool {
            Ok(typed)
        } else {
            Err(report::mismatch(expr.span, "bool", &spell(&typed.ty)).into())
        }
    }

    /// Types an expression whose value is assigned to something of type `expected`.
    pub fn value(&self, expr: &Expr, expected: &Ty) -> Checked<TypedExpr> {
        let typed = self.close(self.part(expr)?, Some(expected))?;
        if assignable(&typed.ty, expected) {
            Ok(typed)
        } else {
            Err(report::mismatch(expr.span, &spell(expected), &spell(&typed.ty)).into())
        }
    }

    fn typed(&self, expr: &Expr) -> Checked<TypedExpr> {
        self.close(self.part(expr)?, None)
    }

    fn part<'e>(&self, expr: &'e Expr) -> Checked<Part<'e>> {
        let typed = match &expr.kind {
            ExprKind::Literal(literal) => return Ok(Part::Open(&literal.kind, literal.span)),
            ExprKind::Path(path) => return self.path(path, expr.span),
            ExprKind::Or(parts) => self.chain(parts, TypedExprKind::Or)?,
            ExprKind::And(parts) => self.chain(parts, TypedExprKind::And)?,
            ExprKind::Not(inner) => boolean(TypedExprKind::Not(Box::new(self.condition(inner)?))),
            ExprKind::Compare { op, left, right } => self.compare(op, left, right)?,
            ExprKind::Sum { first, rest } => {
                let (first, rest) = self.arithmetic(first, rest.iter().map(|(op, part)| (sum_op(op.value), part)))?;
                TypedExpr { ty: first.ty.clone(), kind: TypedExprKind::Sum(Box::new(first), rest) }
            }
            ExprKind::Product { first, rest } => self.product(first, rest)?,
            ExprKind::Negate(inner) => {
                let inner = self.typed(inner)?;
                require_number(&inner, expr.span)?;
                TypedExpr { ty: inner.ty.clone(), kind: TypedExprKind::Negate(Box::new(inner)) }
            }
            ExprKind::Cast { .. }
            | ExprKind::Aggregate(_)
            | ExprKind::Quantified { .. }
            | ExprKind::GroupBy { .. }
            | ExprKind::Instance { .. }
            | ExprKind::Role(_) => return Err(report::not_in_an_operation(expr.span).into()),
            ExprKind::Missing => return Err(report::not_in_an_operation(expr.span).into()),
        };
        Ok(Part::Typed(typed))
    }

    fn chain(&self, parts: &[Expr], make: fn(Vec<TypedExpr>) -> TypedExprKind) -> Checked<TypedExpr> {
        let typed = parts.iter().map(|part| self.condition(part)).collect::<Checked<Vec<_>>>()?;
        Ok(boolean(make(typed)))
    }

    fn path<'e>(&self, path: &'e [ast::Ident], span: Span) -> Checked<Part<'e>> {
        let words: Vec<&str> = path.iter().map(|ident| ident.value.as_str()).collect();
        let state = |name: &str| self.state.and_then(|entity| entity.fields.iter().find(|f| f.name == name));
        let input = |name: &str| self.input.fields.iter().find(|f| f.name == name);
        let typed = match words.as_slice() {
            ["now"] => TypedExpr { ty: Ty::Timestamp, kind: TypedExprKind::Fact(Fact::Now) },
            ["actor"] | ["actor", "id"] => TypedExpr { ty: Ty::String, kind: TypedExprKind::Fact(Fact::ActorId) },
            ["input", name] => match input(name) {
                Some(field) => input_fact(field),
                None => return Err(report::unknown("input field", name, path[1].span, names(self.input)).into()),
            },
            ["state", name] => match (state(name), self.state) {
                (Some(field), _) => state_fact(field),
                (None, Some(entity)) => {
                    let known = entity.fields.iter().map(|f| f.name.as_str());
                    return Err(report::unknown("field", name, path[1].span, known).into());
                }
                (None, None) => return Err(report::no_state_yet(span).into()),
            },
            [name] => match (input(name), state(name)) {
                (Some(field), _) => input_fact(field),
                (None, Some(field)) => state_fact(field),
                (None, None) => return Ok(Part::Word(&path[0].value, span)),
            },
            _ => {
                let known = ["input", "state", "actor", "now"];
                return Err(report::unknown("fact", &words.join("."), span, known).into());
            }
        };
        Ok(Part::Typed(typed))
    }

    fn compare(&self, op: &ast_op::Spanned, left: &Expr, right: &Expr) -> Checked<TypedExpr> {
        if op.value == ast::CompareOp::HasRole {
            return self.has_role(left, right);
        }
        let (left_part, right_part) = (self.part(left)?, self.part(right)?);
        let (left_typed, right_typed) = match (left_part, right_part) {
            (Part::Typed(l), open) => {
                let r = self.close(open, Some(&l.ty))?;
                (l, r)
            }
            (open, Part::Typed(r)) => (self.close(open, Some(&r.ty))?, r),
            (l, r) => (self.close(l, None)?, self.close(r, None)?),
        };
        let compare = compare_op(op)?;
        let fits = comparable(compare, &left_typed.ty, &right_typed.ty);
        if !fits {
            let (l, r) = (spell(&left_typed.ty), spell(&right_typed.ty));
            return Err(report::not_comparable(op.span, (left.span, &l), (right.span, &r)).into());
        }
        if compare == CompareOp::Matches {
            self.literal_regex(&right_typed, right.span)?;
        }
        Ok(boolean(TypedExprKind::Compare(compare, Box::new(left_typed), Box::new(right_typed))))
    }

    /// `matches` needs its expression at compile time, so that it can be checked and compiled once.
    fn literal_regex(&self, right: &TypedExpr, span: Span) -> Checked<()> {
        let TypedExprKind::Literal(Literal::Text(regex)) = &right.kind else {
            return Err(report::mismatch(span, "a literal regular expression", &spell(&right.ty)).into());
        };
        match regex_syntax::parse(regex) {
            Ok(_) => Ok(()),
            Err(error) => Err(report::bad_regex(span, &error.to_string()).into()),
        }
    }

    fn has_role(&self, left: &Expr, right: &Expr) -> Checked<TypedExpr> {
        match self.part(left)? {
            Part::Typed(TypedExpr { kind: TypedExprKind::Fact(Fact::ActorId), .. }) => {}
            _ => return Err(report::mismatch(left.span, "`actor`", "something else").into()),
        }
        let role = match &right.kind {
            ExprKind::Role(name) => (self.roles)(&name.value, name.span),
            ExprKind::Literal(literal) => match &literal.kind {
                LiteralKind::String(name) => (self.roles)(name, literal.span),
                _ => Err(report::mismatch(right.span, "a role", "another literal").into()),
            },
            _ => Err(report::mismatch(right.span, "a role", "an expression").into()),
        };
        Ok(boolean(TypedExprKind::HasRole(role?)))
    }

    fn arithmetic<'e, Op>(
        &self,
        first: &Expr,
        rest: impl Iterator<Item = (Op, &'e Expr)>,
    ) -> Checked<(TypedExpr, Vec<(Op, TypedExpr)>)> {
        let first_typed = self.typed(first)?;
        require_number(&first_typed, first.span)?;
        let rest = rest
            .map(|(op, expr)| {
                let part = self.close(self.part(expr)?, Some(&first_typed.ty))?;
                if part.ty == first_typed.ty {
                    Ok((op, part))
                } else {
                    Err(report::mismatch(expr.span, &spell(&first_typed.ty), &spell(&part.ty)).into())
                }
            })
            .collect::<Checked<Vec<_>>>()?;
        Ok((first_typed, rest))
    }

    /// A quantity may be multiplied with and divided by numbers; the result keeps the unit.
    fn product(&self, first: &Expr, rest: &[(ast_op::SpannedProduct, Expr)]) -> Checked<TypedExpr> {
        let first_typed = self.typed(first)?;
        require_number(&first_typed, first.span)?;
        let scale = if matches!(first_typed.ty, Ty::Quantity(_)) { Ty::Decimal } else { first_typed.ty.clone() };
        let rest = rest
            .iter()
            .map(|(op, expr)| {
                let part = self.close(self.part(expr)?, Some(&scale))?;
                if part.ty == scale {
                    Ok((product_op(op.value), part))
                } else {
                    Err(Box::new(report::mismatch(expr.span, &spell(&scale), &spell(&part.ty))))
                }
            })
            .collect::<Checked<Vec<_>>>()?;
        Ok(TypedExpr { ty: first_typed.ty.clone(), kind: TypedExprKind::Product(Box::new(first_typed), rest) })
    }

    fn close(&self, part: Part<'_>, expected: Option<&Ty>) -> Checked<TypedExpr> {
        match (part, expected) {
            (Part::Typed(typed), _) => Ok(typed),
            (Part::Open(literal, span), Some(Ty::Enum(id))) => {
                let LiteralKind::String(text) = literal else {
                    return Err(report::mismatch(span, &id.name, "a literal").into());
                };
                self.member(id, text, span)
            }
            (Part::Open(literal, span), Some(ty)) => adopt(literal, span, ty, self.units),
            (Part::Open(literal, span), None) => own_type(literal, span, self.units),
            (Part::Word(word, span), Some(Ty::Enum(id))) => self.member(id, word, span),
            (Part::Word(word, span), _) => {
                let state = self.state.map(|entity| entity.fields.as_slice()).unwrap_or_default();
                let fields = self.input.fields.iter().chain(state).map(|f| f.name.as_str());
                Err(report::unknown("name", word, span, fields.chain(["now", "actor"])).into())
            }
        }
    }

    fn member(&self, id: &TypeId, word: &str, span: Span) -> Checked<TypedExpr> {
        let members = (self.enums)(id).unwrap_or_default();
        match members.iter().find(|(name, wire)| name == word || wire == word) {
            Some((name, _)) => Ok(constant(Ty::Enum(id.clone()), Literal::Member(name.clone()))),
            None => {
                let what = format!("member of {}", id.name);
                Err(report::unknown(&what, word, span, members.iter().map(|(name, _)| name.as_str())).into())
            }
        }
    }
}

/// Short names for the spanned operators of the syntax tree.
mod ast_op {
    use seac_syntax::sea::ast::{CompareOp, ProductOp};
    pub type Spanned = seac_syntax::Spanned<CompareOp>;
    pub type SpannedProduct = seac_syntax::Spanned<ProductOp>;
}

fn names(record: &Record) -> impl Iterator<Item = &str> {
    record.fields.iter().map(|field| field.name.as_str())
}

fn boolean(kind: TypedExprKind) -> TypedExpr {
    TypedExpr { ty: Ty::Bool, kind }
}

fn input_fact(field: &Field) -> TypedExpr {
    let fact = Fact::Input { field: field.name.clone(), optional: field.optional };
    TypedExpr { ty: field.ty.clone(), kind: TypedExprKind::Fact(fact) }
}

fn state_fact(field: &Field) -> TypedExpr {
    let fact = Fact::State { field: field.name.clone(), optional: field.optional };
    TypedExpr { ty: field.ty.clone(), kind: TypedExprKind::Fact(fact) }
}

fn require_number(typed: &TypedExpr, span: Span) -> Checked<()> {
    match typed.ty {
        Ty::Int | Ty::Decimal | Ty::Quantity(_) => Ok(()),
        _ => Err(report::mismatch(span, "a number or a quantity", &spell(&typed.ty)).into()),
    }
}

/// Whether a value of type `from` may be stored in a field of type `to`.
pub fn assignable(from: &Ty, to: &Ty) -> bool {
    from == to
        || matches!((from, to), (Ty::Value(_), Ty::String))
        || matches!((from, to), (Ty::Uuid, Ty::Ref(_)) | (Ty::Ref(_), Ty::Uuid))
}

fn comparable(op: CompareOp, left: &Ty, right: &Ty) -> bool {
    let text = |ty: &Ty| matches!(ty, Ty::String | Ty::Value(_));
    let ordered = |ty: &Ty| matches!(ty, Ty::Int | Ty::Decimal | Ty::Quantity(_) | Ty::Timestamp | Ty::String);
    match op {
        CompareOp::Eq | CompareOp::Ne => {
            let plain = !matches!(left, Ty::List(_) | Ty::Record(_) | Ty::Entity(_) | Ty::Json | Ty::Bytes);
            plain && (left == right || (text(left) && text(right)))
        }
        CompareOp::Lt | CompareOp::Le | CompareOp::Gt | CompareOp::Ge => ordered(left) && left == right,
        CompareOp::Contains | CompareOp::StartsWith | CompareOp::EndsWith | CompareOp::Matches => {
            text(left) && text(right)
        }
    }
}

fn compare_op(op: &ast_op::Spanned) -> Checked<CompareOp> {
    Ok(match op.value {
        ast::CompareOp::Eq => CompareOp::Eq,
        ast::CompareOp::Ne => CompareOp::Ne,
        ast::CompareOp::Lt | ast::CompareOp::Before => CompareOp::Lt,
        ast::CompareOp::Le => CompareOp::Le,
        ast::CompareOp::Gt | ast::CompareOp::After => CompareOp::Gt,
        ast::CompareOp::Ge => CompareOp::Ge,
        ast::CompareOp::Contains => CompareOp::Contains,
        ast::CompareOp::StartsWith => CompareOp::StartsWith,
        ast::CompareOp::EndsWith => CompareOp::EndsWith,
        ast::CompareOp::Matches => CompareOp::Matches,
        ast::CompareOp::During | ast::CompareOp::HasRole => return Err(report::not_in_an_operation(op.span).into()),
    })
}

fn sum_op(op: ast::SumOp) -> SumOp {
    match op {
        ast::SumOp::Add => SumOp::Add,
        ast::SumOp::Subtract => SumOp::Subtract,
    }
}

fn product_op(op: ast::ProductOp) -> ProductOp {
    match op {
        ast::ProductOp::Multiply => ProductOp::Multiply,
        ast::ProductOp::Divide => ProductOp::Divide,
    }
}

/// The type a literal has by itself.
fn own_type(literal: &LiteralKind, span: Span, units: &BTreeMap<String, Unit>) -> Checked<TypedExpr> {
    let ty = match literal {
        LiteralKind::Bool(_) => Ty::Bool,
        LiteralKind::Number(text) if text.contains('.') => Ty::Decimal,
        LiteralKind::Number(_) => Ty::Int,
        LiteralKind::String(_) | LiteralKind::Word(_) => Ty::String,
        LiteralKind::Time(_) => Ty::Timestamp,
        LiteralKind::Quantity { unit, .. } => Ty::Quantity(unit.value.clone()),
        LiteralKind::Interval(..) | LiteralKind::Array(_) => return Err(report::not_in_an_operation(span).into()),
    };
    adopt(literal, span, &ty, units)
}

/// A literal where a value of type `ty` stands beside it: a bare number adopts the unit, a text the form.
fn adopt(literal: &LiteralKind, span: Span, ty: &Ty, units: &BTreeMap<String, Unit>) -> Checked<TypedExpr> {
    let value = match (literal, ty) {
        (LiteralKind::Bool(value), Ty::Bool) => Literal::Bool(*value),
        (LiteralKind::Number(text), Ty::Int) if text.parse::<i64>().is_ok() => Literal::Number(text.clone()),
        (LiteralKind::Number(text), Ty::Decimal) => Literal::Number(exact(text, span)?),
        (LiteralKind::Number(text), Ty::Quantity(_)) => Literal::Quantity(exact(text, span)?),
        (LiteralKind::Quantity { amount, unit }, Ty::Quantity(wanted)) => {
            Literal::Quantity(convert(&amount.value, &unit.value, wanted, unit.span, units)?)
        }
        (LiteralKind::Time(text), Ty::Timestamp) => Literal::Time(text.clone()),
        (LiteralKind::String(text), Ty::String | Ty::Value(_) | Ty::Uuid | Ty::Ref(_)) => Literal::Text(text.clone()),
        _ => return Err(report::mismatch(span, &spell(ty), literal_word(literal)).into()),
    };
    Ok(constant(ty.clone(), value))
}

/// Checks that a decimal has no more digits than are kept: nothing is rounded silently.
fn exact(text: &str, span: Span) -> Checked<String> {
    match rust_decimal::Decimal::from_str_exact(text) {
        Ok(value) => Ok(value.normalize().to_string()),
        Err(_) => Err(report::too_many_digits(span).into()),
    }
}

/// Converts a literal amount between units of one dimension; currencies are never converted.
fn convert(amount: &str, from: &str, to: &str, span: Span, units: &BTreeMap<String, Unit>) -> Checked<String> {
    let amount = exact(amount, span)?;
    if from == to {
        return Ok(amount);
    }
    let Some(from_unit) = units.get(from) else {
        return Err(report::unknown("unit", from, span, units.keys().map(String::as_str)).into());
    };
    let same = units.get(to).filter(|to| to.dimension == from_unit.dimension && to.dimension != "Currency");
    let Some(to_unit) = same else {
        return Err(report::unit_mismatch(span, from, to).into());
    };
    let parse = |text: &str| rust_decimal::Decimal::from_str_exact(text).ok();
    let converted = parse(&amount)
        .zip(parse(&from_unit.factor))
        .and_then(|(amount, factor)| amount.checked_mul(factor))
        .zip(parse(&to_unit.factor))
        .and_then(|(base, factor)| base.checked_div(factor).filter(|quotient| quotient * factor == base));
    converted.map(|value| value.normalize().to_string()).ok_or_else(|| report::too_many_digits(span).into())
}

fn literal_word(literal: &LiteralKind) -> &'static str {
    match literal {
        LiteralKind::Bool(_) => "bool",
        LiteralKind::Number(_) => "a number",
        LiteralKind::String(_) => "string",
        LiteralKind::Quantity { .. } => "a quantity",
        LiteralKind::Time(_) => "timestamp",
        LiteralKind::Interval(..) => "an interval",
        LiteralKind::Array(_) => "an array",
        LiteralKind::Word(_) => "a word",
    }
}

/// A literal default of a field. Members are looked up in the context's own enums, which are declared by then.
pub fn literal_as(
    literal: &LiteralKind,
    span: Span,
    ty: &Ty,
    units: &BTreeMap<String, Unit>,
    context: &Context,
    slug: &str,
) -> Checked<TypedExpr> {
    let Ty::Enum(id) = ty else { return adopt(literal, span, ty, units) };
    let (LiteralKind::Word(word) | LiteralKind::String(word)) = literal else {
        return Err(report::mismatch(span, &id.name, literal_word(literal)).into());
    };
    let own = (id.context == slug).then(|| context.enums.get(&id.name)).flatten();
    let members = own.map(|decl| decl.members.as_slice()).unwrap_or_default();
    match members.iter().find(|member| member.name == *word || member.wire == *word) {
        Some(member) => Ok(constant(ty.clone(), Literal::Member(member.name.clone()))),
        None => {
            let known = members.iter().map(|member| member.name.as_str());
            Err(report::unknown(&format!("member of {}", id.name), word, span, known).into())
        }
    }
}

/// The expression in canonical words: two policies mean the same to the reader if their texts are equal.
pub fn canonical_text(expr: &Expr) -> String {
    seac_syntax::sea::print::expression(expr)
}
