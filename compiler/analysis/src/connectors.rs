//! Connectors: transports and parsers, checked so that what is emitted from them cannot surprise.

use crate::load::{ContextInput, origin};
use crate::report;
use seac_model::{
    Case, Challenge, Connector, ConnectorExample, Extract, Format, Guard, HeaderSecret, Literal, Model, Poll,
    PollDetail, PollNext, PollSince, Reference, Secret, Spot, Verify, Webhook,
};
use seac_syntax::sds::ast::{self as sds, ExtractKind, Scalar, ScalarKind};
use seac_syntax::sds::words;
use seac_syntax::{Diagnostic, Sources};
use std::collections::{BTreeMap, BTreeSet};

/// How long an answer may take if nothing is said.
const TIMEOUT: u64 = 30_000;

/// Declares the connectors of one context.
pub fn declare(sources: &Sources, input: &ContextInput, model: &mut Model, out: &mut Vec<Diagnostic>) {
    let Some(context) = model.contexts.get_mut(&input.slug) else { return };
    for written in &input.sds.connectors {
        if written.webhook.is_none() && written.poll.is_none() {
            out.push(report::connector_incomplete(written.name.span, "transport.webhook"));
            continue;
        }
        let before = out.len();
        let webhook = written.webhook.as_ref().and_then(|webhook| self::webhook(webhook, out));
        let poll = written.poll.as_ref().and_then(|poll| self::poll(poll, out));
        if out.len() > before {
            continue;
        }
        let cases = cases(sources, written, out);
        let mut redact: Vec<String> = written.redact.iter().map(|pointer| pointer.value.to_string()).collect();
        redact.sort();
        if let Some(word) = written.otherwise.as_ref().filter(|word| word.value != "unclassified") {
            out.push(report::word(word.span, &word.value, words::OTHERWISE));
        }
        let examples = examples(sources, written, &cases, out);
        let connector = Connector { webhook, poll, redact, cases, examples, origin: origin(sources, written.span) };
        context.connectors.insert(written.name.value.to_string(), connector);
    }
}

/// A webhook without a signature, or without an id to tell deliveries apart, is no evidence.
fn webhook(webhook: &sds::Webhook, out: &mut Vec<Diagnostic>) -> Option<Webhook> {
    let Some(verify) = &webhook.verify else {
        out.push(report::connector_incomplete(webhook.span, "verify.hmacSha256"));
        return None;
    };
    Some(Webhook {
        path: webhook.path.value.to_string(),
        verify: match verify {
            sds::Verify::Hmac(hmac) => Verify::Hmac(header_secret(hmac)),
            sds::Verify::Token(token) => Verify::Token(header_secret(token)),
        },
        format: format(webhook, out)?,
        challenge: webhook
            .challenge
            .as_ref()
            .map(|(header, member)| Challenge { header: header.value.to_string(), member: member.value.to_string() }),
    })
}

fn format(webhook: &sds::Webhook, out: &mut Vec<Diagnostic>) -> Option<Format> {
    let places = (&webhook.delivery_id, &webhook.event_type);
    if let Some(envelope) = &webhook.envelope {
        let twice = webhook.delivery_id.is_some() || webhook.event_type.is_some() || webhook.items.is_some();
        if twice {
            out.push(report::connector_ambiguous(envelope.span, "id, type and items are the envelope's"));
        }
        return (!twice).then_some(Format::CloudEvents);
    }
    let (Some(delivery_id), Some(event_type)) = places else {
        let missing = if webhook.delivery_id.is_none() { "deliveryId" } else { "eventType" };
        out.push(report::connector_incomplete(webhook.span, missing));
        return None;
    };
    Some(Format::Declared {
        items: webhook.items.as_ref().map(|pointer| pointer.value.to_string()),
        delivery_id: spot(delivery_id),
        event_type: spot(event_type),
    })
}

/// What is asked for has to have an end, and a way to tell where the next round begins.
fn poll(poll: &sds::Poll, out: &mut Vec<Diagnostic>) -> Option<Poll> {
    let newest_first = poll.order.as_ref().is_some_and(|order| order.value == "newestFirst");
    let needed = [
        ("time", poll.time.is_none() && (newest_first || poll.since.is_some())),
        ("since", poll.since.is_none() && newest_first),
    ];
    for (key, _) in needed.iter().filter(|(_, missing)| *missing) {
        out.push(report::connector_incomplete(poll.span, key));
    }
    if needed.iter().any(|(_, missing)| *missing) {
        return None;
    }
    let text = |text: &Option<sds::Text>| text.as_ref().map(|text| text.value.to_string());
    Some(Poll {
        address: secret(&poll.address),
        path: text(&poll.path).unwrap_or_default(),
        query: poll.query.iter().map(|(name, value)| (name.value.to_string(), plain(value))).collect(),
        auth: poll.auth.as_ref().map(header_secret),
        every: poll.every.value,
        timeout: poll.timeout.as_ref().map_or(TIMEOUT, |timeout| timeout.value),
        newest_first,
        items: text(&poll.items).unwrap_or_default(),
        delivery_id: poll.delivery_id.value.to_string(),
        event_type: poll.event_type.value.to_string(),
        time: text(&poll.time),
        next: poll.next.as_ref().map(|next| match next {
            sds::PollNext::Word(_) => PollNext::Link,
            sds::PollNext::Cursor(at, parameter) => {
                PollNext::Cursor { at: at.value.to_string(), parameter: parameter.value.to_string() }
            }
        }),
        since: poll.since.as_ref().map(|since| PollSince {
            parameter: text(&since.parameter),
            lookback: since.lookback.value,
            overlap: since.overlap.as_ref().map_or(0, |overlap| overlap.value),
        }),
        total: poll.total.as_ref().map(spot),
        detail: poll
            .detail
            .as_ref()
            .map(|(by, body)| PollDetail { by: by.value.to_string(), body: text(body).unwrap_or_default() }),
    })
}

fn header_secret(written: &sds::HeaderSecret) -> HeaderSecret {
    HeaderSecret {
        header: written.header.value.to_string(),
        prefix: written.prefix.as_ref().map(|prefix| prefix.value.to_string()).unwrap_or_default(),
        secret: secret(&written.secret),
    }
}

fn secret(written: &sds::SecretRef) -> Secret {
    match written.scheme.as_str() {
        "file" => Secret::File(written.name.clone()),
        _ => Secret::Env(written.name.clone()),
    }
}

fn spot(written: &sds::Spot) -> Spot {
    match written {
        sds::Spot::Header(name) => Spot::Header(name.value.to_string()),
        sds::Spot::Pointer(pointer) => Spot::Pointer(pointer.value.to_string()),
    }
}

/// A parameter as it stands in a query.
fn plain(scalar: &Scalar) -> String {
    match &scalar.kind {
        ScalarKind::Bool(value) => value.to_string(),
        ScalarKind::Number(text) | ScalarKind::String(text) => text.clone(),
        ScalarKind::Null => String::new(),
    }
}

/// Words for what becomes of a delivery that is no evidence event.
const NO_EVENT: [&str; 2] = ["unclassified", "quarantined"];

fn examples(
    sources: &Sources,
    connector: &sds::Connector,
    cases: &[Case],
    out: &mut Vec<Diagnostic>,
) -> Vec<ConnectorExample> {
    let mut names = BTreeSet::new();
    let mut examples = Vec::new();
    for written in &connector.examples {
        if !names.insert(written.name.value.as_str()) {
            out.push(report::connector_ambiguous(written.name.span, "another example has this name"));
            continue;
        }
        let becomes = written.becomes.value.as_str();
        if !NO_EVENT.contains(&becomes) && !cases.iter().any(|case| case.evidence == becomes) {
            out.push(report::connector_ambiguous(written.becomes.span, "no case makes evidence of this type"));
            continue;
        }
        let text = |text: &Option<sds::Text>| text.as_ref().map(|text| text.value.to_string());
        examples.push(ConnectorExample {
            name: written.name.value.to_string(),
            event_type: written.event_type.value.to_string(),
            body: written.body.value.to_string(),
            becomes: becomes.to_owned(),
            subject: text(&written.subject),
            actor: text(&written.actor),
            outcome: text(&written.outcome),
            occurred_at: text(&written.occurred_at),
            reason: text(&written.reason),
            origin: origin(sources, written.span),
        });
    }
    examples
}

fn cases(sources: &Sources, connector: &sds::Connector, out: &mut Vec<Diagnostic>) -> Vec<Case> {
    let mut cases: Vec<(Case, seac_syntax::Span)> = Vec::new();
    for written in &connector.cases {
        let case = case(sources, written);
        // The first case that applies wins, so one that asks for more than an earlier one is never reached.
        let shadowed = cases.iter().find(|(earlier, _)| earlier.when.iter().all(|guard| follows(guard, &case.when)));
        if let Some((_, first)) = shadowed {
            out.push(report::case_unreachable(written.span, *first));
        }
        cases.push((case, written.span));
    }
    cases.into_iter().map(|(case, _)| case).collect()
}

fn case(sources: &Sources, written: &sds::ParseCase) -> Case {
    let mut controls: Vec<String> = written.controls.iter().map(|control| control.value.to_string()).collect();
    controls.sort();
    Case {
        when: written.when.iter().map(guard).collect(),
        evidence: written.ty.value.to_string(),
        occurred_at: written.occurred_at.as_ref().map(extract),
        actor: written.actor.as_ref().map(reference),
        subject: written.subject.as_ref().map(reference),
        outcome: written.outcome.as_ref().map(extract),
        controls,
        attributes: written.attributes.iter().map(|(name, value)| (name.value.to_string(), extract(value))).collect(),
        origin: origin(sources, written.span),
    }
}

/// Whether a guard holds whenever all of these do.
fn follows(guard: &Guard, from: &[Guard]) -> bool {
    from.iter().any(|other| match (guard, other) {
        (Guard::EventTypes(prefix), Guard::EventType(word) | Guard::EventTypes(word)) => word.starts_with(prefix),
        _ => guard == other,
    })
}

fn guard((key, value): &(sds::Text, Scalar)) -> Guard {
    let value = literal(value);
    match (key.value.as_str(), value) {
        ("eventType", Literal::Text(text)) => match text.strip_suffix('*') {
            Some(prefix) => Guard::EventTypes(prefix.to_owned()),
            None => Guard::EventType(text),
        },
        (pointer, value) => Guard::Equals(pointer.to_owned(), value),
    }
}

fn reference(written: &sds::Reference) -> Reference {
    Reference {
        ty: written.ty.as_ref().map(|ty| ty.value.to_string()).unwrap_or_default(),
        id: extract(&written.id),
        display: written.display.as_ref().map(extract),
    }
}

fn extract(written: &sds::Extract) -> Extract {
    match &written.kind {
        ExtractKind::Pointer(pointer) => Extract::Pointer(pointer.clone()),
        ExtractKind::Const(scalar) => Extract::Const(literal(scalar)),
        ExtractKind::Coalesce(parts) => Extract::Coalesce(parts.iter().map(extract).collect()),
        ExtractKind::Map { from, cases, default } => Extract::Map {
            from: Box::new(extract(from)),
            cases: cases
                .iter()
                .map(|(from, to)| (from.value.to_string(), to.value.to_string()))
                .collect::<BTreeMap<_, _>>(),
            default: default.as_ref().map(|text| text.value.to_string()),
        },
        ExtractKind::Join { parts, with } => {
            Extract::Join { parts: parts.iter().map(extract).collect(), with: with.value.to_string() }
        }
    }
}

fn literal(scalar: &Scalar) -> Literal {
    match &scalar.kind {
        ScalarKind::Bool(value) => Literal::Bool(*value),
        ScalarKind::Number(text) => Literal::Number(text.clone()),
        ScalarKind::String(text) => Literal::Text(text.clone()),
        ScalarKind::Null => Literal::Text(String::new()),
    }
}
