//! Values of a type that satisfy its constraints, and values that do not, as JSON.

use super::{NOW, Object, base64, time_text};
use crate::scope::Scope;
use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};
use rust_decimal::Decimal;
use seac_model::{Constraint, Field, Ty, is_uuid};
use serde_json::{Value as Json, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The longest text or list that is worth writing into a test.
const LONGEST: u64 = 2_000;
/// Records within records within records.
const DEPTH: usize = 8;

/// What samples are made for.
#[derive(Clone, Copy)]
pub struct Samples<'a> {
    pub scope: &'a Scope<'a>,
}

impl Samples<'_> {
    /// Every field that must be there, with its first value; the number tells values of one kind apart.
    pub fn object(&self, fields: &[Field]) -> Option<Object> {
        self.members(fields, 0)
    }

    fn members(&self, fields: &[Field], depth: usize) -> Option<Object> {
        if depth > DEPTH {
            return None;
        }
        let required = fields.iter().enumerate().filter(|(_, field)| !field.optional);
        let first = |place, field: &Field| self.first(&field.ty, &field.constraints, place, depth);
        required.map(|(place, field)| Some((field.name.clone(), first(place, field)?))).collect()
    }

    /// An ordinary value.
    fn first(&self, ty: &Ty, constraints: &[Constraint], place: usize, depth: usize) -> Option<Json> {
        let mut proposed = self.proposed(ty, constraints, place, depth);
        proposed.find(|value| self.holds(ty, constraints, value))
    }

    /// Values that the field may have: an ordinary one first, then those that are hinted at.
    pub fn of(&self, field: &Field, place: usize, hints: &[Json]) -> Vec<Json> {
        let proposed = self.proposed(&field.ty, &field.constraints, place, 0);
        let mut found: Vec<Json> = Vec::new();
        for value in proposed.chain(hints.iter().cloned()) {
            if !found.contains(&value) && self.holds(&field.ty, &field.constraints, &value) {
                found.push(value);
            }
        }
        found
    }

    /// Values that may be of the type, an ordinary one first, each made when it is asked for.
    fn proposed<'v>(
        &'v self,
        ty: &'v Ty,
        constraints: &'v [Constraint],
        place: usize,
        depth: usize,
    ) -> Box<dyn Iterator<Item = Json> + 'v> {
        match ty {
            Ty::String => Box::new(texts(constraints.iter(), place).map(Json::String)),
            Ty::Value(id) => {
                let declared = self.scope.context(&id.context).and_then(|context| context.value_objects.get(&id.name));
                let declared = declared.map_or(&[][..], |object| &object.constraints);
                Box::new(texts(declared.iter().chain(constraints), place).map(Json::String))
            }
            Ty::Int => Box::new(numbers(constraints).filter_map(|n| int(&n))),
            Ty::Decimal => Box::new(numbers(constraints).map(|n| json!(n.to_string()))),
            Ty::Quantity(unit) => {
                Box::new(numbers(constraints).map(move |n| json!({ "amount": n.to_string(), "unit": unit })))
            }
            Ty::Bool => Box::new([json!(true), json!(false)].into_iter()),
            Ty::Timestamp => Box::new([-3600, 3600].into_iter().map(|s| json!(time_text(NOW + s * 1_000_000)))),
            Ty::Uuid => Box::new([0, 500].into_iter().map(move |more| json!(uuid(place + more)))),
            Ty::Ref(id) => match self.scope.entity(id).and_then(|entity| entity.key_field()) {
                Some(key) if key.ty == Ty::Uuid => self.proposed(&Ty::Uuid, &[], place, depth),
                Some(key) if depth < DEPTH => {
                    let proposed = self.proposed(&key.ty, &key.constraints, place, depth + 1);
                    Box::new(proposed.filter(|value| self.holds(&key.ty, &key.constraints, value)))
                }
                _ => Box::new([json!("one"), json!("other")].into_iter()),
            },
            Ty::Bytes => {
                let least = usize::try_from(least(constraints.iter())).unwrap_or(usize::MAX).min(4096);
                Box::new([4, least, least + 1].into_iter().map(|length| json!(base64(length))))
            }
            Ty::Json => Box::new([json!({}), json!({ "a": 1 })].into_iter()),
            Ty::List(item) => {
                let least = items(constraints);
                let item = self.first(item, &[], place, depth + 1);
                Box::new([least, least + 1].into_iter().filter_map(move |n| list(item.as_ref(), n)))
            }
            Ty::Enum(id) => {
                let members = self.scope.enumeration(id).map(|declared| declared.members.as_slice());
                Box::new(members.unwrap_or_default().iter().map(|member| json!(member.wire)))
            }
            Ty::Record(id) | Ty::Entity(id) => {
                let record = self.scope.record(id).map(|record| record.fields.as_slice());
                let fields = record.or_else(|| self.scope.entity(id).map(|entity| entity.fields.as_slice()));
                Box::new(fields.and_then(|fields| self.members(fields, depth + 1)).map(Json::from_iter).into_iter())
            }
        }
    }

    /// Whether a value is one of the type and keeps every constraint.
    fn holds(&self, ty: &Ty, constraints: &[Constraint], value: &Json) -> bool {
        let declared = match ty {
            Ty::Value(id) => {
                let declared = self.scope.context(&id.context).and_then(|context| context.value_objects.get(&id.name));
                let constraints = || declared.iter().flat_map(|object| &object.constraints);
                constraints().all(|constraint| kept(&Ty::String, constraint, value))
            }
            // A text that somebody compares with something else may be no key.
            Ty::Ref(id) => match self.scope.entity(id).and_then(|entity| entity.key_field()) {
                Some(key) => self.holds(&key.ty, &key.constraints, value),
                None => true,
            },
            Ty::Uuid => value.as_str().is_some_and(is_uuid),
            Ty::Int => value.is_i64(),
            _ => true,
        };
        declared && constraints.iter().all(|constraint| kept(ty, constraint, value))
    }

    /// A value of the field that breaks one of its constraints.
    pub fn broken(&self, field: &Field) -> Option<Json> {
        let broken = field.constraints.iter().find_map(|constraint| breaks(&field.ty, constraint));
        broken.or_else(|| {
            let Ty::Value(id) = &field.ty else { return None };
            let declared = self.scope.context(&id.context)?.value_objects.get(&id.name)?;
            let pattern =
                declared.constraints.iter().find(|constraint| matches!(constraint, Constraint::Pattern(_)))?;
            breaks(&Ty::String, pattern)
        })
    }
}

/// Whether a value keeps one constraint; what cannot be decided here is not kept.
fn kept(ty: &Ty, constraint: &Constraint, value: &Json) -> bool {
    let limit = |text: &String| text.parse::<Decimal>().ok();
    let length = || match (ty, value) {
        (Ty::Bytes, Json::String(text)) => {
            Some(text.len() / 4 * 3 - text.bytes().rev().take_while(|byte| *byte == b'=').count())
        }
        (_, Json::String(text)) => Some(text.chars().count()),
        (_, Json::Array(items)) => Some(items.len()),
        _ => None,
    };
    let long = |holds: &dyn Fn(u64) -> bool| length().is_some_and(|length| holds(length as u64));
    let compared = |text: &String, holds: &dyn Fn(std::cmp::Ordering) -> bool| {
        number(ty, value).zip(limit(text)).is_some_and(|(value, limit)| holds(value.cmp(&limit)))
    };
    match constraint {
        Constraint::MinLength(n) | Constraint::MinItems(n) => long(&|length| length >= *n),
        Constraint::MaxLength(n) | Constraint::MaxItems(n) => long(&|length| length <= *n),
        Constraint::Min(text) => compared(text, &|order| order.is_ge()),
        Constraint::Max(text) => compared(text, &|order| order.is_le()),
        Constraint::ExclusiveMin(text) => compared(text, &|order| order.is_gt()),
        Constraint::ExclusiveMax(text) => compared(text, &|order| order.is_lt()),
        Constraint::Pattern(regex) => value.as_str().is_some_and(|text| is_match(regex, text)),
    }
}

/// The number that a value of a numeric type is.
pub fn number(ty: &Ty, value: &Json) -> Option<Decimal> {
    match ty {
        Ty::Int => value.as_i64().map(Decimal::from),
        Ty::Decimal => value.as_str()?.parse().ok(),
        Ty::Quantity(_) => value.get("amount")?.as_str()?.parse().ok(),
        _ => None,
    }
}

/// A number as a value of a numeric type.
pub fn of_number(ty: &Ty, number: &Decimal) -> Option<Json> {
    match ty {
        Ty::Int => int(number),
        Ty::Decimal => Some(json!(number.to_string())),
        Ty::Quantity(unit) => Some(json!({ "amount": number.to_string(), "unit": unit })),
        _ => None,
    }
}

fn int(number: &Decimal) -> Option<Json> {
    let whole = number.is_integer().then(|| number.normalize().to_string())?;
    whole.parse::<i64>().ok().map(|number| json!(number))
}

/// A value that breaks the constraint, if one can be written down.
fn breaks(ty: &Ty, constraint: &Constraint) -> Option<Json> {
    let beside = |text: &String, by: i64| of_number(ty, &text.parse::<Decimal>().ok()?.checked_add(by.into())?);
    let longer = |n: &u64| usize::try_from(*n).ok().filter(|_| *n < LONGEST);
    let candidates = match (constraint, ty) {
        (Constraint::MinLength(_), _) => vec![json!("")],
        (Constraint::MaxLength(n), Ty::Bytes) => vec![json!(base64(longer(n)? + 1))],
        (Constraint::MaxLength(n), _) => vec![json!("x".repeat(longer(n)? + 1))],
        (Constraint::MinItems(_), _) => vec![json!([])],
        (Constraint::MaxItems(_), _) => Vec::new(),
        (Constraint::Min(text), _) => vec![beside(text, -1)?],
        (Constraint::Max(text), _) => vec![beside(text, 1)?],
        (Constraint::ExclusiveMin(text) | Constraint::ExclusiveMax(text), _) => vec![beside(text, 0)?],
        (Constraint::Pattern(_), _) => ["?", "", "of another form", "0", "\u{a7}"].map(|text| json!(text)).to_vec(),
    };
    candidates.into_iter().find(|value| !kept(ty, constraint, value))
}

fn least<'c>(constraints: impl Iterator<Item = &'c Constraint>) -> u64 {
    constraints.filter_map(|c| if let Constraint::MinLength(n) = c { Some(*n) } else { None }).max().unwrap_or(0)
}

fn items(constraints: &[Constraint]) -> u64 {
    constraints.iter().filter_map(|c| if let Constraint::MinItems(n) = c { Some(*n) } else { None }).max().unwrap_or(0)
}

fn list(item: Option<&Json>, length: u64) -> Option<Json> {
    let length = usize::try_from(length).ok().filter(|_| length < LONGEST)?;
    match item {
        _ if length == 0 => Some(json!([])),
        item => item.map(|item| json!(vec![item; length])),
    }
}

fn uuid(place: usize) -> String {
    format!("00000000-0000-4000-8000-{:012}", place + 1)
}

/// Numbers near what the constraints name.
fn numbers(constraints: &[Constraint]) -> impl Iterator<Item = Decimal> {
    let limits = constraints.iter().filter_map(|constraint| match constraint {
        Constraint::Min(n) | Constraint::Max(n) | Constraint::ExclusiveMin(n) | Constraint::ExclusiveMax(n) => {
            n.parse().ok()
        }
        _ => None,
    });
    [1, 2, 0].into_iter().map(Decimal::from).chain(limits.flat_map(|limit: Decimal| around(&limit)))
}

/// A number and its neighbours.
pub fn around(number: &Decimal) -> Vec<Decimal> {
    let tenth = Decimal::new(1, 1);
    let near = [Decimal::ZERO, Decimal::ONE, -Decimal::ONE, tenth, -tenth];
    near.into_iter().filter_map(|by| number.checked_add(by)).map(|near| near.normalize()).collect()
}

/// Texts of the form that constraints ask for; they differ from place to place.
fn texts<'c>(constraints: impl Iterator<Item = &'c Constraint> + Clone, place: usize) -> impl Iterator<Item = String> {
    let pattern = constraints.clone().find_map(|constraint| match constraint {
        Constraint::Pattern(regex) => Some(regex.as_str()),
        _ => None,
    });
    let least = usize::try_from(least(constraints.clone())).unwrap_or(0).min(4096);
    let most = constraints.filter_map(|c| if let Constraint::MaxLength(n) = c { Some(*n) } else { None });
    let most = most.min().and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX);
    let variants = if pattern.is_some() { 6 } else { 4 };
    (0..variants).filter_map(move |variant| match pattern {
        Some(regex) => matching(regex, variant),
        None => Some(word(variant, place, least, most)),
    })
}

/// A text of a length, the more ordinary the lower its variant.
fn word(variant: usize, place: usize, least: usize, most: usize) -> String {
    let word = match variant {
        0 => format!("text-{place}"),
        1 => format!("other-{place}"),
        2 => "a".to_owned(),
        _ => "b".to_owned(),
    };
    let cut: String = word.chars().take(most).collect();
    format!("{cut}{}", "x".repeat(least.saturating_sub(cut.chars().count())))
}

/// A text that the pattern finds itself in.
pub fn matching(regex: &str, variant: usize) -> Option<String> {
    let mut text = String::new();
    walk(&pattern(regex)?.tree, variant, &mut text)?;
    Some(text)
}

/// Whether the pattern finds itself in the text; one that cannot be read does not.
pub fn is_match(regex: &str, text: &str) -> bool {
    pattern(regex).is_some_and(|pattern| pattern.regex.is_match(text))
}

/// A pattern, understood.
struct Pattern {
    tree: Hir,
    regex: Regex,
}

thread_local! {
    /// A model has few patterns and asks for them thousands of times.
    static KNOWN: RefCell<BTreeMap<String, Option<Rc<Pattern>>>> = const { RefCell::new(BTreeMap::new()) };
}

fn pattern(text: &str) -> Option<Rc<Pattern>> {
    let understood = || Some(Rc::new(Pattern { tree: regex_syntax::parse(text).ok()?, regex: Regex::new(text).ok()? }));
    KNOWN.with_borrow_mut(|known| match known.get(text) {
        Some(pattern) => pattern.clone(),
        None => known.entry(text.to_owned()).or_insert_with(understood).clone(),
    })
}

fn walk(tree: &Hir, variant: usize, text: &mut String) -> Option<()> {
    if text.len() > 4096 {
        return None;
    }
    match tree.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => text.push(letter(class, variant)?),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX);
            let times = repetition.min.max(1).saturating_add(u32::try_from(variant / 3).ok()?).min(most);
            for _ in 0..times.min(2_000) {
                walk(&repetition.sub, variant, text)?;
            }
        }
        HirKind::Capture(capture) => walk(&capture.sub, variant, text)?,
        HirKind::Concat(parts) => {
            for part in parts {
                walk(part, variant, text)?;
            }
        }
        HirKind::Alternation(branches) => walk(branches.get(variant % branches.len().max(1))?, variant, text)?,
    }
    Some(())
}

/// A letter of the class: one that is easily read, if there is one.
fn letter(class: &Class, variant: usize) -> Option<char> {
    let Class::Unicode(class) = class else { return None };
    let has = |letter: char| class.iter().any(|range| (range.start()..=range.end()).contains(&letter));
    let plain = "aA0bB1cC2".chars().filter(|letter| has(*letter)).collect::<Vec<_>>();
    match plain.as_slice() {
        [] => class.iter().map(|range| range.start()).find(|letter| !letter.is_control()),
        known => known.get(variant % known.len()).copied(),
    }
}
