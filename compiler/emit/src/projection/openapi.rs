//! OpenAPI 3.1: the operations of a context that are exposed over HTTP. The document is the one of the emitted service.

use super::fidelity::ALL;
use super::reach::unreached;
use super::{Kind, Options, Page};
use crate::scope::Scope;
use crate::{EmitError, openapi, sorted};
use seac_model::Model;
use std::collections::BTreeSet;

/// A document for each context that exposes something.
pub fn project(model: &Model, options: &Options, page: &mut Page) -> Result<(), EmitError> {
    for (slug, context) in options.contexts(model) {
        let (document, reached) = openapi::document(&Scope::new(model, slug, context)).unzip();
        unreached(
            slug,
            context,
            &reached.unwrap_or_default(),
            "No operation that is exposed over HTTP names it.",
            page,
        );
        let exposed = || context.operations.iter().filter(|(_, operation)| operation.http.is_some());
        for (name, _) in context.operations.iter().filter(|(_, operation)| operation.http.is_none()) {
            page.losses.add(Kind::Operation, format!("{slug}.{name}"), ALL, "It is not exposed over HTTP.");
        }
        let roles: BTreeSet<_> = exposed().flat_map(|(_, operation)| &operation.roles).collect();
        let callers: BTreeSet<&str> =
            roles.iter().filter(|role| role.context == *slug).map(|role| role.name.as_str()).collect();
        for role in context.roles.keys().filter(|role| !callers.contains(role.as_str())) {
            page.losses.add(
                Kind::Role,
                format!("{slug}.{role}"),
                ALL,
                "It may call nothing that is exposed over HTTP.",
            );
        }
        let Some(document) = document else {
            page.losses.add(Kind::Context, slug.as_str(), ALL, "It exposes nothing over HTTP.");
            continue;
        };
        let origins = sorted(exposed().map(|(_, operation)| &operation.origin));
        page.file(slug, openapi::text(&document), origins)?;
    }
    Ok(())
}
