//! Models in other formats: every kind of element is carried or named as lost, and nothing depends on the machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, missing_docs, reason = "a test")]

mod models;

use models::{everything, orders};
use seac_emit::projection::{Element, Format, Kind, Options, elements, project};
use seac_model::Model;
use std::collections::{BTreeMap, BTreeSet};

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

/// What an element is called in a format: Protobuf calls what an operation takes its request, and what it answers with its
/// response, as the mapping says.
fn name_in(format: Format, model: &Model, element: &Element) -> String {
    let operations = model.contexts.values().flat_map(|context| &context.operations);
    for (name, operation) in operations.filter(|_| format == Format::Protobuf && element.kind == Kind::Record) {
        for (record, suffix) in [(&operation.input, "Request"), (&operation.output, "Response")] {
            if record.to_string() == element.id {
                return format!("{name}{suffix}");
            }
        }
    }
    element.name.clone()
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
                .filter(|element| !text.contains(&plain(&name_in(*format, &model, element))))
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
