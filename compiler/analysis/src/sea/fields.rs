//! Fields of typed entities: their types in the scope of their module, and what their values must satisfy.

use super::names::{Found, Kind, Names};
use super::world::Keys;
use crate::expr::{Const, Measure, Type, Units, number};
use regex::Regex;
use rust_decimal::Decimal;
use seac_model::TypeId;
use seac_syntax::Span;
use seac_syntax::sea::ast::{self, LiteralKind, TypeExpr, TypeExprKind};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The fields of one entity.
#[derive(Debug, Default)]
pub struct EntityFields<'a> {
    pub fields: Vec<FieldInfo<'a>>,
    by_name: BTreeMap<&'a str, usize>,
    by_key: BTreeMap<u32, usize>,
}

/// One field.
#[derive(Debug)]
pub struct FieldInfo<'a> {
    pub name: &'a str,
    /// Number of its name.
    pub key: u32,
    pub ty: Type,
    pub is_key: bool,
    /// Must an instance give it?
    pub required: bool,
    pub default: Option<&'a ast::Literal>,
    pub checks: Vec<Check>,
    pub span: Span,
}

/// A constraint, ready to be asked.
#[derive(Debug)]
pub enum Check {
    Length { min: Option<usize>, max: Option<usize> },
    Items { min: Option<usize>, max: Option<usize> },
    AtLeast(Decimal),
    AtMost(Decimal),
    Above(Decimal),
    Below(Decimal),
    Form(Regex),
}

impl<'a> EntityFields<'a> {
    /// The field with this name.
    pub fn get(&self, name: &str) -> Option<&FieldInfo<'a>> {
        self.by_name.get(name).map(|index| &self.fields[*index])
    }

    /// The field whose name has this number.
    pub fn by_key(&self, key: u32) -> Option<&FieldInfo<'a>> {
        self.by_key.get(&key).map(|index| &self.fields[*index])
    }

    /// Reads the body of an entity. What is wrong with it is reported where its types are declared.
    pub fn read(
        entity: &'a ast::Entity,
        types: &TypeScope<'_, 'a>,
        keys: &mut Keys<'a>,
        pattern: &dyn Fn(&str) -> Option<&'a str>,
    ) -> Option<Self> {
        let body = entity.fields.as_ref()?;
        let mut fields = Self::default();
        for field in body {
            let name = field.name.value.as_str();
            let ty = types.resolve(&field.ty);
            let info = FieldInfo {
                name,
                key: keys.intern(Cow::Borrowed(name)),
                checks: field
                    .constraints
                    .iter()
                    .filter_map(|written| check(written, &ty, types.units, pattern))
                    .collect(),
                ty,
                is_key: field.key.is_some(),
                // What could not be read might say that it is optional.
                required: field.optional.is_none() && field.default.is_none() && !field.is_broken(),
                default: field.default.as_deref(),
                span: field.name.span,
            };
            fields.by_name.entry(name).or_insert(fields.fields.len());
            fields.by_key.entry(info.key).or_insert(fields.fields.len());
            fields.fields.push(info);
        }
        Some(fields)
    }
}

/// Where the types of a module's fields are looked up.
pub struct TypeScope<'n, 'a> {
    pub names: &'n Names<'a>,
    pub module: usize,
    pub units: &'n Units,
}

impl TypeScope<'_, '_> {
    /// The type that is written; `Any` where it cannot be resolved.
    pub fn resolve(&self, written: &TypeExpr) -> Type {
        match &written.kind {
            TypeExprKind::Quantity(unit) if self.units.find(&unit.value).is_some() => {
                Type::Quantity(Measure::Unit(unit.value.to_string()))
            }
            TypeExprKind::Quantity(_) | TypeExprKind::Missing => Type::Any,
            TypeExprKind::Ref(name) => self.id(Kind::Entity, &name.value).map_or(Type::Any, Type::Ref),
            TypeExprKind::List(inner) => Type::List(Box::new(self.resolve(inner))),
            TypeExprKind::Named(name) => crate::types::builtin(&name.value).map_or_else(
                || {
                    let named = |kind, make: fn(TypeId) -> Type| self.id(kind, &name.value).map(make);
                    named(Kind::Enum, Type::Enum)
                        .or_else(|| named(Kind::Record, Type::Record))
                        .or_else(|| named(Kind::Entity, Type::Entity))
                        .unwrap_or(Type::Any)
                },
                |ty| Type::from(&ty),
            ),
        }
    }

    fn id(&self, kind: Kind, name: &str) -> Option<TypeId> {
        let Found::One(id) = self.names.find(self.module, kind, name) else { return None };
        let symbol = &self.names.symbols[id as usize];
        Some(TypeId::new(symbol.namespace, symbol.name))
    }
}

/// The constraint as a question; none if it makes no sense, which is reported where types are declared.
fn check<'a>(
    constraint: &ast::FieldConstraint,
    ty: &Type,
    units: &Units,
    pattern: &dyn Fn(&str) -> Option<&'a str>,
) -> Option<Check> {
    let (text, unit) = match &constraint.value.kind {
        LiteralKind::Number(text) | LiteralKind::String(text) => (text, None),
        LiteralKind::Quantity { amount, unit } => (&amount.value, Some(&unit.value)),
        _ => return None,
    };
    let count = || text.parse::<usize>().ok();
    let amount = || match (unit, ty) {
        (Some(unit), Type::Quantity(Measure::Unit(wanted))) => {
            units.convert(number::parse(text)?, units.find(unit)?, units.find(wanted)?)
        }
        _ => number::parse(text),
    };
    Some(match constraint.name.value.as_str() {
        "min_length" => Check::Length { min: Some(count()?), max: None },
        "max_length" => Check::Length { min: None, max: Some(count()?) },
        "min_items" => Check::Items { min: Some(count()?), max: None },
        "max_items" => Check::Items { min: None, max: Some(count()?) },
        "min" => Check::AtLeast(amount()?),
        "max" => Check::AtMost(amount()?),
        "exclusive_min" => Check::Above(amount()?),
        "exclusive_max" => Check::Below(amount()?),
        "pattern" => Check::Form(Regex::new(pattern(text).unwrap_or(text)).ok()?),
        _ => return None,
    })
}

impl Check {
    /// What a value that does not satisfy it should have been; none if it does.
    pub fn fails(&self, value: &Const<'_>) -> Option<String> {
        let number = match value {
            Const::Number(value) | Const::Quantity(value, _) => Some(*value),
            _ => None,
        };
        let within = |count: usize, min: &Option<usize>, max: &Option<usize>, what: &str| {
            let short = min.filter(|min| count < *min).map(|min| format!("at least {min} {what}, not {count}"));
            short.or_else(|| max.filter(|max| count > *max).map(|max| format!("at most {max} {what}, not {count}")))
        };
        match (self, value, number) {
            (Self::Length { min, max }, Const::Text(text), _) => within(text.chars().count(), min, max, "characters"),
            (Self::Items { min, max }, Const::List(items), _) => within(items.len(), min, max, "items"),
            (Self::AtLeast(limit), _, Some(value)) => (value < *limit).then(|| format!("at least {limit}")),
            (Self::AtMost(limit), _, Some(value)) => (value > *limit).then(|| format!("at most {limit}")),
            (Self::Above(limit), _, Some(value)) => (value <= *limit).then(|| format!("more than {limit}")),
            (Self::Below(limit), _, Some(value)) => (value >= *limit).then(|| format!("less than {limit}")),
            (Self::Form(regex), Const::Text(text), _) => {
                (!regex.is_match(text)).then(|| format!("a text that matches `{regex}`"))
            }
            _ => None,
        }
    }
}
