//! Flows of SEA and elements of the SDS: every command, query and event is exactly one flow.

use crate::load::{ContextInput, origin};
use crate::names::{Kind, Scope};
use crate::report;
use hashbrown::HashSet;
use seac_model::{Context, Flow, FlowKind, Operation, OperationKind};
use seac_syntax::sea::ast::{self, Annotation, DeclarationKind, Value, ValueKind};
use seac_syntax::{Diagnostic, Sources, Span, sea};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Joins the flows of one context with its operations and events. A context without SEA flows is described by its SDS
/// alone and needs none.
pub fn join(sources: &Sources, input: &ContextInput, scope: &Scope, context: &mut Context, out: &mut Vec<Diagnostic>) {
    let mut bound: BTreeMap<String, Span> = BTreeMap::new();
    let mut found = Vec::new();
    for declaration in input.sea.iter().flat_map(|file| &file.declarations) {
        let DeclarationKind::Flow(flow) = &declaration.kind else { continue };
        let (kind, element) = cqrs(flow, out);
        if let Some(element) = &element {
            // What is declared and is not there has errors of its own.
            let declared = scope.declared_at(&input.slug, &element.value, &[Kind::Operation, Kind::Event]);
            if declared.is_none() || is_there(context, element) {
                bind(context, kind, element, (flow.resource.span, declared), out);
            }
            if let Some(first) = bound.insert(element.value.to_string(), flow.resource.span) {
                out.push(report::declared_twice("flow of", &element.value, flow.resource.span, "flow of", first));
            }
        }
        let (quantity, mut annotations) = sea::diff::of_flow(flow);
        // That is what kind and element say.
        annotations.remove("@cqrs");
        found.push(Flow {
            concept_id: String::new(),
            resource: flow.resource.value.to_string(),
            kind,
            element: element.map(|element| element.value.to_string()),
            from: flow.from.value.to_string(),
            to: flow.to.value.to_string(),
            quantity,
            annotations,
            origin: origin(sources, declaration.span),
        });
    }
    keep(found, context);
    if !context.flows.is_empty() {
        missing(input, context, &bound, out);
    }
}

/// Puts flows into their context. The order in which they were declared does not show: of several flows of a resource,
/// the one that stands for something is the one with the plain name.
fn keep(mut found: Vec<Flow>, context: &mut Context) {
    found.sort_by(|a, b| place(a).cmp(&place(b)));
    let mut taken: HashSet<String> = HashSet::with_capacity(found.len());
    let mut named: Vec<(String, Flow)> = Vec::with_capacity(found.len());
    let mut ordinal = 0;
    for mut flow in found {
        // Those that have all but their number in common stand behind each other.
        let is_next = named.last().is_some_and(|(_, last)| identity(last) == identity(&flow));
        ordinal = if is_next { ordinal + 1 } else { 0 };
        flow.concept_id = concept_id(&context.namespace, &flow, ordinal);
        let mut name = flow.resource.clone();
        if taken.contains(&name) {
            name = [&flow.resource, " from ", &flow.from, " to ", &flow.to].concat();
        }
        if taken.contains(&name) {
            name = format!("{name} ({})", flow.concept_id);
        }
        taken.insert(name.clone());
        let operation = flow.element.as_ref().and_then(|element| context.operations.get_mut(element));
        if let Some(operation) = operation.filter(|operation| operation.flow.is_none()) {
            operation.flow = Some(name.clone());
        }
        named.push((name, flow));
    }
    context.flows = named.into_iter().collect();
}

/// What the order of flows depends on: what stands for something comes first.
fn place(flow: &Flow) -> impl Ord {
    let Flow { resource, from, to, kind, quantity, annotations, .. } = flow;
    (resource, kind.is_none(), from, to, kind, quantity, annotations)
}

/// What the id of a flow depends on besides its number.
fn identity(flow: &Flow) -> impl Eq {
    (&flow.resource, &flow.from, &flow.to, flow.kind)
}

/// `@cqrs { "kind": …, "element": … }`; without `element` the resource is called as the element is.
fn cqrs(flow: &ast::Flow, out: &mut Vec<Diagnostic>) -> (Option<FlowKind>, Option<ast::Name>) {
    let Some(annotation) = cqrs_of(flow) else { return (None, None) };
    let kind = match member(annotation, "kind").map(|value| &value.kind) {
        Some(ValueKind::String(word)) if word == "command" => FlowKind::Command,
        Some(ValueKind::String(word)) if word == "query" => FlowKind::Query,
        Some(ValueKind::String(word)) if word == "event" => FlowKind::Event,
        _ => {
            out.push(report::cqrs_kind(annotation.span));
            return (None, None);
        }
    };
    let element = match member(annotation, "element") {
        Some(Value { kind: ValueKind::String(name), span }) => ast::Name::new(name.clone(), *span),
        _ => flow.resource.clone(),
    };
    (Some(kind), Some(element))
}

/// The annotation that says what a flow stands for.
pub fn cqrs_of(flow: &ast::Flow) -> Option<&Annotation> {
    flow.annotations.iter().find(|annotation| annotation.key.value == "cqrs")
}

/// A member of an annotation that is written as an object.
pub fn member<'a>(annotation: &'a Annotation, key: &str) -> Option<&'a Value> {
    match annotation.values.first().map(|value| &value.kind) {
        Some(ValueKind::Object(members)) => members.iter().find(|(name, _)| name.value == key).map(|(_, value)| value),
        _ => None,
    }
}

fn is_there(context: &Context, element: &ast::Name) -> bool {
    context.operations.contains_key(element.value.as_str()) || context.events.contains_key(element.value.as_str())
}

/// The kind of the flow that stands for an operation.
pub fn kind_of(operation: &Operation) -> FlowKind {
    match operation.kind {
        OperationKind::Command => FlowKind::Command,
        OperationKind::Query => FlowKind::Query,
    }
}

/// The element exists and is of the flow's kind.
fn bind(
    context: &Context,
    kind: Option<FlowKind>,
    element: &ast::Name,
    (flow, declared): (Span, Option<Span>),
    out: &mut Vec<Diagnostic>,
) {
    let operation = context.operations.get(element.value.as_str()).map(kind_of);
    let event = context.events.contains_key(element.value.as_str()).then_some(FlowKind::Event);
    match operation.or(event) {
        Some(found) if Some(found) == kind => {}
        Some(found) => out.push(report::flow_kind(flow, &element.value, found, declared)),
        None => {
            let known = context.operations.keys().chain(context.events.keys()).map(String::as_str);
            out.push(report::unknown("command, query or event", &element.value, element.span, known));
        }
    }
}

fn missing(input: &ContextInput, context: &Context, bound: &BTreeMap<String, Span>, out: &mut Vec<Diagnostic>) {
    let place = input.sds.span.at_start();
    for name in context.operations.keys().chain(context.events.keys()) {
        if !bound.contains_key(name) {
            out.push(report::without_flow(place, name));
        }
    }
}

/// A function of namespace, resource, ends, kind and the number among equal ones: the same flow has the same id in every
/// run and on every machine.
fn concept_id(namespace: &str, flow: &Flow, ordinal: usize) -> String {
    let kind = match flow.kind {
        Some(FlowKind::Command) => "command",
        Some(FlowKind::Query) => "query",
        Some(FlowKind::Event) => "event",
        None => "",
    };
    let mut parts = vec!["flow", namespace, &flow.resource, &flow.from, &flow.to, kind];
    let ordinal = if ordinal == 0 { String::new() } else { ordinal.to_string() };
    // The first one has the id that it had before there was a second.
    parts.extend(Some(ordinal.as_str()).filter(|ordinal| !ordinal.is_empty()));
    let digest = Sha256::digest(parts.join("\u{1f}").as_bytes());
    seac_model::hex(&digest[..16])
}
