//! What monitoring reads: counted as it happens, or sampled from the store when somebody asks.

mod declared;
mod process;
mod sample;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry};

use crate::http::By;
use crate::operation::{FailureKind, OperationSpec};
use crate::trace::Fate;

pub use declared::{Kind, METRICS, Metric as Declared, page};
pub(crate) use sample::expose;

/// Upper bounds of durations, in seconds: from a read in memory to what a client gives up at.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];
/// Upper bounds of batches, in transactions.
const TRANSACTIONS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

type Real = Gauge<f64, AtomicU64>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    operation: String,
    outcome: &'static str,
    code: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfOperation {
    operation: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfStatus {
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfLimit {
    by: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfOutcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfConsumer {
    consumer: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Delivered {
    consumer: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfConnector {
    connector: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfReadModel {
    read_model: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfInvariant {
    context: &'static str,
    invariant: &'static str,
}

/// How many transactions shared a commit; cheap to clone.
#[derive(Clone)]
pub struct Batches(Histogram);

impl Default for Batches {
    fn default() -> Self {
        Self(Histogram::new(TRANSACTIONS))
    }
}

impl fmt::Debug for Batches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Batches")
    }
}

impl Batches {
    /// Counts a commit.
    pub(crate) fn committed(&self, transactions: usize) {
        self.0.observe(f64::from(u32::try_from(transactions).unwrap_or(u32::MAX)));
    }
}

/// What became of a delivery to a consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Consumed,
    Postponed,
    Dead,
}

/// All metrics of a cell.
pub(crate) struct Metrics {
    registry: Registry,
    calls: Family<Call, Counter>,
    durations: Family<OfOperation, Histogram>,
    in_flight: Gauge,
    responses: Family<OfStatus, Counter>,
    turned_away: Family<OfLimit, Counter>,
    deliveries: Family<Delivered, Counter>,
    spans: Family<OfOutcome, Counter>,
    invariants: Family<OfInvariant, Gauge>,
    batches: Batches,
    sampled: sample::Sampled,
}

/// Registers what the table declares; a metric that it does not declare is found by the tests.
struct Declaring(Registry);

impl Declaring {
    fn add<M: Metric + Clone>(&mut self, name: &'static str, metric: M) -> M {
        self.0.register(name, declared::about(name), metric.clone());
        metric
    }
}

impl Metrics {
    /// None counted yet.
    pub(crate) fn new(model: &str) -> Self {
        let mut all = Declaring(Registry::default());
        let labels = vec![("model", model.to_owned()), ("version", env!("CARGO_PKG_VERSION").to_owned())];
        all.0.register("cell_build", declared::about("cell_build"), Info::new(labels));
        let durations = Family::new_with_constructor((|| Histogram::new(SECONDS)) as fn() -> Histogram);
        let batches = Batches::default();
        all.add("cell_store_batch_transactions", batches.0.clone());
        Self {
            calls: all.add("cell_operation_calls", Family::default()),
            durations: all.add("cell_operation_duration_seconds", durations),
            in_flight: all.add("cell_http_requests_in_flight", Gauge::default()),
            responses: all.add("cell_http_responses", Family::default()),
            turned_away: all.add("cell_http_turned_away", Family::default()),
            deliveries: all.add("cell_consumer_events", Family::default()),
            spans: all.add("cell_trace_spans", Family::default()),
            invariants: all.add("cell_invariant_holds", Family::default()),
            batches,
            sampled: sample::Sampled::declared(&mut all),
            registry: all.0,
        }
    }

    /// Where the writer of the store counts.
    pub(crate) fn batches(&self) -> Batches {
        self.batches.clone()
    }

    /// Counts a call that went well.
    pub(crate) fn done(&self, spec: &OperationSpec, replayed: bool, took: Duration) {
        self.count(spec, if replayed { "replayed" } else { "success" }, "", took);
    }

    /// Counts a call that was refused with this status and code.
    pub(crate) fn refused(&self, spec: &OperationSpec, status: u16, code: &str, took: Duration) {
        let outcome = match status {
            401 | 403 => "denied",
            500.. => "failed",
            _ => "rejected",
        };
        self.count(spec, outcome, bounded(spec, code), took);
    }

    fn count(&self, spec: &OperationSpec, outcome: &'static str, code: &str, took: Duration) {
        let operation = spec.qualified();
        self.durations.get_or_create(&OfOperation { operation: operation.clone() }).observe(took.as_secs_f64());
        self.calls.get_or_create(&Call { operation, outcome, code: code.to_owned() }).inc();
    }

    /// Counts a request for as long as the result lives.
    pub(crate) fn request(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// Counts an answer.
    pub(crate) fn answered(&self, status: u16) {
        self.responses.get_or_create(&OfStatus { status }).inc();
    }

    /// Counts a request that is one too many.
    pub(crate) fn turned_away(&self, by: By) {
        self.turned_away.get_or_create(&OfLimit { by: by.as_str() }).inc();
    }

    /// Counts what became of a delivery.
    pub(crate) fn delivered(&self, consumer: &str, became: Delivery) {
        let outcome = match became {
            Delivery::Consumed => "consumed",
            Delivery::Postponed => "postponed",
            Delivery::Dead => "dead",
        };
        self.deliveries.get_or_create(&Delivered { consumer: consumer.to_owned(), outcome }).inc();
    }

    /// Notes whether an invariant holds, if that is known.
    pub(crate) fn invariant(&self, context: &'static str, invariant: &'static str, holds: Option<bool>) {
        let labels = OfInvariant { context, invariant };
        match holds {
            Some(holds) => {
                self.invariants.get_or_create(&labels).set(i64::from(holds));
            }
            None => drop(self.invariants.remove(&labels)),
        }
    }

    /// Counts what became of spans.
    pub(crate) fn traced(&self, fate: Fate, spans: u64) {
        let outcome = match fate {
            Fate::Exported => "exported",
            Fate::Dropped => "dropped",
        };
        self.spans.get_or_create(&OfOutcome { outcome }).inc_by(spans);
    }

    /// The exposition, without looking at the store.
    fn text(&self) -> Result<String, fmt::Error> {
        let mut page = String::new();
        text::encode(&mut page, &self.registry)?;
        Ok(page)
    }
}

/// A request that is being answered.
pub(crate) struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// The code if it is declared or the kernel's own: handlers by hand may refuse with any text, and labels are kept forever.
fn bounded<'a>(spec: &OperationSpec, code: &'a str) -> &'a str {
    const KINDS: [FailureKind; 8] = [
        FailureKind::Authentication,
        FailureKind::InputValidation,
        FailureKind::Policy,
        FailureKind::MissingState,
        FailureKind::IdempotencyConflict,
        FailureKind::ConcurrencyConflict,
        FailureKind::Dependency,
        FailureKind::Internal,
    ];
    const OWN: [&str; 8] = [
        "malformed_body",
        "unsupported_media_type",
        "unavailable",
        "store_unavailable",
        "ledger_unavailable",
        "internal_error",
        "precondition_failed",
        "too_many_requests",
    ];
    let declared = spec.failures.iter().any(|failure| failure.code == code) || spec.not_permitted == code;
    let default = KINDS.iter().any(|kind| kind.default_code() == code);
    if declared || default || OWN.contains(&code) { code } else { "other" }
}

/// Shared by everything that counts.
pub(crate) type Shared = Arc<Metrics>;

/// A gauge that is not a whole number.
fn set(gauge: &Real, value: f64) {
    gauge.set(value);
}

/// A counter that somebody else keeps.
fn advance(counter: &Counter, to: u64) {
    counter.inner().fetch_max(to, Ordering::Relaxed);
}
