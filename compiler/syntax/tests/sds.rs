//! The SDS reader.
#![allow(clippy::unwrap_used, missing_docs)]

use seac_syntax::{FileId, sds};

const SKETCH: &str = include_str!("fixtures/evidence.sds.yaml");

#[test]
fn the_sketch_of_the_format_is_read_without_a_finding() {
    let (file, diagnostics) = sds::parse(FileId(0), SKETCH);
    assert_eq!(diagnostics, []);
    insta::assert_debug_snapshot!(file);
}
