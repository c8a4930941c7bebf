//! Read models that are made of events: what each event does to which row, and where every value comes from.

use crate::expr::{Place, Units};
use crate::load::{ContextInput, origin};
use crate::names::Scope;
use crate::report;
use crate::types::patterns;
use crate::wiring::event_id;
use seac_model::{
    Entity, Event, Fact, Field, Fold, FoldKind, Model, ReadModel, Record, Ty, TypeId, TypedExprKind, ValueSource,
};
use seac_syntax::sds::ast::{self as sds, Text};
use seac_syntax::sea::ast::Expr;
use seac_syntax::{Diagnostic, Sources};
use std::collections::BTreeMap;

/// The column that tells generations of rows apart.
const GENERATION: &str = "_generation";

/// Declares the read models of a context; their tables and all events are declared by then.
pub fn declare(
    sources: &Sources,
    input: &ContextInput,
    scope: &Scope,
    units: &Units,
    model: &mut Model,
    out: &mut Vec<Diagnostic>,
) {
    if input.sds.read_models.is_empty() {
        return;
    }
    let patterns = patterns(input, &mut Vec::new());
    let mut declared = BTreeMap::new();
    for written in &input.sds.read_models {
        let name = &written.entity.name;
        let Some(entity) = model.entity(&TypeId::new(&input.slug, name.value.as_str())) else { continue };
        if let Some(taken) = written.entity.fields.iter().find(|field| field.name.value == GENERATION) {
            out.push(report::generation_taken(taken.name.span));
        }
        let lowering = Lowering { input, scope, model, units, patterns: &patterns, entity, name };
        let mut from: Vec<Fold> = Vec::new();
        for fold in &written.from {
            from.extend(lowering.fold(fold, &from, out));
        }
        let origin = origin(sources, written.entity.span);
        declared.insert(name.value.to_string(), ReadModel { from, origin });
    }
    if let Some(context) = model.contexts.get_mut(&input.slug) {
        context.read_models = declared;
    }
}

struct Lowering<'a> {
    input: &'a ContextInput,
    scope: &'a Scope,
    model: &'a Model,
    units: &'a Units,
    patterns: &'a BTreeMap<String, String>,
    entity: &'a Entity,
    name: &'a Text,
}

impl Lowering<'_> {
    fn fold(&self, written: &sds::Fold, before: &[Fold], out: &mut Vec<Diagnostic>) -> Option<Fold> {
        let event = event_id(self.input, self.model, &written.event, out)?;
        if before.iter().any(|fold| fold.event == event) {
            out.push(report::fold_twice(written.event.span, &written.event.value));
            return None;
        }
        let declared = self.model.contexts.get(&event.context)?.events.get(&event.name)?;
        let kind = self.kind(written, out)?;
        let by = self.key(written, declared, out)?;
        let told = Record { doc: None, fields: declared.payload.clone(), origin: declared.origin.clone() };
        let mut set = self.values(written.insert.iter().chain(&written.set).flatten(), &told, out);
        let add = self.values(written.add.iter().flatten(), &told, out);
        out.extend(written.add.iter().flatten().filter_map(|(name, _)| self.not_added(name)));
        let twice = written.set.iter().flatten().filter(|(name, _)| add.contains_key(name.value.as_str()));
        out.extend(twice.map(|(name, _)| report::set_and_added(name.span, &name.value)));
        if kind == FoldKind::Insert {
            self.same_names(declared, &mut set);
            self.complete(written, &set, out);
        }
        let begins = kind == FoldKind::Change && self.missing(|name| set.contains_key(name)).is_empty();
        Some(Fold { event, kind, by, set, add, begins })
    }

    /// Exactly one of `insert`, `remove`, and `set` with `add`.
    fn kind(&self, written: &sds::Fold, out: &mut Vec<Diagnostic>) -> Option<FoldKind> {
        let changes = written.set.is_some() || written.add.is_some();
        match (written.insert.is_some(), changes, written.remove) {
            (true, false, false) => Some(FoldKind::Insert),
            (false, true, false) => Some(FoldKind::Change),
            (false, false, true) => Some(FoldKind::Remove),
            (..) => {
                out.push(report::one_fold(written.span));
                None
            }
        }
    }

    /// The field of the event with the key of the row.
    fn key(&self, written: &sds::Fold, event: &Event, out: &mut Vec<Diagnostic>) -> Option<String> {
        let (name, span) = match &written.by {
            Some(by) => (by.value.as_str(), by.span),
            None => (self.entity.key.as_str(), written.event.span),
        };
        let key = self.entity.key_field()?;
        match event.payload.iter().find(|field| field.name == name) {
            Some(field) if field.ty == key.ty && !field.optional => Some(name.to_owned()),
            Some(field) => {
                let found = format!("{}{}", field.ty, if field.optional { "?" } else { "" });
                out.push(report::fold_key(span, &self.name.value, &key.ty.to_string(), Some(&found)));
                None
            }
            None if written.by.is_some() => {
                let known = event.payload.iter().map(|field| field.name.as_str());
                out.push(report::unknown("field of the event", name, span, known));
                None
            }
            None => {
                out.push(report::fold_key(span, &self.name.value, &key.ty.to_string(), None));
                None
            }
        }
    }

    fn values<'w>(
        &self,
        written: impl Iterator<Item = &'w (Text, Expr)>,
        told: &Record,
        out: &mut Vec<Diagnostic>,
    ) -> BTreeMap<String, ValueSource> {
        let mut values = BTreeMap::new();
        for (name, expr) in written {
            let Some(field) = self.entity.fields.iter().find(|field| *field.name == *name.value) else {
                let known = self.entity.fields.iter().map(|field| field.name.as_str());
                out.push(report::unknown("field", &name.value, name.span, known));
                continue;
            };
            if field.name == self.entity.key {
                out.push(report::sets_key(name.span, &name.value));
                continue;
            }
            let source = self.value(field, expr, told, out);
            values.extend(source.map(|source| (field.name.clone(), source)));
        }
        values
    }

    /// A field of the event, its time, or a constant: nothing that another rebuild could find otherwise.
    fn value(&self, field: &Field, expr: &Expr, told: &Record, out: &mut Vec<Diagnostic>) -> Option<ValueSource> {
        let Self { model, scope, patterns, units, .. } = *self;
        let place = Place { model, scope, slug: &self.input.slug, patterns, units };
        let typed = place.facts(told, None, |facts| facts.value(expr, &field.ty, out))?;
        match &typed.kind {
            TypedExprKind::Literal(_) | TypedExprKind::Fact(Fact::Now) => {
                Some(ValueSource::Expression { expression: Box::new(typed) })
            }
            TypedExprKind::Fact(Fact::Input { field: from, optional }) => {
                if *optional && !field.optional {
                    out.push(report::fold_may_lack(expr.span, from, &field.name));
                    return None;
                }
                let same = told.fields.iter().any(|told| told.name == *from && told.ty == field.ty);
                if !same {
                    out.push(report::mismatch(expr.span, &field.ty.to_string(), &typed.ty.to_string()));
                    return None;
                }
                Some(ValueSource::Input { field: from.clone(), optional: *optional })
            }
            _ => {
                out.push(report::fold_computes(expr.span));
                None
            }
        }
    }

    /// Columns that an inserted row takes from the fields of the event with their names.
    fn same_names(&self, event: &Event, set: &mut BTreeMap<String, ValueSource>) {
        for field in self.entity.fields.iter().filter(|field| field.name != self.entity.key) {
            if let Some(told) =
                event.payload.iter().find(|told| told.gives(field)).filter(|_| !set.contains_key(&field.name))
            {
                let source = ValueSource::Input { field: told.name.clone(), optional: told.optional };
                set.insert(field.name.clone(), source);
            }
        }
    }

    fn complete(&self, written: &sds::Fold, set: &BTreeMap<String, ValueSource>, out: &mut Vec<Diagnostic>) {
        for name in self.missing(|name| set.contains_key(name)) {
            out.push(report::fold_incomplete(written.event.span, &written.event.value, name));
        }
    }

    /// Required columns without a value.
    fn missing(&self, given: impl Fn(&str) -> bool) -> Vec<&str> {
        let fields = self.entity.fields.iter().filter(|field| field.name != self.entity.key);
        let open = fields.filter(|field| !field.optional && field.default.is_none() && !given(&field.name));
        open.map(|field| field.name.as_str()).collect()
    }

    /// What is added up is a number that is always there.
    fn not_added(&self, name: &Text) -> Option<Diagnostic> {
        let field = self.entity.fields.iter().find(|field| *field.name == *name.value)?;
        let number = matches!(field.ty, Ty::Int | Ty::Decimal | Ty::Quantity(_));
        (!number || field.optional).then(|| report::not_added(name.span, &name.value, &field.ty.to_string()))
    }
}
