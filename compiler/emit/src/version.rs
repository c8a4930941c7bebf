//! By which field callers tell versions of a resource apart: what `ETag` and `If-Match` carry over HTTP.

use crate::scope::Scope;
use seac_model::{Concurrency, Effect, Operation, Ty};

/// The field of a command's input that names the version that was seen, or of a query's answer that names the version that
/// is shown. None where nobody guards the entity by a version, or where the answer leaves it out.
pub fn field<'a>(scope: &Scope<'a>, operation: &'a Operation) -> Option<&'a str> {
    if let Concurrency::OptimisticVersion { field } = &operation.concurrency {
        return Some(field);
    }
    let Effect::Reads { entity } = &operation.effect else { return None };
    let of_entity = scope.context.operations.values().filter(|other| other.effect.entity() == Some(entity));
    let field = of_entity.into_iter().find_map(|other| match &other.concurrency {
        Concurrency::OptimisticVersion { field } => Some(field.as_str()),
        _ => None,
    })?;
    let shown = &scope.record(&operation.output)?.fields;
    shown.iter().any(|it| it.name == field && it.ty == Ty::Int && !it.optional).then_some(field)
}
