//! The contract of an operation, as constants.

use std::time::Duration;

/// The closed set of ways an operation may refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The caller does not prove who it is: 401. Specifications do not declare it: it is the same everywhere.
    Authentication,
    /// The cursor of a list was not given out for what is asked: 400. Specifications do not declare it: it is the same
    /// everywhere.
    Cursor,
    /// The input breaks a constraint: 422.
    InputValidation,
    /// A policy does not clearly pass: 403.
    Policy,
    /// What the operation works on does not exist: 404.
    MissingState,
    /// The idempotency key was used with another input: 409.
    IdempotencyConflict,
    /// A unique key is taken or a version has moved on: 409.
    ConcurrencyConflict,
    /// Something this operation needs is not available: 503.
    Dependency,
    /// A bug. Specifications cannot declare it; the answer says nothing about it: 500.
    Internal,
}

impl FailureKind {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::Cursor => 400,
            Self::Authentication => 401,
            Self::InputValidation => 422,
            Self::Policy => 403,
            Self::MissingState => 404,
            Self::IdempotencyConflict | Self::ConcurrencyConflict => 409,
            Self::Dependency => 503,
            Self::Internal => 500,
        }
    }

    /// The code used where the specification declares none.
    pub fn default_code(self) -> &'static str {
        match self {
            Self::Authentication => "unauthenticated",
            Self::Cursor => "invalid_cursor",
            Self::InputValidation => "invalid_input",
            Self::Policy => "not_permitted",
            Self::MissingState => "not_found",
            Self::IdempotencyConflict => "idempotency_conflict",
            Self::ConcurrencyConflict => "conflict",
            Self::Dependency => "unavailable",
            Self::Internal => "internal_error",
        }
    }

    /// The meaning used where the specification declares none.
    pub fn default_meaning(self) -> &'static str {
        match self {
            Self::Authentication => "the caller is not known",
            Self::Cursor => "the cursor was not given out for this question",
            Self::InputValidation => "the input is not valid",
            Self::Policy => "the caller may not do this",
            Self::MissingState => "what this refers to does not exist",
            Self::IdempotencyConflict => "the idempotency key was used for something else",
            Self::ConcurrencyConflict => "the state does not allow this any more",
            Self::Dependency => "something this needs is not available; try again later",
            Self::Internal => "something went wrong on our side",
        }
    }
}

/// A declared failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// The code on the wire.
    pub code: &'static str,
    /// Which kinds of refusal carry it.
    pub kinds: &'static [FailureKind],
    /// What it means, for a person.
    pub meaning: &'static str,
}

/// Command or query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    /// Changes state.
    Command,
    /// Reads state.
    Query,
}

/// Which calls leave an entry in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recording {
    /// Every call: one that succeeds without an entry is rolled back.
    Always,
    /// Only refused calls. The operation runs in a read-only snapshot.
    RefusalsOnly,
}

/// The contract of an operation: `OperationSpec::command("orders", "PlaceOrder").roles(&["orders.Buyer"])…`
#[derive(Debug, Clone, Copy)]
pub struct OperationSpec {
    /// The bounded context.
    pub context: &'static str,
    /// The name within the context.
    pub name: &'static str,
    /// Command or query.
    pub kind: OperationKind,
    /// Qualified roles, any of which is enough; empty: everybody, also anonymously.
    pub roles: &'static [&'static str],
    /// The declared failures.
    pub failures: &'static [Failure],
    /// The code for callers without a required role.
    pub not_permitted: &'static str,
    /// Concept id of the flow this operation realises.
    pub flow: &'static str,
    /// Which calls are recorded.
    pub recording: Recording,
    /// How long results are kept for repeated calls; `None`: for ever.
    pub idempotency_ttl: Option<Duration>,
}

impl OperationSpec {
    /// A command: every call is recorded.
    pub const fn command(context: &'static str, name: &'static str) -> Self {
        Self {
            context,
            name,
            kind: OperationKind::Command,
            roles: &[],
            failures: &[],
            not_permitted: "not_permitted",
            flow: "",
            recording: Recording::Always,
            idempotency_ttl: None,
        }
    }

    /// A query: reads a snapshot; refused calls are recorded.
    pub const fn query(context: &'static str, name: &'static str) -> Self {
        let mut spec = Self::command(context, name);
        spec.kind = OperationKind::Query;
        spec.recording = Recording::RefusalsOnly;
        spec
    }

    /// Sets the qualified roles, any of which is enough.
    #[must_use]
    pub const fn roles(mut self, roles: &'static [&'static str]) -> Self {
        self.roles = roles;
        self
    }

    /// Sets the declared failures.
    #[must_use]
    pub const fn failures(mut self, failures: &'static [Failure]) -> Self {
        self.failures = failures;
        self
    }

    /// Sets the code for callers without a required role.
    #[must_use]
    pub const fn not_permitted(mut self, code: &'static str) -> Self {
        self.not_permitted = code;
        self
    }

    /// Sets the flow's concept id.
    #[must_use]
    pub const fn flow(mut self, concept_id: &'static str) -> Self {
        self.flow = concept_id;
        self
    }

    /// Records every call, for queries whose reading is itself evidence.
    #[must_use]
    pub const fn recorded(mut self) -> Self {
        self.recording = Recording::Always;
        self
    }

    /// Sets how long results are kept for repeated calls.
    #[must_use]
    pub const fn idempotency_ttl(mut self, ttl: Duration) -> Self {
        self.idempotency_ttl = Some(ttl);
        self
    }

    /// The qualified name, `orders.PlaceOrder`.
    pub fn qualified(&self) -> String {
        format!("{}.{}", self.context, self.name)
    }

    /// The declared code for a kind of refusal, or its default.
    pub fn code_for(&self, kind: FailureKind) -> &'static str {
        let declared = self.failures.iter().find(|failure| failure.kinds.contains(&kind));
        declared.map_or(kind.default_code(), |failure| failure.code)
    }

    /// What a code means.
    pub fn meaning_of(&self, code: &str, kind: FailureKind) -> &'static str {
        let declared = self.failures.iter().find(|failure| failure.code == code);
        declared.map_or(kind.default_meaning(), |failure| failure.meaning)
    }
}
