//! Declared deliveries and what must become of them: the golden tests of parsers.

use serde_json::Value;

use super::{Connector, Delivery, Parsed, redact};
use crate::types::Timestamp;

/// A delivery and what must become of it. What is `None` is not looked at.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The type of the event.
    pub event_type: &'static str,
    /// The delivery, as JSON.
    pub body: &'static str,
    /// The type of the evidence, `unclassified` or `quarantined`.
    pub becomes: &'static str,
    /// The id of the subject.
    pub subject: Option<&'static str>,
    /// The id of the actor.
    pub actor: Option<&'static str>,
    /// How it ended.
    pub outcome: Option<&'static str>,
    /// When it happened, RFC 3339.
    pub occurred_at: Option<&'static str>,
    /// Why it is quarantined.
    pub reason: Option<&'static str>,
}

impl Example {
    /// Reads the delivery as the connector would and compares.
    ///
    /// # Errors
    /// What is not as it must be.
    pub fn check(&self, connector: &Connector) -> Result<(), String> {
        let mut body: Value = match serde_json::from_str(self.body) {
            Ok(body) => body,
            Err(error) => {
                return self.is("quarantined").and(same("the reason", self.reason, &format!("not JSON: {error}")));
            }
        };
        redact(&mut body, connector.redact);
        let (delivery_id, event_type) = ("example".to_owned(), self.event_type.to_owned());
        let delivery = Delivery { delivery_id, event_type, body, received_at: Timestamp::at_micros(0) };
        match (connector.parse)(&delivery) {
            Parsed::Unclassified => self.is("unclassified"),
            Parsed::Malformed(reason) => self.is("quarantined").and(same("the reason", self.reason, &reason)),
            Parsed::Event(event) => {
                self.is(&event.event_type)?;
                same("the subject", self.subject, &event.subject.id)?;
                same("the actor", self.actor, event.actor.as_ref().map_or("", |actor| &actor.id))?;
                same("the outcome", self.outcome, event.outcome.as_str())?;
                let moment = |text: &str| text.parse::<Timestamp>().map_or_else(|_| text.to_owned(), |t| t.to_string());
                let wanted = self.occurred_at.map(moment);
                same("the time", wanted.as_deref(), &event.occurred_at.to_string())
            }
        }
    }

    fn is(&self, what: &str) -> Result<(), String> {
        same("the delivery", Some(self.becomes), what)
    }
}

fn same(what: &str, wanted: Option<&str>, found: &str) -> Result<(), String> {
    match wanted.filter(|wanted| *wanted != found) {
        Some(wanted) => Err(format!("{what} is `{found}`, and should be `{wanted}`")),
        None => Ok(()),
    }
}
