//! One delivery's way in: signature over the raw bytes → redaction → parser → ledger, and only then the answer.

use std::sync::Arc;
use std::time::SystemTime;

use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::intake::{Fate, Intake};
use super::record::{self, Taken};
use super::{Challenge, Connector, Format, Webhook, unpack};
use crate::auth::attempts;
use crate::canonical::Digest;
use crate::http::{Problem, json_response};
use crate::ledger::{Appended, LedgerError};
use crate::services::Services;
use crate::trace::{self, Context};

/// The longest text that is sent back to whoever asks whether this is the right place.
const CHALLENGE_LIMIT: usize = 255;

/// Takes a delivery in.
pub(crate) async fn receive(
    connector: &Connector,
    webhook: &Webhook,
    services: &Services,
    correlation_id: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let (context, begun) = (Context::of(headers), SystemTime::now());
    let response = answer(connector, webhook, services, correlation_id, headers, body).await;
    let status = response.status().as_u16();
    services.tracer.take(trace::of_delivery(connector.qualified(), (context, begun), correlation_id, status));
    response
}

async fn answer(
    connector: &Connector,
    webhook: &Webhook,
    services: &Services,
    correlation_id: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let intake = Intake {
        connector,
        correlation_id: Some(correlation_id),
        body_sha256: Digest::of(body),
        received_at: services.clock.now(),
    };
    let problem = |status, code, title| Problem::new(status, connector.context, code, title);
    match take(&intake, webhook, services, headers, body).await {
        Ok(Answer::Taken(response)) => response,
        Ok(Answer::NoSecret) => {
            problem(503, "connector_not_configured", "the connector has no secret yet").response(correlation_id)
        }
        Ok(Answer::Rejected(reason)) => {
            let problem = problem(401, "signature_rejected", "the delivery's signature was rejected");
            problem.detail(reason).response(correlation_id)
        }
        Err(error) => {
            tracing::error!(%error, connector = connector.name, "a delivery could not be recorded");
            problem(503, "ledger_unavailable", "the delivery could not be recorded").response(correlation_id)
        }
    }
}

enum Answer {
    Taken(Response),
    NoSecret,
    Rejected(String),
}

async fn take(
    intake: &Intake<'_>,
    webhook: &Webhook,
    services: &Services,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Answer, LedgerError> {
    let connector = intake.connector;
    let Some(secret) = webhook.verify.secret().resolve() else {
        tracing::warn!(connector = connector.name, secret = %webhook.verify.secret(), "the connector has no secret");
        return Ok(Answer::NoSecret);
    };
    if let Err(reason) = webhook.verify.check(&secret, headers, body) {
        let reason = reason.to_string();
        // Whoever reaches the address can send as many as they like: beyond a number they are counted.
        if services.attempts.admits(intake.received_at) {
            record::append(services, Taken::new(intake.rejected(&reason, body.len()), Fate::Recorded)).await?;
        } else {
            attempts::count(services, &connector.qualified(), "anonymous", "signature_rejected").await?;
        }
        return Ok(Answer::Rejected(reason));
    }
    let events = unpack::unpack(&webhook.format, connector.redact, headers, body, intake.received_at);
    let one = matches!(webhook.format, Format::Declared { items: None, .. });
    let taken: Arc<[Taken]> = events.into_iter().map(|event| intake.take(event)).collect();
    let appended = record::append_all(services, &taken, None).await?;
    for (taken, appended) in taken.iter().zip(&appended) {
        let (sequence, status) = (appended.sequence(), status(taken, *appended));
        tracing::info!(connector = connector.name, sequence, status, "delivery");
    }
    Ok(Answer::Taken(accepted(&taken, &appended, one)))
}

fn status(taken: &Taken, appended: Appended) -> &'static str {
    if appended.is_duplicate() { "duplicate" } else { taken.fate.as_str() }
}

fn accepted(taken: &[Taken], appended: &[Appended], one: bool) -> Response {
    let events = taken.iter().zip(appended);
    let quarantined =
        |(taken, appended): &(&Taken, &Appended)| taken.fate == Fate::Quarantined && !appended.is_duplicate();
    let code = if one && events.clone().any(|event| quarantined(&event)) { 202 } else { 200 };
    let said = |(taken, appended): (&Taken, &Appended)| json!({"sequence": appended.sequence(), "status": status(taken, *appended)});
    let mut said: Vec<Value> = events.map(said).collect();
    match said.pop() {
        Some(single) if one => json_response(code, &single),
        last => json_response(code, &json!({"events": said.into_iter().chain(last).collect::<Vec<_>>()})),
    }
}

/// Sends the text back that came with the question whether this is the right place.
pub(crate) fn challenged(
    connector: &Connector,
    challenge: Challenge,
    correlation_id: &str,
    headers: &HeaderMap,
) -> Response {
    let text = headers.get(challenge.header).and_then(|value| value.to_str().ok());
    match text.filter(|text| !text.is_empty() && text.len() <= CHALLENGE_LIMIT) {
        Some(text) => {
            json_response(200, &Value::Object(Map::from_iter([(challenge.member.to_owned(), Value::from(text))])))
        }
        None => {
            let title = "this needs the header with the challenge";
            Problem::new(400, connector.context, "no_challenge", title).response(correlation_id)
        }
    }
}
