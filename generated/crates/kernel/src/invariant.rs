//! Invariants: what must always hold, and what looks again and again whether it does.
//!
//! What is found is told where people and machines look: in the log, in the ledger when it changes, and by `/ready`, which a
//! node is not while something critical does not hold. That a probe cannot run says nothing about the invariant.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::watch;

use crate::auth::Identity;
use crate::ledger::{self, LedgerError, NewEntry, Outcome, Subject};
use crate::services::Services;

/// What the ledger has when an invariant does not hold, and when it does again.
const TURNS: [&str; 2] = ["invariant.violated", "invariant.restored"];
/// The longest time from the start of a node to its first look.
const FIRST: Duration = Duration::from_secs(60);

/// What is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// The whole ledger is verified.
    LedgerVerify,
}

/// How bad it is if an invariant does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The node is not ready.
    Critical,
    /// It is said.
    High,
    /// It is said.
    Medium,
    /// It is said.
    Low,
}

/// What must always hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invariant {
    /// Its id in the specification.
    pub id: &'static str,
    /// What holds, in words.
    pub statement: &'static str,
    /// How bad it is if it does not.
    pub severity: Severity,
    /// What is run to see.
    pub probe: Probe,
    /// How often.
    pub every: Duration,
}

/// What the last look has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It holds.
    Holds,
    /// It does not, and why.
    Violated(String),
    /// The probe could not run.
    Unknown,
}

/// What was found of all invariants of a cell; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standings(Arc<Mutex<BTreeMap<&'static str, (Severity, Standing)>>>);

impl Standings {
    /// Notes what was found.
    fn note(&self, invariant: &Invariant, standing: Standing) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(invariant.id, (invariant.severity, standing));
    }

    /// Every invariant that was looked at, and what was found.
    pub(crate) fn all(&self) -> BTreeMap<&'static str, Standing> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().map(|(id, (_, standing))| (*id, standing.clone())).collect()
    }

    /// Whether something critical does not hold.
    pub(crate) fn is_critical(&self) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.values().any(|found| matches!(found, (Severity::Critical, Standing::Violated(_))))
    }
}

/// Runs until told to stop: looks, and tells what has changed.
pub(crate) async fn keep_watch(
    services: Services,
    context: &'static str,
    invariant: Invariant,
    standings: Standings,
    mut stop: watch::Receiver<bool>,
) {
    let mut pause = invariant.every.min(FIRST);
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        pause = invariant.every;
        let found = look(&services, invariant.probe).await;
        standings.note(&invariant, found.clone());
        let holds = (found != Standing::Unknown).then_some(found == Standing::Holds);
        services.metrics.invariant(context, invariant.id, holds);
        if let Err(error) = tell(&services, context, &invariant, &found).await {
            tracing::error!(%error, invariant = invariant.id, "what was found of an invariant could not be recorded");
        }
    }
}

async fn look(services: &Services, probe: Probe) -> Standing {
    let Probe::LedgerVerify = probe;
    match ledger::verify(&services.store, Arc::clone(&services.blobs)).await {
        Ok(report) => report.fault.map_or(Standing::Holds, |fault| {
            let place = fault.sequence.map_or_else(String::new, |sequence| format!("first bad sequence {sequence}: "));
            Standing::Violated(format!("{place}{}", fault.reason))
        }),
        Err(error) => {
            tracing::warn!(%error, "the ledger could not be verified");
            Standing::Unknown
        }
    }
}

/// Records a change for better or worse.
async fn tell(
    services: &Services,
    context: &'static str,
    invariant: &Invariant,
    found: &Standing,
) -> Result<(), LedgerError> {
    let [violated, restored] = TURNS;
    let (event_type, outcome, reason) = match found {
        Standing::Violated(reason) => (violated, Outcome::Failure, Some(reason.clone())),
        Standing::Holds => (restored, Outcome::Success, None),
        Standing::Unknown => return Ok(()),
    };
    let now = services.clock.now();
    let name = format!("{context}.{}", invariant.id);
    let entry = NewEntry {
        source: name.clone(),
        source_event_id: None,
        event_type: event_type.to_owned(),
        actor: Identity::service(invariant.id).subject,
        subject: Subject::new("invariant", invariant.id),
        action: name,
        outcome,
        occurred_at: now,
        recorded_at: now,
        context: context.to_owned(),
        controls: Vec::new(),
        correlation_id: None,
        parser: None,
        payload: serde_json::json!({
            "model": &*services.model_hash,
            "reason": reason,
            "severity": invariant.severity,
            "statement": invariant.statement,
        }),
    };
    if ledger::append_turn(services, entry, TURNS).await?.is_some() {
        match found {
            Standing::Violated(reason) => {
                tracing::error!(invariant = invariant.id, reason, "an invariant does not hold");
            }
            _ => tracing::info!(invariant = invariant.id, "an invariant holds again"),
        }
    }
    Ok(())
}
