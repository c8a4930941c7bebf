//! Operations, clause by clause.

use super::{Context, name_in};
use crate::assertion::Object;
use crate::import::part;
use crate::import::tree::{entries, get, items, text, text_of};
use crate::subject::Subject;
use seac_syntax::yaml::{Entry, Node};
use seac_syntax::{Span, Text};

impl Context<'_, '_> {
    pub(super) fn operations(&mut self) {
        for operation in entries(get(self.node, "operations")) {
            let root = get(&operation.value, "effect").and_then(effect);
            // SEA has no words for what is read of many.
            if let Some(root) = root {
                self.operation(operation, root);
            }
        }
    }

    fn operation(&mut self, operation: &Entry, root: String) {
        let node = &operation.value;
        let subject = self.declare("operation", &operation.key.value, node.span);
        self.member(&subject, "intent", node, "intent");
        self.member(&subject, "direction", node, "direction");
        let actor = self.actor(&operation.key.value, node).unwrap_or("anonymous");
        self.proposals.text(&subject, "actor", actor, node.span);
        self.policies(&subject, node);
        for key in ["input", "output"] {
            self.proposals.text(&subject, key, text_of(node, key).map_or("", name_in), node.span);
        }
        self.effects(&subject, node, root);
        self.failures(&subject, node);
        let emits = items(get(node, "steps")).iter().filter_map(|step| text_of(step, "event"));
        let emits: Vec<String> = emits.map(|event| name_in(event).to_owned()).collect();
        self.several(&subject, "emits", emits, node.span);
        self.repetition(&subject, node);
        self.proposals.text(&subject, "evidence", "operation_trace", node.span);
        self.proposals.text(&subject, "lifecycle", "synchronous_request_response", node.span);
    }

    /// The role that the operation itself names: others have a grant.
    fn actor<'n>(&self, name: &str, node: &'n Node) -> Option<&'n str> {
        let id = format!("{}.{name}", self.slug);
        let grants = items(get(self.node, "grants")).iter();
        let granted = grants.filter(|grant| text_of(grant, "operation") == Some(id.as_str()));
        let granted: Vec<&str> = granted.filter_map(|grant| text_of(grant, "role")).collect();
        let roles: Vec<&str> = items(get(node, "roles")).iter().filter_map(text).collect();
        let own = roles.iter().find(|role| !granted.contains(role)).or(roles.first());
        own.map(|role| name_in(role))
    }

    fn policies(&mut self, subject: &Subject, node: &Node) {
        let policies = items(get(node, "policies"));
        let bindings = policies.iter().filter_map(|bound| {
            let [policy, stage, code] = ["policy", "stage", "code"].map(|key| text_of(bound, key));
            Some(format!("{} at {} fails with {}", name_in(policy?), stage?, code?))
        });
        let bindings: Vec<String> = bindings.collect();
        let access = if bindings.is_empty() { "public" } else { "policy_governed" };
        self.proposals.text(subject, "access", access, node.span);
        self.several(subject, "governed by", bindings, node.span);
    }

    fn effects(&mut self, subject: &Subject, node: &Node, root: String) {
        let state = root.split_once(' ').map_or("", |(_, state)| state);
        self.proposals.text(subject, "state", state, node.span);
        let parts = items(get(node, "parts")).iter().filter_map(|part| effect(get(part, "effect")?));
        let effects = std::iter::once(root.clone()).chain(parts).collect();
        self.several(subject, "effect", effects, node.span);
        let transaction = if text_of(node, "kind") == Some("query") { "read_only" } else { "single_aggregate" };
        self.proposals.text(subject, "transaction", transaction, node.span);
    }

    fn failures(&mut self, subject: &Subject, node: &Node) {
        for failure in entries(get(node, "failures").and_then(|failures| get(failures, "declared"))) {
            let code = part(subject, "failure", &failure.key.value);
            let kinds = items(get(&failure.value, "kinds")).iter().filter_map(text).map(Text::from);
            self.proposals.propose(&code, "for", Object::List(kinds.collect()), failure.value.span);
            self.member(&code, "meaning", &failure.value, "meaning");
        }
    }

    fn repetition(&mut self, subject: &Subject, node: &Node) {
        let idempotency = get(node, "idempotency");
        let fields = idempotency.map(|node| items(get(node, "fields"))).unwrap_or_default();
        let idempotency = match fields.first().and_then(text) {
            Some(field) => format!("keyed_by {field}"),
            None => "inherent".to_owned(),
        };
        self.proposals.text(subject, "idempotency", idempotency, node.span);
        if let Some(concurrency) = get(node, "concurrency") {
            let field = text_of(concurrency, "field").map(|field| format!(" {field}")).unwrap_or_default();
            let mode = text_of(concurrency, "mode").unwrap_or_default();
            self.proposals.text(subject, "concurrency", format!("{mode}{field}"), concurrency.span);
        }
    }

    /// Claims of one kind, and their order if it is not that of their texts.
    fn several(&mut self, subject: &Subject, predicate: &str, texts: Vec<String>, span: Span) {
        for text in &texts {
            self.proposals.text(subject, predicate, text.as_str(), span);
        }
        let texts = texts.into_iter().map(Text::from).collect();
        self.proposals.order(subject, &format!("{predicate} order"), texts, span);
    }
}

/// `creates Order`; none of what is not about one entity.
fn effect(node: &Node) -> Option<String> {
    let verb = text_of(node, "kind").filter(|kind| matches!(*kind, "creates" | "mutates" | "reads"))?;
    Some(format!("{verb} {}", name_in(text_of(node, "entity")?)))
}
