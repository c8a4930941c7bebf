//! What emitted tests stand on, tried on the toy context.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod toy;

use kernel::operation::FailureKind;
use kernel::testing::{Bench, Caller, access};
use toy::{Seen, module};

const ORDER: &str = r#"{"request_id":"r1","number":"AB-1","amount":{"amount":"1","unit":"USD"}}"#;
const ALICE: Caller<'_> = Caller("alice", &["orders.Buyer"]);

#[test]
fn calls_go_through_the_routes_and_are_told_apart() {
    let bench = Bench::open(module(Seen::default()));
    assert_eq!(bench.call(ALICE, "PlaceOrder", ORDER).succeeded()["sequence"], 1);
    bench.call(Caller("bob", &[]), "PlaceOrder", ORDER).refused(FailureKind::Policy, "not_a_buyer");
    bench.call(ALICE, "ReadOrder", r#"{"number":"AB-9"}"#).refused(FailureKind::MissingState, "no_such_order");
    assert_eq!(bench.call(ALICE, "ReadOrder", r#"{"number":"AB-1"}"#).succeeded()["number"], "AB-1");
}

#[test]
fn state_is_given_and_blobs_are_taken_away() {
    let bench = Bench::without_blobs(module(Seen::default()));
    bench.given(
        r#"{"id":"00000000-0000-4000-8000-000000000001","number":"AB-1","amount":{"amount":"2","unit":"USD"}}"#,
        toy::keep,
    );
    assert_eq!(bench.call(ALICE, "ReadOrder", r#"{"number":"AB-1"}"#).succeeded()["amount"]["amount"], "2");
    let attached = ORDER.replace("\"number\"", "\"attachment\":\"aGVsbG8=\",\"number\"");
    bench.call(ALICE, "PlaceOrder", &attached).refused(FailureKind::Dependency, "blobs_unavailable");
}

const ROLES: &[&str] = &["orders.Auditor", "orders.Buyer"];

#[test]
fn the_matrix_of_roles_is_tried_as_a_whole() {
    let operations: &[(&str, &[&str])] =
        &[("Misbehave", &[]), ("PlaceOrder", &["orders.Buyer"]), ("ReadOrder", &["orders.Auditor", "orders.Buyer"])];
    access(module(Seen::default()), ROLES, operations);
    let (_, closed) = operations.split_first().unwrap();
    let unnamed = std::panic::catch_unwind(|| access(module(Seen::default()), ROLES, closed));
    assert!(unnamed.unwrap_err().downcast_ref::<String>().unwrap().contains("Misbehave"));
}

#[test]
#[should_panic(expected = "orders.Auditor calls PlaceOrder")]
fn a_role_that_is_turned_away_where_the_matrix_lets_it_in_is_found() {
    let operations: &[(&str, &[&str])] =
        &[("PlaceOrder", &["orders.Auditor", "orders.Buyer"]), ("ReadOrder", &[]), ("Misbehave", &[])];
    access(module(Seen::default()), ROLES, operations);
}

#[test]
#[should_panic(expected = "no_such_order")]
fn another_refusal_than_the_expected_one_fails_the_test() {
    let bench = Bench::open(module(Seen::default()));
    bench.call(ALICE, "ReadOrder", r#"{"number":"AB-9"}"#).refused(FailureKind::MissingState, "nothing_there");
}

#[test]
#[should_panic(expected = "no_such_order")]
fn a_refusal_is_no_success() {
    let bench = Bench::open(module(Seen::default()));
    bench.call(ALICE, "ReadOrder", r#"{"number":"AB-9"}"#).succeeded();
}
