//! What random designs have found in emitted code, each once and small.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test reads the specs")]

mod models;

use models::{Texts, emit, platform};

/// The specs of the platform and of the orders example, and of a context that bills what was ordered.
fn texts() -> Texts {
    let mut texts = platform();
    change(
        &mut texts,
        "orders.sea",
        "record OrderPlaced {\n",
        "export record OrderPlaced {\n    note: string optional\n",
    );
    texts.push(("specs/billing/billing.sds.yaml".to_owned(), BILLING_SDS.to_owned()));
    texts.push(("specs/billing/billing.sea".to_owned(), BILLING_SEA.to_owned()));
    texts
}

const BILLING_SDS: &str = "\
sdsId: SDS-150
boundedContext: billing
satisfiesPrds: [PRD-101]
satisfiesAdrs: [ADR-101]
uses: [orders]
useCases:
  - handles: bill
    steps: [ authorize, validate, persist: { entity: Invoice }, appendEvidence: { type: billing.billed, subject: order_id } ]
ports: { outbound: [ { name: InvoiceRepository, for: Invoice } ] }
adapters: [ { name: SqlInvoices, implements: InvoiceRepository, kind: sql } ]
uow: { boundary: command, includes: [repositories, ledger, outbox], isolation: serializable }
messageBus:
  stream: BILLING
  retry: { max: 1, backoff: [1s] }
  deadLetter: billing.dead
  outbox: { mode: required }
  consumers: [ { event: orders.OrderPlaced, runs: bill, durable: billing-orders } ]
";

const BILLING_SEA: &str = r#"@namespace "system.billing"
@version "1.0.0"
@owner "sales"

Entity "Desk"
Entity "Invoice" {
    key order_id: uuid
    total: quantity<USD>
    placed_by: string optional
    note: string optional
    paid_by: string optional
}
record BillInput {
    order_id: uuid
    total: quantity<USD>
    placed_by: string optional
    note: string optional
    paid_by: string optional
}
record BillOutput {
    order_id: uuid
}
operation bill {
    intent "Bill what was ordered"
    direction internal
    actor anonymous
    access public
    input BillInput
    output BillOutput
    state Invoice
    effect creates Invoice
    transaction single_aggregate
    failure invalid_bill for input_validation "that is no order"
    failure billed_already for concurrency_conflict "there is an invoice already"
    idempotency inherent
    concurrency unique_key order_id
    evidence operation_trace
    lifecycle synchronous_request_response
}
Resource "Billing"
Flow "Billing"
    @cqrs { "kind": "command", "element": "bill" }
    @tx { "transactional": true }
    from "Desk" to "Desk"
"#;

/// Replaces what stands once or more in the file that ends like this.
fn change(texts: &mut Texts, file: &str, from: &str, to: &str) {
    let (_, text) = texts.iter_mut().find(|(path, _)| path.ends_with(file)).unwrap();
    assert!(text.contains(from), "{file}: {from}");
    *text = text.replace(from, to);
}

/// What is emitted at a path, each run of white space as one space.
fn emitted(texts: &Texts, path: &str) -> String {
    let files = emit(texts);
    let text = str::from_utf8(&files.get(path).unwrap().bytes).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn a_key_of_idempotency_may_be_an_id_or_a_number() {
    let key = |field: &str| {
        let mut texts = texts();
        change(&mut texts, "orders.sea", "keyed_by client_order_id", &format!("keyed_by {field}"));
        change(&mut texts, "orders.sea", "\"key\": \"client_order_id\"", &format!("\"key\": \"{field}\""));
        emitted(&texts, "crates/orders/src/gen/operations.rs")
    };
    has(&key("client_order_id"), &["Some(input.client_order_id.as_str().to_owned())"]);
    has(&key("order_id"), &["Some(input.order_id.to_string())"]);
    has(&key("item_count"), &["Some(input.item_count.to_string())"]);
}

#[test]
fn a_length_of_bytes_counts_bytes() {
    let mut texts = texts();
    change(
        &mut texts,
        "evidence.sds.yaml",
        "content:         bytes",
        "content: { type: bytes, minLength: 2, maxLength: 99 }",
    );
    let types = emitted(&texts, "crates/evidence/src/gen/types.rs");
    has(&types, &["out.min_bytes(\"/content\", &self.content, 2)", "out.max_bytes(\"/content\", &self.content, 99)"]);
}

#[test]
fn an_id_in_a_policy_is_taken_as_it_is() {
    let mut texts = texts();
    change(&mut texts, "orders.sea", "    state.placed_by = actor.id", "    state.order_id != order_id");
    let policies = emitted(&texts, "crates/orders/src/gen/policies.rs");
    has(&policies, &["Fact::text(state.order_id)", "Fact::text(call.input.order_id)"]);
}

#[test]
fn a_listing_may_be_called_like_a_method_of_every_repository() {
    for (name, method) in [("Insert", "list_insert"), ("Get", "list_get"), ("Update", "list_update")] {
        let mut texts = texts();
        change(&mut texts, "evidence.sds.yaml", "FindEvidence", name);
        change(&mut texts, "evidence.sea", "\"FindEvidence\"", &format!("\"{name}\""));
        has(&emitted(&texts, "crates/evidence/src/gen/ports.rs"), &[&format!("async fn {method}(")]);
        has(&emitted(&texts, "crates/evidence/src/gen/store/sql.rs"), &[&format!("async fn {method}(")]);
    }
}

#[test]
fn amounts_and_optional_fields_cross_contexts_in_an_event() {
    let consumers = emitted(&texts(), "crates/billing/src/gen/consumers.rs");
    has(
        &consumers,
        &[
            "total: kernel::types::Quantity::retyped(payload.total),",
            "placed_by: Some(payload.placed_by),",
            "note: payload.note,",
            "paid_by: None,",
        ],
    );
    let mut texts = texts();
    change(
        &mut texts,
        "orders.sea",
        "    total: quantity<USD>\n    placed_by: string\n}",
        "    total: quantity<USD> optional\n    placed_by: string\n}",
    );
    change(&mut texts, "billing.sea", "    total: quantity<USD>\n", "    total: quantity<USD> optional\n");
    change(&mut texts, "orders.sds.yaml", "total: quantity<USD>, placed_by", "total: quantity<USD>?, placed_by");
    change(&mut texts, "orders.sds.yaml", "add: { orders: 1, total: total }", "add: { orders: 1 }");
    let consumers = emitted(&texts, "crates/billing/src/gen/consumers.rs");
    has(&consumers, &["total: payload.total.map(kernel::types::Quantity::retyped),"]);
}

#[test]
fn rows_may_be_called_rows_or_anything_else() {
    let mut texts = texts();
    has(&emitted(&texts, "crates/evidence/src/gen/operations.rs"), &["artifacts: rows,"]);
    change(&mut texts, "evidence.sds.yaml", "artifacts: list<", "rows: list<");
    has(&emitted(&texts, "crates/evidence/src/gen/operations.rs"), &["{ rows, next"]);
}

#[test]
fn what_an_entity_belongs_to_is_never_a_guess() {
    let mut texts = models::texts(&["specs/evidence", "specs/governance", "examples/billing/specs"]);
    let told = |texts: &Texts| {
        let found = seac_analysis::analyse(&models::sources(texts)).1;
        let found = found.into_iter().filter(|finding| finding.code.name() == "SEA305");
        found.map(|finding| finding.message.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(told(&texts), [""; 0]);
    change(
        &mut texts,
        "billing.sea",
        "    invoice: ref<Invoice>\n    text:",
        "    credits: ref<Invoice> optional\n    invoice: ref<Invoice>\n    text:",
    );
    assert_eq!(told(&texts), [""; 0]);
    change(&mut texts, "billing.sea", "credits: ref<Invoice> optional", "credits: ref<Invoice>");
    let refused = "`InvoiceLine` refers to `Invoice` by `credits` and by `invoice`";
    assert_eq!(told(&texts), [refused; 3]);
}
