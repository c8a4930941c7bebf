//! OpenAPI 3.1: the HTTP surface of a context, made from its contract.

use crate::names;
use crate::scope::Scope;
use seac_model::{
    Constraint, Context, FailureKind, Field, Http, Idempotency, Literal, Method, Operation, Ty, TypeId, TypedExprKind,
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Whether a context has a document: it exposes something.
pub fn is_wanted(context: &Context) -> bool {
    context.operations.values().any(|operation| operation.http.is_some())
}

/// The document of a context; none if it exposes nothing.
pub fn emit(scope: &Scope<'_>) -> Option<Value> {
    let Scope { slug, context, .. } = *scope;
    let exposed: Vec<(&String, &Operation, &Http)> = context
        .operations
        .iter()
        .filter_map(|(name, operation)| operation.http.as_ref().map(|http| (name, operation, http)))
        .collect();
    if exposed.is_empty() {
        return None;
    }
    let mut schemas = Schemas { scope, done: BTreeMap::new() };
    let mut paths = BTreeMap::new();
    for (name, operation, http) in exposed {
        let method = if http.method == Method::Get { "get" } else { "post" };
        paths.insert(http.path.clone(), json!({ method: schemas.operation(slug, name, operation) }));
    }
    schemas.done.insert("Problem".to_owned(), problem());
    Some(json!({
        "openapi": "3.1.0",
        "info": { "title": context.title, "version": context.version },
        "paths": paths,
        "components": {
            "schemas": schemas.done,
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
        },
    }))
}

/// The document as text, as it is written to disk.
pub fn text(document: &Value) -> String {
    format!("{document:#}\n")
}

struct Schemas<'a> {
    scope: &'a Scope<'a>,
    done: BTreeMap<String, Value>,
}

impl Schemas<'_> {
    fn operation(&mut self, slug: &str, name: &str, operation: &Operation) -> Value {
        let mut value = Map::new();
        value.insert("operationId".to_owned(), json!(format!("{slug}.{name}")));
        if let Some(intent) = &operation.intent {
            value.insert("summary".to_owned(), json!(intent));
        }
        value.insert("tags".to_owned(), json!([operation.http.as_ref().map(|http| http.port.clone())]));
        if !operation.roles.is_empty() {
            let roles: Vec<String> = operation.roles.iter().map(TypeId::to_string).collect();
            value.insert("security".to_owned(), json!([{ "bearer": [] }]));
            value.insert("description".to_owned(), json!(format!("Callers hold one of: {}.", roles.join(", "))));
        }
        match operation.http.as_ref().map(|http| http.method) {
            Some(Method::Get) => {
                value.insert("parameters".to_owned(), self.parameters(operation));
            }
            _ => {
                let schema = self.reference(&operation.input);
                let body = json!({ "required": true, "content": { "application/json": { "schema": schema } } });
                value.insert("requestBody".to_owned(), body);
            }
        }
        value.insert("responses".to_owned(), self.responses(operation));
        Value::Object(value)
    }

    fn parameters(&mut self, operation: &Operation) -> Value {
        let fields = self.scope.record(&operation.input).map(|record| record.fields.clone()).unwrap_or_default();
        fields
            .iter()
            .map(|field| {
                let mut parameter = json!({
                    "name": field.name,
                    "in": "query",
                    "required": !field.optional && field.default.is_none(),
                    "schema": self.field(field),
                });
                if let (Some(doc), Some(object)) = (&field.doc, parameter.as_object_mut()) {
                    object.insert("description".to_owned(), json!(doc));
                }
                parameter
            })
            .collect()
    }

    fn responses(&mut self, operation: &Operation) -> Value {
        let schema = self.reference(&operation.output);
        let mut headers = json!({ "X-Correlation-Id": { "schema": { "type": "string" } } });
        if let (Idempotency::KeyedBy { .. }, Some(headers)) = (&operation.idempotency, headers.as_object_mut()) {
            let replayed = json!({
                "description": "`true` if this is the answer to an earlier call with the same key",
                "schema": { "type": "string" },
            });
            headers.insert("Idempotency-Replayed".to_owned(), replayed);
        }
        let mut responses = BTreeMap::new();
        let content = json!({ "application/json": { "schema": schema } });
        responses.insert("200".to_owned(), json!({ "description": "Done", "headers": headers, "content": content }));
        let mut by_status: BTreeMap<u16, BTreeSet<String>> = BTreeMap::new();
        for (code, failure) in &operation.failures.declared {
            for kind in &failure.kinds {
                let line = format!("`{code}`: {}", failure.meaning);
                by_status.entry(status(*kind)).or_default().insert(line);
            }
        }
        for (status, meaning) in [
            (400, "`malformed_body`: the request is not JSON"),
            (401, "`unauthenticated`: the token is missing or not valid"),
            (413, "`body_too_large`: the body is larger than this cell accepts"),
            (415, "`unsupported_media_type`: the body is not sent as JSON"),
            (503, "`unavailable` or `store_unavailable`: nothing was done; try again"),
        ] {
            by_status.entry(status).or_default().insert(meaning.to_owned());
        }
        for (status, lines) in by_status {
            let description = lines.into_iter().collect::<Vec<_>>().join("; ");
            let problem =
                json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } });
            responses.insert(status.to_string(), json!({ "description": description, "content": problem }));
        }
        json!(responses)
    }

    fn reference(&mut self, id: &TypeId) -> Value {
        let name = format!("{}.{}", id.context, names::pascal_text(&id.name));
        if !self.done.contains_key(&name) {
            // Entered before its fields are: a type may contain itself through a list.
            self.done.insert(name.clone(), Value::Null);
            let schema = self.declared(id);
            self.done.insert(name.clone(), schema);
        }
        json!({ "$ref": format!("#/components/schemas/{name}") })
    }

    fn declared(&mut self, id: &TypeId) -> Value {
        if let Some(decl) = self.scope.enumeration(id) {
            let members: Vec<&str> = decl.members.iter().map(|member| member.wire.as_str()).collect();
            return described(json!({ "type": "string", "enum": members }), decl.doc.as_deref());
        }
        let object = self.scope.context(&id.context).and_then(|context| context.value_objects.get(&id.name));
        if let Some(object) = object {
            let mut schema = json!({ "type": "string" });
            constrain(&mut schema, &object.constraints);
            return described(schema, object.doc.as_deref());
        }
        let (doc, fields) = match (self.scope.record(id), self.scope.entity(id)) {
            (Some(record), _) => (record.doc.clone(), record.fields.clone()),
            (_, Some(entity)) => (entity.doc.clone(), entity.fields.clone()),
            _ => return json!({}),
        };
        let required: Vec<&str> = fields
            .iter()
            .filter(|field| !field.optional && field.default.is_none())
            .map(|field| field.name.as_str())
            .collect();
        let properties: BTreeMap<&str, Value> = fields
            .iter()
            .map(|field| (field.name.as_str(), described(self.field(field), field.doc.as_deref())))
            .collect();
        let schema = json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        });
        described(schema, doc.as_deref())
    }

    fn field(&mut self, field: &Field) -> Value {
        let mut schema = self.ty(&field.ty);
        constrain(&mut schema, &field.constraints);
        if let (Some(default), Some(object)) = (&field.default, schema.as_object_mut())
            && let Some(value) = self.default(default)
        {
            object.insert("default".to_owned(), value);
        }
        schema
    }

    fn default(&self, default: &seac_model::TypedExpr) -> Option<Value> {
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
                json!({ "type": "array", "items": items })
            }
            Ty::Enum(id) | Ty::Record(id) | Ty::Entity(id) | Ty::Value(id) => self.reference(id),
        }
    }
}

/// The status that a kind of failure is answered with; the kernel keeps the same table.
fn status(kind: FailureKind) -> u16 {
    match kind {
        FailureKind::InputValidation => 422,
        FailureKind::Policy => 403,
        FailureKind::MissingState => 404,
        FailureKind::IdempotencyConflict | FailureKind::ConcurrencyConflict => 409,
        FailureKind::Dependency => 503,
    }
}

fn described(mut schema: Value, doc: Option<&str>) -> Value {
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

/// RFC 9457, with the members every answer of the kernel has.
fn problem() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457 problem details",
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "code": { "type": "string", "description": "The declared failure" },
            "correlation_id": { "type": "string" },
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "pointer": { "type": "string" },
                        "rule": { "type": "string" },
                        "message": { "type": "string" },
                    },
                },
            },
        },
        "required": ["type", "title", "status", "code"],
    })
}
