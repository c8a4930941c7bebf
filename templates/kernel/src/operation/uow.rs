//! The unit of work: one transaction that holds state, ledger entry, decision and outbox rows, or none of them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Rejection;
use crate::canonical::CanonicalError;
use crate::event::Event;
use crate::ledger::{self, Appended, NewEntry, Outcome, Subject};
use crate::outbox;
use crate::policy::{Decision, Verdict};
use crate::services::Services;
use crate::store::Tx;
use crate::types::Timestamp;

/// What an operation wants recorded about itself. Who, when, the decision and the request are added by the unit of work.
#[derive(Debug, Clone)]
pub struct Evidence {
    event_type: String,
    subject: Subject,
    source: Option<(String, String)>,
    occurred_at: Option<Timestamp>,
    action: Option<String>,
    outcome: Outcome,
    controls: Vec<String>,
    payload: serde_json::Value,
    parts: BTreeMap<&'static str, serde_json::Value>,
}

impl Evidence {
    /// Evidence of a type about a subject: `Evidence::new("orders.placed", Subject::new("Order", id))`.
    pub fn new(event_type: impl Into<String>, subject: Subject) -> Self {
        Self {
            event_type: event_type.into(),
            subject,
            source: None,
            occurred_at: None,
            action: None,
            outcome: Outcome::Success,
            controls: Vec::new(),
            payload: serde_json::Value::Null,
            parts: BTreeMap::new(),
        }
    }

    /// Who is said to have observed it and under which id, if not this operation itself. A second event with the same
    /// pair is a duplicate of the first.
    ///
    /// The entry's source is `<operation>/<source>`: what a caller says somebody has seen neither passes for what a connector
    /// has verified nor takes away its ids.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>, source_event_id: impl Into<String>) -> Self {
        self.source = Some((source.into(), source_event_id.into()));
        self
    }

    /// When it happened, if not just now.
    #[must_use]
    pub fn occurred_at(mut self, moment: Timestamp) -> Self {
        self.occurred_at = Some(moment);
        self
    }

    /// What was done, if not just this operation.
    #[must_use]
    pub fn action(mut self, action: impl Into<String>) -> Self {
        self.action = Some(action.into());
        self
    }

    /// How it ended, if not well.
    #[must_use]
    pub fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Which controls it speaks to.
    #[must_use]
    pub fn controls(mut self, controls: &[&str]) -> Self {
        self.controls = controls.iter().map(|control| (*control).to_owned()).collect();
        self
    }

    /// Whatever else is known.
    ///
    /// # Errors
    /// When it has no JSON form.
    pub fn payload<T: Serialize>(mut self, payload: &T) -> Result<Self, CanonicalError> {
        self.payload = serde_json::to_value(payload)?;
        Ok(self)
    }

    /// What has changed besides, with its subject.
    ///
    /// # Errors
    /// When it has no JSON form.
    pub fn part<T: Serialize>(mut self, name: &'static str, state: &T) -> Result<Self, CanonicalError> {
        self.parts.insert(name, serde_json::to_value(state)?);
        Ok(self)
    }
}

/// Where a unit of work comes from; goes into everything it records and publishes.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The bounded context.
    pub context: String,
    /// The qualified operation, or the consumer's durable name.
    pub operation: String,
    /// Concept id of the flow.
    pub flow: String,
    /// Who acts.
    pub actor: String,
    /// The request it goes back to.
    pub correlation_id: String,
    /// What directly caused it: the correlation id of a request, or the id of an event.
    pub causation_id: String,
    /// The span that it runs within, by W3C Trace Context, if there is one.
    pub traceparent: Option<String>,
}

/// One open unit of work.
pub struct UnitOfWork<'t> {
    tx: &'t mut (dyn Tx + 't),
    services: &'t Services,
    origin: &'t Origin,
    decision: Decision,
    appended: Option<Appended>,
    published: bool,
}

impl<'t> UnitOfWork<'t> {
    /// A unit of work over an open transaction. The runtime makes these; tests may, too.
    pub fn new(tx: &'t mut (dyn Tx + 't), services: &'t Services, origin: &'t Origin, decision: Decision) -> Self {
        Self { tx, services, origin, decision, appended: None, published: false }
    }

    /// The transaction, for repositories.
    pub fn tx(&mut self) -> &mut dyn Tx {
        &mut *self.tx
    }

    /// The ports.
    pub fn services(&self) -> &'t Services {
        self.services
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.services.clock.now()
    }

    /// Takes a verdict into the decision; refuses with the policy's code unless it clearly passes.
    ///
    /// # Errors
    /// A [`super::FailureKind::Policy`] rejection.
    pub fn require(&mut self, verdict: Verdict) -> Result<(), Rejection> {
        super::pipeline::require(&mut self.decision, &verdict)
    }

    /// Appends this operation's entry to the ledger, with the decision as it stands.
    ///
    /// A [`Appended::Duplicate`] does not count as this operation's entry: map it to a declared failure, or the whole call is
    /// refused as an idempotency conflict.
    ///
    /// # Errors
    /// When store or blobs fail.
    pub async fn append(&mut self, evidence: Evidence) -> Result<Appended, Rejection> {
        let now = self.now();
        let mut payload = serde_json::json!({
            "data": evidence.payload,
            "decision": serde_json::to_value(&self.decision).map_err(CanonicalError::from)?,
            "flow": self.origin.flow,
            "model": &*self.services.model_hash,
            "operation": self.origin.operation,
        });
        if !evidence.parts.is_empty() {
            payload["parts"] = serde_json::to_value(&evidence.parts).map_err(CanonicalError::from)?;
        }
        let (source, source_event_id) = match evidence.source {
            Some((said, id)) => (format!("{}/{said}", self.origin.operation), Some(id)),
            None => (self.origin.operation.clone(), None),
        };
        let entry = NewEntry {
            source,
            source_event_id,
            event_type: evidence.event_type,
            actor: self.origin.actor.clone(),
            subject: evidence.subject,
            action: evidence.action.unwrap_or_else(|| self.origin.operation.clone()),
            outcome: evidence.outcome,
            occurred_at: evidence.occurred_at.unwrap_or(now),
            recorded_at: now,
            context: self.origin.context.clone(),
            controls: evidence.controls,
            correlation_id: Some(self.origin.correlation_id.clone()),
            parser: None,
            payload,
        };
        let appended = ledger::append(&mut *self.tx, &*self.services.blobs, entry).await?;
        if !matches!(self.appended, Some(Appended::New(_))) {
            self.appended = Some(appended);
        }
        Ok(appended)
    }

    /// Puts an event into the outbox; it is delivered after the commit, at least once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn publish(&mut self, event: Event) -> Result<(), Rejection> {
        let event = Event {
            source: format!("/{}", self.origin.context),
            time: self.now(),
            correlationid: self.origin.correlation_id.clone(),
            causationid: self.origin.causation_id.clone(),
            modelhash: self.services.model_hash.to_string(),
            traceparent: self.origin.traceparent.clone(),
            ..event
        };
        outbox::put(&mut *self.tx, &event).await?;
        self.published = true;
        Ok(())
    }

    /// The first new entry of this unit of work; failing that, the duplicate it ran into.
    pub fn appended(&self) -> Option<Appended> {
        self.appended
    }

    /// The decision as it stands.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// Where this unit of work comes from.
    pub fn origin(&self) -> &Origin {
        self.origin
    }

    pub(crate) fn has_published(&self) -> bool {
        self.published
    }
}
