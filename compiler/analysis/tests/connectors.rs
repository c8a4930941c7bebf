//! What keeps a connector from working is said where it is declared.
#![allow(missing_docs, clippy::unwrap_used)]

use seac_analysis::analyse;
use seac_syntax::Sources;

/// What is said about a connector with this transport and these cases, by the code and in words.
fn told(transport: &str, rest: &str) -> Vec<String> {
    let sds = format!(
        "sdsId: SDS-100\nboundedContext: shop\nsatisfiesPrds: []\nsatisfiesAdrs: []\nconnectors:\n  - name: c\n    \
         transport: {transport}\n    {rest}\n"
    );
    let mut sources = Sources::default();
    sources.add("specs/shop/shop.sds.yaml", sds.as_str());
    let found = analyse(&sources).1.into_iter().filter(|finding| finding.code.name() == "SDS106");
    found.map(|finding| finding.message).collect()
}

const HOOK: &str = "{ webhook: { path: /c, verify: { token: { header: X, secret: 'env:S' } }, deliveryId: /id, eventType: 'header:E' } }";

fn poll(more: &str) -> String {
    format!("{{ poll: {{ address: env:A, every: 1m, deliveryId: /id, eventType: /type{more} }} }}")
}

#[test]
fn a_connector_needs_a_way_in() {
    assert_eq!(told(HOOK, "parse: []"), [""; 0]);
    assert_eq!(told(&poll(""), "parse: []"), [""; 0]);
    assert_eq!(told("{}", "parse: []"), ["this connector has no `transport.webhook`"]);
    assert_eq!(told("{ webhook: { path: /c } }", "parse: []"), ["this connector has no `verify.hmacSha256`"]);
}

#[test]
fn an_envelope_says_itself_what_it_carries() {
    let hook = |more: &str| HOOK.replace("deliveryId: /id, eventType: 'header:E'", more);
    assert_eq!(told(&hook("envelope: cloudEvents"), "parse: []"), [""; 0]);
    let twice = ["this connector says two things: id, type and items are the envelope's"];
    assert_eq!(told(&hook("envelope: cloudEvents, items: /events"), "parse: []"), twice);
    assert_eq!(told(&hook("envelope: cloudEvents, deliveryId: /id"), "parse: []"), twice);
    assert_eq!(told(&hook("eventType: /type"), "parse: []"), ["this connector has no `deliveryId`"]);
}

#[test]
fn a_walk_from_the_newest_back_needs_an_end() {
    let (time, since) = ("this connector has no `time`", "this connector has no `since`");
    assert_eq!(told(&poll(", order: newestFirst"), "parse: []"), [since, time]);
    assert_eq!(told(&poll(", order: newestFirst, time: /at"), "parse: []"), [since]);
    assert_eq!(told(&poll(", since: { lookback: 1d }"), "parse: []"), [time]);
    assert_eq!(told(&poll(", order: newestFirst, time: /at, since: { lookback: 1d }"), "parse: []"), [""; 0]);
}

#[test]
fn a_case_behind_one_that_takes_all_types_of_its_kind_is_never_reached() {
    let parse = |first: &str, second: &str| {
        let case = |ty: &str| format!("{{ when: {{ eventType: '{ty}' }}, event: {{ type: t }} }}");
        told(HOOK, &format!("parse: [ {}, {} ]", case(first), case(second)))
    };
    let dead = ["this case is never reached"];
    assert_eq!(parse("user.*", "user.session.start"), dead);
    assert_eq!(parse("user.*", "user.session.*"), dead);
    assert_eq!(parse("user.session.*", "user.*"), [""; 0]);
    assert_eq!(parse("user.session.start", "user.*"), [""; 0]);
}

#[test]
fn examples_have_names_and_become_what_a_case_makes() {
    let examples = |list: &str| {
        let rest = format!("parse: [ {{ when: {{ eventType: e }}, event: {{ type: t }} }} ]\n    examples: [ {list} ]");
        told(HOOK, &rest)
    };
    let example =
        |name: &str, becomes: &str| format!("{{ name: {name}, eventType: e, body: '{{}}', becomes: {becomes} }}");
    let sound = [example("a", "t"), example("b", "unclassified"), example("d", "quarantined")].join(", ");
    assert_eq!(examples(&sound), [""; 0]);
    let none = "this connector says two things: no case makes evidence of this type";
    assert_eq!(examples(&example("a", "u")), [none]);
    let twice = "this connector says two things: another example has this name";
    assert_eq!(examples(&[example("a", "t"), example("a", "t")].join(", ")), [twice]);
}
