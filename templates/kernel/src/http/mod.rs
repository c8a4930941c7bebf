//! The HTTP front: axum routes as thin as paper over the operation pipeline and the connectors.

mod caller;
pub(crate) mod client;
mod condition;
mod endpoint;
mod guard;
mod integers;
mod log;
mod middleware;
mod policy;
mod problem;
mod query;
mod rate;
mod router;
mod serve;
mod system;
mod tokens;
mod witness;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::auth::TokenVerifier;
use crate::invariant::Standings;
use crate::ledger::Notary;
use crate::services::Services;

pub(crate) use caller::{Caller, Reply};
pub(crate) use endpoint::{Endpoint, Mounted, json_pointer};
pub(crate) use problem::json_response;
pub use problem::{Problem, ProblemError};
pub use query::{QueryError, from_query};
pub(crate) use rate::{By, Guards};
pub(crate) use router::{Parts, build};
pub(crate) use serve::{Leaving, Limits, SMALLEST_HEAD, serve};
pub(crate) use system::monitoring;
pub(crate) use witness::{HttpWitness, router as witness_router};

/// What every request may need.
#[derive(Clone)]
pub(crate) struct Front {
    pub(crate) leaving: Leaving,
    pub(crate) services: Services,
    pub(crate) verifier: Arc<dyn TokenVerifier>,
    /// Digest of the policies in force.
    pub(crate) bundle: Arc<str>,
    /// The largest body taken, in bytes.
    pub(crate) body_bytes: usize,
    /// How many requests are taken.
    pub(crate) guards: Arc<Guards>,
    /// How long a client may take to send a body.
    pub(crate) patience: Duration,
    /// What was found of the invariants.
    pub(crate) standings: Standings,
    /// Whoever signs checkpoints.
    pub(crate) notary: Arc<Notary>,
    /// Roles that may read entries and receipts.
    pub(crate) ledger_readers: Arc<[String]>,
    /// Roles that may ask what would be decided.
    pub(crate) evaluators: Arc<[String]>,
    /// Roles that may look after service tokens.
    pub(crate) administrators: Arc<[String]>,
    /// The roles that the cell declares.
    pub(crate) roles: Arc<BTreeSet<&'static str>>,
}
