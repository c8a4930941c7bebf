//! SQL: the tables of a context, for both engines.

use crate::file_set::{Origin, Region};
use crate::names;
use seac_model::{Concurrency, Context, Effect, Entity, Field, Ty};

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Embedded.
    Sqlite,
    /// Served.
    Postgres,
}

impl Dialect {
    /// Both, in the order of their folders.
    pub const ALL: [Self; 2] = [Self::Postgres, Self::Sqlite];

    /// Name of its folder.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// The migration that creates the tables of a context, and which lines come from which entity or field; none if the
/// context keeps no state.
pub fn initial(slug: &str, context: &Context, dialect: Dialect) -> Option<(String, Vec<Region>)> {
    let mut script = Script::default();
    for (name, entity) in context.entities.iter().filter(|(_, entity)| !entity.key.is_empty()) {
        table(&mut script, slug, context, name, entity, dialect);
    }
    script.regions.sort();
    (!script.lines.is_empty()).then(|| (script.lines.join("\n") + "\n", script.regions))
}

/// Lines, and where they come from.
#[derive(Default)]
struct Script {
    lines: Vec<String>,
    regions: Vec<Region>,
}

impl Script {
    fn next(&self) -> u32 {
        u32::try_from(self.lines.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// The lines from `start` to the last one come from `origin`.
    fn made_from(&mut self, start: u32, origin: &seac_model::Origin) {
        let origin = Origin { file: origin.file.to_string(), line: origin.line };
        self.regions.push(Region { start, end: self.next() - 1, origin });
    }
}

fn table(script: &mut Script, slug: &str, context: &Context, name: &str, entity: &Entity, dialect: Dialect) {
    if !script.lines.is_empty() {
        script.lines.push(String::new());
    }
    let table = names::table_name(slug, name);
    let quoted = names::sql(&table);
    let start = script.next();
    script.lines.extend([format!("-- {name}"), format!("CREATE TABLE {quoted} (")]);
    for field in &entity.fields {
        let line = script.next();
        script.lines.push(format!("    {},", column(field, dialect)));
        script.made_from(line, &field.origin);
    }
    let strict = if dialect == Dialect::Sqlite { " STRICT" } else { "" };
    script.lines.extend([format!("    PRIMARY KEY ({})", names::sql(&entity.key)), format!("){strict};")]);
    for field in unique_fields(slug, context, name, entity) {
        let index = names::sql(&format!("{table}_{}_unique", names::snake_text(&field)));
        script.lines.push(format!("CREATE UNIQUE INDEX {index} ON {quoted} ({});", names::sql(&field)));
    }
    script.made_from(start, &entity.origin);
}

/// Fields that no two entities share: declared so, or the unique key of an operation that creates them.
pub fn unique_fields(slug: &str, context: &Context, name: &str, entity: &Entity) -> Vec<String> {
    let keyed = context.operations.values().filter_map(|operation| match (&operation.effect, &operation.concurrency) {
        (Effect::Creates { entity }, Concurrency::UniqueKey { field })
            if entity.context == slug && entity.name == name =>
        {
            Some(field.clone())
        }
        _ => None,
    });
    let declared = entity.fields.iter().filter(|field| field.unique).map(|field| field.name.clone());
    let mut fields: Vec<String> = keyed.chain(declared).filter(|field| *field != entity.key).collect();
    fields.sort();
    fields.dedup();
    fields
}

fn column(field: &Field, dialect: Dialect) -> String {
    let null = if field.optional { "" } else { " NOT NULL" };
    format!("{} {}{null}", names::sql(&field.name), column_type(&field.ty, dialect))
}

/// Decimals, times and ids are text: exact, and the same on both engines. Times have fixed width, so that they sort.
fn column_type(ty: &Ty, dialect: Dialect) -> &'static str {
    match (ty, dialect) {
        (Ty::Int, Dialect::Sqlite) | (Ty::Bool, Dialect::Sqlite) => "INTEGER",
        (Ty::Int, Dialect::Postgres) => "BIGINT",
        (Ty::Bool, Dialect::Postgres) => "BOOLEAN",
        (Ty::Bytes, Dialect::Sqlite) => "BLOB",
        (Ty::Bytes, Dialect::Postgres) => "BYTEA",
        _ => "TEXT",
    }
}
