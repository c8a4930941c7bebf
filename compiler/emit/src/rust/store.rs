//! `gen/ports.rs` and `gen/store/`: repositories, and the SQL behind them.

use super::{Types, doc, made_from};
use crate::names;
use crate::rust::code::{Code, Ident};
use crate::scope::Scope;
use seac_quote::quote;
use std::collections::BTreeMap;

use seac_model::{Concurrency, Context, Effect, Entity, Field, Operation, Origin, PortKind, Ty, TypeId};

/// A repository: its port, its adapter, its entity, and what the operations need of it.
pub struct Repository<'a> {
    /// The port.
    pub port: &'a str,
    /// What answers it.
    pub adapter: Option<&'a str>,
    /// Name of the entity.
    pub name: &'a str,
    entity: &'a Entity,
    origin: &'a Origin,
    /// The field that grows with every change, if operations count on it.
    pub version: Option<&'a str>,
    mutated: bool,
    /// Whether its rows are made of events.
    pub derived: bool,
    lists: Vec<(&'a str, &'a Operation)>,
}

impl Repository<'_> {
    /// Where its port is declared.
    pub fn origin(&self) -> &Origin {
        self.origin
    }
}

/// The repositories of a context, by port.
pub fn repositories<'a>(slug: &str, context: &'a Context) -> Vec<Repository<'a>> {
    let mut found = Vec::new();
    for (port, outbound) in &context.outbound_ports {
        let PortKind::Repository { entity: id } = &outbound.kind else { continue };
        let Some(entity) = context.entities.get(&id.name).filter(|_| id.context == slug) else { continue };
        let of_entity = || context.operations.iter().filter(|(_, operation)| operation.effect.entity() == Some(id));
        let version = of_entity().find_map(|(_, operation)| match &operation.concurrency {
            Concurrency::OptimisticVersion { field } => Some(field.as_str()),
            _ => None,
        });
        let adapter = context.adapters.iter().find(|(_, adapter)| adapter.implements == *port);
        found.push(Repository {
            port,
            adapter: adapter.map(|(name, _)| name.as_str()),
            name: &id.name,
            entity,
            origin: &outbound.origin,
            version,
            derived: context.read_models.contains_key(&id.name),
            mutated: context.operations.values().any(|operation| mutates(operation, id)),
            lists: of_entity()
                .filter(|(_, operation)| matches!(operation.effect, Effect::ListsEntities { .. }))
                .map(|(name, operation)| (name.as_str(), operation))
                .collect(),
        });
    }
    found
}

/// Whether an operation changes entities of this type.
fn mutates(operation: &Operation, id: &TypeId) -> bool {
    operation.effects().any(|effect| matches!(effect, Effect::Mutates { entity } if entity == id))
}

/// `gen/ports.rs`.
pub fn ports(slug: &str, context: &Context) -> Code {
    let types = Types { slug };
    let repositories = repositories(slug, context);
    let services = super::outbound::traits(types, context);
    let uses = if repositories.is_empty() && services.tokens().next().is_none() {
        quote!()
    } else {
        quote! {
            #[allow(unused_imports, reason = "inputs and outputs may be those of other contexts")]
            use super::types::*;
            use kernel::prelude::*;
        }
    };
    let traits = repositories.iter().map(|repository| {
        let port = names::pascal(repository.port);
        let entity = names::pascal(repository.name);
        let key = key_type(types, repository.entity);
        let doc_text = format!(" Keeps every `{}`.", repository.name);
        let update = repository.mutated.then(|| update_signature(&entity, repository.version)).map(|signature| {
            quote! {
                /// Replaces one; false if it is not there any more, or no longer in the version that was seen.
                #signature;
            }
        });
        let writes = match repository.derived {
            true => derived_writes(&entity, &key),
            false => quote! {
                /// Adds one; a key or unique field that is taken is [`StoreError::Unique`].
                async fn insert(&self, tx: &mut dyn Tx, entity: &#entity) -> Result<(), StoreError>;
            },
        };
        let lists = repository.lists.iter().map(|(name, operation)| {
            let doc_text = format!(" A page of what `{name}` asks for, and the row behind it if there is one.");
            let signature = list_signature(types, name, operation, &entity, "asked");
            quote! {
                #[doc = #doc_text]
                #signature;
            }
        });
        let mark = made_from(repository.origin);
        quote! {
            #mark
            #[doc = #doc_text]
            #[async_trait]
            pub trait #port: Send + Sync {
                #writes
                /// The one with this key.
                async fn find(&self, tx: &mut dyn Tx, key: &#key) -> Result<Option<#entity>, StoreError>;
                #update
                #(#lists)*
            }
        }
    });
    quote! {
        #![doc = " Ports: what this context needs, whoever answers."]
        #uses
        #(#traits)*
        #services
    }
}

/// `gen/store/mod.rs`.
pub fn module() -> Code {
    quote! {
        #![doc = " Adapters over databases."]
        pub mod sql;
    }
}

/// `gen/store/sql.rs`.
pub fn sql(scope: &Scope<'_>) -> Code {
    let Scope { slug, context, .. } = *scope;
    let types = Types { slug };
    let repositories = repositories(slug, context);
    let uses = if repositories.is_empty() {
        quote!()
    } else {
        quote! {
            use super::super::ports::*;
            use super::super::types::*;
            use kernel::prelude::*;
        }
    };
    let adapters = repositories.iter().map(|repository| adapter(scope, types, repository));
    quote! {
        #![doc = " Repositories in SQL that SQLite and PostgreSQL both understand. Every value is bound, every name is from the spec."]
        #uses
        #(#adapters)*
    }
}

fn adapter(scope: &Scope<'_>, types: Types<'_>, repository: &Repository<'_>) -> Code {
    let name = repository.adapter.unwrap_or(repository.port);
    let adapter = names::pascal(name);
    let port = names::pascal(repository.port);
    let entity = names::pascal(repository.name);
    let table = names::sql(&names::table_name(types.slug, repository.name));
    let columns = columns(repository.entity);
    let key = names::sql(&repository.entity.key);
    let key_ty = key_type(types, repository.entity);
    let key_value = match repository.entity.key_field() {
        Some(key) if !is_text(&key.ty) => quote!(key.to_value()),
        _ => quote!(Value::Text(key.to_owned())),
    };
    let doc_text = format!(" `{}` in the table `{table}`.", repository.name);
    let from_row = names::ident(&format!("{}_from_row", names::snake_text(repository.name)));
    let values_of = names::ident(&format!("{}_values", names::snake_text(repository.name)));
    let places: Vec<String> = (1..=repository.entity.fields.len()).map(|i| format!("${i}")).collect();
    let insert = format!("INSERT INTO {table} ({columns}) VALUES ({})", places.join(", "));
    let current = repository.derived.then(|| current_generation(types.slug, repository.name));
    let find = match &current {
        Some(current) => format!("SELECT {columns} FROM {table} WHERE {current} AND {key} = $1"),
        None => format!("SELECT {columns} FROM {table} WHERE {key} = $1"),
    };
    let inserts = match repository.derived {
        true => derived_adapter(repository, &table, &columns, (&key_ty, &key_value), (&from_row, &values_of)),
        false => quote! {
            async fn insert(&self, tx: &mut dyn Tx, entity: &#entity) -> Result<(), StoreError> {
                tx.execute(#insert, &#values_of(entity)).await?;
                Ok(())
            }
        },
    };
    let shown = current.unwrap_or_else(|| "TRUE".to_owned());
    let update = repository.mutated.then(|| update(repository, &entity, &table, &values_of));
    let lists = repository.lists.iter().map(|(name, operation)| {
        let select = format!("SELECT {columns} FROM {table} WHERE {shown}");
        list(scope, types, repository, name, operation, &select, &from_row)
    });
    let reads = repository.entity.fields.iter().map(|field| read_column(types, field));
    let writes = repository.entity.fields.iter().map(write_column);
    let mark = made_from(&repository.entity.origin);
    let check = check_name(repository.name);
    let check_doc = format!(" Whether every `{}` that is kept is one by today's rules.", repository.name);
    quote! {
        #mark
        #[doc = #doc_text]
        pub struct #adapter;

        #mark
        fn #from_row(row: &Row) -> Result<#entity, StoreError> {
            Ok(#entity { #(#reads)* })
        }

        #mark
        #[doc = #check_doc]
        pub const #check: kernel::store::TableCheck = kernel::store::TableCheck {
            table: #table,
            key: #key,
            columns: #columns,
            holds: |row| kernel::store::holds(#from_row(row)),
        };

        #mark
        fn #values_of(entity: &#entity) -> Vec<Value> {
            vec![#(#writes),*]
        }

        #mark
        #[async_trait]
        impl #port for #adapter {
            #inserts

            async fn find(&self, tx: &mut dyn Tx, key: &#key_ty) -> Result<Option<#entity>, StoreError> {
                let row = tx.query_opt(#find, &[#key_value]).await?;
                row.as_ref().map(#from_row).transpose()
            }

            #update
            #(#lists)*
        }
    }
}

/// Which rows of a table made of events are read: those of the generation that is registered.
fn current_generation(slug: &str, name: &str) -> String {
    let name = super::read_models::qualified(slug, name).replace('\'', "''");
    let registered = format!("SELECT generation FROM read_models WHERE name = '{name}'");
    format!("{GENERATION} = COALESCE(({registered}), {FIRST_GENERATION})")
}

/// The column that tells the generations of rows apart, quoted.
const GENERATION: &str = "\"_generation\"";
/// What is read before the table is registered; the kernel has the same number.
const FIRST_GENERATION: u8 = 1;

/// How the rows of a generation follow events.
fn derived_writes(entity: &Ident, key: &Code) -> Code {
    quote! {
        /// Puts one into a generation, in place of one with its key.
        async fn put(&self, tx: &mut dyn Tx, generation: i64, entity: &#entity) -> Result<(), StoreError>;
        /// The one of a generation with this key.
        async fn at(&self, tx: &mut dyn Tx, generation: i64, key: &#key) -> Result<Option<#entity>, StoreError>;
        /// Takes the one with this key out of a generation, if it is there.
        async fn remove(&self, tx: &mut dyn Tx, generation: i64, key: &#key) -> Result<(), StoreError>;
    }
}

fn derived_adapter(
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

fn columns(entity: &Entity) -> String {
    entity.fields.iter().map(|field| names::sql(&field.name)).collect::<Vec<_>>().join(", ")
}

/// Whether its values are plain strings in Rust.
fn is_text(ty: &Ty) -> bool {
    matches!(ty, Ty::String | Ty::Ref(_))
}

/// What a key is behind a reference.
fn key_type(types: Types<'_>, entity: &Entity) -> Code {
    match entity.key_field() {
        Some(key) if !is_text(&key.ty) => types.ty(&key.ty),
        _ => quote!(str),
    }
}

fn update_signature(entity: &Ident, version: Option<&str>) -> Code {
    let seen = version.map(|_| quote!(, seen: i64));
    quote!(async fn update(&self, tx: &mut dyn Tx, entity: &#entity #seen) -> Result<bool, StoreError>)
}

fn update(repository: &Repository<'_>, entity: &Ident, table: &str, values_of: &Ident) -> Code {
    let signature = update_signature(entity, repository.version);
    let fields = &repository.entity.fields;
    let assignments: Vec<String> = fields
        .iter()
        .enumerate()
        .filter(|(_, field)| field.name != repository.entity.key)
        .map(|(i, field)| format!("{} = ${}", names::sql(&field.name), i + 1))
        .collect();
    let key = fields.iter().position(|field| field.name == repository.entity.key).unwrap_or_default() + 1;
    let mut sql =
        format!("UPDATE {table} SET {} WHERE {} = ${key}", assignments.join(", "), names::sql(&repository.entity.key));
    let seen = repository.version.map(|version| {
        sql.push_str(&format!(" AND {} = ${}", names::sql(version), fields.len() + 1));
        quote!(values.push(seen.to_value());)
    });
    let mutable = repository.version.map(|_| quote!(mut));
    quote! {
        #signature {
            let #mutable values = #values_of(entity);
            #seen
            Ok(tx.execute(#sql, &values).await? == 1)
        }
    }
}

/// The method that lists for an operation. Alone, its name could be that of another method.
pub fn list_method(operation: &str) -> Ident {
    names::ident(&format!("list_{}", names::snake_text(operation)))
}

fn list_signature(types: Types<'_>, name: &str, operation: &Operation, entity: &Ident, asked: &str) -> Code {
    let asked = names::ident(asked);
    let method = list_method(name);
    let input = types.path(&operation.input);
    quote!(async fn #method(&self, tx: &mut dyn Tx, #asked: &#input, page: &kernel::page::Page) -> Result<Vec<#entity>, StoreError>)
}

fn list(
    scope: &Scope<'_>,
    types: Types<'_>,
    repository: &Repository<'_>,
    name: &str,
    operation: &Operation,
    select: &str,
    from_row: &Ident,
) -> Code {
    let entity = names::pascal(repository.name);
    let Effect::ListsEntities { filters, .. } = &operation.effect else { return quote!() };
    let asked = if filters.is_empty() { "_asked" } else { "asked" };
    let signature = list_signature(types, name, operation, &entity, asked);
    let input = scope.record(&operation.input);
    let filters = filters.iter().filter_map(|filter| {
        let field = input.and_then(|input| input.fields.iter().find(|field| field.name == *filter))?;
        Some(condition(field, &format!(" AND {} = $", names::sql(filter))))
    });
    quote! {
        #signature {
            let mut sql = String::from(#select);
            let mut values = Vec::new();
            #(#filters)*
            page.extend(&mut sql, &mut values);
            tx.query(&sql, &values).await?.iter().map(#from_row).collect()
        }
    }
}

fn condition(field: &Field, text: &str) -> Code {
    let name = names::snake(&field.name);
    let push = quote! {
        values.push(value.to_value());
        sql.push_str(&format!("{}{}", #text, values.len()));
    };
    if field.optional {
        quote!(if let Some(value) = &asked.#name { #push })
    } else {
        quote!({ let value = &asked.#name; #push })
    }
}

/// Lists and values of no column type of their own are kept as JSON text.
fn as_json(ty: &Ty) -> bool {
    matches!(ty, Ty::List(_) | Ty::Record(_) | Ty::Entity(_) | Ty::Json)
}

fn write_column(field: &Field) -> Code {
    let name = names::snake(&field.name);
    match (as_json(&field.ty), field.optional) {
        (true, true) => quote!(entity.#name.clone().map(kernel::store::Json).to_value()),
        (true, false) => quote!(kernel::store::Json(entity.#name.clone()).to_value()),
        (false, _) => quote!(entity.#name.to_value()),
    }
}

fn read_column(types: Types<'_>, field: &Field) -> Code {
    let name = names::snake(&field.name);
    let column = field.name.as_str();
    let ty = types.ty(&field.ty);
    match (as_json(&field.ty), field.optional) {
        (true, true) => quote!(#name: row.get::<Option<kernel::store::Json<#ty>>>(#column)?.map(|json| json.0),),
        (true, false) => quote!(#name: row.get::<kernel::store::Json<#ty>>(#column)?.0,),
        (false, _) => quote!(#name: row.get(#column)?,),
    }
}

/// The constants that check what is kept, by table.
pub fn checks(slug: &str, context: &Context) -> BTreeMap<String, Ident> {
    let repositories = repositories(slug, context);
    repositories.iter().map(|r| (names::table_name(slug, r.name), check_name(r.name))).collect()
}

fn check_name(entity: &str) -> Ident {
    names::ident(&format!("{}_CHECK", names::snake_text(entity).to_uppercase()))
}

/// The doc line of a port's field in an operation.
pub fn port_doc(port: &str) -> Code {
    doc(None, &format!("Answers [`super::ports::{}`].", names::type_text(port)))
}
