//! Outbound ports: operations that others carry out.
//!
//! A call happens outside of every transaction: before it where its answer is needed, and on an event where something is to
//! happen elsewhere. It is made at least once, with the same key each time.

mod answer;
mod http;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::Secret;
use crate::http::Caller;
use crate::operation::{Call, Operation};
use crate::services::Services;

pub use http::HttpAdapter;

/// Where a port leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The address in front of the paths of the operations: `http://payments:8080/payments`.
    pub url: String,
    /// Where the bearer token is that is sent along; it is looked up for each call, so that it can change.
    pub token: Option<Secret>,
}

/// The destinations of a cell, by context and port: `billing.payments`.
#[derive(Clone, Default)]
pub struct Destinations {
    known: Arc<BTreeMap<String, Destination>>,
    caller: Caller,
}

impl Destinations {
    /// These destinations.
    pub fn new(known: BTreeMap<String, Destination>) -> Self {
        Self { known: Arc::new(known), caller: Caller::default() }
    }

    /// What calls others, with connections that are kept.
    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Where a port leads to.
    pub fn get(&self, port: &str) -> Option<&Destination> {
        self.known.get(port)
    }
}

/// One call on its way out: what goes with it besides the input.
pub struct Outgoing<'c> {
    /// The ports of the cell.
    pub services: &'c Services,
    /// Ties the call to the request it goes back to.
    pub correlation_id: &'c str,
    /// The key under which a repeated call is recognised, if the operation has one.
    pub key: Option<String>,
}

impl<'c> Outgoing<'c> {
    /// An operation of this cell asks another one, with this key.
    pub fn new<I>(call: &'c Call<I>, services: &'c Services, key: Option<String>) -> Self {
        Self { services, correlation_id: &call.correlation_id, key }
    }

    /// The call is the operation itself.
    pub fn of<O: Operation>(operation: &O, call: &'c Call<O::Input>, services: &'c Services) -> Self {
        Self::new(call, services, operation.idempotency_key(&call.input))
    }
}
