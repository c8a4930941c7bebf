//! FINOS CALM. A service that says its namespace is a context, as `seac project` writes it, and gives a draft of its own
//! with its roles, entities and policies. Of any other architecture, actors become roles, everything else entities, and
//! connections flows.

use super::model::{capital, file_name};
use super::tree::{entries, get, items, text, text_of};
use super::{Imported, Proposals, declaration, declaration_alone};
use crate::report;
use crate::subject::{Subject, quoted};
use crate::vocabulary::DECLARED;
use seac_syntax::yaml::{Entry, Node, NodeKind};
use seac_syntax::{Diagnostic, FileId, SourceFile, sea};
use std::collections::{BTreeMap, BTreeSet};

/// What every node has.
const REQUIRED: [&str; 4] = ["unique-id", "node-type", "name", "description"];
/// What is read of a node.
const NODE: [&str; 7] = ["unique-id", "node-type", "name", "description", "interfaces", "controls", "metadata"];
/// What is read of a document.
const DOCUMENT: [&str; 6] = ["$schema", "nodes", "relationships", "flows", "adrs", "metadata"];

/// What an architecture proposes. `name` is what a draft is called that is not that of a context.
///
/// # Errors
/// What cannot be read in the text.
pub fn import(file: FileId, source: &SourceFile, name: &str) -> Result<Imported, Vec<Diagnostic>> {
    let root = super::json(file, &source.text, "an architecture")?;
    let nodes = nodes(&root)?;
    let contexts: BTreeMap<&str, &Node> =
        nodes.iter().filter(|(_, node)| is_context(node)).map(|(id, node)| (*id, *node)).collect();
    let mut imported = Imported::default();
    let architecture = Architecture { source, root: &root, nodes: &nodes, contexts: &contexts };
    if contexts.is_empty() {
        architecture.of_others(name, &mut imported);
    } else {
        contexts.keys().for_each(|slug| architecture.context(slug, &mut imported));
        architecture.elsewhere(&mut imported);
    }
    imported.lost.sort_by_key(|lost| lost.span.start);
    Ok(imported)
}

/// The nodes by their ids.
fn nodes(root: &Node) -> Result<BTreeMap<&str, &Node>, Vec<Diagnostic>> {
    let Some(NodeKind::Sequence(list)) = get(root, "nodes").map(|nodes| &nodes.kind) else {
        return Err(vec![report::expected(root.span, "an architecture: an object with a list `nodes`")]);
    };
    let mut nodes = BTreeMap::new();
    let mut findings = Vec::new();
    for node in list {
        let missing: Vec<&str> = REQUIRED.into_iter().filter(|key| text_of(node, key).is_none()).collect();
        if let Some(id) = text_of(node, "unique-id").filter(|_| missing.is_empty()) {
            if nodes.insert(id, node).is_some() {
                findings.push(report::calm(node.span, "another node has this `unique-id`"));
            }
        } else {
            findings.push(report::calm(node.span, &format!("this node has no text `{}`", missing.join("`, `"))));
        }
    }
    findings.truncate(sea::MAX_FINDINGS);
    if findings.is_empty() { Ok(nodes) } else { Err(findings) }
}

/// A member of the metadata, which are an object or a list of some.
fn metadata<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let metadata = get(node, "metadata")?;
    get(metadata, key).or_else(|| items(Some(metadata)).iter().find_map(|metadata| get(metadata, key)))
}

fn is_context(node: &Node) -> bool {
    text_of(node, "node-type") == Some("service") && metadata(node, "namespace").and_then(text).is_some()
}

struct Architecture<'a, 'n> {
    source: &'a SourceFile,
    root: &'n Node,
    nodes: &'a BTreeMap<&'n str, &'n Node>,
    contexts: &'a BTreeMap<&'n str, &'n Node>,
}

impl<'n> Architecture<'_, 'n> {
    fn relationships(&self) -> &'n [Node] {
        items(get(self.root, "relationships"))
    }

    /// The ends of relationships that connect two nodes.
    fn connections(&self) -> impl Iterator<Item = (&'n Node, &'n str, &'n str)> {
        self.relationships().iter().filter_map(|relationship| {
            let connects = get(get(relationship, "relationship-type")?, "connects")?;
            let end = |key| text_of(get(connects, key)?, "node");
            Some((relationship, end("source")?, end("destination")?))
        })
    }

    /// The nodes that a context is composed of.
    fn parts(&self, slug: &str) -> BTreeSet<&'n str> {
        let composed = self.relationships().iter().filter_map(|relationship| {
            let composed = get(get(relationship, "relationship-type")?, "composed-of")?;
            (text_of(composed, "container") == Some(slug)).then(|| items(get(composed, "nodes")))
        });
        composed.flatten().filter_map(text).collect()
    }

    /// The context that a node belongs to, by its id.
    fn context_of(&self, id: &str) -> Option<&'n str> {
        let of = |slug: &&&str| id.strip_prefix(**slug).is_some_and(|rest| rest.starts_with('.'));
        self.contexts.keys().filter(of).max_by_key(|slug| slug.len()).copied()
    }

    fn context(&self, slug: &'n str, imported: &mut Imported) {
        let Some(node) = self.contexts.get(slug) else { return };
        let mut proposals = Proposals::new(self.source);
        let model = declaration_alone("model");
        for key in ["namespace", "version", "owner"] {
            if let Some(value) = metadata(node, key)
                && let Some(said) = text(value).filter(|said| key != "version" || *said != "0.0.0")
            {
                proposals.text(&model, key, said, value.span);
            }
        }
        for (relationship, from, to) in self.connections().filter(|(_, from, _)| *from == slug) {
            if text_of(relationship, "unique-id") == Some(&format!("{from} uses {to}"))
                && self.contexts.contains_key(to)
            {
                let import = declaration("import", &format!("./{}.sea", file_name(to)));
                proposals.text(&import, DECLARED, "true", relationship.span);
            }
        }
        if text_of(node, "name") != metadata(node, "namespace").and_then(text) {
            proposals.lose(node.span, format!("node {slug}: its name, as a model has none but its namespace"));
        }
        let parts = self.parts(slug);
        for (id, node) in self.nodes.iter().filter(|(id, _)| self.context_of(id) == Some(slug)) {
            match text_of(node, "node-type") {
                Some("actor") => drop(declared(&mut proposals, "Role", node)),
                _ if parts.contains(id) => drop(declared(&mut proposals, "Entity", node)),
                _ => proposals.lose(node.span, format!("node {id}: SEA has no words for adapters")),
            }
        }
        for control in entries(get(node, "controls")) {
            policy(&mut proposals, control);
        }
        for interface in items(get(node, "interfaces")) {
            let id = text_of(interface, "unique-id").unwrap_or_default();
            let what = format!("interface {id}: CALM does not say what an operation of SEA takes, answers and does");
            proposals.lose(interface.span, what);
        }
        proposals.draft(&file_name(slug), imported);
    }

    /// What belongs to no context of the document.
    fn elsewhere(&self, imported: &mut Imported) {
        let mut proposals = Proposals::new(self.source);
        self.rest(&mut proposals);
        for (id, node) in self.nodes {
            if !self.contexts.contains_key(id) && self.context_of(id).is_none() {
                proposals.lose(node.span, format!("node {id}: it belongs to no context"));
            }
        }
        for relationship in self.relationships() {
            let id = text_of(relationship, "unique-id").unwrap_or_default();
            let container = get(relationship, "relationship-type")
                .and_then(|kind| text_of(get(kind, "composed-of")?, "container"))
                .is_some_and(|container| self.contexts.contains_key(container));
            let uses = self.contexts.keys().any(|slug| id.starts_with(&format!("{slug} uses ")));
            if !container && !uses {
                proposals.lose(relationship.span, format!("relationship {id}"));
            }
        }
        imported.lost.append(&mut proposals.lost);
    }

    /// An architecture that no model was projected to.
    fn of_others(&self, name: &str, imported: &mut Imported) {
        let mut proposals = Proposals::new(self.source);
        let mut subjects: BTreeMap<&str, Subject> = BTreeMap::new();
        for (id, node) in self.nodes {
            let kind = text_of(node, "node-type").unwrap_or_default();
            let subject = declared(&mut proposals, if kind == "actor" { "Role" } else { "Entity" }, node);
            if !matches!(kind, "actor" | "data-asset") {
                proposals.text(&subject, "@node_type", quoted(kind), node.span);
            }
            for entry in entries(Some(node)).iter().filter(|entry| !REQUIRED.contains(&&*entry.key.value)) {
                proposals.lose(entry.key.span, format!("node {id}: `{}`", entry.key.value));
            }
            subjects.insert(id, subject);
        }
        let connections: BTreeSet<&str> = self
            .connections()
            .filter_map(|(relationship, from, to)| {
                let id = text_of(relationship, "unique-id")?;
                flow(&mut proposals, relationship, id, [subjects.get(from)?, subjects.get(to)?]).then_some(id)
            })
            .collect();
        for relationship in self.relationships() {
            let id = text_of(relationship, "unique-id").unwrap_or_default();
            if !connections.contains(id) {
                proposals
                    .lose(relationship.span, format!("relationship {id}: only a connection of two nodes is a flow"));
            }
        }
        self.rest(&mut proposals);
        proposals.draft(name, imported);
    }

    /// What no draft has words for.
    fn rest(&self, proposals: &mut Proposals<'_>) {
        for adr in items(get(self.root, "adrs")) {
            proposals.lose(adr.span, format!("decision {}", text(adr).unwrap_or_default()));
        }
        for flow in items(get(self.root, "flows")) {
            proposals.lose(flow.span, format!("flow {}", text_of(flow, "unique-id").unwrap_or_default()));
        }
        for entry in entries(Some(self.root)).iter().filter(|entry| !DOCUMENT.contains(&&*entry.key.value)) {
            proposals.lose(entry.key.span, format!("`{}`", entry.key.value));
        }
        for (id, node) in self.contexts {
            for entry in entries(Some(node)).iter().filter(|entry| !NODE.contains(&&*entry.key.value)) {
                proposals.lose(entry.key.span, format!("node {id}: `{}`", entry.key.value));
            }
        }
    }
}

/// The declaration that a node becomes, with its description unless that is but the name.
fn declared(proposals: &mut Proposals<'_>, kind: &str, node: &Node) -> Subject {
    let name = text_of(node, "name").unwrap_or_default();
    let subject = proposals.declare(kind, name, node.span);
    if let Some(description) = text_of(node, "description").filter(|description| *description != name) {
        proposals.doc(&subject, description, node.span);
    }
    subject
}

/// A connection as a flow of a resource that is called as the relationship is; false if an end of it is a role.
fn flow(proposals: &mut Proposals<'_>, relationship: &Node, id: &str, ends: [&Subject; 2]) -> bool {
    if ends.iter().any(|end| end.whole.kind.name != "Entity") {
        return false;
    }
    let resource = proposals.declare("Resource", id, relationship.span);
    if let Some(description) = text_of(relationship, "description") {
        proposals.doc(&resource, description, relationship.span);
    }
    let names = [id, ends[0].item().name(), ends[1].item().name()].map(Into::into);
    let flow = Subject::whole(super::kind("Flow", None), names.to_vec());
    proposals.text(&flow, DECLARED, "true", relationship.span);
    if let Some(protocol) = text_of(relationship, "protocol") {
        proposals.text(&flow, "@protocol", quoted(protocol), relationship.span);
    }
    true
}

/// A control that has the configuration of a policy.
fn policy(proposals: &mut Proposals<'_>, control: &Entry) {
    let config = items(get(&control.value, "requirements")).iter().find_map(|requirement| get(requirement, "config"));
    let Some((config, name)) = config.and_then(|config| Some((config, text_of(config, "policy")?))) else {
        return proposals.lose(control.key.span, format!("control {}: it is no policy of SEA", control.key.value));
    };
    let policy = proposals.declare("Policy", name, config.span);
    if let Some(doc) = text_of(config, "doc") {
        proposals.doc(&policy, doc, config.span);
    }
    for key in ["kind", "modality", "priority", "rationale", "expression"] {
        if let Some(node) = get(config, key) {
            let said = text(node).unwrap_or_default();
            let said = if matches!(key, "kind" | "modality") { capital(said) } else { said.to_owned() };
            proposals.text(&policy, key, said, node.span);
        }
    }
    for tag in items(get(config, "tags")) {
        proposals.text(&policy, "tag", text(tag).unwrap_or_default(), tag.span);
    }
}
