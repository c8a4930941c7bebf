//! Queries that answer with a page of rows.

use super::Emitter;
use super::value::wrap;
use crate::names;
use crate::rust::code::Code;
use crate::rust::store::list_method;
use seac_model::{Entity, Field, Record, SortOrder, Stage, Ty, TypeId, ValueSource};
use seac_quote::quote;

impl Emitter<'_> {
    pub(super) fn list_entities(&self, rows: &str, sort: &[String], order: Option<&SortOrder>, limit: u64) -> Code {
        let method = list_method(self.name);
        let Some(entity) = self.entity() else { return quote!() };
        let key = names::snake(&entity.key);
        let columns: Vec<&Field> = sort_columns(entity, sort, order);
        let declared = columns.iter().map(|field| column(&field.name, field.optional));
        let key_column = column(&entity.key, false);
        let order =
            order.map_or_else(String::new, |order| format!("{}{}", if order.falling { "-" } else { "" }, order.field));
        let operation = format!("{}.{}", self.slug, self.name);
        let (sorted, limited, after) =
            (self.asked("sort", true), self.asked("limit", false), self.asked("after", true));
        let query = quote! {
            const LISTING: kernel::page::Listing = kernel::page::Listing {
                operation: #operation,
                key: #key_column,
                columns: &[#(#declared),*],
                order: #order,
                limit: #limit,
            };
            let asked = kernel::page::Asked { sort: #sorted, limit: #limited, after: #after };
            let page = LISTING.page(uow.tx(), &call.input, asked).await?;
            let mut rows = self.repository.#method(uow.tx(), &call.input, &page).await?;
        };
        let values = columns.iter().map(|field| {
            let (name, ident) = (field.name.as_str(), names::snake(&field.name));
            quote!(#name => row.#ident.to_value(),)
        });
        let value = match columns.is_empty() {
            true => quote!(|row, _| row.#key.to_value()),
            false => quote!(|row, column| match column { #(#values)* _ => row.#key.to_value() }),
        };
        let cut = quote!(page.cut(uow.tx(), &mut rows, #value).await?);
        let next = match self.next() {
            Some(next) => {
                let next = names::snake(next);
                quote!(let #next = #cut;)
            }
            None => quote!(#cut;),
        };
        self.page(rows, &query, &next)
    }

    /// What the caller says about the page under this name.
    fn asked(&self, control: &str, text: bool) -> Code {
        let name = names::snake(control);
        match (self.input_field(control), text) {
            (None, _) => quote!(None),
            (Some(_), true) => quote!(call.input.#name.as_deref()),
            (Some(_), false) => quote!(call.input.#name),
        }
    }

    /// The output field that says where the next page begins.
    fn next(&self) -> Option<&str> {
        let next = self.operation.output_from.iter().find(|(_, source)| **source == ValueSource::NextCursor);
        next.map(|(name, _)| name.as_str())
    }

    pub(super) fn list_ledger(&self, rows: &str, row: &TypeId, filters: &[String], limit: u64) -> Code {
        let input = self.scope.record(&self.operation.input);
        let filters = filters.iter().filter_map(|filter| {
            let field = input.and_then(|input| input.fields.iter().find(|field| field.name == *filter))?;
            let (name, ident) = (names::snake(&field.name), names::ident(ledger_filter(filter)?));
            Some(match (&field.ty, filter.as_str()) {
                (Ty::Enum(_), _) => {
                    quote!(#ident: call.input.#name.map(|value| kernel::ledger::Outcome::from_text(value.as_str())),)
                }
                (_, "outcome") => quote!(#ident: call.input.#name.as_deref().map(kernel::ledger::Outcome::from_text),),
                _ => quote!(#ident: call.input.#name.clone(),),
            })
        });
        let after = after(input)
            .map(|_| quote!(after: call.input.after.and_then(|after| u64::try_from(after).ok()).unwrap_or_default(),));
        let ident = self.types.path(row);
        let fields = self.scope.record(row).map(|record| record.fields.as_slice()).unwrap_or_default();
        let fields = fields.iter().filter_map(|field| {
            let name = names::snake(&field.name);
            let value = ledger_column(field)?;
            Some(quote!(#name: #value,))
        });
        let length = match self.input_field("limit") {
            Some(_) => {
                quote!(call.input.limit.and_then(|limit| u64::try_from(limit).ok()).unwrap_or(LIMIT).clamp(1, LIMIT))
            }
            None => quote!(LIMIT),
        };
        let query = quote! {
            const LIMIT: u64 = #limit;
            let limit = #length;
            let filter = kernel::ledger::Filter { #after limit: limit + 1, #(#filters)* ..Default::default() };
            let entries = kernel::ledger::list(uow.tx(), &filter).await?;
            let mut rows: Vec<#ident> = entries.into_iter().map(|entry| #ident { #(#fields)* }).collect();
        };
        let next = self
            .next()
            .map(names::snake)
            .map(|next| quote!(let #next = more.then(|| rows.last().map(|row| row.sequence)).flatten();));
        let more = next.as_ref().map(|_| quote!(let more = rows.len() as u64 > limit;));
        let cut = quote! {
            #more
            rows.truncate(limit as usize);
            #next
        };
        self.page(rows, &query, &cut)
    }

    /// The rows of a page, and where the next one begins.
    fn page(&self, rows: &str, query: &Code, cut: &Code) -> Code {
        let output = self.types.path(&self.operation.output);
        let rows_field = names::snake(rows);
        let rows_field = if rows_field.to_string() == "rows" { quote!(rows) } else { quote!(#rows_field: rows) };
        let next_field = self.next().map(|next| {
            let next = names::snake(next);
            quote!(#next,)
        });
        let decide = self.require(self.policies(|policy| policy.stage != Stage::Precondition), &quote!());
        let evidence = self.evidence();
        quote! {
            #decide
            #query
            #cut
            #evidence
            Ok(#output { #rows_field, #next_field })
        }
    }
}

/// The columns that rows may be sorted by besides the key.
fn sort_columns<'e>(entity: &'e Entity, sort: &[String], order: Option<&SortOrder>) -> Vec<&'e Field> {
    let fields = entity.fields.iter().filter(|field| field.name != entity.key);
    fields.filter(|field| sort.contains(&field.name) || order.is_some_and(|order| order.field == field.name)).collect()
}

fn column(name: &str, optional: bool) -> Code {
    let sql = names::sql(name);
    quote!(kernel::page::Column { name: #name, sql: #sql, optional: #optional })
}

/// The input field that says where a page begins.
fn after(input: Option<&Record>) -> Option<&Field> {
    input.and_then(|input| input.fields.iter().find(|field| field.name == "after"))
}

/// The field of the kernel's filter for a column of the ledger.
fn ledger_filter(column: &str) -> Option<&'static str> {
    Some(match column {
        "source" => "source",
        "type" => "event_type",
        "actor" => "actor",
        "action" => "action",
        "outcome" => "outcome",
        "subject_type" => "subject_type",
        "subject_id" => "subject_id",
        "correlation_id" => "correlation_id",
        _ => return None,
    })
}

/// A column of a ledger entry as a value for `field`.
fn ledger_column(field: &Field) -> Option<Code> {
    let value = match field.name.as_str() {
        "sequence" => quote!(i64::try_from(entry.sequence).unwrap_or(i64::MAX)),
        "event_id" => quote!(entry.event_id),
        "source" => quote!(entry.source),
        "source_event_id" => quote!(entry.source_event_id),
        "type" => quote!(entry.event_type),
        "actor" => quote!(entry.actor),
        "action" => quote!(entry.action),
        "outcome" => quote!(entry.outcome.as_str().to_owned()),
        "subject_type" => quote!(entry.subject.kind),
        "subject_id" => quote!(entry.subject.id),
        "context" => quote!(entry.context),
        "occurred_at" => quote!(entry.occurred_at),
        "recorded_at" => quote!(entry.recorded_at),
        "payload_digest" => quote!(entry.payload.digest.to_hex()),
        "previous_hash" => quote!(entry.previous_hash.to_hex()),
        "leaf_hash" => quote!(entry.leaf_hash.to_hex()),
        "correlation_id" => return Some(quote!(entry.correlation_id)),
        "payload" => {
            return Some(quote!(
                entry.payload.inline.as_deref().and_then(|text| kernel::serde_json::from_str(text).ok())
            ));
        }
        _ => return None,
    };
    Some(wrap(value, field))
}
