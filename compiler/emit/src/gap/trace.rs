//! Gaps between decisions, requirements and designs.

use super::{Gap, Kind, Place};
use seac_model::{Break, BreakKind, Model, NoteKind};

/// All of them.
pub fn gaps(model: &Model) -> Vec<Gap> {
    let own = model.breaks().into_iter().filter(|found| !found.origin.file.starts_with("seac:"));
    own.map(|found| {
        let gap = gap(&found);
        if model.contexts.contains_key(&found.context) { gap.in_context(&found.context) } else { gap }
    })
    .collect()
}

fn gap(found: &Break) -> Gap {
    let (note, place) = (&found.note, Place::from(&found.origin));
    // A reference is told from others to the same note by who makes it.
    let from = |holder: &Option<String>| match holder {
        Some(holder) => format!("{holder}/{note}"),
        None => note.clone(),
    };
    let holder = found.holder.as_deref().unwrap_or_default();
    match found.kind {
        BreakKind::Dangling => {
            let message = format!("{holder} refers to `{note}`, which does not exist");
            let closes = format!("write {note}, or refer to the note that is meant");
            Gap::new(Kind::NoteDangling, from(&found.holder), place, message, closes)
        }
        BreakKind::Over(status) => {
            let message = format!("{holder} builds on `{note}`, which is {}", status.word());
            let closes = "refer to what holds in its place, or change what was built on it".to_owned();
            Gap::new(Kind::NoteOver, from(&found.holder), place, message, closes)
        }
        BreakKind::Unsatisfied(kind) => {
            let (message, closes) = match kind {
                NoteKind::Prd => (
                    format!("`{note}` is accepted, and no design satisfies it"),
                    format!("name {note} in `satisfiesPrds` of the design that answers it"),
                ),
                NoteKind::Adr => (
                    format!("`{note}` is accepted, and nobody follows it"),
                    format!("name {note} in `satisfiesAdrs` of a design, or in `satisfies` of a requirement"),
                ),
            };
            Gap::new(Kind::NoteUnsatisfied, note.clone(), place, message, closes)
        }
    }
}
