//! Refusals are evidence: each is recorded before the answer goes out.

use std::sync::Arc;

use super::{FailureKind, OperationSpec, Origin, Rejection};
use crate::ledger::{self, LedgerError, NewEntry, Outcome, Subject};
use crate::policy::Decision;
use crate::services::Services;
use futures_util::FutureExt as _;

/// Appends the refusal in a transaction of its own; returns its sequence.
pub(super) async fn record(
    services: &Services,
    spec: &OperationSpec,
    origin: &Origin,
    decision: &Decision,
    rejection: &Rejection,
) -> Result<u64, LedgerError> {
    let entry = entry(services, spec, origin, decision, rejection);
    let prepared = Arc::new(ledger::prepare(&*services.blobs, entry).await?);
    let appended = services
        .store
        .transact(move |tx| {
            let prepared = Arc::clone(&prepared);
            async move { ledger::append_prepared(tx, &prepared).await }.boxed()
        })
        .await?;
    Ok(appended.sequence())
}

fn entry(
    services: &Services,
    spec: &OperationSpec,
    origin: &Origin,
    decision: &Decision,
    rejection: &Rejection,
) -> NewEntry {
    let denied = matches!(rejection.kind, FailureKind::Authentication | FailureKind::Policy);
    let now = services.clock.now();
    NewEntry {
        source: origin.operation.clone(),
        source_event_id: None,
        event_type: if denied { "operation.denied" } else { "operation.rejected" }.to_owned(),
        actor: origin.actor.clone(),
        subject: Subject::new("operation", spec.qualified()),
        action: origin.operation.clone(),
        outcome: if denied { Outcome::Denied } else { Outcome::Rejected },
        occurred_at: now,
        recorded_at: now,
        context: origin.context.clone(),
        controls: Vec::new(),
        correlation_id: Some(origin.correlation_id.clone()),
        parser: None,
        payload: serde_json::json!({
            "code": rejection.code,
            "decision": decision,
            "detail": rejection.detail,
            "flow": origin.flow,
            "model": &*services.model_hash,
            "operation": origin.operation,
            "violations": rejection.violations,
        }),
    }
}
