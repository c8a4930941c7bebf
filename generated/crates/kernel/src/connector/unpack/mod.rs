//! From a message to its events. Pure: nothing here knows where a message came from or what becomes of it.

mod cloud_events;

use axum::http::HeaderMap;
use serde_json::Value;

use super::{Delivery, Format, Spot, extract, redact};
use crate::types::Timestamp;

/// The longest delivery id that is taken for one.
const ID_LIMIT: usize = 255;

/// One event of a message.
pub(super) enum Unpacked {
    /// It is JSON and has an id.
    Delivery(Delivery),
    /// Nothing can be made of it.
    Unreadable(Unreadable),
}

/// What could not be read, and as much of it as may be kept.
pub(super) struct Unreadable {
    /// Its id; without one, the digest of the body stands in.
    pub(super) delivery_id: Option<String>,
    pub(super) event_type: String,
    pub(super) reason: String,
    pub(super) body: Vec<u8>,
}

impl From<Unreadable> for Unpacked {
    fn from(unreadable: Unreadable) -> Self {
        Self::Unreadable(unreadable)
    }
}

/// The events of a message, redacted.
pub(super) fn unpack(
    format: &Format,
    redacted: &[&str],
    headers: &HeaderMap,
    body: &[u8],
    received_at: Timestamp,
) -> Vec<Unpacked> {
    match format {
        Format::CloudEvents => cloud_events::unpack(redacted, headers, body, received_at),
        Format::Declared { items, delivery_id, event_type } => {
            let unpacking = Unpacking { redacted, headers, delivery_id, event_type, received_at };
            match serde_json::from_slice(body) {
                Err(error) => vec![unpacking.no_json(body, &error).into()],
                Ok(whole) => match items {
                    None => vec![unpacking.event(whole)],
                    Some(pointer) => unpacking.list(whole, pointer),
                },
            }
        }
    }
}

struct Unpacking<'a> {
    redacted: &'a [&'a str],
    headers: &'a HeaderMap,
    delivery_id: &'a Spot,
    event_type: &'a Spot,
    received_at: Timestamp,
}

impl Unpacking<'_> {
    fn no_json(&self, body: &[u8], error: &serde_json::Error) -> Unreadable {
        let text = |spot| at(spot, self.headers, &Value::Null);
        let delivery_id = text(self.delivery_id).filter(|id| plausible(id));
        let reason = match &delivery_id {
            Some(_) => format!("not JSON: {error}"),
            None => no_id(self.delivery_id),
        };
        Unreadable { delivery_id, event_type: text(self.event_type).unwrap_or_default(), reason, body: body.to_vec() }
    }

    fn list(&self, mut whole: Value, pointer: &str) -> Vec<Unpacked> {
        match whole.pointer_mut(pointer).map(Value::take) {
            Some(Value::Array(items)) => items.into_iter().map(|item| self.event(item)).collect(),
            _ => {
                let reason =
                    format!("no list at {pointer}; the body is not kept, because what to redact is said of its items");
                let (delivery_id, event_type, body) = (None, String::new(), Vec::new());
                vec![Unreadable { delivery_id, event_type, reason, body }.into()]
            }
        }
    }

    fn event(&self, body: Value) -> Unpacked {
        let delivery_id = at(self.delivery_id, self.headers, &body);
        let event_type = at(self.event_type, self.headers, &body).unwrap_or_default();
        event(delivery_id, event_type, body, self.redacted, self.received_at, || no_id(self.delivery_id))
    }
}

/// An event with its id, or what is left of it without one. What is JSON is kept redacted, wherever it is kept.
pub(super) fn event(
    delivery_id: Option<String>,
    event_type: String,
    mut body: Value,
    redacted: &[&str],
    received_at: Timestamp,
    without: impl FnOnce() -> String,
) -> Unpacked {
    redact(&mut body, redacted);
    match delivery_id.filter(|id| plausible(id)) {
        Some(delivery_id) => Unpacked::Delivery(Delivery { delivery_id, event_type, body, received_at }),
        None => {
            let body = body.to_string().into_bytes();
            Unreadable { delivery_id: None, event_type, reason: without(), body }.into()
        }
    }
}

fn at(spot: &Spot, headers: &HeaderMap, body: &Value) -> Option<String> {
    match spot {
        Spot::Header(name) => header(headers, name),
        Spot::Pointer(pointer) => extract::text(extract::pointer(body, pointer)),
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn no_id(spot: &Spot) -> String {
    match spot {
        Spot::Header(name) => format!("no usable {name} header"),
        Spot::Pointer(pointer) => format!("no usable id at {pointer}"),
    }
}

fn plausible(id: &str) -> bool {
    !id.is_empty() && id.len() <= ID_LIMIT && id.bytes().all(|b| b.is_ascii_graphic())
}
