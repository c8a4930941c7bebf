//! One delivery's way in: signature over the raw bytes → redaction → parser → ledger, and only then the answer.

use std::panic::{AssertUnwindSafe, catch_unwind};

use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::record::{self, Quarantined};
use super::{Connector, Delivery, EvidenceEvent, Parsed, redact};
use crate::canonical::Digest;
use crate::http::{Problem, json_response};
use crate::ledger::{Appended, LedgerError, NewEntry, Outcome, Subject};
use crate::services::Services;
use crate::types::Timestamp;

/// The longest delivery id that is taken for one.
const ID_LIMIT: usize = 255;

/// What every entry of this delivery shares.
struct Intake<'a> {
    connector: &'a Connector,
    correlation_id: &'a str,
    body_sha256: Digest,
    received_at: Timestamp,
}

/// Takes a delivery in.
pub(crate) async fn receive(
    connector: &Connector,
    services: &Services,
    correlation_id: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let intake = Intake { connector, correlation_id, body_sha256: Digest::of(body), received_at: services.clock.now() };
    match take(&intake, services, headers, body).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, connector = connector.name, "a delivery could not be recorded");
            let problem =
                Problem::new(503, connector.context, "ledger_unavailable", "the delivery could not be recorded");
            problem.response(correlation_id)
        }
    }
}

async fn take(
    intake: &Intake<'_>,
    services: &Services,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, LedgerError> {
    let connector = intake.connector;
    let Some(secret) = connector.verify.secret().resolve() else {
        tracing::warn!(connector = connector.name, secret = %connector.verify.secret(), "the connector has no secret");
        let problem =
            Problem::new(503, connector.context, "connector_not_configured", "the connector has no secret yet");
        return Ok(problem.response(intake.correlation_id));
    };
    if let Err(reason) = connector.verify.check(&secret, headers, body) {
        let reason = reason.to_string();
        record::append(services, intake.rejected(&reason, body.len()), None).await?;
        let problem =
            Problem::new(401, connector.context, "signature_rejected", "the delivery's signature was rejected");
        return Ok(problem.detail(reason).response(intake.correlation_id));
    }
    let event_type = header(headers, connector.event_type).unwrap_or_default();
    let delivery_id = header(headers, connector.delivery_id).filter(|id| plausible(id));
    let parsed = serde_json::from_slice::<Value>(body).map(|mut parsed| {
        redact(&mut parsed, connector.redact);
        parsed
    });
    let Some(delivery_id) = delivery_id else {
        let reason = format!("no usable {} header", connector.delivery_id);
        let stand_in = format!("sha256:{}", intake.body_sha256);
        // What is JSON is kept redacted, wherever it is kept.
        let body = parsed.map_or_else(|_| body.to_vec(), |parsed| parsed.to_string().into_bytes());
        return intake.quarantine(services, stand_in, event_type, reason, body).await;
    };
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let reason = format!("not JSON: {error}");
            return intake.quarantine(services, delivery_id, event_type, reason, body.to_vec()).await;
        }
    };
    let delivery = Delivery { delivery_id, event_type, body: parsed, received_at: intake.received_at };
    intake.classify(services, delivery).await
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn plausible(id: &str) -> bool {
    !id.is_empty() && id.len() <= ID_LIMIT && id.bytes().all(|b| b.is_ascii_graphic())
}

/// What goes into columns of its own must be what every store can keep; a body as JSON always is.
fn has_nul(event: &EvidenceEvent) -> bool {
    let actor = event.actor.as_ref().map(|actor| &actor.id);
    let texts = [&event.event_type, &event.subject.kind, &event.subject.id];
    let mut texts = texts.into_iter().chain(actor).chain(&event.action).chain(&event.controls);
    texts.any(|text| text.contains('\0'))
}

impl Intake<'_> {
    async fn classify(&self, services: &Services, delivery: Delivery) -> Result<Response, LedgerError> {
        let parse = self.connector.parse;
        // Parsers are pure, so nothing is left half-done when one fails.
        let parsed = catch_unwind(AssertUnwindSafe(|| parse(&delivery)))
            .unwrap_or_else(|_| Parsed::Malformed("the parser failed".to_owned()));
        let (entry, status) = match parsed {
            Parsed::Event(event) if has_nul(&event) => {
                let reason = "an extracted text contains the character U+0000".to_owned();
                let body = delivery.body.to_string().into_bytes();
                return self.quarantine(services, delivery.delivery_id, delivery.event_type, reason, body).await;
            }
            Parsed::Event(event) => (self.event(&delivery, *event), "recorded"),
            Parsed::Unclassified => (self.unclassified(&delivery), "unclassified"),
            Parsed::Malformed(reason) => {
                // It is JSON, so what is kept of it is redacted, too.
                let body = delivery.body.to_string().into_bytes();
                return self.quarantine(services, delivery.delivery_id, delivery.event_type, reason, body).await;
            }
        };
        let appended = record::append(services, entry, None).await?;
        tracing::info!(connector = self.connector.name, sequence = appended.sequence(), status, "delivery");
        Ok(accepted(200, appended, status))
    }

    async fn quarantine(
        &self,
        services: &Services,
        delivery_id: String,
        event_type: String,
        reason: String,
        body: Vec<u8>,
    ) -> Result<Response, LedgerError> {
        tracing::warn!(connector = self.connector.name, delivery_id, reason, "delivery quarantined");
        let entry = NewEntry {
            source_event_id: Some(delivery_id.clone()),
            event_type: "connector.quarantined".to_owned(),
            subject: Subject::new("delivery", &delivery_id),
            outcome: Outcome::Rejected,
            payload: json!({"body_sha256": self.body_sha256, "event_type": event_type, "reason": reason}),
            ..self.entry()
        };
        let row = Quarantined {
            connector: self.connector.qualified(),
            delivery_id,
            event_type,
            reason,
            body_sha256: self.body_sha256,
            body,
            received_at: self.received_at,
        };
        let appended = record::append(services, entry, Some(row)).await?;
        Ok(accepted(202, appended, "quarantined"))
    }

    fn entry(&self) -> NewEntry {
        NewEntry {
            source: self.connector.qualified(),
            source_event_id: None,
            event_type: String::new(),
            actor: "unknown".to_owned(),
            subject: Subject::new("delivery", ""),
            action: "receive".to_owned(),
            outcome: Outcome::Unknown,
            occurred_at: self.received_at,
            recorded_at: self.received_at,
            context: self.connector.context.to_owned(),
            controls: Vec::new(),
            correlation_id: Some(self.correlation_id.to_owned()),
            parser: Some(self.connector.parser.to_owned()),
            payload: Value::Null,
        }
    }

    fn event(&self, delivery: &Delivery, event: EvidenceEvent) -> NewEntry {
        let actor = event.actor.as_ref();
        let payload = json!({
            "actor": actor.map(|a| json!({"display": a.display, "id": a.id, "type": a.kind})),
            "attributes": event.attributes,
            "body": delivery.body,
            "body_sha256": self.body_sha256,
            "event_type": delivery.event_type,
        });
        NewEntry {
            source_event_id: Some(delivery.delivery_id.clone()),
            actor: actor.map_or("unknown".to_owned(), |a| a.id.clone()),
            subject: event.subject,
            action: event.action.unwrap_or_else(|| event.event_type.clone()),
            event_type: event.event_type,
            outcome: event.outcome,
            occurred_at: event.occurred_at,
            controls: event.controls,
            payload,
            ..self.entry()
        }
    }

    fn unclassified(&self, delivery: &Delivery) -> NewEntry {
        NewEntry {
            source_event_id: Some(delivery.delivery_id.clone()),
            event_type: "unclassified".to_owned(),
            subject: Subject::new("delivery", &delivery.delivery_id),
            payload: json!({
                "body": delivery.body,
                "body_sha256": self.body_sha256,
                "event_type": delivery.event_type,
            }),
            ..self.entry()
        }
    }

    /// Under an id of ours, so that a forger cannot use up a genuine delivery's id, and each attempt is on record.
    fn rejected(&self, reason: &str, bytes: usize) -> NewEntry {
        NewEntry {
            event_type: "connector.rejected".to_owned(),
            subject: Subject::new("delivery", format!("sha256:{}", self.body_sha256)),
            outcome: Outcome::Denied,
            parser: None,
            payload: json!({"body_sha256": self.body_sha256, "bytes": bytes, "reason": reason}),
            ..self.entry()
        }
    }
}

fn accepted(status: u16, appended: Appended, what: &str) -> Response {
    let what = if appended.is_duplicate() { "duplicate" } else { what };
    let status = if appended.is_duplicate() { 200 } else { status };
    json_response(status, &json!({"sequence": appended.sequence(), "status": what}))
}
