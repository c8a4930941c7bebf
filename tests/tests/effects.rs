//! Operations with several effects: an invoice and its lines change together or not at all.

use seac_tests::database::Database;
use seac_tests::node::entry_of;
use seac_tests::office::{Office, invoice_of};
use serde_json::{Value, json};
use uuid::Uuid;

fn lines(office: &Office, invoice: Uuid) -> Vec<Value> {
    let page = office.ask(&format!("list-lines?invoice={invoice}")).with(200);
    page["lines"].as_array().expect("lines").clone()
}

fn version(office: &Office, invoice: Uuid) -> i64 {
    office.ask(&format!("read-invoice?invoice_id={invoice}")).with(200)["version"].as_i64().expect("a version")
}

/// Rows of every table that an operation writes, except the ledger's.
fn rows(office: &Office) -> Vec<String> {
    let tables = ["billing_invoice", "billing_invoice_line", "outbox", "deliveries", "idempotency_records"];
    let counts = tables.map(|table| format!("SELECT '{table} ' || count(*) FROM {table}"));
    Database::read(&office.place.database()).column(&counts.join(" UNION ALL "))
}

#[test]
fn all_effects_of_an_operation_are_one_change_with_one_entry() {
    let office = Office::open();
    let (invoice, line) = (Uuid::new_v4(), Uuid::new_v4());
    let issued = office.call("issue-invoice", &invoice_of(invoice, "A-1", line));
    assert_eq!(issued.with(200)["total"], json!({ "amount": "10", "unit": "EUR" }));
    let added = json!({
        "invoice_id": invoice, "version": 1, "line_id": Uuid::new_v4(), "text": "more",
        "amount": { "amount": "2.5", "unit": "EUR" },
    });
    let added = office.call("add-line", &added);
    assert_eq!(
        added.with(200),
        json!({ "invoice_id": invoice, "total": { "amount": "12.5", "unit": "EUR" }, "version": 2 })
    );
    let corrected = json!({ "invoice_id": invoice, "version": 2, "line_id": line, "text": "better" });
    assert_eq!(office.call("correct-line", &corrected).with(200)["version"], 3);

    let mut lines: Vec<(String, Value)> =
        lines(&office, invoice).iter().map(|line| (line["text"].to_string(), line["invoice"].clone())).collect();
    lines.sort_by(|a, b| a.0.cmp(&b.0));
    let of = |text: &str| (format!("{text:?}"), json!(invoice));
    assert_eq!(lines, [of("better"), of("more")]);

    let ledger = office.place.ledger();
    let entry = entry_of(&ledger, &issued);
    assert_eq!((&entry["type"], &entry["subject"]["id"]), (&json!("billing.invoice_issued"), &json!(invoice)));
    assert_eq!(entry["payload"]["data"]["number"], "A-1", "{entry:#}");
    assert_eq!(entry["payload"]["parts"]["invoice_line"]["line_id"], json!(line), "{entry:#}");
    assert_eq!(entry["payload"]["parts"]["invoice_line"]["written_by"], "cleo", "{entry:#}");
    assert_eq!(entry_of(&ledger, &added)["payload"]["data"]["version"], 2);
    office.place.verifies();
}

#[test]
fn a_second_effect_that_fails_leaves_nothing_of_the_first() {
    let office = Office::open();
    let (invoice, line) = office.issued("A-1");
    office.node.settle();
    let before = rows(&office);

    let other = Uuid::new_v4();
    let refused = office.call("issue-invoice", &invoice_of(other, "A-2", line));
    let problem = refused.problem(409, "invoice_exists");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("InvoiceLine")), "{problem}");
    office.ask(&format!("read-invoice?invoice_id={other}")).problem(404, "no_invoice");
    assert_eq!(rows(&office), before);

    let again = json!({
        "invoice_id": invoice, "version": 1, "line_id": line, "text": "again", "amount": { "amount": "1", "unit": "EUR" },
    });
    office.call("add-line", &again).problem(409, "invoice_changed");
    assert_eq!(version(&office, invoice), 1);
    assert_eq!(rows(&office), before);

    // What was refused can be done right afterwards: nothing of it is in the way.
    office.call("issue-invoice", &invoice_of(other, "A-2", Uuid::new_v4())).with(200);
    office.place.verifies();
}

#[test]
fn a_part_is_reached_only_through_what_it_belongs_to() {
    let office = Office::open();
    let ((mine, line), (other, _)) = (office.issued("A-1"), office.issued("A-2"));
    let correct = |invoice: Uuid, version: i64, line: Uuid| {
        let input = json!({ "invoice_id": invoice, "version": version, "line_id": line, "text": "changed" });
        office.call("correct-line", &input)
    };
    correct(other, 1, line).problem(404, "no_invoice");
    correct(mine, 1, Uuid::new_v4()).problem(404, "no_invoice");
    correct(Uuid::new_v4(), 1, line).problem(404, "no_invoice");
    correct(mine, 7, line).problem(409, "invoice_changed");
    assert_eq!((version(&office, mine), version(&office, other)), (1, 1));
    assert_eq!(lines(&office, mine)[0]["text"], "line of A-1");
    correct(mine, 1, line).with(200);
    correct(mine, 1, line).problem(409, "invoice_changed");
}

#[test]
fn of_many_who_change_one_aggregate_at_once_one_succeeds() {
    let office = Office::open();
    let (invoice, _) = office.issued("A-1");
    let add = || {
        let line = json!({
            "invoice_id": invoice, "version": 1, "line_id": Uuid::new_v4(), "text": "more",
            "amount": { "amount": "1", "unit": "EUR" },
        });
        office.call("add-line", &line).status
    };
    let mut answers: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(add)).collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    });
    answers.sort_unstable();
    assert_eq!(answers, [200, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!((version(&office, invoice), lines(&office, invoice).len()), (2, 2));
}
