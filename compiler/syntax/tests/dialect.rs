//! Every extension of the language is named, and nothing else.
#![allow(missing_docs)]

mod common;

use seac_syntax::{FileId, sea};

#[test]
fn every_extension_says_what_to_write_instead() {
    let cases = [
        "/// Doc.\nEntity \"A\" {\n/// Doc.\nkey a: uuid }",
        "Unit \"F\" of \"Temperature\" factor 0.5 base \"K\" offset 255.3722",
        "Flow \"R\" @cqrs { kind: x } @note \"n\" from \"A\" to \"B\" @tx @note \"late\"",
        "record R { a: bytes b: list<json> c: string }",
        "operation o { direction outbound effect creates A effect mutates B emits E }",
        "operation o { access policy_governed by p at precondition fails with a, q at invariant fails with b }",
        "operation o { failure f for policy, dependency \"x\" }",
        "Policy p as: a.b.c = 1 and (@i.x.y = 2 or count(f in flows where f.from.name.x = 1: f) > 0)",
    ];
    let find = |text: &str| sea::dialect::extensions(&sea::parse(FileId(0), text).0);
    insta::assert_snapshot!(common::snapshot(&cases, find));
}

#[test]
fn plain_models_have_none() {
    let text = "// Comment.\nEntity \"A\"\nFlow \"R\" @note 1 from \"A\" to \"B\" quantity 5\nPolicy p as: a.b = 1\n\
                operation o { direction inbound effect creates A }";
    assert_eq!(sea::dialect::extensions(&sea::parse(FileId(0), text).0), []);
}
