//! Conditions of policies over the input and the state of an operation.

use super::fields::{Field, Kind};
use crate::random::Random;

/// A condition over facts, each a field behind the prefix under which it is known.
pub fn condition(facts: &[(String, Field)], depth: usize, random: &mut Random) -> String {
    if depth == 0 || random.chance(30) {
        return atom(facts, random);
    }
    let part = |random: &mut Random| condition(facts, depth - 1, random);
    match random.below(3) {
        0 => format!("({} and {})", part(random), part(random)),
        1 => format!("({} or {})", part(random), part(random)),
        _ => format!("not ({})", part(random)),
    }
}

fn atom(facts: &[(String, Field)], random: &mut Random) -> String {
    let Some((path, field)) = (!facts.is_empty()).then(|| random.pick(facts)) else {
        return "actor.id != \"nobody\"".to_owned();
    };
    let compare = *random.pick(&["=", "!=", "<", "<=", ">", ">="]);
    let equal = *random.pick(&["=", "!="]);
    match &field.kind {
        Kind::Int => format!("{} {compare} {}", sum(path, &Kind::Int, facts, random), 1 + random.below(900)),
        Kind::Decimal => format!("{} {compare} {}.25", sum(path, &Kind::Decimal, facts, random), random.below(900)),
        Kind::Quantity(unit) => {
            format!("{} {compare} {} \"{unit}\"", sum(path, &field.kind, facts, random), 1 + random.below(900))
        }
        Kind::Text => text(path, facts, random),
        Kind::Bool if random.chance(50) => path.clone(),
        Kind::Bool => format!("{path} {equal} true"),
        Kind::Time => time(path, compare, random),
        Kind::Enum(_, members) => format!("{path} {equal} \"{}\"", random.pick(members)),
        kind => match other(path, kind, facts, random) {
            Some(other) if *kind == Kind::Uuid => format!("{path} {equal} {other}"),
            _ => format!("actor.id {equal} \"{}\"", random.below(9)),
        },
    }
}

/// Another fact of the same kind, or this one.
fn other(path: &str, kind: &Kind, facts: &[(String, Field)], random: &mut Random) -> Option<String> {
    let same: Vec<&String> =
        facts.iter().filter(|(other, field)| field.kind == *kind && other != path).map(|(other, _)| other).collect();
    (!same.is_empty()).then(|| (*random.pick(&same)).clone())
}

fn sum(path: &str, kind: &Kind, facts: &[(String, Field)], random: &mut Random) -> String {
    let other = other(path, kind, facts, random).unwrap_or_else(|| path.to_owned());
    match random.below(5) {
        0 => format!("{path} + {other}"),
        1 => format!("{path} - {other}"),
        // Dividing numbers gives a decimal.
        2 if *kind == Kind::Int => format!("2 * {path} + {other} * 4"),
        2 => format!("2 * {path} + {other} / 4"),
        3 => format!("-({path} - {other})"),
        _ => path.to_owned(),
    }
}

fn text(path: &str, facts: &[(String, Field)], random: &mut Random) -> String {
    match random.below(7) {
        0 => format!("{path} startswith \"a\\\"b\""),
        1 => format!("{path} endswith \"\\\\\""),
        2 => format!("{path} contains \"{{}}\""),
        3 => format!("{path} matches \"^[a-z]+$\""),
        4 => format!("[\"x\", \"y\"] contains {path}"),
        5 => format!("{path} != actor.id"),
        _ => match other(path, &Kind::Text, facts, random) {
            Some(other) => format!("{path} = {other}"),
            None => format!("{path} = \"it's\""),
        },
    }
}

fn time(path: &str, compare: &str, random: &mut Random) -> String {
    match random.below(3) {
        0 => format!("{path} {compare} now"),
        1 => format!("{path} before \"2031-01-01T00:00:00Z\""),
        _ => format!("now after {path}"),
    }
}
