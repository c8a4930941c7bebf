//! Tables made of events: their rows are of a generation, of which one is read.

use super::store::Repository;
use crate::names;
use crate::rust::code::{Code, Ident};
use seac_quote::quote;

/// Which rows of a table made of events are read: those of the generation that is registered.
pub fn current(slug: &str, name: &str) -> String {
    let name = super::read_models::qualified(slug, name).replace('\'', "''");
    let registered = format!("SELECT generation FROM read_models WHERE name = '{name}'");
    format!("{GENERATION} = COALESCE(({registered}), {FIRST_GENERATION})")
}

/// The column that tells the generations of rows apart, quoted.
const GENERATION: &str = "\"_generation\"";
/// What is read before the table is registered; the kernel has the same number.
const FIRST_GENERATION: u8 = 1;

/// How the rows of a generation follow events.
pub fn writes(entity: &Ident, key: &Code) -> Code {
    quote! {
        /// Puts one into a generation, in place of one with its key.
        async fn put(&self, tx: &mut dyn Tx, generation: i64, entity: &#entity) -> Result<(), StoreError>;
        /// The one of a generation with this key.
        async fn at(&self, tx: &mut dyn Tx, generation: i64, key: &#key) -> Result<Option<#entity>, StoreError>;
        /// Takes the one with this key out of a generation, if it is there.
        async fn remove(&self, tx: &mut dyn Tx, generation: i64, key: &#key) -> Result<(), StoreError>;
    }
}

/// The statements that do it.
pub fn adapter(
    repository: &Repository<'_>,
    table: &str,
    columns: &str,
    (key_ty, key_value): (&Code, &Code),
    (from_row, values_of): (&Ident, &Ident),
) -> Code {
    let entity = names::pascal(repository.name);
    let key = names::sql(&repository.entity.key);
    let fields = &repository.entity.fields;
    let generation = fields.len() + 1;
    let places: Vec<String> = (1..=generation).map(|place| format!("${place}")).collect();
    let others = fields.iter().filter(|field| field.name != repository.entity.key);
    let renewed: Vec<String> =
        others.map(|field| names::sql(&field.name)).map(|name| format!("{name} = excluded.{name}")).collect();
    let renewed = if renewed.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", renewed.join(", ")) };
    let put = format!(
        "INSERT INTO {table} ({columns}, {GENERATION}) VALUES ({}) ON CONFLICT ({GENERATION}, {key}) DO {renewed}",
        places.join(", ")
    );
    let at = format!("SELECT {columns} FROM {table} WHERE {GENERATION} = $1 AND {key} = $2");
    let remove = format!("DELETE FROM {table} WHERE {GENERATION} = $1 AND {key} = $2");
    quote! {
        async fn put(&self, tx: &mut dyn Tx, generation: i64, entity: &#entity) -> Result<(), StoreError> {
            let mut values = #values_of(entity);
            values.push(generation.to_value());
            tx.execute(#put, &values).await?;
            Ok(())
        }

        async fn at(&self, tx: &mut dyn Tx, generation: i64, key: &#key_ty) -> Result<Option<#entity>, StoreError> {
            let row = tx.query_opt(#at, &[generation.to_value(), #key_value]).await?;
            row.as_ref().map(#from_row).transpose()
        }

        async fn remove(&self, tx: &mut dyn Tx, generation: i64, key: &#key_ty) -> Result<(), StoreError> {
            tx.execute(#remove, &[generation.to_value(), #key_value]).await?;
            Ok(())
        }
    }
}
