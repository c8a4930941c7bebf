//! The fuzz targets on stable, over their seeds and seeded mutations of them: short, and the same every time.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a test may look at the disk")]

#[path = "../../../fuzz/models.rs"]
mod models;
#[path = "../../../fuzz/mutate.rs"]
mod mutate;

use mutate::run;

#[test]
fn anything_is_evaluated() {
    run("fuzz/seeds/eval", 300, models::eval);
}

#[test]
fn every_rule_of_the_language_is_evaluated() {
    run("compiler/analysis/tests/semantics", 20, models::eval);
}

#[test]
fn anything_is_imported() {
    run("fuzz/seeds/modules", 300, models::modules);
}

#[test]
fn contexts_are_made_of_anything() {
    run("fuzz/seeds/specs", 300, models::specs);
}
