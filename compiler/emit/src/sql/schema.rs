//! The relational schema of a context: what its tables are, as a value that can be kept, compared and printed.

use super::{ordered_fields, unique_fields};
use crate::names;
use seac_model::{Constraint, Context, Entity, Field, Ty, TypedExprKind, ValueObject};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The tables of a context, by entity.
pub type Schema = BTreeMap<String, Table>;

/// Where one entity is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its name in the database, unquoted.
    pub name: String,
    /// The column that identifies a row.
    pub key: String,
    /// In the order in which they stand.
    pub columns: Vec<Column>,
    /// Columns of which no two rows have the same value, besides the key; sorted.
    pub unique: Vec<String>,
    /// Columns that lists are sorted by, besides the key; sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ordered: Vec<String>,
    /// Whether its rows are made of events: they are of some generation, and can be made anew.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub derived: bool,
}

/// Where one field is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The field's type in the words of the specs.
    pub ty: String,
    /// How the engines store it.
    pub storage: Storage,
    /// Has every row a value?
    pub required: bool,
    /// What its values must satisfy, sorted; a rule that was not there before may not hold for what is kept already.
    pub rules: Vec<String>,
    /// The only values it can have, if its type is an enum, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
}

impl Column {
    /// Whether a value that satisfied `before` may not satisfy this.
    pub fn is_narrower_than(&self, before: &Self) -> bool {
        self.ty != before.ty
            || (self.required && !before.required)
            || self.rules.iter().any(|rule| !before.rules.contains(rule))
            || before.members.iter().any(|member| !self.members.contains(member))
    }
}

/// How a value is stored. Decimals, times and ids are text: exact, and the same on both engines. Times have fixed width, so
/// that they sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Storage {
    /// 64-bit signed.
    Int,
    /// Truth value.
    Bool,
    /// Bytes.
    Bytes,
    /// Text.
    Text,
}

impl Table {
    /// The column with this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// The schema that the model of a context asks for.
pub fn schema(slug: &str, context: &Context) -> Schema {
    let kept = context.entities.iter().filter(|(_, entity)| !entity.key.is_empty());
    kept.map(|(name, entity)| (name.clone(), table(slug, context, name, entity))).collect()
}

fn table(slug: &str, context: &Context, name: &str, entity: &Entity) -> Table {
    Table {
        name: names::table_name(slug, name),
        key: entity.key.clone(),
        columns: entity.fields.iter().map(|field| column(context, field)).collect(),
        unique: unique_fields(slug, context, name, entity),
        ordered: ordered_fields(slug, context, name, entity),
        derived: context.read_models.contains_key(name),
    }
}

fn column(context: &Context, field: &Field) -> Column {
    let mut rules: Vec<String> = field.constraints.iter().map(rule).collect();
    if let Some(declared) = value_object(context, &field.ty) {
        rules.extend(declared.constraints.iter().map(rule));
    }
    rules.sort();
    Column {
        name: field.name.clone(),
        ty: field.ty.to_string(),
        storage: storage(&field.ty),
        required: !field.optional,
        rules,
        members: members(context, &field.ty),
    }
}

fn value_object<'a>(context: &'a Context, ty: &Ty) -> Option<&'a ValueObject> {
    let Ty::Value(id) = ty else { return None };
    context.value_objects.get(&id.name)
}

fn members(context: &Context, ty: &Ty) -> Vec<String> {
    let Ty::Enum(id) = ty else { return Vec::new() };
    let declared = context.enums.get(&id.name).map(|declared| declared.members.as_slice()).unwrap_or_default();
    let mut members: Vec<String> = declared.iter().map(|member| member.wire.clone()).collect();
    members.sort();
    members
}

fn rule(constraint: &Constraint) -> String {
    match constraint {
        Constraint::MinLength(n) => format!("length >= {n}"),
        Constraint::MaxLength(n) => format!("length <= {n}"),
        Constraint::MinItems(n) => format!("items >= {n}"),
        Constraint::MaxItems(n) => format!("items <= {n}"),
        Constraint::Min(n) => format!("value >= {n}"),
        Constraint::Max(n) => format!("value <= {n}"),
        Constraint::ExclusiveMin(n) => format!("value > {n}"),
        Constraint::ExclusiveMax(n) => format!("value < {n}"),
        Constraint::Pattern(pattern) => format!("matches {pattern}"),
    }
}

fn storage(ty: &Ty) -> Storage {
    match ty {
        Ty::Int => Storage::Int,
        Ty::Bool => Storage::Bool,
        Ty::Bytes => Storage::Bytes,
        _ => Storage::Text,
    }
}

/// The field's default as it is stored; none if it has none, or one that is no constant.
pub fn default_of(context: &Context, field: &Field) -> Option<String> {
    let TypedExprKind::Literal(literal) = &field.default.as_ref()?.kind else { return None };
    Some(context.stored(&field.ty, literal))
}
