//! Events on the bus, as CloudEvents 1.0 envelopes.

use serde::{Deserialize, Serialize};

use crate::canonical::CanonicalError;
use crate::types::{Timestamp, Uuid};

/// A CloudEvents envelope in its JSON form. Extension attributes carry where it came from and what caused it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Always `1.0`.
    pub specversion: String,
    /// Unique for the source; what consumers are idempotent by.
    pub id: String,
    /// The context that published it: `/orders`. Set when published.
    pub source: String,
    /// Qualified name: `orders.OrderPlaced`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// What it is about.
    pub subject: String,
    /// When it was published. Set when published.
    pub time: Timestamp,
    /// Always `application/json`.
    pub datacontenttype: String,
    /// The payload.
    pub data: serde_json::Value,
    /// The request it goes back to. Set when published.
    pub correlationid: String,
    /// What directly caused it: an operation, or the event that a consumer acted on. Set when published.
    pub causationid: String,
    /// The model the publisher was built from. Set when published.
    pub modelhash: String,
    /// The span that published it, by W3C Trace Context: the extension for distributed tracing. Set when published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

impl Event {
    /// A new event. The rest of the envelope is filled in by [`crate::operation::UnitOfWork::publish`].
    ///
    /// # Errors
    /// When the payload has no JSON form.
    pub fn new<T: Serialize>(event_type: &str, subject: impl ToString, data: &T) -> Result<Self, CanonicalError> {
        Ok(Self {
            specversion: "1.0".to_owned(),
            id: Uuid::now_v7().to_string(),
            source: String::new(),
            event_type: event_type.to_owned(),
            subject: subject.to_string(),
            time: Timestamp::now(),
            datacontenttype: "application/json".to_owned(),
            data: serde_json::to_value(data)?,
            correlationid: String::new(),
            causationid: String::new(),
            modelhash: String::new(),
            traceparent: None,
        })
    }

    /// The payload as a type.
    ///
    /// # Errors
    /// When the payload is something else.
    pub fn payload<T: serde::de::DeserializeOwned>(&self) -> Result<T, CanonicalError> {
        Ok(T::deserialize(&self.data)?)
    }
}
