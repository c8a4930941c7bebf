//! Traceability: decisions, requirements, designs, and the links between them.

use crate::load::{Inputs, origin};
use crate::report;
use seac_model::{Model, Note};
use seac_syntax::sds::ast::Text;
use seac_syntax::{Diagnostic, Sources, Span};
use std::collections::BTreeMap;

/// Declares the notes; an id that is used twice is an error that shows both.
pub fn notes(sources: &Sources, inputs: &Inputs, model: &mut Model, out: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for (_, note) in &inputs.notes {
        if let Some(first) = seen.insert(&note.id.value, note.id.span) {
            out.push(report::declared_twice("note", &note.id.value, note.id.span, "note", first));
            continue;
        }
        let lowered = Note {
            title: note.title.as_ref().map(|title| title.value.clone()).unwrap_or_default(),
            status: note.status.as_ref().map(|status| status.value.clone()).unwrap_or_default(),
            satisfies: note.satisfies.iter().map(|id| id.value.clone()).collect(),
            origin: origin(sources, note.id.span),
        };
        model.notes.insert(note.id.value.clone(), lowered);
    }
    for (_, note) in &inputs.notes {
        known(&note.satisfies, model, out);
    }
}

/// Every note that a context says it satisfies exists; every SDS id is used once.
pub fn contexts(inputs: &Inputs, model: &Model, out: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for input in inputs.contexts.values() {
        known(&input.sds.satisfies_prds, model, out);
        known(&input.sds.satisfies_adrs, model, out);
        if let Some(id) = &input.sds.sds_id
            && let Some(first) = seen.insert(&id.value, id.span)
        {
            out.push(report::declared_twice("SDS", &id.value, id.span, "SDS", first));
        }
    }
}

fn known(ids: &[Text], model: &Model, out: &mut Vec<Diagnostic>) {
    for id in ids.iter().filter(|id| !model.notes.contains_key(&id.value)) {
        out.push(report::unknown("note", &id.value, id.span, model.notes.keys().map(String::as_str)));
    }
}
