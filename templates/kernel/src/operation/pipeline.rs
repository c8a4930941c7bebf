//! The one path every call takes.

use std::sync::Arc;

use futures_util::FutureExt as _;
use tracing::Instrument as _;

use super::idempotency::{self, Key};
use super::{Call, FailureKind, Operation, OperationSpec, Origin, Recording, Rejection, UnitOfWork, refusal};
use crate::auth::{Identity, Unproven, attempts};
use crate::canonical::{self, Digest};
use crate::fault;
use crate::ledger::{Appended, LedgerError};
use crate::policy::{Decision, Truth, Verdict};
use crate::services::Services;
use crate::store::{self, StoreError, Tx};
use crate::trace;
use crate::validate::{Validate, Violations};

/// What a call that went well leads to.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(crate) output: serde_json::Value,
    /// True when the answer is a stored one.
    pub(crate) replayed: bool,
    /// The call's entry in the ledger.
    pub(crate) sequence: Option<u64>,
}

/// Everything one call needs inside its transaction.
struct Job<O: Operation> {
    operation: Arc<O>,
    services: Services,
    call: Call<O::Input>,
    prepared: O::Prepared,
    origin: Origin,
    decision: Decision,
    key: Option<Key>,
}

/// Why the transaction was left: the refusal, and the decision as far as it got.
struct Abort {
    rejection: Rejection,
    decision: Option<Decision>,
}

impl From<StoreError> for Abort {
    fn from(error: StoreError) -> Self {
        Self { rejection: error.into(), decision: None }
    }
}

impl From<Rejection> for Abort {
    fn from(rejection: Rejection) -> Self {
        Self { rejection, decision: None }
    }
}

/// Takes a decoded call of an authenticated (or anonymous, where that is allowed) caller to its end.
pub(crate) async fn run<O: Operation>(
    operation: Arc<O>,
    services: &Services,
    bundle: &str,
    call: Call<O::Input>,
) -> Result<Done, Rejection> {
    let spec = O::SPEC;
    let span = tracing::info_span!(
        "operation",
        operation = %spec.qualified(),
        flow = spec.flow,
        model = &*services.model_hash,
        correlation_id = call.correlation_id.as_str(),
        outcome = tracing::field::Empty,
    );
    let result = guarded(operation, services, bundle, call).instrument(span.clone()).await;
    span.in_scope(|| report(&span, &result));
    result
}

fn report(span: &tracing::Span, result: &Result<Done, Rejection>) {
    match result {
        Ok(done) => {
            span.record("outcome", "success");
            tracing::info!(sequence = done.sequence, replayed = done.replayed, "done");
        }
        Err(rejection) if rejection.kind == FailureKind::Internal => {
            span.record("outcome", &*rejection.code);
            tracing::error!(detail = rejection.detail, "failed");
        }
        Err(rejection) => {
            span.record("outcome", &*rejection.code);
            tracing::info!(detail = rejection.detail, "refused");
        }
    }
}

/// Runs the call; records its refusal before anybody hears of it.
async fn guarded<O: Operation>(
    operation: Arc<O>,
    services: &Services,
    bundle: &str,
    call: Call<O::Input>,
) -> Result<Done, Rejection> {
    let spec = O::SPEC;
    let input_digest = canonical::digest(&call.input)?;
    let origin = origin(&spec, &call.identity, &call.correlation_id);
    let mut decision = Decision::new(bundle, input_digest, call.identity.digest());
    let nobody = call.identity.is_anonymous();
    let result = attempt(operation, services, call, &origin, &mut decision).await;
    let Err(rejection) = result else { return result };
    if rejection.kind == FailureKind::Internal {
        return Err(rejection);
    }
    Err(recorded_refusal(services, &spec, &origin, &decision, rejection, nobody).await)
}

/// The refusal, once it is in the ledger or counted; an unavailable ledger otherwise.
async fn recorded_refusal(
    services: &Services,
    spec: &OperationSpec,
    origin: &Origin,
    decision: &Decision,
    rejection: Rejection,
    nobody: bool,
) -> Rejection {
    // Who can be named is recorded each time. Nobody can be anybody, as often as they like: beyond a number they are counted.
    let recorded = if nobody && !services.attempts.admits(services.clock.now()) {
        attempts::count(services, &origin.operation, &origin.actor, &rejection.code).await.map_err(LedgerError::from)
    } else {
        refusal::record(services, spec, origin, decision, &rejection).await.map(drop)
    };
    match recorded {
        Ok(()) => rejection,
        Err(error) => {
            tracing::error!(%error, code = &*rejection.code, "a refusal could not be recorded");
            Rejection::dependency("ledger_unavailable", "the ledger is not available; try again later")
        }
    }
}

/// Refuses a caller nobody vouches for. That is recorded as every refusal is, in nobody's name; the call's input is the
/// digest of what was sent.
pub(crate) async fn refuse_caller(
    spec: &OperationSpec,
    services: &Services,
    bundle: &str,
    call: Call<Digest>,
    unproven: Unproven,
) -> Rejection {
    let origin = origin(spec, &call.identity, &call.correlation_id);
    let mut decision = Decision::new(bundle, call.input, call.identity.digest());
    let code = unproven.code();
    decision.record(&Verdict::obligation("authentication", code, Truth::False, "the caller proves who it is"));
    let rejection = Rejection::new(unproven.kind, code, unproven.reason);
    recorded_refusal(services, spec, &origin, &decision, rejection, true).await
}

/// Takes a call that cannot be carried out as it was sent to its end: authority is asked first all the same, so that a
/// caller without it learns nothing about why. The call's input is the digest of what was sent.
pub(crate) async fn refuse(
    spec: &OperationSpec,
    services: &Services,
    bundle: &str,
    call: Call<Digest>,
    reason: Rejection,
) -> Rejection {
    let origin = origin(spec, &call.identity, &call.correlation_id);
    let mut decision = Decision::new(bundle, call.input, call.identity.digest());
    let rejection = match authorize(spec, &call.identity, &mut decision) {
        Ok(()) => reason,
        Err(denied) => denied,
    };
    recorded_refusal(services, spec, &origin, &decision, rejection, call.identity.is_anonymous()).await
}

/// A call of the cell itself that has been made ready for its transaction.
pub(crate) struct Ready<O: Operation> {
    call: Call<O::Input>,
    prepared: O::Prepared,
}

/// Does what an operation does before its transaction, on behalf of the cell itself. Nothing leaves the cell that input
/// and policies do not allow.
pub(crate) async fn ready<O: Operation>(
    operation: &O,
    input: O::Input,
    origin: &Origin,
    services: &Services,
) -> Result<Ready<O>, Rejection> {
    let spec = O::SPEC;
    let identity = Identity::acting(&origin.actor, spec.roles);
    let mut decision = Decision::new(&services.model_hash, canonical::digest(&input)?, identity.digest());
    let correlation_id = origin.correlation_id.clone();
    let call = Call { input, identity, correlation_id, received_at: services.clock.now() };
    check_input(&spec, &call.input)?;
    for verdict in operation.preconditions(&call) {
        require(&mut decision, &verdict)?;
    }
    let prepared = operation.prepare(&call, services).await?;
    Ok(Ready { call, prepared })
}

/// Carries out an operation inside a unit of work that is open already, on behalf of the cell itself.
///
/// The inbox makes sure that this happens once for each event, so there is no idempotency record.
pub(crate) async fn react<O: Operation>(
    operation: &O,
    Ready { call, prepared }: &Ready<O>,
    uow: &mut UnitOfWork<'_>,
) -> Result<(), Rejection> {
    for verdict in operation.preconditions(call) {
        uow.require(verdict)?;
    }
    operation.execute(call, prepared, uow).await?;
    recorded(&O::SPEC, uow).map(drop)
}

/// Every constraint of the input, at once.
fn check_input<I: Validate>(spec: &OperationSpec, input: &I) -> Result<(), Rejection> {
    let mut violations = Violations::new();
    input.validate(&mut violations);
    if violations.is_empty() {
        return Ok(());
    }
    Err(Rejection::input(spec.code_for(FailureKind::InputValidation), violations))
}

fn origin(spec: &OperationSpec, identity: &Identity, correlation_id: &str) -> Origin {
    Origin {
        context: spec.context.to_owned(),
        operation: spec.qualified(),
        flow: spec.flow.to_owned(),
        actor: identity.subject.clone(),
        correlation_id: correlation_id.to_owned(),
        causation_id: correlation_id.to_owned(),
        traceparent: trace::current().map(|span| span.header()),
    }
}

async fn attempt<O: Operation>(
    operation: Arc<O>,
    services: &Services,
    call: Call<O::Input>,
    origin: &Origin,
    decision: &mut Decision,
) -> Result<Done, Rejection> {
    let spec = O::SPEC;
    authorize(&spec, &call.identity, decision)?;
    check_input(&spec, &call.input)?;
    for verdict in operation.preconditions(&call) {
        require(decision, &verdict)?;
    }
    let prepared = operation.prepare(&call, services).await?;
    fault::point("command.prepared");
    let key = operation.idempotency_key(&call.input).map(|key| Key {
        key,
        caller: call.identity.qualified(),
        input_digest: decision.input_digest,
    });
    let job = Job {
        operation,
        services: services.clone(),
        call,
        prepared,
        origin: origin.clone(),
        decision: decision.clone(),
        key,
    };
    transact(job).await.map_err(|abort| {
        if let Some(reached) = abort.decision {
            *decision = reached;
        }
        abort.rejection
    })
}

/// At least one of the operation's roles, unless it has none.
pub(super) fn authorize(spec: &OperationSpec, identity: &Identity, decision: &mut Decision) -> Result<(), Rejection> {
    if spec.roles.is_empty() {
        return Ok(());
    }
    let holds = Truth::from(identity.has_any_role(spec.roles));
    let rationale = "the caller has at least one of the operation's roles";
    let verdict = Verdict::obligation("role", spec.not_permitted, holds, rationale);
    if decision.record(&verdict) {
        return Ok(());
    }
    Err(Rejection::policy(spec.not_permitted, format!("this needs one of the roles {}", spec.roles.join(", "))))
}

/// Takes a verdict into a decision; refuses unless it clearly passes.
pub(super) fn require(decision: &mut Decision, verdict: &Verdict) -> Result<(), Rejection> {
    if decision.record(verdict) {
        return Ok(());
    }
    let missing = verdict.truth.missing_facts();
    let detail = match missing.is_empty() {
        true => format!("policy {} is not satisfied", verdict.policy),
        false => format!("policy {} cannot be decided without {}", verdict.policy, missing.join(", ")),
    };
    Err(Rejection::policy(verdict.code, detail))
}

async fn transact<O: Operation>(job: Job<O>) -> Result<Done, Abort> {
    let services = job.services.clone();
    let job = Arc::new(job);
    let span = tracing::Span::current();
    let work = store::job(move |tx| {
        let (job, span) = (Arc::clone(&job), span.clone());
        async move { inside(&job, tx).await }.instrument(span).boxed()
    });
    let (done, published) = match O::SPEC.recording {
        Recording::Always => services.store.transact(work).await?,
        Recording::RefusalsOnly => services.store.read(work).await?,
    };
    fault::point("command.committed");
    if published {
        services.ring();
    }
    Ok(done)
}

/// Inside the transaction. Whether events were published comes back too.
async fn inside<O: Operation>(job: &Job<O>, tx: &mut dyn Tx) -> Result<(Done, bool), Abort> {
    let spec = O::SPEC;
    let now = job.services.clock.now();
    if let Some(key) = &job.key
        && let Some(output) = idempotency::look_up(tx, &spec, key, now).await?
    {
        return Ok((Done { output, replayed: true, sequence: None }, false));
    }
    let mut uow = UnitOfWork::new(tx, &job.services, &job.origin, job.decision.clone());
    let output = job.operation.execute(&job.call, &job.prepared, &mut uow).await;
    let output = match output {
        Ok(output) => serde_json::to_value(output).map_err(|e| Rejection::internal(e.to_string()))?,
        Err(rejection) => return Err(Abort { rejection, decision: Some(uow.decision().clone()) }),
    };
    fault::point("command.executed");
    let sequence = recorded(&spec, &uow)?;
    let published = uow.has_published();
    if let Some(key) = &job.key {
        idempotency::record(uow.tx(), &spec, key, &output, now).await?;
    }
    fault::point("command.recorded");
    Ok((Done { output, replayed: false, sequence }, published))
}

/// Nothing happens without an entry of its own.
fn recorded(spec: &OperationSpec, uow: &UnitOfWork<'_>) -> Result<Option<u64>, Rejection> {
    match (uow.appended(), spec.recording) {
        (Some(Appended::New(sequence)), _) => Ok(Some(sequence)),
        (Some(Appended::Duplicate(sequence)), _) => Err(Rejection::idempotency(
            spec.code_for(FailureKind::IdempotencyConflict),
            format!("this event has already been recorded, at sequence {sequence}"),
        )),
        (None, Recording::RefusalsOnly) => Ok(None),
        (None, Recording::Always) => Err(Rejection::internal("an operation finished without an entry in the ledger")),
    }
}
