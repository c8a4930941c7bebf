//! What breaks whom: a table of changes that `buf breaking` is asked about, too, and changes of specs.

use crate::common::{changed, examples, project};
use crate::whole;
use prost_reflect::prost::Message;
use seac_emit::proto::compare::{Breaks, Compatibility, compare};
use seac_emit::proto::schema::Schema;
use seac_emit::proto::{self, read, released, wires};
use seac_model::{Model, Ty};
use std::collections::BTreeMap;

const CHANGES: &str = include_str!("../../../../tests/tests/fixtures/protobuf/changes.txt");

fn schema(text: &str) -> Schema {
    read::files(&[("x.proto".to_owned(), text.to_owned())]).unwrap()
}

fn word(breaks: Option<Breaks>) -> &'static str {
    match breaks {
        None => "none",
        Some(Breaks::Source) => "source",
        Some(Breaks::Json) => "json",
        Some(Breaks::Wire) => "wire",
    }
}

#[test]
fn every_change_breaks_those_that_the_table_says() {
    let (mut wrong, mut count) = (String::new(), 0);
    for change in CHANGES.split("\n### ").skip(1) {
        let (head, texts) = change.split_once("--- before\n").unwrap();
        let (before, after) = texts.split_once("--- after\n").unwrap();
        let mut lines = head.lines();
        let name = lines.next().unwrap();
        let expected = lines.next().unwrap().strip_prefix("ours: ").unwrap();
        let found = compare(&schema(before), &schema(after));
        let worst = word(found.iter().map(|found| found.breaks).max());
        if worst != expected {
            wrong.push_str(&format!("{name}: {worst} instead of {expected}: {found:?}\n"));
        }
        assert_eq!(compare(&schema(before), &schema(before)), [], "{name}");
        count += 1;
    }
    assert!(wrong.is_empty() && count >= 40, "{wrong}");
}

/// What was released, as the specs, a lock, files and a descriptor set know it.
fn known(model: &Model) -> [Schema; 4] {
    let projected = proto::project(model, &BTreeMap::new(), &whole());
    let files = project(model, &whole());
    let set: Vec<_> = crate::common::compile(&files).file_descriptor_protos().cloned().collect();
    let set = prost_reflect::prost_types::FileDescriptorSet { file: set };
    let lock = wires(model, &BTreeMap::new()).0;
    let services = lock.into_iter().filter(|(slug, _)| slug != "compiler").collect();
    [
        projected.schema(),
        released(&services, &whole()).0,
        read::files(&files).unwrap(),
        read::descriptor_set(&set.encode_to_vec()).unwrap(),
    ]
}

#[test]
fn specs_locks_files_and_descriptor_sets_say_the_same() {
    let [specs, lock, files, set] = known(&examples());
    for (what, known) in [("lock", &lock), ("files", &files), ("set", &set)] {
        assert_eq!(compare(known, &specs), [], "{what}");
    }
    assert_eq!(compare(&specs, &lock), []);
    assert_eq!(compare(&specs, &files), []);
    assert!(specs.services.contains_key("system.orders.v1.OrdersService"));
}

#[test]
fn changes_of_specs_are_told_with_their_places() {
    let before = examples();
    let mut after = before.clone();
    let orders = after.contexts.get_mut("orders").unwrap();
    let order = orders.entities.get_mut("Order").unwrap();
    order.fields.retain(|field| field.name != "note");
    let total = order.fields.iter_mut().find(|field| field.name == "total").unwrap();
    total.ty = Ty::Quantity("EUR".to_owned());
    let line = total.origin.line;
    orders.enums.get_mut("OrderStatus").unwrap().members[0].name = "taken".to_owned();
    orders.operations.remove("read_order");
    let lock = wires(&before, &BTreeMap::new()).0;
    let now = proto::project(&after, &lock, &whole()).schema();
    let found = compare(&released(&lock, &whole()).0, &now);
    let told: Vec<String> =
        found.iter().map(|found| format!("{}: {}: {}", word(Some(found.breaks)), found.element, found.what)).collect();
    let wanted = [
        "wire: system.orders.v1.OrdersService.ReadOrder: the method is gone",
        "source: system.orders.v1.Order.note: the field is gone; its number and name are reserved",
        "wire: system.orders.v1.Order.total: its amounts were in USD and are in EUR",
        "source: system.orders.v1.OrderStatus.ORDER_STATUS_PLACED: the value is gone; its number and name are reserved",
        "source: system.orders.v1.ReadOrderRequest: the message is gone",
    ];
    for wanted in wanted {
        assert!(told.iter().any(|told| told == wanted), "{wanted}\n{told:#?}");
    }
    let unit = found.iter().find(|found| found.element.ends_with("Order.total")).unwrap();
    assert_eq!((&*unit.origin.file, unit.origin.line), ("specs/orders/orders.sea", line));
}

/// The examples, where orders are placed and read in streams.
fn streaming() -> Model {
    changed(|text| {
        let mut text = text.replace("@read_model", "@streaming @read_model");
        for (key, annotation) in
            [("client_order_id", "@bidirectional true"), ("approval_id", "@client_streaming false")]
        {
            let idempotency = format!("@idempotency {{ \"key\": \"{key}\" }}");
            text = text.replace(&idempotency, &format!("{annotation} {idempotency}"));
        }
        text
    })
}

#[test]
fn annotations_of_flows_make_streams_and_a_change_of_them_breaks_the_wire() {
    let after = streaming();
    let projected = proto::project(&after, &BTreeMap::new(), &whole());
    let text = projected.texts.concat();
    for call in [
        "rpc ReadOrder(ReadOrderRequest) returns (stream ReadOrderResponse) {",
        "rpc PlaceOrder(stream PlaceOrderRequest) returns (stream PlaceOrderResponse) {",
        "rpc ApproveOrder(ApproveOrderRequest) returns (ApproveOrderResponse) {",
    ] {
        assert!(text.contains(call), "no {call} in\n{text}");
    }
    let files = project(&after, &whole());
    crate::common::compile(&files);
    let lock = wires(&after, &BTreeMap::new()).0;
    assert_eq!(compare(&released(&lock, &whole()).0, &projected.schema()), []);
    assert_eq!(compare(&read::files(&files).unwrap(), &projected.schema()), []);
    let before = wires(&examples(), &BTreeMap::new()).0;
    let before = BTreeMap::from([("orders".to_owned(), before["orders"].clone())]);
    let found = compare(&released(&before, &whole()).0, &projected.schema());
    let read = "system.orders.v1.OrdersService.ReadOrder";
    let change = found.iter().find(|found| found.element == read && found.what == "what it answers with streams now");
    assert_eq!(change.unwrap().breaks, Breaks::Wire, "{found:#?}");
}

#[test]
fn each_level_refuses_what_it_says() {
    for (level, refused) in [
        (Compatibility::Additive, [true, true, true]),
        (Compatibility::Backward, [false, true, true]),
        (Compatibility::Breaking, [false, false, false]),
    ] {
        assert_eq!([Breaks::Source, Breaks::Json, Breaks::Wire].map(|breaks| level.refuses(breaks)), refused);
    }
}

#[test]
fn what_is_no_interface_is_told() {
    assert!(read::descriptor_set(b"\xff\xff").is_err() && read::descriptor_set(b"").is_err());
    let (path, why) = read::files(&[("a.proto".into(), "message {".into())]).unwrap_err();
    assert!(path == "a.proto" && !why.is_empty());
}
