//! `gen/read_models.rs`: tables that are made of events, each event's effect as the spec says.

use super::store::{Repository, repositories};
use super::{Types, expr, made_from};
use crate::names;
use crate::provoke;
use crate::rust::code::{Code, Ident};
use crate::scope::Scope;
use crate::sql::{Dialect, Migration};
use seac_model::{Entity, Fact, Field, Fold, FoldKind, ReadModel, Ty, TypedExprKind, ValueSource};
use seac_quote::quote;
use std::collections::BTreeMap;

/// All read models of a context; none if it has none.
pub fn emit(scope: &Scope<'_>, migrations: &[Migration]) -> Option<Code> {
    let repositories = repositories(scope.slug, scope.context);
    let keepers: Vec<Code> = keepers(scope, &repositories).map(|keeper| keeper.emit(migrations)).collect();
    if keepers.is_empty() {
        return None;
    }
    let test = test(scope);
    Some(quote! {
        #![doc = " Read models: tables that are made of events. Each event has its effect once, in the order of the log."]
        use super::ports::*;
        #[allow(unused_imports, reason = "which of them are needed depends on the spec")]
        use super::types::*;
        #[allow(unused_imports, reason = "which of them are needed depends on the spec")]
        use kernel::prelude::*;
        use kernel::read_model;
        use std::sync::Arc;
        #(#keepers)*
        #test
    })
}

/// The test that rows made anew are those that were kept; none without an example of every event.
fn test(scope: &Scope<'_>) -> Option<Code> {
    let mut events: Vec<(String, String)> = Vec::new();
    for (name, model) in &scope.context.read_models {
        let key = scope.context.entities.get(name)?.key_field()?;
        for fold in &model.from {
            let payload = &scope.event(&fold.event)?.payload;
            let told = provoke::told(scope, payload, &fold.by, key)?;
            events.extend(told.into_iter().map(|payload| (fold.event.to_string(), payload)));
        }
    }
    events.sort();
    events.dedup();
    let (types, payloads): (Vec<String>, Vec<String>) = events.into_iter().unzip();
    Some(quote! {
        #[cfg(test)]
        mod tests {
            #[doc = " Rows that are made anew are those that were kept, whatever was interrupted or delivered again."]
            #[test]
            fn rows_made_anew_are_those_that_were_kept() {
                let events = [#((#types, #payloads)),*];
                kernel::testing::made_anew(super::super::module(), &events);
            }
        }
    })
}

/// The type that keeps a read model.
pub fn keeper_name(model: &str) -> Ident {
    names::ident(&format!("Keep{}", names::type_text(model)))
}

/// The qualified name of a read model.
pub fn qualified(slug: &str, name: &str) -> String {
    format!("{slug}.{name}")
}

fn keepers<'a>(scope: &'a Scope<'a>, repositories: &'a [Repository<'a>]) -> impl Iterator<Item = Keeper<'a>> {
    scope.context.read_models.iter().filter_map(|(name, model)| {
        let repository = repositories.iter().find(|repository| repository.name == name)?;
        let entity = scope.context.entities.get(name)?;
        Some(Keeper { scope, types: Types { slug: scope.slug }, name, model, entity, repository })
    })
}

struct Keeper<'a> {
    scope: &'a Scope<'a>,
    types: Types<'a>,
    name: &'a str,
    model: &'a ReadModel,
    entity: &'a Entity,
    repository: &'a Repository<'a>,
}

impl Keeper<'_> {
    fn emit(&self, migrations: &[Migration]) -> Code {
        let (keeper, port) = (keeper_name(self.name), names::pascal(self.repository.port));
        let doc_text = format!(" Keeps `{}` as events say.", self.name);
        let name = qualified(self.scope.slug, self.name);
        let table = names::sql(&names::table_name(self.scope.slug, self.name));
        let digest = self.digest(&table, migrations);
        let events = self.model.from.iter().map(|fold| {
            let event = self.event(fold);
            quote!(#event::EVENT_TYPE)
        });
        let effects = self.model.from.iter().map(|fold| self.effect(fold));
        let mark = made_from(&self.model.origin);
        let port_doc = super::store::port_doc(self.repository.port);
        quote! {
            #mark
            #[doc = #doc_text]
            pub struct #keeper {
                #port_doc
                pub repository: Arc<dyn #port>,
            }

            #mark
            #[async_trait]
            impl read_model::ReadModel for #keeper {
                fn declared(&self) -> read_model::Declared {
                    read_model::Declared { name: #name, table: #table, digest: #digest, events: &[#(#events),*] }
                }

                async fn apply(&self, tx: &mut dyn Tx, generation: i64, event: &Event) -> Result<(), read_model::ReadModelError> {
                    #(#effects)*
                    Ok(())
                }
            }
        }
    }

    /// Digest of all that decides what rows there are: what is only said about them does not. A table that a migration has
    /// created anew has no rows left, even if it is what it was before.
    fn digest(&self, table: &str, migrations: &[Migration]) -> String {
        let column = |field: &Field| (field.name.clone(), field.ty.clone(), field.optional, field.default.clone());
        let columns: Vec<_> = self.entity.fields.iter().map(column).collect();
        let creates = format!("CREATE TABLE {table} (");
        let created = migrations.iter().filter(|migration| migration.apply(Dialect::Sqlite).text.contains(&creates));
        seac_model::digest_of(&(&self.model.from, &self.entity.key, columns, created.count()))
    }

    fn event(&self, fold: &Fold) -> Code {
        if fold.event.context == self.scope.slug {
            let event = names::pascal(&fold.event.name);
            quote!(super::#event)
        } else {
            self.types.path(&fold.event)
        }
    }

    /// What one type of event does.
    fn effect(&self, fold: &Fold) -> Code {
        let (event, by) = (self.event(fold), names::snake(&fold.by));
        let effect = match fold.kind {
            FoldKind::Insert => {
                let row = self.row(fold, &fold.set);
                quote! {
                    let row = #row;
                    self.repository.put(tx, generation, &row).await?;
                }
            }
            FoldKind::Change => self.change(fold),
            FoldKind::Remove => quote!(self.repository.remove(tx, generation, &told.#by).await?;),
        };
        quote! {
            if event.event_type == #event::EVENT_TYPE {
                let told: #event = read_model::told(event)?;
                #effect
            }
        }
    }

    /// Changes the row; one that is not there begins with defaults, if all other columns have some.
    fn change(&self, fold: &Fold) -> Code {
        let by = names::snake(&fold.by);
        let find = quote!(self.repository.at(tx, generation, &told.#by).await?);
        let found = match fold.begins {
            true => {
                let row = self.row(fold, &BTreeMap::new());
                quote! {
                    let found = #find;
                    let mut row = found.unwrap_or_else(|| #row);
                }
            }
            false => quote!(let Some(mut row) = #find else { return Ok(()) };),
        };
        let fields = |sources: &BTreeMap<String, ValueSource>| -> Vec<(Field, ValueSource)> {
            let given = self.entity.fields.iter().filter_map(|field| Some((field, sources.get(&field.name)?)));
            given.map(|(field, source)| (field.clone(), source.clone())).collect()
        };
        let sets = fields(&fold.set).into_iter().map(|(field, source)| {
            let (name, value) = (names::snake(&field.name), self.value(fold, &source, &field));
            quote!(row.#name = #value;)
        });
        let adds = fields(&fold.add).into_iter().map(|(field, source)| {
            let (name, text, value) =
                (names::snake(&field.name), field.name.as_str(), self.value(fold, &source, &field));
            quote! {
                row.#name = read_model::plus(row.#name, #value, #text)?;
            }
        });
        quote! {
            #found
            #(#sets)*
            #(#adds)*
            self.repository.put(tx, generation, &row).await?;
        }
    }

    /// A whole row: what is given, the key, and defaults.
    fn row(&self, fold: &Fold, given: &BTreeMap<String, ValueSource>) -> Code {
        let entity = names::pascal(self.name);
        let fields = self.entity.fields.iter().map(|field| {
            let name = names::snake(&field.name);
            let by = ValueSource::Input { field: fold.by.clone(), optional: false };
            let value = match given.get(&field.name) {
                Some(source) => self.value(fold, source, field),
                None if field.name == self.entity.key => self.value(fold, &by, field),
                None if field.default.is_some() => {
                    let default = names::ident(&format!("default_{}", names::snake_text(&field.name)));
                    let default = quote!(#entity::#default());
                    if field.optional { quote!(Some(#default)) } else { default }
                }
                None => quote!(None),
            };
            quote!(#name: #value,)
        });
        quote!(#entity { #(#fields)* })
    }

    fn value(&self, fold: &Fold, source: &ValueSource, target: &Field) -> Code {
        let (value, optional) = match source {
            ValueSource::Input { field, optional } => (self.told(fold, field, *optional), *optional),
            ValueSource::Expression { expression } => match &expression.kind {
                TypedExprKind::Fact(Fact::Now) => (quote!(event.time), false),
                _ => {
                    let typed = seac_model::TypedExpr { ty: target.ty.clone(), kind: expression.kind.clone() };
                    (expr::constant(self.types, &typed), false)
                }
            },
            _ => (quote!(None), true),
        };
        if target.optional && !optional { quote!(Some(#value)) } else { value }
    }

    /// A field of the event, in the units of this context.
    fn told(&self, fold: &Fold, field: &str, optional: bool) -> Code {
        let declared = self.scope.event(&fold.event).and_then(|event| event.payload.iter().find(|f| f.name == field));
        let foreign = fold.event.context != self.scope.slug;
        let name = names::snake(field);
        let copied = declared.is_some_and(|field| super::operations::copies(&field.ty));
        let value = if copied { quote!(told.#name) } else { quote!(told.#name.clone()) };
        match declared.map(|field| &field.ty) {
            Some(Ty::Quantity(_)) if foreign && optional => quote!(#value.map(Quantity::retyped)),
            Some(Ty::Quantity(_)) if foreign => quote!(#value.retyped()),
            _ => value,
        }
    }
}
