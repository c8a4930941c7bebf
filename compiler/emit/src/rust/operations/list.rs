//! Queries that answer with a page of rows.

use super::Emitter;
use super::value::{copies, wrap};
use crate::names;
use crate::rust::code::Code;
use crate::rust::store::{after, list_method};
use seac_model::{Field, Stage, Ty, TypeId, ValueSource};
use seac_quote::quote;

impl Emitter<'_> {
    pub(super) fn list_entities(&self, rows: &str, limit: u64) -> Code {
        let method = list_method(self.name);
        let Some(entity) = self.entity() else { return quote!() };
        let key = names::snake(&entity.key);
        let cursor = if entity.key_field().is_some_and(|key| copies(&key.ty)) {
            quote!(row.#key)
        } else {
            quote!(row.#key.clone())
        };
        let query = quote! {
            const LIMIT: u64 = #limit;
            let mut rows = self.repository.#method(uow.tx(), &call.input, LIMIT).await?;
        };
        self.page(rows, &query, &cursor)
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
        let query = quote! {
            const LIMIT: u64 = #limit;
            let filter = kernel::ledger::Filter { #after limit: LIMIT + 1, #(#filters)* ..Default::default() };
            let entries = kernel::ledger::list(uow.tx(), &filter).await?;
            let mut rows: Vec<#ident> = entries.into_iter().map(|entry| #ident { #(#fields)* }).collect();
        };
        self.page(rows, &query, &quote!(row.sequence))
    }

    /// A page, and where the next begins: one row more than asked for tells whether there is one.
    fn page(&self, rows: &str, query: &Code, cursor: &Code) -> Code {
        let output = self.types.path(&self.operation.output);
        let rows_field = names::snake(rows);
        let rows_field = if rows_field.to_string() == "rows" { quote!(rows) } else { quote!(#rows_field: rows) };
        let next = self.operation.output_from.iter().find(|(_, source)| **source == ValueSource::NextCursor);
        let (next_let, next_field) = match next {
            Some((name, _)) => {
                let name = names::snake(name);
                (quote!(let #name = more.then(|| rows.last().map(|row| #cursor)).flatten();), quote!(#name,))
            }
            None => (quote!(), quote!()),
        };
        let more = next.map(|_| quote!(let more = rows.len() as u64 > LIMIT;));
        let decide = self.require(self.policies(|policy| policy.stage != Stage::Precondition), &quote!());
        let evidence = self.evidence();
        quote! {
            #decide
            #query
            #more
            rows.truncate(LIMIT as usize);
            #next_let
            #evidence
            Ok(#output { #rows_field, #next_field })
        }
    }
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
