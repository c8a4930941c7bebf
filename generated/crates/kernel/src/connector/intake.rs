//! What becomes of an event: an entry, and for what nobody could read a row in quarantine as well.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Value, json};

use super::record::{Quarantined, Taken};
use super::unpack::{Unpacked, Unreadable};
use super::{Connector, Delivery, EvidenceEvent, Parsed};
use crate::canonical::Digest;
use crate::ledger::{NewEntry, Outcome, Subject};
use crate::types::Timestamp;

/// What becomes of an event that is not there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Recorded,
    Unclassified,
    Quarantined,
}

impl Fate {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Unclassified => "unclassified",
            Self::Quarantined => "quarantined",
        }
    }
}

/// What the entries of one message share.
pub(super) struct Intake<'a> {
    pub(super) connector: &'a Connector,
    pub(super) correlation_id: Option<&'a str>,
    pub(super) body_sha256: Digest,
    pub(super) received_at: Timestamp,
}

impl Intake<'_> {
    pub(super) fn take(&self, event: Unpacked) -> Taken {
        match event {
            Unpacked::Delivery(delivery) => self.classify(delivery),
            Unpacked::Unreadable(unreadable) => self.quarantine(unreadable),
        }
    }

    fn classify(&self, delivery: Delivery) -> Taken {
        let parse = self.connector.parse;
        // Parsers are pure, so nothing is left half-done when one fails.
        let parsed = catch_unwind(AssertUnwindSafe(|| parse(&delivery)))
            .unwrap_or_else(|_| Parsed::Malformed("the parser failed".to_owned()));
        let reason = match parsed {
            Parsed::Event(event) if has_nul(&event) => "an extracted text contains the character U+0000".to_owned(),
            Parsed::Event(event) => return Taken::new(self.event(&delivery, *event), Fate::Recorded),
            Parsed::Unclassified => return Taken::new(self.unclassified(&delivery), Fate::Unclassified),
            Parsed::Malformed(reason) => reason,
        };
        // It is JSON, so what is kept of it is redacted, too.
        let (body, event_type) = (delivery.body.to_string().into_bytes(), delivery.event_type);
        self.quarantine(Unreadable { delivery_id: Some(delivery.delivery_id), event_type, reason, body })
    }

    fn quarantine(&self, unreadable: Unreadable) -> Taken {
        let Unreadable { delivery_id, event_type, reason, body } = unreadable;
        let delivery_id = delivery_id.unwrap_or_else(|| format!("sha256:{}", self.body_sha256));
        tracing::warn!(connector = self.connector.name, delivery_id, reason, "delivery quarantined");
        let entry = NewEntry {
            source_event_id: Some(delivery_id.clone()),
            event_type: "connector.quarantined".to_owned(),
            subject: Subject::new("delivery", &delivery_id),
            outcome: Outcome::Rejected,
            payload: json!({"body_sha256": self.body_sha256, "event_type": event_type, "reason": reason}),
            ..self.entry()
        };
        let quarantined = Quarantined {
            connector: self.connector.qualified(),
            delivery_id,
            event_type,
            reason,
            body_sha256: self.body_sha256,
            body,
            received_at: self.received_at,
        };
        Taken { entry, fate: Fate::Quarantined, quarantined: Some(quarantined) }
    }

    /// What all entries begin with.
    pub(super) fn entry(&self) -> NewEntry {
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
            correlation_id: self.correlation_id.map(str::to_owned),
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
    pub(super) fn rejected(&self, reason: &str, bytes: usize) -> NewEntry {
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

/// What goes into columns of its own must be what every store can keep; a body as JSON always is.
fn has_nul(event: &EvidenceEvent) -> bool {
    let actor = event.actor.as_ref().map(|actor| &actor.id);
    let texts = [&event.event_type, &event.subject.kind, &event.subject.id];
    let mut texts = texts.into_iter().chain(actor).chain(&event.action).chain(&event.controls);
    texts.any(|text| text.contains('\0'))
}
