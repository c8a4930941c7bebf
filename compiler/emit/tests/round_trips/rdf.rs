//! Through RDF: the graph holds the whole model.

use crate::models::{everything, orders};
use crate::{alone, forget, meant, projected, source, without_nothing};
use seac_assertions::import::{Imported, rdf};
use seac_emit::projection::Format;
use seac_model::Model;
use seac_syntax::FileId;
use serde_json::Value;

fn syntax(format: Format) -> rdf::Syntax {
    if format == Format::Jsonld { rdf::Syntax::JsonLd } else { rdf::Syntax::Turtle }
}

fn graph(format: Format, model: &Model) -> Imported {
    let sources = projected(format, model);
    rdf::import(FileId(0), source(&sources), syntax(format)).expect("a graph of a model")
}

#[test]
fn a_model_that_goes_through_rdf_keeps_its_hash() {
    let mut wrong = Vec::new();
    for (path, model) in alone() {
        for format in [Format::Turtle, Format::Jsonld] {
            let imported = graph(format, &model);
            let lost: Vec<&String> = imported.lost.iter().map(|lost| &lost.what).collect();
            let same = meant(&imported).digest() == model.digest();
            if !same || !lost.is_empty() {
                wrong.push(format!("{path} as {}: {same} {lost:#?}", format.word()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// The graph holds the model to the last member; a draft of it, what SEA has words for.
#[test]
fn what_only_an_sds_can_say_comes_back_from_rdf_and_is_named_beside_the_draft() {
    let model = orders();
    let whole: Value = serde_json::from_slice(&model.canonical_json()).unwrap();
    for format in [Format::Turtle, Format::Jsonld] {
        let sources = projected(format, &model);
        assert_eq!(rdf::json(FileId(0), &source(&sources).text, syntax(format)), Ok(whole.clone()));
    }
    let imported = graph(Format::Turtle, &model);
    let lost: Vec<&str> = imported.lost.iter().map(|lost| lost.what.as_str()).collect();
    insta::assert_snapshot!("orders_through_rdf", lost.join("\n"));
    // Everything else is as it was.
    let (mut wanted, mut found) = (whole, serde_json::from_slice(&meant(&imported).canonical_json()).unwrap());
    let end = |lost: &str| lost.find([' ', ':']).unwrap_or(lost.len());
    let paths = lost.iter().map(|lost| &lost[..end(lost)]);
    paths.for_each(|path| [&mut wanted, &mut found].into_iter().for_each(|model| forget(model, path)));
    assert_eq!(without_nothing(wanted), without_nothing(found));
}

#[test]
fn a_graph_that_another_tool_wrote_again_is_the_same_model() {
    for (path, model) in [("orders".to_owned(), orders()), ("everything".to_owned(), everything())] {
        let whole: Value = serde_json::from_slice(&model.canonical_json()).unwrap();
        let sources = projected(Format::Turtle, &model);
        let triples: Vec<_> =
            oxttl::TurtleParser::new().for_slice(source(&sources).text.as_bytes()).map(Result::unwrap).collect();
        let mut turtle =
            oxttl::TurtleSerializer::new().with_prefix("s", "urn:seac:vocabulary:").unwrap().for_writer(Vec::new());
        let mut jsonld = oxjsonld::JsonLdSerializer::new().for_writer(Vec::new());
        for triple in &triples {
            turtle.serialize_triple(triple).unwrap();
            jsonld.serialize_quad(&triple.clone().in_graph(oxrdf::GraphName::DefaultGraph)).unwrap();
        }
        for (text, syntax) in
            [(turtle.finish().unwrap(), rdf::Syntax::Turtle), (jsonld.finish().unwrap(), rdf::Syntax::JsonLd)]
        {
            let text = String::from_utf8(text).unwrap();
            let read = rdf::json(FileId(0), &text, syntax);
            assert!(read == Ok(whole.clone()), "{path} {syntax:?}: {:#?}\n{}", read.err(), &text[..3000]);
        }
    }
}
