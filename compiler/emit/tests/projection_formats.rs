//! Projections held against the readers of their formats, as far as these are crates.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, missing_docs, reason = "a test")]

mod models;

use models::{everything, of, orders};
use oxrdf::{Dataset, Graph, NamedOrBlankNode, Term, Triple};
use seac_emit::projection::{Format, Options, project};
use seac_model::Model;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

fn files(format: Format, model: &Model) -> Vec<(String, String)> {
    let projected = project(format, model, &Options::of(format)).expect("projected");
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    projected.files.iter().map(|(path, file)| (path.to_owned(), text(&file.bytes))).collect()
}

fn json(format: Format, model: &Model) -> Vec<Value> {
    files(format, model).iter().map(|(_, text)| serde_json::from_str(text).expect("JSON")).collect()
}

#[test]
fn json_schemas_follow_the_meta_schema_and_judge_values() {
    for model in [orders(), everything()] {
        for schema in json(Format::JsonSchema, &model) {
            jsonschema::meta::validate(&schema).expect("a schema");
        }
    }
    let schema = json(Format::JsonSchema, &orders()).into_iter().find(|schema| schema["title"] == "Orders").unwrap();
    let mut of_input = schema.clone();
    of_input["$ref"] = "#/$defs/orders.PlaceOrderInput".into();
    let check = jsonschema::validator_for(&of_input).expect("a schema");
    let mut order = serde_json::json!({
        "order_id": "0190d9d8-0000-7000-8000-000000000000", "client_order_id": "a", "sku": "ABC-1234",
        "item_count": 1, "total": { "amount": "5", "unit": "USD" },
    });
    assert!(check.is_valid(&order));
    for (field, wrong) in [("sku", "abc".into()), ("item_count", 0.into()), ("surprise", true.into())] {
        let right = order[field].take();
        order[field] = wrong;
        assert!(!check.is_valid(&order), "{field}");
        order[field] = right;
    }
}

#[test]
fn event_types_follow_the_rules_of_cloudevents() {
    let mut count = 0;
    for document in json(Format::Cloudevents, &orders()) {
        for group in document["messagegroups"].as_object().unwrap().values() {
            for message in group["messages"].as_object().unwrap().values() {
                let attributes = message["envelopemetadata"].as_object().unwrap();
                let plain = |name: &String| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
                assert!(attributes.keys().all(plain) && attributes.keys().all(|name| name.len() <= 20));
                for required in ["id", "source", "type"] {
                    assert_eq!(attributes[required]["required"], true, "{required}");
                }
                assert!(!attributes["type"]["value"].as_str().unwrap().is_empty());
                jsonschema::meta::validate(&message["dataschema"]).expect("a schema");
                count += 1;
            }
        }
    }
    assert!(count >= 3, "{count} events");
}

const VOCABULARY: &str = "urn:seac:vocabulary:";
const FIRST: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#first";
const REST: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#rest";
const NIL: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#nil";

fn turtle(text: &str) -> Graph {
    oxttl::TurtleParser::new().for_slice(text.as_bytes()).map(|triple| triple.expect("Turtle")).collect()
}

/// A graph by subject: only what our vocabulary and collections say.
type Facts = BTreeMap<String, BTreeMap<String, Vec<Term>>>;

fn facts(graph: &Graph) -> Facts {
    let mut facts = Facts::new();
    for triple in graph {
        let predicate = triple.predicate.as_str();
        if predicate.starts_with(VOCABULARY) || predicate == FIRST || predicate == REST {
            let values = facts.entry(triple.subject.to_string()).or_default().entry(predicate.to_owned()).or_default();
            values.push(triple.object.into());
        }
    }
    facts
}

/// The JSON that a node says, read by the rules that the vocabulary is documented with.
fn node(facts: &Facts, subject: &str) -> Value {
    let mut object = Map::new();
    let none = BTreeMap::new();
    for (predicate, values) in facts.get(subject).unwrap_or(&none) {
        let Some(member) = predicate.strip_prefix(VOCABULARY).filter(|member| *member != "called") else { continue };
        if member == "holds" {
            return value(facts, &values[0]);
        }
        let called = |term: &Term| facts.get(&term.to_string())?.get(&format!("{VOCABULARY}called")).cloned();
        let names: Vec<_> = values.iter().filter_map(called).collect();
        if names.is_empty() {
            object.insert(member.to_owned(), value(facts, &values[0]));
            continue;
        }
        let entries = values.iter().zip(names).map(|(entry, name)| {
            let Term::Literal(name) = &name[0] else { panic!("a name is a text") };
            (name.value().to_owned(), node(facts, &entry.to_string()))
        });
        object.insert(member.to_owned(), Value::Object(entries.collect()));
    }
    Value::Object(object)
}

fn value(facts: &Facts, term: &Term) -> Value {
    match term {
        Term::Literal(literal) => match literal.datatype().as_str().rsplit('#').next() {
            Some("integer") => serde_json::from_str(literal.value()).expect("a number"),
            Some("boolean") => Value::Bool(literal.value() == "true"),
            _ => Value::String(literal.value().to_owned()),
        },
        Term::NamedNode(name) if name.as_str() == NIL => Value::Array(Vec::new()),
        Term::NamedNode(name) if name.as_str() == "urn:seac:vocabulary:none" => Value::Null,
        Term::NamedNode(name) if name.as_str() == "urn:seac:vocabulary:empty" => Value::Object(Map::new()),
        other => {
            let subject = other.to_string();
            if facts.get(&subject).is_some_and(|node| node.contains_key(FIRST)) {
                list(facts, subject)
            } else {
                node(facts, &subject)
            }
        }
    }
}

fn list(facts: &Facts, mut subject: String) -> Value {
    let mut items = Vec::new();
    while let Some(cell) = facts.get(&subject) {
        items.push(value(facts, &cell[FIRST][0]));
        subject = cell[REST][0].to_string();
    }
    Value::Array(items)
}

#[test]
fn the_model_that_is_read_back_from_the_graph_is_the_same() {
    for model in [orders(), everything()] {
        let mut model = model;
        model.contexts.retain(|_, context| context.metamodel.is_none());
        let [(_, text)] = files(Format::Turtle, &model).try_into().expect("one file");
        let graph = turtle(&text);
        let read = node(&facts(&graph), "<urn:seac:model>");
        let wanted: Value = serde_json::from_slice(&model.canonical_json()).unwrap();
        assert_eq!(read, wanted);
        let projected = project(Format::Turtle, &model, &Options::of(Format::Turtle)).unwrap();
        assert_eq!(projected.fidelity, [], "all of it is there, so nothing is lost");
    }
}

fn canonical(quads: impl Iterator<Item = Triple>) -> Dataset {
    let mut dataset: Dataset = quads.map(|triple| triple.in_graph(oxrdf::GraphName::DefaultGraph)).collect();
    dataset.canonicalize(oxrdf::dataset::CanonicalizationAlgorithm::Unstable);
    dataset
}

#[test]
fn both_forms_of_the_graph_say_the_same() {
    let model = everything();
    let [(_, text)] = files(Format::Turtle, &model).try_into().expect("one file");
    let [(_, linked)] = files(Format::Jsonld, &model).try_into().expect("one file");
    let turtle = canonical(turtle(&text).iter().map(|triple| triple.into_owned()));
    let quads = oxjsonld::JsonLdParser::new().for_slice(linked.as_bytes()).map(|quad| quad.expect("JSON-LD"));
    let linked = canonical(quads.map(|quad| Triple::new(quad.subject, quad.predicate, quad.object)));
    assert!(turtle.len() > 500 && turtle == linked, "{} and {} triples", turtle.len(), linked.len());
}

#[test]
fn names_cannot_end_an_iri_or_a_text() {
    let model = models::of("Entity \"a> . <x> <y> \\\"z\" \nEntity \"é \\u{1F600} \\\\ \\n\"\n");
    let [(_, text)] = files(Format::Turtle, &model).try_into().expect("one file");
    let read = node(&facts(&turtle(&text)), "<urn:seac:model>");
    assert_eq!(read, serde_json::from_slice::<Value>(&model.canonical_json()).unwrap());
    let subjects = turtle(&text)
        .iter()
        .filter(|triple| matches!(&triple.subject.into_owned(), NamedOrBlankNode::NamedNode(n) if n.as_str() == "x"))
        .count();
    assert_eq!(subjects, 0);
}

#[test]
fn references_of_an_architecture_lead_somewhere() {
    for model in [orders(), everything()] {
        let [document] = json(Format::Calm, &model).try_into().expect("one file");
        let ids = |key: &str| -> Vec<&str> {
            document[key].as_array().unwrap().iter().map(|it| it["unique-id"].as_str().unwrap()).collect()
        };
        let (nodes, relationships) = (ids("nodes"), ids("relationships"));
        let unique: std::collections::BTreeSet<_> = nodes.iter().chain(&relationships).collect();
        assert_eq!(unique.len(), nodes.len() + relationships.len(), "ids are unique");
        for node in document["nodes"].as_array().unwrap() {
            assert!(["node-type", "name", "description"].iter().all(|key| node[*key].is_string()), "{node}");
        }
        for relationship in document["relationships"].as_array().unwrap() {
            let kinds = relationship["relationship-type"].as_object().unwrap();
            assert_eq!(kinds.len(), 1);
            let (kind, ends) = kinds.iter().next().unwrap();
            let named: Vec<&Value> = match kind.as_str() {
                "interacts" => ends["nodes"].as_array().unwrap().iter().chain([&ends["actor"]]).collect(),
                "composed-of" => ends["nodes"].as_array().unwrap().iter().chain([&ends["container"]]).collect(),
                "connects" => vec![&ends["source"]["node"], &ends["destination"]["node"]],
                other => panic!("{other}"),
            };
            assert!(named.iter().all(|name| nodes.contains(&name.as_str().unwrap())), "{relationship}");
        }
        for flow in document["flows"].as_array().unwrap() {
            let transitions = flow["transitions"].as_array().unwrap();
            assert!(!transitions.is_empty());
            for transition in transitions {
                let id = transition["relationship-unique-id"].as_str().unwrap();
                assert!(relationships.contains(&id), "{id}");
            }
        }
    }
}

#[test]
fn a_registry_defines_what_it_refers_to_and_is_yaml() {
    for (path, text) in files(Format::Otel, &orders()) {
        let (read, found) = seac_syntax::sds::parse(seac_syntax::FileId(0), &text);
        drop(read);
        // Whatever it says of the keys, it is YAML without a key twice.
        let wrong = [seac_syntax::Code::SdsYaml, seac_syntax::Code::SdsDuplicateKey];
        assert!(!found.iter().any(|finding| wrong.contains(&finding.code)), "{path}: {found:?}");
        let of = |mark: &str| -> Vec<String> {
            let lines = text.lines().filter_map(|line| line.trim_start().trim_start_matches("- ").strip_prefix(mark));
            lines.map(|value| value.trim_matches('"').to_owned()).collect()
        };
        let keys = of("key: ");
        let wanted = |key: &&String| {
            let parts: Vec<&str> = key.split('.').collect();
            let plain = |part: &&str| part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            !(parts.len() >= 3
                && parts.iter().all(|part| plain(part) && part.starts_with(|c: char| c.is_ascii_lowercase())))
        };
        assert_eq!(keys.iter().filter(wanted).collect::<Vec<_>>(), Vec::<&String>::new());
        assert!(of("ref: ").iter().all(|key| keys.contains(key)), "{path}");
    }
}

#[test]
fn rego_decides_as_the_service_does() {
    let cases = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/projections/decisions.json");
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(cases).unwrap()).unwrap();
    let mut engine = regorus::Engine::new();
    for (path, text) in files(Format::Rego, &orders()) {
        engine.add_policy(path, text).expect("Rego");
    }
    assert!(!cases.is_empty());
    for case in cases {
        let request = serde_json::json!({
            "operation": case["operation"].as_str().unwrap().split_once('.').unwrap().1,
            "actor": case["actor"], "input": case["input"], "state": case["state"], "now": "2026-01-01T00:00:00Z",
        });
        let mut engine = engine.clone();
        engine.set_input(regorus::Value::from_json_str(&request.to_string()).unwrap());
        let allow = engine.eval_rule("data.seac.orders.allow".to_owned()).unwrap();
        assert_eq!(allow, regorus::Value::from(case["allowed"] == true), "{}", case["case"]);
        let deny = engine.eval_rule("data.seac.orders.deny".to_owned()).unwrap().to_string();
        let code = case["code"].as_str();
        assert!(
            code.map_or(deny == "[]" || deny == "{}" || deny == "set()", |code| deny.contains(code)),
            "{}: {deny}",
            case["case"]
        );
    }
}

/// What SEA calls unknown is so whatever stands around it, unless the rest decides.
#[test]
fn rego_has_three_values_as_sea_has() {
    let model = models::of(
        r#"
Entity "Thing" { key id: uuid kind: string }
Role "User"
record In { id: uuid a: bool optional b: bool optional }
record Out { id: uuid }
Policy either per Constraint Obligation priority 1 as: a or not b
operation change {
    intent "x" direction inbound actor User
    access policy_governed by either at precondition fails with refused
    input In output Out state Thing effect reads Thing transaction read_only
    failure bad for input_validation "x" failure refused for policy "x" failure none for missing_state "x"
    idempotency not_applicable(read_only, "x") concurrency read_snapshot evidence operation_trace
    lifecycle synchronous_request_response
}
"#,
    );
    assert_eq!(model.contexts["default"].operations.len(), 1);
    let [(path, text)] = files(Format::Rego, &model).try_into().expect("one file");
    let mut engine = regorus::Engine::new();
    engine.add_policy(path, text).expect("Rego");
    for (input, allowed) in [
        (serde_json::json!({ "a": true }), true),
        (serde_json::json!({ "b": false }), true),
        (serde_json::json!({ "a": false }), false),
        (serde_json::json!({ "b": true }), false),
        (serde_json::json!({ "a": false, "b": false }), true),
        (serde_json::json!({}), false),
    ] {
        let request = serde_json::json!({ "operation": "change", "actor": { "id": "x", "roles": ["default.User"] }, "input": input });
        engine.set_input(regorus::Value::from_json_str(&request.to_string()).unwrap());
        let allow = engine.eval_rule("data.seac._default.allow".to_owned()).unwrap();
        assert_eq!(allow, regorus::Value::from(allowed), "{request}");
    }
}

#[test]
fn what_people_write_is_text_in_markdown_and_nothing_else() {
    use pulldown_cmark::{Event, Options as Dialect, Parser, Tag};
    const DOC: &str = r"_a_ *b* ~~c~~ <b>d</b> [e](f) ![g](h) | `i` \ &amp; snake_case # end";
    let text = format!("/// {DOC}\nrecord Price {{\n    /// {DOC}\n    amount: decimal\n}}\n");
    let pages = files(Format::Markdown, &of(&text));
    let (mut told, mut cells) = (0, Vec::new());
    for (_, page) in &pages {
        let mut cell = String::new();
        for event in Parser::new_ext(page, Dialect::ENABLE_TABLES | Dialect::ENABLE_STRIKETHROUGH) {
            match event {
                Event::Text(part) => cell.push_str(&part),
                Event::End(_) => cells.push(std::mem::take(&mut cell)),
                Event::Start(
                    Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::Image { .. },
                )
                | Event::Html(_)
                | Event::InlineHtml(_) => panic!("markup: {event:?} in {page}"),
                _ => {}
            }
        }
        told += page.matches("snake_case").count();
    }
    assert!(told > 0 && cells.iter().filter(|cell| cell.contains(DOC)).count() == told, "{cells:#?}");
}
