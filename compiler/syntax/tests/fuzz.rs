//! The fuzz targets on stable, over their seeds and seeded mutations of them: short, and the same every time.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a test may look at the disk")]

#[path = "../../../fuzz/mutate.rs"]
mod mutate;
#[path = "../../../fuzz/targets.rs"]
mod targets;

use mutate::run;

#[test]
fn sea_reads_anything() {
    run("fuzz/seeds/sea", 300, targets::sea);
}

#[test]
fn the_formatter_keeps_what_is_a_model() {
    run("fuzz/seeds/sea", 600, targets::format);
}

#[test]
fn sds_reads_anything() {
    run("fuzz/seeds/sds", 300, targets::sds);
}
