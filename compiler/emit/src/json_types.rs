//! Types as JSON Schema 2020-12, for whatever carries schemas: the values are those that services take and give.

use crate::names;
use crate::scope::Scope;
use seac_model::{Constraint, Field, Literal, Ty, TypeId, TypedExpr, TypedExprKind};
use serde_json::{Value, json};
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
            constrain(&mut schema, &value.constraints);
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
            .map(|field| (field.name.clone(), described(self.field(field), field.doc.as_deref())))
            .collect();
        let mut schema = object([("type", json!("object")), ("properties", properties), ("required", json!(required))]);
        if let (true, Some(object)) = (self.closed, schema.as_object_mut()) {
            object.insert("additionalProperties".to_owned(), json!(false));
        }
        described(schema, doc.as_deref())
    }

    /// The schema of a field, its constraints and its default among it.
    pub fn field(&mut self, field: &Field) -> Value {
        let mut schema = self.ty(&field.ty);
        constrain(&mut schema, &field.constraints);
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
            Ty::Decimal => json!({ "type": "string", "format": "decimal" }),
            Ty::Bool => json!({ "type": "boolean" }),
            Ty::Timestamp => json!({ "type": "string", "format": "date-time" }),
            Ty::Uuid => json!({ "type": "string", "format": "uuid" }),
            Ty::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
            Ty::Json => json!({}),
            Ty::Quantity(unit) => json!({
                "type": "object",
                "properties": {
                    "amount": { "type": "string", "format": "decimal" },
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

/// Limits of decimals and quantities are in texts, where JSON Schema cannot compare them: those are left to the service.
fn constrain(schema: &mut Value, constraints: &[Constraint]) {
    let Some(object) = schema.as_object_mut() else { return };
    let integer = object.get("type") == Some(&json!("integer"));
    for constraint in constraints {
        let (key, value) = match constraint {
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
