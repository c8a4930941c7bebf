//! Lists: queries over a read model, a page at a time, in an order that callers may choose.

use crate::contract::{Contract, Fields};
use crate::names::Kind;
use crate::operations::{Builder, comparable_column};
use crate::plan;
use crate::report;
use seac_model::{Constraint, Effect, Entity, Field, Record, SortOrder, Ty};
use seac_syntax::sds::ast::{Page, Text};
use seac_syntax::{Diagnostic, Span};
use std::collections::BTreeMap;

/// Most rows of a page if nothing is said.
const LIMIT: u64 = 100;

/// Input fields that say how much of a list is shown and in which order; all others are filters.
const CONTROLS: [&str; 3] = ["after", "limit", "sort"];

/// Puts into the input what a page demands of it, so that every form the input takes says so: how many rows may be asked
/// for, and by what they may be sorted.
pub fn constrain(contract: &Contract<'_>, fields: &mut [Field]) {
    if contract.read_model.is_none() {
        return;
    }
    let limit = contract.page.map_or(LIMIT, |page| page.limit.value);
    for field in fields {
        let (rules, doc) = match (field.name.as_str(), &field.ty) {
            ("limit", Ty::Int) => {
                (vec![Constraint::Min("1".to_owned()), Constraint::Max(limit.to_string())], "Most rows of the page.")
            }
            ("sort", Ty::String) => {
                let names: Vec<&str> = sortable(contract).iter().map(|name| name.value.as_str()).collect();
                let pattern = Constraint::Pattern(format!("^-?({})$", names.join("|")));
                (vec![pattern], "What rows are sorted by; `-` before it for falling values.")
            }
            ("after", Ty::String) => (Vec::new(), "`next` of the page before, as it was; behind it this one begins."),
            _ => continue,
        };
        field.constraints.extend(rules);
        field.constraints.sort();
        field.constraints.dedup();
        field.doc.get_or_insert_with(|| doc.to_owned());
    }
}

fn sortable<'a>(contract: &Contract<'a>) -> &'a [Text] {
    contract.page.map(|page| page.sort.as_slice()).unwrap_or_default()
}

impl Builder<'_> {
    /// A query over a read model: its output has one list of rows and perhaps a cursor `next`.
    pub(crate) fn listing(
        &self,
        read_model: &Text,
        input: &Record,
        output: &Record,
        out: &mut Vec<Diagnostic>,
    ) -> Option<Effect> {
        let lists: Vec<_> = output.fields.iter().filter(|f| matches!(f.ty, Ty::List(_))).collect();
        let [rows] = lists.as_slice() else {
            out.push(report::one_list(self.contract.name.span, &self.contract.name.value));
            return None;
        };
        let Ty::List(row) = &rows.ty else { return None };
        let limit = self.contract.page.map_or(LIMIT, |page| page.limit.value);
        if read_model.value == "Ledger" {
            let Ty::Record(row) = row.as_ref() else {
                let slug = &self.input.slug;
                out.push(match self.scope.declared_at(slug, "Ledger", &[Kind::Entity]) {
                    Some(entity) => report::ledger_or_entity(read_model.span, slug, entity),
                    None => report::mismatch(read_model.span, "list of a record", &rows.ty.to_string()),
                });
                return None;
            };
            self.controls(input, output, &Ty::Int, out);
            let orders = self.contract.page.iter().flat_map(|page| page.sort.iter().chain(&page.order));
            out.extend(orders.map(|written| report::ledger_order(written.span)));
            let filters = self.filters(input, &plan::ledger_columns(), out);
            return Some(Effect::ListsLedger { rows: rows.name.clone(), row: row.clone(), filters, limit });
        }
        let found = self.scope.resolve(&self.input.slug, &read_model.value, read_model.span, &[Kind::Entity]);
        let (id, _) = found.map_err(|diagnostic| out.push(*diagnostic)).ok()?;
        if **row != Ty::Entity(id.clone()) {
            let expected = format!("list<{}>", id.name);
            out.push(report::mismatch(read_model.span, &expected, &rows.ty.to_string()));
            return None;
        }
        let entity = self.model.entity(&id)?;
        self.controls(input, output, &Ty::String, out);
        let (sort, order) = self.sorting(entity, input, out);
        let columns = entity.fields.iter().map(|field| (field.name.clone(), field.ty.clone())).collect();
        let filters = self.filters(input, &columns, out);
        Some(Effect::ListsEntities { entity: id, rows: rows.name.clone(), filters, sort, order, limit })
    }

    /// What callers may sort by, and the order where they do not say.
    fn sorting(&self, entity: &Entity, input: &Record, out: &mut Vec<Diagnostic>) -> (Vec<String>, Option<SortOrder>) {
        let Some(Page { sort, order, .. }) = self.contract.page else { return (Vec::new(), None) };
        let given = input.fields.iter().find(|field| field.name == "sort");
        match (sort.first(), given) {
            (Some(first), None) => out.push(report::sort_not_asked(first.span, &self.contract.name.value)),
            (None, Some(_)) => out.push(report::nothing_to_sort_by(self.field_span("sort"))),
            _ => {}
        }
        let mut names = Vec::new();
        for written in sort {
            if names.iter().any(|name| *name == *written.value) {
                out.push(report::sorted_twice(written.span, &written.value));
            } else if sortable_field(entity, written, &written.value, out) {
                names.push(written.value.to_string());
            }
        }
        let order = order.as_ref().and_then(|written| {
            let falling = written.value.starts_with('-');
            let field = written.value.strip_prefix('-').unwrap_or(&written.value);
            sortable_field(entity, written, field, out).then(|| SortOrder { field: field.to_owned(), falling })
        });
        (names, order)
    }

    /// What controls the page has the type that the service gives it a meaning for.
    fn controls(&self, input: &Record, output: &Record, cursor: &Ty, out: &mut Vec<Diagnostic>) {
        let wanted = [(input, "after", cursor), (input, "limit", &Ty::Int), (input, "sort", &Ty::String)];
        for (record, name, ty) in wanted.into_iter().chain([(output, "next", cursor)]) {
            let Some(field) = record.fields.iter().find(|field| field.name == name) else { continue };
            if field.ty != *ty || !field.optional {
                out.push(report::page_control(self.field_span(name), name, &ty.to_string()));
            }
        }
    }

    /// Where a field of the input or the output is written.
    fn field_span(&self, name: &str) -> Span {
        let fields = [&self.contract.input, &self.contract.output];
        let written = fields.into_iter().flatten().flat_map(|fields| match fields {
            Fields::Inline(fields) => *fields,
            Fields::Named(_) => &[],
        });
        let mut named = written.filter(|field| field.name.value == name);
        named.next().map_or(self.contract.name.span, |field| field.name.span)
    }

    /// Input fields other than those that control the page are filters: each must name a column of its type.
    fn filters(&self, input: &Record, columns: &BTreeMap<String, Ty>, out: &mut Vec<Diagnostic>) -> Vec<String> {
        let mut filters = Vec::new();
        for field in input.fields.iter().filter(|field| !CONTROLS.contains(&field.name.as_str())) {
            match columns.get(&field.name) {
                Some(ty) if comparable_column(&field.ty, ty) => filters.push(field.name.clone()),
                Some(ty) => out.push(report::mismatch(self.contract.name.span, &ty.to_string(), &field.ty.to_string())),
                None => {
                    let known = columns.keys().map(String::as_str);
                    out.push(report::unknown("column", &field.name, self.contract.name.span, known));
                }
            }
        }
        filters.sort();
        filters
    }
}

/// Whether rows can be sorted by this field.
fn sortable_field(entity: &Entity, written: &Text, name: &str, out: &mut Vec<Diagnostic>) -> bool {
    let Some(field) = entity.fields.iter().find(|field| field.name == name) else {
        out.push(report::unknown("field", name, written.span, entity.fields.iter().map(|field| field.name.as_str())));
        return false;
    };
    let sorts = match field.ty {
        Ty::String | Ty::Int | Ty::Bool | Ty::Timestamp | Ty::Uuid | Ty::Ref(_) | Ty::Enum(_) | Ty::Value(_) => true,
        Ty::Decimal | Ty::Quantity(_) | Ty::Bytes | Ty::Json | Ty::List(_) | Ty::Record(_) | Ty::Entity(_) => false,
    };
    if !sorts {
        out.push(report::unsortable(written.span, name, &field.ty.to_string()));
    }
    sorts
}
