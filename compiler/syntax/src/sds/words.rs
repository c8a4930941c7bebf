//! The closed vocabularies of values. The schema offers them; whoever gives them a meaning checks against them.

/// How much an invariant weighs.
pub const SEVERITIES: &[&str] = &["critical", "high", "medium", "low"];
/// What one unit of work is.
pub const BOUNDARIES: &[&str] = &["command"];
/// What a unit of work can span.
pub const INCLUDES: &[&str] = &["repositories", "ledger", "outbox"];
/// How units of work are kept apart.
pub const ISOLATIONS: &[&str] = &["serializable"];
/// How events are handed to the bus.
pub const OUTBOX_MODES: &[&str] = &["required"];
/// Kinds of outbound port.
pub const PORT_KINDS: &[&str] = &["repository", "blobStore"];
/// Kinds of adapter.
pub const ADAPTER_KINDS: &[&str] = &["sql", "objectStore"];
/// What becomes of a delivery that no case applies to.
pub const OTHERWISE: &[&str] = &["unclassified"];
/// Kinds of failure.
pub const FAILURE_KINDS: &[&str] =
    &["input_validation", "policy", "missing_state", "idempotency_conflict", "concurrency_conflict", "dependency"];
/// When a policy is decided.
pub const STAGES: &[&str] = &["precondition", "invariant", "postcondition"];
