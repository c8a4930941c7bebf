//! A context says the same in an SDS alone and with its declarations moved to SEA.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a test reads the specs")]

use proptest::prelude::*;
use seac_emit::sea::{from_sds, without};
use seac_model::Model;
use seac_syntax::{FileId, Sources, diagnostic, sds, sea};
use serde_json::{Map, Value, json};
use std::path::Path;

const SDS: &str = "specs/shop/shop.sds.yaml";
const SEA: &str = "specs/shop/shop.sea";

/// The model of these texts, which must be without errors.
fn model(texts: &[(&str, &str)]) -> Model {
    let mut sources = Sources::default();
    texts.iter().for_each(|(path, text)| {
        sources.add(*path, *text);
    });
    let (model, findings) = seac_analysis::analyse(&sources);
    let messages: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
    assert!(!diagnostic::has_errors(&findings), "{messages:?}\n{texts:#?}");
    model
}

/// The SEA text of an SDS, and the SDS without it.
fn moved(text: &str) -> (String, String) {
    let (tree, findings) = sds::parse(FileId(0), text);
    assert_eq!(findings, [], "{text}");
    let written = from_sds(&tree);
    (written.text(), without(text, &written.moved))
}

// Designs at random.

#[derive(Clone, Debug)]
struct FieldPlan {
    ty: usize,
    optional: bool,
    default: bool,
    constrained: bool,
    doc: usize,
}

#[derive(Clone, Debug)]
struct EntityPlan {
    fields: Vec<FieldPlan>,
    unique: bool,
    documented: bool,
    keyed_by: usize,
    emits: usize,
    reads: bool,
    doc: usize,
}

/// A type, and a constraint and a default that fit it.
type TypePlan = (&'static str, Option<(&'static str, i64)>, &'static str);

const TYPES: &[TypePlan] = &[
    ("string", Some(("minLength", 2)), "\"a \\\"b\\\" \\\\d\""),
    ("int", Some(("max", 700)), "12"),
    ("decimal", Some(("exclusiveMin", -3)), "-0.250"),
    ("bool", None, "true"),
    ("timestamp", None, "null"),
    ("uuid", None, "null"),
    ("json", None, "null"),
    ("bytes", Some(("maxLength", 9)), "null"),
    ("quantity<EUR>", Some(("min", 0)), "1.50"),
    ("Colour", None, "\"dark_red\""),
    ("Code", None, "null"),
    ("Address", None, "null"),
    ("list<string>", Some(("maxItems", 4)), "null"),
    ("list<Address>", None, "null"),
];

const DOCS: &[&str] = &[
    "",
    "Plain.",
    "Two lines:\nthe `second` one.",
    "  Ends // and /// begins oddly \"quoted\"  ",
    "A gap.\n\n  Indented, caf\u{e9} \u{1f4a1} # no comment",
    "Spaces at the end \nof a line.",
    "A\ttab.",
];

fn with_doc(mut value: Value, doc: usize) -> Value {
    if !DOCS[doc].is_empty() {
        value["doc"] = DOCS[doc].into();
    }
    value
}

fn field(plan: &FieldPlan) -> Value {
    let (ty, constraint, default) = TYPES[plan.ty];
    if !plan.optional && !plan.default && !plan.constrained && plan.doc == 0 {
        return ty.into();
    }
    let mut value = with_doc(json!({ "type": ty, "optional": plan.optional }), plan.doc);
    if let Some((name, bound)) = constraint.filter(|_| plan.constrained) {
        value[name] = bound.into();
    }
    let default: Value = serde_json::from_str(default).unwrap();
    if plan.default && !default.is_null() {
        value["default"] = default;
    }
    value
}

/// Everything of one entity: itself, how it is made and read, what is told about it.
fn add_entity(design: &mut Value, number: usize, plan: &EntityPlan) {
    let (name, key) = (format!("Thing{number}"), format!("thing{number}_id"));
    let mut state = Map::new();
    let mut input = Map::new();
    state.insert(key.clone(), json!({ "type": "uuid", "unique": plan.unique }));
    input.insert(key.clone(), json!("uuid"));
    for (at, field_plan) in plan.fields.iter().enumerate() {
        state.insert(format!("f{at}"), field(field_plan));
        input.insert(format!("f{at}"), field(&FieldPlan { default: false, ..field_plan.clone() }));
    }
    let push = |design: &mut Value, group: &str, list: &str, value: Value| {
        design[group][list].as_array_mut().unwrap().push(value);
    };
    push(design, "domain", "entities", with_doc(json!({ "name": name, "key": key, "fields": state }), plan.doc));
    let failures = json!([
        { "code": "bad", "for": ["input_validation"], "meaning": "not \"valid\"" },
        { "code": "again", "for": ["idempotency_conflict", "concurrency_conflict"], "meaning": "done before" },
    ]);
    let events: Vec<String> = (0..plan.emits).map(|at| format!("Made{number}x{at}")).collect();
    let mut make = json!({
        "name": format!("Make{number}"), "input": input, "output": { &key: "uuid" }, "effect": { "creates": name },
        "failures": failures, "concurrency": { "uniqueKey": key }, "emits": events,
    });
    if plan.documented {
        make["doc"] = "Makes one.".into();
    }
    match plan.keyed_by {
        0 => make["idempotency"] = "inherent".into(),
        1 => make["idempotency"] = json!({ "keyedBy": key }),
        2 => make["idempotency"] = json!({ "keyedBy": [key], "expiresAfter": "1d" }),
        _ => {}
    }
    push(design, "cqrs", "commands", make);
    for event in &events {
        let value = json!({ "name": event, "payload": { &key: "uuid" }, "outbox": { "mode": "required" } });
        push(design, "cqrs", "events", with_doc(value, plan.doc));
        let route = json!({ "event": event, "subject": format!("shop.{event}"), "external": true });
        push(design, "messageBus", "routes", route);
    }
    if plan.reads {
        let missing = json!([{ "code": "none", "for": ["missing_state"], "meaning": "there is none" }]);
        let mut read = json!({
            "name": format!("Read{number}"), "doc": "Reads one.", "input": { &key: "uuid" }, "output": { &key: "uuid" },
            "effect": { "reads": name }, "failures": missing,
        });
        if plan.keyed_by == 0 {
            read["idempotency"] = json!({ "notApplicable": "reading changes nothing" });
        }
        push(design, "cqrs", "queries", read);
    }
    let port = format!("Repo{number}");
    push(design, "ports", "outbound", json!({ "name": port, "for": name }));
    design["adapters"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "name": format!("Sql{number}"), "implements": port, "kind": "sql" }));
}

fn design(entities: &[EntityPlan]) -> Value {
    let mut design = json!({
        "sdsId": "SDS-901", "title": "Shop", "boundedContext": "shop", "version": "1.2.3", "owner": "sales",
        "satisfiesPrds": [], "satisfiesAdrs": [],
        "domain": {
            "valueObjects": [
                { "name": "Colour", "members": { "dark_red": "DARK-RED", "blue": "b" } },
                { "name": "Code", "pattern": "^[A-Z]{3}$" },
                { "name": "Address", "doc": "Where.", "fields": { "street": "string?", "zip": { "type": "Code" } } },
            ],
            "entities": [],
        },
        "cqrs": { "commands": [], "queries": [], "events": [] },
        "ports": { "outbound": [] }, "adapters": [], "messageBus": { "routes": [] },
    });
    entities.iter().enumerate().for_each(|(number, plan)| add_entity(&mut design, number, plan));
    design
}

fn designs() -> impl Strategy<Value = Vec<EntityPlan>> {
    let field = (0..TYPES.len(), any::<bool>(), any::<bool>(), any::<bool>(), 0..DOCS.len())
        .prop_map(|(ty, optional, default, constrained, doc)| FieldPlan { ty, optional, default, constrained, doc });
    let entity = (
        prop::collection::vec(field, 0..7),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.8),
        0..4_usize,
        0..3_usize,
        any::<bool>(),
        0..DOCS.len(),
    );
    let entity = entity.prop_map(|(fields, unique, documented, keyed_by, emits, reads, doc)| EntityPlan {
        fields,
        unique,
        documented,
        keyed_by,
        emits,
        reads,
        doc,
    });
    prop::collection::vec(entity, 1..4)
}

// Designs as YAML, in an order and a layout that mean nothing.

/// A generator whose numbers depend on the case only.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        (1..items.len()).rev().for_each(|at| items.swap(at, self.roll(at + 1)));
    }
}

/// Mappings whose order shows: the fields of records are columns and members of what is generated.
const ORDERED: &[&str] = &["fields", "input", "output", "payload", "members"];
/// Lists of declarations.
const UNORDERED: &[&str] =
    &["valueObjects", "entities", "commands", "queries", "events", "outbound", "adapters", "routes"];

fn yaml(value: &Value, key: &str, indent: usize, dice: &mut Dice, out: &mut String) {
    let pad = "  ".repeat(indent);
    match value {
        Value::Object(members) if indent < 4 && !members.is_empty() && dice.roll(4) > 0 => {
            let mut members: Vec<_> = members.iter().collect();
            if !ORDERED.contains(&key) {
                dice.shuffle(&mut members);
            }
            for (name, value) in members {
                out.push_str(&format!("\n{pad}{name}:"));
                yaml(value, name, indent + 1, dice, out);
            }
        }
        Value::Array(items) if indent < 4 && !items.is_empty() && dice.roll(3) > 0 => {
            let mut items: Vec<_> = items.iter().collect();
            if UNORDERED.contains(&key) {
                dice.shuffle(&mut items);
            }
            for item in items {
                out.push_str(&format!("\n{pad}- {item}"));
            }
        }
        Value::Array(items) if UNORDERED.contains(&key) => {
            let mut items = items.clone();
            dice.shuffle(&mut items);
            out.push_str(&format!(" {}", Value::Array(items)));
        }
        _ => out.push_str(&format!(" {value}")),
    }
}

fn written(design: &Value, seed: u64) -> String {
    let mut out = String::new();
    let mut dice = Dice(seed);
    let mut groups: Vec<_> = design.as_object().unwrap().iter().collect();
    dice.shuffle(&mut groups);
    for (name, value) in groups {
        out.push_str(&format!("{name}:"));
        yaml(value, name, 1, &mut dice, &mut out);
        out.push_str("   # after it\n");
    }
    out
}

proptest! {
    #[test]
    fn what_moves_to_sea_means_the_same(plans in designs(), seed in any::<u64>()) {
        let text = written(&design(&plans), seed);
        let (sea_text, rest) = moved(&text);
        let alone = model(&[(SDS, &text)]);
        let both = model(&[(SEA, &sea_text), (SDS, &rest)]);
        prop_assert_eq!(alone.digest(), both.digest(), "{}\n---\n{}\n---\n{}", text, sea_text, rest);
        let formatted = sea::format(FileId(0), &sea_text);
        prop_assert_eq!(formatted.as_deref(), Ok(sea_text.as_str()));
        // What moved is gone, and moving again moves nothing.
        let again = moved(&rest);
        prop_assert_eq!(again.1, rest);
    }

    #[test]
    fn the_order_of_keys_lists_and_files_changes_nothing(plans in designs(), seeds in any::<[u64; 2]>()) {
        let design = design(&plans);
        let [one, other] = seeds.map(|seed| written(&design, seed));
        let (sea_one, rest) = moved(&one);
        let (sea_other, _) = moved(&other);
        prop_assert_eq!(&sea_one, &sea_other);
        prop_assert_eq!(model(&[(SDS, &one)]).digest(), model(&[(SDS, &other)]).digest());
        let turned = model(&[(SDS, &rest), (SEA, &sea_one)]);
        prop_assert_eq!(turned.digest(), model(&[(SEA, &sea_one), (SDS, &rest)]).digest());
    }
}

#[test]
fn every_way_of_writing_is_met() {
    let plan = EntityPlan {
        fields: (0..TYPES.len())
            .map(|ty| FieldPlan { ty, optional: false, default: true, constrained: true, doc: 2 })
            .collect(),
        unique: false,
        documented: true,
        keyed_by: 1,
        emits: 1,
        reads: true,
        doc: 4,
    };
    let (text, rest) = moved(&written(&design(&[plan]), 7));
    insta::assert_snapshot!(format!("{text}\n--- what stays in the SDS\n{rest}"));
}

/// The specs of the platform: what can move does, and the model stays the same.
#[test]
fn the_platform_says_the_same_in_sea() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let paths = ["evidence", "governance"]
        .map(|slug| [format!("specs/{slug}/{slug}.sds.yaml"), format!("specs/{slug}/{slug}.sea")]);
    let notes = [
        "evidence/adr/ADR-002-append-only-ledger",
        "evidence/prd/PRD-003-evidence",
        "governance/adr/ADR-001-decisions-in-the-ledger",
        "governance/prd/PRD-001-governance",
    ];
    let notes = notes.map(|note| format!("specs/{note}.md"));
    let mut before: Vec<(String, String)> = notes.iter().map(|path| (path.clone(), read(path))).collect();
    let mut after = before.clone();
    let mut stays = Vec::new();
    for [sds_path, sea_path] in &paths {
        let (design, sea_text) = (read(sds_path), read(sea_path));
        let tree = sds::parse(FileId(0), &design).0;
        let written = from_sds(&tree);
        assert!(!written.moved.is_empty());
        stays.extend(written.left.iter().map(|left| left.name.clone()));
        after.push((sds_path.clone(), without(&design, &written.moved)));
        after.push((sea_path.clone(), format!("{sea_text}\n{}", written.declarations)));
        before.push((sds_path.clone(), design));
        before.push((sea_path.clone(), sea_text));
    }
    let digest = |texts: &[(String, String)]| {
        model(&texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>()).digest()
    };
    assert_eq!(digest(&before), digest(&after));
    assert_eq!(stays, ["Sha256", "EvidenceArtifact", "CollectEvidence", "FindEvidence", "FindEntries"]);
}
