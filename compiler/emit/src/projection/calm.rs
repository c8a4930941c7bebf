//! FINOS CALM: contexts, roles, stores and data as nodes, what is between them as relationships, policies as controls, and
//! operations as flows.

use super::fidelity::ALL;
use super::{Kind, Options, Page};
use crate::{EmitError, sorted};
use seac_model::{Adapter, AdapterKind, Context, Model, NoteKind, Operation, PortKind};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The version of the schema that is named.
const SCHEMA: &str = "https://calm.finos.org/release/1.0/meta/calm.json";

/// One architecture with everything that is projected.
pub fn project(model: &Model, options: &Options, page: &mut Page) -> Result<(), EmitError> {
    let mut calm = Architecture::default();
    for (slug, context) in options.contexts(model) {
        calm.context(slug, context, options.text("control"));
        losses(slug, context, page);
        for (name, operation) in &context.operations {
            if !calm.flow(slug, name, operation) {
                let why = "Anybody may call it, and a flow of CALM begins with somebody.";
                page.losses.add(Kind::Operation, format!("{slug}.{name}"), "flow", why);
            }
        }
        for (name, _) in context
            .outbound_ports
            .iter()
            .filter(|(name, _)| !context.adapters.values().any(|adapter| adapter.implements == **name))
        {
            page.losses.add(
                Kind::OutboundPort,
                format!("{slug}.{name}"),
                ALL,
                "Nothing answers it, so there is no node.",
            );
        }
    }
    calm.elsewhere();
    let adrs = model.notes.iter().filter(|(_, note)| note.kind == NoteKind::Adr).map(|(id, _)| id);
    let document = json!({
        "$schema": SCHEMA,
        "nodes": calm.nodes,
        "relationships": calm.relationships,
        "flows": calm.flows,
        "adrs": adrs.collect::<Vec<_>>(),
    });
    for (id, _) in model.notes.iter().filter(|(_, note)| note.kind == NoteKind::Prd) {
        page.losses.add(Kind::Note, id.as_str(), ALL, "CALM refers to decisions alone.");
    }
    let origins = sorted(options.contexts(model).map(|(_, context)| &context.origin));
    page.file("architecture", format!("{document:#}\n"), origins)
}

/// What the nodes of a context do not say, where there is something to say.
fn losses(slug: &str, context: &Context, page: &mut Page) {
    let mut lose = |kind, id: &str, aspect: &str, is_there: bool, why: &str| {
        if is_there {
            page.losses.add(kind, id, aspect, why);
        }
    };
    let of_sds = "It is part of the specification, not of the architecture.";
    lose(Kind::Context, slug, "sds_id", !context.sds_id.is_empty(), of_sds);
    lose(Kind::Context, slug, "satisfies", !context.satisfies.is_empty(), of_sds);
    lose(Kind::Context, slug, "retry_backoff", !context.retry_backoff.is_empty(), of_sds);
    let same = "A description that is the name stands for none.";
    for (name, role) in &context.roles {
        lose(Kind::Role, &format!("{slug}.{name}"), "doc", role.doc.as_ref() == Some(name), same);
    }
    for (name, entity) in &context.entities {
        let id = &format!("{slug}.{name}");
        lose(Kind::Entity, id, "doc", entity.doc.as_ref() == Some(name), same);
        lose(Kind::Entity, id, "key", !entity.key.is_empty(), "A data asset has no fields.");
        lose(Kind::Entity, id, "fields", !entity.fields.is_empty(), "A data asset has no fields.");
    }
    for (id, invariant) in &context.invariants {
        let element = &format!("{slug}.{id}");
        lose(Kind::Invariant, element, "runbook", invariant.runbook.is_some(), "A control has no steps.");
        lose(
            Kind::Invariant,
            element,
            "every",
            invariant.every.is_some(),
            "A control does not say how often it is looked at.",
        );
    }
}

#[derive(Default)]
struct Architecture {
    ids: BTreeSet<String>,
    nodes: Vec<Value>,
    relationships: Vec<Value>,
    flows: Vec<Value>,
}

impl Architecture {
    fn context(&mut self, slug: &str, context: &Context, control: &str) {
        let mut node = json!({
            "unique-id": slug,
            "node-type": "service",
            "name": context.title,
            "description": format!("The bounded context {}, version {}", context.namespace, context.version),
            "interfaces": context.operations.iter().map(|(name, operation)| interface(slug, name, operation)).collect::<Vec<_>>(),
            "controls": controls(slug, context, control),
            "metadata": { "namespace": context.namespace, "version": context.version },
        });
        if let Some(owner) = &context.owner {
            node["metadata"]["owner"] = json!(owner);
        }
        self.nodes.push(node);
        for (name, role) in &context.roles {
            let id = format!("{slug}.{name}");
            self.node(&id, "actor", name, role.doc.as_deref());
            let calls =
                context.operations.values().any(|operation| operation.roles.iter().any(|role| role.to_string() == id));
            if calls {
                self.interacts(&id, slug);
            }
        }
        let assets = context.entities.iter();
        let assets = assets
            .map(|(name, entity)| self.node(&format!("{slug}.{name}"), "data-asset", name, entity.doc.as_deref()));
        let assets: Vec<String> = assets.collect();
        if !assets.is_empty() {
            let composed = json!({ "composed-of": { "container": slug, "nodes": assets } });
            self.relationship(&format!("{slug} is composed of"), composed, "What it keeps and speaks of");
        }
        for (name, adapter) in &context.adapters {
            self.adapter(slug, context, name, adapter);
        }
        for used in &context.uses {
            let connects = json!({ "connects": { "source": { "node": slug }, "destination": { "node": used } } });
            self.relationship(&format!("{slug} uses {used}"), connects, "Names its concepts");
        }
        for (name, consumer) in &context.consumers {
            let source = consumer.event.context.as_str();
            let connects = json!({ "connects": { "source": { "node": source }, "destination": { "node": slug } } });
            let what = format!("{} runs {}", consumer.event, consumer.runs);
            self.relationship(&format!("{slug}.{name}"), connects, &what);
        }
    }

    /// Adds a node and gives its id: a role and an entity may have one name, and then the type stands behind it.
    fn node(&mut self, id: &str, kind: &str, name: &str, doc: Option<&str>) -> String {
        let typed = format!("{id} ({kind})");
        let id = if self.ids.insert(id.to_owned()) { id } else { &typed };
        self.nodes
            .push(json!({ "unique-id": id, "node-type": kind, "name": name, "description": doc.unwrap_or(name) }));
        id.to_owned()
    }

    fn relationship(&mut self, id: &str, kind: Value, description: &str) {
        self.relationships.push(json!({ "unique-id": id, "description": description, "relationship-type": kind }));
    }

    fn interacts(&mut self, role: &str, slug: &str) {
        let interacts = json!({ "interacts": { "actor": role, "nodes": [slug] } });
        self.relationship(&format!("{role} calls {slug}"), interacts, "Calls its operations");
    }

    fn adapter(&mut self, slug: &str, context: &Context, name: &str, adapter: &Adapter) {
        let id = format!("{slug}.{name}");
        let kind = match adapter.kind {
            AdapterKind::Sql => "database",
            AdapterKind::ObjectStore => "data-asset",
            AdapterKind::Http | AdapterKind::Custom => "service",
        };
        let port = context.outbound_ports.get(&adapter.implements).map(|port| match &port.kind {
            PortKind::Repository { entity } => format!("keeps {entity}"),
            PortKind::BlobStore => "keeps bytes by their digest".to_owned(),
            PortKind::Service { operations } => format!("carries out {}", operations.join(", ")),
        });
        let port = port.unwrap_or_default();
        let id = self.node(&id, kind, name, Some(&format!("{} {port}", adapter.implements)));
        let connects = json!({ "connects": { "source": { "node": slug }, "destination": { "node": id } } });
        self.relationship(&format!("{slug} through {}", adapter.implements), connects, &port);
    }

    /// Nodes for what relationships name and nothing here declares: contexts that are not projected, and their roles.
    fn elsewhere(&mut self) {
        let id = |node: &Value| node["unique-id"].as_str().map(str::to_owned);
        let known: BTreeSet<String> = self.nodes.iter().filter_map(id).collect();
        let mut wanted = BTreeMap::new();
        for kind in self.relationships.iter().map(|relationship| &relationship["relationship-type"]) {
            let ends = [&kind["connects"]["source"]["node"], &kind["connects"]["destination"]["node"]];
            wanted.extend(ends.into_iter().filter_map(Value::as_str).map(|end| (end.to_owned(), "system")));
            wanted.extend(kind["interacts"]["actor"].as_str().map(|actor| (actor.to_owned(), "actor")));
        }
        for (id, kind) in wanted.into_iter().filter(|(id, _)| !known.contains(id)) {
            self.node(&id, kind, &id, Some("Declared elsewhere"));
        }
    }

    /// The call of an operation; false if nobody in particular makes it.
    fn flow(&mut self, slug: &str, name: &str, operation: &Operation) -> bool {
        let transitions = operation.roles.iter().zip(1_u32..).map(|(role, number)| {
            json!({
                "relationship-unique-id": format!("{role} calls {slug}"),
                "sequence-number": number,
                "description": format!("{} in, {} back", operation.input, operation.output),
            })
        });
        let transitions: Vec<Value> = transitions.collect();
        for role in operation.roles.iter().filter(|role| role.context != slug) {
            let id = format!("{role} calls {slug}");
            if !self.relationships.iter().any(|known| known["unique-id"] == id.as_str()) {
                self.interacts(&role.to_string(), slug);
            }
        }
        if transitions.is_empty() {
            return false;
        }
        let description = operation.intent.clone().unwrap_or_else(|| name.to_owned());
        self.flows.push(json!({
            "unique-id": format!("{slug}.{name}"),
            "name": name,
            "description": description,
            "transitions": transitions,
        }));
        true
    }
}

fn interface(slug: &str, name: &str, operation: &Operation) -> Value {
    let mut interface = json!({ "unique-id": format!("{slug}.{name}") });
    if let Some(http) = &operation.http {
        interface["method"] = json!(http.method);
        interface["path"] = json!(http.path);
    }
    interface
}

/// Policies and invariants; keys have letters, digits and `-` alone.
fn controls(slug: &str, context: &Context, base: &str) -> Map<String, Value> {
    let mut controls = Map::new();
    let mut add = |name: &str, description: &str, config: Value| {
        let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let numbered = (2_u32..).map(|number| format!("{plain}-{number}"));
        let free = std::iter::once(plain.clone()).chain(numbered).find(|key| !controls.contains_key(key));
        let url = format!("{base}{slug}/{plain}");
        let control =
            json!({ "description": description, "requirements": [{ "requirement-url": url, "config": config }] });
        controls.extend(free.map(|key| (key, control)));
    };
    for (name, policy) in &context.policies {
        let description = policy.rationale.as_ref().or(policy.doc.as_ref()).unwrap_or(name);
        let mut config = json!({
            "policy": name, "kind": policy.kind, "modality": policy.modality, "expression": policy.expression,
            "priority": policy.priority,
        });
        let texts = [("rationale", &policy.rationale), ("doc", &policy.doc)];
        for (key, text) in texts.into_iter().filter_map(|(key, text)| Some((key, text.as_ref()?))) {
            config[key] = json!(text);
        }
        if !policy.tags.is_empty() {
            config["tags"] = json!(policy.tags);
        }
        add(name, description, config);
    }
    for (id, invariant) in &context.invariants {
        add(
            id,
            &invariant.statement,
            json!({ "invariant": id, "severity": invariant.severity, "probe": invariant.probe }),
        );
    }
    controls
}
