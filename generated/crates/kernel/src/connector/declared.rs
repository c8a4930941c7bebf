//! How deliveries arrive, as the specification declares it.

use std::time::Duration;

use super::{SecretRef, Verify};

/// A webhook receiver.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Where deliveries are posted.
    pub path: &'static str,
    /// How a delivery proves where it comes from.
    pub verify: Verify,
    /// How its events are told apart.
    pub format: Format,
    /// How a `GET` is answered that asks whether this is the right place.
    pub challenge: Option<Challenge>,
}

/// How the events of a delivery are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As declared.
    Declared {
        /// JSON pointer to the list of events, if a delivery carries several.
        items: Option<&'static str>,
        /// Where the id is.
        delivery_id: Spot,
        /// Where the type is.
        event_type: Spot,
    },
    /// CloudEvents 1.0 over HTTP, in binary, structured or batched mode.
    CloudEvents,
}

/// A place in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// A header.
    Header(&'static str),
    /// A JSON pointer into the body, or into the event if a body has several.
    Pointer(&'static str),
}

/// A text that comes in a header and goes back in a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge {
    /// The header with the text.
    pub header: &'static str,
    /// The member of the JSON answer.
    pub member: &'static str,
}

/// A source that is asked.
#[derive(Debug, Clone)]
pub struct Poll {
    /// Where its address is found: it differs from place to place.
    pub address: SecretRef,
    /// What is added to the address.
    pub path: &'static str,
    /// Parameters of the first request of a round.
    pub query: &'static [(&'static str, &'static str)],
    /// The header that lets this in.
    pub auth: Option<PollAuth>,
    /// How long to wait between rounds.
    pub every: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Whether the newest item comes first.
    pub newest_first: bool,
    /// JSON pointer to the list in an answer; empty for the answer itself.
    pub items: &'static str,
    /// JSON pointer to the id of an item.
    pub delivery_id: &'static str,
    /// JSON pointer to the type of an item.
    pub event_type: &'static str,
    /// JSON pointer to the time of an item.
    pub time: Option<&'static str>,
    /// How the next page is found; without, there is one page.
    pub next: Option<Next>,
    /// How far back it is asked.
    pub since: Option<Since>,
    /// Where an answer says how many items there are in all pages.
    pub total: Option<Spot>,
    /// How the delivery itself is fetched, where the list has summaries.
    pub detail: Option<Detail>,
}

/// A header with a secret behind a prefix.
#[derive(Debug, Clone, Copy)]
pub struct PollAuth {
    /// The header.
    pub header: &'static str,
    /// What stands in front of the secret.
    pub prefix: &'static str,
    /// Where the secret is.
    pub secret: SecretRef,
}

/// How the next page is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// `Link: <…>; rel="next"` (RFC 8288).
    Link,
    /// By a text of the answer.
    Cursor {
        /// JSON pointer to it.
        at: &'static str,
        /// The parameter it is sent back in.
        parameter: &'static str,
    },
}

/// How far back a source is asked.
#[derive(Debug, Clone, Copy)]
pub struct Since {
    /// The parameter with the time; without one, older items are passed over here.
    pub parameter: Option<&'static str>,
    /// How far back the very first round goes.
    pub lookback: Duration,
    /// How far later rounds go back behind the newest item that was seen.
    pub overlap: Duration,
}

/// How the delivery behind a summary is fetched.
#[derive(Debug, Clone, Copy)]
pub struct Detail {
    /// JSON pointer to what is added to the path, behind a slash.
    pub by: &'static str,
    /// JSON pointer to the delivery in the answer; empty for the answer itself.
    pub body: &'static str,
}
