//! Traces of the cell itself: a span for each call over HTTP, in the trace that the caller began (W3C Trace Context), sent to a
//! collector by OTLP. A call never waits for the collector: what cannot be kept until it takes more is counted and dropped.

mod context;
mod export;
mod wire;

use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::mpsc;

use crate::metrics;
use crate::operation::OperationSpec;

pub(crate) use context::{Context, HEADER, current, within};
pub(crate) use export::run;

/// How many spans may wait for the collector.
const QUEUE: usize = 2048;

/// What became of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Exported,
    Dropped,
}

/// One call that has come to its end.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) context: Context,
    pub(crate) name: String,
    pub(crate) begun: SystemTime,
    pub(crate) ended: SystemTime,
    /// The failure of the server, if it is one.
    pub(crate) failed: bool,
    pub(crate) attributes: Vec<(&'static str, String)>,
}

/// Where spans go.
#[derive(Clone)]
pub(crate) struct Tracer {
    sender: Option<mpsc::Sender<Span>>,
    metrics: metrics::Shared,
}

impl Tracer {
    /// One that keeps nothing.
    pub(crate) fn off(metrics: metrics::Shared) -> Self {
        Self { sender: None, metrics }
    }

    /// One that sends, and the end at which the exporter takes from it.
    pub(crate) fn on(metrics: metrics::Shared) -> (Self, mpsc::Receiver<Span>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self { sender: Some(sender), metrics }, receiver)
    }

    /// Takes a span, or counts that it could not.
    pub(crate) fn take(&self, span: Span) {
        let Some(sender) = self.sender.as_ref().filter(|_| span.context.sampled) else { return };
        if sender.try_send(span).is_err() {
            self.metrics.traced(Fate::Dropped, 1);
        }
    }
}

/// The span of a call: what was called, and how it ended.
pub(crate) fn of_call(
    spec: &OperationSpec,
    (context, begun): (Context, SystemTime),
    model: &Arc<str>,
    correlation_id: &str,
    (status, outcome): (u16, &str),
) -> Span {
    let attributes = vec![
        ("cell.operation", spec.qualified()),
        ("cell.flow", spec.flow.to_owned()),
        ("cell.model", model.to_string()),
        ("cell.correlation_id", correlation_id.to_owned()),
        ("cell.outcome", outcome.to_owned()),
        ("http.response.status_code", status.to_string()),
    ];
    Span { context, name: spec.qualified(), begun, ended: SystemTime::now(), failed: status >= 500, attributes }
}
