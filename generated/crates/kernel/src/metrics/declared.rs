//! Every metric a cell has, declared once: what is registered, the reference page and the tests come from this table.

use std::fmt::Write as _;

/// What a metric does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows; `_total` is behind its name.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by size; `_bucket`, `_count` and `_sum` are behind its name.
    Histogram,
    /// Is always 1, for its labels; `_info` is behind its name.
    Info,
}

/// One metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub kind: Kind,
    /// The names of its labels. Their values are from closed sets: the model's names, declared codes, statuses.
    pub labels: &'static [&'static str],
    /// What it says.
    pub about: &'static str,
}

/// All of them.
#[rustfmt::skip]
pub const METRICS: &[Metric] = &[
    Metric { name: "cell_build", kind: Kind::Info, labels: &["model", "version"],
        about: "What the node was built from: the model's digest, and the version of the kernel." },
    Metric { name: "cell_operation_calls", kind: Kind::Counter, labels: &["operation", "outcome", "code"],
        about: "Calls by operation. `outcome` is `success`, `replayed`, `denied`, `rejected` or `failed`; `code` is the declared failure, empty for success." },
    Metric { name: "cell_operation_duration_seconds", kind: Kind::Histogram, labels: &["operation"],
        about: "How long calls took, from the whole request to the answer." },
    Metric { name: "cell_http_requests_in_flight", kind: Kind::Gauge, labels: &[],
        about: "Requests that are being answered." },
    Metric { name: "cell_http_responses", kind: Kind::Counter, labels: &["status"],
        about: "Answers by status code, of all routes." },
    Metric { name: "cell_http_turned_away", kind: Kind::Counter, labels: &["by"],
        about: "Requests that were one too many, by whose limit: `address`, `caller` or `webhook`." },
    Metric { name: "cell_store_up", kind: Kind::Gauge, labels: &[],
        about: "1 if the store could be read for this answer; 0 if not, and what is read from it is missing then." },
    Metric { name: "cell_store_batch_transactions", kind: Kind::Histogram, labels: &[],
        about: "How many transactions shared a commit." },
    Metric { name: "cell_ledger_entries", kind: Kind::Counter, labels: &[],
        about: "Entries that the ledger has." },
    Metric { name: "cell_ledger_checkpoint_entries", kind: Kind::Gauge, labels: &[],
        about: "Entries that the newest checkpoint speaks for." },
    Metric { name: "cell_ledger_checkpoint_age_seconds", kind: Kind::Gauge, labels: &[],
        about: "How old the newest checkpoint is. It grows without harm while there are no new entries." },
    Metric { name: "cell_outbox_events", kind: Kind::Gauge, labels: &[],
        about: "Events that wait to be published." },
    Metric { name: "cell_outbox_lag_seconds", kind: Kind::Gauge, labels: &[],
        about: "How long the first of them has waited; 0 if none waits." },
    Metric { name: "cell_deliveries", kind: Kind::Gauge, labels: &["consumer"],
        about: "Events that wait for a consumer, those among them that wait for another attempt." },
    Metric { name: "cell_consumer_events", kind: Kind::Counter, labels: &["consumer", "outcome"],
        about: "Deliveries by what became of them: `consumed`, `postponed` or `dead`." },
    Metric { name: "cell_dead_letters", kind: Kind::Gauge, labels: &["consumer"],
        about: "Events that a consumer gave up." },
    Metric { name: "cell_quarantined", kind: Kind::Gauge, labels: &["connector"],
        about: "Deliveries that a connector could not read." },
    Metric { name: "cell_connector_position_seconds", kind: Kind::Gauge, labels: &["connector"],
        about: "Up to which moment a poller has asked its source, as seconds since 1970 by the source's clock." },
    Metric { name: "cell_connector_covered_seconds", kind: Kind::Gauge, labels: &["connector"],
        about: "Until which moment it is on record what was asked, as seconds since 1970 by our clock." },
    Metric { name: "cell_connector_gap_events", kind: Kind::Gauge, labels: &["connector"],
        about: "How many events the source said there were and did not give, as it stands on record." },
    Metric { name: "cell_read_model_follows", kind: Kind::Gauge, labels: &["read_model"],
        about: "1 if the read model follows its events, 0 if it stands still at one that it cannot follow." },
    Metric { name: "cell_read_model_behind_events", kind: Kind::Gauge, labels: &["read_model"],
        about: "How many events a read model has still to follow." },
    Metric { name: "cell_invariant_holds", kind: Kind::Gauge, labels: &["context", "invariant"],
        about: "1 if the invariant held when it was looked at last, 0 if it did not. It is missing while that is not known." },
    Metric { name: "cell_trace_spans", kind: Kind::Counter, labels: &["outcome"],
        about: "Spans by what became of them: `exported`, or `dropped` because the collector did not take them in time." },
    Metric { name: "process_resident_memory_bytes", kind: Kind::Gauge, labels: &[],
        about: "Memory of the process that is not swapped out." },
    Metric { name: "process_open_fds", kind: Kind::Gauge, labels: &[],
        about: "Open files and connections." },
    Metric { name: "process_start_time_seconds", kind: Kind::Gauge, labels: &[],
        about: "When the process started, as seconds since 1970." },
];

/// What is said of the metric with this name.
pub(super) fn about(name: &str) -> &'static str {
    let found = METRICS.iter().find(|metric| metric.name == name);
    // The writer of the format puts the full stop back.
    found.map_or("", |metric| metric.about.trim_end_matches('.'))
}

/// The reference page, in Markdown.
pub fn page() -> String {
    let mut page =
        "# Metrics of a node\n\nWith `metrics.listen` set, a node serves `/metrics` there, and nothing else, to \
        everybody who can reach that address: choose one that only the monitoring reaches. The format is OpenMetrics \
        1.0, which Prometheus reads. Values of labels are from closed sets.\n\nThis page is what `node reference \
        metrics` prints.\n\n| metric | kind | labels | what it says |\n|---|---|---|---|\n"
            .to_owned();
    for Metric { name, kind, labels, about } in METRICS {
        let (suffix, kind) = match kind {
            Kind::Counter => ("_total", "counter"),
            Kind::Gauge => ("", "gauge"),
            Kind::Histogram => ("", "histogram"),
            Kind::Info => ("_info", "info"),
        };
        // Writing to a text cannot fail.
        let _ = writeln!(page, "| `{name}{suffix}` | {kind} | {} | {about} |", labels.join(", "));
    }
    page
}
