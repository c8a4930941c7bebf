//! What refers to something that refers to something is followed without the stack growing with it.
#![allow(missing_docs)]

use seac_emit::Histories;
use seac_syntax::Sources;
use std::fmt::Write;

/// Links of the chain.
const LENGTH: usize = 10_000;
/// What every thread of the system has at least.
const STACK: usize = 2 << 20;

const SDS: &str = "sdsId: SDS-100\nboundedContext: shop\nsatisfiesPrds: []\nsatisfiesAdrs: []
domain:
  entities:
    - { name: Order, key: order_id, fields: { order_id: uuid } }
cqrs:
  queries:
    - name: read_order
      actor: Customer
      input: { order_id: uuid, head: 'Link0?' }
      output: { order_id: uuid, head: 'Link0?' }
      effect: { reads: Order }
      failures:
        - { code: invalid, for: [input_validation], meaning: not valid }
        - { code: not_a_customer, for: [policy], meaning: no customer }
        - { code: missing, for: [missing_state], meaning: there is no such order }
ports:
  inbound: [{ name: Orders, operations: [read_order], http: { base: /orders } }]
  outbound: [{ name: OrderStore, for: Order }]
adapters: [{ name: SqlOrders, implements: OrderStore, kind: sql }]
";

fn emitted() -> String {
    let mut sea = String::from("Entity \"Shopper\"\nRole \"Customer\"\nrole_binding \"Customer\" for \"Shopper\"\n");
    for link in 0..LENGTH {
        writeln!(sea, "record Link{link} {{\n    next: Link{} optional\n}}", link + 1).expect("memory");
    }
    writeln!(sea, "record Link{LENGTH} {{\n    end: bool\n}}").expect("memory");
    let mut sources = Sources::default();
    sources.add("specs/shop/shop.sds.yaml", SDS);
    sources.add("specs/shop/shop.sea", sea);
    let (model, found) = seac_analysis::analyse(&sources);
    assert_eq!(found, []);
    let files = seac_emit::emit(&model, &Histories::default()).expect("files");
    let document = files.get("openapi/shop.json").expect("a document");
    String::from_utf8(document.bytes.to_vec()).expect("text")
}

#[test]
fn a_chain_of_ten_thousand_references_needs_no_more_stack_than_a_short_one() {
    let thread = std::thread::Builder::new().stack_size(STACK);
    let document = thread.spawn(emitted).expect("a thread").join().expect("no overflow");
    assert!(document.contains(&format!("shop.Link{LENGTH}")));
}
