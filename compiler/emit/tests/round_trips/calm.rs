//! Through CALM: what the fidelity report does not name comes back, and nothing of what it names.

use crate::models::orders;
use crate::{alone, meant, projected, source, without_nothing};
use seac_assertions::import::{Imported, calm};
use seac_emit::projection::{Fidelity, Format, Kind, Options, project};
use seac_model::{Model, Unit};
use seac_syntax::FileId;
use serde_json::Value;

fn architecture(model: &Model) -> Imported {
    let sources = projected(Format::Calm, model);
    calm::import(FileId(0), source(&sources), "architecture").expect("an architecture")
}

fn report(model: &Model) -> Vec<Fidelity> {
    project(Format::Calm, model, &Options::of(Format::Calm)).expect("projected").fidelity
}

/// Where a context holds elements of a kind by their names.
fn member(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Enum => "enums",
        Kind::Record => "records",
        Kind::Entity => "entities",
        Kind::Role => "roles",
        Kind::Policy => "policies",
        Kind::Event => "events",
        Kind::Operation => "operations",
        Kind::Flow => "flows",
        _ => return None,
    })
}

/// Removes what a line of the report names; false if there is no such thing.
fn remove(model: &mut Value, lost: &Fidelity) -> bool {
    if lost.kind == Kind::Unit {
        let symbol = lost.element.trim_start_matches("unit ");
        // What every model has need not be said.
        return Unit::is_builtin(symbol) || model["units"].as_object_mut().unwrap().remove(symbol).is_some();
    }
    let Some((slug, name)) = lost.element.split_once('.') else {
        return empty(&mut model["contexts"][&lost.element][&lost.aspect]);
    };
    let context = &mut model["contexts"][slug];
    if lost.kind == Kind::Evolution {
        return context.as_object_mut().is_some_and(|context| context.remove("evolution").is_some());
    }
    let Some(member) = member(lost.kind) else {
        let Some(elements) = context["elements"].as_array_mut() else { return false };
        let found = elements.iter().position(|element| {
            let [keyword, called] = ["keyword", "name"].map(|key| element[key].as_str().unwrap());
            format!("{keyword} {called}") == name
        });
        return found.map(|at| elements.remove(at)).is_some();
    };
    let name = name.strip_prefix("flow ").unwrap_or(name);
    let Some(members) = context[member].as_object_mut() else { return false };
    // An operation of which only a part is said is none.
    if lost.aspect == "all" || lost.kind == Kind::Operation {
        return members.remove(name).is_some();
    }
    members.get_mut(name).is_some_and(|element| empty(&mut element[&lost.aspect]))
}

/// Makes a value say nothing; false if it said nothing before.
fn empty(value: &mut Value) -> bool {
    let nothing = match value {
        Value::String(_) => Value::from(""),
        Value::Array(_) => Value::from(Vec::<Value>::new()),
        _ => Value::Null,
    };
    std::mem::replace(value, nothing.clone()) != nothing
}

fn json(model: &Model) -> Value {
    serde_json::from_slice(&model.canonical_json()).unwrap()
}

#[test]
fn the_report_names_exactly_what_does_not_come_back_from_calm() {
    let mut wrong = Vec::new();
    for (path, model) in alone() {
        let imported = architecture(&model);
        let mut carried = json(&model);
        let mut fields = Vec::new();
        for lost in report(&model) {
            // Fields go with what has them, and of operations two things are said.
            if lost.kind == Kind::Field {
                fields.push(lost.element);
            } else if !remove(&mut carried, &lost) && lost.kind != Kind::Operation {
                wrong.push(format!("{path}: {} {} is lost and was not there", lost.element, lost.aspect));
            }
        }
        let back = json(&meant(&imported));
        let (carried, back) = (without_nothing(carried), without_nothing(back));
        if carried != back {
            let (carried, back) = (format!("{carried:#}"), format!("{back:#}"));
            let lines = carried.lines().zip(back.lines()).find(|(a, b)| a != b);
            wrong.push(format!("{path}: {lines:?}"));
        }
        let kept = fields.iter().filter(|field| back["contexts"].to_string().contains(&format!("\"{field}\"")));
        assert_eq!(kept.count(), 0, "{path}");
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_sea_cannot_say_of_an_architecture_is_named() {
    let imported = architecture(&orders());
    let lost: Vec<&str> = imported.lost.iter().map(|lost| lost.what.as_str()).collect();
    let drafts: Vec<String> = imported.drafts.iter().map(|draft| draft.sea(&draft.name)).collect();
    insta::assert_snapshot!("orders_through_calm", format!("{}\n{}", drafts.join("\n"), lost.join("\n")));
}

#[test]
fn an_architecture_of_others_becomes_roles_entities_and_flows() {
    let mut sources = seac_syntax::Sources::default();
    let text = r#"{
      "nodes": [
        { "unique-id": "trader", "node-type": "actor", "name": "Trader", "description": "Trades." },
        { "unique-id": "app", "node-type": "webclient", "name": "Trading app", "description": "Trading app", "details": {} },
        { "unique-id": "book", "node-type": "database", "name": "Order book", "description": "Keeps orders." }
      ],
      "relationships": [
        { "unique-id": "uses", "relationship-type": { "interacts": { "actor": "trader", "nodes": ["app"] } } },
        { "unique-id": "writes", "description": "Orders.", "protocol": "JDBC",
          "relationship-type": { "connects": { "source": { "node": "app" }, "destination": { "node": "book" } } } }
      ],
      "controls": {}
    }"#;
    let file = sources.add("trading.json", text);
    let imported = calm::import(file, sources.get(file), "trading").expect("an architecture");
    let draft = imported.drafts[0].sea("A draft.");
    let mut memory = seac_analysis::sea::Memory::default();
    let file = memory.sources.add("trading.sea", draft.clone());
    let found = seac_analysis::sea::analyse(&[file], &mut memory, &seac_analysis::sea::Options::default()).diagnostics;
    assert!(!seac_syntax::diagnostic::has_errors(&found), "{found:#?}\n{draft}");
    let lost: Vec<&str> = imported.lost.iter().map(|lost| lost.what.as_str()).collect();
    insta::assert_snapshot!("others_through_calm", format!("{draft}\n{}", lost.join("\n")));
}
