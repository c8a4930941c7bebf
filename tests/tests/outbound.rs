//! Operations that others carry out: they are asked before the transaction, and told what to do after it.

use std::time::{Duration, Instant};

use seac_tests::binaries::billing;
use seac_tests::database::Database;
use seac_tests::elsewhere::Reaction;
use seac_tests::eventually;
use seac_tests::node::Place;
use seac_tests::office::{Office, invoice_of};
use serde_json::json;
use uuid::Uuid;

/// Numbers under which letters can be followed, as the node knows them.
fn dispatched(office: &Office) -> Vec<String> {
    Database::read(&office.place.database()).column("SELECT tracking FROM billing_dispatch ORDER BY tracking")
}

#[test]
fn an_answer_is_part_of_what_is_decided_and_kept() {
    let office = Office::open();
    let (invoice, _) = office.issued("A-1");
    let asked = &office.bureau.asked()[0];
    assert_eq!(asked.line, "GET /ratings/ask-rating?customer=Ada");
    assert!(asked.headers.contains_key("x-correlation-id"), "{asked:?}");
    let kept = Database::read(&office.place.database()).column("SELECT credit_limit FROM billing_invoice");
    assert_eq!(kept, ["1000"]);

    let mut large = invoice_of(Uuid::new_v4(), "A-2", Uuid::new_v4());
    large["amount"]["amount"] = json!("1000.01");
    office.call("issue-invoice", &large).problem(403, "too_much_credit");
    office.ask(&format!("read-invoice?invoice_id={invoice}")).with(200);
}

#[test]
fn a_refusal_is_the_declared_failure_of_whoever_asked() {
    let office = Office::open();
    let issue = || office.call("issue-invoice", &invoice_of(Uuid::new_v4(), "A-1", Uuid::new_v4()));
    office.bureau.reacts(|_, _| Reaction::refuse(404, "unknown_customer"));
    issue().problem(404, "unknown_customer");
    // What the caller does not declare, and what the question does not, is no answer to it.
    for (status, code) in [(422, "invalid_customer"), (403, "who_are_you"), (503, "bureau_down"), (302, "elsewhere")] {
        office.bureau.reacts(move |_, _| Reaction::refuse(status, code));
        issue().problem(503, "bureau_unavailable");
    }
    office.bureau.reacts(|_, _| Reaction::Answer(200, json!({ "credit_limit": "much" })));
    issue().problem(503, "bureau_unavailable");
    assert!(dispatched(&office).is_empty());
    office.place.verifies();
}

#[test]
fn whoever_hangs_or_dies_is_asked_again_and_then_given_up() {
    let office = Office::open();
    let issue = |number: &str| office.call("issue-invoice", &invoice_of(Uuid::new_v4(), number, Uuid::new_v4()));
    let limit = json!({ "credit_limit": { "amount": "1000", "unit": "EUR" } });
    for way in [Reaction::Die, Reaction::Hang, Reaction::Answer(503, json!({}))] {
        let (before, answer, bad) = (office.bureau.asked().len(), limit.clone(), way.clone());
        // The third time is the last one that the design grants.
        office.bureau.reacts(move |_, count| match count - before {
            0 | 1 => bad.clone(),
            _ => Reaction::Answer(200, answer.clone()),
        });
        issue(&format!("{before}")).with(200);
        assert_eq!(office.bureau.asked().len(), before + 3, "{way:?}");
        office.bureau.reacts(move |_, _| way.clone());
        let started = Instant::now();
        issue("never").problem(503, "bureau_unavailable");
        assert!(started.elapsed() < Duration::from_secs(10));
        assert_eq!(office.bureau.asked().len(), before + 6);
    }
    // While others hang, everybody else is served: no transaction waits for them.
    office.bureau.reacts(|_, _| Reaction::Hang);
    std::thread::scope(|scope| {
        let hanging = scope.spawn(|| issue("hangs"));
        let started = Instant::now();
        office.ask(&format!("read-invoice?invoice_id={}", Uuid::new_v4())).problem(404, "no_invoice");
        assert!(started.elapsed() < Duration::from_millis(900), "{:?}", started.elapsed());
        hanging.join().expect("an answer").problem(503, "bureau_unavailable");
    });
}

#[test]
fn what_others_do_follows_the_commit_with_one_key_until_it_is_done() {
    let mut office = Office::open();
    office.printer.reacts(|asked, count| match count {
        0 => Reaction::Die,
        1 => Reaction::refuse(503, "printer_down"),
        _ => Reaction::Answer(200, json!({ "invoice_id": asked.body["invoice_id"], "tracking": "T-7" })),
    });
    let (invoice, _) = office.issued("A-1");
    eventually("the letter is on its way", || (dispatched(&office) == ["T-7"]).then_some(()));
    let asked = office.printer.asked();
    assert_eq!(asked.len(), 3);
    for asked in asked {
        assert_eq!(asked.line, "POST /mail-invoice");
        assert_eq!(asked.headers["idempotency-key"], invoice.to_string());
        assert_eq!(asked.body, json!({ "invoice_id": invoice, "customer": "Ada" }));
    }
    let types: Vec<String> =
        office.place.ledger().iter().filter_map(|entry| Some(entry["type"].as_str()?.to_owned())).collect();
    assert_eq!(types, ["billing.invoice_issued", "billing.mail_invoice", "billing.note_dispatch"]);

    // Killed while others are at it: asked again, with the same key.
    office.printer.reacts(|_, _| Reaction::Hang);
    let (second, _) = office.issued("A-2");
    eventually("the printer is asked", || (office.printer.asked().len() > 3).then_some(()));
    office
        .printer
        .reacts(|asked, _| Reaction::Answer(200, json!({ "invoice_id": asked.body["invoice_id"], "tracking": "T-8" })));
    office.restart();
    eventually("the second letter, too", || (dispatched(&office) == ["T-7", "T-8"]).then_some(()));
    let keys: Vec<String> =
        office.printer.asked()[3..].iter().map(|asked| asked.headers["idempotency-key"].clone()).collect();
    assert!(keys.len() >= 2 && keys.iter().all(|key| *key == second.to_string()), "{keys:?}");
    office.place.verifies();
}

#[test]
fn what_others_refuse_for_good_goes_to_the_dead_letters() {
    let office = Office::open();
    office.printer.reacts(|_, _| Reaction::refuse(422, "invalid_letter"));
    office.issued("A-1");
    let reason = eventually("a dead letter", || {
        Database::read(&office.place.database()).column("SELECT reason FROM dead_letters").pop()
    });
    assert!(reason.contains("invalid_letter"), "{reason}");
    assert_eq!(office.printer.asked().len(), 1);
    office.place.verifies();
}

#[test]
fn a_cell_that_does_not_know_where_others_are_does_not_start() {
    let place = Place::new().with_node(&billing().node);
    let refused = place.node(&["serve", "--listen", "127.0.0.1:0"]).with(2);
    refused.says(&["outbound.billing.print_shop.url: needed", "outbound.billing.rating_bureau.url: needed"]);
    let wrong = place.node(&["serve", "--set", "outbound.billing.print_shop.url=https://printer"]).with(2);
    wrong.says(&["outbound.billing.print_shop.url", "TLS"]);
}

#[test]
fn what_is_internal_or_outbound_has_no_route() {
    let office = Office::open();
    for path in ["note-dispatch", "mail-invoice"] {
        assert_eq!(office.call(path, &json!({ "invoice_id": Uuid::new_v4() })).status, 404);
    }
    assert_eq!(office.ask("ask-rating?customer=Ada").status, 404);
}
