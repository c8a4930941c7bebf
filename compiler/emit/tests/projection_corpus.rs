//! Every model of the corpus that is accepted, in every format, where a corpus is at hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, missing_docs, reason = "a test")]

mod models;

use seac_emit::projection::{Format, Options, elements, project};
use std::collections::BTreeSet;

#[test]
fn accepted_models_become_every_format_and_nothing_is_lost_in_silence() {
    let models = models::corpus();
    for (path, model) in &models {
        for format in Format::ALL {
            let options = Options::of(*format);
            let projected = project(*format, model, &options).expect("projected");
            let lost: BTreeSet<_> = projected.fidelity.iter().map(|lost| (lost.kind, lost.element.as_str())).collect();
            let elements = elements(model, &options);
            let silent = elements.iter().filter(|element| {
                let row = format.row(element.kind);
                (row.lost.is_some() || row.becomes.is_none()) && !lost.contains(&(element.kind, element.id.as_str()))
            });
            assert_eq!(silent.count(), 0, "{path} as {}", format.word());
        }
    }
    println!("{} models in {} formats", models.len(), Format::ALL.len());
}
