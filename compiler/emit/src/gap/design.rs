//! Gaps within the specs: parts of a design that lead nowhere.

use super::{Gap, Kind, Place, Severity, element, own};
use seac_model::{Context, Invariant, Modality, Model, PolicyKind, Step, TypeId};

/// All of them.
pub fn gaps(model: &Model) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for (slug, context) in own(model) {
        let of_context = ports(context).into_iter().chain(events(model, slug, context));
        let of_context = of_context.chain(policies(slug, context)).chain(invariants(context));
        gaps.extend(of_context.map(|gap| gap.in_context(slug)));
    }
    gaps
}

fn ports(context: &Context) -> Vec<Gap> {
    let answered = |name: &str| context.adapters.values().any(|adapter| adapter.implements == name);
    let open = context.outbound_ports.iter().filter(|(name, _)| !answered(name));
    open.map(|(name, port)| {
        let message = format!("nothing answers the outbound port `{name}`");
        let closes = format!("add an adapter with `implements: {name}`");
        Gap::new(Kind::PortWithoutAdapter, element(context, name), Place::from(&port.origin), message, closes)
    })
    .collect()
}

fn events(model: &Model, slug: &str, context: &Context) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for (name, event) in &context.events {
        let id = TypeId::new(slug, name);
        let publishes = |step: &Step| matches!(step, Step::Publish { event, .. } if *event == id);
        let mut steps = model.contexts.values().flat_map(|context| context.operations.values()).flat_map(|o| &o.steps);
        let mut consumers = model.contexts.values().flat_map(|context| context.consumers.values());
        if !steps.any(publishes) {
            let message = format!("no operation publishes `{name}`");
            let closes = format!("add the step `publish: {name}` to a use case, or remove the event");
            let place = Place::from(&event.origin);
            gaps.push(Gap::new(Kind::EventWithoutPublisher, element(context, name), place, message, closes));
        } else if !event.external && !consumers.any(|consumer| consumer.event == id) {
            let message = format!("nothing here reacts to `{name}`");
            let closes = "add a consumer to `messageBus.consumers`, or write `external: true` on its route".to_owned();
            let place = Place::from(&event.origin);
            gaps.push(Gap::new(Kind::EventWithoutConsumer, element(context, name), place, message, closes));
        }
    }
    gaps
}

/// Derivations compute and permissions grant; neither is enforced.
fn policies(slug: &str, context: &Context) -> Vec<Gap> {
    let bound = |name: &str| {
        let mut bindings = context.operations.values().flat_map(|operation| &operation.policies);
        bindings.any(|binding| binding.policy == TypeId::new(slug, name))
    };
    let demands = context
        .policies
        .iter()
        .filter(|(_, policy)| policy.kind != PolicyKind::Derivation && policy.modality != Modality::Permission);
    let free = demands.filter(|(name, policy)| !bound(name) && !decided_over_the_model(&policy.expression));
    free.map(|(name, policy)| {
        let message = format!("no operation is governed by the policy `{name}`");
        let closes = format!("write `policy_governed by {name} at …` in an operation, or remove the policy");
        Gap::new(Kind::PolicyNeverEnforced, element(context, name), Place::from(&policy.origin), message, closes)
    })
    .collect()
}

/// Words that only an expression over the whole model has: such a policy is decided by `seac check`.
const COLLECTIONS: &[&str] = &[
    "forall",
    "exists",
    "exists_unique",
    "group_by",
    "flows",
    "entities",
    "resources",
    "instances",
    "relations",
    "entity_instances",
];

fn decided_over_the_model(expression: &str) -> bool {
    let mut words = expression.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.any(|word| COLLECTIONS.contains(&word))
}

fn invariants(context: &Context) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for (id, invariant) in &context.invariants {
        let (element, place) = (element(context, id), Place::from(&invariant.origin));
        let severity = severity(invariant);
        if invariant.probe.is_none() {
            let message = format!("nothing checks that {id} holds: {}", invariant.statement);
            let closes = "add `check: { probe: …, every: … }`".to_owned();
            let gap = Gap::new(Kind::InvariantWithoutProbe, element.clone(), place.clone(), message, closes);
            gaps.push(gap.weighing(severity));
        }
        let missing = invariant.runbook.as_ref().map(seac_model::Runbook::missing);
        if missing.as_ref().is_none_or(|missing| !missing.is_empty()) {
            let (message, closes) = match &missing {
                None => (format!("nobody knows what to do when {id} does not hold"), "add a `runbook`".to_owned()),
                Some(keys) => (
                    format!("the runbook of {id} cannot be followed to its end"),
                    format!("add {}", keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")),
                ),
            };
            gaps.push(
                Gap::new(Kind::InvariantWithoutRunbook, element, place, message, closes).weighing(severity.lighter()),
            );
        }
    }
    gaps
}

fn severity(invariant: &Invariant) -> Severity {
    let words = Severity::ALL.into_iter().find(|severity| severity.word() == invariant.severity);
    words.unwrap_or(Severity::Medium)
}
