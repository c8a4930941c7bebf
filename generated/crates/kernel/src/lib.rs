//! What every governed context needs, and nothing a single context needs alone.
//!
//! A *cell* is the smallest governed deployment unit: one binary, its stores and its configuration. This crate is the part
//! of a cell that does not depend on the specification: typed values, the policy gate, the unit of work, the evidence
//! ledger, outbox and inbox, blobs, connectors, HTTP, configuration and the command line. Emitted contexts implement
//! [`operation::Operation`], hand their parts over as a [`cell::Module`], and [`cell::Cell`] runs them.
//!
//! The rules this crate keeps, whatever a context does:
//!
//! * **Authority before effects.** Only a clear pass allows; false, unknown and errors deny, and the denial is recorded.
//! * **One transaction** holds state, ledger entry, decision, outbox rows and idempotency record, or none of them.
//! * **An acknowledged entry is on disk.** Results are released only after the commit that made them durable.
//! * **Nothing internal leaks.** Errors on the wire are RFC 9457 problem details with a declared code.

pub mod auth;
pub mod blob;
pub mod bus;
pub mod canonical;
pub mod cell;
pub mod clock;
pub mod config;
pub mod connector;
pub mod event;
mod fault;
pub mod http;
pub mod invariant;
pub mod ledger;
pub mod metrics;
pub mod operation;
pub mod outbound;
pub mod outbox;
pub mod page;
pub mod policy;
pub mod read_model;
pub mod secret_file;
pub mod services;
pub mod store;
pub mod telemetry;
#[cfg(feature = "embedded")]
pub mod testing;
mod trace;
pub mod types;
pub mod validate;

pub use async_trait::async_trait;
pub use serde;
pub use serde_json;

/// What emitted code imports with one line: `use kernel::prelude::*;`.
pub mod prelude {
    pub use crate::async_trait;
    pub use crate::auth::Identity;
    pub use crate::bus::{Consumer, EventHandler};
    pub use crate::canonical::Digest;
    pub use crate::cell::{Cell, Module};
    pub use crate::connector::{Connector, Delivery, EvidenceEvent, Parsed};
    pub use crate::event::Event;
    pub use crate::ledger::{Appended, Outcome, Subject};
    pub use crate::operation::{
        Call, Evidence, Failure, FailureKind, Operation, OperationSpec, Rejection, Separation, UnitOfWork,
    };
    pub use crate::outbound::{HttpAdapter, Outgoing};
    pub use crate::policy::{Fact, Truth, Verdict};
    pub use crate::services::Services;
    pub use crate::store::{Migration, Row, SqlValue, StoreError, Tx, Value};
    pub use crate::types::{Bytes, Decimal, Quantity, Timestamp, Unit, Uuid};
    pub use crate::validate::{Pattern, Validate, Violations};
}
