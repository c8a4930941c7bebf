//! Values: where each field that is written, announced or answered comes from.

use super::Emitter;
use crate::names;
use crate::rust::code::{Code, Ident};
use crate::rust::expr;
use seac_model::{Fact, FailureKind, Field, Literal, Ty, TypedExprKind, ValueSource};
use seac_quote::quote;
use std::collections::BTreeMap;

/// A field that gets a value.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    field: &'a Field,
    /// The type that the field belongs to, if that knows its default.
    owner: Option<&'a Code>,
    /// The variable with what was there before.
    before: Option<&'a Ident>,
}

impl<'a> Target<'a> {
    /// A field that shows what is there.
    pub(super) fn carried(field: &'a Field) -> Self {
        Self { field, owner: None, before: None }
    }
}

impl Emitter<'_> {
    /// A source as a value for `target`.
    pub(super) fn value(&self, source: &ValueSource, target: Target<'_>) -> Code {
        let field = target.field;
        match source {
            ValueSource::Input { field: from, optional } => {
                let name = names::snake(from);
                self.carry(&quote!(call.input.#name), self.input_field(from), *optional, target)
            }
            ValueSource::State { field: from, optional } => {
                let name = names::snake(from);
                self.carry(&quote!(state.#name), self.state_field(from), *optional, target)
            }
            ValueSource::Answer { operation, field: from, optional } => {
                let (place, answer) = self.answer(operation);
                let name = names::snake(from);
                let declared = answer.and_then(|id| self.scope.record(id));
                let from = declared.and_then(|record| record.fields.iter().find(|field| field.name == *from));
                self.carry(&quote!(#place.#name), from, *optional, target)
            }
            ValueSource::Expression { expression } => {
                let value = match &expression.kind {
                    TypedExprKind::Fact(Fact::ActorId) => quote!(call.identity.subject.clone()),
                    TypedExprKind::Fact(Fact::Now) => quote!(call.received_at),
                    TypedExprKind::Literal(literal) => self.literal(literal, field),
                    _ => {
                        let fact = expr::fact(self.types, expression);
                        quote!(#fact.known_or_reject()?)
                    }
                };
                wrap(value, field)
            }
            ValueSource::NewUuid => wrap(quote!(Uuid::now_v7()), field),
            ValueSource::Digest { name } => {
                let digest = self.digest(name);
                let hex = quote!(#digest.to_hex());
                let value = match &field.ty {
                    Ty::Value(id) => {
                        let path = self.types.path(id);
                        quote!(#path::try_from(#hex).map_err(Rejection::internal)?)
                    }
                    _ => hex,
                };
                wrap(value, field)
            }
            ValueSource::Sequence => wrap(quote!(i64::try_from(entry.sequence()).unwrap_or(i64::MAX)), field),
            ValueSource::NextVersion { field: version } => {
                let (name, before) = (names::snake(version), target.before);
                wrap(quote!(#before.#name.saturating_add(1)), field)
            }
            ValueSource::Absent | ValueSource::Rows | ValueSource::NextCursor => quote!(None),
        }
    }

    fn literal(&self, literal: &Literal, target: &Field) -> Code {
        let expression = seac_model::TypedExpr { ty: target.ty.clone(), kind: TypedExprKind::Literal(literal.clone()) };
        expr::constant(self.types, &expression)
    }

    /// The fields that have sources, each with its value.
    pub(super) fn assigned(
        &self,
        fields: &[Field],
        sources: &BTreeMap<String, ValueSource>,
        owner: &Code,
        before: &Ident,
    ) -> Vec<Code> {
        let given = fields.iter().filter_map(|field| Some((field, sources.get(&field.name)?)));
        given
            .map(|(field, source)| {
                let name = names::snake(&field.name);
                let value = self.value(source, Target { field, owner: Some(owner), before: Some(before) });
                quote!(#name: #value,)
            })
            .collect()
    }

    /// A field carried over to one of the same name: cloned where it must be, wrapped where the target is optional.
    fn carry(&self, place: &Code, from: Option<&Field>, optional: bool, target: Target<'_>) -> Code {
        let Target { field, owner, .. } = target;
        let copied = from.is_some_and(|from| copies(&from.ty));
        if let Some((from, conversion)) = from.and_then(|from| Some((from, Conversion::between(&from.ty, &field.ty)?)))
        {
            return self.convert(place, from, conversion, optional, field);
        }
        let value = if copied { quote!(#place) } else { quote!(#place.clone()) };
        match (optional, field.optional, &field.default, owner) {
            (true, false, Some(_), Some(owner)) => {
                let default = names::ident(&format!("default_{}", names::snake_text(&field.name)));
                quote!(#value.unwrap_or_else(#owner::#default))
            }
            (true, ..) => value,
            (false, ..) => wrap(value, field),
        }
    }

    fn convert(&self, place: &Code, from: &Field, conversion: Conversion, optional: bool, target: &Field) -> Code {
        let (code, pointer) = (self.code(FailureKind::InputValidation), format!("/{}", from.name));
        let may_fail = matches!(conversion, Conversion::Parsed);
        let of = |place: &Code| conversion.of(place, &code, &pointer);
        match (optional, may_fail) {
            (true, true) => {
                let value = of(&quote!(value));
                quote!(#place.as_ref().map(|value| #value).transpose()?)
            }
            (true, false) => {
                let value = of(&quote!(value));
                quote!(#place.as_ref().map(|value| #value))
            }
            (false, true) => {
                let value = of(place);
                wrap(quote!(#value?), target)
            }
            (false, false) => wrap(of(place), target),
        }
    }

    /// A source as text, for the subject of evidence.
    pub(super) fn text(&self, source: &ValueSource) -> Code {
        match source {
            ValueSource::State { field, .. } => {
                let name = names::snake(field);
                displayed(&quote!(state.#name), self.state_field(field).map(|field| &field.ty))
            }
            ValueSource::Input { field, .. } => {
                let name = names::snake(field);
                displayed(&quote!(call.input.#name), self.input_field(field).map(|field| &field.ty))
            }
            ValueSource::Digest { name } => {
                let digest = self.digest(name);
                quote!(#digest.to_hex())
            }
            _ => quote!("*"),
        }
    }
}

/// What makes a value of one type one of another.
#[derive(Clone, Copy)]
enum Conversion {
    /// A named form is plain text.
    Text,
    /// A key becomes a reference.
    Shown,
    /// A reference becomes a key, if it can be one.
    Parsed,
}

impl Conversion {
    fn between(from: &Ty, to: &Ty) -> Option<Self> {
        match (from, to) {
            _ if from == to => None,
            (Ty::Uuid, Ty::Ref(_)) => Some(Self::Shown),
            (Ty::Ref(_), Ty::Uuid) => Some(Self::Parsed),
            // Texts and references are the same in Rust.
            (Ty::Value(_), _) => Some(Self::Text),
            _ => None,
        }
    }

    fn of(self, place: &Code, code: &str, pointer: &str) -> Code {
        match self {
            Self::Text => quote!(String::from(#place.clone())),
            Self::Shown => quote!(#place.to_string()),
            Self::Parsed => quote! {
                #place.parse::<Uuid>().map_err(|_| Rejection::field(#code, #pointer, "uuid", "must be a UUID"))
            },
        }
    }
}

/// A field as something that can be displayed.
pub(super) fn displayed(place: &Code, ty: Option<&Ty>) -> Code {
    match ty {
        Some(Ty::Value(_)) => quote!(#place.as_str()),
        Some(ty) if copies(ty) => quote!(#place),
        _ => quote!(&#place),
    }
}

pub(super) fn wrap(value: Code, target: &Field) -> Code {
    if target.optional { quote!(Some(#value)) } else { value }
}

pub fn copies(ty: &Ty) -> bool {
    matches!(ty, Ty::Int | Ty::Decimal | Ty::Bool | Ty::Timestamp | Ty::Uuid | Ty::Quantity(_) | Ty::Enum(_))
}
