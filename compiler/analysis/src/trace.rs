//! Traceability: decisions, requirements, designs, and the links between them. Where the chain breaks is decided in
//! [`Model::breaks`]; here that becomes findings at the words of the specs.

use crate::load::{Inputs, origin};
use crate::report::trace as report;
use seac_model::{BreakKind, Link, Model, Note, NoteKind, Origin, Status};
use seac_syntax::frontmatter;
use seac_syntax::sds::ast::Text;
use seac_syntax::{Diagnostic, Sources, Span};
use std::collections::BTreeMap;

/// References to notes, sorted by id; one that is written twice counts once.
pub fn links<'a>(sources: &Sources, written: impl Iterator<Item = &'a Text>) -> Vec<Link> {
    let mut links: Vec<Link> =
        written.map(|id| Link { to: id.value.to_string(), origin: origin(sources, id.span) }).collect();
    links.sort();
    links.dedup_by(|a, b| a.to == b.to);
    links
}

/// Declares the notes; an id that is used twice is an error that shows both.
pub fn notes(sources: &Sources, inputs: &Inputs, model: &mut Model, out: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for (file, note) in &inputs.notes {
        if let Some(first) = seen.get(note.id.as_str()) {
            out.push(crate::report::declared_twice("note", &note.id.value, note.id.span, "note", *first));
            continue;
        }
        seen.insert(&note.id.value, note.id.span);
        repeated(&note.satisfies, out);
        let lowered = Note {
            kind: if sources.get(*file).path.contains("/prd/") { NoteKind::Prd } else { NoteKind::Adr },
            title: note.title.as_ref().map(|title| title.value.to_string()).unwrap_or_default(),
            status: status(note, out),
            satisfies: links(sources, note.satisfies.iter()),
            origin: origin(sources, note.id.span),
        };
        model.notes.insert(note.id.value.to_string(), lowered);
    }
}

fn status(note: &frontmatter::Note, out: &mut Vec<Diagnostic>) -> Option<Status> {
    let written = note.status.as_ref()?;
    let status = Status::from_word(&written.value);
    if status.is_none() {
        out.push(report::status(written.span, &written.value));
    }
    status
}

fn repeated(ids: &[Text], out: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for id in ids {
        match seen.get(id.as_str()) {
            Some(first) => out.push(report::repeated(id.span, &id.value, *first)),
            None => {
                seen.insert(&id.value, id.span);
            }
        }
    }
}

/// Every SDS id is used once; every reference is of the right kind and leads to a note that holds; every accepted note
/// is answered.
pub fn check(sources: &Sources, inputs: &Inputs, model: &Model, out: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for input in inputs.contexts.values() {
        repeated(&input.sds.satisfies_prds, out);
        repeated(&input.sds.satisfies_adrs, out);
        of_kind(&input.sds.satisfies_prds, NoteKind::Prd, model, out);
        of_kind(&input.sds.satisfies_adrs, NoteKind::Adr, model, out);
        if let Some(id) = &input.sds.sds_id
            && let Some(first) = seen.insert(&id.value, id.span)
        {
            out.push(crate::report::declared_twice("SDS", &id.value, id.span, "SDS", first));
        }
    }
    let spans = spans(sources, inputs);
    for found in model.breaks() {
        let Some(span) = spans.get(&found.origin) else { continue };
        out.push(match found.kind {
            BreakKind::Dangling => report::dangling(*span, &found.note, model.notes.keys().map(String::as_str)),
            BreakKind::Over(status) => report::over(*span, &found.note, status.word()),
            BreakKind::Unsatisfied(kind) => report::unsatisfied(*span, &found.note, kind),
        });
    }
}

fn of_kind(ids: &[Text], wanted: NoteKind, model: &Model, out: &mut Vec<Diagnostic>) {
    for id in ids {
        if model.notes.get(id.value.as_str()).is_some_and(|note| note.kind != wanted) {
            out.push(report::other_kind(id.span, &id.value, wanted));
        }
    }
}

/// The words that stand at the places the model knows.
fn spans(sources: &Sources, inputs: &Inputs) -> BTreeMap<Origin, Span> {
    let notes = inputs.notes.iter().flat_map(|(_, note)| note.satisfies.iter().chain([&note.id]));
    let designs = inputs.contexts.values().map(|input| &input.sds);
    let designs = designs.flat_map(|sds| sds.satisfies_prds.iter().chain(&sds.satisfies_adrs));
    notes.chain(designs).map(|id| (origin(sources, id.span), id.span)).collect()
}
