//! The tests of declared failures: each leads where it says, or the file says why there is none.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test reads the specs")]

mod models;

use models::{Texts, emit};

/// The example with outbound operations and parts.
fn billing() -> Texts {
    models::texts(&["specs/evidence", "specs/governance", "examples/billing/specs"])
}

fn orders() -> Texts {
    models::texts(&["specs/evidence", "specs/governance", "examples/orders/specs/orders"])
}

fn change(texts: &mut Texts, file: &str, from: &str, to: &str) {
    let (_, text) = texts.iter_mut().find(|(path, _)| path.ends_with(file)).unwrap();
    assert!(text.contains(from), "{file}: {from}");
    *text = text.replace(from, to);
}

fn tests(texts: &Texts, context: &str) -> String {
    let path = format!("crates/{context}/src/gen/failures.rs");
    String::from_utf8(emit(texts).get(&path).unwrap().bytes.to_vec()).unwrap()
}

/// Codes that a test covers, or that the file says no test leads to.
fn spoken_of(text: &str, operation: &str) -> Vec<String> {
    let covered = text.lines().filter_map(|line| line.trim().strip_prefix("/// covers: ")).filter_map(|element| {
        let (of, code) = element.split_once('/')?.1.split_once('/')?;
        (of == operation).then(|| code.to_owned())
    });
    let open = text.lines().filter_map(|line| {
        let (code, _) = line.strip_prefix(&format!("//! - `{operation}`, `"))?.split_once('`')?;
        Some(code.to_owned())
    });
    let mut all: Vec<String> = covered.chain(open).collect();
    all.sort();
    all.dedup();
    all
}

#[test]
fn every_declared_failure_has_a_test_or_a_reason() {
    for (texts, contexts) in [(billing(), ["billing", "evidence"]), (orders(), ["orders", "governance"])] {
        let (model, _) = seac_analysis::analyse(&models::sources(&texts));
        for context in contexts {
            let text = tests(&texts, context);
            for (name, operation) in &model.contexts[context].operations {
                let declared: Vec<&String> = operation.failures.declared.keys().collect();
                assert_eq!(spoken_of(&text, name).iter().collect::<Vec<_>>(), declared, "{context} {name}");
            }
        }
    }
}

#[test]
fn all_that_callers_can_provoke_of_orders_and_evidence_is_provoked() {
    let open = |text: &str| text.lines().filter(|line| line.starts_with("//! - ")).count();
    assert_eq!(open(&tests(&orders(), "orders")), 2, "what only events run");
    assert_eq!(open(&tests(&orders(), "evidence")), 0);
    assert_eq!(open(&tests(&orders(), "governance")), 0);
}

#[test]
fn what_cannot_be_decided_is_not_claimed() {
    let reason = |policy: &str| {
        let mut texts = orders();
        change(&mut texts, "orders.sea", "    total <= 10_000 \"USD\"", policy);
        let text = tests(&texts, "orders");
        text.lines().find(|line| line.contains("`order_limit_exceeded`")).map(str::to_owned)
    };
    assert_eq!(reason("    total <= 10_000 \"USD\""), None);
    assert_eq!(reason("    item_count >= 3 and sku startswith \"B\""), None);
    // What is divided counts where nothing is rounded.
    assert_eq!(reason("    total / 2.0 <= 5_000 \"USD\""), None);
    assert_eq!(reason("    item_count * 3 <= 24"), None);
    // Every order breaks it, and none does.
    let never = "no call was found that `order_within_limit` alone stands against";
    assert!(reason("    item_count = item_count").unwrap().contains(never));
    let mut texts = orders();
    change(&mut texts, "orders.sea", "    total <= 10_000 \"USD\"", "    item_count != item_count");
    let text = tests(&texts, "orders");
    assert!(text.contains("`duplicate_order`: no call was found that every policy lets pass."), "{text}");
}

#[test]
fn a_unique_field_that_is_changed_to_a_taken_value_is_the_declared_conflict() {
    let changes = |unique: bool| {
        let (mut model, _) = seac_analysis::analyse(&models::sources(&orders()));
        let order = model.contexts.get_mut("orders").unwrap().entities.get_mut("Order").unwrap();
        order.fields.iter_mut().find(|field| field.name == "approved_by").unwrap().unique = unique;
        let files = seac_emit::emit(&model, &seac_emit::Histories::new()).unwrap();
        let text = String::from_utf8(files.get("crates/orders/src/gen/operations.rs").unwrap().bytes.to_vec()).unwrap();
        let text: String = text.split_whitespace().collect();
        let (_, behind) = text.split_once(".update(").unwrap();
        behind.split_once("?{").unwrap().0.to_owned()
    };
    assert_eq!(changes(false), "uow.tx(),&state,before.version).await");
    let conflict = "Rejection::unique(error,\"order_changed\",\"theorderhaschangedsinceitwaslookedat\"";
    assert!(changes(true).contains(conflict), "{}", changes(true));
}
