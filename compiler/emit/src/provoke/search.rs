//! A call that ends in a certain way.

use super::course::{End, Situation, Subject};
use super::eval::{literal_json, micros};
use super::sample::{Samples, around, matching, number, of_number};
use super::{ACTOR, time_text};
use rust_decimal::Decimal;
use seac_model::{CompareOp, Concurrency, Effect, Fact, Field, Ty, TypedExpr, TypedExprKind, ValueSource};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// So many calls are thought through before the search is given up.
const PATIENCE: usize = 4_000;
/// So many values of one field are tried.
const VALUES: usize = 9;

/// What can be varied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Input(String),
    State(String),
}

impl<'a> Subject<'a> {
    /// An ordinary call by somebody who may make it, and the entity that it is about.
    pub fn ordinary(&self) -> Option<&'a Situation> {
        self.found.ordinary.get_or_init(|| self.make_ordinary()).as_ref()
    }

    fn make_ordinary(&self) -> Option<Situation> {
        let samples = Samples { scope: self.scope };
        let mut input = samples.object(&self.input.fields)?;
        let finds = matches!(self.operation.effect, Effect::Mutates { .. } | Effect::Reads { .. });
        let mut state = None;
        if let Some(entity) = self.entity.filter(|_| finds) {
            let mut fields = samples.object(&entity.fields)?;
            fields.insert(entity.key.clone(), input.get(&entity.key)?.clone());
            if let Concurrency::OptimisticVersion { field } = &self.operation.concurrency {
                let version = input.get(field)?.clone();
                fields.insert(field.clone(), version);
            }
            state = Some(fields);
        }
        for part in &self.operation.parts {
            // What belongs to the entity names it.
            let key = self.entity.and_then(|entity| input.get(&entity.key)).cloned();
            if let (true, Some(key)) = (input.contains_key(&part.reference), key) {
                input.insert(part.reference.clone(), key);
            }
        }
        let roles = self.operation.roles.iter().take(1).map(ToString::to_string).collect();
        Some(Situation { roles, input, state })
    }

    /// A call that ends as it should: the ordinary one with other values where policies look at them.
    pub fn find(&self, wanted: impl Fn(&Situation) -> bool) -> Option<Situation> {
        let ordinary = self.ordinary()?;
        let read = self.read();
        let places: Vec<(Place, Vec<Option<Json>>)> =
            read.into_iter().filter_map(|place| Some((place.clone(), self.values(&place, ordinary)?))).collect();
        let casts = self.casts();
        let combinations = places.iter().map(|(_, values)| values.len()).fold(casts.len(), usize::saturating_mul);
        // Every attempt sets every place.
        let mut situation = ordinary.clone();
        (0..combinations.min(PATIENCE)).find_map(|mut number| {
            for (place, values) in &places {
                set(&mut situation, place, values[number % values.len()].clone());
                number /= values.len();
            }
            situation.roles.clone_from(&casts[number]);
            wanted(&situation).then(|| situation.clone())
        })
    }

    /// Whether a call goes well, as far as is known.
    pub fn succeeds(&self, situation: &Situation) -> bool {
        matches!(self.end(situation), Ok(End::Done(_)))
    }

    /// Whether a call gets as far as the stores.
    pub fn goes_on(&self, situation: &Situation) -> bool {
        self.early(situation) == Ok(None)
    }

    /// What policies look at, and the versions that are compared.
    fn read(&self) -> BTreeSet<Place> {
        let mut places = BTreeSet::new();
        for policy in &self.operation.policies {
            self.facts(&policy.expression, &mut places);
        }
        if let Concurrency::OptimisticVersion { field } = &self.operation.concurrency {
            places.insert(Place::State(field.clone()));
        }
        places
    }

    fn facts(&self, expression: &TypedExpr, places: &mut BTreeSet<Place>) {
        let mut written = Vec::new();
        expression.visit(&mut |part| match &part.kind {
            TypedExprKind::Fact(Fact::Input { field, .. }) => drop(places.insert(Place::Input(field.clone()))),
            TypedExprKind::Fact(Fact::State { field, .. }) => {
                places.insert(Place::State(field.clone()));
                written.extend(self.sources().and_then(|sources| sources.get(field)));
            }
            _ => {}
        });
        for source in written {
            match source {
                ValueSource::Input { field, .. } => drop(places.insert(Place::Input(field.clone()))),
                ValueSource::Expression { expression } => expression.visit(&mut |part| {
                    if let TypedExprKind::Fact(Fact::Input { field, .. }) = &part.kind {
                        places.insert(Place::Input(field.clone()));
                    }
                }),
                _ => {}
            }
        }
    }

    /// What can stand there, an ordinary value first.
    fn values(&self, place: &Place, ordinary: &Situation) -> Option<Vec<Option<Json>>> {
        let (fields, now, name) = match place {
            Place::Input(name) => (&self.input.fields, ordinary.input.get(name), name),
            Place::State(name) => (&self.entity?.fields, ordinary.state.as_ref()?.get(name), name),
        };
        let is_key = self.entity.is_some_and(|entity| entity.key == *name) && ordinary.state.is_some();
        let at = fields.iter().position(|field| field.name == *name)?;
        let field: &Field = &fields[at];
        if is_key {
            return None;
        }
        let hints = self.hints(&field.ty);
        let others = Samples { scope: self.scope }.of(field, at, &hints).into_iter().map(Some);
        let mut values: Vec<Option<Json>> = now.cloned().map(Some).into_iter().chain(others).collect();
        if field.optional {
            values.insert(1.min(values.len()), None);
        }
        let mut distinct: Vec<Option<Json>> = Vec::new();
        for value in values {
            if distinct.len() < VALUES && !distinct.contains(&value) {
                distinct.push(value);
            }
        }
        (!distinct.is_empty()).then_some(distinct)
    }

    /// Values that policies compare with.
    fn hints(&self, ty: &Ty) -> Vec<Json> {
        let mut hints = Vec::new();
        for policy in &self.operation.policies {
            policy.expression.visit(&mut |part| {
                if let TypedExprKind::Compare(op, left, right) = &part.kind {
                    hints.extend(self.limits(ty, left, right).chain(self.limits(ty, right, left)));
                    [left, right].into_iter().for_each(|side| self.hint(*op, ty, side, &mut hints));
                }
            });
        }
        if matches!(ty, Ty::String) {
            hints.push(json!(ACTOR));
        }
        hints
    }

    /// Values near those for which a product or a quotient with a constant is as large as the constant beside it.
    fn limits(&self, ty: &Ty, side: &TypedExpr, beside: &TypedExpr) -> impl Iterator<Item = Json> {
        let numeric = matches!(ty, Ty::Int | Ty::Decimal | Ty::Quantity(_));
        let TypedExprKind::Product(first, rest) = &side.kind else { return Vec::new().into_iter() };
        let Some(limit) = self.constant(beside).filter(|_| numeric) else { return Vec::new().into_iter() };
        let parts = std::iter::once(&**first).chain(rest.iter().map(|(_, part)| part));
        let constants = parts.filter_map(|part| self.constant(part));
        let found = constants.flat_map(|by| [limit.checked_mul(by), limit.checked_div(by)]).flatten();
        let near: Vec<Json> = found.flat_map(|at| around(&at)).filter_map(|number| of_number(ty, &number)).collect();
        near.into_iter()
    }

    /// The number that an expression is, if it is written there.
    fn constant(&self, expr: &TypedExpr) -> Option<Decimal> {
        let TypedExprKind::Literal(literal) = &expr.kind else { return None };
        number(&expr.ty, &literal_json(self.scope, &expr.ty, literal)?)
    }

    fn hint(&self, op: CompareOp, ty: &Ty, side: &TypedExpr, hints: &mut Vec<Json>) {
        let TypedExprKind::Literal(literal) = &side.kind else { return };
        let Some(value) = literal_json(self.scope, &side.ty, literal) else { return };
        match (op, ty) {
            (CompareOp::Matches, Ty::String | Ty::Value(_)) => {
                hints.extend(value.as_str().and_then(|regex| matching(regex, 0)).map(Json::String));
            }
            (_, Ty::Timestamp) => {
                let moment = value.as_str().and_then(micros);
                hints
                    .extend(moment.into_iter().flat_map(|at| [-1, 0, 1].map(|s| json!(time_text(at + s * 1_000_000)))));
            }
            (_, Ty::Int | Ty::Decimal | Ty::Quantity(_)) if side.ty == *ty => {
                let near = number(&side.ty, &value).map(|number| around(&number)).unwrap_or_default();
                hints.extend(near.iter().filter_map(|number| of_number(ty, number)));
            }
            (_, Ty::String | Ty::Value(_) | Ty::Ref(_) | Ty::Uuid) => hints.push(value),
            _ => {}
        }
    }

    /// Who may call: with each role alone, and with those that policies ask for.
    fn casts(&self) -> Vec<Vec<String>> {
        let roles: Vec<String> = self.operation.roles.iter().map(ToString::to_string).collect();
        let mut asked = BTreeSet::new();
        for policy in &self.operation.policies {
            policy.expression.visit(&mut |part| {
                if let TypedExprKind::HasRole(role) = &part.kind {
                    asked.insert(role.to_string());
                }
            });
        }
        let mut casts: Vec<Vec<String>> = roles.iter().map(|role| vec![role.clone()]).collect();
        if casts.is_empty() {
            casts.push(Vec::new());
        }
        for role in &asked {
            let first = roles.first().filter(|first| *first != role).cloned();
            casts.push(first.into_iter().chain([role.clone()]).collect());
        }
        casts.push(roles.into_iter().take(1).chain(asked).collect());
        casts
    }
}

fn set(situation: &mut Situation, place: &Place, value: Option<Json>) {
    let (object, name) = match place {
        Place::Input(name) => (Some(&mut situation.input), name),
        Place::State(name) => (situation.state.as_mut(), name),
    };
    let Some(object) = object else { return };
    match value {
        Some(value) => drop(object.insert(name.clone(), value)),
        None => drop(object.remove(name)),
    }
}
