//! Objects in the one spelling they have, so that one claim has one id; what is not of its type is refused, so that no
//! object can say anything else than what its predicate stands for.

use crate::assertion::Object;
use crate::subject::{is_word, quoted};
use crate::vocabulary::Ty;
use seac_syntax::diagnostic::has_errors;
use seac_syntax::sea::ast::{
    Annotation, ClauseKind, DeclarationKind, Literal, PolicyBinding, SeaFile, Value, ValueKind,
};
use seac_syntax::sea::{self, normalise_number, print};
use seac_syntax::{FileId, Text};

/// The canonical spelling of an object of this type; `key` is that of an annotation.
///
/// # Errors
/// What an object of this type is.
pub fn canonical(ty: Ty, key: &str, written: Object) -> Result<Object, &'static str> {
    let text = match written {
        Object::List(list) if ty == Ty::List => return Ok(Object::List(list)),
        Object::List(_) => return Err("one text"),
        Object::Text(text) => text,
    };
    let spelt = match ty {
        Ty::List => return Err("a list of texts"),
        Ty::Text | Ty::Name => Some(text),
        Ty::Lines => lines(&text),
        Ty::Flag => (text == "true").then_some(text),
        Ty::Word => is_word(&text).then_some(text),
        Ty::Number => number(&text),
        Ty::Version => version(&text),
        Ty::Type => type_expr(&text),
        Ty::Literal => literal(&text),
        Ty::Expression => expression(&text),
        Ty::Values => values(key, &text),
        Ty::Import => import(&text),
        Ty::Governed => clause("access policy_governed by", &text),
        Ty::Effect => clause("effect", &text),
        Ty::Idempotency => clause("idempotency", &text),
        Ty::Concurrency => clause("concurrency", &text),
    };
    spelt.map(Object::Text).ok_or(expected(ty))
}

fn expected(ty: Ty) -> &'static str {
    match ty {
        Ty::Text | Ty::Name => "a text",
        Ty::Lines => "text without control characters",
        Ty::Flag => "`true`; what is not so is not said",
        Ty::Word => "a name without quotes",
        Ty::Number => "an exact decimal",
        Ty::Version => "a version (`1.2.3`)",
        Ty::Type => "a type (`list<ref<Order>>`)",
        Ty::Literal => "one literal (`\"text\"`, `10.5`, `5 \"USD\"`, `placed`)",
        Ty::Expression => "one expression",
        Ty::Values => "what can stand behind an annotation (`60 \"seconds\"`, `{ \"a\": 1 }`)",
        Ty::Import => "`Name` or `Name as Other`",
        Ty::Governed => "`policy at precondition fails with code`",
        Ty::Effect => "`creates Entity`, `mutates Entity` or `reads Entity`",
        Ty::Idempotency => "`keyed_by field`, `inherent` or `not_applicable(read_only, \"why\")`",
        Ty::Concurrency => "`unique_key field`, `optimistic_version field` or `read_snapshot`",
        Ty::List => "a list of texts",
    }
}

/// Lines of a comment have no space at their end.
fn lines(text: &str) -> Option<Text> {
    let plain = !text.contains(|c: char| c.is_control() && c != '\n' && c != '\t');
    plain.then(|| text.split('\n').map(str::trim_end).collect::<Vec<_>>().join("\n").into())
}

fn number(text: &str) -> Option<Text> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let part = |part: &str| part.split('_').all(|run| !run.is_empty() && run.bytes().all(|b| b.is_ascii_digit()));
    let formed = digits.split('.').count() <= 2 && digits.split('.').all(part);
    formed.then(|| normalise_number(text).into())
}

fn version(text: &str) -> Option<Text> {
    match one(&format!("Entity \"E\" v{text}"))? {
        DeclarationKind::Entity(entity) => {
            let plain = entity.fields.is_none() && entity.domain.is_none() && entity.annotations.is_empty();
            entity.version.filter(|_| plain && entity.replaces.is_none() && entity.changes.is_empty())
        }
        _ => None,
    }
    .map(|version| version.value)
}

fn type_expr(text: &str) -> Option<Text> {
    let (ty, findings) = sea::parse_type(FileId(0), text, 0);
    ty.filter(|_| !has_errors(&findings)).map(|ty| print::type_expr(&ty).into())
}

fn expression(text: &str) -> Option<Text> {
    let (expr, findings) = sea::parse_expression(FileId(0), text, 0);
    // A comment is not part of it.
    let spelt = print::expression(&expr);
    (!has_errors(&findings) && comments(text) == 0).then(|| spelt.into())
}

/// How many comments a text has; none, if it has no slashes.
fn comments(text: &str) -> usize {
    if text.contains("//") { sea::parse(FileId(0), &format!("Policy p as: {text}")).0.comments.len() } else { 0 }
}

fn literal(text: &str) -> Option<Text> {
    let DeclarationKind::Record(record) = one(&format!("record r {{ f: string default {text} }}"))? else {
        return None;
    };
    let [field] = record.fields.as_slice() else { return None };
    field.default.as_deref().map(spelt_literal)
}

/// A literal as the language writes it.
pub fn spelt_literal(literal: &Literal) -> Text {
    let mut out = String::new();
    print::literal(&mut out, literal);
    out.into()
}

fn values(key: &str, text: &str) -> Option<Text> {
    let DeclarationKind::ConceptChange(change) = one(&format!("ConceptChange \"c\" @{key} {text}"))? else {
        return None;
    };
    let (first, rest) = change.annotations.split_first()?;
    rest.iter().all(|other| other.key.value == first.key.value).then(|| spelt_values(&change.annotations))
}

/// What stands behind the first of some annotations with one key, the others included.
pub fn spelt_values(annotations: &[Annotation]) -> Text {
    let one = |annotation: &Annotation| annotation.values.iter().map(spelt_value).collect::<Vec<_>>().join(" ");
    let mut out = String::new();
    for (index, annotation) in annotations.iter().enumerate() {
        if index > 0 {
            out.push_str(&format!(" @{} ", annotation.key.value));
        }
        out.push_str(&one(annotation));
    }
    out.trim().into()
}

/// A value of an annotation. The depth is bounded by the parser.
pub fn spelt_value(value: &Value) -> String {
    match &value.kind {
        ValueKind::Null => "null".to_owned(),
        ValueKind::Bool(value) => value.to_string(),
        ValueKind::Number(number) => number.value.to_string(),
        ValueKind::String(text) => quoted(text),
        ValueKind::Word(word) => word.to_string(),
        ValueKind::Array(items) => format!("[{}]", items.iter().map(spelt_value).collect::<Vec<_>>().join(", ")),
        ValueKind::Object(entries) if entries.is_empty() => "{}".to_owned(),
        ValueKind::Object(entries) => {
            let entry = |(key, value): &(seac_syntax::sea::ast::Name, Value)| {
                format!("{}: {}", quoted(&key.value), spelt_value(value))
            };
            format!("{{ {} }}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}

fn import(text: &str) -> Option<Text> {
    let mut words = text.split_whitespace();
    let parts: Vec<&str> = words.by_ref().collect();
    let plain = |word: &&str| is_word(word) && !word.contains('.');
    match parts.as_slice() {
        [name] if plain(name) => Some((*name).into()),
        [name, "as", alias] if plain(name) && plain(alias) => Some(format!("{name} as {alias}").into()),
        _ => None,
    }
}

/// The text behind the word of a clause.
fn clause(word: &str, text: &str) -> Option<Text> {
    let DeclarationKind::Operation(operation) = one(&format!("operation o {{ {word} {text} }}"))? else { return None };
    let [clause] = operation.clauses.as_slice() else { return None };
    match &clause.kind {
        ClauseKind::Access { bindings, .. } => match bindings.as_slice() {
            [binding] => Some(spelt_binding(binding)),
            _ => None,
        },
        kind => spelt_clause(kind),
    }
}

/// `policy at precondition fails with code`.
pub fn spelt_binding(binding: &PolicyBinding) -> Text {
    format!("{} at {} fails with {}", binding.policy.value, binding.at.value, binding.fails_with.value).into()
}

/// What stands behind the word of a clause that is one claim.
pub fn spelt_clause(kind: &ClauseKind) -> Option<Text> {
    Some(match kind {
        ClauseKind::Intent(text) => text.value.clone(),
        ClauseKind::Direction(word)
        | ClauseKind::Actor(word)
        | ClauseKind::Input(word)
        | ClauseKind::Output(word)
        | ClauseKind::State(word)
        | ClauseKind::Transaction(word)
        | ClauseKind::Emits(word)
        | ClauseKind::Evidence(word)
        | ClauseKind::Lifecycle(word) => word.value.clone(),
        ClauseKind::Effect { verb, entity } => format!("{} {}", verb.value, entity.value).into(),
        ClauseKind::Idempotency { mode, key, reason } => match (key, reason) {
            (Some(key), Some(reason)) => format!("{}({}, {})", mode.value, key.value, quoted(&reason.value)).into(),
            (Some(key), None) => format!("{} {}", mode.value, key.value).into(),
            (None, _) => mode.value.clone(),
        },
        ClauseKind::Concurrency { mode, field } => match field {
            Some(field) => format!("{} {}", mode.value, field.value).into(),
            None => mode.value.clone(),
        },
        ClauseKind::Access { .. } | ClauseKind::Failure { .. } => return None,
    })
}

/// The one declaration that a text is, if it is that and nothing else.
fn one(text: &str) -> Option<DeclarationKind> {
    let (tree, findings) = sea::parse(FileId(0), text);
    let SeaFile { header, imports, mut declarations, comments } = tree;
    let alone = !has_errors(&findings) && header.is_empty() && imports.is_empty() && comments.is_empty();
    let one = declarations.pop().filter(|one| alone && declarations.is_empty() && one.docs.is_none());
    one.map(|declaration| declaration.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelt(ty: Ty, text: &str) -> Option<String> {
        canonical(ty, "key", Object::Text(text.into())).ok().map(|object| object.text().to_owned())
    }

    #[test]
    fn what_means_the_same_is_spelt_the_same() {
        for (ty, written, canonical) in [
            (Ty::Number, "-007.50", "-7.5"),
            (Ty::Number, "1_500", "1500"),
            (Ty::Version, "1.2.3-rc.1", "1.2.3-rc.1"),
            (Ty::Type, "List< ref <a.B> >", "list<ref<a.B>>"),
            (Ty::Literal, " 5.0  \"USD\"", "5 \"USD\""),
            (Ty::Literal, "\"\\u{41}\"", "\"A\""),
            (Ty::Expression, "((a)=1)  AND true", "a = 1 and true"),
            (Ty::Values, "{ a -> [1,2], }", "{ \"a\": [1, 2] }"),
            (Ty::Values, "", ""),
            (Ty::Values, "1 @key 2 \"s\"", "1 @key 2 \"s\""),
            (Ty::Import, "A  as B", "A as B"),
            (Ty::Governed, "p AT invariant fails with c", "p at invariant fails with c"),
            (Ty::Effect, "Creates a.B", "creates a.B"),
            (Ty::Idempotency, "not_applicable( read_only,\"why\" )", "not_applicable(read_only, \"why\")"),
            (Ty::Concurrency, "unique_key id", "unique_key id"),
        ] {
            assert_eq!(spelt(ty, written).as_deref(), Some(canonical), "{ty:?} {written}");
        }
    }

    #[test]
    fn an_object_says_no_more_than_its_predicate() {
        for (ty, text) in [
            (Ty::Literal, "5 } Entity \"Evil\" {"),
            (Ty::Literal, "5 g: string"),
            (Ty::Literal, "5 // said"),
            (Ty::Expression, "true Policy q as: false"),
            (Ty::Expression, "true // said"),
            (Ty::Values, "1 @other 2"),
            (Ty::Values, "1 Entity \"Evil\""),
            (Ty::Version, "1.0.0 { key a: uuid }"),
            (Ty::Governed, "p at invariant fails with c, q at invariant fails with d"),
            (Ty::Effect, "creates A effect creates B"),
            (Ty::Idempotency, "inherent } operation p {"),
            (Ty::Import, "A, B"),
            (Ty::Word, "a b"),
            (Ty::Number, "1e5"),
            (Ty::Flag, "false"),
            (Ty::Lines, "a\u{b}b"),
            (Ty::Type, "string optional"),
        ] {
            assert_eq!(spelt(ty, text), None, "{ty:?} {text}");
        }
    }
}
