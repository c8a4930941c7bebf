//! Lints on the flows of a context: each says what it stands for, and what it repeats of that is right.

use super::{Profile, asks_for_strict, at};
use crate::flows::{cqrs_of, kind_of, member};
use crate::generated::lints::FlowLint;
use crate::load::ContextInput;
use crate::report;
use seac_model::{Context, FlowKind, Idempotency, Operation};
use seac_syntax::Diagnostic;
use seac_syntax::sea::ast::{Annotation, DeclarationKind, Flow, Value, ValueKind};

/// The flows of one context, and what they stand for.
struct Flows<'a> {
    input: &'a ContextInput,
    context: &'a Context,
}

/// Looks at the flows of a context after they were joined with its operations and events.
pub fn run(input: &ContextInput, context: &Context, profile: Profile, out: &mut Vec<Diagnostic>) {
    let flows = Flows { input, context };
    let profile = if input.sea.iter().any(|file| asks_for_strict(file)) { Profile::Strict } else { profile };
    for lint in FlowLint::ALL {
        at(lint.code(), lint.level(profile), out, |out| check(*lint)(&flows, out));
    }
}

type Check = fn(&Flows<'_>, &mut Vec<Diagnostic>);

fn check(lint: FlowLint) -> Check {
    match lint {
        FlowLint::FlowWithoutCqrs => without_cqrs,
        FlowLint::CqrsElsewhere => cqrs_elsewhere,
        FlowLint::CommandWithoutTx => without_tx,
        FlowLint::EventWithoutOutbox => without_outbox,
        FlowLint::QueryWithoutReadModel => without_read_model,
        FlowLint::CommandWithoutIdempotency => without_idempotency,
        FlowLint::FlowDisagrees => disagreements,
    }
}

/// A flow with what it stands for.
struct Bound<'a> {
    flow: &'a Flow,
    cqrs: &'a Annotation,
    kind: FlowKind,
    operation: Option<&'a Operation>,
}

impl<'a> Flows<'a> {
    fn written(&self) -> impl Iterator<Item = &'a Flow> {
        let declarations = self.input.sea.iter().flat_map(|file| &file.declarations);
        declarations.filter_map(|declaration| match &declaration.kind {
            DeclarationKind::Flow(flow) => Some(flow.as_ref()),
            _ => None,
        })
    }

    fn bound(&self, wanted: FlowKind) -> impl Iterator<Item = Bound<'a>> {
        let context = self.context;
        self.written().filter_map(move |flow| {
            let is_it = |lowered: &&seac_model::Flow| {
                lowered.resource == *flow.resource.value
                    && lowered.from == *flow.from.value
                    && lowered.to == *flow.to.value
                    && lowered.kind.is_some()
            };
            let named = context.flows.get(flow.resource.value.as_str()).filter(is_it);
            let lowered = named.or_else(|| context.flows.values().find(is_it))?;
            let operation = lowered.element.as_ref().and_then(|element| context.operations.get(element));
            let kind = lowered.kind.filter(|kind| *kind == wanted)?;
            // What it stands for may not be there, or be of another kind; that is an error of its own.
            let fits = operation.map_or(kind == FlowKind::Event, |operation| kind_of(operation) == kind);
            fits.then_some(Bound { flow, cqrs: cqrs_of(flow)?, kind, operation })
        })
    }
}

impl<'a> Bound<'a> {
    fn annotation(&self, key: &str) -> Option<&'a Annotation> {
        self.flow.annotations.iter().find(|annotation| annotation.key.value == key)
    }

    /// What an annotation repeats of the operation or event: key of the annotation, member, and the values it may have.
    fn repeats(&self) -> Vec<(&'static str, &'static str, Vec<String>)> {
        match (self.kind, self.operation) {
            (FlowKind::Command, Some(operation)) => {
                let keys = match &operation.idempotency {
                    Idempotency::KeyedBy { fields, .. } => fields.iter().map(|field| quoted(field)).collect(),
                    Idempotency::Inherent => Vec::new(),
                };
                vec![("tx", "transactional", vec!["true".to_owned()]), ("idempotency", "key", keys)]
            }
            (FlowKind::Query, Some(operation)) => {
                let read = operation.effect.entity().map_or("Ledger", |entity| entity.name.as_str());
                vec![("read_model", "name", vec![quoted(read)])]
            }
            (FlowKind::Event, _) => vec![("outbox", "mode", vec![quoted("required")])],
            _ => Vec::new(),
        }
    }

    /// Reports that the annotation is missing, with what has to be written.
    fn want(&self, key: &str, lint: FlowLint, out: &mut Vec<Diagnostic>) {
        if self.annotation(key).is_some() {
            return;
        }
        let repeats = self.repeats();
        let Some((_, member, values)) = repeats.iter().find(|(known, ..)| *known == key) else { return };
        if let Some(value) = values.first() {
            let text = format!("@{key} {{ \"{member}\": {value} }}");
            out.push(report::flow_annotation_missing(lint.code(), &self.flow.resource, self.cqrs.span, &text));
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn without_cqrs(flows: &Flows<'_>, out: &mut Vec<Diagnostic>) {
    let silent = flows.written().filter(|flow| cqrs_of(flow).is_none());
    out.extend(silent.map(|flow| report::flow_without_cqrs(flow.resource.span, &flow.resource.value)));
}

fn cqrs_elsewhere(flows: &Flows<'_>, out: &mut Vec<Diagnostic>) {
    for declaration in flows.input.sea.iter().flat_map(|file| &file.declarations) {
        let annotations: &[Annotation] = match &declaration.kind {
            DeclarationKind::Entity(entity) => &entity.annotations,
            DeclarationKind::Resource(resource) => &resource.annotations,
            DeclarationKind::Role(role) => &role.annotations,
            _ => continue,
        };
        let misplaced = annotations.iter().filter(|annotation| annotation.key.value == "cqrs");
        out.extend(misplaced.map(|annotation| report::cqrs_elsewhere(annotation.span)));
    }
}

fn without_tx(flows: &Flows<'_>, out: &mut Vec<Diagnostic>) {
    flows.bound(FlowKind::Command).for_each(|bound| bound.want("tx", FlowLint::CommandWithoutTx, out));
}

fn without_outbox(flows: &Flows<'_>, out: &mut Vec<Diagnostic>) {
    flows.bound(FlowKind::Event).for_each(|bound| bound.want("outbox", FlowLint::EventWithoutOutbox, out));
}

fn without_read_model(flows: &Flows<'_>, out: &mut Vec<Diagnostic>) {
    flows.bound(FlowKind::Query).for_each(|bound| bound.want("read_model", FlowLint::QueryWithoutReadModel, out));
}

/// Only who calls over a network calls again without being asked.
fn without_idempotency(flows: &Flows<'_>, out: &mut Vec<Diagnostic>) {
    for bound in flows.bound(FlowKind::Command) {
        if bound.operation.is_some_and(|operation| operation.http.is_some()) {
            bound.want("idempotency", FlowLint::CommandWithoutIdempotency, out);
        }
    }
}

fn disagreements(flows: &Flows<'_>, out: &mut Vec<Diagnostic>) {
    let kinds = [FlowKind::Command, FlowKind::Query, FlowKind::Event];
    for bound in kinds.into_iter().flat_map(|kind| flows.bound(kind)) {
        for (key, name, values) in bound.repeats() {
            let Some(said) = bound.annotation(key).and_then(|annotation| member(annotation, name)) else { continue };
            if !values.iter().any(|value| says(said, value)) {
                out.push(report::flow_disagrees(said.span, key, &bound.flow.resource.value, values.first()));
            }
        }
    }
}

fn says(said: &Value, value: &str) -> bool {
    match &said.kind {
        ValueKind::String(text) => quoted(text) == value,
        ValueKind::Bool(flag) => flag.to_string() == value,
        _ => false,
    }
}
