//! `cqrs` and `useCases`.

use super::ast::*;
use super::reader::{Map, Reader};
use super::shape::Shape;
use super::{shapes, words};
use crate::report;
use crate::source::Spanned;
use crate::yaml::{Node, NodeKind};

/// Every step there is.
fn steps() -> Vec<&'static str> {
    words::STEPS_ALONE.iter().copied().chain(shapes::STEP.known()).collect()
}

impl Reader<'_> {
    pub(super) fn command(&mut self, node: &Node) -> Option<Operation> {
        self.operation(node, &shapes::COMMAND)
    }

    pub(super) fn query(&mut self, node: &Node) -> Option<Operation> {
        self.operation(node, &shapes::QUERY)
    }

    fn operation(&mut self, node: &Node, shape: &Shape) -> Option<Operation> {
        let map = self.map(node, shape)?;
        let name = self.text(map, "name");
        let operation = Operation {
            span: map.span,
            name: Spanned::new("".into(), map.span),
            doc: self.text(map, "doc"),
            actor: self.text(map, "actor"),
            input: self.fields(map, "input"),
            output: self.fields(map, "output"),
            effects: self.effects(map),
            policies: self.list(map, "policies", Self::policy_binding),
            failures: self.list(map, "failures", Self::failure),
            idempotency: map.get("idempotency").and_then(|node| self.idempotency(node)),
            concurrency: map.get("concurrency").and_then(|node| self.concurrency(node)),
            emits: self.texts(map, "emits"),
            read_model: self.text(map, "readModel"),
            page: map.get("page").and_then(|node| self.page(node)),
        };
        Some(Operation { name: name?, ..operation })
    }

    /// `{ creates: A, mutates: [B, C] }`.
    fn effects(&mut self, map: Map<'_>) -> Vec<(Text, Text)> {
        let Some(node) = map.get("effect") else { return Vec::new() };
        if self.map(node, &shapes::EFFECT).is_none() {
            return Vec::new();
        }
        let mut effects = Vec::new();
        for entry in self.entries(node, shapes::EFFECT.what) {
            let entities = match &entry.value.kind {
                NodeKind::Sequence(items) => items.iter().filter_map(|item| self.string(item)).collect(),
                _ => Vec::from_iter(self.string(&entry.value)),
            };
            effects.extend(entities.into_iter().map(|entity| (entry.key.clone(), entity)));
        }
        effects
    }

    fn policy_binding(&mut self, node: &Node) -> Option<PolicyBinding> {
        let map = self.map(node, &shapes::POLICY_BINDING)?;
        let (policy, at, fails_with) = (self.text(map, "policy"), self.text(map, "at"), self.text(map, "failsWith"));
        Some(PolicyBinding { span: map.span, policy: policy?, at: at?, fails_with: fails_with? })
    }

    fn failure(&mut self, node: &Node) -> Option<Failure> {
        let map = self.map(node, &shapes::FAILURE)?;
        let (code, kinds, meaning) = (self.text(map, "code"), self.texts(map, "for"), self.text(map, "meaning"));
        Some(Failure { span: map.span, code: code?, kinds, meaning: meaning? })
    }

    /// `inherent`, `{ keyedBy: field, expiresAfter: 1d }` (or several fields in a list), or `{ notApplicable: why }`.
    fn idempotency(&mut self, node: &Node) -> Option<Idempotency> {
        if let NodeKind::Scalar(_) = node.kind {
            let mode = self.word(node, "idempotency", words::IDEMPOTENCY_WORDS)?;
            return Some(Idempotency { span: node.span, mode, arguments: Vec::new(), expires_after: None });
        }
        let map = self.map(node, &shapes::IDEMPOTENCY)?;
        let expires_after = self.duration_at(map, "expiresAfter");
        if let Some(Node { kind: NodeKind::Sequence(_), .. }) = map.get("keyedBy") {
            let mode = self.entries(node, shapes::IDEMPOTENCY.what).iter().find(|entry| entry.key.value == "keyedBy");
            let arguments = self.texts(map, "keyedBy");
            return Some(Idempotency { span: map.span, mode: mode?.key.clone(), arguments, expires_after });
        }
        let (mode, argument) = self.mode(node, &["keyedBy", "notApplicable"])?;
        Some(Idempotency { span: map.span, mode, arguments: vec![argument], expires_after })
    }

    /// `{ uniqueKey: field }`, `{ optimisticVersion: field }` or `readSnapshot`.
    fn concurrency(&mut self, node: &Node) -> Option<(Text, Option<Text>)> {
        if let NodeKind::Scalar(_) = node.kind {
            return Some((self.word(node, "concurrency", words::CONCURRENCY_WORDS)?, None));
        }
        self.map(node, &shapes::CONCURRENCY)?;
        let (mode, field) = self.mode(node, &["uniqueKey", "optimisticVersion"])?;
        Some((mode, Some(field)))
    }

    /// One of several keys that exclude each other, and its text.
    fn mode(&mut self, node: &Node, modes: &[&str]) -> Option<(Text, Text)> {
        let mut chosen =
            self.entries(node, "a mapping").iter().filter(|entry| modes.contains(&entry.key.value.as_str()));
        let Some(entry) = chosen.next() else {
            if node.complete {
                self.diagnostics.push(report::missing_one_of(node.span, modes));
            }
            return None;
        };
        if let Some(other) = chosen.next() {
            self.diagnostics.push(report::exclusive_keys(&entry.key, &other.key));
        }
        Some((entry.key.clone(), self.string(&entry.value)?))
    }

    /// A word out of a closed set.
    pub(super) fn word(&mut self, node: &Node, what: &str, known: &[&str]) -> Option<Text> {
        let word = self.string(node)?;
        if known.contains(&word.value.as_str()) {
            return Some(word);
        }
        self.diagnostics.push(report::unknown_word(&word, what, known));
        None
    }

    fn page(&mut self, node: &Node) -> Option<Page> {
        let map = self.map(node, &shapes::PAGE)?;
        let (sort, order) = (self.texts(map, "sort"), self.text(map, "order"));
        Some(Page { span: map.span, limit: self.count(map, "limit")?, sort, order })
    }

    pub(super) fn read_model(&mut self, node: &Node) -> Option<ReadModel> {
        let map = self.map(node, &shapes::READ_MODEL)?;
        let name = self.text(map, "name");
        let (key, fields, doc) = (self.text(map, "key"), self.fields(map, "fields"), self.text(map, "doc"));
        let from = self.list(map, "from", Self::fold);
        Some(ReadModel { entity: Entity { span: map.span, name: name?, key, fields, doc }, from })
    }

    fn fold(&mut self, node: &Node) -> Option<Fold> {
        let map = self.map(node, &shapes::FOLD)?;
        let (event, by) = (self.text(map, "event"), self.text(map, "by"));
        let [insert, set, add] = ["insert", "set", "add"].map(|key| map.get(key).map(|node| self.assignments(node)));
        Some(Fold { span: map.span, event: event?, by, insert, set, add, remove: self.flag(map, "remove") })
    }

    /// Fields and what they become.
    fn assignments(&mut self, node: &Node) -> Vec<(Text, crate::sea::ast::Expr)> {
        let values = self.entries(node, "fields and their values").iter();
        values.filter_map(|entry| Some((entry.key.clone(), self.expression(&entry.value)?))).collect()
    }

    pub(super) fn event(&mut self, node: &Node) -> Option<Event> {
        let map = self.map(node, &shapes::EVENT)?;
        let (name, doc, payload) = (self.text(map, "name"), self.text(map, "doc"), self.fields(map, "payload"));
        Some(Event { span: map.span, outbox: self.outbox(map), name: name?, doc, payload })
    }

    /// `outbox: { mode: required }`.
    pub(super) fn outbox(&mut self, map: Map<'_>) -> Option<Text> {
        let outbox = self.submap(map, "outbox", &shapes::OUTBOX)?;
        self.text(outbox, "mode")
    }

    // Use cases.

    pub(super) fn use_case(&mut self, node: &Node) -> Option<UseCase> {
        let map = self.map(node, &shapes::USE_CASE)?;
        let (handles, steps) = (self.text(map, "handles"), self.list(map, "steps", Self::step));
        Some(UseCase { span: map.span, handles: handles?, steps })
    }

    /// A bare word, or a mapping from the word to its arguments.
    fn step(&mut self, node: &Node) -> Option<Step> {
        let (word, argument) = match &node.kind {
            NodeKind::Mapping(entries) if entries.len() == 1 => (entries[0].key.clone(), Some(&entries[0].value)),
            NodeKind::Mapping(_) => return self.wrong_type(node, "a step with one key"),
            _ => (self.string(node)?, None),
        };
        let kind = match (word.value.as_str(), argument) {
            ("authorize", None) => StepKind::Authorize,
            ("validate", None) => StepKind::Validate,
            ("persist", Some(argument)) => self.persist(argument)?,
            ("publish", Some(argument)) => StepKind::Publish(self.string(argument)?),
            ("storeBlob", Some(argument)) => self.store_blob(argument)?,
            ("appendEvidence", Some(argument)) => self.append_evidence(argument)?,
            ("call", Some(argument)) => self.call(argument)?,
            (known, argument) if steps().contains(&known) => {
                self.diagnostics.push(report::step_arguments(&word, argument.is_some()));
                return None;
            }
            _ => {
                self.diagnostics.push(report::unknown_word(&word, "a step", &steps()));
                return None;
            }
        };
        Some(Step { span: node.span, kind })
    }

    /// The name of the entity alone, or with the values of fields that nothing else gives.
    fn persist(&mut self, node: &Node) -> Option<StepKind> {
        if let NodeKind::Scalar(_) = node.kind {
            return Some(StepKind::Persist { entity: self.string(node)?, set: Vec::new() });
        }
        let map = self.map(node, &shapes::PERSIST)?;
        let entity = self.text(map, "entity");
        let set = map.get("set").map(|node| self.assignments(node)).unwrap_or_default();
        Some(StepKind::Persist { entity: entity?, set })
    }

    fn store_blob(&mut self, node: &Node) -> Option<StepKind> {
        let map = self.map(node, &shapes::STORE_BLOB)?;
        let (from, into, digest) = (self.text(map, "from"), self.text(map, "into"), self.text(map, "digest"));
        Some(StepKind::StoreBlob { from: from?, into: into?, digest: digest? })
    }

    fn append_evidence(&mut self, node: &Node) -> Option<StepKind> {
        let map = self.map(node, &shapes::APPEND_EVIDENCE)?;
        let (ty, subject) = (self.text(map, "type"), self.text(map, "subject"));
        Some(StepKind::AppendEvidence { ty: ty?, subject })
    }

    fn call(&mut self, node: &Node) -> Option<StepKind> {
        let map = self.map(node, &shapes::CALL)?;
        let (port, method) = (self.text(map, "port"), self.text(map, "method"));
        let when = map.get("when").and_then(|node| self.expression(node));
        Some(StepKind::Call { port: port?, method: method?, when })
    }
}
