//! Ports, adapters, routes, consumers, grants and paths: how the context meets what is outside of it.

use crate::contract::direction_at;
use crate::load::{ContextInput, Inputs, origin};
use crate::names::{Kind, Scope};
use crate::report;
use seac_model::{
    Adapter, AdapterKind, Consumer, Context, Direction, Effect, FailureKind, Grant, Http, HttpCall, InboundPort,
    Invariant, Method, Model, OperationKind, OutboundPort, PortKind, Runbook, Separation, TypeId, kebab,
};
use seac_syntax::sds::ast::{self as sds, Text};
use seac_syntax::sds::words;
use seac_syntax::{Diagnostic, Sources, Span};
use std::collections::{BTreeMap, BTreeSet};

/// How often a consumer is tried again if the SDS does not say.
const DEFAULT_BACKOFF: &[u64] = &[1_000, 5_000, 30_000];

/// Milliseconds that an attempt of an outbound call may take if the SDS does not say.
const DEFAULT_TIMEOUT: u64 = 5_000;

/// Wires one context.
pub fn connect(sources: &Sources, input: &ContextInput, scope: &Scope, model: &mut Model, out: &mut Vec<Diagnostic>) {
    let grants = grants(input, scope, out);
    let consumers = consumers(sources, input, model, out);
    let Some(context) = model.contexts.get_mut(&input.slug) else { return };
    inbound(input, context, out);
    outbound(sources, input, scope, context, out);
    adapters(sources, input, context, out);
    needed_ports(input, context, out);
    bus(input, context, out);
    context.consumers = consumers;
    invariants(sources, input, scope, context, out);
    context.grants = grants;
    separations(input, scope, context, out);
    unit_of_work(input, out);
    not_enforced(input, out);
}

/// One command is one serialisable transaction over repositories, ledger and outbox; an SDS may say so, nothing else.
fn unit_of_work(input: &ContextInput, out: &mut Vec<Diagnostic>) {
    let Some(uow) = &input.sds.uow else { return };
    let mut check = |written: &Text, words: &[&str]| {
        if !words.contains(&written.value.as_str()) {
            out.push(report::word(written.span, &written.value, words));
        }
    };
    uow.boundary.iter().for_each(|written| check(written, words::BOUNDARIES));
    uow.isolation.iter().for_each(|written| check(written, words::ISOLATIONS));
    uow.includes.iter().for_each(|written| check(written, words::INCLUDES));
    let bus = input.sds.message_bus.iter().filter_map(|bus| bus.outbox.as_ref());
    let events = input.sds.events.iter().filter_map(|event| event.outbox.as_ref());
    bus.chain(events).for_each(|written| check(written, words::OUTBOX_MODES));
}

/// A rule that is written down and not enforced is worse than none: it is refused until it can be.
fn not_enforced(input: &ContextInput, out: &mut Vec<Diagnostic>) {
    let sds = &input.sds;
    out.extend(sds.expectations.iter().map(|rule| report::not_checked_yet(rule.span, "behaviour expectations")));
    out.extend(sds.reasoning.iter().map(|rule| report::not_checked_yet(rule.span, "reasoning rules")));
}

fn inbound(input: &ContextInput, context: &mut Context, out: &mut Vec<Diagnostic>) {
    for port in &input.sds.inbound_ports {
        let mut operations: Vec<String> = Vec::new();
        for name in &port.operations {
            if let Some(operation) = context.operations.get_mut(name.value.as_str()) {
                if operation.direction != Direction::Inbound {
                    let said = direction_at(input, &name.value);
                    out.push(report::not_inbound_exposed(name.span, &name.value, operation.direction, said));
                    continue;
                }
                operations.push(name.value.to_string());
                operation.http = port.http_base.as_ref().map(|base| Http {
                    method: if operation.kind == OperationKind::Command { Method::Post } else { Method::Get },
                    path: format!("{}/{}", base.value.trim_end_matches('/'), kebab(&name.value)),
                    port: port.name.value.to_string(),
                });
            } else if !declared_operation(input, &name.value) {
                let known = context.operations.keys().map(String::as_str);
                out.push(report::unknown("operation", &name.value, name.span, known));
            }
        }
        if let Some(base) = &port.http_base
            && !(base.value.starts_with('/')
                && base.value.chars().all(|c| c.is_ascii_alphanumeric() || "/-_".contains(c)))
        {
            out.push(report::http_base(base.span, &base.value));
        }
        operations.sort();
        let http_base = port.http_base.as_ref().map(|base| base.value.to_string());
        context.inbound_ports.insert(port.name.value.to_string(), InboundPort { operations, http_base });
    }
}

/// An operation that is declared but was not understood has been reported already.
fn declared_operation(input: &ContextInput, name: &str) -> bool {
    use seac_syntax::sea::ast::DeclarationKind::Operation;
    let sea = input.sea.iter().flat_map(|file| &file.declarations);
    let in_sea = |kind: &_| matches!(kind, Operation(operation) if operation.name.value == name);
    sea.into_iter().any(|declaration| in_sea(&declaration.kind))
        || input.sds.commands.iter().chain(&input.sds.queries).any(|operation| operation.name.value == name)
}

fn outbound(sources: &Sources, input: &ContextInput, scope: &Scope, context: &mut Context, out: &mut Vec<Diagnostic>) {
    for port in &input.sds.outbound_ports {
        let kind = match (port.kind.as_ref().map(|kind| kind.value.as_str()), &port.for_entity) {
            (None | Some("repository"), Some(name)) => {
                match scope.resolve(&input.slug, &name.value, name.span, &[Kind::Entity]) {
                    Ok((entity, _)) => PortKind::Repository { entity },
                    Err(diagnostic) => {
                        out.push(*diagnostic);
                        continue;
                    }
                }
            }
            (Some("blobStore"), None) => PortKind::BlobStore,
            (None | Some("service"), None) if !port.operations.is_empty() => {
                PortKind::Service { operations: carried_out(input, port, context, out) }
            }
            _ => {
                let span = port.kind.as_ref().map_or(port.name.span, |kind| kind.span);
                let written = port.kind.as_ref().map_or("nothing", |kind| kind.value.as_str());
                out.push(report::word(
                    span,
                    written,
                    &["repository (with for)", "blobStore", "service (with operations)"],
                ));
                continue;
            }
        };
        let origin = origin(sources, port.span);
        context.outbound_ports.insert(port.name.value.to_string(), OutboundPort { kind, origin });
    }
}

/// The operations behind a service port: outbound ones, each behind one port.
fn carried_out(
    input: &ContextInput,
    port: &sds::OutboundPort,
    context: &Context,
    out: &mut Vec<Diagnostic>,
) -> Vec<String> {
    let mut operations = Vec::new();
    for name in &port.operations {
        match context.operations.get(name.value.as_str()) {
            Some(operation) if operation.direction != Direction::Outbound => {
                let said = direction_at(input, &name.value);
                out.push(report::not_outbound(name.span, &name.value, said));
            }
            Some(_) => operations.push(name.value.to_string()),
            None if declared_operation(input, &name.value) => {}
            None => {
                let known = context.operations.keys().map(String::as_str);
                out.push(report::unknown("operation", &name.value, name.span, known));
            }
        }
        let earlier = context.outbound_ports.iter().find(|(_, known)| carries_out(&known.kind, &name.value));
        if let Some((first, _)) = earlier {
            out.push(report::carried_out_twice(name.span, &name.value, first));
        }
    }
    operations.sort();
    operations.dedup();
    operations
}

fn carries_out(kind: &PortKind, operation: &str) -> bool {
    matches!(kind, PortKind::Service { operations } if operations.iter().any(|known| known == operation))
}

fn adapters(sources: &Sources, input: &ContextInput, context: &mut Context, out: &mut Vec<Diagnostic>) {
    for adapter in &input.sds.adapters {
        let Some(port) = context.outbound_ports.get(adapter.implements.value.as_str()) else {
            let known = context.outbound_ports.keys().map(String::as_str);
            out.push(report::unknown("outbound port", &adapter.implements.value, adapter.implements.span, known));
            continue;
        };
        let kind = match (adapter.kind.value.as_str(), &port.kind) {
            ("sql", PortKind::Repository { .. }) => AdapterKind::Sql,
            ("objectStore", PortKind::BlobStore) => AdapterKind::ObjectStore,
            ("http", PortKind::Service { .. }) => AdapterKind::Http,
            ("custom", PortKind::Service { .. }) => AdapterKind::Custom,
            ("sql" | "objectStore" | "http" | "custom", _) => {
                out.push(report::adapter_does_not_fit(adapter.kind.span, &adapter.kind.value));
                continue;
            }
            (other, _) => {
                out.push(report::word(adapter.kind.span, other, words::ADAPTER_KINDS));
                continue;
            }
        };
        let implements = adapter.implements.value.to_string();
        let http = (kind == AdapterKind::Http).then(|| http_call(adapter.http.as_ref()));
        if let Some(written) = adapter.http.as_ref().filter(|_| http.is_none()) {
            out.push(report::adapter_without_http(written.span));
        }
        let origin = origin(sources, adapter.span);
        context.adapters.insert(adapter.name.value.to_string(), Adapter { implements, kind, http, origin });
    }
    for port in &input.sds.outbound_ports {
        let name = &port.name.value;
        let answered = context.adapters.values().filter(|adapter| *adapter.implements == **name).count();
        let known = context.outbound_ports.contains_key(name.as_str());
        if known && answered != 1 {
            out.push(report::port_adapters(port.name.span, name, answered));
        }
    }
}

/// How a service is called, as written or as usual.
fn http_call(written: Option<&sds::HttpCall>) -> HttpCall {
    let timeout = written.and_then(|http| http.timeout.as_ref()).map_or(DEFAULT_TIMEOUT, |timeout| timeout.value);
    let backoff = written.and_then(|http| http.retry.as_ref()).map(backoff).unwrap_or_default();
    HttpCall { timeout, backoff }
}

/// Every entity whose state an operation touches needs a repository.
fn needed_ports(input: &ContextInput, context: &Context, out: &mut Vec<Diagnostic>) {
    let has_repository = |entity: &TypeId| {
        context
            .outbound_ports
            .values()
            .any(|port| matches!(&port.kind, PortKind::Repository { entity: e } if e == entity))
    };
    let mut reported: Vec<&TypeId> = Vec::new();
    for (name, operation) in &context.operations {
        // What others carry out is kept by them.
        if operation.direction == Direction::Outbound {
            continue;
        }
        for entity in operation.effects().filter_map(Effect::entity) {
            if entity.context == input.slug && !has_repository(entity) && !reported.contains(&entity) {
                reported.push(entity);
                out.push(report::no_repository(input.sds.span.at_start(), &entity.name, name));
            }
        }
    }
    for written in &input.sds.read_models {
        let id = TypeId::new(&input.slug, &*written.entity.name.value);
        if !has_repository(&id) && !reported.contains(&&id) {
            out.push(report::no_repository(written.entity.name.span, &id.name, &id.name));
        }
    }
}

fn bus(input: &ContextInput, context: &mut Context, out: &mut Vec<Diagnostic>) {
    let mut routed: BTreeMap<&str, Span> = BTreeMap::new();
    let bus = input.sds.message_bus.as_ref();
    for route in bus.iter().flat_map(|bus| &bus.routes) {
        let known: Vec<String> = context.events.keys().cloned().collect();
        match context.events.get_mut(route.event.value.as_str()) {
            Some(event) => {
                event.subject = route.subject.value.to_string();
                event.external = route.external;
            }
            None => {
                let known = known.iter().map(String::as_str);
                out.push(report::unknown("event", &route.event.value, route.event.span, known));
            }
        }
        if let Some(first) = routed.insert(&route.subject.value, route.subject.span) {
            out.push(report::declared_twice("subject", &route.subject.value, route.subject.span, "subject", first));
        }
    }
    let place = bus.map_or(input.sds.span.at_start(), |bus| bus.span.at_start());
    for (name, event) in &context.events {
        if event.subject.is_empty() {
            out.push(report::event_without_route(place, name));
        }
    }
    let retry = bus.and_then(|bus| bus.retry.as_ref());
    context.retry_backoff = match retry {
        Some(retry) => backoff(retry),
        None => DEFAULT_BACKOFF.to_vec(),
    };
}

/// One delay for each further attempt; the last delay repeats.
fn backoff(retry: &sds::Retry) -> Vec<u64> {
    let delays: Vec<u64> = retry.backoff.iter().map(|delay| delay.value).collect();
    let last = delays.last().copied().unwrap_or(1_000);
    (0..retry.max.value.min(100)).map(|i| delays.get(i as usize).copied().unwrap_or(last)).collect()
}

/// A consumer runs an operation of its own context on the fields of the event that have the names of its input.
fn consumers(
    sources: &Sources,
    input: &ContextInput,
    model: &Model,
    out: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Consumer> {
    let mut consumers = BTreeMap::new();
    let Some(context) = model.contexts.get(&input.slug) else { return consumers };
    for written in input.sds.message_bus.iter().flat_map(|bus| &bus.consumers) {
        let Some(event_id) = event_id(input, model, &written.event, out) else { continue };
        let Some(operation) = context.operations.get(written.runs.value.as_str()) else {
            let known = context.operations.keys().map(String::as_str);
            out.push(report::unknown("operation", &written.runs.value, written.runs.span, known));
            continue;
        };
        let event = model.contexts.get(&event_id.context).and_then(|context| context.events.get(&event_id.name));
        let (Some(event), Some(record)) = (event, model.record(&operation.input)) else { continue };
        let mut input_from = BTreeMap::new();
        for field in &record.fields {
            match event.payload.iter().find(|payload| payload.gives(field)) {
                Some(payload) => {
                    input_from.insert(field.name.clone(), payload.name.clone());
                }
                None if field.optional => {}
                None => out.push(report::consumer_input(written.runs.span, &field.name, &event_id.name)),
            }
        }
        let consumer = Consumer {
            event: event_id,
            runs: written.runs.value.to_string(),
            input_from,
            origin: origin(sources, written.span),
        };
        consumers.insert(written.durable.value.to_string(), consumer);
    }
    consumers
}

/// Events that SEA operations emit are records there, so events are looked up in the Model and not in the scope.
pub(crate) fn event_id(input: &ContextInput, model: &Model, name: &Text, out: &mut Vec<Diagnostic>) -> Option<TypeId> {
    let (context, local) = name.value.split_once('.').unwrap_or((input.slug.as_str(), &name.value));
    let visible = context == input.slug || input.sds.uses.iter().any(|used| used.value == context);
    let events = model.contexts.get(context).filter(|_| visible).map(|context| &context.events);
    if events.is_some_and(|events| events.contains_key(local)) {
        return Some(TypeId::new(context, local));
    }
    let known = events.into_iter().flat_map(|events| events.keys()).map(String::as_str);
    out.push(report::unknown("event", &name.value, name.span, known));
    None
}

fn invariants(
    sources: &Sources,
    input: &ContextInput,
    scope: &Scope,
    context: &mut Context,
    out: &mut Vec<Diagnostic>,
) {
    for invariant in &input.sds.invariants {
        let severity = &invariant.severity;
        if !words::SEVERITIES.contains(&severity.value.as_str()) {
            out.push(report::word(severity.span, &severity.value, words::SEVERITIES));
        }
        if let Some(probe) = invariant.probe.as_ref().filter(|probe| !words::PROBES.contains(&probe.value.as_str())) {
            out.push(report::word(probe.span, &probe.value, words::PROBES));
        }
        let runbook = invariant.runbook.as_ref().map(|runbook| lower_runbook(input, runbook, scope, out));
        let lowered = Invariant {
            statement: invariant.statement.value.to_string(),
            severity: severity.value.to_string(),
            probe: invariant.probe.as_ref().map(|probe| probe.value.to_string()),
            every: invariant.every.as_ref().map(|every| every.value),
            runbook,
            origin: origin(sources, invariant.span),
        };
        context.invariants.insert(invariant.id.value.to_string(), lowered);
    }
}

fn lower_runbook(input: &ContextInput, written: &sds::Runbook, scope: &Scope, out: &mut Vec<Diagnostic>) -> Runbook {
    let resolve = |approver: &Text| scope.resolve(&input.slug, &approver.value, approver.span, &[Kind::Role]);
    let approver = written.approver.as_ref().map(resolve).and_then(|found| match found {
        Ok((role, _)) => Some(role),
        Err(diagnostic) => {
            out.push(*diagnostic);
            None
        }
    });
    let texts = |written: &[Text]| written.iter().map(|text| text.value.to_string()).collect();
    Runbook {
        blast_radius: written.blast_radius.as_ref().map(|text| text.value.to_string()),
        contain: texts(&written.contain),
        preserve: texts(&written.preserve),
        diagnose: texts(&written.diagnose),
        recover: texts(&written.recover),
        approver,
        verify: texts(&written.verify),
    }
}

fn grants(input: &ContextInput, scope: &Scope, out: &mut Vec<Diagnostic>) -> Vec<Grant> {
    let mut grants = Vec::new();
    for grant in &input.sds.grants {
        let role = scope.resolve(&input.slug, &grant.role.value, grant.role.span, &[Kind::Role]);
        let Ok((role, _)) = role.map_err(|diagnostic| out.push(*diagnostic)) else { continue };
        for name in &grant.may {
            match scope.resolve(&input.slug, &name.value, name.span, &[Kind::Operation]) {
                Ok((operation, _)) => grants.push(Grant { role: role.clone(), operation }),
                Err(diagnostic) => out.push(*diagnostic),
            }
        }
    }
    grants.sort();
    grants
}

/// Who may not carry out what after what. What was done is remembered for one entity, so the operations have to be about one.
fn separations(input: &ContextInput, scope: &Scope, context: &mut Context, out: &mut Vec<Diagnostic>) {
    for rule in &input.sds.separation_of_duties {
        let found = rule.between.iter().filter_map(|name| {
            let found = scope.resolve(&input.slug, &name.value, name.span, &[Kind::Operation]);
            found.map(|(id, _)| id).map_err(|diagnostic| out.push(*diagnostic)).ok()
        });
        let operations: BTreeSet<TypeId> = found.collect();
        if operations.len() < rule.between.iter().map(|name| &name.value).collect::<BTreeSet<_>>().len() {
            continue;
        }
        let entities: BTreeSet<Option<TypeId>> = operations.iter().map(|id| kept(input, context, id)).collect();
        if operations.len() < 2 || entities.len() != 1 || entities.contains(&None) {
            let what = "separation of duties between operations that are not about one entity of the context";
            out.push(report::not_emitted_yet(rule.span, what));
            continue;
        }
        undeclared(rule, context, &operations, out);
        for id in &operations {
            let Some(operation) = context.operations.get_mut(&id.name) else { continue };
            let own = rule.fails_with.as_ref().map(|code| code.value.to_string());
            let own = own.into_iter().find(|code| operation.failures.declared.contains_key(code));
            let policy = operation.failures.code_for.get(&FailureKind::Policy).cloned();
            let code = own.or(policy).unwrap_or_else(|| "not_permitted".to_owned());
            let others = operations.iter().filter(|other| *other != id).cloned().collect();
            operation.separated.push(Separation { rule: rule.rule.value.to_string(), code, others });
        }
    }
}

/// A failure that none of the operations declares is a slip of the pen.
fn undeclared(
    rule: &sds::SeparationOfDuties,
    context: &Context,
    operations: &BTreeSet<TypeId>,
    out: &mut Vec<Diagnostic>,
) {
    let Some(code) = &rule.fails_with else { return };
    let of = operations.iter().filter_map(|id| context.operations.get(&id.name));
    let known: BTreeSet<&str> =
        of.flat_map(|operation| operation.failures.declared.keys()).map(String::as_str).collect();
    if !known.contains(code.value.as_str()) {
        out.push(report::unknown("failure", &code.value, code.span, known));
    }
}

/// The entity that an operation of the context is about, if the context carries it out.
fn kept(input: &ContextInput, context: &Context, id: &TypeId) -> Option<TypeId> {
    let operation = context.operations.get(&id.name).filter(|_| id.context == input.slug)?;
    let one = matches!(operation.effect, Effect::Creates { .. } | Effect::Mutates { .. } | Effect::Reads { .. });
    operation.effect.entity().filter(|_| one && operation.direction != Direction::Outbound).cloned()
}

/// A granted role may call the operation as its actor does. An operation open to everybody stays so.
pub fn apply_grants(model: &mut Model) {
    let grants: Vec<Grant> = model.contexts.values().flat_map(|context| context.grants.clone()).collect();
    for grant in grants {
        let context = model.contexts.get_mut(&grant.operation.context);
        let Some(operation) = context.and_then(|context| context.operations.get_mut(&grant.operation.name)) else {
            continue;
        };
        if !operation.roles.is_empty() && !operation.roles.contains(&grant.role) {
            operation.roles.push(grant.role);
            operation.roles.sort();
        }
    }
}

/// No two operations or webhooks listen on one path.
pub fn http_paths(inputs: &Inputs, model: &mut Model, out: &mut Vec<Diagnostic>) {
    let mut taken: BTreeMap<String, Span> = BTreeMap::new();
    for input in inputs.contexts.values() {
        let Some(context) = model.contexts.get(&input.slug) else { continue };
        for port in &input.sds.inbound_ports {
            for name in &port.operations {
                let http = context.operations.get(name.value.as_str()).and_then(|operation| operation.http.as_ref());
                if let Some(http) = http.filter(|http| *http.port == *port.name.value) {
                    claim(&mut taken, &http.path, name.span, out);
                }
            }
        }
        for webhook in input.sds.connectors.iter().filter_map(|connector| connector.webhook.as_ref()) {
            claim(&mut taken, &webhook.path.value, webhook.path.span, out);
        }
    }
}

fn claim(taken: &mut BTreeMap<String, Span>, path: &str, span: Span, out: &mut Vec<Diagnostic>) {
    if let Some(first) = taken.insert(path.to_owned(), span) {
        out.push(report::path_taken(span, path, first));
    }
}
