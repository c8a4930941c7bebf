//! Models in other formats: every kind of element is carried or named as lost, and nothing depends on the machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, missing_docs, reason = "a test")]

use seac_emit::projection::{Element, Format, Kind, Options, elements, project};
use seac_model::Model;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The specs of the orders example, with the packages it uses.
fn orders() -> Model {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = seac_syntax::Sources::default();
    for folder in ["specs/evidence", "specs/governance", "examples/orders/specs/orders"] {
        for entry in walkdir::WalkDir::new(root.join(folder)).sort_by_file_name() {
            let entry = entry.expect("readable");
            if entry.file_type().is_file() {
                let text = std::fs::read_to_string(entry.path()).expect("text");
                let path = entry.path().strip_prefix(&root).expect("inside").to_str().expect("text").to_owned();
                sources.add(path.trim_start_matches("examples/orders/"), text);
            }
        }
    }
    let (model, found) = seac_analysis::analyse(&sources);
    assert!(!seac_syntax::diagnostic::has_errors(&found), "{found:#?}");
    model
}

fn model_of(text: &str) -> Model {
    let mut sources = seac_syntax::Sources::default();
    let file = sources.add("model.sea", text);
    let mut memory = seac_analysis::sea::Memory { sources };
    seac_analysis::sea::model(&[file], &mut memory)
}

/// One declaration of every kind that a model which stands alone can have.
const EVERYTHING: &str = r#"
@namespace "shop.floor"
@version "2.1.0"
@owner "sales"
Dimension "Energy"
Unit "kWh" of "Energy" factor 1 base "kWh"
/// What is sold.
Resource "Power" kWh in trade
Entity "Plant" v1.2.0 in trade
Entity "Buyer"
Role "Seller" in trade
role_binding "Seller" for "Plant"
Role "Payer"
role_binding "Payer" for "Buyer"
Flow "Power" @route "grid" from "Plant" to "Buyer" quantity 5
Flow "Power" from "Plant" to "Buyer" quantity 7
Pattern "Sku" matches "^[A-Z]+$"
Relation "Trade" subject: "Seller" predicate: "sells to" object: "Payer" via: flow "Power"
enum Grade { low = "low", high = "high" }
record Price { amount: decimal (min 0) grade: Grade }
Entity "Meter" { key id: uuid serial: string (pattern "Sku") reading: quantity<kWh> default 0 "kWh" }
Instance m1 of "Meter" { id: "0190d9d8-0000-7000-8000-000000000000", serial: "AB" }
Policy enough per Constraint Obligation priority 1 @rationale "No blackout" as: sum(f in flows: f.quantity) >= 1 "kWh"
Metric "load" as: sum(f in flows: f.quantity) @threshold 5 @unit "kWh" @severity "warning"
ConceptChange "Meter" @from_version v1.0.0 @to_version v2.0.0 @migration_policy manual @breaking_change true
Mapping "M" for kg { Entity "Plant" -> Site { level: "1" } }
Projection "P" for calm { Entity "Buyer" { shape: "box" } }
Tool "uv" version "0.9"
"#;

fn everything() -> Model {
    let model = model_of(EVERYTHING);
    let context = &model.contexts["shop-floor"];
    assert_eq!((context.version.as_str(), context.owner.as_deref()), ("2.1.0", Some("sales")));
    model
}

#[test]
fn every_format_says_of_every_kind_what_becomes_of_it() {
    for format in Format::ALL {
        let mut seen: BTreeMap<Kind, usize> = BTreeMap::new();
        for row in format.info().mapping {
            assert!(row.becomes.is_some() || row.lost.is_some(), "{}: {:?}", format.word(), row.kinds);
            row.kinds.iter().for_each(|kind| *seen.entry(*kind).or_default() += 1);
        }
        assert!(seen.values().all(|count| *count == 1), "{}: {seen:?}", format.word());
        assert_eq!(seen.len(), Kind::ALL.len(), "{}", format.word());
    }
}

/// The name as formats may write it: without what is no letter or digit, in small letters.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[test]
fn an_element_is_in_the_output_or_in_the_report() {
    for (name, model) in [("orders", orders()), ("everything", everything())] {
        for format in Format::ALL {
            let options = Options::of(*format);
            let projected = project(*format, &model, &options).expect("projected");
            let text: String = projected.files.iter().map(|(_, file)| String::from_utf8_lossy(&file.bytes)).collect();
            let text = plain(&text);
            let lost: BTreeSet<(Kind, &str)> =
                projected.fidelity.iter().map(|lost| (lost.kind, lost.element.as_str())).collect();
            let silent: Vec<Element> = elements(&model, &options)
                .into_iter()
                .filter(|element| !text.contains(&plain(&element.name)))
                .filter(|element| !lost.contains(&(element.kind, element.id.as_str())))
                .collect();
            assert!(silent.is_empty(), "{name} as {}: neither carried nor lost: {silent:#?}", format.word());
        }
    }
}

#[test]
fn what_is_carried_whole_is_not_in_the_report_and_the_rest_is() {
    for model in [orders(), everything()] {
        for format in Format::ALL {
            let options = Options::of(*format);
            let projected = project(*format, &model, &options).expect("projected");
            for element in elements(&model, &options) {
                let of_it =
                    |lost: &&seac_emit::projection::Fidelity| lost.element == element.id && lost.kind == element.kind;
                let reported = projected.fidelity.iter().any(|lost| of_it(&lost));
                let wanted = format.row(element.kind).lost.is_some();
                assert!(reported || !wanted, "{}: {element:?} is lost without a word", format.word());
            }
        }
    }
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    for format in Format::ALL {
        let options = Options::of(*format);
        let (first, second) = (orders(), orders());
        let first = project(*format, &first, &options).expect("projected");
        let second = project(*format, &second, &options).expect("projected");
        assert!(first.files == second.files && first.fidelity == second.fidelity, "{}", format.word());
    }
}

#[test]
fn orders_in_every_format() {
    let model = orders();
    for format in Format::ALL {
        let mut options = Options::of(*format);
        options.limit_to(&BTreeSet::from(["orders".to_owned()]));
        let projected = project(*format, &model, &options).expect("projected");
        let mut text = String::new();
        for (path, file) in projected.files.iter() {
            text.push_str(&format!("--- {path}\n{}\n", String::from_utf8_lossy(&file.bytes)));
        }
        text.push_str(&seac_emit::projection::Fidelity::text(*format, &projected.fidelity));
        insta::assert_snapshot!(format!("orders_{}", format.word()), text);
    }
}
