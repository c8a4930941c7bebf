//! What designs get wrong about lists and about tables that are made of events.
#![allow(clippy::unwrap_used, missing_docs)]

use seac_syntax::Sources;
use std::fmt::Write as _;

const SHOP: &str = "sdsId: SDS-100\nboundedContext: shop\nsatisfiesPrds: []\nsatisfiesAdrs: []\n\
    domain:\n  entities:\n    - name: Order\n      key: id\n      fields: { id: uuid, at: timestamp, note: string?, total: decimal, parts: list<string> }\n";

/// The errors of a design, with the words that they point at.
fn told(rest: &str) -> String {
    let text = format!("{SHOP}{rest}");
    let mut sources = Sources::default();
    sources.add("specs/shop/shop.sds.yaml", &text);
    let (_, found) = seac_analysis::analyse(&sources);
    let mut told = String::new();
    for finding in found.iter().filter(|finding| ["SDS111", "SDS112"].contains(&finding.code.name())) {
        let (start, end) = (finding.primary.span.start as usize, finding.primary.span.end as usize);
        writeln!(
            told,
            "{} `{}`: {} [{}]",
            finding.code.name(),
            &text[start..end],
            finding.message,
            finding.primary.text
        )
        .unwrap();
        finding.fixes.iter().for_each(|fix| writeln!(told, "    {}", fix.title).unwrap());
    }
    told
}

fn list(input: &str, page: &str) -> String {
    told(&format!(
        "cqrs:\n  queries:\n    - name: ListOrders\n      actor: anonymous\n      input: {{ {input} }}\n\
         \x20     output: {{ rows: list<Order>, next: string? }}\n      readModel: Order\n      page: {{ limit: 9, {page} }}\n"
    ))
}

fn folds(fields: &str, from: &str) -> String {
    told(&format!(
        "cqrs:\n  events:\n    - {{ name: Placed, payload: {{ id: uuid, at: timestamp?, total: decimal, other: int, texts: list<string> }} }}\n\
         \x20 readModels:\n    - {{ name: Board, key: id, fields: {{ id: uuid, {fields} }}, from: [{from}] }}\n"
    ))
}

#[test]
fn what_cannot_be_paged() {
    let told = [
        list("sort: string?, after: string?", "sort: [at, note, id], order: -at"),
        list("sort: string?", "sort: [total, parts]"),
        list("sort: string?", "sort: [at, at], order: total"),
        list("after: uuid?", "sort: [at]"),
        list("sort: int, limit: string?, after: string", "order: at"),
    ];
    insta::assert_snapshot!(told.join("---\n"));
}

#[test]
fn what_events_cannot_make() {
    let told = [
        folds("total: decimal, at: timestamp?", "{ event: Placed, insert: { at: now } }"),
        folds("weight: decimal, at: timestamp", "{ event: Placed, insert: {} }"),
        folds("n: { type: int, default: 0 }", "{ event: Placed, set: { n: other }, add: { n: 1 } }"),
        folds(
            "n: { type: int, default: 0 }",
            "{ event: Placed, add: { n: other * 2 } }, { event: Placed, remove: true }",
        ),
        folds("n: int", "{ event: Placed, insert: { n: other }, remove: true }"),
        folds("n: int", "{ event: Placed }"),
        folds("n: int", "{ event: Placed, by: other, insert: { n: other } }"),
        folds("at: timestamp", "{ event: Placed, insert: { at: at, id: id } }"),
        folds("texts: list<string>, at: timestamp?", "{ event: Placed, add: { at: at } }"),
        folds("_generation: int", "{ event: Placed, insert: { _generation: 1 } }"),
    ];
    insta::assert_snapshot!(told.join("---\n"));
}

#[test]
fn no_operation_writes_what_events_make() {
    let rest = "cqrs:\n  events: [{ name: Placed, payload: { id: uuid } }]\n  readModels:\n\
        \x20   - { name: Board, key: id, fields: { id: uuid }, from: [{ event: Placed, insert: {} }] }\n  commands:\n\
        \x20   - { name: Cheat, actor: anonymous, input: { id: uuid }, output: { id: uuid }, effect: { creates: Board }, failures: [] }\n";
    assert_eq!(
        told(rest),
        "SDS112 `Board`: `Board` is made of events, and no operation changes it [a read model]\n    publish an event that the read model is made of\n"
    );
}
