//! Contexts: what models know of the domain of their SDS, and of the contexts it uses.
#![allow(missing_docs, clippy::unwrap_used)]

use seac_analysis::{analyse, analyse_at, sea};
use seac_syntax::Sources;
use seac_syntax::diagnostic::fix::mend;
use std::collections::BTreeMap;

const HEAD: &str = "title: T\nversion: 1.0.0\nsatisfiesPrds: []\nsatisfiesAdrs: []\n";
const SHOP: &str = "sdsId: SDS-001\nboundedContext: shop\nuses: [people]\ndomain:
  valueObjects:
    - { name: Status, members: [open, paid] }
    - { name: Sku, pattern: '^[A-Z]{3}$' }
  entities:
    - name: Order
      key: order_id
      fields:
        order_id: { type: string }
        sku: { type: Sku }
        status: { type: Status, default: open }
        total: { type: 'quantity<USD>', min: 0 }
        buyer: { type: 'ref<people.Person>', optional: true }
";
const PEOPLE: &str = "sdsId: SDS-002\nboundedContext: people\ndomain:
  entities:
    - { name: Person, key: id, fields: { id: string, mood: { type: Mood, optional: true } } }
";
const PEOPLE_SEA: &str =
    "export enum Mood { glad = \"glad\", sad = \"sad\" }\nenum Secret { a = \"a\" }\nexport Resource \"Money\" USD\n";

/// What is said about the model of the shop, which ends with `text`.
fn told(text: &str) -> Vec<String> {
    let mut sources = Sources::default();
    sources.add("specs/people/people.sds.yaml", format!("{HEAD}{PEOPLE}"));
    sources.add("specs/people/people.sea", PEOPLE_SEA);
    sources.add("specs/shop/shop.sds.yaml", format!("{HEAD}{SHOP}"));
    let model = sources.add("specs/shop/shop.sea", text);
    let diagnostics = analyse(&sources).1.into_iter().filter(|finding| finding.primary.span.file == model);
    diagnostics.map(|finding| format!("{} {}", finding.code.name(), finding.message)).collect()
}

const ORDERS: &str = "Instance one of \"Order\" { order_id: \"1\", sku: \"ABC\", status: paid, total: 5 \"USD\" }
Instance two of \"Order\" { order_id: \"2\", sku: \"DEF\", total: 7 }
";

#[test]
fn a_type_of_the_sds_is_as_good_as_one_of_the_model() {
    let holds = "Policy a as: forall o in entity_instances of \"Order\": (o.total <= 7 \"USD\")
Policy b as: count(o in entity_instances of \"Order\" where o.status = open: o) = 1
Policy c as: @one.status = Status.paid and @two.status != paid
Policy d as: forall o in entity_instances of \"Order\": (o.sku matches \"^[A-Z]+$\")";
    assert_eq!(told(&format!("{ORDERS}{holds}")), [""; 0]);
}

#[test]
fn what_does_not_fit_a_type_of_the_sds_is_an_error() {
    for (policy, wanted) in [
        ("forall o in entity_instances of \"Order\": (o.total <= 7 \"kg\")", "SEA2"),
        (
            "forall o in entity_instances of \"Order\": (o.status = closed)",
            "SEA101 there is no member of Status `closed`",
        ),
        (
            "forall o in entity_instances of \"Order\": (o.status = Status.payd)",
            "SEA101 there is no member of Status `payd`",
        ),
        ("forall o in entity_instances of \"Order\": (o.sku > 5)", "SEA2"),
        ("forall o in entity_instances of \"Order\": (o.prize > 5)", "SEA101 there is no member of instance `prize`"),
        ("forall p in entity_instances of \"Person\": (p.mood = angry)", "SEA101 there is no member of Mood `angry`"),
        (
            "forall p in entity_instances of \"people.Person\": (p.mood = Mood.angry)",
            "SEA101 there is no member of Mood `angry`",
        ),
        ("count(p in entity_instances of \"Person\" where p.id = Secret.a: p) = 0", "SEA101 there is no name `Secret`"),
    ] {
        let found = told(&format!("Policy p as: {policy}"));
        assert!(matches!(found.as_slice(), [one] if one.starts_with(wanted)), "{policy}: {found:?}");
    }
}

#[test]
fn instances_of_an_entity_of_the_sds_are_checked() {
    let broken = "Instance one of \"Order\" { order_id: \"1\", sku: \"abc\", status: gone, total: -5 }
Instance two of \"Order\" { order_id: \"1\", sku: \"ABC\" }";
    insta::assert_snapshot!(told(broken).join("\n"));
}

#[test]
fn resources_of_other_contexts_keep_their_unit() {
    let text = "Entity \"Till\"\nFlow \"Money\" from \"Person\" to \"Till\" quantity 5 \"USD\"
Policy p as: sum(f in flows where f.resource = \"Money\": f.quantity) = 5 \"USD\"";
    // A flow of a context says which operation it stands for; nothing else is wrong with it.
    let found: Vec<String> = told(text).into_iter().filter(|finding| !finding.starts_with("JOIN")).collect();
    assert_eq!(found, [""; 0]);
}

#[test]
fn names_of_a_context_that_is_not_used_are_unknown() {
    let mut sources = Sources::default();
    sources.add("specs/people/people.sds.yaml", format!("{HEAD}{PEOPLE}"));
    sources.add("specs/people/people.sea", PEOPLE_SEA);
    let alone = "sdsId: SDS-001\nboundedContext: shop\n";
    sources.add("specs/shop/shop.sds.yaml", format!("{HEAD}{alone}"));
    let model = sources.add("specs/shop/shop.sea", "Policy p as: count(entity_instances of \"Person\") = 0");
    let analysis = analyse_at(&sources, &sea::Options::default());
    let found: Vec<&str> = analysis.diagnostics.iter().map(|finding| finding.code.name()).collect();
    assert_eq!(found, ["SEA101"]);
    assert_eq!(analysis.diagnostics[0].primary.span.file, model);
}

/// People with a model in which nothing but `Mood` and `Money` is exported, and the texts of all files once the sure
/// fixes for `text`, a model of the shop, are made.
fn mended(text: &str) -> (Vec<String>, BTreeMap<String, String>) {
    let mut sources = Sources::default();
    sources.add("specs/people/people.sds.yaml", format!("{HEAD}{PEOPLE}"));
    let hidden = "/// Told to nobody.\nenum Secret { a = \"a\" }\nRole \"Boss\"\nEntity \"Desk\"\n";
    sources.add("specs/people/people.sea", PEOPLE_SEA.replace("enum Secret { a = \"a\" }\n", hidden));
    sources.add("specs/shop/shop.sds.yaml", format!("{HEAD}{SHOP}"));
    let model = sources.add("specs/shop/shop.sea", text);
    let found = analyse(&sources).1;
    let told = found.iter().filter(|finding| finding.primary.span.file == model).map(|finding| {
        let declared = finding.secondary.iter().map(|label| sources.text(label.span));
        format!("{} {} {:?}", finding.code.name(), finding.message, declared.collect::<Vec<_>>())
    });
    let told = told.collect();
    let mended = mend(&sources, &found, |_| true).texts;
    (told, mended.into_iter().map(|(file, text)| (sources.get(file).path.to_string(), text)).collect())
}

#[test]
fn a_name_that_a_used_context_keeps_for_itself_is_told_as_such_and_exported_by_the_fix() {
    for (text, owner_says, exported) in [
        ("record R { s: Secret }", "`Secret` [\"Secret\"]", "/// Told to nobody.\nexport enum Secret"),
        ("record R { s: people.Secret }", "`Secret` [\"Secret\"]", "/// Told to nobody.\nexport enum Secret"),
        ("Entity \"A\" role_binding \"Boss\" for \"A\"", "`Boss` [\"\\\"Boss\\\"\"]", "\nexport Role \"Boss\""),
        (
            "Policy p as: count(entity_instances of \"people.Desk\") = 0",
            "`Desk` [\"\\\"Desk\\\"\"]",
            "\nexport Entity \"Desk\"",
        ),
    ] {
        let (told, texts) = mended(text);
        assert_eq!(told, [format!("SEA404 `people` does not export {owner_says}")], "{text}");
        assert!(texts["specs/people/people.sea"].contains(exported), "{text}: {texts:?}");
    }
}

#[test]
fn a_name_that_no_used_context_declares_is_not_told_as_kept_back() {
    for text in ["record R { s: Sekret }", "record R { s: people.Nothing }", "record R { s: other.Secret }"] {
        let (told, texts) = mended(text);
        assert!(matches!(told.as_slice(), [one] if one.starts_with("SEA101 ")), "{text}: {told:?}");
        assert!(texts.is_empty(), "{text}");
    }
}
