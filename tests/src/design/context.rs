//! One context: its types, and around them operations, ports and what else a design has.

use serde_json::{Value, json};

use super::fields::{DOCS, Field, Kind, field, written};
use super::names::Names;
use super::{connectors, operations};
use crate::random::Random;

/// An entity, as operations see it.
#[derive(Debug)]
pub struct Entity {
    pub name: String,
    /// The key stands first.
    pub fields: Vec<Field>,
    /// The field that grows with every change.
    pub version: String,
    /// The entity that its second field refers to.
    pub part_of: Option<String>,
}

/// An event, as consumers see it.
#[derive(Debug)]
pub struct Event {
    pub name: String,
    pub payload: Vec<Field>,
}

/// A context and its design.
#[derive(Debug)]
pub struct Context {
    pub slug: String,
    /// Types, operations, ports and adapters.
    pub names: Names,
    /// Policies.
    pub rules: Names,
    pub kinds: Vec<Kind>,
    pub entities: Vec<Entity>,
    pub events: Vec<Event>,
    pub roles: Vec<String>,
    pub sds: Value,
    pub sea: String,
    /// Operations and events, for the flows: kind and name.
    pub flows: Vec<(&'static str, String)>,
}

impl Context {
    /// A context that may use those before it.
    pub fn new(slug: String, number: usize, before: &[Self], random: &mut Random) -> Self {
        let used: Vec<&Self> = before.iter().filter(|_| random.chance(40)).collect();
        let mut context = Self {
            names: Names::default(),
            rules: Names::default(),
            kinds: Vec::new(),
            entities: Vec::new(),
            events: Vec::new(),
            roles: Vec::new(),
            sds: skeleton(&slug, number, &used),
            sea: String::new(),
            flows: Vec::new(),
            slug,
        };
        context.header(number);
        context.types(&used, random);
        context.roles(random);
        for _ in 0..1 + random.below(3) {
            context.entity(random);
        }
        operations::add(&mut context, random);
        operations::consume(&mut context, &used, random);
        if random.chance(40) {
            connectors::add(&mut context, random);
        }
        context.grant(&used, random);
        if random.chance(50) {
            context.declare_flows();
        }
        context
    }

    /// Its files: path and text. JSON is YAML.
    pub fn files(&self) -> [(String, String); 2] {
        let Self { slug, sds, sea, .. } = self;
        let sds = serde_json::to_string_pretty(sds).expect("a value");
        [(format!("specs/{slug}/{slug}.sds.yaml"), sds), (format!("specs/{slug}/{slug}.sea"), sea.clone())]
    }

    /// Adds to a list of the design, made if it is not there.
    pub fn push(&mut self, path: &str, value: Value) {
        let list = self.sds.pointer_mut(path).and_then(Value::as_array_mut);
        list.unwrap_or_else(|| panic!("no list at {path}")).push(value);
    }

    fn header(&mut self, number: usize) {
        self.sea = format!("@namespace \"system.{}\"\n@version \"1.0.0\"\n@owner \"nobody\"\n\n", self.slug);
        self.sea += "Entity \"One end\"\nEntity \"Other end\"\n";
        let unit = format!("unit{number}");
        self.sea += &format!("Dimension \"D{number}\"\nUnit \"{unit}\" of \"D{number}\" factor 1 base \"{unit}\"\n");
        self.kinds.push(Kind::Quantity(unit));
        assert!(self.names.take("One end") && self.names.take("Other end"), "the first names");
    }

    fn types(&mut self, used: &[&Self], random: &mut Random) {
        use Kind::{Bool, Bytes, Decimal, Int, Json, Quantity, Text, Time, Uuid};
        self.kinds.extend([Text, Text, Int, Int, Decimal, Bool, Time, Uuid, Bytes, Json]);
        self.kinds.extend(["EUR", "kg", "s"].map(|unit| Quantity(unit.to_owned())));
        for _ in 0..random.below(3) {
            self.enumeration(random);
        }
        for _ in 0..random.below(3) {
            let name = self.names.of_type(random);
            self.push("/domain/valueObjects", json!({ "name": name, "pattern": "^[A-Z]{3}\"#$" }));
            self.kinds.push(Kind::Other(name, true));
        }
        for other in used {
            let exported = other.kinds.iter().filter_map(|kind| in_context(&other.slug, kind));
            self.kinds.extend(exported.filter(|_| random.chance(30)));
        }
        for _ in 0..random.below(3) {
            let name = self.names.of_type(random);
            let mut names = Names::default();
            let fields: Vec<Field> =
                (0..1 + random.below(5)).map(|_| field(&mut names, &self.kinds, random).elsewhere()).collect();
            self.push(
                "/domain/valueObjects",
                json!({ "name": name, "doc": random.pick(DOCS), "fields": written(&fields) }),
            );
            self.kinds.push(Kind::Other(name, false));
        }
    }

    fn enumeration(&mut self, random: &mut Random) {
        let (name, mut names) = (self.names.of_type(random), Names::default());
        let members: Vec<String> = (0..1 + random.below(6)).map(|_| names.of_field(random)).collect();
        if random.chance(40) {
            let listed = members
                .iter()
                .map(|member| format!("    /// It.\n    {member} = \"{member}-\\\"#\""))
                .collect::<Vec<_>>();
            self.sea += &format!("export enum {name} {{\n{}\n}}\n", listed.join(",\n"));
        } else {
            self.push("/domain/valueObjects", json!({ "name": name, "members": members }));
        }
        self.kinds.push(Kind::Enum(name, members));
    }

    fn roles(&mut self, random: &mut Random) {
        let mut names = Names::default();
        for _ in 0..1 + random.below(3) {
            let role = names.of_type(random);
            self.sea += &format!("/// Somebody.\nexport Role \"{role}\"\nrole_binding \"{role}\" for \"One end\"\n");
            self.roles.push(role);
        }
    }

    fn entity(&mut self, random: &mut Random) {
        let (name, mut names) = (self.names.of_type(random), Names::default());
        let key = if random.chance(70) { Kind::Uuid } else { Kind::Text };
        let mut fields = vec![Field::new(names.of_field(random), key)];
        let whole = (!self.entities.is_empty() && random.chance(60)).then(|| random.pick(&self.entities).name.clone());
        let reference = whole.iter().map(|whole| Kind::Other(format!("ref<{whole}>"), true));
        fields.extend(reference.map(|kind| Field::new(names.of_field(random), kind)));
        for _ in 0..random.below(8) {
            let mut field = field(&mut names, &self.kinds, random);
            field.unique = field.kind.is_key() && field.default.is_none() && random.chance(10);
            // What it belongs to, it names once.
            field.optional |= whole.is_some() && field.kind == fields[1].kind;
            fields.push(field);
        }
        let version = names.of_field(random);
        fields.push(Field { default: Some(1.into()), ..Field::new(version.clone(), Kind::Int) });
        let declared =
            json!({ "name": name, "key": fields[0].name, "fields": written(&fields), "doc": random.pick(DOCS) });
        self.push("/domain/entities", declared);
        let (port, adapter) = (self.names.of_type(random), self.names.of_type(random));
        self.push("/ports/outbound", json!({ "name": port, "for": name }));
        self.push("/adapters", json!({ "name": adapter, "implements": port, "kind": "sql" }));
        self.kinds.push(Kind::Other(format!("ref<{name}>"), true));
        self.entities.push(Entity { name, fields, version, part_of: whole });
    }

    fn grant(&mut self, used: &[&Self], random: &mut Random) {
        let foreign = used.iter().flat_map(|other| other.roles.iter().map(|role| format!("{}.{role}", other.slug)));
        let roles: Vec<String> = self.roles.iter().cloned().chain(foreign).collect();
        let operations: Vec<String> =
            self.flows.iter().filter(|(kind, _)| *kind != "event").map(|(_, name)| name.clone()).collect();
        for _ in 0..random.below(3) {
            let grant = json!({ "role": random.pick(&roles), "may": [random.pick(&operations)] });
            self.push("/access/grants", grant);
        }
    }

    fn declare_flows(&mut self) {
        for (number, (kind, name)) in self.flows.iter().enumerate() {
            let says = match *kind {
                "command" => "@tx { \"transactional\": true }",
                "event" => "@outbox { \"mode\": \"required\" }",
                _ => "",
            };
            self.sea += &format!("Resource \"R {number}\"\nFlow \"R {number}\"\n");
            self.sea += &format!("    @cqrs {{ \"kind\": \"{kind}\", \"element\": \"{name}\" }} {says}\n");
            self.sea += "    from \"One end\" to \"Other end\"\n";
        }
    }
}

/// What a kind of another context is called here, if it is that context's own.
fn in_context(slug: &str, kind: &Kind) -> Option<Kind> {
    match kind {
        Kind::Enum(name, members) if !name.contains('.') => Some(Kind::Enum(format!("{slug}.{name}"), members.clone())),
        Kind::Other(name, key) if !name.contains(['.', '<']) => Some(Kind::Other(format!("{slug}.{name}"), *key)),
        _ => None,
    }
}

fn skeleton(slug: &str, number: usize, used: &[&Context]) -> Value {
    let uses: Vec<&str> = used.iter().map(|other| other.slug.as_str()).collect();
    json!({
        "sdsId": format!("SDS-{}", 100 + number), "title": "A \"title\" # {{ x }}", "boundedContext": slug, "version": "1.2.3",
        "owner": "nobody", "satisfiesPrds": [], "satisfiesAdrs": [], "uses": uses,
        "domain": { "valueObjects": [], "entities": [] },
        "cqrs": { "commands": [], "queries": [], "events": [] },
        "useCases": [], "ports": { "inbound": [], "outbound": [] }, "adapters": [], "connectors": [],
        "uow": { "boundary": "command", "includes": ["repositories", "ledger", "outbox"], "isolation": "serializable" },
        "messageBus": {
            "stream": slug.to_uppercase(), "routes": [], "retry": { "max": 4, "backoff": ["250ms", "5s", "2m"] },
            "deadLetter": format!("{slug}.dead"), "outbox": { "mode": "required" }, "consumers": [],
        },
        "invariants": [{
            "id": format!("INV-{number}"), "statement": "It \"holds\" {x}.", "severity": "high",
            "check": { "probe": "ledger.verify", "every": "5m" },
            "runbook": { "contain": ["Stop \"it\"."], "recover": { "steps": ["Start it. {{ y }}"] } },
        }],
        "access": { "grants": [] },
    })
}
