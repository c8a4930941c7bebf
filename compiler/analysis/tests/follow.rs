//! What follows from something that could not be read is not told as if it were another mistake.
#![allow(missing_docs, clippy::unwrap_used)]

use seac_analysis::analyse;
use seac_analysis::sea::{self, Memory, Options};
use seac_syntax::{Diagnostic, Sources};
use std::fmt::Write;

const SDS: &str = "sdsId: SDS-001\ntitle: T\nboundedContext: shop\nversion: 1.0.0\nsatisfiesPrds: []\nsatisfiesAdrs: []
uses: [people]
domain:
  valueObjects:
    - { name: Status, members: [open, paid] }
  entities:
    - name: Order
      key: order_id
      fields: { order_id: uuid, status: Status, buyer: 'ref<Person>' }
cqrs:
  commands:
    - name: PlaceOrder
      actor: Buyer
      input: { order_id: uuid, status: Status, buyer: uuid }
      output: { order_id: uuid }
      effect: { creates: Order }
      failures:
        - { code: invalid, for: [input_validation], meaning: not valid }
        - { code: not_a_buyer, for: [policy], meaning: no buyer }
        - { code: used, for: [idempotency_conflict, concurrency_conflict], meaning: used }
      idempotency: { keyedBy: [order_id] }
      concurrency: { uniqueKey: order_id }
ports:
  inbound:
    - { name: ShopPort, operations: [PlaceOrder], http: { base: /shop } }
  outbound:
    - { name: Orders, for: Order }
adapters:
  - { name: SqlOrders, implements: Orders, kind: sql }
uow: { boundary: command, includes: [repositories, ledger, outbox], isolation: serializable }
";
const SEA: &str = "@namespace \"system.shop\"
Entity \"Till\"
Entity \"Guest\"
Role \"Buyer\"
role_binding \"Buyer\" for \"Guest\"
Resource \"Ordering\"
Flow \"Ordering\" @cqrs { \"kind\": \"command\", \"element\": \"PlaceOrder\" } @tx { \"transactional\": true } @idempotency { \"key\": \"order_id\" } from \"Buyer\" to \"Till\"
Policy open as: forall o in entity_instances of \"Order\": (o.status = open or o.status = paid)
";
const PEOPLE: &str =
    "sdsId: SDS-002\ntitle: T\nboundedContext: people\nversion: 1.0.0\nsatisfiesPrds: []\nsatisfiesAdrs: []
domain: { entities: [ { name: Person, key: id, fields: { id: string } } ] }
";

fn shown(sources: &Sources, findings: &[Diagnostic]) -> String {
    let mut text = String::new();
    for finding in findings {
        let file = sources.get(finding.primary.span.file);
        let line = file.position(finding.primary.span.start).line;
        write!(text, "{}:{line} {} {}", file.path, finding.code.name(), finding.message).unwrap();
        if let Some(why) = &finding.why {
            write!(text, " ({why})").unwrap();
        }
        text.push('\n');
    }
    text
}

fn told(sds: &str, model: &str) -> String {
    let mut sources = Sources::default();
    sources.add("specs/people/people.sds.yaml", PEOPLE);
    sources.add("specs/shop/shop.sds.yaml", sds);
    sources.add("specs/shop/shop.sea", model);
    let findings = analyse(&sources).1;
    shown(&sources, &findings)
}

fn alone(model: &str) -> String {
    let mut memory = Memory::default();
    let file = memory.sources.add("shop.sea", model);
    let findings = sea::analyse(&[file], &mut memory, &Options::default()).diagnostics;
    shown(&memory.sources, &findings)
}

#[test]
fn the_specs_are_sound() {
    assert_eq!(told(SDS, SEA), "");
}

#[test]
fn broken_yaml_is_told_once() {
    insta::assert_snapshot!(told(&SDS.replace("cqrs:", "cqrs: ["), SEA), @r#"
    specs/shop/shop.sds.yaml:17 SDS001 this is not valid YAML: "-" is only valid inside a block (1 finding that may follow from this is not shown)
    "#);
    insta::assert_snapshot!(told(&SDS.replace("  commands:", "   commands"), SEA), @r"
    specs/shop/shop.sds.yaml:16 SDS005 expected a mapping for cqrs, found a string (1 finding that may follow from this is not shown)
    specs/shop/shop.sds.yaml:17 SDS001 this is not valid YAML: mapping values are not allowed in this context
    ");
    insta::assert_snapshot!(told(&SDS.replace("adapters:", "  adapters"), SEA), @r"
    specs/shop/shop.sds.yaml:34 SDS001 this is not valid YAML: simple key expect ':' (1 finding that may follow from this is not shown)
    ");
}

#[test]
fn a_misspelt_key_comes_before_what_is_missing_for_it() {
    insta::assert_snapshot!(told(&SDS.replace("cqrs:", "cqrss:"), SEA), @r"
    specs/shop/shop.sds.yaml:15 SDS003 `cqrss` is no key of a specification (2 findings that may follow from this are not shown)
    ");
    insta::assert_snapshot!(told(&SDS.replace("adapters:", "  adapters:"), SEA), @r"
    specs/shop/shop.sds.yaml:33 SDS003 `adapters` is no key of ports
    specs/shop/shop.sds.yaml:32 SDS103 the port `Orders` has 0 adapters
    ");
}

#[test]
fn mistakes_that_do_not_follow_are_told() {
    let model = format!("{SEA}Flow \"Ordering\" from \"Byer\" to \"Tilt\"\n");
    insta::assert_snapshot!(told(&SDS.replace("cqrs:", "cqrs: ["), &model), @r#"
    specs/shop/shop.sds.yaml:17 SDS001 this is not valid YAML: "-" is only valid inside a block (1 finding that may follow from this is not shown)
    specs/shop/shop.sea:9 JOIN201 `Ordering` does not say what it stands for (what goes along a flow is observed by the command, query or event that it stands for)
    specs/shop/shop.sea:9 SEA101 there is no entity `Byer`
    specs/shop/shop.sea:9 SEA101 there is no entity `Tilt`
    "#);
    insta::assert_snapshot!(alone("Entity \"A\nEntity \"B\"\nResource \"R\"\nFlow \"R\" from \"C\" to \"B\"\nFlow \"R\" from \"C\" to \"B\""), @r"
    shop.sea:1 SEA004 the string is not closed
    shop.sea:4 SEA101 there is no entity `C`
    shop.sea:5 SEA101 there is no entity `C`
    ");
}

#[test]
fn a_declaration_that_cannot_be_read_is_not_missing() {
    insta::assert_snapshot!(alone("Entity Buyer\nEntity \"B\"\nResource \"R\"\nFlow \"R\" from \"Buyer\" to \"B\""), @r"
    shop.sea:1 SEA001 expected a string in quotes, found `Buyer` (1 finding that may follow from this is not shown)
    ");
}

#[test]
fn a_second_declaration_brings_no_other_findings() {
    let twice = SDS.replace("cqrs:", "    - { name: Order, key: id, fields: { id: string } }\ncqrs:");
    insta::assert_snapshot!(told(&twice, SEA), @r"
    specs/shop/shop.sds.yaml:15 SEA102 the entity `Order` is declared twice (a concept has one home, so that there is one place to change it)
    ");
    insta::assert_snapshot!(told(SDS, &format!("{SEA}Entity \"Order\" {{ key id: string }}\nenum Status {{ a = \"a\" }}\n")), @r"
    specs/shop/shop.sds.yaml:10 SEA102 the enum `Status` is declared twice (a concept has one home, so that there is one place to change it; 5 findings that may follow from this are not shown)
    specs/shop/shop.sds.yaml:12 SEA102 the entity `Order` is declared twice (a concept has one home, so that there is one place to change it)
    ");
}

#[test]
fn a_misspelt_context_is_told_once_with_the_nearest_name() {
    insta::assert_snapshot!(told(&SDS.replace("uses: [people]", "uses: [peopel]"), SEA), @r"
    specs/shop/shop.sds.yaml:7 SEA101 there is no context `peopel`
    ");
}

#[test]
fn an_operation_with_a_mistake_is_still_declared() {
    insta::assert_snapshot!(told(&SDS.replace("uniqueKey: order_id", "uniqueKey: ordr_id"), SEA), @r"
    specs/shop/shop.sds.yaml:27 SEA101 there is no field `ordr_id`
    ");
}
