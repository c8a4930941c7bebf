//! Who calls an operation, and who carries it out: what ports, use cases and consumers may do with it.
#![allow(missing_docs, clippy::unwrap_used)]

use seac_analysis::analyse;
use seac_syntax::Sources;

const SDS: &str = include_str!("../../../examples/orders/specs/orders/orders.sds.yaml");
const SEA: &str = include_str!("../../../examples/orders/specs/orders/orders.sea");
/// What the example uses.
const OTHERS: &[(&str, &str)] = &[
    ("specs/evidence/evidence.sds.yaml", include_str!("../../../specs/evidence/evidence.sds.yaml")),
    ("specs/evidence/evidence.sea", include_str!("../../../specs/evidence/evidence.sea")),
    ("specs/governance/governance.sds.yaml", include_str!("../../../specs/governance/governance.sds.yaml")),
    ("specs/governance/governance.sea", include_str!("../../../specs/governance/governance.sea")),
];

/// The findings about the example, each with what its other places show.
fn told(sds: &str, sea: &str) -> Vec<String> {
    let mut sources = Sources::default();
    for (path, text) in OTHERS {
        sources.add(*path, *text);
    }
    sources.add("specs/orders/orders.sds.yaml", sds);
    sources.add("specs/orders/orders.sea", sea);
    // Requirements and decisions are left out.
    let found = analyse(&sources).1.into_iter().filter(|finding| !finding.code.name().starts_with("NOTE"));
    found
        .map(|finding| {
            let shown: Vec<&str> = finding.secondary.iter().map(|label| sources.text(label.span)).collect();
            format!("{} {} {shown:?}", finding.code.name(), finding.message)
        })
        .collect()
}

/// The model of the example with another direction of one operation.
fn with(operation: &str, direction: &str) -> String {
    let (before, behind) = SEA.split_once(&format!("operation {operation} ")).unwrap();
    let (head, rest) = behind.split_once("direction ").unwrap();
    let (_, rest) = rest.split_once('\n').unwrap();
    format!("{before}operation {operation} {head}direction {direction}\n{rest}")
}

#[test]
fn the_example_is_sound() {
    assert_eq!(told(SDS, SEA), [""; 0]);
}

#[test]
fn what_is_internal_or_outbound_cannot_be_exposed() {
    assert_eq!(
        told(SDS, &with("approve_order", "internal")),
        ["SDS107 `approve_order` is internal, so no inbound port can expose it [\"direction internal\"]"]
    );
}

#[test]
fn what_others_carry_out_has_no_steps_and_no_inbound_port() {
    assert_eq!(
        told(SDS, &with("approve_order", "outbound")),
        [
            "SDS105 `approve_order` is outbound, so there are no steps here [\"direction outbound\"]",
            "SDS107 `approve_order` is outbound, so no inbound port can expose it [\"direction outbound\"]",
            "SDS108 separation of duties between operations that are not about one entity of the context cannot be emitted yet []",
        ]
    );
    assert_eq!(
        told(SDS, &with("schedule_shipment", "outbound")),
        ["SDS105 `schedule_shipment` is outbound, so there are no steps here [\"direction outbound\"]"]
    );
}

#[test]
fn a_consumer_runs_what_is_internal_and_what_is_inbound() {
    assert_eq!(told(SDS, &with("schedule_shipment", "inbound")), [""; 0]);
}

#[test]
fn a_flow_of_another_kind_shows_both_places_and_is_not_asked_for_more() {
    let sea = SEA.replacen("\"kind\": \"command\"", "\"kind\": \"query\"", 1);
    assert_eq!(told(SDS, &sea), ["JOIN101 `place_order` is of another kind than this flow [\"place_order\"]"]);
}
