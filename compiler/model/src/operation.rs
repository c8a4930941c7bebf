//! Operations: commands and queries with their whole contract, and the plan that carries them out.

use crate::{Modality, Origin, TypeId, TypedExpr};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// A command or a query.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Operation {
    /// Command or query.
    pub kind: OperationKind,
    /// Who calls whom.
    pub direction: Direction,
    /// What it is for.
    pub intent: Option<String>,
    /// Who may call it: any of these roles, sorted; nobody in particular if empty.
    pub roles: Vec<TypeId>,
    /// Record it takes.
    pub input: TypeId,
    /// Record it answers with.
    pub output: TypeId,
    /// What it does to state.
    pub effect: Effect,
    /// What it does besides, to entities that belong to the one of the effect.
    pub parts: Vec<PartEffect>,
    /// Policies that govern it, by falling priority, then name.
    pub policies: Vec<BoundPolicy>,
    /// Rules by which nobody carries it out who has carried out something else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub separated: Vec<Separation>,
    /// Its declared failures.
    pub failures: Failures,
    /// How a repeated call is recognised.
    pub idempotency: Idempotency,
    /// How a concurrent call is recognised.
    pub concurrency: Concurrency,
    /// What it does, in order.
    pub steps: Vec<Step>,
    /// Where each field of the output comes from, by name.
    pub output_from: BTreeMap<String, ValueSource>,
    /// How it is reached.
    pub http: Option<Http>,
    /// Resource of the flow that stands for it.
    pub flow: Option<String>,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

impl Operation {
    /// The outbound queries that it asks, each with the port.
    pub fn calls(&self) -> impl Iterator<Item = (&str, &str)> {
        self.steps.iter().filter_map(|step| match step {
            Step::Call { operation, port, .. } => Some((operation.as_str(), port.as_str())),
            _ => None,
        })
    }

    /// What it does to state, all of it: first to what it is about.
    pub fn effects(&self) -> impl Iterator<Item = &Effect> {
        std::iter::once(&self.effect).chain(self.parts.iter().map(|part| &part.effect))
    }
}

/// Who calls an operation, and who carries it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Others call it; the context carries it out.
    Inbound,
    /// The context calls it; others carry it out, behind an outbound port.
    Outbound,
    /// Only the context itself calls it and carries it out.
    Internal,
}

/// An effect on an entity that belongs to the one an operation is about: it refers to it, and changes with it in one
/// transaction.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct PartEffect {
    /// What is done.
    pub effect: Effect,
    /// Its field that refers to the entity it belongs to.
    pub reference: String,
    /// Where each field that is written comes from; fields of a changed entity that are not named keep their value.
    pub fields: BTreeMap<String, ValueSource>,
}

/// Does it change state?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// Yes.
    Command,
    /// No.
    Query,
}

/// What an operation does to state.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Effect {
    /// A new entity.
    Creates {
        /// Its type.
        entity: TypeId,
    },
    /// Changes the entity that the input's key names.
    Mutates {
        /// Its type.
        entity: TypeId,
    },
    /// Reads the entity that the input's key names.
    Reads {
        /// Its type.
        entity: TypeId,
    },
    /// Lists entities, a page at a time. Among equal ones the key decides.
    ListsEntities {
        /// Their type.
        entity: TypeId,
        /// Field of the output that holds the rows.
        rows: String,
        /// Input fields that are compared with the entity's fields of the same name, sorted.
        filters: Vec<String>,
        /// Fields that callers may sort by, with the input's `sort`.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        sort: Vec<String>,
        /// The order where callers name none; by key if there is none.
        #[serde(skip_serializing_if = "Option::is_none")]
        order: Option<SortOrder>,
        /// Most rows in one answer.
        limit: u64,
    },
    /// Lists entries of the ledger, a page at a time, in order of sequence.
    ListsLedger {
        /// Field of the output that holds the rows.
        rows: String,
        /// The record of one row; its fields are those of an entry with the same name.
        row: TypeId,
        /// Input fields that are compared with the entry's fields of the same name, sorted.
        filters: Vec<String>,
        /// Most rows in one answer.
        limit: u64,
    },
}

/// How rows are sorted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct SortOrder {
    /// By which field.
    pub field: String,
    /// From the greatest value to the least.
    pub falling: bool,
}

impl Effect {
    /// The entity that it is about, if there is one.
    pub fn entity(&self) -> Option<&TypeId> {
        match self {
            Self::Creates { entity }
            | Self::Mutates { entity }
            | Self::Reads { entity }
            | Self::ListsEntities { entity, .. } => Some(entity),
            Self::ListsLedger { .. } => None,
        }
    }
}

/// A separation of duties as it governs one operation.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Separation {
    /// The rule in words.
    pub rule: String,
    /// The failure that its violation is answered with.
    pub code: String,
    /// The other operations, sorted: who has carried out one of them on an entity does not carry out this one on it.
    pub others: Vec<TypeId>,
}

/// A policy as it governs one operation.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct BoundPolicy {
    /// The policy.
    pub policy: TypeId,
    /// What it demands.
    pub modality: Modality,
    /// When it is decided.
    pub stage: Stage,
    /// The failure that its violation is answered with.
    pub code: String,
    /// Its expression, with the operation's facts in place of names.
    pub expression: TypedExpr,
    /// Why it exists.
    pub rationale: Option<String>,
}

/// When a policy is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Before the effect.
    Precondition,
    /// Before and after the effect.
    Invariant,
    /// After the effect, on the state it made.
    Postcondition,
}

/// Kinds of failure: closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "named after the words of the language")]
pub enum FailureKind {
    InputValidation,
    Policy,
    MissingState,
    IdempotencyConflict,
    ConcurrencyConflict,
    Dependency,
}

/// One declared failure.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Failure {
    /// Kinds it stands for, sorted.
    pub kinds: Vec<FailureKind>,
    /// What it tells the caller.
    pub meaning: String,
    /// Where it is declared.
    #[serde(skip)]
    pub origin: Origin,
}

/// The failures of an operation, and which one answers which path.
#[derive(Clone, Debug, Default, PartialEq, Hash, Serialize, JsonSchema)]
pub struct Failures {
    /// By code.
    pub declared: BTreeMap<String, Failure>,
    /// The code for each path that the operation can take and that no policy binds.
    pub code_for: BTreeMap<FailureKind, String>,
}

/// How a repeated call is recognised.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "mode")]
pub enum Idempotency {
    /// By fields of the input.
    KeyedBy {
        /// Their names; together they are the key.
        fields: Vec<String>,
        /// Milliseconds for which the answer is kept; for ever if none.
        expires_after: Option<u64>,
    },
    /// Doing it twice is doing it once.
    Inherent,
}

/// How a concurrent call is recognised.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "mode")]
pub enum Concurrency {
    /// No two entities hold the same value of this field.
    UniqueKey {
        /// Its name.
        field: String,
    },
    /// The caller names the version it has seen.
    OptimisticVersion {
        /// Its name, in the input and in the entity.
        field: String,
    },
    /// Reads see one state.
    ReadSnapshot,
}

/// One step of the plan.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum Step {
    /// Stores a field of the input in the blob store, before the transaction.
    StoreBlob {
        /// Input field with the bytes.
        from: String,
        /// The port.
        into: String,
        /// Name under which the digest is known afterwards.
        digest: String,
    },
    /// Asks an outbound query, before the transaction.
    Call {
        /// The query.
        operation: String,
        /// The port it goes through.
        port: String,
        /// Where each field of its input comes from.
        input: BTreeMap<String, ValueSource>,
    },
    /// Writes the entity of the effect.
    Persist {
        /// Where each field comes from; fields of a mutated entity that are not named keep their value.
        fields: BTreeMap<String, ValueSource>,
    },
    /// Appends the entry of this operation to the ledger.
    AppendEvidence {
        /// Type of the entry.
        evidence: String,
        /// Where the id of its subject comes from.
        subject: Option<ValueSource>,
        /// Input fields `source` and `source_event_id` give the entry's identity.
        identity_from_input: bool,
        /// Input field `occurred_at` gives its time.
        time_from_input: bool,
    },
    /// Puts an event into the outbox.
    Publish {
        /// The event.
        event: TypeId,
        /// Where each field of its payload comes from.
        payload: BTreeMap<String, ValueSource>,
    },
}

/// Where the value of a field comes from.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "from")]
pub enum ValueSource {
    /// The input field of this name.
    Input {
        /// Its name.
        field: String,
        /// May it be absent?
        optional: bool,
    },
    /// The field of the entity, as it is after `Persist`; of the answer, where others carry the operation out.
    State {
        /// Its name.
        field: String,
        /// May it be absent?
        optional: bool,
    },
    /// An expression over input, actor and time, or a constant.
    Expression {
        /// What it computes.
        expression: Box<TypedExpr>,
    },
    /// A new UUID.
    NewUuid,
    /// The field of this name in the answer of an outbound query.
    Answer {
        /// The query.
        operation: String,
        /// Its field.
        field: String,
        /// May it be absent?
        optional: bool,
    },
    /// The digest that `StoreBlob` gave under this name.
    Digest {
        /// Its name.
        name: String,
    },
    /// The sequence of the ledger entry.
    Sequence,
    /// The version seen, plus one.
    NextVersion {
        /// Name of the version field.
        field: String,
    },
    /// Nothing: the field is optional and nobody sets it.
    Absent,
    /// The rows of a list.
    Rows,
    /// Where the next page begins; absent on the last one.
    NextCursor,
}

/// How an operation is reached over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct Http {
    /// The method.
    pub method: Method,
    /// The path, from `/`.
    pub path: String,
    /// The inbound port that exposes it.
    pub port: String,
}

/// HTTP methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// For queries.
    Get,
    /// For commands.
    Post,
}

/// `PlaceOrder` and `place_order` as `place-order`: what an operation is called in paths. Letters that stand in no path
/// are told by their number: `Größe` as `gr-f6-df-e`.
pub fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    let (mut last_lower, mut last_told) = (false, false);
    for letter in name.chars() {
        let told = !letter.is_ascii();
        let border = told || last_told || letter == '_' || (letter.is_uppercase() && last_lower);
        if border && !(kebab.is_empty() && letter != '_') && !(kebab.ends_with('-') && (told || last_told)) {
            kebab.push('-');
        }
        if told {
            kebab.push_str(&format!("{:x}", u32::from(letter)));
        } else if letter != '_' {
            kebab.push(letter.to_ascii_lowercase());
        }
        last_lower = letter.is_lowercase() || letter.is_numeric();
        last_told = told;
    }
    kebab
}

#[cfg(test)]
mod tests {
    use super::kebab;

    #[test]
    fn names_become_what_may_stand_in_a_path() {
        for (name, path) in [
            ("PlaceOrder", "place-order"),
            ("place_order", "place-order"),
            ("A1B", "a1-b"),
            ("Gr\u{f6}\u{df}e", "gr-f6-df-e"),
            ("\u{c9}bauche", "c9-bauche"),
            ("Stra\u{df}e", "stra-df-e"),
            ("a_\u{f6}_b", "a-f6-b"),
        ] {
            assert_eq!(kebab(name), path);
        }
    }
}
