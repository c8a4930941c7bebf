//! Types and fields of both languages, lowered to the Model.

use crate::constraints::{self, Written};
use crate::expr::time::Instant;
use crate::expr::{self, Members};
use crate::load::{ContextInput, Inputs, origin};
use crate::names::{Kind, Scope};
use crate::report;
use seac_model::{
    Constraint, Context, Entity, Enum, EnumMember, Field, Literal, Modality, Model, Policy, PolicyKind, Record, Role,
    Ty, TypeId, TypedExpr, TypedExprKind, Unit, ValueObject, is_uuid,
};
use seac_syntax::sds::ast as sds;
use seac_syntax::sea::ast as sea;
use seac_syntax::sea::ast::{DeclarationKind, LiteralKind, TypeExpr, TypeExprKind};
use seac_syntax::{Diagnostic, Sources, Span};
use std::collections::BTreeMap;

/// The scalar as a literal of SEA; none for `null`.
pub fn literal(scalar: &sds::Scalar) -> Option<LiteralKind> {
    match &scalar.kind {
        sds::ScalarKind::Null => None,
        sds::ScalarKind::Bool(value) => Some(LiteralKind::Bool(*value)),
        sds::ScalarKind::Number(text) => Some(LiteralKind::Number(text.as_str().into())),
        // As in SEA: a text of the shape of a time is one, and may stand where text is wanted.
        sds::ScalarKind::String(text) if Instant::parse(text).is_some() => {
            Some(LiteralKind::Time(text.as_str().into()))
        }
        sds::ScalarKind::String(text) => Some(LiteralKind::String(text.as_str().into())),
    }
}

/// Adds the declared units; one that is declared again must mean the same.
pub fn units(inputs: &Inputs, model: &mut Model, out: &mut Vec<Diagnostic>) {
    let files = inputs.contexts.values().flat_map(|context| &context.sea);
    declare_units(files.flat_map(|file| &file.declarations), &mut model.units, out);
}

/// As [`units`], into a table of their own.
pub fn declare_units<'a>(
    declarations: impl Iterator<Item = &'a sea::Declaration>,
    units: &mut BTreeMap<String, Unit>,
    out: &mut Vec<Diagnostic>,
) {
    for declaration in declarations {
        let DeclarationKind::Unit(unit) = &declaration.kind else { continue };
        let meaning = Unit {
            dimension: unit.dimension.value.to_string(),
            factor: unit.factor.value.to_string(),
            base: unit.base.value.to_string(),
            offset: unit.offset.as_ref().map(|offset| offset.value.to_string()).filter(|offset| offset != "0"),
        };
        match units.get(unit.name.value.as_str()) {
            Some(known) if *known != meaning => out.push(report::unit_redefined(&unit.name.value, unit.name.span)),
            _ => {
                units.insert(unit.name.value.to_string(), meaning);
            }
        }
    }
}

/// What lowering a type or a field needs to see.
pub struct Lowering<'a> {
    pub sources: &'a Sources,
    pub scope: &'a Scope,
    pub slug: &'a str,
    pub shared: &'a Shared,
    pub patterns: &'a BTreeMap<String, String>,
}

/// Declares the types, roles and policies of one context; the enums of all contexts are declared by then. Of two with
/// one name, which is reported elsewhere, the first counts.
pub fn declare(
    sources: &Sources,
    input: &ContextInput,
    scope: &Scope,
    shared: &Shared,
    context: &mut Context,
    out: &mut Vec<Diagnostic>,
) {
    let patterns = patterns(input, out);
    let lowering = Lowering { sources, scope, slug: &input.slug, shared, patterns: &patterns };
    for declaration in input.sea.iter().flat_map(|file| &file.declarations) {
        lowering.sea_declaration(declaration, context, out);
    }
    for entity in input.sds.entities.iter().chain(input.sds.read_models.iter().map(|model| &model.entity)) {
        let lowered = lowering.sds_entity(entity, out);
        context.entities.entry(entity.name.value.to_string()).or_insert(lowered);
    }
    for object in &input.sds.value_objects {
        lowering.value_object(object, context, out);
    }
}

/// Regular expressions by the name of their pattern.
pub fn patterns(input: &ContextInput, out: &mut Vec<Diagnostic>) -> BTreeMap<String, String> {
    let mut patterns = BTreeMap::new();
    for declaration in input.sea.iter().flat_map(|file| &file.declarations) {
        if let DeclarationKind::Pattern(pattern) = &declaration.kind {
            check_regex(&pattern.regex.value, pattern.regex.span, out);
            patterns.insert(pattern.name.value.to_string(), pattern.regex.value.to_string());
        }
    }
    patterns
}

/// Reports a regular expression that does not parse, or needs more than linear time (look-around, back-references).
pub fn check_regex(text: &str, span: Span, out: &mut Vec<Diagnostic>) {
    if let Err(reason) = regex(text) {
        out.push(report::bad_regex(span, &reason));
    }
}

/// Whether a regular expression can be used, and if not, why.
pub fn regex(text: &str) -> Result<(), String> {
    match regex_syntax::parse(text) {
        Ok(_) => Ok(()),
        Err(regex_syntax::Error::Parse(error)) => Err(error.kind().to_string()),
        Err(regex_syntax::Error::Translate(error)) => Err(error.kind().to_string()),
        Err(_) => Err("not a regular expression".to_owned()),
    }
}

/// What all contexts share, gathered once.
pub struct Shared {
    /// Units by symbol.
    pub units: BTreeMap<String, Unit>,
    /// Members of the enums of all contexts.
    pub members: BTreeMap<TypeId, Members>,
}

impl Shared {
    /// What is shared once all units and enums are declared.
    pub fn of(model: &Model) -> Self {
        Self { units: model.units.clone(), members: members(model) }
    }
}

pub fn members(model: &Model) -> BTreeMap<TypeId, Members> {
    let all = model.contexts.iter().flat_map(|(slug, context)| context.enums.iter().map(move |found| (slug, found)));
    let pair = |member: &EnumMember| (member.name.clone(), member.wire.clone());
    all.map(|(slug, (name, found))| (TypeId::new(slug, name), found.members.iter().map(pair).collect())).collect()
}

/// Declares the enums of one context. They come before all other types: defaults of fields name their members.
pub fn enums(sources: &Sources, input: &ContextInput, context: &mut Context, out: &mut Vec<Diagnostic>) {
    for declaration in input.sea.iter().flat_map(|file| &file.declarations) {
        let DeclarationKind::Enum(decl) = &declaration.kind else { continue };
        let members = decl.members.iter().map(|m| (&m.name, &m.wire, doc(m.docs.as_ref())));
        let members = enum_members(members, out);
        let origin = origin(sources, declaration.span);
        context.enums.entry(decl.name.value.to_string()).or_insert(Enum {
            doc: doc(declaration.docs.as_deref()),
            members,
            origin,
        });
    }
    for object in input.sds.value_objects.iter().filter(|object| !object.members.is_empty()) {
        let members = enum_members(object.members.iter().map(|(name, wire)| (name, wire, None)), out);
        let origin = origin(sources, object.span);
        context.enums.entry(object.name.value.to_string()).or_insert(Enum {
            doc: doc(object.doc.as_ref()),
            members,
            origin,
        });
    }
}

fn enum_members<'a>(
    members: impl Iterator<Item = (&'a sea::Ident, &'a sea::Name, Option<String>)>,
    out: &mut Vec<Diagnostic>,
) -> Vec<EnumMember> {
    let members: Vec<_> = members.collect();
    let all: BTreeMap<&str, Span> = members.iter().map(|(name, ..)| (name.value.as_str(), name.span)).collect();
    let (mut names, mut wires) = (BTreeMap::new(), BTreeMap::new());
    let mut result = Vec::new();
    for (name, wire, doc) in members {
        // A text in a message must mean one member, whether it is read as a name or as what goes over the wire.
        if wire.value != name.value
            && let Some(other) = all.get(wire.value.as_str())
        {
            out.push(report::wire_is_a_name(wire.span, &wire.value, *other));
        }
        let first = names.get(name.value.as_str()).or_else(|| wires.get(wire.value.as_str()));
        if let Some(first) = first {
            out.push(report::declared_twice("enum member", &name.value, name.span, "enum member", *first));
            continue;
        }
        names.insert(name.value.as_str(), name.span);
        wires.insert(wire.value.as_str(), name.span);
        result.push(EnumMember { name: name.value.to_string(), wire: wire.value.to_string(), doc });
    }
    result
}

/// The words of a doc comment.
pub fn doc(text: Option<&sea::Name>) -> Option<String> {
    text.map(|text| text.value.trim().to_owned()).filter(|text| !text.is_empty())
}

impl Lowering<'_> {
    fn sea_declaration(&self, declaration: &sea::Declaration, context: &mut Context, out: &mut Vec<Diagnostic>) {
        let origin = origin(self.sources, declaration.span);
        let doc = doc(declaration.docs.as_deref());
        match &declaration.kind {
            DeclarationKind::Entity(entity) => {
                let fields: Vec<Field> = self.sea_fields(entity.fields.iter().flatten(), out);
                let key = self.sea_key(entity, out);
                let place = entity.fields.iter().flatten().find(|field| field.name.value == key);
                key_fits(&fields, &key, place.map(|field| field.name.span), out);
                context.entities.entry(entity.name.value.to_string()).or_insert(Entity { doc, key, fields, origin });
            }
            DeclarationKind::Record(record) => {
                let fields = self.sea_fields(record.fields.iter(), out);
                out.extend(record.fields.iter().filter_map(|field| field.key).map(report::key_of_record));
                context.records.entry(record.name.value.to_string()).or_insert(Record { doc, fields, origin });
            }
            DeclarationKind::Role(role) => {
                context.roles.entry(role.name.value.to_string()).or_insert(Role { doc, origin });
            }
            DeclarationKind::Policy(policy) => {
                let policy_model = self.policy(policy, doc, origin);
                context.policies.entry(policy.name.value.to_string()).or_insert(policy_model);
            }
            _ => {}
        }
    }

    fn policy(&self, policy: &sea::Policy, doc: Option<String>, origin: seac_model::Origin) -> Policy {
        let mut tags: Vec<String> = policy.tags.iter().map(|tag| tag.value.to_string()).collect();
        tags.sort();
        Policy {
            doc,
            kind: match policy.kind.as_ref().map(|kind| kind.value) {
                Some(sea::PolicyKind::Derivation) => PolicyKind::Derivation,
                Some(sea::PolicyKind::Obligation) => PolicyKind::Obligation,
                Some(sea::PolicyKind::Constraint) | None => PolicyKind::Constraint,
            },
            modality: match policy.modality.as_ref().map(|modality| modality.value) {
                Some(sea::Modality::Prohibition) => Modality::Prohibition,
                Some(sea::Modality::Permission) => Modality::Permission,
                Some(sea::Modality::Obligation) | None => Modality::Obligation,
            },
            priority: policy.priority.as_ref().map_or_else(|| "0".to_owned(), |priority| priority.value.to_string()),
            rationale: policy.rationale.as_ref().map(|text| text.value.to_string()),
            tags,
            expression: expr::canonical_text(&policy.expression),
            origin,
        }
    }

    /// A typed entity has exactly one key, a required `uuid` or `string`.
    fn sea_key(&self, entity: &sea::Entity, out: &mut Vec<Diagnostic>) -> String {
        let Some(fields) = &entity.fields else { return String::new() };
        let keys: Vec<&sea::Field> = fields.iter().filter(|field| field.key.is_some()).collect();
        match keys.as_slice() {
            [key] => key.name.value.to_string(),
            // The key may be among what could not be read.
            [] if fields.iter().any(sea::Field::is_broken) => String::new(),
            [] => {
                out.push(report::no_key(entity.name.span, &entity.name.value));
                String::new()
            }
            [first, second, ..] => {
                out.push(report::second_key(second.name.span, first.name.span, &entity.name.value));
                first.name.value.to_string()
            }
        }
    }

    fn sds_entity(&self, entity: &sds::Entity, out: &mut Vec<Diagnostic>) -> Entity {
        let fields = self.sds_fields(&entity.fields, out);
        let key = match &entity.key {
            Some(key) if fields.iter().any(|field| *field.name == *key.value) => {
                key_fits(&fields, &key.value, Some(key.span), out);
                key.value.to_string()
            }
            Some(key) => {
                out.push(report::unknown("field", &key.value, key.span, fields.iter().map(|f| f.name.as_str())));
                String::new()
            }
            None => {
                out.push(report::no_key(entity.name.span, &entity.name.value));
                String::new()
            }
        };
        Entity { doc: doc(entity.doc.as_ref()), key, fields, origin: origin(self.sources, entity.span) }
    }

    fn value_object(&self, object: &sds::ValueObject, context: &mut Context, out: &mut Vec<Diagnostic>) {
        let origin = origin(self.sources, object.span);
        let doc = doc(object.doc.as_ref());
        if !object.fields.is_empty() {
            let fields = self.sds_fields(&object.fields, out);
            context.records.entry(object.name.value.to_string()).or_insert(Record { doc, fields, origin });
        } else if object.members.is_empty() {
            let mut constraints = Vec::new();
            if let Some(pattern) = &object.pattern {
                check_regex(&pattern.value, pattern.span, out);
                constraints.push(Constraint::Pattern(pattern.value.to_string()));
            }
            context.value_objects.entry(object.name.value.to_string()).or_insert(ValueObject {
                doc,
                constraints,
                origin,
            });
        }
    }

    fn sea_fields<'a>(&self, fields: impl Iterator<Item = &'a sea::Field>, out: &mut Vec<Diagnostic>) -> Vec<Field> {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let mut lowered = Vec::new();
        for field in fields {
            if let Some(first) = seen.get(field.name.value.as_str()) {
                out.push(report::declared_twice("field", &field.name.value, field.name.span, "field", *first));
                continue;
            }
            seen.insert(&field.name.value, field.name.span);
            lowered.extend(self.sea_field(field, out));
        }
        lowered.shrink_to_fit();
        lowered
    }

    fn sea_field(&self, field: &sea::Field, out: &mut Vec<Diagnostic>) -> Option<Field> {
        let ty = self.ty(&field.ty, out)?;
        let written = field.constraints.iter().map(|constraint| Written {
            name: constraint.name.clone(),
            value: constraint.value.kind.clone(),
            value_span: constraint.value.span,
            span: constraint.span,
        });
        let constraints = self.constraints(written, &ty, out);
        let default = field.default.as_ref().and_then(|literal| self.default(&literal.kind, literal.span, &ty, out));
        if let (Some(default), Some(literal)) = (&default, &field.default) {
            constraints::default(&field.name.value, default, literal.span, &constraints, out);
        }
        Some(Field {
            name: field.name.value.to_string(),
            doc: doc(field.docs.as_deref()),
            ty,
            optional: field.optional.is_some(),
            unique: false,
            constraints: constraints::sorted(constraints),
            default: default.map(Box::new),
            origin: origin(self.sources, field.span),
        })
    }

    /// The default of a field of this type.
    fn default(&self, literal: &LiteralKind, span: Span, ty: &Ty, out: &mut Vec<Diagnostic>) -> Option<TypedExpr> {
        match (literal, ty) {
            (_, Ty::Value(_)) => out.push(report::not_emitted_yet(span, "the default of a value object")),
            (LiteralKind::String(text), Ty::Uuid) if !is_uuid(text) => {
                out.push(report::mismatch(span, "uuid", "a text of another form"));
            }
            _ => {}
        }
        let found = expr::literal_as(literal, span, ty, &self.shared.units, &self.shared.members);
        found.map_err(|diagnostic| out.push(*diagnostic)).ok()
    }

    /// Lowers fields of an SDS group; names were checked for repetition by the reader.
    pub fn sds_fields(&self, fields: &[sds::Field], out: &mut Vec<Diagnostic>) -> Vec<Field> {
        let mut lowered: Vec<Field> = fields.iter().filter_map(|field| self.sds_field(field, out)).collect();
        lowered.shrink_to_fit();
        lowered
    }

    fn sds_field(&self, field: &sds::Field, out: &mut Vec<Diagnostic>) -> Option<Field> {
        let ty = self.ty(&field.ty, out)?;
        let written = field.constraints.iter().map(|(name, value)| Written {
            name: sea::Ident::new(snake(&name.value).into(), name.span),
            value: constraint_literal(&name.value, value),
            value_span: value.span,
            span: name.span.to(value.span),
        });
        let constraints = self.constraints(written, &ty, out);
        let default = field.default.as_ref().and_then(|scalar| self.default(&literal(scalar)?, scalar.span, &ty, out));
        if let (Some(default), Some(scalar)) = (&default, &field.default) {
            constraints::default(&field.name.value, default, scalar.span, &constraints, out);
        }
        Some(Field {
            name: field.name.value.to_string(),
            doc: doc(field.doc.as_ref()),
            ty,
            optional: field.optional,
            unique: field.unique,
            constraints: constraints::sorted(constraints),
            default: default.map(Box::new),
            origin: origin(self.sources, field.span),
        })
    }

    /// The type that was written, with its names resolved.
    pub fn ty(&self, written: &TypeExpr, out: &mut Vec<Diagnostic>) -> Option<Ty> {
        let resolve = |name: &sea::Ident, kinds: &[Kind], out: &mut Vec<Diagnostic>| {
            let found = self.scope.resolve(self.slug, &name.value, name.span, kinds);
            found.map_err(|diagnostic| out.push(*diagnostic)).ok()
        };
        match &written.kind {
            TypeExprKind::Quantity(unit) if self.shared.units.contains_key(unit.value.as_str()) => {
                Some(Ty::Quantity(unit.value.to_string()))
            }
            TypeExprKind::Quantity(unit) => {
                out.push(report::unknown("unit", &unit.value, unit.span, self.shared.units.keys().map(String::as_str)));
                None
            }
            TypeExprKind::Ref(name) => resolve(name, &[Kind::Entity], out).map(|(id, _)| Ty::Ref(id)),
            TypeExprKind::List(inner) => match self.ty(inner, out)? {
                Ty::List(_) => {
                    out.push(report::nested_list(written.span));
                    None
                }
                inner => Some(Ty::List(Box::new(inner))),
            },
            TypeExprKind::Missing => None,
            TypeExprKind::Named(name) => builtin(&name.value).or_else(|| {
                let kinds = [Kind::Enum, Kind::ValueObject, Kind::Record, Kind::Entity];
                resolve(name, &kinds, out).map(|(id, kind)| named(id, kind))
            }),
        }
    }
}

/// A key tells one entity from another: it is always there, and a uuid or a text.
fn key_fits(fields: &[Field], key: &str, place: Option<Span>, out: &mut Vec<Diagnostic>) {
    let (Some(field), Some(span)) = (fields.iter().find(|field| field.name == key), place) else { return };
    if field.optional || !matches!(field.ty, Ty::Uuid | Ty::String | Ty::Value(_)) {
        out.push(report::key_type(span, key));
    }
}

/// The built-in type of this name.
pub fn builtin(name: &str) -> Option<Ty> {
    Some(match name {
        "string" => Ty::String,
        "int" => Ty::Int,
        "decimal" => Ty::Decimal,
        "bool" => Ty::Bool,
        "timestamp" => Ty::Timestamp,
        "uuid" => Ty::Uuid,
        "bytes" => Ty::Bytes,
        "json" => Ty::Json,
        _ => return None,
    })
}

fn named(id: TypeId, kind: Kind) -> Ty {
    match kind {
        Kind::Enum => Ty::Enum(id),
        Kind::ValueObject => Ty::Value(id),
        Kind::Entity => Ty::Entity(id),
        _ => Ty::Record(id),
    }
}

/// The value of a constraint; a number may be quoted, so that no YAML tool takes its digits for a float.
fn constraint_literal(name: &str, value: &sds::Scalar) -> LiteralKind {
    match &value.kind {
        sds::ScalarKind::String(text) if name != "pattern" && expr::number::parse(text).is_some() => {
            LiteralKind::Number(text.clone().into())
        }
        sds::ScalarKind::String(text) => LiteralKind::String(text.clone().into()),
        _ => literal(value).unwrap_or(LiteralKind::Bool(false)),
    }
}

/// `minLength` as `min_length`.
pub fn snake(camel: &str) -> String {
    let mut snake = String::new();
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// A constant of a type.
pub fn constant(ty: Ty, literal: Literal) -> TypedExpr {
    TypedExpr { ty, kind: TypedExprKind::Literal(literal) }
}
