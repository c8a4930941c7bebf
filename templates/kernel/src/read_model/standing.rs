//! What is known of read models while a node runs: whether they follow, and how far they are behind.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

use super::{Declared, ReadModelError, behind};
use crate::auth::Identity;
use crate::ledger::{self, NewEntry, Outcome, Subject};
use crate::services::Services;
use crate::store::{StoreError, Tx};

/// What the ledger has when a read model stands still, and when it follows again.
const TURNS: [&str; 2] = ["read_model.stopped", "read_model.resumed"];

/// The read models of a cell, each with the reason if it stands still; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Followed(Arc<Mutex<Known>>);

type Known = BTreeMap<&'static str, (Declared, Option<String>)>;

impl Followed {
    /// Notes what came of following, and whether that is news.
    fn note(&self, declared: Declared, still: Option<String>) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.insert(declared.name, (declared, still.clone()));
        before.is_none_or(|(_, before)| before != still)
    }

    /// Makes whatever comes next news.
    fn forget(&self, declared: Declared) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(declared.name);
    }

    /// Those that stand still, and why.
    pub(crate) fn still(&self) -> BTreeMap<&'static str, String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().filter_map(|(name, (_, still))| Some((*name, still.clone()?))).collect()
    }

    /// All of them, each with whether it follows.
    pub(crate) fn all(&self) -> Vec<(Declared, bool)> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.values().map(|(declared, still)| (*declared, still.is_none())).collect()
    }
}

/// How far a read model has come, for monitoring.
pub(crate) struct Standing {
    pub(crate) name: &'static str,
    pub(crate) follows: bool,
    pub(crate) behind: u64,
}

/// How far all read models that are followed have come.
pub(crate) async fn standings(tx: &mut dyn Tx, followed: &[(Declared, bool)]) -> Result<Vec<Standing>, StoreError> {
    let mut all = Vec::with_capacity(followed.len());
    for (declared, follows) in followed {
        let behind = behind(tx, *declared).await.map_err(|error| match error {
            ReadModelError::Store(error) => error,
            other => StoreError::Corrupt(other.to_string()),
        })?;
        all.push(Standing { name: declared.name, follows: *follows, behind });
    }
    Ok(all)
}

/// Notes what came of following, and puts it on record when that changes. A store that fails for a while says nothing about
/// the read model: what reads and writes it tells that itself.
pub(super) async fn tell(services: &Services, declared: Declared, came: Result<(), &ReadModelError>) {
    let still = match came {
        Ok(()) => None,
        Err(ReadModelError::Store(error)) if error.is_transient() => return,
        Err(error) => Some(error.to_string()),
    };
    if !services.followed.note(declared, still.clone()) {
        return;
    }
    if let Err(error) = ledger::append_turn(services, entry(services, declared, still), TURNS).await {
        // The next attempt tells it again.
        services.followed.forget(declared);
        tracing::error!(%error, "what came of a read model could not be recorded");
    }
}

fn entry(services: &Services, declared: Declared, still: Option<String>) -> NewEntry {
    let now = services.clock.now();
    let [stopped, resumed] = TURNS;
    let (event_type, outcome) = if still.is_some() { (stopped, Outcome::Failure) } else { (resumed, Outcome::Success) };
    NewEntry {
        source: declared.name.to_owned(),
        source_event_id: None,
        event_type: event_type.to_owned(),
        actor: Identity::service(declared.name).subject,
        subject: Subject::new("read_model", declared.name),
        action: "follow".to_owned(),
        outcome,
        occurred_at: now,
        recorded_at: now,
        context: declared.name.split('.').next().unwrap_or_default().to_owned(),
        controls: Vec::new(),
        correlation_id: None,
        parser: None,
        payload: json!({"model": &*services.model_hash, "reason": still}),
    }
}
