//! Traces of the cell itself: a span for each call over HTTP and each delivery of a webhook, in the trace that the caller began
//! (W3C Trace Context), and for each event that is published or consumed, in the trace of what published it; sent to a
//! collector by OTLP. A call never waits for the collector: what cannot be kept until it takes more is counted and dropped.

mod context;
mod export;
mod wire;

use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::mpsc;

use crate::event::Event;
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

/// What a span is to those before and behind it. The numbers are those of OTLP's `SpanKind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Somebody waits for the answer.
    Server = 2,
    /// Gives an event away.
    Producer = 4,
    /// Works on an event.
    Consumer = 5,
}

/// Something that was done.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) kind: Kind,
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
    let kind = Kind::Server;
    Span { kind, context, name: spec.qualified(), begun, ended: SystemTime::now(), failed: status >= 500, attributes }
}

/// The span of a delivery to a connector's webhook.
pub(crate) fn of_delivery(
    connector: String,
    (context, begun): (Context, SystemTime),
    correlation_id: &str,
    status: u16,
) -> Span {
    let attributes = vec![
        ("cell.connector", connector.clone()),
        ("cell.correlation_id", correlation_id.to_owned()),
        ("http.response.status_code", status.to_string()),
    ];
    let (kind, ended, failed) = (Kind::Server, SystemTime::now(), status >= 500);
    Span { kind, context, name: connector, begun, ended, failed, attributes }
}

/// The span of what was done with an event: given to the bus, or worked on by the consumer of this name.
pub(crate) fn of_event(
    event: &Event,
    consumer: Option<&str>,
    (context, begun): (Context, SystemTime),
    failed: bool,
) -> Span {
    let (kind, name) = match consumer {
        None => (Kind::Producer, format!("publish {}", event.event_type)),
        Some(consumer) => (Kind::Consumer, format!("consume {consumer}")),
    };
    let attributes = vec![
        ("cell.event", event.event_type.clone()),
        ("messaging.message.id", event.id.clone()),
        ("cell.correlation_id", event.correlationid.clone()),
    ];
    Span { kind, context, name, begun, ended: SystemTime::now(), failed, attributes }
}
