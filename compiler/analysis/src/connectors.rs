//! Connectors: transports and parsers, checked so that what is emitted from them cannot surprise.

use crate::load::{ContextInput, origin};
use crate::report;
use seac_model::{Case, Connector, Extract, Guard, HmacVerify, Literal, Model, Reference, Secret, Webhook};
use seac_syntax::sds::ast::{self as sds, ExtractKind, Scalar, ScalarKind};
use seac_syntax::sds::words;
use seac_syntax::{Diagnostic, Sources};
use std::collections::BTreeMap;

/// Declares the connectors of one context.
pub fn declare(sources: &Sources, input: &ContextInput, model: &mut Model, out: &mut Vec<Diagnostic>) {
    let Some(context) = model.contexts.get_mut(&input.slug) else { return };
    for written in &input.sds.connectors {
        let Some(webhook) = webhook(written, out) else { continue };
        let cases = cases(sources, written, out);
        let mut redact: Vec<String> = written.redact.iter().map(|pointer| pointer.value.to_string()).collect();
        redact.sort();
        if let Some(word) = written.otherwise.as_ref().filter(|word| word.value != "unclassified") {
            out.push(report::word(word.span, &word.value, words::OTHERWISE));
        }
        let connector = Connector { webhook, redact, cases, origin: origin(sources, written.span) };
        context.connectors.insert(written.name.value.to_string(), connector);
    }
}

/// A webhook without a signature, or without an id to tell deliveries apart, is no evidence.
fn webhook(connector: &sds::Connector, out: &mut Vec<Diagnostic>) -> Option<Webhook> {
    let Some(webhook) = &connector.webhook else {
        out.push(report::connector_incomplete(connector.name.span, "transport.webhook"));
        return None;
    };
    let mut missing = |key: &str| out.push(report::connector_incomplete(webhook.span, key));
    let Some(verify) = &webhook.verify else {
        missing("verify.hmacSha256");
        return None;
    };
    let (Some(delivery_id), Some(event_type)) = (&webhook.delivery_id, &webhook.event_type) else {
        missing(if webhook.delivery_id.is_none() { "deliveryId" } else { "eventType" });
        return None;
    };
    let secret = match verify.secret.scheme.as_str() {
        "file" => Secret::File(verify.secret.name.clone()),
        _ => Secret::Env(verify.secret.name.clone()),
    };
    Some(Webhook {
        path: webhook.path.value.to_string(),
        verify: HmacVerify {
            header: verify.header.value.to_string(),
            prefix: verify.prefix.as_ref().map(|prefix| prefix.value.to_string()).unwrap_or_default(),
            secret,
        },
        delivery_id: delivery_id.value.to_string(),
        event_type: event_type.value.to_string(),
    })
}

fn cases(sources: &Sources, connector: &sds::Connector, out: &mut Vec<Diagnostic>) -> Vec<Case> {
    let mut cases: Vec<(Case, seac_syntax::Span)> = Vec::new();
    for written in &connector.cases {
        let case = case(sources, written);
        // The first case that applies wins, so one that asks for more than an earlier one is never reached.
        let shadowed = cases.iter().find(|(earlier, _)| earlier.when.iter().all(|guard| case.when.contains(guard)));
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

fn guard((key, value): &(sds::Text, Scalar)) -> Guard {
    let value = literal(value);
    match (key.value.as_str(), value) {
        ("eventType", Literal::Text(text)) => Guard::EventType(text),
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
