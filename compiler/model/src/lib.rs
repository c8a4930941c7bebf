//! The typed, resolved intermediate representation: every decision about meaning, made once.
//!
//! `analysis` builds a [`Model`], `emit` translates it and decides nothing. All maps are ordered by name, so neither
//! the order of declarations nor the order of files shows. Serialised as canonical JSON it is the compiler's public
//! artifact; source positions are carried along but are no part of it.

pub mod canonical;
mod context;
mod digests;
mod element;
mod expr;
pub mod metamodel;
mod operation;
mod trace;
mod types;

pub use context::{
    Adapter, AdapterKind, Case, Challenge, Connector, ConnectorExample, Consumer, Context, Event, Evolution, Extract,
    Flow, FlowKind, Fold, FoldKind, Format, Grant, Guard, HeaderSecret, HttpCall, InboundPort, Invariant, OutboundPort,
    Poll, PollDetail, PollNext, PollSince, PortKind, ReadModel, Reference, Role, Runbook, Secret, Split, Spot, Verify,
    Webhook,
};
pub use digests::{Digests, Fingerprints, Texts, digest_of, fingerprint, fingerprints, fingerprints_besides, hex};
pub use element::Element;
pub use expr::{CompareOp, Fact, Literal, ProductOp, SumOp, TypedExpr, TypedExprKind};
pub use operation::{
    BoundPolicy, Concurrency, Direction, Effect, Failure, FailureKind, Failures, Http, Idempotency, Method, Operation,
    OperationKind, PartEffect, Separation, SortOrder, Stage, Step, ValueSource, kebab,
};
pub use trace::{Break, BreakKind, Link, Note, NoteKind, Status};
pub use types::{
    Constraint, Entity, Enum, EnumMember, Field, Modality, Policy, PolicyKind, Record, Ty, TypeId, Unit, ValueObject,
    is_uuid,
};

use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Version of the JSON form; grows when a consumer of the old form could be misled by the new one.
pub const FORMAT: u32 = 1;

/// Everything the specs say, resolved.
#[derive(Clone, Debug, Default, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Model {
    /// Version of this form, [`FORMAT`].
    pub format: u32,
    /// Bounded contexts by slug.
    pub contexts: BTreeMap<String, Context>,
    /// Units in use, by symbol: the built-in ones and the declared ones share one name space.
    pub units: BTreeMap<String, Unit>,
    /// Notes (`ADR-…`, `PRD-…`) by id.
    pub notes: BTreeMap<String, Note>,
}

/// A place in a spec. Not part of the model's meaning, so not of its JSON.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// Path relative to the workspace root.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

impl Default for Origin {
    fn default() -> Self {
        Self { file: Arc::from(""), line: 0, column: 0 }
    }
}

impl Model {
    /// RFC 8785 canonical JSON: the compiler's public, versioned artifact.
    ///
    /// # Panics
    /// Never: the model has string keys only and no floats.
    pub fn canonical_json(&self) -> Vec<u8> {
        canonical(self)
    }

    /// Lower-case hex SHA-256 of [`Model::canonical_json`].
    pub fn digest(&self) -> String {
        Digests::of(self).model
    }

    /// The entity with this id.
    pub fn entity(&self, id: &TypeId) -> Option<&Entity> {
        self.contexts.get(&id.context)?.entities.get(&id.name)
    }

    /// The record with this id.
    pub fn record(&self, id: &TypeId) -> Option<&Record> {
        self.contexts.get(&id.context)?.records.get(&id.name)
    }

    /// The enum with this id.
    pub fn enumeration(&self, id: &TypeId) -> Option<&Enum> {
        self.contexts.get(&id.context)?.enums.get(&id.name)
    }
}

#[allow(clippy::expect_used, reason = "string keys only, no floats: see the tests")]
fn canonical<T: Serialize>(value: &T) -> Vec<u8> {
    canonical::canonical(value).expect("a model has string keys and no floats")
}

/// The JSON Schema of the model as JSON.
pub fn schema() -> schemars::Schema {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<Model>()
}
