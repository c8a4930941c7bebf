//! Expressions as canonical text: one spelling for every tree, however it was written.

use super::ast::{
    Aggregate, AggregateFunction, Collection, CompareOp, Expr, ExprKind, Literal, LiteralKind, ProductOp, Quantifier,
    SumOp, TypeExpr, TypeExprKind,
};
use super::words::{self, TimeShape};

/// Binding strength of the levels of the grammar, loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Not,
    Compare,
    Sum,
    Product,
    Negate,
    Cast,
    Primary,
}

/// The canonical text of an expression; parentheses stand only where the tree needs them.
pub fn expression(expr: &Expr) -> String {
    let mut out = String::new();
    write(&mut out, expr, Level::Or);
    out
}

/// The canonical text of a type.
pub fn type_expr(ty: &TypeExpr) -> String {
    match &ty.kind {
        TypeExprKind::Quantity(unit) => format!("quantity<{}>", unit.value),
        TypeExprKind::Ref(entity) => format!("ref<{}>", entity.value),
        TypeExprKind::List(inner) => format!("list<{}>", type_expr(inner)),
        TypeExprKind::Named(name) => name.value.to_string(),
        TypeExprKind::Missing => "<missing>".to_owned(),
    }
}

fn level(expr: &Expr) -> Level {
    match &expr.kind {
        ExprKind::Or(_) => Level::Or,
        ExprKind::And(_) => Level::And,
        ExprKind::Not(_) => Level::Not,
        ExprKind::Compare { .. } => Level::Compare,
        ExprKind::Sum { .. } => Level::Sum,
        ExprKind::Product { .. } => Level::Product,
        ExprKind::Negate(_) => Level::Negate,
        ExprKind::Cast { .. } => Level::Cast,
        _ => Level::Primary,
    }
}

/// A literal, or a cast of one.
fn begins_with_literal(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(_) => true,
        ExprKind::Cast { expr, .. } => matches!(expr.kind, ExprKind::Literal(_)),
        _ => false,
    }
}

fn write(out: &mut String, expr: &Expr, at_least: Level) {
    if level(expr) < at_least {
        out.push('(');
        write_bare(out, expr);
        out.push(')');
    } else {
        write_bare(out, expr);
    }
}

fn write_bare(out: &mut String, expr: &Expr) {
    match &expr.kind {
        ExprKind::Literal(value) => literal(out, value),
        ExprKind::Path(path) => out.push_str(&joined(path)),
        ExprKind::Instance { id, members } => {
            out.push('@');
            out.push_str(&id.value);
            for member in members {
                out.push('.');
                out.push_str(&member.value);
            }
        }
        ExprKind::Role(name) => out.push_str(&format!("role<{}>", name.value)),
        ExprKind::Or(parts) => chain(out, parts, " or ", Level::And),
        ExprKind::And(parts) => chain(out, parts, " and ", Level::Not),
        ExprKind::Not(inner) => {
            out.push_str("not ");
            write(out, inner, Level::Not);
        }
        ExprKind::Compare { op, left, right } => {
            write(out, left, Level::Sum);
            out.push_str(compare(op.value));
            write(out, right, Level::Sum);
        }
        ExprKind::Sum { first, rest } => {
            write(out, first, Level::Product);
            for (op, part) in rest {
                out.push_str(if op.value == SumOp::Add { " + " } else { " - " });
                write(out, part, Level::Product);
            }
        }
        ExprKind::Product { first, rest } => {
            write(out, first, Level::Negate);
            for (op, part) in rest {
                out.push_str(if op.value == ProductOp::Multiply { " * " } else { " / " });
                write(out, part, Level::Negate);
            }
        }
        ExprKind::Negate(inner) => {
            // A literal behind the sign would be read as a negative number.
            out.push('-');
            let needed = if begins_with_literal(inner) { None } else { Some(Level::Negate) };
            match needed {
                Some(needed) => write(out, inner, needed),
                None => {
                    out.push('(');
                    write_bare(out, inner);
                    out.push(')');
                }
            }
        }
        ExprKind::Cast { expr, unit } => {
            // A cast of a cast needs brackets.
            write(out, expr, Level::Primary);
            out.push_str(" as ");
            string(out, &unit.value);
        }
        ExprKind::Aggregate(aggregate) => write_aggregate(out, aggregate),
        ExprKind::Quantified { quantifier, variable, collection, body } => {
            let word = match quantifier.value {
                Quantifier::Forall => "forall",
                Quantifier::Exists => "exists",
                Quantifier::ExistsUnique => "exists_unique",
            };
            out.push_str(&format!("{word} {} in ", variable.value));
            write_collection(out, collection);
            out.push_str(": (");
            write(out, body, Level::Or);
            out.push(')');
        }
        ExprKind::GroupBy { variable, collection, filter, key, body } => {
            out.push_str(&format!("group_by({} in ", variable.value));
            write_collection(out, collection);
            if let Some(filter) = filter {
                out.push_str(" where ");
                write(out, filter, Level::Or);
            }
            out.push_str(": ");
            write(out, key, Level::Or);
            out.push_str(") { ");
            write(out, body, Level::Or);
            out.push_str(" }");
        }
        ExprKind::Missing => out.push_str("<missing>"),
    }
}

fn joined(path: &[super::ast::Ident]) -> String {
    path.iter().map(|ident| ident.value.as_str()).collect::<Vec<_>>().join(".")
}

fn chain(out: &mut String, parts: &[Expr], word: &str, at_least: Level) {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            out.push_str(word);
        }
        write(out, part, at_least);
    }
}

fn compare(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => " = ",
        CompareOp::Ne => " != ",
        CompareOp::Lt => " < ",
        CompareOp::Le => " <= ",
        CompareOp::Gt => " > ",
        CompareOp::Ge => " >= ",
        CompareOp::Contains => " contains ",
        CompareOp::StartsWith => " startswith ",
        CompareOp::EndsWith => " endswith ",
        CompareOp::Matches => " matches ",
        CompareOp::Before => " before ",
        CompareOp::After => " after ",
        CompareOp::During => " during ",
        CompareOp::HasRole => " has_role ",
    }
}

fn write_aggregate(out: &mut String, aggregate: &Aggregate) {
    out.push_str(match aggregate.function.value {
        AggregateFunction::Count => "count(",
        AggregateFunction::Sum => "sum(",
        AggregateFunction::Min => "min(",
        AggregateFunction::Max => "max(",
        AggregateFunction::Avg => "avg(",
    });
    if let Some(variable) = &aggregate.variable {
        out.push_str(&format!("{} in ", variable.value));
    }
    write_collection(out, &aggregate.collection);
    if let Some(field) = &aggregate.field {
        out.push('.');
        out.push_str(&field.value);
    }
    if let Some((count, unit)) = &aggregate.window {
        out.push_str(&format!(" over last {} ", count.value));
        string(out, &unit.value);
    }
    if let Some(filter) = &aggregate.filter {
        out.push_str(" where ");
        write(out, filter, Level::Or);
    }
    if let Some(projection) = &aggregate.projection {
        out.push_str(": ");
        write(out, projection, Level::Or);
    }
    out.push(')');
}

fn write_collection(out: &mut String, collection: &Collection) {
    out.push_str(&collection.name.value);
    if let Some(of) = &collection.of {
        out.push_str(" of ");
        string(out, &of.value);
    }
}

/// A literal in its canonical spelling.
pub fn literal(out: &mut String, value: &Literal) {
    match &value.kind {
        LiteralKind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        LiteralKind::Number(text) | LiteralKind::Word(text) => out.push_str(text),
        // As a plain string it would be read as a time.
        LiteralKind::String(text) if words::time_shape(text) != TimeShape::No => {
            out.push_str(&format!("\"\"\"{text}\"\"\""));
        }
        LiteralKind::String(text) => string(out, text),
        LiteralKind::Quantity { amount, unit } => {
            out.push_str(&amount.value);
            out.push(' ');
            string(out, &unit.value);
        }
        LiteralKind::Time(text) => out.push_str(&format!("\"{text}\"")),
        LiteralKind::Interval(from, to) => {
            out.push_str("interval(");
            string(out, &from.value);
            out.push_str(", ");
            string(out, &to.value);
            out.push(')');
        }
        LiteralKind::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                literal(out, item);
            }
            out.push(']');
        }
        LiteralKind::Instance(id) => {
            out.push('@');
            out.push_str(&id.value);
        }
    }
}

/// A string literal with the escapes of the language.
pub fn string(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control.is_control() => out.push_str(&format!("\\u{{{:x}}}", control as u32)),
            other => out.push(other),
        }
    }
    out.push('"');
}
