//! SQL DDL: the tables in which the entities of a context are kept, as the emitted service makes them in an empty database.

use super::fidelity::ALL;
use super::{Kind, Options, Page};
use crate::file_set::Origin;
use crate::sql::{Dialect, History, migrations};
use crate::{EmitError, sorted};
use seac_model::{Context, Model};

/// A script for each context that keeps something.
pub fn project(model: &Model, options: &Options, page: &mut Page) -> Result<(), EmitError> {
    let dialect = Dialect::ALL.into_iter().find(|dialect| dialect.folder() == options.text("dialect"));
    let dialect = dialect.unwrap_or(Dialect::Postgres);
    for (slug, context) in options.contexts(model) {
        losses(slug, context, page);
        let made = migrations(slug, context, &History::empty(slug));
        let script: String = made.all.iter().map(|migration| migration.apply(dialect).text).collect();
        if script.is_empty() {
            page.losses.add(Kind::Context, slug.as_str(), ALL, "It keeps nothing.");
            continue;
        }
        let origins: Vec<Origin> = sorted(context.entities.values().map(|entity| &entity.origin));
        let head = format!("-- {slug}, {}\n\n", context.version.replace(['\n', '\r'], " "));
        page.file(slug, head + &script, origins)?;
    }
    Ok(())
}

fn losses(slug: &str, context: &Context, page: &mut Page) {
    for (name, _) in context.entities.iter().filter(|(_, entity)| entity.fields.is_empty()) {
        page.losses.add(Kind::Entity, format!("{slug}.{name}"), ALL, "It has no fields, and so no state.");
    }
    for (kind, holder, field) in super::element::fields(context).filter(|(kind, ..)| *kind != Kind::Entity) {
        // A record of the same name as an entity would be reported for it.
        if !context.entities.contains_key(holder) {
            let why = format!("It is a field of a {}, which is no state.", kind.word());
            page.losses.add(Kind::Field, format!("{slug}.{holder}.{}", field.name), ALL, why);
        }
    }
}
