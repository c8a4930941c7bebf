//! SQL: the tables of a context, for both engines.

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

/// The migration that creates the tables of a context; none if it keeps no state.
pub fn initial(slug: &str, context: &Context, dialect: Dialect) -> Option<String> {
    let tables: Vec<String> = context
        .entities
        .iter()
        .filter(|(_, entity)| !entity.key.is_empty())
        .map(|(name, entity)| table(slug, context, name, entity, dialect))
        .collect();
    (!tables.is_empty()).then(|| tables.join("\n"))
}

fn table(slug: &str, context: &Context, name: &str, entity: &Entity, dialect: Dialect) -> String {
    let table = names::table_name(slug, name);
    let mut lines: Vec<String> = entity.fields.iter().map(|field| format!("    {}", column(field, dialect))).collect();
    lines.push(format!("    PRIMARY KEY ({})", names::sql(&entity.key)));
    let strict = if dialect == Dialect::Sqlite { " STRICT" } else { "" };
    let mut sql = format!("-- {name}\nCREATE TABLE {} (\n{}\n){strict};\n", names::sql(&table), lines.join(",\n"));
    for field in unique_fields(slug, context, name, entity) {
        let index = names::sql(&format!("{table}_{}_unique", names::snake_text(&field)));
        sql.push_str(&format!("CREATE UNIQUE INDEX {index} ON {} ({});\n", names::sql(&table), names::sql(&field)));
    }
    sql
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
