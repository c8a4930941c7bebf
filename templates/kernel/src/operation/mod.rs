//! Operations: the commands and queries of a context, and the one path each call takes.
//!
//! `decode → authenticate → authorize → validate → preconditions → prepare → one transaction { idempotency look-up → execute →
//! idempotency record } → respond`. Whatever refuses a call is recorded in the ledger before the answer goes out.

pub(crate) mod duties;
pub(crate) mod evaluate;
mod idempotency;
pub(crate) mod pipeline;
mod refusal;
mod rejection;
mod spec;
mod uow;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::auth::Identity;
use crate::policy::Verdict;
use crate::services::Services;
use crate::store::Tx;
use crate::types::Timestamp;
use crate::validate::{Validate, Violations};

pub use duties::Separation;
pub use idempotency::forget_expired;
pub(crate) use idempotency::sweep;
pub use rejection::Rejection;
pub use spec::{Failure, FailureKind, OperationKind, OperationSpec, Recording};
pub use uow::{Evidence, Origin, UnitOfWork};

/// One call of an operation.
#[derive(Debug, Clone)]
pub struct Call<I> {
    /// The decoded input.
    pub input: I,
    /// Who is calling.
    pub identity: Identity,
    /// Ties together everything that goes back to this request.
    pub correlation_id: String,
    /// When the call came in.
    pub received_at: Timestamp,
}

/// A command or a query of a context. Emitted code implements this; [`crate::cell::Module`] mounts it.
#[async_trait]
pub trait Operation: Send + Sync + 'static {
    /// The contract.
    const SPEC: OperationSpec;
    /// What goes in. Its canonical JSON is what idempotency compares.
    type Input: Serialize + DeserializeOwned + Validate + Send + Sync + 'static;
    /// What comes out.
    type Output: Serialize + Send + 'static;
    /// What [`Operation::prepare`] hands to [`Operation::execute`]; `()` for nothing.
    type Prepared: Send + Sync + 'static;

    /// The key under which a repeated call gets the first one's result; `None` for no such promise.
    fn idempotency_key(&self, _input: &Self::Input) -> Option<String> {
        None
    }

    /// Policies that can be decided from input and identity alone.
    fn preconditions(&self, _call: &Call<Self::Input>) -> Vec<Verdict> {
        Vec::new()
    }

    /// Every policy at once, on a described state: what would be decided, for whoever asks. Those that look at the state are
    /// unknown without one.
    ///
    /// # Errors
    /// When the description is not of a state of this operation.
    fn policies(
        &self,
        call: &Call<Self::Input>,
        _state: Option<&serde_json::Value>,
    ) -> Result<Vec<Verdict>, Violations> {
        Ok(self.preconditions(call))
    }

    /// The state that the policies of a call look at, as it is now; none where there is none, or it is only to be made.
    async fn state(&self, _call: &Call<Self::Input>, _tx: &mut dyn Tx) -> Result<Option<serde_json::Value>, Rejection> {
        Ok(None)
    }

    /// Work outside the transaction: storing blobs, asking other services. It must be safe to repeat and safe to abandon.
    async fn prepare(&self, call: &Call<Self::Input>, services: &Services) -> Result<Self::Prepared, Rejection>;

    /// Work inside the transaction: load, decide, change, record, publish. `Err` leaves nothing behind.
    async fn execute(
        &self,
        call: &Call<Self::Input>,
        prepared: &Self::Prepared,
        uow: &mut UnitOfWork<'_>,
    ) -> Result<Self::Output, Rejection>;
}
