//! Types as JSON Schema 2020-12, for whatever carries schemas: the values are those that services take and give.

use crate::names;
use crate::scope::Scope;
use seac_model::{Constraint, Field, Literal, Ty, TypeId, TypedExpr, TypedExprKind};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Schemas of declared types, gathered as they are referred to.
pub struct JsonTypes<'a> {
    scope: &'a Scope<'a>,
    /// What references begin with, such as `#/components/schemas/`.
    prefix: &'static str,
    /// Whether objects refuse members that are not declared.
    closed: bool,
    /// The schemas by name: `context.Name`.
    pub done: BTreeMap<String, Value>,
    names: BTreeMap<TypeId, String>,
    /// Types that were referred to, and have a place in `done` that is still empty.
    open: Vec<(String, TypeId)>,
    declaring: bool,
}

impl<'a> JsonTypes<'a> {
    /// None yet.
    pub fn new(scope: &'a Scope<'a>, prefix: &'static str, closed: bool) -> Self {
        let (done, names, open) = Default::default();
        Self { scope, prefix, closed, done, names, open, declaring: false }
    }

    /// A reference to a type, which is among [`Self::done`] afterwards.
    pub fn reference(&mut self, id: &TypeId) -> Value {
        let name = match self.names.get(id) {
            Some(known) => known.clone(),
            None => {
                let name = self.free_name(id);
                self.names.insert(id.clone(), name.clone());
                // Its place is taken before its fields are looked at: a type may contain itself through a list.
                self.done.insert(name.clone(), Value::Null);
                self.open.push((name.clone(), id.clone()));
                self.declare();
                name
            }
        };
        object([("$ref", Value::from(format!("{}{name}", self.prefix)))])
    }

    /// Declares what was referred to, and what that refers to in turn: no chain of types is too long for the stack.
    fn declare(&mut self) {
        if std::mem::replace(&mut self.declaring, true) {
            return;
        }
        while let Some((name, id)) = self.open.pop() {
            let schema = self.declared(&id);
            self.done.insert(name, schema);
        }
        self.declaring = false;
    }

    /// The types that were referred to.
    pub fn reached(&self) -> BTreeSet<TypeId> {
        self.names.keys().cloned().collect()
    }

    /// Letters, digits, `.`, `_` and `-` alone: what component names may have everywhere. Two names that are one without
    /// their other characters are told apart by a number.
    fn free_name(&self, id: &TypeId) -> String {
        let plain: String = names::pascal_text(&id.name).chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        let name = format!("{}.{plain}", id.context);
        let numbered = (2_u32..).map(|number| format!("{name}_{number}"));
        std::iter::once(name.clone()).chain(numbered).find(|name| !self.done.contains_key(name)).unwrap_or_default()
    }

    fn declared(&mut self, id: &TypeId) -> Value {
        if let Some(decl) = self.scope.enumeration(id) {
            let members: Vec<&str> = decl.members.iter().map(|member| member.wire.as_str()).collect();
            return described(json!({ "type": "string", "enum": members }), decl.doc.as_deref());
        }
        let value = self.scope.context(&id.context).and_then(|context| context.value_objects.get(&id.name));
        if let Some(value) = value {
            let mut schema = json!({ "type": "string" });
            constrain(&mut schema, &Ty::String, &value.constraints);
            return described(schema, value.doc.as_deref());
        }
        let (doc, fields) = match (self.scope.record(id), self.scope.entity(id)) {
            (Some(record), _) => (&record.doc, &record.fields),
            (_, Some(entity)) => (&entity.doc, &entity.fields),
            _ => match self.scope.event(id) {
                Some(event) => (&event.doc, &event.payload),
                None => return json!({}),
            },
        };
        let required: Vec<&str> = fields
            .iter()
            .filter(|field| !field.optional && field.default.is_none())
            .map(|field| field.name.as_str())
            .collect();
        let properties: Value = fields
            .iter()
            .map(|field| (field.name.clone(), described(self.member(field), field.doc.as_deref())))
            .collect();
        let mut schema = object([("type", json!("object")), ("properties", properties), ("required", json!(required))]);
        if let (true, Some(object)) = (self.closed, schema.as_object_mut()) {
            object.insert("additionalProperties".to_owned(), json!(false));
        }
        described(schema, doc.as_deref())
    }

    /// The schema of a field in an object. Services take `null` for a field that may be absent.
    fn member(&mut self, field: &Field) -> Value {
        let schema = self.field(field);
        if field.optional && self.closed { or_null(schema) } else { schema }
    }

    /// The schema of a field, its constraints and its default among it.
    pub fn field(&mut self, field: &Field) -> Value {
        let mut schema = self.ty(&field.ty);
        constrain(&mut schema, &field.ty, &field.constraints);
        if let (Some(default), Some(object)) = (&field.default, schema.as_object_mut())
            && let Some(value) = self.default(default)
        {
            object.insert("default".to_owned(), value);
        }
        schema
    }

    fn default(&self, default: &TypedExpr) -> Option<Value> {
        let TypedExprKind::Literal(literal) = &default.kind else { return None };
        Some(match (literal, &default.ty) {
            (Literal::Bool(value), _) => json!(value),
            (Literal::Number(text), Ty::Int) => json!(text.parse::<i64>().ok()?),
            (Literal::Quantity(amount), Ty::Quantity(unit)) => json!({ "amount": amount, "unit": unit }),
            (Literal::Member(member), Ty::Enum(id)) => {
                let members = &self.scope.enumeration(id)?.members;
                json!(members.iter().find(|known| known.name == *member)?.wire)
            }
            (Literal::Number(text) | Literal::Text(text) | Literal::Time(text), _) => json!(text),
            _ => return None,
        })
    }

    fn ty(&mut self, ty: &Ty) -> Value {
        match ty {
            Ty::String => json!({ "type": "string" }),
            Ty::Ref(_) => json!({ "type": "string" }),
            Ty::Int => json!({ "type": "integer", "format": "int64" }),
            Ty::Decimal => decimal(),
            Ty::Bool => json!({ "type": "boolean" }),
            Ty::Timestamp => json!({ "type": "string", "format": "date-time" }),
            Ty::Uuid => json!({ "type": "string", "format": "uuid" }),
            Ty::Bytes => json!({ "type": "string", "contentEncoding": "base64", "pattern": BASE64 }),
            Ty::Json => json!({}),
            Ty::Quantity(unit) => json!({
                "type": "object",
                "properties": {
                    "amount": decimal(),
                    "unit": { "const": unit },
                },
                "required": ["amount", "unit"],
                "additionalProperties": false,
            }),
            Ty::List(inner) => {
                let items = self.ty(inner);
                object([("type", json!("array")), ("items", items)])
            }
            Ty::Enum(id) | Ty::Record(id) | Ty::Entity(id) | Ty::Value(id) => self.reference(id),
        }
    }
}

/// An object that takes its members as they are; `json!` copies every value it is given.
pub fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The schema with its documentation.
pub fn described(mut schema: Value, doc: Option<&str>) -> Value {
    if let (Some(doc), Some(object)) = (doc, schema.as_object_mut()) {
        object.insert("description".to_owned(), json!(doc));
    }
    schema
}

/// The schema, or `null`.
fn or_null(mut schema: Value) -> Value {
    if schema.as_object().is_none_or(Map::is_empty) {
        // Anything at all: `null` is among it.
        return schema;
    }
    match schema.get_mut("type") {
        Some(name) => *name = json!([name.take(), "null"]),
        None => schema = object([("anyOf", Value::Array(vec![schema, json!({ "type": "null" })]))]),
    }
    schema
}

/// A plain decimal number, as the kernel takes it: no exponent, no bare point.
const DECIMAL: &str = r"^-?[0-9]+(\.[0-9]+)?$";
/// One that is not negative.
const NOT_NEGATIVE: &str = r"^[0-9]+(\.[0-9]+)?$";
/// One above zero: some digit is not 0.
const POSITIVE: &str = r"^([0-9]*[1-9][0-9]*(\.[0-9]+)?|[0-9]+\.[0-9]*[1-9][0-9]*)$";
/// How long a decimal number can be: a sign, a point and 29 digits.
const DECIMAL_LENGTH: u64 = 31;
/// RFC 4648, section 4, with padding, and no bits that say nothing.
const BASE64: &str = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";

fn decimal() -> Value {
    json!({ "type": "string", "format": "decimal", "pattern": DECIMAL, "maxLength": DECIMAL_LENGTH })
}

/// How many characters so many bytes have as base64.
fn base64_length(bytes: u64) -> u64 {
    bytes.div_ceil(3).saturating_mul(4)
}

/// Decimals are texts, which JSON Schema cannot compare: only where they stand to zero can be said. All other limits of theirs
/// are left to the service.
fn sign(constraint: &Constraint) -> Option<&'static str> {
    let zero = |number: &str| !number.bytes().any(|digit| matches!(digit, b'1'..=b'9'));
    match constraint {
        Constraint::Min(n) if zero(n) => Some(NOT_NEGATIVE),
        Constraint::ExclusiveMin(n) if zero(n) => Some(POSITIVE),
        _ => None,
    }
}

fn constrain(schema: &mut Value, ty: &Ty, constraints: &[Constraint]) {
    if matches!(ty, Ty::Decimal | Ty::Quantity(_)) {
        let amount = if matches!(ty, Ty::Decimal) { Some(schema) } else { schema.pointer_mut("/properties/amount") };
        if let (Some(amount), Some(pattern)) = (amount, constraints.iter().find_map(sign)) {
            amount["pattern"] = json!(pattern);
        }
        return;
    }
    let Some(object) = schema.as_object_mut() else { return };
    let (integer, bytes) = (*ty == Ty::Int, *ty == Ty::Bytes);
    for constraint in constraints {
        let (key, value) = match constraint {
            Constraint::MinLength(n) if bytes => ("minLength", json!(base64_length(*n))),
            Constraint::MaxLength(n) if bytes => ("maxLength", json!(base64_length(*n))),
            Constraint::MinLength(n) => ("minLength", json!(n)),
            Constraint::MaxLength(n) => ("maxLength", json!(n)),
            Constraint::MinItems(n) => ("minItems", json!(n)),
            Constraint::MaxItems(n) => ("maxItems", json!(n)),
            Constraint::Pattern(regex) => ("pattern", json!(regex)),
            Constraint::Min(n) if integer => ("minimum", json!(n.parse::<i64>().ok())),
            Constraint::Max(n) if integer => ("maximum", json!(n.parse::<i64>().ok())),
            Constraint::ExclusiveMin(n) if integer => ("exclusiveMinimum", json!(n.parse::<i64>().ok())),
            Constraint::ExclusiveMax(n) if integer => ("exclusiveMaximum", json!(n.parse::<i64>().ok())),
            _ => continue,
        };
        object.insert(key.to_owned(), value);
    }
}
