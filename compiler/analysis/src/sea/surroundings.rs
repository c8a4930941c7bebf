//! What a context knows besides its SEA files: the domain of its SDS, and what the contexts it uses export. Both are
//! put into the words of SEA, so that what is declared in YAML has the same types as what is declared in a model.

use crate::load::{ContextInput, Inputs};
use crate::types::{builtin, snake};
use seac_syntax::sds::ast::{self as sds, ScalarKind};
use seac_syntax::sea::ast::{
    Declaration, DeclarationKind as D, Entity, Enum, EnumMember, Field, FieldConstraint, Ident, Literal, LiteralKind,
    Record, SeaFile, TypeExpr, TypeExprKind,
};
use seac_syntax::{FileId, Span};
use std::collections::{BTreeMap, BTreeSet};

/// What is known about a model from outside its own files.
#[derive(Default)]
pub(crate) struct Surroundings {
    /// Policies that govern operations: they are typed where they are bound.
    pub governing: BTreeSet<String>,
    /// The domain of the context's SDS, and what the contexts it uses declare.
    pub parts: Vec<Part>,
}

/// Declarations that count for their names and types only.
pub(crate) struct Part {
    /// Where most of them stand.
    pub file: FileId,
    /// The context they belong to.
    pub slug: String,
    /// The names are those of the model itself.
    pub own: bool,
    /// The declarations.
    pub tree: SeaFile,
}

impl Surroundings {
    /// The surroundings of a context, given the policies that govern its operations.
    pub fn new(input: &ContextInput, inputs: &Inputs, governing: BTreeSet<String>) -> Self {
        let used = input.sds.uses.iter().filter_map(|name| inputs.contexts.get(name.value.as_str()));
        let used = used.filter(|other| other.slug != input.slug);
        // Used twice is used once.
        let used: BTreeMap<&str, &ContextInput> = used.map(|other| (other.slug.as_str(), other)).collect();
        let own = Part { file: input.sds.span.file, slug: input.slug.clone(), own: true, tree: domain(&input.sds) };
        let parts = std::iter::once(own).chain(used.into_values().map(foreign)).collect();
        Self { governing, parts }
    }
}

/// The names and types of another context: all of them, since what it exports may be made of what it does not.
fn foreign(other: &ContextInput) -> Part {
    let mut tree = domain(&other.sds);
    let written = other.sea.iter().flat_map(|file| &file.declarations);
    tree.declarations.extend(written.filter(|declaration| names_something(&declaration.kind)).cloned());
    Part { file: other.sds.span.file, slug: other.slug.clone(), own: false, tree }
}

/// Whether other contexts may name it in their models.
fn names_something(kind: &D) -> bool {
    matches!(
        kind,
        D::Entity(_)
            | D::Role(_)
            | D::Resource(_)
            | D::Enum(_)
            | D::Record(_)
            | D::Pattern(_)
            | D::Unit(_)
            | D::Dimension(_)
    )
}

/// `domain` of an SDS as declarations; everything in it is exported, the format has no word for it.
fn domain(sds: &sds::SdsFile) -> SeaFile {
    let patterns = sds.value_objects.iter().filter(|object| object.fields.is_empty() && object.members.is_empty());
    let domain = Domain { texts: patterns.map(|object| (object.name.value.as_str(), object)).collect() };
    let entities = sds.entities.iter().map(|entity| domain.entity(entity));
    let objects = sds.value_objects.iter().filter_map(|object| domain.value_object(object));
    SeaFile { declarations: entities.chain(objects).collect(), ..SeaFile::default() }
}

/// The value objects of a domain that are texts of a certain form.
struct Domain<'s> {
    texts: BTreeMap<&'s str, &'s sds::ValueObject>,
}

impl Domain<'_> {
    fn entity(&self, entity: &sds::Entity) -> Declaration {
        let key = entity.key.as_ref();
        let fields = entity.fields.iter().map(|field| {
            let is_key = key.is_some_and(|key| key.value == field.name.value);
            self.field(field, is_key.then_some(field.name.span))
        });
        let declared = Entity {
            name: entity.name.clone(),
            version: None,
            replaces: None,
            changes: Box::default(),
            domain: None,
            annotations: Box::default(),
            fields: Some(fields.collect()),
        };
        declaration(entity.span, D::Entity(Box::new(declared)))
    }

    /// A text of a certain form has no counterpart: it stands in the fields that are made of it.
    fn value_object(&self, object: &sds::ValueObject) -> Option<Declaration> {
        let name = object.name.clone();
        let kind = if !object.fields.is_empty() {
            let fields = object.fields.iter().map(|field| self.field(field, None)).collect();
            D::Record(Box::new(Record { name, fields }))
        } else if !object.members.is_empty() {
            let member = |(name, wire): &(sds::Text, sds::Text)| EnumMember {
                span: name.span,
                name: name.clone(),
                wire: wire.clone(),
                docs: None,
            };
            D::Enum(Box::new(Enum { name, members: object.members.iter().map(member).collect() }))
        } else {
            return None;
        };
        Some(declaration(object.span, kind))
    }

    fn field(&self, field: &sds::Field, key: Option<Span>) -> Field {
        let mut constraints: Vec<FieldConstraint> = field.constraints.iter().filter_map(constraint).collect();
        let mut ty = field.ty.clone();
        if let TypeExprKind::Named(name) = &mut ty.kind
            && let Some(text) = self.texts.get(name.value.as_str())
        {
            name.value = "string".into();
            constraints.extend(text.pattern.as_ref().map(|pattern| FieldConstraint {
                span: pattern.span,
                name: Ident::new("pattern".into(), pattern.span),
                value: Literal { span: pattern.span, kind: LiteralKind::String(pattern.value.as_str().into()) },
            }));
        }
        Field {
            span: field.span,
            docs: None,
            key,
            name: field.name.clone(),
            default: field.default.as_ref().and_then(|default| literal(default, &ty)).map(Box::new),
            ty,
            optional: field.optional.then_some(field.span),
            constraints: constraints.into(),
        }
    }
}

fn declaration(span: Span, kind: D) -> Declaration {
    Declaration { span, exported: Some(span), docs: None, kind }
}

/// `minLength: 3` as `min_length 3`.
fn constraint((name, value): &(sds::Text, sds::Scalar)) -> Option<FieldConstraint> {
    let kind = match &value.kind {
        ScalarKind::Number(text) => LiteralKind::Number(text.as_str().into()),
        ScalarKind::String(text) => LiteralKind::String(text.as_str().into()),
        ScalarKind::Null | ScalarKind::Bool(_) => return None,
    };
    let span = name.span.to(value.span);
    let name = Ident::new(snake(&name.value).into(), name.span);
    Some(FieldConstraint { span, name, value: Literal { span: value.span, kind } })
}

/// A default. YAML has one kind of text; which literal it is, depends on the type.
fn literal(scalar: &sds::Scalar, ty: &TypeExpr) -> Option<Literal> {
    let kind = match &scalar.kind {
        ScalarKind::Null => return None,
        ScalarKind::Bool(value) => LiteralKind::Bool(*value),
        ScalarKind::Number(text) => LiteralKind::Number(text.as_str().into()),
        ScalarKind::String(text) => match &ty.kind {
            TypeExprKind::Named(name) if name.value == "timestamp" => LiteralKind::Time(text.as_str().into()),
            TypeExprKind::Named(name) if builtin(&name.value).is_none() => LiteralKind::Word(text.as_str().into()),
            _ => LiteralKind::String(text.as_str().into()),
        },
    };
    Some(Literal { span: scalar.span, kind })
}
